import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { startServe } from "../../support/serve-process.ts";

const directory = mkdtempSync(join(tmpdir(), "sma-opening-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it.skipIf(process.platform !== "linux")(
  "the printed link still signs in where a browser was asked for and none came",
  async () => {
    const programs = join(directory, "bin");
    mkdirSync(programs);
    writeFileSync(join(programs, "xdg-open"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    const environment = {
      DISPLAY: ":0",
      PATH: [programs, process.env["PATH"]].join(delimiter),
    };
    const serve = await startServe(join(directory, "state"), 0, { environment, more: ["--open"] });
    try {
      const answer = await fetch(serve.link);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("set-cookie")).not.toBeNull();
    } finally {
      await serve.stop();
    }
  },
);
