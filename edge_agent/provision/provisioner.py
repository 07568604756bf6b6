"""What is done with the provisioning files that were found: one is taken, the others are told of."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from edge_agent.clock import Clock
from edge_agent.errors import ConfigError, ProvisioningError
from edge_agent.mqtt.payload import Provisioned, encode, rfc3339
from edge_agent.provision.books import Books, read_books, write_books
from edge_agent.provision.file_to_plan import Plan, file_to_plan
from edge_agent.provision.files_to_place import AgentUser, Placing
from edge_agent.provision.host_name import write_host_name
from edge_agent.provision.medium import Medium, written
from edge_agent.provision.place import CONFIG, RECORD, PlacedFile, Reader
from edge_agent.provision.plain_file import open_plain
from edge_agent.provision.report import done_text, error_text, passed_over_text, plan_text
from edge_agent.provision.wipe import ERROR, TAG_CHARS, begin_wiping, delete, leave_note, overwrite, struck

_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Device:
    """The computer that is provisioned.

    Attributes:
        root: Of its file system.
        agent: The agent's user.
        scratch: A directory of ours, in memory, for secrets that are looked at.
        boot_id: Of this boot.
        clock: For the record.
    """

    root: Path
    agent: AgentUser
    scratch: Path
    boot_id: str
    clock: Clock


@dataclass(slots=True)
class Outcome:
    """How it went.

    Attributes:
        taken: There is a new configuration: who has the old one should start again.
        failed: A file could not be used, or not be wiped.
    """

    taken: bool = False
    failed: bool = False


class Provisioner:
    """Goes through what was found, once.

    Args:
        device: To be provisioned.
        say: Takes a line for the console.
    """

    def __init__(self, device: Device, say: Callable[[str], None]) -> None:
        self._device = device
        self._say = say
        self._placing = Placing(device.root, device.agent)
        self._outcome = Outcome()
        self._books = Books()

    def run(self, media: Sequence[Medium], *, again: bool = False) -> Outcome:
        """Take the first file that was not taken before; end what a power cut struck.

        Args:
            media: The boot partition first.
            again: Take also what was taken before, or passed over.

        Raises:
            OSError: The device's own disk cannot be written.
        """
        self._placing.prepare()
        if self._placing.finish():
            self._say("a provisioning that was cut off is complete now")
            self._outcome.taken = True
        self._books = read_books(self._device.root)
        self._name_computer()
        for medium in media:
            if any(struck(medium.directory)):
                self._on(medium, self._end_wiping, medium.directory)
        for medium in media:
            files = medium.files()
            if len(files) > 1:
                names = " and ".join(file.name for file in files)
                self._refuse(medium, names, ["only one of them can count: leave the one that is meant"])
            elif files:
                self._look_at(medium, files[0], again=again)
        return self._outcome

    def _look_at(self, medium: Medium, file: Path, *, again: bool) -> None:
        try:
            digest = _digest(file)
        except OSError as error:
            self._refuse(medium, file.name, [f"it cannot be read: {error.strerror}"])
            return
        books = self._books
        if digest in books.known and not again:
            self._known(medium, file, digest)
        elif self._outcome.taken or (medium.kind == "usb" and books.boot_id == self._device.boot_id):
            books.known[digest] = None
            write_books(self._device.root, books)
            self._say(f"another file was taken at this start: {file.name} on {medium.name} is not used")
            self._outcome.failed = True
            self._on(medium, leave_note, medium.directory / ERROR, passed_over_text(file.name))
        else:
            self._take(medium, file, digest)

    def _known(self, medium: Medium, file: Path, digest: str) -> None:
        """Not again at each boot; but what could not be wiped is tried again."""
        if self._books.known[digest] is None:
            self._say(f"{file.name} on {medium.name} is not used: it came before another one, or together with it")
            self._say("change it, delete it, or run `edge-agent provision --again`")
            return
        self._say(f"{file.name} on {medium.name} was taken before, and is not taken again")
        self._wipe(medium, file, digest, done_text(self._recorded(), None))

    def _refuse(self, medium: Medium, name: str, why: Sequence[str]) -> None:
        for line in why:
            self._say(line)
        kept = "; the configuration of before stays" if (self._device.root / CONFIG).exists() else ""
        self._say(f"{name} on {medium.name} is not used{kept}")
        self._outcome.failed = True
        self._on(medium, leave_note, medium.directory / ERROR, error_text(name, why))

    def _take(self, medium: Medium, file: Path, digest: str) -> None:
        device = self._device
        try:
            plan = file_to_plan(file, device.root, device.scratch)
        except ConfigError as error:
            self._refuse(medium, file.name, [problem.in_file(file.name) for problem in error.problems])
            return
        record = Provisioned(
            at=rfc3339(device.clock.wall_s()),
            clock_synced=device.clock.synchronised(),
            source=medium.kind,
            device_from=plan.device.origin,
            wiped=False,
        )
        self._place(plan, digest, record)
        self._name_computer()
        self._outcome.taken = True
        for line in plan_text(plan, medium.name):
            self._say(line)
        self._wipe(medium, file, digest, done_text(record, plan))

    def _place(self, plan: Plan, digest: str, record: Provisioned) -> None:
        books = self._books
        # What was taken before is not in force any more: its medium is of no interest, and keeps what it has.
        books.known = {**dict.fromkeys(books.known), digest: [source.name for source in plan.sources]}
        books.host_name = plan.host_name
        books.accept_usb = plan.settings.provision.accept_usb
        if record.source == "boot":
            books.boot_id = self._device.boot_id
        files = [*plan.files, self._record(record), books.file()]
        self._placing.put(files, self._placing.left_over(plan.named))

    def _wipe(self, medium: Medium, file: Path, digest: str, note: str) -> None:
        others = [file.parent / name for name in self._books.known[digest] or ()]

        def wipe() -> None:
            begin_wiping(file, others, note, digest[:TAG_CHARS])
            self._end_wiping(medium.directory)

        if self._on(medium, wipe):
            self._say(f"{file.name} and what it brought along are deleted from {medium.name}")
        else:
            self._say(f"THE SECRETS ARE STILL ON {medium.name.upper()}: delete {file.name} there yourself")

    def _end_wiping(self, directory: Path) -> None:
        """Only once it is written down that a file is wiped, its last trace may go."""
        for file, tag in struck(directory):
            overwrite(file)
            for digest in [each for each in self._books.known if each.startswith(tag)]:
                self._note_wiped(digest)
            delete(file)

    def _note_wiped(self, digest: str) -> None:
        """What is not known here was another device's, and changes nothing that is written down of this one."""
        in_force = self._books.known.pop(digest) is not None
        record = self._recorded() if in_force else None
        changed = [self._record(record.model_copy(update={"wiped": True}))] if record is not None else []
        self._placing.put([*changed, self._books.file()])

    def _recorded(self) -> Provisioned | None:
        try:
            return Provisioned.model_validate_json((self._device.root / RECORD).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None  # it is for people to know, and somebody took it away or damaged it

    def _name_computer(self) -> None:
        """After what decides, and apart from it: a name that cannot be written keeps no device from watching."""
        name = self._books.host_name
        if not name:
            return
        try:
            write_host_name(name, self._device.root)
        except OSError as error:
            self._say(f"the computer cannot be named {name}: {error.strerror}; the next start tries it again")
            return
        self._books.host_name = ""
        write_books(self._device.root, self._books)

    def _on(self, medium: Medium, action: Callable[..., None], *arguments: object) -> bool:
        """Do something on a medium; False, and said, where it cannot be written."""
        try:
            with written(medium.directory):
                action(*arguments)
        except (OSError, ProvisioningError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            self._say(f"{medium.name} cannot be written: {reason}")
            self._outcome.failed = True
            return False
        return True

    @staticmethod
    def _record(record: Provisioned) -> PlacedFile:
        return PlacedFile(RECORD, encode(record), Reader.AGENT)


def _digest(file: Path) -> str:
    """Tells files apart; what is longer than a configuration may be is refused by its reader."""
    with os.fdopen(open_plain(file, os.O_RDONLY), "rb") as stream:
        return hashlib.sha256(stream.read(_MOST_BYTES)).hexdigest()
