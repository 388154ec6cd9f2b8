import type { LogTexts } from "../log-texts.ts";
import { several } from "./plural.ts";

const things = {
  "agent-directory": "the agent on the source",
  "intermediate-job": "the replica",
  receipt: "the receipt",
  "consistent-moment": "the hold on the source",
  delivery: "what was left in the cloud",
} as const;

const checksums = {
  automatic: "hashed on arrival while there is room",
  arrival: "all hashed on arrival",
  proof: "hashed when read back",
} as const;

export const log: LogTexts = {
  failed: ({ message }) => message,
  retrying: ({ message, seconds }, { format }) => `${message}; trying again in ${format.duration(seconds)}`,
  stopped: ({ goesOn }) => (goesOn ? "stopped until the assistant is back" : "stopped; it can be resumed"),
  "clock-set": ({ seconds }, { format }) =>
    `this machine's clock was set ${seconds < 0 ? "back" : "forward"} by ${format.duration(Math.abs(seconds))}`,
  expired: ({ days }, { format }) => `expired: nobody has run it for ${several(format, days, "day")}`,
  "clean-up-failed": ({ thing, message }) => `${things[thing]} could not be removed: ${message}`,

  "disks-chosen": ({ count }, { format }) => `${several(format, count, "disk")} to migrate`,
  "new-disks-not-copied": ({ count }, { format }) =>
    `the source has ${several(format, count, "new disk")}, which this job does not copy`,
  "layout-planned": ({ count }, { format }) => `the files go into ${several(format, count, "new disk")}`,
  "left-out": ({ mountPoint, entries, bytes }, { format }) =>
    `${mountPoint}: ${format.bytes(bytes)} in ${format.integer(entries)} entries are left out`,
  "intermediate-listens": ({ controlPort, dataPort }) =>
    `the intermediate listens on ports ${controlPort} and ${dataPort}`,
  "agent-runs": ({ directory }) => `the agent runs in ${directory}`,

  "intermediate-restarted": () => "the intermediate was started again",
  "agent-restarted": () => "the agent was gone and has been started again",
  "agent-remark": ({ text }) => `the agent says: ${text}`,
  "sync-paused": ({ window }) =>
    window === null
      ? "the sync is paused"
      : `the sync is paused: its transfer window is ${window.from} to ${window.to}`,
  "sync-goes-on": () => "the sync goes on",
  "sync-tuned": ({ level, rateBytesPerSecond, loadPercent, checksum }, { format }) =>
    [
      `the sync is tuned: ${level === null ? "no compression" : `zstd level ${level}`}`,
      rateBytesPerSecond === 0
        ? "no bandwidth limit"
        : `at most ${format.bytes(rateBytesPerSecond)} a second`,
      ...(loadPercent === 100 ? [] : [`${loadPercent} % of a busy source`]),
      ...(checksum === undefined ? [] : [checksums[checksum]]),
    ].join(", "),
  "still-written": ({ passes }) =>
    passes === 1
      ? "the source is still being written: the pass found changes"
      : `the source is still being written: the last of ${passes} passes found changes`,
  "unreadable-zeroed": ({ ranges }, { format }) =>
    `${several(format, ranges, "range")} of the source could not be read: there are zeros in the replica instead`,

  "snapshots-made": ({ volumes }, { format }) => `snapshots for the last pass: ${format.list(volumes)}`,
  "snapshots-removed": () => "the snapshots are removed",
  "no-snapshots": ({ why }) => `no snapshots: ${why}`,
  "snapshots-lost": ({ why }) => `${why}; the disks are copied again without`,
  "read-as-it-is": ({ mountPoint, why }) => `${mountPoint} is read as it is: ${why}`,
  frozen: ({ mountPoints }, { format }) => `frozen for the last pass: ${format.list(mountPoints)}`,
  thawed: ({ seconds }) => `thawed after ${seconds.toFixed(1)} s`,
  "held-still-note": ({ text }) => `holding the source still: ${text}`,
  "hook-done": ({ when, number, count }) => `hook ${number} of ${count} ${when} the last pass is done`,

  "copying-differing": () => "copying again what the last verification found different",
  "conversion-off": () => "the conversion was switched off: the replica is used as it is",
  "old-layout-names": () => "the system's own files still speak of the old layout: it may not start",
  converted: ({ what }) => `converted: ${what}`,
  "conversion-note": ({ text }) => `conversion: ${text}`,
  "laid-out": ({ mountPoint, entries, bytes }, { format }) =>
    `${mountPoint}: ${format.integer(entries)} entries with ${format.bytes(bytes)} are in the new layout`,
  "boot-check-off": () => "the boot check was switched off: nobody knows yet whether this boots",
  "boots-after-repair": ({ remedy }) => `it booted only after a repair: ${remedy}`,
  "boots-degraded": ({ evidence }) => `it boots, but not whole: ${evidence}`,
  "old-images-removed": ({ count }, { format }) =>
    `${several(format, count, "image")} of earlier runs removed`,
  "image-delivered": ({ id, name, region }) => `the image is in the cloud: ${id} (${name}) in ${region}`,
  "receipt-signed": ({ path }) => `the receipt is signed: ${path}`,
};
