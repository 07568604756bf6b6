"""Whatever happened to a device, its authority or its clock: an invitation brings it to a certificate again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from claim_bench import DEVICE, Claimer, Fleet, real_now
from cryptography import x509

from edge_agent.claim.enrolment import enrol
from edge_agent.claim.est_client import Answer, EstClient
from edge_agent.errors import ClaimDelayed, ClaimError, ClaimRefused
from edge_agent.pki.names import DeviceNames

AGED = timedelta(days=300)  # more than two thirds of a year


def serial(device: Claimer) -> int:
    return x509.load_pem_x509_certificate(device.plan.files.cert.read_bytes()).serial_number


def renewable(fleet: Fleet, device: Claimer) -> x509.Certificate:
    """What the device has is in its last third."""
    fleet.behind = AGED
    first = device.enrol()
    fleet.behind = timedelta()
    return first


@pytest.mark.parametrize("age", [timedelta(), AGED], ids=["good for long", "to be renewed"])
def test_after_the_list_of_devices_was_lost_a_new_invitation_counts_at_once(
    fleet: Fleet, device: Claimer, age: timedelta
) -> None:
    fleet.behind = age
    first = device.enrol()
    fleet.behind = timedelta()
    (fleet.place.root / "devices.json").unlink()
    device.give(fleet.invite())
    second = device.enrol()
    assert second.serial_number != first.serial_number
    assert device.enrol() == second
    assert "claimed: number" in fleet.told[-1]


@pytest.fixture
def other_fleet(tmp_path: Path) -> Iterator[Fleet]:
    """With an authority of its own."""
    made = Fleet(tmp_path / "other")
    yield made
    made.stop()


@pytest.mark.parametrize("age", [timedelta(), AGED], ids=["good for long", "to be renewed"])
def test_a_new_authority_with_a_new_invitation_replaces_the_old_one_at_once(
    fleet: Fleet, device: Claimer, other_fleet: Fleet, age: timedelta
) -> None:
    fleet.behind = age
    device.enrol()
    device.url, device.ca_file = other_fleet.url, other_fleet.place.ca
    device.give(other_fleet.invite())
    given = device.enrol()
    given.verify_directly_issued_by(x509.load_pem_x509_certificate(other_fleet.place.ca.read_bytes()))


def test_where_tls_rejects_the_certificate_that_is_to_be_renewed_any_token_is_tried(
    fleet: Fleet, device: Claimer, other_fleet: Fleet
) -> None:
    renewable(fleet, device)
    device.url, device.ca_file = other_fleet.url, other_fleet.place.ca
    words = "this server does not let the present certificate in; .*does not take the token"
    with pytest.raises(ClaimRefused, match=words):
        device.enrol()
    with other_fleet.place.changing() as devices:
        devices[DEVICE] = replace(fleet.place.devices()[DEVICE], certificate=None)
    given = device.enrol()
    given.verify_directly_issued_by(x509.load_pem_x509_certificate(other_fleet.place.ca.read_bytes()))


def test_a_new_invitation_that_is_refused_costs_nothing_that_the_device_has(fleet: Fleet, device: Claimer) -> None:
    first = device.enrol()
    device.give("not-the-token-of-anybody")
    with pytest.raises(ClaimRefused, match=r"does not take the token.*; the present certificate is good until 20"):
        device.enrol()
    assert serial(device) == first.serial_number


def test_one_that_is_refused_does_not_keep_the_certificate_from_being_renewed(fleet: Fleet, device: Claimer) -> None:
    first = renewable(fleet, device)
    device.give("not-the-token-of-anybody")
    assert device.enrol().serial_number != first.serial_number


def test_an_invitation_that_waits_for_an_approval_does_not_hold_up_a_renewal(
    fleet: Fleet, device: Claimer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = renewable(fleet, device)
    device.give("of-another-desk-that-asks-a-person")
    monkeypatch.setattr(EstClient, "enrol", lambda *_: Answer(202, b"", 60.0))
    second = device.enrol()
    assert second.serial_number != first.serial_number
    with pytest.raises(ClaimDelayed, match="waits for somebody to approve it"):
        device.enrol()
    assert serial(device) == second.serial_number


def test_after_a_power_cut_before_the_token_was_noted_it_is_asked_with_once_more(fleet: Fleet, device: Claimer) -> None:
    first = device.enrol()
    device.plan.files.invitation.unlink()
    assert device.enrol() == first
    assert "got its certificate again" in fleet.told[-1]
    asked = len(fleet.told)
    assert device.enrol() == first
    assert len(fleet.told) == asked


def test_an_expired_certificate_is_replaced_by_a_new_invitation_whatever_the_clock_follows(
    fleet: Fleet, device: Claimer
) -> None:
    fleet.behind = timedelta(days=400)
    device.clock.ahead_s = -fleet.behind.total_seconds()
    device.enrol()
    device.clock.ahead_s, fleet.behind, device.clock.follows_a_server = 0.0, timedelta(), False
    device.give(fleet.invite(again=True))
    assert device.enrol().not_valid_after_utc > real_now()


def test_a_device_that_was_renamed_claims_a_certificate_of_its_new_name(fleet: Fleet, device: Claimer) -> None:
    device.enrol()
    renamed = replace(device.plan, names=DeviceNames("plant-1", "hall-2"), client_id="edge-agent-plant-1-hall-2")
    with pytest.raises(ClaimRefused, match="invite plant-1/hall-2 anew"):
        enrol(renamed, device.clock)
    device.give(fleet.invite("plant-1/hall-2"))
    assert enrol(renamed, device.clock).subject.rfc4514_string() == "CN=plant-1/hall-2"


def test_a_site_that_shares_its_client_ids_with_another_is_told_apart_by_the_common_name(
    fleet: Fleet, device: Claimer
) -> None:
    device.enrol()
    moved = replace(device.plan, names=DeviceNames("plant", "1-hall-1"))
    with pytest.raises(ClaimRefused, match="invite plant/1-hall-1 anew"):
        enrol(moved, device.clock)
    device.give(fleet.invite("plant/1-hall-1"))
    assert enrol(moved, device.clock).subject.rfc4514_string() == "CN=plant/1-hall-1"


def test_a_client_id_that_was_corrected_makes_another_request(fleet: Fleet, device: Claimer) -> None:
    device.client_id = "somebody-else"
    with pytest.raises(ClaimRefused, match=r"none is given but edge-agent-plant-1-hall-1, so leave mqtt.client_id out"):
        device.enrol()
    device.client_id = "edge-agent-plant-1-hall-1"
    device.enrol()


@pytest.mark.parametrize(
    "left", [b"", b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"]
)
def test_a_request_that_is_none_is_made_anew(device: Claimer, left: bytes) -> None:
    device.plan.files.request.parent.mkdir()
    device.plan.files.request.write_bytes(left)
    device.enrol()


def test_the_directory_of_the_key_is_on_the_disk_before_the_key_counts(
    device: Claimer, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    place = device.directory / "new" / "claim"
    files = replace(device.plan.files, cert=place / "device.pem", key=place / "device.key")
    monkeypatch.setattr(os, "fsync", fsync)
    enrol(replace(device.plan, files=files), device.clock)
    assert synced[:2] == [str(device.directory), str(device.directory / "new")]


def test_without_a_token_it_says_what_to_write_where(device: Claimer) -> None:
    (device.directory / "token").write_text("\n")
    place = device.directory / "token"
    with pytest.raises(
        ClaimError, match=f"no invitation for plant-1/hall-1: write the token .* prints into {place}.*is empty"
    ):
        device.enrol()


def test_without_a_token_from_systemd_it_names_the_file_that_systemd_reads_and_not_its_copy(
    device: Claimer, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = device.directory / "credentials"
    credentials.mkdir()
    (credentials / "claim-token").write_text("\n")  # as SetCredential= of the unit gives it
    (credentials / "claim-token").chmod(0o400)
    server = replace(device.plan.server, token_file=None, token_credential="claim-token")
    for directory in (str(credentials), ""):
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", directory)
        with pytest.raises(
            ClaimError, match=r"into /etc/edge-agent/credentials/claim-token, .* `systemctl restart"
        ) as no:
            enrol(replace(device.plan, server=server), device.clock)
        assert str(credentials) not in str(no.value)
        assert "password" not in str(no.value)


def test_a_device_that_was_forgotten_or_invited_anew_is_not_renewed(fleet: Fleet, device: Claimer) -> None:
    fleet.behind = AGED
    device.enrol()
    fleet.behind = timedelta()
    fleet.invite(again=True)
    first = serial(device)
    words = r"does not renew .* \(this device was invited anew or forgotten\): invite plant-1/hall-1 anew; "
    with pytest.raises(
        ClaimRefused, match=f"{words}.*does not take the token.*; the present certificate is good until"
    ):
        device.enrol()
    (device.directory / "token").unlink()
    with pytest.raises(ClaimRefused, match=f"{words}the present certificate is good until 20"):
        device.enrol()
    assert serial(device) == first


def test_an_expired_certificate_needs_a_new_invitation_and_keeps_the_key(fleet: Fleet, device: Claimer) -> None:
    fleet.behind = timedelta(days=400)
    with pytest.raises(ClaimDelayed, match="correct the authority's clock"):
        device.enrol()  # what it gives is expired already: not installed
    device.clock.ahead_s = -fleet.behind.total_seconds()
    device.enrol()
    key = device.plan.files.key.read_bytes()
    device.clock.ahead_s, fleet.behind = 0.0, timedelta()
    with pytest.raises(ClaimRefused, match="used, long ago"):
        device.enrol()
    device.give(fleet.invite(again=True))
    assert device.enrol().not_valid_after_utc > real_now()
    assert device.plan.files.key.read_bytes() == key


@pytest.mark.parametrize("ahead_s", [-5.0, -1e9, 1e9])
def test_what_came_of_an_invitation_is_kept_by_a_clock_that_nobody_set(device: Claimer, ahead_s: float) -> None:
    device.clock.ahead_s, device.clock.follows_a_server = ahead_s, False
    assert serial(device) if device.enrol() else False


def test_a_clock_that_nobody_set_is_named_where_a_renewed_certificate_seems_not_to_be_valid(
    fleet: Fleet, device: Claimer
) -> None:
    device.enrol()
    fleet.behind = timedelta(days=-400)
    device.clock.ahead_s, device.clock.follows_a_server = AGED.total_seconds(), False
    first = serial(device)
    with pytest.raises(ClaimDelayed, match=r"this clock follows no time server: set it \(`timedatectl`\)"):
        device.enrol()
    assert serial(device) == first
