import { sharedByScripts } from "./scripts.ts";
import type { LogicalVolume, VolumeFacts, VolumePiece } from "./snapshot-plan.ts";

/**
 * Tells what planSnapshots wants to know, changing nothing. $1 job, $2… disks. Prints `no-lvm` where there is none; else
 * `mount DEVICE POINT` (escaped as in mountinfo), `place DEVICE SECTOR DISK`, `table DEVICE …`, and LVM's own reports
 * as `vg|…`, `lv|…`, `pv|DEVICE|…`.
 */
export const surveyVolumes = `${sharedByScripts}
for tool in lvs vgs pvs lvcreate lvremove dmsetup; do
  command -v $tool >/dev/null 2>&1 || { echo no-lvm; exit 0; }
done
shift
for disk in "$@"; do
  name=$(basename "$(readlink -f "$disk")")
  [ -e "/sys/class/block/$name/dev" ] || continue
  say place "$(cat "/sys/class/block/$name/dev")" 0 "$disk"
  for part in "/sys/class/block/$name/$name"*; do
    [ -e "$part/partition" ] && say place "$(cat "$part/dev")" "$(cat "$part/start")" "$disk"
  done
done
seen=" "
while read -r id parent device root point options rest; do
  case ",$options," in *,ro,*) continue ;; esac
  tail=\${rest#*- }; type=\${tail%% *}; tail=\${tail#* }; from=\${tail%% *}
  case $type in ext2|ext3|ext4|xfs|btrfs|jfs|f2fs|nilfs2|reiserfs|vfat) ;; *) continue ;; esac
  # btrfs has a device number of its own.
  [ -e "/sys/dev/block/$device" ] || device=$(cat "/sys/class/block/$(basename "$(readlink -f "$from")")/dev" 2>/dev/null)
  case $seen in *" $device "*) continue ;; esac
  seen="$seen$device "
  say mount "$device" "$point"
  case $(readlink -f "/sys/dev/block/$device") in */dm-*)
    dmsetup table -j "\${device%:*}" -m "\${device#*:}" 2>/dev/null | while read -r line; do say table "$device" "$line"; done ;;
  esac
done < /proc/self/mountinfo
report() { tool=$1; shift; $tool --noheadings --nosuffix --units b --separator '|' -o "$@" 2>/dev/null | sed "s/^ */$prefix|/"; }
prefix=vg report vgs vg_name,vg_free,vg_extent_size,vg_attr
prefix=lv report lvs vg_name,lv_name,lv_size,lv_kernel_major,lv_kernel_minor
prefix=pv report pvs pv_name,vg_name,dev_size,pe_start,pv_pe_count | while IFS='|' read -r word name rest; do
  say "pv|$(cat "/sys/class/block/$(basename "$(readlink -f "$name")")/dev" 2>/dev/null)|$name|$rest"
done
`;

const sector = 512;
/** `printf`-style octal escapes of /proc/self/mountinfo. */
export const readablePath = (mount: string): string =>
  mount.replaceAll(/\\(\d{3})/g, (_match, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** Null where the source has no LVM. Lines that are not understood are left out. */
export function parseVolumeFacts(text: string): VolumeFacts | null {
  const lines = text.split("\n");
  if (lines.includes("no-lvm")) return null;
  const matching = (pattern: RegExp): string[][] =>
    lines.flatMap((line) => {
      const match = pattern.exec(line);
      return match === null ? [] : [match.slice(1)];
    });
  const tables = matching(/^table (\S+) (.*)$/);
  const volumes = matching(/^lv\|([^|]+)\|([^|]+)\|(\d+)\|(\d+)\|(\d+)$/).map(
    ([group = "", name = "", bytes = "", major = "", minor = ""]): LogicalVolume => {
      const device = `${major}:${minor}`;
      const own = tables.filter(([of]) => of === device).map(([, line = ""]) => line);
      return { group, name, bytes: Number(bytes), device, pieces: piecesOf(own) };
    },
  );
  return {
    mounts: matching(/^mount (\S+) (\S+)$/).map(([device = "", point = ""]) => ({
      device,
      point: readablePath(point),
    })),
    places: matching(/^place (\S+) (\d+) (.+)$/).map(([device = "", start = "", disk = ""]) => ({
      device,
      disk,
      start: Number(start) * sector,
    })),
    volumes,
    groups: matching(/^vg\|([^|]+)\|(\d+)\|(\d+)\|(.*)$/).map(
      ([name = "", free = "", extent = "", attributes = ""]) => ({
        name,
        freeBytes: Number(free),
        extentBytes: Number(extent),
        isShared: /^.....[cs]/.test(attributes),
      }),
    ),
    physical: matching(/^pv\|([^|]*)\|([^|]+)\|([^|]+)\|(\d+)\|(\d+)\|(\d+)$/).map(
      ([device = "", path = "", group = "", bytes = "", start = "", extents = ""]) => ({
        path,
        device,
        group,
        bytes: Number(bytes),
        dataStart: Number(start),
        extents: Number(extents),
      }),
    ),
  };
}

function piecesOf(table: readonly string[]): VolumePiece[] | null {
  if (table.length === 0) return null;
  const pieces = table.map((line) => {
    const match = /^(\d+) (\d+) linear (\d+:\d+) (\d+)$/.exec(line.trim());
    if (match === null) return null;
    const [, start = "", length = "", device = "", deviceStart = ""] = match;
    return {
      start: Number(start) * sector,
      length: Number(length) * sector,
      device,
      deviceStart: Number(deviceStart) * sector,
    };
  });
  return pieces.every((piece) => piece !== null) ? pieces : null;
}
