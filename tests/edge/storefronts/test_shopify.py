"""Shopify's orders and refunds become facts."""

import pytest

from chalicelib.domain.orders.facts import Line, OrderFacts, Refund, RefundLine
from chalicelib.domain.orders.kept import kept_of
from chalicelib.edge.storefronts import Ignored, OrderStatement, UnreadableDelivery
from tests.world.senders import (
    CODE,
    IDENTITIES,
    facts,
    shop_money,
    shopify_line,
    shopify_order,
    shopify_refund,
    shopify_transaction,
    snapshot,
    statement_of,
    translation,
)

ORDER = "820982911946154508"
TAX = {"price": "8.00", "price_set": shop_money("8.00")}


def order(**changes):
    return snapshot("shopify", shopify_order(**changes), "orders/paid")


def refund(**changes):
    (only,) = facts("shopify", shopify_refund(**changes), "refunds/create").refunds.values()
    return only


def euros(**changes):
    """A refund in the shop's currency."""
    return Refund(currency="EUR", **changes)


def expect_refusal(match, body, topic="orders/paid"):
    with pytest.raises(UnreadableDelivery, match=match):
        translation("shopify", body, topic)


def test_a_paid_order_is_heard_with_its_lines():
    statement = statement_of("shopify", shopify_order(), "orders/paid")
    assert statement.order == ORDER
    (seen,) = statement.facts.sources.values()
    assert list(statement.facts.sources) == ["order"]
    assert seen.lines == (Line("11", "632910392", "MUG", 1, 4000, 0),)
    assert (seen.paid, seen.void, seen.currency, seen.name) == (True, False, "EUR", "#1001")
    assert (seen.at, seen.stamp_ms) == (1769850001, 1769850002000)
    assert seen.buyer == "shop.115310627314723954"
    assert seen.email_hash == IDENTITIES.email_hash("ana@example.com")
    assert not statement.facts.refunds
    assert not seen.refunds


@pytest.mark.parametrize("topic", ["create", "paid", "updated", "cancelled", "partially_fulfilled", "fulfilled"])
def test_every_order_topic_says_the_same(topic):
    assert facts("shopify", shopify_order(), f"orders/{topic}") == facts("shopify", shopify_order(), "orders/paid")


@pytest.mark.parametrize(
    "topic",
    [
        "orders/edited",
        "customers/create",
    ],
)
def test_topics_that_need_nothing_done(topic):
    reply = translation("shopify", {"whatever": 1}, topic)
    assert isinstance(reply, Ignored)
    assert not reply.unknown


@pytest.mark.parametrize("topic", ["products/update", "orders/", "ORDERS/PAID"])
def test_an_unknown_topic_is_counted(topic):
    reply = translation("shopify", shopify_order(), topic)
    assert isinstance(reply, Ignored)
    assert reply.unknown


def test_a_deleted_order_is_gone_for_good():
    assert translation("shopify", {"id": 7}, "orders/delete") == OrderStatement("7", OrderFacts(deleted=True))


@pytest.mark.parametrize(
    ("status", "paid", "void"),
    [
        (None, False, False),
        ("pending", False, False),
        ("authorized", False, False),
        ("partially_paid", False, False),
        ("paid", True, False),
        ("partially_refunded", True, False),
        ("refunded", True, True),
        ("voided", False, True),
    ],
)
def test_a_status_says_whether_an_order_is_paid_or_void(status, paid, void):
    seen = order(financial_status=status)
    assert (seen.paid, seen.void) == (paid, void)


@pytest.mark.parametrize(
    ("status", "paid"), [("paid", True), ("partially_paid", False), ("pending", False), (None, False)]
)
def test_a_cancelled_order_is_void(status, paid):
    seen = order(financial_status=status, cancelled_at="2026-02-01T00:00:00Z")
    assert (seen.paid, seen.void) == (paid, True)


