#!/bin/sh
# Finds falls and other events in recordings of yours, with nothing installed before.
#
#     sh packaging/try.sh CLIP...
#
# Sets itself up, fetches a public pose model (about 3 MB; it asks before it accepts the licence), and replays the
# clips. Options of `edge-agent model add`, such as --yes or --mirror DIR, are read from $MODEL_OPTIONS.
set -eu
here=$(dirname "$0")
model=yolov8n-pose-320-st
[ $# -gt 0 ] || { echo "usage: sh packaging/try.sh CLIP..." >&2; exit 2; }
sh "$here/setup.sh"
agent=$here/../.venv/bin/edge-agent
store=${EDGE_AGENT_STATE:-$here/../.venv/try}
if ! "$agent" model show "$model" --store "$store" >/dev/null 2>&1; then
    # shellcheck disable=SC2086  # several options
    "$agent" model add "$model" --store "$store" ${MODEL_OPTIONS:-}
fi
exec "$agent" replay "$@" --model "$model" --store "$store"
