"""Payments for an order with balances: captured from its holds, stored in its record, returned with refunds.

The share of such a payment that is no longer kept of the order is returned to the lots that it came from. Imports
orders, the book, transfers and records.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.events import Event, HoldEnded, HoldMissed
from chalicelib.domain.facts import Facts
from chalicelib.domain.ledger import transfers
from chalicelib.domain.ledger.accounts import Lot
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import Due, Posted, Why, difference, unexplained
from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.orders.kept import kept_of, left_of_balance
from chalicelib.domain.records import Hold, HoldRef, Order, Reserved, Spent, Worth

RETURNED = "returned"
"""The state of a hold that was returned because its order was not paid; it is captured if the order is paid later."""

WAITING = "open", RETURNED
"""The states of a hold that an order can still capture."""

CLOCK_SKEW_S = 300
"""The tolerance for a storefront's clock: a payment at most so long after a hold's end was in time."""


def end_holds(order: Order, bought: Snapshot, facts: Facts, books: Books) -> tuple[Order, list[Hold], list[Event]]:
    """End the holds that are tied to a paid, cancelled or declined order; returns the order, these holds, and events.

    Paid: each is captured whole, whatever the order states as paid with balance, because a shopper may have written
    that; one in another currency is released. Cancelled or declined: each is returned, and captured if the order is
    paid later.
    """
    waiting = _waiting(order, facts)
    missed: list[Event] = []
    if bought.void:
        ended = [replace(release(hold, books), state=RETURNED) for hold in waiting if hold.state != RETURNED]
    else:
        order, ended, missed = _capture_all(order, bought, waiting, books)
        order = replace(order, holds=tuple(reserved for reserved in order.holds if not reserved.tied))
    events = [HoldEnded(hold.member, hold.hold, hold.state, hold.captured) for hold in ended]
    return order, ended, [*missed, *events]


def _waiting(order: Order, facts: Facts) -> list[Hold]:
    """The holds that are tied to an order and can still be captured, the newest first."""
    refs = [HoldRef(reserved.hold) for reserved in order.holds if reserved.tied]
    facts.need(*refs)
    holds = [facts.find(ref, Hold) for ref in reversed(refs)]
    return [hold for hold in holds if hold and hold.state in WAITING]


def _in_force(hold: Hold, books: Books) -> bool:
    return books.account(hold.member, hold.asset).hold_part(hold.hold, books.now) is not None


def _capture_all(
    order: Order, bought: Snapshot, waiting: list[Hold], books: Books
) -> tuple[Order, list[Hold], list[Event]]:
    """Capture the holds of a paid order; the order, the holds that ended, and events of those that were missed.

    Holds in force come first: their payments are no evidence that one which has run out was used too.
    """
    ended: list[Hold] = []
    missed: list[Event] = []
    for hold in sorted(waiting, key=lambda hold: not _in_force(hold, books)):
        if hold.pays.asset != money.asset_of(bought.currency):
            ended.append(release(hold, books))
        elif _in_force(hold, books):
            done, order = capture_for_order(hold, hold.amount, order, books)
            ended.append(done)
        elif _was_used(hold, order, bought):
            parts = books.overspend(hold, hold.amount, Why(transfers.REDEEMED))
            order = add_payment(order, (hold.member, hold.asset), parts, hold.worth, books)
            ended.append(replace(hold, state="captured", captured=hold.amount, ended_at=books.now))
        else:
            missed.append(HoldMissed(hold.member, hold.hold, str(order.ref)))
    return order, ended, missed


def _was_used(hold: Hold, order: Order, bought: Snapshot) -> bool:
    """Whether a hold that has run out was used to pay for the order, so that the member owes it.

    It was if the order was paid in the hold's time; later, if the order's payment with balance, or its discounts, less
    what other balances have paid, are as large as the hold's worth. A smaller one is another discount.
    """
    if bought.at < hold.until + CLOCK_SKEW_S:
        return True
    pays = hold.pays
    return max(bought.deduction, bought.discounted) - spent_in(order, pays.asset) >= pays.amount


def spent_in(order: Order, asset: str) -> int:
    """The payments for an order with balances, in minor units of its money, returned parts included.

    What balances of other assets, such as points, have paid counts at its worth.
    """
    return sum(part.paid.amount for part in order.spent if part.paid.asset == asset)


def reserved_in(order: Order, asset: str, now: int) -> int:
    """What holds of all members, tied or not, would pay of an order at an instant, in minor units of its money."""
    return sum(hold.pays.amount for hold in order.holds if hold.pays.asset == asset and hold.until > now)


def with_holds_in_full(order: Order, facts: Facts) -> Order:
    """The order with its holds in full: those that an earlier release listed by id alone are read."""
    unknown = [HoldRef(reserved.hold) for reserved in order.holds if not reserved.amount]
    facts.need(*unknown)
    holds = (_in_full(reserved, facts) if not reserved.amount else reserved for reserved in order.holds)
    return replace(order, holds=tuple(reserved for reserved in holds if reserved))


def _in_full(reserved: Reserved, facts: Facts) -> Reserved | None:
    """A hold that was listed by its id alone, in full; None if it has ended or does not exist."""
    hold = facts.find(HoldRef(reserved.hold), Hold)
    return listed(hold, tied=reserved.tied) if hold and hold.state in WAITING else None


def listed(hold: Hold, *, tied: bool) -> Reserved:
    """A hold in the form in which an order's record lists it."""
    return Reserved(hold.hold, hold.member, hold.asset, hold.amount, hold.until, tied, hold.worth)