def test_money_is_the_shops_and_never_the_buyers():
    line = shopify_line(
        price="1.00",
        price_set=shop_money("50.00"),
        quantity=2,
        tax_lines=[{"price": "1.00", "price_set": shop_money("18.00")}],
        discount_allocations=[{"amount": "1.00", "amount_set": shop_money("10.00")}],
    )
    shipping = {"price": "1.00", "price_set": shop_money("5.00"), "discounted_price_set": shop_money("4.00")}
    seen = order(line_items=[line], shipping_lines=[shipping], presentment_currency="JPY")
    assert [(part.net, part.tax) for part in seen.lines] == [(9000, 1800)]
    assert seen.shipping_net == 400


def test_discounts_come_off_and_taxes_stand_apart():
    line = shopify_line(
        quantity=3, tax_lines=[TAX, {"price": "0.50"}], discount_allocations=[{"amount": "5.00"}, {"amount": "7.50"}]
    )
    assert order(line_items=[line]).lines[0] == Line("11", "632910392", "MUG", 3, 10750, 850)


def test_prices_that_contain_the_tax():
    shipping = {"price": "6.00", "tax_lines": [{"price": "1.00"}]}
    seen = order(taxes_included=True, line_items=[shopify_line(tax_lines=[TAX])], shipping_lines=[shipping])
    assert (seen.lines[0].net, seen.lines[0].tax) == (3200, 800)
    assert (seen.shipping_net, seen.shipping_tax, seen.tax_included) == (500, 100, True)


@pytest.mark.parametrize(
    ("line", "net"),
    [
        ({"price": "10.00"}, 1000),
        ({"price": "10.00", "discounted_price": "4.00"}, 400),
        ({"price": "10.00", "discounted_price": "0.00", "discount_allocations": [{"amount": "10.00"}]}, 0),
        ({"price": "10.00", "discount_allocations": [{"amount": "2.50"}]}, 750),
        ({"price": "10.00", "is_removed": True}, 0),
    ],
)
def test_shipping_counts_as_it_was_charged(line, net):
    assert order(shipping_lines=[line]).shipping_net == net


def test_a_gift_card_earns_nothing():
    seen = order(line_items=[shopify_line(gift_card=True), shopify_line(12)])
    assert [line.earns for line in seen.lines] == [False, True]


def test_a_line_without_product_or_sku():
    line = order(line_items=[shopify_line(product_id=None, sku=None)]).lines[0]
    assert (line.product, line.sku, line.labels) == ("", "", ())


def test_an_order_may_be_free():
    assert order(line_items=[shopify_line(price="0.00")]).lines[0].net == 0
    assert order(line_items=[]).lines == ()


def test_a_yen_order_has_no_decimals():
    assert order(currency="JPY", line_items=[shopify_line(price="1200.00")]).lines[0].net == 1200


@pytest.mark.parametrize(
    ("changes", "buyer", "known"),
    [
        ({"customer": None}, "guest." + IDENTITIES.email_hash("ana@example.com"), True),
        ({"customer": None, "email": ""}, "", False),
        (
            {"customer": None, "email": None, "contact_email": "ana@example.com"},
            "guest." + IDENTITIES.email_hash("ana@example.com"),
            True,
        ),
        ({"customer": {"id": 9, "email": "ana@example.com"}, "email": None}, "shop.9", True),
        ({"customer": {"id": None}, "email": ""}, "", False),
    ],
)
def test_the_buyer_is_the_customer_or_a_guest_by_the_e_mail(changes, buyer, known):
    seen = order(**changes)
    assert seen.buyer == buyer
    assert seen.email_hash == (IDENTITIES.email_hash("ana@example.com") if known else "")


