"""Where an update stands, and why it ended: the words that journal, MQTT and operators share."""

from __future__ import annotations

from enum import Enum


class UpdateState(str, Enum):
    """One step on the way of a model from the repository to the camera."""

    IDLE = "IDLE"
    CHECKING = "CHECKING"
    QUEUED = "QUEUED"
    DOWNLOADING = "DOWNLOADING"
    PAUSED = "PAUSED"
    VERIFYING = "VERIFYING"
    SELF_TEST = "SELF_TEST"
    STAGED = "STAGED"
    ACTIVATING = "ACTIVATING"
    TRIAL = "TRIAL"
    COMMITTED = "COMMITTED"
    ROLLING_BACK = "ROLLING_BACK"
    ROLLED_BACK = "ROLLED_BACK"
    FAILED = "FAILED"


class UpdateReason(str, Enum):
    """Why an update ended, or waits; the text beside it is for people."""

    ALREADY_INSTALLED = "already_installed"
    NO_ARTIFACT = "no_artifact"
    INCOMPATIBLE_HW = "incompatible_hw"
    INCOMPATIBLE_RUNTIME = "incompatible_runtime"
    SIGNATURE_INVALID = "signature_invalid"
    ROLLBACK_REFUSED = "rollback_refused"
    METADATA_EXPIRED = "metadata_expired"
    CLOCK_UNSYNCED = "clock_unsynced"
    LENGTH_OR_HASH = "length_or_hash"
    DISK_FULL = "disk_full"
    NETWORK = "network"
    TOO_SLOW = "too_slow"
    HTTP_4XX = "http_4xx"
    LOAD_FAILED = "load_failed"
    GOLDEN_MISMATCH = "golden_mismatch"
    LATENCY = "latency"
    MEMORY = "memory"
    TRIAL_CRASH = "trial_crash"
    TRIAL_QUALITY = "trial_quality"
    DEADLINE = "deadline"
    CANCELED = "canceled"
    POWER_LOSS = "power_loss"
    REVOKED = "revoked"
