#!/bin/sh
# Collects what an assessment needs to know of this Linux machine and writes it to standard output as one JSON
# document (a "bundle"). Needs nothing but a POSIX shell, sed and awk; runs as root or, with less to tell, as anybody.
#
#   sh collect-linux.sh [HOST:PORT ...] > "$(hostname).json"
#
# Changes nothing: outputs of commands pass through a private folder in memory (/dev/shm, /run) or, where there is
# none, in /tmp, which is removed at the end. Every command has a time limit, and one that cannot be killed (a dead NFS
# server, a hung multipath device) is left behind. No secrets are collected: passwords are cut out of what is read, key
# files are never opened, process arguments and the environment are not looked at. With HOST:PORT arguments it tries
# whether these can be reached from here.

PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
LC_ALL=C
LANG=C
LVM_SUPPRESS_FD_WARNINGS=1
export PATH LC_ALL LANG LVM_SUPPRESS_FD_WARNINGS
unset LANGUAGE GREP_OPTIONS POSIXLY_CORRECT 2>/dev/null
umask 077
set -f

limit=20          # seconds for one command
timeouts=0        # how many commands have run into it
max_bytes=2097152 # of one file or output
first_entry=1
unread=

# --------------------------------------------------------------------------------------------- scratch folder

scratch=
for base in /dev/shm /run "${XDG_RUNTIME_DIR:-/nonexistent}" /tmp /var/tmp; do
  [ -d "$base" ] && [ -w "$base" ] || continue
  scratch="$base/sma-collect.$$"
  if mkdir "$scratch" 2>/dev/null && : >"$scratch/probe" 2>/dev/null; then break; fi
  scratch=
done

clean_up() {
  [ -n "$scratch" ] && rm -rf "$scratch"
}
trap 'clean_up' 0
trap 'exit 129' 1
trap 'exit 130' 2
trap 'exit 141' 13
trap 'exit 143' 15

# ------------------------------------------------------------------------------------------------ JSON writing

# Standard input as the inside of a JSON string. Printable ASCII takes the fast way. Anything else goes byte by byte:
# valid UTF-8 becomes \uXXXX, and a byte that is none becomes the lone surrogate \udc80 + (byte - 0x80), from which the
# reader gets the byte back.
plain_json() {
  sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e "s/	/\\\\t/g" -e "s/$carriage_return/\\\\r/g" | awk '{ printf "%s\\n", $0 }'
}

byte_json() {
  if command -v od >/dev/null 2>&1; then od -An -v -tx1; else hexdump -v -e '16/1 "%02x " "\n"'; fi | awk '
    BEGIN {
      hex = "0123456789abcdef"
      for (i = 0; i < 256; i++) value[substr(hex, int(i / 16) + 1, 1) substr(hex, i % 16 + 1, 1)] = i
      for (i = 32; i < 127; i++) text[i] = sprintf("%c", i)
      for (i = 0; i < 32; i++) text[i] = sprintf("\\u%04x", i)
      text[9] = "\\t"; text[10] = "\\n"; text[13] = "\\r"; text[34] = "\\\""; text[92] = "\\\\"; text[127] = "\\u007f"
      need = 0
    }
    function spill(  j) { for (j = 1; j <= held; j++) printf "\\udc%02x", hold[j]; held = 0; need = 0 }
    function take(b,  high) {
      if (need > 0) {
        if (b >= low_bound && b <= high_bound) {
          hold[++held] = b; code = code * 64 + b - 128; low_bound = 128; high_bound = 191
          if (--need == 0) {
            if (code < 65536) printf "\\u%04x", code
            else { high = code - 65536; printf "\\u%04x\\u%04x", 55296 + int(high / 1024), 56320 + high % 1024 }
            held = 0
          }
          return
        }
        spill()
      }
      if (b < 128) { printf "%s", text[b]; return }
      low_bound = 128; high_bound = 191; held = 1; hold[1] = b
      if (b >= 194 && b <= 223) { need = 1; code = b - 192 }
      else if (b >= 224 && b <= 239) {
        need = 2; code = b - 224
        if (b == 224) low_bound = 160
        if (b == 237) high_bound = 159
      }
      else if (b >= 240 && b <= 244) {
        need = 3; code = b - 240
        if (b == 240) low_bound = 144
        if (b == 244) high_bound = 143
      }
      else spill()
    }
    { for (f = 1; f <= NF; f++) take(value[$f]) }
    END { if (held > 0) spill() }'
}

