"""What the agent writes to its disk, on the demo's clip in a loop: `flash_writes.py [--minutes N] [--broker PORT]`.

As root, on Linux: `state_dir` lies on an ext4 of its own (a file, mounted by a loop device, with the options of
packaging/image), and the kernel counts what reaches it: the database's pages, and the journal and the inodes that each
fsync costs beside them. The agent's own count (/proc/PID/io, write_bytes) leaves those out. Three runs at once: with a
broker that takes everything (it must listen on 127.0.0.1 already), with none, and in a scene where nothing happens.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

DEMO = Path(__file__).resolve().parents[1] / "edge_agent" / "demo"
WARM_UP_S = 30.0
NO_BROKER_PORT = 9
"""Of `discard` (RFC 863), which nobody runs any more: the connection is refused."""


def configuration(state_dir: Path, port: int, *, quiet: bool) -> str:
    """The demo's, in a loop; quiet: with rules that raise nothing on this clip."""
    settings = yaml.safe_load((DEMO / "demo.yaml").read_text())
    settings["state_dir"] = str(state_dir)
    settings["cameras"][0]["source"] |= {"path": str(DEMO / "clip.mp4"), "loop": True}
    settings["device"] = "quiet" if quiet else f"port-{port}"
    settings["mqtt"]["port"] = port
    if quiet:
        off = ("fall", "lost_while_falling", "man_down", "zone_entry", "bend_hold")
        settings["rules"] = {rule: {"enabled": False} for rule in off}
    return yaml.safe_dump(settings)


def disk(directory: Path, stack: ExitStack) -> tuple[Path, Path]:
    """An ext4, and the kernel's statistics of its device."""
    image, mounted = directory / "disk", directory / "state"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(256 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image], check=True)
    subprocess.run(["mount", "-o", "loop,noatime,commit=60", image, mounted], check=True)
    stack.callback(subprocess.run, ["umount", mounted], check=False)
    device = mounted.stat().st_dev
    return mounted, Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat")


def written(process: subprocess.Popen[bytes], statistics: Path) -> tuple[int, int, int]:
    """Bytes of the process, bytes that reached the device, and flushes of the device's cache so far."""
    os.sync()
    own = next(line for line in Path(f"/proc/{process.pid}/io").read_text().splitlines() if line.startswith("write_b"))
    # Documentation/block/stat.rst: the seventh is sectors of 512 bytes, the sixteenth flush requests.
    fields = statistics.read_text().split()
    return int(own.split()[1]), int(fields[6]) * 512, int(fields[15])


def main() -> None:
    """Measure, and print a line a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--broker", type=int, default=1883, metavar="PORT")
    arguments = parser.parse_args()
    runs = {
        "incidents, broker": (arguments.broker, False),
        "incidents, none": (NO_BROKER_PORT, False),
        "nothing happens": (arguments.broker, True),
    }
    with ExitStack() as stack:
        counters = {}
        for name, (port, quiet) in runs.items():
            directory = Path(stack.enter_context(TemporaryDirectory()))
            state_dir, statistics = disk(directory, stack)
            config = directory / "config.yaml"
            config.write_text(configuration(state_dir, port, quiet=quiet))
            command = [sys.executable, "-m", "edge_agent", "run", "--config", config]
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            counters[name] = (process, statistics)
        time.sleep(WARM_UP_S)
        before = {name: written(*counter) for name, counter in counters.items()}
        time.sleep(arguments.minutes * 60.0)
        for name, counter in counters.items():
            own, device, flushes = (
                (b - a) / arguments.minutes for a, b in zip(before[name], written(*counter), strict=True)
            )
            print(
                f"{name:18} {own / 1024:8.1f} KiB/min by the agent  {device / 1024:8.1f} KiB/min on the disk  "
                f"{flushes:6.1f} flushes/min  {device * 1440 / 2**30:6.2f} GiB/day"
            )


if __name__ == "__main__":
    main()
