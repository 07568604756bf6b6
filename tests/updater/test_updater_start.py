"""How `edge-agent updater run` begins under systemd: quietly without work, with the reason where it cannot."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_agent.cli.main import main
from edge_agent.update.journal import Entry
from edge_agent.update.reason import UpdateReason, UpdateState
from edge_agent.updater.state_to_words import state_to_words

CONFIG = """\
site: plant-1
device: dev-1
state_dir: state
cameras: [{name: hall, source: {type: v4l2, device: /dev/video0}}]
mqtt: {host: 127.0.0.1}
"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """What systemd would have been told so far."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    channel.bind(str(tmp_path / "notify"))
    channel.setblocking(False)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))

    def read() -> str:
        words = []
        while True:
            try:
                words.append(channel.recv(4096).decode())
            except BlockingIOError:
                return "\n".join(words)

    with channel:
        yield read


@pytest.mark.parametrize("once", [[], ["--once"]])
def test_without_a_section_update_it_ends_at_once_and_is_no_failed_unit(
    once: list[str], tmp_path: Path, told: Callable[[], str], capfd: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG)
    assert main(["updater", "run", "--config", str(config), *once]) == 0
    assert told() == "READY=1"  # a Type=notify service that ends before it would be `failed`
    (line,) = capfd.readouterr().err.splitlines()
    assert line == f"edge-agent: {config}: no section `update`: this device takes no models over the air"
    assert not (tmp_path / "state").exists()


def test_a_configuration_that_cannot_be_used_is_told_and_not_tried_again(
    tmp_path: Path, told: Callable[[], str], capfd: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.replace("site:", "sight:"))
    assert main(["updater", "run", "--config", str(config)]) == 78
    said = capfd.readouterr().err
    assert "config.yaml:1" in said
    assert told().startswith("STATUS=looks for no models, since the configuration cannot be used: ")


def test_every_state_is_told_in_words_with_its_reason() -> None:
    for state in UpdateState:
        assert state_to_words(Entry(state=state))
    failed = Entry(state=UpdateState.FAILED, reason=UpdateReason.LATENCY, text="90 ms of 60 ms")
    assert state_to_words(failed) == "the last update failed; the model before it watches: latency (90 ms of 60 ms)"
