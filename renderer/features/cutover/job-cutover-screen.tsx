import { Anchor, Button, Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useCallback, useEffect, useState } from "react";
import type { CutoverView } from "../../../common/domain/cutover.ts";
import { isOffered, type ListedInstance } from "../../../common/domain/instance.ts";
import type { Failure } from "../../../common/result.ts";
import { formatRoute } from "../../store/route.ts";
import { useActions, useApp, useBusy } from "../../store/use-app.tsx";
import { useFormats, useTexts } from "../../texts/use-texts.ts";
import { ConfirmByName } from "../../ui/confirm-by-name.tsx";
import { CopyLine } from "../../ui/copy-line.tsx";
import { FailureCard } from "../../ui/failure-card.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { Remark } from "../../ui/remark.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { useJob } from "../../ui/use-job.ts";
import { CutoverBadge } from "./cutover-badge.tsx";
import { CutoverUnderWay } from "./cutover-under-way.tsx";
import { InstanceForm } from "./instance-form.tsx";
import "./cutover.css";

const renewEveryMs = 2_000;
type Question = "start" | "rollback" | "finalise" | "instance" | null;

/** The cutover of one job: try it, do it, take it back, or give the old disks up. */
export function JobCutoverScreen({ id }: { readonly id: string }) {
  const { cutover: text, common } = useTexts();
  const format = useFormats();
  const { call, readCutover } = useActions();
  const job = useJob(id);
  const connection = useApp((state) => state.connection);
  const view = useApp((state) => state.cutovers.get(id));
  const [instances, setInstances] = useState<readonly ListedInstance[]>([]);
  const [failure, setFailure] = useState<Failure | null>(null);

  const read = useCallback(async () => {
    const shown = await readCutover(id);
    setFailure(shown.ok ? null : shown.failure);
    const listed = await call("instance.list", {}, { isQuiet: true });
    if (listed.ok) setInstances(listed.value);
  }, [call, readCutover, id]);

  useEffect(() => {
    if (connection !== "open") return undefined;
    void read();
    const timer = setInterval(() => void read(), renewEveryMs);
    return () => clearInterval(timer);
  }, [read, connection]);

  const name = view?.source ?? job?.sourceName ?? id;
  return (
    <Page
      title={
        <span className="row">
          {format.labelled(text.title, name)}
          {view === undefined ? null : <CutoverBadge state={view.state} />}
        </span>
      }
      lead={<Anchor href={formatRoute({ screen: "cutover" })}>{text.backToAll}</Anchor>}
    >
      {job?.plan.target.kind === "ssh-host" ? (
        <Section title={text.elsewhereWhere}>
          <p>{text.elsewhere(job.plan.target.hostName)}</p>
          <CopyLine text={`${job.plan.target.directory}/jobs/${job.id}/images`} label={text.elsewhereWhere} />
        </Section>
      ) : view === undefined ? (
        failure === null ? (
          <p className="dim">{common.loading}</p>
        ) : (
          <FailureCard failure={failure} title={text.notReady} />
        )
      ) : (
        <KnownCutover view={view} instances={instances} onInstances={() => void read()} />
      )}
    </Page>
  );
}

