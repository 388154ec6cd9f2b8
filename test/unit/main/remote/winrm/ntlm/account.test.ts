import { describe, expect, it } from "vitest";
import { parseAccount, windowsUpperCase } from "../../../../../../main/remote/winrm/ntlm/account.ts";

describe("spellings of an account", () => {
  it.each([
    ["Administrator", { user: "Administrator", domain: "" }],
    ["CORP\\jsmith", { user: "jsmith", domain: "CORP" }],
    ["corp.example\\jsmith", { user: "jsmith", domain: "corp.example" }],
    [".\\Administrator", { user: "Administrator", domain: null }],
    ["jsmith@corp.example", { user: "jsmith@corp.example", domain: "" }],
    ["CORP\\odd@name", { user: "odd@name", domain: "CORP" }],
    ["Jürgen Müller", { user: "Jürgen Müller", domain: "" }],
    ["ДОМЕН\\пользователь", { user: "пользователь", domain: "ДОМЕН" }],
  ])("reads %j", (spelling, account) => {
    expect(parseAccount(spelling)).toEqual({ ok: true, value: account });
  });

  it.each(["", "   ", "CORP\\", "\\jsmith", "CORP\\sales\\jsmith", "a\u0000b", "x".repeat(257)])(
    "refuses %j and names the field",
    (spelling) => {
      const account = parseAccount(spelling);
      expect(account).toMatchObject({
        ok: false,
        failure: { code: "input-invalid", context: { field: "user" } },
      });
    },
  );
});

describe("Windows upper case", () => {
  it.each([
    ["jürgen", "JÜRGEN"],
    ["straße", "STRAßE"],
    ["ığdır", "ıĞDıR"],
    ["ﬁsh", "ﬁSH"],
    ["σς", "Σς"],
    ["пользователь", "ПОЛЬЗОВАТЕЛЬ"],
    ["山田", "山田"],
    ["😀a", "😀A"],
  ])("of %j is %j, one unit for one unit", (text, upper) => {
    expect(windowsUpperCase(text)).toBe(upper);
  });
});
