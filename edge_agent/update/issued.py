"""When metadata was signed: a field of our own in it.

TUF metadata says until when it holds, not since when. A device whose clock says 1970 needs the latter: it is later
now than any signature that it has seen. Fields that TUF does not know are covered by the signature and left alone by
every client (TUF specification 1.0, section 4).
"""

from __future__ import annotations

from datetime import datetime, timezone

from tuf.api.metadata import Signed

ISSUED_FIELD = "x-edge-agent-issued"
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"  # as TUF writes its own times


def set_issued(signed: Signed, now: datetime) -> None:
    """Note in metadata, before it is signed, when that is.

    Args:
        signed: Any role's.
        now: With its time zone.
    """
    signed.unrecognized_fields[ISSUED_FIELD] = now.astimezone(timezone.utc).strftime(_FORMAT)


def issued_s(signed: Signed) -> float:
    """When metadata was signed, in seconds since the Unix epoch; 0 where it does not say, or not in the right form."""
    text = signed.unrecognized_fields.get(ISSUED_FIELD)
    if not isinstance(text, str):
        return 0.0
    try:
        return datetime.strptime(text, _FORMAT).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return 0.0