carriage_return=$(printf '\r')

# The file named $1 as a JSON string with its quotes.
json_file() {
  # Most error outputs are empty, and every program started costs an emulated or busy source.
  if [ ! -s "$1" ]; then
    printf '""'
    return
  fi
  printf '"'
  tr -d '\11\12\15\40-\176' <"$1" >"$scratch/odd" 2>/dev/null
  if [ -s "$scratch/odd" ]; then byte_json <"$1"; else plain_json <"$1"; fi
  printf '"'
}

# The text $1 as a JSON string with its quotes; a line break after it is dropped.
json_text() {
  case $1 in
    *[!\ -~]* | *\\* | *\"*)
      printf '"'
      printf '%s' "$1" | byte_json
      printf '"'
      ;;
    *) printf '"%s"' "$1" ;;
  esac
}

separate() {
  if [ $first_entry = 1 ]; then first_entry=0; else printf ',\n'; fi
}

# Notes that $1 could not be read because of $2.
not_read() {
  if [ -n "$unread" ]; then unread="$unread,
"; fi
  unread="$unread$(json_text "$1"): $(json_text "$2")"
}

# ----------------------------------------------------------------------------------------------- secret removal

# Values of keys that may hold a secret, in ini, YAML, shell and mount option form. Basic regular expressions only. Where
# such a key begins its line the rest of the line goes, for a passphrase may hold blanks and commas; elsewhere (mount
# options, the kernel's command line) what is up to the next comma.
secret_names='[Pp][Aa][Ss][Ss][A-Za-z0-9_-]* [Pp][Ww][Dd] [A-Za-z0-9_-]*[Ss][Ee][Cc][Rr][Ee][Tt][A-Za-z0-9_-]* [A-Za-z0-9_-]*[Pp][Ss][Kk] [A-Za-z0-9_-]*[Pp][Aa][Ss][Ss][Ww][A-Za-z0-9_-]* [Cc][Rr][Ee][Dd][Ee][Nn][Tt][Ii][Aa][Ll][Ss]* [A-Za-z0-9_-]*[Tt][Oo][Kk][Ee][Nn] [Kk][Ee][Yy][0-9_A-Za-z]* [A-Za-z0-9_-]*[Kk][Ee][Yy][0-9_]* [A-Za-z-]*[Pp][Rr][Ii][Vv][Aa][Tt][Ee][-_]*[Kk][Ee][Yy][A-Za-z0-9_-]* [A-Za-z0-9_-]*[Cc][Aa][Kk] [Pp][Ii][Nn]'
secret_script='s/^\([[:space:]]*\)\(private\|shared\)\([[:space:]]*:[[:space:]]*\)[^[:space:]].*/\1\2\3[removed]/'
for name in $secret_names; do
  secret_script="$secret_script
