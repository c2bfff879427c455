"""Handlers of spending: place, capture and release a hold, redeem at once, undo a redemption."""

from __future__ import annotations

import re
import secrets
from base64 import b32encode
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import asdict

from chalicelib.domain.commands import CaptureHold, PlaceHold, Redeem, ReleaseHold, UndoEntry
from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import iso
from chalicelib.domain.core.identity import member_id
from chalicelib.domain.errors import InvalidInput, NotFound
from chalicelib.domain.members.holds import HoldView, Redeemed, view_of
from chalicelib.domain.members.reversals import Undone
from chalicelib.domain.programme.document import MAX_HOLD_MINUTES
from chalicelib.edge import process
from chalicelib.edge.answers import EntryUndone, HoldAnswer, Money, Redemption
from chalicelib.edge.idempotency import once
from chalicelib.edge.messages import Request
from chalicelib.edge.request_checks import check_amount, check_asset, check_reason
from chalicelib.edge.storefronts import ORDER_ID
from chalicelib.store import queries

_ORDER = re.compile(rf"([a-z0-9][a-z0-9-]{{0,39}})/{ORDER_ID.pattern}")
_HOLD = re.compile(r"h_[a-z2-7]{16}")
_HOLD_BYTES = 10
_ENTRY = re.compile(r"[1-9][0-9]{0,9}")


class PostHold(Struct, frozen=True, forbid_unknown_fields=True):
    """A hold to place: `amount` in minor units of `asset` (`EUR/2`, `points`), for `minutes` (1 to 10080).

    `order`: what it pays for, as `connection/order id`; with `capture_on_paid` its paid webhook captures the hold and
    its cancellation gives it back. `order_total`: what the order costs in all, in minor units of its currency, where
    the programme limits which share of it a balance may pay. Without `minutes` the programme's `hold_minutes` count.

    Points pay what they are worth now. `currency`: that of an order which no webhook has told of yet, where it is
    another one than the programme's own.
    """

    asset: str
    amount: int
    order: str = ""
    order_total: int | None = None
    capture_on_paid: bool = False
    minutes: int | None = None
    currency: str = ""


