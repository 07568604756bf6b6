"""What the demonstration expects, how it reads an event out, and how it judges what arrived."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.app.demo.event_to_line import clip_time, event_to_line
from edge_agent.app.demo.story import ExpectedIncident, packaged_story, read_story
from edge_agent.app.demo.story_to_config import BrokerAddress, Staging, write_config
from edge_agent.app.demo.verdict import Raised, compare, conclusion
from edge_agent.cli.demo_command import parse_broker
from edge_agent.data.event import Phase, Severity, Verdict
from edge_agent.errors import DemoError
from edge_agent.mqtt.payload import EventData
from edge_agent.mqtt.privacy_profile import EvidenceValue
from edge_agent.rules.catalogue import build_rules
from edge_agent.rules.history import Scene
from edge_agent.settings.file_to_settings import load_settings
from edge_agent.settings.settings import Settings

PACKAGED = packaged_story()


def event(zone: str = "line-2", phase: Phase = Phase.RAISED, **evidence: EvidenceValue) -> EventData:
    return EventData(
        incident_id="i",
        rev=0,
        phase=phase,
        rule="zone_entry",
        severity=Severity.WARNING,
        camera="hall",
        zone=zone,
        verdict=Verdict.YES,
        confidence=0.9,
        observed_at="2026-01-01T00:00:00.000Z",
        duration_s=0.3,
        evidence=evidence,
        model="m",
        config_hash="h",
        clock_synced=True,
    )


def test_an_event_is_one_line_for_a_person() -> None:
    assert event_to_line(event(drop_h=(0.5, 0.6)), 65.44) == (
        "01:05.4  ZONE ENTRY raised      camera hall, zone line-2; warning, after 0.3 s, shoulders 0.5 to 0.6 body "
        "heights lower"
    )


def test_a_person_in_no_zone_is_in_the_view_of_a_camera() -> None:
    assert "camera hall; warning" in event_to_line(event(zone="hall"), 0.0)


def test_the_end_of_an_incident_tells_how_it_ended() -> None:
    line = event_to_line(event(phase=Phase.CLEARED, resolved="config_changed", unobserved_s=2.5), 0.0)
    assert line.endswith("lasted 0.3 s, config changed, 2.5 s of it not seen")


@given(st.floats(-10, 5000))
def test_a_time_never_shows_sixty_seconds(seconds: float) -> None:
    minutes, _, rest = clip_time(seconds).partition(":")
    assert 0 <= float(rest) < 60
    assert abs(60 * int(minutes) + float(rest) - max(0.0, seconds)) <= 0.051


def expected(rule: str, at_s: float) -> ExpectedIncident:
    return ExpectedIncident(rule, at_s, f"{rule} happens")


def test_each_once_and_no_other_is_good() -> None:
    rows = compare([expected("fall", 17.0), expected("zone_entry", 3.0)], [Raised("zone_entry", 4), Raised("fall", 18)])
    assert all(row.good for row in rows)
    assert conclusion(rows) == "all 2 incidents of the clip were raised exactly once, and no other"


RULES = st.sampled_from(["fall", "zone_entry", "bend_hold", "man_down"])


@given(st.lists(RULES, max_size=6), st.lists(RULES, max_size=6))
def test_the_verdict_is_that_of_counting(script: list[str], arrived: list[str]) -> None:
    rows = compare([expected(rule, 1.0) for rule in script], [Raised(rule, 2.0) for rule in arrived])
    assert all(row.good for row in rows) == (sorted(script) == sorted(arrived))
    assert sum(row.expected is not None for row in rows) == len(script)
    assert sum(row.seen is not None for row in rows) == len(arrived)
    assert all(row.text for row in rows)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("a.example", "a.example", 1883), ("a:1884", "a", 1884), ("::1", "::1", 1883), ("[::1]:1885", "::1", 1885)],
)
def test_a_broker_is_named_by_host_and_port(text: str, host: str, port: int) -> None:
    assert (parse_broker(text).host, parse_broker(text).port) == (host, port)


@pytest.mark.parametrize("text", ["a:", "a:b", ":1883", "a:0", "a:70000"])
def test_a_broker_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(DemoError, match="write HOST or HOST:PORT"):
        parse_broker(text)


def story_files(directory: Path, expected_yaml: str) -> Path:
    shutil.copyfile(PACKAGED / "clip.mp4", directory / "clip.mp4")
    (directory / "demo.yaml").write_text((PACKAGED / "demo.yaml").read_text())
    (directory / "expected.yaml").write_text(expected_yaml)
    return directory


@pytest.mark.parametrize("text", ["", "incidents: []", "incidents: [{rule: fall}]", "incidents: 3", "a: [", "other: 1"])
def test_a_script_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DemoError, match=r"expected\.yaml is no script"):
        read_story(story_files(tmp_path, text))


@pytest.mark.parametrize("name", ["clip.mp4", "demo.yaml", "expected.yaml"])
def test_a_file_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    (story_files(tmp_path, (PACKAGED / "expected.yaml").read_text()) / name).unlink()
    with pytest.raises(DemoError, match=f"{name} is missing; install the agent again"):
        read_story(tmp_path)


def staged(tmp_path: Path) -> Settings:
    """The packaged configuration as the daemon gets it."""
    story = read_story(story_files(tmp_path, (PACKAGED / "expected.yaml").read_text()))
    broker = BrokerAddress("127.0.0.1", 1999, "3.1.1", "amqtt")
    return load_settings(write_config(story, Staging(broker, Path("m.tflite"), "demo-1", loop=True), tmp_path))


def test_the_daemon_gets_a_state_and_a_topic_of_its_own(tmp_path: Path) -> None:
    settings = staged(tmp_path)
    assert settings.state_dir == tmp_path / "state"
    assert (settings.mqtt.topic_prefix, settings.mqtt.port, settings.mqtt.protocol) == (
        "edge-agent-demo/v1",
        1999,
        "3.1.1",
    )
    assert settings.cameras[0].source.type == "clip"
    assert (settings.cameras[0].source.path, settings.cameras[0].source.loop) == (tmp_path / "clip.mp4", True)


def test_every_incident_of_the_packaged_script_is_of_a_rule_that_runs(tmp_path: Path) -> None:
    settings = staged(tmp_path)
    rules = build_rules(settings.rules, Scene("hall", settings.cameras[0].zones))
    script = read_story(tmp_path).expected
    assert {each.rule for each in script} <= {rule.name for rule in rules}


def test_the_packaged_story_is_the_one_of_its_ground_truth() -> None:
    truth = json.loads((PACKAGED / "ground_truth.json").read_text())
    (zone,) = load_settings(PACKAGED / "demo.yaml").cameras[0].zones
    assert [tuple(corner) for corner in zone.polygon] == [tuple(corner) for corner in truth["zone"]]
    kind_of = {"zone_entry": "zone_entry", "bend_hold": "bend", "fall": "fall"}
    starts_s = {incident["kind"]: incident["start_s"] for incident in truth["incidents"]}
    for expected in read_story(PACKAGED).expected:
        assert expected.at_s == pytest.approx(starts_s[kind_of[expected.rule]], abs=0.05)


@pytest.mark.parametrize("at_s", [0.0, 4.4, 13.1, 60.0])
def test_an_incident_of_another_time_is_not_the_one_that_happens(at_s: float) -> None:
    """A false fall early in the clip does not stand in for the real one that was missed."""
    rows = compare([expected("fall", 5.0)], [Raised("fall", at_s)])
    assert [(row.good, row.expected is None) for row in rows] == [(False, False), (False, True)]
    assert conclusion(rows) == "1 incidents of the clip were not raised, 1 were that should not"


def test_a_clip_that_does_not_play_is_told_before_anything_is_started(tmp_path: Path) -> None:
    story_files(tmp_path, (PACKAGED / "expected.yaml").read_text())
    (tmp_path / "clip.mp4").write_bytes(b"a pointer to a large file")
    with pytest.raises(DemoError, match=r"clip\.mp4 .*install the agent again, or name another story"):
        read_story(tmp_path)


@pytest.mark.parametrize("cameras", ["[{name: a, source: {type: v4l2, device: /dev/video0}}]", "two"])
def test_a_story_has_one_camera_and_that_is_its_clip(tmp_path: Path, cameras: str) -> None:
    clip = "{name: %s, source: {type: clip, path: clip.mp4}}"
    two = f"[{clip % 'a'}, {clip % 'b'}]"
    story_files(tmp_path, (PACKAGED / "expected.yaml").read_text())
    (tmp_path / "demo.yaml").write_text(
        f"site: s\ndevice: d\ncameras: {two if cameras == 'two' else cameras}\nmqtt: {{host: h}}\n"
    )
    with pytest.raises(DemoError, match="must have one camera, of `type: clip`"):
        read_story(tmp_path)
