import { describe, expect, test } from "vitest";
import { judge } from "../../../../main/remote/reachability.ts";
import { platformOf } from "../../../../main/remote/agent-placement.ts";

describe("reading what a source says about a port", () => {
  test.each([
    ["reached\n", "reached"],
    ["[Errno 111] Connection refused", "refused"],
    ["bash: connect: Connection refused\nbash: line 1: /dev/tcp/127.0.0.1/1: Connection refused", "refused"],
    ["timed out", "timed-out"],
    ["Connection timed out", "timed-out"],
    ["[Errno -2] Name or service not known", "unreachable"],
    ["No route to host", "unreachable"],
    ["unknown", "unknown"],
    ["", "unknown"],
    ["could not be reached", "unreachable"],
  ] as const)("%j is %s", (said, meaning) => {
    expect(judge(said)).toBe(meaning);
  });
});

describe("naming a source's platform", () => {
  test.each([
    ["Linux", "x86_64", "linux-x86_64"],
    ["Linux", "i586", "linux-i686"],
    ["Linux", "i686", "linux-i686"],
    ["Linux", "aarch64", "linux-aarch64"],
    ["FreeBSD", "amd64", "freebsd-x86_64"],
  ])("%s %s is %s", (system, machine, name) => {
    expect(platformOf(system, machine)).toBe(name);
  });
});
