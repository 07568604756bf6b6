"""What a device tells about its heat, on trees of files as kernels have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.runtime.thermal import DEFAULT_LIMIT_C, Throttling, read_throttling, temperature_c, throttle_limit_c


def tree(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


def zone(root: Path, name: str, text: str) -> None:
    (root / "class/thermal/thermal_zone0").mkdir(parents=True, exist_ok=True)
    (root / "class/thermal/thermal_zone0" / name).write_text(text + "\n")


def firmware(root: Path, word: str) -> Path:
    file = root / "devices/platform/soc/soc:firmware/get_throttled"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(word + "\n")
    return root


def test_a_temperature_is_in_thousandths_of_a_degree(tmp_path: Path) -> None:
    zone(tmp_path, "temp", "61234")
    assert temperature_c(tmp_path) == pytest.approx(61.234)


@pytest.mark.parametrize("text", ["", "0", "-273000", "999999", "hot"])
def test_a_sensor_that_is_none_shows_no_temperature(tmp_path: Path, text: str) -> None:
    zone(tmp_path, "temp", text)
    assert temperature_c(tmp_path) is None


def test_the_limit_is_the_lowest_passive_trip_point_where_the_kernel_has_one(tmp_path: Path) -> None:
    assert throttle_limit_c(tmp_path) == DEFAULT_LIMIT_C
    for number, (kind, milli) in enumerate([("critical", "104000"), ("passive", "99000"), ("passive", "101000")]):
        zone(tmp_path, f"trip_point_{number}_type", kind)
        zone(tmp_path, f"trip_point_{number}_temp", milli)
    assert throttle_limit_c(tmp_path) == 99.0


def test_a_trip_point_that_every_room_reaches_is_no_limit(tmp_path: Path) -> None:
    for number, milli in enumerate(["1000", "45000", "95000"]):
        zone(tmp_path, f"trip_point_{number}_type", "passive")
        zone(tmp_path, f"trip_point_{number}_temp", milli)
    assert throttle_limit_c(tmp_path) == 95.0
    zone(tmp_path, "trip_point_2_temp", "30000")
    assert throttle_limit_c(tmp_path) == DEFAULT_LIMIT_C
    zone(tmp_path, "trip_point_2_temp", "60000")
    assert throttle_limit_c(tmp_path) == 60.0, "a board may be made for so little"


def test_a_raspberry_pi_tells_what_holds_now_and_what_is_over(tmp_path: Path) -> None:
    assert read_throttling(firmware(tmp_path, "0")) == Throttling((), ())
    found = read_throttling(firmware(tmp_path, "50005"))
    assert found is not None
    assert found.now == ("the supply voltage is too low", "the processor is throttled")
    assert found.since_boot == (), "what holds now is not told twice"
    over = read_throttling(firmware(tmp_path, "0x80000"))
    assert over is not None
    assert over.since_boot == ("the soft temperature limit was active",)


def test_elsewhere_a_cooling_device_in_use_tells(tmp_path: Path) -> None:
    assert read_throttling(tmp_path) is None
    tree(tmp_path, class__thermal__cooling_device0__type="pwm-fan", class__thermal__cooling_device0__cur_state="3")
    assert read_throttling(tmp_path) is None, "a fan is no throttling"
    tree(
        tmp_path,
        class__thermal__cooling_device1__type="thermal-cpufreq-0",
        class__thermal__cooling_device1__cur_state="2",
    )
    found = read_throttling(tmp_path)
    assert found is not None
    assert found.now == ("thermal-cpufreq-0 is slowed down by 2 steps",)
