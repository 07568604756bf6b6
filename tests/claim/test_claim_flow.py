"""From nothing to a certificate and on to the next one, against the fleet's own server over real TLS."""

from __future__ import annotations

import os
import random
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from claim_bench import Claimer, Fleet, SetClock, some_authority
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.claim import enrolment
from edge_agent.claim.est_client import Answer, EstClient
from edge_agent.claim.run_claim import run_claim
from edge_agent.errors import ClaimDelayed, ClaimError, ClaimRefused
from edge_agent.runtime.backoff import FullJitter

CA_PEM = some_authority()
AGED = timedelta(days=300)  # more than two thirds of a year


class PowerCut(BaseException):
    """What the device was doing ended here."""


def serial(device: Claimer) -> int:
    return x509.load_pem_x509_certificate(device.plan.files.cert.read_bytes()).serial_number


def test_a_device_that_was_invited_gets_a_certificate_for_the_key_that_it_made(fleet: Fleet, device: Claimer) -> None:
    given_ = device.enrol()
    key = load_pem_private_key(device.plan.files.key.read_bytes(), None)
    assert x509.load_pem_x509_certificate(device.plan.files.cert.read_bytes()) == given_
    assert key.public_key() == given_.public_key()
    assert given_.subject.rfc4514_string() == "CN=plant-1/hall-1"
    assert fleet.told == [
        f"plant-1/hall-1: claimed: number {given_.serial_number:x}, until {given_.not_valid_after_utc:%Y-%m-%d}"
    ]


