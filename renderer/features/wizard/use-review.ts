import { useEffect, useMemo } from "react";
import { isUnfinished } from "../../../common/domain/job.ts";
import { isInTheWay } from "../../../common/domain/port-finding.ts";
import { findingNameIn } from "../../../common/domain/report-text/languages.ts";
import { planLayout } from "../../store/layout-edit.ts";
import { hasHooks } from "../../store/wizard-choices.ts";
import { isReceivedElsewhere } from "../../store/wizard-draft.ts";
import { useActions, useApp, useAppCalmly } from "../../store/use-app.tsx";
import { useFormats, useReportTexts, useTexts } from "../../texts/use-texts.ts";
import { useDraftPorts } from "./draft-ports.tsx";
import { useDraftSurroundings } from "./use-surroundings.ts";

/** Figures of more sources than this are not read for the review: they would take longer than they tell. */
const estimatedAtMost = 50;

export interface Review {
  readonly creates: readonly string[];
  readonly takes: readonly string[];
  readonly risks: readonly string[];
  readonly hasRisk: boolean;
  /** Ids of the chosen sources that have an unfinished job, and so get none now. */
  readonly withJob: ReadonlySet<string>;
}

/** The partitions of the one source that is chosen, `/ 20 GiB ext4, …`; null where they are not known. */
function usePlannedWords(): string | null {
  const format = useFormats();
  const draft = useApp((state) => state.draft);
  const { proposal } = useDraftSurroundings();
  if (proposal === null) return null;
  const { disks } = planLayout(proposal, draft.layouts[draft.sources[0] ?? ""] ?? []);
  return format.list(
    disks.flatMap(({ partitions }) =>
      partitions
        .filter(({ joinedInto, partition }) => joinedInto === null && "mountPoint" in partition)
        .map(({ partition }) =>
          [
            "mountPoint" in partition ? partition.mountPoint : "",
            partition.role === "data" ? partition.filesystem : "vfat",
            format.bytes(partition.sizeBytes),
          ].join(" "),
        ),
    ),
  );
}

