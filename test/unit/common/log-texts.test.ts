import { describe, expect, it } from "vitest";
import { bootCauses } from "../../../common/domain/boot-verdict.ts";
import type { LogKind, LogMessage, LogParameters } from "../../../common/domain/log-message.ts";
import { languages } from "../../../common/domain/report-text/catalogue.ts";
import { createFormats } from "../../../common/domain/report-text/formats.ts";
import { catalogues } from "../../../common/domain/report-text/languages.ts";
import { describeLogMessage } from "../../../common/domain/report-text/log-texts.ts";
import { conversionSteps } from "../../../intermediate/conversion/steps/index.ts";
import { remediesFor } from "../../../intermediate/conversion/remedies.ts";
import { windowsSteps } from "../../../intermediate/conversion/windows/steps/index.ts";

const why = "‹why›";
const mountPoint = "/‹where›";
/** Of every kind a line: a new kind without one does not compile. */
const samples: { readonly [K in LogKind]: LogParameters[K] } = {
  failed: { code: "hook-failed", message: why },
  retrying: { code: "connection-lost", message: why, seconds: 90 },
  stopped: { goesOn: true },
  "clock-set": { seconds: -7_200 },
  expired: { days: 30 },
  "clean-up-failed": { thing: "intermediate-job", code: "host-unreachable", message: why },
  "disks-chosen": { count: 2 },
  "new-disks-not-copied": { count: 2 },
  "layout-planned": { count: 2 },
  "left-out": { mountPoint, entries: 2_000, bytes: 3 * 1024 ** 3 },
  "intermediate-listens": { controlPort: 8080, dataPort: 8703 },
  "agent-runs": { directory: mountPoint },
  "intermediate-restarted": {},
  "agent-restarted": {},
  "agent-remark": { text: why },
  "sync-paused": { window: { from: "22:00", to: "06:00" } },
  "sync-goes-on": {},
  "sync-tuned": { level: 3, rateBytesPerSecond: 1024 ** 2, loadPercent: 50, checksum: "arrival" },
  "still-written": { passes: 3 },
  "unreadable-zeroed": { ranges: 2 },
  "snapshots-made": { volumes: ["vg/a", "vg/b"] },
  "snapshots-removed": {},
  "no-snapshots": { why },
  "snapshots-lost": { why },
  "read-as-it-is": { mountPoint, why },
  frozen: { mountPoints: [mountPoint] },
  thawed: { seconds: 1.25 },
  "held-still-note": { text: why },
  "hook-done": { when: "after", number: 1, count: 2 },
  "copying-differing": {},
  "conversion-off": {},
  "old-layout-names": {},
  converted: { step: "fstab-names", what: why },
  "conversion-note": { text: why },
  "laid-out": { mountPoint, entries: 2_000, bytes: 3 * 1024 ** 3 },
  "boot-check-off": {},
  "boots-after-repair": { remedy: why },
  "boots-degraded": { evidence: why },
  "old-images-removed": { count: 2 },
  "image-delivered": { id: "m-1", name: "sma-web", region: "cn-hangzhou" },
  "receipt-signed": { path: mountPoint },
};
const lines = Object.entries(samples).map(([kind, parameters]) => ({ kind, ...parameters }) as LogMessage);

describe("lines of a job's log", () => {
  it.each(languages)(
    "have words of their own for every kind in %s, with all that they tell in them",
    (language) => {
      const format = createFormats(language, "UTC");
      const texts = lines.map((said) => describeLogMessage(said, catalogues[language], format) ?? "");
      expect(new Set(texts).size).toBe(lines.length);
      for (const [index, said] of lines.entries()) {
        const text = texts[index] ?? "";
        expect(text.trim(), said.kind).not.toBe("");
        expect(text, said.kind).not.toMatch(/undefined|NaN|\[object/);
        for (const value of Object.values(said))
          if (value === why || value === mountPoint) expect(text, said.kind).toContain(value);
        if (language !== "en" && !("text" in said))
          expect(text, said.kind).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
      }
    },
  );

  it("of a kind that a newer assistant wrote are told as such", () => {
    const unknown = { kind: "brand-new" } as unknown as LogMessage;
    expect(describeLogMessage(unknown, catalogues.ja, createFormats("ja", "UTC"))).toBeNull();
  });

  it.each(languages)("and tables name every step and repair of a conversion in %s", (language) => {
    const known = catalogues[language].conversionSteps;
    const ids = [...conversionSteps, ...windowsSteps, ...bootCauses.flatMap(remediesFor)].map(({ id }) => id);
    for (const id of [...ids, "basic-disks", "windows-drivers", "tools"]) {
      expect(known[id], id).toBeDefined();
      if (language !== "en") expect(known[id], id).not.toBe(catalogues.en.conversionSteps[id]);
    }
  });
});