@pytest.mark.parametrize(
    "changes",
    [
        {"note_attributes": [{"name": "x", "value": None}, {"name": "anything", "value": f" {CODE.lower()} "}]},
        {"discount_codes": [{"code": "TENOFF"}, {"code": CODE}]},
        {"landing_site": f"/?utm_source=mail&ref={CODE}#top"},
        {"landing_site": f"https://shop.example/a?ref={CODE}"},
        {"landing_site_ref": CODE},
    ],
)
def test_where_a_referral_code_can_stand(changes):
    assert order(**changes).code == CODE


def test_what_looks_like_no_referral_code_is_none():
    assert order(landing_site="http://[?&&=;%ff", landing_site_ref="abc", discount_codes=[{"code": None}]).code == ""


def test_an_attribute_says_what_was_paid_with_balance():
    attributes = [{"name": "ristourne_balance", "value": "12.50"}]
    assert order(note_attributes=attributes).deduction == 1250


@pytest.mark.parametrize("attributes", [[], [{"name": "ristourne_balance", "value": "12.50"}]], ids=["none", "stated"])
def test_what_carts_say_of_balance_is_a_shoppers_claim(attributes):
    assert order(note_attributes=attributes).claimed


@pytest.mark.parametrize("value", ["-1", "", "a lot", "1,50", "1e99", "NaN", True, None, [], {"a": 1}])
def test_a_balance_that_a_shopper_made_up_is_none(value):
    made_up = {"name": "ristourne_balance", "value": value}
    assert order(note_attributes=[made_up]) == order()
    assert order(note_attributes=[made_up, {"name": "ristourne_balance", "value": "2.50"}]).deduction == 250


def refunded_line(**changes):
    return {"line_item_id": 11, "quantity": 1, "subtotal": 40, "total_tax": 8.0, **changes}


def test_a_refund_names_its_lines_with_their_amounts():
    statement = statement_of("shopify", shopify_refund(refund_line_items=[refunded_line()]), "refunds/create")
    assert statement == OrderStatement(
        ORDER, OrderFacts(refunds={"71": euros(lines=(RefundLine("11", 1, 4000, 800),))})
    )


def test_a_refund_by_line_prefers_the_shops_money():
    line = refunded_line(subtotal_set=shop_money("50.00"), total_tax_set=shop_money("9.50"))
    assert refund(refund_line_items=[line]).lines == (RefundLine("11", 1, 5000, 950),)


def test_a_refund_may_state_quantities_alone():
    line = {"line_item_id": 11, "quantity": 2}
    assert refund(refund_line_items=[line]).lines == (RefundLine("11", 2, None, 0),)


def shipping_adjustment(kind="shipping_refund"):
    return {
        "kind": kind,
        "reason": "Shipping refund",
        "amount": "-1.00",
        "amount_set": shop_money("-5.00"),
        "tax_amount_set": shop_money("-0.50"),
    }


SHIPPING_LINE = {"subtotal_amount_set": shop_money("5.00")}


@pytest.mark.parametrize(
    ("changes", "given"),
    [
        ({"refund_shipping_lines": [SHIPPING_LINE]}, euros(shipping_net=500)),
        ({"refund_shipping_lines": [SHIPPING_LINE, SHIPPING_LINE]}, euros(shipping_net=1000)),
        ({"order_adjustments": [shipping_adjustment()]}, euros(shipping=550)),
        ({"order_adjustments": [shipping_adjustment()], "refund_shipping_lines": [SHIPPING_LINE]}, euros(shipping=550)),
        (
            {"order_adjustments": [shipping_adjustment(None)], "refund_shipping_lines": [SHIPPING_LINE]},
            euros(shipping=550),
        ),
        (
            {"order_adjustments": [shipping_adjustment()], "refund_shipping_lines": [SHIPPING_LINE] * 2},
            euros(shipping_net=1000),
        ),
        ({"refund_shipping_lines": [{"subtotal_amount_set": None}]}, None),
    ],
)
def test_refunded_shipping_counts_once(changes, given):
    assert refund(**changes) == (given or euros())


