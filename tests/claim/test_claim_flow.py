"""From nothing to a certificate and on to the next one, against the fleet's own server over real TLS."""

from __future__ import annotations

import os
import random
import stat
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from claim_bench import Claimer, Fleet, some_authority
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.claim import enrolment
from edge_agent.claim.est_client import Answer, EstClient
from edge_agent.claim.run_claim import run_claim
from edge_agent.errors import ClaimDelayed, ClaimError, ClaimRefused, SecretError
from edge_agent.runtime.backoff import FullJitter

CA_PEM = some_authority()
AGED = timedelta(days=300)  # more than two thirds of a year


class PowerCut(BaseException):
    """What the device was doing ended here."""


def serial(device: Claimer) -> int:
    return x509.load_pem_x509_certificate(device.plan.cert_file.read_bytes()).serial_number


def test_a_device_that_was_invited_gets_a_certificate_for_the_key_that_it_made(fleet: Fleet, device: Claimer) -> None:
    given_ = device.enrol()
    key = load_pem_private_key(device.plan.key_file.read_bytes(), None)
    assert x509.load_pem_x509_certificate(device.plan.cert_file.read_bytes()) == given_
    assert key.public_key() == given_.public_key()
    assert given_.subject.rfc4514_string() == "CN=plant-1/hall-1"
    assert fleet.told == [
        f"plant-1/hall-1: claimed: number {given_.serial_number:x}, until {given_.not_valid_after_utc:%Y-%m-%d}"
    ]


def test_the_key_is_the_owners_alone_and_nothing_else_is_left_behind(device: Claimer) -> None:
    device.enrol()
    assert stat.S_IMODE(device.plan.key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(device.plan.key_file.parent.stat().st_mode) == 0o700
    assert sorted(each.name for each in device.plan.key_file.parent.iterdir()) == ["device.key", "device.pem"]


def test_who_has_a_good_certificate_asks_nobody(fleet: Fleet, device: Claimer) -> None:
    first = device.enrol()
    fleet.stop()
    assert device.enrol() == first


def test_a_device_that_lost_the_answer_gets_the_same_certificate(fleet: Fleet, device: Claimer) -> None:
    first = device.enrol()
    device.plan.cert_file.unlink()
    assert device.enrol() == first
    assert "got its certificate again" in fleet.told[-1]


def test_another_key_with_the_same_token_gets_nothing(fleet: Fleet, device: Claimer) -> None:
    device.enrol()
    for file in device.plan.key_file.parent.iterdir():
        file.unlink()
    with pytest.raises(
        ClaimRefused, match=r"does not take the token: .* \(the token was used, with another key\): invite"
    ):
        device.enrol()
    assert not device.plan.cert_file.exists()


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


def test_without_a_token_it_says_what_to_write_where(device: Claimer) -> None:
    (device.directory / "token").write_text("\n")
    with pytest.raises(SecretError, match=r"mqtt.tls.claim.token_file: .* is empty"):
        device.enrol()


def test_who_waits_for_an_approval_is_told_when_to_ask_again_and_asks_with_the_same_request(
    fleet_by_hand: Fleet, tmp_path: Path
) -> None:
    fleet = fleet_by_hand
    device = Claimer(tmp_path / "device", fleet.url, fleet.place.ca).give(fleet.invite())
    with pytest.raises(ClaimDelayed, match=r"waits for somebody to approve it; its key is [0-9a-f]{32}") as waits:
        device.enrol()
    assert waits.value.wait_s == 7.0
    asked = device.plan.request_file.read_bytes()
    shown = str(waits.value)[-32:]
    assert fleet.told[-1] == f"plant-1/hall-1: waits for `approve`; its key is {shown}"
    with pytest.raises(ClaimDelayed):
        device.enrol()
    assert device.plan.request_file.read_bytes() == asked
    fleet.approve()
    device.enrol()
    assert not device.plan.request_file.exists()


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
    first, key = device.enrol(), device.plan.key_file.read_bytes()
    fleet.behind = timedelta()
    (device.directory / "token").unlink()
    second = device.enrol()
    assert second.serial_number != first.serial_number
    assert serial(device) == second.serial_number
    assert (second.subject, device.plan.key_file.read_bytes()) == (first.subject, key)
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


def test_a_device_that_was_forgotten_or_invited_anew_is_not_renewed(fleet: Fleet, device: Claimer) -> None:
    fleet.behind = AGED
    device.enrol()
    fleet.behind = timedelta()
    fleet.invite(again=True)
    with pytest.raises(
        ClaimRefused, match=r"does not renew .* \(this device was invited anew or forgotten\); the present"
    ):
        device.enrol()
    assert serial(device)


def test_an_expired_certificate_needs_a_new_invitation_and_keeps_the_key(fleet: Fleet, device: Claimer) -> None:
    fleet.behind = timedelta(days=400)
    with pytest.raises(ClaimDelayed, match="correct the authority's clock"):
        device.enrol()  # what it gives is expired already: not installed
    device.clock.ahead_s = -fleet.behind.total_seconds()
    device.enrol()
    key = device.plan.key_file.read_bytes()
    device.clock.ahead_s, fleet.behind = 0.0, timedelta()
    with pytest.raises(ClaimRefused, match="used, long ago"):
        device.enrol()
    device.give(fleet.invite(again=True))
    assert device.enrol().not_valid_after_utc.year > 2026
    assert device.plan.key_file.read_bytes() == key


def test_a_clock_that_nobody_set_is_named_where_a_certificate_seems_not_to_be_valid(device: Claimer) -> None:
    device.clock.ahead_s, device.clock.follows_a_server = -1e9, False
    with pytest.raises(ClaimDelayed, match=r"this clock follows no time server: set it \(`timedatectl`\)"):
        device.enrol()
    device.clock.ahead_s = 0.0
    device.enrol()


def test_a_directory_of_somebody_else_is_left_alone(device: Claimer) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    device.plan.key_file.parent.mkdir()
    os.chown(device.plan.key_file.parent, 4711, 4711)
    with pytest.raises(ClaimError, match=r"belongs to uid 4711.*`systemctl start edge-agent-claim`"):
        device.enrol()


def test_a_certificate_that_does_not_name_the_client_id_is_not_installed(device: Claimer) -> None:
    device.client_id = "somebody-else"
    with pytest.raises(ClaimRefused, match="names that are not this device's"):
        device.enrol()
    assert not device.plan.cert_file.exists()


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
        key = load_pem_private_key(device.plan.key_file.read_bytes(), None)
        assert key.public_key() == again.public_key()
    assert cuts >= (4 if aged else 12)


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
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
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
    assert not device.plan.cert_file.exists()
    delayed = status == 202 or status in (408, 425, 429) or status >= 500
    assert isinstance(failed.value, ClaimDelayed if delayed else ClaimRefused)
