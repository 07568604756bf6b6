"""A repository, the server that serves it, and a device that trusts it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from download_place import CONTENT, PATH
from odd_server import OddServer, odd_server
from signed_repository import SignedRepository
from update_device import Device

from edge_agent.update.target_info import TargetInfo


@pytest.fixture
def server() -> Iterator[OddServer]:
    with odd_server() as server:
        yield server


@pytest.fixture
def repo(server: OddServer) -> SignedRepository:
    repo = SignedRepository()
    server.files = repo.files
    return repo


@pytest.fixture
def device(tmp_path: Path, server: OddServer, repo: SignedRepository) -> Device:
    return Device(tmp_path, server, repo.trusted_root)


@pytest.fixture
def target(server: OddServer) -> TargetInfo:
    server.files[PATH] = CONTENT
    return TargetInfo("model", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), f"{server.url}/{PATH}")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "slot" / "model.tflite"
