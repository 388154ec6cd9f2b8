# MBR, one ext4 root, a swap partition; device names by UUID in fstab; GRUB and kernel as Debian's installer leaves
# them, without any serial console. Sourced by image.sh.
disk_bytes=$((2048 * MiB))
payload_directories="/srv/payload"
swap_bytes=$((128 * MiB))
root_start=$MiB
root_bytes=$((disk_bytes - root_start - swap_bytes - MiB))

make_disk() {
    in_tools sfdisk --quiet /mnt/disk.raw >&2 <<TABLE
label: dos
start=$((root_start / 512)), size=$((root_bytes / 512)), type=83, bootable
start=$(((root_start + root_bytes) / 512)), size=$((swap_bytes / 512)), type=82
TABLE
    attach "$root_start" "$root_bytes"
    root_loop=$loop
    in_tools mkfs.ext4 -q "$root_loop" >&2
    attach $((root_start + root_bytes)) "$swap_bytes"
    swap_loop=$loop
    in_tools mkswap "$swap_loop" >&2
    root_uuid=$(in_tools blkid -p -s UUID -o value "$root_loop")
    swap_uuid=$(in_tools blkid -p -s UUID -o value "$swap_loop")
    root_device=UUID=$root_uuid
}

mount_target() {
    mount "$root_loop" "$target"
}

write_fstab() {
    cat <<FSTAB
# <file system> <mount point> <type> <options> <dump> <pass>
UUID=$root_uuid / ext4 errors=remount-ro 0 1
UUID=$swap_uuid none swap sw 0 0
FSTAB
}

write_grub_defaults() {
    cat <<'GRUB'
GRUB_DEFAULT=0
GRUB_TIMEOUT=1
GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX=""
GRUB
}
