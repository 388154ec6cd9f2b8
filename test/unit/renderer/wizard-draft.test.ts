import { describe, expect, it } from "vitest";
import { migrationChoicesSchema } from "../../../common/api/procedures.ts";
import { choicesOf, compressionOf, tuningOf } from "../../../renderer/store/wizard-choices.ts";
import {
  compressions,
  emptyDraft,
  wizardDraftSchema,
  type WizardDraft,
} from "../../../renderer/store/wizard-draft.ts";
import { planOfDraft, withTemplate } from "../../../renderer/store/plan-actions.ts";
import { firstOpenStep, problemsOf } from "../../../renderer/store/wizard-problems.ts";

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
    expect(choices.tuning).toEqual({
      codec: "raw",
      level: 1,
      checksum: "automatic",
      rateBytesPerSecond: 20 * 1024 * 1024,
    });
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

  it("asks for a target host only where there is one, and never for one that is migrated itself", () => {
    const host = draftWith({ targetKind: "ssh-host", targetHost: "kvm", directory: "/srv/replicas" });
    const surroundings = {
      hasWindows: false,
      hosts: new Set(["kvm"]),
      proposal: null,
      ports: { control: 8080, data: 8703 },
    };
    expect(problemsOf("target", host, surroundings)).toEqual({});
    expect(migrationChoicesSchema.parse(choicesOf(host, "a")).targetHost).toEqual({
      source: "kvm",
      program: "sma-intermediate",
    });
    expect(
      migrationChoicesSchema.parse(choicesOf(draftWith({ targetHost: "kvm" }), "a")).targetHost,
    ).toBeNull();
    const wrong = (change: Partial<WizardDraft>) =>
      problemsOf("target", { ...host, ...change }, surroundings);
    expect(wrong({ targetHost: "" }).targetHost?.kind).toBe("required");
    expect(wrong({ targetHost: "gone" }).targetHost?.kind).toBe("host-gone");
    expect(wrong({ sources: ["kvm"] }).targetHost?.kind).toBe("host-is-source");
    expect(wrong({ directory: "" }).directory?.kind).toBe("required");
    expect(wrong({ directory: "D:\\images" }).directory?.kind).toBe("absolute-path");
  });

  it("asks for what a target in the cloud needs, at the field, and gives it as the engine takes it", () => {
    const cloud = draftWith({
      targetKind: "alibaba-cloud",
      cloudAccount: "main",
      cloudRegion: "cn-hangzhou",
      cloudBucket: "images",
    });
    expect(problemsOf("target", cloud)).toEqual({});
    expect(migrationChoicesSchema.parse(choicesOf(cloud, "a"))).toMatchObject({
      targetHost: null,
      cloud: { account: "main", network: { type: "internet" }, result: { kind: "image" } },
    });
    expect(
      migrationChoicesSchema.parse(choicesOf(draftWith({ cloudAccount: "main" }), "a")).cloud,
    ).toBeNull();
    const wrong = (change: Partial<WizardDraft>) => problemsOf("target", { ...cloud, ...change });
    for (const field of ["cloudAccount", "cloudRegion", "cloudBucket"] as const)
      expect(wrong({ [field]: "" })[field]?.kind).toBe("required");
    expect(Object.keys(wrong({ cloudNetwork: "vpc" })).toSorted()).toEqual(["cloudVSwitch", "cloudVpc"]);
    const made: Partial<WizardDraft> = {
      cloudNetwork: "vpc",
      cloudVpc: "vpc-1",
      cloudVSwitch: "vsw-1",
      cloudResult: "new-instance",
      cloudInstanceName: "web",
      cloudInstanceType: "ecs.g7.large",
      cloudSecurityGroup: "sg-1",
    };
    expect(wrong(made)).toEqual({});
    expect(migrationChoicesSchema.parse(choicesOf({ ...cloud, ...made }, "a")).cloud).toMatchObject({
      network: { type: "vpc", vpcId: "vpc-1", vSwitchId: "vsw-1" },
      result: { kind: "new-instance", name: "web", making: { securityGroupId: "sg-1", vSwitchId: "vsw-1" } },
    });
    expect(wrong({ ...made, cloudInstanceType: "g7" }).cloudInstanceType?.kind).toBe("instance-type");
    expect(wrong({ ...made, cloudInstanceName: "Web 1" }).cloudInstanceName?.kind).toBe("instance-name");
    expect(wrong({ ...made, sources: ["a", "b"] }).cloudInstanceName?.kind).toBe("one-source");
    const taken = { cloudResult: "existing-instance", cloudInstanceName: "web" } as const;
    expect(wrong(taken).cloudInstanceId?.kind).toBe("required");
  });

  it("takes layouts and lists along for file replication alone, each list checked by line", () => {
    const draft = draftWith({
      layouts: { a: [{ partition: "/home", size: "20 GiB", filesystem: "xfs", joined: false }] },
      excludes: [{ mountPoint: " /srv ", text: "# old\n/cache/*\n" }],
    });
    expect(migrationChoicesSchema.parse(choicesOf(draft, "a")).files.changes).toEqual([]);
    const files = { ...draft, replication: "file" as const };
    expect(migrationChoicesSchema.parse(choicesOf(files, "a"))).toMatchObject({
      replication: "file",
      files: {
        changes: [{ partition: "/home", sizeBytes: 20 * 1024 ** 3, filesystem: "xfs" }],
        excludes: [{ mountPoint: "/srv", text: "# old\n/cache/*\n" }],
      },
    });
    expect(migrationChoicesSchema.parse(choicesOf(files, "b")).files.changes).toEqual([]);
    const wrong = (excludes: WizardDraft["excludes"]) => problemsOf("plan", { ...files, excludes }).excludes;
    expect(wrong(files.excludes)).toBeUndefined();
    expect(wrong([{ mountPoint: "srv", text: "" }])).toEqual({ kind: "exclude-path", index: 0 });
    expect(wrong([...files.excludes, { mountPoint: "/srv", text: "" }])).toEqual({
      kind: "exclude-twice",
      index: 1,
    });
    expect(wrong([{ mountPoint: "/", text: "/tmp/*\n\n- " }])).toEqual({
      kind: "exclude-line",
      index: 0,
      line: 3,
    });
    const windows = {
      hasWindows: true,
      hosts: new Set<string>(),
      proposal: null,
      ports: { control: 8080, data: 8703 },
    };
    expect(problemsOf("plan", files, windows).replication?.kind).toBe("linux-only");
    expect(problemsOf("plan", draft, windows)).toEqual({});
  });

  it("leaves a plan for other sources behind, without anything that belongs to these", () => {
    const template = {
      name: "usual",
      savedAt: "",
      plan: JSON.parse(
        JSON.stringify(
          planOfDraft(draftWith({ limitMiB: "20", hostName: "web", disks: { a: ["/dev/sdb"] } })),
        ),
      ) as Record<string, string>,
    };
    const others = draftWith({ sources: ["b", "c"], step: "plan", limitMiB: "1", confirmed: true });
    expect(withTemplate(others, template)).toEqual({ ...others, limitMiB: "20", confirmed: false });
    // What an older version does not know is as in a new draft; what nobody can read is refused.
    expect(withTemplate(others, { ...template, plan: {} })?.limitMiB).toBe("");
    expect(withTemplate(others, { ...template, plan: { sources: ["x"] } })?.sources).toEqual(["b", "c"]);
    expect(withTemplate(others, { ...template, plan: { compression: "?" } })).toBeNull();
    expect(withTemplate(others, { ...template, plan: "?" })).toBeNull();
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