SHIPPING_OF_6 = {"price": "5.00", "tax_lines": [{"price": "1.00"}]}
SHIPPING_OF_6_WITH_TAX = {"price": "6.00", "tax_lines": [{"price": "1.00"}]}


@pytest.mark.parametrize(
    ("included", "shipping", "given", "shipping_rest"),
    [
        (False, SHIPPING_OF_6, {"subtotal_amount_set": shop_money("5.00")}, (0, 0)),
        (False, SHIPPING_OF_6, {"subtotal_amount_set": shop_money("2.50")}, (250, 50)),
        (True, SHIPPING_OF_6_WITH_TAX, {"subtotal_amount_set": shop_money("6.00")}, (0, 0)),
        (True, SHIPPING_OF_6_WITH_TAX, {"subtotal_amount_set": shop_money("3.00")}, (250, 50)),
    ],
)
def test_refunded_shipping_takes_its_tax_along(included, shipping, given, shipping_rest):
    body = shopify_order(
        taxes_included=included,
        shipping_lines=[shipping],
        refunds=[shopify_refund(refund_shipping_lines=[given])],
    )
    view = facts("shopify", body, "orders/updated").view
    assert view is not None
    rest = kept_of(view)
    assert (rest.shipping_net, rest.shipping_tax) == shipping_rest
    assert rest.goods(with_tax=True) == 4000


def discrepancy(amount, **changes):
    return {"kind": "refund_discrepancy", "amount": "1.00", "amount_set": shop_money(amount), **changes}


def test_money_given_back_for_nothing_in_particular():
    assert refund(order_adjustments=[discrepancy("-33.84")]) == euros(amount=3384, lowers=True)
    assert refund(order_adjustments=[discrepancy("-10.00", kind=None, reason="damage")]) == euros(
        amount=1000, lowers=True
    )


def test_goods_returned_for_less_money_are_returned():
    given = refund(refund_line_items=[refunded_line()], order_adjustments=[discrepancy("10.00")])
    assert given == euros(lines=(RefundLine("11", 1, 4000, 800),), withheld=1000)


def test_shipping_refunded_while_the_money_is_still_under_way():
    # As recorded: while the transaction is pending, a positive discrepancy stands against the shipping.
    given = refund(
        refund_shipping_lines=[SHIPPING_LINE],
        order_adjustments=[discrepancy("5.50"), shipping_adjustment()],
        transactions=[shopify_transaction("5.50", status="pending")],
    )
    assert given == euros(shipping=550, withheld=550)


def test_transactions_speak_only_where_nothing_is_itemised():
    transactions = [
        shopify_transaction("75.00"),
        shopify_transaction("10.00"),
        shopify_transaction("99.00", status="failure"),
        shopify_transaction("99.00", kind="sale"),
    ]
    assert refund(transactions=transactions) == euros(amount=8500)
    assert refund(transactions=transactions, refund_line_items=[refunded_line()]).amount == 0
    assert refund() == euros()


YEN = shop_money("1200", currency="JPY")
YEN_BACK = shop_money("-1200", currency="JPY")


@pytest.mark.parametrize(
    ("changes", "given"),
    [
        (
            {"refund_line_items": [refunded_line(subtotal=None, subtotal_set=YEN, total_tax=0)]},
            Refund(lines=(RefundLine("11", 1, 1200, 0),), currency="JPY"),
        ),
        (
            {"refund_line_items": [refunded_line(subtotal=1200, total_tax_set=YEN)]},
            Refund(lines=(RefundLine("11", 1, 1200, 1200),), currency="JPY"),
        ),
        ({"refund_shipping_lines": [{"subtotal_amount_set": YEN}]}, Refund(shipping_net=1200, currency="JPY")),
        (
            {"order_adjustments": [discrepancy("0", amount_set=YEN_BACK)]},
            Refund(amount=1200, currency="JPY", lowers=True),
        ),
        (
            {"order_adjustments": [{"amount": "-1", "tax_amount_set": YEN_BACK}]},
            Refund(amount=1201, currency="JPY", lowers=True),
        ),
        (
            {"total_duties_set": YEN, "transactions": [shopify_transaction("1500", "JPY")]},
            Refund(amount=300, fees=1200, currency="JPY"),
        ),
    ],
)
def test_the_currency_of_a_refund_on_its_own_is_the_shops(changes, given):
    assert refund(**{"total_duties_set": None, **changes}) == given


