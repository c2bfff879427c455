"""What balances have paid for an order: captured from its holds, remembered in its record, given back with the goods.

What was spent on an order follows the order: the part of it that is not kept any more goes back to the lots that it
came from. Imports orders, the book, transfers and records.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.events import Event, HoldEnded, HoldMissed
from chalicelib.domain.facts import Facts
from chalicelib.domain.ledger import transfers
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.difference import difference, unexplained
from chalicelib.domain.ledger.lots import Lot
from chalicelib.domain.ledger.transfers import Due, Posted, Why
from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.orders.kept import kept
from chalicelib.domain.records import Hold, HoldRef, Order, Reserved, Spent

RETURNED = "returned"
"""The state of a hold that was given back because its order was not paid; it is captured if the order is paid yet."""

WAITING = "open", RETURNED
"""The states of a hold that an order can still capture."""

CLOCK_SKEW_S = 300
"""A storefront's clock may run ahead of ours by so much: a payment so soon after a hold's end was in time."""


def end_holds(order: Order, bought: Snapshot, facts: Facts, books: Books) -> tuple[Order, list[Hold], list[Event]]:
    """End the holds that are tied to an order which turned out to be paid, cancelled, or not payable for now.

    Paid: each is captured whole, whatever the order states as paid with balance, because a shopper may have written
    that; one in another currency is released. Cancelled or declined: each is given back, and captured after all if the
    order is paid in the end.
    """
    waiting = _waiting(order, facts)
    missed: list[Event] = []
    if bought.void:
        ended = [replace(released(hold, books), state=RETURNED) for hold in waiting if hold.state != RETURNED]
    else:
        order, ended, missed = _capture(order, bought, waiting, books)
        order = replace(order, holds=tuple(reserved for reserved in order.holds if not reserved.tied))
    events = [HoldEnded(hold.member, hold.hold, hold.state, hold.captured) for hold in ended]
    return order, ended, [*missed, *events]


def _waiting(order: Order, facts: Facts) -> list[Hold]:
    """The holds that are tied to an order and can still be captured, the newest first."""
    tied_to = [reserved.hold for reserved in order.holds if reserved.tied]
    facts.need(*(HoldRef(name) for name in tied_to))
    found = [facts.find(HoldRef(name), Hold) for name in reversed(tied_to)]
    return [hold for hold in found if hold and hold.state in WAITING]


def _in_force(hold: Hold, books: Books) -> bool:
    return books.account(hold.member, hold.asset).held(hold.hold, books.now) is not None


def _capture(
    order: Order, bought: Snapshot, waiting: list[Hold], books: Books
) -> tuple[Order, list[Hold], list[Event]]:
    """The paid order after capturing its holds, the holds that ended by it, and those that were missed.

    Holds in force come first: what they have paid is no evidence that one which has run out was used too.
    """
    ended: list[Hold] = []
    missed: list[Event] = []
    for hold in sorted(waiting, key=lambda hold: not _in_force(hold, books)):
        if hold.asset != money.asset_of(bought.currency):
            ended.append(released(hold, books))
        elif _in_force(hold, books):
            done, order = captured(hold, hold.amount, order, books)
            ended.append(done)
        elif _was_used(hold, order, bought):
            parts = books.overspend(hold, hold.amount, Why(transfers.REDEEMED))
            order = tied(order, hold.member, hold.asset, parts, books)
            ended.append(replace(hold, state="captured", captured=hold.amount, ended_at=books.now))
        else:
            missed.append(HoldMissed(hold.member, hold.hold, str(order.ref)))
    return order, ended, missed


def _was_used(hold: Hold, order: Order, bought: Snapshot) -> bool:
    """Whether a hold that is not in force any more has paid for the order all the same, so that it is owed.

    So it has if the order was paid in the hold's time; later, if the order shows a payment with balance, or discounts,
    that are as large as the hold, beyond what other balances have paid for it. Less than that is another discount.
    """
    if bought.at < hold.until + CLOCK_SKEW_S:
        return True
    return max(bought.deduction, bought.discounted) - spent_in(order, hold.asset) >= hold.amount


def spent_in(order: Order, asset: str) -> int:
    """What balances of an asset have paid for an order so far, in minor units, whatever came back since."""
    return sum(part.amount for part in order.spent if part.asset == asset)


def reserved_in(order: Order, asset: str, now: int) -> int:
    """What holds of all members, tied or not, keep for an order at an instant, in minor units of an asset."""
    return sum(hold.amount for hold in order.holds if hold.asset == asset and hold.until > now)


def known(order: Order, facts: Facts) -> Order:
    """The order with its holds in full: those that an earlier release listed by id alone are looked up."""
    unknown = [HoldRef(reserved.hold) for reserved in order.holds if not reserved.amount]
    if not unknown:
        return order
    facts.need(*unknown)
    holds = (_known(reserved, facts) if not reserved.amount else reserved for reserved in order.holds)
    return replace(order, holds=tuple(reserved for reserved in holds if reserved))


def _known(reserved: Reserved, facts: Facts) -> Reserved | None:
    """A hold that was listed by its id alone, in full; None if it has ended, or was never there."""
    hold = facts.find(HoldRef(reserved.hold), Hold)
    return listed(hold, reserved.tied) if hold and hold.state in WAITING else None


def listed(hold: Hold, tied_to: bool) -> Reserved:
    """A hold as the order that it names lists it."""
    return Reserved(hold.hold, hold.member, hold.asset, hold.amount, hold.until, tied_to)


def counted(order: Order, bought: Snapshot) -> Order:
    """The order with what its balances count for, where its storefront does not know what was paid with balance."""
    return order.under(balance=spent_in(order, money.asset_of(bought.currency)) if bought.claimed else 0)


def by_books(bought: Snapshot, order: Order) -> Snapshot:
    """The order as stated, with our own books in place of a mere claim of what was paid with balance."""
    return replace(bought, deduction=order.terms.balance, claimed=False) if order.terms.balance else bought


def captured(hold: Hold, amount: int, order: Order, books: Books) -> tuple[Hold, Order]:
    """A hold that is still there, captured in members' books and in the order that it pays for."""
    done, parts = taken(hold, amount, books)
    return done, untied(tied(order, hold.member, hold.asset, parts, books), hold)


