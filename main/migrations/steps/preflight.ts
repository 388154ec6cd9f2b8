import { z } from "zod";
import { replicaDiskSchema } from "../../../common/api/intermediate.ts";
import type { ImageFacts } from "../../../common/domain/image.ts";
import { preparedDisksSchema, type JobPlan } from "../../../common/domain/plan.ts";
import { imageFormatLimits } from "../../../common/domain/image-limits.ts";
import { noted, told } from "../../../common/domain/report-text/told.ts";
import { inMebibytes, layoutBasisSchema, targetLayoutSchema } from "../../../common/domain/target-layout.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import { measureDisk } from "../../remote/measure-disk.ts";
import type { SourceSession, WindowsSession } from "../../remote/contract.ts";
import type { SourceSurvey } from "../services.ts";
import { measureExcludes } from "../exclude-savings.ts";
import { excludesFor, planLayout, type SettledLayout } from "../file-layout.ts";
import { defineStep, type StepContext } from "../step.ts";
import { checkVirtioDrivers } from "../virtio-drivers.ts";

/** Looks before anything moves: reaches the source, assesses it and settles which disks travel. */
export const preflight = defineStep({
  name: "preflight",
  needs: [],
  output: z.object({
    hostName: z.string().nullable(),
    firmware: z.enum(["bios", "uefi"]),
    /** Null in journals of earlier versions. */
    system: z
      .object({
        operatingSystem: z.string().nullable(),
        architecture: z.string().nullable(),
        platform: z.enum(["linux", "windows", "other"]).nullable(),
      })
      .nullable()
      .default(null),
    disks: z.array(replicaDiskSchema).min(1),
    warnings: z.array(z.string()),
    /** Of file replication: the disks that the files go into, and what they were planned by. */
    files: z
      .object({ layout: targetLayoutSchema, basis: layoutBasisSchema })
      .readonly()
      .nullable()
      .default(null),
  }),

  async run(context) {
    context.report({ ...noted({ kind: "connecting-to-source" }), done: 0, total: 3, unit: "steps" });
    return context.connections.withSession(context.signal, async (session) => {
      context.report({ ...noted({ kind: "collecting-facts" }), done: 1, total: 3, unit: "steps" });
      const survey = await context.services.survey(session, context.source, context.signal);
      if (!survey.ok) return survey;

      const blockers = survey.value.findings.filter((finding) => finding.severity === "blocker");
      const overruled = new Set(context.plan.acceptedFindings);
      const standing = blockers.filter((finding) => !overruled.has(finding.code));
      if (standing.length > 0) {
        const codes = [...new Set(standing.map((finding) => finding.code))];
        return fail("assessment-blocker", told({ kind: "findings-block", findings: codes }), {
          findings: codes,
        });
      }

      const drivers = await checkVirtioDrivers(survey.value.findings, context.plan);
      if (!drivers.ok) return drivers;

      context.report({ ...noted({ kind: "choosing-disks" }), done: 2, total: 3, unit: "steps" });
      const disks = await settleDisks(context, session, survey.value);
      if (!disks.ok) return disks;
      const files = settleFiles(context, survey.value);
      if (!files.ok) return files;
      if (files.value !== null) {
        const told = await tellWhatIsLeftOut(context, session, files.value);
        if (!told.ok) return told;
      }
      const target = context.services.targetFor(context.plan.target);
      const newDisks = files.value?.layout.disks.map(({ sizeBytes }, index) => ({
        sizeBytes,
        path: `the new disk ${index}`,
      }));
      const made = newDisks ?? disks.value;
      const tooLarge = [...disks.value, ...made].find(
        (disk) => disk.sizeBytes > target.constraints.maximumDiskBytes,
      );
      if (tooLarge !== undefined) {
        return fail("image-constraint", told({ kind: "disk-too-large", disk: tooLarge.path, format: null }), {
          disk: tooLarge.path,
          sizeBytes: tooLarge.sizeBytes,
          maximumBytes: target.constraints.maximumDiskBytes,
        });
      }
      for (const format of context.plan.imageFormats) {
        const beyond = made.find((disk) => disk.sizeBytes > imageFormatLimits[format]);
        if (beyond === undefined) continue;
        return fail("image-constraint", told({ kind: "disk-too-large", disk: beyond.path, format }), {
          disk: beyond.path,
          sizeBytes: beyond.sizeBytes,
          format,
          maximumBytes: imageFormatLimits[format],
        });
      }
      if (target.delivery !== null) {
        context.report({ ...noted({ kind: "asking-cloud" }), done: 2, total: 3, unit: "steps" });
        const { target: place, imageFormats: formats } = context.plan;
        const ready = await target.delivery.check(place, { disks: made, formats }, context.signal);
        if (!ready.ok) return ready;
      }
      if (disks.value.length > target.constraints.maximumDisks) {
        return fail("image-constraint", told({ kind: "disks-too-many", count: disks.value.length }), {
          maximumDisks: target.constraints.maximumDisks,
        });
      }

      const warnings = survey.value.findings
        .filter((finding) => finding.severity !== "info")
        .map((finding) => finding.code);
      context.log(
        "info",
        { kind: "disks-chosen", count: disks.value.length },
        {
          disks: disks.value.map((disk) => `${disk.path} (${disk.sizeBytes} bytes)`),
          warnings,
        },
      );
      return ok({
        hostName: survey.value.hostName,
        firmware: survey.value.firmware ?? "bios",
        system: {
          operatingSystem: survey.value.operatingSystem,
          architecture: survey.value.architecture,
          platform: survey.value.platform,
        },
        disks: disks.value,
        warnings,
        files: files.value,
      });
    });
  },
});

