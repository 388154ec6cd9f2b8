/** POSIX sh that looks after the agent's directory on a source. Works with coreutils and with BusyBox. */

/**
 * `owned PATH`: a directory, no symbolic link, that belongs to who runs this and lets nobody else in.
 * Anything else under the agent's name was put there by somebody else and is not touched.
 */
const owned = `
me=$(id -u)
owned() {
  [ -d "$1" ] && [ ! -L "$1" ] || return 1
  set -- $(ls -ldn "$1")
  [ "$3" = "$me" ] || return 1
  case $1 in drwx------*) return 0 ;; *) return 1 ;; esac
}
place() {
  case $1 in HOME) echo "\${HOME:-/}" ;; *) echo "$1" ;; esac
}
`;

/** Prints the platform as \`uname\` names it, then \`found DIRECTORY SHA256\` for every directory of the job. $1 name, $2… candidates. */
export const surveyScript = `${owned}
uname -s; uname -m
name=$1; shift
for candidate in "$@"; do
  dir=$(place "$candidate")/$name
  owned "$dir" || continue
  sum=$({ sha256sum || busybox sha256sum || openssl dgst -sha256 -r || shasum -a 256; } < "$dir/sma-agent" 2>/dev/null)
  echo "found $dir \${sum%% *}"
done
exit 0
`;

/**
 * Makes the private directory in one candidate. $1 candidate, $2 name, $3 KiB wanted. Prints \`directory PATH\`, or
 * \`refused WHY\`.
 */
export const makeDirectoryScript = `${owned}
base=$(place "$1"); dir=$base/$2
refuse() { echo "refused $*"; exit 0; }
[ -d "$base" ] || refuse "it does not exist"
perms=$(ls -ldn "$base/." 2>/dev/null) || refuse "it cannot be read"
case $perms in
  ????????w[!tT]*) refuse "everybody may replace what is in it (no sticky bit)" ;;
esac
free=$(df -Pk "$base" 2>/dev/null | { read -r header; read -r device blocks used free rest; echo "$free"; })
case $free in
  ""|*[!0-9]*) ;;
  *) [ "$free" -ge "$3" ] || refuse "only $free KiB are free and $3 are needed" ;;
esac
if mkdir -m 700 "$dir" 2>/dev/null; then chmod 700 "$dir"; echo "directory $dir"; exit 0; fi
[ -L "$dir" ] && refuse "$dir is a symbolic link that somebody made"
if [ -e "$dir" ]; then
  owned "$dir" || refuse "$dir is there already and is not ours"
  echo "directory $dir"; exit 0
fi
refuse "no directory can be made in it: $(LC_ALL=C mkdir -m 700 "$dir" 2>&1)"
`;

/** Prints for each directory of the job: \`agent DIRECTORY EXIT\` and the status line (empty where there is none). */
export const findScript = `${owned}
name=$1; shift
for candidate in "$@"; do
  dir=$(place "$candidate")/$name
  owned "$dir" || continue
  [ -x "$dir/sma-agent" ] || continue
  status=$("$dir/sma-agent" status 2>/dev/null); code=$?
  [ -n "$status" ] || status=$(head -n 1 "$dir/agent.status" 2>/dev/null)
  echo "agent $dir $code"
  echo "$status"
done
exit 0
`;

/** Whether a process runs the directory's agent, and ending it for good. */
const processes = `
alive() {
  pid=$(head -n 1 "$1/agent.pid" 2>/dev/null)
  case $pid in ""|*[!0-9]*) return 1 ;; esac
  case $(readlink "/proc/$pid/exe" 2>/dev/null) in "$1/sma-agent"|"$1/sma-agent (deleted)") return 0 ;; esac
  return 1
}
stop_agent() {
  [ -x "$1/sma-agent" ] && "$1/sma-agent" stop >/dev/null 2>&1
  for signal in 0 0 TERM TERM KILL KILL; do
    alive "$1" || return 0
    kill -$signal "$pid" 2>/dev/null
    sleep 1
  done
  alive "$1" && return 1
  return 0
}
`;

/** $1 directory. Exit 1: it still runs; 3: not our directory. */
export const stopScript = `${owned}${processes}
owned "$1" || exit 3
stop_agent "$1"
`;

/**
 * Stops and removes the job's agents. $1 name, $2… candidates. Removes files by name and the directory only when it
 * is empty then. Prints \`left DIRECTORY WHAT\` where something stays.
 */
export const removeScript = `${owned}${processes}
name=$1; shift
for candidate in "$@"; do
  dir=$(place "$candidate")/$name
  owned "$dir" || continue
  if ! stop_agent "$dir"; then echo "left $dir the agent does not end"; continue; fi
  owned "$dir" || continue
  rm -f "$dir/sma-agent" "$dir/agent.log" "$dir/agent.log.1" "$dir/agent.pid" "$dir/agent.status" "$dir/agent.status.new" "$dir/agent.parts" "$dir/agent.parts.new" "$dir"/.sma-upload-*
  rmdir "$dir" 2>/dev/null || echo "left $dir $(ls -A "$dir" | head -n 5 | tr '\\n' ' ')"
done
exit 0
`;
