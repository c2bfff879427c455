"""A balance is spent: reserved for a checkout, captured when it is paid or released, or redeemed at once.

A hold takes parts out of the lots and is a record of its own, so that it ends once. What was spent on an order follows
the order: the part of it that is not kept any more goes back to the lots that it came from.
Imports ledger, orders, posting and records.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain import ledger, money, posting
from chalicelib.domain.calendar import iso
from chalicelib.domain.commands import CaptureHold, PlaceHold, Redeem, ReleaseHold
from chalicelib.domain.decisions import Decision, Facts
from chalicelib.domain.errors import Conflict, HoldEnded, InsufficientBalance, InvalidInput, NotFound
from chalicelib.domain.events import BalanceHeld, Event, HoldMissed
from chalicelib.domain.events import HoldEnded as Ended
from chalicelib.domain.holding import MAX_HOLDS, Account
from chalicelib.domain.ledger import Why
from chalicelib.domain.lots import Lot
from chalicelib.domain.orders import Snapshot, kept
from chalicelib.domain.posting import Books
from chalicelib.domain.programme import Programme, Spending
from chalicelib.domain.records import Hold, HoldRef, Member, MemberRef, Order, OrderRef, Posted, Record, Spent

MAX_WAITING = 8
"""Holds that wait for one order; a shopper who wavers places many, and those that ran out are forgotten first."""


class Holding(Struct, frozen=True):
    """A hold as it is now, and what is `available` beside it. Times in seconds; `ended_at` 0: it has not been ended.

    `state`: `open`, `captured`, `released`, or `lapsed` when its time ran out.
    """

    member: str
    hold: str
    asset: str
    amount: int
    order: str
    state: str
    captured: int
    at: int
    until: int
    ended_at: int
    available: int


class Redeemed(Struct, frozen=True):
    """A redemption: the entry's number, and what is available after it."""

    member: str
    entry: int
    asset: str
    amount: int
    available: int


def place(command: PlaceHold, facts: Facts, now: int) -> Decision:
    """Reserve a part of a balance. Raises NotFound, InvalidInput, InsufficientBalance, Conflict."""
    order_ref = _ref(command.order)
    tied = [order_ref] if order_ref and command.capture_on_paid else []
    facts.need(MemberRef(command.member), HoldRef(command.hold), *tied)
    programme = _programme(facts, now)
    books = Books(facts, now, programme)
    account = _checked(command, books, facts, programme)
    if facts.find(HoldRef(command.hold), Hold):
        raise Conflict(f"there is a hold {command.hold} already; place this one again")
    if len(account.holds) >= MAX_HOLDS:
        raise Conflict(f"{command.member} has {MAX_HOLDS} open holds; capture or release one of them first")
    until = now + 60 * (command.minutes or (programme.spending if programme else Spending()).hold_minutes)
    hold = Hold(command.hold, command.member, command.asset, command.amount, now, until, order=command.order)
    books.change(command.member, command.asset, account.reserve(hold.hold, hold.amount, until, now))
    changes: list[Record] = [hold, *books.changes("time", _terms(facts, now))]
    for ref in tied:
        order = facts.find(ref, Order) or Order(ref.connection, ref.order)
        _check_order(order, command.asset)
        if order.facts.paid_at:
            raise Conflict(f"the order {ref} was paid already; redeem the balance instead")
        changes.append(replace(order, holds=(*order.holds, hold.hold)[-MAX_WAITING:]))
    event = BalanceHeld(hold.member, hold.hold, hold.amount, hold.asset)
    return Decision(tuple(changes), (*books.events("time"), event), _holding(hold, books, now))


def capture(command: CaptureHold, facts: Facts, now: int) -> Decision:
    """Spend what is held, or a part of it. Raises NotFound, HoldEnded, InvalidInput, Conflict."""
    facts.need(MemberRef(command.member), HoldRef(command.hold))
    hold = _open(command, facts, now)
    amount = hold.amount if command.amount is None else command.amount
    if not 0 < amount <= hold.amount:
        raise InvalidInput("amount", f"be between 1 and the {hold.amount} that are held", amount)
    order_ref = _ref(hold.order)
    order = (facts.find(order_ref, Order) or Order(order_ref.connection, order_ref.order)) if order_ref else None
    if order:
        _check_order(order, hold.asset)
    books = Books(facts, now, _programme(facts, now))
    if not books.account(hold.member, hold.asset).held(hold.hold, now):
        # A process whose clock is ahead has written down that it ran out, or somebody has just ended it.
        raise HoldEnded(f"the hold {hold.hold} has just ended; redeem the balance instead")
    ended, order = captured(hold, amount, order, books, now)
    return _ended(ended, order, books, facts, now)