/** What importers of the images want to know. */
export function imageFactsOf(
  { system, firmware }: z.output<typeof preflight.output>,
  converted: boolean,
  { conversion }: JobPlan,
): ImageFacts {
  return {
    architecture: system?.architecture ?? null,
    platform: system?.platform ?? null,
    operatingSystem: system?.operatingSystem ?? null,
    bootMode: converted && conversion.firmware !== "same" ? conversion.firmware : firmware,
    licenceType: "auto",
  };
}

type Disks = z.infer<typeof replicaDiskSchema>[];

/** Null for block replication. Every run has the layout of the first. */
function settleFiles(context: StepContext, survey: SourceSurvey): Result<SettledLayout | null> {
  const { plan, earlierOutputs } = context;
  if (plan.replication === "block") return ok(null);
  const known = earlierOutputs["preflight"] as { files?: { layout?: unknown } | null } | undefined;
  const earlier = targetLayoutSchema.safeParse(known?.files?.layout);
  const settled = planLayout(survey.facts, plan, earlier.success ? earlier.data : null);
  if (!settled.ok) return settled;
  const { disks } = settled.value.layout;
  context.log(
    "info",
    { kind: "layout-planned", count: disks.length },
    {
      partitions: disks.flatMap(({ partitions }, index) =>
        partitions.map((each) => {
          const what = "mountPoint" in each ? each.mountPoint : each.role;
          const type = each.role === "data" ? each.filesystem : each.role;
          return `disk ${index}: ${what}, ${type}, ${inMebibytes(each.sizeBytes)}`;
        }),
      ),
    },
  );
  return settled;
}

/** Into the log, before anything travels: what each pattern of the exclude lists leaves out. */
async function tellWhatIsLeftOut(
  context: StepContext,
  session: SourceSession,
  files: SettledLayout,
): Promise<Result<void>> {
  if (session.platform === "windows") return ok();
  context.report({ ...noted({ kind: "counting-left-out" }), done: 2, total: 3, unit: "steps" });
  const { plan, services, signal } = context;
  const excludes = await excludesFor(files, plan.files, services.excludesDirectory);
  const lists = await measureExcludes(session, files.basis, excludes, signal);
  if (!lists.ok) return lists;
  for (const { mountPoint, rules, bytes, entries } of lists.value) {
    const told = rules.filter((rule) => rule.entries > 0 || rule.counted === "no");
    if (told.length === 0) continue;
    context.log(
      "info",
      { kind: "left-out", mountPoint, entries, bytes },
      {
        leftOut: told
          .slice(0, 50)
          .map((rule) =>
            rule.counted === "no"
              ? `${rule.pattern}: not counted`
              : `${rule.pattern}: ${rule.bytes} bytes in ${rule.entries} entries${rule.counted === "part" ? ", and more" : ""}`,
          ),
      },
    );
  }
  return ok();
}

