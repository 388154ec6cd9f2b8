import type { cloudErrorsFaults } from "../../../faults/cloud-errors.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

export const cloudErrors: Pick<RemarkTexts, keyof typeof cloudErrorsFaults> = {
  "access-key-unknown": () => "the cloud does not know this AccessKey ID",
  "check-access-key": () =>
    "Check the AccessKey ID in the RAM console, and set it again in the settings, or with `sma cloud set`.",
  "access-key-disabled": () => "the AccessKey is disabled",
  "enable-access-key": () =>
    "Enable the key in the RAM console, or set another in the settings, or with `sma cloud set`.",
  "credentials-ended": () => "the temporary credentials have ended or do not belong together",
  "renew-credentials": () =>
    "Get new temporary credentials and set key and token again (in the settings, or with `sma cloud set`), then resume: nothing that was sent is sent again.",
  "secret-other": () => "the signature does not fit: the AccessKey secret is another one",
  "set-secret-again": () => "Set the AccessKey secret again in the settings, or with `sma cloud set`.",
  "clock-off-cloud": () => "this machine's clock differs from the cloud's by more than 15 minutes",
  "set-own-clock": () => "Set this machine's clock.",
  "may-not-create-paid": () => "this RAM user may not create what is paid for",
  "use-account-key": () =>
    "Use a key of the account itself, or let the RAM user create instances and disks. Accounts of service providers often may not; then the cloud's support has to allow it.",
  "ecs-may-not-read-bucket": () => "ECS may not read the bucket",
  "give-import-role": () =>
    "Give ECS the role AliyunECSImageImportDefaultRole once, in the ECS console under Images, Import Image, Authorize.",
  "ecs-may-not-read-file": () => "ECS may not read the uploaded file",
  "let-role-read-bucket": () =>
    "Let the role AliyunECSImageImportDefaultRole read the bucket, and remove bucket policies that deny it.",
  "permission-lacking": () => "the credentials lack a permission",
  "let-user-do-named": () =>
    "Let the RAM user do the named action; `sma cloud check lists` all that are missing.",
  "balance-lacking": () => "the account's balance or payment does not cover it",
  "top-up": () => "Top up the account or see to its payment, then resume: nothing is lost.",
  "not-verified": () => "the account's real-name verification is not done",
  "finish-verification": () => "Finish it in the account's console, then resume.",
  "too-many-cloud-requests": () => "the cloud takes no more requests for the moment",
  "resume-later-others-call": () => "Resume later; other programs of this account may be calling as well.",
  "images-full": () => "the account has as many custom images as it may have",
  "delete-images": () =>
    "Delete images that are no longer needed, or have the quota raised in the Quota Center.",
  "snapshots-full": () => "the disk has as many snapshots as it may have",
  "delete-snapshots": () => "Delete snapshots that are no longer needed.",
  "quota-used-up": () => "a quota of the account is used up",
  "free-quota": () => "Remove what is no longer needed, or have the quota raised in the Quota Center.",
  "no-stock": () => "there is none of this instance type or disk category in the zone now",
  "choose-other-type-or-zone": () =>
    "Choose another instance type, disk category or a vSwitch in another zone.",
  "image-name-taken": () => "the account has an image of that name in the region",
  "rename-image": () => "Rename or remove that image, then resume.",
  "bucket-absent": () => "there is no such OSS bucket in the region",
  "choose-bucket-in-region": () =>
    "Choose a bucket that is in the region of the target (`sma cloud list buckets`).",
  "file-left-bucket": () => "the uploaded file is not in the bucket any more",
  "see-who-removes-file": () =>
    "See that no lifecycle rule or person removes it, then resume: it is uploaded again.",
  "upload-ended-by-other": () => "the upload was ended by somebody else",
  "see-who-ends-uploads": () =>
    "See that no lifecycle rule of the bucket ends unfinished uploads so early, then resume.",
  "platform-not-taken": () => "the cloud does not take this platform, architecture or boot mode",
  "see-what-ecs-takes": () => "See docs/CLOUD.md for what ECS takes.",
  "size-or-format-not-taken": () => "the cloud does not take an image of this size or format",
  "choose-smaller-layout": () =>
    "Choose a smaller layout for the disks (file replication), or another disk category.",
  "other-operation-runs": () => "the resource is in the middle of another operation",
  "wait-for-operation": () => "Wait until that has ended, then go on.",
  "request-with-other-parameters": () => "the same request was made before with other parameters",
  "report-with-diagnostics": () => "Report it with the diagnostics bundle.",
  "locked-for-security": () => "the cloud has locked the instance or disk for security",
  "have-lock-lifted": () => "Have the lock lifted in the console (it names the reason), then go on.",
  "protected-from-deletion": () => "the instance is protected from deletion",
  "lift-protection": () => "Take the protection away in the console, then go on.",
  "region-unknown": () => "the account has no such region",
  "choose-region": () => "Choose one of the list (`sma cloud list regions`).",
  "named-thing-absent": () => "what the request names is not there",
  "see-whether-removed": () =>
    "See in the console whether it was removed; `sma cloud list shows` what there is.",
  "cloud-fault": () => "the cloud has a fault of its own",
  "resume-after-fault": () => "Resume later; the cloud's status page tells of faults.",
};
