/** The failures that an admin meets most, and what helps. See remark.ts. */
import { z } from "zod";
import { toldSchema } from "../remark-base.ts";

const text = z.string();
const texts = z.array(text).readonly();
const count = z.number().int().nonnegative();
const nothing: z.ZodType<object> = z.object({});
const atAddress = z.object({ host: text, port: count });
const ofFile = z.object({ file: text });

const reachingRemarks = {
  "no-answer": z.object({ host: text, port: count, seconds: count }),
  "name-unknown": z.object({ host: text }),
  "name-server-silent": z.object({ host: text }),
  "connection-refused": atAddress,
  "silent-host": atAddress,
  "no-route": z.object({ host: text }),
  "closed-at-once": atAddress,
  "not-reached": z.object({ address: text, text }),
  "handshake-failed": z.object({ address: text, text }),
  "handshake-closed": z.object({ address: text }),
  "line-lost": z.object({ where: text, text }),
  /** `problems`: keys that could not be used; `text`: the server's own words. */
  "login-refused": z.object({
    who: text,
    tried: texts,
    offered: texts,
    problems: texts,
    text: text.nullable(),
  }),
  "check-user-and-legacy-key": nothing,
  "host-key-new": z.object({ host: text, port: count, keyType: text, fingerprint: text }),
  "host-key-other": z.object({ host: text, port: count, pinned: text, keyType: text, shown: text }),
  "nothing-in-common": z.object({ address: text, missing: text }),
  "update-ssh-server": nothing,
  "sudo-not-allowed": z.object({ text }),
  "allow-sudo": nothing,
  "sudo-absent": z.object({ method: text }),
  "be-root-or-install": nothing,
  "sudo-wants-password": nothing,
  "give-sudo-password": nothing,
  "password-not-accepted": z.object({ method: text }),
  "key-file-closed": ofFile,
  "give-passphrase": nothing,
  "passphrase-wrong": ofFile,
  "give-right-passphrase": nothing,
  "key-file-public": ofFile,
  "agent-directory-none": z.object({ source: text, refusals: texts }),
  "agent-start-failed": z.object({ text }),
  "agent-not-heard": z.object({ text }),
  "ports-closed": z.object({ controlPort: count, dataPort: count, hosts: texts }),
  "open-ports": nothing,
};

/** What stands between the assistant and a Windows server's WinRM. */
export const windowsRemarks = {
  "winrm-switched-off": z.object({ scheme: z.enum(["http", "https"]) }),
  "winrm-silent": z.object({ scheme: z.enum(["http", "https"]) }),
  "no-tls": atAddress,
  "use-tls-port": nothing,
  "tls-too-old": z.object({ host: text }),
  "tls-hangs-up": atAddress,
  "check-https-listener": nothing,
  "windows-login-refused": nothing,
  "windows-login-over": nothing,
  "check-windows-login": z.object({ clockMinutes: count.nullable() }),
  "clock-apart": z.object({ minutes: count }),
  "set-clocks": nothing,
  "winrm-refuses-client": nothing,
  "check-winrm-filters": nothing,
  "not-winrm": nothing,
  "check-winrm-port": nothing,
  "winrm-message-too-large": nothing,
  "raise-envelope-limit": nothing,
  "winrm-down": nothing,
  "restart-winrm": nothing,
  "odd-http-status": z.object({ status: count }),
  "check-port-and-proxy": nothing,
  "proxy-answers": z.object({ status: count }),
  "avoid-proxy": nothing,
};

const jobRemarks = {
  /** By their codes. */
  "findings-block": z.object({ findings: texts }),
  "disk-too-large": z.object({ disk: text, format: text.nullable() }),
  "disks-too-many": z.object({ count }),
  "disk-gone": z.object({ disk: text }),
  "disk-resized": z.object({ disk: text, actualBytes: count, plannedBytes: count }),
  "no-fixed-disk": nothing,
  "name-the-disks": nothing,
  "ranges-differ": z.object({ count }),
  "hashes-differ": nothing,
  "windows-without-virtio": nothing,
  "did-not-boot": z.object({ because: toldSchema }),
  "no-room-for-images": z.object({ freeBytes: count, neededBytes: count }),
  "no-room-at": z.object({ path: text, freeBytes: count, neededBytes: count }),
  "reserve-reached": z.object({ path: text, freeBytes: count, reserveBytes: count }),
  "port-in-use": z.object({ listener: text, port: count }),
  "port-not-allowed": z.object({ listener: text, port: count }),
  "program-absent": z.object({ program: text }),
  "install-packages": z.object({ command: text }),
  "check-file": nothing,
  "conversion-lacks": z.object({ program: text }),
  "conversion-lacks-kernel": nothing,
  "kernel-unreadable": z.object({ folder: text }),
  "appliance-failed": nothing,
  "test-appliance": nothing,
  "no-room-in-boot": nothing,
  "free-room-in-boot": nothing,
};

export const usualFaults = { ...reachingRemarks, ...windowsRemarks, ...jobRemarks };
