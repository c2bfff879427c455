"""Commands that spend a balance: place a hold, capture or release it, redeem at once.

A hold takes parts out of the lots and is a record of its own, so that it ends once. A payment for an order follows the
order (`domain/members/order_payments.py`). Imports order payments, the book, the programme and records.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.commands import CaptureHold, PlaceHold, Redeem, ReleaseHold
from chalicelib.domain.core import money
from chalicelib.domain.errors import Conflict, HoldNotOpen, InsufficientBalance, InvalidInput, NotFound, no_member
from chalicelib.domain.events import BalanceHeld, HoldEnded
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger import causes, transfers
from chalicelib.domain.ledger.accounts import MAX_HOLDS, Account
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import Why
from chalicelib.domain.members import order_payments
from chalicelib.domain.programme.assets import check_known, worth_in
from chalicelib.domain.programme.document import Programme, Spending
from chalicelib.domain.records import Hold, HoldRef, Member, MemberRef, Order, OrderRef, Record, Worth, order_ref

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Amount, Phrase

MAX_WAITING = 8
"""The most holds that can name one order at a time."""


class HoldView(Struct, frozen=True):
    """A hold as it is now, and what is `available` beside it. Times in seconds; `ended_at` 0: it has not been ended.

    `state`: `open`, `captured`, `released`, `returned` (its order was not paid so far), `lapsed` (its time ran out).
    `worth`: what it pays, in minor units of `worth_asset` (empty in an answer of an earlier release: its own amount).
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
    worth: int = 0
    worth_asset: str = ""


class Redeemed(Struct, frozen=True):
    """A redemption: the entry's number, what is available after it, and its worth as for a hold."""

    member: str
    entry: int
    asset: str
    amount: int
    available: int
    worth: int = 0
    worth_asset: str = ""


def place(command: PlaceHold, facts: Facts, now: int) -> Decision:
    """Reserve a part of a balance. Raises NotFound, InvalidInput, InsufficientBalance, Conflict.

    An earlier hold of the same member and asset that is tied to the same order is released.
    """
    ref = _ref(command.order)
    facts.need(MemberRef(command.member), HoldRef(command.hold), *([ref] if ref else []))
    programme = facts.history.programme_at(now)
    books = Books(facts, now, programme)
    order = order_payments.with_holds_in_full(_stored(ref, facts), facts) if ref else None
    replaced = _release_replaced(order, command, facts, books) if order and command.capture_on_paid else []
    for before in replaced:
        order = order_payments.without_hold(order, before) if order else None
    account, worth = _checked(command, order, books, facts, programme)
    if facts.find(HoldRef(command.hold), Hold):
        raise Conflict("there is a hold %(hold)s already; place this one again", hold=command.hold)
    if len(account.holds) >= MAX_HOLDS:
        raise Conflict(
            "%(member)s has %(most)s open holds; capture or release one of them first",
            member=command.member,
            most=MAX_HOLDS,
        )
    until = now + 60 * (command.minutes or (programme.spending if programme else Spending()).hold_minutes)
    hold = Hold(
        command.hold, command.member, command.asset, command.amount, now, until, order=command.order, worth=worth
    )
    books.change(command.member, command.asset, account.reserve(hold.hold, hold.amount, until, now))
    closed = books.close(causes.TIME, facts.history.number_at(now))
    changes: list[Record] = [hold, *replaced, *closed.records]
    if order:
        changes.append(_with_hold(order, hold, command.capture_on_paid, now))
    event = BalanceHeld(hold.member, hold.hold, hold.amount, hold.asset)
    return Decision(tuple(changes), (*closed.events, event), view_of(hold, books.owner(hold.member), now))


def _with_hold(order: Order, hold: Hold, tied: bool, now: int) -> Order:
    """The order with a new hold listed. Raises Conflict for a tied hold on a paid order, and for a full list."""
    if tied and order.facts.paid_at:
        raise Conflict("the order %(ref)s was paid already; redeem the balance instead", ref=str(order.ref))
    # One that is not tied has given itself back for good when its time is over. A tied one may yet be owed.
    listed = [reserved for reserved in order.holds if reserved.tied or reserved.until > now]
    if len(listed) >= MAX_WAITING:
        raise Conflict(
            "%(most)s holds wait for the order %(ref)s; release one of them first",
            most=MAX_WAITING,
            ref=str(order.ref),
        )
    return replace(order, holds=(*listed, order_payments.listed(hold, tied=tied)))


