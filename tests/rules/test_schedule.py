"""Shifts of zones: local time, nights in which the clock is changed, and clocks that cannot be trusted."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import zone

from edge_agent.data.shift import Day, Shift
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.rules.schedule import zones_at

BERLIN = ZoneInfo("Europe/Berlin")
HAVANA = ZoneInfo("America/Havana")  # changes the clock at midnight
WORKDAYS = (Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI)
KINDS = st.sampled_from(ZoneKind)
MINUTE_S = 60


def during(*shifts: Shift, kind: ZoneKind = ZoneKind.RESTRICTED) -> Zone:
    plain = zone("press", 0, 0, 100, 100, kind)
    return Zone(plain.name, plain.polygon, kind, active=shifts)


def shift(text: str, *days: Day) -> Shift:
    begins, ends = text.split("-")
    return Shift(from_=begins, to=ends, days=days or tuple(Day))


def is_on(place: Zone, local: str, tz: ZoneInfo = BERLIN, *, trusted: bool = True) -> bool:
    wall_s = datetime.fromisoformat(local).replace(tzinfo=tz).timestamp()
    return bool(zones_at((place,), wall_s, tz, trusted=trusted))


def minutes_on(place: Zone, from_utc: str, hours: int, tz: ZoneInfo = BERLIN) -> int:
    """Of so many hours, the minutes in which the zone is there."""
    start_s = datetime.fromisoformat(from_utc).replace(tzinfo=timezone.utc).timestamp()
    instants = (start_s + minute * MINUTE_S for minute in range(hours * 60))
    return sum(bool(zones_at((place,), wall_s, tz, trusted=True)) for wall_s in instants)


def test_a_zone_without_shifts_is_always_there() -> None:
    plain = zone("press", 0, 0, 100, 100)
    assert zones_at((plain,), 0.0, BERLIN, trusted=True) == zones_at((plain,), 0.0, BERLIN, trusted=False) == (plain,)


@pytest.mark.parametrize(
    ("local", "there"),
    [
        ("2026-11-20T05:59:59", False),  # a Friday
        ("2026-11-20T06:00:00", True),
        ("2026-11-20T21:59:59", True),
        ("2026-11-20T22:00:00", False),
        ("2026-11-21T12:00:00", False),  # a Saturday
        ("2026-11-23T06:00:00", True),
    ],
)
def test_a_shift_begins_with_its_first_minute_and_ends_before_its_last(local: str, there: bool) -> None:
    assert is_on(during(shift("06:00-22:00", *WORKDAYS)), local) is there


@pytest.mark.parametrize(
    ("local", "there"),
    [
        ("2026-11-20T21:59:00", False),
        ("2026-11-20T22:00:00", True),  # Friday's night
        ("2026-11-21T05:59:00", True),  # still it, on Saturday
        ("2026-11-21T06:00:00", False),
        ("2026-11-21T23:00:00", False),
        ("2026-11-23T02:00:00", False),  # Sunday had none
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(local: str, there: bool) -> None:
    assert is_on(during(shift("22:00-06:00", *WORKDAYS)), local) is there


def test_midnight_to_midnight_is_the_whole_day() -> None:
    friday = during(shift("00:00-00:00", Day.FRI))
    assert is_on(friday, "2026-11-20T00:00:00")
    assert is_on(friday, "2026-11-20T23:59:59")
    assert not is_on(friday, "2026-11-21T00:00:00")


def test_several_shifts_add_up() -> None:
    place = during(shift("06:00-10:00"), shift("14:00-18:00"))
    assert [is_on(place, f"2026-11-20T{hour}:00:00") for hour in ("07", "12", "15")] == [True, False, True]


@pytest.mark.parametrize(
    ("evening_utc", "hours"),
    [("2026-03-27T12:00", 8), ("2026-03-28T12:00", 7), ("2026-10-23T12:00", 8), ("2026-10-24T12:00", 9)],
)
def test_a_night_shift_has_an_hour_less_or_more_where_the_clock_is_changed_in_it(evening_utc: str, hours: int) -> None:
    assert minutes_on(during(shift("22:00-06:00")), evening_utc, 24) == hours * 60


def test_the_timezone_decides_and_not_the_machines() -> None:
    place = during(shift("06:00-22:00"))
    wall_s = datetime(2026, 11, 20, 5, 30, tzinfo=timezone.utc).timestamp()
    assert zones_at((place,), wall_s, BERLIN, trusted=True)
    assert not zones_at((place,), wall_s, timezone.utc, trusted=True)


@pytest.mark.parametrize(
    ("kind", "spring", "autumn"),
    [
        # 02:30 to 06:00: in spring 02:30 may mean 01:30 of winter or 03:30 of summer time; in autumn there are two.
        (ZoneKind.RESTRICTED, 210, 270),
        (ZoneKind.ALLOWED_DOWN, 150, 210),
    ],
)
def test_a_time_in_doubt_is_read_so_that_more_is_raised_and_less_excused(
    kind: ZoneKind, spring: int, autumn: int
) -> None:
    place = during(shift("02:30-06:00"), kind=kind)
    assert minutes_on(place, "2026-03-28T20:00", 12) == spring
    assert minutes_on(place, "2026-10-24T20:00", 12) == autumn
    assert minutes_on(place, "2026-11-20T20:00", 12) == 210


def test_an_excuse_that_lasts_only_for_a_time_that_does_not_exist_is_none() -> None:
    mat = during(shift("02:10-02:50"), kind=ZoneKind.ALLOWED_DOWN)
    assert minutes_on(mat, "2026-03-28T20:00", 12) == 0
    assert minutes_on(mat, "2026-03-29T20:00", 12) == 40


def test_a_clock_that_is_changed_at_midnight() -> None:
    assert minutes_on(during(shift("22:00-06:00")), "2026-03-07T20:00", 24, HAVANA) == 7 * 60
    assert minutes_on(during(shift("22:00-06:00")), "2026-10-31T20:00", 24, HAVANA) == 9 * 60


@pytest.mark.parametrize("kind", ZoneKind)
@pytest.mark.parametrize("local", ["2026-11-20T12:00", "2026-11-20T23:00"])
def test_where_the_time_is_not_known_more_is_raised_and_less_excused(kind: ZoneKind, local: str) -> None:
    raises = kind in (ZoneKind.RESTRICTED, ZoneKind.WALKWAY)
    assert is_on(during(shift("06:00-22:00"), kind=kind), local, trusted=False) is raises


TIMES = st.times().map(lambda at: f"{at:%H:%M}")
# Any minute from 2020 to 2034.
INSTANTS = st.integers(26_297_280, 34_186_000).map(lambda minute: datetime.fromtimestamp(minute * 60, timezone.utc))


@given(begins=TIMES, ends=TIMES, days=st.sets(st.sampled_from(Day), min_size=1), at_utc=INSTANTS, kind=KINDS)
def test_away_from_changes_of_the_clock_the_clock_on_the_wall_decides(
    begins: str, ends: str, days: set[Day], at_utc: datetime, kind: ZoneKind
) -> None:
    place = during(Shift(from_=begins, to=ends, days=tuple(days)), kind=kind)
    local = at_utc.astimezone(BERLIN)
    around = {(local + timedelta(days=days_off)).utcoffset() for days_off in (-2, 2)}
    if len(around) > 1:
        return
    clock, order = f"{local:%H:%M}", tuple(Day)
    today, yesterday = order[local.weekday()] in days, order[local.weekday() - 1] in days
    if begins < ends:
        there = today and begins <= clock < ends
    else:
        there = (today and clock >= begins) or (yesterday and clock < ends)
    assert bool(zones_at((place,), local.timestamp(), BERLIN, trusted=True)) is there


@given(begins=TIMES, ends=TIMES, at_utc=INSTANTS, tz=st.sampled_from([BERLIN, HAVANA]))
def test_a_zone_that_excuses_is_never_there_longer_than_one_that_raises(
    begins: str, ends: str, at_utc: datetime, tz: ZoneInfo
) -> None:
    wall_s = at_utc.timestamp()
    excuse, guard = (during(shift(f"{begins}-{ends}"), kind=kind) for kind in (ZoneKind.EXIT, ZoneKind.WALKWAY))
    if zones_at((excuse,), wall_s, tz, trusted=True):
        assert zones_at((guard,), wall_s, tz, trusted=True)
