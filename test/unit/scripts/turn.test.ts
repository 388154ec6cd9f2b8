import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { inTurn } from "../../lab/turn.ts";

const never = new AbortController().signal;
const module = new URL("../../lab/turn.ts", import.meta.url).href;

async function lockFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sma-turn-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, "lock");
}

/** A process of its own that takes its turn with `file`, says so, and keeps it until it is killed. */
async function otherHolder(file: string) {
  const program = `
    const { inTurn } = await import(${JSON.stringify(module)});
    const held = () => new Promise(() => setInterval(() => undefined, 1000) && console.log("held"));
    await inTurn(${JSON.stringify(file)}, new AbortController().signal, () => undefined, held);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

it("one process at a time has its turn, and who waits hears of it", async () => {
  const file = await lockFile();
  const order: string[] = [];
  const free = Promise.withResolvers<void>();
  const hears = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const first = inTurn(file, never, hears.resolve, async () => {
    began.resolve();
    await free.promise;
    order.push("first");
  });
  await began.promise;
  const second = inTurn(file, never, hears.resolve, async () => void order.push("second"));
  await hears.promise;
  free.resolve();
  await Promise.all([first, second]);
  expect(order).toEqual(["first", "second"]);
});

it("a turn ends with its process, however that ends", async () => {
  const file = await lockFile();
  const other = await otherHolder(file);
  const hears = Promise.withResolvers<void>();
  const turn = inTurn(file, never, hears.resolve, async () => "mine");
  await hears.promise;
  other.kill("SIGKILL");
  expect(await turn).toBe("mine");
});

it("whoever stops waiting leaves the turn to others", async () => {
  const file = await lockFile();
  const other = await otherHolder(file);
  const stop = new AbortController();
  await expect(
    inTurn(
      file,
      stop.signal,
      () => stop.abort(),
      async () => "never",
    ),
  ).rejects.toThrow(/abort/i);
  other.kill("SIGKILL");
  expect(
    await inTurn(
      file,
      never,
      () => undefined,
      async () => "mine",
    ),
  ).toBe("mine");
});

it("what fails in its turn gives the turn back", async () => {
  const file = await lockFile();
  await expect(
    inTurn(
      file,
      never,
      () => undefined,
      () => Promise.reject(new Error("broke")),
    ),
  ).rejects.toThrow("broke");
  expect(
    await inTurn(
      file,
      never,
      () => undefined,
      async () => "mine",
    ),
  ).toBe("mine");
});
