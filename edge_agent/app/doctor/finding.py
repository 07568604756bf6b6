"""What a check found, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Verdict(str, Enum):
    """How a check came out."""

    PASS = "pass"  # noqa: S105 - a word for people
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        check: What was looked at, as in ``broker tls`` or ``camera hall``.
        verdict: How it came out.
        detail: What was found.
        next_step: What to do now; empty where there is nothing to do.
    """

    check: str
    verdict: Verdict
    detail: str
    next_step: str = ""


def passed(check: str, detail: str) -> Finding:
    """All is well."""
    return Finding(check, Verdict.PASS, detail)


def warned(check: str, detail: str, next_step: str) -> Finding:
    """The agent works; somebody should look at this."""
    return Finding(check, Verdict.WARN, detail, next_step)


def failed(check: str, detail: str, next_step: str) -> Finding:
    """The agent cannot do its work like this."""
    return Finding(check, Verdict.FAIL, detail, next_step)


def any_failed(findings: Iterable[Finding]) -> bool:
    """Whether the device needs somebody before it can do its work."""
    return any(finding.verdict is Verdict.FAIL for finding in findings)
