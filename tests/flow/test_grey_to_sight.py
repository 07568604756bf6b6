"""Whether anybody could be seen in a picture: real pictures pass, and each way of spoiling them is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from textures import frame, with_noise

from edge_agent.capture.clip import ClipReader
from edge_agent.data.sight import SightFault
from edge_agent.flow.frame_to_flow import FrameToFlow
from edge_agent.flow.grey_to_sight import GreyToSight

PROJECT = Path(__file__).resolve().parents[2]
CLIPS = PROJECT.parent / "shared" / "clips"
DEMO = PROJECT / "edge_agent" / "demo" / "clip.mp4"
Picture = npt.NDArray[np.uint8]
Spoil = Callable[[Picture], Picture]


class Watched:
    """The sight of one camera that is shown pictures."""

    def __init__(self) -> None:
        self._flow = FrameToFlow()
        self.stage = GreyToSight()

    def show(self, picture: Picture, t_s: float) -> SightFault | None:
        self._flow(frame(picture, t_s))
        return self.stage(self._flow.grey, t_s).fault

    def shows(self, picture: Picture, from_s: int, to_s: int) -> set[SightFault | None]:
        """A frame a second, each with its own noise."""
        return {self.show(noisy(picture, n), float(n)) for n in range(from_s, to_s)}


def pictures(clip: Path, every: int) -> list[tuple[float, Picture]]:
    with ClipReader(clip) as reader:
        return [(reader.media_s, reading.image) for number, reading in enumerate(reader) if number % every == 0]


@pytest.fixture(scope="module")
def good() -> Picture:
    """A picture of a hall with two people in it."""
    with ClipReader(DEMO) as reader:
        return reader.read().image


def noisy(picture: Picture, seed: int) -> Picture:
    return with_noise(picture, 2.0, seed)


def light(part: float) -> Spoil:
    return lambda picture: (picture * part).astype(np.uint8)


def blurred(sigma_px: float) -> Spoil:
    return lambda picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma_px), np.uint8)


def hand(picture: Picture) -> Picture:
    return np.full_like(picture, 60)


def pushed(dx: float, dy: float) -> Spoil:
    """The view shifted by parts of its size; what comes into it is more of the same."""

    def spoil(picture: Picture) -> Picture:
        height, width = picture.shape[:2]
        return np.roll(picture, (round(dy * height), round(dx * width)), axis=(0, 1))

    return spoil


def turned_away(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[::-1, ::-1])


def truck(picture: Picture) -> Picture:
    """Something plain in half of the view."""
    height, width = picture.shape[:2]
    spoilt = picture.copy()
    spoilt[height // 3 :, : width // 2] = (90, 120, 60)
    return spoilt


SPOILT = [
    pytest.param(light(0.05), SightFault.DARK, id="a twentieth of the light"),
    pytest.param(hand, SightFault.COVERED, id="a hand on the lens"),
    pytest.param(blurred(6.0), SightFault.DEFOCUSED, id="out of focus"),
    pytest.param(pushed(0.05, 0.0), SightFault.MOVED, id="pushed aside"),
    pytest.param(pushed(0.0, 0.08), SightFault.MOVED, id="tilted"),
    pytest.param(turned_away, SightFault.MOVED, id="turned away"),
]


@pytest.mark.parametrize(("spoil", "fault"), SPOILT)
def test_each_way_of_seeing_nothing_is_named_and_ends(good: Picture, spoil: Spoil, fault: SightFault) -> None:
    watched = Watched()
    assert watched.shows(good, 0, 30) == {None}
    assert watched.shows(spoil(good), 30, 70) == {fault}
    assert watched.shows(good, 70, 80) == {None}


@pytest.mark.parametrize("spoil", [light(0.5), light(0.3), blurred(1.5), pushed(0.01, 0.0), truck])
def test_dusk_a_cheap_lens_a_shaking_mount_and_a_parked_truck_are_none_of_it(good: Picture, spoil: Spoil) -> None:
    watched = Watched()
    assert watched.shows(good, 0, 30) == {None}
    assert watched.shows(spoil(good), 30, 70) == {None}


def test_a_picture_that_repeats_for_twenty_seconds_is_frozen_and_one_with_any_noise_is_not(good: Picture) -> None:
    still, live = Watched(), Watched()
    seen = [still.show(good, float(n)) for n in range(40)]
    assert seen.index(SightFault.FROZEN) == 20
    assert set(seen[20:]) == {SightFault.FROZEN}
    assert {live.show(noisy(good, n), float(n)) for n in range(40)} == {None}
    assert still.show(noisy(good, 1), 41.0) is None


def test_where_the_installer_has_looked_the_new_view_is_the_place(good: Picture) -> None:
    away = turned_away(good)
    watched = Watched()
    watched.shows(good, 0, 30)
    assert watched.shows(away, 30, 40) == {SightFault.MOVED}
    watched.stage.forget_place()
    assert watched.shows(away, 40, 70) == {None}
    assert watched.shows(good, 70, 80) == {SightFault.MOVED}


def test_a_first_picture_that_goes_is_not_the_place(good: Picture) -> None:
    """A grabber that shows a splash screen, or a truck that leaves: not to be missed for ever."""
    splash = turned_away(good)
    for seconds, missed in ((8, 0), (30, 60), (300, 300)):
        watched = Watched()
        assert watched.shows(splash, 0, seconds) == {None}
        found = [watched.show(noisy(good, n), float(n)) for n in range(seconds, seconds + 700)]
        assert found.count(SightFault.MOVED) == pytest.approx(missed, abs=2), seconds
        assert set(found[-200:]) == {None}


def test_a_camera_that_was_pushed_after_a_day_is_not_forgiven_in_an_hour(good: Picture) -> None:
    watched = Watched()
    watched.show(noisy(good, 0), 0.0)
    watched.show(noisy(good, 1), 86_400.0)
    seen = {watched.show(noisy(pushed(0.05, 0.0)(good), n), 86_400.0 + n) for n in range(10, 3600, 60)}
    assert seen == {SightFault.MOVED}


def test_a_lamp_in_the_night_is_the_dark_and_not_another_place(good: Picture) -> None:
    night = light(0.03)(good)
    night[60:80, 100:140] = (200, 255, 200)
    watched = Watched()
    assert watched.shows(night, 0, 30) == {SightFault.DARK}
    assert watched.shows(good, 30, 60) == {None}
    assert watched.shows(night, 60, 90) == {SightFault.DARK}
    assert watched.shows(with_noise(night, 15.0, 1), 90, 100) == {SightFault.DARK}


def test_a_place_that_changes_slowly_stays_the_place(good: Picture) -> None:
    """Pallets come and go: every ten minutes an eighth of the view looks otherwise for good."""
    width = good.shape[1]
    other = np.ascontiguousarray(good[::-1])
    watched = Watched()
    for part in range(9):
        picture = good.copy()
        picture[:, : part * width // 8] = other[:, : part * width // 8]
        seen = {watched.show(noisy(picture, n), part * 1200.0 + n) for n in range(0, 1200, 60)}
        assert seen == {None}, part
    assert watched.shows(good, 9 * 1200, 9 * 1200 + 30) == {SightFault.MOVED}


def test_the_demo_is_seen() -> None:
    watched = Watched()
    assert {watched.show(picture, t_s) for t_s, picture in pictures(DEMO, every=3)} == {None}


@pytest.mark.shared
@pytest.mark.parametrize(
    "clip", sorted(CLIPS.glob("*/a0[57]_t1_*.mp4")) + sorted(CLIPS.glob("*/*.gif")), ids=lambda p: p.name
)
def test_real_footage_is_seen(clip: Path) -> None:
    watched = Watched()
    assert {watched.show(picture, t_s) for t_s, picture in pictures(clip, every=3)} == {None}
