#!/bin/sh
# Makes the default model, from nothing to models/edge-pose-n, on a machine with Python 3.10 to 3.12.
#
#     sh models/training/recipe.sh                 about a day on 2 cores, less than two hours with a GPU
#     STEPS=60000 sh models/training/recipe.sh     a longer training
#
# Each step is left out where its result is there already, so that an interrupted run goes on where it was; delete a
# result to make it again. What can be set:
#     SHARED    folder with train/, clips/ and images/coco (default ../shared); its contents never enter the repository
#     WORK      where everything made is put (default build/training, some 3 GB)
#     OUT       the model's directory (default models/edge-pose-n)
#     STEPS     batches to learn from (default 20000)
#     PICTURES  rendered pictures a set (default 400)
#     SEEDS     of the rendered sets, one a set (default "21 22 ... 32")
#     CLIPS     label only clips whose name contains this (default: all that may be trained on)
#     TAUGHT    steps of teaching the stem (default 1500)
#     BATCH     pictures a batch (default 32)
#     VERSION   of the model (default 1.0)
#     VENV      an environment that has everything, instead of .venv-training
#
# PyTorch from the package index is large, 5 GB with CUDA; setup.sh says how to take the CPU build.
set -eu
cd "$(dirname "$0")/../.."
SHARED=${SHARED:-../shared} WORK=${WORK:-build/training} OUT=${OUT:-models/edge-pose-n}
STEPS=${STEPS:-20000} PICTURES=${PICTURES:-400} TAUGHT=${TAUGHT:-1500} BATCH=${BATCH:-32} VERSION=${VERSION:-1.0}
VENV=${VENV:-}
seeds=${SEEDS:-21 22 23 24 25 26 27 28 29 30 31 32}
held_out_seed=99
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
if [ ! -f "$WORK/plain/labels.jsonl" ]; then
    say "renders $WORK/plain"
    "$python" -m $package.render.plain_figures_to_data_set --out "$WORK/plain" --count "$((PICTURES / 10))" --seed 5
fi
# Rooms only: the photographs behind people are all used in training.
render "$WORK/held-out" $held_out_seed $((PICTURES * 3 / 4))
label "$WORK/people" pictures_to_data_set
label "$WORK/empty" pictures_to_data_set --empty
label "$WORK/clips" clips_to_data_set ${CLIPS:+--only "$CLIPS"}
label "$WORK/cut-outs" cut_outs "$WORK/people" "$WORK/clips"

if [ ! -f "$WORK/stem.pt" ]; then
    say "teaches the stem"
    "$python" -m $package.learning.distil_stem --pictures "$WORK"/renders-*/images "$WORK/people/images" \
        "$WORK/empty/images" --steps "$TAUGHT" --out "$WORK/stem.new"
    mv "$WORK/stem.new" "$WORK/stem.pt"
fi

if [ ! -f "$WORK/trained-$STEPS" ]; then
    say "trains: $STEPS steps"
    # Weights: few real pictures, drawn often; the renders together get half of the draws.
    # shellcheck disable=SC2086  # one word a set
    share=$(echo $seeds | awk '{print 0.53 / NF}')
    renders=$(for seed in $seeds; do printf '%s/renders-%s:%s ' "$WORK" "$seed" "$share"; done)
    # shellcheck disable=SC2086  # one argument a data set
    "$python" -m $package.learning.train --data $renders "$WORK/plain:0.03" "$WORK/people:0.30" "$WORK/clips:0.10" "$WORK/empty:0.07" \
        --cut-outs "$WORK/cut-outs" --stem "$WORK/stem.pt" --out "$WORK/run" --steps "$STEPS" --batch "$BATCH" \
        --workers "$((jobs > 2 ? jobs - 2 : 1))"
    touch "$WORK/trained-$STEPS"
    rm -f "$WORK/exported"
fi

if [ ! -f "$WORK/exported" ]; then
    say "exports $OUT"
    "$python" -m $package.export.checkpoint_to_model --checkpoint "$WORK/run/checkpoint.pt" \
        --calibration "$WORK/held-out" --golden "$WORK/held-out" --version "$VERSION" \
        --float-out "$WORK/float.tflite" --out "$OUT"
    touch "$WORK/exported"
    rm -f "$WORK/figures.json"
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

if [ ! -f "$WORK/figures.json" ]; then
    say "measures"
    "$python" -m $package.evaluate --renders "$WORK/held-out" --coco "$SHARED/images/coco" \
        --clips "$WORK/held-out-clips" "$OUT" "$WORK/float.tflite" >"$WORK/figures.new"
    mv "$WORK/figures.new" "$WORK/figures.json"
fi
cat "$WORK/figures.json"
