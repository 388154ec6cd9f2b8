import type { instancesFaults } from "../../../faults/instances.ts";
import type { RemarkTexts } from "../../remark-texts.ts";
import { cutoverStates, jobStates } from "../states.ts";

export const instances: Pick<RemarkTexts, keyof typeof instancesFaults> = {
  "cutover-takes-no-event": ({ state, event }) =>
    `a cutover that is ${cutoverStates[state]} cannot take the event ${event}`,
  "cutover-broke-off": ({ text }) => `the cutover failed unexpectedly: ${text}`,
  "keeps-earlier-disks": ({ instance }) => `${instance} still keeps disks of an earlier cutover`,
  "finalise-or-roll-back": () => "Finalise that cutover, or roll it back.",
  "not-proven-as-instance": () => "nothing has shown yet that the migrated system runs as an instance",
  "drill-first": () => "Hold a drill first, or do without one (`sma cutover drill`, or --without-drill).",
  "being-rolled-back": () => "the cutover is being rolled back",
  "finish-rollback-first": () => "Finish that first (`sma cutover rollback`).",
  "nothing-to-roll-back": () => "there is nothing to roll back",
  "not-to-finalise": ({ state }) => `a cutover that is ${cutoverStates[state]} cannot be finalised`,
  "cutover-stopped": () => "the cutover was stopped; it can be gone on with",
  "firmware-other": ({ system, instance, own }) =>
    `the migrated system boots by ${system}, ${instance} by ${own}`,
  "make-instance-with-firmware": ({ firmware }) =>
    `Make an instance with the firmware ${firmware} (--firmware ${firmware}).`,
  "run-not-done": ({ state }) => `the job is ${jobStates[state]}: its run is not done`,
  "finish-job-first": () => "Finish the job first (`sma job resume`).",
  "start-cutover-again": () => "Start the cutover again: it goes on with the final sync.",
  "stopped-in-final-sync": () => "the cutover was stopped in its final sync",
  "final-sync-unended": ({ state }) => `the final sync did not end: the job is ${jobStates[state]}`,
  "images-elsewhere": ({ host }) => `the job's images are on ${host}, and instances are made here`,
  "copy-images-here": () => "Copy the images from there, or migrate to this machine.",
  "no-images-yet": () => "the job has no images yet that an instance could get",
  "run-until-images": () => "Run the job until its images are made (`sma job resume`).",
  "gives-up-written": () => "rolling back gives up what was written on the instance since the cutover",
  "gives-up-old-disks": () => "finalising gives up the instance's old disks and the way back",
  "gives-up-instance": ({ instance }) => `removing ${instance} with all its disks`,
  "has-to-be-confirmed": ({ what }, { tell }) => `${tell(what)}: it has to be confirmed`,
  "other-name-given": ({ what, wanted, given }, { tell }) =>
    `${tell(what)}: the name is ${wanted}, not ${given}`,
  "confirm-with-name": ({ name }) => `Confirm it with the name ${name} (--confirm ${name}).`,
  "instance-exists": ({ name }) => `there is an instance ${name} already`,
  "did-not-come-up": ({ name, because }, { tell }) => `${name} did not come up: ${tell(because)}`,
  "watching-stopped": () => "watching the instance was cancelled",
  "no-image-format": ({ path }) => `${path} is no image in a format that is known here`,
  "folder-not-an-instances": ({ path }) => `${path} is there already and is no instance's`,
  "foreign-files-in-instance": ({ path }) => `${path} holds files that the instance did not make`,
  "install-libvirt": () =>
    "Install it, on Debian: apt-get install libvirt-clients libvirt-daemon-system; or make instances with --driver qemu.",
  "virsh-failed": ({ act, text }) => `virsh ${act}: ${text}`,
  "stopping-stopped": ({ name }) => `stopping ${name} was cancelled`,
  "process-does-not-end": ({ name }) => `the process of ${name} does not end`,
  "starting-stopped": () => "starting the instance was cancelled",
  "qemu-not-started-why": ({ text }) => `QEMU did not start: ${text}`,
  "no-instance": ({ name }) => `there is no instance ${name}`,
  "list-instances": () => "Choose or make one (`sma instance list`, `sma instance create`).",
  "instance-path-taken": ({ path }) => `${path} is there already and is not this instance's`,
  "instance-runs": ({ name }) => `${name} is running; its disks cannot be changed`,
  "instance-gets-no-disk": ({ name }) => `${name} gets no disk`,
  "cloud-instance-wants-place": () => "an instance in a cloud needs a place there (field cloud)",
  "not-attached": ({ name }) => `${name} does not run, or somebody else is attached`,
  "console-unread": ({ what, because }, { tell }) =>
    `${tell(what)}; its console cannot be read: ${tell(because)}`,
  "no-disks-yet": ({ name }) => `${name} has no disks yet, and so is not made yet`,
  "drill-makes-it": () => "A drill or a cutover makes it.",
};
