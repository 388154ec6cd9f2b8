import { describe, expect, test } from "vitest";
import {
  diskPassDone,
  maySkipRecorded,
  newSync,
  nextDisk,
  nextSync,
  withReadError,
  withRemark,
  type SyncState,
} from "../../../../intermediate/jobs/sync-state.ts";

const outcome = (diskId: number, sentChunks: number) => ({
  diskId,
  sentChunks,
  sentRanges: sentChunks > 0 ? [{ diskId, offset: 0, length: sentChunks * 65_536 }] : [],
  sourceTreeHash: "ab".repeat(32),
  uncheckedChunks: 0,
  tally: { sent: sentChunks, zero: 1, unused: 2, same: 3 },
});

/** Runs passes with the given numbers of sent chunks a disk; rows are passes. */
function run(start: SyncState, passes: readonly (readonly number[])[], passLimit: number): SyncState {
  return passes.reduce(
    (sync, row) =>
      row.reduce((state, sent, index) => diskPassDone(state, outcome(index, sent), passLimit), sync),
    { ...start, phase: "syncing" } as SyncState,
  );
}

describe("a sync", () => {
  test("takes the disks of a pass in order and goes on to the next pass", () => {
    let sync: SyncState = { ...newSync([0, 1]), phase: "syncing" };
    expect(nextDisk(sync)).toBe(0);
    sync = diskPassDone(sync, outcome(0, 5), 10);
    expect([sync.pass, nextDisk(sync)]).toEqual([1, 1]);
    sync = diskPassDone(sync, outcome(1, 0), 10);
    expect([sync.pass, nextDisk(sync), sync.phase]).toEqual([2, 0, "syncing"]);
  });

  test("is settled by a whole pass that sent nothing, not by one disk of it", () => {
    expect(
      run(
        newSync([0, 1]),
        [
          [5, 5],
          [0, 1],
        ],
        10,
      ),
    ).toMatchObject({ phase: "syncing", pass: 3, settled: false });
    expect(
      run(
        newSync([0, 1]),
        [
          [5, 5],
          [0, 1],
          [0, 0],
        ],
        10,
      ),
    ).toMatchObject({
      phase: "synced",
      pass: 3,
      settled: true,
      stillChanging: [],
    });
  });

  test("ends unsettled at the pass limit and says what still changed", () => {
    const sync = run(
      newSync([0, 1]),
      [
        [5, 5],
        [2, 0],
      ],
      2,
    );
    expect(sync).toMatchObject({ phase: "synced", settled: false });
    expect(sync.stillChanging).toEqual([{ diskId: 0, offset: 0, length: 131_072 }]);
    expect(nextDisk(sync)).toBeUndefined();
  });

  test("does not call a first and only pass a changing source", () => {
    expect(run(newSync([0]), [[5]], 1)).toMatchObject({ phase: "synced", settled: false, stillChanging: [] });
  });

  test("skips what is recorded in the first pass of every sync and in no other", () => {
    const first = newSync([0]);
    expect(maySkipRecorded(first)).toBe(true);
    const second = run(first, [[5]], 10);
    expect(maySkipRecorded(second)).toBe(false);
    const done = run(second, [[0]], 10);
    const incremental = nextSync(done);
    expect(incremental).toMatchObject({ pass: 3, firstPass: 3, phase: "syncing", settled: false });
    expect(maySkipRecorded(incremental)).toBe(true);
  });

  test("counts the pass limit from the first pass of this sync", () => {
    const incremental = nextSync(run(newSync([0]), [[5], [0]], 2));
    expect(run(incremental, [[1]], 2)).toMatchObject({ phase: "syncing", pass: 4 });
    expect(run(incremental, [[1], [1]], 2)).toMatchObject({ phase: "synced", settled: false });
  });

  test("keeps what the agent remarks, each once, without control characters, and not without end", () => {
    let sync = newSync([0]);
    for (const text of ["no snapshot of D:", "\u001b[2Jwriter\nfailed", "no snapshot of D:", " \n"])
      sync = withRemark(sync, text);
    expect(sync.remarks).toEqual(["[2Jwriter failed", "no snapshot of D:"]);
    for (let index = 0; index < 100; index += 1) sync = withRemark(sync, `${index} ${"x".repeat(5_000)}`);
    expect(sync.remarks).toHaveLength(50);
    expect(sync.remarks.at(-1)).toMatch(/^99 x{997}$/);
  });

  test("merges read errors that touch and drops them once the disk was read again", () => {
    let sync: SyncState = { ...newSync([0, 1]), phase: "syncing" };
    sync = withReadError(sync, { diskId: 0, offset: 0, length: 100 });
    sync = withReadError(sync, { diskId: 0, offset: 300, length: 100 });
    sync = withReadError(sync, { diskId: 1, offset: 100, length: 100 });
    sync = withReadError(sync, { diskId: 0, offset: 100, length: 200 });
    expect(sync.readErrors).toEqual([
      { diskId: 1, offset: 100, length: 100, pass: 1 },
      { diskId: 0, offset: 0, length: 400, pass: 1 },
    ]);
    sync = run(sync, [[1, 1]], 10);
    expect(sync.readErrors).toHaveLength(2);
    sync = diskPassDone(sync, outcome(0, 0), 10);
    expect(sync.readErrors).toMatchObject([{ diskId: 1 }]);
  });

  test("keeps what its first pass sent and saved; passes that only prove it do not change that", () => {
    let sync = run(newSync([0]), [[5], [1], [0]], 10);
    expect(sync.disks[0]?.tally).toEqual({ sent: 5, zero: 1, unused: 2, same: 3 });
    sync = run(nextSync(sync), [[2]], 10);
    expect(sync.disks[0]?.tally.sent).toBe(2);
  });
});
