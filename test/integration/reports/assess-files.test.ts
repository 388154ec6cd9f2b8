import { inEnglish } from "../../support/in-english.ts";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AssessedInput } from "../../../common/domain/report.ts";
import { reportSchema } from "../../../common/domain/report.ts";
import { fail, ok } from "../../../common/result.ts";
import { assessInputs, type AssessInputsOptions } from "../../../main/reports/assess-files.ts";
import { createChromiumPrinter } from "../../../main/reports/pdf-printer.ts";
import { writeReports } from "../../../main/reports/write-reports.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sma-assess-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const lsblk = JSON.stringify({
  blockdevices: [
    {
      name: "/dev/sda",
      type: "disk",
      size: 21474836480,
      pttype: "dos",
      children: [
        {
          name: "/dev/sda1",
          type: "part",
          size: 20401094656,
          fstype: "ext4",
          mountpoint: "/",
          pttype: "dos",
        },
        {
          name: "/dev/sda2",
          type: "part",
          size: 1072693248,
          fstype: "swap",
          mountpoint: "[SWAP]",
          pttype: "dos",
        },
      ],
    },
  ],
});

function bundle(hostName: string, distro = "debian", version = "10"): string {
  return JSON.stringify({
    format: 1,
    collectedAt: "2025-01-02T03:04:05+00:00",
    collector: "test",
    platform: "linux",
    files: { "/etc/os-release": `ID=${distro}\nVERSION_ID="${version}"\n`, "/etc/hostname": `${hostName}\n` },
    commands: {
      "lsblk -J -b -p -o NAME,TYPE,SIZE,FSTYPE,MOUNTPOINT,PTTYPE": { stdout: lsblk, stderr: "", exitCode: 0 },
    },
  });
}

const put = async (name: string, text: string | Uint8Array): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

async function all(
  paths: readonly string[],
  options: AssessInputsOptions = {},
): Promise<readonly AssessedInput[]> {
  const results: AssessedInput[] = [];
  for await (const result of assessInputs(paths, options)) results.push(result);
  return results;
}

const messageOf = (input: AssessedInput | undefined): string =>
  input?.kind === "failed" ? input.failure.message : `${input?.id} was assessed`;

