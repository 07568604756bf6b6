"""Arrows, company and shifts of zones in the configuration: what is understood, and how each mistake is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from edge_agent.data.shift import Day, Shift
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.errors import Problem
from edge_agent.settings.settings import Settings
from edge_agent.settings.settings_to_hash import config_hash
from edge_agent.settings.settings_to_summary import settings_to_summary
from edge_agent.settings.time_zone import time_zone

Load = Callable[[str], Settings]
Refused = Callable[[str], tuple[Problem, ...]]

SCHEMA = Path(__file__).resolve().parents[2] / "config" / "edge-agent.schema.json"
HEAD = "site: plant-1\ndevice: hall-1\nmqtt: {host: broker.example}\n"
CAMERA = "cameras:\n  - name: cam-1\n    source: {type: v4l2, device: /dev/video0}\n    zones:\n"
FLOOR = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
NIGHT = '{from: "22:00", to: "06:00"}'


def document(zone: str, rest: str = "") -> str:
    """A configuration whose line 8 is one zone."""
    return f"{HEAD}{CAMERA}      - {{name: press, polygon: [[0, 0], [1, 0], [1, 1]], {zone}}}\n{rest}"


def zone_of(settings: Settings) -> Zone:
    return settings.cameras[0].zones[0]


def lines(settings: Settings, word: str) -> list[str]:
    return [line.removeprefix(word).strip() for line in settings_to_summary(settings) if line.startswith(word)]


def test_an_arrow_and_company(load: Load) -> None:
    read = zone_of(load(document("kind: walkway, one_way: [[0.1, 0.9], [0.9, 0.9]], never_alone: true")))
    assert read == Zone("press", FLOOR, ZoneKind.WALKWAY, ((0.1, 0.9), (0.9, 0.9)), never_alone=True)


@pytest.mark.parametrize("kind", ["seat", "allowed_down"])
def test_a_zone_that_excuses_and_is_guarded_has_no_shifts(load: Load, refused: Refused, kind: str) -> None:
    """Where the clock is not trusted it would be gone, and nobody in it alone be reported."""
    (problem,) = refused(document(f"kind: {kind}, never_alone: true, active: [{NIGHT}]"))
    assert f"a {kind} excuses" in str(problem)
    assert "mark the place twice" in str(problem)
    assert zone_of(load(document(f"kind: {kind}, never_alone: true"))).never_alone
    assert zone_of(load(document(f"kind: {kind}, active: [{NIGHT}]"))).active
    assert zone_of(load(document(f"kind: walkway, never_alone: true, active: [{NIGHT}]"))).active


def test_shifts_and_their_timezone(load: Load) -> None:
    read = load(
        document(f'active: [{{days: [mon, fri], from: "06:00", to: "22:00"}}, {NIGHT}]', "timezone: Europe/Berlin\n")
    )
    assert read.timezone == "Europe/Berlin"
    day = Shift(days=(Day.MON, Day.FRI), from_="06:00", to="22:00")
    assert zone_of(read).active == (day, Shift(days=tuple(Day), from_="22:00", to="06:00"))
    assert hash(read) == hash(read)


def test_without_any_of_it_a_zone_is_always_there_and_the_timezone_is_utc(load: Load) -> None:
    read = load(document("kind: walkway"))
    assert (zone_of(read).active, zone_of(read).one_way, zone_of(read).never_alone) == ((), None, False)
    assert read.timezone == "UTC"


def test_another_shift_is_another_configuration(load: Load) -> None:
    hashes = {config_hash(load(document(text))) for text in ("kind: seat", f"kind: seat, active: [{NIGHT}]")}
    assert len(hashes) == 2


@pytest.mark.parametrize(
    ("zone", "path", "message", "suggestion"),
    [
        (
            "one_way: [[0.1, 0.9], [0.9, 0.9]]",
            "one_way",
            "is for walkways, and this zone is of kind restricted",
            "write `kind: walkway`, or leave `one_way` out",
        ),
        (
            "kind: walkway, one_way: [0.1, 0.9]",
            "one_way",
            "is an arrow: two points of the frame, from where people come to where they go",
            "write [[x1, y1], [x2, y2]]",
        ),
        (
            "kind: walkway, one_way: [[0.1, 0.9], [0.9, 0.9], [0.9, 0.1]]",
            "one_way",
            "is an arrow: two points of the frame, from where people come to where they go",
            "write [[x1, y1], [x2, y2]]",
        ),
        (
            "kind: walkway, one_way: [[0.1, 0.9], [0.12, 0.9]]",
            "one_way",
            "is so short that it has no sure direction: less than 0.05 of the frame",
            "draw it from one end of the walkway to the other",
        ),
        (
            "kind: walkway, one_way: [[64, 400], [600, 400]]",
            "one_way",
            "coordinates are fractions of the frame, from 0 to 1, and 600 stands here",
            "this looks like pixels: divide x by the frame's width and y by its height",
        ),
        (
            "kind: walkway, one_way: [[0.1, 0.9], [1.5, 0.9]]",
            "one_way[1][0]",
            "expected a number from 0 to 1, found the number 1.5",
            "",
        ),
        ("never_alone: maybe", "never_alone", 'expected true or false, found "maybe"', ""),
        ('active: [{from: "06:00"}]', "active[0].to", "is missing", "give text"),
        ("active: []", "active", "expected a list of 1 to 14 entries, found a list of 0", ""),
        (
            'active: [{from: "6:00", to: "22:00"}]',
            "active[0].from",
            '"6:00" is not a time of day from 00:00 to 23:59',
            'write "06:00"',
        ),
        (
            'active: [{from: "06:00", to: "24:00"}]',
            "active[0].to",
            '"24:00" is not a time of day from 00:00 to 23:59',
            'write "00:00" for midnight',
        ),
        (
            'active: [{from: "late", to: "22:00"}]',
            "active[0].from",
            '"late" is not a time of day from 00:00 to 23:59',
            'write it as "06:00" or "22:30"',
        ),
        (
            'active: [{from: "06:00", to: 22:00}]',
            "active[0].to",
            '"22:00" without quotes is read by YAML as another number than it looks like',
            'text: put it in quotes, "22:00"; number: write it in plain decimals',
        ),
        (
            f"active: [{{days: [monday], {NIGHT[1:]}]",
            "active[0].days[0]",
            'expected one of mon, tue, wed, thu, fri, sat, sun, found "monday"',
            "write mon",
        ),
        (
            f"active: [{{days: mon, {NIGHT[1:]}]",
            "active[0].days",
            'expected a list of at least 1 entries, found "mon"',
            "begin each entry with `- `",
        ),
        (f"active: [{{day: [mon], {NIGHT[1:]}]", "active[0].day", "unknown key", "did you mean `days`?"),
        ('active: [{from_: "06:00", to: "22:00"}]', "active[0].from_", "unknown key", "did you mean `from`?"),
        ("kind: seats", "kind", None, "write seat"),
    ],
)
def test_a_mistake_in_a_zone_says_what_to_write(
    refused: Refused, zone: str, path: str, message: str | None, suggestion: str
) -> None:
    problems = [problem for problem in refused(document(zone)) if problem.path == f"cameras[0].zones[0].{path}"]
    assert len(problems) == 1, refused(document(zone))
    assert problems[0].line == 8
    assert message in (None, problems[0].message)
    assert problems[0].suggestion == suggestion


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("Berlin", "write Europe/Berlin"),
        ("Europe/Berln", "write Europe/Berlin"),
        ("new york", "write America/New_York"),
        ("../../etc/passwd", "write a name such as Europe/Berlin (`timedatectl list-timezones`)"),
        ("Europe", "write a name such as Europe/Berlin (`timedatectl list-timezones`)"),
        ("", "write a name such as Europe/Berlin (`timedatectl list-timezones`)"),
    ],
)
def test_a_timezone_that_does_not_exist_is_refused_with_a_near_one(
    refused: Refused, name: str, suggestion: str
) -> None:
    (problem,) = refused(document("kind: seat", f'timezone: "{name}"\n'))
    assert (problem.line, problem.path, problem.suggestion) == (9, "timezone", suggestion)
    assert problem.message.endswith("is no time zone that this machine knows")


def test_a_machine_without_time_zones_knows_utc_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.settings.time_zone.available_timezones", set)
    assert time_zone("UTC").utcoffset(None) is not None
    with pytest.raises(ValueError, match="apt install tzdata"):
        time_zone("Europe/Nowhere")


def test_the_summary_shows_what_a_zone_asks_for_and_when(load: Load) -> None:
    shifts = f'[{{days: [mon, tue, wed, thu, fri], from: "06:00", to: "22:00"}}, {NIGHT}]'
    zone = f"kind: walkway, one_way: [[0.1, 0.9], [0.9, 0.9]], never_alone: true, active: {shifts}"
    read = load(document(zone, "timezone: Europe/Berlin\n"))
    assert lines(read, "camera")[0].endswith(
        "zones: press (walkway, one way, never alone, mon-fri 06:00-22:00 and 22:00-06:00)"
    )
    assert lines(read, "time") == ["shifts of the zones in Europe/Berlin"]


@pytest.mark.parametrize(
    ("days", "text"), [("mon, thu", "mon thu"), ("sat, sun", "sat sun"), ("tue, wed, thu", "tue-thu"), ("fri", "fri")]
)
def test_days_are_shown_briefly(load: Load, days: str, text: str) -> None:
    read = load(document(f"active: [{{days: [{days}], {NIGHT[1:]}]"))
    assert lines(read, "camera")[0].endswith(f"press (restricted, {text} 22:00-06:00)")


@pytest.mark.parametrize(
    ("zone", "rest", "note"),
    [
        ("kind: exit, never_alone: true", "", "`never_alone` has no meaning in an exit, where people are out of sight"),
        ("kind: occluder, never_alone: true", "", "`never_alone` has no meaning in an occluder"),
        ("kind: seat, never_alone: true", "rules: {lone_in_zone: {enabled: false}}", "rules.lone_in_zone is off"),
        ("never_alone: true", "", "zone_entry is raised for two people as well as for one"),
        (
            "kind: walkway, one_way: [[0.1, 0.9], [0.9, 0.9]]",
            "rules: {wrong_way: {enabled: false}}",
            "`one_way` raises nothing, since rules.wrong_way is off",
        ),
    ],
)
def test_what_does_nothing_is_noted(load: Load, zone: str, rest: str, note: str) -> None:
    notes = lines(load(document(zone, f"{rest}\n")), "note")
    assert any(text.startswith("zone press: ") and note in text for text in notes), notes


def test_what_works_is_not_noted(load: Load) -> None:
    assert not any("press" in note for note in lines(load(document("kind: seat, never_alone: true")), "note"))


@pytest.mark.parametrize(
    "zone",
    ['active: [{from: "6:00", to: "22:00"}]', "active: []", "one_way: [[0, 0]]", "kind: chair", "never_alone: 1"],
)
def test_an_editor_marks_it_too(zone: str) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    assert validator.is_valid(yaml.safe_load(document(f"active: [{NIGHT}]")))
    assert not validator.is_valid(yaml.safe_load(document(zone)))
