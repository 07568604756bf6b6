"""Several files that change together: after a power cut, once this was asked again, they are all old or all new.

All of them are below /etc/edge-agent, which may be a file system of its own. First everything is written there beside
the agent's files, and then given its final name as a directory, `ready`: that one rename decides. Whatever comes after
it can be done again from there, and is, before the agent starts; its unit waits as long as `ready` is there.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import ProvisioningError
from edge_agent.provision.place import BOOKS, GROWING, HOME, READY, PlacedFile, Reader
from edge_agent.runtime.durable import sync
from edge_agent.runtime.replace_file import replace_file
from edge_agent.runtime.secret_file import create_secret

_LIST = "list.json"
_OURS = ("credentials", "certificates", "cameras")
"""Directories in which nothing is kept that no configuration names."""


@dataclass(frozen=True, slots=True)
class AgentUser:
    """Of the agent, as numbers.

    Attributes:
        uid: Owns the agent's secrets.
        gid: May read its configuration.
    """

    uid: int
    gid: int


def agent_user(name: str) -> AgentUser:
    """The agent's user on this computer.

    Raises:
        ProvisioningError: There is none.
    """
    try:
        found = pwd.getpwnam(name)
    except KeyError as error:
        raise ProvisioningError(f"there is no user {name}: install the package edge-agent") from error
    return AgentUser(found.pw_uid, found.pw_gid)


class Placing:
    """Puts files into place below a root.

    Args:
        root: Of the device's file system.
        agent: Who is let in.
    """

    def __init__(self, root: Path, agent: AgentUser) -> None:
        self._root = root
        self._agent = agent
        self._books = root / BOOKS

    def prepare(self) -> None:
        """Make the directories, with the rights of those who use them; harmless where they are there."""
        self._directory(self._root / HOME, 0o750, self._agent.gid)
        self._directory(self._books, 0o700, -1)
        self._directory(self._root / HOME / "credentials", 0o700, -1)
        self._directory(self._root / HOME / "certificates", 0o750, self._agent.gid)
        self._directory(self._root / HOME / "cameras", 0o750, self._agent.gid)

    def left_over(self, named: frozenset[str]) -> list[str]:
        """What lies where a configuration has its certificates and secrets, and is not named.

        Args:
            named: Places that the configuration names.
        """
        files = [file for name in _OURS for file in (self._root / HOME / name).iterdir() if file.is_file()]
        return sorted({str(file.relative_to(self._root)) for file in files} - named)

    def put(self, files: Sequence[PlacedFile], gone: Sequence[str] = ()) -> None:
        """Put these files into place, and take others away.

        Args:
            files: To be put there; the order does not matter.
            gone: Places of what is taken away.

        Raises:
            OSError: The disk does not take them; then everything is as it was.
        """
        growing = self._root / GROWING
        shutil.rmtree(growing, ignore_errors=True)
        growing.mkdir(mode=0o700)
        for number, file in enumerate(files):
            self._write(growing / str(number), file)
        listed = {"places": [file.place for file in files], "gone": list(gone)}
        replace_file(growing / _LIST, json.dumps(listed).encode())
        growing.rename(self._root / READY)
        sync(self._books)
        self.finish()

    def finish(self) -> bool:
        """Do what is ready and not done, after a power cut; whether there was anything.

        Raises:
            OSError: The disk does not take it; it stays to be done.
        """
        ready = self._root / READY
        # What was not yet ready holds secrets, and is of no use.
        shutil.rmtree(self._root / GROWING, ignore_errors=True)
        if not ready.exists():
            return False
        listing = ready / _LIST
        if listing.exists():
            listed = json.loads(listing.read_bytes())
            for number, place in enumerate(listed["places"]):
                self._move(ready / str(number), self._root / place)
            for place in listed["gone"]:
                (self._root / place).unlink(missing_ok=True)
            for directory in {(self._root / place).parent for place in (*listed["places"], *listed["gone"])}:
                sync(directory)
            listing.unlink()
            sync(ready)
        shutil.rmtree(ready)
        sync(self._books)
        return True

    def _write(self, file: Path, placed: PlacedFile) -> None:
        create_secret(file, placed.content)
        owner = {Reader.AGENT: (-1, self._agent.gid), Reader.AGENT_SECRET: (self._agent.uid, self._agent.gid)}
        file.chmod(0o640 if placed.reader is Reader.AGENT else 0o600)
        os.chown(file, *owner.get(placed.reader, (-1, -1)))
        sync(file)

    @staticmethod
    def _move(file: Path, place: Path) -> None:
        if file.exists():
            file.replace(place)

    @staticmethod
    def _directory(directory: Path, mode: int, gid: int) -> None:
        directory.mkdir(mode=mode, parents=True, exist_ok=True)
        directory.chmod(mode)
        os.chown(directory, -1, gid)
