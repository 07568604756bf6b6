"""Ports that tests give to servers are nobody else's."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from free_ports import free_ports


def test_no_port_is_given_twice_and_none_that_is_listened_on() -> None:
    ports = [*free_ports(20), *free_ports(20)]
    assert len(set(ports)) == 40
    for port in ports:
        socket.create_server(("127.0.0.1", port)).close()


def test_no_port_is_one_that_a_connection_may_take() -> None:
    taken = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if not taken.exists():
        pytest.skip("only Linux tells which ports connections take")
    first, last = map(int, taken.read_text().split())
    if first < 32_768:
        pytest.skip("this machine lets connections take nearly all")
    assert not [port for port in free_ports(20) if first <= port <= last]
