"""Stripe: the checkout session, the invoice, the payment intent and the charge of one payment are one order.

Sources: https://docs.stripe.com/api/events, /webhooks/signature and /currencies. The payment intent's id names the
order; each object is a source of its own, the session being the richest. An invoice that does not say which intent
paid it, or that several paid, is kept under its own id until `invoice_payment.paid` says so. Stripe knows no order
lines: the whole payment is one line, `payment`, of which session, invoice and intent may say how much is tax, shipping
or a tip. Amounts are integers, and only what was paid in money: a shop whose buyer pays with balance charges less.
`amount_refunded` is cumulative, so the refund is keyed by its charge and the newest event counts; a refund that fails
later is a fact of its own. A dispute is the same object in each of its events; its `status` says where the money is.
Stripe does not know when goods arrive. `livemode` is not read: events of Stripe's test mode come with a secret of their
own, so a connection of such a secret is a trial as a whole. Imports the domain only, never Stripe's own library.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.orders.facts import WHOLE_INVOICE, FailedRefund, Line, OrderFacts, Refund, Snapshot
from chalicelib.edge.storefronts import (
    TEST,
    TEST_TOPIC,
    Delivery,
    Ignored,
    OrderStatement,
    UnreadableDelivery,
    disputes,
    reading,
    signatures,
)
from chalicelib.edge.storefronts.prints import prints
from chalicelib.edge.storefronts.reading import Goods
from chalicelib.edge.storefronts.stripe_objects import (
    Charge,
    Disputed,
    Intent,
    Invoice,
    InvoicePayment,
    Payment,
    RefundObject,
    Seconds,
    Session,
    Taken,
)

T = TypeVar("T")
P = TypeVar("P", "Session", "Invoice", "Intent", "Charge")

DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}
"""Where Stripe's minor unit is not ISO 4217's: https://docs.stripe.com/currencies#special-cases and #zero-decimal."""


PAID_ELSEWHERE = "an invoice that took no money here: it was paid elsewhere, with credit, or came to nothing"


class Data(Struct, Generic[T]):
    """The object that an event is about."""

    object: T


class Event(Struct, Generic[T]):
    """One event with its object."""

    created: Seconds
    data: Data[T]


class Envelope(Struct):
    """The type of any event."""

    type: str


_ENVELOPE = reading.decoder(Envelope)
_SESSION = reading.decoder(Event[Session])
_INTENT = reading.decoder(Event[Intent])
_INVOICE = reading.decoder(Event[Invoice])
_INVOICE_PAYMENT = reading.decoder(Event[InvoicePayment])
_CHARGE = reading.decoder(Event[Charge])
_REFUND = reading.decoder(Event[RefundObject])
_DISPUTE = reading.decoder(Event[Disputed])


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: int) -> bool:
    """Whether the endpoint's secret signed this body; the key is the text of the whole secret. Raises Unauthenticated
    where that was too long ago. A time that is ahead is taken, as Stripe's own libraries take it.
    """
    pairs = [item.split("=", 2) for item in headers.get("stripe-signature", "").split(",")]
    if ["t"] in pairs or ["v1"] in pairs:  # Stripe's own library refuses a name without a value
        return False
    stamp = next((signatures.unix_seconds(pair[1]) for pair in pairs if pair[0] == "t"), None)
    if stamp is None:
        return False
    given = [pair[1].encode(errors="replace") for pair in pairs if pair[0] == "v1"]
    if not signatures.is_signed(b"%d." % stamp + body, [secret.encode() for secret in secrets], given, hexlify):
        return False
    signatures.check_age(max(now - stamp, 0))
    return True


@reading.readable
def translate(delivery: Delivery) -> OrderStatement | Ignored:
    """The facts in a delivery, by the event's type."""
    kind = reading.read(_ENVELOPE, delivery.body).type
    if kind == TEST_TOPIC:
        return TEST
    translator = _TYPES.get(kind)
    return translator(delivery) if translator else Ignored(f"unknown event type {reading.word(kind)}", unknown=True)


