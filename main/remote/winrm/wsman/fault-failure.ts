import type { FailureCode } from "../../../../common/failure-codes.ts";
import { failure, type Failure, type Saying } from "../../../../common/result.ts";
import { told } from "../../../../common/domain/report-text/told.ts";
import { faultCodes, type WsmanFault } from "./fault.ts";

interface Meaning {
  readonly code: FailureCode;
  readonly message: Saying;
  readonly remedy: Saying;
}

const accessDenied: Meaning = {
  code: "authentication-failed",
  message: told({ kind: "may-not-manage" }),
  remedy: told({ kind: "use-server-administrators" }),
};

const shellGone: Meaning = {
  code: "connection-lost",
  message: told({ kind: "remote-shell-gone" }),
  remedy: told({ kind: "try-again-new-shell" }),
};

const memory: Meaning = {
  code: "remote-limit-reached",
  message: told({ kind: "shell-memory-limit" }),
  remedy: told({ kind: "raise-shell-memory" }),
};

const machineMemory: Meaning = {
  code: "remote-limit-reached",
  message: told({ kind: "server-out-of-memory" }),
  remedy: told({ kind: "free-server-memory" }),
};

const envelope: Meaning = {
  code: "remote-limit-reached",
  message: told({ kind: "winrm-message-too-large" }),
  remedy: told({ kind: "raise-envelope-limit" }),
};

function limit(what: Saying, setting: string): Meaning {
  return {
    code: "remote-limit-reached",
    message: told({ kind: "winrm-limit-reached", limit: what }),
    remedy: told({ kind: "raise-winrm-limit", setting }),
  };
}

const shells = limit(told({ kind: "limit-shells" }), "WSMan:\\localhost\\Shell\\MaxShellsPerUser");
const users = limit(told({ kind: "limit-shell-users" }), "WSMan:\\localhost\\Shell\\MaxConcurrentUsers");
const operations = limit(
  told({ kind: "limit-operations" }),
  "WSMan:\\localhost\\Service\\MaxConcurrentOperationsPerUser",
);
const commands = limit(told({ kind: "limit-commands" }), "WSMan:\\localhost\\Shell\\MaxProcessesPerShell");
const throttled = limit(told({ kind: "limit-requests" }), "the account's WinRM quota");

const meanings: ReadonlyMap<number, Meaning> = new Map([
  [faultCodes.accessDenied, accessDenied],
  [faultCodes.accessDeniedResult, accessDenied],
  [faultCodes.shellNotFound, shellGone],
  [faultCodes.rpcFailed, shellGone],
  [faultCodes.notEnoughMemory, memory],
  [faultCodes.notEnoughQuota, memory],
  [faultCodes.outOfMemory, machineMemory],
  [faultCodes.noSystemResources, machineMemory],
  [faultCodes.commitmentLimit, machineMemory],
  [faultCodes.envelopeTooLarge, envelope],
  [
    faultCodes.shuttingDown,
    {
      code: "connection-lost",
      message: told({ kind: "server-shutting-down" }),
      remedy: told({ kind: "try-again-when-up" }),
    },
  ],
  [faultCodes.quotaLimit, shells],
  [faultCodes.quotaMaxShells, shells],
  [faultCodes.quotaMaxShellsPlugin, shells],
  [faultCodes.quotaMaxPluginShells, shells],
  [faultCodes.quotaMaxShellUsers, users],
  [faultCodes.quotaMaxUsersPlugin, users],
  [faultCodes.quotaMaxOperations, operations],
  [faultCodes.quotaMaxOperationsPerUser, operations],
  [faultCodes.quotaMaxPluginOperations, operations],
  [faultCodes.quotaMaxCommandsPerShell, commands],
  [faultCodes.quotaUser, throttled],
  [faultCodes.quotaSystem, throttled],
  [
    faultCodes.remoteShellsNotAllowed,
    {
      code: "shell-unusable",
      message: told({ kind: "remote-shells-forbidden" }),
      remedy: told({ kind: "allow-remote-shells" }),
    },
  ],
  [
    faultCodes.fileNotFound,
    {
      code: "command-failed",
      message: told({ kind: "program-not-on-server" }),
      remedy: told({ kind: "check-program-path" }),
    },
  ],
  [
    faultCodes.commandLineTooLong,
    {
      code: "command-failed",
      message: told({ kind: "line-too-long-for-windows" }),
      remedy: told({ kind: "report-defect" }),
    },
  ],
]);

const meaningsOfSubcodes: ReadonlyMap<string, Meaning> = new Map([
  ["AccessDenied", accessDenied],
  ["QuotaLimit", shells],
  ["InvalidSelectors", shellGone],
  ["EncodingLimit", envelope],
]);

/** What a fault means for the admin. `doing` says what was tried. */
export function faultFailure(fault: WsmanFault, doing: Saying): Failure {
  const meaning =
    (fault.code === null ? undefined : meanings.get(fault.code)) ?? meaningsOfSubcodes.get(fault.subcode);
  const context = {
    ...(fault.code === null ? {} : { faultCode: fault.code }),
    ...(fault.subcode === "" ? {} : { faultSubcode: fault.subcode }),
    ...(fault.reason === "" ? {} : { serverSays: fault.reason }),
  };
  if (meaning === undefined) {
    const text = fault.reason === "" ? fault.subcode : fault.reason;
    const because = text === "" ? told({ kind: "no-reason-given" }) : told({ kind: "tool-said", text });
    return failure("command-failed", told({ kind: "winrm-could-not", doing, because }), context);
  }
  return failure(
    meaning.code,
    told({ kind: "winrm-could-not", doing, because: meaning.message }),
    context,
    meaning.remedy,
  );
}