class PostCapture(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of what is held was spent, in minor units; without `amount` all of it. The rest is given back."""

    amount: int | None = None


class PostRelease(Struct, frozen=True, forbid_unknown_fields=True):
    """An empty body."""


class PostRedemption(Struct, frozen=True, forbid_unknown_fields=True):
    """A redemption: `amount` in minor units of `asset`; `order`, `order_total` and `currency` as for a hold."""

    asset: str
    amount: int
    order: str = ""
    order_total: int | None = None
    currency: str = ""


class PostUndo(Struct, frozen=True, forbid_unknown_fields=True):
    """Why an entry is undone, for those who look after the books; the statement does not show it."""

    reason: Annotated[str, Meta(max_length=200)]


def place(request: Request, body: PostHold) -> HoldAnswer:
    """Reserve a part of a member's balance for a checkout. Needs an Idempotency-Key.

    The hold ends once: captured when the checkout was paid, released when it was given up, or by itself in time.
    """
    currency = _check_spent(request, body)
    if body.capture_on_paid and not body.order:
        raise InvalidInput(
            "order", "must be given with capture_on_paid: it names the order whose payment captures the hold"
        )
    if body.minutes is not None and not 1 <= body.minutes <= MAX_HOLD_MINUTES:
        raise InvalidInput("minutes", "must be between 1 and %(most)s", body.minutes, most=MAX_HOLD_MINUTES)
    command = PlaceHold(
        _member(request),
        hold=f"h_{b32encode(secrets.token_bytes(_HOLD_BYTES)).decode().lower()}",
        asset=body.asset,
        amount=body.amount,
        order=body.order,
        order_total=body.order_total,
        capture_on_paid=body.capture_on_paid,
        minutes=body.minutes,
        currency=currency,
    )
    return _answer(HoldView(**once(request, command)))


def show(request: Request) -> HoldAnswer:
    """A hold as it is now: `open`, `captured`, `released`, `returned` (its order is not paid), or `lapsed` in time."""
    name, hold_id = _member(request), _hold(request)
    member, hold = queries.hold(name, hold_id)
    if member is None or hold is None or hold.member != member.member:
        raise NotFound("%(member)s has no hold %(hold)s", member=name, hold=hold_id)
    return _answer(view_of(hold, member, request.now))


def capture(request: Request, body: PostCapture) -> HoldAnswer:
    """The checkout was paid: spend what is held, or a part of it, and give the rest back. Needs an Idempotency-Key."""
    check_amount("amount", body.amount)
    return _answer(HoldView(**once(request, CaptureHold(_member(request), _hold(request), body.amount))))


def release(request: Request, body: PostRelease) -> HoldAnswer:  # noqa: ARG001 - the body is parsed, to be empty
    """The checkout was given up: give back all that is held. Needs an Idempotency-Key."""
    return _answer(HoldView(**once(request, ReleaseHold(_member(request), _hold(request)))))


def redeem(request: Request, body: PostRedemption) -> Redemption:
    """Spend a part of a member's balance at once, for checkouts without holds. Needs an Idempotency-Key."""
    currency = _check_spent(request, body)
    command = Redeem(
        _member(request),
        asset=body.asset,
        amount=body.amount,
        order=body.order,
        order_total=body.order_total,
        currency=currency,
    )
    spent = Redeemed(**once(request, command))
    return Redemption(
        member=spent.member,
        entry=spent.entry,
        asset=spent.asset,
        amount=spent.amount,
        available=spent.available,
        worth=_worth(spent),
        **_texts(spent),
    )


def undo(request: Request, body: PostUndo) -> EntryUndone:
    """Undo an adjustment, or give back what an entry has spent on no order (a redemption, a captured hold). Once.

    Needs an Idempotency-Key. What paid for an order comes back with it: refund or cancel the order instead.
    """
    check_reason(body.reason)
    entry = request.path["entry"]
    if not _ENTRY.fullmatch(entry):
        raise InvalidInput("entry", "must be the number of an entry of the statement, such as 12", entry)
    undone = Undone(**once(request, UndoEntry(_member(request), int(entry), body.reason.strip())))
    return EntryUndone(**asdict(undone), **_texts(undone))


def _texts(done: Redeemed | Undone) -> dict[str, Any]:
    """The amounts of an answer as text for a shopper."""
    amounts = {"amount_text": done.amount, "available_text": done.available}
    return {name: money.text(amount, done.asset) for name, amount in amounts.items()}


def _worth(spent: HoldView | Redeemed) -> Money:
    """What was held or spent pays; in a stored answer of an earlier release it is the amount itself."""
    asset, amount = (spent.worth_asset, spent.worth) if spent.worth_asset else (spent.asset, spent.amount)
    return Money(asset, amount, money.text(amount, asset))


def _check_spent(request: Request, body: PostHold | PostRedemption) -> str:
    """The currency of the order that is paid for, empty where none is stated. Raises InvalidInput."""
    check_asset(body.asset)
    check_amount("amount", body.amount)
    check_amount("order_total", body.order_total)
    if body.order_total is not None and money.is_money(body.asset) and body.amount > body.order_total:
        from chalicelib.domain.core.phrases import Amount

        raise InvalidInput(
            "amount",
            "must be at most the order_total of %(order_total)s",
            Amount(body.amount, body.asset),
            order_total=Amount(body.order_total, body.asset),
        )
    if body.order:
        _check_order(request, body.order)
    return money.code_of(body.currency) if body.currency else ""


def _check_order(request: Request, order: str) -> None:
    """Raises InvalidInput for an order that no webhook can name: its hold would never be captured or returned."""
    match = _ORDER.fullmatch(order)
    if match is None:
        raise InvalidInput(
            "order", "must be a connection and its order id with one slash, such as acme-shopify/1001", order
        )
    if process.secrets().connection(match[1], request.now) is None:
        raise InvalidInput("order", "must begin with a connection that exists", order)


def _member(request: Request) -> str:
    return member_id(request.path["member"])


def _hold(request: Request) -> str:
    hold = request.path["hold"]
    if not _HOLD.fullmatch(hold):
        raise InvalidInput(
            "hold", "must be the id that placing the hold has answered: h_ and 16 letters and digits", hold
        )
    return hold


def _answer(hold: HoldView) -> HoldAnswer:
    worth = _worth(hold)
    # Rounded down, as the books do it where an order is paid with a part (`order_payments.share_of`).
    paid = worth.amount * hold.captured // hold.amount
    return HoldAnswer(
        member=hold.member,
        hold=hold.hold,
        asset=hold.asset,
        amount=hold.amount,
        amount_text=money.text(hold.amount, hold.asset),
        order=hold.order,
        state=hold.state,
        captured=hold.captured,
        captured_text=money.text(hold.captured, hold.asset),
        placed_at=iso(hold.at),
        until=iso(hold.until),
        ended_at=iso(hold.ended_at) if hold.ended_at else None,
        available=hold.available,
        available_text=money.text(hold.available, hold.asset),
        worth=worth,
        captured_worth=Money(worth.asset, paid, money.text(paid, worth.asset)),
    )
