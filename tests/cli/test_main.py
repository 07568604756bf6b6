"""The command line as a whole: help, exit codes, and what an error looks like."""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent import __version__
from edge_agent.cli import check_config_command
from edge_agent.cli.main import main
from edge_agent.errors import CaptureError

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLE = str(PROJECT / "config" / "edge-agent.example.yaml")
HEAVY = ("amqtt", "cv2", "numpy", "scipy", "pydantic", "yaml", "paho", "ai_edge_litert", "tflite_runtime")


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], int]], None]:
    """Let the command `check-config` do something else."""

    def answer(action: Callable[[], int]) -> None:
        def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
            parser = subparsers.add_parser("check-config")
            parser.set_defaults(handler=lambda _: action())

        monkeypatch.setattr(check_config_command, "add_parser", add_parser)

    return answer


def edge_agent(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edge_agent", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )


def test_help_tells_purpose_commands_examples_exit_codes_and_where_to_read_on() -> None:
    ran = edge_agent("--help")
    assert ran.returncode == 0
    for words in ("No image leaves the device", "examples:", "exit codes:", "docs/"):
        assert words in ran.stdout
    for command in ("demo", "run", "replay", "pose", "check-config", "model", "certs"):
        assert re.search(rf"^    {command}\s", ran.stdout, re.MULTILINE)


def test_version() -> None:
    assert edge_agent("--version").stdout == f"edge-agent {__version__}\n"


def test_no_command_is_wrong_usage_and_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "commands:" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["no-such-command"], ["check-config"], ["check-config", "a", "--no-such"]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: edge-agent" in capsys.readouterr().err


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import json, sys\nfrom edge_agent.cli.main import build_parser\nbuild_parser().format_help()\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == []


def test_a_good_configuration_from_end_to_end() -> None:
    ran = edge_agent("check-config", EXAMPLE)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"{EXAMPLE}: good")


def test_an_error_of_ours_is_one_line_without_a_traceback(
    answering: Callable[[Callable[[], int]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> int:
        raise CaptureError("cam-1: /dev/video0 cannot be opened;\ncheck the cable")

    answering(fail)
    assert main(["check-config"]) == 1
    assert capsys.readouterr().err == "edge-agent: cam-1: /dev/video0 cannot be opened; check the cable\n"


def test_an_interruption_by_the_keyboard(answering: Callable[[Callable[[], int]], None]) -> None:
    def interrupt() -> int:
        raise KeyboardInterrupt

    answering(interrupt)
    assert main(["check-config"]) == 130


def test_an_error_that_is_not_ours_is_not_hidden(answering: Callable[[Callable[[], int]], None]) -> None:
    def stumble() -> int:
        raise ZeroDivisionError

    answering(stumble)
    with pytest.raises(ZeroDivisionError):
        main(["check-config"])


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = [sys.executable, "-m", "edge_agent", "check-config", EXAMPLE]
    reader, writer = os.pipe()
    os.close(reader)  # before anything can be written
    with os.fdopen(writer, "wb") as output:
        ran = subprocess.run(command, cwd=PROJECT, stdout=output, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (141, "")


def test_output_that_cannot_be_written_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "edge_agent", "check-config", EXAMPLE],
            cwd=PROJECT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ran.stderr == "edge-agent: the output cannot be written: No space left on device\n"
    assert ran.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "level"),
    [
        (["check-config"], logging.WARNING),
        (["check-config", "-v"], logging.INFO),
        (["-v", "check-config"], logging.INFO),
        (["check-config", "-vv"], logging.DEBUG),
        (["check-config", "-vvv"], logging.DEBUG),
    ],
)
def test_verbosity_before_or_after_the_command(
    answering: Callable[[Callable[[], int]], None], arguments: list[str], level: int
) -> None:
    answering(lambda: 0)
    assert main(arguments) == 0
    assert logging.getLogger("edge_agent").level == level


def test_the_log_goes_to_stderr(
    answering: Callable[[Callable[[], int]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def warn() -> int:
        logging.getLogger("edge_agent.capture").warning("cam-1: no frame for 5 s")
        return 0

    answering(warn)
    assert main(["check-config"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith("WARNING edge_agent.capture: cam-1: no frame for 5 s\n")
