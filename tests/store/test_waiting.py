"""What waits for a person: what has no verdict, and what was not processed, counted and counted again."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.records import Review
from chalicelib.store import deliveries, keys, table, waiting
from chalicelib.store.table import commit
from chalicelib.store.waiting import Waiting
from tests.world.builders import NOW
from tests.world.calls import Ask, around

pytestmark = pytest.mark.usefixtures("store")


def keep(number: int, at: int = NOW) -> str:
    return deliveries.keep(
        f"shop-{number}", {}, f"body {number}".encode(), "why", at * 1000 + number, f"cause {number}"
    )


def held(number: int) -> None:
    commit([Review(f"shop.{number}", 1, at=NOW)])


def known() -> Waiting:
    """What a page is told, which counts nothing itself."""
    return waiting.waiting_of(table.items([keys.WAITING])[keys.WAITING], NOW)


def test_bonuses_without_a_verdict_are_counted_whatever_their_shard() -> None:
    undecided = [Review(f"shop.{number}", 1, at=NOW) for number in range(9)]
    decided = [Review(f"shop.{number}", 2, at=NOW, verdict="deny", reason="one household") for number in range(7)]
    commit([*undecided, *decided])
    assert waiting.count(NOW) == Waiting(9)


def test_deliveries_that_were_not_processed_are_counted_and_the_newest_is_named() -> None:
    ids = [keep(number) for number in range(9)]
    deliveries.mark_replayed(ids[8], NOW)
    keep(99, NOW - deliveries.KEPT_S)
    assert waiting.count(NOW) == Waiting(0, 8, "shop-7", "cause 7")


def test_nothing_waits() -> None:
    assert waiting.count(NOW) == Waiting()


def test_what_was_counted_is_known_until_it_is_counted_again() -> None:
    held(1)
    waiting.recount(NOW)
    held(2)
    assert known() == Waiting(1)
    waiting.recount(NOW)
    assert known() == Waiting(2)


def test_a_table_of_before_is_counted_when_it_is_looked_at() -> None:
    held(1)
    assert waiting.waiting_of(None, NOW) == Waiting(1)


@pytest.mark.parametrize("is_first", [True, False], ids=["the first", "a later one"])
def test_of_two_processes_that_count_at_once_the_slower_one_counts_again(is_first: bool) -> None:
    if not is_first:
        waiting.recount(NOW)

    faster = iter([lambda: held(1), lambda: waiting.recount(NOW)])

    def step(ask: Ask, operation: str, request: Any) -> Any:
        if operation == "PutItem":
            for act in faster:
                act()
        return ask(operation, request)

    with around(step):
        waiting.recount(NOW)
    assert known() == Waiting(1)


def test_who_is_overtaken_each_time_gives_up_and_is_asked_again() -> None:
    waiting.recount(NOW)
    item, versions = table.items([keys.WAITING])[keys.WAITING], count(1000)

    def step(ask: Ask, operation: str, request: Any) -> Any:
        if operation == "PutItem":
            ask(operation, {"TableName": request["TableName"], "Item": item | {"v": {"N": str(next(versions))}}})
        return ask(operation, request)

    with around(step), pytest.raises(Unavailable):
        waiting.recount(NOW)
