"""Two processes whose clocks differ: the one ahead has written down that a hold ran out, the other has it in force."""

from __future__ import annotations

import pytest

from chalicelib.domain.commands import CaptureHold, PlaceHold, ReleaseHold, WriteDown
from chalicelib.domain.errors import HoldNotOpen
from chalicelib.domain.records import Hold, HoldRef
from tests.world.builders import ANNA, CONNECTION, NOW, order, programme_of
from tests.world.memory import Memory

AHEAD, BEHIND = NOW + 60, NOW + 56


@pytest.fixture
def books() -> Memory:
    """Anna holds 3.00 for an order, for a minute; by the clock that is ahead the minute is over."""
    books = Memory(programme_of())
    books.execute(order("1", ANNA))
    books.execute(PlaceHold(ANNA, "h_1", "EUR/2", 300, f"{CONNECTION}/new", 9000, True, 1), NOW)
    books.execute(WriteDown(ANNA), AHEAD)
    return books


def test_a_capture_is_refused(books: Memory) -> None:
    with pytest.raises(HoldNotOpen):
        books.execute(CaptureHold(ANNA, "h_1"), BEHIND)
    assert books.available(ANNA, now=AHEAD) == 500


def test_a_release_gives_nothing_back_twice(books: Memory) -> None:
    books.execute(ReleaseHold(ANNA, "h_1"), BEHIND)
    assert books.available(ANNA, now=AHEAD) == 500


def test_a_payment_in_time_spends_what_was_given_back(books: Memory) -> None:
    books.execute(order("new", ANNA, at=NOW + 10), BEHIND)
    assert books.find(HoldRef("h_1"), Hold).captured == 300
    assert books.available(ANNA, now=AHEAD) == 500 - 300 + 500
