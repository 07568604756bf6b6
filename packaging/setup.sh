#!/bin/sh
# Makes a virtual environment with the agent in it, on a bare Debian 12/13 or Ubuntu 22.04+.
#
#     sh packaging/setup.sh [EXTRA]        EXTRA: dev, systemd (default: none)
#
# Prints nothing but problems. The environment is .venv beside pyproject.toml, or $EDGE_AGENT_VENV; it is left alone
# where it is newer than pyproject.toml and was made for the same extra.
set -eu
cd "$(dirname "$0")/.."
extra=${1:-}
venv=${EDGE_AGENT_VENV:-.venv}
python=${PYTHON:-python3}
stamp=$venv/.edge-agent-set-up

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# apt is asked only for what is missing.
if ! command -v "$python" >/dev/null || ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-venv >/dev/null
fi
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
    echo "setup: Python 3.10 or newer is needed, and $python is $("$python" -V)" >&2
    exit 1
}
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$extra" ] && [ ! pyproject.toml -nt "$stamp" ]; then
    exit 0
fi
"$python" -m venv "$venv"
"$venv/bin/pip" install -qq --upgrade pip
"$venv/bin/pip" install -qq --editable ".${extra:+[$extra]}"
printf %s "$extra" >"$stamp"