def release(command: ReleaseHold, facts: Facts, now: int) -> Decision:
    """Give back all that is held. Raises NotFound, HoldEnded."""
    facts.need(MemberRef(command.member), HoldRef(command.hold))
    hold = _open(command, facts, now)
    ref = _ref(hold.order)
    order = facts.find(ref, Order) if ref else None
    books = Books(facts, now, _programme(facts, now))
    waits = order is not None and hold.hold in order.holds
    return _ended(released(hold, books, now), _untied(order, hold) if order and waits else None, books, facts, now)


def redeem(command: Redeem, facts: Facts, now: int) -> Decision:
    """Spend a part of a balance at once. Raises NotFound, InvalidInput, InsufficientBalance, Conflict."""
    ref = _ref(command.order)
    facts.need(MemberRef(command.member), *([ref] if ref else []))
    programme = _programme(facts, now)
    books = Books(facts, now, programme)
    account = _checked(command, books, facts, programme)
    account, parts = account.spend(command.amount, now)
    books.spend(command.member, command.asset, account, parts, Why(ledger.REDEEMED))
    changes: list[Record] = []
    if ref:
        order = facts.find(ref, Order) or Order(ref.connection, ref.order)
        _check_order(order, command.asset)
        changes.append(_tied(order, command.member, command.asset, parts, books))
    cause = command.order or "redemption"
    changes += books.changes(cause, _terms(facts, now))
    after = books.of(command.member)
    available = after.accounts[command.asset].balance(now).available
    answer = Redeemed(after.member, after.entries, command.asset, command.amount, available)
    return Decision(tuple(changes), tuple(books.events(cause)), answer)


def holding(hold: Hold, member: Member, now: int) -> Holding:
    """A hold beside its member's balance."""
    state = "lapsed" if hold.state == "open" and hold.until <= now else hold.state
    available = member.accounts[hold.asset].balance(now).available
    times = hold.at, hold.until, hold.ended_at
    return Holding(hold.member, hold.hold, hold.asset, hold.amount, hold.order, state, hold.captured, *times, available)


def captured(hold: Hold, amount: int, order: Order | None, books: Books, now: int) -> tuple[Hold, Order | None]:
    """A hold that is still there, captured in members' books and in the order that it pays for."""
    account, parts = books.account(hold.member, hold.asset).end(hold.hold, amount, now)
    books.spend(hold.member, hold.asset, account, parts, Why(ledger.REDEEMED))
    if order:
        order = _tied(order, hold.member, hold.asset, parts, books)
        order = _untied(order, hold)
    return replace(hold, state="captured", captured=amount, ended_at=now), order


def released(hold: Hold, books: Books, now: int) -> Hold:
    """A hold given back; one that has run out has given itself back."""
    account = books.account(hold.member, hold.asset)
    if account.held(hold.hold, now):
        books.change(hold.member, hold.asset, account.end(hold.hold, 0, now)[0])
    return replace(hold, state="released", ended_at=now)


def end_holds(
    order: Order, bought: Snapshot, facts: Facts, books: Books, now: int
) -> tuple[Order, list[Hold], list[Event]]:
    """The holds that wait for an order, once it is paid (captured) or cancelled (released).

    A payment in time is heard late at times: then the hold has given itself back, and what is not there any more is
    owed, for it has been used. A payment that came too late itself finds nothing held. A hold in another currency than
    the order's was for something else, and is released.
    """
    facts.need(*(HoldRef(hold) for hold in order.holds))
    ended: list[Hold] = []
    events: list[Event] = []
    for name in order.holds:
        hold = facts.find(HoldRef(name), Hold)
        if hold is None or hold.state != "open":
            continue
        if bought.void or hold.asset != money.asset_of(bought.currency):
            ended.append(released(hold, books, now))
        elif books.account(hold.member, hold.asset).held(hold.hold, now):
            done, changed = captured(hold, hold.amount, order, books, now)
            order = changed or order
            ended.append(done)
        elif bought.at < hold.until:
            parts = books.overspend(hold.member, hold.asset, hold.amount, Why(ledger.REDEEMED))
            order = _tied(order, hold.member, hold.asset, parts, books)
            ended.append(replace(hold, state="captured", captured=hold.amount, ended_at=now))
        else:
            events.append(HoldMissed(hold.member, hold.hold, str(order.ref)))
    events += (Ended(each.member, each.hold, each.state, each.captured) for each in ended)
    return replace(order, holds=()), ended, events


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


