"""What two records must say alike: an order and the entries that it caused, a hold and the parts set apart for it.

Each record makes claims; those of one side count for, those of the other against. Over the whole table the claims on
one subject come to zero, whatever the order they are read in. So the books are joined by adding up, without keeping
either side. Imports transfers, record checks (what a cause may touch) and records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from chalicelib.domain.audit.record_checks import OF_AWARDS
from chalicelib.domain.core import series
from chalicelib.domain.core.calendar import DAY_S, Per, local_day, period_number
from chalicelib.domain.ledger import causes, transfers
from chalicelib.domain.ledger.transfers import Posting, account_of
from chalicelib.domain.records import (
    Activity,
    BoardPeriod,
    Budget,
    Conversion,
    Counted,
    Entry,
    Group,
    Hold,
    Member,
    Note,
    Order,
    Reversal,
    Terms,
)
from chalicelib.domain.rewards.progress import counters

POSTED, HELD, CONVERTED, GROUPED, BUDGETED = "posted", "held", "converted", "grouped", "budgeted"
NOTED, MERGED, BONUSES, COUNTED, DISTINCT = "noted", "merged", "bonuses", "counted", "distinct"

GIFTS = "welcome gifts"
"""Stands for the cause of all welcome gifts of a member: one order's may be given because another one fell."""

REPEATED = (causes.ORDER, causes.HOLD, causes.ACTIVITY, causes.BOARD, causes.UNDO)
"""The kinds of cause whose own record says what was posted for it."""

Claim = tuple[tuple[str, ...], int]
"""A subject, its kind first, and the signed amount that a record claims of it."""


CAUSES: Mapping[str, type[Any] | tuple[type[Any], ...]] = {
    POSTED: Entry,
    HELD: Member,
    CONVERTED: Order,
    GROUPED: Group,
    BUDGETED: (Order, Activity),
    NOTED: Entry,
    MERGED: Entry,
    BONUSES: Entry,
    COUNTED: Order,
    DISTINCT: Order,
}
"""The records whose claims count for, by kind of subject; all others count against."""


def claims(record: object, now: int) -> Iterable[Claim]:
    """What a record claims: for (its amounts) or against (their negatives) the record on the other side.

    Holds that have run out by `now` (seconds) claim nothing: their parts may be back in the lots already or not.
    """
    match record:
        case Hold():
            return _of_hold(record, now)
        case Member():
            return _of_member(record, now)
        case Order():
            return _of_order(record, now)
        case _:
            maker = _MAKERS.get(type(record))
            return maker(record) if maker else ()


def _of_entry(entry: Entry) -> Iterator[Claim]:
    """The claims of an entry: of what its order, hold, reversal or activity caused, without what time did beside it,
    and of the note whose digest it carries.
    """
    for digest in sorted({posting.why.digest for posting in entry.postings} - {""}):
        yield (NOTED, entry.member, str(entry.number), digest), 1
    origin = entry.origin
    if origin.kind == causes.MERGE:
        yield from _of_merge(entry)
    if origin.kind == causes.REFERRAL:
        yield from _of_bonuses(entry)
    member_account = account_of(entry.member)
    for posting in entry.postings:
        account = posting.other_side(member_account)
        if account in OF_AWARDS:
            continue  # what several orders gave stands with the member, whose own check adds it up
        of_gift = is_gift(posting, account)
        if account not in (member_account, transfers.BREAKAGE) and (of_gift or origin.kind in REPEATED):
            cause, member = GIFTS if of_gift else entry.cause, posting.why.of or entry.member
            yield (POSTED, cause, member, account, posting.asset), posting.signed(entry.member)


def _of_merge(entry: Entry) -> Iterator[Claim]:
    """The claims of what one of two members handed over, and the other one got: together nothing."""
    both = sorted((entry.member, entry.origin.name))
    for posting in entry.postings:
        if posting.why.rule == transfers.MERGE_RULE:
            yield (MERGED, *both, posting.asset), posting.signed(entry.member)


def _of_bonuses(entry: Entry) -> Iterator[Claim]:
    """The claims of what groups gave or took; those of a merged member move the other one's books, which say so."""
    for posting in entry.postings:
        account = posting.other_side(account_of(entry.member))
        if account not in (account_of(entry.member), transfers.BREAKAGE):
            lot = account, posting.asset, str(posting.vests_at), str(posting.expires_at)
            yield (BONUSES, posting.why.of or entry.member, *lot), posting.signed(entry.member)


def is_gift(posting: Posting, account: str) -> bool:
    """Whether a posting is of a welcome gift, or of its loss: that stands with the conversion, not with the order."""
    return account == transfers.WELCOME or (account == transfers.LOSS and posting.why.note == transfers.OF_WELCOME)


def _of_order(order: Order, now: int) -> Iterator[Claim]:
    name = str(order.ref)
    if order.counted:
        yield from _of_counted(order.counted, now)
    for posted in order.posted:
        cause = GIFTS if posted.account == transfers.WELCOME else name
        yield (POSTED, cause, posted.member, posted.account, posted.asset), -posted.amount
    yield from _of_budgets(order.terms)
    conversion = order.conversion
    if conversion and conversion.live:
        yield (CONVERTED, conversion.referrer, conversion.friend, name, conversion.currency, str(conversion.base)), 1


