#!/bin/sh
# Runs the tests, setting up what they need on a bare Debian 12/13 or Ubuntu 22.04+.
#
#     sh tests/run.sh [pytest arguments]
#
# Real parts are tested wherever they run here: mosquitto, ffmpeg, an RTSP server. Where CPython is 3.11 or older, a
# second environment holds tflite-runtime and the oldest versions that pyproject.toml admits.
set -eu
cd "$(dirname "$0")/.."

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

packages="mosquitto mosquitto-clients openssl ffmpeg python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base
    gstreamer1.0-plugins-good"
missing=
for package in $packages; do
    dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
if [ -n "$missing" ]; then
    as_root apt-get update -qq
    # shellcheck disable=SC2086  # several packages
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
sh packaging/setup.sh dev

oldest=.venv-oldest
if .venv/bin/python -c 'import sys; sys.exit(sys.version_info >= (3, 12))'; then
    if [ ! -f $oldest/.done ] || [ pyproject.toml -nt $oldest/.done ] || [ tests/oldest.txt -nt $oldest/.done ]; then
        rm -rf $oldest
        .venv/bin/python -m venv $oldest
        $oldest/bin/pip install -qq --upgrade pip
        $oldest/bin/pip install -qq --constraint tests/oldest.txt --editable '.[metrics,sparkplug,tflite]' pytest pytest-timeout \
            hypothesis pycocotools psutil jinja2 jsonschema filterpy
        # What is tested there is a machine for which the newer interpreter has no wheel.
        $oldest/bin/pip uninstall -qq --yes ai-edge-litert
        touch $oldest/.done
    fi
    EDGE_AGENT_TFLITE_PYTHON=$PWD/$oldest/bin/python
    export EDGE_AGENT_TFLITE_PYTHON
fi
exec .venv/bin/python -m pytest "$@"
