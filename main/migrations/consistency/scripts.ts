/**
 * POSIX sh that makes a source hold still for the last pass of a sync and lets go of it again, whatever dies. State is
 * in memory (a tmpfs), since nothing can be written to a frozen filesystem; `on` in it means that the moment lasts.
 * Works with util-linux and with BusyBox.
 */

const common = `
# Not echo, which in some shells understands the escapes that mount points have.
say() { printf '%s\\n' "$*"; }
memory() {
  for base in /run /dev/shm; do
    [ -d "$base" ] && [ ! -L "$base" ] && [ "$(stat -f -c %T "$base" 2>/dev/null)" = tmpfs ] || continue
    echo "$base"; return 0
  done
  return 1
}
base=$(memory) || { echo "no-memory"; exit 0; }
state=$base/sma-moment-$1
`;

/** Ends by itself when \`on\` is gone; at its hour it thaws what may be frozen and runs the hooks that were to follow. */
const watchdog = `
state=$1; left=$2; frozen=$3
while [ "$left" -gt 0 ]; do
  sleep 1
  [ -e "$state/on" ] || exit 0
  if [ -e "$state/frozen" ] && [ "$left" -gt "$frozen" ]; then left=$frozen; fi
  left=$((left - 1))
done
: > "$state/fired"
if [ -e "$state/mounts" ]; then
  while read -r point; do fsfreeze -u "$(printf %b "$point")"; done < "$state/mounts"
fi
[ -e "$state/after" ] && sh "$state/after"
`;

/**
 * Begins the moment: starts the watchdog. $1 job, $2 seconds until it ends the moment in any case, $3 seconds that
 * filesystems may be frozen, $4 the commands that must follow (sh). Prints \`on\`, or \`no-memory\`.
 */
export const beginMoment = `${common}
mkdir -m 700 "$state" || exit 1
: > "$state/on"
[ -n "$4" ] && printf '%s\\n' "$4" > "$state/after"
if command -v setsid >/dev/null 2>&1; then detach=setsid; else detach=nohup; fi
$detach sh -c '${watchdog.replaceAll("'", `'\\''`)}' sma-watchdog "$state" "$2" "$3" </dev/null >/dev/null 2>&1 &
echo on
`;

/**
 * Freezes the filesystems on some disks that are mounted for writing, the root's last. $1 job, $2 the agent's
 * directory, $3… disks. Prints \`frozen MOUNT\`, \`skipped MOUNT WHY\`, or \`failed MOUNT WHY\` (then all are thawed).
 */
export const freezeFilesystems = `${common}
[ -e "$state/on" ] || { echo "failed - the moment is over"; exit 0; }
agent=$(stat -c %d "$2" 2>/dev/null)
shift 2
command -v fsfreeze >/dev/null 2>&1 || { echo "failed - fsfreeze is not installed"; exit 0; }
disks=
for disk in "$@"; do disks="$disks $(basename "$(readlink -f "$disk")")"; done
under() (
  found=
  for slave in "/sys/class/block/$1/slaves/"*; do
    [ -e "$slave" ] || continue
    found=1; under "\${slave##*/}"
  done
  [ -n "$found" ] && exit 0
  if [ -e "/sys/class/block/$1/partition" ]; then
    basename "$(dirname "$(readlink -f "/sys/class/block/$1")")"
  else
    echo "$1"
  fi
)
seen=" "; points=
while read -r id parent device root point options rest; do
  case ",$options," in *,ro,*) continue ;; esac
  tail=\${rest#*- }; type=\${tail%% *}; tail=\${tail#* }; from=\${tail%% *}
  case $type in ext2|ext3|ext4|xfs|btrfs|jfs|f2fs|nilfs2|reiserfs) ;; *) continue ;; esac
  case $seen in *" $device "*) continue ;; esac
  seen="$seen$device "
  if [ -e "/sys/dev/block/$device" ]; then name=$(basename "$(readlink -f "/sys/dev/block/$device")")
  else name=$(basename "$(readlink -f "$from")"); fi
  for disk in $(under "$name"); do
    case "$disks " in *" $disk "*) points="$point $points"; break ;; esac
  done
done < /proc/self/mountinfo
wanted=
for point in $points; do
  if [ "$(stat -c %d "$(printf %b "$point")")" = "$agent" ]; then say skipped "$point" "the agent runs from it"
  else wanted="$wanted $point"; fi
done
for point in $wanted; do printf '%s\\n' "$point"; done > "$state/mounts"
: > "$state/frozen"
for point in $wanted; do
  if why=$(fsfreeze -f "$(printf %b "$point")" 2>&1); then say frozen "$point"; continue; fi
  while read -r other; do fsfreeze -u "$(printf %b "$other")" 2>/dev/null; done < "$state/mounts"
  rm -f "$state/mounts" "$state/frozen"
  say failed "$point" "$why"
  exit 0
done
`;

/**
 * Ends freezing, and the moment too where $2 is \`all\`; repeating is harmless. $1 job. Prints \`fired\` where the
 * watchdog was quicker, \`still MOUNT\` for what is frozen for all that, then \`over\`.
 */
export const endMoment = `${common}
[ -d "$state" ] && [ ! -L "$state" ] || { echo over; exit 0; }
if [ -e "$state/mounts" ]; then
  while read -r point; do
    why=$(LC_ALL=C fsfreeze -u "$(printf %b "$point")" 2>&1) || case $why in
      *"nvalid argument"*) ;;
      *) say still "$point" "$why" ;;
    esac
  done < "$state/mounts"
fi
[ -e "$state/fired" ] && echo fired
[ "$2" = all ] || { rm -f "$state/mounts" "$state/frozen"; echo over; exit 0; }
rm -f "$state/on" "$state/mounts" "$state/frozen" "$state/after" "$state/fired"
rmdir "$state"
echo over
`;
