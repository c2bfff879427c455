"""Orders that a hold paid a part of: what the buyer has after each delivery, who spends 20.00 of 50.00 on goods.

5% of goods; a share of the balance comes back with what is not kept. The cases are constructed; an exchange is told
as in microsoft/BCApps#10741, sums that are owed as in shopify.dev, Order.totalOutstandingSet.
"""

import pytest

from tests.edge.storefronts.stories import BUYERS, Step, at, hear
from tests.world.builders import hold, line, order, programme
from tests.world.memory import Memory
from tests.world.senders import (
    Json,
    shopify_dispute,
    shopify_line,
    shopify_order,
    shopify_refund,
    shopify_transaction,
    standard_dispute,
    standard_line,
    standard_order,
    woocommerce_line,
    woocommerce_order,
)

CASHBACK = programme()
ORDERS = {"shopify": "820982911946154508", "woocommerce": "727", "standard": "1001"}
BEFORE, HELD = 5_000, 3_000

OFF = {"discount_allocations": [{"amount": "20.00"}]}
ONE = shopify_line(1, "100.00", **OFF)
GONE = {**ONE, "current_quantity": 0}
TWO = [shopify_line(i, "50.00", discount_allocations=[{"amount": "10.00"}]) for i in (1, 2)]
THREE_PIECES = shopify_line(1, "40.00", 3, **OFF)
GIFT_CARD = shopify_line(3, "40.00", gift_card=True)


def shopify(minute: int, *lines: Json, **changes: object) -> Json:
    attributes = [{"name": "ristourne_balance", "value": "20.00"}]
    stated: Json = {"line_items": [*lines], "updated_at": at(minute), "note_attributes": attributes}
    return shopify_order(**stated | {"total_outstanding": "0.00"} | changes)


def back(line_id: int, amount: str, number: int = 71, *, paid: bool = True) -> Json:
    returned = {"line_item_id": line_id, "quantity": 1, "subtotal": amount, "total_tax": "0.00"}
    return shopify_refund(
        number, refund_line_items=[returned], transactions=[shopify_transaction(amount)] if paid else []
    )


def lowered(amount: str, number: int = 72) -> Json:
    return shopify_refund(number, order_adjustments=[{"kind": "refund_discrepancy", "amount": f"-{amount}"}])


def standard(minute: int, *lines: Json, **changes: object) -> Json:
    stated: Json = {"lines": [*lines], "shipping": None, "updated_at": at(minute), "paid_with_balance": "20.00"}
    return standard_order(**stated | changes)


def goods(line_id: str, amount: str) -> Json:
    return standard_line(line_id, amount, tax="0.00", quantity=1)


def refunded(**changes: object) -> Json:
    return {"type": "refund.created", "data": {"id": "r1", "order": "1001", "currency": "EUR", **changes}}


def woocommerce(minute: int, **changes: object) -> Json:
    stated: Json = {"line_items": [woocommerce_line(1, "100.00")], "shipping_total": "0.00"}
    fee = {"fee_lines": [{"total": "-20.00"}], "meta_data": [{"key": "_ristourne_balance", "value": "20.00"}]}
    return woocommerce_order(**stated | fee | {"date_modified_gmt": at(minute)} | changes)


