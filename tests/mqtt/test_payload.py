"""What leaves the device: CloudEvents, buckets, 2 KiB, and nothing that could identify a person."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt_device import make_event

from edge_agent.clock import MediaClock
from edge_agent.data.event import Event, Evidence, Phase, Severity, Verdict
from edge_agent.errors import BrokerError
from edge_agent.mqtt.event_to_mqtt import Envelope, EventToMqtt
from edge_agent.mqtt.payload import MAX_PAYLOAD_BYTES, EventPayload, mark_historical, rfc3339
from edge_agent.mqtt.privacy_profile import EVIDENCE, bucketed
from edge_agent.mqtt.topics import Topics

TOPICS = Topics("edge-agent/v1", "hall 3", "cam-1")
EVENT = Event(
    id="01890a5d-ac96-774b-bcce-b302099a8057",
    incident_id="01890a5d-ac96-774b-bcce-b302099a8058",
    rev=2,
    phase=Phase.UPDATED,
    rule="fall",
    severity=Severity.CRITICAL,
    verdict=Verdict.YES,
    confidence=0.87654,
    camera="cam-1",
    zone="press",
    observed_s=11.5,
    duration_s=3.04,
    evidence=(Evidence("trunk_inclination_deg", 77.3), Evidence("drop_h", 0.3)),
)


def converter() -> EventToMqtt:
    clock = MediaClock(1_700_000_000.0)
    clock.set(12.0)
    return EventToMqtt(TOPICS, Envelope("b0071d", "yolov8n-pose 1.0", "c0ffee"), clock)


def test_an_event_on_the_wire_key_by_key() -> None:
    message = converter().to_message(EVENT, 7)
    assert message.topic == "edge-agent/v1/hall 3/cam-1/event/fall"
    assert message.severity is Severity.CRITICAL
    assert message.event_id == EVENT.id
    assert message.payload.decode() == (
        '{"specversion":"1.0","id":"01890a5d-ac96-774b-bcce-b302099a8057","source":"/edge-agent/hall%203/cam-1",'
        '"type":"edge-agent.fall.v1","time":"2023-11-14T22:13:32.000Z","datacontenttype":"application/json",'
        '"dataschema":"urn:edge-agent:schema:event:v1","seq":7,"bootid":"b0071d","historical":false,'
        '"data":{"incident_id":"01890a5d-ac96-774b-bcce-b302099a8058","rev":2,"phase":"updated","rule":"fall",'
        '"severity":"critical","camera":"cam-1","zone":"press","verdict":"yes","confidence":0.88,'
        '"observed_at":"2023-11-14T22:13:31.500Z","duration_s":3.0,'
        '"evidence":{"drop_h":[0.3,0.4],"trunk_inclination_deg":[75.0,90.0]},'
        '"model":"yolov8n-pose 1.0","config_hash":"c0ffee","clock_synced":false}}'
    )


def test_the_same_event_gives_the_same_bytes_each_time() -> None:
    first, second = (converter().to_message(EVENT, 1).payload for _ in range(2))
    assert first == second


def test_historical_changes_nothing_else() -> None:
    payload = converter().to_message(EVENT, 7).payload
    assert mark_historical(payload) == payload.replace(b'"historical":false', b'"historical":true')


@pytest.mark.parametrize(
    ("name", "value", "published"),
    [
        ("trunk_inclination_deg", 0.0, (0.0, 15.0)),
        ("trunk_inclination_deg", 14.99, (0.0, 15.0)),
        ("trunk_inclination_deg", 15.0, (15.0, 30.0)),
        ("trunk_inclination_deg", -1.0, (-15.0, 0.0)),
        ("trunk_rate_deg_s", 100.0, (90.0, 105.0)),
        ("drop_h", 0.3, (0.3, 0.4)),
        ("hip_descent_h_s", 1.26, (1.2, 1.3)),
        ("box_collapse", 0.55, (0.5, 0.6)),
        ("unobserved_s", 10.04, 10.0),
        ("bend_count", 2.0, 2),
        ("resolved", "unseen", "unseen"),
    ],
)
def test_evidence_leaves_in_buckets(name: str, value: float | str, published: object) -> None:
    assert bucketed([Evidence(name, value)]) == {name: published}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hip_y_px", 211.0),
        ("speed_px_s", 40.0),
        ("height_m", 1.83),
        ("speed_m_s", 1.4),
        ("name", "Erika Mustermann"),
        ("track_id", "7"),
        ("anything", 1.0),
        ("trunk_inclination_deg", float("nan")),
        ("unobserved_s", float("inf")),
        ("invented_deg", 77.0),
        ("stature_h", 1.0),
        ("resolved", "Erika Mustermann"),
        ("stage", 1.0),
        ("drop_h", 1.8e307),
        ("trunk_inclination_deg", "77.123"),
    ],
)
def test_what_could_identify_or_is_unknown_stays(name: str, value: float | str) -> None:
    assert bucketed([Evidence(name, value)]) == {}


@given(st.floats(-1e4, 1e4), st.sampled_from(["neck_flexion_deg", "drop_h"]))
def test_a_bucket_holds_its_value(value: float, name: str) -> None:
    bucket = bucketed([Evidence(name, value)])[name]
    assert isinstance(bucket, tuple)
    low, high = bucket
    assert low - 1e-6 <= value < high + 1e-6
    assert high - low == pytest.approx(15.0 if name == "neck_flexion_deg" else 0.1)


def test_too_much_evidence_is_left_out_and_the_event_still_goes() -> None:
    every = tuple(Evidence(name, 45.0) for name in EVIDENCE)
    payload = converter().to_message(make_event(evidence=every, observed_s=0.0, zone="z" * 1200), 1).payload
    data = json.loads(payload)["data"]
    assert len(payload) <= MAX_PAYLOAD_BYTES
    assert data["evidence"] == {}
    assert data["evidence_truncated"] is True


names = st.text(min_size=1, max_size=60)


@given(
    zone=names,
    camera=names,
    confidence=st.floats(0, 1),
    duration_s=st.floats(0, 1e6),
    severity=st.sampled_from(Severity),
    phase=st.sampled_from(Phase),
    evidence=st.lists(
        st.builds(
            Evidence,
            st.sampled_from([*EVIDENCE, "d_px", "name"]),
            st.floats() | st.text(max_size=30),
        ),
        max_size=40,
    ).map(tuple),
)
def test_any_event_fits_and_reads_back(**changes: Any) -> None:
    payload = converter().to_message(make_event(observed_s=1.0, **changes), 2**31 - 1).payload
    assert len(payload) <= MAX_PAYLOAD_BYTES
    assert EventPayload.model_validate_json(payload).data.zone == changes["zone"]


def test_names_that_would_not_fit_are_refused_at_the_start() -> None:
    with pytest.raises(BrokerError, match="shorten them"):
        EventToMqtt(TOPICS, Envelope("b", "m" * 1000, "c"), MediaClock())


def test_no_field_beyond_those_of_the_design_leaves() -> None:
    assert set(EventPayload.model_json_schema()["$defs"]["EventData"]["properties"]) == {
        *("incident_id", "rev", "phase", "rule", "severity", "camera", "zone", "verdict", "confidence", "observed_at"),
        *("duration_s", "evidence", "evidence_truncated", "model", "config_hash", "clock_synced", "snoozed"),
    }


@pytest.mark.parametrize(
    ("wall_s", "text"),
    [(0.0, "1970-01-01T00:00:00.000Z"), (1_700_000_000.9996, "2023-11-14T22:13:21.000Z")],
)
def test_times_are_utc_with_milliseconds(wall_s: float, text: str) -> None:
    assert rfc3339(wall_s) == text
