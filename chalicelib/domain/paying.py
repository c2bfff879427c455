"""What balances have paid for an order: captured from its holds, remembered in its record, given back with the goods.

What was spent on an order follows the order: the part of it that is not kept any more goes back to the lots that it
came from. Imports ledger, orders, posting and records.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from msgspec.structs import replace

from chalicelib.domain import ledger, money, posting
from chalicelib.domain.decisions import Facts
from chalicelib.domain.events import Event, HoldEnded, HoldMissed
from chalicelib.domain.kept import kept
from chalicelib.domain.ledger import Why
from chalicelib.domain.lots import Lot
from chalicelib.domain.orders import Snapshot
from chalicelib.domain.posting import Books
from chalicelib.domain.records import Hold, HoldRef, Order, Posted, Spent

RETURNED = "returned"
"""The state of a hold that was given back because its order was not paid; it is captured if the order is paid yet."""

WAITING = "open", RETURNED
"""The states of a hold that an order can still capture."""

CLOCKS_DIFFER_S = 300
"""A storefront's clock may run ahead of ours by so much: a payment so soon after a hold's end was in time."""


def end_holds(order: Order, bought: Snapshot, facts: Facts, books: Books) -> tuple[Order, list[Hold], list[Event]]:
    """The holds that wait for an order, once it is paid, cancelled, or its payment has failed. The newest comes first.

    Paid: as much is captured as the order states was paid with balance; where it states nothing, all. A hold that has
    given itself back by then was used all the same if the order says so, or was paid in its time: what is not there any
    more is owed. What is held beyond that, or in another currency, is released. Cancelled or failed: it is given back,
    and captured after all if the order is paid in the end.
    """
    found = [facts.find(HoldRef(name), Hold) for name in _needed(order, facts)]
    waiting = [each for each in found if each and each.state in WAITING]
    ended: list[Hold] = []
    events: list[Event] = []
    for hold in reversed(waiting):
        amount = _wanted(hold, order, bought)
        if bought.void:
            ended += [] if hold.state == RETURNED else [replace(released(hold, books), state=RETURNED)]
        elif not amount:
            ended += [released(hold, books)]
        elif books.account(hold.member, hold.asset).held(hold.hold, books.now):
            done, order = captured(hold, amount, order, books)
            ended.append(done)
        elif bought.deduction or bought.at < hold.until + CLOCKS_DIFFER_S:
            parts = books.overspend(hold, amount, Why(ledger.REDEEMED))
            order = tied(order, hold.member, hold.asset, parts, books)
            ended.append(replace(hold, state="captured", captured=amount, ended_at=books.now))
        else:
            events.append(HoldMissed(hold.member, hold.hold, str(order.ref)))
    events += (HoldEnded(each.member, each.hold, each.state, each.captured) for each in ended)
    through = bought.paid and not bought.void
    return replace(order, holds=() if through else order.holds), ended, events


def _needed(order: Order, facts: Facts) -> tuple[str, ...]:
    facts.need(*(HoldRef(hold) for hold in order.holds))
    return order.holds


def _wanted(hold: Hold, order: Order, bought: Snapshot) -> int:
    """How much of a hold an order uses, in minor units."""
    if hold.asset != money.asset_of(bought.currency):
        return 0
    if not bought.deduction:
        return hold.amount
    paid = sum(each.amount for each in order.spent if each.asset == hold.asset)
    return min(hold.amount, max(bought.deduction - paid, 0))


def captured(hold: Hold, amount: int, order: Order, books: Books) -> tuple[Hold, Order]:
    """A hold that is still there, captured in members' books and in the order that it pays for."""
    done, parts = taken(hold, amount, books)
    return done, untied(tied(order, hold.member, hold.asset, parts, books), hold)


def taken(hold: Hold, amount: int, books: Books) -> tuple[Hold, tuple[Lot, ...]]:
    """A hold that is still there, captured in members' books; and the parts of lots that it came from."""
    account, parts = books.account(hold.member, hold.asset).end(hold.hold, amount, books.now)
    books.spend(hold.member, hold.asset, account, parts, Why(ledger.REDEEMED))
    return replace(hold, state="captured", captured=amount, ended_at=books.now), parts


def released(hold: Hold, books: Books) -> Hold:
    """A hold given back; one that has run out has given itself back."""
    account = books.account(hold.member, hold.asset)
    if account.held(hold.hold, books.now):
        books.change(hold.member, hold.asset, account.end(hold.hold, 0, books.now)[0])
    return replace(hold, state="released", ended_at=books.now)


def untied(order: Order, hold: Hold) -> Order:
    """The order that does not wait for a hold any more."""
    return replace(order, holds=tuple(each for each in order.holds if each != hold.hold))


def tied(order: Order, member: str, asset: str, parts: Sequence[Lot], books: Books) -> Order:
    """The order that parts of a balance have paid for; what it does not keep any more has come back already."""
    spent = tuple(Spent(member, asset, part.amount, part.vests_at, part.expires_at) for part in parts)
    order = replace(
        order, spent=(*order.spent, *spent), posted=(*order.posted, *(_posted(each, each.amount) for each in spent))
    )
    return give_back(order, books)


def give_back(order: Order, books: Books) -> Order:
    """The order after giving back what was spent on the part of it that is not kept."""
    rest = tuple(each for each in order.posted if each.account != ledger.REDEMPTION)
    due = (*rest, *still_spent(order, order.facts.view()))
    for member, change in posting.difference(order.posted, due, [], note="refunded or changed"):
        books.move(member, [change])
    return replace(order, posted=due)


def still_spent(order: Order, bought: Snapshot | None) -> tuple[Posted, ...]:
    """What of the balances that an order was paid with stays spent, for the part of the order that was kept.

    Rounded half up for each member and asset. What was spent last goes back first: it can be spent the longest.
    """
    share = kept(bought).share if bought and order.spent else Fraction(1)
    posted: list[Posted] = []
    for owner in dict.fromkeys((each.member, each.asset) for each in order.spent):
        mine = [each for each in order.spent if (each.member, each.asset) == owner]
        left = money.round_fraction(sum(each.amount for each in mine) * share, "half_up")
        for part in mine:
            stays = min(part.amount, left)
            left -= stays
            if stays:
                posted.append(_posted(part, stays))
    return tuple(posted)


def _posted(part: Spent, amount: int) -> Posted:
    return Posted(part.member, ledger.REDEEMED, ledger.REDEMPTION, part.asset, part.vests_at, part.expires_at, -amount)
