import type { jobsFaults } from "../../../faults/jobs.ts";
import type { RemarkTexts } from "../../remark-texts.ts";
import { cutoverStates, jobStates, taskNames } from "../states.ts";

export const jobs: Pick<RemarkTexts, keyof typeof jobsFaults> = {
  "job-takes-no-event": ({ state, event }) =>
    `a job that is ${jobStates[state]} cannot take the event ${event}`,
  "no-intermediate-now": () => "no intermediate runs for this job now",
  "snapshots-impossible": ({ because }, { tell }) =>
    `no snapshots can be made on the source: ${tell(because)}`,
  "make-room-or-auto": () =>
    "Make room in its volume group, or let the assistant choose (--consistency auto).",
  "watchdog-not-started": () => "the watchdog could not be started on the source",
  "snapshots-not-made": () => "the snapshots could not be made",
  "still-held": ({ mountPoint, text }) => `${mountPoint} is still held: ${text}`,
  "hook-not-ended": ({ number, count, when, because }, { tell }) =>
    `the command ${number} of ${count} (${tell(when)}) did not end: ${tell(because)}`,
  "hook-exit": ({ number, count, when, status }, { tell }) =>
    `the command ${number} of ${count} (${tell(when)}) ended with exit code ${status}`,
  "something-still-held": () => "something on the source is still held: a frozen filesystem, or a snapshot",
  "no-memory-for-snapshots": () => "the source has no memory filesystem to watch snapshots from",
  "counting-stopped": () => "counting what is left out was cancelled",
  "files-only-linux": () => "file replication is for Linux sources; Windows disks travel as blocks",
  "outgrown-layout": ({ because }, { tell }) => `the source has outgrown its layout: ${tell(because)}`,
  "task-without-result": ({ task }) => `the intermediate's task “${taskNames[task]}” ended without a result`,
  "task-halted": ({ task }) => `the task “${taskNames[task]}” was stopped`,
  "job-taken-over": () => "another process has taken this job over",
  "job-removed": () => "the job was cancelled and removed",
  "run-broke-off": ({ text }) => `the job's run failed unexpectedly: ${text}`,
  "run-complete": () => "the job's run is complete",
  "start-another-run": () => "Start another run (`sma job sync`).",
  "step-broke-off": ({ text }) => `the step broke off: ${text}`,
  "journal-of-other-version": ({ step, field, because }, { tell }) =>
    `what the journal says of the step ${step} is not what this version writes (${field}: ${tell(because)})`,
  "restore-or-cancel": () => "Restore the state folder from a backup, or cancel the job and start a new one.",
  "passphrase-ways-on": () =>
    "Its boot loader works so far. What comes after the passphrase nobody can tell without it: resumed without a boot check (`sma job resume --no-boot-check`) the job makes the images; start one and enter the passphrase on its console.",
  "entries-differ": ({ count, path, text }, { format }) =>
    `${format.integer(count)} ${count === 1 ? "entry is" : "entries are"} not equal in the new layout, such as ${path}: it ${text}`,
  "delivery-stopped": () => "the delivery was stopped; it can be gone on with",
  "disk-not-sealed": ({ disk }) => `disk ${disk} was not sealed`,
  "sync-stopped": () => "the sync was stopped",
  "folder-absent": ({ folder }) => `${folder} is not there`,
  "folder-without-drivers": ({ folder }) => `${folder} holds no viostor.inf or vioscsi.inf`,
  "authority-unusable": ({ text }) => `the installation's certificate authority cannot be used: ${text}`,
  "two-ports-wanted": () => "control and disk data want two different ports (dataPort)",
  "target-host-no-ssh": ({ name }) => `the target host ${name} is not reached over SSH`,
  "directory-to-be-named": () => "on another machine the folder has to be named, as an absolute path",
  "name-a-directory": () => "Name one (--directory).",
  "excludes-unread": ({ text }) => `the list of excludes cannot be read: ${text}`,
  "job-not-run": ({ state }) => `the job is ${jobStates[state]} and no process runs it`,
  "start-by-resuming": () => "Resume it (`sma job resume`).",
  "only-sync-pauses": () => "only a sync can be paused",
  "job-is": ({ state }) => `the job is ${jobStates[state]}`,
  "other-process-runs": () => "another process runs this job",
  "instance-has-system": ({ state }) =>
    `an instance has, or is being given, this job's system: the cutover is ${cutoverStates[state]}`,
  "end-cutover-first": () => "Finalise the cutover, roll it back, or finish the drill first.",
  "job-runs": () => "the job is running",
  "job-not-all-removed": () => "the job could not be removed completely",
  "cancel-again": () => "Cancel it again; the job's log says what stood in the way (`sma job logs`).",
  "cancellation-goes-on": () => "no longer waiting; the cancellation goes on",
  "restoring-stopped": () => "restoring was stopped",
  "process-runs-job": ({ pid }) => `process ${pid} runs this job`,
  "jobs-run-already": ({ count }) => `${count} jobs run already`,
  "unfinished-job": ({ job }) => `the source has an unfinished job, ${job}`,
  "jobs-full": ({ count }, { format }) => `${format.integer(count)} jobs are on record, which is the limit`,
  "remove-jobs": () =>
    "Remove jobs that are no longer needed (`sma job cancel JOB`); their images may be kept elsewhere first.",
  "run-not-last": ({ run }) => `run ${run} is not the last one any more`,
  "copy-incomplete": () => "the full copy is not complete, so there is nothing to add to",
  "several-jobs-begin-with": ({ prefix }) => `several jobs begin with ${prefix}`,
  "sources-full": ({ count }, { format }) =>
    `${format.integer(count)} sources are on record, which is the limit`,
  "remove-sources": () => "Remove sources that are no longer needed (`sma source remove SOURCE`).",
  "no-source": ({ name }) => `there is no source named ${name}`,
  "source-has-jobs": () => "the source has jobs on record",
  "cancel-jobs-first": () => "Cancel its jobs first (`sma job cancel ID`).",
  "written-by-newer": ({ name }) => `${name} was written by a newer version of the assistant`,
  "use-newer-version": () => "Use that newer version, or another state folder.",
  "database-unopened": ({ name, text }) => `${name} cannot be opened: ${text}`,
  "no-cloud-account": ({ name }) => `there is no cloud account ${name}`,
  "add-cloud-account": () => "Add it under Settings, or with `sma cloud set`.",
  "port-answers-other": ({ where }) => `what answers on ${where} is not this installation's intermediate`,
  "free-port-or-choose": () =>
    "Stop the program that holds the port, or give other ports: a new migration has them under Target, the command line as --control-port and --data-port.",
  "intermediate-certificate-not-valid-now": () =>
    "the intermediate's certificate is not valid at this machine's time",
  "intermediate-silent": ({ where, text }) => `the intermediate on ${where} does not answer: ${text}`,
  "intermediate-answer-odd": ({ because }, { tell }) =>
    `the intermediate's answer is not understood: ${tell(because)}`,
  "intermediate-answer-no-json": () => "the intermediate's answer is not JSON",
  "first-words-odd": () => "the intermediate's first words are not understood",
  "port-serves-other": ({ port, folder, wanted }) =>
    `port ${port} serves the folder ${folder}, not ${wanted}`,
  "ports-in-use-by-job": ({ job }) => `job ${job} uses the same folder and these ports now`,
  "stop-that-job-first": () => "Stop that job, or wait for it, then try again.",
  "use-folder-or-ports": () =>
    "Use that folder, or give the job other ports: on its page, or by `sma job resume JOB --control-port PORT --data-port PORT`.",
  "port-held": ({ port }) => `port ${port} is taken by another program`,
  "port-forbidden": ({ port }) => `this user may not listen on port ${port}`,
  "intermediate-start-stopped": () => "starting the intermediate was cancelled",
  "intermediate-start-slow": ({ seconds }) => `the intermediate did not start within ${seconds} s`,
  "intermediate-not-started": ({ text }) => `the intermediate did not start: ${text}`,
  "target-host-gone": ({ host }) => `the target host ${host} is not among the sources any more`,
  "add-host-again": () => "Add it again under another name and make a new job for it.",
  "folder-not-absolute": ({ folder }) => `the folder ${folder} is not an absolute path`,
  "target-host-no-linux": ({ host }) => `the target host ${host} is no Linux machine`,
  "folder-not-writable": ({ host, folder }) => `the login on ${host} cannot write to ${folder}`,
  "choose-writable-folder": () =>
    "Choose a folder that it may write to (--directory), or make that one for it.",
  "no-program-on-host": ({ program, host }) => `there is no program ${program} on ${host}`,
  "install-package-there": () =>
    "Install the server-migration-assistant package there, or name the program (--target-program).",
  "intermediate-not-started-on": ({ host, text }) => `the intermediate did not start on ${host}: ${text}`,
  "run-by-hand": ({ program }) => `Run ${program} there by hand to see what it wants.`,
  "own-disk-full": ({ path }) => `the disk with the assistant's own folder is full: ${path}`,
  "free-own-disk": () =>
    "Free space there. Jobs wait for it and go on by themselves; what was just entered has to be entered again.",
  "hook-before": () => "before the last pass",
  "hook-after": () => "after the last pass",
  "snapshots-not-made-why": ({ text }) => `the snapshots could not be made: ${text}`,
  "demo-server-said": ({ text }) => `the demo server cannot be started: ${text}`,
};
