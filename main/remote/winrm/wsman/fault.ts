import { namespaces } from "./namespaces.ts";
import type { XmlElement } from "./xml-reader.ts";
import { allText, descend, findByName } from "./xml-tree.ts";

/** A SOAP fault with what Windows adds to it (MS-WSMV 2.2.4.43). */
export interface WsmanFault {
  /** The innermost subcode without its prefix, e.g. `TimedOut`; empty where there is none. */
  readonly subcode: string;
  /** The WSManFault's code: a Win32 error, an HRESULT or one of wsmerror.h; null where the fault has no detail. */
  readonly code: number | null;
  /** In the server's words. */
  readonly reason: string;
  /** The provider that failed, e.g. `Shell cmd plugin`; null where none is named. */
  readonly provider: string | null;
}

/** WSManFault codes that this client acts upon (wsmerror.h, winerror.h). */
export const faultCodes = {
  accessDenied: 5,
  operationAborted: 995,
  fileNotFound: 0x80070002,
  accessDeniedResult: 0x80070005,
  notEnoughMemory: 0x8007000e,
  notEnoughQuota: 0x80070718,
  commandLineTooLong: 0x800700ce,
  rpcFailed: 1726,
  shuttingDown: 1115,
  outOfMemory: 8,
  noSystemResources: 1450,
  commitmentLimit: 1455,
  envelopeTooLarge: 0x80338026,
  timedOut: 0x80338029,
  quotaLimit: 0x8033803f,
  shellNotFound: 0x8033805b,
  quotaMaxShells: 0x803381a5,
  quotaMaxOperations: 0x803381a6,
  quotaUser: 0x803381a7,
  quotaSystem: 0x803381a8,
  quotaMaxShellUsers: 0x803381ab,
  remoteShellsNotAllowed: 0x803381ac,
  quotaMaxShellsPlugin: 0x803381e4,
  quotaMaxUsersPlugin: 0x803381e5,
  quotaMaxPluginShells: 0x803381e6,
  quotaMaxPluginOperations: 0x803381e7,
  quotaMaxOperationsPerUser: 0x803381e8,
  quotaMaxCommandsPerShell: 0x803381e9,
} as const;

const maxReasonLength = 1000;

/** Reads a SOAP 1.2 Fault element. */
export function parseFault(element: XmlElement): WsmanFault {
  const subcode = descend(element, namespaces.soap, "Code", "Subcode", "Value")?.text.trim() ?? "";
  const detail = findByName(element, "WSManFault");
  const code = Number(detail?.attributes.get("Code") ?? Number.NaN);
  const message = detail === null ? null : findByName(detail, "Message");
  const reason = descend(element, namespaces.soap, "Reason", "Text")?.text.trim() ?? "";
  const words = reason === "" && message !== null ? allText(message) : reason;
  return {
    subcode: subcode.slice(subcode.indexOf(":") + 1),
    // Some servers write an HRESULT as the negative number that it is in 32 bits.
    code: Number.isSafeInteger(code) ? (code < 0 ? code >>> 0 : code) : null,
    reason: words.replace(/\s+/g, " ").slice(0, maxReasonLength),
    provider:
      (detail === null ? null : findByName(detail, "ProviderFault"))?.attributes.get("provider") ?? null,
  };
}

/** The server held a request for as long as it was allowed to and nothing happened: ask again. */
export function isTimeout(fault: WsmanFault): boolean {
  return fault.subcode === "TimedOut" || fault.code === faultCodes.timedOut;
}
