/** The options that say how to reach a Windows source over WinRM. */
import { defaultWinrmPort, type WinrmAddress } from "../../common/domain/winrm.ts";
import { unwrap } from "../../common/result.ts";
import { parseAccount } from "../remote/winrm/ntlm/account.ts";
import { flag, number, text, UsageError, type CommandOption, type OptionValues } from "./command.ts";

export const winrmOptions = {
  winrm: { type: "boolean", description: "a Windows source, reached over WinRM" },
  http: {
    type: "boolean",
    description: "WinRM over HTTP, each message encrypted by NTLM (the default; port 5985)",
  },
  https: { type: "boolean", description: "WinRM over HTTPS with a pinned certificate (port 5986)" },
  basic: { type: "boolean", description: "Basic instead of NTLM, for local accounts and over HTTPS alone" },
  "accept-certificate": {
    type: "string",
    multiple: true,
    value: "SHA256:…",
    description: "accept the WinRM certificate with this fingerprint when it is first seen",
  },
} as const satisfies Record<string, CommandOption>;

/** True where the options ask for WinRM; `--http` or `--https` without `--winrm` is wrong usage. */
export function wantsWinrm(options: OptionValues): boolean {
  if (flag(options, "winrm")) return true;
  const stray = ["http", "https", "basic"].find((name) => flag(options, name));
  if (stray !== undefined) throw new UsageError(`--${stray} is for Windows sources: add --winrm`);
  return false;
}

const unfitting = ["identity", "ssh-agent", "ask-key-passphrase", "key-passphrase-file", "jump", "elevate"];

/** Reads what the options say about a WinRM service. */
export function winrmAddressFrom(
  options: OptionValues,
  destination: {
    readonly user: string | undefined;
    readonly host: string;
    readonly port: number | undefined;
  },
  passwordEntry: string,
): WinrmAddress {
  const stray = unfitting.find((name) => options[name] !== undefined && options[name] !== false);
  if (stray !== undefined) throw new UsageError(`--${stray} is for SSH and means nothing with --winrm`);
  if (flag(options, "http") && flag(options, "https"))
    throw new UsageError("--http and --https exclude each other");
  const user = text(options, "user") ?? destination.user;
  if (user === undefined)
    throw new UsageError("name the account: DOMAIN\\user@HOST, .\\user@HOST or user@domain@HOST");
  unwrap(parseAccount(user));
  const port = number(options, "port", 1, 65535) ?? destination.port;
  const isHttps = flag(options, "https") || (!flag(options, "http") && port === defaultWinrmPort.https);
  const common = { kind: "winrm", host: destination.host } as const;
  const negotiate = { method: "negotiate", user, passwordEntry } as const;
  if (!isHttps) {
    if (flag(options, "basic")) throw new UsageError("--basic sends the password itself: it needs --https");
    return { ...common, scheme: "http", port: port ?? defaultWinrmPort.http, authentication: negotiate };
  }
  return {
    ...common,
    scheme: "https",
    port: port ?? defaultWinrmPort.https,
    authentication: flag(options, "basic") ? { ...negotiate, method: "basic" } : negotiate,
    certificate: null,
    legacyAlgorithms: flag(options, "legacy-algorithms"),
  };
}
