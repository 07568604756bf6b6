"""Every test that docs/updates.md names as a proof is there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
DOCUMENT = TESTS.parent / "docs" / "updates.md"
_NAMED = re.compile(r"`(?:[\w/]*?(\w+\.py))?(?:::(\w+))?`")


def test_every_proof_is_there() -> None:
    sources = {path.name: path.read_text() for path in TESTS.rglob("test_*.py")}
    rows = [
        line.split("|")[3] for line in DOCUMENT.read_text().splitlines() if line.count("|") == 4 and "test_" in line
    ]
    assert len(rows) > 20
    for row in rows:
        file = ""
        for named, test in _NAMED.findall(row):
            file = named or file
            assert file in sources, row
            assert not test or f"def {test}(" in sources[file], row
