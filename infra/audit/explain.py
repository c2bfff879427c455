"""Turns a subject whose two sides differ into a finding with its first entry. Pure. Imports the domain only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from chalicelib.domain.audit.cross_checks import (
    BONUSES,
    BUDGETED,
    CONVERTED,
    COUNTED,
    DISTINCT,
    HELD,
    MERGED,
    NOTED,
    POSTED,
    REPEATED,
)
from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.audit.wording import amount_of, distinct_value, in_period
from chalicelib.domain.core import money
from chalicelib.domain.ledger import causes
from chalicelib.domain.ledger.causes import Cause
from chalicelib.domain.records import (
    ActivityRef,
    BoardPeriodRef,
    ConversionRef,
    GroupRef,
    HoldRef,
    OrderRef,
    ReversalRef,
)
from chalicelib.domain.rewards.progress.counters import ORDERS
from infra.audit.accumulator import Subject
from infra.audit.passes import Side


def finding_of(subject: Subject, side: Side, known: Collection[str]) -> Finding:
    """The finding about a subject. `known`: orders and holds with findings of their own."""
    kind, *names = subject
    if kind == POSTED:
        return _posted(names, side, known)
    if kind == HELD:
        hold, member, asset, _ = names
        text = f"{money.text(side.claimed, asset)} are set apart for {hold}, it holds {money.text(side.denied, asset)}"
        less = side.claimed < side.denied
        return Finding("hold_without_parts" if less else "parts_without_hold", hold if less else member, 0, text)
    if kind == CONVERTED:
        referrer, friend, order, currency, base = names
        what = "conversion_missing" if side.claimed > side.denied else "conversion_unfounded"
        who = "an order counts it, the record does not" if side.claimed > side.denied else "no order counts it"
        return Finding(what, f"{referrer} {friend}", 0, f"{amount_of(int(base), currency)} by {order}: {who}")
    if kind == BUDGETED:
        _, asset, _ = names
        taken, given = money.text(side.claimed, asset), money.text(side.denied, asset)
        text = f"orders have taken {taken}, it says {given}"
        return Finding("budget_differs", " ".join(names), 0, text)
    if kind in _BY_KIND:
        return _BY_KIND[kind](names, side)
    referrer, friend, number = names
    text = "the group names a friend who is not in it" if side.claimed > side.denied else "the group does not name"
    return Finding("group_differs", f"{referrer} group {number}", 0, f"{text}: {friend}")


def _note(names: list[str], side: Side) -> Finding:
    member, number, _ = names
    text = "what a person wrote as its reason is gone" if side.claimed else "it is not what the entry stands for"
    return Finding("note_missing" if side.claimed else "note_differs", member, int(number), text)


def _merge(names: list[str], side: Side) -> Finding:
    member, other, asset = names
    # Which of the two is wrong the join cannot say, nor whose entry the first one is.
    text = (
        f"merged with {other}: one handed over {money.text(abs(side.claimed), asset)} more or less than the other got"
    )
    return Finding("merge_differs", member, 0, text)


def _bonus(names: list[str], side: Side) -> Finding:
    """A bonus that is not what the entries gave; they stand in another member's books where the referrer was merged."""
    referrer, account, asset, *_ = names
    numbers = [ref.number for ref in side.refs if isinstance(ref, GroupRef)]
    more = money.text(side.claimed - side.denied, asset)
    where = f"{referrer} group {numbers[0]}" if len(numbers) == 1 else referrer
    return Finding("bonus_differs", where, 0, f"from {account} the entries give {more} more than it says")


def _posted(names: list[str], side: Side, known: Collection[str]) -> Finding:
    cause, member, account, asset = names
    records = OrderRef | HoldRef | ReversalRef | ConversionRef | ActivityRef | BoardPeriodRef
    is_known = any(isinstance(ref, records) for ref in side.refs) or cause in known
    kind = Cause.parse(cause).kind
    what = "posted_differs" if is_known else f"{kind if kind in REPEATED else causes.ORDER}_missing"
    entries, recorded = money.text(side.claimed, asset), money.text(side.denied, asset)
    text = f"{account}: the entries of {cause} give {member} {entries}, it says {recorded}"
    return Finding(what, member if side.entry else cause, side.entry, text)


def _counter(names: list[str], side: Side) -> Finding:
    member, counter, number = names
    made, says = amount_of(side.claimed, counter), amount_of(side.denied, counter)
    text = f"the orders count {made} {in_period(counter, int(number))}, its record says {says}"
    return Finding("counter_differs", member, 0, text)


def _distinct(names: list[str], side: Side) -> Finding:
    member, counter, number, value = names
    thing = f"{distinct_value(value)} of {counter.rpartition('/')[0]} {in_period(counter, int(number))}"
    text = f"{thing} is of {amount_of(side.claimed, ORDERS)}, its record says {side.denied}"
    return Finding("counter_differs", member, 0, text)


_BY_KIND: Mapping[str, Callable[[list[str], Side], Finding]] = {
    NOTED: _note,
    MERGED: _merge,
    BONUSES: _bonus,
    COUNTED: _counter,
    DISTINCT: _distinct,
}
