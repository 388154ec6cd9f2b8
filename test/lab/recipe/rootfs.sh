#!/bin/sh
# Makes the root filesystem that all layouts of a suite share, as a tarball.
#
#   rootfs.sh SUITE KERNEL MIRROR COMPONENTS OUTPUT.tar
#
# KERNEL names the packages of the kernel and of what makes its initramfs.
#
# Needs mmdebstrap, and root or a user namespace (uidmap). Prints `phase: <text>` lines for people; mmdebstrap tells what it
# is doing on standard error.
set -eu
suite=$1 kernel=$2 mirror=$3 components=$4 output=$5

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packages=$kernel,grub-pc,systemd-sysv,udev,kmod,zstd
packages=$packages,openssh-server,sudo,iproute2,procps,rsync
packages=$packages,fdisk,e2fsprogs,xfsprogs,lvm2,acl,attr

# An initramfs that looks for a swap partition to resume from waits half a minute where the swap has another name.
mkdir "$work/conf.d"
echo "RESUME=none" > "$work/conf.d/resume"

mode=unshare
[ "$(id -u)" != 0 ] || mode=root

echo "phase: downloading and installing Debian $suite ($mirror)"
mmdebstrap \
    --mode=$mode --variant=minbase --format=tar --components="$components" \
    --include="$packages" \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt=force-unsafe-io \
    --aptopt='Acquire::Languages "none"' \
    --essential-hook='mkdir -p "$1/etc/initramfs-tools"' \
    --essential-hook="copy-in '$work/conf.d' /etc/initramfs-tools" \
    --customize-hook='rm -f "$1"/etc/ssh/ssh_host_*' \
    "$suite" "$output" "$mirror" &
installer=$!
# It clears its own root filesystem away, some of which belongs to users of its namespace alone.
trap 'kill -TERM "$installer"; wait "$installer"; exit 130' TERM
wait "$installer"
