/**
 * POSIX sh that makes a source hold still for the last pass of a sync and lets go of it again, whatever dies. State is
 * in memory (a tmpfs), since nothing can be written to a frozen filesystem; `on` in it means that the moment lasts.
 * Works with util-linux and with BusyBox.
 */

/** Every script's beginning; $1 is the job. */
export const sharedByScripts = `
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
# In /dev/shm anybody may make a folder of that name: what stands in another's is not believed.
ours() { [ -d "$state" ] && [ ! -L "$state" ] && [ "$(stat -c %u "$state")" = "$(id -u)" ]; }
`;

/** Takes the job's snapshots away and with them the list that sends the agent there; whoever reads from one is ended. */
const dropSnapshots = `
drop_snapshots() {
  agent=
  [ "$(stat -c %u "$state" 2>/dev/null)" = "$(id -u)" ] && agent=$(cat "$state/agent" 2>/dev/null)
  [ -n "$agent" ] && rm -f "$agent/agent.parts" "$agent/agent.parts.new"
  command -v lvremove >/dev/null 2>&1 || return 0
  tries=0
  while [ "$tries" -lt 10 ]; do
    left=$(lvs --noheadings --separator / -o vg_name,lv_name "@sma.$job" 2>/dev/null | grep "/sma-$job-")
    [ -n "$left" ] || return 0
    for volume in $left; do why=$(lvremove -f -An "$volume" 2>&1 </dev/null); done
    tries=$((tries + 1))
    [ "$tries" = 1 ] || [ -z "$agent" ] || "$agent/sma-agent" stop >/dev/null 2>&1
    [ "$tries" -lt 3 ] || sleep 1
  done
  for volume in $left; do printf 'still %s %s\\n' "$volume" "$(echo "$why" | tail -n 1)"; done
}
`;

/** Ends by itself when `on` is gone or names another moment; at its hour it thaws what may be frozen and runs the hooks that were to follow. */
const watchdog = `${dropSnapshots}
state=$1; left=$2; frozen=$3; job=$4; moment=$5
while [ "$left" -gt 0 ]; do
  sleep 1
  now=; { read -r now < "$state/on"; } 2>/dev/null
  [ "$now" = "$moment" ] || exit 0
  if [ -e "$state/frozen" ] && [ "$left" -gt "$frozen" ]; then left=$frozen; fi
  left=$((left - 1))
done
: > "$state/fired"
if [ -e "$state/mounts" ]; then
  while read -r point; do fsfreeze -u "$(printf %b "$point")"; done < "$state/mounts"
fi
[ -e "$state/agent" ] && drop_snapshots
[ -e "$state/after" ] && sh "$state/after"
`;

/**
 * Begins the moment: starts the watchdog. $1 job, $2 seconds until it ends the moment in any case, $3 seconds that
 * filesystems may be frozen, $4 the commands that must follow (sh). Prints `on`, or `no-memory`.
 */
export const beginMoment = `${sharedByScripts}
mkdir -m 700 "$state" || exit 1
moment=$$.$(date +%s)
echo "$moment" > "$state/on"
[ -n "$4" ] && printf '%s\\n' "$4" > "$state/after"
if command -v setsid >/dev/null 2>&1; then detach=setsid; else detach=nohup; fi
$detach sh -c '${watchdog.replaceAll("'", `'\\''`)}' sma-watchdog "$state" "$2" "$3" "$1" "$moment" </dev/null >/dev/null 2>&1 &
echo on
`;

/**
 * Freezes the filesystems on some disks that are mounted for writing, the root's last. $1 job, $2 the agent's
 * directory, $3… disks. Prints `frozen MOUNT`, `skipped MOUNT WHY`, or `failed MOUNT WHY` (then all are thawed).
 */
export const freezeFilesystems = `${sharedByScripts}
[ -e "$state/on" ] && [ ! -e "$state/fired" ] || { echo "failed - the moment is over"; exit 0; }
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
  # A watchdog that fired has thawed what it found, and will not come back for more.
  [ ! -e "$state/fired" ] || break
  if why=$(fsfreeze -f "$(printf %b "$point")" 2>&1); then say frozen "$point"; continue; fi
  while read -r other; do fsfreeze -u "$(printf %b "$other")" 2>/dev/null; done < "$state/mounts"
  rm -f "$state/mounts" "$state/frozen"
  say failed "$point" "$why"
  exit 0