s/^\\([[:space:]]*[A-Za-z0-9_.-]*\\)\\($name\\)\\([[:space:]]*[=:][[:space:]]*\\)[^[:space:]].*/\\1\\2\\3[removed]/
s/\\(^\\|[^A-Za-z0-9_-]\\)\\($name\\)\\([[:space:]]*[=:][[:space:]]*\\)\\(\"[^\"]*\"\\|'[^']*'\\|[^,[:space:]][^,]*\\)/\\1\\2\\3[removed]/g
s/^\\([[:space:]]*[a-z-]*\\)\\($name\\)\\([[:space:]][[:space:]]*\\)[^=:[:space:]].*/\\1\\2\\3[removed]/"
done
# Passwords in addresses, up to the last @; iSCSI's on the kernel's command line.
secret_script="$secret_script
s/\\(\\/\\/[^\\/:@[:space:]]*\\):[^\\/[:space:]]*@/\\1:[removed]@/g
s/\\(iscsi:\\)[^@[:space:]][^@[:space:]]*@/\\1[removed]@/g"

without_secrets() {
  sed -e "$secret_script"
}

# The third field of crypttab stays only where it is a path or a keyword.
crypttab_paths() {
  awk '/^[ \t]*(#|$)/ { next } { if (NF >= 3 && $3 !~ /^(none|-|\/|[A-Z]+=)/) $3 = "[removed]"; print }'
}

# ------------------------------------------------------------------------------------------------------ reading

# add_file PATH [FILTER]: the file, passed through FILTER, into "files".
added='|'
add_file() {
  [ -e "$1" ] || return 0
  # Several patterns may name the same file.
  case $added in *"|$1|"*) return 0 ;; esac
  added="$added$1|"
  if [ -d "$1" ]; then return 0; fi
  if [ ! -r "$1" ]; then
    not_read "$1" "permission denied"
    return 0
  fi
  if ! head -c "$max_bytes" "$1" >"$scratch/raw" 2>/dev/null; then
    not_read "$1" "reading failed"
    return 0
  fi
  text="$scratch/raw"
  if [ "${2:-cat}" != cat ]; then
    "$2" <"$scratch/raw" >"$scratch/text" 2>/dev/null
    text="$scratch/text"
  fi
  separate
  json_text "$1"
  printf ': '
  json_file "$text"
}

# add_files FILTER GLOB...
add_files() {
  filter=$1
  shift
  set +f
  # shellcheck disable=SC2048
  for path in $*; do add_file "$path" "$filter"; done
  set -f
}

# Small one-line files (sysfs) in one go; what is not plain ASCII is read one by one.
add_small_files() {
  set +f
  plain=
  # shellcheck disable=SC2048
  for path in $*; do
    [ -f "$path" ] && [ -r "$path" ] && plain="$plain $path"
  done
  set -f
  [ -n "$plain" ] || return 0
  # grep names every line's file; reading sysfs attributes can fail, which is silent here.
  # shellcheck disable=SC2086
  grep -H '' $plain /dev/null 2>/dev/null | sed 's/[^ -~]/?/g' | awk -v first="$first_entry" '
    {
      at = index($0, ":"); path = substr($0, 1, at - 1)
      if (path ~ /:/ || at == 0) next
      # A device name may hold colons only in /sys/devices paths, which are not asked for.
      line = substr($0, at + 1)
      gsub(/\\/, "\\\\", line); gsub(/"/, "\\\"", line)
      if (path != last) { if (last != "") out(); last = path; content = "" }
      content = content line "\\n"
    }
    function out() { if (!first) printf ",\n"; first = 0; printf "\"%s\": \"%s\"", last, content }
    END { if (last != "") out() }' >"$scratch/small"
  if [ -s "$scratch/small" ]; then
    cat "$scratch/small"
    first_entry=0
  fi
}

# run_limited SECONDS COMMAND...: output and errors into the files $out and $err, exit code into $code. A FIFO is written
# by whichever ends first, the command or the clock, so that a process that cannot be killed holds nobody up.
counter=0
run_limited() {
  seconds=$1
  shift
  counter=$((counter + 1))
  fifo="$scratch/done.$counter"
  out="$scratch/out.$counter"
  err="$scratch/err.$counter"
  if ! mkfifo "$fifo" 2>/dev/null; then
    code=126
    : >"$out"
    : >"$err"
    return 0
  fi
  (
    "$@" >"$out" 2>"$err" </dev/null
    echo $? >"$fifo"
  ) >/dev/null 2>&1 </dev/null &
  worker=$!
  # The clock is never signalled: in some shells a signal between two commands is lost. It looks every second whether
  # the command is over, and then ends by itself.
  (
    ticks=0
    while [ $ticks -lt "$seconds" ]; do
      sleep 1
      [ -e "$fifo.over" ] && exit 0
      ticks=$((ticks + 1))
    done
    echo 124 >"$fifo"
  ) >/dev/null 2>&1 </dev/null &
  # Opened for both directions, so that whoever comes second can still write and end.
  exec 3<>"$fifo"
  code=
  read -r code <&3
  [ -n "$code" ] || code=125
  if [ "$code" = 124 ]; then
    # The worker's children first: killing the subshell alone would leave them.
    for child in $(ps -o pid= --ppid $worker 2>/dev/null || ps -o pid,ppid 2>/dev/null | awk -v p="$worker" '$2 == p { print $1 }'); do
      kill -9 "$child" 2>/dev/null
    done
    kill -9 $worker 2>/dev/null
    timeouts=$((timeouts + 1))
    if [ $timeouts -ge 3 ]; then limit=3; fi
  else
    wait $worker 2>/dev/null
  fi
  : >"$fifo.over"
  exec 3>&-
}

