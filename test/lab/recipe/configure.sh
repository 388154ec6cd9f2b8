# Host name, network, users, keys and services of a lab guest. Sourced by image.sh; needs in_tools' neighbours.

# configure ROOT AUTHORIZED_KEY.pub
configure() {
    root=$1
    key=$2
    in_root() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"; }

    echo "lab-$layout" > "$root/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 lab-%s\n' "$layout" > "$root/etc/hosts"
    write_fstab > "$root/etc/fstab"
    write_grub_defaults > "$root/etc/default/grub"

    # DHCP on whatever the kernel calls the card: the migrated machine has it in another slot.
    cat > "$root/etc/systemd/network/wired.network" <<'NETWORK'
[Match]
Name=en* eth*

[Network]
DHCP=ipv4
LinkLocalAddressing=no
NETWORK
    in_root systemctl enable --quiet systemd-networkd >&2
    # Only what waits for the network to be online needs these; here nothing does, and it would hold up the login.
    in_root systemctl mask --quiet systemd-networkd-wait-online.service >&2
    # Each of them costs seconds without KVM.
    in_root systemctl mask --quiet \
        apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
        fstrim.timer systemd-tmpfiles-clean.timer \
        getty-static.service sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount >&2

    # Throwaway machines that listen only behind QEMU's user network: known passwords are the point.
    in_root useradd --create-home --shell /bin/bash admin
    in_root useradd --create-home --shell /bin/bash deploy
    printf 'root:lab-root\nadmin:lab-admin\ndeploy:lab-deploy\n' | in_root chpasswd
    echo 'admin ALL=(ALL:ALL) ALL' > "$root/etc/sudoers.d/admin"
    echo 'deploy ALL=(ALL:ALL) NOPASSWD: ALL' > "$root/etc/sudoers.d/deploy"
    chmod 440 "$root/etc/sudoers.d/admin" "$root/etc/sudoers.d/deploy"
    for home in root home/admin home/deploy; do
        mkdir -p "$root/$home/.ssh"
        cp "$key" "$root/$home/.ssh/authorized_keys"
        chmod 700 "$root/$home/.ssh"
        chmod 600 "$root/$home/.ssh/authorized_keys"
    done
    in_root chown -R admin:admin /home/admin/.ssh
    in_root chown -R deploy:deploy /home/deploy/.ssh

    printf 'PermitRootLogin yes\nUseDNS no\n' > "$root/etc/ssh/sshd_config.d/lab.conf"
    in_root ssh-keygen -q -t ed25519 -N '' -C "lab-$layout" -f /etc/ssh/ssh_host_ed25519_key
    in_root systemd-machine-id-setup >&2
}
