"""Who may command this device, as the configuration file writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen
from pydantic import Field

KID_PATTERN = "^[a-z0-9][a-z0-9-]{0,31}$"
PUBLIC_KEY_PATTERN = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"  # 32 bytes leave two bits of the last character
CommandName = Literal[
    "snooze", "ack_alarm", "replay", "self_test", "identify", "reload", "support_bundle", "config", "update"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """One key that may sign, and what for. `edge-agent command keygen` makes a pair and prints this entry."""

    kid: Annotated[str, Field(pattern=KID_PATTERN)]
    """Name of the key: lower-case letters, digits and hyphens. Name a role, such as `control-room`, and no person: it
    is published with what was done."""
    public_key: Annotated[str, Field(pattern=PUBLIC_KEY_PATTERN)]
    """The Ed25519 public key (RFC 8032): its 32 bytes in base64url without padding, 43 characters. No secret."""
    allow: tuple[CommandName, ...] = ()
    """The commands that this key may give; `config` stands for `config/desired`, `update` for all
    that the updater takes on `update/cmd`. A new key may do nothing."""
    site_wide: bool = False
    """Whether commands for the audience `SITE/*` are obeyed. Off, since one such command speaks to every device of the
    site that trusts the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSettings:
    """Commands over MQTT. Without a key the device subscribes to nothing and obeys nobody."""

    keys: Annotated[tuple[KeySettings, ...], MaxLen(16)] = ()
    """The keys that may sign."""
    max_lifetime_s: Annotated[int, Ge(10), Le(3600)] = 300
    """A command may be valid for so long at most. Our own: long enough for a slow network, short enough that a stolen
    one is soon worthless."""
    per_minute: Annotated[int, Ge(1), Le(600)] = 30
    """Commands that one key may give in a minute. Our own: more than people need, and few for the flash."""
    snooze_max_s: Annotated[int, Ge(1), Le(14_400)] = 900
    """A zone stays snoozed for so long at most, then it must be asked for again. Our own: a quarter of an hour is a job
    at a machine, and short enough that a forgotten snooze ends while somebody remembers it."""
    snooze_critical: bool = False
    """Whether rules that tell of a person in need, or of a camera that sees nothing, may be snoozed, each by its name.
    Off: a missed fall is a person on the floor."""
