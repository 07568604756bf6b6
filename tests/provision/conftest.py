"""What the tests of the provisioning share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from edge_agent.errors import ProvisioningError
from edge_agent.provision import provisioner

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "updater"))  # for a signed root.json


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Media that nobody can write, as with the switch of a memory card."""

    def refuse(directory: Path) -> None:
        raise ProvisioningError("it is read-only")

    monkeypatch.setattr(provisioner, "written", refuse)
    return monkeypatch
