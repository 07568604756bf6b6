"""Bytes in, a command to obey or the reason why not out."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.clock import Clock
from edge_agent.command.arguments import COMMANDS, UPDATE_COMMANDS, Arguments, to_arguments
from edge_agent.command.command_settings import CommandSettings
from edge_agent.command.envelope import Envelope, to_envelope
from edge_agent.command.gate import Gate
from edge_agent.command.jws import COMMAND_TYPE, UPDATE_TYPE
from edge_agent.command.ledger import CommandLedger
from edge_agent.command.nonces import Nonces
from edge_agent.command.reason import Reason
from edge_agent.errors import CommandRefused

MAX_COMMAND_BYTES = 8192  # our own: ten times the longest command
CHALLENGE = "challenge"
_SKEW_S = 30  # our own: how much the clocks of operator and device may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Which commands are understood, and by which sign they are known.

    Attributes:
        typ: What the JWS must say, so that what was signed for one process is not obeyed by another.
        commands: Their names.
        permission: What a key must be allowed; the command's own name where None.
    """

    typ: str
    commands: tuple[str, ...]
    permission: str | None = None


AGENT = Vocabulary(typ=COMMAND_TYPE, commands=COMMANDS)
UPDATER = Vocabulary(typ=UPDATE_TYPE, commands=UPDATE_COMMANDS, permission="update")


@dataclass(frozen=True, slots=True)
class Command:
    """A command to obey, once: it is noted on the disk as obeyed.

    Attributes:
        name: One of `COMMANDS`.
        cmd_id: Chosen by who gave it.
        kid: Of the key that signed it.
        arguments: Of the command's own class.
    """

    name: str
    cmd_id: str
    kid: str
    arguments: Arguments


class BytesToCommand:
    """Decides on every command that comes. Only what passed everything else touches the disk.

    Not thread-safe.
    """

    def __init__(
        self,
        settings: CommandSettings,
        gate: Gate,
        ledger: CommandLedger,
        clock: Clock,
        vocabulary: Vocabulary = AGENT,
    ) -> None:
        """Wire the parts.

        Args:
            settings: For how long a command may be valid.
            gate: Keys, audience, rates.
            ledger: What was obeyed already.
            clock: For times and challenges.
            vocabulary: What is understood.
        """
        self._vocabulary = vocabulary
        self._settings = settings
        self._gate = gate
        self._ledger = ledger
        self._clock = clock
        self._nonces = Nonces()

    def challenge(self, payload: bytes, *, retained: bool) -> str:
        """A nonce for whoever asks; the only thing that is given without a signature.

        Args:
            payload: Not looked at.
            retained: Whether the broker kept the question.

        Raises:
            CommandRefused: Retained, too large, or too often.
        """
        self._refuse_retained(retained=retained)
        self._gate.admit(len(payload), MAX_COMMAND_BYTES)
        return self._nonces.new(self._clock.monotonic_s())

    def __call__(self, topic_name: str | None, payload: bytes, *, retained: bool) -> Command:
        """Judge one message.

        Args:
            topic_name: The last level of its topic; None where all commands come on one topic.
            payload: As it came.
            retained: Whether the broker kept it: a command is for now.

        Raises:
            CommandRefused: With the reason, and the command's `cmd_id` once the signature was found good.
        """
        self._refuse_retained(retained=retained)
        self._gate.admit(len(payload), MAX_COMMAND_BYTES)
        verified = self._gate.verify(payload, self._vocabulary.typ)
        envelope = to_envelope(verified.payload)
        try:
            arguments = self._judge(topic_name, verified.kid, envelope)
        except CommandRefused as refusal:
            refusal.cmd_id = envelope.cmd_id
            raise
        return Command(envelope.cmd, envelope.cmd_id, verified.kid, arguments)

    def _judge(self, topic_name: str | None, kid: str, envelope: Envelope) -> Arguments:
        if topic_name is not None and envelope.cmd != topic_name:
            raise CommandRefused(Reason.WRONG_TOPIC, "the command does not belong to the topic that it came on")
        known = self._vocabulary.commands
        if envelope.cmd not in known:
            raise CommandRefused(Reason.UNSUPPORTED, f"this agent knows {', '.join(known)}")
        self._gate.permit(kid, self._vocabulary.permission or envelope.cmd, envelope.aud)
        arguments = to_arguments(envelope.cmd, envelope.args)
        self._check_time(envelope)
        self._ledger.claim(kid, envelope, fresh=envelope.nonce is not None)
        return arguments

    def _check_time(self, envelope: Envelope) -> None:
        if not 0 < envelope.exp - envelope.iat <= self._settings.max_lifetime_s:
            limit_s = self._settings.max_lifetime_s
            raise CommandRefused(Reason.LIFETIME_TOO_LONG, f"exp must come after iat by at most {limit_s} s")
        if self._clock.synchronised():
            now_s = self._clock.wall_s()
            if envelope.iat > now_s + _SKEW_S:
                raise CommandRefused(Reason.NOT_YET_VALID, "issued in the future: compare the clocks")
            if envelope.exp <= now_s:
                raise CommandRefused(Reason.EXPIRED, "no longer valid")
        elif envelope.nonce is None:
            advice = "ask cmd/challenge for a nonce and sign it with the command"
            raise CommandRefused(Reason.CLOCK_UNSYNCED, f"this device does not know the time: {advice}")
        if envelope.nonce is not None and not self._nonces.spend(envelope.nonce, self._clock.monotonic_s()):
            raise CommandRefused(Reason.BAD_NONCE, "not given out by this run of the agent, used, or a minute old")

    @staticmethod
    def _refuse_retained(*, retained: bool) -> None:
        if retained:
            raise CommandRefused(Reason.RETAINED, "the broker kept it: publish commands without the retain flag")