def _release_replaced(order: Order, command: PlaceHold, facts: Facts, books: Books) -> list[Hold]:
    """Release the member's holds of the same asset that are tied to the order; these holds. Points stay beside money.

    The order lists the member that placed a hold, which may have been merged into this one since.
    """
    tied = [reserved for reserved in order.holds if reserved.tied]
    own = [HoldRef(reserved.hold) for reserved in tied if reserved.member == command.member]
    facts.need(*own, *(MemberRef(reserved.member) for reserved in tied))
    refs = [HoldRef(reserved.hold) for reserved in tied if books.owner(reserved.member).member == command.member]
    facts.need(*refs)
    holds = [facts.find(ref, Hold) for ref in refs]
    waiting = [hold for hold in holds if hold and hold.state in order_payments.WAITING]
    return [order_payments.release(hold, books) for hold in waiting if _alike(hold.asset, command.asset)]


def _alike(asset: str, other: str) -> bool:
    """Whether one takes the place of the other at a checkout; an order is paid in one currency."""
    return asset == other or (money.is_money(asset) and money.is_money(other))


def capture(command: CaptureHold, facts: Facts, now: int) -> Decision:
    """Spend what is held, or a part of it. Raises NotFound, HoldNotOpen, InvalidInput, Conflict."""
    facts.need(MemberRef(command.member), HoldRef(command.hold))
    hold = _open(command, facts, now)
    books = Books(facts, now, facts.history.programme_at(now))
    if not books.account(hold.member, hold.asset).hold_part(hold.hold, now):
        # A process whose clock is ahead has posted its end.
        raise HoldNotOpen("the hold %(hold)s has just ended; redeem the balance instead", hold=hold.hold)
    amount = hold.amount if command.amount is None else command.amount
    if not 0 < amount <= hold.amount:
        from chalicelib.domain.core.phrases import Amount

        raise InvalidInput(
            "amount",
            "must be more than 0 and at most the %(amount)s that are held",
            Amount(amount, hold.asset),
            amount=Amount(hold.amount, hold.asset),
        )
    ref = _ref(hold.order)
    if ref is None:
        return _ended(order_payments.capture(hold, amount, books)[0], None, books, facts)
    order = _stored(ref, facts)
    _check_order(order, hold.pays.asset)
    return _ended(*order_payments.capture_for_order(hold, amount, order, books), books, facts)


def release(command: ReleaseHold, facts: Facts, now: int) -> Decision:
    """Give back all that is held. Raises NotFound, HoldNotOpen."""
    facts.need(MemberRef(command.member), HoldRef(command.hold))
    hold, books = _open(command, facts, now), Books(facts, now, facts.history.programme_at(now))
    ref = _ref(hold.order)
    order = facts.find(ref, Order) if ref else None
    without = order_payments.without_hold(order, hold) if order else None
    return _ended(order_payments.release(hold, books), without if without != order else None, books, facts)


def redeem(command: Redeem, facts: Facts, now: int) -> Decision:
    """Spend a part of a balance at once. Raises NotFound, InvalidInput, InsufficientBalance, Conflict."""
    ref = _ref(command.order)
    facts.need(MemberRef(command.member), *([ref] if ref else []))
    programme = facts.history.programme_at(now)
    books = Books(facts, now, programme)
    order = order_payments.with_holds_in_full(_stored(ref, facts), facts) if ref else None
    account, worth = _checked(command, order, books, facts, programme)
    account, parts = account.spend(command.amount, now)
    books.spend(command.member, command.asset, account, parts, Why(transfers.REDEEMED))
    owner = command.member, command.asset
    changes: list[Record] = [order_payments.add_payment(order, owner, parts, worth, books)] if order else []
    cause = command.order or causes.REDEMPTION
    closed = books.close(cause, facts.history.number_at(now), _shown(order))
    after = books.owner(command.member)
    available = after.accounts[command.asset].balance(now).available
    pays = worth or Worth(command.asset, command.amount)
    answer = Redeemed(after.member, after.entries, command.asset, command.amount, available, pays.amount, pays.asset)
    return Decision((*changes, *closed.records), tuple(closed.events), answer)


