"""Why a command was not done."""

from __future__ import annotations

from enum import Enum


class Reason(str, Enum):
    """One word for programs; the text beside it is for people (docs/commands.md has the list)."""

    RETAINED = "retained"
    RATE_LIMITED = "rate_limited"
    TOO_LARGE = "too_large"
    COMMANDS_OFF = "commands_off"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_TOPIC = "wrong_topic"
    UNSUPPORTED = "unsupported"
    NOT_ALLOWED = "not_allowed"
    BAD_ARGUMENTS = "bad_arguments"
    BAD_NONCE = "bad_nonce"
    CLOCK_UNSYNCED = "clock_unsynced"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    LIFETIME_TOO_LONG = "lifetime_too_long"
    STALE = "stale"
    DUPLICATE = "duplicate"
    STATE_UNAVAILABLE = "state_unavailable"
    UNKNOWN_PLACE = "unknown_place"
    UNKNOWN_RULE = "unknown_rule"
    UNKNOWN_INCIDENT = "unknown_incident"
    NEVER_SNOOZED = "never_snoozed"
    TOO_LONG = "too_long"
    NOTHING_KEPT = "nothing_kept"
    OLD_VERSION = "old_version"
    VERSION_TAKEN = "version_taken"
    BAD_CONFIG = "bad_config"
    TIMEOUT = "timeout"
    CHECKS_FAILED = "checks_failed"
    NOTHING_UNDER_WAY = "nothing_under_way"
    NOTHING_BEFORE = "nothing_before"
    NOT_WRITTEN = "not_written"
