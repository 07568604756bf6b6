"""Serial numbers become names that fit into topics, host names and certificates, and stay apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.errors import ProvisioningError
from edge_agent.provision.device_name import is_serial, own_name, serial_to_name
from edge_agent.provision.provision_settings import HOST_NAME_PATTERN
from edge_agent.settings.settings import NAME_PATTERN

MACHINE_ID = "0123456789abcdef0123456789abcdef"
SERIALS = st.text(min_size=1, max_size=200)


@given(SERIALS)
def test_any_serial_becomes_a_name_and_a_host_name(serial: str) -> None:
    name = serial_to_name(serial)
    assert re.search(NAME_PATTERN, name)
    assert re.search(HOST_NAME_PATTERN, name)
    assert not name.isdigit()
    assert serial_to_name(serial) == name


@given(SERIALS, SERIALS)
def test_different_serials_become_different_names(one: str, other: str) -> None:
    assert (serial_to_name(one) == serial_to_name(other)) == (one.lower() == other.lower())


@given(st.from_regex("[0-9a-f]{4,40}", fullmatch=True))
def test_a_plain_serial_can_be_read_off_the_name(serial: str) -> None:
    assert serial_to_name(serial) == f"edge-{serial}"


@pytest.mark.parametrize(
    "text", ["", "To Be Filled By O.E.M.", "Default string", "0", "00000000", "None", "x", "System Serial Number"]
)
def test_what_makers_leave_in_the_field_is_no_serial(text: str) -> None:
    assert not is_serial(text)


def put(root: Path, place: str, content: bytes) -> None:
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    (root / place).write_bytes(content)


def test_the_board_s_own_number_comes_first(tmp_path: Path) -> None:
    put(tmp_path, "proc/device-tree/serial-number", b"10000000abcdef01\0")
    put(tmp_path, "sys/class/dmi/id/product_serial", b"PC-1\n")
    put(tmp_path, "etc/machine-id", f"{MACHINE_ID}\n".encode())
    assert (own_name(tmp_path).name, own_name(tmp_path).origin) == ("edge-10000000abcdef01", "serial")


def test_a_pc_has_its_maker_s_number(tmp_path: Path) -> None:
    put(tmp_path, "sys/class/dmi/id/product_serial", b"5CG1234XYZ\n")
    assert own_name(tmp_path).name == "edge-5cg1234xyz"


def test_without_a_number_it_is_the_system_s_id_which_the_name_does_not_tell(tmp_path: Path) -> None:
    put(tmp_path, "sys/class/dmi/id/product_serial", b"Default string\n")
    put(tmp_path, "etc/machine-id", f"{MACHINE_ID}\n".encode())
    name = own_name(tmp_path)
    assert name.origin == "machine_id"
    assert re.fullmatch("edge-[0-9a-f]{12}", name.name)
    assert name.name.removeprefix("edge-") not in MACHINE_ID


def test_a_computer_that_nothing_tells_apart_must_be_named(tmp_path: Path) -> None:
    put(tmp_path, "etc/machine-id", b"uninitialized\n")
    with pytest.raises(ProvisioningError, match="write a name for the device"):
        own_name(tmp_path)
