"""From JSON back to the types of `Posture`, by their annotations: a field that is added there needs nothing here."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from enum import Enum
from functools import partial
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

Reader = Callable[[Any], Any]


def reader_of(hint: Any) -> Reader:
    """What turns a JSON value into a value of an annotated type.

    Knows numbers, texts, truth values, enumerations, tuples, named tuples, dataclasses, and any of them or None.
    The readers raise ValueError or TypeError where a value is of another kind.

    Raises:
        TypeError: There is no reader for such a type; write one.
    """
    if get_origin(hint) in (Union, UnionType):
        (wanted,) = (part for part in get_args(hint) if part is not NoneType)
        return partial(_optional, reader_of(wanted))
    if get_origin(hint) is tuple:
        parts = get_args(hint)
        if parts[-1] is Ellipsis:
            return partial(_sequence, reader_of(parts[0]))
        return partial(_fixed, [reader_of(part) for part in parts])
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    names = _part_names(hint)
    hints = get_type_hints(hint)
    return partial(_composed, hint, [reader_of(hints[name]) for name in names])


def _part_names(hint: Any) -> tuple[str, ...]:
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        return tuple(hint._fields)
    if dataclasses.is_dataclass(hint):
        return tuple(part.name for part in dataclasses.fields(hint) if part.init)
    raise TypeError(f"no reader for {hint!r} in a posture log")


def value_to_json(value: Any) -> Any:
    """For what `json` does not know by itself: a dataclass inside a posture becomes a list of its parts.

    Raises:
        TypeError: It is none.
    """
    if not dataclasses.is_dataclass(value):
        raise TypeError(f"{type(value).__name__} cannot be written into a posture log")
    return [getattr(value, name) for name in _part_names(type(value))]


def _optional(read: Reader, value: Any) -> Any:
    return None if value is None else read(value)


def _sequence(read: Reader, value: Any) -> tuple[Any, ...]:
    return tuple([read(part) for part in _list(value)])


def _fixed(reads: list[Reader], value: Any) -> tuple[Any, ...]:
    return tuple([read(part) for read, part in zip(reads, _list(value), strict=True)])


def _composed(kind: Callable[..., Any], reads: list[Reader], value: Any) -> Any:
    """Parts that an older agent did not know keep their defaults; those of a newer one are left out."""
    return kind(*[read(part) for read, part in zip(reads, _list(value), strict=False)])


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise TypeError("a list is missing")
    return value


def _float(value: Any) -> float:
    if type(value) not in (float, int) or not math.isfinite(value):
        raise TypeError("a finite number is missing")
    return float(value)


def _exactly(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected")
    return value


_PLAIN: dict[Any, Reader] = {
    float: _float,
    int: partial(_exactly, int),
    str: partial(_exactly, str),
    bool: partial(_exactly, bool),
}
