"""Every error that the agent raises on purpose, in one tree.

::

    EdgeAgentError              one line for a person, with what to do next
    ├── ConfigError             the configuration file; carries every problem with its line
    ├── CaptureError            a camera or a clip cannot be opened or read
    │   └── EndOfClip           a clip has no frame left (not a fault)
    ├── ModelError              a model cannot be used
    │   ├── ModelUnreadable     missing, truncated, or not a model at all
    │   ├── ModelRefused        opens, but is of another network
    │   │   ├── GoldenMismatch  runs, but does not find what its golden inputs show
    │   │   ├── TooSlow         takes longer than it may
    │   │   └── TooMuchMemory   takes more memory than it may
    │   └── RuntimeMissing      the interpreter's package is not installed
    ├── StoreError              the model store or the catalogue: hash, licence, name, download
    ├── UpdateFailed            an update over the air does not go on; carries the reason
    │   ├── UpdateRefused       it must not: asking again gives the same answer until the repository changes
    │   └── UpdateDelayed       it could not: asking again later may succeed
    ├── UpdaterError            the updater cannot start: its settings, its directory, its trusted root
    ├── SignedFileError         a signed pointer or release is none, or of a later agent
    ├── PostureLogError         a posture log cannot be read: damaged, foreign, or of a later agent
    ├── OutboxError             the outbox cannot be opened or written
    ├── BrokerError             the broker settings cannot be used (files, credentials)
    ├── MetricsError            numbers for Prometheus cannot be served: package or port
    ├── SecretError             a password or a key is not where it should be, or others can read it
    ├── ProvisioningError       a device cannot be provisioned: its medium, its disk, its name
    ├── CertificateError        `edge-agent certs` cannot make a certificate
    ├── ClaimError              `edge-agent claim` cannot work here: settings, files, rights
    │   ├── ClaimRefused        the server says no, or gave what is no certificate of ours
    │   └── ClaimDelayed        the server could not be asked, or wants to be asked later
    ├── CommandRefused          a command or a configuration that came over MQTT is not obeyed; carries the reason
    ├── KeyFileError            a key file of `edge-agent command` cannot be used
    ├── FleetError              `edge-agent-fleet` cannot do it: keys, repository, plan, or another operator
    └── DemoError               the demonstration cannot be played: no broker, no clip, or the agent ended
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class EdgeAgentError(Exception):
    """Base of the tree. Its text is one line, says what happened and what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a configuration file.

    Attributes:
        line: Line in the file, counted from 1; 0 where the problem has no place in it.
        path: Where in the document, as in ``cameras[0].zones[1].polygon``.
        message: What is wrong.
        suggestion: What to write instead; empty where there is nothing to suggest.
    """

    line: int
    path: str
    message: str
    suggestion: str = ""

    def in_file(self, file: str) -> str:
        """One line as editors and terminals recognise it."""
        place = f"{file}:{self.line}" if self.line else file
        path = f" {self.path}:" if self.path else ""
        suggestion = f" ({self.suggestion})" if self.suggestion else ""
        return f"{place}:{path} {self.message}{suggestion}"


class ConfigError(EdgeAgentError):
    """The configuration file cannot be used; `problems` holds all that is wrong with it."""

    def __init__(self, file: str, problems: tuple[Problem, ...]) -> None:
        first, rest = problems[0], len(problems) - 1
        more = f"; and {rest} more, see `edge-agent check-config {file}`" if rest else ""
        super().__init__(first.in_file(file) + more)
        self.file = file
        self.problems = problems


class CaptureError(EdgeAgentError):
    """A camera or a clip cannot be opened or read."""


class EndOfClip(CaptureError):
    """A clip has no frame left."""


class ModelError(EdgeAgentError):
    """A model cannot be used."""


class ModelUnreadable(ModelError):
    """The model file is missing, truncated, or not a model."""


class ModelRefused(ModelError):
    """The model opens but must not be used; the text says why."""


class GoldenMismatch(ModelRefused):
    """The model runs, and does not find the person in its golden inputs."""


class TooSlow(ModelRefused):
    """The model takes longer than it may on this device."""


class TooMuchMemory(ModelRefused):
    """The model takes more memory than it may on this device."""


class RuntimeMissing(ModelError):
    """The interpreter's package is not installed."""


class StoreError(EdgeAgentError):
    """The model store or the catalogue refuses: hash, licence, name, download."""


class UpdateFailed(EdgeAgentError):
    """An update over the air does not go on.

    Attributes:
        reason: One word of `edge_agent.update.reason.UpdateReason`.
    """

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason.value if isinstance(reason, Enum) else reason


class UpdateRefused(UpdateFailed):
    """What the repository offers must not be used; asking again gives the same answer until it changes."""


class TransferRefused(UpdateRefused):
    """A server sends something else than what was signed, or leads elsewhere: its fault, not the release's."""


class UpdateDelayed(UpdateFailed):
    """The update could not be had now: network, clock or disk. Asking again later may succeed."""


class SignedFileError(EdgeAgentError):
    """A signed pointer or release cannot be understood, whoever signed it.

    Attributes:
        newer: It was written for a later agent, and is not damaged.
    """

    def __init__(self, text: str, *, newer: bool = False) -> None:
        super().__init__(text)
        self.newer = newer


class UpdaterError(EdgeAgentError):
    """The updater cannot start: its settings, its state directory or its trusted root cannot be used."""


class OutboxError(EdgeAgentError):
    """The outbox cannot be opened or written: permission, disk full, damaged file."""


class PostureLogError(EdgeAgentError):
    """A posture log cannot be read: damaged, foreign, or of a later agent."""


class BrokerError(EdgeAgentError):
    """The broker settings cannot be used: a certificate or password file is missing or unreadable."""


class MetricsError(EdgeAgentError):
    """Numbers for Prometheus cannot be served: the package is missing, or another program has the port."""


class SecretError(EdgeAgentError):
    """A password or a private key is missing, readable by others, or nothing that could be one."""


class ProvisioningError(EdgeAgentError):
    """A device cannot be provisioned: a medium or the disk cannot be written, or it has no name."""


class CertificateError(EdgeAgentError):
    """`edge-agent certs` cannot make a certificate: a name, an existing file, or a missing authority."""


class ClaimError(EdgeAgentError):
    """`edge-agent claim` cannot work here: settings, files or rights."""


class ClaimRefused(ClaimError):
    """The server says no, or gave what is no certificate of ours: asking again does not help by itself."""


class ClaimDelayed(ClaimError):
    """The server could not be asked, or wants to be asked later.

    Attributes:
        wait_s: Seconds that the server wants us to wait; None where it did not say.
    """

    def __init__(self, text: str, wait_s: float | None = None) -> None:
        super().__init__(text)
        self.wait_s = wait_s


class CommandRefused(EdgeAgentError):
    """A command or a configuration that came over MQTT is not obeyed.

    Attributes:
        reason: One word of `edge_agent.command.reason`.
        cmd_id: Of the command, once its signature was found good; None before.
    """

    def __init__(self, reason: str, text: str, cmd_id: str | None = None) -> None:
        super().__init__(text)
        self.reason = reason.value if isinstance(reason, Enum) else reason
        self.cmd_id = cmd_id


class KeyFileError(EdgeAgentError):
    """A key file of `edge-agent command` is missing, open to others, or no Ed25519 key."""


class FleetError(EdgeAgentError):
    """`edge-agent-fleet` cannot do it: a key is missing, the repository is unsound, or another operator is at work."""


class DemoError(EdgeAgentError):
    """The demonstration cannot be played: there is no broker, a file is missing, or the agent ended."""
