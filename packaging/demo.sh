#!/bin/sh
# Shows the whole agent at work on a bare Debian 12/13 or Ubuntu 22.04+, with nothing installed before.
#
#     sh packaging/demo.sh [OPTION...]        options of `edge-agent demo`, such as --loop and --broker HOST
#
# Sets itself up in .venv beside pyproject.toml, once.
set -eu
here=$(dirname "$0")
[ -f "$here/../.venv/.set-up-demo" ] || echo "setting up in .venv, once; it takes about a minute" >&2
sh "$here/setup.sh" demo
exec "$here/../.venv/bin/edge-agent" demo "$@"