# add_command FILTER COMMAND...: runs it and puts its output into "commands". Tools that are not installed are left out.
add_command() {
  filter=$1
  shift
  command -v "$1" >/dev/null 2>&1 || return 0
  add_output "$*" "$filter" "$@"
}

# add_output NAME FILTER COMMAND...: the same under a name of its own.
add_output() {
  name=$1
  filter=$2
  shift 2
  [ -n "$scratch" ] || return 0
  run_limited $limit "$@"
  add_result "$name" "$filter"
}

# add_result NAME FILTER: what run_limited has just run.
add_result() {
  if [ "$code" = 124 ]; then not_read "$1" "timed out after $limit s"; fi
  if [ "$2" = cat ]; then
    head -c "$max_bytes" "$out" >"$scratch/text" 2>/dev/null
  else
    head -c "$max_bytes" "$out" 2>/dev/null | "$2" >"$scratch/text" 2>/dev/null
  fi
  separate
  json_text "$1"
  printf ': {"stdout": '
  json_file "$scratch/text"
  printf ', "stderr": '
  if [ -s "$err" ]; then head -c 4096 "$err" 2>/dev/null | without_secrets >"$scratch/text"; else : >"$scratch/text"; fi
  json_file "$scratch/text"
  printf ', "exitCode": %s}' "$code"
}

# Every word of $2... that is a device, to the command in $1 one by one.
each_disk() {
  for disk in $disks; do "$@" "$disk"; done
}

# ------------------------------------------------------------------------------------------------- the document

kernel=$(uname -r 2>/dev/null)
uid=$(id -u 2>/dev/null || echo unknown)

printf '{"format": 1,\n"collectedAt": '
json_text "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
printf ',\n"collector": "collect-linux.sh 1",\n"platform": "linux",\n'

if [ -z "$scratch" ]; then
  printf '"files": {},\n"commands": {},\n"unread": {"commands": "no folder to write scratch files to"}}\n'
  exit 0
fi

