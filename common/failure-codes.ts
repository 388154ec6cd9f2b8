interface CatalogueEntry {
  readonly retryable: boolean;
  /** The default remedy; the place that fails may give a more precise one. */
  readonly remedy: string;
}

/**
 * Every failure that the product can report, with whether trying again may help and the default remedy.
 * Codes are stable: scripts match on them. Add, never rename.
 */
export const failureCatalogue = {
  // input
  "input-invalid": { retryable: false, remedy: "Correct the named field and try again." },
  "not-found": { retryable: false, remedy: "List what exists and use one of those names." },
  "already-exists": { retryable: false, remedy: "Use another name, or remove the existing one first." },
  cancelled: { retryable: true, remedy: "Start it again when you are ready." },

  // reaching a source
  "host-unreachable": {
    retryable: true,
    remedy: "Check the address and port, that the server is up, and that no firewall is between.",
  },
  "host-name-unknown": { retryable: false, remedy: "Check the spelling, or use the IP address." },
  "connection-lost": { retryable: true, remedy: "Check the network; the job resumes where it stopped." },
  "host-key-unknown": {
    retryable: false,
    remedy: "Compare the fingerprint with the server's own, then accept it with --accept-host-key.",
  },
  "host-key-changed": {
    retryable: false,
    remedy:
      "Find out why the key changed. Only if the change is yours, remove the source's pinned key and accept the new one.",
  },
  "authentication-failed": {
    retryable: false,
    remedy: "Check user name, password or key, and that the server accepts this kind of login.",
  },
  "key-unreadable": { retryable: false, remedy: "Check the key file's path, format and passphrase." },
  "algorithm-mismatch": {
    retryable: false,
    remedy:
      "The server offers only old algorithms: switch on legacy algorithms for this source if you accept the risk.",
  },
  "sudo-failed": {
    retryable: false,
    remedy: "Check the sudo or su password and that this user may become root.",
  },
  "root-required": { retryable: false, remedy: "Log in as root, or allow sudo for this user." },
  "shell-unusable": {
    retryable: false,
    remedy: "Give the user an ordinary POSIX shell, or use another account.",
  },
  "remote-limit-reached": {
    retryable: true,
    remedy:
      "Close other remote sessions of this account on the source, or raise the limit that the message names.",
  },
  "command-failed": { retryable: false, remedy: "See the command's output in the context." },
  "no-agent-directory": {
    retryable: false,
    remedy: "Free about 10 MB in a directory that allows programs to run (/var/tmp, /tmp, /root or /run).",
  },
  "upload-corrupt": {
    retryable: true,
    remedy: "Try again; if it persists, the link or the source's disk damages data.",
  },
  "no-agent-for-platform": {
    retryable: false,
    remedy: "Build the agent for this platform with `npm run build:agent`.",
  },
  "agent-launch-failed": { retryable: false, remedy: "Read the agent's message in the context." },
  "agent-blocked": {
    retryable: false,
    remedy: "Exclude the agent's folder in the source's antivirus or policy, then resume the job.",
  },
  "agent-not-running": { retryable: true, remedy: "Resume the job: the agent is started again and goes on." },

  // agent and intermediate
  "protocol-mismatch": {
    retryable: false,
    remedy: "Agent and intermediate are of different generations: update the older one.",
  },
  "protocol-violation": {
    retryable: true,
    remedy: "Resume the job; if it persists, report it with the diagnostics bundle.",
  },
  "peer-not-trusted": {
    retryable: false,
    remedy:
      "The other side showed a certificate that is not this job's. Start the job again so that new certificates are issued.",
  },
  "certificate-invalid": {
    retryable: false,
    remedy: "Check both machines' clocks, then resume the job so that new certificates are issued.",
  },
  "port-in-use": {
    retryable: false,
    remedy:
      "Stop the program that holds the port, or give the job other ports: on its page, or by `sma job resume JOB --control-port PORT --data-port PORT`.",
  },
  "intermediate-unreachable": {
    retryable: true,
    remedy: "Check that the intermediate runs and that its ports (8080, 8703) are open inbound.",
  },
  "intermediate-failed": { retryable: true, remedy: "Read the intermediate's log, then resume the job." },
  "agent-silent": {
    retryable: true,
    remedy: "Check that the source can reach the intermediate's ports 8080 and 8703, then resume the job.",
  },

  // disks and data
  "source-disk-missing": {
    retryable: false,
    remedy: "Check which disks the source has now and plan the job again.",
  },
  "source-disk-changed": {
    retryable: false,
    remedy: "The disk's size changed since the plan was made: start a new job for it.",
  },
  "source-read-error": {
    retryable: false,
    remedy: "Check the source's disk (SMART, kernel log), or accept the loss with --continue-on-read-error.",
  },
  "no-space": {
    retryable: true,
    remedy: "Free space on the named filesystem or choose another folder, then resume the job.",
  },
  "storage-failed": {
    retryable: true,
    remedy: "Check the intermediate's disk and its kernel log, then resume the job.",
  },
  "consistency-failed": {
    retryable: true,
    remedy: "Resume the job, or let it copy without holding the source still: --consistency none.",
  },
  "hook-failed": {
    retryable: false,
    remedy: "Run the hook's command on the source by hand, correct it, and resume the job.",
  },
  "replica-differs": {
    retryable: true,
    remedy:
      "Resume the job: the named ranges are copied again. If it happens again, test the intermediate's memory and disk.",
  },
  "manifest-damaged": {
    retryable: false,
    remedy: "The replica's manifest cannot be trusted: start the job again.",
  },

  // image and boot
  "tool-missing": { retryable: false, remedy: "Install the named tool; `sma doctor` gives the exact line." },
  "image-failed": { retryable: true, remedy: "Read the tool's output in the context, then resume the job." },
  "image-constraint": { retryable: false, remedy: "Choose another format or a smaller disk." },
  "layout-failed": {
    retryable: true,
    remedy:
      "See the message; correct the layout with a new job where it does not fit, otherwise resume this one.",
  },
  "conversion-failed": {
    retryable: true,
    remedy: "Read the tool's output in the context, then resume the job, or resume it with --no-conversion.",
  },
  "guest-unsupported": {
    retryable: false,
    remedy: "Resume the job with --no-conversion to have images of the disks as they are.",
  },
  "target-did-not-boot": {
    retryable: false,
    remedy: "Look at the last screen and the console log beside the image.",
  },

  // receipts, instances and cutover
  "receipt-invalid": {
    retryable: false,
    remedy: "Do not rely on it: get the receipt again from the assistant that issued it.",
  },
  "content-differs": {
    retryable: false,
    remedy: "Do not use the file: take the image from the target again, or make it again from the replica.",
  },
  "cutover-state": {
    retryable: false,
    remedy: "`sma cutover show JOB` tells where the cutover stands and what it allows.",
  },
  "instance-failed": {
    retryable: true,
    remedy: "Read the output in the context and the instance's console log, then try again.",
  },
  "confirmation-missing": {
    retryable: false,
    remedy: "Give the name that the message asks for with --confirm.",
  },
  "target-refused": {
    retryable: false,
    remedy: "Read the target's own code and message in the context and correct what it names.",
  },

  // a cloud
  "cloud-credentials": {
    retryable: false,
    remedy: "Set the account's key again: sma cloud set.",
  },
  "cloud-permission": {
    retryable: false,
    remedy: "Let the RAM user do what the message names; sma cloud check lists all that is missing.",
  },
  "cloud-quota": {
    retryable: false,
    remedy: "Remove what is no longer needed, or have the quota raised in the cloud's console.",
  },
  "cloud-account": { retryable: false, remedy: "See to the account in the cloud's console, then go on." },
  "cloud-throttled": { retryable: true, remedy: "Go on later: the cloud takes no more requests now." },
  "cloud-busy": { retryable: true, remedy: "Wait until the other operation has ended, then go on." },
  "cloud-unreachable": {
    retryable: true,
    remedy:
      "Check that this machine and the intermediate reach the cloud's endpoints over HTTPS (TCP 443), then go on.",
  },
  "cloud-reply-invalid": {
    retryable: false,
    remedy: "See whether a proxy stands between, or a custom endpoint that is none; otherwise report it.",
  },

  // jobs
  "job-exists": { retryable: false, remedy: "Resume or cancel the unfinished job of this source first." },
  "job-state": { retryable: false, remedy: "`sma job show` tells what the job's state allows." },
  "job-held-elsewhere": {
    retryable: true,
    remedy: "Another assistant process runs this job: watch it with `sma job watch`.",
  },
  "no-slot": {
    retryable: true,
    remedy: "As many jobs run as may run at once: it goes on when one of them ends.",
  },
  "limit-reached": { retryable: false, remedy: "Remove what is no longer needed first." },
  "assessment-blocker": {
    retryable: false,
    remedy:
      "Remove the cause that the finding names, or overrule it with --accept-finding CODE where that is offered.",
  },
  "drivers-missing": {
    retryable: false,
    remedy:
      "Give the folder or ISO of virtio-win with --virtio-drivers, install the drivers on the source, or go on with --accept-finding no-virtio-driver.",
  },
  "clock-skew": { retryable: false, remedy: "Set the clock of the named machine." },

  // between a window and the engine
  "engine-unreachable": {
    retryable: true,
    remedy: "The window connects again by itself. If it does not, start `sma serve` again.",
  },
  "not-signed-in": { retryable: false, remedy: "Open the link that `sma serve` prints." },
  "rate-limited": { retryable: true, remedy: "Wait a moment, then try again." },

  // the assistant's own
  "update-check-failed": {
    retryable: true,
    remedy: "Check the address in the settings, and whether this machine reaches it.",
  },
  "vault-locked": { retryable: false, remedy: "Give the vault's passphrase." },
  "state-damaged": {
    retryable: false,
    remedy: "Restore the assistant's state folder from a backup, or move it away to start anew.",
  },
  "bundle-invalid": { retryable: false, remedy: "Collect the bundle again with a current collector." },
  internal: { retryable: false, remedy: "This is a defect: report it with the diagnostics bundle." },
} as const satisfies Record<string, CatalogueEntry>;

export type FailureCode = keyof typeof failureCatalogue;

export const failureCodes = Object.keys(failureCatalogue) as [FailureCode, ...FailureCode[]];
