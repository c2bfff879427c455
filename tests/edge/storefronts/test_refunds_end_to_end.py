"""What becomes of the buyer's cashback, delivery by delivery: through the adapter and the decider, in memory.

Every story says the exact balance after each of its deliveries. Each is told again with every delivery repeated, and
in every other order: the end must be the same.
"""

import pytest

from chalicelib.domain.errors import Unprocessable
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
    shop_money,
    shopify_dispute,
    shopify_line,
    shopify_order,
    shopify_refund,
    shopify_transaction,
    standard_dispute,
    standard_line,
    standard_order,
    stripe_charge,
    stripe_dispute,
    stripe_intent,
    stripe_session,
    woocommerce_line,
    woocommerce_order,
)

CASHBACK = programme_of()
"""5% of the goods, without tax and shipping."""


def shopify(minute: int, **changes: object) -> Json:
    """Two lines, of 40.00 and 60.00, and shipping for 5.00, all without tax."""
    lines = [shopify_line(11, "40.00"), shopify_line(12, "30.00", 2)]
    fields = {"line_items": lines, "shipping_lines": [{"price": "5.00"}], "updated_at": at(minute)}
    return shopify_order(**fields | changes)


def returned(line: int, quantity: int, subtotal: str, **more: object) -> Json:
    return {"line_item_id": line, "quantity": quantity, "subtotal": subtotal, "total_tax": "0.00", **more}


def discrepancy(amount: str) -> Json:
    return {"kind": "refund_discrepancy", "amount": amount, "amount_set": shop_money(amount)}


ONE_CUP = shopify_refund(71, refund_line_items=[returned(12, 1, "30.00")], transactions=[shopify_transaction("30.00")])
EVERYTHING = shopify_refund(
    72,
    refund_line_items=[returned(11, 1, "40.00"), returned(12, 2, "60.00")],
    refund_shipping_lines=[{"subtotal_amount_set": shop_money("5.00")}],
    transactions=[shopify_transaction("105.00")],
)
SHIPPING = shopify_refund(
    73,
    order_adjustments=[{"kind": "shipping_refund", "amount": "-5.00", "amount_set": shop_money("-5.00")}],
    transactions=[shopify_transaction("5.00")],
)
RESTOCKED = shopify_refund(74, refund_line_items=[returned(12, 2, "0.00", restock_type="return")])
KEPT_THE_MONEY = shopify_refund(
    75, refund_line_items=[returned(12, 2, "60.00")], order_adjustments=[discrepancy("60.00")]
)
GOODWILL = shopify_refund(76, order_adjustments=[discrepancy("-10.50")], transactions=[shopify_transaction("10.50")])
NOTHING = shopify_refund(77)
REMOVED = shopify_refund(
    78, refund_line_items=[returned(12, 1, "30.00", restock_type="cancel", subtotal_set=shop_money("30.00"))]
)

WITH_A_HAT = [shopify_line(11, "40.00"), shopify_line(12, "30.00", 2), shopify_line(13, "20.00")]

