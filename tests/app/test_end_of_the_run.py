"""How a run ends decides whom the next start blames: nobody, the model on trial, or the configuration from afar."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from edge_agent.app import daemon
from edge_agent.app.agent import Agent
from edge_agent.app.model_keeper import ModelKeeper
from edge_agent.app.optional_parts import no_matter
from edge_agent.app.state_lock import StateLock
from edge_agent.capture.source_settings import ClipSettings
from edge_agent.clock import SystemClock
from edge_agent.errors import MetricsError, OutboxError
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.runtime.watchdog import ServiceNotifier
from edge_agent.settings.settings import CameraSettings, Settings
from edge_agent.update.store import Store
from edge_agent.update.trial_mark import MARK_FILE, next_mark, write_mark
from edge_agent.updater.link import Link


def settings(directory: Path) -> Settings:
    camera = CameraSettings(name="hall", source=ClipSettings(type="clip", path=directory / "clip.mp4"))
    broker = BrokerSettings(host="127.0.0.1")
    return Settings(site="plant-1", device="dev-1", state_dir=directory, cameras=(camera,), mqtt=broker)


@pytest.fixture
def blamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, bool]]:
    """Runs the daemon with this start and this look at the health; whether models and commands were to blame."""

    def run(start: Callable[[], None] = lambda: None, health: Callable[[], Any] = lambda: None) -> dict[str, bool]:
        found: dict[str, bool] = {}

        def start_it(agent: Agent) -> None:
            commands = SimpleNamespace(close=lambda *, on_purpose: found.update(commands=not on_purpose))
            monkeypatch.setattr(agent, "_commands", commands)
            monkeypatch.setattr(agent, "_obeying", agent._keeping)  # a thread that does not run
            start()
            agent.started = True

        def close(_: ModelKeeper, *, on_purpose: bool) -> None:
            found["models"] = not on_purpose

        monkeypatch.setattr(Agent, "start", start_it)
        monkeypatch.setattr(Agent, "report_health", lambda _: health())
        monkeypatch.setattr(ModelKeeper, "close", close)
        monkeypatch.setattr(daemon, "_HEALTH_EVERY_S", 0.0)
        monkeypatch.setattr(daemon, "health_to_status", lambda _, *, connected: f"connected: {connected}")
        try:
            daemon.run_daemon(tmp_path / "edge-agent.yaml", settings(tmp_path))
        except (KeyError, MetricsError, OutboxError) as error:
            logging.getLogger(__name__).info("it ended with %r", error)
        return found

    return run


def fail(error: Exception) -> Callable[[], None]:
    def raise_it() -> None:
        raise error

    return raise_it


def test_a_stop_that_somebody_asked_for_blames_nobody(blamed: Callable[..., dict[str, bool]]) -> None:
    assert blamed(health=lambda: os.kill(os.getpid(), signal.SIGTERM)) == {"models": False, "commands": False}


@pytest.mark.parametrize("error", [KeyError("a value that nobody thought of"), OutboxError("in the middle of it all")])
def test_an_error_that_ends_the_main_thread_is_not_taken_for_a_stop(
    error: Exception, blamed: Callable[..., dict[str, bool]]
) -> None:
    assert blamed(health=fail(error)) == {"models": True, "commands": True}


def test_an_error_of_the_start_that_nobody_foresaw_blames_the_model(blamed: Callable[..., dict[str, bool]]) -> None:
    assert blamed(start=fail(KeyError("unforeseen"))) == {"models": True, "commands": True}


def test_a_start_that_is_refused_in_words_is_no_crash_of_a_model_and_proves_no_configuration(
    blamed: Callable[..., dict[str, bool]],
) -> None:
    assert blamed(start=fail(MetricsError("metrics needs a package"))) == {"models": False, "commands": True}


def test_a_second_agent_that_is_refused_leaves_the_trial_of_the_first_alone(tmp_path: Path) -> None:
    first = StateLock(tmp_path)
    first.acquire()
    mark = Store(tmp_path).models / MARK_FILE
    mark.parent.mkdir(parents=True)
    write_mark(mark, next_mark(None, "a" * 64, "boot-1"))
    second = Agent(settings(tmp_path), SystemClock(), tmp_path / "edge-agent.yaml")
    with pytest.raises(OutboxError, match="another edge-agent"):
        second.start()
    second.stop(on_purpose=True)
    assert mark.exists()
    first.release()


def test_the_models_thread_has_ended_before_the_mark_of_a_trial_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    closed = threading.Event()

    def run(_: ModelKeeper, stop: threading.Event) -> None:
        stop.wait(30.0)
        closed.wait(0.5)  # a mark is being written
        order.append("thread ended")

    def close(_: ModelKeeper, *, on_purpose: bool) -> None:
        order.append(f"closed, on purpose: {on_purpose}")
        closed.set()

    monkeypatch.setattr(ModelKeeper, "run", run)
    monkeypatch.setattr(ModelKeeper, "close", close)
    agent = Agent(settings(tmp_path), SystemClock(), tmp_path / "edge-agent.yaml")
    agent._keeping.start()
    agent.stop()
    assert order == ["thread ended", "closed, on purpose: True"]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closing: ExitStack) -> Callable[[], list[str]]:
    """What systemd was told since, but for the watchdog's beats."""
    systemd = closing.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    systemd.bind(str(tmp_path / "notify"))
    systemd.setblocking(False)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))

    def so_far() -> list[str]:
        said = []
        try:
            while True:
                said.append(systemd.recv(1000).decode())
        except BlockingIOError:
            return [each for each in said if each != "WATCHDOG=1"]

    return so_far


def test_a_reload_before_the_first_judged_frame_waits_and_does_not_count_as_started(
    told: Callable[[], list[str]],
) -> None:
    settled, before = threading.Event(), list[str]()
    signals = daemon._Signals()
    signals.on_reload(signal.SIGHUP, None)
    turns = iter(range(100))

    def turn(_: Any) -> None:
        number = next(turns)
        if number == 2:
            before.extend(told())
            settled.set()
        signals.stop = number == 4

    def reload() -> None:
        assert settled.is_set()

    agent: Any = SimpleNamespace(
        died=threading.Event(),
        vision=SimpleNamespace(settled=settled, beat_s=time.monotonic()),
        health=lambda: None,
        reloader=reload,
        main_desk=SimpleNamespace(serve=turn),
    )
    daemon._watch_over(agent, signals, ServiceNotifier())
    assert before == []
    after = told()
    assert after[0] == "READY=1"
    assert any("RELOADING=1" in each for each in after)


def test_the_death_of_a_thread_that_matters_is_critical_and_that_of_another_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    error = ValueError("boom")
    agent = Agent(settings(tmp_path), SystemClock(), tmp_path / "edge-agent.yaml")
    agent._on_death("vision", error)
    no_matter("sparkplug", error)
    Link._on_death(cast("Link", None), "publisher", error)
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert said == [
        ("CRITICAL", "thread vision died; the agent ends and is started again"),
        ("ERROR", "watching goes on without sparkplug (ValueError); please report this"),
        ("ERROR", "the updater goes on without publisher (ValueError); please report this"),
    ]
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [error] * 3
    assert agent.died.is_set()
