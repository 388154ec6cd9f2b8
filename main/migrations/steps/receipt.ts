import { basename } from "node:path";
import { z } from "zod";
import type { SealedDisk } from "../../../common/api/intermediate-tasks.ts";
import type { Receipt } from "../../../common/domain/receipt.ts";
import { describeLogin, pinOf, type Source } from "../../../common/domain/source.ts";
import { fail, ok, type Result } from "../../../common/result.ts";
import { told } from "../../../common/domain/report-text/told.ts";
import { productVersion } from "../../../common/version.ts";
import { runTask } from "../intermediate-task.ts";
import { defineStep, type StepContext } from "../step.ts";
import { bootCheck } from "./boot-check.ts";
import { convert } from "./convert.ts";
import { image } from "./image.ts";
import { deliver } from "./deliver.ts";
import { imageFactsOf, preflight } from "./preflight.ts";
import { sync } from "./sync.ts";
import { verify } from "./verify.ts";

/** Signs what was done and proved, keeps it here and beside the images. */
export const receipt = defineStep({
  name: "receipt",
  needs: [preflight, sync, verify, convert, bootCheck, image, deliver],
  output: z.object({ path: z.string(), sha256: z.string(), authorityFingerprint: z.string() }),

  async run(context, inputs) {
    const { system } = inputs.preflight;
    const { enabled, changes: converted } = inputs.convert;
    const repairs = inputs["boot-check"].verdict?.repairs.filter(({ kept }) => kept) ?? [];
    const changes = [...converted, ...repairs.flatMap((repair) => repair.changes)];
    const sealed = await runTask(context, {
      kind: "seal",
      converted: enabled,
      facts: imageFactsOf(inputs.preflight, enabled, context.plan),
    });
    if (!sealed.ok) return sealed;

    const access = await context.connections.intermediate(context.signal);
    if (!access.ok) return access;
    const status = await access.value.client.job(context.jobId);
    if (!status.ok) return status;
    const daemon = await access.value.client.status();
    if (!daemon.ok) return daemon;

    const { chunkBytes } = context.plan;
    const newDisks = inputs.preflight.files?.layout.disks.map(({ sizeBytes }, id) => ({
      id,
      path: `new disk ${id}`,
      sizeBytes,
      pass: 1,
      treeHash: sealed.value.disks.find(({ diskId }) => diskId === id)?.contentTreeHash ?? "",
    }));
    const disks = disksOf(newDisks ?? inputs.verify.disks, sealed.value.disks, chunkBytes);
    if (!disks.ok) return disks;
    const { layout } = inputs.convert;
    const { hostName } = inputs.preflight;
    const { passes, settled, stillChanging, readErrors, rawBytes, wireBytes, seconds } = inputs.sync;
    const { checkedBytes } = inputs.sync;
    const { verdict } = inputs["boot-check"];
    const document: Receipt = {
      format: 1,
      issuedAt: new Date(context.services.clock()).toISOString(),
      installation: context.services.authority.installation,
      job: {
        id: context.jobId,
        run: context.run.number,
        kind: context.run.kind,
        createdAt: context.jobCreatedAt,
      },
      source: {
        ...identityOf(context.source),
        hostName,
        operatingSystem: system?.operatingSystem ?? null,
        architecture: system?.architecture ?? null,
        platform: system?.platform ?? null,
        firmware: inputs.preflight.firmware,
      },
      disks: disks.value,
      sync: {
        passes,
        settled,
        stillChanging,
        readErrors,
        rawBytes,
        wireBytes,
        ...(checkedBytes === null ? {} : { checkedBytes }),
        seconds,
      },
      ...(layout === null
        ? {}
        : {
            layout: {
              sourceDisks: inputs.verify.disks.map(({ id, path, sizeBytes, pass, treeHash }) => ({
                id,
                path,
                sizeBytes,
                chunkBytes,
                pass,
                sourceTreeHash: treeHash,
                replicaTreeHash: treeHash,
              })),
              volumes: layout.volumes.map(({ mountPoint, entries, bytes }) => ({
                mountPoint,
                entries,
                bytes,
              })),
            },
          }),
      conversion: {
        enabled,
        changes: changes.map(({ disk, step, what, files }) => ({ disk, step, what, files })),
      },
      boot:
        verdict === null
          ? null
          : {
              booted: verdict.booted,
              evidence: verdict.evidence,
              accelerator: verdict.accelerator,
              seconds: verdict.secondsToVerdict,
            },
      images: inputs.image.files.map(({ diskId, format, path, fileBytes, virtualBytes, sha256 }) => ({
        diskId,
        format,
        file: basename(path),
        fileBytes,
        virtualBytes,
        sha256,
      })),
      ...(inputs.deliver.delivered === null ? {} : { delivered: inputs.deliver.delivered }),
      times: [...context.times()],
      versions: {
        assistant: productVersion,
        intermediate: daemon.value.version,
        agent: status.value.agent.version,
        agentPlatform: status.value.agent.platform,
      },
    };
    return keep(context, document);
  },
});

async function keep(
  context: StepContext,
  document: Receipt,
): Promise<Result<{ path: string; sha256: string; authorityFingerprint: string }>> {
  const { receipts } = context.services;
  const { id, run } = document.job;
  context.planResource("receipt", receipts.pathOf(id, run));
  const issued = await receipts.issue(document);
  if (!issued.ok) return issued;
  const { path, sha256, authorityFingerprint, text } = issued.value;
  const access = await context.connections.intermediate(context.signal);
  if (!access.ok) return access;
  const kept = await access.value.client.keepReceipt(context.jobId, text);
  if (!kept.ok) return kept;
  context.log("info", { kind: "receipt-signed", path }, { authorityFingerprint });
  return ok({ path, sha256, authorityFingerprint });
}

type VerifiedDisk = z.output<typeof verify.output>["disks"][number];

function disksOf(
  verified: readonly VerifiedDisk[],
  sealed: readonly SealedDisk[],
  chunkBytes: number,
): Result<Receipt["disks"]> {
  const disks: Receipt["disks"] = [];
  for (const { id, path, sizeBytes, pass, treeHash } of verified) {
    const content = sealed.find((disk) => disk.diskId === id);
    if (content === undefined)
      return fail("protocol-mismatch", told({ kind: "disk-not-sealed", disk: id }), { disk: path });
    // Verification ended with both hashes equal, or it would have failed.
    const hashes = { sourceTreeHash: treeHash, replicaTreeHash: treeHash };
    const { contentTreeHash, changedBytes, contentBytes } = content;
    const grown = contentBytes === undefined ? {} : { contentBytes };
    disks.push({ id, path, sizeBytes, chunkBytes, pass, ...hashes, contentTreeHash, changedBytes, ...grown });
  }
  return ok(disks);
}

function identityOf(source: Source): Pick<Receipt["source"], "id" | "name" | "address" | "hostKey"> {
  const { id, name, address } = source;
  return { id, name, address: `${address.kind} ${describeLogin(source)}`, hostKey: pinOf(address) };
}
