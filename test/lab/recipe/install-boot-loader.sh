#!/bin/sh
# The guest's init in one direct-kernel boot: it installs GRUB the way its own Debian does, then powers off. The result
# is told on the serial line.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
exec > /dev/ttyS0 2>&1

install_boot_loader() {
    mountpoint -q /proc || mount -t proc proc /proc || return
    mountpoint -q /sys || mount -t sysfs sysfs /sys || return
    mount -o remount,rw / || return
    vgscan --mknodes > /dev/null 2>&1
    # A /boot of its own: what is written beside it would lie hidden below it, where no boot loader looks.
    ! grep -q '^[^#].*[[:space:]]/boot[[:space:]]' /etc/fstab || mount /boot || return
    # The agents' and GRUB's hint: which disk to install on when the package is updated.
    echo "grub-pc grub-pc/install_devices multiselect /dev/vda" | debconf-set-selections || return
    grub-install --no-floppy /dev/vda || return
    update-grub || return
}

if install_boot_loader; then
    result=installed
else
    result=failed
fi
sync
! mountpoint -q /boot || umount /boot || result=failed
mount -o remount,ro / || result=failed
echo "lab: boot loader $result"
poweroff -f -f
