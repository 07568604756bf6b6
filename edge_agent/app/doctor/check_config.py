"""Is the configuration right?"""

from __future__ import annotations

from collections.abc import Iterator

from edge_agent.app.doctor.finding import Finding, failed, passed, warned
from edge_agent.errors import ConfigError
from edge_agent.settings.settings import Settings
from edge_agent.settings.settings_to_hash import config_hash
from edge_agent.settings.settings_to_summary import settings_to_summary

_NOTE = "note    "


def check_config(file: str, settings: Settings) -> Iterator[Finding]:
    """A configuration that was read: its hash, and what is allowed but may not be meant."""
    yield passed("config", f"{file} is good (configuration {config_hash(settings)})")
    for line in settings_to_summary(settings):
        if line.startswith(_NOTE):
            yield warned("config", line.removeprefix(_NOTE), "see whether this is meant; `edge-agent check-config`")


def config_problems(error: ConfigError) -> Iterator[Finding]:
    """A configuration that cannot be used: every problem with its line."""
    for problem in error.problems:
        place = f"{error.file}:{problem.line}" if problem.line else error.file
        path = f"{problem.path}: " if problem.path else ""
        advice = problem.suggestion or "correct it, then `edge-agent check-config` and `systemctl reload edge-agent`"
        yield failed("config", f"{place}: {path}{problem.message}", advice)
