"""How each kind of shop is connected, in texts for whoever does it: what to do there, what it has to send, what then.

docs/storefronts.md says the same at more length. A kind is one row.
"""

from __future__ import annotations

from msgspec import Struct

from chalicelib.edge.words import marked


class ConnectionGuide(Struct, frozen=True):
    """The guide to one kind of shop, under its `name`. `steps`: what to do in the shop before the address, with the
    address, and with the secret. `events`: what it has to send, as its own pages call it. `makes_secret`: the secret is
    ours, for the shop has none of its own. `check`: what to do once the connection is there, and what the shop must say
    then; `order`: how an order comes about that shows whether a reward does. `gives_up`: what it does whose deliveries
    are refused for long.
    """

    name: str
    steps: tuple[str, str, str]
    check: tuple[str, str]
    order: str
    events: tuple[str, ...] = ()
    makes_secret: bool = False
    gives_up: str = ""


GUIDES = {
    "shopify": ConnectionGuide(
        "Shopify",
        steps=(
            marked("In the admin open Settings > Notifications > Webhooks and choose Create webhook."),
            marked(
                "Make one for each of these events, with the format JSON, the newest stable API version, and as URL "
                "the address below:"
            ),
            marked("Under the list the page says “Your webhooks will be signed with” and a key. Paste that key here:"),
        ),
        check=(
            marked("In Shopify, under Settings > Notifications > Webhooks, choose Send test notification beside one."),
            marked(
                "Shopify must say that it succeeded. A webhook that fails has another address or key than this page."
            ),
        ),
        order=marked(
            "Then place a small order yourself and pay it: one that Shopify marks as a test earns nothing, unless the "
            "programme's settings count test orders too."
        ),
        events=(
            marked("Order creation"),
            marked("Order payment"),
            marked("Order update"),
            marked("Order cancellation"),
            marked("Order fulfillment"),
            marked("Order deletion"),
            marked("Refund create"),
        ),
        gives_up=marked("After 8 refusals in a row Shopify ends its webhooks; you would have to make them again."),
    ),
    "woocommerce": ConnectionGuide(
        "WooCommerce",
        steps=(
            marked("Copy the secret below and connect first: WooCommerce calls the address when a webhook is saved."),
            marked(
                "In WordPress open WooCommerce > Settings > Advanced > Webhooks. Add one for each of these topics, "
                "with the Status Active, WP REST API Integration v3, and as Delivery URL the address below:"
            ),
            marked("The Secret is the same for all four. It is shown here once:"),
        ),
        check=(
            marked("In WordPress open any order and save it; nothing has to be changed."),
            marked(
                "WooCommerce > Status > Logs shows the answer in the log webhooks-delivery, which must be 200 or 202."
            ),
        ),
        order=marked("Then place a small order yourself and pay it."),
        events=(
            marked("Order created"),
            marked("Order updated"),
            marked("Order deleted"),
            marked("Order restored"),
        ),
        makes_secret=True,
        gives_up=marked(
            "After 5 refusals WooCommerce switches its webhooks off; you would have to activate them again."
        ),
    ),
    "stripe": ConnectionGuide(
        "Stripe",
        steps=(
            marked(
                "In Workbench > Webhooks choose Create new destination, your own account and the newest API version."
            ),
            marked("Choose these events, then Webhook endpoint, and as Endpoint URL the address below:"),
            marked("On the destination's page reveal the Signing secret, whsec_…, and paste it here:"),
        ),
        check=(
            marked("In Stripe's test mode pay something, or run: stripe trigger payment_intent.succeeded"),
            marked("The destination's Event deliveries must show the event as delivered."),
        ),
        order=marked(
            "Then pay something small: in test mode with the signing secret of the test mode, which makes the whole "
            "connection a trial."
        ),
        events=(
            "checkout.session.completed",
            "checkout.session.async_payment_succeeded",
            "invoice.paid",
            "invoice_payment.paid",
            "payment_intent.succeeded",
            "charge.succeeded",
            "charge.captured",
            "charge.refunded",
            "charge.updated",
            "refund.failed",
            "refund.updated",
            "charge.dispute.created",
            "charge.dispute.updated",
            "charge.dispute.closed",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.funds_reinstated",
        ),
    ),
    "standard": ConnectionGuide(
        "Standard Webhooks",
        steps=(
            marked("Copy the secret below: your own system signs with it, by a library of Standard Webhooks."),
            marked("It posts each order in the format below, signed, to this address, and again whenever it changes:"),
            marked("The secret is shown here once:"),
        ),
        check=(
            marked("Have your system post an order that was paid today."),
            marked("The answer must be 200 with the result recorded; a reason in it names what is not as meant."),
        ),
        order=marked(
            "Then place a small order yourself and pay it: one that says test: true earns nothing, unless the "
            "programme's settings count test orders too."
        ),
        makes_secret=True,
    ),
}
"""The guides by kind."""

NAMES = {kind: guide.name for kind, guide in GUIDES.items()}
"""What each kind of shop is called."""

FORMAT = """{"type": "order.paid", "data": {
  "id": "1001", "number": "#1001",
  "status": "paid", "currency": "EUR",
  "paid_at": "2026-01-31T09:02:00Z",
  "updated_at": "2026-01-31T09:02:00Z",
  "customer": {"id": "42", "email": "ana@example.com"},
  "lines": [{"id": "1", "product": "mug", "quantity": 2,
             "amount": "40.00", "tax": "8.00"}],
  "shipping": {"amount": "5.00", "tax": "1.00"}}}"""
"""An order as one's own system states it, with what each should have; docs/storefronts.md has all fields."""

LOOK_FOR = marked(
    "Look for its number under Members: the customer is there with what it earned. What could not be processed stands "
    "at once under Messages; the time of the last order here is counted each night."
)
