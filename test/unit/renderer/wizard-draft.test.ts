import { describe, expect, it } from "vitest";
import { migrationChoicesSchema } from "../../../common/api/procedures.ts";
import {
  choicesOf,
  compressionOf,
  compressions,
  emptyDraft,
  firstOpenStep,
  problemsOf,
  tuningOf,
  wizardDraftSchema,
  type WizardDraft,
} from "../../../renderer/store/wizard-draft.ts";

const draftWith = (change: Partial<WizardDraft>): WizardDraft => ({
  ...emptyDraft,
  sources: ["0123456789abcdef"],
  ...change,
});

describe("the wizard's draft", () => {
  it("survives being written down and read again", () => {
    const draft = draftWith({ limitMiB: "1", disks: { "0123456789abcdef": ["/dev/sda"] } });
    expect(wizardDraftSchema.parse(JSON.parse(JSON.stringify(draft)))).toEqual(draft);
  });

  it("opens at the first step that is not complete", () => {
    expect(firstOpenStep(emptyDraft)).toBe("source");
    expect(firstOpenStep(draftWith({ controlPort: "70000" }))).toBe("target");
    expect(firstOpenStep(draftWith({ imageFormats: [] }))).toBe("plan");
    expect(firstOpenStep(draftWith({}))).toBe("review");
  });

  it("says at the field what is wrong", () => {
    expect(problemsOf("target", draftWith({ directory: "images" })).directory?.kind).toBe("absolute-path");
    expect(problemsOf("target", draftWith({ directory: "D:\\images" })).directory).toBeUndefined();
    expect(problemsOf("target", draftWith({ controlPort: "8703" })).dataPort?.kind).toBe("same-ports");
    expect(
      problemsOf("target", draftWith({ advertisedAddresses: "10.0.0.1, not a name" })).advertisedAddresses
        ?.kind,
    ).toBe("addresses");
    expect(problemsOf("plan", draftWith({ limitMiB: "12.5" })).limitMiB?.kind).toBe("whole-number");
    expect(problemsOf("plan", draftWith({ hasWindow: true, windowTo: "24:00" })).windowTo?.kind).toBe(
      "time-of-day",
    );
    expect(problemsOf("plan", draftWith({ hasWindow: true, windowFrom: "06:00" })).windowTo?.kind).toBe(
      "empty-window",
    );
    expect(problemsOf("review", draftWith({})).confirmed?.kind).toBe("required");
  });

  it("does not ask about what is switched off", () => {
    const draft = draftWith({ bootCheck: false, bootMemoryMiB: "", isIncremental: false, keepRuns: "x" });
    expect(problemsOf("plan", draft)).toEqual({});
  });

  it("becomes choices that the engine takes", () => {
    const draft = draftWith({
      limitMiB: "20",
      compression: "off",
      advertisedAddresses: "10.0.0.1, host.example",
      isIncremental: true,
      hasWindow: true,
      disks: { "0123456789abcdef": ["/dev/sdb"] },
    });
    const choices = migrationChoicesSchema.parse(choicesOf(draft, "0123456789abcdef"));
    expect(choices.diskPaths).toEqual(["/dev/sdb"]);
    expect(choices.directory).toBeNull();
    expect(choices.tuning).toEqual({ codec: "raw", level: 1, rateBytesPerSecond: 20 * 1024 * 1024 });
    expect(choices.advertisedAddresses).toEqual(["10.0.0.1", "host.example"]);
    expect(choices.runs.incremental).toEqual({ intervalHours: 24, keep: 3 });
    expect(choices.runs.transferWindow).toEqual({ from: "22:00", to: "06:00" });
  });

  it("takes a command a line for before and after, each with the one time limit", () => {
    const draft = draftWith({
      hooksBefore: "mysql -e 'flush tables with read lock'\n\n  sync  ",
      hooksAfter: "",
      hookTimeoutSeconds: "20",
    });
    expect(problemsOf("plan", draft)).toEqual({});
    expect(migrationChoicesSchema.parse(choicesOf(draft, "a")).runs.hooks).toEqual({
      before: [
        { command: "mysql -e 'flush tables with read lock'", timeoutSeconds: 20 },
        { command: "sync", timeoutSeconds: 20 },
      ],
      after: [],
    });
    const tooMany = draftWith({ hooksAfter: "true\n".repeat(17) });
    expect(problemsOf("plan", tooMany).hooksAfter?.kind).toBe("commands");
    expect(problemsOf("plan", draftWith({ hookTimeoutSeconds: "" }))).toEqual({});
    expect(problemsOf("plan", { ...draft, hookTimeoutSeconds: "" }).hookTimeoutSeconds?.kind).toBe(
      "whole-number",
    );
  });

  it("gives a new host name to one machine only", () => {
    const one = draftWith({ hostName: "web" });
    expect(migrationChoicesSchema.parse(choicesOf(one, "a")).conversion.hostName).toBe("web");
    const two = draftWith({ hostName: "web", sources: ["a", "b"] });
    expect(migrationChoicesSchema.parse(choicesOf(two, "a")).conversion.hostName).toBeNull();
  });

  it("has a word for every tuning", () => {
    for (const word of compressions)
      expect(compressionOf({ ...tuningOf[word], rateBytesPerSecond: 0 })).toBe(word);
    expect(compressionOf({ codec: "zstd", level: -5, rateBytesPerSecond: 0 })).toBe("fast");
  });
});
