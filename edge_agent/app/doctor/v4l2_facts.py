"""What a V4L2 camera says of itself, without starting it: formats, exposure, focus, and whether somebody else has it.

Source of numbers and structures: Linux kernel, include/uapi/linux/videodev2.h and v4l2-controls.h (64-bit).
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edge_agent.errors import CaptureError

_QUERYCAP, _QUERYCAP_BYTES = 0x80685600, 104
_ENUM_FMT, _ENUM_FMT_BYTES = 0xC0405602, 64
_ENUM_FRAMESIZES, _ENUM_FRAMESIZES_BYTES = 0xC02C564A, 44
_G_CTRL = 0xC008561B
_REQBUFS, _REQBUFS_BYTES = 0xC0145608, 20
_VIDEO_CAPTURE = 1  # V4L2_BUF_TYPE_VIDEO_CAPTURE; also the capability's bit
_MMAP = 1
_DISCRETE = 1
_DEVICE_CAPS = 0x80000000
_CONTROLS = {
    "exposure_auto": 0x009A0901,
    "exposure_time_100us": 0x009A0902,
    "exposure_may_lower_fps": 0x009A0903,
    "focus_absolute": 0x009A090A,
    "focus_auto": 0x009A090C,
}
_MOST = 64  # a driver that never ends its list
Ioctl = Callable[[int, int, bytearray], object]


@dataclass(frozen=True, slots=True)
class V4l2Facts:
    """What the driver says.

    Attributes:
        name: Of the camera.
        captures: Whether this node gives pictures; a camera's second node gives metadata only.
        formats: As in ``MJPG 640x480 1280x720``.
        controls: Exposure and focus by name, as far as the camera has them.
        busy: Whether another program streams from it now.
    """

    name: str
    captures: bool
    formats: tuple[str, ...]
    controls: dict[str, int]
    busy: bool


def read_facts(device: str, ioctl: Ioctl = fcntl.ioctl) -> V4l2Facts:
    """Ask the driver.

    Args:
        device: As in ``/dev/video0``.
        ioctl: ``fcntl.ioctl``, which fills the buffer.

    Raises:
        CaptureError: The device is absent, not this user's to open, or no V4L2 device.
    """
    try:
        descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise CaptureError(f"{device}: {error.strerror}") from error
    try:
        answer = _filled(ioctl, descriptor, _QUERYCAP, bytearray(_QUERYCAP_BYTES))
        if answer is None:
            raise CaptureError(f"{device}: is no V4L2 device")
        name = bytes(answer[16:48]).split(b"\0")[0].decode("utf-8", "replace")
        whole, own = struct.unpack_from("<II", answer, 84)
        captures = bool((own if whole & _DEVICE_CAPS else whole) & _VIDEO_CAPTURE)
        return V4l2Facts(
            name=name,
            captures=captures,
            formats=tuple(_formats(ioctl, descriptor)),
            controls=dict(_controls(ioctl, descriptor)),
            busy=captures and _busy(ioctl, descriptor),
        )
    finally:
        os.close(descriptor)


def _formats(ioctl: Ioctl, descriptor: int) -> Iterator[str]:
    for index in range(_MOST):
        buffer = bytearray(_ENUM_FMT_BYTES)
        struct.pack_into("<II", buffer, 0, index, _VIDEO_CAPTURE)
        if _filled(ioctl, descriptor, _ENUM_FMT, buffer) is None:
            return
        fourcc = bytes(buffer[44:48])
        sizes = " ".join(_sizes(ioctl, descriptor, fourcc))
        yield f"{fourcc.decode('ascii', 'replace').strip()} {sizes}".strip()


def _sizes(ioctl: Ioctl, descriptor: int, fourcc: bytes) -> Iterator[str]:
    for index in range(_MOST):
        buffer = bytearray(_ENUM_FRAMESIZES_BYTES)
        struct.pack_into("<I4s", buffer, 0, index, fourcc)
        if _filled(ioctl, descriptor, _ENUM_FRAMESIZES, buffer) is None:
            return
        kind, width_px, height_px = struct.unpack_from("<3I", buffer, 8)
        if kind != _DISCRETE:  # least width, most width, step, then the same of the height
            yield f"up to {height_px}x{struct.unpack_from('<I', buffer, 28)[0]}"
            return
        yield f"{width_px}x{height_px}"


def _controls(ioctl: Ioctl, descriptor: int) -> Iterator[tuple[str, int]]:
    for name, number in _CONTROLS.items():
        buffer = bytearray(struct.pack("<Ii", number, 0))
        if _filled(ioctl, descriptor, _G_CTRL, buffer) is not None:
            yield name, struct.unpack_from("<Ii", buffer)[1]


def _busy(ioctl: Ioctl, descriptor: int) -> bool:
    """Buffers can be had only while nobody else has any; they are given back at once."""
    for count in (1, 0):
        buffer = bytearray(_REQBUFS_BYTES)
        struct.pack_into("<III", buffer, 0, count, _VIDEO_CAPTURE, _MMAP)
        try:
            ioctl(descriptor, _REQBUFS, buffer)
        except OSError as error:
            return error.errno == errno.EBUSY
    return False


def _filled(ioctl: Ioctl, descriptor: int, request: int, buffer: bytearray) -> bytearray | None:
    """The buffer as the driver filled it; None where it has nothing to say."""
    try:
        ioctl(descriptor, request, buffer)
    except OSError:
        return None
    return buffer
