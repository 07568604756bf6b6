"""An agent in a process of its own, on a clip, at a broker."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from agent_process import MODEL, AgentProcess

SHARED = Path(__file__).resolve().parents[3] / "shared"
UPFALL = SHARED / "clips" / "upfall"
WORKER_ZONE = SHARED / "clips" / "factory" / "worker-zone.gif"


@pytest.fixture
def agent(tmp_path: Path, closing: ExitStack) -> Callable[..., AgentProcess]:
    """Prepares an agent for a broker's port and these cameras; what else is named overrides its settings."""

    def prepare(port: int, cameras: list[dict[str, Any]], **settings: Any) -> AgentProcess:
        made = AgentProcess(
            tmp_path,
            {
                "site": "plant-1",
                "device": "dev-1",
                "state_dir": str(tmp_path / "state"),
                "model": {"use": str(SHARED / "models" / MODEL), "threads": 1},
                "cameras": cameras,
                "mqtt": {"host": "127.0.0.1", "port": port},
                **settings,
            },
        )
        closing.callback(made.kill)
        return made

    return prepare
