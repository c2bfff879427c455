"""Orders that a hold paid a part of: what the buyer has after each delivery, who spends 20.00 of 50.00 on goods.

5% of goods; a share of the balance comes back with what is not kept. The cases are constructed; an exchange is told
as in microsoft/BCApps#10741, sums that are owed as in shopify.dev, Order.totalOutstandingSet.
"""

from itertools import permutations

import pytest

from tests.edge.storefronts.stories import BUYERS, Step, at, hear
from tests.world.builders import hold, line, order, programme_of
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

CASHBACK = programme_of()
ORDERS = {"shopify": "820982911946154508", "woocommerce": "727", "standard": "1001"}
BEFORE, HELD = 5_000, 3_000

OFF = {"discount_allocations": [{"amount": "20.00"}]}
FIRST_LINE = shopify_line(1, "100.00", **OFF)
GONE = {**FIRST_LINE, "current_quantity": 0}
TWO = [shopify_line(i, "50.00", discount_allocations=[{"amount": "10.00"}]) for i in (1, 2)]
THREE_PIECES = shopify_line(1, "40.00", 3, **OFF)
GIFT_CARD = shopify_line(3, "40.00", gift_card=True)


def shopify(minute: int, *lines: Json, **changes: object) -> Json:
    attributes = [{"name": "ristourne_balance", "value": "20.00"}]
    fields: Json = {"line_items": [*lines], "updated_at": at(minute), "note_attributes": attributes}
    return shopify_order(**fields | {"total_outstanding": "0.00"} | changes)


def back(line_id: int, amount: str, number: int = 71, *, paid: bool = True) -> Json:
    returned = {"line_item_id": line_id, "quantity": 1, "subtotal": amount, "total_tax": "0.00"}
    return shopify_refund(
        number, refund_line_items=[returned], transactions=[shopify_transaction(amount)] if paid else []
    )


def lowered(amount: str, number: int = 72) -> Json:
    return shopify_refund(number, order_adjustments=[{"kind": "refund_discrepancy", "amount": f"-{amount}"}])


def standard(minute: int, *lines: Json, **changes: object) -> Json:
    fields: Json = {"lines": [*lines], "shipping": None, "updated_at": at(minute), "paid_with_balance": "20.00"}
    return standard_order(**fields | changes)


def goods(line_id: str, amount: str) -> Json:
    return standard_line(line_id, amount, tax="0.00", quantity=1)


def refunded(**changes: object) -> Json:
    return {"type": "refund.created", "data": {"id": "r1", "order": "1001", "currency": "EUR", **changes}}


def woocommerce(minute: int, **changes: object) -> Json:
    fields: Json = {"line_items": [woocommerce_line(1, "100.00")], "shipping_total": "0.00"}
    fee = {"fee_lines": [{"total": "-20.00"}], "meta_data": [{"key": "_ristourne_balance", "value": "20.00"}]}
    return woocommerce_order(**fields | fee | {"date_modified_gmt": at(minute)} | changes)


