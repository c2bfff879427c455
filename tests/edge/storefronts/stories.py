"""Deliveries told one after the other through the adapter and the decider, in memory, with what the buyer then has."""

from itertools import permutations
from typing import Any

from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.orders import recording
from chalicelib.domain.programme.document import Programme
from chalicelib.edge.storefronts import OrderStatement
from tests.world.builders import CONNECTION
from tests.world.memory import Memory
from tests.world.senders import Json, translation

BUYERS = {
    "shopify": "shop.115310627314723954",
    "woocommerce": "shop.26",
    "stripe": "shop.cus_1",
    "standard": "shop.42",
}

Step = tuple[str, Json | bytes, int]
"""A topic (empty where the body says it), a body, and the buyer's cashback afterwards, in cents."""


def at(minute: int) -> str:
    return f"2026-01-31T10:{minute:02}:00Z"


def hear(shop: Memory, sender: str, topic: str, body: object) -> Any:
    statement = translation(sender, body, topic)
    if not isinstance(statement, OrderStatement):
        return None
    answer = shop.execute(RecordOrder(CONNECTION, statement.order, statement.facts))
    for order, facts in recording.of_payments(answer).items():
        shop.execute(RecordOrder(CONNECTION, order, facts))
    return answer


def balances(programme: Programme, sender: str, story: list[Step]) -> list[int]:
    """What the buyer has after each delivery."""
    shop, after = Memory(programme), list[int]()
    for topic, body, _ in story:
        hear(shop, sender, topic, body)
        after.append(shop.available(BUYERS[sender]))
    return after


def expect_repetition_to_change_nothing(programme: Programme, sender: str, story: list[Step]) -> None:
    shop = Memory(programme)
    for topic, body, cashback in story:
        hear(shop, sender, topic, body)
        before = dict(shop.records)
        hear(shop, sender, topic, body)
        assert shop.records == before
        assert shop.available(BUYERS[sender]) == cashback


def expect_the_same_end_in_any_order(programme: Programme, sender: str, story: list[Step]) -> None:
    for shuffled in permutations(story):
        shop = Memory(programme)
        for topic, body, _ in shuffled:
            hear(shop, sender, topic, body)
        assert shop.available(BUYERS[sender]) == story[-1][2], [topic for topic, _, _ in shuffled]