def test_the_key_is_the_owners_alone_and_nothing_else_is_left_behind(device: Claimer) -> None:
    device.enrol()
    assert stat.S_IMODE(device.plan.files.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(device.plan.files.key.parent.stat().st_mode) == 0o700
    assert sorted(each.name for each in device.plan.files.key.parent.iterdir()) == [
        "device.invitation",
        "device.key",
        "device.pem",
    ]
    token = (device.directory / "token").read_text().strip()
    assert token not in device.plan.files.invitation.read_text()


def test_who_has_a_good_certificate_asks_nobody(fleet: Fleet, device: Claimer) -> None:
    first = device.enrol()
    fleet.stop()
    assert device.enrol() == first


def test_a_device_that_lost_the_answer_gets_the_same_certificate(fleet: Fleet, device: Claimer) -> None:
    first = device.enrol()
    device.plan.files.cert.unlink()
    assert device.enrol() == first
    assert "got its certificate again" in fleet.told[-1]


def test_another_key_with_the_same_token_gets_nothing(fleet: Fleet, device: Claimer) -> None:
    device.enrol()
    for file in device.plan.files.key.parent.iterdir():
        file.unlink()
    with pytest.raises(
        ClaimRefused, match=r"does not take the token: .* \(the token was used, with another key\): invite"
    ):
        device.enrol()
    assert not device.plan.files.cert.exists()


def test_a_wrong_token_is_refused_and_stands_in_no_error(fleet: Fleet, device: Claimer) -> None:
    device.give("not-the-token-of-anybody")
    with pytest.raises(ClaimRefused, match="invite plant-1/hall-1 anew") as refused:
        device.enrol()
    assert "not-the-token" not in str(refused.value)
    assert fleet.told == ["127.0.0.1: refused: unknown token"]


def test_an_invitation_that_nobody_used_in_time_is_void(fleet: Fleet, device: Claimer) -> None:
    device.give(fleet.invite(days=-0.001, again=True))
    with pytest.raises(ClaimRefused, match="the invitation has expired"):
        device.enrol()


def test_a_token_is_for_one_device_alone(fleet: Fleet, device: Claimer) -> None:
    device.give(fleet.invite("plant-1/hall-2"))
    with pytest.raises(ClaimRefused, match="the token is not known"):
        device.enrol()


def test_who_waits_for_an_approval_is_told_when_to_ask_again_and_asks_with_the_same_request(
    fleet_by_hand: Fleet, tmp_path: Path
) -> None:
    fleet = fleet_by_hand
    device = Claimer(tmp_path / "device", fleet.url, fleet.place.ca).give(fleet.invite())
    with pytest.raises(ClaimDelayed, match=r"waits for somebody to approve it; its key is [0-9a-f]{32}") as waits:
        device.enrol()
    assert waits.value.wait_s == 7.0
    asked = device.plan.files.request.read_bytes()
    shown = str(waits.value)[-32:]
    assert fleet.told[-1] == f"plant-1/hall-1: waits for `approve`; its key is {shown}"
    with pytest.raises(ClaimDelayed):
        device.enrol()
    assert device.plan.files.request.read_bytes() == asked
    fleet.approve()
    device.enrol()
    assert not device.plan.files.request.exists()


def test_a_run_waits_as_it_is_told_until_it_is_approved(fleet_by_hand: Fleet, tmp_path: Path) -> None:
    fleet = fleet_by_hand
    device = Claimer(tmp_path / "device", fleet.url, fleet.place.ca).give(fleet.invite())
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            fleet.approve()

    run_claim(device.plan, device.clock, FullJitter(random.Random(1)), pause)
    assert pauses == [7.0, 7.0]


def test_what_waits_gives_up_after_an_hour_so_that_the_timer_begins_anew_with_what_was_corrected(
    fleet_by_hand: Fleet, tmp_path: Path
) -> None:
    fleet = fleet_by_hand
    device = Claimer(tmp_path / "device", fleet.url, fleet.place.ca).give(fleet.invite())
    fleet.server.counter = replace(fleet.server.counter, retry_after_s=1500)
    device.clock = clock = TurnedClock()
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        clock.turned_s += seconds

    with pytest.raises(ClaimDelayed, match=r"waits for somebody.*`systemctl restart edge-agent-claim`, tries anew"):
        run_claim(device.plan, device.clock, FullJitter(random.Random(1)), pause)
    assert pauses[:2] == [1500.0, 1500.0]
    assert sum(pauses) == pytest.approx(3600.0, abs=30.0)


class TurnedClock(SetClock):
    """Whose time passes in pauses alone, but for what the machine takes."""

    turned_s = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.turned_s


def test_a_server_that_is_away_is_asked_again_after_pauses_that_grow(
    fleet: Fleet, device: Claimer, free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    there, device.url = device.url, f"https://127.0.0.1:{free_port}"
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 8:
            raise PowerCut

    with pytest.raises(PowerCut):
        run_claim(device.plan, device.clock, FullJitter(random.Random(1), 2.0, 300.0), pause)
    assert max(pauses[:2]) < 4.0 < max(pauses) <= 300.0
    assert f"no certificate yet: 127.0.0.1:{free_port}: Connection refused; next try in" in caplog.text
    device.url = there
    device.enrol()


def test_a_certificate_is_renewed_after_two_thirds_of_its_life_with_the_same_key(fleet: Fleet, device: Claimer) -> None:
    fleet.behind = AGED
    first, key = device.enrol(), device.plan.files.key.read_bytes()
    fleet.behind = timedelta()
    (device.directory / "token").unlink()
    second = device.enrol()
    assert second.serial_number != first.serial_number
    assert serial(device) == second.serial_number
    assert (second.subject, device.plan.files.key.read_bytes()) == (first.subject, key)
    assert "renewed: number" in fleet.told[-1]


def test_a_renewal_whose_answer_was_lost_gives_the_same_certificate(
    fleet: Fleet, device: Claimer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.behind = AGED
    device.enrol()
    fleet.behind = timedelta()
    with monkeypatch.context() as patch:
        patch.setattr(enrolment, "replace_file", cut)
        with pytest.raises(PowerCut):
            device.enrol()
    lost = fleet.told[-1].split("number ")[1]
    assert f"{device.enrol().serial_number:x}" in lost
    assert "got the present certificate again" in fleet.told[-1]


def cut(*_: object) -> None:
    raise PowerCut


def test_a_directory_of_somebody_else_is_left_alone(device: Claimer) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    device.plan.files.key.parent.mkdir()
    os.chown(device.plan.files.key.parent, 4711, 4711)
    with pytest.raises(ClaimError, match=r"belongs to uid 4711.*`systemctl restart edge-agent-claim`"):
        device.enrol()


def test_a_certificate_that_does_not_name_the_client_id_is_not_installed(device: Claimer) -> None:
    device.client_id = "somebody-else"
    with pytest.raises(ClaimRefused, match="names that are not this device's"):
        device.enrol()
    assert not device.plan.files.cert.exists()


@pytest.mark.parametrize("aged", [False, True], ids=["first claim", "renewal"])
def test_after_a_power_cut_at_any_write_the_device_gets_its_one_certificate(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aged: bool
) -> None:
    cuts = 0
    while True:
        device = Claimer(tmp_path / f"device-{cuts}", fleet.url, fleet.place.ca).give(fleet.invite(again=cuts > 0))
        if aged:
            fleet.behind = AGED
            device.enrol()
            fleet.behind = timedelta()
        with monkeypatch.context() as patch:
            patch_writes(patch, cuts)
            try:
                device.enrol()
                break
            except PowerCut:
                cuts += 1
        again = device.enrol()
        numbers = {line.split("number ")[1].split(",")[0] for line in fleet.told[-2:] if "number" in line}
        assert f"{again.serial_number:x}" in numbers
        key = load_pem_private_key(device.plan.files.key.read_bytes(), None)
        assert key.public_key() == again.public_key()
    assert cuts >= (3 if aged else 15)


def patch_writes(patch: pytest.MonkeyPatch, survived: int) -> None:
    """Let the machine lose its power at one write: the calls before it happened, it and the later ones did not."""
    left = [survived]

    def counting(call: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*arguments: object, **named: object) -> object:
            if threading.current_thread() is threading.main_thread():  # the server has threads of its own
                left[0] -= 1
                if left[0] < 0:
                    raise PowerCut
            return call(*arguments, **named)

        return wrapped

    # Files are written through descriptors, made safe with fsync(2), and put in their place.
    for place, name in ((os, "fdopen"), (os, "fsync"), (Path, "replace"), (Path, "unlink")):
        patch.setattr(place, name, counting(getattr(place, name)))


@given(status=st.integers(100, 599), body=st.binary(max_size=300), wait_s=st.none() | st.floats(1, 86400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=200)
def test_whatever_a_server_answers_ends_in_an_error_of_ours_and_leaves_no_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, wait_s: float | None
) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_bytes(CA_PEM)
    device = Claimer(tmp_path / "device", "https://127.0.0.1:1", ca).give("token")
    monkeypatch.setattr(EstClient, "_ask", lambda *_: Answer(status, body, wait_s))
    with pytest.raises(ClaimError) as failed:
        device.enrol()
    assert "\x1b" not in str(failed.value)
    assert not device.plan.files.cert.exists()
    delayed = status == 202 or status in (408, 425, 429) or status >= 500
    assert isinstance(failed.value, ClaimDelayed if delayed else ClaimRefused)