def with_spent_balance(order: Order, bought: Snapshot) -> Order:
    """The order whose terms say what balances have paid for it, where its storefront cannot know that."""
    return order.under(balance=spent_in(order, money.asset_of(bought.currency)) if bought.claimed else 0)


def by_books(bought: Snapshot, order: Order) -> Snapshot:
    """The snapshot with the deduction of our own books in place of a claimed one, as far as an edit has left it."""
    paid = order.terms.balance
    if not paid:
        return bought
    return replace(bought, deduction=left_of_balance(bought, paid), paid_balance=paid, claimed=False)


def capture_for_order(hold: Hold, amount: int, order: Order, books: Books) -> tuple[Hold, Order]:
    """Capture a hold in force in its member's books; the hold, and the order that it pays for."""
    done, parts = capture(hold, amount, books)
    return done, without_hold(add_payment(order, (hold.member, hold.asset), parts, share_of(hold, amount), books), hold)


def share_of(hold: Hold, amount: int) -> Worth | None:
    """The worth of a part of what is held, rounded down; None for money."""
    return hold.worth and replace(hold.worth, amount=hold.worth.amount * amount // hold.amount)


def capture(hold: Hold, amount: int, books: Books) -> tuple[Hold, tuple[Lot, ...]]:
    """Capture a hold in force in its member's books; the hold, and the parts of lots that were spent."""
    account, parts = books.account(hold.member, hold.asset).end(hold.hold, amount, books.now)
    books.spend(hold.member, hold.asset, account, parts, Why(transfers.REDEEMED))
    return replace(hold, state="captured", captured=amount, ended_at=books.now), parts


def release(hold: Hold, books: Books) -> Hold:
    """Release a hold in its member's books; the hold. One that has run out was returned by time."""
    account = books.write_down(hold.member, hold.asset)
    if account.hold_part(hold.hold, books.now):
        books.change(hold.member, hold.asset, account.end(hold.hold, 0, books.now)[0])
    return replace(hold, state="released", ended_at=books.now)


def without_hold(order: Order, hold: Hold) -> Order:
    """The order without a hold in its list."""
    return replace(order, holds=tuple(reserved for reserved in order.holds if reserved.hold != hold.hold))


def add_payment(order: Order, owner: tuple[str, str], parts: Sequence[Lot], worth: Worth | None, books: Books) -> Order:
    """Add a payment of parts of a balance to an order; the order. The share that is not kept is returned at once.

    `owner`: the member and the asset. `worth`: what all parts pay together, None for money.
    """
    pairs = zip(parts, _worths(parts, worth), strict=True)
    spent = tuple(Spent(*owner, part.amount, part.vests_at, part.expires_at, share) for part, share in pairs)
    order = replace(
        order, spent=(*order.spent, *spent), posted=(*order.posted, *(_posted(part, part.amount) for part in spent))
    )
    return give_back(order, books)


def _worths(parts: Sequence[Lot], worth: Worth | None) -> Sequence[Worth | None]:
    """What each part pays of a worth; None for money."""
    if worth is None:
        return [None] * len(parts)
    shares = money.allocate(worth.amount, [part.amount for part in parts])
    return [replace(worth, amount=share) for share in shares]


def give_back(order: Order, books: Books) -> Order:
    """Return the payments with balance for the part of an order that is not kept; the order."""
    rest = (unexplained(posted) for posted in order.posted if posted.account != transfers.REDEMPTION)
    bought = order.facts.view
    due = (*rest, *still_spent(order, by_books(bought, order) if bought else None))
    for member, posting in difference(order.posted, due, transfers.REFUNDED_OR_CHANGED):
        books.move(member, [posting])
    return replace(order, posted=tuple(part.posted for part in due))


def still_spent(order: Order, bought: Snapshot | None) -> tuple[Due, ...]:
    """The payments with balance that stay spent, for the kept part of an order, as due.

    Rounded half up for each member and asset. What was spent last is returned first: it expires last.
    """
    if not order.spent:
        return ()
    share, due = _kept_share(order, bought), list[Due]()
    for owner in dict.fromkeys((part.member, part.asset) for part in order.spent):
        parts = [part for part in order.spent if (part.member, part.asset) == owner]
        kept_amount = money.round_fraction(sum(part.amount for part in parts) * share, "half_up")
        for part in parts:
            stays = min(part.amount, kept_amount)
            kept_amount -= stays
            if stays:
                due.append(unexplained(_posted(part, stays)))
    return tuple(due)


def _kept_share(order: Order, bought: Snapshot | None) -> Fraction:
    """The share of a balance that stays spent. Without any snapshot: all, or nothing once it was deleted."""
    if bought:
        return kept_of(bought).balance_share
    return Fraction(not order.facts.is_gone())


def _posted(part: Spent, amount: int) -> Posted:
    return Posted(
        part.member, transfers.REDEEMED, transfers.REDEMPTION, part.asset, part.vests_at, part.expires_at, -amount
    )
