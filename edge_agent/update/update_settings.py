"""Where a device gets its models from, as the configuration file writes it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, Le, MaxLen
from pydantic import Field

from edge_agent.data.shift import Shift
from edge_agent.update.pointer import GROUP_PATTERN


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSettings:
    """Updates of the model over the air, by `edge-agent updater run`.

    Signed metadata alone decides what is installed; what stands here can only make it happen later, or not at all.
    """

    url: Annotated[str, Field(pattern=r"^https?://[^\s@]+$", max_length=500)]
    """Address of the repository: `metadata/` and `targets/` are below it. Without a user's name in it."""
    group: Annotated[str, Field(pattern=GROUP_PATTERN)]
    """Whose pointer this device follows."""
    trusted_root: Path
    """The operator's `root.json`, brought by a way that is trusted: with the device's image, or by the installer."""
    ca_file: Path | None = None
    """PEM of the authorities of the repository's server; the system's where absent."""
    proxy: Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=500)] | None = None
    """The HTTP proxy on the way there; that of the environment where absent."""
    plain_http: bool = False
    """Whether `http://` is allowed to other machines. The signatures hold without TLS, but everybody on the way sees
    what is fetched, and can hold it up."""
    windows: Annotated[tuple[Shift, ...], MaxLen(16)] = ()
    """When a new model may be fetched and tried, in `timezone`; the windows of the pointer hold, too."""
    check_every_s: Annotated[float, Ge(1), Le(604_800)] = 3600.0
    """Seconds between two looks at the repository, of which up to a tenth is left to chance."""
    max_rate_kb_s: Annotated[float, Ge(2)] | None = None
    """Most that a download may take of the line, in 10^3 bytes a second; as fast as it goes where absent."""
    min_rate_kb_s: Annotated[float, Ge(0.05)] = 0.512
    """A server that stays below it is given up, in 10^3 bytes a second."""
    download_s: Annotated[float, Ge(10), Le(604_800)] = 3600.0
    """Seconds in which one file must be there, its retries included."""
    keep_free_mb: Annotated[float, Ge(0)] = 64.0
    """Room on the disk that no download takes, in 10^6 bytes: events come first. Our own: what `outbox` may take."""
