"""Shops in which Anna has something to spend."""

from decimal import Decimal
from typing import Any

from tests.world.builders import ANNA, order, programme
from tests.world.memory import Memory


def shop_of(**parts: Any) -> Memory:
    """Anna has 5.00 that never expire, in entry 1; they came with an order that was paid."""
    shop = Memory(programme(**parts))
    shop.execute(order("1", ANNA))
    return shop


def expiring(**parts: Any) -> Memory:
    """Anna has 5.00 until the end of 30 days and 5.00 until the end of 60."""
    rules = [{"id": f"in-{days}", "percent": Decimal(5), "expire_days": days} for days in (30, 60)]
    return shop_of(earn=rules, **parts)
