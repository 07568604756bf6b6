"""A worker ends when asked, and never dies silently."""

from __future__ import annotations

import threading

import pytest

from edge_agent.runtime.worker import Worker


class Deaths:
    def __init__(self) -> None:
        self.seen: list[tuple[str, BaseException]] = []

    def __call__(self, name: str, error: BaseException) -> None:
        self.seen.append((name, error))


def test_a_worker_runs_under_its_name_and_ends_when_asked() -> None:
    deaths, names = Deaths(), []

    def run(stop: threading.Event) -> None:
        names.append(threading.current_thread().name)
        stop.wait(60.0)

    worker = Worker("vision", run, deaths)
    assert not worker.alive
    worker.start()
    assert worker.alive
    assert not worker.join(0.01)
    worker.request_stop()
    assert worker.join(30.0)
    assert names == ["vision"]
    assert deaths.seen == []


def test_a_worker_that_returns_by_itself_has_not_died() -> None:
    deaths = Deaths()
    worker = Worker("clip", lambda stop: None, deaths)
    worker.start()
    assert worker.join(30.0)
    assert deaths.seen == []


@pytest.mark.parametrize("error", [ValueError("boom"), MemoryError(), SystemExit(3)])
def test_whatever_is_raised_is_handed_to_who_knows_what_it_means_and_nobody_else_says_so(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    deaths = Deaths()

    def run(stop: threading.Event) -> None:
        raise error

    worker = Worker("capture press-3", run, deaths)
    worker.start()
    assert worker.join(30.0)
    assert deaths.seen == [("capture press-3", error)]
    assert caplog.records == []


def test_join_before_start_says_that_nothing_runs() -> None:
    assert Worker("never", lambda stop: None, Deaths()).join(0.0)
