import type { usualFaults } from "../../../faults/usual.ts";
import type { RemarkTexts } from "../../remark-texts.ts";
import { windowsFaults } from "./windows.ts";

export const usual: Pick<RemarkTexts, keyof typeof usualFaults> = {
  ...windowsFaults,
  "no-answer": ({ host, port, seconds }) => `${host}:${port} did not answer within ${seconds} s`,
  "name-unknown": ({ host }) => `the host name ${host} is not known`,
  "name-server-silent": ({ host }) =>
    `the host name ${host} cannot be looked up now: the name server does not answer`,
  "connection-refused": ({ host, port }) => `${host} refuses connections on port ${port}`,
  "silent-host": ({ host, port }) => `${host}:${port} did not answer`,
  "no-route": ({ host }) => `there is no route to ${host}`,
  "closed-at-once": ({ host, port }) => `${host}:${port} closed the connection at once`,
  "not-reached": ({ address, text }) => `${address} cannot be reached: ${text}`,
  "handshake-failed": ({ address, text }) => `${address} does not complete the SSH handshake: ${text}`,
  "handshake-closed": ({ address }) => `${address} closed the connection during the SSH handshake`,
  "line-lost": ({ where, text }) => `${where}: ${text}`,
  "login-refused": ({ who, tried, offered, problems, text }) =>
    `${who} ${
      tried.length === 0
        ? `the server accepts ${offered.join(", ") || "nothing"}, and nothing of that was given`
        : `refused ${tried.join(", ")}`
    }${text === null ? "" : `: ${text}`}${problems.length === 0 ? "" : ` (${problems.join("; ")})`}`,
  "check-user-and-legacy-key": () =>
    "Check user and key. A server that knows only SHA-1 signatures (OpenSSH before 7.2) accepts RSA keys after legacy algorithms are switched on for it.",
  "host-key-new": ({ host, port, keyType, fingerprint }) =>
    `the host key of ${host}:${port} is not known: ${keyType} ${fingerprint}`,
  "host-key-other": ({ host, port, pinned, keyType, shown }) =>
    `the host key of ${host}:${port} has changed: pinned is ${pinned}, the host shows ${keyType} ${shown}`,
  "nothing-in-common": ({ address, missing }) => `${address} and this program have no ${missing} in common`,
  "update-ssh-server": () => "The server offers nothing that this program knows: update its SSH server.",
  "sudo-not-allowed": ({ text }) => `this user may not use sudo: ${text}`,
  "allow-sudo": () => "Allow this user in sudoers, or use another account.",
  "sudo-absent": ({ method }) => `${method} is not installed on the source`,
  "be-root-or-install": () => "Log in as root, or install it.",
  "sudo-wants-password": () => "sudo wants a password and none was given",
  "give-sudo-password": () => "Give the sudo password, or allow NOPASSWD for this user.",
  "password-not-accepted": ({ method }) => `${method} did not accept the password`,
  "key-file-closed": ({ file }) => `key file ${file} is encrypted and no passphrase was given`,
  "give-passphrase": () => "Give the key's passphrase, or load the key into ssh-agent.",
  "passphrase-wrong": ({ file }) => `the passphrase does not open key file ${file}`,
  "give-right-passphrase": () => "Give the right passphrase for this key.",
  "key-file-public": ({ file }) => `${file} holds a public key; the private key is wanted`,
  "agent-directory-none": ({ source, refusals }) =>
    `no directory of ${source} takes the agent: ${refusals.join("; ")}`,
  "agent-start-failed": ({ text }) => `the agent does not start: ${text}`,
  "agent-not-heard": ({ text }) => `the agent runs but does not reach the intermediate: ${text}`,
  "ports-closed": ({ controlPort, dataPort, hosts }) =>
    `the source cannot open ports ${controlPort} and ${dataPort} on ${hosts.join(", ")}`,
  "open-ports": () =>
    "Open these ports outbound on the source and inbound here, or name an address that the source can reach with --advertise.",

  "findings-block": ({ findings }) =>
    `the assessment found what stops this migration: ${findings.join(", ")}`,
  "disk-too-large": ({ disk, format }) =>
    `${disk} is larger than ${format === null ? "the target takes" : `a ${format} image may be`}`,
  "disks-too-many": ({ count }) => `${count} disks are more than the target takes`,
  "disk-gone": ({ disk }) => `${disk}, which earlier runs copied, is not there any more`,
  "disk-resized": ({ disk, actualBytes, plannedBytes }) =>
    `${disk} has ${actualBytes} bytes now; the replica was made for ${plannedBytes}`,
  "no-fixed-disk": () => "the assessment found no fixed disk on the source",
  "name-the-disks": () => "Name the disks with --disk.",
  "ranges-differ": ({ count }) => `source and replica differ in ${count} range(s)`,
  "hashes-differ": () => "the tree hashes of source and replica are not equal",
  "windows-without-virtio": () =>
    "this Windows lacks virtio drivers, and the plan names no folder with them: it would find no disk or no network on the target",
  "did-not-boot": ({ because }, { tell }) => `the result did not boot: ${tell(because)}`,
  "no-room-for-images": () => "there is not enough room for the images",
  "no-room-at": ({ path, freeBytes, neededBytes }) =>
    `${path} has ${freeBytes} bytes free, at least ${neededBytes} and a reserve are needed`,
  "reserve-reached": ({ path, freeBytes, reserveBytes }) =>
    `${path} has only ${freeBytes} bytes left, less than the reserve of ${reserveBytes}`,
  "port-in-use": ({ listener, port }) => `the ${listener} port ${port} is in use`,
  "port-not-allowed": ({ listener, port }) => `the ${listener} port ${port} may not be used by this account`,
  "program-absent": ({ program }) => `the program ${program} is not installed`,
  "install-packages": ({ command }) => `Install it, on Debian: ${command}`,
  "check-file": () => "Check the path, and that this account may read the file.",
  "conversion-lacks": ({ program }) =>
    `disks cannot be converted here: the program ${program} is not installed`,
  "conversion-lacks-kernel": () =>
    "disks cannot be converted here: libguestfs needs a kernel with its modules",
  "kernel-unreadable": ({ folder }) =>
    `disks cannot be converted here: this user may not read a kernel in ${folder}`,
  "appliance-failed": () => "libguestfs could not start its appliance",
  "test-appliance": () => "Run `libguestfs-test-tool` as this user; `sma doctor` says what it needs.",
  "no-room-in-boot": () => "there is no room in /boot for the drivers that the initramfs lacks",
  "free-room-in-boot": () =>
    "Free room in /boot on the source (old kernels, for example), then sync and convert again.",
};