def view_of(hold: Hold, member: Member, now: int) -> HoldView:
    """A hold beside its member's balance."""
    return HoldView(
        member=hold.member,
        hold=hold.hold,
        asset=hold.asset,
        amount=hold.amount,
        order=hold.order,
        state="lapsed" if hold.state == "open" and hold.until <= now else hold.state,
        captured=hold.captured,
        at=hold.at,
        until=hold.until,
        ended_at=hold.ended_at,
        available=member.accounts[hold.asset].balance(now).available,
        worth=hold.pays.amount,
        worth_asset=hold.pays.asset,
    )


def _checked(
    command: PlaceHold | Redeem, order: Order | None, books: Books, facts: Facts, programme: Programme | None
) -> tuple[Account, Worth | None]:
    """The account to spend from, up to date, and the worth of the amount (None for money).

    Raises NotFound, InvalidInput, InsufficientBalance, Conflict.
    """
    member = facts.find(MemberRef(command.member), Member)
    if member is None:
        raise no_member(command.member)
    check_known(command.asset, programme, member.accounts)
    worth = _worth(command, order, programme)
    pays = worth or Worth(command.asset, command.amount)
    if order:
        _check_order(order, pays.asset, again=isinstance(command, PlaceHold))
    _check_least(command, pays, programme)
    _check_share(command, pays, order, programme, books.now)
    account = books.account(command.member, command.asset)
    available = account.balance(books.now).available
    if command.amount > available:
        from chalicelib.domain.core.phrases import Amount

        raise InsufficientBalance(
            "amount must not be more than is available: %(amount)s asked, %(available)s there",
            amount=Amount(command.amount, command.asset),
            available=Amount(available, command.asset),
        )
    return account, worth


def _worth(command: PlaceHold | Redeem, order: Order | None, programme: Programme | None) -> Worth | None:
    """What an amount of an asset other than money pays now, in the order's currency; None for money.

    Raises InvalidInput for an asset without a price in that currency, and for a currency that is not the order's.
    """
    bought = order.facts.view if order else None
    own = money.currency_of(command.asset) if money.is_money(command.asset) else ""
    known = own or (bought.currency if bought else "")
    if known and command.currency not in ("", known):
        raise InvalidInput("currency", "must be %(known)s, or left out", command.currency, known=known)
    if own:
        return None
    currency = known or command.currency or (programme.currency if programme else "")
    worth = worth_in(command.amount, command.asset, currency, programme) if programme else None
    if worth is None:
        raise InvalidInput(
            "asset",
            "must have a worth in %(currency)s in the programme, to pay in it",
            command.asset,
            currency=currency,
        )
    return Worth(money.asset_of(currency), worth)


def _check_least(command: PlaceHold | Redeem, pays: Worth, programme: Programme | None) -> None:
    """Raises InvalidInput for less than 1, and for what pays nothing, or less than the programme's minimum."""
    from chalicelib.domain.core.phrases import Amount

    if command.amount < 1:
        raise InvalidInput("amount", "must be 1 or more, in minor units", command.amount)
    minimum = programme.sum_in(programme.spending.minimum, money.currency_of(pays.asset)) if programme else None
    least, asked = Amount(minimum or 1, pays.asset), Amount(command.amount, command.asset)
    if pays.amount >= least.minor:
        return
    if pays.asset != command.asset:
        raise InvalidInput("amount", "must be worth at least %(least)s", asked, least=least)
    raise InvalidInput("amount", "must be at least %(least)s, as the programme says", asked, least=least)


