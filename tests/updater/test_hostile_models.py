"""Hostile model files before the real judge: none takes its caller along, each is refused with the right reason."""

from __future__ import annotations

import random
import shutil
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "pose"))

from hostile_models import HOSTILE, mutated, written
from upright_only import upright_only

from edge_agent.errors import GoldenMismatch, ModelError
from edge_agent.pose.frame_to_pose import FrameToPose
from edge_agent.pose.golden import golden_files, read_golden, score
from edge_agent.pose.golden_score import GoldenScore
from edge_agent.pose.interpreter import ModelInterpreter
from edge_agent.pose.judge import ProbeBudget, ProbeLimits, judge_model
from edge_agent.pose.model_files import locate
from edge_agent.pose.output_layout import OutputFormat, TensorLayout
from edge_agent.update.reason import UpdateReason as R
from edge_agent.updater.release_steps import reason_of

MODEL = Path(__file__).resolve().parents[2] / "models" / "edge-pose-n"
GOLDEN = MODEL.parent / "golden"
LIMITS = ProbeLimits(cpu_s=5, wall_s=30.0)
SEED = 6
MUTATIONS = 1000


def judged(directory: Path, limits: ProbeLimits = LIMITS, budget: ProbeBudget | None = None) -> R | None:
    """Why a model is refused; None where it is not."""
    try:
        judge_model(locate(directory), "litert", limits, budget)
    except ModelError as fault:
        return reason_of(fault)
    return None


def test_the_model_that_they_are_made_of_is_good(tmp_path: Path) -> None:
    assert judged(written(tmp_path, (MODEL / "model.tflite").read_bytes())) is None


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_the_right_reason(tmp_path: Path, name: str) -> None:
    make, reason = HOSTILE[name]
    assert judged(written(tmp_path, make((MODEL / "model.tflite").read_bytes()))) is reason


def test_a_model_that_costs_more_than_its_budget_is_refused_with_what_it_costs(tmp_path: Path) -> None:
    directory = written(tmp_path, (MODEL / "model.tflite").read_bytes())
    assert judged(directory, budget=ProbeBudget(latency_ms=0.01)) is R.LATENCY
    assert judged(directory, budget=ProbeBudget(rss_mb=10.0)) is R.MEMORY
    assert judged(directory, budget=ProbeBudget(latency_ms=10_000.0, rss_mb=2000.0)) is None


def test_a_model_that_sees_nobody_who_lies_is_refused_and_told_why(tmp_path: Path) -> None:
    directory = written(tmp_path, upright_only((MODEL / "model.tflite").read_bytes()))
    with pytest.raises(GoldenMismatch, match=r"does not find the person who lies .*miss falls") as refusal:
        judge_model(locate(directory), "litert", LIMITS)
    assert reason_of(refusal.value) is R.GOLDEN_MISMATCH
    named = {name for name in golden_files(GOLDEN) if name in str(refusal.value)}
    assert named == {"on-back.png", "face-down.png"}


def test_the_pictures_of_who_stands_alone_would_have_let_it_pass(tmp_path: Path) -> None:
    shipped = golden_scores(MODEL)
    found = golden_scores(written(tmp_path, upright_only((MODEL / "model.tflite").read_bytes())))
    assert all(each.passed for each in shipped)
    assert [each for each in found if not each.lying] == [each for each in shipped if not each.lying]
    assert all(each.score < 0.5 * each.least_score for each in found if each.lying)


def golden_scores(directory: Path) -> list[GoldenScore]:
    """What a network says of the shipped golden inputs, judged by nobody."""
    interpreter = ModelInterpreter(directory / "model.tflite", "litert", threads=1)
    stage = FrameToPose(interpreter, OutputFormat(TensorLayout.HEADS, normalised=False), 0.05)
    return [score(each, stage(each.image)) for each in read_golden(None)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("inputs: [{image: ../../../etc/passwd, keypoints_px: [], area_px: 1}]", R.LOAD_FAILED),
        ("inputs: [{image: bomb.png, keypoints_px: [], area_px: 1}]", R.LOAD_FAILED),
        ("a: &a [x, x]\nb: &b [*a, *a]\ninputs: [*b, *b]", R.LOAD_FAILED),
    ],
)
def test_golden_inputs_of_its_own_are_as_untrusted(tmp_path: Path, text: str, reason: R) -> None:
    shutil.copytree(MODEL, tmp_path / "model")
    golden = tmp_path / "model" / "golden"
    (golden / "golden.yaml").write_text(text + "\n")
    (golden / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(3000))
    assert judged(tmp_path / "model") is reason


def judged_mutations(tmp_path: Path, count: int) -> Counter[str]:
    rng = random.Random(SEED)
    model = (MODEL / "model.tflite").read_bytes()
    seeds = [rng.randrange(2**62) for _ in range(count)]

    def one(seed: int) -> str:
        directory = written(tmp_path / str(seed), mutated(model, random.Random(seed)))
        try:
            reason = judged(directory)
            return "harmless" if reason is None else reason.value
        finally:
            shutil.rmtree(directory)

    with ThreadPoolExecutor(2) as pool:
        return Counter(pool.map(one, seeds))


def test_a_few_mutations_are_refused_or_harmless(tmp_path: Path) -> None:
    found = judged_mutations(tmp_path, 12)
    assert found.total() == 12


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_thousand_mutations_are_refused_or_harmless(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = judged_mutations(tmp_path, MUTATIONS)
    with capsys.disabled():
        sys.stdout.write(f"\n{MUTATIONS} mutations, seed {SEED}: {dict(found.most_common())}\n")
    assert found.total() == MUTATIONS
    assert set(found) <= {"harmless", "load_failed", "golden_mismatch", "memory", "latency"}
    # A flipped weight among a million changes nothing that anybody could measure; the structure is another matter.
    assert found["harmless"] < MUTATIONS / 2
