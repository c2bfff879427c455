"""Shops whose rule is limited, for the tests of quotas and budgets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.world.builders import programme_of
from tests.world.memory import Memory


def limited(*limits: dict[str, Any], earn: dict[str, Any] | None = None, **parts: Any) -> Memory:
    """5% up to some limits."""
    rule = {"id": "cashback", "percent": Decimal(5), "limits": list(limits), **(earn or {})}
    return Memory(programme_of(earn=[rule], **parts))


def per(period: str, amount: Any = 8) -> dict[str, Any]:
    return {"amount": amount, "per": period}


def allowed(shop: Memory, order_id: str) -> tuple[int, int, str]:
    """Wanted, granted, and because of which limit."""
    (grant,) = shop.order(order_id).terms.allowed
    return grant.wanted, grant.amount, grant.limit


def shop_of(*limits: dict[str, Any], **rule: Any) -> Memory:
    """5% within some limits."""
    parts = {"limits": list(limits)} if limits else {}
    return Memory(programme_of(earn=[{"id": "a", "percent": 5} | parts | rule]))
