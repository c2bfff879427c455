"""Stripe: the checkout session, the payment intent and the charge of one payment are one order.

Sources: https://docs.stripe.com/api/events, /webhooks/signature and /currencies. The payment intent's id names the
order; each object is a source of its own, the session being the richest. Stripe knows no order lines: the whole payment
is one line, `payment`. Amounts are integers. `amount_refunded` is cumulative, so the refund is keyed by its charge and
the greatest amount is the newest. Imports the domain only, never Stripe's own library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from chalicelib.domain import money
from chalicelib.domain.orders import OrderFacts, Refund, Snapshot
from chalicelib.edge.storefronts import Delivery, Ignored, Statement, Unreadable, reading, signatures
from chalicelib.edge.storefronts.reading import Goods, Id

T = TypeVar("T")
Minor = Annotated[int, msgspec.Meta(ge=0, le=10**14)]

TOLERANCE_S = 300
BALANCE_KEY = "ristourne_balance"
MEMBER_KEYS = ("ristourne_member", "member")

DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}
"""Where Stripe's minor unit is not ISO 4217's: https://docs.stripe.com/currencies#special-cases and #zero-decimal."""


class Expanded(Struct):
    """An object where its id could stand."""

    id: str


Reference = str | Expanded | None


class Contact(Struct):
    """Of a contact only the e-mail is read."""

    email: str | None = None


class Totals(Struct):
    """What of a session's total is tax and shipping."""

    amount_tax: Minor | None = None
    amount_shipping: Minor | None = None


class Payment(Struct, kw_only=True):
    """What all three objects have in common."""

    id: Id
    currency: str | None = None
    created: int | None = None
    customer: Reference = None
    metadata: dict[str, Any] | None = None


class Session(Payment, kw_only=True):
    """A checkout session."""

    payment_intent: Reference = None
    amount_total: Minor | None = None
    total_details: Totals | None = None
    payment_status: str | None = None
    mode: str | None = None
    customer_details: Contact | None = None
    customer_email: str | None = None
    client_reference_id: str | None = None


class Intent(Payment, kw_only=True):
    """A payment intent."""

    amount_received: Minor | None = None
    status: str | None = None
    receipt_email: str | None = None


class Charge(Payment, kw_only=True):
    """A charge."""

    payment_intent: Reference = None
    amount: Minor
    amount_captured: Minor | None = None
    amount_refunded: Minor | None = None
    paid: bool = False
    captured: bool = False
    receipt_email: str | None = None
    billing_details: Contact | None = None


class Data(Struct, Generic[T]):
    """The object that an event is about."""

    object: T


class Event(Struct, Generic[T]):
    """One event with its object."""

    created: int
    data: Data[T]


class Envelope(Struct):
    """As much of any event as it takes to know its type."""

    type: str


_ENVELOPE = reading.decoder(Envelope)
_SESSION = reading.decoder(Event[Session])
_INTENT = reading.decoder(Event[Intent])
_CHARGE = reading.decoder(Event[Charge])


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: int) -> bool:
    """Whether the endpoint's secret signed this body not long ago; the key is the text of the whole secret."""
    pairs = [item.split("=", 2) for item in headers.get("stripe-signature", "").split(",") if "=" in item]
    stamp = next((signatures.unix_seconds(pair[1]) for pair in pairs if pair[0] == "t"), None)
    if stamp is None or stamp < now - TOLERANCE_S:
        return False
    expected = signatures.macs((secret.encode() for secret in secrets), b"%d." % stamp + body)
    given = [pair[1].encode(errors="replace") for pair in pairs if pair[0] == "v1"]
    return signatures.any_equal([mac.hex().encode() for mac in expected], given)


@reading.readable
def translate(delivery: Delivery) -> Statement | Ignored:
    """The facts in a delivery, by the event's type."""
    kind = reading.read(_ENVELOPE, delivery.body).type
    if kind in ("checkout.session.completed", "checkout.session.async_payment_succeeded"):
        return _session(reading.read(_SESSION, delivery.body), delivery)
    if kind == "payment_intent.succeeded":
        return _intent(reading.read(_INTENT, delivery.body), delivery)
    if kind in ("charge.succeeded", "charge.refunded"):
        return _charge(reading.read(_CHARGE, delivery.body), delivery)
    return Ignored(f"unknown event type {kind[:60]!r}", unknown=True)


