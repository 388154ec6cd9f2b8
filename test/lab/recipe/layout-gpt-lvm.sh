# GPT with a BIOS boot partition and one volume group: root ext4, data xfs, swap. Console on screen and serial line.
# Sourced by image.sh.
disk_bytes=$((2304 * MiB))
payload_directories="/srv/payload /data/payload"
boot_start=$MiB
boot_bytes=$MiB
pv_start=$((2 * MiB))
pv_bytes=$((disk_bytes - pv_start - MiB))

# Metadata only: without device-mapper and udev, nothing is activated, and no other disk of this machine is looked at.
lvm() {
    in_tools lvm "$@" --driverloaded n --config "
        devices { use_devicesfile=0 obtain_device_list_from_udev=0 scan_lvs=0 global_filter=[ \"a|^$pv_loop\$|\", \"r|.*|\" ] }
        activation { udev_sync=0 udev_rules=0 }
        backup { backup=0 archive=0 }" </dev/null
}

# Sets `loop` to a loop device over logical volume $1, which must be one contiguous segment.
attach_volume() {
    extent=$(lvm vgs --noheadings --nosuffix --units b -o vg_extent_size lab | tr -d ' ')
    data_start=$(lvm pvs --noheadings --nosuffix --units b -o pe_start "$pv_loop" | tr -d ' ')
    set -- $(lvm lvs --noheadings -o seg_count,seg_start_pe,seg_pe_ranges "lab/$1")
    [ "$#" = 3 ] && [ "$1" = 1 ] || { echo "a logical volume in several pieces: $*" >&2; exit 1; }
    range=${3##*:}
    first=${range%-*}
    last=${range#*-}
    attach $((pv_start + data_start + first * extent)) $(((last - first + 1) * extent))
}

make_disk() {
    in_tools sfdisk --quiet /mnt/disk.raw >&2 <<TABLE
label: gpt
start=$((boot_start / 512)), size=$((boot_bytes / 512)), type=21686148-6449-6E6F-744E-656564454649, name="bios boot"
start=$((pv_start / 512)), size=$((pv_bytes / 512)), type=E6D6D379-F507-44C2-A23C-238F2A3DF928, name="lvm"
TABLE
    attach "$pv_start" "$pv_bytes"
    pv_loop=$loop
    lvm pvcreate -qq "$pv_loop" >&2
    lvm vgcreate -qq lab "$pv_loop" >&2
    lvm lvcreate -qq -an -Zn -Wn -L 1536m -n root lab >&2
    lvm lvcreate -qq -an -Zn -Wn -L 128m -n swap lab >&2
    lvm lvcreate -qq -an -Zn -Wn -L 320m -n data lab >&2
    attach_volume root
    root_loop=$loop
    attach_volume swap
    in_tools mkswap "$loop" >&2
    attach_volume data
    data_loop=$loop
    in_tools mkfs.ext4 -q "$root_loop" >&2
    in_tools mkfs.xfs -q "$data_loop" >&2
    root_device=/dev/mapper/lab-root
}

mount_target() {
    mount "$root_loop" "$target"
    mkdir "$target/data"
    mount "$data_loop" "$target/data"
}

write_fstab() {
    cat <<FSTAB
# <file system> <mount point> <type> <options> <dump> <pass>
/dev/mapper/lab-root / ext4 errors=remount-ro 0 1
/dev/mapper/lab-data /data xfs defaults 0 0
/dev/mapper/lab-swap none swap sw 0 0
FSTAB
}

write_grub_defaults() {
    cat <<'GRUB'
GRUB_DEFAULT=0
GRUB_TIMEOUT=1
GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="console=ttyS0,115200 console=tty0"
GRUB_TERMINAL="console serial"
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB
}
