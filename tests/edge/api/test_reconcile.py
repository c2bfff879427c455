"""A delivery is checked: the route says what the webhook would do, and does nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from infra import samples
from tests.edge.conftest import SHOPIFY_SECRET, STANDARD_SECRET, STRIPE_SECRET, WOO_SECRET, Answer, Shop
from tests.world.senders import shop_money, shopify_refund, shopify_transaction, standard_order, stripe_event

TOPIC = {"X_Shopify_Topic": "orders/updated"}


def check(shop: Shop, payload: Any, name: str = "acme", **headers: str) -> Answer:
    """The answer of the check, which must not have written anything."""
    before = shop.items()
    answer = shop.call("POST", f"/v1/connections/{name}/check", payload, shop.admin, **(headers or TOPIC))
    assert shop.items() == before
    return answer


def test_an_order_that_the_books_lack_would_be_recorded_with_these_postings(open_shop: Shop) -> None:
    order = open_shop.order(1)
    assert check(open_shop, order).json == {
        "result": "recorded",
        "reason": "",
        "order": "acme/1",
        "known": False,
        "postings": [
            {
                "member": "acme.1",
                "asset": "EUR/2",
                "amount": 500,
                "text": "5.00 EUR",
                "why": "Cashback: 5% of 100.00 EUR on your order #1001.",
            }
        ],
        "friends": [],
    }
    assert open_shop.hear(order, "orders/updated").json["result"] == "recorded"
    assert open_shop.available("acme.1") == 500


def test_what_the_books_know_is_unchanged(open_shop: Shop) -> None:
    order = open_shop.order(1)
    open_shop.hear(order)
    outcome = check(open_shop, order).json
    assert (outcome["result"], outcome["known"], outcome["postings"]) == ("unchanged", True, [])


def test_a_refund_that_the_books_lack_would_take_its_share_back(open_shop: Shop) -> None:
    order = open_shop.order(1)
    open_shop.hear(order)
    refund = shopify_refund(order=1, transactions=[shopify_transaction("40.00")])
    outcome = check(open_shop, order | {"refunds": [refund], "financial_status": "partially_refunded"}).json
    assert (outcome["result"], outcome["known"]) == ("recorded", True)
    assert [posting["amount"] for posting in outcome["postings"]] == [-200]


def earlier(shop: Shop, number: int, customer: int) -> Any:
    """An order that was paid an hour ago, and is heard of only now."""
    paid = datetime.fromtimestamp(shop.now - 3600, UTC).isoformat()
    return shop.order(number, customer) | {"created_at": paid, "processed_at": paid, "updated_at": paid}


def test_what_an_older_order_undoes_for_the_friend_and_the_referrer(open_shop: Shop) -> None:
    code = open_shop.code_of()
    for number in (2, 3):
        open_shop.buy(number, number, code)
    open_shop.settle()
    older = earlier(open_shop, 9, 2)  # from before the first programme, so it earns nothing itself
    outcome = check(open_shop, older).json
    expected = [
        ("acme.2", -300, "Welcome gift taken back: your order #1001 is older than the order that it was given for."),
        ("acme.1", -2000, "Bonus taken back: a friend had bought before."),
    ]
    assert sorted((posting["member"], posting["amount"], posting["why"]) for posting in outcome["postings"]) == sorted(
        expected
    )
    assert outcome["friends"] == [
        {"friend": "acme.2", "referrer": "acme.1", "counts": False, "why": "a friend had bought before"}
    ]
    before = {name: open_shop.available(name) for name in ("acme.1", "acme.2")}
    open_shop.hear(older)
    open_shop.settle()
    moved = {name: open_shop.available(name) - before[name] for name in before}
    assert moved == {"acme.1": -2000, "acme.2": -300}


def test_a_friend_who_completes_a_group_is_said_with_the_bonus_of_the_referrer(open_shop: Shop) -> None:
    code = open_shop.code_of()
    open_shop.buy(2, 2, code)
    open_shop.settle()
    outcome = check(open_shop, open_shop.order(3, 3, code)).json
    assert ("acme.1", 2000) in [(posting["member"], posting["amount"]) for posting in outcome["postings"]]
    assert outcome["friends"] == [{"friend": "acme.3", "referrer": "acme.1", "counts": True, "why": ""}]


def test_an_order_that_earns_nothing_says_why(open_shop: Shop) -> None:
    outcome = check(open_shop, open_shop.order(1, financial_status="pending")).json
    assert (outcome["result"], outcome["reason"], outcome["postings"]) == ("recorded", "the order is not paid", [])


def test_what_cannot_be_processed_would_be_kept_and_is_not(open_shop: Shop) -> None:
    outcome = check(open_shop, {"id": 5}).json
    assert (outcome["result"], outcome["order"]) == ("kept", "")
    assert outcome["reason"] == open_shop.hear({"id": 5}, "orders/updated").json["reason"]


def test_what_the_domain_refuses_would_be_kept(open_shop: Shop) -> None:
    shipping = [{"subtotal_amount_set": shop_money("40.00", currency="USD")}]
    refund = shopify_refund(order=1, total_duties_set=None, refund_shipping_lines=shipping)
    assert check(open_shop, open_shop.order(1, refunds=[refund])).json["result"] == "kept"


def test_a_refund_that_cannot_be_valued_is_named_and_its_order_is_not_lost(open_shop: Shop) -> None:
    refund = shopify_refund(order=1, transactions=[shopify_transaction("5.00", "CAD")])
    outcome = check(open_shop, open_shop.order(1, refunds=[refund])).json
    assert outcome["result"] == "recorded"
    assert outcome["reason"].startswith("a refund was left out: refunds[0].transactions[0].currency")


def test_a_topic_without_orders_is_ignored_and_not_counted(open_shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = check(open_shop, {"id": 1}, X_Shopify_Topic="carts/update").json
    assert (outcome["result"], outcome["reason"]) == ("ignored", "unknown topic 'carts/update'")
    assert "UnknownTopic" not in capsys.readouterr().out


def test_a_check_without_a_topic_names_the_header_that_is_missing(open_shop: Shop) -> None:
    """docs/api.md: the topic stands in the storefront's own header."""
    outcome = check(open_shop, open_shop.order(1), X_Shopify_Topic="").json
    assert (outcome["result"], outcome["reason"]) == (
        "kept",
        "the header X-Shopify-Topic is missing: it says what the body is",
    )


