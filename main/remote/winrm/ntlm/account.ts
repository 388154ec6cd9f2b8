import { fail, ok, type Result, type Saying } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";

/** Who logs in, as NTLM wants it. */
export interface NtlmAccount {
  readonly user: string;
  /**
   * The name's domain. `null`: the server itself, whose name the challenge tells (`.\user`); empty: left to the
   * server (plain `user`, and `user@domain`, which goes whole into `user`).
   */
  readonly domain: string | null;
}

const maxNameLength = 256;

/** Reads `DOMAIN\user`, `.\user`, `user@domain` or `user`. Fails with `input-invalid` naming what is wrong. */
export function parseAccount(spelling: string): Result<NtlmAccount> {
  const wrong = (why: Saying) => fail("input-invalid", why, { field: "user" });
  if (spelling.length > maxNameLength)
    return wrong(told({ kind: "user-name-too-long", most: maxNameLength }));
  if (/[\u0000-\u001f]/.test(spelling)) return wrong(told({ kind: "user-name-control-character" }));
  const backslash = spelling.indexOf("\\");
  const domain = backslash < 0 ? "" : spelling.slice(0, backslash);
  const user = spelling.slice(backslash + 1);
  if (user.trim() === "") return wrong(told({ kind: "user-name-empty" }));
  if (backslash === 0) return wrong(told({ kind: "user-name-no-domain" }));
  if (user.includes("\\")) return wrong(told({ kind: "user-name-two-backslashes" }));
  return ok({ user, domain: domain === "." ? null : domain });
}

/**
 * Upper case as Windows does it for NTLM: one UTF-16 unit at a time and only where lower case leads back, so that
 * `ß`, dotless `ı` and long `ſ` stay what they are.
 */
export function windowsUpperCase(text: string): string {
  let result = "";
  for (let index = 0; index < text.length; index++) {
    const unit = text.charAt(index);
    const upper = unit.toUpperCase();
    result += upper.length === 1 && upper.toLowerCase() === unit ? upper : unit;
  }
  return result;
}
