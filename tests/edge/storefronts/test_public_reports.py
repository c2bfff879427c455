"""What payloads mean that were reported in public: each story names its source and the cashback after each delivery.

5% of goods without tax and shipping, as in the other stories. A story under ORDERED is told in its own order only:
WooCommerce gives the trash no stamp, and saves a deleted refund under the stamp of the order.
"""

from typing import Any

import pytest

from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.programme.document import Programme
from tests.edge.storefronts.stories import (
    BUYERS,
    Step,
    at,
    balances,
    expect_repetition_to_change_nothing,
    expect_the_same_end_in_any_order,
    hear,
)
from tests.world.builders import NOW, programme_of
from tests.world.memory import Memory
from tests.world.senders import (
    Json,
    facts,
    shopify_line,
    shopify_order,
    shopify_refund,
    shopify_transaction,
    snapshot,
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

CASHBACK = programme_of()
BALANCE = "ristourne_balance"


def shopify(minute: int = 1, *lines: Json, **changes: object) -> Json:
    """Goods for 100.00 unless other lines are stated."""
    fields: Json = {"line_items": [*lines] or [shopify_line(1, "100.00")], "updated_at": at(minute)}
    return shopify_order(**fields | changes)


def woocommerce(minute: int = 1, *lines: Json, **changes: object) -> Json:
    """Goods for 100.00 unless other lines are stated, shipped for nothing."""
    fields: Json = {"line_items": [*lines] or [woocommerce_line(total="100.00")], "shipping_total": "0.00"}
    return woocommerce_order(**fields | {"date_modified_gmt": at(minute)} | changes)


def standard(minute: int = 1, *lines: Json, **changes: object) -> Json:
    """Goods for 100.00 unless other lines are stated, without tax and shipping."""
    fields: Json = {"lines": [*lines] or [standard_line("1", "100.00", tax="0.00")], "shipping": None}
    return standard_order(**fields | {"updated_at": at(minute)} | changes)


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


def shop_sum(amount: str) -> Json:
    return {"shop_money": {"amount": amount, "currency_code": "EUR"}}


OF_THE_SHOP: Json = {"duties": [{"amount_set": shop_sum("0.00")}]}
"""What names the shop's currency in a refund of its own."""


def discrepancy(amount: str) -> Json:
    return {"kind": "refund_discrepancy", "amount": amount, "tax_amount": "0.00"}


HAT = shopify_line(2, "500.00")
TIP = shopify_line(2, "20.00", product_id=None, sku=None, tip={"payment_gateway": None}, tip_payment_gateway=None)
TIP_BY_ITS_GATEWAY = shopify_line(2, "20.00", product_id=None, sku=None, tip_payment_gateway=None)
TIP_BACK = {"line_item_id": 2, "quantity": 1, "subtotal": "20.00", "line_item": TIP}
LINE_BACK = {"line_item_id": 1, "quantity": 1, "subtotal": "30.00", "total_tax": "0.00"}
DUTIES = {"duties": [{"duty_id": 1, "amount_set": shop_sum("25.00")}], "transactions": [shopify_transaction("25.00")]}
FREE_SHIPPING = {
    "price": "10.00",
    "discounted_price": "10.00",
    "discount_allocations": [{"amount": "10.00", "amount_set": shop_sum("10.00")}],
}
FREE_WITH_A_CENT_OF_TAX = shopify_line(
    2, "10.00", discount_allocations=[{"amount": "10.00"}], tax_lines=[{"price": "0.01"}]
)

HAT_BACK = {"refund_line_items": [{"line_item_id": 2, "quantity": 1, "subtotal": "500.00", "total_tax": "0.00"}]}
GIVEN_LATER: Json = {
    "order_adjustments": [{**discrepancy("-500.00"), "reason": "Pending refund discrepancy"}],
    "transactions": [shopify_transaction("500.00")],
}
SHIPPING_OF_15 = {"price": "15.00", "discounted_price": "15.00"}
PENDING = "community.shopify.com td-p/859492"

EDITS = "intercom.help/onward/en/articles/15180425; shopify.dev/changelog/edit-orders-with-our-new-order-editing-apis"
SILENCE = "PipedreamHQ/pipedream#17578; ppy/osu-web#11842"
TIPS = "community.shopify.com/t/topic/410117; nozzlegear/ShopifySharp#811"
DUTIES_OF = "shopify.dev/api/admin-rest/2023-10/resources/refund"
ORDER = "shopify.dev/docs/api/admin-rest/latest/resources/order"

SILENT = "null for a list or a flag: PipedreamHQ/pipedream#17578, Shopify/shopify_app#400; the fields constructed"

NO_LINES: tuple[object, ...] = (None, [])

FIRST_LINE = shopify_line(1, "100.00")
GIVEN_BACK: Json = {"refunds": [shopify_refund(1, transactions=[shopify_transaction("20.00")])]}
PAIR = shopify_line(1, "100.00", 2, discount_allocations=[{"amount": "100.00"}])
WHOLE_AND_HALF = ({**TIP, "quantity": 2}, {**TIP, "quantity": 2, "current_quantity": 1})


def charged(name: str, original: str, current: str) -> Json:
    return {f"original_total_{name}_set": shop_sum(original), f"current_total_{name}_set": shop_sum(current)}


SECOND = "Shopify stamps whole seconds: shopify.dev, Order.updatedAt; the case constructed"

OUTSTANDING = "shopify.dev, Order.totalOutstandingSet: negative while the shop owes the buyer"
EXCHANGE = "microsoft/BCApps#10741"
RETURNED = shopify_refund(
    71,
    refund_line_items=[{"line_item_id": 1, "quantity": 1, "subtotal": "100.00", "total_tax": "0.00"}],
    transactions=[],
)
"""Goods for 100.00 came back for no money."""
GONE = {**FIRST_LINE, "current_quantity": 0}
NEVER_PAID = shopify_refund(
    71,
    refund_line_items=[{"line_item_id": 1, "quantity": 1, "subtotal": "30.00", "total_tax": "0.00"}],
    transactions=[],
)


def swapped(minute: int, price: str, outstanding: str, *more: Json, **changes: object) -> Json:
    """An exchange of the goods for others, with what either side owes then."""
    lines, back = [GONE, shopify_line(2, price)], [RETURNED, *more]
    return shopify(minute, *lines, refunds=back, total_outstanding=outstanding, **changes)


SHOPIFY: dict[str, list[Step]] = {
    f"goods are swapped for as much, and a part of the price is given back ({EXCHANGE}; {OUTSTANDING})": [
        ("orders/paid", shopify(1), 500),
        ("orders/updated", swapped(2, "100.00", "0.00"), 500),
        ("refunds/create", shopify_refund(72, order_adjustments=[discrepancy("-20.00")], **OF_THE_SHOP), 400),
    ],
    f"goods are swapped for more, whose difference is not paid yet ({EXCHANGE}; {OUTSTANDING})": [
        ("orders/paid", shopify(1), 500),
        ("orders/updated", swapped(2, "120.00", "20.00", financial_status="partially_paid"), 0),
        ("orders/paid", swapped(3, "120.00", "0.00"), 600),
        ("refunds/create", shopify_refund(72, order_adjustments=[discrepancy("-20.00")], **OF_THE_SHOP), 500),
    ],
    f"goods are swapped for less, the difference is given back, and a part of the rest ({EXCHANGE}; {OUTSTANDING})": [
        ("orders/paid", shopify(1), 500),
        ("orders/updated", swapped(2, "70.00", "-30.00"), 350),
        (
            "orders/updated",
            swapped(3, "70.00", "0.00", shopify_refund(72, transactions=[shopify_transaction("30.00")])),
            350,
        ),
        ("refunds/create", shopify_refund(73, order_adjustments=[discrepancy("-20.00")], **OF_THE_SHOP), 250),
    ],
    **{
        f"a piece is taken out before it is paid, and a part of the price is given back: {name} ({OUTSTANDING})": [
            ("orders/create", shopify(1, shopify_line(1, "30.00", 3), financial_status="pending"), 0),
            (
                "orders/paid",
                shopify(
                    2, shopify_line(1, "30.00", 3, current_quantity=2), refunds=[NEVER_PAID], total_outstanding="0.00"
                ),
                300,
            ),
            ("refunds/create", shopify_refund(72, **given, **OF_THE_SHOP), 250),
        ]
        for name, given in (
            ("a discrepancy", {"order_adjustments": [discrepancy("-10.00")]}),
            ("a transaction", {"transactions": [shopify_transaction("10.00")]}),
        )
    },
    f"a part of the price is given back, then goods come back for no money, which the shop owes ({OUTSTANDING})": [
        ("orders/paid", shopify(1, FIRST_LINE, HAT), 3000),
        ("refunds/create", shopify_refund(72, order_adjustments=[discrepancy("-50.00")], **OF_THE_SHOP), 2750),
        ("refunds/create", {**RETURNED, **OF_THE_SHOP}, 2250),
        ("refunds/create", shopify_refund(73, transactions=[shopify_transaction("100.00")]), 2250),
    ],
    f"goods come back for no money, which the shop owes ({OUTSTANDING}; {PENDING})": [
        ("orders/paid", shopify(1, FIRST_LINE, HAT), 3000),
        (
            "orders/updated",
            shopify(2, GONE, HAT, refunds=[RETURNED], total_outstanding="-100.00"),
            2500,
        ),
        ("refunds/create", shopify_refund(72, transactions=[shopify_transaction("100.00")]), 2500),
    ],
    **{
        f"an edit of the second in which the order was paid: {name} ({SECOND})": [
            ("orders/paid", shopify(1, *paid), before),
            ("orders/updated", shopify(1, *now), after),
        ]
        for name, paid, now, before, after in (
            ("a line goes", [FIRST_LINE, HAT], [FIRST_LINE, {**HAT, "current_quantity": 0}], 3_000, 500),
            ("a price falls from 40 to 35", [shopify_line(1, "40.00")], [shopify_line(1, "35.00")], 200, 175),
            ("a price falls from 9 to 8", [shopify_line(1, "9.00")], [shopify_line(1, "8.00")], 45, 40),
            ("a price falls from 100 to 90", [FIRST_LINE], [shopify_line(1, "90.00")], 500, 450),
        )
    },
    **{
        f"{field} of a line not stated any more ({SILENT})": [
            ("orders/paid", shopify(1, {**PAIR, field: value}, HAT, taxes_included=included), cashback),
            ("orders/updated", shopify(2, {**PAIR, field: None}, HAT, taxes_included=included), cashback),
            ("orders/updated", shopify(3, {**PAIR, field: None}, taxes_included=included), cashback - 2_500),
        ]
        for field, value, included, cashback in (
            ("tax_lines", [{"price": "20.00"}], True, 2_900),
            ("discount_allocations", [{"amount": "40.00"}], False, 3_300),
            ("current_quantity", 1, False, 2_750),
        )
    },
    f"a refund of no line beside a discount that is not stated any more ({SILENT})": [
        ("orders/paid", shopify(1, {**FIRST_LINE, "discount_allocations": [{"amount": "40.00"}]}), 300),
        ("orders/updated", shopify(2, {**FIRST_LINE, "discount_allocations": None}), 300),
        ("refunds/create", shopify_refund(1, order_adjustments=[discrepancy("-20.00")], **OF_THE_SHOP), 200),
    ],
    **{
        f"the lines are not stated when it is paid: {lines} ({SILENT})": [
            ("orders/paid", shopify(1, line_items=lines), 0),
            ("orders/updated", shopify(2, financial_status="pending"), 500),
        ]
        for lines in NO_LINES
    },
    **{
        f"an edit removes a tip and its money goes back by a transaction: {name} ({TIPS}; {EDITS})": [
            ("orders/paid", shopify(1, FIRST_LINE, tip), 500),
            ("orders/updated", shopify(2, FIRST_LINE, gone, financial_status="partially_refunded", **GIVEN_BACK), 500),
        ]
        for name, tip, gone in (
            ("all of it", TIP, {**TIP, "current_quantity": 0}),
            ("one of two", *WHOLE_AND_HALF),
        )
    },
    **{
        f"an edit removes {name} and the money goes back by a transaction ({ORDER}#current_total_duties_set)": [
            ("orders/paid", shopify(1, **charged(name, "20.00", "20.00")), 500),
            ("orders/updated", shopify(2, **charged(name, "20.00", "0.00"), **GIVEN_BACK), 500),
        ]
        for name in ("duties", "additional_fees")
    },
    f"duties go back by name, and then money for the goods ({DUTIES_OF})": [
        ("orders/paid", shopify(1, **charged("duties", "25.00", "25.00")), 500),
        (
            "orders/updated",
            shopify(2, **charged("duties", "25.00", "0.00"), refunds=[shopify_refund(1, **DUTIES)]),
            500,
        ),
        ("refunds/create", shopify_refund(2, order_adjustments=[discrepancy("-50.00")], **OF_THE_SHOP), 250),
    ],
    **{
        f"shipping states its price after discounts only: {price!r} ({SILENT})": [
            ("orders/paid", shopify(1, shipping_lines=[{"price": price, "discounted_price": "20.00"}]), 500),
            ("refunds/create", shopify_refund(1, order_adjustments=[discrepancy("-60.00")], **OF_THE_SHOP), 250),
        ]
        for price in (None, "")
    },
    f"the price of goods and shipping in the shop's money only ({SILENT})": [
        (
            "orders/paid",
            shopify(
                1,
                {**FIRST_LINE, "price": None, "price_set": shop_sum("100.00")},
                shipping_lines=[{"price": None, "price_set": shop_sum("20.00")}],
            ),
            500,
        ),
        ("refunds/create", shopify_refund(1, order_adjustments=[discrepancy("-60.00")], **OF_THE_SHOP), 250),
    ],
    **{
        f"{field} is not stated any more ({SILENT})": [
            ("orders/paid", shopify(1, **fields), cashback),
            ("orders/updated", shopify(2, **fields | silence), cashback),
        ]
        for field, fields, silence, cashback in (
            (
                "note_attributes",
                {"note_attributes": [{"name": BALANCE, "value": "40.00"}]},
                {"note_attributes": None},
                300,
            ),
            ("test", {"test": True}, {"test": None}, 0),
            ("line_items", {}, {"line_items": {}}, 500),
            (
                "taxes_included",
                {"line_items": [shopify_line(1, "120.00", tax_lines=[{"price": "20.00"}])], "taxes_included": True},
                {"taxes_included": None},
                500,
            ),
        )
    },
    f"lines are added and not paid yet ({EDITS})": [
        ("orders/paid", shopify(1), 500),
        (
            "orders/updated",
            shopify(2, shopify_line(1, "100.00"), HAT, financial_status="partially_paid", total_outstanding="500.00"),
            500,
        ),
        ("orders/paid", shopify(3, shopify_line(1, "100.00"), HAT, total_outstanding="0.00"), 3000),
    ],
    f"lines are added, not paid, and removed again ({EDITS})": [
        ("orders/paid", shopify(1), 500),
        ("orders/updated", shopify(2, shopify_line(1, "100.00"), HAT, financial_status="partially_paid"), 500),
        ("orders/updated", shopify(3), 500),
    ],
    f"lines are added to an order that was partly refunded ({EDITS})": [
        ("orders/paid", shopify(1), 500),
        (
            "orders/updated",
            shopify(
                2,
                shopify_line(1, "100.00"),
                HAT,
                financial_status="partially_refunded",
                total_outstanding="500.00",
                total_price="600.00",
                refunds=[shopify_refund(order_adjustments=[discrepancy("-10.00")])],
            ),
            450,
        ),
    ],
    f"a price is lowered while something else is not paid yet ({EDITS})": [
        ("orders/paid", shopify(1), 500),
        ("orders/updated", shopify(2, shopify_line(1, "60.00"), HAT, financial_status="partially_paid"), 300),
    ],
    f"the customer and the e-mail are gone ({SILENCE})": [
        ("orders/paid", shopify(1), 500),
        ("orders/updated", shopify(2, customer=None, email="", contact_email=None), 500),
    ],
    f"the customer is gone and the e-mail is not ({SILENCE})": [
        ("orders/paid", shopify(1), 500),
        ("orders/updated", shopify(2, customer=None), 500),
        ("orders/updated", shopify(3, customer={}, email="deleted@site.invalid"), 500),
    ],
    f"a tip ({TIPS})": [("orders/paid", shopify(1, shopify_line(1, "100.00"), TIP), 500)],
    f"a tip that only its gateway shows ({TIPS})": [
        ("orders/paid", shopify(1, shopify_line(1, "100.00"), TIP_BY_ITS_GATEWAY), 500)
    ],
    f"a tip that is no line of the order, and money back for nothing in particular ({ORDER} total_tip_received)": [
        ("orders/paid", shopify(1, total_tip_received="25.00"), 500),
        ("refunds/create", shopify_refund(order_adjustments=[discrepancy("-12.50")], **OF_THE_SHOP), 450),
    ],
    f"a tip that is a line and in the sum of tips counts once ({ORDER} total_tip_received)": [
        ("orders/paid", shopify(1, FIRST_LINE, TIP, total_tip_received="20.00"), 500),
        ("refunds/create", shopify_refund(order_adjustments=[discrepancy("-60.00")], **OF_THE_SHOP), 250),
    ],
    f"a tip is given back ({TIPS})": [
        ("orders/paid", shopify(1, shopify_line(1, "100.00"), TIP), 500),
        ("refunds/create", shopify_refund(refund_line_items=[TIP_BACK]), 500),
        (
            "orders/updated",
            shopify(
                2,
                shopify_line(1, "100.00"),
                TIP,
                financial_status="partially_refunded",
                refunds=[shopify_refund(refund_line_items=[{**TIP_BACK, "line_item": None}])],
            ),
            500,
        ),
    ],
    f"duties are given back ({DUTIES_OF})": [
        ("orders/paid", shopify(1, original_total_duties_set=shop_sum("25.00")), 500),
        ("refunds/create", shopify_refund(**DUTIES, total_duties_set=shop_sum("25.00")), 500),
        ("refunds/create", shopify_refund(72, **DUTIES, total_duties_set=None), 500),
    ],
    f"duties and 10.00 more are given back ({DUTIES_OF})": [
        ("orders/paid", shopify(1, original_total_duties_set=shop_sum("25.00")), 500),
        ("refunds/create", shopify_refund(**DUTIES | {"transactions": [shopify_transaction("35.00")]}), 450),
    ],
    f"money back for nothing in particular is of duties too ({DUTIES_OF})": [
        ("orders/paid", shopify(1, current_total_duties_set=shop_sum("25.00")), 500),
        ("refunds/create", shopify_refund(order_adjustments=[discrepancy("-12.50")]), 450),
    ],
    f"duties that stand on their line only ({ORDER})": [
        ("orders/paid", shopify(1, shopify_line(1, "100.00", duties=[{"price": shop_sum("25.00")}])), 500),
        ("refunds/create", shopify_refund(order_adjustments=[discrepancy("-12.50")]), 450),
    ],
    f"fees beside the lines, and cash rounding ({ORDER})": [
        (
            "orders/paid",
            shopify(
                1,
                original_total_additional_fees_set=shop_sum("24.98"),
                total_cash_rounding_payment_adjustment_set=shop_sum("0.02"),
            ),
            500,
        ),
        ("refunds/create", shopify_refund(order_adjustments=[discrepancy("-12.50")]), 450),
        ("refunds/create", shopify_refund(72, additional_fees=[{"amount_set": shop_sum("12.50")}]), 444),
    ],
    f"a fee for taking goods back is kept by the shop ({DUTIES_OF})": [
        ("orders/paid", shopify(1, shopify_line(1, "30.00", 2)), 300),
        (
            "refunds/create",
            shopify_refund(refund_line_items=[LINE_BACK], order_adjustments=[discrepancy("5.00")]),
            150,
        ),
    ],
    "an amount beside the goods is null (constructed)": [
        ("orders/paid", shopify(1, total_cash_rounding_payment_adjustment_set={"shop_money": {"amount": None}}), 500),
        ("orders/updated", shopify(2, current_total_duties_set={"shop_money": {"amount": ""}}), 500),
    ],
    f"goods come back, and their money is a pending discrepancy later ({PENDING})": [
        ("orders/paid", shopify(1, shopify_line(1, "100.00"), HAT), 3000),
        ("refunds/create", shopify_refund(**HAT_BACK, order_adjustments=[discrepancy("500.00")]), 500),
        ("refunds/create", shopify_refund(72, **GIVEN_LATER), 500),
    ],
    f"goods come back, their money and 10.00 more later ({PENDING})": [
        ("orders/paid", shopify(1, shopify_line(1, "100.00"), HAT), 3000),
        ("refunds/create", shopify_refund(**HAT_BACK, order_adjustments=[discrepancy("500.00")]), 500),
        ("refunds/create", shopify_refund(72, **GIVEN_LATER | {"order_adjustments": [discrepancy("-510.00")]}), 450),
    ],
    f"goods come back for no money, which later names nothing ({PENDING})": [
        ("orders/paid", shopify(1, shopify_line(1, "100.00"), HAT), 3000),
        (
            "orders/updated",
            shopify(
                2,
                shopify_line(1, "100.00"),
                {**HAT, "current_quantity": 0},
                financial_status="partially_refunded",
                refunds=[
                    shopify_refund(**HAT_BACK, transactions=[]),
                    shopify_refund(72, transactions=[shopify_transaction("500.00")]),
                ],
            ),
            500,
        ),
    ],
    f"shipping comes back, and its money later ({PENDING})": [
        ("orders/paid", shopify(1, shipping_lines=[SHIPPING_OF_15]), 500),
        (
            "refunds/create",
            shopify_refund(
                order_adjustments=[
                    {"kind": "shipping_refund", "amount": "-13.64", "tax_amount": "-1.36"},
                    discrepancy("15.00"),
                ]
            ),
            500,
        ),
        ("refunds/create", shopify_refund(72, order_adjustments=[discrepancy("-15.00")]), 500),
    ],
    f"refunded shipping is taken back against a discrepancy ({PENDING})": [
        ("orders/paid", shopify(1, shipping_lines=[SHIPPING_OF_15]), 500),
        (
            "refunds/create",
            shopify_refund(order_adjustments=[{"kind": "shipping_refund", "amount": "-10.00"}]),
            500,
        ),
        (
            "refunds/create",
            shopify_refund(
                72, order_adjustments=[{"kind": "shipping_refund", "amount": "10.00"}, discrepancy("-10.00")]
            ),
            500,
        ),
    ],
    f"a piece is removed and no refund names it ({ORDER} current_quantity)": [
        ("orders/paid", shopify(1, shopify_line(1, "30.00", 2), shopify_line(2, "40.00")), 500),
        (
            "orders/updated",
            shopify(2, shopify_line(1, "30.00", 2, current_quantity=1), shopify_line(2, "40.00")),
            350,
        ),
    ],
    f"a piece is removed and a refund names it ({ORDER} current_quantity)": [
        ("orders/paid", shopify(1, shopify_line(1, "30.00", 2), shopify_line(2, "40.00")), 500),
        ("refunds/create", shopify_refund(refund_line_items=[LINE_BACK]), 350),
        (
            "orders/updated",
            shopify(
                2,
                shopify_line(1, "30.00", 2, current_quantity=1),
                shopify_line(2, "40.00"),
                refunds=[shopify_refund(refund_line_items=[LINE_BACK])],
            ),
            350,
        ),
    ],
    f"a piece is removed, and a refund names it later ({ORDER} current_quantity)": [
        ("orders/paid", shopify(1, shopify_line(1, "30.00", 2), shopify_line(2, "40.00")), 500),
        (
            "orders/updated",
            shopify(2, shopify_line(1, "30.00", 2, current_quantity=1), shopify_line(2, "40.00")),
            350,
        ),
        ("refunds/create", shopify_refund(refund_line_items=[LINE_BACK]), 350),
        (
            "orders/updated",
            shopify(
                3,
                shopify_line(1, "30.00", 2, current_quantity=1),
                shopify_line(2, "40.00"),
                refunds=[shopify_refund(refund_line_items=[LINE_BACK])],
            ),
            350,
        ),
    ],
    "a piece is removed and its money comes as a refund that names nothing (constructed)": [
        ("orders/paid", shopify(1, shopify_line(1, "30.00", 2), shopify_line(2, "40.00")), 500),
        (
            "orders/updated",
            shopify(
                2,
                shopify_line(1, "30.00", 2, current_quantity=1),
                shopify_line(2, "40.00"),
                financial_status="partially_refunded",
                refunds=[shopify_refund(transactions=[shopify_transaction("30.00")])],
            ),
            350,
        ),
    ],
    "free shipping shows in its allocations only (constructed)": [
        ("orders/paid", shopify(1, shipping_lines=[FREE_SHIPPING]), 500),
        ("refunds/create", shopify_refund(order_adjustments=[discrepancy("-50.00")]), 250),
    ],
    "a free line with a cent of tax (constructed)": [
        ("orders/paid", shopify(1, shopify_line(1, "100.00"), FREE_WITH_A_CENT_OF_TAX, taxes_included=True), 500)
    ],
    "transactions are null (Shopify/shopify_app#400)": [
        ("orders/paid", shopify(1), 500),
        (
            "orders/updated",
            shopify(
                2,
                financial_status="partially_refunded",
                refunds=[{"id": 1, "order_adjustments": [discrepancy("-40.00")], "transactions": None}],
            ),
            300,
        ),
    ],
    "a refund in the buyer's currency alone does not lose the rest of the order (constructed)": [
        ("orders/paid", shopify(1), 500),
        (
            "orders/updated",
            shopify(
                2, shopify_line(1, "60.00"), refunds=[shopify_refund(transactions=[shopify_transaction("1", "CAD")])]
            ),
            300,
        ),
    ],
    "balance shows as a discount and is stated too (constructed)": [
        (
            "orders/paid",
            shopify(
                1,
                shopify_line(1, "30.00", discount_allocations=[{"amount": "10.00"}]),
                note_attributes=[{"name": BALANCE, "value": "10.00"}],
            ),
            100,
        )
    ],
    f"a test order ({ORDER} test)": [("orders/paid", shopify(1, test=True), 0)],
    "499 lines (shopify.dev/changelog/draft-order-line-item-limit)": [
        ("orders/paid", shopify(1, *(shopify_line(i, "1.00") for i in range(499))), 2495)
    ],
}

ANONYMISED = {
    "customer_id": 0,
    "billing": {"email": "deleted@site.invalid"},
    "meta_data": [{"id": 1, "key": "_anonymized", "value": "yes"}],
}
ERASERS = "woocommerce/woocommerce class-wc-privacy-erasers.php; woocommerce/woocommerce-admin#4946"
DISCOUNT_LINES = "woocommerce/woocommerce#15104; mollie/WooCommerce#1058"

THREE = tuple(woocommerce_line(i, amount) for i, amount in ((1, "70.00"), (2, "30.00"), (3, "30.00")))

GIFT_CARDS = "github.com/woocommerce/woocommerce docs, order line meta_data; the keys of the plugins' own source"
DEPOSITS = "webtomizer.com/docs/woocommerce-deposits/usage"

VENDORS = "multivendorx/dc-woocommerce-multi-vendor#334; getdokan/dokan#250"


def of_vendors(minute: int, key: str, value: object = "1", **changes: object) -> Json:
    """The order of both vendors' goods."""
    return woocommerce(minute, meta_data=[{"id": 5, "key": key, "value": value}], **changes)


STORED = "woocommerce/woocommerce wc_get_order_statuses: statuses are stored with a prefix"

WOOCOMMERCE: dict[str, list[Step]] = {
    **{
        f"the vendors' parts of an order are orders of their own: {key} ({VENDORS})": [
            ("order.created", woocommerce(1), 500),
            ("order.updated", of_vendors(2, key, value), 0),
            ("order.updated", woocommerce(3, meta_data=None), 0),
            ("order.created", woocommerce(2, woocommerce_line(total="70.00"), id=728, parent_id=727), 350),
            ("order.created", woocommerce(2, woocommerce_line(total="30.00"), id=729, parent_id=727), 500),
        ]
        for key, value in (("has_sub_order", True), ("has_mvx_sub_order", "1"), ("has_wcmp_sub_order", 1))
    },
    f"an order has no parts of vendors ({VENDORS})": [
        ("order.created", of_vendors(1, "has_sub_order", ""), 500),
        ("order.updated", of_vendors(2, "has_sub_order", False), 500),
    ],
    f"a status has the prefix of its stored name ({STORED})": [
        ("order.created", woocommerce(1, status="wc-on-hold"), 0),
        ("order.updated", woocommerce(2, status="wc-processing"), 500),
        ("order.updated", woocommerce(3, status="wc-cancelled"), 0),
    ],
    **{
        f"a {gone} order is set to {waiting}, and paid again ({STORED})": [
            ("order.created", woocommerce(1), 500),
            ("order.updated", woocommerce(2, status=gone), 0),
            ("order.updated", woocommerce(3, status=waiting, date_paid_gmt=paid), 0),
            ("order.updated", woocommerce(4), 500),
        ]
        for gone, waiting, paid in (
            ("cancelled", "pending", at(1)),
            ("cancelled", "on-hold", at(1)),
            ("cancelled", "partially-paid", at(1)),
            ("refunded", "checkout-draft", at(1)),
            ("failed", "pending", None),
        )
    },
    **{
        f"a line is a gift card by {key} ({GIFT_CARDS})": [
            (
                "order.created",
                woocommerce(
                    1,
                    woocommerce_line(1, "100.00"),
                    woocommerce_line(2, "60.00", meta_data=[{"id": 7, "key": key, "value": "ana@example.com"}]),
                ),
                500,
            )
        ]
        for key in ("pw_gift_card_to", "_ywgc_gift_card_code", "wc_gift_card_to")
    },
    f"a line is no gift card, for all that is written on it ({GIFT_CARDS})": [
        ("order.created", woocommerce(1, woocommerce_line(1, "100.00", meta_data=[{"key": "Gift card text"}])), 500),
        ("order.updated", woocommerce(2, woocommerce_line(1, "100.00", meta_data={"key": 1})), 500),
    ],
    **{
        f"a deposit was paid, and later the rest: {status} ({DEPOSITS})": [
            ("order.created", woocommerce(1, status=status), 0),
            ("order.updated", woocommerce(2), 500),
        ]
        for status in ("partially-paid", "partial-payment", "pending-deposit", "scheduled-payment", "auto-draft")
    },
    f"a discount that is a fee is not stated any more ({SILENT})": [
        ("order.created", woocommerce(1, fee_lines=[{"total": "-40.00"}]), 300),
        ("order.updated", woocommerce(2, fee_lines=None), 300),
        ("order.updated", woocommerce(3, fee_lines=[{"total": None}]), 300),
        ("order.updated", woocommerce(4, fee_lines=[]), 500),
    ],
    "a refunded line stays in the order, and another is bought (constructed)": [
        ("order.created", woocommerce(1, *THREE[:2]), 500),
        ("order.updated", woocommerce(2, *THREE[:2], refunds=[{"id": 9, "total": "-30.00"}]), 350),
        ("order.updated", woocommerce(3, *THREE, refunds=[{"id": 9, "total": "-30.00"}]), 500),
    ],
    **{
        f"{field} is not stated any more ({SILENT})": [
            ("order.created", woocommerce(1), 500),
            ("order.updated", woocommerce(2, **fields), cashback),
            ("order.updated", woocommerce(3, **fields | silence), cashback),
        ]
        for field, fields, silence, cashback in (
            ("refunds", {"refunds": [{"id": 9, "total": "-50.00"}]}, {"refunds": None}, 250),
            ("meta_data", {"meta_data": [{"key": "_ristourne_balance", "value": "40.00"}]}, {"meta_data": None}, 300),
            ("line_items", {}, {"line_items": []}, 500),
            ("a line's total", {}, {"line_items": [woocommerce_line(1, "")]}, 500),
        )
    },
    **{
        f"the lines are not stated when it is paid: {lines} ({SILENT})": [
            ("order.created", woocommerce(1, line_items=lines, total="100.00"), 0),
            ("order.updated", woocommerce(2, status="on-hold"), 500),
            ("order.updated", woocommerce(3, woocommerce_line(total="60.00"), status="on-hold"), 300),
        ]
        for lines in NO_LINES
    },
    f"refunds are stated to be none again ({SILENT})": [
        ("order.created", woocommerce(1), 500),
        ("order.updated", woocommerce(2, refunds=[{"id": 9, "total": "-50.00"}]), 250),
        ("order.updated", woocommerce(3, refunds=None), 250),
        ("order.updated", woocommerce(4, refunds=[]), 500),
    ],
    f"the last line is removed, and nothing costs anything ({SILENT})": [
        ("order.created", woocommerce(1), 500),
        ("order.updated", woocommerce(2, line_items=[], total="0.00"), 0),
    ],
    f"who bought was erased ({ERASERS})": [
        ("order.created", woocommerce(1), 500),
        ("order.updated", woocommerce(2, **ANONYMISED), 500),
        ("order.updated", woocommerce(3, customer_id=0, billing={"email": ""}), 500),
        ("order.updated", woocommerce(4, customer_id=0, billing=[]), 500),
    ],
    f"a line is added to a paid order, which waits for the money ({EDITS})": [
        ("order.created", woocommerce(1), 500),
        (
            "order.updated",
            woocommerce(2, woocommerce_line(total="100.00"), woocommerce_line(2, "500.00"), status="pending"),
            500,
        ),
        ("order.updated", woocommerce(3, woocommerce_line(total="100.00"), woocommerce_line(2, "500.00")), 3000),
    ],
    f"a line below zero is a discount ({DISCOUNT_LINES})": [
        ("order.created", woocommerce(1, woocommerce_line(1, "100.00"), woocommerce_line(2, "-10.00")), 450)
    ],
    f"a line below zero with its tax ({DISCOUNT_LINES})": [
        (
            "order.created",
            woocommerce(1, woocommerce_line(1, "100.00", "20.00"), woocommerce_line(2, "-10.00", "-2.00")),
            450,
        )
    ],
    f"a line below zero takes more than there is ({DISCOUNT_LINES})": [
        ("order.created", woocommerce(1, woocommerce_line(1, "10.00"), woocommerce_line(2, "-30.00")), 0)
    ],
    "a fee below zero beside shipping is a discount on the goods (constructed)": [
        (
            "order.created",
            woocommerce(1, woocommerce_line(1, "50.00"), shipping_total="10.00", fee_lines=[{"total": "-5.00"}]),
            225,
        )
    ],
    "balance shows as a fee below zero and is stated too (constructed)": [
        (
            "order.created",
            woocommerce(
                1,
                woocommerce_line(1, "30.00"),
                fee_lines=[{"total": "-3.00"}],
                meta_data=[{"key": "_ristourne_balance", "value": "3.00"}],
            ),
            135,
        )
    ],
    "an edit and a refund of the same money (constructed)": [
        ("order.created", woocommerce(1, woocommerce_line(1, "70.00"), woocommerce_line(2, "30.00")), 500),
        ("order.updated", woocommerce(2, woocommerce_line(1, "70.00"), refunds=[{"id": 9, "total": "-30.00"}]), 350),
    ],
    "499 lines (constructed)": [
        ("order.created", woocommerce(1, *(woocommerce_line(i, "1.00") for i in range(499))), 2495)
    ],
}

ORDERED: dict[str, list[Step]] = {
    "a refund is deleted and the stamp stays (woocommerce/woocommerce#26532)": [
        ("order.created", woocommerce(1), 500),
        ("order.updated", woocommerce(2, refunds=[{"id": 1, "total": "-50.00"}]), 250),
        ("order.updated", woocommerce(2, refunds=[]), 500),
    ],
    "trashed and restored (woocommerce/woocommerce#14607, #14767, #25652)": [
        ("order.created", woocommerce(1), 500),
        ("order.deleted", {"id": 727}, 0),
        ("order.restored", woocommerce(2), 500),
    ],
    "trashed and restored under the old stamp (woocommerce/woocommerce#39079)": [
        ("order.created", woocommerce(1), 500),
        ("order.deleted", {"id": 727}, 0),
        ("order.restored", woocommerce(1), 500),
    ],
}

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

SWAP = "shopify.dev/docs/api/admin-graphql/latest/input-objects/ReturnInput exchangeLineItems; constructed"
CUP, PLATE = (standard_line(name, amount, tax="0.00", quantity=1) for name, amount in (("1", "70.00"), ("2", "30.00")))


def instead(amount: str) -> Json:
    return standard_line("3", amount, tax="0.00")


CORRECTED = "our own format: a refund with updated_at"

STANDARD: dict[str, list[Step]] = {
    f"a refund is told too high, corrected, and withdrawn ({CORRECTED})": [
        ("", standard(1, refunds=[{"id": "r1", "amount": "20.00", "updated_at": at(1)}]), 400),
        ("", standard(2, refunds=[{"id": "r1", "amount": "5.00", "updated_at": at(2)}]), 475),
        ("", standard(3, refunds=[{"id": "r1", "updated_at": at(3)}]), 500),
    ],
    **{
        f"a line is refunded by its name, and {name} is bought instead ({SWAP})": [
            ("", standard(1, CUP, PLATE), 500),
            ("", standard(2, CUP, refunds=[refunded]), 350),
            ("", standard(3, CUP, instead(amount), refunds=[refunded]), cashback),
        ]
        for refunded in (
            {"id": "r1", "lines": [{"line": "2", "quantity": 1, "amount": "30.00"}]},
            {"id": "r2", "lines": [{"line": "2", "quantity": 1}]},
        )
        for name, amount, cashback in (
            (f"as much ({refunded['id']})", "30.00", 500),
            (f"less ({refunded['id']})", "20.00", 450),
        )
    },
    f"a line that was refunded without its name stays in the order, and another is bought ({SWAP})": [
        ("", standard(1, CUP, PLATE), 500),
        ("", standard(2, CUP, PLATE, refunds=[{"id": "r1", "amount": "30.00"}]), 350),
        ("", standard(3, CUP, PLATE, instead("30.00"), refunds=[{"id": "r1", "amount": "30.00"}]), 500),
    ],
    f"the limit: a line is taken out, refunded without its name, and as much is bought ({SWAP})": [
        ("", standard(1, CUP, PLATE), 500),
        ("", standard(2, CUP, refunds=[{"id": "r1", "amount": "30.00"}]), 350),
        ("", standard(3, CUP, instead("30.00"), refunds=[{"id": "r1", "amount": "30.00"}]), 350),
    ],
    **{
        f"{field} is not stated any more ({SILENT})": [
            ("", standard(1, **{field: value}), cashback),
            ("", standard(2, **{field: None}), cashback),
        ]
        for field, value, cashback in (("test", True, 0), ("paid_with_balance", "40.00", 300))
    },
    f"a line is added to a paid order, which waits for the money ({EDITS})": [
        ("", standard(1), 500),
        (
            "",
            standard(
                2,
                standard_line("1", "100.00", tax="0.00"),
                standard_line("2", "500.00", tax="0.00"),
                status="pending",
            ),
            500,
        ),
        ("", standard(3, standard_line("1", "100.00", tax="0.00"), standard_line("2", "500.00", tax="0.00")), 3000),
    ],
    f"nobody is named any more ({SILENCE})": [
        ("", standard(1), 500),
        ("", standard(2, customer=None), 500),
        ("", standard(3, customer={"email": "deleted@site.invalid"}), 500),
        ("", standard(4, customer={}), 500),
    ],
    "fees earn nothing, and their refund takes nothing": [
        ("", standard(1, fees="25.00"), 500),
        (
            "",
            {"type": "refund.created", "data": {"id": "r1", "order": "1001", "currency": "EUR", "fees": "10.00"}},
            500,
        ),
        (
            "",
            {"type": "refund.created", "data": {"id": "r2", "order": "1001", "currency": "EUR", "amount": "11.50"}},
            450,
        ),
    ],
    "a cancelled order waits for its payment again": [
        ("", standard(1), 500),
        ("", standard(2, status="cancelled", paid_at=None), 0),
        ("", standard(3, status="pending", paid_at=None), 0),
        ("", standard(4), 500),
    ],
    "a refunded order waits for its payment again": [
        ("", standard(1), 500),
        ("", standard(2, status="refunded"), 0),
        ("", standard(3, status="pending"), 0),
    ],
    "a paid order waits for more money": [("", standard(1), 500), ("", standard(2, status="pending"), 500)],
    "an edit and a refund of the same money": [
        ("", standard(1, standard_line("1", "70.00", tax="0.00"), standard_line("2", "30.00", tax="0.00")), 500),
        ("", standard(2, standard_line("1", "70.00", tax="0.00"), refunds=[{"id": "r1", "amount": "30.00"}]), 350),
    ],
    "balance shows as a discount and is stated too": [
        ("", standard(1, standard_line("1", "20.00", tax="0.00"), paid_with_balance="10.00", discounts="10.00"), 100)
    ],
    "balance that does not show in the amounts": [
        ("", standard(1, standard_line("1", "30.00", tax="0.00"), paid_with_balance="10.00"), 100)
    ],
    "a test order": [("", standard(1, test=True), 0)],
}

BY_SENDER = {"shopify": SHOPIFY, "woocommerce": WOOCOMMERCE, "stripe": STRIPE, "standard": STANDARD}
JOINED = [
    pytest.param(sender, story, id=f"{sender}: {name}")
    for sender, stories in BY_SENDER.items()
    for name, story in stories.items()
]
IN_ORDER = [pytest.param("woocommerce", story, id=f"woocommerce: {name}") for name, story in ORDERED.items()]


@pytest.mark.parametrize(("first", "last"), [(90, 26), (26, 90)])
def test_of_two_customers_under_one_stamp_the_one_heard_later_bought(first: int, last: int) -> None:
    """WooCommerce builds the body when it delivers it (class-wc-webhook.php, deliver): the later one is the newer."""
    shop = Memory(CASHBACK)
    told = [("order.created", woocommerce(customer_id=first)), ("order.updated", woocommerce(customer_id=last))]
    for topic, body in [*told, *told]:
        hear(shop, "woocommerce", topic, body)
    assert (shop.available(f"shop.{first}"), shop.available(f"shop.{last}")) == (0, 500)


BUNDLE: dict[str, tuple[Json, ...]] = {
    f"{name}, {prices}": (woocommerce_line(1, whole, **of_all), *(woocommerce_line(i, part, **of_one) for i in (2, 3)))
    for name, of_all, of_one in (
        ("a bundle", {"bundled_items": [2, 3]}, {"bundled_by": 1}),
        ("a composite product", {"composite_children": [2, 3]}, {"composite_parent": 1}),
    )
    for prices, whole, part in (("priced as a whole", "100.00", "0.00"), ("priced by its parts", "0.00", "50.00"))
}


@pytest.mark.parametrize("name", BUNDLE)
def test_of_a_bundle_what_has_a_price_is_counted_in_pieces(name: str) -> None:
    """https://woocommerce.com/document/bundles-rest-api-reference: the whole and its parts are lines of the order."""
    body = woocommerce(1, *BUNDLE[name])
    free = woocommerce(1, *({**line, "subtotal": line["total"], "total": "0.00"} for line in BUNDLE[name]))
    pieces = 2 if name.endswith("as a whole") else 4
    for order in (body, free):
        lines = snapshot("woocommerce", order, "order.created").lines
        assert sum(line.quantity for line in lines) == pieces
    gift = woocommerce(1, woocommerce_line(1, "100.00"), woocommerce_line(2, "0.00"))
    assert [line.quantity for line in snapshot("woocommerce", gift, "order.created").lines] == [2, 2]


@pytest.mark.parametrize(("sender", "story"), [*JOINED, *IN_ORDER])
def test_each_delivery_leaves_the_cashback_that_is_due(sender: str, story: list[Step]) -> None:
    assert balances(CASHBACK, sender, story) == [cashback for _, _, cashback in story]


@pytest.mark.parametrize(("sender", "story"), [*JOINED, *IN_ORDER])
def test_a_delivery_that_comes_twice_changes_nothing(sender: str, story: list[Step]) -> None:
    expect_repetition_to_change_nothing(CASHBACK, sender, story)


@pytest.mark.parametrize(("sender", "story"), JOINED)
def test_any_order_of_deliveries_ends_alike(sender: str, story: list[Step]) -> None:
    expect_the_same_end_in_any_order(CASHBACK, sender, story)


@pytest.mark.parametrize(
    ("sender", "topic", "body"), [("shopify", "orders/paid", shopify(test=True)), ("standard", "", standard(test=True))]
)
@pytest.mark.parametrize(
    ("programme", "cashback", "reason"),
    [
        (programme_of(), 0, "it is a test order, and the programme's test_orders says that these earn nothing"),
        (programme_of(test_orders=True), 500, ""),
    ],
)
def test_the_programme_says_whether_tests_earn(
    programme: Programme, cashback: int, reason: str, sender: str, topic: str, body: Json
) -> None:
    shop = Memory(programme)
    answer: dict[str, Any] = hear(shop, sender, topic, body)
    assert answer["nothing_due"] == reason
    assert balances(programme, sender, [(topic, body, cashback)]) == [cashback]


@pytest.mark.parametrize(
    ("sender", "placed", "paid"),
    [
        ("shopify", shopify(2, processed_at=at(1), financial_status="pending"), shopify(30, processed_at=at(1))),
        ("shopify", shopify(2, processed_at=at(1), financial_status="authorized"), shopify(30, processed_at=at(1))),
        ("standard", standard(2, created_at=at(1), paid_at=None, status="pending"), standard(30, paid_at=None)),
    ],
    ids=["a bank transfer", "a capture by hand", "our own format without paid_at"],
)
def test_what_is_paid_long_after_it_was_placed_is_paid_then(sender: str, placed: Json, paid: Json) -> None:
    """Shopify's `processed_at` is when an order was placed (shopify.dev, REST Order), and never moves."""

    def received(known: OrderFacts, body: Json) -> OrderFacts:
        return known.merge(facts(sender, body, "orders/paid").with_known(known, NOW)).remembered()

    once = received(received(OrderFacts(), placed), paid)
    later = changed_stamp(sender, paid, at(40))
    assert [known.paid_at for known in (once, received(once, paid), received(once, later))] == [PAID_THEN] * 3
    assert received(once, paid) == once
    assert received(received(OrderFacts(), paid), placed).paid_at < PAID_THEN
    at_once = received(received(OrderFacts(), placed), changed_stamp(sender, paid, at(2)))
    assert at_once.paid_at == received(OrderFacts(), paid).paid_at


PAID_THEN = 1_769_855_400
"""2026-01-31T10:30:00Z."""


def changed_stamp(sender: str, body: Json, stamp: str) -> Json:
    if sender == "shopify":
        return {**body, "updated_at": stamp}
    return {**body, "data": {**body["data"], "updated_at": stamp}}


FIRST: Json = {
    "campaigns": [
        {
            "id": "first",
            "starts": "2026-01-01",
            "ends": "2026-12-31",
            "audience": {"first_order": True},
            "multiply": {"cashback": 2},
        }
    ]
}


@pytest.mark.parametrize(
    ("first", "then", "cashback"),
    [
        ({"email": "Ana@example.com"}, {"id": "42", "email": "ana@example.com"}, 500),
        ({"id": "41", "email": "ana@example.com"}, {"id": "42", "email": "ana@example.com"}, 500),
        ({"id": "41", "email": "bea@example.com"}, {"id": "42", "email": "ana@example.com"}, 1_000),
    ],
    ids=["a guest, then an account", "two accounts of one address", "two persons"],
)
def test_a_first_order_is_that_of_a_person(first: Json, then: Json, cashback: int) -> None:
    """woocommerce/woocommerce#26108: what is once for a customer is had again by checking out as a guest."""
    shop = Memory(programme_of(**FIRST))
    hear(shop, "standard", "", standard(1, id="1", customer=first))
    hear(shop, "standard", "", standard(2, id="2", customer=then))
    assert shop.available(BUYERS["standard"]) == cashback


COUPON = shopify_line(1, "110.00", discount_allocations=[{"amount": "50.00"}])
FEE = {"fee_lines": [{"total": "-50.00"}]}


@pytest.mark.parametrize(
    ("sender", "topic", "body", "cashback"),
    [
        ("shopify", "orders/paid", shopify(1, COUPON, note_attributes=[{"name": BALANCE, "value": "50.00"}]), 0),
        ("woocommerce", "order.created", woocommerce(1, woocommerce_line(1, "110.00"), **FEE), 0),
        (
            "woocommerce",
            "order.created",
            woocommerce(
                1, woocommerce_line(1, "110.00"), meta_data=[{"key": "_ristourne_balance", "value": "50.00"}], **FEE
            ),
            300,
        ),
    ],
    ids=["shopify-attribute-of-the-cart", "woocommerce-fee-below-zero", "woocommerce-stated-by-the-shop"],
)
def test_a_minimum_is_not_reached_by_a_discount_that_is_called_balance(
    sender: str, topic: str, body: Json, cashback: int
) -> None:
    """Goods for 60.00, minimum 100.00. Shoppers write carts' attributes (shopify.dev, Ajax API, cart/update.js), and
    plugins give discounts as fees below zero (woocommerce/woocommerce#16528).
    """
    programme = programme_of(earn=[{"id": "cashback", "percent": 5, "minimum": 100}])
    assert balances(programme, sender, [(topic, body, cashback)]) == [cashback]