def _of_counted(counted: Counted, now: int) -> Iterator[Claim]:
    """The claims of what an order counts for its buyer, in the periods that every member's counters still have."""
    day, first = date.fromordinal(counted.day), _tomorrow(now)
    for counter, amount in counted.amounts.items():
        for per in counters.periods_of(counter):
            number = period_number(per, day)
            if counters.is_remembered(per, number, first):
                yield (COUNTED, counted.member, counters.counter_name(counter, per), str(number)), amount
    for counter, values in counted.distinct.items():
        (per,) = counters.periods_of(counter)
        number = period_number(per, day)
        if _are_distinct_kept(per, number, first):
            for value in values:
                yield (DISTINCT, counted.member, counter, str(number), value), 1


def _are_distinct_kept(per: Per, number: int, first: date) -> bool:
    """Whether every member's record still has the distinct values of a period."""
    return number > period_number(per, first) - counters.KEPT_DISTINCT


def _of_counters(member: Member, now: int) -> Iterator[Claim]:
    """The claims of a member's counters; those of one that was merged are in the other one's too."""
    first = _tomorrow(now)
    for name, amounts in member.counts.items():
        (per,) = counters.periods_of(name)
        for number, amount in series.unpacked(amounts).items():
            if amount and counters.is_remembered(per, number, first):
                yield (COUNTED, member.member, name, str(number)), -amount
                if member.alias:
                    yield (COUNTED, member.alias, name, str(number)), amount
    yield from _of_distinct(member, first)


def _of_distinct(member: Member, first: date) -> Iterator[Claim]:
    """The claims of how many orders a member's record has each distinct value of a goal's period."""
    for key, values in member.distinct.items():
        name, _, number = key.rpartition(" ")
        (per,) = counters.periods_of(name)
        if not _are_distinct_kept(per, int(number), first):
            continue
        for value, count in values.items():
            yield (DISTINCT, member.member, name, number, value), -count
            if member.alias:
                yield (DISTINCT, member.alias, name, number, value), count


def _tomorrow(now: int) -> date:
    """The latest day that `now` is in any time zone: periods that are remembered then are remembered in all."""
    return local_day(now + DAY_S, "UTC")


def _of_budgets(terms: Terms) -> Iterator[Claim]:
    """The claims of what an order or an activity has taken of budgets."""
    for part in terms.allowed:
        for share, amount in part.taken:
            yield (BUDGETED, part.rule, part.asset, str(share)), amount


def _of_activity(activity: Activity) -> Iterator[Claim]:
    for posted in activity.posted:
        yield (POSTED, activity.cause, posted.member, posted.account, posted.asset), -posted.amount
    yield from _of_budgets(activity.terms)


def _of_hold(hold: Hold, now: int) -> Iterator[Claim]:
    """The claims of a hold: in force it has parts set apart; without an order it has caused what was spent of it."""
    if hold.captured and not hold.order:
        yield (POSTED, f"{causes.HOLD} {hold.hold}", hold.member, transfers.REDEMPTION, hold.asset), hold.captured
    if hold.state == "open" and hold.until > now:
        yield (HELD, hold.hold, hold.member, hold.asset, str(hold.until)), -hold.amount


def _of_reversal(reversal: Reversal) -> Iterator[Claim]:
    yield (POSTED, reversal.cause, reversal.member, reversal.account, reversal.asset), -reversal.amount


def _of_member(member: Member, now: int) -> Iterator[Claim]:
    yield from _of_counters(member, now)
    for asset, account in member.accounts.items():
        for part in (part for part in account.holds if part.until > now):
            yield (HELD, part.hold, member.member, asset, str(part.until)), part.amount


def _of_conversion(conversion: Conversion) -> Iterator[Claim]:
    ends = conversion.referrer, conversion.friend
    for candidate in conversion.candidates:
        yield (CONVERTED, *ends, candidate.order, candidate.currency, str(candidate.base)), -1
    if conversion.live and not conversion.candidates:
        yield (CONVERTED, *ends, conversion.order, conversion.currency, str(conversion.base)), -1
    for posted in conversion.posted:
        yield (POSTED, GIFTS, posted.member, posted.account, posted.asset), -posted.amount
    if conversion.group:
        yield (GROUPED, *ends, str(conversion.group)), -1


def _of_group(group: Group) -> Iterator[Claim]:
    for friend in () if group.broken else group.friends:
        yield (GROUPED, group.referrer, friend, str(group.number)), 1
    for posted in group.posted:
        lot = posted.account, posted.asset, str(posted.vests_at), str(posted.expires_at)
        yield (BONUSES, group.referrer, *lot), -posted.amount


def _of_board(period: BoardPeriod) -> Iterator[Claim]:
    """The claims of a settled board's prizes: what was given of them, which may be nothing yet."""
    for place in period.places:
        for won in place.prizes:
            amount = won.amount if place.posted else 0
            yield (POSTED, period.cause, place.member, won.account, won.asset), -amount


def _of_note(note: Note) -> Iterator[Claim]:
    yield (NOTED, note.member, str(note.number), note.computed), -1


def _of_budget(budget: Budget) -> Iterator[Claim]:
    yield (BUDGETED, budget.rule, budget.asset, str(budget.share)), -budget.given


_MAKERS: Mapping[type[Any], Callable[[Any], Iterator[Claim]]] = {
    Entry: _of_entry,
    Reversal: _of_reversal,
    Activity: _of_activity,
    Conversion: _of_conversion,
    Group: _of_group,
    Budget: _of_budget,
    BoardPeriod: _of_board,
    Note: _of_note,
}
