#!/bin/sh
# `customise.sh ROOT DEB [AUTHORIZED_KEYS]`: from a Debian to the appliance. build-image.sh runs it, once.
set -eu
root=$1

cp "$2" "$root/tmp/edge-agent.deb"
chroot "$root" apt-get install --yes --no-install-recommends /tmp/edge-agent.deb
rm "$root/tmp/edge-agent.deb"

# What outlives the system lies on a partition of its own, and is mounted where it is looked for (etc/fstab).
install -d -m 755 "$root/persist" "$root/persist/timesync"
mv "$root/etc/edge-agent" "$root/persist/etc-edge-agent"
chroot "$root" install -d -m 750 -o edge-agent -g edge-agent /persist/var-lib-edge-agent
chroot "$root" chown systemd-timesync:systemd-timesync /persist/timesync
install -d "$root/etc/edge-agent" "$root/var/lib/edge-agent" "$root/var/lib/systemd/timesync"

chroot "$root" systemctl enable systemd-networkd systemd-resolved systemd-timesyncd grow-state keys-from-boot
# Somebody with a key switches it on (keys-from-boot.service).
chroot "$root" systemctl disable ssh
chroot "$root" systemctl mask apt-daily.timer apt-daily-upgrade.timer
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
if [ -n "${3:-}" ]; then
    install -D -m 600 "$3" "$root/root/.ssh/authorized_keys"
    chroot "$root" systemctl enable ssh
fi

sed -i 's/^update_initramfs=no$/update_initramfs=yes/' "$root/etc/initramfs-tools/update-initramfs.conf"
# What the firmware reads, with our settings (etc/default).
chroot "$root" env DEB_MAINT_PARAMS=configure /etc/kernel/postinst.d/z50-raspi-firmware
cp packaging/image/boot-README.txt "$root/boot/firmware/README.txt"

# Each device makes its own of these at its first start; mmdebstrap empties /etc/machine-id and the caches.
rm -f "$root/var/lib/systemd/random-seed" "$root"/etc/ssh/ssh_host_*
echo edge-agent >"$root/etc/hostname"
# Memory is mounted over it.
rm -rf "$root"/var/log/*