def _session(event: Event[Session], delivery: Delivery) -> Statement | Ignored:
    session = event.data.object
    order = _reference(session.payment_intent)
    if session.mode == "setup":
        return Ignored("a session that saves a means of payment and takes no money")
    if session.mode == "subscription" and not order:
        # The invoice's own intent states the payment, and only its refunds could take the reward back.
        return Ignored("a subscription: its payment_intent.succeeded carries the payment")
    totals = session.total_details or Totals()
    email = (session.customer_details and session.customer_details.email) or session.customer_email
    snapshot = _snapshot(
        session,
        event.created,
        delivery,
        paid=session.payment_status in ("paid", "no_payment_required"),
        email=email,
        total=session.amount_total,
        tax=totals.amount_tax or 0,
        shipping=totals.amount_shipping or 0,
        reference=session.client_reference_id,
    )
    return _statement(order or session.id.text, "session", snapshot)


def _intent(event: Event[Intent], delivery: Delivery) -> Statement:
    intent = event.data.object
    paid = intent.status in (None, "succeeded")
    snapshot = _snapshot(
        intent, event.created, delivery, paid=paid, email=intent.receipt_email, total=intent.amount_received
    )
    return _statement(intent.id.text, "intent", snapshot)


def _charge(event: Event[Charge], delivery: Delivery) -> Statement:
    charge = event.data.object
    snapshot = _snapshot(
        charge,
        event.created,
        delivery,
        paid=charge.paid and charge.captured,
        email=charge.receipt_email or (charge.billing_details and charge.billing_details.email),
        total=charge.amount if charge.amount_captured is None else charge.amount_captured,
    )
    refunds = {}
    if charge.amount_refunded:
        refunded = reading.minor(_decimal(charge.amount_refunded, snapshot.currency), snapshot.currency)
        refunds[charge.id.text] = Refund(amount=refunded)
    return _statement(_reference(charge.payment_intent) or charge.id.text, "charge", snapshot, refunds)


def _snapshot(
    payment: Payment,
    event_created: int,
    delivery: Delivery,
    *,
    paid: bool,
    email: str | None,
    total: int | None,
    tax: int = 0,
    shipping: int = 0,
    reference: str | None = None,
) -> Snapshot:
    currency = (payment.currency or "").upper()
    metadata = payment.metadata or {}
    parts = [_decimal(part, currency) for part in ((total or 0) - tax - shipping, shipping, tax)]
    if parts[0] < 0:
        raise Unreadable("data.object.amount_total must not be less than its tax and shipping")
    goods = Goods("payment", "", "", 1, parts[0], parts[2])
    lines, shipping_net, shipping_tax = reading.order_lines([goods], (parts[1], Decimal(0)), currency)
    deduction = reading.balance(f"data.object.metadata.{BALANCE_KEY}", metadata.get(BALANCE_KEY))
    return Snapshot(
        stamp_ms=event_created * 1000,
        currency=currency,
        at=event_created if payment.created is None else payment.created,
        paid=paid,
        buyer=delivery.identities.buyer(_customer(payment), email),
        email_hash=delivery.identities.email_hash(email),
        code=reading.first_code([*metadata.values(), reference]),
        lines=lines,
        shipping_net=shipping_net,
        shipping_tax=shipping_tax,
        deduction=reading.minor(deduction, currency),
    )


def _statement(order: str, source: str, snapshot: Snapshot, refunds: Mapping[str, Refund] | None = None) -> Statement:
    return Statement(order, OrderFacts(sources={source: snapshot}, refunds=dict(refunds or {})))


def _customer(payment: Payment) -> str:
    """The shop's own member where the metadata names one, else Stripe's customer."""
    metadata = payment.metadata or {}
    key = next((key for key in MEMBER_KEYS if metadata.get(key)), None)
    return _id(f"metadata.{key}", metadata[key]) if key else _reference(payment.customer)


def _reference(reference: Reference) -> str:
    found = reference.id if isinstance(reference, Expanded) else reference
    return _id("id", found) if found else ""


def _id(name: str, value: object) -> str:
    try:
        return Id.read(value).text
    except ValueError as error:
        raise Unreadable(f"data.object.{name} {error}") from None


def _decimal(amount: int, currency: str) -> Decimal:
    decimals = DECIMALS.get(currency)
    return Decimal(amount).scaleb(-(money.scale_of(currency) if decimals is None else decimals))