printf '"files": {\n'
first_entry=1
add_files cat /etc/os-release /usr/lib/os-release '/etc/*-release' '/etc/*_release' '/etc/*_version' '/etc/*-version'
add_files cat /etc/issue /etc/rpi-issue /etc/hostname /etc/timezone /etc/machine-info /etc/debian_chroot
add_files cat /proc/version /proc/partitions /proc/mdstat /proc/swaps /proc/meminfo /proc/modules /proc/filesystems /proc/devices
add_files without_secrets /proc/cmdline /etc/fstab /proc/self/mountinfo /proc/mounts /etc/mtab
add_files crypttab_paths /etc/crypttab
# One processor speaks for all; lscpu and getconf count them.
first_processor() { awk '/^$/ { exit } { print }'; }
add_files first_processor /proc/cpuinfo
add_files without_secrets '/etc/network/interfaces' '/etc/network/interfaces.d/*' '/etc/sysconfig/network-scripts/ifcfg-*' '/etc/sysconfig/network/ifcfg-*' '/etc/netplan/*.yaml' '/etc/NetworkManager/system-connections/*' '/etc/systemd/network/*' /etc/conf.d/net /etc/sysconfig/network
add_files cat /etc/resolv.conf '/etc/udev/rules.d/*net*.rules' /etc/iftab /etc/mactab
add_files without_secrets /etc/default/grub /etc/lilo.conf /etc/zipl.conf /etc/elilo.conf /boot/loader/loader.conf /efi/loader/loader.conf
add_files cat /etc/dracut.conf /etc/initramfs-tools/modules /etc/initramfs-tools/initramfs.conf /etc/mkinitcpio.conf /etc/genkernel.conf /etc/sysconfig/kernel /etc/modprobe.conf /etc/mdadm.conf /etc/mdadm/mdadm.conf
add_files cat /etc/selinux/config /etc/locale.conf /etc/default/locale /etc/sysconfig/i18n /etc/sysconfig/language /etc/sysconfig/clock /etc/env.d/02locale
add_files cat /sys/hypervisor/type /run/reboot-required /var/run/reboot-required /run/reboot-needed
only_virtio() { grep -E 'VIRTIO|CONFIG_(MD|BLK_DEV_DM|EFI)[=_ ]'; }
add_files only_virtio "/boot/config-$kernel"
only_virtio_modules() { grep virtio; }
add_files only_virtio_modules "/lib/modules/$kernel/modules.builtin"
add_small_files '/sys/class/dmi/id/sys_vendor' '/sys/class/dmi/id/product_name' '/sys/class/dmi/id/product_version' '/sys/class/dmi/id/bios_vendor' '/sys/class/dmi/id/bios_version' '/sys/class/dmi/id/board_vendor' '/sys/class/dmi/id/board_name' '/sys/class/dmi/id/chassis_vendor' '/sys/class/dmi/id/chassis_asset_tag'
add_small_files '/sys/block/*/size' '/sys/block/*/dev' '/sys/block/*/ro' '/sys/block/*/removable' '/sys/block/*/queue/logical_block_size' '/sys/block/*/device/model' '/sys/block/*/dm/name' '/sys/block/*/dm/uuid' '/sys/block/*/md/level' '/sys/block/*/md/array_state' '/sys/block/*/*/start' '/sys/block/*/*/size' '/sys/block/*/*/dev' '/sys/block/*/*/partition'
add_small_files '/sys/class/net/*/address' '/sys/class/net/*/mtu'
printf '\n},\n"commands": {\n'
first_entry=1

add_command cat uname -a
add_command cat uname -r
add_command cat uname -m
add_command cat id -u
add_command cat lsb_release -a
add_command cat getconf LONG_BIT
add_command cat getconf _NPROCESSORS_ONLN
add_command cat readlink /etc/localtime
add_command cat lscpu
add_command cat systemd-detect-virt
if [ "$uid" = 0 ]; then add_command cat virt-what; fi
if [ ! -r /sys/class/dmi/id/sys_vendor ] && [ "$uid" = 0 ]; then add_command cat dmidecode -t 0,1; fi
add_command cat ls /sys/firmware/efi
add_command cat mokutil --sb-state
set +f
for variable in /sys/firmware/efi/efivars/SecureBoot-*; do
  [ -r "$variable" ] && add_command cat od -An -tu1 "$variable"
done
set -f
add_command cat efibootmgr

# Block devices: the richest form that this lsblk knows.
lsblk_columns=NAME,KNAME,MAJ:MIN,TYPE,SIZE,RO,RM,MOUNTPOINT,FSTYPE,LABEL,UUID,MODEL,PKNAME
lsblk_more=$lsblk_columns,PTTYPE,PARTTYPE,PARTLABEL,PARTUUID,SERIAL,TRAN,LOG-SEC
if command -v lsblk >/dev/null 2>&1; then
  for form in "-J -b -o $lsblk_more,START" "-J -b -o $lsblk_more" "-P -b -o $lsblk_more" "-P -b -o $lsblk_columns" "-P -b -o NAME,KNAME,MAJ:MIN,TYPE,SIZE,RO,RM,MOUNTPOINT,FSTYPE,LABEL,UUID" "-a"; do
    # shellcheck disable=SC2086
    run_limited $limit lsblk $form
    if [ "$code" = 0 ] || [ "$code" = 124 ]; then
      add_result "lsblk $form" cat
      break
    fi
  done
