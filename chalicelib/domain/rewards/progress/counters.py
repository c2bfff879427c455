"""What an order counts for its buyer, and the counters of a member: sums over the orders that are live.

Kept goods in the programme's currency and live orders are counted always, by month, year and in all, so that a level
that is published later does not start everybody at nothing; what a card or a goal counts alone, since it was published.
An order remembers what it counted (`Order.counted`), so that a refund takes off just that. Imports series, what was
kept, the book, the programme and records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b

from msgspec.structs import replace

from chalicelib.domain.core import series
from chalicelib.domain.core.calendar import Per, local_day, period_number
from chalicelib.domain.core.series import Series
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import Due
from chalicelib.domain.orders.kept import Kept, KeptLine
from chalicelib.domain.programme.awards import COUNTED_ALWAYS, MAX_DISTINCT, Card, Goal
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Counted, Member
from chalicelib.domain.rewards.selection import chosen, labelled

ORDERS = "orders"
"""The counter of live orders."""

WEEKS = "orders/w"
"""The counter of live orders by week, for goals of weeks in a row."""

DAYS = "orders/d"
"""The counter of live orders by day, where the programme states segments or a campaign is for one."""

KEPT_PERIODS: Mapping[str, int] = {"day": 28, "week": 27, "month": 17, "quarter": 3, "year": 3}
"""Periods that are remembered, this one included; of earlier ones nothing is decided any more.

A level by a rolling year looks at 13 months, with the longest grace at those before as many as four more: 92 days
before 1 April it is 30 December.
"""

MOST_DISTINCT = 2 * MAX_DISTINCT
"""The most days or categories of a period that are remembered, so that a member's record stays small: twice what a
target can be, so that refunds of some still leave enough to tell whether it is reached."""

KEPT_DISTINCT = 2
"""Periods of which the distinct days or categories are remembered."""


def counted_of(buyer: str, kept: Kept, dues: Sequence[Due], sale: Sale, now: int) -> Counted | None:
    """What an order counts for its buyer; None where nothing of it is live: no goods are kept that had a price.

    `dues`: what it earns, of which an asset may be what levels measure. One whose storefront is ahead of our clock
    counts tomorrow at the latest.
    """
    if not kept.share or kept.goods_with_balance(with_tax=True) <= 0:
        return None
    zone = sale.programme.timezone
    day = min(local_day(sale.at, zone), local_day(now, zone) + timedelta(days=1))
    kept = labelled(kept, sale) if sale.programme.catalogue else kept
    amounts = _amounts(kept, dues, sale)
    distinct = {goal.series: _distinct_values(goal, kept, day) for goal in sale.programme.goals if goal.is_distinct}
    return Counted(
        buyer,
        day.toordinal(),
        {name: amount for name, amount in amounts.items() if amount},
        {name: values for name, values in distinct.items() if values},
    )


def recount(books: Books, before: Counted | None, after: Counted | None, today: date) -> None:
    """Take off the counters what an order counted, and add what it counts now.

    A member that was merged keeps counting for itself beside the survivor, so that the sums can be audited.
    """
    if before == after:
        return
    for counted, sign in ((before, -1), (after, 1)):
        if counted is None:
            continue
        name = counted.member
        while name:
            member = books.member(name)
            books.put(added(member, counted, date.fromordinal(counted.day), sign, today))
            name = member.alias


def joined(member: Member, other: Member, today: date) -> Member:
    """A member with the counters of another one that is merged into it added to its own; that one keeps them too."""
    counts = dict(member.counts)
    for name, more in other.counts.items():
        for number, amount in series.unpacked(more).items():
            counts[name] = series.added(counts.get(name, ()), number, amount, _oldest(_per_of(name), today))
    distinct = {name: dict(values) for name, values in member.distinct.items()}
    for name, values in other.distinct.items():
        both = distinct.setdefault(name, {})
        for value, count in values.items():
            both[value] = both.get(value, 0) + count
    return replace(member, counts={name: amounts for name, amounts in counts.items() if amounts}, distinct=distinct)


def amount_in(member: Member, counter: str, per: Per, number: int) -> int:
    """What a counter has in a period; `EUR` and `orders` are counted by month, year and in all."""
    return series.amount_in(member.counts.get(counter_name(counter, per), ()), number)


def amounts_of(member: Member, counter: str, per: Per) -> Series:
    """All remembered periods of a counter."""
    return member.counts.get(counter_name(counter, per), ())


def distinct_in(member: Member, goal: Goal, number: int) -> int:
    """How many different days or categories a goal has counted in a period."""
    return len(member.distinct.get(f"{goal.series} {number}", {}))


def counter_of(goal: Goal, programme: Programme) -> str:
    """The name of the counter in which a goal looks; of one that counts distinct values the name of these."""
    if goal.measure == "weeks":
        return WEEKS
    if goal.is_distinct or goal.has_own_counter:
        return goal.series
    return programme.currency if goal.measure == "spend" else ORDERS


@lru_cache(256)
def counter_name(counter: str, per: Per) -> str:
    """The name under which amounts by a period are stored: `EUR/m`, and of an asset with decimals `miles/2/m`."""
    return counter if _states_period(counter) else f"{counter}/{series.LETTERS[per]}"


def periods_of(name: str) -> tuple[Per, ...]:
    """What a counter is counted by: that in its name, or month, year and in all."""
    return (_per_of(name),) if _states_period(name) else COUNTED_ALWAYS


def _states_period(counter: str) -> bool:
    """Whether a counter's own name says what it is counted by; that of an asset may end in its decimals instead."""
    name, _, end = counter.rpartition("/")
    return bool(name) and end in series.KINDS


