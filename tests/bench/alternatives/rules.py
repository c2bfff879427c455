"""The programme of tests/bench/shop.py as constants, the way a handler has it that knows one shop only.

Money in cents, times in seconds since 1970. Knows no database and no framework.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

TIMEZONE = ZoneInfo("Europe/Paris")
CASHBACK_PERCENT, BONUS_PERCENT = Decimal(5), Decimal(10)
WELCOME, MINIMUM, FRIENDS = 500, 2000, 2
VEST_DAYS, EXPIRE_DAYS, WELCOME_EXPIRE_DAYS = 14, 365, 90


@dataclass(frozen=True)
class Purchase:
    """A paid order. `goods`: what its rewards are computed on, without tax and shipping; `lines`: what was bought."""

    order: str
    name: str
    customer: str
    currency: str
    code: str
    goods: int
    paid_at: int
    lines: list[dict[str, Any]]


def cents(amount: Decimal) -> int:
    """An amount of euros."""
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))


def percent_of(goods: int, percent: Decimal) -> int:
    """A share of the goods, rounded half up."""
    return int((goods * percent / 100).quantize(Decimal(1), ROUND_HALF_UP))


def lifetime(at: int, expire_days: int) -> tuple[int, int]:
    """From when until when a reward of that moment can be spent: whole days in the shop's time zone."""
    day = datetime.fromtimestamp(at, TIMEZONE).date()
    starts = (day + timedelta(days=VEST_DAYS), day + timedelta(days=expire_days + 1))
    vests, expires = (int(datetime.combine(start, time(), TIMEZONE).timestamp()) for start in starts)
    return vests, expires