function KnownCutover({
  view,
  instances,
  onInstances,
}: {
  readonly view: CutoverView;
  readonly instances: readonly ListedInstance[];
  onInstances(): void;
}) {
  const { cutover: text, common, wizard } = useTexts();
  const format = useFormats();
  const actions = useActions();
  const { job, source, state, isHeld, firmware } = view;
  const fits = ({ spec, heldBy }: ListedInstance) =>
    (firmware === null || spec.firmware === firmware) && isOffered({ heldBy }, job);
  const shown = instances.filter(({ heldBy }) => heldBy?.state !== "testing");
  const jobs = useApp((app) => app.jobs);
  /** The last word on an instance that has another job's system. */
  const ownerOf = ({ heldBy }: ListedInstance) =>
    heldBy === null || heldBy.job === job
      ? []
      : [text.heldBy(jobs.get(heldBy.job)?.sourceName ?? heldBy.job)];
  const [chosen, setChosen] = useState("");
  const [timeout, setTimeoutSeconds] = useState("900");
  const [grace, setGrace] = useState("60");
  const [withoutDrill, setWithoutDrill] = useState(false);
  const [wantsLastCopy, setWantsLastCopy] = useState(false);
  const [asked, setAsked] = useState<Question>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const isBusy = useBusy(`cutover ${job}`);
  const jobState = useApp((app) => app.jobs.get(job)?.state.name);
  /** The last run failed or was stopped: where it can never be made again, there is still the copy before it. */
  const lastCopy =
    (jobState === "in-error" || jobState === "stopped") && view.copiedAt !== null
      ? format.dateTime(Date.parse(view.copiedAt))
      : null;
  const withLastCopy = wantsLastCopy && lastCopy !== null;
  // The instance of a drill is one of its own.
  const instance =
    "instance" in state && state.name !== "testing"
      ? state.instance
      : chosen !== ""
        ? chosen
        : ((shown.find((each) => fits(each) && ownerOf(each).length === 0) ?? shown.find(fits))?.spec.name ??
          "");
  const mayDrill =
    state.name === "ready" || state.name === "ready-for-cutover" || (state.name === "testing" && !isHeld);
  const mayStart = state.name === "ready-for-cutover" || (state.name === "ready" && withoutDrill);
  const isWrong = (value: string, minimum: number, maximum: number) =>
    !/^\d+$/.test(value.trim()) || Number(value) < minimum || Number(value) > maximum;
  const areNumbersRight = !isWrong(timeout, 1, 86_400) && !isWrong(grace, 0, 3_600);
  /** Only what was cut over has anything to lose by going back. */
  const loses = state.name === "cut-over" ? text.rollback.lost : null;
  const order = { job, instance, timeoutSeconds: Number(timeout), graceSeconds: Number(grace) };

  const begin = async (act: "drill" | "start" | "rollback" | "finalise"): Promise<void> => {
    setAsked(null);
    setFailure(null);
    const answer = await actions.beginCutover(
      act === "drill"
        ? { act, ...order }
        : act === "start"
          ? { act, ...order, withoutDrill, withLastCopy }
          : { act, job, confirmName: source },
    );
    if (!answer.ok) setFailure(answer.failure);
  };

  return (
    <>
      {failure === null ? null : <FailureCard failure={failure} />}
      {view.lastFailure === null ? null : (
        <FailureCard
          title={text.lastFailure}
          failure={{
            ...view.lastFailure,
            code: view.lastFailure.code ?? "internal",
            retryable: false,
            context: {},
          }}
        />
      )}
      {mayDrill ? (
        <Section
          title={text.instance}
          actions={
            <Button
              size="xs"
              variant={shown.some(fits) ? "default" : "filled"}
              leftSection={<IconPlus size={15} aria-hidden />}
              onClick={() => setAsked("instance")}
            >
              {text.newInstance}
            </Button>
          }
        >
          {shown.length === 0 ? (
            <p>
              {text.noInstances} {text.needsInstance}
            </p>
          ) : (
            <div className="form-grid">
              <NativeSelect
                label={text.chooseInstance}
                value={instance}
                data={shown.map((each) => ({
                  value: each.spec.name,
                  label: `${each.spec.name} (${format.list([text.power[each.power], wizard.plan.firmwares[each.spec.firmware], ...ownerOf(each)])})`,
                  disabled: !fits(each),
                }))}
                error={
                  firmware === null || shown.some(fits)
                    ? null
                    : text.noneFits(wizard.plan.firmwares[firmware])
                }
                onChange={(event) => setChosen(event.currentTarget.value)}
              />
              <TextInput
                label={text.timeout}
                inputMode="numeric"
                value={timeout}
                error={
                  isWrong(timeout, 1, 86_400)
                    ? common.problems.wholeNumber("1", format.integer(86_400))
                    : null
                }
                onChange={(event) => setTimeoutSeconds(event.currentTarget.value)}
              />
              <TextInput
                label={text.grace}
                inputMode="numeric"
                value={grace}
                error={
                  isWrong(grace, 0, 3_600) ? common.problems.wholeNumber("0", format.integer(3_600)) : null
                }
                onChange={(event) => setGrace(event.currentTarget.value)}
              />
            </div>
          )}
        </Section>
      ) : null}
      {state.name === "testing" || state.name === "cutover-in-progress" ? (
        <CutoverUnderWay job={job} state={state} isHeld={isHeld} />
      ) : null}
      <div className="cutover-acts">
        <Section title={text.drill.title}>
          <p>{text.drill.text}</p>
          <p>
            {state.name === "ready-for-cutover" ? (
              state.drill === null ? (
                text.drill.skipped
              ) : (
                <>
                  <StatusBadge tone="ok">
                    {text.drill.passed(format.dateTime(Date.parse(state.drill.at)))}
                  </StatusBadge>{" "}
                  <Remark told={{ what: state.drill.evidence, said: state.drill.said }} />
                </>
              )
            ) : state.name === "ready" ? (
              <span className="dim">{text.drill.notDone}</span>
            ) : null}
          </p>
          {mayDrill ? (
            <div>
              <Button
                loading={isBusy}
                disabled={isHeld || instance === "" || !areNumbersRight}
                variant={state.name === "ready" ? "filled" : "default"}
                onClick={() => void begin("drill")}
              >
                {text.drill.act(source)}
              </Button>
            </div>
          ) : null}
          {state.name === "ready" ? (
            <Checkbox
              label={text.drill.skip}
              description={text.drill.skipHint}
              checked={withoutDrill}
              onChange={(event) => setWithoutDrill(event.currentTarget.checked)}
            />
          ) : null}
        </Section>
        <Section title={text.start.title}>
          <p>{text.start.text}</p>
          {state.name === "ready" && !mayStart ? <p className="dim">{text.afterDrill}</p> : null}
          {state.name === "cut-over" ? (
            <p>
              <StatusBadge tone="ok">{text.start.done(format.dateTime(Date.parse(state.at)))}</StatusBadge>{" "}
              <Remark told={{ what: state.evidence, said: state.said }} />
            </p>
          ) : null}
          {mayStart && instance === "" ? <p className="dim">{text.needsInstance}</p> : null}
          {lastCopy !== null && mayStart ? (
            <Checkbox
              label={text.start.lastCopy(lastCopy)}
              description={text.start.lastCopyHint}
              checked={wantsLastCopy}
              onChange={(event) => setWantsLastCopy(event.currentTarget.checked)}
            />
          ) : null}
          {mayStart && instance !== "" ? (
            <div>
              <Button
                loading={isBusy}
                disabled={isHeld || instance === "" || !areNumbersRight}
                onClick={() => setAsked("start")}
              >
                {text.start.act(instance)}
              </Button>
            </div>
          ) : null}
          {state.name === "cutover-in-progress" && !state.back ? (
            <div>
              <Button
                variant="default"
                loading={isBusy}
                disabled={isHeld}
                onClick={() => void begin("start")}
              >
                {text.start.goOn}
              </Button>
            </div>
          ) : null}
          {view.undoing?.by === "rollback" ? (
            <>
              <dl className="facts">
                <dt>{text.rollback.restores}</dt>
                <dd>{text.rollback.restored}</dd>
                <dt>{text.rollback.loses}</dt>
                <dd>{loses ?? text.rollback.losesNothing}</dd>
              </dl>
              <div>
                <Button
                  variant="light"
                  color="red"
                  loading={isBusy}
                  disabled={isHeld}
                  onClick={() => setAsked("rollback")}
                >
                  {text.rollback.act(instance)}
                </Button>
              </div>
            </>
          ) : null}
        </Section>
        <Section title={text.finalise.title}>
          <p>{text.finalise.text}</p>
          {state.name === "cut-over" || state.name === "finalised" ? null : (
            <p className="dim">{text.afterCutover}</p>
          )}
          {state.name === "finalised" ? (
            <p>
              <StatusBadge tone="ok">{text.finalise.done(format.dateTime(Date.parse(state.at)))}</StatusBadge>
            </p>
          ) : null}
          {state.name === "cut-over" ? (
            <div>
              <Button color="red" loading={isBusy} disabled={isHeld} onClick={() => setAsked("finalise")}>
                {text.finalise.act(instance)}
              </Button>
            </div>
          ) : null}
        </Section>
      </div>
      <Section title={text.history}>
        {view.history.length === 0 ? (
          <p className="dim">{text.noHistory}</p>
        ) : (
          <ol className="cutover-history">
            {view.history.map((entry, index) => (
              <li key={index}>
                <time className="dim" dateTime={entry.at}>
                  {format.dateTime(Date.parse(entry.at))}
                </time>
                <Remark told={entry} />
              </li>
            ))}
          </ol>
        )}
        {view.consoleLogPath === null ? null : (
          <dl className="facts">
            <dt>{text.consoleLog}</dt>
            <dd className="mono">{view.consoleLogPath}</dd>
          </dl>
        )}
      </Section>
      <ConfirmByName
        isOpen={asked === "start"}
        title={text.start.confirmTitle(instance)}
        act={text.start.act(instance)}
        name={instance}
        onClose={() => setAsked(null)}
        onConfirm={() => void begin("start")}
      >
        <p>{text.start.confirmText(instance)}</p>
        {jobState === "finished" ? null : (
          <p>{withLastCopy ? text.start.withLastCopy(lastCopy) : text.start.finalSync}</p>
        )}
      </ConfirmByName>
      <ConfirmByName
        isOpen={asked === "rollback"}
        title={text.rollback.confirmTitle(instance)}
        act={text.rollback.act(instance)}
        name={source}
        onClose={() => setAsked(null)}
        onConfirm={() => void begin("rollback")}
      >
        <p>{format.labelled(text.rollback.loses, loses ?? text.rollback.losesNothing)}</p>
      </ConfirmByName>
      <ConfirmByName
        isOpen={asked === "finalise"}
        title={text.finalise.confirmTitle(instance)}
        act={text.finalise.act(instance)}
        name={source}
        onClose={() => setAsked(null)}
        onConfirm={() => void begin("finalise")}
      >
        <p>{text.finalise.confirmText}</p>
      </ConfirmByName>
      {asked === "instance" ? (
        <InstanceForm
          source={source}
          wanted={firmware}
          onClose={() => setAsked(null)}
          onCreated={(name) => {
            setAsked(null);
            setChosen(name);
            onInstances();
          }}
        />
      ) : null}
    </>
  );
}