SHOPIFY: dict[str, list[Step]] = {
    "an edit adds a line, and the rest is paid later": [
        ("orders/paid", shopify(1), 500),
        ("orders/edited", {"order_edit": {"id": 1, "order_id": 820982911946154508}}, 500),
        ("orders/updated", shopify(2, line_items=WITH_A_HAT, financial_status="partially_paid"), 500),
        ("orders/paid", shopify(3, line_items=WITH_A_HAT), 600),
    ],
    "an edit removes a piece and gives its money back": [
        ("orders/paid", shopify(1), 500),
        ("orders/edited", {"order_edit": {"id": 1}}, 500),
        ("refunds/create", ONE_CUP, 350),
        ("orders/updated", shopify(2, financial_status="partially_refunded", refunds=[ONE_CUP]), 350),
    ],
    "an edit removes a piece before its money is given back": [
        ("orders/paid", shopify(1), 500),
        ("orders/updated", shopify(2, refunds=[REMOVED]), 350),
        ("refunds/create", REMOVED, 350),
        ("orders/updated", shopify(3, financial_status="partially_refunded", refunds=[REMOVED]), 350),
    ],
    "a cancel that also sends its refund": [
        ("orders/paid", shopify(1), 500),
        ("orders/cancelled", shopify(2, cancelled_at=at(2), financial_status="refunded", refunds=[EVERYTHING]), 0),
        ("refunds/create", EVERYTHING, 0),
        ("orders/updated", shopify(3, cancelled_at=at(2), financial_status="refunded", refunds=[EVERYTHING]), 0),
    ],
    "a cancel without its refund": [
        ("orders/paid", shopify(1), 500),
        ("orders/cancelled", shopify(2, cancelled_at=at(2)), 0),
    ],
    "a refund before its payment": [
        ("refunds/create", ONE_CUP, 0),
        ("orders/create", shopify(1, financial_status="pending"), 0),
        ("orders/paid", shopify(2), 350),
    ],
    "everything refunded before it was paid": [
        ("refunds/create", EVERYTHING, 0),
        ("orders/paid", shopify(1), 0),
        ("orders/updated", shopify(2, financial_status="refunded", refunds=[EVERYTHING]), 0),
    ],
    "refunds one after the other": [
        ("orders/paid", shopify(1), 500),
        ("refunds/create", ONE_CUP, 350),
        ("refunds/create", SHIPPING, 350),
        ("orders/updated", shopify(2, financial_status="partially_refunded", refunds=[ONE_CUP, SHIPPING]), 350),
    ],
    "only the shipping": [
        ("orders/paid", shopify(1), 500),
        ("refunds/create", SHIPPING, 500),
        ("orders/updated", shopify(2, financial_status="partially_refunded", refunds=[SHIPPING]), 500),
    ],
    "restocked at no worth, and no money moved": [
        ("orders/paid", shopify(1), 500),
        ("refunds/create", RESTOCKED, 500),
        ("orders/updated", shopify(2, refunds=[RESTOCKED]), 500),
    ],
    "goods came back, and the shop kept the money": [
        ("orders/paid", shopify(1), 500),
        ("refunds/create", KEPT_THE_MONEY, 200),
        ("orders/updated", shopify(2, refunds=[KEPT_THE_MONEY]), 200),
    ],
    "money for nothing in particular, over goods and shipping": [
        ("orders/paid", shopify(1), 500),
        ("refunds/create", GOODWILL, 450),
        ("orders/updated", shopify(2, financial_status="partially_refunded", refunds=[GOODWILL]), 450),
    ],
    "a refund of nothing": [
        ("orders/paid", shopify(1), 500),
        ("refunds/create", NOTHING, 500),
    ],
    "a chargeback of everything, won": [
        ("orders/paid", shopify(1), 500),
        ("disputes/create", shopify_dispute(amount="105.00"), 0),
        ("disputes/update", shopify_dispute(amount="105.00", status="under_review"), 0),
        ("disputes/update", shopify_dispute(amount="105.00", status="won", finalized_on="2026-03-01"), 500),
    ],
    "a chargeback of a part, lost": [
        ("orders/paid", shopify(1), 500),
        ("disputes/create", shopify_dispute(amount="21.00"), 400),
        ("disputes/update", shopify_dispute(amount="21.00", status="lost", finalized_on="2026-03-01"), 400),
    ],
    "an inquiry that becomes a chargeback": [
        ("orders/paid", shopify(1), 500),
        ("disputes/create", shopify_dispute(amount="105.00", type="inquiry"), 500),
        ("disputes/update", shopify_dispute(amount="105.00"), 0),
    ],
    "a chargeback after a refund": [
        ("orders/paid", shopify(1), 500),
        ("refunds/create", ONE_CUP, 350),
        ("disputes/create", shopify_dispute(amount="75.00"), 0),
        ("disputes/update", shopify_dispute(amount="75.00", status="won", finalized_on="2026-03-01"), 350),
    ],
    "a chargeback before its payment": [
        ("disputes/create", shopify_dispute(amount="105.00"), 0),
        ("orders/paid", shopify(1), 0),
        ("disputes/update", shopify_dispute(amount="105.00", status="won", finalized_on="2026-03-01"), 500),
    ],
    "trashed": [
        ("orders/paid", shopify(1), 500),
        ("orders/delete", {"id": 820982911946154508}, 0),
    ],
}


