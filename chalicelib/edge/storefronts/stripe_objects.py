"""Stripe's objects as far as they are read: session, invoice and its payments, payment intent, charge, refund, dispute.

Sources: https://docs.stripe.com/api/checkout/sessions/object, /invoices/object, /payment_intents/object,
/charges/object, /refunds/object and /disputes/object. Amounts are integers in Stripe's minor unit. Imports the domain
only, never Stripe's own library.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from chalicelib.edge.storefronts import UnreadableDelivery, disputes
from chalicelib.edge.storefronts.prints import Fields, Traits, address, part, text
from chalicelib.edge.storefronts.reading import LENIENT, Id

MOST = 10**14
Minor = Annotated[int, Meta(ge=0, le=MOST)]
Signed = Annotated[int, Meta(ge=-MOST, le=MOST)]
"""An amount that an invoice's credit for what was billed before makes negative."""

Seconds = Annotated[int, Meta(ge=0, le=10**11)]

ADDRESS = Fields(street=("line1", "line2"), postcode="postal_code")
MEMBER_KEYS = ("ristourne_member", "member")


class Expanded(Struct):
    """An expanded object in place of its id."""

    id: str


Reference = str | Expanded | None


class Taken(Struct, frozen=True):
    """A payment as one of its objects states it, in Stripe's minor units.

    `total` is the money that was taken, or asked for where it is not paid. Taxes, shipping (with its own tax) and tip
    are parts of `whole`, which is more where less was taken than was asked for; None where it is the total.
    """

    paid: bool
    total: int
    traits: Traits
    whole: int | None = None
    tax: int = 0
    shipping: int = 0
    shipping_tax: int = 0
    tip: int = 0
    reference: str | None = None


class Contact(Struct):
    """How the buyer can be reached; address and phone only leave prints."""

    email: Annotated[str | None, LENIENT] = None
    phone: Any = None
    address: Any = None


class Totals(Struct):
    """What of a session's total is tax and shipping."""

    amount_tax: Minor | None = None
    amount_shipping: Minor | None = None


class ShippingCost(Struct):
    """Shipping with its tax, which Stripe also counts in the whole tax, and in the shipping where prices contain it."""

    amount_total: Minor | None = None
    amount_tax: Minor | None = None


class Payment(Struct, kw_only=True):
    """The fields that all objects of a payment have in common."""

    id: Id
    currency: str | None = None
    created: Seconds | None = None
    customer: Reference = None
    metadata: Annotated[dict[str, Any] | None, LENIENT] = None

    def notes(self) -> dict[str, Any]:
        """The metadata that the shop wrote on the object."""
        return self.metadata or {}

    def named(self) -> str:
        """The shop's own customer id in the metadata; empty without one."""
        notes = self.notes()
        key = next((key for key in MEMBER_KEYS if notes.get(key)), None)
        return _id(f"metadata.{key}", notes[key]) if key else ""

    def stripes_customer(self) -> str:
        """The id of Stripe's customer; empty if there is none."""
        return _referred("customer", self.customer)


class Session(Payment, kw_only=True):
    """A checkout session."""

    payment_intent: Reference = None
    amount_total: Minor | None = None
    total_details: Totals | None = None
    shipping_cost: ShippingCost | None = None
    payment_status: str | None = None
    mode: str | None = None
    customer_details: Annotated[Contact | None, LENIENT] = None
    customer_email: Annotated[str | None, LENIENT] = None
    collected_information: Any = None
    shipping_details: Any = None
    client_reference_id: Annotated[str | None, LENIENT] = None

    def order(self) -> str:
        """The payment intent; empty where there is none, as for subscriptions and payments of nothing."""
        return _referred("payment_intent", self.payment_intent)

    def taken(self) -> Taken:
        """The payment that it states."""
        totals, buyer = self.total_details or Totals(), self.customer_details or Contact()
        shipping_total, shipping_tax = shipping_of(self.shipping_cost, totals.amount_shipping or 0)
        # API versions before 2025-03-31 have the shipping details beside what was collected.
        shipping = part(self.collected_information, "shipping_details") or self.shipping_details
        paid = self.payment_status in ("paid", "no_payment_required")
        return Taken(
            paid=paid,
            total=_amount("amount_total", self.amount_total, paid=paid),
            traits=_traits(buyer.email or self.customer_email, buyer, shipping),
            tax=totals.amount_tax or 0,
            shipping=shipping_total,
            shipping_tax=shipping_tax,
            reference=self.client_reference_id,
        )


