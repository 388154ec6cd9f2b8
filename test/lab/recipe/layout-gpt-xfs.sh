# GPT with a BIOS boot partition and an EFI system partition, as cloud images have both, and an xfs root. Installed for
# BIOS: the EFI partition has no filesystem, and fstab knows nothing of it. Sourced by image.sh.
disk_bytes=$((2304 * MiB))
payload_directories="/srv/payload"
boot_start=$MiB
boot_bytes=$MiB
esp_start=$((2 * MiB))
esp_bytes=$((64 * MiB))
swap_bytes=$((128 * MiB))
root_start=$((esp_start + esp_bytes))
root_bytes=$((disk_bytes - root_start - swap_bytes - 2 * MiB))

make_disk() {
    in_tools sfdisk --quiet /mnt/disk.raw >&2 <<TABLE
label: gpt
start=$((boot_start / 512)), size=$((boot_bytes / 512)), type=21686148-6449-6E6F-744E-656564454649, name="bios boot"
start=$((esp_start / 512)), size=$((esp_bytes / 512)), type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="EFI system"
start=$((root_start / 512)), size=$((root_bytes / 512)), type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="root"
start=$(((root_start + root_bytes) / 512)), size=$((swap_bytes / 512)), type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F, name="swap"
TABLE
    attach "$root_start" "$root_bytes"
    root_loop=$loop
    in_tools mkfs.xfs -q "$root_loop" >&2
    attach $((root_start + root_bytes)) "$swap_bytes"
    in_tools mkswap "$loop" >&2
    swap_uuid=$(in_tools blkid -p -s UUID -o value "$loop")
    root_uuid=$(in_tools blkid -p -s UUID -o value "$root_loop")
    root_device=UUID=$root_uuid
}

mount_target() {
    mount "$root_loop" "$target"
}

write_fstab() {
    cat <<FSTAB
# <file system> <mount point> <type> <options> <dump> <pass>
UUID=$root_uuid / xfs defaults 0 0
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
