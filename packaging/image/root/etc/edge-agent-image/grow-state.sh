# The file system follows by itself (x-systemd.growfs in /etc/fstab).
set -eu
partition=$(basename "$(realpath /dev/disk/by-label/edge-state)")
disk=$(basename "$(realpath "/sys/class/block/$partition/..")")
code=0
growpart "/dev/$disk" "$(cat "/sys/class/block/$partition/partition")" || code=$?
# 1: there is nothing to grow into.
[ $code -le 1 ]
