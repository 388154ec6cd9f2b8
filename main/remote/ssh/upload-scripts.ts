/** POSIX sh that writes, checks and puts in place an upload. Works with coreutils and with BusyBox. */

const sayFree = `
say_free() {
  df -Pk "$(dirname "$1")" 2>/dev/null | { read -r header; read -r device blocks used free share mount && echo "free $free $mount"; }
}
`;

/** $1: the file to create from standard input; it must not exist (noclobber opens with O_EXCL: no symlink is followed). */
export const receiveScript = `${sayFree}
umask 077
set -C
if cat > "$1"; then exit 0; fi
set +C
say_free "$1"
rm -f "$1"
exit 1
`;

/**
 * $1 temporary file, $2 final path, $3 mode, $4 size in bytes, $5 SHA-256 in hex, or `checked` where the bytes were
 * compared otherwise. Prints `differs …` or `no-digest-tool` where that is so.
 */
export const finishScript = `${sayFree}
digest() {
  for tool in "sha256sum" "busybox sha256sum" "shasum -a 256" "openssl dgst -sha256 -r" "sha256 -q" "digest -a sha256"; do
    sum=$($tool < "$1" 2>/dev/null) || continue
    sum=\${sum%% *}
    [ \${#sum} -eq 64 ] && { echo "$sum"; return 0; }
  done
  for tool in perl python3 python python2; do
    case $tool in
      perl) sum=$(perl -MDigest::SHA -e 'print Digest::SHA->new(256)->addfile(*STDIN)->hexdigest' < "$1" 2>/dev/null) ;;
      *) sum=$($tool -c 'import hashlib,sys;print(hashlib.sha256(getattr(sys.stdin,"buffer",sys.stdin).read()).hexdigest())' < "$1" 2>/dev/null) ;;
    esac
    [ \${#sum} -eq 64 ] && { echo "$sum"; return 0; }
  done
  return 1
}
size=$(wc -c < "$1") || exit 1
size=$((size))
if [ "$size" -ne "$4" ]; then
  say_free "$1"
  echo "differs in size: $size bytes instead of $4"
  exit 1
fi
if [ "$5" != checked ]; then
  if ! sum=$(digest "$1"); then echo no-digest-tool; exit 1; fi
  if [ "$sum" != "$5" ]; then echo "differs in SHA-256: $sum instead of $5"; exit 1; fi
fi
chmod "$3" "$1" && mv -f "$1" "$2" && exit 0
say_free "$1"
exit 1
`;

/** $1: a temporary file of ours. */
export const removeScript = 'rm -f "$1"';