@lru_cache(256)
def _places(names: tuple[str, ...], day: date, today: date) -> list[tuple[str, str, int, int]]:
    """Where counters count a day: each with its stored names, the number of the day's period and of the earliest one
    that is remembered, without those that do not remember it. Orders of one day ask for it again and again.
    """
    periods = [(name, per, period_number(per, day), _oldest(per, today)) for name in names for per in periods_of(name)]
    return [
        (name, counter_name(name, per), number, oldest) for name, per, number, oldest in periods if number >= oldest
    ]


def is_remembered(per: Per, number: int, today: date) -> bool:
    """Whether a counter still has the amounts of a period."""
    return number >= _oldest(per, today)


def _amounts(kept: Kept, dues: Sequence[Due], sale: Sale) -> dict[str, int]:
    """What an order counts, by the names of the counters."""
    programme, goods = sale.programme, kept.goods(with_tax=False)
    amounts = {ORDERS: 1, DAYS: int(programme.counts_days)}
    if programme.boards:
        amounts |= _of_boards(goods, dues, sale)
    if sale.currency == programme.currency:
        amounts[programme.currency] = goods
    if (counter := programme.level_counter) not in ("", ORDERS, programme.currency):
        amounts[counter] = sum(due.amount for due in dues if due.posted.asset == counter)
    for card in programme.cards:
        amounts[card.series] = _stamps(card, kept, goods, sale)
    for goal in programme.goals:
        if goal.measure == "weeks":
            amounts[WEEKS] = 1
        elif goal.has_own_counter:
            amounts[goal.series] = _of_goal(goal, kept, sale)
    return amounts


def _of_boards(goods: int, dues: Sequence[Due], sale: Sale) -> dict[str, int]:
    """What an order adds to the boards' own counters."""
    amounts, programme = dict[str, int](), sale.programme
    for board in programme.boards:
        if not board.has_own_counter:
            continue
        if board.measure == "orders":
            amounts[board.series] = 1
        elif board.measure != "spend":
            asset = board.asset(programme)
            amounts[board.series] = sum(due.amount for due in dues if due.posted.asset == asset)
        elif sale.currency == programme.currency:
            amounts[board.series] = goods
    return amounts


def _stamps(card: Card, kept: Kept, goods: int, sale: Sale) -> int:
    """The stamps that an order puts on a card; `goods`: what was kept of its lines."""
    if card.counts.orders:
        return 1
    if card.counts.pieces:
        return _pieces(chosen(kept, card.counts.pieces))
    step = sale.sum_of(card.counts.per)
    return max(goods, 0) // step if step else 0


def _of_goal(goal: Goal, kept: Kept, sale: Sale) -> int:
    """What an order adds to a goal's own counter."""
    if goal.measure == "orders":
        return 1
    parts = chosen(kept, goal.match)
    if goal.measure == "pieces":
        return _pieces(parts)
    if sale.currency != sale.programme.currency:
        return 0
    return sum([part.base(with_tax=False) for part in parts])


def _distinct_values(goal: Goal, kept: Kept, day: date) -> tuple[str, ...]:
    """What an order adds to the distinct values that a goal counts: its day, or the categories of its goods as short
    hashes.
    """
    if goal.measure == "days":
        return (str(day.toordinal()),)
    goods = (part.line for part in kept.lines if part.pieces > 0 and part.line.earns)
    labels = {label for line in goods for label in line.labels}
    names = sorted(label for label in labels if label.startswith("category:"))[:MAX_DISTINCT]
    return tuple(blake2b(name.encode(), digest_size=3).hexdigest() for name in names)


def _pieces(parts: Iterable[KeptLine]) -> int:
    return sum(part.pieces for part in parts if part.line.earns)


def added(member: Member, counted: Counted, day: date, sign: int, today: date) -> Member:
    """The member with what an order counts on a day added (1) or taken off (-1)."""
    counts, more = dict(member.counts), counted.amounts
    for counter, name, number, oldest in _places(tuple(more), day, today):
        if amounts := series.added(counts.get(name, ()), number, sign * more[counter], oldest):
            counts[name] = amounts
        else:
            counts.pop(name, None)
    if not (member.distinct or counted.distinct):
        return replace(member, counts=counts)
    distinct = {name: values for name, values in member.distinct.items() if _is_kept(name, today)}
    for name, values in counted.distinct.items():
        key = f"{name} {period_number(_per_of(name), day)}"
        if _is_kept(key, today):
            distinct[key] = _tallied(distinct.get(key, {}), values, sign)
    return replace(member, counts=counts, distinct={name: values for name, values in distinct.items() if values})


def _tallied(tally: Mapping[str, int], values: Iterable[str], sign: int) -> dict[str, int]:
    """How many orders have each of some values, with an order more or less; of MOST_DISTINCT values at the most."""
    counts = dict(tally)
    for value in values:
        if value in counts or len(counts) < MOST_DISTINCT:
            counts[value] = counts.get(value, 0) + sign
    return {value: count for value, count in counts.items() if count > 0}


def _is_kept(key: str, today: date) -> bool:
    """Whether the distinct values of a goal's period are remembered."""
    name, _, number = key.rpartition(" ")
    per = _per_of(name)
    return int(number) > period_number(per, today) - KEPT_DISTINCT


@lru_cache(256)
def _oldest(per: Per, today: date) -> int:
    """The earliest period that is remembered."""
    return 0 if per == "all" else period_number(per, today) - KEPT_PERIODS[per] + 1


def _per_of(name: str) -> Per:
    """The kind of periods that a counter's name says."""
    return series.KINDS[name.rpartition("/")[2]]
