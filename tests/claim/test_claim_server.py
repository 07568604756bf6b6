"""The server of a fleet among those who mean no good, and when its operator's disk is full."""

from __future__ import annotations

import errno
import random
import socket
import time
from contextlib import ExitStack
from dataclasses import replace

import pytest
from claim_bench import Claimer, Fleet

from edge_agent.claim.run_claim import run_claim
from edge_agent.errors import ClaimRefused
from edge_agent.fleet import claim_server
from edge_agent.fleet.seats import Seats
from edge_agent.runtime.backoff import FullJitter


def test_no_address_takes_every_seat_and_what_is_left_is_free_again() -> None:
    seats = Seats(most=10, most_each=3)
    assert [seats.take("a") for _ in range(5)] == [True] * 3 + [False] * 2
    assert [seats.take(each) for each in "bbbbccccdddd"] == [*[True] * 3, False, *[True] * 3, False, True, *[False] * 3]
    seats.leave("a")
    assert [seats.take("a"), seats.take("a")] == [True, False]


def test_silent_connections_beyond_a_few_of_one_address_are_turned_away_told_once_and_soon_over(
    fleet: Fleet, device: Claimer
) -> None:
    with ExitStack() as stack:
        for _ in range(30):
            silent = socket.create_connection(("127.0.0.1", fleet.server.server_port), timeout=30)
            stack.enter_context(silent)
        assert silent.recv(1) == b""  # the last one is not waited for
        assert fleet.told == ["127.0.0.1: turned away, with others perhaps: too many connections at once"]
        run_claim(device.plan, device.clock, FullJitter(random.Random(1), 0.1, 0.5), time.sleep)
    assert device.plan.files.cert.exists()
    assert sum("turned away" in line for line in fleet.told) == 1


def test_a_handshake_has_less_time_than_an_answer() -> None:
    assert claim_server._HANDSHAKE_S < claim_server._SILENCE_S


def test_a_full_disk_of_the_operator_keeps_no_device_from_its_answer(fleet: Fleet, device: Claimer) -> None:
    def tell(_line: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    fleet.server.counter = replace(fleet.server.counter, tell=tell)
    device.enrol()
    device.give("wrong").plan.files.cert.unlink()
    with pytest.raises(ClaimRefused, match="does not take the token"):
        device.enrol()