def woocommerce(minute: int, *refunds: str, **changes: object) -> Json:
    """Goods for 100.00 and shipping for 10.00, all without tax; refunds by their totals, as WooCommerce lists them."""
    listed = [{"id": 900 + i, "reason": "", "total": f"-{total}"} for i, total in enumerate(refunds)]
    fields = {"line_items": [woocommerce_line(total="100.00")], "date_modified_gmt": at(minute), "refunds": listed}
    return woocommerce_order(**fields | changes)


WOOCOMMERCE: dict[str, list[Step]] = {
    "refunds without lines, over goods and shipping": [
        ("order.created", woocommerce(1), 500),
        ("order.updated", woocommerce(2, "11.00"), 450),
        ("order.updated", woocommerce(3, "11.00", "55.00"), 200),
        ("order.updated", woocommerce(4, "11.00", "55.00", "44.00", status="refunded"), 0),
    ],
    "a refund that was entered by mistake": [
        ("order.created", woocommerce(1), 500),
        ("order.updated", woocommerce(2, "11.00"), 450),
        ("order.updated", woocommerce(3), 500),
    ],
    "refunded to the last cent while still completed": [
        ("order.updated", woocommerce(1, status="completed", date_completed_gmt=at(1)), 500),
        ("order.updated", woocommerce(2, "110.00", status="completed", date_completed_gmt=at(1)), 0),
    ],
    "cancelled with its refund": [
        ("order.created", woocommerce(1), 500),
        ("order.updated", woocommerce(2, "110.00", status="cancelled"), 0),
    ],
    "refunded before anybody heard of its payment": [
        ("order.created", woocommerce(1, status="pending", date_paid_gmt=None), 0),
        ("order.updated", woocommerce(2, "55.00"), 250),
    ],
    "trashed": [
        ("order.created", woocommerce(1), 500),
        ("order.deleted", {"id": 727}, 0),
    ],
}


def session(**changes: object) -> Json:
    """100.00 for goods, 20.00 tax on them, 5.00 for shipping."""
    totals = {"amount_tax": 2000, "amount_shipping": 500}
    return stripe_session(amount_total=12500, total_details=totals, **changes)


def refunded(amount: int, second: int) -> Json:
    return stripe_charge(at=NOW + second, amount=12500, amount_captured=12500, amount_refunded=amount)


def disputed(event: str, second: int, status: str, amount: int = 12500) -> Json:
    return stripe_dispute(event, NOW + second, status=status, amount=amount)


STRIPE: dict[str, list[Step]] = {
    "cumulative refunds": [
        ("", session(), 500),
        ("", refunded(1250, 1), 450),
        ("", refunded(6250, 2), 250),
        ("", refunded(1250, 1), 250),
        ("", refunded(12500, 3), 0),
    ],
    "a refund before its payment": [
        ("", refunded(6250, 1), 0),
        ("", session(), 250),
    ],
    "a chargeback, won": [
        ("", session(), 500),
        ("", disputed("created", 1, "needs_response"), 0),
        ("", disputed("funds_withdrawn", 1, "needs_response"), 0),
        ("", disputed("closed", 3, "won"), 500),
        ("", disputed("funds_reinstated", 3, "won"), 500),
    ],
    "a chargeback, lost": [
        ("", session(), 500),
        ("", disputed("created", 1, "needs_response"), 0),
        ("", disputed("updated", 2, "under_review"), 0),
        ("", disputed("closed", 3, "lost"), 0),
    ],
    "an inquiry, closed": [
        ("", session(), 500),
        ("", disputed("created", 1, "warning_needs_response"), 500),
        ("", disputed("closed", 2, "warning_closed"), 500),
    ],
    "an inquiry that becomes a chargeback": [
        ("", session(), 500),
        ("", disputed("created", 1, "warning_needs_response"), 500),
        ("", disputed("updated", 2, "needs_response"), 0),
    ],
    "a chargeback of what a refund left": [
        ("", session(), 500),
        ("", refunded(6250, 1), 250),
        ("", disputed("created", 2, "needs_response", 6250), 0),
        ("", disputed("closed", 3, "won", 6250), 250),
    ],
}


def standard(minute: int, **changes: object) -> Json:
    """Goods for 100.00, 20.00 tax on them, 6.00 for shipping with its tax."""
    lines = [standard_line("1", "100.00", tax="20.00", quantity=4)]
    return standard_order(**{"lines": lines, "updated_at": at(minute)} | changes)