def test_an_invoice_is_checked_with_the_payments_that_it_is_of(open_shop: Shop) -> None:
    """stripe/stripe-dotnet#3149: the invoice of 120.00 with 20.00 tax and who paid it come in two events."""
    assert open_shop.connect("pay", "stripe", STRIPE_SECRET).status == 200
    payment = {"id": "inpay_1", "invoice": "in_1", "currency": "eur", "amount_paid": 12_000}
    open_shop.send(
        "pay",
        "stripe",
        STRIPE_SECRET,
        "",
        stripe_event("invoice_payment.paid", payment | {"payment": {"payment_intent": "pi_1"}}, open_shop.now),
    )
    invoice = {"id": "in_1", "currency": "eur", "customer": "cus_1", "total": 12_000, "amount_paid": 12_000}
    paid = stripe_event("invoice.paid", invoice | {"total_taxes": [{"amount": 2_000}]}, open_shop.now)
    outcome = check(open_shop, paid, "pay").json
    assert (outcome["result"], outcome["reason"], outcome["order"]) == ("recorded", "", "pay/in_1")
    assert [(posting["member"], posting["amount"]) for posting in outcome["postings"]] == [("pay.cus_1", 500)]


def test_our_own_format_states_its_topic_in_the_body(open_shop: Shop) -> None:
    open_shop.connect("own", "standard", STANDARD_SECRET)
    assert check(open_shop, standard_order(), "own").json["order"] == "own/1001"


def test_an_unknown_connection_is_named(open_shop: Shop) -> None:
    answer = check(open_shop, {}, "nobody")
    assert answer.problem == (404, "not_found")
    assert answer.detail == "there is no connection nobody"


def test_a_check_says_nothing_in_the_journal(open_shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    check(open_shop, open_shop.order(1))
    assert "event" not in capsys.readouterr().out
    open_shop.buy(1)
    assert "acme/1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        ("shopify", f"{SHOPIFY_SECRET}-trial"),
        ("woocommerce", WOO_SECRET),
        ("stripe", STRIPE_SECRET),
        ("standard", STANDARD_SECRET),
    ],
)
def test_the_samples_of_connection_test_are_heard_and_change_nothing(
    open_shop: Shop, capsys: pytest.CaptureFixture[str], kind: str, secret: str
) -> None:
    open_shop.connect("trial", kind, secret)
    before = open_shop.items()
    sample = samples.harmless_delivery(kind)
    answer = open_shop.send("trial", kind, secret, sample.topic, sample.body)
    assert answer.json == {"result": "ignored", "reason": "a test of the connection, which changes nothing"}
    order = samples.paid_order(kind, "EUR", open_shop.now)
    topics = {"X_Shopify_Topic": order.topic, "X_WC_Webhook_Topic": order.topic}
    checked = check(open_shop, order.body, "trial", **topics).json
    assert (checked["result"], [posting["amount"] for posting in checked["postings"]]) == ("recorded", [500])
    assert open_shop.items() == before
    assert "UnknownTopic" not in capsys.readouterr().out


def test_a_refund_that_cannot_be_read_is_not_as_in_the_books(open_shop: Shop) -> None:
    moved = [{"amount": "5.00", "currency": code, "kind": "refund", "status": "success"} for code in ("EUR", "USD")]
    order = open_shop.order(5, 1, refunds=[{"id": 9, "order_adjustments": [], "transactions": moved}])
    assert open_shop.hear(order).json["result"] == "kept"
    outcome = check(open_shop, order).json
    assert (outcome["result"], outcome["postings"]) == ("kept", [])
    assert outcome["reason"].startswith("a refund was left out")


def test_a_check_says_of_a_clock_ahead_what_the_webhook_says(open_shop: Shop) -> None:
    ahead = "2026-06-01T10:00:00Z"
    order = open_shop.order(6, 1, processed_at=ahead, updated_at=ahead)
    outcome = check(open_shop, order).json
    assert outcome["reason"] == open_shop.hear(order).json["reason"]
    assert "ahead of our clock" in outcome["reason"]
