"""What was reported in public of Stripe: each story names its source and the cashback after each delivery."""

from tests.edge.storefronts.stories import Step
from tests.world.builders import NOW
from tests.world.senders import Json, stripe_charge, stripe_dispute, stripe_event, stripe_intent, stripe_session


def intent(amount: int = 10_000, **changes: object) -> Json:
    return stripe_intent(customer="cus_1", amount=amount, **{"amount_received": amount, **changes})


def charge(second: int, refunded: int, event: str = "charge.refunded", **changes: object) -> Json:
    fields = {"amount": 10_000, "amount_captured": 10_000, "customer": "cus_1", "amount_refunded": refunded}
    return stripe_charge(event, NOW + second, **fields | changes)


def refund(event: str, second: int, status: str, amount: int = 10_000, **changes: object) -> Json:
    fields = {"id": "re_1", "object": "refund", "amount": amount, "currency": "eur", "status": status}
    return stripe_event(event, {**fields, "charge": "ch_1", "payment_intent": "pi_1", **changes}, NOW + second)


def invoice(event: str = "invoice.paid", second: int = 5, **changes: object) -> Json:
    """100.00 for goods, 20.00 tax on them."""
    fields = {"id": "in_1", "object": "invoice", "customer": "cus_1", "currency": "eur", "status": "paid"}
    return stripe_event(event, {**fields, "total": 12_000, "amount_paid": 12_000, **changes}, NOW + second)


def invoice_payment(order: str = "pi_1", second: int = 6, **changes: object) -> Json:
    """https://docs.stripe.com/api/invoice-payment/object: 120.00 paid for the invoice above."""
    fields: Json = {"id": f"inpay_{order}", "object": "invoice_payment", "invoice": "in_1", "currency": "eur"}
    paid = {"status": "paid", "amount_paid": 12_000, "payment": {"type": "payment_intent", "payment_intent": order}}
    return stripe_event("invoice_payment.paid", {**fields, **paid, **changes}, NOW + second)


PARTIAL = "woocommerce/woocommerce-gateway-stripe#1073; solidusio/solidus_stripe#268"
FAILING = "polarsource/polar#5422; woocommerce/woocommerce-gateway-stripe#4405; solidusio/solidus_stripe#265"
INTENT_ONLY = "docs.stripe.com/api/refunds/object: charge is nullable"
TAX = "strangerstudios/paid-memberships-pro#3685"
CAPTURED = {"amount": 20_675, "amount_captured": 20_300}
BASIL = {"payments": {"data": [{"status": "paid", "amount_paid": 12_000, "payment": {"payment_intent": "pi_1"}}]}}
UNEXPANDED = "stripe/stripe-dotnet#3149"
PRORATED = "constructed; jonaswitt/stripe-datev-exporter#14: one line positive, one negative, each with tax_amounts"
CREDITED = [
    {"amount": -4_000, "tax_amounts": [{"amount": -800}]},
    {"amount": 14_000, "taxes": [{"amount": 2_000}, {"amount": 800}]},
]
TWO_PAYMENTS = "docs.stripe.com/invoicing/partial-payments"
TWO_INVOICES = "docs.stripe.com/api/invoice-payment/object: an intent may be attached to several invoices"
DEAR = {"amount": 12_000, "amount_captured": 12_000}
BY_TWO = {
    "payments": {
        "data": [
            {"status": "paid", "amount_paid": 6_000, "is_default": True, "payment": {"payment_intent": "pi_1"}},
            {"status": "paid", "amount_paid": 6_000, "is_default": False, "payment": {"payment_intent": "pi_2"}},
            {"status": "canceled", "payment": {"payment_intent": "pi_3"}},
        ]
    }
}
CAPTURE = "constructed; docs.stripe.com/payments/place-a-hold-on-a-payment-method"
WHOLE = {"amount": 12_500, "amount_captured": 12_500}
PARTS = {"amount_total": 12_500, "total_details": {"amount_tax": 2_000, "amount_shipping": 500}}
UNPAID = stripe_session(payment_status="unpaid", **PARTS)
ARRIVED = stripe_session(**PARTS) | {"type": "checkout.session.async_payment_succeeded", "created": NOW + 60}
SHIPPING = {"amount_subtotal": 500, "amount_tax": 100, "amount_total": 600}

