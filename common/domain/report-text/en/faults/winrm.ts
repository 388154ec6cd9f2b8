import type { winrmFaults } from "../../../faults/winrm.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

export const winrm: Pick<RemarkTexts, keyof typeof winrmFaults> = {
  "basic-needs-https": () =>
    "Basic logins are for HTTPS alone: over HTTP the password could be read on the way",
  "user-name-too-long": ({ most }, { format }) =>
    `the user name has more than ${format.integer(most)} characters`,
  "user-name-control-character": () => "the user name has a control character in it",
  "user-name-empty": () => "the user name is empty",
  "user-name-no-domain": () =>
    "the user name has no domain before its backslash; write .\\user for a local account",
  "user-name-two-backslashes": () => "the user name has more than one backslash; write DOMAIN\\user",
  "ntlm-challenge-malformed": () => "the server's NTLM challenge is malformed",
  "ntlm-too-weak": ({ missing }, { format }) =>
    `the server does not offer NTLMv2 with 128-bit sealing (missing: ${format.list(missing)})`,
  "allow-ntlmv2": () =>
    "Allow NTLMv2 with 128-bit session security on the server (security options “Network security: LAN Manager authentication level” and “Minimum session security for NTLM SSP”), or use WinRM over HTTPS.",
  "sealed-answer-unverified": () =>
    "the server's sealed answer does not verify: it was damaged or altered on its way, or an answer was lost",
  "command-stopped-midway": () => "the command was cancelled",
  "output-unwritten": ({ text }) => `the command's output could not be written: ${text}`,
  "no-certificate-shown": ({ host }) => `${host} showed no certificate`,
  "certificate-other": ({ host, shown, pinned }) =>
    `${host} shows another certificate (${shown}) than the pinned one (${pinned})`,
  "find-out-why-certificate": () =>
    "Find out why the certificate changed. Only if the change is yours (it was renewed), remove the source's pinned certificate and accept the new one.",
  "certificate-new": ({ host, fingerprint }) => `the certificate of ${host} is not accepted: ${fingerprint}`,
  "compare-thumbprint": ({ thumbprint }) =>
    `Compare its thumbprint (${thumbprint}) with the one that “winrm enumerate winrm/config/listener” prints on the server, then accept it.`,
  "request-stopped": () => "the request was cancelled",
  "winrm-session-closed": () => "the session is closed",
  "connecting-given-up": () => "connecting was cancelled",
  "no-winrm-answer": ({ seconds }) => `no answer within ${seconds} s`,
  "winrm-answer-too-large": ({ bytes }, { format }) =>
    `the server's answer is larger than ${format.bytes(bytes)}`,
  "winrm-line-lost": ({ because }, { tell }) => `the connection to WinRM was lost: ${tell(because)}`,
  "negotiate-without-ntlm": () => "the server offers Negotiate logins and takes no NTLM in them",
  "let-ntlm-pass": () =>
    "A policy on the server or in its domain forbids it: security option “Network security: Restrict NTLM: Incoming NTLM traffic”, or the account is in Protected Users. Let this login pass, use an account that may, or use SSH or Basic over HTTPS.",
  "only-credssp": () =>
    "the server offers CredSSP and no Negotiate (NTLM) logins; CredSSP, which hands the password over, is not spoken here",
  "no-negotiate": () => "the server does not offer Negotiate (NTLM) logins",
  "allow-negotiate": () =>
    "Allow them on the server: Set-Item WSMan:\\localhost\\Service\\Auth\\Negotiate $true. Where a policy forbids NTLM, use SSH or Basic over HTTPS.",
  "winrm-answer-malformed": () => "the server's answer is malformed",
  "answered-in-the-clear": () => "the server answered a sealed request in the clear, which is not accepted",
  "may-not-manage": () => "the account may log in but not manage the server",
  "remote-shell-gone": () =>
    "the remote shell no longer exists: it was idle for too long, or somebody ended it or restarted WinRM",
  "try-again-new-shell": () => "Try again: a new shell is opened.",
  "shell-memory-limit": () => "the command ran into the memory limit of remote shells",
  "raise-shell-memory": () =>
    "Raise the limit on the server: Set-Item WSMan:\\localhost\\Shell\\MaxMemoryPerShellMB 1024 (and restart WinRM).",
  "server-out-of-memory": () => "the server itself is out of memory",
  "free-server-memory": () => "End what takes its memory, or let its page file grow, and try again.",
  "winrm-limit-reached": ({ limit }, { tell }) => `the server's limit of ${tell(limit)} is reached`,
  "raise-winrm-limit": ({ setting }) =>
    `Close other remote sessions of this account, restart WinRM, or raise ${setting} on the server.`,
  "limit-shells": () => "remote shells per user",
  "limit-shell-users": () => "users with remote shells",
  "limit-operations": () => "remote operations per user",
  "limit-commands": () => "commands per remote shell",
  "limit-requests": () => "remote requests in a time span",
  "server-shutting-down": () => "the server is shutting down",
  "try-again-when-up": () => "Try again once it is up.",
  "remote-shells-forbidden": () => "the server does not allow remote shells",
  "program-not-on-server": () => "the program is not there on the server",
  "check-program-path": () => "Check the program's path on the server; antivirus may have removed it.",
  "line-too-long-for-windows": () => "the command line is longer than Windows allows",
  "report-defect": () => "This is a defect: report it with the diagnostics bundle.",
  "winrm-could-not": ({ doing, because }, { tell }) => `could not ${tell(doing)}: ${tell(because)}`,
  "no-soap-envelope": () => "the server's answer is not a SOAP envelope",
  "answered-other-request": () => "the server answered another request than the one it was asked",
  "winrm-answer-empty": () => "the server's answer is empty",
  "xml-malformed": ({ position }) => `the server's answer is malformed XML (at character ${position})`,
  "control-character-for-winrm": ({ name }) => `${name} holds a control character, which WinRM cannot carry`,
  "use-server-administrators": () =>
    "Use a member of the server's Administrators group. For a local account other than the built-in Administrator, run on the server: reg add HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System /v LocalAccountTokenFilterPolicy /t REG_DWORD /d 1 /f",
  "allow-remote-shells": () =>
    "Allow them on the server: Set-Item WSMan:\\localhost\\Shell\\AllowRemoteShellAccess $true, or the policy “Allow Remote Shell Access”.",
  "no-reason-given": () => "no reason given",
  "reading-output": () => "read the command's output",
  "winrm-line-closed": () => "the connection was closed",
  "doing-open-shell": () => "open a remote shell",
  "doing-close-shell": () => "close the remote shell",
  "doing-send-input": () => "send input to the command",
  "doing-end-command": () => "end the command",
  "doing-start-command": () => "start the command",
  "doing-read-configuration": () => "read the WinRM configuration",
};
