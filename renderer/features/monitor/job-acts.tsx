import { Button } from "@mantine/core";
import {
  IconAdjustments,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconRefresh,
} from "@tabler/icons-react";
import { useState } from "react";
import type { JobView } from "../../../common/api/procedures.ts";
import { isQueued, isResumable } from "../../../common/domain/job.ts";
import { useActions, useBusy } from "../../store/use-app.tsx";
import { useTexts } from "../../texts/use-texts.ts";
import { ConfirmByName } from "../../ui/confirm-by-name.tsx";
import { statusOf } from "../../ui/job-status.tsx";
import { TuneDialog } from "./tune-dialog.tsx";

/** What can be done with a job now; what cannot is not offered. */
export function JobActs({ job }: { readonly job: JobView }) {
  const { monitor } = useTexts();
  const { acts } = monitor;
  const actions = useActions();
  const [asked, setAsked] = useState<"cancel" | "tune" | null>(null);
  const isCancelling = useBusy(`job.cancel ${job.id}`);
  const isStarting = useBusy(`job.start ${job.id}`);
  const isSyncing = useBusy(`job.sync ${job.id}`);
  const status = statusOf(job);
  const isCopying = job.state.name === "running" && job.state.step === "sync" && job.isHeld;
  const isIncremental = job.plan.runs.incremental !== null;
  /** Copied at least once, and still following its source: a cutover begins with the final run. */
  const awaitsNextRun = job.state.name === "waiting" && job.state.reason === "next-run";
  const mayRunAgain = !job.isHeld && (status === "finished" || status === "waiting");

  const startRun = async (kind: "incremental" | "final") => {
    const answer = await actions.call("job.sync", { job: job.id, kind }, { key: `job.sync ${job.id}` });
    if (answer.ok) actions.takeJob(answer.value);
  };

  return (
    <>
      {!job.isHeld && isResumable(job.state) && status !== "waiting" ? (
        <Button
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          loading={isStarting}
          onClick={() => void actions.askJob("job.start", job.id)}
        >
          {status === "ready" ? acts.start : acts.resume}
        </Button>
      ) : null}
      {status === "running" && isCopying ? (
        <Button
          variant="default"
          leftSection={<IconPlayerPause size={16} aria-hidden />}
          onClick={() => void actions.askJob("job.pause", job.id)}
        >
          {acts.pause}
        </Button>
      ) : null}
      {status === "paused" ? (
        <Button
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          onClick={() => void actions.askJob("job.unpause", job.id)}
        >
          {acts.unpause}
        </Button>
      ) : null}
      {isCopying ? (
        <Button
          variant="default"
          leftSection={<IconAdjustments size={16} aria-hidden />}
          onClick={() => setAsked("tune")}
        >
          {acts.tune}
        </Button>
      ) : null}
      {(job.state.name === "running" && job.isHeld) || isQueued(job.state) ? (
        <Button
          variant="default"
          leftSection={<IconPlayerStop size={16} aria-hidden />}
          onClick={() => void actions.askJob("job.stop", job.id)}
        >
          {acts.stop}
        </Button>
      ) : null}
      {mayRunAgain ? (
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          loading={isSyncing}
          onClick={() => void startRun("incremental")}
        >
          {acts.syncNow}
        </Button>
      ) : null}
      {mayRunAgain && isIncremental && status === "waiting" ? (
        <Button variant="default" loading={isSyncing} onClick={() => void startRun("final")}>
          {acts.finalSync}
        </Button>
      ) : null}
      {status === "finished" || awaitsNextRun ? (
        <Button onClick={() => actions.open({ screen: "job-cutover", job: job.id })}>{acts.cutover}</Button>
      ) : null}
      <Button variant="light" color="red" loading={isCancelling} onClick={() => setAsked("cancel")}>
        {acts.cancel}
      </Button>
      <ConfirmByName
        isOpen={asked === "cancel"}
        title={monitor.cancelTitle(job.sourceName)}
        act={monitor.cancelAct(job.sourceName)}
        name={job.sourceName}
        isBusy={isCancelling}
        onClose={() => setAsked(null)}
        onConfirm={() => {
          setAsked(null);
          void actions.cancelJob(job.id).then((isGone) => {
            if (isGone) actions.open({ screen: "jobs" });
          });
        }}
      >
        <p>{monitor.cancelText}</p>
      </ConfirmByName>
      {asked === "tune" ? <TuneDialog job={job} onClose={() => setAsked(null)} /> : null}
    </>
  );
}
