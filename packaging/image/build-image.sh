#!/bin/sh
# Builds an image for an SD card or a USB disk of a Raspberry Pi, around the Debian package (docs/image.md):
#
#     sh packaging/image/build-image.sh [--suite trixie|bookworm] [--out FILE] [--authorized-keys FILE]
#
# As root, on Debian 12/13 or Ubuntu 24.04, amd64 or arm64; it needs Debian's archive, no loop device and no privilege
# that a container would not have. On amd64 the programs of the image run under qemu (binfmt_misc). Leaves FILE,
# FILE.bmap and FILE.sha256. In the environment:
#
#     EDGE_AGENT_DEB             the arm64 package (default: that in dist/, built where it is missing)
#     EDGE_AGENT_DEBIAN_MIRROR   another mirror, as in http://snapshot.debian.org/archive/debian/20261101T000000Z
set -eu
cd "$(dirname "$0")/../.."

suite=trixie
out=
keys=
while [ $# -gt 0 ]; do
    case $1 in
    --suite) suite=$2 && shift 2 ;;
    --out) out=$2 && shift 2 ;;
    --authorized-keys) keys=$(realpath "$2") && shift 2 ;;
    *) echo "build-image: unknown argument $1" >&2 && exit 2 ;;
    esac
done
[ "$(id -u)" = 0 ] || { echo "build-image: it makes files of root's; run it as root" >&2 && exit 2; }
case $suite in
trixie | bookworm) ;;
*) echo "build-image: no image of $suite; trixie or bookworm" >&2 && exit 2 ;;
esac

missing=
for package in mmdebstrap genimage mtools dosfstools e2fsprogs bmap-tools dpkg-dev; do
    dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
[ "$(dpkg --print-architecture)" = arm64 ] || [ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] ||
    missing="$missing qemu-user-static binfmt-support"
if [ -n "$missing" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086  # several packages
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

version=$(sed -n '1s/.*(\(.*\)).*/\1/p' packaging/debian/changelog)
deb=${EDGE_AGENT_DEB:-dist/edge-agent_${version}_arm64.deb}
[ -e "$deb" ] || sh packaging/build-deb.sh arm64
out=$(realpath -m "${out:-dist/edge-agent_${version}_${suite}_arm64.img}")
mirror=${EDGE_AGENT_DEBIAN_MIRROR:-http://deb.debian.org/debian}
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l packaging/debian/changelog -S Timestamp)
export SOURCE_DATE_EPOCH
umask 022

work=build/image/$suite
rm -rf "$work"
mkdir -p "$work/empty" "$(dirname "$out")"
cp "$deb" "$work/edge-agent.deb"
# As files of root's, whoever's the clone is.
cp -r --no-preserve=ownership packaging/image/root/etc "$work/"

# What boots, what reaches the network, what keeps time and memory, and what repairs: no more.
packages=systemd,systemd-sysv,dbus,udev,kmod,linux-image-arm64,initramfs-tools,raspi-firmware,firmware-brcm80211
packages=$packages,wireless-regdb,wpasupplicant,iproute2,iputils-ping,netbase,ca-certificates,tzdata,openssh-server
packages=$packages,systemd-resolved,systemd-timesyncd,systemd-zram-generator,overlayroot,cloud-guest-utils,fdisk
packages=$packages,e2fsprogs,dosfstools,python3,python3-systemd,libstdc++6,procps,less,vim-tiny
log=$work/build.log
if ! mmdebstrap --architecture=arm64 --variant=minbase --include="$packages" \
    --aptopt='Apt::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt=force-confold --essential-hook="copy-in $work/etc /" \
    --customize-hook="sh packaging/image/customise.sh \"\$1\" $work/edge-agent.deb $keys" \
    "$suite" "$work/root" \
    "deb $mirror $suite main non-free-firmware" \
    "deb $mirror $suite-updates main non-free-firmware" \
    "deb ${EDGE_AGENT_DEBIAN_MIRROR:+[check-valid-until=no] }http://deb.debian.org/debian-security $suite-security main non-free-firmware" \
    >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    exit 1
fi

rm -r "$work/edge-agent.deb" "$work/etc"
if ! genimage --config packaging/image/genimage.cfg --rootpath "$work/root" --inputpath "$work/empty" \
    --outputpath "$work/out" --tmppath "$work/tmp" >>"$log" 2>&1; then
    tail -n 40 "$log" >&2
    exit 1
fi
mv "$work/out/edge-agent.img" "$out"
bmaptool create --output "$out.bmap" "$out" >>"$log" 2>&1
(cd "$(dirname "$out")" && sha256sum "$(basename "$out")" >"$(basename "$out").sha256")
rm -rf "$work/root" "$work/out" "$work/tmp" "$work/empty"
echo "$out"
