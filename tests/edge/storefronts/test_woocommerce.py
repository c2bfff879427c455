"""WooCommerce's orders become facts."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.orders.facts import TRASHED, Line, OrderFacts, Refund
from chalicelib.domain.orders.kept import kept_of
from chalicelib.edge.storefronts import Ignored, OrderStatement, UnreadableDelivery, woocommerce
from tests.world.senders import (
    CODE,
    IDENTITIES,
    SECRETS,
    delivery,
    facts,
    snapshot,
    statement_of,
    translation,
    woocommerce_line,
    woocommerce_order,
)

ATTRIBUTION = "_wc_order_attribution_session_entry"


def order(**changes):
    return snapshot("woocommerce", woocommerce_order(**changes), "order.updated")


def test_a_paid_order_is_heard_with_its_lines():
    statement = statement_of("woocommerce", woocommerce_order(), "order.created")
    assert statement.order == "727"
    seen = statement.facts.sources["order"]
    assert seen.lines == (Line("315", "93", "WOO-1", 2, 600, 0),)
    assert (seen.paid, seen.void, seen.currency, seen.name) == (True, False, "EUR", "727")
    assert (seen.at, seen.stamp_ms) == (1769850005, 1769850008000)
    assert (seen.shipping_net, seen.shipping_tax, seen.tax_included) == (1000, 0, False)
    assert (seen.buyer, seen.email_hash) == ("shop.26", IDENTITIES.email_hash("joao@example.com"))


def test_every_order_topic_says_the_same():
    created, updated, restored = (
        facts("woocommerce", woocommerce_order(), f"order.{event}") for event in ("created", "updated", "restored")
    )
    assert updated == created
    assert restored == replace(created, restored=True)


@pytest.mark.parametrize("topic", ["product.updated", "order.refunded", "action.woocommerce_add_to_cart"])
def test_an_unknown_topic_is_counted(topic):
    reply = translation("woocommerce", woocommerce_order(), topic)
    assert isinstance(reply, Ignored)
    assert reply.unknown


@pytest.mark.parametrize("order_id", [727, "727"])
def test_a_deleted_order_lies_in_the_trash(order_id):
    assert translation("woocommerce", {"id": order_id}, "order.deleted") == OrderStatement(
        "727", OrderFacts(trashed=TRASHED)
    )


def test_the_ping_of_a_new_webhook_is_unsigned_and_says_nothing():
    ping = delivery("woocommerce", b"webhook_id=12")
    assert woocommerce.is_ping(ping.body)
    assert woocommerce.translate(ping) == Ignored("the ping of a new webhook")
    assert not woocommerce.verify([SECRETS["woocommerce"]], {}, ping.body, 0)


@pytest.mark.parametrize(
    "body", [b"", b"webhook_id=", b"webhook_id=1&id=2", b'{"webhook_id": 1}', b"webhook_id=" + b"1" * 99]
)
def test_any_other_body_is_no_ping(body):
    assert not woocommerce.is_ping(body)


@pytest.mark.parametrize(
    ("status", "date_paid", "paid", "void"),
    [
        ("pending", None, False, False),
        ("processing", None, False, False),
        ("on-hold", None, False, False),
        ("checkout-draft", None, False, False),
        ("processing", "2026-01-31T09:00:05", True, False),
        ("on-hold", "2026-01-31T09:00:05", False, False),
        ("pending", "2026-01-31T09:00:05", False, False),
        ("checkout-draft", "2026-01-31T09:00:05", False, False),
        ("failed", "2026-01-31T09:00:05", False, True),
        ("completed", None, True, False),
        ("refunded", None, True, True),
        ("cancelled", None, False, True),
        ("cancelled", "2026-01-31T09:00:05", True, True),
        ("failed", None, False, True),
        ("trash", "2026-01-31T09:00:05", True, True),
        ("of-a-plugin", None, False, False),
    ],
)
def test_a_status_says_whether_an_order_is_paid_or_void(status, date_paid, paid, void):
    seen = order(status=status, date_paid_gmt=date_paid)
    assert (seen.paid, seen.void) == (paid, void)


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({}, 1769850005),
        ({"date_paid_gmt": None, "date_completed_gmt": "2026-01-31T09:00:07"}, 1769850007),
        ({"date_paid_gmt": None}, 1769850000),
        ({"date_paid_gmt": None, "date_created_gmt": None}, 1769850008),
    ],
)
def test_when_it_was_paid(changes, at):
    assert order(**changes).at == at


def test_three_decimals_round_to_the_rounded_total():
    lines = [woocommerce_line(i, "0.335", "0.005") for i in range(3)]
    seen = order(line_items=lines, shipping_total="0.000")
    # 3 * 0.34 = 1.02; each part rounded alone would give 1.05.
    assert sum(line.net + line.tax for line in seen.lines) == 102


def test_three_decimals_are_exact_where_the_currency_has_them():
    assert order(currency="KWD", line_items=[woocommerce_line(total="1.234")]).lines[0].net == 1234


def test_quantities_by_weight_round_up():
    assert order(line_items=[woocommerce_line(quantity=0.5)]).lines[0].quantity == 1
    assert order(line_items=[woocommerce_line(quantity="2.0")]).lines[0].quantity == 2
    assert order(line_items=[woocommerce_line(quantity=-1), woocommerce_line(total="-1.00", quantity=-1)]).lines == (
        Line("315", "93", "WOO-1", 1, 500, 0),
    )


def test_a_product_that_is_gone_earns_like_any():
    line = order(line_items=[woocommerce_line(product_id=0, sku=None)]).lines[0]
    assert (line.product, line.sku, line.earns) == ("", "", True)


@pytest.mark.parametrize(
    ("email", "buyer"),
    [("joao@example.com", "guest." + IDENTITIES.email_hash("joao@example.com")), ("", ""), (None, "")],
)
def test_a_guest_is_known_by_the_email(email, buyer):
    assert order(customer_id=0, billing={"email": email}).buyer == buyer


def test_refunds_belong_to_the_snapshot():
    refunds = [{"id": 726, "reason": "", "total": "-10.00"}, {"id": 724, "total": "-9.00"}]
    order_facts = facts("woocommerce", woocommerce_order(refunds=refunds), "order.updated")
    assert order_facts.sources["order"].refunds == {
        "726": Refund(amount=1000, currency="EUR"),
        "724": Refund(amount=900, currency="EUR"),
    }
    assert not order_facts.refunds


def test_a_refund_is_in_the_orders_currency():
    seen = order(currency="KWD", refunds=[{"id": 1, "total": "-1.250"}])
    assert seen.refunds == {"1": Refund(amount=1250, currency="KWD")}


def test_an_amount_is_refunded_from_lines_and_shipping_alike():
    seen = order(line_items=[woocommerce_line(total="30.00")], refunds=[{"id": 1, "total": "-10.00"}])
    rest = kept_of(seen)
    assert (rest.goods(with_tax=True), rest.shipping_net) == (2250, 750)


@pytest.mark.parametrize(
    ("balance", "fees", "deduction", "claimed"),
    [
        (None, [{"total": "-5.00", "total_tax": "-1.00"}, {"total": "2.00"}], 600, True),
        ("2.50", [], 250, False),
        (2.5, [{"total": "-1"}], 250, False),
        # Balance beside a discount for the way of paying: WooCommerce shows both as fees below zero.
        ("2.50", [{"total": "-2.50"}, {"total": "-1.00"}], 250, False),
        ("a lot", [{"total": "-1.00"}], 100, True),
        (None, [{"total": "2.00"}], 0, False),
    ],
)
def test_what_was_not_paid_in_money(balance, fees, deduction, claimed):
    """A fee below zero may be any discount (woocommerce/woocommerce#16528); what the shop states as balance is none."""
    meta = [] if balance is None else [{"key": "_ristourne_balance", "value": balance}]
    seen = order(meta_data=meta, fee_lines=fees)
    assert (seen.deduction, seen.claimed) == (deduction, claimed)


@pytest.mark.parametrize("value", ["-1", "", "a lot", "1,50", "1e99", "NaN", True, None, [], {"a": 1}])
def test_a_balance_that_is_no_amount_is_none(value):
    made_up = {"key": "_ristourne_balance", "value": value}
    assert order(meta_data=[made_up]) == order()
    assert order(meta_data=[made_up, {"key": "_ristourne_balance", "value": "2.50"}]).deduction == 250


@pytest.mark.parametrize(
    ("fees", "charged", "deducted"),
    [
        ([], 0, 0),
        ([{"total": "20.00"}], 2000, 0),
        ([{"total": "20.00", "total_tax": "4.00"}, {"total": "0.50"}], 2450, 0),
        ([{"total": "20.00", "total_tax": "4.00"}, {"total": "-5.00", "total_tax": "-1.00"}], 2400, 600),
        ([{"total": "0.004"}, {"total": "0.004"}], 1, 0),
        ([{"total": "0.00", "total_tax": "0.00"}], 0, 0),
    ],
)
def test_fees_are_charged_or_deducted(fees, charged, deducted):
    seen = order(fee_lines=fees)
    assert (seen.fees, seen.deduction) == (charged, deducted)


def test_a_refunded_fee_takes_little_from_the_goods():
    paid = {
        "line_items": [woocommerce_line(total="80.00")],
        "shipping_total": "0.00",
        "fee_lines": [{"total": "20.00"}],
    }
    assert kept_of(order(**paid)).goods(with_tax=True) == 8000
    back = kept_of(order(**paid, refunds=[{"id": 1, "total": "-20.00"}]))
    assert back.goods(with_tax=True) == 6400
    all_back = kept_of(order(**paid, refunds=[{"id": 1, "total": "-100.00"}]))
    assert all_back.goods(with_tax=True) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"meta_data": [{"key": "ref", "value": CODE}]},
        {"meta_data": [{"key": "_Ristourne_Code", "value": CODE.lower()}]},
        {"meta_data": [{"key": ATTRIBUTION, "value": f"https://shop.example/?utm=1&ref={CODE}"}]},
        {"coupon_lines": [{"code": "tenoff"}, {"code": CODE.lower()}]},
    ],
)
def test_where_a_referral_code_can_stand(changes):
    assert order(**changes).code == CODE


