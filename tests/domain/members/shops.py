"""Shops in which Anna has something to spend, and what is there after she did."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.commands import Command, RecordOrder
from chalicelib.domain.errors import Rejection
from chalicelib.domain.ledger.transfers import Posting
from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.records import Hold, HoldRef
from tests.world.builders import ANNA, CONNECTION, DAY_S, NOW, adjust, issue, order, programme_of
from tests.world.memory import Memory

HOUR_S = 3600
MIDNIGHT = NOW - NOW % DAY_S
PAYS = f"{CONNECTION}/2"
"""The order that is paid with a balance."""


def shop_of(**parts: Any) -> Memory:
    """Anna has 5.00 that never expire, in entry 1; they came with an order that was paid."""
    shop = Memory(programme_of(**parts))
    shop.execute(order("1", ANNA))
    return shop


def expiring(**parts: Any) -> Memory:
    """Anna has 5.00 until the end of 30 days and 5.00 until the end of 60."""
    rules = [{"id": f"in-{days}", "percent": Decimal(5), "expire_days": days} for days in (30, 60)]
    return shop_of(earn=rules, **parts)


def shop_of_anna(amount: int = 500, **parts: Any) -> Memory:
    """Anna was given something by hand, and earns nothing."""
    shop = Memory(programme_of(earn=[], **parts))
    shop.execute(issue())
    shop.execute(adjust(amount))
    shop.events.clear()
    return shop


def deleted(order_id: str) -> RecordOrder:
    """The delivery that says that an order is gone."""
    return RecordOrder(CONNECTION, order_id, OrderFacts(deleted=True))


def hold_of(shop: Memory, hold_id: str = "h1") -> Hold:
    return shop.find(HoldRef(hold_id), Hold)


def listed(shop: Memory) -> tuple[str, ...]:
    """The holds that the order's record lists."""
    return tuple(reserved.hold for reserved in shop.order("2").holds)


def last(shop: Memory, member: str = ANNA) -> tuple[Posting, ...]:
    return shop.entries(member)[-1].postings


def expect_refused(shop: Memory, command: Command, refusal: type[Rejection], says: str, now: int = NOW) -> None:
    before = dict(shop.records)
    with pytest.raises(refusal, match=says) as refused:
        shop.execute(command, now)
    assert type(refused.value) is refusal
    assert shop.records == before
