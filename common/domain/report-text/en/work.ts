import type { workRemarks } from "../../work-remarks.ts";
import type { RemarkTexts } from "../remark-texts.ts";

/** What a running step is at. */
export const work: Pick<RemarkTexts, keyof typeof workRemarks> = {
  starting: () => "starting",
  done: () => "done",

  "connecting-to-source": () => "connecting to the source",
  "collecting-facts": () => "collecting facts",
  "choosing-disks": () => "choosing disks",
  "asking-cloud": () => "asking the cloud",
  "counting-left-out": () => "counting what is left out",
  "starting-intermediate": () => "starting the intermediate",
  "trying-ports": () => "trying the ports from the source",
  "uploading-agent": () => "uploading the agent",
  "starting-agent": () => "starting the agent",

  copying: () => "copying",
  "checking-again": ({ pass }) => `checking again for changes (pass ${pass})`,
  paused: () => "paused",
  "awaiting-window": ({ from, to }) => `waiting for the transfer window, ${from} to ${to}`,
  "awaiting-agent": () => "waiting for the agent",
  "reading-back": ({ disk }) => `reading back ${disk}`,

  "opening-replica": () => "opening the replica",
  "bringing-files": ({ mountPoint }) => `bringing the files of ${mountPoint} over`,
  "comparing-files": ({ mountPoint }) => `comparing the files of ${mountPoint}`,
  "reading-new-disk": () => "reading the new disk",

  "making-overlays": () => "making overlays",
  "making-basic-disks": () => "making basic disks of dynamic ones",
  "starting-appliance": () => "starting the appliance (libguestfs)",
  "looking-for-system": () => "looking for the operating system",
  "mounting-system": ({ system }) => `mounting ${system}`,
  "converting-step": ({ step }, words) => `converting: ${words.step(step)}`,
  "looking-into-initramfs": ({ kernel }) => `looking into the initramfs of kernel ${kernel}`,
  "adding-drivers": ({ drivers }) => `adding ${drivers.join(", ")} to the initramfs`,
  "writing-grub-configuration": () => "writing GRUB's configuration anew",
  "installing-boot-loader": ({ firmware }) => `installing the boot loader for ${firmware.toUpperCase()}`,
  "opening-windows": () => "opening Windows",
  "putting-windows-drivers": () => "putting drivers into Windows",

  "preparing-check-in": () => "preparing the check from inside",
  "booting-copy": ({ stage, isEmulated, lastLine }, words) =>
    `booting, ${words.stage(stage)}${isEmulated ? " (emulated: slow, no KVM here)" : ""}${lastLine === null ? "" : `: ${lastLine}`}`,
  "trying-repair": ({ repair, because }, { step, tell }) =>
    `it did not boot (${tell(because)}); ${step(repair)}`,
  repairing: ({ repair, doing }, { step, tell }) => `${step(repair)}: ${tell(doing)}`,

  "making-image": ({ format }) => `making the ${format} image`,
  "comparing-image": ({ format }) => `comparing the ${format} image with what it was made of`,
  "hashing-images": () => "hashing what the images hold",
  "checking-snapshot": () => "checking the snapshot",
  "imaging-snapshot": () => "making the image of the snapshot",
  "uploading-images": () => "uploading",
  "uploading-disk": ({ disk }) => `uploading disk ${disk}`,
  "importing-image": () => "importing the image",

  "removing-agent": () => "removing the agent from the source",
  "removing-replica": () => "removing the replica",
  "removing-receipt": () => "removing the receipt",
  "removing-from-cloud": () => "removing what is left in the cloud",
  "releasing-source": () => "letting go of the source",

  "demo-building-agent": () => "building the agent",
  "demo-boot-loader": () => "GRUB is being installed by the guest itself",
  "demo-waiting": () => "another process builds a server for the lab; waiting for it",
  "demo-booting": ({ seconds }) => `the demo server boots: ${seconds} s`,
  "demo-answers": ({ seconds }) => `the demo server answers after ${seconds} s`,
  "demo-state-useless": () => "what was kept of the running machine is of no use: it boots",
  "demo-keeping-state": () => "the running machine is being kept for the next time",
};
