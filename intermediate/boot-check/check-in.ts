/**
 * What the system says of itself from inside: a script that is put into the boot check's own throwaway overlay, runs
 * once when the system is up, and writes to a second serial port that only the boot check has.
 */
import { bootCheckInSchema, type BootCheckIn } from "../../common/domain/boot-verdict.ts";
import type { GuestSummary } from "../../common/domain/conversion.ts";
import type { Told } from "../../common/domain/remark.ts";
import { told } from "../../common/domain/report-text/told.ts";
import { attempt, type Result } from "../../common/result.ts";
import { Appliance } from "../conversion/appliance.ts";
import { shellWord } from "../conversion/guest-tree.ts";

const [begin, end] = ["sma-check-in begin", "sma-check-in end"];

/** Plain sh and awk: they are on every system that this is about. */
const script = String.raw`#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
n=0
while [ $n -lt 90 ]; do
  case $(systemctl is-system-running 2>/dev/null) in initializing|starting) sleep 1;; *) break;; esac
  n=$((n+1))
done
{
  echo "${begin}"
  echo "kernel=$(uname -r)"
  echo "init=$(cat /proc/1/comm 2>/dev/null)"
  awk '$2 == "/" && $1 != "rootfs" { device = $1; type = $3 } END { print "root=" device " " type }' /proc/mounts
  awk 'NR == FNR { mounted[$2] = 1; next }
    /^[ \t]*(#|$)/ || $3 == "swap" || $2 !~ /^\// || $4 ~ /(^|,)(noauto|nofail|x-systemd.automount)(,|$)/ { next }
    !($2 in mounted) { print "unmounted=" $2 }' /proc/mounts /etc/fstab
  wanted=$(awk '!/^[ \t]*#/ && $3 == "swap" && $4 !~ /noauto|nofail/ { n++ } END { print n + 0 }' /etc/fstab)
  [ "$wanted" -gt 0 ] && echo "swap=$([ $(awk 'NR > 1' /proc/swaps | wc -l) -ge "$wanted" ] && echo yes || echo no)"
  if command -v sshd >/dev/null 2>&1; then
    i=0
    while [ $i -lt 20 ]; do
      awk '$2 ~ /:0016$/ && $4 == "0A" { found = 1 } END { exit !found }' /proc/net/tcp /proc/net/tcp6 2>/dev/null && break
      i=$((i+1)); sleep 1
    done
    echo "sshd=$([ $i -lt 20 ] && echo yes || echo no)"
  fi
  systemctl list-units --state=failed --plain --no-legend 2>/dev/null | awk '{ print "failed=" $1 }'
  echo "${end}"
} > /dev/ttyS1 2>/dev/null
`;

const unit = `[Unit]
Description=Boot check of a migration; not in the migrated system
After=multi-user.target

[Service]
Type=simple
ExecStart=/bin/sh /.sma-check-in
`;

const labelScript = `. /etc/selinux/config && setfiles -F "/etc/selinux/$SELINUXTYPE/contexts/files/file_contexts" \
  /.sma-check-in /etc/systemd/system/sma-check-in.service`;

/** Puts the check-in into a system; `overlays` are thrown away after the boot. */
export async function injectCheckIn(
  overlays: readonly string[],
  guest: GuestSummary,
  signal: AbortSignal,
): Promise<Result<void>> {
  const appliance = await Appliance.start({ overlays, signal });
  if (!appliance.ok) return appliance;
  try {
    return await attempt(async () => {
      const session = appliance.value;
      const subvolume = guest.rootSubvolume === null ? "" : `subvol=${guest.rootSubvolume}`;
      await session.must("mount-options", subvolume, guest.rootDevice, "/");
      await session.must("write", "/.sma-check-in", script);
      const wants = "/etc/systemd/system/multi-user.target.wants";
      const inittab = "/sysroot/etc/inittab";
      await session.must("mkdir-p", wants);
      await session.must("write", "/etc/systemd/system/sma-check-in.service", unit);
      await session.must(
        "ln-sf",
        "/etc/systemd/system/sma-check-in.service",
        `${wants}/sma-check-in.service`,
      );
      // A system that enforces SELinux's policy starts nothing without a label. Where this is not possible, it is silent.
      await session.command("sh", labelScript);
      const line = shellWord("sma:2345:once:/bin/sh /.sma-check-in");
      await session.shell(`[ -f ${inittab} ] && echo ${line} >> ${inittab}; true`);
      await session.must("umount-all");
    });
  } finally {
    await appliance.value.close();
  }
}

/** What was said on the second serial port; null until it was said to the end. */
export function parseCheckIn(text: string): BootCheckIn | null {
  const start = text.indexOf(begin);
  const stop = text.indexOf(end, start);
  if (start < 0 || stop < 0) return null;
  const lines = text.slice(start, stop).split(/\r?\n/);
  const values = (key: string): string[] =>
    lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1).trim());
  const answer = (key: string): boolean | null => {
    const value = values(key)[0];
    return value === undefined ? null : value === "yes";
  };
  const parsed = bootCheckInSchema.safeParse({
    kernel: values("kernel")[0] ?? "",
    init: values("init")[0] ?? "",
    root: values("root")[0] ?? "",
    unmounted: values("unmounted"),
    swap: answer("swap"),
    sshd: answer("sshd"),
    failedUnits: values("failed"),
  });
  return parsed.success ? parsed.data : null;
}

/** The check has no network: what fails for that alone says nothing about the system. */
const needsNetwork =
  /^(?:networking|NetworkManager-wait-online|systemd-networkd-wait-online|network|ifup@.*|dhcpcd|cloud-.*|chrony.*|ntp.*)\.service$/;

/** What is missing in a system that is up; empty where it is whole. */
export function shortcomings({ unmounted, swap, sshd, failedUnits }: BootCheckIn): Told[] {
  const failed = failedUnits.filter((name) => !needsNetwork.test(name));
  return [
    ...(unmounted.length > 0 ? [told({ kind: "boot-not-mounted", mountPoints: unmounted })] : []),
    ...(swap === false ? [told({ kind: "boot-no-swap" })] : []),
    ...(sshd === false ? [told({ kind: "boot-no-sshd" })] : []),
    ...(failed.length > 0 ? [told({ kind: "boot-units-failed", units: failed })] : []),
  ];
}
