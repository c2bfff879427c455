"""Stripe: the checkout session, the payment intent and the charge of one payment are one order.

Sources: https://docs.stripe.com/api/events, /webhooks/signature and /currencies. The payment intent's id names the
order; each object is a source of its own, the session being the richest. Stripe knows no order lines: the whole payment
is one line, `payment`. Amounts are integers, and only what was paid in money: a shop whose buyer pays with balance
charges less. `amount_refunded` is cumulative, so the refund is keyed by its charge and the greatest amount is the
newest. Imports the domain only, never Stripe's own library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from msgspec import Meta, Struct

from chalicelib.domain import money
from chalicelib.domain.orders import Line, OrderFacts, Refund, Snapshot
from chalicelib.edge.storefronts import Delivery, Ignored, Statement, Unreadable, reading, signatures
from chalicelib.edge.storefronts.reading import Goods, Id

P = TypeVar("P", "Session", "Intent", "Charge")
Minor = Annotated[int, Meta(ge=0, le=10**14)]
Seconds = Annotated[int, Meta(ge=0, le=10**11)]

TOLERANCE_S = 300
MEMBER_KEYS = ("ristourne_member", "member")

DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}
"""Where Stripe's minor unit is not ISO 4217's: https://docs.stripe.com/currencies#special-cases and #zero-decimal."""


class Expanded(Struct):
    """An object where its id could stand."""

    id: str


Reference = str | Expanded | None


class Taken(Struct, frozen=True):
    """A payment as one of its objects states it, in Stripe's minor units."""

    paid: bool
    total: int
    tax: int = 0
    shipping: int = 0
    email: str | None = None
    reference: str | None = None


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
    created: Seconds | None = None
    customer: Reference = None
    metadata: dict[str, Any] | None = None

    def member(self) -> str:
        """The shop's own member where the metadata names one, else Stripe's customer."""
        metadata = self.metadata or {}
        key = next((key for key in MEMBER_KEYS if metadata.get(key)), None)
        return _id(f"metadata.{key}", metadata[key]) if key else _referred("customer", self.customer)


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

    def order(self) -> str:
        """The payment intent; empty where there is none, as for subscriptions and payments of nothing."""
        return _referred("payment_intent", self.payment_intent)

    def taken(self) -> Taken:
        """The payment that it states."""
        totals = self.total_details or Totals()
        return Taken(
            paid=self.payment_status in ("paid", "no_payment_required"),
            total=self.amount_total or 0,
            tax=totals.amount_tax or 0,
            shipping=totals.amount_shipping or 0,
            email=(self.customer_details or Contact()).email or self.customer_email,
            reference=self.client_reference_id,
        )


class Intent(Payment, kw_only=True):
    """A payment intent."""

    amount_received: Minor | None = None
    status: str | None = None
    receipt_email: str | None = None

    def order(self) -> str:
        """Its own id."""
        return self.id.text

    def taken(self) -> Taken:
        """The payment that it states."""
        return Taken(paid=self.status == "succeeded", total=self.amount_received or 0, email=self.receipt_email)


class Charge(Payment, kw_only=True):
    """A charge."""

    amount: Minor
    payment_intent: Reference = None
    amount_captured: Minor | None = None
    amount_refunded: Minor | None = None
    paid: bool = False
    captured: bool = False
    receipt_email: str | None = None
    billing_details: Contact | None = None

    def order(self) -> str:
        """The payment intent, else its own id."""
        return _referred("payment_intent", self.payment_intent) or self.id.text

    def taken(self) -> Taken:
        """The payment that it states."""
        return Taken(
            paid=self.paid and self.captured,
            total=self.amount if self.amount_captured is None else self.amount_captured,
            email=self.receipt_email or (self.billing_details or Contact()).email,
        )


class Data(Struct, Generic[P]):
    """The object that an event is about."""

    object: P


class Event(Struct, Generic[P]):
    """One event with its object."""

    created: Seconds
    data: Data[P]


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
        intent = reading.read(_INTENT, delivery.body)
        return Statement(intent.data.object.order(), _facts("intent", intent, delivery))
    if kind in ("charge.succeeded", "charge.refunded"):
        return _charge(reading.read(_CHARGE, delivery.body), delivery)
    return Ignored(f"unknown event type {kind[:60]!r}", unknown=True)


def _session(event: Event[Session], delivery: Delivery) -> Statement | Ignored:
    session = event.data.object
    if session.mode == "setup":
        return Ignored("a session that saves a means of payment and takes no money")
    if session.mode == "subscription" and not session.order():
        # The invoice's own intent states this payment, and its refunds can take the reward back.
        return Ignored("a subscription: its payment_intent.succeeded carries the payment")
    return Statement(session.order() or session.id.text, _facts("session", event, delivery))


def _facts(source: str, event: Event[P], delivery: Delivery) -> OrderFacts:
    return OrderFacts(sources={source: _snapshot(event.data.object, event.created, delivery)})


def _charge(event: Event[Charge], delivery: Delivery) -> Statement:
    charge, facts = event.data.object, _facts("charge", event, delivery)
    if charge.amount_refunded:
        currency = _currency(charge)
        refunded = reading.minor(_decimal(charge.amount_refunded, currency), currency)
        facts = facts.merge(OrderFacts(refunds={charge.id.text: Refund(amount=refunded, currency=currency)}))
    return Statement(charge.order(), facts)


def _snapshot(payment: Session | Intent | Charge, event_created: int, delivery: Delivery) -> Snapshot:
    taken, metadata, currency = payment.taken(), payment.metadata or {}, _currency(payment)
    lines, shipping_net, shipping_tax = _parts(taken, currency)
    return Snapshot(
        stamp_ms=event_created * 1000,
        currency=currency,
        at=event_created if payment.created is None else payment.created,
        paid=taken.paid,
        buyer=delivery.identities.buyer(payment.member(), taken.email),
        email_hash=delivery.identities.email_hash(taken.email),
        code=reading.first_code([*metadata.values(), taken.reference]),
        lines=lines,
        shipping_net=shipping_net,
        shipping_tax=shipping_tax,
    )


def _parts(taken: Taken, currency: str) -> tuple[tuple[Line, ...], int, int]:
    net = taken.total - taken.tax - taken.shipping
    if net < 0:
        raise Unreadable("data.object.amount_total must not be less than its tax and shipping")
    goods = Goods("payment", "", "", 1, _decimal(net, currency), _decimal(taken.tax, currency))
    return reading.order_lines([goods], (_decimal(taken.shipping, currency), Decimal(0)), currency)


def _currency(payment: Payment) -> str:
    if payment.currency is None:
        raise Unreadable("data.object.currency is missing")
    return payment.currency.upper()


def _referred(name: str, reference: Reference) -> str:
    found = reference.id if isinstance(reference, Expanded) else reference
    return _id(name, found) if found else ""


def _id(name: str, value: object) -> str:
    try:
        return Id.read(value).text
    except ValueError as error:
        raise Unreadable(f"data.object.{name} {error}") from None


def _decimal(amount: int, currency: str) -> Decimal:
    decimals = DECIMALS.get(currency)
    return Decimal(amount).scaleb(-(money.scale_of(currency) if decimals is None else decimals))
