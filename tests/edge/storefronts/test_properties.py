"""Two properties of every sender.

1. Whatever JSON comes, in place of a body or of any value in it: facts, Ignored, or UnreadableDelivery; nothing else.
2. Deliveries of one order merge to the same facts in any order and with any repetition.
"""

import copy
from functools import reduce

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.orders.kept import kept_of
from chalicelib.edge.storefronts import KINDS, Delivery, Ignored, OrderStatement, UnreadableDelivery, kind
from tests.world.senders import (
    CODE,
    IDENTITIES,
    NOW,
    SHOPIFY_BUYER,
    delivery,
    facts,
    shop_money,
    shopify_dispute,
    shopify_line,
    shopify_order,
    shopify_parcel,
    shopify_refund,
    shopify_transaction,
    standard_dispute,
    standard_line,
    standard_order,
    stripe_charge,
    stripe_dispute,
    stripe_event,
    stripe_intent,
    stripe_session,
    woocommerce_line,
    woocommerce_order,
)

REFUNDED = {"line_item_id": 11, "quantity": 1, "subtotal": "40.00", "total_tax": "0.00"}
SHIPPED = {"subtotal_amount_set": shop_money("2.00")}
ADJUSTED = {"kind": "shipping_refund", "amount_set": shop_money("-5.00"), "tax_amount_set": shop_money("-1.00")}

TIP = {"tip_payment_gateway": None}
DETAILS = {
    "tip": {"amount": 100},
    "shipping": {"amount": 200},
    "tax": {},
    "line_items": {"data": [{"tax": {"total_tax_amount": 300}}]},
}
INVOICE = {
    "id": "in_1",
    "currency": "eur",
    "customer": "cus_1",
    "status": "paid",
    "total": 6000,
    "amount_paid": 5300,
    "total_taxes": [{"amount": 1000}],
    "shipping_cost": {"amount_total": 600, "amount_tax": 100},
    "payments": {"data": [{"status": "paid", "is_default": True, "payment": {"payment_intent": "pi_1"}}]},
    "parent": {"subscription_details": {"metadata": {"ref": CODE}}},
    "status_transitions": {"paid_at": NOW + 20},
}
FAILED = {
    "id": "re_1",
    "amount": 500,
    "currency": "eur",
    "status": "failed",
    "charge": "ch_1",
    "payment_intent": {"id": "pi_1"},
}

