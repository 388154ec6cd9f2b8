# MBR with an extended partition: /boot apart, root and swap in logical partitions, device names in fstab as servers of
# another age have them. Sourced by image.sh.
disk_bytes=$((2304 * MiB))
payload_directories="/srv/payload"
boot_start=$MiB
boot_bytes=$((256 * MiB))
extended_start=$((boot_start + boot_bytes))
extended_bytes=$((disk_bytes - extended_start - MiB))
root_start=$((extended_start + MiB))
swap_bytes=$((128 * MiB))
root_bytes=$((extended_bytes - swap_bytes - 3 * MiB))
swap_start=$((root_start + root_bytes + MiB))

make_disk() {
    in_tools sfdisk --quiet /mnt/disk.raw >&2 <<TABLE
label: dos
1: start=$((boot_start / 512)), size=$((boot_bytes / 512)), type=83, bootable
2: start=$((extended_start / 512)), size=$((extended_bytes / 512)), type=5
5: start=$((root_start / 512)), size=$((root_bytes / 512)), type=83
6: start=$((swap_start / 512)), size=$((swap_bytes / 512)), type=82
TABLE
    attach "$boot_start" "$boot_bytes"
    boot_loop=$loop
    in_tools mkfs.ext4 -q "$boot_loop" >&2
    attach "$root_start" "$root_bytes"
    root_loop=$loop
    in_tools mkfs.ext4 -q "$root_loop" >&2
    attach "$swap_start" "$swap_bytes"
    in_tools mkswap "$loop" >&2
    root_device=UUID=$(in_tools blkid -p -s UUID -o value "$root_loop")
}

mount_target() {
    mount "$root_loop" "$target"
    mkdir "$target/boot"
    mount "$boot_loop" "$target/boot"
}

write_fstab() {
    cat <<FSTAB
# <file system> <mount point> <type> <options> <dump> <pass>
/dev/vda5 / ext4 errors=remount-ro 0 1
/dev/vda1 /boot ext4 defaults 0 2
/dev/vda6 none swap sw 0 0
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
