#!/bin/sh
# Makes the default model, from nothing to models/edge-pose-n, on a machine with Python 3.10 to 3.12.
#
#     sh models/training/recipe.sh                                             about a day on 2 cores
#     STAGES="128:20000 192:20000 256:30000" sh models/training/recipe.sh      a longer training
#     START=models/edge-pose-n/model.tflite sh models/training/recipe.sh       goes on from the shipped model
#
# Each step is left out where its result is there already, so that an interrupted run goes on where it was; delete a
# result to make it again. What can be set:
#     SHARED    folder with train/, clips/ and images/coco (default ../shared); its contents never enter the repository
#     WORK      where everything made is put (default build/training, some 3 GB)
#     OUT       the model's directory (default models/edge-pose-n)
#     STAGES    SIDE_PX:STEPS ..., sizes of the pictures and batches of each (default "128:8000 192:6000 256:6000")
#     START     exported model whose weights to start from, instead of ImageNet's and a taught stem
#     PICTURES  rendered pictures a set (default 400)
#     SEEDS     of the rendered sets, one a set (default "21 22 ... 26"); every view there is
#     INSTALLED seeds of the sets as a well aimed camera sees them (default "41 42 ... 50")
#     CLIPS     label only clips whose name contains this (default: all that may be trained on)
#     TAUGHT    steps of teaching the stem (default 1500)
#     BATCH     pictures a batch (default 48)
#     VERSION   of the model (default 1.0)
#     VENV      an environment that has everything, instead of .venv-training
#
# PyTorch from the package index is large, 5 GB with CUDA; setup.sh says how to take the CPU build.
set -eu
cd "$(dirname "$0")/../.."
SHARED=${SHARED:-../shared} WORK=${WORK:-build/training} OUT=${OUT:-models/edge-pose-n}
STAGES=${STAGES:-128:8000 192:6000 256:6000} START=${START:-}
PICTURES=${PICTURES:-400} TAUGHT=${TAUGHT:-1500} BATCH=${BATCH:-48} VERSION=${VERSION:-1.0}
VENV=${VENV:-}
seeds=${SEEDS:-21 22 23 24 25 26}
installed=${INSTALLED:-41 42 43 44 45 46 47 48 49 50}
package=edge_agent.models.training

say() {
    printf '\n== %s: %s\n' "$(date +%H:%M:%S)" "$*"
}

[ -d "$SHARED/train/background" ] || {
    echo "recipe: $SHARED has no train/background: set SHARED to the folder with the real material" >&2
    exit 1
}
if [ -z "$VENV" ]; then
    VENV=.venv-training
    sh models/training/setup.sh
fi
python=$VENV/bin/python
# Two processes a core would only wait for each other.
jobs=$("$python" -c 'import os; print(len(os.sched_getaffinity(0)))')
mkdir -p "$WORK"

# render FOLDER SEED COUNT [ARGUMENTS]: the labels are written last, so they say that the set is whole.
render() {
    folder=$1 seed=$2 count=$3
    shift 3
    [ -f "$folder/labels.jsonl" ] && return
    say "renders $folder"
    OMP_NUM_THREADS=1 "$python" -m $package.render.frames_to_data_set --out "$folder" --count "$count" --seed "$seed" \
        --jobs "$jobs" "$@"
}

# label FOLDER MODULE [ARGUMENTS]
label() {
    folder=$1 module=$2
    shift 2
    [ -f "$folder/labels.jsonl" ] && return
    say "labels $folder"
    "$python" -m "$package.real.$module" --shared "$SHARED" --out "$folder" "$@"
}

for seed in $seeds; do
    render "$WORK/renders-$seed" "$seed" "$PICTURES" --backgrounds "$SHARED/train/background"
done
for seed in $installed; do
    render "$WORK/installed-$seed" "$seed" "$PICTURES" --installed
