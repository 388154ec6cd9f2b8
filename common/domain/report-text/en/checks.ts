import type { checkRemarks } from "../../check-remarks.ts";
import type { RemarkTexts } from "../remark-texts.ts";

/** What checks of this machine and of a place in a cloud found, and what helps. */
export const checks: Pick<RemarkTexts, keyof typeof checkRemarks> = {
  works: () => "works",
  "node-too-old": ({ version }) => `${version} is too old`,
  "start-by-npm": () => "Start with `npm run`, which brings Node 24.",
  "agents-for": ({ platforms }) => `agents for ${platforms.join(", ")}`,
  "no-agent-built": () => "no agent is built yet: nothing can be copied",
  "build-agent": () => "Build it once: `npm run build:agent`.",
  "no-images-here": () => "images cannot be made",
  "no-boot-checks-here": () => "boot checks cannot run",
  "kvm-not-on": ({ platform }) =>
    `no KVM on ${platform}; boot checks run under emulation: correct, but minutes instead of seconds`,
  "kvm-absent": () =>
    "/dev/kvm is not there; boot checks run under emulation: correct, but minutes instead of seconds",
  "kvm-forbidden": () =>
    "this user may not open /dev/kvm; boot checks run under emulation: correct, but minutes instead of seconds",
  "kvm-broken": () =>
    "/dev/kvm is there but no machine starts on it; boot checks run under emulation: correct, but minutes instead of seconds",
  "enable-virtualisation": () => "Enable virtualisation in the firmware or the hypervisor.",
  "join-kvm-group": () => "Add the user to the group kvm.",
  "conversion-impossible": ({ because }, { tell }) =>
    `${tell(because)}; jobs have to go without a conversion (Plan in a new migration, or --no-conversion)`,
  "port-free": () => "free",
  "port-ours": () => "in use by this installation's own intermediate",
  "address-not-here": ({ address }) => `this machine cannot listen on ${address}`,
  "choose-other-port": ({ option, proposal }) =>
    `Choose another port under Settings, such as ${proposal}, which is free (on the command line: ${option} ${proposal}), or stop the program that has it.`,
  "free-space": ({ freeBytes, path }, { format }) => `${format.bytes(freeBytes)} free for ${path}`,
  "choose-larger-filesystem": () =>
    "Choose a folder on a larger filesystem: under Target in a new migration, or with --directory.",
  "folder-impossible": ({ path }) => `${path} cannot be made`,
  "choose-other-folder": () => "Choose another folder: under Target in a new migration, or with --directory.",

  "region-not-there": ({ region }) => `the account has no region ${region}`,
  "choose-one-of": ({ names }) => `Choose one of: ${names.join(", ")}.`,
  "actions-tried": ({ count }) =>
    `${count} ${count === 1 ? "action was" : "actions were"} tried without doing anything`,
  "actions-denied": ({ actions, byRole }) =>
    `denied: ${[
      ...actions,
      ...byRole.map(
        (action) => `${action} (ECS may not read the bucket: role AliyunECSImageImportDefaultRole)`,
      ),
    ].join(", ")}`,
  "let-user-do": () =>
    "Let the RAM user do these actions (docs/CLOUD.md has the whole policy), then try again.",
  "bucket-is-in": ({ bucket, region }) => `${bucket} is in ${region}`,
  "bucket-elsewhere": ({ bucket, region, target }) => `${bucket} is in ${region}, the target in ${target}`,
  "choose-near-bucket": () => "Choose a bucket in the target's region: ECS imports from no other.",
  "nothing-named": ({ name }) => `there is no ${name}`,
  "choose-from-list": ({ command }) => `Choose one: ${command}.`,
  "vswitch-is-in": ({ vSwitch, zone, vpc }) => `${vSwitch} in ${zone}, ${vpc}`,
  "vswitch-elsewhere": ({ vSwitch, vpc, wanted }) => `${vSwitch} is in ${vpc}, not in ${wanted}`,
  "vswitch-full": ({ vSwitch }) => `${vSwitch} has no free address`,
  "choose-of-vpc": () => "Choose one of the VPC.",
  "choose-other-or-free": () => "Choose another, or free an address.",
  "group-elsewhere": ({ group }) => `${group} is not in the vSwitch's VPC`,
  "instance-locked": ({ locks }) => `it is locked: ${locks.join(", ")}`,
  "lift-lock": () => "Have the lock lifted first.",
};
