/** A cutover of an incremental job: what the instance gets is what the source is at that moment. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeBootDisk } from "../../support/cutover/boot-sector.ts";
import { onlyJob } from "../../support/job-views.ts";
import { startLocalSource, type LocalSource, type TestAssistant } from "../../support/local-source.ts";
import type { SmaResult } from "../../support/run-sma.ts";

let source: LocalSource;
let assistant: TestAssistant;

beforeAll(async () => {
  source = await startLocalSource();
  assistant = await source.newAssistant();
});
afterAll(async () => {
  await assistant.run(["instance", "remove", "target", "--confirm", "target"]);
  await source.stop();
});

function expectDone(result: SmaResult): void {
  expect(result.exitCode, `${result.stdout}\n${result.stderr}`).toBe(0);
}

it("starts with the job's final run, and not before everything else about it is settled", async () => {
  const disk = join(source.directory, "disk.raw");
  makeBootDisk(disk, "monday");
  expectDone(await assistant.run(assistant.migrateArguments(disk, ["--every", "24"])));
  expectDone(
    await assistant.run([
      ...["instance", "create", "target", "--memory", "32", "--accelerator", "tcg", "--no-network"],
    ]),
  );
  const { id } = await onlyJob(assistant);
  makeBootDisk(disk, "friday");

  // Neither a missing drill nor a wrong name ends the schedule.
  const start = ["cutover", "start", id, "--instance"];
  expect((await assistant.run([...start, "target"])).stderr).toContain("Hold a drill first");
  expect((await assistant.run([...start, "nowhere", "--without-drill"])).exitCode).not.toBe(0);
  expect(await onlyJob(assistant)).toMatchObject({ run: { number: 1 }, state: { name: "waiting" } });

  expectDone(await assistant.run([...start, "target", "--without-drill"]));
  const { state } = await assistant.ask("cutover.show", { job: id });
  expect(state).toMatchObject({
    name: "cut-over",
    evidence: expect.stringContaining("friday login:") as string,
  });
  expect(await onlyJob(assistant)).toMatchObject({
    run: { number: 2, kind: "final", outcome: "done" },
    state: { name: "finished" },
  });
});

it("takes the last complete copy of a source that is gone, once that was tried and where it is said", async () => {
  const alone = await source.newAssistant();
  const disk = join(source.directory, "lost.raw");
  makeBootDisk(disk, "monday");
  expectDone(await alone.run(alone.migrateArguments(disk, ["--every", "24"])));
  expectDone(
    await alone.run([
      ...["instance", "create", "spare", "--memory", "32", "--accelerator", "tcg", "--no-network"],
    ]),
  );
  const { id } = await onlyJob(alone);
  const { copiedAt } = await alone.ask("cutover.show", { job: id });
  await source.sshd.stop();

  const start = ["cutover", "start", id, "--instance", "spare", "--without-drill"];
  const tried = await alone.run([...start, "--with-last-copy"]);
  expect(tried.exitCode).not.toBe(0);
  expect(tried.stderr).toContain(`--with-last-copy takes the copy of ${copiedAt}`);
  expect(await onlyJob(alone)).toMatchObject({ run: { kind: "final" }, state: { name: "in-error" } });
  expect((await alone.run(start)).exitCode).not.toBe(0);
  expect(await alone.ask("cutover.show", { job: id })).toMatchObject({ copiedAt, state: { name: "ready" } });

  expectDone(await alone.run([...start, "--with-last-copy"]));
  const { state, history } = await alone.ask("cutover.show", { job: id });
  expect(state).toMatchObject({
    name: "cut-over",
    evidence: expect.stringContaining("monday login:") as string,
  });
  expect(history).toContainEqual(
    expect.objectContaining({
      said: {
        kind: "cutover-begun-with-last-copy",
        instance: "spare",
        copiedAtMs: Date.parse(copiedAt ?? ""),
      },
    }),
  );
  expectDone(await alone.run(["instance", "remove", "spare", "--confirm", "spare"]));
});