def lone(refund: str, **parts: object) -> Json:
    return {"type": "refund.created", "data": {"id": refund, "order": "1001", "currency": "EUR", **parts}}


STANDARD: dict[str, list[Step]] = {
    "by quantity, by amount, by shipping": [
        ("", standard(1), 500),
        ("", lone("r1", lines=[{"line": "1", "quantity": 1}]), 375),
        ("", lone("r2", lines=[{"line": "1", "quantity": 1, "amount": "15.00", "tax": "3.00"}]), 300),
        ("", lone("r3", shipping="6.00"), 300),
        ("", lone("r4", amount="36.00"), 150),
    ],
    "a refund before its payment": [
        ("", lone("r1", amount="63.00"), 0),
        ("", standard(1), 250),
    ],
    "a chargeback, won": [
        ("", standard(1), 500),
        ("", standard_dispute("opened", amount="126.00"), 0),
        ("", standard_dispute("won", amount="126.00", at="2026-03-01T09:00:00Z"), 500),
    ],
    "a chargeback of a half, lost": [
        ("", standard(1), 500),
        ("", standard_dispute("opened", amount="63.00"), 250),
        ("", standard_dispute("lost", amount="63.00", at="2026-03-01T09:00:00Z"), 250),
    ],
    "delivered": [
        ("", standard(1), 500),
        ("", {"type": "order.delivered", "data": {"id": "1001", "delivered_at": at(30)}}, 500),
    ],
    "delivered before anybody heard of its payment": [
        ("", {"type": "order.delivered", "data": {"id": "1001", "delivered_at": at(30)}}, 0),
        ("", standard(1), 500),
    ],
}

ALL = {"shopify": SHOPIFY, "woocommerce": WOOCOMMERCE, "stripe": STRIPE, "standard": STANDARD}
PRESENTMENT = "shopify.dev, Order.totalPriceSet and ShopifyPaymentsDispute.amount; the amounts constructed"


def in_both(price: str, currency: str) -> Json:
    """The price of the order above, as the shop has it and as the buyer saw it."""
    worth = {"amount": "105.00", "currency_code": "EUR"}
    return {"total_price_set": {"shop_money": worth, "presentment_money": {"amount": price, "currency_code": currency}}}


TRANSACTIONS = "shopify.dev, Refund and OrderTransaction.currency; the amounts constructed"


def paid_back(amount: str, currency: str, refund: int = 71) -> Json:
    return shopify_refund(refund, transactions=[shopify_transaction(amount, currency)])


def disputed_in(amount: str, currency: str, **more: object) -> Json:
    return shopify_dispute(amount=amount, currency=currency, **more)


SHOPIFY |= {
    **{
        f"a dispute of the whole price in the buyer's {currency} ({PRESENTMENT})": [
            ("orders/paid", shopify(1, **in_both(price, currency)), 500),
            ("disputes/create", disputed_in(price, currency), 0),
            ("orders/updated", shopify(2, **in_both(price, currency)), 0),
            ("disputes/update", disputed_in(price, currency, status="won", finalized_on="2026-03-01T10:00:00Z"), 500),
        ]
        for price, currency in (("117.43", "USD"), ("17001", "JPY"), ("38.019", "KWD"), ("105.01", "CHF"))
    },
    f"a dispute of half of the price in the buyer's currency ({PRESENTMENT})": [
        ("orders/paid", shopify(1, **in_both("117.43", "USD")), 500),
        ("disputes/create", disputed_in("58.72", "USD"), 250),
    ],
    **{
        f"half of the price goes back by a transaction in the buyer's {currency} alone ({TRANSACTIONS})": [
            ("orders/paid", shopify(1, **in_both(price, currency)), 500),
            ("refunds/create", paid_back(half, currency), 250),
            ("orders/updated", shopify(2, refunds=[paid_back(half, currency)], **in_both(price, currency)), 250),
        ]
        for price, half, currency in (("117.43", "58.72", "USD"), ("17001", "8501", "JPY"), ("38.019", "19.010", "KWD"))
    },
    f"all of the price goes back in two parts, in the buyer's currency ({TRANSACTIONS})": [
        ("orders/paid", shopify(1, **in_both("117.43", "USD")), 500),
        ("refunds/create", paid_back("58.72", "USD"), 250),
        ("refunds/create", paid_back("58.71", "USD", 72), 0),
    ],
    f"a dispute in the shop's currency where the buyer paid in another ({PRESENTMENT})": [
        ("orders/paid", shopify(1, **in_both("117.43", "USD")), 500),
        ("disputes/create", disputed_in("52.50", "EUR"), 250),
    ],
}

