import type { FailureCode } from "../../../../common/failure-codes.ts";
import { failure, type Failure } from "../../../../common/result.ts";
import { faultCodes, type WsmanFault } from "./fault.ts";

interface Meaning {
  readonly code: FailureCode;
  readonly message: string;
  readonly remedy: string;
}

const accessDenied: Meaning = {
  code: "authentication-failed",
  message: "the account may log in but not manage the server",
  remedy:
    "Use a member of the server's Administrators group. For a local account other than the built-in Administrator, " +
    "run on the server: reg add HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System " +
    "/v LocalAccountTokenFilterPolicy /t REG_DWORD /d 1 /f",
};

const shellGone: Meaning = {
  code: "connection-lost",
  message:
    "the remote shell no longer exists: it was idle for too long, or somebody ended it or restarted WinRM",
  remedy: "Try again: a new shell is opened.",
};

const memory: Meaning = {
  code: "remote-limit-reached",
  message: "the command ran into the memory limit of remote shells",
  remedy:
    "Raise the limit on the server: Set-Item WSMan:\\localhost\\Shell\\MaxMemoryPerShellMB 1024 (and restart WinRM).",
};

const machineMemory: Meaning = {
  code: "remote-limit-reached",
  message: "the server itself is out of memory",
  remedy: "End what takes its memory, or let its page file grow, and try again.",
};

const envelope: Meaning = {
  code: "remote-limit-reached",
  message: "the message is larger than the server takes",
  remedy: "Raise the limit on the server: Set-Item WSMan:\\localhost\\MaxEnvelopeSizekb 500.",
};

function limit(what: string, setting: string): Meaning {
  return {
    code: "remote-limit-reached",
    message: `the server's limit of ${what} is reached`,
    remedy: `Close other remote sessions of this account, restart WinRM, or raise ${setting} on the server.`,
  };
}

const shells = limit("remote shells per user", "WSMan:\\localhost\\Shell\\MaxShellsPerUser");
const users = limit("users with remote shells", "WSMan:\\localhost\\Shell\\MaxConcurrentUsers");
const operations = limit(
  "remote operations per user",
  "WSMan:\\localhost\\Service\\MaxConcurrentOperationsPerUser",
);
const commands = limit("commands per remote shell", "WSMan:\\localhost\\Shell\\MaxProcessesPerShell");
const throttled = limit("remote requests in a time span", "the account's WinRM quota");

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
      message: "the server is shutting down",
      remedy: "Try again once it is up.",
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
      message: "the server does not allow remote shells",
      remedy:
        "Allow them on the server: Set-Item WSMan:\\localhost\\Shell\\AllowRemoteShellAccess $true, or the policy " +
        "“Allow Remote Shell Access”.",
    },
  ],
  [
    faultCodes.fileNotFound,
    {
      code: "command-failed",
      message: "the program is not there on the server",
      remedy: "Check the program's path on the server; antivirus may have removed it.",
    },
  ],
  [
    faultCodes.commandLineTooLong,
    {
      code: "command-failed",
      message: "the command line is longer than Windows allows",
      remedy: "This is a defect: report it with the diagnostics bundle.",
    },
  ],
]);

const meaningsOfSubcodes: ReadonlyMap<string, Meaning> = new Map([
  ["AccessDenied", accessDenied],
  ["QuotaLimit", shells],
  ["InvalidSelectors", shellGone],
  ["EncodingLimit", envelope],
]);

/** What a fault means for the admin. `doing` says what was tried, e.g. "open a remote shell". */
export function faultFailure(fault: WsmanFault, doing: string): Failure {
  const meaning =
    (fault.code === null ? undefined : meanings.get(fault.code)) ?? meaningsOfSubcodes.get(fault.subcode);
  const context = {
    ...(fault.code === null ? {} : { faultCode: fault.code }),
    ...(fault.subcode === "" ? {} : { faultSubcode: fault.subcode }),
    ...(fault.reason === "" ? {} : { serverSays: fault.reason }),
  };
  if (meaning === undefined) {
    const words =
      fault.reason === "" ? (fault.subcode === "" ? "no reason given" : fault.subcode) : fault.reason;
    return failure("command-failed", `could not ${doing}: ${words}`, context);
  }
  return failure(meaning.code, `could not ${doing}: ${meaning.message}`, context, meaning.remedy);
}
