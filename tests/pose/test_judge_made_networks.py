"""Networks of another kind, and hostile ones, made with the schema that the LiteRT wheel carries."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny_networks

from edge_agent.errors import ModelRefused, ModelUnreadable, TooMuchMemory, TooSlow
from edge_agent.pose.judge import ProbeLimits, ProbeReport, judge_model
from edge_agent.pose.model_files import locate


def judge(path: Path, limits: ProbeLimits | None = None) -> ProbeReport:
    return judge_model(locate(path), "litert", limits)


def written(directory: Path, content: bytes) -> Path:
    path = directory / "model.tflite"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("network", "found"),
    [(tiny_networks.classifier(), r"float32 \[1,3072\]"), (tiny_networks.two_outputs(), r"\[1,1024,3\]")],
    ids=["classifier", "two outputs"],
)
def test_another_network_is_refused_with_what_was_found_and_expected(
    tmp_path: Path, network: bytes, found: str
) -> None:
    with pytest.raises(ModelRefused, match=rf"{found}, expected one tensor \[1,56,N\]"):
        judge(written(tmp_path, network))


def test_a_file_that_kills_the_interpreter_kills_only_the_child(tmp_path: Path) -> None:
    with pytest.raises(ModelUnreadable, match=r"killed the interpreter \(SIGSEGV\)"):
        judge(written(tmp_path, tiny_networks.killer()))


def test_a_file_that_computes_for_ever_is_stopped_by_the_limit_on_the_processor(tmp_path: Path) -> None:
    with pytest.raises(TooSlow, match="more than 1 s of processor time"):
        judge(written(tmp_path, tiny_networks.endless(600)), ProbeLimits(cpu_s=1))


def test_a_child_that_does_not_answer_is_stopped_by_the_clock(tmp_path: Path) -> None:
    with pytest.raises(TooSlow, match=r"no verdict within 0\.6 s"):
        judge(written(tmp_path, tiny_networks.endless(600)), ProbeLimits(wall_s=0.6))


def test_a_file_that_wants_all_memory_does_not_get_it(tmp_path: Path) -> None:
    with pytest.raises(TooMuchMemory, match="one of its tensors has 12884 MB"):
        judge(written(tmp_path, tiny_networks.glutton()))