def _check_share(
    command: PlaceHold | Redeem, pays: Worth, order: Order | None, programme: Programme | None, now: int
) -> None:
    """Raises InvalidInput where all balances together would pay less or more of an order than the programme allows.

    Of money the edge has looked already whether it pays more than the order costs.
    """
    from chalicelib.domain.core.phrases import Amount

    rule = programme.spending if programme else Spending()
    is_money, asked = pays.asset == command.asset, Amount(pays.amount, pays.asset)
    if command.order_total is not None and not is_money and pays.amount > command.order_total:
        raise InvalidInput(
            "amount",
            "must be worth at most the order_total of %(order_total)s",
            asked,
            order_total=Amount(command.order_total, pays.asset),
        )
    if rule.min_percent is None and rule.max_percent is None:
        return
    if command.order_total is None:
        raise InvalidInput(
            "order_total", "must be given: the programme limits which share of an order a balance can pay"
        )
    asset = pays.asset
    before = order_payments.spent_in(order, asset) + order_payments.reserved_in(order, asset, now) if order else 0
    share = Fraction(100 * (before + pays.amount), max(command.order_total, 1))
    if rule.min_percent is not None and share < Fraction(rule.min_percent):
        least = _share_of_order(rule.min_percent, Amount(0, asset))
        if is_money:
            raise InvalidInput("amount", "must be at least %(least)s", asked, least=least)
        raise InvalidInput("amount", "must be worth at least %(least)s", asked, least=least)
    if rule.max_percent is not None and share > Fraction(rule.max_percent):
        most = _share_of_order(rule.max_percent, Amount(before, asset))
        if is_money:
            raise InvalidInput("amount", "must be at most %(most)s", asked, most=most)
        raise InvalidInput("amount", "must be worth at most %(most)s", asked, most=most)


def _share_of_order(percent: Decimal, spent: Amount) -> Phrase:
    """A percent of what the order costs, and what is spent of it already, in words."""
    from chalicelib.domain.core.phrases import Figure, Phrase

    share = Phrase("%(percent)s%% of order_total", {"percent": Figure(money.plain(percent))})
    if not spent.minor:
        return share
    return Phrase("%(share)s, of which %(spent)s are spent or held already", {"share": share, "spent": spent})


def _open(command: CaptureHold | ReleaseHold, facts: Facts, now: int) -> Hold:
    from chalicelib.domain.core.phrases import Instant, Phrase

    hold = facts.find(HoldRef(command.hold), Hold)
    if hold is None or hold.member != command.member:
        raise NotFound("%(member)s has no hold %(hold)s", member=command.member, hold=command.hold)
    ended_at, until = Instant(hold.ended_at), Instant(hold.until)
    if hold.state != "open":
        ends = {"captured": Phrase("captured"), "released": Phrase("released"), "returned": Phrase("returned")}
        raise HoldNotOpen(
            "the hold %(hold)s was %(state)s at %(at)s",
            hold=hold.hold,
            state=ends.get(hold.state, hold.state),
            at=ended_at,
        )
    if hold.until <= now:
        raise HoldNotOpen(
            "the hold %(hold)s ran out at %(until)s; redeem the balance instead", hold=hold.hold, until=until
        )
    return hold


def _ended(hold: Hold, order: Order | None, books: Books, facts: Facts) -> Decision:
    cause = hold.order or f"{causes.HOLD} {hold.hold}"
    closed = books.close(cause, facts.history.number_at(books.now), _shown(order))
    changes: Iterable[Record] = (hold, *([order] if order else []), *closed.records)
    event = HoldEnded(hold.member, hold.hold, hold.state, hold.captured)
    answer = view_of(hold, books.owner(hold.member), books.now)
    return Decision(tuple(changes), (*closed.events, event), answer)


def _shown(order: Order | None) -> str:
    """The number that shoppers know an order by; empty while no body of it has stated one."""
    bought = order.facts.view if order else None
    return bought.name if bought else ""


def _check_order(order: Order, asset: str, *, again: bool = False) -> None:
    """Raises Conflict for an order in another currency than the balance, and for a cancelled one.

    `again`: an order whose payment was declined passes, since the shopper may try another card.
    """
    bought = order.facts.view
    declined = again and bought is not None and bought.declined and not bought.paid
    if order.facts.is_gone() or (order.facts.is_void() and not declined):
        raise Conflict("the order %(ref)s was cancelled; the balance stays with the member", ref=str(order.ref))
    if bought and money.asset_of(bought.currency) != asset:
        raise Conflict(
            "the order %(ref)s is in %(currency)s; %(asset)s cannot pay for it",
            ref=str(order.ref),
            currency=bought.currency,
            asset=asset,
        )


def _ref(order: str) -> OrderRef | None:
    return order_ref(order) if order else None


def _stored(ref: OrderRef, facts: Facts) -> Order:
    """The stored order, or a new one that no webhook has named yet."""
    return facts.find(ref, Order) or Order(ref.connection, ref.order)
