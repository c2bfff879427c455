"""What findings say, as people read it: amounts with their assets, counters, periods and lots, none in minor units.

Pure. Imports money, the calendar, counters and records.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import AWAITED, NO_EXPIRY, VESTED_ALREADY, iso, period_name
from chalicelib.domain.core.series import KINDS
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ledger.transfers import Posted
from chalicelib.domain.records import Counted
from chalicelib.domain.rewards.progress import counters

DAYS_OF_ORDERS = range(date(2000, 1, 1).toordinal(), date(2100, 1, 1).toordinal())


def listed(texts: Iterable[str]) -> str:
    """Texts one after another, `nothing` where there are none."""
    return ", ".join(texts) or "nothing"


def amount_of(amount: int, counter: str) -> str:
    """An amount of a counter or a currency: `224.00 EUR`, `1 order`, `3 tea` of a card or a goal."""
    name, _, end = counter.rpartition("/")
    thing = name if end in KINDS and name else counter
    if thing == counters.ORDERS:
        return f"{amount} order{'' if amount == 1 else 's'}"
    if "/" in thing:
        return money.text(amount, thing)
    with suppress(InvalidInput):
        return money.text(amount, money.asset_of(thing))
    return f"{amount} {thing}"


def in_period(counter: str, number: int) -> str:
    """The period of that number by which a counter counts: `in 2026-11`, `on 2026-11-26`, `in all`."""
    per = KINDS[counter.rpartition("/")[2]]
    if per == "all":
        return "in all"
    return f"{'on' if per == 'day' else 'in'} {period_name(per, number)}"


def counted(what: Counted | None) -> str:
    """What an order counts: `1 order, 224.00 EUR on 2026-11-26 for shop.anna`."""
    if what is None:
        return "nothing"
    amounts = [amount_of(amount, counter) for counter, amount in what.amounts.items()]
    for counter, values in what.distinct.items():
        amounts.append(f"{', '.join(map(distinct_value, values))} of {counter.rpartition('/')[0]}")
    return f"{listed(amounts)} on {date.fromordinal(what.day).isoformat()} for {what.member}"


def distinct_value(value: str) -> str:
    """A distinct value that a goal counts: `2026-11-02`, or `category 7c013d` by its hash."""
    # Of 500 hashes of categories one reads as a day of this century.
    is_day = value.isdecimal() and int(value) in DAYS_OF_ORDERS
    return date.fromordinal(int(value)).isoformat() if is_day else f"category {value}"


def lot(posted: Posted) -> str:
    """From when to when an amount can be spent: `at once, until 2027-01-01T00:00:00Z`."""
    starts = {VESTED_ALREADY: "at once", AWAITED: "once it is delivered"}
    begin = starts.get(posted.vests_at) or f"from {iso(posted.vests_at)}"
    return f"{begin}, {'for good' if posted.expires_at == NO_EXPIRY else f'until {iso(posted.expires_at)}'}"
