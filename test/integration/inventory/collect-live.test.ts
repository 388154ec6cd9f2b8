import { inEnglish } from "../../support/in-english.ts";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { fail, ok, unwrap } from "../../../common/result.ts";
import { collectLive } from "../../../main/inventory/collect-live.ts";
import { factsFromBundle } from "../../../main/inventory/facts-from-bundle.ts";
import type { RemoteSession, RunOptions } from "../../../main/remote/contract.ts";

const collectorsDirectory = resolve(import.meta.dirname, "../../../resources/collectors");

/** A session on this machine: the script runs in a real shell, behind what a login may print first. */
function localSession(
  options: { readonly banner?: string; readonly mayElevate?: boolean; readonly shell?: string } = {},
): RemoteSession & { readonly elevations: boolean[] } {
  const elevations: boolean[] = [];
  const refuse = () => Promise.reject(new Error("not part of this test"));
  return {
    platform: "posix",
    elevations,
    description: "root@this-machine:22",
    script: (text: string, parameters: readonly string[], runOptions?: RunOptions) => {
      elevations.push(runOptions?.elevated === true);
      if (runOptions?.elevated === true && options.mayElevate === false)
        return Promise.resolve(fail("sudo-failed", inEnglish("no sudo")));
      const run = spawnSync(options.shell ?? "sh", ["-s", "--", ...parameters], {
        input: text,
        encoding: "utf8",
        maxBuffer: 64 * 1024 * 1024,
      });
      return Promise.resolve(
        ok({ stdout: (options.banner ?? "") + run.stdout, stderr: run.stderr, exitCode: run.status ?? 255 }),
      );
    },
    run: refuse,
    upload: refuse,
    forwardFromRemote: refuse,
    close: () => Promise.resolve(),
  };
}

describe("collecting from a live source", () => {
  it("gives the facts that its bundle gives, and the clock's offset besides", async () => {
    const session = localSession({ banner: "Welcome! {not json}\n" });
    const collected = unwrap(await collectLive(session, { collectorsDirectory, clock: () => Date.now() }));
    const fromBundle = factsFromBundle(collected.bundle);
    expect({ ...collected.facts, clock: fromBundle.clock }).toEqual(fromBundle);
    expect(Math.abs(collected.facts.clock.offsetSeconds ?? Number.NaN)).toBeLessThanOrEqual(2);
    expect(session.elevations).toEqual([true]);
  });

  it("sees a clock that is an hour wrong", async () => {
    const collected = unwrap(
      await collectLive(localSession(), { collectorsDirectory, clock: () => Date.now() - 3_600_000 }),
    );
    expect(Math.abs((collected.facts.clock.offsetSeconds ?? 0) - 3600)).toBeLessThan(60);
  });

  it("goes on without root where the login may not become root", async () => {
    const session = localSession({ mayElevate: false });
    expect(
      unwrap(await collectLive(session, { collectorsDirectory, clock: () => Date.now() })).facts.os.family,
    ).toBe("linux");
    expect(session.elevations).toEqual([true, false]);
  });

  it("says what came instead of a bundle", async () => {
    const result = await collectLive(localSession({ shell: "false" }), {
      collectorsDirectory,
      clock: () => Date.now(),
    });
    expect(!result.ok && result.failure).toMatchObject({
      code: "command-failed",
      context: { source: "root@this-machine:22", exitCode: 1 },
    });
  });
});