fi
add_command cat blkid
set +f
slaves=
for slave in /sys/block/*/slaves/*; do [ -e "$slave" ] && slaves="$slaves $slave"; done
disks=
for entry in /sys/block/*; do
  disk=${entry##*/}
  case $disk in
    loop* | ram* | zram* | sr* | fd* | dm-* | md* | nbd* | '*') ;;
    *) disks="$disks /dev/$(printf '%s' "$disk" | tr '!' '/')" ;;
  esac
done
set -f
if [ -z "$disks" ]; then
  disks=$(awk '$4 ~ /^(sd[a-z]+|hd[a-z]+|vd[a-z]+|xvd[a-z]+|cciss\/c[0-9]+d[0-9]+)$/ { print "/dev/" $4 }' /proc/partitions 2>/dev/null)
fi
# shellcheck disable=SC2086
[ -n "$slaves" ] && add_command cat ls -d $slaves
add_output 'ls -l /dev/mapper' cat ls -l /dev/mapper
if [ "$uid" = 0 ]; then
  if command -v sfdisk >/dev/null 2>&1; then each_disk add_command cat sfdisk -d; else add_command cat fdisk -l; fi
  if command -v parted >/dev/null 2>&1 && command -v timeout >/dev/null 2>&1; then
    for disk in $disks; do add_command cat parted -s -m "$disk" unit s print; done
  fi
  add_command cat pvs --noheadings --nosuffix --units b --separator '|' -o pv_name,vg_name,pv_fmt,pv_attr,pv_size,pv_free,pv_uuid
  add_command cat vgs --noheadings --nosuffix --units b --separator '|' -o vg_name,pv_count,lv_count,vg_attr,vg_size,vg_free,vg_uuid
  add_command cat lvs --noheadings --nosuffix --units b --separator '|' -o lv_name,vg_name,lv_attr,lv_size,segtype,devices
  no_keys() { sed 's/[0-9a-fA-F]\{32,\}/[removed]/g'; }
  add_command no_keys dmsetup table
  add_command cat dmsetup info -c
  add_command cat multipath -ll
  add_command cat mdadm --detail --scan
  set +f
  arrays=
  for array in /dev/md[0-9]* /dev/md_d[0-9]*; do
    case $array in *p[0-9]*) ;; *) [ -b "$array" ] && arrays="$arrays $array" ;; esac
  done
  set -f
  for array in $arrays; do add_command cat mdadm --detail "$array"; done
  add_command cat btrfs filesystem show
  add_command cat dmraid -s -ccc
else
  not_read "partition tables, LVM, multipath, RAID details" "permission denied: not root"
fi
add_command cat zpool list -H -p
add_command cat zpool status

# Space; network filesystems are not asked.
if df -l / >/dev/null 2>&1; then
  add_command cat df -P -k -T -l
  add_command cat df -P -i -l
else
  add_command cat df -P -k
  add_command cat df -i
fi

# Products on a listed system that keep its os-release: their own folders tell. Of registrations for updates only that
# they are there; what they hold is secret.
marks=
for mark in /etc/pki/consumer/cert.pem /etc/sysconfig/rhn/systemid /etc/pki/rhui /etc/yum.repos.d/rh-cloud.repo /etc/regionserverclnt.cfg /etc/zypp/credentials.d/SCCcredentials /etc/zypp/credentials.d/NCCcredentials /var/lib/ubuntu-advantage/private/machine-token.json /etc/pve /etc/proxmox-backup /etc/pmg /etc/openmediavault /etc/univention /etc/zentyal /etc/cumulus /usr/share/truenas /usr/share/vyos /etc/xensource-inventory; do
  [ -e "$mark" ] && marks="$marks $mark"
done
# shellcheck disable=SC2086
[ -n "$marks" ] && add_command cat ls -d $marks