/** The disks of the first run are those of every run, under the same ids: the replica has them. */
async function settleDisks(
  context: StepContext,
  session: SourceSession,
  survey: SourceSurvey,
): Promise<Result<Disks>> {
  const chosen = await chooseDisks(context, session, survey);
  const earlier = preparedDisksSchema.safeParse(
    (context.earlierOutputs["preflight"] as { disks?: unknown } | undefined)?.disks,
  );
  if (!chosen.ok || context.run.number === 1 || !earlier.success) return chosen;

  for (const disk of earlier.data) {
    const now = chosen.value.find((candidate) => candidate.path === disk.path);
    if (now === undefined) {
      return fail("source-disk-missing", told({ kind: "disk-gone", disk: disk.path }), {
        disk: disk.path,
      });
    }
    if (now.sizeBytes !== disk.sizeBytes) {
      return fail(
        "source-disk-changed",
        told({
          kind: "disk-resized",
          disk: disk.path,
          actualBytes: now.sizeBytes,
          plannedBytes: disk.sizeBytes,
        }),
        { disk: disk.path, plannedBytes: disk.sizeBytes, actualBytes: now.sizeBytes },
      );
    }
  }
  const added = chosen.value.filter((disk) => !earlier.data.some((known) => known.path === disk.path));
  if (added.length > 0) {
    context.log(
      "warning",
      { kind: "new-disks-not-copied", count: added.length },
      {
        disks: added.map((disk) => disk.path),
      },
    );
  }
  return ok(earlier.data);
}

async function chooseDisks(
  context: StepContext,
  session: SourceSession,
  survey: SourceSurvey,
): Promise<Result<Disks>> {
  const exact = session.platform === "windows" ? await exactSizes(context, session) : ok([]);
  if (!exact.ok) return exact;
  const sizeOf = (disk: { readonly path: string; readonly sizeBytes: number }) =>
    exact.value.find(({ path }) => path.toLowerCase() === disk.path.toLowerCase())?.sizeBytes ??
    disk.sizeBytes;
  if (context.plan.diskPaths.length === 0) {
    if (survey.disks.length === 0) {
      return fail(
        "source-disk-missing",
        told({ kind: "no-fixed-disk" }),
        {},
        told({ kind: "name-the-disks" }),
      );
    }
    return ok(survey.disks.map((disk, id) => ({ id, path: disk.path, sizeBytes: sizeOf(disk) })));
  }
  const chosen: Disks = [];
  for (const [id, path] of context.plan.diskPaths.entries()) {
    const known = [...survey.disks, ...exact.value].find(
      (disk) =>
        disk.path.toLowerCase() === path.toLowerCase() &&
        (session.platform === "windows" || disk.path === path),
    );
    const size = known === undefined ? await measureDisk(session, path) : ok(sizeOf(known));
    if (!size.ok) return size;
    chosen.push({ id, path, sizeBytes: size.value });
  }
  return ok(chosen);
}

/** The agent goes to a Windows source early: WMI rounds disks down to whole cylinders, and only the agent knows better. */
async function exactSizes(
  context: StepContext,
  session: WindowsSession,
): Promise<Result<readonly { readonly path: string; readonly sizeBytes: number }[]>> {
  context.planResource("agent-directory", context.jobId);
  const placement = await context.services.agents.place(session, context.jobId, context.signal);
  return placement.ok ? context.services.agents.listWindowsDisks(session, placement.value) : placement;
}
