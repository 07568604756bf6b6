"""A support bundle that was asked for over MQTT, on a real agent and a real broker."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from full_run import ROOT, demo_agent
from mosquitto import Mosquitto
from mqtt_subscriber import Subscriber
from operators import Operator

from edge_agent.app.support.bundle_on_request import BundleOnRequest
from edge_agent.clock import MediaClock
from edge_agent.errors import CommandRefused


@pytest.mark.broker
def test_the_answer_says_where_the_bundle_is_and_the_content_stays_on_the_device(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], tmp_path: Path
) -> None:
    port = broker().port
    operator = Operator(subscriber(port), ROOT)
    running = demo_agent(tmp_path, port).start()
    try:
        operator.until("alarm/hall", active=False)
        answer = operator.order("support_bundle", hide_names=True)
        assert answer["status"] == "done"
        told = answer["support_bundle"]
        bundle = Path(told["path"])
        assert bundle.parent == tmp_path / "state" / "support"
        assert (bundle.stat().st_size, bundle.stat().st_mode & 0o777) == (told["size_bytes"], 0o600)
        assert hashlib.sha256(bundle.read_bytes()).hexdigest() == told["sha256"]
        with tarfile.open(bundle) as archive:
            names = {Path(name).name for name in archive.getnames()}
            doctor = archive.extractfile("edge-agent-support/doctor.json")
            assert doctor is not None
            checks = {check["check"]: check for check in json.load(doctor)["checks"]}
        assert names >= {"settings.json", "doctor.json", "outbox.json", "journal.txt"}
        assert checks["agent"]["detail"] == "runs"
        assert checks["broker publish"]["verdict"] == "pass", "beside the agent, whose connection stays"
        assert operator.until("event/audit")["data"]["evidence"]["command"] == "support_bundle"
        words = ["accepted", "done"]
        assert [ack["status"] for ack in operator.acks("support_bundle", answer["cmd_id"])] == words
    finally:
        assert running.stop() < 5.0
    assert "Traceback" not in running.text


def test_only_the_latest_three_stay_and_what_cannot_be_made_says_so(tmp_path: Path) -> None:
    clock = MediaClock(1.7e9)
    asking = BundleOnRequest(tmp_path / "none.yaml", tmp_path, clock, lambda: b"{}")
    names = []
    for number in range(5):
        clock.set(60.0 * number)
        names.append(Path(asking(hide_names=False).path).name)
    kept = sorted(file.name for file in (tmp_path / "support").iterdir())
    assert kept == names[-3:]
    with pytest.raises(CommandRefused) as refused:
        asking(hide_names=False)  # in the same second: nothing is overwritten
    assert refused.value.reason == "not_written"
    (tmp_path / "file").touch()
    with pytest.raises(CommandRefused) as refused:
        BundleOnRequest(tmp_path / "none.yaml", tmp_path / "file", clock, lambda: b"")(hide_names=False)
    assert refused.value.reason == "not_written"