def _session(delivery: Delivery) -> OrderStatement | Ignored:
    event = reading.read(_SESSION, delivery.body)
    session = event.data.object
    if session.mode == "setup":
        return Ignored("a session that saves a means of payment and takes no money")
    if session.mode == "subscription" and not session.order():
        # The invoice's own intent states this payment, and its refunds can take the reward back.
        return Ignored("a subscription: its invoice.paid and payment_intent.succeeded carry the payment")
    return OrderStatement(session.order() or session.id.text, _facts("session", event, delivery))


def _intent(delivery: Delivery) -> OrderStatement:
    event = reading.read(_INTENT, delivery.body)
    return OrderStatement(event.data.object.order(), _facts("intent", event, delivery))


def _invoice(delivery: Delivery) -> OrderStatement | Ignored:
    event = reading.read(_INVOICE, delivery.body)
    invoice = event.data.object
    if not invoice.taken().total:
        return Ignored(PAID_ELSEWHERE)
    if invoice.order():
        return OrderStatement(invoice.order(), _facts("invoice", event, delivery))
    if not invoice.is_paid_here():
        return Ignored(PAID_ELSEWHERE)
    whole, currency = _facts(WHOLE_INVOICE, event, delivery), _currency(invoice)
    paid = {order: _minor(amount, currency) for order, amount in invoice.paid_by().items()}
    return OrderStatement(invoice.id.text, replace(whole, payments=paid))


def _invoice_payment(delivery: Delivery) -> OrderStatement | Ignored:
    payment = reading.read(_INVOICE_PAYMENT, delivery.body).data.object
    if not payment.order() or not payment.amount_paid or payment.status not in ("paid", None):
        return Ignored(PAID_ELSEWHERE)
    paid = _minor(payment.amount_paid, _currency(payment))
    return OrderStatement(payment.of(), OrderFacts(payments={payment.order(): paid}))


def _facts(source: str, event: Event[P], delivery: Delivery) -> OrderFacts:
    return OrderFacts(sources={source: _snapshot(event.data.object, event.created, delivery)})


def _charge(delivery: Delivery) -> OrderStatement:
    event = reading.read(_CHARGE, delivery.body)
    facts = _facts("charge", event, delivery)
    if event.data.object.amount_refunded:
        facts = facts.merge(_refunded(event))
    return OrderStatement(event.data.object.order(), facts)


def _charge_changed(delivery: Delivery) -> OrderStatement:
    """A charge's refunded total now, even 0: a refund that failed is no longer in it.

    Of one second it is later than the failure itself, and than what the charge stated before.
    """
    event = reading.read(_CHARGE, delivery.body)
    return OrderStatement(event.data.object.order(), _refunded(event, later_ms=1))


def _refunded(event: Event[Charge], later_ms: int = 0) -> OrderFacts:
    charge, currency = event.data.object, _currency(event.data.object)
    amount = _minor(charge.refunded(), currency)
    refund = Refund(amount=amount, currency=currency, stamp_ms=event.created * 1000 + later_ms)
    return OrderFacts(refunds={charge.id.text: refund})


def _refund(delivery: Delivery) -> OrderStatement | Ignored:
    event = reading.read(_REFUND, delivery.body)
    refund, currency = event.data.object, event.data.object.currency.upper()
    if not refund.failed():
        return Ignored("a refund that did not fail: charge.refunded states it")
    amount = _minor(refund.amount, currency)
    failure = FailedRefund(event.created * 1000, refund.of(), amount, currency)
    return OrderStatement(refund.order(), OrderFacts(failed={refund.id.text: failure}))


def _dispute(delivery: Delivery) -> OrderStatement | Ignored:
    event = reading.read(_DISPUTE, delivery.body)
    disputed, currency = event.data.object, event.data.object.currency.upper()
    dispute = disputes.dispute(disputed.position(), _decimal(disputed.amount, currency), currency, event.created * 1000)
    if not disputed.order():
        return Ignored("a dispute that names neither a payment intent nor a charge")
    return OrderStatement(disputed.order(), OrderFacts(disputes={disputed.id.text: dispute}))