STORIES = {
    "shopify": [
        ("orders/create", shopify_order(financial_status="pending", landing_site=f"/?ref={CODE}")),
        ("orders/paid", shopify_order(updated_at="2026-01-31T10:05:00Z", shipping_lines=[{"price": "5.00"}])),
        ("refunds/create", shopify_refund(refund_line_items=[REFUNDED], order_adjustments=[ADJUSTED])),
        ("refunds/create", shopify_refund(72, transactions=[shopify_transaction("1.00")])),
        ("refunds/create", shopify_refund(73, refund_shipping_lines=[SHIPPED])),
        (
            "orders/updated",
            shopify_order(
                updated_at="2026-01-31T11:00:00Z",
                financial_status="partially_refunded",
                line_items=[shopify_line(), shopify_line(12, "10.00", note=None)],
                note_attributes=[{"name": "ristourne_balance", "value": "1.00"}],
                refunds=[
                    shopify_refund(refund_line_items=[REFUNDED], order_adjustments=[ADJUSTED]),
                    shopify_refund(73, refund_shipping_lines=[SHIPPED]),
                ],
            ),
        ),
        (
            "orders/fulfilled",
            shopify_order(
                updated_at="2026-01-31T11:30:00Z",
                fulfillment_status="fulfilled",
                fulfillments=[shopify_parcel()],
                **SHOPIFY_BUYER,
            ),
        ),
        (
            "orders/updated",
            shopify_order(
                updated_at="2026-01-31T11:40:00Z",
                financial_status="partially_paid",
                total_outstanding="9.00",
                line_items=[shopify_line(quantity=2, current_quantity=1), shopify_line(13, "9.00", tip=None, **TIP)],
                original_total_duties_set=shop_money("3.00"),
                total_cash_rounding_payment_adjustment_set=shop_money("-0.02"),
                additional_fees=[{"price_set": shop_money("1.00")}],
                refunds=[
                    shopify_refund(74, duties=[{"amount_set": shop_money("3.00")}]),
                    shopify_refund(75, transactions=[shopify_transaction("1.50", "CAD")]),
                ],
                total_price_set=shop_money("97.00"),
            ),
        ),
        ("disputes/create", shopify_dispute(type="inquiry")),
        ("disputes/update", shopify_dispute()),
        ("disputes/update", shopify_dispute(status="won", finalized_on="2026-03-01")),
        ("orders/cancelled", shopify_order(updated_at="2026-01-31T12:00:00Z", cancelled_at="2026-01-31T12:00:00Z")),
        ("orders/delete", {"id": 820982911946154508}),
    ],
    "woocommerce": [
        ("order.created", woocommerce_order(status="pending", date_paid_gmt=None)),
        ("order.updated", woocommerce_order(date_modified_gmt="2026-01-31T09:10:00")),
        (
            "order.updated",
            woocommerce_order(
                date_modified_gmt="2026-01-31T09:20:00",
                line_items=[woocommerce_line(), woocommerce_line(316, "0.335", "0.005")],
                refunds=[{"id": 9, "total": "-2.00"}],
                meta_data=[{"key": "ref", "value": CODE}],
                fee_lines=[{"total": "-1.00"}, {"total": "2.00", "total_tax": "0.40"}],
            ),
        ),
        (
            "order.updated",
            woocommerce_order(
                date_modified_gmt="2026-01-31T09:30:00",
                status="completed",
                date_completed_gmt="2026-01-31T09:30:00",
                shipping={"address_1": "12 rue de la Paix", "postcode": "75002", "country": "FR"},
                customer_ip_address="192.0.2.7",
                customer_user_agent="Firefox",
            ),
        ),
        ("order.deleted", {"id": 727}),
    ],
    "stripe": [
        ("", stripe_session(client_reference_id=CODE)),
        ("", stripe_intent()),
        ("", stripe_charge("charge.succeeded")),
        ("", stripe_charge(at=NOW + 10, amount_refunded=500)),
        ("", stripe_charge(at=NOW + 20, amount_refunded=900)),
        ("", stripe_charge(payment_method_details={"card": {"fingerprint": "AOB934RVNwzk6xtn"}}, at=NOW + 25)),
        ("", stripe_intent(amount=6000, amount_details=DETAILS)),
        ("", stripe_event("invoice.paid", INVOICE, NOW + 26)),
        ("", stripe_event("refund.updated", FAILED | {"id": "re_2", "charge": None}, NOW + 27)),
        ("", stripe_charge("charge.updated", NOW + 27, amount=6000, amount_refunded=1000)),
        ("", stripe_event("refund.failed", FAILED, NOW + 28)),
        ("", stripe_dispute(at=NOW + 30, status="warning_needs_response")),
        ("", stripe_dispute("funds_withdrawn", NOW + 40, balance_transactions=[{"amount": -1500}])),
        ("", stripe_dispute("closed", NOW + 50, status="lost")),
    ],
    "standard": [
        ("", standard_order(status="pending", paid_at=None)),
        ("", standard_order(updated_at="2026-01-31T09:05:00Z", lines=[standard_line(tags=["new"])])),
        ("", {"type": "refund.created", "data": {"id": "r1", "order": "1001", "currency": "EUR", "amount": "3.00"}}),
        ("", standard_order(updated_at="2026-01-31T09:06:00Z", refunds=[{"id": "r1", "amount": "3.00"}])),
        ("", standard_order(updated_at="2026-01-31T09:06:30Z", fees="2.00", discounts="1.00", test=True)),
        ("", {"type": "order.delivered", "data": {"id": "1001", "delivered_at": "2026-02-03T09:00:00Z"}}),
        (
            "",
            standard_order(
                updated_at="2026-01-31T09:07:00Z",
                delivered_at="2026-02-03T09:00:00Z",
                address={"street": "12 rue de la Paix", "postcode": "75002", "country": "FR"},
                device="d1",
            ),
        ),
        ("", standard_dispute("opened")),
        ("", standard_dispute("lost", at="2026-03-01T09:00:00Z")),
        ("", {"type": "order.deleted", "data": {"id": "1001"}}),
    ],
}

