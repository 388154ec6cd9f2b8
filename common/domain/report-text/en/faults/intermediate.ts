import type { intermediateFaults } from "../../../faults/intermediate.ts";
import type { RemarkTexts } from "../../remark-texts.ts";
import { taskNames } from "../states.ts";

export const intermediate: Pick<RemarkTexts, keyof typeof intermediateFaults> = {
  "listener-failed": () => "the control listener failed",
  "folder-in-use": ({ holder, path }) => `another intermediate (process ${holder}) uses ${path}`,
  "stop-other-intermediate": () =>
    "Stop the other intermediate, or start this one with another data directory.",
  "file-gone": ({ path }) => `${path} is not there`,
  "record-unreadable": ({ path, text }) => `${path} cannot be understood: ${text}`,
  "delete-and-restart": () => "Delete the job and start it again.",
  "no-job": ({ job }) => `there is no job ${job}`,
  "agent-still-copying": () => "the agent is still copying; wait, or delete the job",
  "too-many-chunks": ({ disk, most }, { format }) =>
    `${disk} has more than ${format.integer(most)} chunks; use larger ones`,
  "disk-size-other": ({ disk, size, planned }) => `${disk} has ${size} bytes, the plan says ${planned}`,
  "protocol-broken": ({ count, text }) => `the agent broke the protocol ${count} times: ${text}`,
  "job-of-other-disks": ({ job }) => `job ${job} was made for other disks or another chunk size`,
  "no-such-disk": ({ disk }) => `the job has no disk ${disk}`,
  "run-over": ({ run, now }) => `run ${run} is over: run ${now} has begun`,
  "task-reads-replica": () => "a task reads the replica; wait for it or cancel it first",
  "sync-resume-instead": ({ phase }) => `the running sync is ${phase}; resume it instead`,
  "task-uses-overlays": ({ task }) =>
    `the task “${taskNames[task]}” uses the overlays; wait for it or cancel it first`,
  "sync-not-finished": ({ phase, task }) =>
    `the sync is ${phase}; the task “${taskNames[task]}” needs a finished one`,
  "ledger-unreadable": ({ path }) => `${path} cannot be read as a ledger`,
  "remove-job-folder": () => "Remove the job's directory by hand.",
  "not-all-removed": ({ left }, { format, tell }) =>
    `not everything was removed: ${format.list(left.map(tell))}`,
  "foreign-files-left": ({ path }) => `${path} holds files that the job did not make; they were left`,
  "no-longer-that": ({ path, what }) => `${path} is no longer a ${what}`,
  "foreign-files-in": ({ path }) => `${path} holds files that the job did not make`,
  "no-leaves-file": ({ path, why }, { tell }) => `${path} is no whole leaves file: ${tell(why)}`,
  "get-it-again": () => "Get it again.",
  "begins-otherwise": () => "it begins otherwise",
  "length-wrong": () => "its length is wrong",
  "manifest-damaged-why": ({ path, text }) => `${path} is damaged or another disk's: ${text}`,
  "chunks-outside": ({ first, count, path }) =>
    `the chunks ${first}+${count} are not within the disk of ${path}`,
  "chunks-unknown": ({ first, count }) => `the chunks ${first}+${count} are not known, so not the same`,
  "verification-stopped": () => "the verification was cancelled",
  "power-of-two": ({ field }) => `${field}: a power of two is needed`,
  "two-same-disks": ({ field }) => `${field}: two disks have the same id`,
  "no-such-route": ({ method, path }) => `the admin API has no ${method} ${path}`,
  "url-no-path": ({ url }) => `${url} is no path`,
  "request-broke-off": ({ request }) => `${request} failed unexpectedly`,
  "body-too-long": ({ most }, { format }) => `the body is longer than ${format.bytes(most)}`,
  "body-did-not-arrive": () => "the body did not arrive",
  "body-no-json": () => "the body is not JSON",
  "certificate-unusable": ({ text }) => `certificatePem and keyPem cannot be used: ${text}`,
  "not-listening": ({ where, text }) => `cannot listen on ${where}: ${text}`,
  "no-delta": ({ path }) => `${path} is no delta of this disk`,
  "remove-snapshot": () => "Remove the snapshot.",
  "no-snapshot": ({ run }) => `there is no snapshot of run ${run}`,
  "task-stopped": ({ task }) => `the task “${taskNames[task]}” was cancelled`,
  "no-image-of-job": ({ path }) => `${path} is no image of this job`,
  "part-behind-file": () => "a part ends behind the file",
  "no-images-to-seal": () => "there are no images to seal yet",
  "other-task-runs": ({ task }) => `another task “${taskNames[task]}” is running; cancel it first`,
  "no-task-started": ({ task }) => `no task “${taskNames[task]}” was started`,
  "task-broke-off": ({ task, text }) => `the task “${taskNames[task]}” failed unexpectedly: ${text}`,
  "no-block-device": ({ path }) => `${path} is no block device`,
  "device-too-small": ({ path, size, needed }, { format }) =>
    `${path} has ${format.bytes(size)}, ${format.bytes(needed)} are needed`,
  "volume-ends-early": ({ path, at, size }) => `${path} ends at ${at}, before its ${size} bytes`,
  "volume-closed": ({ path }) => `${path} is closed`,
  "range-outside": ({ offset, length, size, path }) =>
    `the range ${offset}+${length} is not within the ${size} bytes of ${path}`,
  "no-regular-file": ({ path }) => `${path} is no regular file`,
  "replica-size-other": ({ path, size, expected }, { format }) =>
    `${path} has ${format.bytes(size)} where a replica of ${format.bytes(expected)} was expected`,
  "filesystem-full": ({ path, system, act }) => `the filesystem of ${path} is full (${system} on ${act})`,
  "act-failed": ({ act, path, text }) => `${act} of ${path} failed: ${text}`,
  "chunk-length-other": ({ chunk, length, said }) => `chunk ${chunk} has ${length} bytes, CHUNK says ${said}`,
  "chunk-packed-too-long": ({ chunk, length }) =>
    `chunk ${chunk} is packed into ${length} bytes, more than it can need`,
  "window-exceeded": ({ most }) => `more than ${most} chunks are unacknowledged`,
  "pass-incomplete": ({ missing }) => `PASS_DONE, but ${missing} chunks of the pass were not reported`,
  "pass-hash-other": () => "PASS_DONE has another tree hash than the chunks that were reported",
  "chunks-twice": ({ frame, first, count }) =>
    `${frame} reports the chunks ${first}+${count}, some of them for the second time`,
  "chunks-beyond": ({ frame, first, count, chunks }) =>
    `${frame} names the chunks ${first}+${count} of a disk with ${chunks}`,
  "frame-of-other-pass": ({ frame, disk, pass, wantedDisk, wantedPass }) =>
    `${frame} is for disk ${disk}, pass ${pass}; disk ${wantedDisk}, pass ${wantedPass} is under way`,
  "agent-disk-missing": ({ text }) => `the agent does not find the disk on the source: ${text}`,
  "agent-disk-changed": ({ text }) => `the agent found the disk changed: ${text}`,
  "agent-read-error": ({ text }) => `the agent cannot read the source's disk: ${text}`,
  "agent-other-version": ({ text }) => `the agent does not speak this intermediate's protocol: ${text}`,
  "agent-told-to-stop": ({ text }) => `the agent was told to stop: ${text}`,
  "chunk-unpackable": ({ text }) => `a chunk that the agent sent cannot be unpacked: ${text}`,
  "not-converted-yet": () => "the replica as it is now was not converted yet",
  "manifest-not-source": ({ disk }) =>
    `the manifest of ${disk} agrees with the replica but not with the source`,
  "path-not-the-jobs": ({ path }) => `${path} is there already and is not this job's`,
  "no-directory-of-its-own": ({ path }) => `${path} is no directory of its own`,
  "path-outside": ({ path, folder }) => `${path} is not within ${folder}`,
};