ADAPTIVE = "docs.stripe.com/api/checkout/sessions/object currency_conversion; constructed"
IN_DOLLARS = {"currency": "usd", "amount_total": 10_800, "total_details": None}

STRIPE: dict[str, list[Step]] = {
    f"a session asks in another currency than the intent takes ({ADAPTIVE})": [
        ("", stripe_session(**IN_DOLLARS), 0),
        ("", intent(), 500),
        ("", charge(9, 5_000), 250),
    ],
    "a refund fails in the second in which it was made (constructed; docs.stripe.com/refunds#failed-refunds)": [
        ("", intent(), 500),
        ("", charge(1, 10_000), 0),
        ("", refund("refund.failed", 1, "failed"), 500),
        ("", charge(1, 0, "charge.updated"), 500),
    ],
    f"a part is captured, and 100.00 are refunded ({PARTIAL})": [
        ("", intent(20_675, amount_received=20_300), 1015),
        ("", charge(9, 10_375, **CAPTURED), 515),
    ],
    f"a part is captured and nothing is refunded ({PARTIAL})": [
        ("", intent(20_675, amount_received=20_300), 1015),
        ("", charge(9, 375, **CAPTURED), 1015),
    ],
    f"a session that is not paid, then a captured part ({PARTIAL})": [
        ("", stripe_session(payment_status="unpaid", amount_total=20_675, total_details=None), 0),
        ("", charge(5, 0, "charge.succeeded", captured=False, **CAPTURED | {"amount_captured": 0}), 0),
        ("", charge(9, 375, "charge.captured", **CAPTURED), 1015),
    ],
    f"an authorisation is released ({PARTIAL})": [
        ("", charge(5, 0, "charge.succeeded", captured=False, amount_captured=0), 0),
        ("", charge(9, 10_000, captured=False, amount_captured=0), 0),
    ],
    f"a refund fails ({FAILING})": [
        ("", intent(), 500),
        ("", charge(1, 10_000), 0),
        ("", refund("refund.failed", 9, "failed"), 500),
        ("", refund("refund.updated", 10, "failed"), 500),
    ],
    f"a refund is cancelled ({FAILING})": [
        ("", intent(), 500),
        ("", refund("refund.created", 1, "pending"), 500),
        ("", charge(1, 10_000), 0),
        ("", refund("charge.refund.updated", 9, "canceled"), 500),
    ],
    f"a refund fails, and the charge says so too ({FAILING})": [
        ("", intent(), 500),
        ("", charge(1, 10_000), 0),
        ("", charge(9, 0, "charge.updated"), 500),
        ("", refund("refund.failed", 9, "failed"), 500),
    ],
    f"a refund fails, and another one does not ({FAILING})": [
        ("", intent(), 500),
        ("", charge(1, 10_000), 0),
        ("", refund("refund.failed", 9, "failed"), 500),
        ("", charge(12, 4_000), 300),
    ],
    f"a refund fails that names its payment intent alone ({INTENT_ONLY})": [
        ("", intent(), 500),
        ("", charge(0, 0, "charge.updated", id="ch_0", paid=False, captured=False, amount_captured=0), 500),
        ("", charge(1, 10_000), 0),
        ("", refund("refund.failed", 9, "failed", charge=None), 500),
        ("", refund("refund.updated", 10, "failed"), 500),
    ],
    f"a refund fails that names its payment intent alone, and the charge says so too ({INTENT_ONLY})": [
        ("", intent(), 500),
        ("", charge(1, 10_000), 0),
        ("", refund("charge.refund.updated", 9, "failed", 6_000, charge=None), 300),
        ("", charge(9, 4_000, "charge.updated"), 300),
        ("", charge(12, 4_000, "charge.updated"), 300),
    ],
    f"a session that is not paid alone says what of the capture is tax and shipping ({CAPTURE})": [
        ("", UNPAID, 0),
        ("", charge(5, 0, "charge.succeeded", captured=False, **WHOLE | {"amount_captured": 0}), 0),
        ("", charge(9, 0, "charge.captured", **WHOLE), 500),
        ("", intent(12_500), 500),
        ("", charge(12, 6_250, **WHOLE), 250),
        ("", charge(13, 6_250, "charge.updated", **WHOLE), 250),
    ],
    f"half is captured of a session that is not paid ({CAPTURE})": [
        ("", UNPAID, 0),
        ("", charge(9, 6_250, "charge.captured", **WHOLE | {"amount_captured": 6_250}), 250),
        ("", intent(12_500, amount_received=6_250), 250),
        ("", charge(12, 9_375, **WHOLE | {"amount_captured": 6_250}), 125),
        ("", refund("refund.failed", 13, "failed", 3_125, charge=None), 250),
    ],
    f"a delayed payment arrives for a session that states its tax ({CAPTURE})": [
        ("", UNPAID, 0),
        ("", intent(12_500), 500),
        ("", ARRIVED, 500),
    ],
    "an intent states the tax that its invoice leaves out (constructed; docs.stripe.com/api amount_details)": [
        ("", invoice(payment_intent="pi_1"), 600),
        ("", intent(12_000, amount_details={"tax": {"total_tax_amount": 2_000}}), 500),
    ],
    f"tax in an intent ({TAX})": [
        ("", intent(12_000, amount_details={"tip": {}, "tax": {"total_tax_amount": 2_000}}), 500)
    ],
    f"tax in the lines of an intent ({TAX})": [
        (
            "",
            intent(12_000, amount_details={"line_items": {"data": [{"tax": {"total_tax_amount": 2_000}}, {}]}}),
            500,
        )
    ],
    "a tip and shipping in an intent (docs.stripe.com/api/payment_intents/object amount_details)": [
        ("", intent(12_500, amount_details={"tip": {"amount": 2_000}, "shipping": {"amount": 500}}), 500)
    ],
    f"an invoice of an older API says what is tax ({TAX})": [
        ("", intent(12_000), 600),
        ("", invoice(payment_intent="pi_1", tax=2_000), 500),
        ("", invoice("invoice.payment_succeeded", 6, payment_intent="pi_1", tax=2_000), 500),
        ("", charge(4, 0, "charge.succeeded", amount=12_000, amount_captured=12_000), 500),
    ],
    f"an invoice of a newer API says what is tax ({TAX})": [
        ("", invoice(**BASIL, total_taxes=[{"amount": 1_500, "tax_behavior": "exclusive"}, {"amount": 500}]), 500),
        ("", intent(12_000), 500),
    ],
    f"an invoice whose lines alone say what is tax ({TAX})": [
        ("", invoice(**BASIL, lines={"data": [{"taxes": [{"amount": 2_000}]}]}), 500),
        ("", intent(12_000), 500),
    ],
    **{
        f"a line credits what was billed before, with its tax, {where} ({PRORATED})": [
            ("", invoice(payment_intent="pi_1", lines={"data": CREDITED}, **taxes), 500),
            ("", intent(12_000), 500),
        ]
        for where, taxes in {
            "in lines alone": {},
            "in an older API": {"tax": 2_000, "total_tax_amounts": [{"amount": 2_000}]},
            "by rate": {"total_taxes": [{"amount": -800}, {"amount": 2_800}]},
        }.items()
    },
    f"a line without tax credits so much that all that is paid is tax ({PRORATED})": [
        ("", invoice(payment_intent="pi_1", total=1_880, amount_paid=1_880, total_taxes=[{"amount": 1_980}]), 0),
        ("", intent(1_880), 0),
    ],
    f"a credit leaves less than the shipping costs ({PRORATED})": [
        ("", invoice(payment_intent="pi_1", total=300, amount_paid=300, tax=-50, shipping_cost=SHIPPING), 0),
        ("", intent(300), 0),
    ],
    f"an invoice does not name its payment, and its payment names it ({UNEXPANDED})": [
        ("", intent(12_000), 600),
        ("", invoice(total_taxes=[{"amount": 2_000}]), 600),
        ("", invoice_payment(), 500),
        ("", charge(7, 0, "charge.succeeded", **DEAR), 500),
        ("", charge(9, 6_000, **DEAR), 250),
    ],
    f"an invoice says what is tax in events of old and new versions ({UNEXPANDED})": [
        ("", intent(12_000), 600),
        ("", invoice_payment(), 600),
        ("", invoice(second=5, **BASIL, total_taxes=[{"amount": 2_000}]), 500),
        ("", invoice("invoice.payment_succeeded", total_taxes=[{"amount": 2_000}]), 500),
    ],
    f"half of an invoice that does not name its payment is paid with credit ({UNEXPANDED})": [
        ("", invoice_payment(amount_paid=6_300), 0),
        ("", invoice(total=12_600, amount_paid=6_300, total_taxes=[{"amount": 2_100}], shipping_cost=SHIPPING), 250),
        ("", intent(6_300), 250),
    ],
    f"two payments of one invoice ({TWO_PAYMENTS})": [
        ("", intent(6_000), 300),
        ("", intent(6_000, id="pi_2"), 600),
        ("", invoice(**BY_TWO, total_taxes=[{"amount": 2_000}]), 500),
        ("", charge(9, 3_000, id="ch_2", payment_intent="pi_2", amount=6_000, amount_captured=6_000), 375),
    ],
    f"two payments of one invoice that does not name them ({TWO_PAYMENTS}; {UNEXPANDED})": [
        ("", intent(6_000), 300),
        ("", invoice_payment(amount_paid=6_000), 300),
        ("", invoice(total_taxes=[{"amount": 2_000}]), 250),
        ("", intent(6_000, id="pi_2"), 550),
        ("", invoice_payment("pi_2", amount_paid=6_000), 500),
    ],
    f"one payment of two invoices ({TWO_INVOICES})": [
        ("", intent(12_000), 600),
        ("", invoice_payment(amount_paid=6_000), 600),
        ("", invoice(total=6_000, amount_paid=6_000, total_taxes=[{"amount": 1_000}]), 500),
        ("", invoice_payment(second=8, invoice="in_2", amount_paid=6_000), 500),
        ("", invoice(second=8, id="in_2", total=6_000, amount_paid=6_000, total_taxes=[{"amount": 1_000}]), 500),
    ],
    f"an invoice with shipping, half of it paid with credit ({TAX})": [
        ("", invoice(payment_intent="pi_1", total=12_600, amount_paid=6_300, tax=2_100, shipping_cost=SHIPPING), 250)
    ],
    "a shipping price that contains its tax (docs.stripe.com/api/checkout/sessions/object shipping_cost)": [
        (
            "",
            stripe_session(
                amount_total=12_600,
                total_details={"amount_tax": 2_100, "amount_shipping": 600},
                shipping_cost=SHIPPING,
            ),
            500,
        )
    ],
    "a shipping price without its tax (docs.stripe.com/api/checkout/sessions/object shipping_cost)": [
        (
            "",
            stripe_session(
                amount_total=12_600,
                total_details={"amount_tax": 2_100, "amount_shipping": 500},
                shipping_cost=SHIPPING,
            ),
            500,
        )
    ],
    "money comes back while the bank still looks (dj-stripe dispute_dp_funds_reinstated_full.json)": [
        ("", intent(), 500),
        ("", stripe_dispute("created", NOW + 1, amount=10_000, balance_transactions=[{"amount": -10_000}]), 0),
        (
            "",
            stripe_dispute(
                "funds_reinstated",
                NOW + 9,
                amount=10_000,
                status="under_review",
                balance_transactions=[{"amount": -10_000}, {"amount": 10_000}],
            ),
            500,
        ),
    ],
}
