import { useEffect } from "react";
import { isUnfinished } from "../../../common/domain/job.ts";
import { hasHooks } from "../../store/wizard-draft.ts";
import { useActions, useApp } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";

/** Figures of more sources than this are not read for the review: they would take longer than they tell. */
const estimatedAtMost = 50;

export interface Review {
  readonly creates: readonly string[];
  readonly takes: readonly string[];
  readonly risks: readonly string[];
  readonly hasRisk: boolean;
}

/** What the draft comes to, in plain words. */
export function useReview(): Review {
  const { review: text } = useTexts().wizard;
  const format = useFormats();
  const { readAssessment } = useActions();
  const draft = useApp((state) => state.draft);
  const sources = useApp((state) => state.sources);
  const jobs = useApp((state) => state.jobs);
  const assessments = useApp((state) => state.assessments);
  const details = useApp((state) => state.assessmentDetails);
  const chosen = draft.sources.map((id) => sources.get(id)).filter((source) => source !== undefined);
  const summaries = chosen.map((source) => assessments.get(source.id));
  const wanted = summaries
    .slice(0, estimatedAtMost)
    .map((summary) => summary?.id)
    .filter((id) => id !== undefined)
    .join(" ");

  useEffect(() => {
    for (const id of wanted.split(" ")) if (id !== "") void readAssessment(id);
  }, [wanted, readAssessment]);

  const estimates = summaries
    .map((summary) =>
      summary === undefined ? null : (details.get(summary.id)?.assessment.estimate.block ?? null),
    )
    .filter((estimate) => estimate !== null);
  const sum = (of: (estimate: (typeof estimates)[number]) => number) =>
    estimates.reduce((all, estimate) => all + of(estimate), 0);

  const namesOf = (list: readonly { readonly name: string }[]) => format.list(list.map(({ name }) => name));
  const notAssessed = chosen.filter((source) => !assessments.has(source.id));
  const blocked = chosen.filter((source) =>
    assessments
      .get(source.id)
      ?.findings.some(
        ({ code, severity }) => severity === "blocker" && !draft.acceptedFindings.includes(code),
      ),
  );
  const openJobs = new Set(
    [...jobs.values()].filter((job) => isUnfinished(job.state)).map((job) => job.sourceId),
  );
  const withJob = chosen.filter((source) => openJobs.has(source.id));

  const takes =
    estimates.length === 0
      ? [text.timeUnknown]
      : [
          text.time(
            format.duration(sum(({ totalSeconds }) => totalSeconds.optimistic)),
            format.duration(sum(({ totalSeconds }) => totalSeconds.expected)),
            format.duration(sum(({ totalSeconds }) => totalSeconds.pessimistic)),
          ),
          text.data(format.bytes(sum(({ wireBytes }) => wireBytes.expected))),
          ...(notAssessed.length > 0 ? [text.partial(format.integer(notAssessed.length))] : []),
        ];
  const graveRisks = [
    ...(blocked.length > 0 ? [text.riskBlocked(namesOf(blocked))] : []),
    ...(withJob.length > 0 ? [text.riskOpenJob(namesOf(withJob))] : []),
    ...(draft.acceptedFindings.length > 0 ? [text.riskAccepted(format.list(draft.acceptedFindings))] : []),
    ...(draft.bootCheck ? [] : [text.riskNoBoot]),
    ...(hasHooks(draft) ? [text.riskHooks] : []),
    ...(draft.continueOnReadError ? [text.riskReadErrors] : []),
    ...(notAssessed.length > 0 ? [text.riskNotAssessed(namesOf(notAssessed))] : []),
  ];
  return {
    creates: [
      text.createJobs(format.integer(chosen.length)),
      text.createReplica(draft.directory.trim() === "" ? text.ownFolder : draft.directory.trim()),
      text.createImages(format.list(draft.imageFormats)),
      text.createAgent,
    ],
    takes,
    risks: [...graveRisks, text.riskBusy],
    hasRisk: graveRisks.length > 0,
  };
}