def _untied(order: Order, hold: Hold) -> Order:
    """The order that does not wait for a hold any more."""
    return replace(order, holds=tuple(each for each in order.holds if each != hold.hold))


def _tied(order: Order, member: str, asset: str, parts: Sequence[Lot], books: Books) -> Order:
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


def _posted(part: Spent, amount: int) -> Posted:
    return Posted(part.member, ledger.REDEEMED, ledger.REDEMPTION, part.asset, part.vests_at, part.expires_at, -amount)


def _checked(command: PlaceHold | Redeem, books: Books, facts: Facts, programme: Programme | None) -> Account:
    """The account that the amount is to come from, in time. Raises what stands in the way."""
    if facts.find(MemberRef(command.member), Member) is None:
        raise NotFound(f"there is no member {command.member}")
    _check_share(command, programme)
    account = books.account(command.member, command.asset)
    available = account.balance(books.now).available
    if command.amount > available:
        wanted, there = money.text(command.amount, command.asset), money.text(available, command.asset)
        raise InsufficientBalance(f"amount must not be more than is available: {wanted} asked, {there} there")
    return account


def _check_share(command: PlaceHold | Redeem, programme: Programme | None) -> None:
    if command.amount < 1:
        raise InvalidInput("amount", "be 1 or more, in minor units", command.amount)
    if programme is None:
        return
    rule = programme.spending
    least = programme.sum_in(rule.minimum, money.currency_of(command.asset)) or 0
    if command.amount < least:
        raise InvalidInput(
            "amount", f"be at least {money.text(least, command.asset)}, as the programme says", command.amount
        )
    if rule.min_percent is None and rule.max_percent is None:
        return
    if command.order_total is None:
        raise InvalidInput("order_total", "be given: the programme limits which share of an order a balance can pay")
    share = Fraction(100 * command.amount, max(command.order_total, 1))
    if rule.min_percent is not None and share < Fraction(rule.min_percent):
        raise InvalidInput("amount", f"be at least {money.plain(rule.min_percent)} % of order_total", command.amount)
    if rule.max_percent is not None and share > Fraction(rule.max_percent):
        raise InvalidInput("amount", f"be at most {money.plain(rule.max_percent)} % of order_total", command.amount)


def _open(command: CaptureHold | ReleaseHold, facts: Facts, now: int) -> Hold:
    hold = facts.find(HoldRef(command.hold), Hold)
    if hold is None or hold.member != command.member:
        raise NotFound(f"{command.member} has no hold {command.hold}")
    if hold.state != "open":
        raise HoldEnded(f"the hold {hold.hold} was {hold.state} at {iso(hold.ended_at)}")
    if hold.until <= now:
        raise HoldEnded(f"the hold {hold.hold} ran out at {iso(hold.until)}; redeem the balance instead")
    return hold


def _ended(hold: Hold, order: Order | None, books: Books, facts: Facts, now: int) -> Decision:
    cause = hold.order or f"hold {hold.hold}"
    changes: Iterable[Record] = (hold, *([order] if order else []), *books.changes(cause, _terms(facts, now)))
    event = Ended(hold.member, hold.hold, hold.state, hold.captured)
    return Decision(tuple(changes), (*books.events(cause), event), _holding(hold, books, now))


def _holding(hold: Hold, books: Books, now: int) -> Holding:
    return holding(hold, books.of(hold.member), now)


def _check_order(order: Order, asset: str) -> None:
    """A balance pays for orders of its own currency, and not for one that is cancelled. Raises Conflict."""
    bought = order.facts.view()
    if bought and bought.void:
        raise Conflict(f"the order {order.ref} was cancelled; the balance stays with the member")
    if bought and money.asset_of(bought.currency) != asset:
        raise Conflict(f"the order {order.ref} is in {bought.currency}; {asset} cannot pay for it")


def _ref(order: str) -> OrderRef | None:
    connection, _, name = order.partition("/")
    return OrderRef(connection, name) if order else None


def _programme(facts: Facts, now: int) -> Programme | None:
    version = facts.history.at(now)
    return version.programme if version else None


def _terms(facts: Facts, now: int) -> int:
    version = facts.history.at(now)
    return version.number if version else 0
