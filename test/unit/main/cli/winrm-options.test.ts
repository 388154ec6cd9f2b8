import { describe, expect, it } from "vitest";
import { UsageError, type OptionValues } from "../../../../main/cli/command.ts";
import { parseDestination } from "../../../../main/cli/source-options.ts";
import { wantsWinrm, winrmAddressFrom } from "../../../../main/cli/winrm-options.ts";

const address = (destination: string, options: OptionValues = {}) =>
  winrmAddressFrom(options, parseDestination(destination), "entry");

describe("the options of a WinRM source", () => {
  it.each([
    ["CORP\\admin@srv", {}, { scheme: "http", port: 5985, host: "srv" }, "CORP\\admin"],
    [".\\Administrator@192.0.2.1", { https: true }, { scheme: "https", port: 5986 }, ".\\Administrator"],
    ["admin@corp.example@srv:5986", {}, { scheme: "https", port: 5986, host: "srv" }, "admin@corp.example"],
    ["admin@[fd00::1]:8080", { http: true }, { scheme: "http", port: 8080, host: "fd00::1" }, "admin"],
    ["srv", { user: "管理者", port: "80" }, { scheme: "http", port: 80 }, "管理者"],
  ])("%s is understood", (destination, options, expected, user) => {
    expect(address(destination, options)).toMatchObject({
      kind: "winrm",
      ...expected,
      authentication: { method: "negotiate", user, passwordEntry: "entry" },
    });
  });

  it("Basic is taken with HTTPS alone", () => {
    expect(address("admin@srv", { basic: true, https: true }).authentication.method).toBe("basic");
    expect(() => address("admin@srv", { basic: true })).toThrow(UsageError);
  });

  it.each([
    ["no account", "srv", {}],
    ["both schemes", "a@srv", { http: true, https: true }],
    ["a key file", "a@srv", { identity: ["id"] }],
    ["a jump host", "a@srv", { jump: ["gate"] }],
    ["a wrong port", "a@srv", { port: "99999" }],
    ["a host that no host is called", "a@srv;reboot", {}],
    ["an account with a line's end", "a\nb@srv", {}],
  ])("%s is wrong usage", (_what, destination, options) => {
    expect(() => address(destination, options)).toThrow(UsageError);
  });

  it("an account with two backslashes is named as the fault", () => {
    expect(() => address("A\\B\\c@srv")).toThrow(/more than one backslash/);
  });

  it("WinRM's options without --winrm are wrong usage", () => {
    expect(wantsWinrm({ winrm: true })).toBe(true);
    expect(wantsWinrm({})).toBe(false);
    expect(() => wantsWinrm({ https: true })).toThrow(/--winrm/);
  });
});
