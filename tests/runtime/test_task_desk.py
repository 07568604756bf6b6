"""Work that one thread does for another."""

from __future__ import annotations

import threading

import pytest

from edge_agent.errors import CommandRefused
from edge_agent.runtime.task_desk import TaskDesk


def served(desk: TaskDesk[list[int]], context: list[int], stop: threading.Event) -> None:
    while not stop.is_set():
        desk.serve(context)


def test_the_owner_does_the_task_and_who_asked_gets_its_result_or_its_refusal() -> None:
    desk: TaskDesk[list[int]] = TaskDesk()
    stop, context = threading.Event(), [1, 2]
    owner = threading.Thread(target=served, args=(desk, context, stop))
    owner.start()

    def refuse(_: list[int]) -> None:
        raise CommandRefused("too_long", "no")

    try:
        assert desk.ask(lambda numbers: (sum(numbers), threading.current_thread() is owner), 30.0) == (3, True)
        with pytest.raises(CommandRefused):
            desk.ask(refuse, 30.0)
    finally:
        stop.set()
        owner.join()


def test_a_task_that_nobody_began_in_time_is_never_done() -> None:
    desk: TaskDesk[list[int]] = TaskDesk()
    with pytest.raises(TimeoutError):
        desk.ask(lambda numbers: numbers.append(1), 0.01)
    context: list[int] = []
    desk.serve(context)
    assert context == []
