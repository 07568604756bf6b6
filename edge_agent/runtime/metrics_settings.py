"""Numbers for Prometheus, as the configuration file writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """Numbers for Prometheus, health and readiness over HTTP, on 127.0.0.1 alone. Needs `edge-agent[metrics]`."""

    port: Annotated[int, Ge(1024), Le(65535)] | None = None
    """Where `/metrics`, `/healthz`, `/readyz` and `/health` are served, as in 9464. Off where absent: nothing listens.
    Other machines never reach it; a collector beside the agent passes the numbers on (docs/examples/prometheus)."""