STORIES: dict[str, dict[str, list[Step]]] = {
    "shopify": {
        "the goods are swapped for as much, and these come back": [
            ("orders/paid", shopify(1, FIRST_LINE), 3_400),
            (
                "orders/updated",
                shopify(2, GONE, shopify_line(2, "80.00"), refunds=[back(1, "80.00", paid=False)]),
                3_400,
            ),
            ("refunds/create", back(2, "80.00", 72), 5_000),
        ],
        "the goods are swapped for half as much, and the rest is owed": [
            ("orders/paid", shopify(1, FIRST_LINE), 3_400),
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
            ("orders/paid", shopify(1, FIRST_LINE), 3_400),
            ("orders/updated", shopify(2, FIRST_LINE, financial_status="voided"), 5_000),
            ("orders/paid", shopify(3, FIRST_LINE), 3_400),
        ],
        "the shopper has written another amount": [
            (
                "orders/paid",
                shopify(1, FIRST_LINE, note_attributes=[{"name": "ristourne_balance", "value": "80.00"}]),
                3_400,
            ),
        ],
        "nothing of it shows in the order": [
            ("orders/paid", shopify(1, shopify_line(1, "100.00"), note_attributes=[]), 3_400),
            ("refunds/create", lowered("50.00"), 4_200),
        ],
        "half of the goods and of a gift card is given back": [
            ("orders/paid", shopify(1, FIRST_LINE, GIFT_CARD), 3_400),
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


SHOWN = standard(1, goods("1", "40.00"), goods("2", "40.00"), discounts="20.00")
SHOWN_HALF = standard(2, goods("1", "40.00"), discounts="10.00", paid_with_balance="10.00")
BESIDE = standard(1, goods("1", "50.00"), goods("2", "50.00"))
TWO_BESIDE = [shopify_line(i, "50.00") for i in (1, 2)]


def shopify_edited(lines: list[Json], **changes: object) -> Json:
    """The second line is edited out, and 40.00 are owed to the buyer."""
    return shopify(2, lines[0], {**lines[1], "current_quantity": 0}, total_outstanding="-40.00", **changes)


def by_transaction(amount: str) -> Json:
    return shopify_refund(73, transactions=[shopify_transaction(amount)])


def fee(amount: str) -> Json:
    return {
        "fee_lines": [{"total": f"-{amount}"}],
        "meta_data": [{"key": "_ristourne_balance", "value": amount}],
    }


WOO_HALF = woocommerce(2, line_items=[woocommerce_line(1, "50.00")], **fee("10.00"))
WOO_TWO = [woocommerce_line(1, "50.00"), woocommerce_line(2, "50.00")]

EDITS: dict[str, tuple[str, list[tuple[str, Json]], int]] = {
    "a line that shows the balance goes": ("standard", [("", SHOWN), ("", SHOWN_HALF)], 4_200),
    "it goes, and a refund names it": (
        "standard",
        [("", SHOWN), ("", SHOWN_HALF), ("", refunded(lines=[{"line": "2", "quantity": 1}]))],
        4_200,
    ),
    "it goes, and a refund names it with its sum": (
        "standard",
        [("", SHOWN), ("", SHOWN_HALF), ("", refunded(lines=[{"line": "2", "quantity": 1, "amount": "40.00"}]))],
        4_200,
    ),
    "it goes, and a refund has its money": (
        "standard",
        [("", SHOWN), ("", SHOWN_HALF), ("", refunded(amount="40.00"))],
        4_200,
    ),
    "it goes, and half of the other one too": (
        "standard",
        [
            ("", SHOWN),
            ("", SHOWN_HALF),
            ("", refunded(amount="40.00")),
            ("", refunded(id="r2", lines=[{"line": "1", "quantity": 0, "amount": "20.00"}])),
        ],
        4_600,
    ),
    "what it had of the balance pays for the other one": (
        "standard",
        [("", SHOWN), ("", standard(2, goods("1", "30.00"), discounts="20.00"))],
        3_150,
    ),
    "the line that the balance had paid for goes": (
        "standard",
        [
            ("", standard(1, goods("1", "50.00"), goods("2", "30.00"), discounts="20.00")),
            ("", standard(2, goods("1", "50.00"), discounts="0.00", paid_with_balance="0.00")),
        ],
        5_250,
    ),
    "a line goes, and less balance is stated": (
        "standard",
        [("", BESIDE), ("", standard(2, goods("1", "50.00"), paid_with_balance="10.00"))],
        4_200,
    ),
    "a line goes, and the balance stands as it was": (
        "standard",
        [("", BESIDE), ("", standard(2, goods("1", "50.00")))],
        4_200,
    ),
    "a line goes, and no balance is stated": (
        "standard",
        [("", BESIDE), ("", standard(2, goods("1", "50.00"), paid_with_balance=None))],
        4_200,
    ),
    "a line goes, and its money, and then more": (
        "standard",
        [
            ("", BESIDE),
            ("", standard(2, goods("1", "50.00"))),
            ("", refunded(amount="50.00")),
            ("", refunded(id="r2", amount="25.00")),
        ],
        4_600,
    ),
    "all goes": (
        "standard",
        [
            ("", BESIDE),
            ("", standard(2, goods("1", "0.00"), paid_with_balance="0.00")),
            ("", refunded(amount="100.00")),
        ],
        5_000,
    ),
    "no storefront states the balance": (
        "standard",
        [
            ("", standard(1, goods("1", "50.00"), goods("2", "50.00"), paid_with_balance=None)),
            ("", standard(2, goods("1", "50.00"), paid_with_balance=None)),
        ],
        # 5% of 50.00, for the storefront has counted no balance.
        4_250,
    ),
    "Shopify: a line is edited out": (
        "shopify",
        [("orders/paid", shopify(1, *TWO)), ("orders/updated", shopify_edited(TWO))],
        4_200,
    ),
    "Shopify: it is edited out, and paid back by a transaction": (
        "shopify",
        [
            ("orders/paid", shopify(1, *TWO)),
            ("refunds/create", by_transaction("40.00")),
            ("orders/updated", shopify_edited(TWO, refunds=[by_transaction("40.00")])),
        ],
        4_200,
    ),
    "Shopify: a line is edited out of an order that does not show the balance": (
        "shopify",
        [("orders/paid", shopify(1, *TWO_BESIDE)), ("orders/updated", shopify_edited(TWO_BESIDE))],
        4_200,
    ),
    "Shopify: all is edited out": (
        "shopify",
        [("orders/paid", shopify(1, FIRST_LINE)), ("orders/updated", shopify(2, GONE, total_outstanding="-80.00"))],
        5_000,
    ),
    "Shopify: balance has paid for all, and one of two pieces is edited out": (
        "shopify",
        [
            ("orders/paid", shopify(1, shopify_line(1, "10.00", 2, **OFF))),
            (
                "orders/updated",
                shopify(2, {**shopify_line(1, "10.00", 2, **OFF), "current_quantity": 1}, total_outstanding="0.00"),
            ),
        ],
        4_000,
    ),
    "Shopify: balance has paid for all, and all is edited out": (
        "shopify",
        [
            ("orders/paid", shopify(1, shopify_line(1, "20.00", **OFF))),
            ("orders/updated", shopify(2, {**shopify_line(1, "20.00", **OFF), "current_quantity": 0})),
        ],
        5_000,
    ),
    "WooCommerce: goods and fee are lowered": (
        "woocommerce",
        [("order.created", woocommerce(1)), ("order.updated", WOO_HALF)],
        4_200,
    ),
    "WooCommerce: they are lowered, and the money is given back": (
        "woocommerce",
        [
            ("order.created", woocommerce(1, line_items=WOO_TWO)),
            ("order.updated", woocommerce(2, line_items=WOO_TWO, refunds=[{"id": 9, "total": "-40.00"}])),
            ("order.updated", {**WOO_HALF, "date_modified_gmt": at(3), "refunds": [{"id": 9, "total": "-40.00"}]}),
        ],
        4_200,
    ),
    "WooCommerce: a line goes, and the fee stays": (
        "woocommerce",
        [
            ("order.created", woocommerce(1, line_items=WOO_TWO)),
            ("order.updated", woocommerce(2, line_items=WOO_TWO[:1])),
        ],
        # What still shows as a discount still pays.
        3_150,
    ),
}
"""A sender, deliveries of an edited order, and what the buyer has after all of them: docs/storefronts.md, Edits."""


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_gives_the_balance_back_as_a_refund_does(name: str) -> None:
    sender, told, available = EDITS[name]
    for shuffled in permutations(told):
        shop = before_the_order(sender)
        for topic, body in shuffled:
            hear(shop, sender, topic, body)
        assert shop.available(BUYERS[sender]) == available, [topic for topic, _ in shuffled]


def before_the_order(sender: str) -> Memory:
    """A shop in which the buyer has 50.00, of which 20.00 are held for the order."""
    shop, buyer = Memory(CASHBACK), BUYERS[sender]
    shop.execute(order("before", buyer, line(net=100_000)))
    assert shop.available(buyer) == BEFORE
    shop.execute(hold(2_000, member=buyer, order=f"shop/{ORDERS[sender]}", capture_on_paid=True))
    assert shop.available(buyer) == HELD
    return shop


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
    shop, buyer = before_the_order(sender), BUYERS[sender]
    for topic, body, available in story:
        for _ in range(1 + twice):
            hear(shop, sender, topic, body)
        assert shop.available(buyer) == available
