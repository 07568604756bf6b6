"""Text between markers is generated; everything else is written by hand and stays."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PART = re.compile(r"<!-- generated: (?P<name>[^>]+?) -->\n.*?<!-- end -->", re.DOTALL)


def fill_in(text: str, parts: Mapping[str, str]) -> str:
    """Put every part between its markers.

    Args:
        text: Markdown with markers ``<!-- generated: NAME -->`` and ``<!-- end -->``.
        parts: By name.

    Raises:
        ValueError: A marker names no part, or a part has no marker: a reader would miss it.
    """
    named = [match["name"] for match in _PART.finditer(text)]
    if sorted(named) != sorted(parts):
        odd = sorted(set(named) ^ set(parts))
        raise ValueError(f"markers and generated parts differ: {', '.join(odd) or 'a marker stands there twice'}")
    return _PART.sub(lambda match: f"<!-- generated: {match['name']} -->\n{parts[match['name']]}\n<!-- end -->", text)