class TaxDetail(Struct):
    """The tax on a payment or on one of its lines."""

    total_tax_amount: Minor | None = None


class AmountDetail(Struct):
    """A tip or the shipping."""

    amount: Minor | None = None


class DetailLine(Struct):
    """A line of a payment, for the banks' statistics."""

    tax: TaxDetail | None = None


class DetailLines(Struct):
    """The lines, where they are sent along."""

    data: list[DetailLine] = field(default_factory=list)


class AmountDetails(Struct):
    """What an intent's amount is made of. The tax stands in one place or in its lines, never in both."""

    tip: AmountDetail | None = None
    shipping: AmountDetail | None = None
    tax: TaxDetail | None = None
    line_items: Annotated[DetailLines | None, LENIENT] = None

    def total_tax(self) -> int:
        """The tax on the whole payment."""
        if self.tax and self.tax.total_tax_amount is not None:
            return self.tax.total_tax_amount
        lines = self.line_items.data if self.line_items else ()
        return sum(line.tax.total_tax_amount or 0 for line in lines if line.tax)


class Intent(Payment, kw_only=True):
    """A payment intent."""

    amount: Minor | None = None
    amount_received: Minor | None = None
    amount_details: AmountDetails | None = None
    status: str | None = None
    receipt_email: Annotated[str | None, LENIENT] = None
    shipping: Any = None

    def order(self) -> str:
        """Its own id."""
        return self.id.text

    def taken(self) -> Taken:
        """The payment that it states."""
        details, paid = self.amount_details or AmountDetails(), self.status == "succeeded"
        total = _amount("amount_received", self.amount_received, paid=paid)
        return Taken(
            paid=paid,
            total=total,
            traits=_traits(self.receipt_email, Contact(), self.shipping),
            whole=max(self.amount or 0, total),
            tax=details.total_tax(),
            shipping=(details.shipping and details.shipping.amount) or 0,
            tip=(details.tip and details.tip.amount) or 0,
        )


class Charge(Payment, kw_only=True):
    """A charge."""

    amount: Minor
    payment_intent: Reference = None
    amount_captured: Minor | None = None
    amount_refunded: Minor | None = None
    paid: bool = False
    captured: bool = False
    receipt_email: Annotated[str | None, LENIENT] = None
    billing_details: Annotated[Contact | None, LENIENT] = None
    shipping: Any = None
    payment_method_details: Any = None

    def order(self) -> str:
        """The payment intent, else its own id."""
        return _referred("payment_intent", self.payment_intent) or self.id.text

    def taken(self) -> Taken:
        """The payment that it states."""
        buyer = self.billing_details or Contact()
        card = text(self.payment_method_details, "card", "fingerprint")
        paid = self.paid and self.captured
        return Taken(
            paid=paid,
            total=self.taken_amount() if paid else 0,
            traits=_traits(self.receipt_email or buyer.email, buyer, self.shipping, card),
        )

    def taken_amount(self) -> int:
        """The captured amount; old API versions state only whether the whole was captured."""
        whole = self.amount if self.captured else 0
        return whole if self.amount_captured is None else self.amount_captured

    def refunded(self) -> int:
        """The money given back; Stripe's total also counts what was authorised and never captured.

        https://github.com/woocommerce/woocommerce-gateway-stripe/issues/1073
        """
        return max((self.amount_refunded or 0) - max(self.amount - self.taken_amount(), 0), 0)


class TaxAmount(Struct):
    """One tax of an invoice or of a line of it; that of a line which credits what was billed before is negative."""

    amount: Signed = 0


