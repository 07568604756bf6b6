"""A certificate that will expire is told a month before, and not every ten seconds."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from edge_agent.clock import MediaClock
from edge_agent.mqtt.broker_settings import TlsSettings
from edge_agent.mqtt.certificate_watch import CertificateWatch
from edge_agent.pki.names import DeviceNames
from edge_agent.pki.signing import Span
from edge_agent.pki.trial_authority import Pair, issue, make_authority

BEGAN_S = 1_800_000_000.0
DAY_S = 86_400.0


class SyncedClock(MediaClock):
    def synchronised(self) -> bool:
        return True


@pytest.fixture
def device(tmp_path: Path) -> Pair:
    """Good for 60 days."""
    span = Span(datetime.fromtimestamp(BEGAN_S, tz=timezone.utc), 60)
    make_authority(tmp_path, Span(span.now, 100))
    return issue(tmp_path, DeviceNames("hall-3", "cam-1"), "device", span)


def watch(device: Pair, clock: MediaClock) -> CertificateWatch:
    ca = device.cert.parent / "ca.pem"
    return CertificateWatch(TlsSettings(ca_file=ca, cert_file=device.cert, key_file=device.key), clock)


def test_it_warns_thirty_days_before_once_a_day(device: Pair, caplog: pytest.LogCaptureFixture) -> None:
    clock = SyncedClock(BEGAN_S)
    watching = watch(device, clock)
    left = []
    for hour in range(35 * 24):
        clock.set(hour * 3600.0)
        health = watching()
        assert health is not None
        left.append(health.device_days)
    assert left[0] == 60
    assert left[29 * 24] == 31
    warnings = [record.getMessage() for record in caplog.records]
    assert len(warnings) == 5
    assert (
        warnings[0] == f"this device's certificate in {device.cert} expires in 29 days, on 2027-03-16: renew it before"
    )


def test_after_its_end_it_is_an_error_and_the_days_are_negative(device: Pair, caplog: pytest.LogCaptureFixture) -> None:
    clock = SyncedClock(BEGAN_S)
    clock.set(61.5 * DAY_S)
    health = watch(device, clock)()
    assert health is not None
    assert (health.device_days, health.authority_days, health.broker_days) == (-2, 38, None)
    assert caplog.records[0].levelname == "ERROR"
    assert "expired on 2027-03-16: renew it" in caplog.text


def test_the_brokers_certificate_counts_too(device: Pair, caplog: pytest.LogCaptureFixture) -> None:
    watching = watch(device, SyncedClock(BEGAN_S))
    watching.broker_expires_s = BEGAN_S + 10.5 * DAY_S
    health = watching()
    assert health is not None
    assert health.broker_days == 10
    assert "the broker's certificate expires in 10 days" in caplog.text


def test_a_renewed_file_ends_the_warnings_within_an_hour(device: Pair, caplog: pytest.LogCaptureFixture) -> None:
    clock = SyncedClock(BEGAN_S)
    clock.set(50 * DAY_S)
    watching = watch(device, clock)
    watching()
    directory = device.cert.parent
    span = Span(datetime.fromtimestamp(clock.wall_s(), tz=timezone.utc), 60)
    renewed = issue(directory, DeviceNames("hall-3", "cam-1"), "renewed", span)
    device.cert.write_bytes(renewed.cert.read_bytes())
    clock.set(50 * DAY_S + 3600.0)
    health = watching()
    assert health is not None
    assert health.device_days == 49, "no longer than its authority"
    assert len(caplog.records) == 1


def test_a_clock_that_nobody_set_makes_nobody_nervous(device: Pair, caplog: pytest.LogCaptureFixture) -> None:
    clock = MediaClock(BEGAN_S)
    clock.set(5000 * DAY_S)
    health = watch(device, clock)()
    assert health is not None
    assert health.device_days is not None
    assert health.device_days < 0
    assert caplog.records == []


def test_without_tls_there_is_nothing_to_watch_and_files_that_are_gone_are_told_elsewhere(tmp_path: Path) -> None:
    assert CertificateWatch(None, SyncedClock(BEGAN_S))() is None
    health = CertificateWatch(TlsSettings(ca_file=tmp_path / "absent"), SyncedClock(BEGAN_S))()
    assert health is not None
    assert health.authority_days is None
