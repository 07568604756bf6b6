"""The shipped catalogue: names, pinned addresses, and hashes of real files."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from edge_agent.update.catalogue import read_catalogue

MODELS = Path(__file__).resolve().parents[3] / "shared" / "models"


def test_every_address_is_pinned_to_a_commit() -> None:
    catalogue = read_catalogue()
    assert len(catalogue) == len({entry.name for entry in catalogue}) == 6
    for entry in catalogue:
        assert re.match(r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/", entry.url)
        assert entry.licence == "AGPL-3.0"


@pytest.mark.shared
def test_hash_and_size_are_those_of_the_real_files() -> None:
    for entry in read_catalogue():
        content = (MODELS / entry.url.rsplit("/", 1)[1]).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (entry.sha256, entry.size_bytes)
