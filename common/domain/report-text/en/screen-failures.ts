import type { ScreenFailureTexts } from "../failure-codes.ts";
import { failures } from "./failures.ts";

export const screenFailures: ScreenFailureTexts = {
  ...failures,
  "not-found": { title: "Not found", remedy: "List what exists and use one of those names." },
  "already-exists": {
    title: "This exists already",
    remedy: "Use another name, or remove the existing one first.",
  },
  "connection-lost": {
    title: "The connection broke",
    remedy: "Check the network; the job resumes where it stopped.",
  },
  "host-key-unknown": {
    title: "The server's key has not been accepted yet",
    remedy:
      "Test the connection of the source and compare the fingerprint with the server's own before you accept it.",
  },
  "agent-launch-failed": {
    title: "The agent did not start",
    remedy: "Read the agent's message in the context.",
  },
  "agent-blocked": {
    title: "The agent was blocked",
    remedy: "Exclude the agent's folder in the source's antivirus or policy, then resume the job.",
  },
  "agent-not-running": {
    title: "The agent has stopped",
    remedy: "Resume the job: the agent is started again and goes on.",
  },
  "agent-silent": {
    title: "The agent has not been heard from",
    remedy: "Check that the source can reach the intermediate's ports 8080 and 8703, then resume the job.",
  },
  "protocol-violation": {
    title: "The other side does not keep to the protocol",
    remedy: "Resume the job; if it persists, report it with the diagnostics bundle.",
  },
  "peer-not-trusted": {
    title: "The other side is not trusted",
    remedy:
      "The other side showed a certificate that is not this job's. Start the job again so that new certificates are issued.",
  },
  "certificate-invalid": {
    title: "The certificate is not valid",
    remedy: "Check both machines' clocks, then resume the job so that new certificates are issued.",
  },
  "port-in-use": {
    title: "The port is taken",
    remedy: "Stop the program that holds the port, or choose other ports.",
  },
  "intermediate-unreachable": {
    title: "The intermediate cannot be reached",
    remedy: "Check that the intermediate runs and that its ports (8080, 8703) are open inbound.",
  },
  "intermediate-failed": {
    title: "The intermediate failed",
    remedy: "Read the intermediate's log, then resume the job.",
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
  "assessment-blocker": {
    title: "The check found a blocker",
    remedy: "Remove the cause that the finding names, or accept the finding where that is offered.",
  },
  "drivers-missing": {
    title: "Drivers for the target are missing",
    remedy:
      "Give the folder or ISO of virtio-win, install the drivers on the source, or go on in spite of the finding.",
  },
  "engine-unreachable": {
    title: "The engine does not answer",
    remedy: "The window connects again by itself. If it does not, start `sma serve` again.",
  },
  "not-signed-in": { title: "Not signed in", remedy: "Open the link that `sma serve` prints." },
  "rate-limited": { title: "Too many requests", remedy: "Wait a moment, then try again." },
  "no-space": {
    title: "Not enough space",
    remedy: "Free space on the named filesystem or choose another folder, then resume the job.",
  },
  other: { title: "It did not work", remedy: "Read the details." },
};
