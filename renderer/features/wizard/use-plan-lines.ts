import { isReceivedElsewhere } from "../../store/wizard-draft.ts";
import { useApp } from "../../store/use-app.tsx";
import { useFormats, useReportTexts, useTexts } from "../../texts/use-texts.ts";

/** So many sources are named; of the rest their number. */
const namedAtMost = 6;

export interface PlanLine {
  readonly label: string;
  readonly value: string;
  readonly isMono?: boolean;
}

/** The draft in a few lines for each step: what a person wants to see again, not every field. */
export function usePlanLines(): Readonly<Record<"source" | "target" | "plan", readonly PlanLine[]>> {
  const { wizard, sources: sourceText, monitor, common } = useTexts();
  const { report } = useReportTexts();
  const format = useFormats();
  const draft = useApp((state) => state.draft);
  const sources = useApp((state) => state.sources);
  const assessments = useApp((state) => state.assessments);
  const stateDirectory = useApp((state) => state.settings?.stateDirectory);
  const { plan: text, target, cloud, soFar } = wizard;
  const yesNo = (is: boolean) => (is ? common.yes : common.no);

  const names = draft.sources.map((id) => sources.get(id)?.name ?? id);
  const more = names.length - namedAtMost;
  const known = draft.sources.map((id) => assessments.get(id)).filter((summary) => summary !== undefined);
  const diskBytes = known.reduce((sum, { diskBytes }) => sum + diskBytes, 0);
  const isElsewhere = isReceivedElsewhere(draft);
  const folder = draft.directory.trim();
  const limit = draft.limitMiB.trim();
  return {
    source: [
      {
        label: sourceText.columns.name,
        value: [
          format.list(names.slice(0, namedAtMost)),
          ...(more > 0 ? [soFar.more(format.integer(more))] : []),
        ].join(" "),
      },
      ...(known.length === 0 ? [] : [{ label: text.disks, value: format.bytes(diskBytes) }]),
    ],
    target: [
      { label: target.kind, value: target.kinds[draft.targetKind] },
      ...(isElsewhere
        ? [{ label: target.host, value: sources.get(draft.targetHost)?.name ?? draft.targetHost }]
        : []),
      {
        label: target.directory,
        value: folder !== "" || isElsewhere ? folder : `${stateDirectory ?? ""}/local-target`,
        isMono: true,
      },
      ...(draft.targetKind === "alibaba-cloud"
        ? [
            { label: cloud.region, value: draft.cloudRegion },
            { label: cloud.bucket, value: draft.cloudBucket },
          ].filter(({ value }) => value !== "")
        : []),
    ],
    plan: [
      { label: text.replication, value: report.modes[draft.replication] },
      { label: text.compression, value: monitor.tune.levels[draft.compression] },
      ...(limit === "" ? [] : [{ label: text.limit, value: limit }]),
      ...(draft.hasWindow
        ? [{ label: text.window, value: soFar.window(draft.windowFrom.trim(), draft.windowTo.trim()) }]
        : []),
      { label: text.consistency, value: text.consistencies[draft.consistency] },
      {
        label: text.repeat,
        value: draft.isIncremental ? soFar.every(draft.intervalHours.trim()) : soFar.once,
      },
      { label: text.formats, value: format.list(draft.imageFormats) },
      { label: text.conversion, value: yesNo(draft.conversion) },
      { label: text.bootProof, value: yesNo(draft.bootCheck) },
    ],
  };
}