describe("assessing files", () => {
  it("judges every bundle of a folder in the order of their names, by id", async () => {
    await put("b.json", bundle("b"));
    await put("a.json", bundle("a", "rocky", "8.9"));
    await put("notes.md", "# not a bundle");
    await put(".hidden.json", "nonsense");
    const results = await all([folder]);
    expect(results.map((each) => each.id)).toEqual(["a", "b"]);
    const [rocky, debian] = results.map((each) => (each.kind === "assessed" ? each.assessment : null));
    expect(rocky?.support.onList).toBe(false);
    expect(debian?.support).toMatchObject({ onList: true, tier: "listed" });
    expect(debian?.disks.map((disk) => [disk.id, disk.sizeBytes])).toEqual([["/dev/sda", 21474836480]]);
    expect(debian?.findings.map((finding) => finding.code)).toContain("swap");
  });

  it("names what is wrong with each bad input and goes on with the rest", async () => {
    await put("1-good.json", bundle("one"));
    await put("2-cut.json", bundle("two").slice(0, 60));
    await put("3-foreign.json", JSON.stringify({ format: 9, files: {} }));
    await put("4-field.json", JSON.stringify({ format: 1, files: { "/etc/os-release": 7 } }));
    await put("5-deep.json", `{"format":1,"files":${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}}`);
    await put("6-empty.json", "");
    await put("7-other.json", '{"hello":"world"}');
    await put("8-latin.txt", Buffer.from("NAME=caf\xe9\nID=centos\nVERSION_ID=7\n", "latin1"));
    const results = await all([folder, join(folder, "nowhere.json")]);
    expect(results.map((each) => each.kind)).toEqual([
      "assessed",
      "failed",
      "failed",
      "failed",
      "failed",
      "failed",
      "failed",
      "assessed",
      "failed",
    ]);
    expect(messageOf(results[1])).toMatch(/2-cut\.json.*cut short/);
    expect(messageOf(results[2])).toMatch(/3-foreign\.json.*format 9/);
    expect(messageOf(results[3])).toMatch(/4-field\.json.*os-release/);
    expect(messageOf(results[4])).toMatch(/5-deep\.json.*nested/);
    expect(messageOf(results[8])).toMatch(/nowhere\.json/);
    for (const failed of results) {
      if (failed.kind === "failed") expect(failed.failure.context["file"], failed.id).toContain(failed.input);
    }
  });

  it("takes saved tool output that is named, whatever the file is called", async () => {
    const [result] = await all([
      await put("from-the-phone", 'PRETTY_NAME="CentOS Linux 7 (Core)"\nID="centos"\nVERSION_ID="7"\n'),
    ]);
    expect(result).toMatchObject({ kind: "assessed", assessment: { support: { onList: true } } });
  });

  it("gives two files of one name two ids", async () => {
    await mkdir(join(folder, "x"));
    const results = await all([await put("app.json", bundle("p")), await put("x/app.json", bundle("q"))]);
    expect(results.map((each) => each.id)).toEqual(["app", "x/app"]);
  });

  it("says which input a host was seen in before", async () => {
    const results = await all([await put("1.json", bundle("erp01")), await put("2.json", bundle("erp01"))]);
    const [first, second] = results.map((each) => (each.kind === "assessed" ? each.assessment.findings : []));
    expect(first?.map((finding) => finding.code)).not.toContain("duplicate-host");
    const duplicate = second?.find((finding) => finding.code === "duplicate-host");
    expect(duplicate?.evidence[0]?.source).toMatch(/1\.json$/);
  });

  it("reads the fleet from a CSV, and a wrong line costs only itself", async () => {
    await put("one.json", bundle("one"));
    const csvPath = await put(
      "fleet.csv",
      "name,bundle,host,bandwidth_mbit\nfirst,one.json,,8\nsecond,missing.json,,\nthird,one.json,,\nfourth,,live.example,\n",
    );
    const results = await all([], { csvPath });
    expect(results.map((each) => [each.id, each.kind])).toEqual([
      ["first", "assessed"],
      ["second", "failed"],
      ["fourth", "failed"],
      ["third", "failed"],
    ]);
    expect(messageOf(results[3])).toContain("line 4, field bundle");
    const estimate = results[0]?.kind === "assessed" ? results[0].assessment.estimate : null;
    expect(estimate?.assumptions.bandwidthFrom).toBe("given");
  });

  it("names file, line and field of a CSV's wrong column", async () => {
    const csvPath = await put("fleet.csv", "name,bundel\nfirst,one.json\n");
    expect(messageOf((await all([], { csvPath }))[0])).toMatch(/fleet\.csv, line 1, field 2: "bundel"/);
  });

  it("opens encrypted bundles where it is given the means", async () => {
    const path = await put("one.sealed", `SEALED${Buffer.from(bundle("one")).toString("base64")}`);
    const isEncrypted = (bytes: Uint8Array): boolean =>
      Buffer.from(bytes.subarray(0, 6)).toString() === "SEALED";
    const open = {
      isEncrypted,
      decrypt: (bytes: Uint8Array) =>
        Promise.resolve(ok(Buffer.from(Buffer.from(bytes.subarray(6)).toString(), "base64"))),
    };
    const wrongKey = {
      isEncrypted,
      decrypt: () => Promise.resolve(fail("vault-locked", inEnglish("made for another key"))),
    };
    expect((await all([path], { decryptor: open }))[0]).toMatchObject({ id: "one", kind: "assessed" });
    expect(messageOf((await all([path], { decryptor: wrongKey }))[0])).toMatch(
      /one\.sealed: made for another key/,
    );
  });

  it("stops where it is told to", async () => {
    for (let at = 0; at < 20; at++) await put(`${at}.json`, bundle(`h${at}`));
    const controller = new AbortController();
    let count = 0;
    for await (const _ of assessInputs([folder], { signal: controller.signal, workers: 1 })) {
      count++;
      controller.abort();
    }
    expect(count).toBe(1);
  });
});

describe("a thousand bundles", () => {
  it("become three reports without being held in memory", { timeout: 180_000 }, async () => {
    const padding = "x".repeat(100_000);
    for (let at = 0; at < 1000; at++) {
      const made = JSON.parse(bundle(`host-${at}`)) as { files: Record<string, string> };
      made.files["/var/log/padding"] = padding;
      await put(`host-${String(at).padStart(4, "0")}.json`, JSON.stringify(made));
    }
    const outputs = {
      json: join(folder, "out.json"),
      csv: join(folder, "out.csv"),
      htmlPath: join(folder, "out.html"),
    };
    const started = performance.now();
    const run = await writeReports(assessInputs([folder]), outputs, {
      language: "en",
      timeZone: "UTC",
      now: 0,
      parallelJobs: 4,
      isSingle: false,
      printer: createChromiumPrinter(null),
    });
    console.log(
      `1,000 bundles of 100 KB: ${((performance.now() - started) / 1000).toFixed(1)} s, ${Math.round(process.memoryUsage().rss / 1e6)} MB resident`,
    );
    expect(run).toMatchObject({ ok: true, value: { sources: 1000, failures: [] } });
    const entries = reportSchema.parse(JSON.parse(await readFile(outputs.json, "utf8")));
    expect(new Set(entries.map((entry) => entry.id)).size).toBe(1000);
    expect((await readFile(outputs.htmlPath, "utf8")).match(/<article /g)).toHaveLength(1000);
    expect((await readFile(outputs.csv, "utf8")).trimEnd().split("\r\n")).toHaveLength(1001);
  });
});
