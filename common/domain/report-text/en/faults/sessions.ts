import type { sessionsFaults } from "../../../faults/sessions.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

export const sessions: Pick<RemarkTexts, keyof typeof sessionsFaults> = {
  "ssh-agent-no-answer": () => "it gave no answer",
  "ssh-agent-unusable": ({ socket, because }, { tell }) =>
    `the ssh-agent at ${socket} cannot be asked for its keys: ${tell(because)}`,
  "prompt-unanswered": ({ host, prompt }) => `${host} asks "${prompt}", which no stored secret answers`,
  "command-not-begun": ({ source, text }) => `${source} refuses to start a command: ${text}`,
  "command-stopped-early": () => "the command was cancelled before it started",
  "command-timed-out": ({ name, seconds }) => `${name} did not end within ${seconds} s`,
  "command-stopped": ({ name }) => `${name} was cancelled`,
  "output-not-kept": ({ name, text }) => `the output of ${name} cannot be kept: ${text}`,
  "output-too-long": ({ name, bytes }, { format }) => `${name} printed more than ${format.bytes(bytes)}`,
  "input-failed": ({ name, text }) => `the input for ${name} failed: ${text}`,
  "no-exit-status": ({ name }) => `${name} ended without an exit status`,
  "broke-off-on-terminal": ({ name }) => `${name} broke off on the terminal`,
  "shell-ran-nothing": ({ source, text }) =>
    `the login shell of ${source} did not run a command; it said: "${text}"`,
  "connecting-stopped": ({ where }) => `connecting to ${where} was cancelled`,
  "sudo-wants-terminal": ({ method, text }) =>
    `${method} insists on a terminal and does not work on one either: ${text}`,
  "drop-requiretty": () => "Add `Defaults:USER !requiretty` to the source's sudoers.",
  "elevation-failed": ({ method, text }) => `${method} did not make us root: ${text}`,
  "password-expired": ({ who, text }) => `the password of ${who} has expired: ${text}`,
  "stage-too-slow": ({ who, stage, seconds }, { tell }) =>
    `${who} did not finish ${tell(stage)} within ${seconds} s`,
  "stage-login": () => "the login",
  "stage-handshake": () => "the SSH handshake",
  "hung-up-at-host-key": ({ where }) => `${where} hung up while its host key was being decided on`,
  "no-host-key-allowed": ({ where }) => `${where} has no host key of a type that is allowed`,
  "jump-host-hung-up": ({ where }) => `the jump host hung up while connecting to ${where}`,
  "no-answer-through": ({ where, seconds }) => `${where} did not answer within ${seconds} s`,
  "jump-host-forbids": ({ where, text }) => `the jump host does not allow connections to ${where}: ${text}`,
  "allow-forwarding-on-jump-host": () =>
    "Allow TCP forwarding (AllowTcpForwarding, PermitOpen) for this user on the jump host.",
  "shell-runs-nothing": ({ source, how, text }, { tell }) =>
    `the login shell of ${source} runs no commands: ${tell(how)}, and its output was "${text}"`,
  "shell-silent": () => "it did not answer in time",
  "shell-cut-off": () => "it was cut off",
  "shell-ended": ({ status }) => `it ended with status ${status}`,
  "allow-remote-forwarding": () =>
    "Allow remote forwarding (AllowTcpForwarding) for this user on the source.",
  "no-port-opened": ({ text }) => `the source's SSH server opens no port for us: ${text}`,
  "key-file-absent": ({ file }) => `key file ${file} does not exist`,
  "key-file-forbidden": ({ file }) => `key file ${file} may not be read by this user`,
  "key-file-unread": ({ file, text }) => `key file ${file} cannot be read: ${text}`,
  "key-format-unknown": ({ file, text }) => `key file ${file} is in no format that is known: ${text}`,
  "session-closed": ({ source }) => `the session with ${source} was closed`,
  "argument-with-nul": () => "an argument holds a NUL character, which no program can receive",
  "no-program-name": ({ name }) => `"${name}" is not the name of a program`,
  "not-root": ({ source }) => `${source} is not root and no way to become root is set`,
  "upload-stopped": ({ path }) => `the upload of ${path} was cancelled`,
  "sftp-failed": ({ text }) => `SFTP does not take the file: ${text}`,
  "no-absolute-file": ({ path }) => `"${path}" is not an absolute path of a file`,
  "no-file-mode": ({ mode }) => `${mode} is not a file mode`,
  "arrived-altered": ({ path, because }, { tell }) =>
    `${path} did not arrive as it was sent: ${tell(because)}`,
  "reads-back-differently": () => "it reads back differently",
  "no-room-on-source": ({ path, filesystem }) =>
    `the filesystem ${filesystem} of the source has no room for ${path}`,
  "free-room-on-source": () => "Free space on the named filesystem of the source.",
  "not-written": ({ path, text }) => `${path} cannot be written: ${text}`,
  "line-too-long-for-cmd": () => "the command line is longer than cmd takes",
  "program-not-started": ({ name, text }) => `could not start ${name}: ${text}`,
  "input-unread": ({ name, text }) => `the input for ${name} could not be read: ${text}`,
  "shell-answers-nothing": () => "the source's shell does not answer simple questions",
  "no-folder-for-agent": ({ source, refusals }, { format }) =>
    `no folder of ${source} takes the agent: ${format.list(refusals)}`,
  "free-system-drive": () =>
    "Free about 10 MB on the system drive, and let administrators write to C:\\Windows\\Temp or C:\\ProgramData.",
  "agent-does-not-run": ({ status }) => `the agent does not run on the source: exit code ${status}`,
  "agent-does-not-end": ({ directory }) => `the agent in ${directory} does not end`,
  "agent-folder-stays": ({ left }, { format }) =>
    `the agent's folder could not be removed: ${format.list(left)}`,
  "agent-lists-no-disks": () => "the agent cannot list the source's disks",
  "powershell-failed": ({ text }) => `PowerShell on the source failed: ${text}`,
  "agent-removed-by-antivirus": () =>
    "the agent was there and is gone: the source's antivirus has removed it",
  "exclude-folder": ({ folder }) =>
    `Exclude ${folder} in the source's antivirus for the time of the migration, then resume the job.`,
  "agent-taken-for-malware": () => "the source's antivirus takes the agent for malware",
  "agent-forbidden-by-policy": () =>
    "a policy of the source forbids programs in that folder to run (AppLocker, software restriction or antivirus)",
  "allow-program": ({ path }) => `Allow ${path} by path or by its signature, then resume the job.`,
  "agent-of-other-processor": () => "the agent is not made for this source's processor",
  "agent-ended-at-once": ({ status }) =>
    `the agent was started and ended at once without a word (exit code ${status}): something on the source ended it, as a rule its antivirus`,
  "certutil-failed": ({ text }) => `certutil on the source could not decode the agent: ${text}`,
  "arrived-with-other-checksum": ({ path }) => `${path} arrived with another checksum than it was sent with`,
  "command-line-too-long": ({ length, most }, { format }) =>
    `the command line has ${format.integer(length)} characters; Windows allows ${format.integer(most)}`,
  "argument-unusable": ({ what, why }, { tell }) => `${tell(what)} ${tell(why)}`,
  "has-nul": () => "holds a NUL character",
  "has-quote": () => "holds a quote",
  "is-no-program-path": () => "is neither a full path nor a plain program name",
  "has-percent-or-break": () => "holds a percent sign or a line break, which cmd would not pass on",
  "the-program": () => "the program",
  "the-argument": ({ index }) => `argument ${index}`,
  "address-not-ours": ({ host, text }) => `${host} is no address of this machine: ${text}`,
  "remote-shell-answers-nothing": () => "the source's remote shell does not answer simple questions",
  "try-winrs": () =>
    "Check on the server that `winrs -r:localhost echo %SystemRoot%` works for this account.",
  "no-powershell": () => "Windows PowerShell is not installed on the source",
  "install-powershell": () =>
    "Install Windows PowerShell 2.0 or later (on Server 2003 and 2008: Windows Management Framework), or carry a bundle over by hand.",
  "no-plain-path": ({ path }) => `${path} is no plain full path`,
  "not-administrator": ({ source }) => `${source} is not an administrator`,
  "use-administrator": () =>
    "Use a member of the source's Administrators group; for a local account other than the built-in Administrator, set LocalAccountTokenFilterPolicy to 1 on the source.",
  "no-space-on-source": ({ path }) => `there is no space for ${path} on the source`,
  "check-folder-and-antivirus": () =>
    "Check that the folder exists, that this account may write there, and that antivirus or a running program does not hold the file.",
  "no-agent-built-for": ({ platform, directory }) => `there is no agent for ${platform} in ${directory}`,
  "no-disk-on-source": ({ path }) => `${path} is neither a disk nor a file on the source`,
  "disk-size-unread": ({ path, text }) => `the size of ${path} cannot be read: ${text}`,
  "disk-empty": ({ path }) => `${path} is empty`,
};
