import type { FailureTexts } from "../failure-codes.ts";

export const failures: FailureTexts = {
  "input-invalid": { title: "The input is not as it must be", remedy: "Correct the named line and field." },
  "not-found": {
    title: "The file cannot be found or read",
    remedy: "Check the path and that you may read it.",
  },
  "already-exists": {
    title: "The same name or server comes twice",
    remedy: "Remove one of the two entries.",
  },
  "bundle-invalid": {
    title: "Not a usable bundle",
    remedy: "Collect the bundle again with the current collector, and copy it whole.",
  },
  cancelled: { title: "Stopped before it was done", remedy: "Start it again when you are ready." },
  "host-unreachable": {
    title: "The server cannot be reached",
    remedy: "Check the address and port, that the server is up, and that no firewall is between.",
  },
  "host-name-unknown": {
    title: "The host name is not known",
    remedy: "Check the spelling, or use the IP address.",
  },
  "connection-lost": { title: "The connection broke", remedy: "Check the network and assess again." },
  "host-key-unknown": {
    title: "The server's key has not been accepted yet",
    remedy: "Compare the fingerprint with the server's own, then accept it with --accept-host-key.",
  },
  "host-key-changed": {
    title: "The server shows another key than before",
    remedy:
      "Find out why the key changed. Only if the change is yours, remove the source's pinned key and accept the new one.",
  },
  "authentication-failed": {
    title: "The login was refused",
    remedy: "Check user name, password or key, and that the server accepts this kind of login.",
  },
  "key-unreadable": {
    title: "The login key cannot be read",
    remedy: "Check the key file's path, format and passphrase.",
  },
  "algorithm-mismatch": {
    title: "No common encryption with the server",
    remedy:
      "The server offers only old algorithms: switch on legacy algorithms for this source if you accept the risk.",
  },
  "sudo-failed": {
    title: "Becoming root failed",
    remedy: "Check the sudo or su password and that this user may become root.",
  },
  "root-required": {
    title: "Administrator rights are missing",
    remedy: "Log in as root, or allow sudo for this user.",
  },
  "shell-unusable": {
    title: "The account's shell cannot be used",
    remedy: "Give the user an ordinary POSIX shell, or use another account.",
  },
  "remote-limit-reached": {
    title: "The server takes no more sessions",
    remedy:
      "Close other remote sessions of this account on the source, or raise the limit that the message names.",
  },
  "command-failed": {
    title: "A command failed on the server",
    remedy: "See the command's output in the details.",
  },
  "no-agent-directory": {
    title: "No place for the agent on the server",
    remedy: "Free about 10 MB in a directory that allows programs to run (/var/tmp, /tmp, /root or /run).",
  },
  "upload-corrupt": {
    title: "The transfer to the server damaged data",
    remedy: "Try again; if it persists, the link or the source's disk damages data.",
  },
  "no-agent-for-platform": {
    title: "There is no agent for this platform",
    remedy: "Build the agent for this platform with `npm run build:agent`.",
  },
  "agent-launch-failed": {
    title: "The agent could not be started",
    remedy: "Read the agent's message in the details.",
  },
  "agent-blocked": {
    title: "The agent was blocked",
    remedy: "Exclude the agent's folder in the source's antivirus or policy, then assess again.",
  },
  "agent-not-running": { title: "The agent stopped", remedy: "Assess again: the agent is started anew." },
  "peer-not-trusted": {
    title: "The other side's certificate is not trusted",
    remedy:
      "Compare the certificate with the other side's own, accept it where it is right, and assess again.",
  },
  "certificate-invalid": {
    title: "A certificate is not valid",
    remedy: "Check both machines' clocks and the certificate's dates.",
  },
  "protocol-mismatch": {
    title: "The two sides are of different generations",
    remedy: "Update the older one.",
  },
  "protocol-violation": {
    title: "The server gave an answer that makes no sense",
    remedy: "Assess again; if it persists, report it with the diagnostics bundle.",
  },
  "no-space": {
    title: "There is no space left",
    remedy: "Free space on the filesystem that the details name.",
  },
  "tool-missing": {
    title: "A tool is missing",
    remedy: "Install the named tool; `sma doctor` gives the exact line.",
  },
  "vault-locked": { title: "The vault is locked", remedy: "Give the vault's passphrase." },
  "state-damaged": {
    title: "The assistant's own files are damaged",
    remedy: "Restore the assistant's state folder from a backup, or move it away to start anew.",
  },
  "clock-skew": { title: "The clocks differ too much", remedy: "Set the clock of the named machine." },
  "limit-reached": { title: "A limit is reached", remedy: "Remove what is no longer needed first." },
  internal: { title: "A defect in the assistant", remedy: "Report it with the diagnostics bundle." },
  other: { title: "It could not be assessed", remedy: "See the details." },
};