/** What the draft comes to, in plain words. */
export function useReview(): Review {
  const { wizard, common } = useTexts();
  const text = wizard.review;
  const ports = useDraftPorts();
  const { findingNames } = useReportTexts();
  const format = useFormats();
  const { readAssessment } = useActions();
  const draft = useApp((state) => state.draft);
  const sources = useApp((state) => state.sources);
  const jobs = useAppCalmly((state) => state.jobs);
  const assessments = useApp((state) => state.assessments);
  const details = useApp((state) => state.assessmentDetails);
  const chosen = draft.sources.map((id) => sources.get(id)).filter((source) => source !== undefined);
  const openJobs = useMemo(
    () => new Set([...jobs.values()].filter((job) => isUnfinished(job.state)).map((job) => job.sourceId)),
    [jobs],
  );
  const withJob = chosen.filter((source) => openJobs.has(source.id));
  const withoutJob = chosen.filter((source) => !openJobs.has(source.id));
  // Time and data of what will start; where nothing can, of what was meant.
  const meant = withoutJob.length === 0 ? chosen : withoutJob;
  const summaries = meant.map((source) => assessments.get(source.id));
  const layout = usePlannedWords();
  const wanted = summaries
    .slice(0, estimatedAtMost)
    .map((summary) => summary?.id)
    .filter((id) => id !== undefined)
    .join(" ");

  useEffect(() => {
    for (const id of wanted.split(" ")) if (id !== "") void readAssessment(id);
  }, [wanted, readAssessment]);

  const stored = summaries.map((summary) =>
    summary === undefined ? undefined : details.get(summary.id)?.assessment,
  );
  const estimates = stored
    .map((assessment) => assessment?.estimate[draft.replication] ?? null)
    .filter((estimate) => estimate !== null);
  const sum = (of: (estimate: (typeof estimates)[number]) => number) =>
    estimates.reduce((all, estimate) => all + of(estimate), 0);
  const limit = Number(draft.limitMiB.trim()) * 1024 * 1024;
  const seconds = (kind: "optimistic" | "expected" | "pessimistic") =>
    sum(({ wireBytes, transferSeconds, imageSeconds }) => {
      const atLimit = limit > 0 ? wireBytes[kind] / limit : 0;
      return Math.max(transferSeconds[kind], atLimit) + imageSeconds[kind];
    });

  const namesOf = (list: readonly { readonly name: string }[]) => format.list(list.map(({ name }) => name));
  const notAssessed = chosen.filter((source) => !assessments.has(source.id));
  const blocked = chosen.filter((source) =>
    assessments
      .get(source.id)
      ?.findings.some(
        ({ code, severity }) => severity === "blocker" && !draft.acceptedFindings.includes(code),
      ),
  );

  const takes = [
    ...(estimates.length === 0
      ? [text.timeUnknown]
      : [
          (meant.length === 1 ? text.time : text.timeOfMany)(
            format.duration(seconds("optimistic")),
            format.duration(seconds("expected")),
            format.duration(seconds("pessimistic")),
          ),
          text.data(format.bytes(sum(({ wireBytes }) => wireBytes.expected))),
          ...(notAssessed.length > 0 ? [text.partial(format.integer(notAssessed.length))] : []),
        ]),
    ...(draft.hasWindow ? [text.window(draft.windowFrom.trim(), draft.windowTo.trim())] : []),
    ...(draft.isIncremental
      ? [text.repeated(format.integer(Number(draft.intervalHours)), format.integer(Number(draft.keepRuns)))]
      : []),
  ];
  const hostName = sources.get(draft.targetHost)?.name ?? draft.targetHost;
  const folder = draft.directory.trim() === "" ? text.ownFolder : draft.directory.trim();
  const isElsewhere = isReceivedElsewhere(draft);
  const place = isElsewhere ? `${hostName}:${folder}` : folder;
  const isFile = draft.replication === "file";
  const takenPorts = ports === null ? [] : [ports.control, ports.data].filter(isInTheWay);
  const graveRisks = [
    ...takenPorts.map((finding) => text.riskPort(common.ports.states[finding.state](String(finding.port)))),
    ...(blocked.length > 0 ? [text.riskBlocked(namesOf(blocked))] : []),
    ...(withJob.length > 0 ? [text.riskOpenJob(namesOf(withJob))] : []),
    ...(draft.acceptedFindings.length > 0
      ? [
          text.riskAccepted(
            format.list(draft.acceptedFindings.map((code) => findingNameIn(findingNames, code))),
          ),
        ]
      : []),
    ...(isFile ? [text.riskFiles] : []),
    ...(draft.conversion ? [] : [text.riskNoConversion]),
    ...(draft.bootCheck ? [] : [text.riskNoBoot]),
    ...(hasHooks(draft) ? [text.riskHooks] : []),
    ...(draft.continueOnReadError ? [text.riskReadErrors] : []),
    ...(draft.targetKind === "ssh-host" ? [text.riskTargetHost(hostName)] : []),
    ...(notAssessed.length > 0 ? [text.riskNotAssessed(namesOf(notAssessed))] : []),
  ];
  return {
    creates: [
      text.createJobs(format.integer(withoutJob.length)),
      text.createReplica(place),
      ...(isFile ? [layout === null ? text.createLayouts : text.createLayout(layout)] : []),
      ...(draft.conversion ? [text.createConversion] : []),
      text.createImages(format.list(draft.imageFormats)),
      ...(draft.targetKind === "alibaba-cloud"
        ? [
            text.createCloudImage(draft.cloudRegion, draft.cloudBucket),
            ...(draft.cloudResult === "new-instance"
              ? [text.createCloudInstance(draft.cloudInstanceType.trim())]
              : []),
            ...(draft.cloudResult === "existing-instance"
              ? [text.useCloudInstance(draft.cloudInstanceId)]
              : []),
            text.cloudCosts(draft.cloudAccount),
          ]
        : []),
      text.createAgent,
    ],
    takes,
    risks: draft.consistency === "none" ? [...graveRisks, text.riskPowerCut] : [...graveRisks, text.riskBusy],
    hasRisk: graveRisks.length > 0,
    withJob: new Set(withJob.map(({ id }) => id)),
  };
}