_TYPES: dict[str, Callable[[Delivery], OrderStatement | Ignored]] = {
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "invoice.paid": _invoice,
    "invoice.payment_succeeded": _invoice,
    "invoice_payment.paid": _invoice_payment,
    "payment_intent.succeeded": _intent,
    "charge.succeeded": _charge,
    "charge.captured": _charge,
    "charge.refunded": _charge,
    "charge.updated": _charge_changed,
    **dict.fromkeys(("refund.created", "refund.updated", "refund.failed", "charge.refund.updated"), _refund),
    **{
        f"charge.dispute.{event}": _dispute
        for event in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
    },
}


def _snapshot(payment: Session | Invoice | Intent | Charge, event_created: int, delivery: Delivery) -> Snapshot:
    taken, currency = payment.taken(), _currency(payment)
    email = reading.mailbox(taken.traits.email)
    lines, shipping_net, shipping_tax, tip = _parts(taken, currency)
    # Elsewhere a member is named with its namespace; whoever writes that here means the same customer.
    named = payment.named().removeprefix(f"{delivery.identities.namespace}.")
    paid_at = _paid_at(payment, event_created)
    return Snapshot(
        stamp_ms=(paid_at if isinstance(payment, Invoice) else event_created) * 1000,
        currency=currency,
        at=paid_at,
        paid=taken.paid,
        buyer=delivery.identities.buyer(named or payment.stripes_customer(), email),
        named=bool(named),
        email_hash=delivery.identities.email_hash(email),
        code=reading.first_code([*payment.notes().values(), taken.reference]),
        lines=lines,
        shipping_net=shipping_net,
        shipping_tax=shipping_tax,
        fees=tip,
        prints=prints(taken.traits, delivery.identities),
    )


def _paid_at(payment: Session | Invoice | Intent | Charge, event_created: int) -> int:
    """When a payment was made, in seconds: a charge's own time, else the event's, for a session or intent is older."""
    if isinstance(payment, Charge) and payment.created is not None:
        return payment.created
    if isinstance(payment, Invoice) and payment.status_transitions and payment.status_transitions.paid_at:
        return payment.status_transitions.paid_at
    return event_created


def _parts(taken: Taken, currency: str) -> tuple[tuple[Line, ...], int, int, int]:
    """Goods, shipping, its tax and the tip in minor units.

    A session that is not paid says what was asked for: of that alone is known what of a later capture is tax.
    """
    if not taken.paid and not taken.total:
        return (), 0, 0, 0
    whole, goods_tax = taken.total if taken.whole is None else taken.whole, max(taken.tax - taken.shipping_tax, 0)
    net = whole - goods_tax - taken.shipping - taken.tip
    if net < 0 and not taken.paid:
        return (), 0, 0, 0
    if net < 0:
        raise UnreadableDelivery("data.object: its amount must not be less than its tax, shipping and tip")
    weights = [net, goods_tax, taken.shipping - taken.shipping_tax, taken.shipping_tax, taken.tip]
    *shares, tip = (_decimal(part, currency) for part in money.allocate(taken.total, weights))
    goods = Goods("payment", "", "", 1, shares[0], shares[1])
    return *reading.order_lines([goods], (shares[2], shares[3]), currency), reading.minor(tip, currency)


def _currency(payment: Payment | InvoicePayment) -> str:
    if payment.currency is None:
        raise UnreadableDelivery("data.object.currency is missing")
    return payment.currency.upper()


def _minor(amount: int, currency: str) -> int:
    """An amount of Stripe's in our minor units."""
    return reading.minor(_decimal(amount, currency), currency)


def _decimal(amount: int, currency: str) -> Decimal:
    decimals = DECIMALS.get(currency)
    return Decimal(amount).scaleb(-(money.scale_of(currency) if decimals is None else decimals))
