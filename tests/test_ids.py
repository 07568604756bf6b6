"""Identifiers: UUID version 7, ordered in time, reproducible where they must be."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.ids import IdSource, RandomIds, SeededIds

# RFC 9562 holds 48 bits of milliseconds: the year 10889.
MILLISECONDS = st.integers(0, 2**48 - 1)


@given(MILLISECONDS, st.sampled_from([RandomIds(), SeededIds("clip")]))
def test_the_fields_lie_where_rfc_9562_puts_them(unix_ms: int, ids: IdSource) -> None:
    text = ids.new((unix_ms + 0.5) / 1000.0)
    value = uuid.UUID(text).int
    assert value >> 80 == unix_ms  # unix_ts_ms, 48 bits
    assert value >> 76 & 0xF == 7  # ver
    assert value >> 62 & 0b11 == 0b10  # var
    assert uuid.UUID(text).variant == uuid.RFC_4122
    assert text == str(uuid.UUID(text))


def test_the_example_of_rfc_9562_has_the_same_time() -> None:
    # Appendix A.6: Tuesday, February 22, 2022 2:22:22.00 PM GMT-05:00.
    assert RandomIds().new(1645557742.0).startswith("017f22e2-79b0-7")


@given(MILLISECONDS, MILLISECONDS)
def test_text_sorts_as_time_does(first_ms: int, second_ms: int) -> None:
    ids = RandomIds()
    first, second = ids.new((first_ms + 0.5) / 1000.0), ids.new((second_ms + 0.5) / 1000.0)
    if first_ms != second_ms:
        assert (first < second) == (first_ms < second_ms)


def test_random_bits_fill_both_fields_and_never_repeat() -> None:
    ids = RandomIds()
    values = {uuid.UUID(ids.new(1.0)).int for _ in range(500)}
    assert len(values) == 500
    random_bits = 0xFFF << 64 | (1 << 62) - 1
    ever_set = ever_clear = 0
    for value in values:
        ever_set |= value & random_bits
        ever_clear |= ~value & random_bits
    assert ever_set == random_bits
    assert ever_clear == random_bits


def test_the_same_seed_gives_the_same_ids_and_another_seed_others() -> None:
    first, again, other = SeededIds("a"), SeededIds("a"), SeededIds("b")
    ids = [first.new(t) for t in (1.0, 2.0, 2.0)]
    assert ids == [again.new(t) for t in (1.0, 2.0, 2.0)]
    assert len(set(ids)) == 3
    assert ids != [other.new(t) for t in (1.0, 2.0, 2.0)]
