"""The doctor's report as plain values, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edge_agent import __version__
from edge_agent.app.doctor.finding import Finding, any_failed


def findings_to_document(findings: Sequence[Finding]) -> dict[str, Any]:
    """What ``--json`` prints."""
    checks = [
        {
            "check": finding.check,
            "verdict": finding.verdict.value,
            "detail": finding.detail,
            "next_step": finding.next_step or None,
        }
        for finding in findings
    ]
    return {"version": __version__, "ok": not any_failed(findings), "checks": checks}