@pytest.mark.parametrize("value", [None, 1, 2.5, True, [], {"a": [CODE]}, "", "x"])
def test_meta_data_can_be_anything(value):
    meta = [{"key": "ref", "value": value}, {"key": None, "value": CODE}, {"key": "colour", "value": CODE}, {"id": 3}]
    assert order(meta_data=meta).code == ""


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"line_items": [woocommerce_line(tax="x")]}, r"^line_items\[0\].total_tax must be a decimal"),
        ({"line_items": [woocommerce_line(quantity="few")]}, r"^line_items\[0\].quantity must be a decimal"),
        ({"line_items": [woocommerce_line()] * 2001}, "^line_items must have at most 2000 entries$"),
        ({"shipping_total": "-1"}, "^shipping_total must not be negative"),
        ({"refunds": [{"id": "a/b", "total": "-1"}]}, r"^refunds\[0\].id must be an id"),
        ({"currency": "BTC"}, "^currency must be an ISO 4217 code"),
        ({"date_modified_gmt": "last week"}, "^date_modified_gmt must be an ISO 8601 date"),
        (
            {"date_modified_gmt": None, "date_created_gmt": None, "date_paid_gmt": ""},
            "^date_modified_gmt is missing$",
        ),
        ({"fee_lines": [{"total": "free"}]}, r"^fee_lines\[0\].total must be a decimal"),
    ],
)
def test_what_cannot_be_read_names_its_field(changes, match):
    with pytest.raises(UnreadableDelivery, match=match):
        order(**changes)


def test_an_error_in_place_of_an_order():
    body = {"code": "woocommerce_rest_cannot_view", "message": "Sorry", "data": {"status": 401}}
    with pytest.raises(
        UnreadableDelivery, match=r"^the body is an error of the shop's REST API \(woocommerce_rest_cannot_view\)"
    ):
        translation("woocommerce", body, "order.updated")


@pytest.mark.parametrize(
    ("status", "declined"),
    [("failed", True), ("cancelled", False), ("pending", False), ("trash", False), ("processing", False)],
)
def test_only_a_failed_payment_can_be_tried_again(status, declined):
    """WooCommerce: `needs_payment` and `WC_Checkout::create_order` take up pending and failed orders, no others."""
    assert order(status=status).declined == declined


def test_a_renewal_does_not_repeat_what_balance_paid_of_the_first_order():
    """WooCommerce Subscriptions copies an order's meta data to the subscription, and from there to each renewal
    (wcs_copy_order_meta); its list of exceptions names the meta data of other plugins for points, and not ours.
    """
    balance = {"key": "_ristourne_balance", "value": "5.00"}
    assert order(meta_data=[balance]).deduction == 500
    assert order(meta_data=[balance, {"key": "_subscription_renewal", "value": "44"}]).deduction == 0
