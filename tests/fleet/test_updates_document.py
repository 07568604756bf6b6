"""Every test that the documents about updates name as a proof is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
DOCUMENTS = [TESTS.parent / "docs" / name for name in ("updates.md", "updates-device.md")]
_NAMED = re.compile(r"`(?:[\w/]*?(\w+\.py))?(?:::(\w+))?`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_every_proof_is_there(document: Path) -> None:
    sources = {path.name: path.read_text() for path in TESTS.rglob("test_*.py")}
    rows = [
        line.split("|")[3] for line in document.read_text().splitlines() if line.count("|") == 4 and "test_" in line
    ]
    assert len(rows) > 20
    for row in rows:
        file = ""
        for named, test in _NAMED.findall(row):
            file = named or file
            assert file in sources, row
            assert not test or f"def {test}(" in sources[file], row
