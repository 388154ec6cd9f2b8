/** Windows sources at the command line: added, tested and assessed over WinRM, with certificates seen for the first time. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runSma } from "../../support/run-sma.ts";
import { makeCertificate } from "../../support/winrm/certificates.ts";
import { collectorScript, windowsBundle } from "../../support/winrm/collector.ts";
import { administrator, startLab, type LabOptions } from "../../support/winrm/lab.ts";
import { describeWithNtlm } from "../../support/winrm/needs-acceptor.ts";
import { describeCertificate } from "../../../main/remote/winrm/transport/certificate-pin.ts";

const cleanUps: (() => unknown)[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-winrm-cli-"));
  writeFileSync(join(folder, "password"), `${administrator.password}\n`);
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  rmSync(folder, { recursive: true, force: true });
});

async function lab(options: LabOptions = {}) {
  const started = await startLab(options);
  cleanUps.push(() => started.stop());
  return started;
}

const sma = async (...args: string[]) => {
  const run = await runSma(args, { stateDirectory: join(folder, "state") });
  return { ...run, json: () => JSON.parse(run.stdout) as unknown };
};
const add = (port: number, ...more: string[]) =>
  sma(
    "source",
    "add",
    "--winrm",
    `CORP\\Administrator@127.0.0.1:${port}`,
    "--name",
    "win",
    ...more,
    "--password-file",
    join(folder, "password"),
  );

describeWithNtlm("a Windows source at the command line", () => {
  it("is added, tested and assessed by what its collector says", async () => {
    const asked: string[][] = [];
    const { endpoint } = await lab({
      machine: {
        scripts: collectorScript(windowsBundle, asked),
      },
    });
    expect((await add(endpoint.port)).stdout).toContain("added win");
    const tested = await sma("source", "test", "win", "--json");
    expect(tested.json()).toMatchObject({
      isRoot: true,
      kernel: "Microsoft Windows [Version 6.1.7601]",
      architecture: "AMD64",
    });
    const assessed = await sma("assess", "win", "--intermediate", "192.0.2.9", "--json");
    expect(assessed.json()).toMatchObject([
      { os: { family: "windows", version: "2012 R2" }, support: { onList: true } },
    ]);
    expect(asked).toEqual([["", "192.0.2.9:8080,192.0.2.9:8703"]]);
    expect(endpoint.errors).toEqual([]);
  });

  it("says what is missing where there is no administrator", async () => {
    const { endpoint } = await lab({ machine: { isAdministrator: false } });
    await add(endpoint.port);
    const tested = await sma("source", "test", "win");
    expect(tested.stdout).toContain("neither root nor an administrator");
    expect(tested.exitCode).toBe(5);
  });

  it("is reached over HTTPS once its certificate was accepted, and no longer when it shows another", async () => {
    const tls = makeCertificate();
    const { fingerprint, thumbprint } = describeCertificate(tls.certificateDer);
    const first = await lab({ endpoint: { tls } });
    await add(first.endpoint.port, "--https");
    const unknown = await sma("source", "test", "win");
    expect(unknown.exitCode).toBe(5);
    expect(unknown.stderr).toContain(fingerprint);
    expect(unknown.stderr).toContain(thumbprint);
    expect((await sma("source", "test", "win", "--accept-certificate", fingerprint)).exitCode).toBe(0);
    expect((await sma("source", "test", "win")).exitCode).toBe(0);
    expect((await sma("source", "list", "--json")).json()).toMatchObject([
      { address: { certificate: fingerprint } },
    ]);

    await sma("source", "remove", "win", "--host-key");
    expect((await sma("source", "list", "--json")).json()).toMatchObject([
      { address: { certificate: null } },
    ]);
    const wrong = makeCertificate();
    const accepting = ["--accept-certificate", describeCertificate(wrong.certificateDer).fingerprint];
    expect((await sma("source", "test", "win", ...accepting)).exitCode).toBe(5);
  });

  it("forgets its password when it is removed", async () => {
    await add(5985);
    expect((await sma("source", "remove", "win")).exitCode).toBe(0);
    expect((await add(5985)).exitCode).toBe(0);
  });

  it("wants its password from somewhere", async () => {
    const added = await sma("source", "add", "--winrm", "Administrator@127.0.0.1");
    expect(added.exitCode).toBe(2);
    expect(added.stderr).toContain("--password-file");
  });
});
