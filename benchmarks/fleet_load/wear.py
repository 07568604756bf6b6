"""What the devices' connections carried below MQTT, told by the kernel."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from fleet_load.device import Device

_TCP_INFO_BYTES = 232
_SEGMENTS_AT = 136  # tcpi_segs_out, tcpi_segs_in in struct tcp_info (linux/tcp.h)
HEADER_BYTES = 52  # IPv4 20 (RFC 791), TCP 20 with timestamps 12 (RFC 9293, RFC 7323); link layer not counted


@dataclass(frozen=True, slots=True)
class Wear:
    """Sums over all connections that are up.

    Attributes:
        segments: TCP segments in both directions, acknowledgements included.
    """

    segments: int


def wear(devices: Iterable[Device]) -> Wear:
    """Ask the kernel (TCP_INFO, tcp(7))."""
    segments = 0
    for device in devices:
        sock = device.sock
        if isinstance(sock, socket.socket) and not isinstance(sock, ssl.SSLSocket):
            info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
            if len(info) >= _SEGMENTS_AT + 8:
                segments += sum(struct.unpack_from("II", info, _SEGMENTS_AT))
    return Wear(segments)
