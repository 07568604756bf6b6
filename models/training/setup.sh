#!/bin/sh
# Makes .venv-training: everything that models/training needs, and the agent itself.
#
#     sh models/training/setup.sh [EXTRA]       EXTRA: dev, for the tests (default: none)
#
# Leaves the environment alone where it is newer than pyproject.toml and has the extra.
#
# The package index' PyTorch brings CUDA: 5 GB. Where there is no GPU, take the CPU build, 0.7 GB, from PyTorch's index:
#     PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu sh models/training/setup.sh
# TORCH names the version to take (default torch==2.13.0, which the CPU build satisfies too, and goes before).
set -eu
cd "$(dirname "$0")/../.."
extra=${1:-}
venv=.venv-training
stamp=$venv/.set-up${extra:+-$extra}
if [ -f "$stamp" ] && [ ! pyproject.toml -nt "$stamp" ]; then
    exit 0
fi
python3 -m venv $venv
# Dependency groups are read by pip 25.1 and newer.
$venv/bin/pip install -qq --upgrade 'pip>=25.1'
$venv/bin/pip install -qq --group training "${TORCH:-torch==2.13.0}" --editable ".${extra:+[$extra]}"
# Its two network files are all that is used of mediapipe, whose own dependencies contradict these.
$venv/bin/pip install -qq --no-deps --group teacher
touch $venv/.set-up "$stamp"
