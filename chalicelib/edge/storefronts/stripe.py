"""Stripe: the checkout session, the payment intent and the charge of one payment are one order.

Sources: https://docs.stripe.com/api/events, /api/disputes/object, /webhooks/signature and /currencies. The payment
intent's id names the order; each object is a source of its own, the session being the richest. Stripe knows no order
lines: the whole payment is one line, `payment`. Amounts are integers, and only what was paid in money: a shop whose
buyer pays with balance charges less. `amount_refunded` is cumulative, so the refund is keyed by its charge and the
greatest amount is the newest. A dispute is the same object in each of its events; its `status` says where the money is.
Stripe does not know when goods arrive. Imports the domain only, never Stripe's own library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from msgspec import Meta, Struct

from chalicelib.domain import money
from chalicelib.domain.orders import Line, OrderFacts, Refund, Snapshot
from chalicelib.edge.storefronts import Delivery, Ignored, Statement, Unreadable, disputes, reading, signatures
from chalicelib.edge.storefronts.prints import Fields, Traits, address, part, prints, text
from chalicelib.edge.storefronts.reading import Goods, Id

T = TypeVar("T")
P = TypeVar("P", "Session", "Intent", "Charge")
Minor = Annotated[int, Meta(ge=0, le=10**14)]
Seconds = Annotated[int, Meta(ge=0, le=10**11)]

TOLERANCE_S = 300
ADDRESS = Fields(street=("line1", "line2"), postcode="postal_code")
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
    traits: Traits
    tax: int = 0
    shipping: int = 0
    reference: str | None = None


class Contact(Struct):
    """How the buyer can be reached; address and phone only leave prints."""

    email: str | None = None
    phone: Any = None
    address: Any = None


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
    collected_information: Any = None
    shipping_details: Any = None
    client_reference_id: str | None = None

    def order(self) -> str:
        """The payment intent; empty where there is none, as for subscriptions and payments of nothing."""
        return _referred("payment_intent", self.payment_intent)

    def taken(self) -> Taken:
        """The payment that it states."""
        totals, buyer = self.total_details or Totals(), self.customer_details or Contact()
        # API versions before 2025-03-31 have the shipping details beside what was collected.
        shipping = part(self.collected_information, "shipping_details") or self.shipping_details
        return Taken(
            paid=self.payment_status in ("paid", "no_payment_required"),
            total=self.amount_total or 0,
            traits=_traits(buyer.email or self.customer_email, buyer, shipping),
            tax=totals.amount_tax or 0,
            shipping=totals.amount_shipping or 0,
            reference=self.client_reference_id,
        )


class Intent(Payment, kw_only=True):
    """A payment intent."""

    amount_received: Minor | None = None
    status: str | None = None
    receipt_email: str | None = None
    shipping: Any = None

    def order(self) -> str:
        """Its own id."""
        return self.id.text

    def taken(self) -> Taken:
        """The payment that it states."""
        traits = _traits(self.receipt_email, Contact(), self.shipping)
        return Taken(paid=self.status == "succeeded", total=self.amount_received or 0, traits=traits)


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
    shipping: Any = None
    payment_method_details: Any = None

    def order(self) -> str:
        """The payment intent, else its own id."""
        return _referred("payment_intent", self.payment_intent) or self.id.text

    def taken(self) -> Taken:
        """The payment that it states."""
        buyer = self.billing_details or Contact()
        card = text(self.payment_method_details, "card", "fingerprint")
        return Taken(
            paid=self.paid and self.captured,
            total=self.amount if self.amount_captured is None else self.amount_captured,
            traits=_traits(self.receipt_email or buyer.email, buyer, self.shipping, card),
        )


class Movement(Struct):
    """Money withdrawn from the shop (negative) or given back to it, in the currency that Stripe pays out."""

    amount: int = 0


class Disputed(Struct):
    """A dispute of a charge. Both references must stand in it: API versions before 2019 leave the intent out."""

    id: Id
    charge: Reference
    payment_intent: Reference
    amount: Minor
    currency: str
    status: Literal[
        "warning_needs_response",
        "warning_under_review",
        "warning_closed",
        "needs_response",
        "under_review",
        "won",
        "lost",
        "charge_refunded",
        "prevented",
    ]
    balance_transactions: list[Movement | str] | None = None

    def order(self) -> str:
        """The order of the charge."""
        return _referred("payment_intent", self.payment_intent) or _referred("charge", self.charge)

    def standing(self) -> tuple[bool, bool]:
        """Whether the money is away from the shop, and whether that is final."""
        if self.status == "prevented":
            # Blocked, which moves nothing, or resolved at once: its own movements of money tell the two apart.
            moved = [each.amount for each in self.balance_transactions or () if isinstance(each, Movement)]
            return sum(moved) < 0, True
        return disputes.STANDINGS[self.status]


class Data(Struct, Generic[T]):
    """The object that an event is about."""

    object: T


class Event(Struct, Generic[T]):
    """One event with its object."""

    created: Seconds
    data: Data[T]


class Envelope(Struct):
    """As much of any event as it takes to know its type."""

    type: str


_ENVELOPE = reading.decoder(Envelope)
_SESSION = reading.decoder(Event[Session])
_INTENT = reading.decoder(Event[Intent])
_CHARGE = reading.decoder(Event[Charge])
_DISPUTE = reading.decoder(Event[Disputed])


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
    heard = _TYPES.get(kind)
    return heard(delivery) if heard else Ignored(f"unknown event type {kind[:60]!r}", unknown=True)


def _session(delivery: Delivery) -> Statement | Ignored:
    event = reading.read(_SESSION, delivery.body)
    session = event.data.object
    if session.mode == "setup":
        return Ignored("a session that saves a means of payment and takes no money")
    if session.mode == "subscription" and not session.order():
        # The invoice's own intent states this payment, and its refunds can take the reward back.
        return Ignored("a subscription: its payment_intent.succeeded carries the payment")
    return Statement(session.order() or session.id.text, _facts("session", event, delivery))


def _intent(delivery: Delivery) -> Statement:
    event = reading.read(_INTENT, delivery.body)
    return Statement(event.data.object.order(), _facts("intent", event, delivery))


def _facts(source: str, event: Event[P], delivery: Delivery) -> OrderFacts:
    return OrderFacts(sources={source: _snapshot(event.data.object, event.created, delivery)})


def _charge(delivery: Delivery) -> Statement:
    event = reading.read(_CHARGE, delivery.body)
    charge, facts = event.data.object, _facts("charge", event, delivery)
    if charge.amount_refunded:
        currency = _currency(charge)
        refunded = reading.minor(_decimal(charge.amount_refunded, currency), currency)
        facts = facts.merge(OrderFacts(refunds={charge.id.text: Refund(amount=refunded, currency=currency)}))
    return Statement(charge.order(), facts)


def _dispute(delivery: Delivery) -> Statement | Ignored:
    event = reading.read(_DISPUTE, delivery.body)
    said, currency = event.data.object, event.data.object.currency.upper()
    dispute = disputes.dispute(said.standing(), _decimal(said.amount, currency), currency, event.created * 1000)
    if not said.order():
        return Ignored("a dispute that names neither a payment intent nor a charge")
    return Statement(said.order(), OrderFacts(disputes={said.id.text: dispute}))


_TYPES: dict[str, Callable[[Delivery], Statement | Ignored]] = {
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "payment_intent.succeeded": _intent,
    "charge.succeeded": _charge,
    "charge.refunded": _charge,
    **{
        f"charge.dispute.{event}": _dispute
        for event in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
    },
}


def _snapshot(payment: Session | Intent | Charge, event_created: int, delivery: Delivery) -> Snapshot:
    taken, metadata, currency = payment.taken(), payment.metadata or {}, _currency(payment)
    lines, shipping_net, shipping_tax = _parts(taken, currency)
    return Snapshot(
        stamp_ms=event_created * 1000,
        currency=currency,
        at=_paid_at(payment, event_created),
        paid=taken.paid,
        buyer=delivery.identities.buyer(payment.member(), taken.traits.email),
        email_hash=delivery.identities.email_hash(taken.traits.email),
        code=reading.first_code([*metadata.values(), taken.reference]),
        lines=lines,
        shipping_net=shipping_net,
        shipping_tax=shipping_tax,
        prints=prints(taken.traits, delivery.identities),
    )


def _paid_at(payment: Session | Intent | Charge, event_created: int) -> int:
    """A charge is made by the payment; a session or an intent is made long before it, and its event tells of it."""
    return payment.created if isinstance(payment, Charge) and payment.created is not None else event_created


def _parts(taken: Taken, currency: str) -> tuple[tuple[Line, ...], int, int]:
    net = taken.total - taken.tax - taken.shipping
    if net < 0:
        raise Unreadable("data.object.amount_total must not be less than its tax and shipping")
    goods = Goods("payment", "", "", 1, _decimal(net, currency), _decimal(taken.tax, currency))
    return reading.order_lines([goods], (_decimal(taken.shipping, currency), Decimal(0)), currency)


def _traits(email: str | None, buyer: Contact, shipping: object, card: str = "") -> Traits:
    return Traits(
        email=email,
        addresses=(address(part(shipping, "address"), ADDRESS), address(buyer.address, ADDRESS)),
        phones=(text(shipping, "phone"), buyer.phone if isinstance(buyer.phone, str) else ""),
        card=card,
    )


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
