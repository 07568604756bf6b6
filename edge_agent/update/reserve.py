"""Room on the disk for a file that is still to be written."""

from __future__ import annotations

import ctypes
import errno
import os

_KEEP_SIZE = 1  # fallocate(2), FALLOC_FL_KEEP_SIZE
_UNSUPPORTED = (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


def reserve(descriptor: int, size_bytes: int) -> None:
    """Have the file system set aside room, without changing the file's length.

    posix_fallocate(3) would change it: a file's length then no longer tells how much of a download is there, which
    after a power cut nothing else tells as reliably. Where the file system cannot reserve, its free space is looked at.

    Args:
        descriptor: Of a file that is open for writing.
        size_bytes: What the file will grow to.

    Raises:
        OSError: There is no room (ENOSPC, EDQUOT), or the file would be larger than allowed (EFBIG).
    """
    if size_bytes <= 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    fallocate = getattr(libc, "fallocate64", None) or libc.fallocate
    fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    while fallocate(descriptor, _KEEP_SIZE, 0, size_bytes):
        number = ctypes.get_errno()
        if number == errno.EINTR:
            continue
        if number not in _UNSUPPORTED:
            raise OSError(number, os.strerror(number))
        free = os.fstatvfs(descriptor)
        if free.f_bavail * free.f_frsize < size_bytes - os.fstat(descriptor).st_size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return