done
if [ ! -f "$WORK/plain/labels.jsonl" ]; then
    say "renders $WORK/plain"
    "$python" -m $package.render.plain_figures_to_data_set --out "$WORK/plain" --count "$((PICTURES / 10))" --seed 5
fi
# Rooms only: the photographs behind people are all used in training.
render "$WORK/held-out-any" 99 $((PICTURES / 2))
render "$WORK/calibration" 98 $((PICTURES / 2))
render "$WORK/held-out" 97 $((PICTURES / 4)) --installed
label "$WORK/people" pictures_to_data_set
label "$WORK/empty" pictures_to_data_set --empty
label "$WORK/clips" clips_to_data_set ${CLIPS:+--only "$CLIPS"}
label "$WORK/cut-outs" cut_outs "$WORK/people" "$WORK/clips"

if [ -z "$START" ] && [ ! -f "$WORK/stem.pt" ]; then
    say "teaches the stem"
    "$python" -m $package.learning.distil_stem --pictures "$WORK"/renders-*/images "$WORK/people/images" \
        "$WORK/empty/images" --steps "$TAUGHT" --out "$WORK/stem.new"
    mv "$WORK/stem.new" "$WORK/stem.pt"
fi

# Another start or other stages are another training, with a folder of its own.
run="$WORK/run-$(echo "$STAGES ${START:-imagenet}" | tr ' :/' '___')"
mkdir -p "$run"
if [ ! -f "$run/trained" ]; then
    say "trains: $STAGES"
    # Weights: few real pictures, drawn often; the renders together get two thirds of the draws.
    share() { echo "$2" | awk -v all="$1" '{print all / NF}'; }
    sets=$(
        for seed in $seeds; do printf '%s/renders-%s:%s ' "$WORK" "$seed" "$(share 0.18 "$seeds")"; done
        for seed in $installed; do printf '%s/installed-%s:%s ' "$WORK" "$seed" "$(share 0.45 "$installed")"; done
    )
    start="--stem $WORK/stem.pt"
    [ -z "$START" ] || start="--model $START"
    # shellcheck disable=SC2086  # one argument a data set and a stage
    "$python" -m $package.learning.train --data $sets "$WORK/plain:0.02" "$WORK/people:0.22" "$WORK/clips:0.08" \
        "$WORK/empty:0.05" --cut-outs "$WORK/cut-outs" --out "$run" --stages $STAGES --batch "$BATCH" \
        $start --workers "$((jobs > 2 ? jobs - 2 : 1))"
    touch "$run/trained"
    rm -f "$run/exported"
fi

if [ ! -f "$run/exported" ]; then
    say "exports $OUT"
    "$python" -m $package.export.checkpoint_to_model --checkpoint "$run/checkpoint.pt" \
        --calibration "$WORK/calibration" --golden "$WORK/held-out" --version "$VERSION" \
        --float-out "$run/float.tflite" --out "$OUT"
    touch "$run/exported"
    rm -f "$run/figures.json"
fi

# Falls are measured on the clips that nothing was learnt from.
clips=$SHARED/clips/upfall
if [ ! -f "$WORK/held-out-clips/labels.csv" ]; then
    mkdir -p "$WORK/held-out-clips"
    for clip in "$clips"/*.mp4; do
        case $clip in
        *_t1_c1.mp4) ;;
        *) ln -sf "$(realpath "$clip")" "$WORK/held-out-clips/" ;;
        esac
    done
    grep -v '_t1_c1\.mp4' "$clips/labels.csv" >"$WORK/held-out-clips/labels.csv"
fi

if [ ! -f "$run/figures.json" ]; then
    say "measures"
    "$python" -m $package.evaluate --renders "$WORK/held-out" "$WORK/held-out-any" --coco "$SHARED/images/coco" \
        --clips "$WORK/held-out-clips" "$OUT" "$run/float.tflite" >"$run/figures.new"
    mv "$run/figures.new" "$run/figures.json"
fi
cat "$run/figures.json"
