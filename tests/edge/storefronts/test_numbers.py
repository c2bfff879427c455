"""A JSON number in the place of an amount is read exactly or refused; none ever passes through a binary float."""

import re

import pytest

from chalicelib.edge.storefronts import UnreadableDelivery
from tests.world.senders import (
    encoded,
    facts,
    shopify_dispute,
    shopify_order,
    shopify_refund,
    standard_dispute,
    standard_order,
    stripe_charge,
    stripe_dispute,
    stripe_intent,
    stripe_session,
    translation,
    woocommerce_order,
)

HOLE = "@@"
"""Stands for the JSON text of a number, written where no encoder can round it."""

REFUNDED = {"line_item_id": 11, "quantity": 1, "subtotal": HOLE, "total_tax": "0.00"}
SHOPIFY_LINE = {"id": 11, "quantity": 1, "price": HOLE}
WOO_LINE = {"id": 315, "quantity": 1, "total": HOLE}

DECIMALS = {
    "shopify order": ("shopify", shopify_order(line_items=[SHOPIFY_LINE]), "orders/paid"),
    "shopify shipping": ("shopify", shopify_order(shipping_lines=[{"price": HOLE}]), "orders/paid"),
    "shopify refund": ("shopify", shopify_refund(refund_line_items=[REFUNDED]), "refunds/create"),
    "shopify dispute": ("shopify", shopify_dispute(amount=HOLE), "disputes/create"),
    "woocommerce order": ("woocommerce", woocommerce_order(line_items=[WOO_LINE]), "order.updated"),
    "woocommerce shipping": ("woocommerce", woocommerce_order(shipping_total=HOLE), "order.updated"),
    "woocommerce refund": ("woocommerce", woocommerce_order(refunds=[{"id": 1, "total": HOLE}]), "order.updated"),
}
INTEGERS = {
    "stripe session": ("stripe", stripe_session(amount_total=HOLE), ""),
    "stripe intent": ("stripe", stripe_intent(amount_received=HOLE), ""),
    "stripe charge": ("stripe", stripe_charge(amount_captured=HOLE), ""),
    "stripe refund": ("stripe", stripe_charge(amount_refunded=HOLE), ""),
    "stripe dispute": ("stripe", stripe_dispute(amount=HOLE), ""),
}
STRINGS = {
    "standard line": ("standard", standard_order(lines=[{"id": "1", "quantity": 1, "amount": HOLE}]), ""),
    "standard shipping": ("standard", standard_order(shipping={"amount": HOLE}), ""),
    "standard refund": ("standard", standard_order(refunds=[{"id": "r", "amount": HOLE}]), ""),
    "standard dispute": ("standard", standard_dispute(amount=HOLE), ""),
}
EVERYWHERE = DECIMALS | INTEGERS | STRINGS


def written(sent, number):
    """The body with that number, text for text, in its hole."""
    sender, body, topic = sent
    return sender, encoded(body).replace(b'"@@"', number.encode()), topic


@pytest.mark.parametrize("sent", DECIMALS.values(), ids=DECIMALS.keys())
@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("10.1", "10.10"),
        ("1.005", "1.005"),
        ("0.30000000000000004", "0.30"),
        ("4.35", "4.35"),
        ("999999999999.99", "999999999999.99"),
        ("1e1", "10"),
        ("0.1e1", "1"),
    ],
)
def test_a_number_is_the_decimal_that_was_written(sent, number, text):
    assert facts(*written(sent, number)) == facts(*written(sent, f'"{text}"'))


@pytest.mark.parametrize("sent", INTEGERS.values(), ids=INTEGERS.keys())
@pytest.mark.parametrize("number", ["10.1", "10.0", "1e1", "5300.00000001"])
def test_stripes_amounts_are_integers(sent, number):
    with pytest.raises(UnreadableDelivery, match=r"^data\.object\.\w+ must be (a whole number|at (least|most) \d+)"):
        translation(*written(sent, number))


@pytest.mark.parametrize("sent", STRINGS.values(), ids=STRINGS.keys())
@pytest.mark.parametrize("number", ["10.1", "10", "1e1"])
def test_our_own_amounts_are_text(sent, number):
    with pytest.raises(UnreadableDelivery, match=r"amount must be a string such as"):
        translation(*written(sent, number))


@pytest.mark.parametrize("sent", EVERYWHERE.values(), ids=EVERYWHERE.keys())
@pytest.mark.parametrize(
    "number",
    ["NaN", "Infinity", "-Infinity", "1e400", "1e12", '"NaN"', '"Infinity"', '"1e400"', "1e999999999999999999999"],
)
def test_what_is_no_finite_amount_is_refused(sent, number):
    with pytest.raises(UnreadableDelivery, match=re.compile("must be|out of range")):
        translation(*written(sent, number))