def taken(hold: Hold, amount: int, books: Books) -> tuple[Hold, tuple[Lot, ...]]:
    """A hold that is still there, captured in members' books; and the parts of lots that it came from."""
    account, parts = books.account(hold.member, hold.asset).end(hold.hold, amount, books.now)
    books.spend(hold.member, hold.asset, account, parts, Why(transfers.REDEEMED))
    return replace(hold, state="captured", captured=amount, ended_at=books.now), parts


def released(hold: Hold, books: Books) -> Hold:
    """A hold given back; one that has run out has given itself back."""
    account = books.account(hold.member, hold.asset)
    if account.held(hold.hold, books.now):
        books.change(hold.member, hold.asset, account.end(hold.hold, 0, books.now)[0])
    return replace(hold, state="released", ended_at=books.now)


def untied(order: Order, hold: Hold) -> Order:
    """The order that does not list a hold any more."""
    return replace(order, holds=tuple(reserved for reserved in order.holds if reserved.hold != hold.hold))


def tied(order: Order, member: str, asset: str, parts: Sequence[Lot], books: Books) -> Order:
    """The order that parts of a balance have paid for; what it does not keep any more has come back already."""
    spent = tuple(Spent(member, asset, part.amount, part.vests_at, part.expires_at) for part in parts)
    order = replace(
        order, spent=(*order.spent, *spent), posted=(*order.posted, *(_posted(each, each.amount) for each in spent))
    )
    return give_back(order, books)


def give_back(order: Order, books: Books) -> Order:
    """The order after giving back what was spent on the part of it that is not kept."""
    rest = (unexplained(posted) for posted in order.posted if posted.account != transfers.REDEMPTION)
    bought = order.facts.view()
    due = (*rest, *still_spent(order, by_books(bought, order) if bought else None))
    for member, posting in difference(order.posted, due, note="refunded or changed"):
        books.move(member, [posting])
    return replace(order, posted=tuple(part.posted for part in due))


def still_spent(order: Order, bought: Snapshot | None) -> tuple[Due, ...]:
    """What of the balances that an order was paid with stays spent, for the part of the order that was kept.

    Rounded half up for each member and asset. What was spent last goes back first: it can be spent the longest.
    """
    share = _kept_share(order, bought) if order.spent else Fraction(1)
    due: list[Due] = []
    for owner in dict.fromkeys((each.member, each.asset) for each in order.spent):
        mine = [each for each in order.spent if (each.member, each.asset) == owner]
        left = money.round_fraction(sum(each.amount for each in mine) * share, "half_up")
        for part in mine:
            stays = min(part.amount, left)
            left -= stays
            if stays:
                due.append(unexplained(_posted(part, stays)))
    return tuple(due)


def _kept_share(order: Order, bought: Snapshot | None) -> Fraction:
    """The part of an order that was kept. Of one that nobody has stated yet: all, or nothing once it was deleted."""
    if bought:
        return kept(bought).share
    return Fraction(0 if order.facts.is_gone() else 1)


def _posted(part: Spent, amount: int) -> Posted:
    return Posted(
        part.member, transfers.REDEEMED, transfers.REDEMPTION, part.asset, part.vests_at, part.expires_at, -amount
    )