class InvoiceLine(Struct):
    """A line of an invoice; its taxes have another name since API version 2025-03-31."""

    tax_amounts: list[TaxAmount] | None = None
    taxes: list[TaxAmount] | None = None


class InvoiceLines(Struct):
    """The lines of an invoice, or the first of them."""

    data: list[InvoiceLine] = []


class PaidBy(Struct):
    """What paid an invoice, or a part of it."""

    payment_intent: Reference = None
    charge: Reference = None


class InvoicePayment(Struct, kw_only=True):
    """One payment of an invoice: in the invoice's list, or the object of an event of its own, which names the invoice.

    Preview versions of the API have `payment_intent` and `charge` in it, without `payment`.
    """

    invoice: Reference = None
    currency: str | None = None
    payment: PaidBy | None = None
    payment_intent: Reference = None
    charge: Reference = None
    amount_paid: Minor | None = None
    status: str | None = None

    def order(self) -> str:
        """The order of the payment; empty for one that was made elsewhere."""
        paid_by = self.payment or PaidBy(self.payment_intent, self.charge)
        return _referred("payment_intent", paid_by.payment_intent) or _referred("charge", paid_by.charge)

    def of(self) -> str:
        """The id of its invoice. Raises UnreadableDelivery."""
        invoice = _referred("invoice", self.invoice)
        if not invoice:
            raise UnreadableDelivery("data.object.invoice is missing")
        return invoice


class InvoicePayments(Struct):
    """The payments of an invoice."""

    data: list[InvoicePayment] = []


class Transitions(Struct):
    """When an invoice changed its status."""

    paid_at: Seconds | None = None


class Invoice(Payment, kw_only=True):
    """An invoice. Up to API version 2025-02-24 it names its payment intent, later versions list its payments."""

    total: int | None = None
    amount_paid: Minor | None = None
    status: str | None = None
    payment_intent: Reference = None
    charge: Reference = None
    payments: InvoicePayments | None = None
    paid_out_of_band: bool | None = None
    tax: Signed | None = None
    total_tax_amounts: list[TaxAmount] | None = None
    total_taxes: list[TaxAmount] | None = None
    lines: InvoiceLines | None = None
    shipping_cost: ShippingCost | None = None
    customer_email: Annotated[str | None, LENIENT] = None
    customer_phone: Any = None
    customer_address: Any = None
    customer_shipping: Any = None
    status_transitions: Annotated[Transitions | None, LENIENT] = None
    subscription_details: Any = None
    parent: Any = None

    def notes(self) -> dict[str, Any]:
        """What the shop wrote on it, or on its subscription."""
        older, newer = self.subscription_details, part(self.parent, "subscription_details")
        written = [part(older, "metadata"), part(newer, "metadata"), self.metadata]
        return {key: value for notes in written if isinstance(notes, dict) for key, value in notes.items()}

    def order(self) -> str:
        """The payment intent, else the charge, if one paid all of it that was paid here; empty where none is named."""
        named = _referred("payment_intent", self.payment_intent) or _referred("charge", self.charge)
        paid = self._payment()
        return named or (paid.order() if paid else "")

    def is_paid_here(self) -> bool:
        """Whether a payment was made here, as far as it says: since API version 2025-03-31 an event's invoice does not.

        `invoice_payment.paid` tells the payments one by one: https://github.com/stripe/stripe-dotnet/issues/3149
        """
        return not self.paid_out_of_band if self.payments is None else bool(self._made_here())

    def paid_by(self) -> dict[str, int]:
        """What each payment that was made here and is stated paid."""
        return {payment.order(): payment.amount_paid for payment in self._made_here() if payment.amount_paid}

    def taken(self) -> Taken:
        """The payment that it states: the whole of what was paid unless a single payment was made here."""
        paid = self._payment()
        amount = paid.amount_paid if paid and not self.payment_intent else None
        total = (self.amount_paid or 0) if amount is None else amount
        whole = max(self.total or 0, total)
        # What lines credit can leave less than the shipping and the tax of the others.
        shipping, shipping_tax = (min(part, whole) for part in shipping_of(self.shipping_cost, 0))
        contact = Contact(self.customer_email, self.customer_phone, self.customer_address)
        return Taken(
            paid=self.status in ("paid", None),
            total=total,
            traits=_traits(self.customer_email, contact, self.customer_shipping),
            whole=whole,
            tax=min(self._tax(), whole - shipping + shipping_tax),
            shipping=shipping,
            shipping_tax=shipping_tax,
        )

    def _payment(self) -> InvoicePayment | None:
        """The only payment that was made here; None where there are several or none."""
        here = self._made_here()
        return here[0] if len(here) == 1 else None

    def _made_here(self) -> list[InvoicePayment]:
        made = [made for made in (self.payments.data if self.payments else ()) if made.status in ("paid", None)]
        return [payment for payment in made if payment.order()]

    def _tax(self) -> int:
        """All taxes of the invoice, less those that its lines credit."""
        lines = self.lines.data if self.lines else []
        of_lines = [tax for line in lines for tax in line.tax_amounts or line.taxes or ()]
        if self.tax is not None:
            return self.tax
        return _sum(self.total_tax_amounts or self.total_taxes or of_lines)


