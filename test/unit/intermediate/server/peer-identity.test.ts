import { describe, expect, test } from "vitest";
import {
  agentObstacle,
  assistantObstacle,
  jobOfServerName,
  normalSerial,
  type PeerIdentity,
} from "../../../../intermediate/server/peer-identity.ts";

const agent: PeerIdentity = {
  organization: "here",
  unit: "sma-agent",
  commonName: "job00001",
  serial: "ab12",
  jobId: "job00001",
};
const assistant: PeerIdentity = {
  organization: "here",
  unit: "sma-assistant",
  commonName: "installation",
  serial: "1",
  jobId: undefined,
};

describe("a peer's identity", () => {
  test("admits the job's agent and the installation's assistant", () => {
    expect(agentObstacle(agent, "here", () => true)).toBeUndefined();
    expect(assistantObstacle(assistant, "here")).toBeUndefined();
  });

  test.each<[string, Partial<PeerIdentity>]>([
    ["no job in the server name", { jobId: undefined }],
    ["another job in the server name", { jobId: "job00002" }],
    ["another installation", { organization: "there" }],
    ["no organization", { organization: undefined }],
    ["another role", { unit: "sma-intermediate" }],
    ["another job in the certificate", { commonName: "job00002" }],
  ])("refuses an agent with %s", (_, change) => {
    expect(agentObstacle({ ...agent, ...change }, "here", () => true)).toBeDefined();
  });

  test("refuses a serial that the job does not accept, however it is written elsewhere", () => {
    expect(agentObstacle(agent, "here", (serial) => serial !== "ab12")).toBe("the certificate was revoked");
    for (const serial of ["ab12", "AB12", "00ab12", "AB:12"]) {
      expect(normalSerial(serial), serial).toBe("ab12");
    }
    expect(normalSerial("00")).toBe("0");
  });

  test.each<[string, Partial<PeerIdentity>]>([
    ["a job's server name", { jobId: "job00001" }],
    ["another installation", { organization: "there" }],
    ["an agent's role", { unit: "sma-agent" }],
    ["another name", { commonName: "job00001" }],
  ])("refuses an assistant with %s", (_, change) => {
    expect(assistantObstacle({ ...assistant, ...change }, "here")).toBeDefined();
  });

  test("takes the job from a server name of the agreed form only", () => {
    expect(jobOfServerName("job00001.job.sma.internal")).toBe("job00001");
    for (const name of [
      "job00001",
      "installation.sma.internal",
      "x.job.sma.internal.evil.example",
      "",
      false as const,
      undefined,
    ]) {
      expect(jobOfServerName(name)).toBeUndefined();
    }
  });
});