@pytest.mark.parametrize(
    "changes",
    [
        {"transactions": [shopify_transaction("5.00", None)]},
        {"refund_line_items": [refunded_line()], "transactions": [shopify_transaction("5.00", "EUR")]},
        {"refund_shipping_lines": [{"subtotal_amount_set": {"presentment_money": {"amount": "1"}}}]},
        {"order_adjustments": [{"amount_set": {"shop_money": {"amount": "-1"}}}]},
        {},
    ],
)
def test_a_refund_on_its_own_that_does_not_name_the_shops_currency(changes):
    body = shopify_refund(**{"total_duties_set": None, **changes})
    expect_refusal(r"^no \*_set names the shop's currency .*: the orders/updated that follows", body, "refunds/create")


@pytest.mark.parametrize(
    ("statuses", "reason"),
    [
        (["pending"], "no money has moved yet"),
        (["failure", "pending"], "no money has moved yet"),
        (["failure"], "did not succeed"),
        (["error"], "did not succeed"),
    ],
)
@pytest.mark.parametrize("duties", [None, shop_money("0.00")])
def test_a_refund_of_which_no_money_has_moved_changes_nothing_and_needs_nobody(statuses, reason, duties):
    transactions = [shopify_transaction("5.00", "EUR", status=status) for status in statuses]
    body = shopify_refund(total_duties_set=duties, transactions=transactions)
    reply = translation("shopify", body, "refunds/create")
    assert isinstance(reply, Ignored)
    assert reason in reply.reason
    within = facts("shopify", shopify_order(refunds=[body]), "orders/updated")
    assert within.refunds == {"71": euros()}


def test_duties_that_came_back_count_while_the_money_is_pending():
    pending = [shopify_transaction("5.00", "EUR", status="pending")]
    assert refund(total_duties_set=shop_money("5.00"), transactions=pending) == euros(fees=500)


def test_a_pending_refund_of_an_order_is_the_money_once_that_has_moved():
    pending, moved = (
        facts("shopify", shopify_order(refunds=[shopify_refund(transactions=[transaction])]), "orders/updated")
        for transaction in (shopify_transaction("5.00", status="pending"), shopify_transaction("5.00"))
    )
    assert pending.merge(moved).refunds == moved.merge(pending).refunds == {"71": euros(amount=500)}


def test_a_refund_whose_money_moved_beside_a_failed_transaction_counts_as_that_money():
    transactions = [shopify_transaction("5.00", "EUR", status="failure"), shopify_transaction("5.00", "EUR")]
    body = shopify_refund(total_duties_set=None, transactions=transactions)
    assert facts("shopify", shopify_order(refunds=[body]), "orders/updated").refunds == {"71": euros(amount=500)}
    assert facts("shopify", body, "refunds/create").refunds == {"71": euros(amount=500)}


def test_the_order_that_follows_names_the_currency_of_its_refunds():
    body = shopify_refund(total_duties_set=None, transactions=[shopify_transaction("1200", "JPY")])
    within = shopify_order(currency="JPY", line_items=[shopify_line(price="2000")], refunds=[body])
    assert facts("shopify", within, "orders/updated").refunds == {"71": Refund(amount=1200, currency="JPY")}