class RefundObject(Struct):
    """A refund on its own. What it gives back is stated by its charge; only that it failed is read here."""

    id: Id
    amount: Minor
    currency: str
    status: str | None = None
    charge: Reference = None
    payment_intent: Reference = None

    def failed(self) -> bool:
        """Whether the money stayed with the shop after all."""
        return self.status in ("failed", "canceled")

    def of(self) -> str:
        """The id of its charge; empty where only the payment intent is stated, whose charge that is."""
        return _referred("charge", self.charge)

    def order(self) -> str:
        """The order of the charge. Raises UnreadableDelivery."""
        order = _referred("payment_intent", self.payment_intent) or self.of()
        if not order:
            raise UnreadableDelivery("data.object: it must name its charge or its payment_intent")
        return order


class Movement(Struct):
    """Money withdrawn from the shop (negative) or given back to it, in the currency that Stripe pays out."""

    amount: int | None = None


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

    def position(self) -> tuple[bool, bool]:
        """Whether the money is away from the shop, and whether that is final."""
        movements = [movement for movement in self.balance_transactions or () if isinstance(movement, Movement)]
        moved = [movement.amount for movement in movements if movement.amount is not None]
        if self.status == "prevented":
            # Blocked, which moves nothing, or resolved at once: its own movements of money tell the two apart.
            return sum(moved) < 0, True
        away, final = disputes.POSITIONS[self.status]
        # Money can be reinstated while the bank still looks at the case.
        return away and (final or not moved or sum(moved) < 0), final


def shipping_of(cost: ShippingCost | None, otherwise: int) -> tuple[int, int]:
    """What shipping cost with its tax, and that tax."""
    if cost is None or cost.amount_total is None:
        return otherwise, 0
    return cost.amount_total, min(cost.amount_tax or 0, cost.amount_total)


def _amount(name: str, amount: int | None, *, paid: bool) -> int:
    """An amount, 0 for one that is not stated. Raises UnreadableDelivery for what was paid: that is not nothing."""
    if amount is None and paid:
        raise UnreadableDelivery(f"data.object.{name} is missing: it must say how much was paid")
    return amount or 0


def _sum(taxes: Iterable[TaxAmount]) -> int:
    return sum(tax.amount for tax in taxes)


def _traits(email: str | None, buyer: Contact, shipping: object, card: str = "") -> Traits:
    return Traits(
        email=email,
        addresses=(address(part(shipping, "address"), ADDRESS), address(buyer.address, ADDRESS)),
        phones=(text(shipping, "phone"), buyer.phone if isinstance(buyer.phone, str) else ""),
        card=card,
    )


def _referred(name: str, reference: Reference) -> str:
    reference_id = reference.id if isinstance(reference, Expanded) else reference
    return _id(name, reference_id) if reference_id else ""


def _id(name: str, value: object) -> str:
    try:
        return Id(value).text
    except ValueError as error:
        raise UnreadableDelivery(f"data.object.{name} {error}") from None
