#!/bin/sh
# Makes a virtual environment with the agent in it, on a bare Debian 12/13 or Ubuntu 22.04+.
#
#     sh packaging/setup.sh [EXTRA]        EXTRA: demo, dev, systemd (default: none)
#
# Prints nothing but problems. The environment is .venv beside pyproject.toml; it is left alone where it is newer than
# pyproject.toml and has the extra. Where the distribution's picamera2 is installed, the environment sees it.
set -eu
cd "$(dirname "$0")/.."
extra=${1:-}
stamp=.venv/.set-up${extra:+-$extra}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# apt is asked only for what is missing.
if ! command -v python3 >/dev/null || ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-venv >/dev/null
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
    echo "setup: Python 3.10 or newer is needed, and python3 is $(python3 -V)" >&2
    exit 1
}
if [ -f "$stamp" ] && [ ! pyproject.toml -nt "$stamp" ]; then
    exit 0
fi
seen=
if python3 -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("picamera2") is None)'; then
    seen=--system-site-packages
fi
python3 -m venv $seen .venv
.venv/bin/pip install -qq --upgrade pip
.venv/bin/pip install -qq --editable ".${extra:+[$extra]}"
touch .venv/.set-up "$stamp"