def test_a_refund_in_the_order_is_in_the_currency_that_its_own_amounts_name():
    body = shopify_refund(order_adjustments=[discrepancy("0", amount_set=YEN_BACK)], total_duties_set=None)
    within = facts("shopify", shopify_order(refunds=[body]), "orders/updated")
    assert within.refunds == facts("shopify", body, "refunds/create").refunds
    assert within.refunds == {"71": Refund(amount=1200, currency="JPY", lowers=True)}


def in_both_currencies(shop, buyers):
    return {
        "shop_money": {"amount": shop, "currency_code": "EUR"},
        "presentment_money": {"amount": buyers, "currency_code": "CAD"},
    }


BOTH_PRICES = {"total_price_set": in_both_currencies("100.00", "150.00")}
CANADIAN = {"transactions": [shopify_transaction("15.00", "CAD")]}


@pytest.mark.parametrize(
    ("changes", "refund"),
    [
        (CANADIAN, Refund(amount=1500, currency="CAD")),
        (CANADIAN | {"total_duties_set": None}, Refund(amount=1500, currency="CAD")),
        (
            CANADIAN
            | {
                "duties": [{"amount_set": in_both_currencies("2.00", "3.00")}],
                "total_duties_set": in_both_currencies("2.00", "3.00"),
                "additional_fees": [{"amount_set": in_both_currencies("4.00", "6.00")}],
            },
            Refund(amount=600, fees=900, currency="CAD"),
        ),
        (
            {
                "transactions": [
                    {**CANADIAN["transactions"][0], "status": "failure"},
                    shopify_transaction("9.00", "CAD"),
                ]
            },
            Refund(amount=900, currency="CAD"),
        ),
        ({"transactions": [shopify_transaction("9.00")], "total_duties_set": None}, Refund(amount=900, currency="EUR")),
    ],
)
def test_what_transactions_alone_give_back_is_in_their_currency(changes, refund):
    body = shopify_refund(**changes)
    assert facts("shopify", body, "refunds/create").refunds == {"71": refund}
    statement = statement_of("shopify", shopify_order(refunds=[body], **BOTH_PRICES), "orders/updated")
    assert (statement.facts.refunds, statement.left_out) == ({"71": refund}, ())


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"transactions": [shopify_transaction("5.00"), *CANADIAN["transactions"]]}, "must be in one currency"),
        (
            CANADIAN | {"duties": [{"amount_set": shop_money("2.00")}]},
            "duties and additional_fees must be stated in the buyer's currency too",
        ),
    ],
)
def test_transactions_whose_share_of_the_goods_is_not_known_are_refused(changes, match):
    expect_refusal(match, shopify_refund(**changes), "refunds/create")


@pytest.mark.parametrize(
    ("total", "reason"),
    [
        (None, "must be the shop's"),
        (in_both_currencies("0.00", "150.00"), "must be the shop's"),
        (in_both_currencies("100.00", "0.00"), "must be the shop's"),
    ],
)
def test_an_order_without_a_rate_is_read_without_a_refund_in_the_buyers_currency(total, reason):
    order = shopify_order(refunds=[shopify_refund(**CANADIAN)], total_price_set=total)
    statement = statement_of("shopify", order, "orders/updated")
    assert statement.facts.refunds == {}
    (left_out,) = statement.left_out
    assert left_out.startswith(f"a refund was left out: refunds[0].transactions[0].currency {reason}")


def test_a_refund_that_names_no_order():
    expect_refusal("order_id is missing", shopify_refund(order=None), "refunds/create")


@pytest.mark.parametrize(
    "changes",
    [
        {"refund_line_items": [refunded_line()], "order_adjustments": [discrepancy("10.00")]},
        {"transactions": [shopify_transaction("3.21")]},
        {"order_adjustments": [shipping_adjustment()], "refund_shipping_lines": [SHIPPING_LINE]},
        {"refund_shipping_lines": [SHIPPING_LINE]},
        {"refund_line_items": [refunded_line()], "transactions": [shopify_transaction("5000", "JPY")]},
        {},
    ],
)
def test_the_order_repeats_a_refund_as_the_same_fact(changes):
    alone = facts("shopify", shopify_refund(**changes), "refunds/create")
    within = facts("shopify", shopify_order(refunds=[shopify_refund(**changes)]), "orders/updated")
    assert within.refunds == alone.refunds
    assert alone.refunds["71"].currency == "EUR"


