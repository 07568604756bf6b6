"""A device's updater and daemon in one process, to be killed: ``python update_child.py DIRECTORY``.

Says ``begun`` once it is at work and ``done`` when the update has ended.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from update_world import World  # noqa: E402


def main() -> None:
    world = World(Path(sys.argv[1]))
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    world.service.book.open()
    world.daemon.watch(2.0)
    world.look_again()
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main()
