import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultConversion } from "../../../../common/domain/conversion.ts";
import { finding, type Finding } from "../../../../common/domain/finding.ts";
import { checkVirtioDrivers } from "../../../../main/migrations/virtio-drivers.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sma-drivers-"));
  mkdirSync(join(folder, "virtio-win", "viostor", "2k12R2", "amd64"), { recursive: true });
  writeFileSync(join(folder, "virtio-win", "viostor", "2k12R2", "amd64", "viostor.inf"), "");
  mkdirSync(join(folder, "other", "netkvm"), { recursive: true });
  writeFileSync(join(folder, "virtio-win.iso"), "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const missing: readonly Finding[] = [
  finding("no-virtio-driver.windows", {
    severity: "warning",
    subject: { kind: "boot", name: "virtio" },
    effects: "at-risk",
    evidence: [],
    params: { drivers: ["netkvm"] },
  }),
];
const check = (
  virtioDriversPath: string | null,
  more: { accepted?: string[]; findings?: readonly Finding[] } = {},
) =>
  checkVirtioDrivers(more.findings ?? missing, {
    conversion: { ...defaultConversion, virtioDriversPath },
    acceptedFindings: more.accepted ?? [],
  });

describe("virtio drivers for a Windows source", () => {
  it.each(["virtio-win", "virtio-win.iso"])("are taken from %s", async (name) => {
    expect(await check(join(folder, name))).toEqual({ ok: true });
  });

  it.each([null, "other", "nowhere", "virtio-win/viostor/2k12R2/amd64/viostor.inf"])(
    "are missed before anything is copied where the plan says %s",
    async (name) => {
      expect(await check(name === null ? null : join(folder, name))).toMatchObject({
        ok: false,
        failure: { code: "drivers-missing" },
      });
    },
  );

  it("are not asked for where the source has them or the admin accepted it", async () => {
    expect(await check(null, { findings: [] })).toEqual({ ok: true });
    expect(await check(null, { accepted: ["no-virtio-driver"] })).toEqual({ ok: true });
  });
});