STORIES = [
    pytest.param(sender, story, id=f"{sender}: {name}")
    for sender, stories in ALL.items()
    for name, story in stories.items()
]


@pytest.mark.parametrize(("sender", "story"), STORIES)
def test_each_delivery_leaves_the_cashback_that_is_due(sender: str, story: list[Step]) -> None:
    assert balances(CASHBACK, sender, story) == [cashback for _, _, cashback in story]


@pytest.mark.parametrize(("sender", "story"), STORIES)
def test_a_delivery_that_comes_twice_changes_nothing(sender: str, story: list[Step]) -> None:
    expect_repetition_to_change_nothing(CASHBACK, sender, story)


@pytest.mark.parametrize(("sender", "story"), STORIES)
def test_any_order_of_deliveries_ends_alike(sender: str, story: list[Step]) -> None:
    expect_the_same_end_in_any_order(CASHBACK, sender, story)


def test_a_dispute_in_another_currency_than_the_order_is_refused_and_changes_nothing() -> None:
    shop = Memory(CASHBACK)
    hear(shop, "shopify", "orders/paid", shopify(1))
    before = dict(shop.records)
    reason = "must be in the order's EUR, got USD: the order states its price in no other currency"
    with pytest.raises(Unprocessable, match=f"^the dispute 285332461850802050 {reason}"):
        hear(shop, "shopify", "disputes/create", shopify_dispute(currency="USD"))
    assert shop.records == before


def test_a_refund_in_neither_currency_of_its_order_is_refused_and_changes_nothing() -> None:
    shop = Memory(CASHBACK)
    hear(shop, "shopify", "orders/paid", shopify(1, **in_both("117.43", "USD")))
    before = dict(shop.records)
    with pytest.raises(Unprocessable, match=r"^the refund 71 must be in the order's EUR, got CAD"):
        hear(shop, "shopify", "refunds/create", paid_back("10.00", "CAD"))
    assert shop.records == before


def test_a_newer_order_that_is_silent_of_the_buyers_currency_gives_no_disputed_money_back() -> None:
    told: list[Step] = [
        ("orders/paid", shopify(1, **in_both("117.43", "USD")), 500),
        ("disputes/create", disputed_in("117.43", "USD"), 0),
        ("orders/updated", shopify(2, total_price_set=None), 0),
    ]
    assert balances(CASHBACK, "shopify", told) == [cashback for _, _, cashback in told]


def test_a_dispute_in_neither_currency_of_its_order_is_refused_and_changes_nothing() -> None:
    shop = Memory(CASHBACK)
    hear(shop, "shopify", "orders/paid", shopify(1, **in_both("117.43", "USD")))
    before = dict(shop.records)
    with pytest.raises(Unprocessable, match="must be in the order's EUR or the USD that its buyer paid in, got JPY"):
        hear(shop, "shopify", "disputes/create", disputed_in("15000", "JPY"))
    assert shop.records == before


@pytest.mark.parametrize(("price", "currency"), [("117.43", "ZZZ"), ("0.00", "USD"), ("117.43", None), (None, "USD")])
def test_a_price_that_gives_no_rate_refuses_no_order(price: str, currency: str) -> None:
    shop = Memory(CASHBACK)
    hear(shop, "shopify", "orders/paid", shopify(1, **in_both(price, currency)))
    assert shop.available(BUYERS["shopify"]) == 500


def test_a_payment_that_only_its_intent_states_is_disputed_as_one_with_a_session() -> None:
    shop = Memory(CASHBACK)
    hear(shop, "stripe", "", stripe_intent(customer="cus_1", amount_received=10_000))
    assert shop.available(BUYERS["stripe"]) == 500
    hear(shop, "stripe", "", stripe_dispute(amount=2_000))
    assert shop.available(BUYERS["stripe"]) == 400