PAYMENT_OF_INVOICE = {
    "id": "inpay_1",
    "invoice": "in_1",
    "currency": "eur",
    "status": "paid",
    "amount_paid": 5300,
    "payment": {"type": "payment_intent", "payment_intent": "pi_1"},
}
OF_INVOICES = [
    ("stripe", "", stripe_event("invoice.paid", INVOICE | {"payments": None}, NOW + 26)),
    ("stripe", "", stripe_event("invoice_payment.paid", PAYMENT_OF_INVOICE, NOW + 26)),
]
"""They state an invoice, which is no order itself."""

BODIES = [*((sender, topic, body) for sender, story in STORIES.items() for topic, body in story), *OF_INVOICES]
TOPICS = {"shopify": "x-shopify-topic", "woocommerce": "x-wc-webhook-topic"}

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(["", "0", "-1", "1e99", "NaN", "2026-01-31", "XXX", "1e999999", "a@b.c", CODE, 10**400, -0.0]),
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


def expect_hearing(sender: str, topic: str, body: bytes) -> bool:
    headers = {TOPICS.get(sender, ""): topic}
    try:
        reply = kind(sender).translate(Delivery(headers, body, IDENTITIES))
    except UnreadableDelivery:
        return False
    if isinstance(reply, OrderStatement):
        assert msgspec.json.decode(msgspec.json.encode(reply.facts), type=OrderFacts) == reply.facts
        view = reply.facts.view
        assert view is None or kept_of(view).goods(with_tax=True) >= 0
        return True
    assert isinstance(reply, Ignored)
    return False


def places(body, at=()):
    yield at
    children = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in children:
        yield from places(value, (*at, key))


def replaced(body, at, value):
    if not at:
        return value
    changed = copy.deepcopy(body)
    parent = reduce(lambda inner, key: inner[key], at[:-1], changed)
    parent[at[-1]] = value
    return changed


def written(value) -> bytes:
    """JSON as a hostile sender may write it: huge integers too, NaN as null."""
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError, ValueError):
        return b'{"id":1e999999999999999999999,"type":"' + b"9" * 5000


@pytest.mark.parametrize(("sender", "topic", "body"), BODIES)
def test_the_stories_themselves_are_heard(sender, topic, body):
    assert expect_hearing(sender, topic, msgspec.json.encode(body))


@given(st.sampled_from(BODIES), st.data())
def test_any_value_in_any_place_is_heard(body, data):
    sender, topic, good = body
    at = data.draw(st.sampled_from(list(places(good))))
    expect_hearing(sender, topic, written(replaced(good, at, data.draw(JSON))))


@given(st.sampled_from(BODIES), st.binary() | JSON.map(written))
def test_any_bytes_at_all_are_heard(body, raw):
    sender, topic, _ = body
    expect_hearing(sender, topic, raw)


@pytest.mark.parametrize("sender", KINDS)
@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b'{"type":' + b"[" * 100_000,
        b'{"meta_data":[{"value":' + b'{"a":' * 100_000,
        b'{"id":' + b"9" * 100_000 + b"}",
        b'{"type":"\\ud800"}',
        b'{"type":"\xed\xa0\x80"}',
    ],
)
def test_bodies_made_to_hurt(sender, raw):
    topic = {"shopify": "orders/paid", "woocommerce": "order.updated"}.get(sender, "")
    assert not expect_hearing(sender, topic, raw)


def merged(statements: list[OrderFacts]) -> OrderFacts:
    return reduce(OrderFacts.merge, statements, OrderFacts())


@pytest.mark.parametrize("sender", KINDS)
def test_a_story_is_about_one_order(sender):
    replies = [kind(sender).translate(delivery(sender, body, topic)) for topic, body in STORIES[sender]]
    assert len({statement.order for statement in replies if isinstance(statement, OrderStatement)}) == 1


@given(st.sampled_from(KINDS), st.data())
def test_order_and_repetition_change_nothing(sender, data):
    statements = [facts(sender, body, topic) for topic, body in STORIES[sender]]
    again = data.draw(st.permutations(statements + data.draw(st.lists(st.sampled_from(statements), max_size=5))))
    assert msgspec.json.encode(merged(again)) == msgspec.json.encode(merged(statements))
