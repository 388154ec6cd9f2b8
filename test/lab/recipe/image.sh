#!/bin/sh
# Makes a disk image of one layout from the root filesystem's tarball; the boot loader is installed later, by the guest
# itself (install-boot-loader.sh).
#
#   image.sh LAYOUT ROOTFS.tar RECIPE_DIRECTORY AUTHORIZED_KEY.pub OUTPUT_DIRECTORY
#
# Needs root, loop devices and util-linux; every other tool (sfdisk, LVM, mkfs) comes from the guest's own root
# filesystem, so that the disk is what this Debian makes and not what this machine's tools make. Neither device-mapper
# nor partition scanning is needed: filesystems are made and mounted through loop devices at byte offsets, and LVM only
# writes its metadata. To be run in its own mount and PID namespace: then nothing stays behind when it is killed.
# LAB_SCRATCH is a directory to unpack in, where the output directory cannot bear owners and devices.
# Leaves disk.raw, vmlinuz, initrd.img, kernel-arguments, ssh-host-key.pub and payload.manifest.
set -eu
layout=$1 tarball=$2 recipe=$3 authorized_key=$4 output=$5

MiB=1048576
disk=$output/disk.raw
scratch=${LAB_SCRATCH:-$output}
tools=$scratch/rootfs
target=$scratch/target
loops=""

detach() {
    for loop in $loops; do losetup -d "$loop" 2>/dev/null || true; done
    loops=""
}
clean_up() {
    umount -R "$target" 2>/dev/null || true
    for part in dev proc sys mnt; do umount -R "$tools/$part" 2>/dev/null || true; done
    detach
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

phase() { echo "phase: $1"; }
in_tools() { chroot "$tools" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 LVM_SUPPRESS_FD_WARNINGS=1 "$@"; }

# Sets `loop` to a new loop device over LENGTH bytes of the disk at OFFSET.
attach() {
    loop=$(losetup --find --show --offset "$1" --sizelimit "$2" "$disk")
    loops="$loops $loop"
}

phase "unpacking the root filesystem"
mkdir "$tools" "$target"
tar --extract --numeric-owner --xattrs --xattrs-include='*' --file "$tarball" --directory "$tools"
mount --rbind /dev "$tools/dev"
mount -t proc proc "$tools/proc"
mount -t sysfs sysfs "$tools/sys"
mount --bind "$output" "$tools/mnt"

phase "partitions and filesystems: $layout"
. "$recipe/layout-$layout.sh"
truncate -s "$disk_bytes" "$disk"
make_disk

# cp takes a bind mount of the same filesystem for one of its own directories.
umount "$tools/mnt"
phase "copying the system"
mount_target
cp -a --one-file-system "$tools/." "$target/"
for fs in dev proc sys run tmp; do mkdir -p "$target/$fs"; done
mount --rbind /dev "$target/dev"
mount -t proc proc "$target/proc"

phase "settings, users and keys"
. "$recipe/configure.sh"
configure "$target" "$authorized_key"

phase "the payload and its manifest"
mkdir -p "$target/usr/local/lib/lab"
cp "$recipe/../payload/make-payload.sh" "$recipe/../payload/list-payload.sh" "$recipe/install-boot-loader.sh" \
    "$target/usr/local/lib/lab/"
chmod 755 "$target"/usr/local/lib/lab/*.sh
in_target() { chroot "$target" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 LVM_SUPPRESS_FD_WARNINGS=1 "$@"; }
for directory in $payload_directories; do
    in_target /usr/local/lib/lab/make-payload.sh "$directory" >&2
done
in_target /usr/local/lib/lab/list-payload.sh $payload_directories > "$output/payload.manifest"
echo "$payload_directories" > "$output/payload-directories"

cp "$target"/etc/ssh/ssh_host_ed25519_key.pub "$output/ssh-host-key.pub"
cp "$target"/boot/vmlinuz-* "$output/vmlinuz"
cp "$target"/boot/initrd.img-* "$output/initrd.img"
echo "root=$root_device" > "$output/kernel-arguments"

phase "closing the disk"
clean_up
rm -rf --one-file-system "$tools"
rmdir "$target"
trap - EXIT