# Boot: kernels, initramfs and what is in the running one's.
add_command cat ls -l /boot
add_output 'ls /boot/grub' cat ls /boot/grub
add_output 'ls /boot/grub2' cat ls /boot/grub2
add_command cat grub2-install --version
add_command cat grub-install --version
grub_packages() { grep -E '^(grub|lilo|elilo|syslinux|extlinux|s390-tools|shim)'; }
if command -v rpm >/dev/null 2>&1; then add_command grub_packages rpm -qa --qf '%{NAME} %{VERSION}-%{RELEASE}\n' 'grub*' 'lilo*' 'elilo*' 'syslinux*' 's390-tools*' 'shim*'; fi
if command -v dpkg-query >/dev/null 2>&1; then add_command grub_packages dpkg-query -W -f '${Package} ${Version} ${Status}\n' 'grub*' 'lilo' 'elilo' 'extlinux'; fi
add_command cat dracut --version
virtio_modules() { grep -E 'virtio' || echo '(no virtio in the listing)'; }
if [ "$uid" = 0 ]; then
  for image in "/boot/initrd.img-$kernel" "/boot/initramfs-$kernel.img" "/boot/initrd-$kernel" "/boot/initrd-$kernel.img"; do
    [ -r "$image" ] || continue
    if command -v lsinitramfs >/dev/null 2>&1; then add_command virtio_modules lsinitramfs "$image"
    elif command -v lsinitrd >/dev/null 2>&1; then add_command virtio_modules lsinitrd "$image"
    else
      add_output "cpio -t $image" virtio_modules sh -c 'gzip -dc "$1" | cpio -t' sh "$image"
    fi
    break
  done
fi
[ -d "/lib/modules/$kernel" ] && add_command cat find "/lib/modules/$kernel" -name 'virtio*'

# Network
add_command cat ip addr
add_command cat ip route
if ! command -v ip >/dev/null 2>&1; then
  add_command cat ifconfig -a
  add_command cat route -n
fi
set +f
drivers=
for driver in /sys/class/net/*/device/driver; do [ -e "$driver" ] && drivers="$drivers $driver"; done
set -f
# shellcheck disable=SC2086
[ -n "$drivers" ] && add_command cat ls -ld $drivers

# What runs; only names of programs, never their arguments.
if command -v systemctl >/dev/null 2>&1; then
  add_command cat systemctl list-units --type=service --no-legend --no-pager --plain
  # What is enabled: `systemctl list-unit-files` says the same after having read every unit file of the machine.
  set +f
  enabled=
  for link in /etc/systemd/system/*.wants/*.service /etc/systemd/system/*.requires/*.service; do
    [ -h "$link" ] && enabled="$enabled $link"
  done
  set -f
  # shellcheck disable=SC2086
  [ -n "$enabled" ] && add_output 'ls -d /etc/systemd/system/*.wants/*' cat ls -d $enabled
else
  add_command cat chkconfig --list
  add_command cat rc-status -a
fi
process_names() { sort -u; }
if ps -e -o comm= >/dev/null 2>&1; then add_command process_names ps -e -o comm=; else add_command process_names ps -o comm; fi

# Clock, SELinux
add_command cat timedatectl
add_command cat chronyc -n tracking
add_command cat ntpstat
add_command cat getenforce

# Whether the ports of the intermediate can be reached from here.
if [ $# -gt 0 ]; then
  for endpoint in "$@"; do
    host=${endpoint%:*}
    port=${endpoint##*:}
    case $host in '' | *[!A-Za-z0-9.:-]*) continue ;; esac
    case $port in '' | *[!0-9]*) continue ;; esac
    tried=closed
    if command -v bash >/dev/null 2>&1; then
      run_limited 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$host" "$port"
      if [ "$code" = 0 ]; then tried=open; fi
    elif command -v nc >/dev/null 2>&1; then
      run_limited 5 nc -z "$host" "$port"
      if [ "$code" = 0 ]; then tried=open; fi
    else
      continue
    fi
    add_output "port-probe $host $port" cat echo "$host $port $tried"
  done
fi

printf '\n},\n"unread": {\n%s\n}}\n' "$unread"
