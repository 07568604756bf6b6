"""What a bundle consists of: text by file name. Every section is bounded, and one that cannot be had says why."""

from __future__ import annotations

import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from http.client import HTTPConnection, HTTPException
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from edge_agent import __version__
from edge_agent.errors import OutboxError
from edge_agent.mqtt.dead_letters import read_contents
from edge_agent.mqtt.outbox_salvage import damaged_files
from edge_agent.mqtt.outbox_schema import OUTBOX_FILE
from edge_agent.mqtt.payload import rfc3339
from edge_agent.mqtt.privacy_profile import PROFILE, profile_hash

_UNITS = ("edge-agent.service", "edge-agent-updater.service", "edge-agent-updater.timer")
# Never `Environment`: a secret may stand there, although none should (runtime/secret_file.py).
_PROPERTIES = (
    "Id,LoadState,ActiveState,SubState,Result,NRestarts,ExecMainStatus,ExecMainCode,ExecMainStartTimestamp,"
    "StateChangeTimestamp,StatusText,WatchdogUSec,MemoryCurrent,MemoryPeak,TasksCurrent,CPUUsageNSec,FragmentPath"
)
_PACKAGES = (
    "ai-edge-litert", "cryptography", "lapx", "numpy", "opencv-python-headless", "paho-mqtt", "prometheus-client",
    "pydantic", "pyyaml", "systemd-python", "tflite-runtime", "tuf",
)  # fmt: skip
_JOURNAL_LINES = 3000
MOST_CHARS = 512 * 1024
"""Of one section; of the journal the latest."""
_TOOL_S = 20.0
_SERVED_S = 3.0
_OK = 200
_MOST_FILES = 500


def about() -> str:
    """Versions, board and memory; the machine's own name is left out."""
    packages = {name: found for name in _PACKAGES if (found := _version(name))}
    return _json(
        {
            "collected_at": rfc3339(time.time()),
            "edge_agent": __version__,
            "privacy": {"profile": PROFILE, "starts_with": profile_hash()[:12]},
            "python": platform.python_version(),
            "packages": packages,
            "kernel": platform.release(),
            "machine": platform.machine(),
            "system": _os_name(),
            "board": _first_line(Path("/proc/device-tree/model"))
            or _first_line(Path("/sys/class/dmi/id/product_name")),
            "memory": _meminfo(),
            "uptime_s": _first_line(Path("/proc/uptime")).partition(" ")[0],
            "load": _first_line(Path("/proc/loadavg")),
            "processors": os.cpu_count(),
            "executable": sys.executable,
        }
    )


def outbox(state_dir: Path) -> str:
    """Numbers of the outbox; no event's content."""
    file = state_dir / OUTBOX_FILE
    try:
        contents = read_contents(file)
    except OutboxError as error:
        return _json({"cannot_be_read": str(error)})
    return _json(
        {
            "pending": len(contents.pending),
            "acknowledged": len(contents.acknowledged),
            "put_aside": [
                {"seq": letter.seq, "put_aside_at": rfc3339(letter.settled_wall_s), "reason": letter.reason}
                for letter in contents.dead_letters[-100:]
            ],
            "dropped_ranges": [[item.first, item.last] for item in contents.dropped],
            "next_seq": contents.next_seq,
            "bytes": file.stat().st_size,
            "damaged_files": [each.name for each in damaged_files(file)],
        }
    )


def state_files(state_dir: Path) -> str:
    """Names, sizes and modes in the state directory; no content."""
    return _json(list(_files(state_dir)))


def journal() -> str:
    """The agent's latest lines."""
    units = [part for unit in _UNITS[:2] for part in ("-u", unit)]
    command = ["journalctl", *units, "-n", str(_JOURNAL_LINES), "--no-pager", "--no-hostname", "-o", "short-iso"]
    return _printed(command)


def systemd_status() -> str:
    """How the service manager sees the units."""
    return _printed(["systemctl", "show", *_UNITS, f"--property={_PROPERTIES}", "--no-pager"])


def served(port: int | None, path: str) -> str:
    """What the running agent serves on loopback; empty where it does not."""
    if port is None:
        return ""
    connection = HTTPConnection("127.0.0.1", port, timeout=_SERVED_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read(MOST_CHARS).decode("utf-8", "replace")
    except (OSError, HTTPException):
        return ""
    finally:
        connection.close()
    return text if answer.status == _OK else ""


def as_json(document: Any) -> str:
    """A section from plain values."""
    return _json(document)


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _printed(command: list[str]) -> str:
    """What a tool prints, its end where it is long; or why it prints nothing."""
    tool = shutil.which(command[0])
    if tool is None:
        return f"{command[0]} is not on this machine\n"
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands of the system
            [tool, *command[1:]], capture_output=True, timeout=_TOOL_S, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{command[0]}: {type(error).__name__}\n"
    text = done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")
    return text if len(text) <= MOST_CHARS else f"[cut]\n{text[-MOST_CHARS:].partition(chr(10))[2]}"


def _files(state_dir: Path) -> Iterator[dict[str, Any]]:
    try:
        found: Iterable[Path] = sorted(state_dir.rglob("*"))[:_MOST_FILES]
    except OSError as error:
        yield {"cannot_be_read": error.strerror}
        return
    for path in found:
        try:
            facts = path.lstat()
        except OSError:
            continue
        name = str(path.relative_to(state_dir))
        yield {"name": name, "bytes": facts.st_size, "mode": stat.filemode(facts.st_mode), "uid": facts.st_uid}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _os_name() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""


def _meminfo() -> dict[str, str]:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return {}
    wanted = ("MemTotal", "MemAvailable", "SwapTotal", "SwapFree")
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines) if name in wanted}


def _first_line(file: Path) -> str:
    try:
        return file.read_text().strip("\0\n ").partition("\n")[0]
    except (OSError, UnicodeDecodeError):
        return ""
