# GPT for UEFI: an EFI system partition, and btrfs with the root in a subvolume, as Debian's installer makes it. The
# firmware's variables hold the only reference to the boot loader: on another machine there is none. Sourced by image.sh.
disk_bytes=$((2560 * MiB))
payload_directories="/srv/payload"
esp_start=$MiB
esp_bytes=$((64 * MiB))
swap_bytes=$((128 * MiB))
root_start=$((esp_start + esp_bytes))
root_bytes=$((disk_bytes - root_start - swap_bytes - 2 * MiB))
esp_id=5A17B007

make_disk() {
    in_tools sfdisk --quiet /mnt/disk.raw >&2 <<TABLE
label: gpt
start=$((esp_start / 512)), size=$((esp_bytes / 512)), type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="EFI system"
start=$((root_start / 512)), size=$((root_bytes / 512)), type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="root"
start=$(((root_start + root_bytes) / 512)), size=$((swap_bytes / 512)), type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F, name="swap"
TABLE
    attach "$esp_start" "$esp_bytes"
    in_tools mkfs.vfat -F 32 -s 1 -i "$esp_id" "$loop" >&2
    attach "$root_start" "$root_bytes"
    root_loop=$loop
    in_tools mkfs.btrfs -q "$root_loop" >&2
    attach $((root_start + root_bytes)) "$swap_bytes"
    in_tools mkswap "$loop" >&2
    swap_uuid=$(in_tools blkid -p -s UUID -o value "$loop")
    root_uuid=$(in_tools blkid -p -s UUID -o value "$root_loop")
    root_device="UUID=$root_uuid rootflags=subvol=@rootfs"
}

mount_target() {
    mount "$root_loop" "$tools/mnt"
    in_tools btrfs subvolume create /mnt/@rootfs >&2
    umount "$tools/mnt"
    mount -o subvol=@rootfs "$root_loop" "$target"
}

write_fstab() {
    cat <<FSTAB
# <file system> <mount point> <type> <options> <dump> <pass>
UUID=$root_uuid / btrfs defaults,subvol=@rootfs 0 0
UUID=$(echo "$esp_id" | sed 's/^..../&-/') /boot/efi vfat umask=0077 0 1
UUID=$swap_uuid none swap sw 0 0
FSTAB
    # This machine's kernel need not know FAT, so the guest fills its EFI partition itself, when it installs GRUB.
    mkdir -p "$root/boot/efi" "$root/usr/local/lib/lab"
    cat > "$root/usr/local/lib/lab/install-uefi-boot-loader.sh" <<'INSTALL'
#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
exec > /dev/ttyS0 2>&1

install_boot_loader() {
    mountpoint -q /proc || mount -t proc proc /proc || return
    mountpoint -q /sys || mount -t sysfs sysfs /sys || return
    mount -o remount,rw / || return
    mount /boot/efi || return
    grub-install --target=x86_64-efi --efi-directory=/boot/efi --bootloader-id=debian --no-nvram || return
    update-grub || return
}

if install_boot_loader; then
    result=installed
else
    result=failed
fi
sync
umount /boot/efi
mount -o remount,ro / || result=failed
echo "lab: boot loader $result"
poweroff -f -f
INSTALL
    chmod 755 "$root/usr/local/lib/lab/install-uefi-boot-loader.sh"
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