def test_a_refund_takes_its_line_out_of_what_was_kept():
    whole = facts("shopify", shopify_order(line_items=[shopify_line(), shopify_line(12)]), "orders/paid")
    view = whole.merge(facts("shopify", shopify_refund(refund_line_items=[refunded_line()]), "refunds/create")).view
    assert view is not None
    assert [line.net for line in kept_of(view).lines] == [0, 4000]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        (
            {"line_items": [shopify_line(price="abc")]},
            r'^line_items\[0\].price must be a decimal number such as "40.00"',
        ),
        (
            {"line_items": [shopify_line(price="9999999999999.00")]},
            r"^line_items\[0\].price must be below 10\^12 \(12 digits before the decimal point\), got '99",
        ),
        ({"line_items": [shopify_line(price="-1")]}, r"^line_items\[0\].price must not be negative, got -1$"),
        ({"line_items": [shopify_line(price="NaN")]}, r"^line_items\[0\].price must be"),
        ({"line_items": [shopify_line(price="1e9")]}, r"^line_items\[0\].price must be"),
        ({"line_items": [shopify_line(quantity=-1)]}, r"^line_items\[0\].quantity must be at least 0$"),
        ({"line_items": [shopify_line(line="a b")]}, r"^line_items\[0\].id must be an id"),
        ({"line_items": [shopify_line(line="x" * 101)]}, r"^line_items\[0\].id must be an id"),
        ({"line_items": [{"id": 1}]}, r"^line_items\[0\].quantity is missing$"),
        ({"line_items": [shopify_line(price=None)]}, r"^line_items\[0\].price is missing$"),
        ({"shipping_lines": [{"price": "1"}, {"price": None}]}, r"^shipping_lines\[1\].price is missing$"),
        ({"line_items": [shopify_line()] * 2001}, "^line_items must have at most 2000 entries$"),
        (
            {"line_items": [shopify_line(discount_allocations=[{"amount": "40.01"}])]},
            r"^line_items\[0\].price must not be",
        ),
        (
            {"shipping_lines": [{"price": "1", "discount_allocations": [{"amount": "2"}]}]},
            "^shipping_lines must not be less than their discounts$",
        ),
        ({"currency": "XXX"}, "^currency must be an ISO 4217 code"),
        ({"currency": None}, "^currency must be text, got null$"),
        ({"updated_at": "yesterday"}, "^updated_at must be an ISO 8601 date"),
        ({"updated_at": 5}, "^updated_at must be an ISO 8601 date"),
        ({"created_at": "1969-12-31T23:59:59Z"}, "^created_at must not be before 1970"),
        ({"order": "x/y"}, "^id must be an id"),
        ({"order": -5}, "^id must be an id"),
        ({"order": True}, "^id must be an id"),
        ({"customer": {"id": "ana@example.com"}}, "^customer.id must be an id"),
    ],
)
def test_what_cannot_be_read_names_its_field(changes, match):
    expect_refusal(match, shopify_order(**changes))


def test_an_error_does_not_repeat_somebodys_address():
    with pytest.raises(UnreadableDelivery) as refused:
        translation("shopify", shopify_order(customer={"id": "ana@example.com"}), "orders/paid")
    assert "ana" not in str(refused.value)


def test_a_body_that_is_no_order():
    expect_refusal("the body must be JSON", b"webhook_id=3")
    expect_refusal("the body must be JSON", b"\xff\xff")
    expect_refusal("^the document must be an object, got a list$", b"[]")
    expect_refusal("^currency is missing$", {"id": 1})
