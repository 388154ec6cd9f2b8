import type { FailureTexts } from "../failure-texts.ts";

export const failures: FailureTexts = {
  "input-invalid": { title: "The input is not as it must be", remedy: "Correct the named line and field." },
  "not-found": {
    title: "Not found",
    remedy: "List what exists and use one of those names.",
    assessing: {
      title: "The file cannot be found or read",
      remedy: "Check the path and that you may read it.",
    },
  },
  "already-exists": {
    title: "This exists already",
    remedy: "Use another name, or remove the existing one first.",
    assessing: { title: "The same name or server comes twice", remedy: "Remove one of the two entries." },
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
  "connection-lost": {
    title: "The connection broke",
    remedy: "Check the network; the job resumes where it stopped.",
    assessing: { title: "The connection broke", remedy: "Check the network and assess again." },
  },
  "host-key-unknown": {
    title: "The server's key has not been accepted yet",
    remedy:
      "Test the connection of the source and compare the fingerprint with the server's own before you accept it.",
    assessing: {
      title: "The server's key has not been accepted yet",
      remedy: "Compare the fingerprint with the server's own, then accept it with --accept-host-key.",
    },
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
    title: "The agent did not start",
    remedy: "Read the agent's message in the context.",
    assessing: {
      title: "The agent could not be started",
      remedy: "Read the agent's message in the details.",
    },
  },
  "agent-blocked": {
    title: "The agent was blocked",
    remedy: "Exclude the agent's folder in the source's antivirus or policy, then resume the job.",
    assessing: {
      title: "The agent was blocked",
      remedy: "Exclude the agent's folder in the source's antivirus or policy, then assess again.",
    },
  },
  "agent-not-running": {
    title: "The agent has stopped",
    remedy: "Resume the job: the agent is started again and goes on.",
    assessing: { title: "The agent stopped", remedy: "Assess again: the agent is started anew." },
  },
  "protocol-mismatch": {
    title: "The two sides are of different generations",
    remedy: "Update the older one.",
  },
  "protocol-violation": {
    title: "The other side does not keep to the protocol",
    remedy: "Resume the job; if it persists, report it with the diagnostics bundle.",
    assessing: {
      title: "The server gave an answer that makes no sense",
      remedy: "Assess again; if it persists, report it with the diagnostics bundle.",
    },
  },
  "peer-not-trusted": {
    title: "The other side is not trusted",
    remedy:
      "The other side showed a certificate that is not this job's. Start the job again so that new certificates are issued.",
    assessing: {
      title: "The other side's certificate is not trusted",
      remedy:
        "Compare the certificate with the other side's own, accept it where it is right, and assess again.",
    },
  },
  "certificate-invalid": {
    title: "The certificate is not valid",
    remedy: "Check both machines' clocks, then resume the job so that new certificates are issued.",
    assessing: {
      title: "A certificate is not valid",
      remedy: "Check both machines' clocks and the certificate's dates.",
    },
  },
  "port-in-use": {
    title: "The port is taken",
    remedy: "Stop the program that holds the port, or choose other ports for the job, on its page.",
  },
  "intermediate-unreachable": {
    title: "The intermediate cannot be reached",
    remedy: "Check that the intermediate runs and that its ports (8080, 8703) are open inbound.",
  },
  "intermediate-failed": {
    title: "The intermediate failed",
    remedy: "Read the intermediate's log, then resume the job.",
  },
  "agent-silent": {
    title: "The agent has not been heard from",
    remedy: "Check that the source can reach the intermediate's ports 8080 and 8703, then resume the job.",
  },
  "source-disk-missing": {
    title: "A disk of the source is gone",
    remedy: "Check which disks the source has now and plan the job again.",
  },
  "source-disk-changed": {
    title: "A disk of the source has another size now",
    remedy: "The disk's size changed since the plan was made: start a new job for it.",
  },
  "source-read-error": {
    title: "The source's disk cannot be read in places",
    remedy: "Check the source's disk (SMART, kernel log), or allow the job to go on where it cannot be read.",
  },
  "no-space": {
    title: "Not enough space",
    remedy: "Free space on the named filesystem or choose another folder, then resume the job.",
    assessing: {
      title: "There is no space left",
      remedy: "Free space on the filesystem that the details name.",
    },
  },
  "storage-failed": {
    title: "The intermediate cannot write",
    remedy: "Check the intermediate's disk and its kernel log, then resume the job.",
  },
  "consistency-failed": {
    title: "The source could not be held still",
    remedy: "Resume the job, or let it copy without holding the source still: consistency none.",
  },
  "hook-failed": {
    title: "A command of the plan failed on the source",
    remedy: "Run the hook's command on the source by hand, correct it, and resume the job.",
  },
  "replica-differs": {
    title: "The copy is not equal to the source",
    remedy:
      "Resume the job: the named ranges are copied again. If it happens again, test the intermediate's memory and disk.",
  },
  "manifest-damaged": {
    title: "The record of the copy is damaged",
    remedy: "The replica's manifest cannot be trusted: start the job again.",
  },
  "tool-missing": {
    title: "A tool is missing",
    remedy: "Install the named tool; `sma doctor` gives the exact line.",
  },
  "image-failed": {
    title: "The image could not be made",
    remedy: "Read the tool's output in the context, then resume the job.",
  },
  "image-constraint": {
    title: "The image does not fit its format",
    remedy: "Choose another format or a smaller disk.",
  },
  "layout-failed": {
    title: "The files could not be brought into the new layout",
    remedy:
      "Read the message; correct the layout in a new job where it does not fit, otherwise resume this one.",
  },
  "conversion-failed": {
    title: "Making it bootable failed",
    remedy: "Read the tool's output in the details, then resume the job, or resume it without conversion.",
  },
  "guest-unsupported": {
    title: "This system cannot be converted",
    remedy: "Resume the job without conversion to have images of the disks as they are.",
  },
  "target-did-not-boot": {
    title: "The result did not boot",
    remedy: "Look at the last screen and the console log beside the image.",
  },
  "receipt-invalid": {
    title: "The receipt is not valid",
    remedy: "Do not rely on it: get the receipt again from the assistant that issued it.",
  },
  "content-differs": {
    title: "The file is not what the receipt says",
    remedy: "Do not use the file: take the image from the target again, or make it again from the replica.",
  },
  "cutover-state": {
    title: "The cutover does not allow this now",
    remedy: "Look at the job's cutover: it tells where it stands and what it allows.",
  },
  "instance-failed": {
    title: "The instance failed",
    remedy: "Read the output in the context and the instance's console log, then try again.",
  },
  "confirmation-missing": { title: "Not confirmed", remedy: "Type the name that the message asks for." },
  "cloud-credentials": {
    title: "The cloud does not accept the credentials",
    remedy:
      "Set the account's AccessKey again under Settings, or get new temporary credentials, then resume.",
  },
  "cloud-permission": {
    title: "The cloud account lacks a permission",
    remedy: "Let the RAM user do the named action, then resume.",
  },
  "cloud-quota": {
    title: "A quota of the cloud account is used up",
    remedy: "Remove what is no longer needed there, or have the quota raised.",
  },
  "cloud-account": {
    title: "The cloud account needs attention",
    remedy: "See to its balance, verification or locks in the cloud's console, then resume.",
  },
  "cloud-throttled": {
    title: "The cloud takes no more requests now",
    remedy: "Resume later; nothing is lost.",
  },
  "cloud-busy": {
    title: "The cloud is still busy with this",
    remedy: "Wait until the other operation has ended, then go on.",
  },
  "cloud-unreachable": {
    title: "The cloud does not answer",
    remedy: "Check that its endpoints are reached over HTTPS (TCP 443), then resume.",
  },
  "cloud-reply-invalid": {
    title: "The cloud's reply is not understood",
    remedy: "See whether a proxy stands between, or an endpoint that is none.",
  },
  "target-refused": {
    title: "The target refused",
    remedy: "Read the target's own code and message in the context and correct what it names.",
  },
  "job-exists": {
    title: "The source has an unfinished job",
    remedy: "Resume or cancel the unfinished job of this source first.",
  },
  "job-state": {
    title: "The job does not allow this now",
    remedy: "Look at the job: its state tells what it allows.",
  },
  "job-held-elsewhere": {
    title: "Another process runs the job",
    remedy: "It goes on there; this screen shows how far it is.",
  },
  "no-slot": {
    title: "No slot is free",
    remedy: "As many jobs run as may run at once: it goes on when one of them ends.",
  },
  "limit-reached": { title: "A limit is reached", remedy: "Remove what is no longer needed first." },
  "assessment-blocker": {
    title: "The check found a blocker",
    remedy: "Remove the cause that the finding names, or accept the finding where that is offered.",
  },
  "drivers-missing": {
    title: "Drivers for the target are missing",
    remedy:
      "Give the folder or ISO of virtio-win, install the drivers on the source, or go on in spite of the finding.",
  },
  "clock-skew": { title: "The clocks differ too much", remedy: "Set the clock of the named machine." },
  "engine-unreachable": {
    title: "The engine does not answer",
    remedy: "The window connects again by itself. If it does not, start `sma serve` again.",
  },
  "not-signed-in": { title: "Not signed in", remedy: "Open the link that `sma serve` prints." },
  "rate-limited": { title: "Too many requests", remedy: "Wait a moment, then try again." },
  "update-check-failed": {
    title: "Nothing was learnt of new versions",
    remedy: "Check the address in the settings, and whether this machine reaches it.",
  },
  "vault-locked": { title: "The vault is locked", remedy: "Give the vault's passphrase." },
  "state-damaged": {
    title: "The assistant's own files are damaged",
    remedy: "Restore the assistant's state folder from a backup, or move it away to start anew.",
  },
  "bundle-invalid": {
    title: "Not a usable bundle",
    remedy: "Collect the bundle again with the current collector, and copy it whole.",
  },
  internal: { title: "A defect in the assistant", remedy: "Report it with the diagnostics bundle." },
  other: {
    title: "It did not work",
    remedy: "Read the details.",
    assessing: { title: "It could not be assessed", remedy: "See the details." },
  },
};
