#!/bin/sh
# Builds the Debian package, on Debian 12/13 or Ubuntu 22.04+:
#
#     sh packaging/build-deb.sh [amd64|arm64]...       (default: this machine's architecture)
#
# The package is left in dist/. Wheels are fetched first, each by its hash (packaging/debian/lock), so that the build
# itself needs no network, and the other architecture's package no emulator: nothing of it is run here. The same commit
# gives the same bytes. In the environment:
#
#     EDGE_AGENT_PYTHONS      of which Pythons the package is, as in "3.11 3.13" (default: all that have a lock)
#     EDGE_AGENT_DEB_OPTIONS  options of dpkg-deb, as in "-Zzstd -z1", four times as fast for a trial
set -eu
cd "$(dirname "$0")/.."

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

missing=
for package in dpkg-dev debhelper python3 python3-venv; do
    dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
if [ -n "$missing" ]; then
    as_root apt-get update -qq
    # shellcheck disable=SC2086  # several packages
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

wheels=build/deb/wheels
pip=build/deb/tools/bin/pip
if [ ! -x $pip ]; then
    python3 -m venv build/deb/tools
    $pip install -qq --upgrade pip
fi

pythons=${EDGE_AGENT_PYTHONS:-$(ls packaging/debian/lock | sed -n 's/^python\(3\.[0-9]*\)\.txt$/\1/p' | sort -V)}
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' packaging/debian/changelog)
# The time of the release, not of this build: file times and wheels follow it.
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l packaging/debian/changelog -S Timestamp)
export SOURCE_DATE_EPOCH
umask 022

# fetch ARCHITECTURE MACHINE: the wheels that the locks name, kept for the next build.
fetch() {
    for python in $pythons; do
        lock=packaging/debian/lock/python$python.txt
        kept=$wheels/$1/python$python
        if cmp -s "$lock" "$kept.lock"; then
            continue
        fi
        rm -rf "$kept" "$kept.lock"
        mkdir -p "$kept"
        platforms=
        for glibc in 34 28 27 26 24 17; do
            platforms="$platforms --platform manylinux_2_${glibc}_$2"
        done
        # shellcheck disable=SC2086  # several options
        $pip download -qq --no-deps --require-hashes --only-binary=:all: --requirement "$lock" --dest "$kept" \
            --implementation cp --python-version "$python" --abi "cp${python%.*}${python#*.}" --abi abi3 --abi none \
            $platforms
        cp "$lock" "$kept.lock"
    done
}

# stage DIRECTORY: what the agent is made of, without what is made of it.
stage() {
    rm -rf "$1"
    mkdir -p "$1"
    tar -c --exclude=__pycache__ --exclude='*.egg-info' --exclude=models/training \
        LICENSE README.md config docs edge_agent models packaging pyproject.toml | tar -x -C "$1"
}

stage build/deb/project
rm -rf $wheels/project
$pip wheel -qq --no-deps --wheel-dir $wheels/project build/deb/project

mkdir -p dist
for architecture in ${*:-$(dpkg --print-architecture)}; do
    case $architecture in
    amd64) fetch amd64 x86_64 ;;
    arm64) fetch arm64 aarch64 ;;
    *) echo "build-deb: no package for $architecture; amd64 or arm64" >&2 && exit 2 ;;
    esac
    source=build/deb/$architecture/source
    stage $source
    cp -r packaging/debian $source/debian
    mkdir $source/wheels
    cp -r $wheels/project $source/wheels/
    for python in $pythons; do
        cp -r "$wheels/$architecture/python$python" $source/wheels/
    done
    log=build/deb/$architecture/build.log
    # -d: all that is to be there was looked for above; for the other architecture dpkg would ask for compilers, too.
    if ! (cd $source && dpkg-buildpackage -d -b -us -uc --host-arch "$architecture") >$log 2>&1; then
        tail -n 40 $log >&2
        exit 1
    fi
    mv build/deb/"$architecture"/edge-agent_"${version}_$architecture".deb dist/
    rm -rf $source
    echo "dist/edge-agent_${version}_$architecture.deb"
done
