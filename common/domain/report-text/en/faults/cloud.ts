import type { cloudFaults } from "../../../faults/cloud.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

export const cloud: Pick<RemarkTexts, keyof typeof cloudFaults> = {
  "upload-to-cloud-stopped": () => "the upload was stopped",
  "part-not-arrived": ({ part, host, text }) => `part ${part} did not reach ${host}: ${text}`,
  "part-altered": ({ part, host }) => `part ${part} arrived with another checksum at ${host}`,
  "part-not-now": ({ host, part, code }) => `${host} cannot take part ${part} now (${code})`,
  "upload-over": ({ part }) => `the upload that part ${part} belongs to is over`,
  "resume-begins-anew": () => "Resume: it begins anew.",
  "part-permission-ended": ({ part, code }) => `the permission to send part ${part} has ended (${code})`,
  "resume-new-permissions": () =>
    "Resume: new permissions are made. Where the account's temporary credentials have ended, set new ones first.",
  "part-refused": ({ host, part, code }) => `${host} does not take part ${part} (${code})`,
  "no-cloud-instance": ({ id, region }) => `there is no instance ${id} in ${region}`,
  "list-cloud-instances": () => "Choose one of the list (`sma cloud list instances`).",
  "account-in-jobs": ({ count, account }, { format }) =>
    `the account ${account} cannot be removed: ${format.integer(count)} ${count === 1 ? "unfinished job needs" : "unfinished jobs need"} it`,
  "account-in-cloud": ({ count, account }, { format }) =>
    `the account ${account} cannot be removed: ${format.integer(count)} ${count === 1 ? "thing" : "things"} in the cloud were made with it`,
  "free-account-first": () =>
    "Finish or cancel those jobs, and remove instances that use it; `sma doctor --orphans` lists the rest.",
  "spec-lacks-place": ({ instance }) =>
    `${instance} has no instance type, vSwitch and security group to be made with`,
  "until-made": ({ what }) => `${what} is made`,
  "old-image-unrecorded": ({ instance }) => `the image of ${instance}'s old system disk is not on record`,
  "until-disk-kept": () => "the old disk is kept",
  "until-disk-replaced": () => "the system disk is replaced",
  "disk-not-in-cloud": ({ disk }) => `the disk ${disk} is not in the cloud any more`,
  "until-disk-placed": ({ what }) => `${what} is where it belongs`,
  "old-disk-not-kept": () => "the old system disk could not be kept; nothing was changed",
  "image-not-here": ({ path }) => `the image ${path} is not on this machine`,
  "disk-image-not-in-cloud": ({ disk }) => `the image of disk ${disk} is not in the cloud any more`,
  "nothing-received": ({ disk, instance }) => `nothing was received for disk ${disk} of ${instance}`,
  "instance-not-in-cloud": ({ id }) => `${id} is not in the cloud any more`,
  "remove-here-too": () => "Remove it here as well (`sma instance remove`).",
  "until-instance-is": ({ what, state }) => `${what} is ${state}`,
  "instance-here-already": ({ id, name }) => `${id} is here already, as ${name}`,
  "no-instance-with-disk": ({ id, region }) => `there is no ${id} with a system disk in ${region}`,
  "cloud-refused-so": ({ action, text }) => `${action} was refused: ${text}`,
  "cloud-names-too-much": ({ action, most }, { format }) =>
    `${action} names more than ${format.integer(most)} things`,
  "dry-run-done": ({ action }) => `${action}: the dry run was answered as if it had been done`,
  "cloud-request-stopped": () => "the request to the cloud was stopped",
  "endpoint-silent": ({ endpoint, text }) => `${endpoint} did not answer: ${text}`,
  "cloud-reply-field": ({ action, field }) => `the reply to ${action} is not understood: ${field}`,
  "no-longer-waiting": ({ what }, { tell }) =>
    `no longer waiting until ${tell(what)}; it goes on in the cloud`,
  "until-gone": ({ what }) => `${what} is gone`,
  "several-alike": ({ count, what }) =>
    `${count} ${what}s in the cloud carry the same tags; which of them is ours cannot be told`,
  "remove-unneeded-in-console": () =>
    "Remove those that are not needed in the cloud's console, then try again.",
  "token-ended": ({ account, at }) => `the temporary credentials of ${account} ended at ${at}`,
  "set-new-token": () =>
    "Get new ones and set them in the settings, or with `sma cloud set`, then resume: nothing that was sent is sent again.",
  "new-account-wants-secret": () => "a new account needs its accessKeySecret",
  "other-endpoints-want-secret": () => "other endpoints want the accessKeySecret again",
  "cloud-not-ready": ({ because }, { tell }) => `the cloud is not ready for this: ${tell(because)}`,
  "no-importable-image": () => "a disk has no image in a format that the cloud imports (qcow2, vhd, raw)",
  "cloud-imports-others": ({ importable, formats }, { format }) =>
    `the cloud imports ${format.list(importable)}, not ${format.list(formats)}`,
  "add-qcow2": () => "Add the format qcow2.",
  "image-takes-fewer-disks": ({ count }) => `${count} disks are more than an image in the cloud takes`,
  "disk-larger-than-cloud": ({ path, size, most }, { format }) =>
    `${path} has ${format.integer(size)} GiB, and the cloud takes ${format.integer(most)}`,
  "no-such-architecture": ({ architecture }) => `ECS has no machines of the architecture ${architecture}`,
  "cloud-image-not-made": () => "the cloud could not make the image of the uploaded files",
  "see-import-task": () => "See the task in the ECS console for the reason; then resume.",
  "until-imported": () => "the image is imported",
  "object-not-ours": ({ name, size }, { format }) =>
    `${name} is there and is not this upload's: it has ${format.bytes(size)}`,
  "part-lost": ({ part }) => `part ${part} is not in the bucket although it was sent`,
  "object-lost": ({ name }) => `${name} is not there although its upload was completed`,
  "cloud-refused": ({ says, code }, { tell }) => `${tell(says)} (${code})`,
  "cloud-refused-action": ({ says, action, code }, { tell }) => `${tell(says)}: ${action} (${code})`,
};
