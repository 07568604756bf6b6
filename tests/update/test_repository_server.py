"""What a bad server of metadata does has a reason; nothing of a library's own escapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from odd_server import announce, cut, drip, lie, redirect, say, serve
from tuf.api.metadata import Metadata
from update_device import Device, refused

from edge_agent.errors import UpdateDelayed, UpdateFailed, UpdateRefused


@pytest.mark.parametrize(
    ("behaviour", "reason", "kind"),
    [
        (say(404), "http_4xx", UpdateRefused),
        (say(403), "http_4xx", UpdateRefused),
        (say(429), "http_4xx", UpdateDelayed),
        (announce("1" * 5000), "signature_invalid", UpdateRefused),
        (say(500), "network", UpdateDelayed),
        (say(304), "network", UpdateDelayed),
        (redirect("/metadata/timestamp.json"), "network", UpdateRefused),
        (cut(10), "network", UpdateDelayed),
        (drip, "too_slow", UpdateDelayed),
        (lie(10_000_000, b"x"), "length_or_hash", UpdateRefused),
        (lie(None, b"x" * 20_000), "length_or_hash", UpdateRefused),
    ],
)
def test_a_bad_server_has_a_reason(
    device: Device, behaviour: Callable[..., None], reason: str, kind: type[UpdateFailed]
) -> None:
    device.server.odd["metadata/timestamp.json"] = [behaviour]
    if behaviour is drip:
        device.limits = replace(device.limits, window_s=0.3, min_rate_bytes_s=200.0)
    with refused(reason, kind):
        device.refresh()


def test_a_server_that_is_away_has_a_reason(device: Device) -> None:
    device.server.server_close()
    with refused("network", UpdateDelayed):
        device.refresh()


def test_5xx_and_cuts_are_tried_again(device: Device) -> None:
    device.server.odd["metadata/timestamp.json"] = [say(503), cut(5), serve]
    device.refresh()
    assert device.server.paths().count("metadata/timestamp.json") == 3


def test_a_metadata_directory_that_cannot_be_written_has_a_reason(device: Device) -> None:
    (device.state / "metadata").write_text("not a directory")
    with refused("disk_full", UpdateDelayed):
        device.refresh()


def test_metadata_on_disk_that_is_damaged_is_fetched_anew(device: Device) -> None:
    device.refresh()
    for role in ("timestamp", "snapshot", "targets"):
        (device.state / "metadata" / f"{role}.json").write_bytes(b"\0" * 100)
    device.refresh()
    assert Metadata.from_file(str(device.state / "metadata" / "targets.json")).signed.version == 1