STORIES: dict[str, dict[str, list[Step]]] = {
    "shopify": {
        "the goods are swapped for as much, and these come back": [
            ("orders/paid", shopify(1, ONE), 3_400),
            (
                "orders/updated",
                shopify(2, GONE, shopify_line(2, "80.00"), refunds=[back(1, "80.00", paid=False)]),
                3_400,
            ),
            ("refunds/create", back(2, "80.00", 72), 5_000),
        ],
        "the goods are swapped for half as much, and the rest is owed": [
            ("orders/paid", shopify(1, ONE), 3_400),
            (
                "orders/updated",
                shopify(
                    2,
                    GONE,
                    shopify_line(2, "40.00"),
                    refunds=[back(1, "80.00", paid=False)],
                    total_outstanding="-40.00",
                ),
                4_200,
            ),
        ],
        "a piece is taken out before the payment": [
            (
                "orders/paid",
                shopify(1, {**THREE_PIECES, "current_quantity": 2}, refunds=[back(1, "33.33", paid=False)]),
                3_333,
            ),
        ],
        "a line comes back, the other is disputed, and the bank decides for the shop": [
            ("orders/paid", shopify(1, *TWO), 3_400),
            ("refunds/create", back(1, "40.00"), 4_200),
            ("disputes/create", shopify_dispute(amount="40.00"), 5_000),
            (
                "disputes/update",
                shopify_dispute(amount="40.00", status="won", finalized_on="2026-02-20T09:00:00Z"),
                4_200,
            ),
        ],
        "the payment is voided, and made again": [
            ("orders/paid", shopify(1, ONE), 3_400),
            ("orders/updated", shopify(2, ONE, financial_status="voided"), 5_000),
            ("orders/paid", shopify(3, ONE), 3_400),
        ],
        "the shopper has written another amount": [
            ("orders/paid", shopify(1, ONE, note_attributes=[{"name": "ristourne_balance", "value": "80.00"}]), 3_400),
        ],
        "nothing of it shows in the order": [
            ("orders/paid", shopify(1, shopify_line(1, "100.00"), note_attributes=[]), 3_400),
            ("refunds/create", lowered("50.00"), 4_200),
        ],
        "half of the goods and of a gift card is given back": [
            ("orders/paid", shopify(1, ONE, GIFT_CARD), 3_400),
            ("refunds/create", lowered("60.00"), 4_200),
        ],
    },
    "standard": {
        "a quarter is given back": [
            ("", standard(1, goods("1", "100.00")), 3_400),
            ("", refunded(amount="25.00"), 3_800),
        ],
        "it shows as a discount, and half comes back by its line": [
            ("", standard(1, goods("1", "40.00"), goods("2", "40.00"), discounts="20.00"), 3_400),
            ("", refunded(lines=[{"line": "1", "quantity": 1}]), 4_200),
        ],
        "all the money is disputed for good": [
            ("", standard(1, goods("1", "100.00")), 3_400),
            ("", standard_dispute("lost", amount="80.00"), 5_000),
        ],
        "it is cancelled, and paid again": [
            ("", standard(1, goods("1", "100.00")), 3_400),
            ("", standard(2, goods("1", "100.00"), status="cancelled"), 5_000),
            ("", standard(3, goods("1", "100.00")), 3_400),
        ],
        "it is cancelled before it is paid, and paid later": [
            ("", standard(1, goods("1", "100.00"), status="cancelled", paid_at=None), 5_000),
            ("", standard(3, goods("1", "100.00")), 3_400),
        ],
    },
    "woocommerce": {
        "it shows as a negative fee, and half of the money is given back": [
            ("order.created", woocommerce(1), 3_400),
            ("order.updated", woocommerce(2, refunds=[{"id": 9, "total": "-40.00"}]), 4_200),
            ("order.updated", woocommerce(3, refunds=[]), 3_400),
        ],
        "the order fails after it was paid, and is paid again": [
            ("order.created", woocommerce(1), 3_400),
            ("order.updated", woocommerce(2, status="failed"), 5_000),
            ("order.updated", woocommerce(3), 3_400),
        ],
    },
}


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize(
    ("sender", "story"),
    [
        pytest.param(sender, story, id=f"{sender}: {name}")
        for sender, stories in STORIES.items()
        for name, story in stories.items()
    ],
)
def test_what_the_buyer_has_after_each_delivery(sender: str, story: list[Step], twice: bool) -> None:
    shop, buyer = Memory(CASHBACK), BUYERS[sender]
    shop.execute(order("before", buyer, line(net=100_000)))
    assert shop.available(buyer) == BEFORE
    shop.execute(hold(2_000, member=buyer, order=f"shop/{ORDERS[sender]}", capture_on_paid=True))
    assert shop.available(buyer) == HELD
    for topic, body, available in story:
        for _ in range(1 + twice):
            hear(shop, sender, topic, body)
        assert shop.available(buyer) == available
