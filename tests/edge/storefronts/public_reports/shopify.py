"""What was reported in public of Shopify: each story names its source and the cashback after each delivery."""

from tests.edge.storefronts.public_reports.sources import EDITS, NO_BUYER, NO_LINES, NULLS
from tests.edge.storefronts.stories import Step, at
from tests.world.senders import Json, shopify_line, shopify_order, shopify_refund, shopify_transaction

BALANCE = "ristourne_balance"
"""The note attribute of a cart that says what a balance pays."""


def shopify(minute: int = 1, *lines: Json, **changes: object) -> Json:
    """Goods for 100.00 unless other lines are stated."""
    fields: Json = {"line_items": [*lines] or [shopify_line(1, "100.00")], "updated_at": at(minute)}
    return shopify_order(**fields | changes)


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

TIPS = "community.shopify.com/t/topic/410117; nozzlegear/ShopifySharp#811"
DUTIES_OF = "shopify.dev/api/admin-rest/2023-10/resources/refund"
ORDER = "shopify.dev/docs/api/admin-rest/latest/resources/order"


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
        f"{field} of a line not stated any more ({NULLS})": [
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
    f"a refund of no line beside a discount that is not stated any more ({NULLS})": [
        ("orders/paid", shopify(1, {**FIRST_LINE, "discount_allocations": [{"amount": "40.00"}]}), 300),
        ("orders/updated", shopify(2, {**FIRST_LINE, "discount_allocations": None}), 300),
        ("refunds/create", shopify_refund(1, order_adjustments=[discrepancy("-20.00")], **OF_THE_SHOP), 200),
    ],
    **{
        f"the lines are not stated when it is paid: {lines} ({NULLS})": [
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
        f"shipping states its price after discounts only: {price!r} ({NULLS})": [
            ("orders/paid", shopify(1, shipping_lines=[{"price": price, "discounted_price": "20.00"}]), 500),
            ("refunds/create", shopify_refund(1, order_adjustments=[discrepancy("-60.00")], **OF_THE_SHOP), 250),
        ]
        for price in (None, "")
    },
    f"the price of goods and shipping in the shop's money only ({NULLS})": [
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
        f"{field} is not stated any more ({NULLS})": [
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
    f"the customer and the e-mail are gone ({NO_BUYER})": [
        ("orders/paid", shopify(1), 500),
        ("orders/updated", shopify(2, customer=None, email="", contact_email=None), 500),
    ],
    f"the customer is gone and the e-mail is not ({NO_BUYER})": [
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
