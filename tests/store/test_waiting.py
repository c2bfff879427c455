"""What waits for a person: what has no verdict, and what was not processed."""

from __future__ import annotations

import pytest

from chalicelib.domain.records import Review
from chalicelib.store import deliveries, waiting
from chalicelib.store.table import commit
from chalicelib.store.waiting import KeptDeliveries
from tests.world.builders import NOW

pytestmark = pytest.mark.usefixtures("store")


def keep(number: int, at: int = NOW) -> str:
    return deliveries.keep(
        f"shop-{number}", {}, f"body {number}".encode(), "why", at * 1000 + number, f"cause {number}"
    )


def test_bonuses_without_a_verdict_are_counted_whatever_their_shard() -> None:
    undecided = [Review(f"shop.{number}", 1, at=NOW) for number in range(9)]
    decided = [Review(f"shop.{number}", 2, at=NOW, verdict="deny", reason="one household") for number in range(7)]
    commit([*undecided, *decided])
    assert waiting.reviews() == 9


def test_deliveries_that_were_not_processed_are_counted_and_the_newest_is_named() -> None:
    ids = [keep(number) for number in range(9)]
    deliveries.mark_replayed(ids[8], NOW)
    keep(99, NOW - deliveries.KEPT_S)
    assert waiting.kept_deliveries(NOW, 100) == KeptDeliveries(8, "shop-7", "cause 7")


def test_nothing_waits() -> None:
    assert waiting.reviews() == 0
    assert waiting.kept_deliveries(NOW, 100) == KeptDeliveries()