done
if [ -e "$state/fired" ]; then
  while read -r other; do fsfreeze -u "$(printf %b "$other")" 2>/dev/null; done < "$state/mounts"
  echo "failed - the moment is over"
fi
`;

/**
 * Makes snapshots. $1 job, $2 the agent's directory, $3 a line `GROUP VOLUME NAME EXTENTS` for each, $4 a line
 * `START LENGTH FILE PATH` for each range to be saved before, $5 the agent's list of parts, in which `%saved%/`
 * stands for where those are. Prints `snapshots`, or `failed WHY` with nothing left.
 */
export const takeSnapshots = `${sharedByScripts}${dropSnapshots}
job=$1
[ -e "$state/on" ] && [ ! -e "$state/fired" ] || { echo "failed the moment is over"; exit 0; }
printf '%s\n' "$2" > "$state/agent"
give_up() { say failed "$(echo "$*" | tail -n 1)"; drop_snapshots; rm -f "$state/agent" "$state/ranges" "$state/wanted" "$state/parts" "$state"/saved-*; exit 0; }
printf '%s\n' "$4" > "$state/ranges"
while read -r start length file path; do
  [ -n "$path" ] || continue
  block=512
  [ $((start % 4096)) = 0 ] && [ $((length % 4096)) = 0 ] && block=4096
  # Around the cache, which LVM does not write through.
  for flag in iflag=direct ""; do
    dd if="$path" of="$state/$file" bs=$block skip=$((start / block)) count=$((length / block)) $flag 2>/dev/null && break
  done
  [ "$(wc -c < "$state/$file")" = "$length" ] || give_up "the metadata of $path cannot be read"
done < "$state/ranges"
rm -f "$state/ranges"
printf '%s\n' "$3" > "$state/wanted"
while read -r group volume name extents; do
  [ -n "$name" ] || continue
  why=$(LC_ALL=C lvcreate -y -An -s -n "$name" -l "$extents" --addtag "sma.$job" "$group/$volume" 2>&1 </dev/null) ||
    give_up "a snapshot of $group/$volume cannot be made: $why"
done < "$state/wanted"
rm -f "$state/wanted"
# Whoever was quicker: a watchdog that fires from here on knows of them.
[ ! -e "$state/fired" ] || give_up "the moment is over"
{ printf '%s\n' "$5" | sed "s|%saved%|$state|"; echo end; } > "$2/agent.parts.new" && cp "$2/agent.parts.new" "$state/parts" &&
  mv "$2/agent.parts.new" "$2/agent.parts" || give_up "the agent's directory cannot be written"
echo snapshots
`;

/**
 * Whether all was read from the snapshots. $1 job, $2 the agent's directory. Prints `overfull NAME` for those that
 * gave up, `gone` where the agent lost its list, `whole` otherwise.
 */
export const checkSnapshots = `${sharedByScripts}
cmp -s "$state/parts" "$2/agent.parts" || { echo gone; exit 0; }
over=$(lvs --noheadings -o lv_name,lv_attr "@sma.$1" 2>/dev/null | while read -r name attributes; do
  # The fifth says so: I and F are invalid, S and M so while a merge waits.
  case $attributes in ????[IFSM]*) echo "overfull $name" ;; esac
done)
echo "\${over:-whole}"
`;

/** Forgets the hooks that were to follow, after they ran. $1 job. Prints `fired` where the watchdog was quicker. */
export const forgetFollowing = `${sharedByScripts}
rm -f "$state/after"
[ -e "$state/fired" ] && echo fired
echo over
`;

/**
 * Ends freezing, and the moment too where $2 is `all`; repeating is harmless. $1 job. Prints `fired` where the
 * watchdog was quicker, `still WHAT` for what is held for all that, then `over`. Snapshots are found by their
 * tag, because the rest of the moment is gone where the source was started anew.
 */
export const endMoment = `${sharedByScripts}${dropSnapshots}
job=$1
[ "$2" = all ] && drop_snapshots
ours || { echo over; exit 0; }
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
rm -f "$state/on" "$state/mounts" "$state/frozen" "$state/after" "$state/fired" \\
  "$state/agent" "$state/ranges" "$state/wanted" "$state/parts" "$state"/saved-*
rmdir "$state"
echo over
`;
