"""Every payload that was collected from the platforms, and what each must give. An unknown file fails."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.orders.facts import Line, Refund, RefundLine, Snapshot
from chalicelib.domain.orders.kept import kept_of
from chalicelib.edge.storefronts import Ignored, UnreadableDelivery, kind
from tests.machine import PAYLOADS
from tests.world.senders import IDENTITIES, NOW, facts, snapshot, statement_of, stripe_event, translation

RECORDED_LINES = (Line("13925006311734", "8222223204662", "sku-hosted-1", 1, 262995, 0),)


def shopify_recorded_order(topic: str) -> Callable[[Any], None]:
    def check(body: Any) -> None:
        statement = statement_of("shopify", body, topic)
        assert statement.order == "5324830114101"
        seen = statement.facts.sources["order"]
        assert seen.lines == RECORDED_LINES
        assert (seen.paid, seen.void, seen.currency, seen.name) == (True, False, "USD", "#1010")
        assert (seen.buyer, seen.email_hash) == ("", "")
        assert (seen.at, seen.stamp_ms) == (1679675846, 1679675847000)
        assert not statement.facts.refunds

    return check


def shopify_sample_order(topic: str) -> Callable[[Any], None]:
    def check(body: Any) -> None:
        statement = statement_of("shopify", body, topic)
        assert statement.order == "820982911946154500"
        seen = statement.facts.sources["order"]
        assert (seen.paid, seen.void) == (False, True)
        assert [line.net for line in seen.lines] == [8999, 1999, 2499, 15999, 11999]
        assert seen.lines[1].product == ""
        assert seen.shipping_net == 0
        assert seen.buyer == "shop.115310627314723950"
        assert seen.email_hash == IDENTITIES.email_hash("jon@example.com")
        assert kept_of(seen).goods(with_tax=True) == 0

    return check


def shopify_ignored(topic: str) -> Callable[[Any], None]:
    def check(body: Any) -> None:
        reply = translation("shopify", body, topic)
        assert isinstance(reply, Ignored)
        assert not reply.unknown

    return check


def shopify_sample_refund(body: Any) -> None:
    # Its transactions (85.00, of no currency) contradict its lines (414.95): the lines count.
    statement = statement_of("shopify", body, "refunds/create")
    assert statement.order == "820982911946154500"
    (refund,) = statement.facts.refunds.values()
    assert [line.net for line in refund.lines] == [8999, 1999, 2499, 15999, 11999]
    assert (refund.shipping, refund.shipping_net, refund.amount, refund.currency) == (0, 0, 0, "USD")


def shopify_exemplar_refund(body: Any) -> None:
    # Every value was replaced: it decodes as far as its first amount.
    with pytest.raises(UnreadableDelivery, match=r"must be a decimal number such as \"40.00\", got text"):
        translation("shopify", body, "refunds/create")


def shopify_rest_order(body: Any) -> None:
    # An SDK's fixture, wrapped as REST wraps it; a webhook is not.
    with pytest.raises(UnreadableDelivery, match=r"^the body must be the order itself, not an envelope"):
        translation("shopify", body, "orders/create")
    statement = statement_of("shopify", body["order"], "orders/create")
    assert statement.order == "450789469"
    seen = statement.facts.sources["order"]
    assert [(line.id, line.sku, line.net) for line in seen.lines] == [
        ("466157049", "IPOD2008GREEN", 19900),
        ("518995019", "IPOD2008RED", 19900),
        ("703073504", "IPOD2008BLACK", 19900),
    ]
    assert (seen.paid, seen.void, seen.buyer, seen.code) == (False, False, "shop.207119551", "")


def shopify_rest_refund(body: Any) -> None:
    # Older than `*_set`: only its transaction names a currency, and that is the buyer's.
    with pytest.raises(UnreadableDelivery, match=r"names the shop's currency"):
        translation("shopify", body["refund"], "refunds/create")


def woocommerce_paid(body: Any) -> None:
    seen = snapshot("woocommerce", body, "order.created")
    assert seen.lines == (Line("315", "93", "", 2, 600, 45), Line("316", "22", "Bar3", 1, 1200, 90))
    assert (seen.shipping_net, seen.shipping_tax, seen.currency, seen.name) == (1000, 0, "USD", "727")
    assert (seen.paid, seen.void, seen.at) == (True, False, 1490210888)
    assert seen.buyer == "guest." + IDENTITIES.email_hash("john.doe@example.com")


def woocommerce_partly_refunded(body: Any) -> None:
    seen = snapshot("woocommerce", body, "order.updated")
    assert (seen.paid, seen.void, seen.buyer, seen.at) == (True, False, "shop.26", 1490126091)
    assert seen.refunds == {"726": Refund(amount=1000, currency="USD"), "724": Refund(amount=900, currency="USD")}
    rest = kept_of(seen)
    # 39.00 less 19.00 leaves 20.00, of which the goods are 29/39.
    assert (rest.goods(with_tax=True), rest.shipping_net) == (1487, 513)


def woocommerce_pending(body: Any) -> None:
    seen = snapshot("woocommerce", body, "order.created")
    assert seen.lines == (Line("9", "12", "", 2, 200, 0),)
    assert (seen.paid, seen.void, seen.buyer, seen.currency) == (False, False, "shop.1", "USD")


def woocommerce_no_order(body: Any) -> None:
    # What fetching refunds gives, in the place of an order.
    with pytest.raises(UnreadableDelivery, match=r"is missing|must be an object"):
        translation("woocommerce", body, "order.updated")


def stripe_partial_refund(body: Any) -> None:
    statement = statement_of("stripe", stripe_event("charge.refunded", body["object"]))
    assert statement.order == "pm_1234"
    assert statement.facts.refunds == {"ch_chargeid": Refund(amount=500, currency="USD", stamp_ms=NOW * 1000)}
    seen = statement.facts.sources["charge"]
    assert seen.lines == (Line("payment", "", "", 1, 1500, 0),)
    assert (seen.paid, seen.void, seen.currency, seen.buyer) == (True, False, "USD", "shop.cus_0dUMWLtzCTagWs")
    view = statement.facts.view
    assert view is not None
    assert kept_of(view).goods(with_tax=True) == 1000


def stripe_session(body: Any) -> None:
    # Of a subscription: the invoice's own payment intent states the payment.
    event = stripe_event("checkout.session.completed", body["object"])
    reply = translation("stripe", event)
    assert isinstance(reply, Ignored)
    assert not reply.unknown
    paid: Snapshot = snapshot(
        "stripe", stripe_event("checkout.session.completed", body["object"] | {"mode": "payment"})
    )
    assert (paid.lines[0].net, paid.paid, paid.buyer, paid.at) == (1900, True, "shop.cus_M5wW9RPFk9xNZ5", NOW)
    assert paid.email_hash == IDENTITIES.email_hash("buyer@example.com")


def stripe_uncaptured_charge(body: Any) -> None:
    statement = statement_of("stripe", stripe_event("charge.succeeded", body))
    assert statement.order == "ch_1PgafuB7WZ01zgkWXYmPNZs8"
    seen = statement.facts.sources["charge"]
    assert (seen.lines, seen.paid, seen.buyer) == ((), False, "")


def stripe_open_session(body: Any) -> None:
    # Nothing of it is paid or even has a currency yet; an open session sends no such event.
    with pytest.raises(UnreadableDelivery, match=r"^data.object.currency is missing$"):
        translation("stripe", stripe_event("checkout.session.completed", body))


def stripe_unknown_event(body: Any) -> None:
    reply = translation("stripe", body)
    assert isinstance(reply, Ignored)
    assert reply.unknown


def stripe_refund_object(body: Any) -> None:
    # A refund that did not fail: charge.refunded carries the charge, and with it what was refunded.
    reply = translation("stripe", stripe_event("refund.created", body))
    assert isinstance(reply, Ignored)
    assert not reply.unknown


def signature_vectors(vectors: Any) -> None:
    for sender in ("shopify", "woocommerce", "stripe"):
        vector = vectors[sender]
        headers = {vector["header"].lower(): vector["value"]}
        now = vector.get("timestamp", NOW)
        assert kind(sender).verify([vector["secret"]], headers, vector["body"].encode(), now), sender
    official = vectors["standard_webhooks"]
    assert kind("standard").verify([official["secret"]], official["headers"], official["body"].encode(), 1614265330)


CHECKS: dict[str, Callable[[Any], None]] = {
    "SIGNATURE_VECTORS.json": signature_vectors,
    "shopify_2026-01_customers_data_request.json": shopify_ignored("customers/data_request"),
    "shopify_2026-01_customers_merge.json": shopify_ignored("customers/merge"),
    "shopify_2026-01_customers_redact.json": shopify_ignored("customers/redact"),
    "shopify_2026-01_orders_cancelled.json": shopify_sample_order("orders/cancelled"),
    "shopify_2026-01_orders_edited.json": shopify_ignored("orders/edited"),
    "shopify_2026-01_orders_paid.json": shopify_sample_order("orders/paid"),
    "shopify_2026-01_orders_updated.json": shopify_sample_order("orders/updated"),
    "shopify_2026-01_refunds_create.json": shopify_sample_refund,
    "shopify_2026-01_shop_redact.json": shopify_ignored("shop/redact"),
    "shopify_exemplar_2025-04_refunds_1.json": shopify_exemplar_refund,
    "shopify_order_rest_fixture.json": shopify_rest_order,
    "shopify_recorded_customers_create_activepieces.json": shopify_ignored("customers/create"),
    "shopify_recorded_orders_create_activepieces.json": shopify_recorded_order("orders/create"),
    "shopify_recorded_orders_paid_activepieces.json": shopify_recorded_order("orders/paid"),
    "shopify_refund_rest_fixture.json": shopify_rest_refund,
    "stripe_charge.refunded.payrails.json": stripe_partial_refund,
    "stripe_checkout.session.completed.payrails.json": stripe_session,
    "stripe_openapi_fixture_charge.json": stripe_uncaptured_charge,
    "stripe_openapi_fixture_checkout.session.json": stripe_open_session,
    "stripe_openapi_fixture_event.json": stripe_unknown_event,
    "stripe_openapi_fixture_refund.json": stripe_refund_object,
    "woocommerce_order_created_docs.json": woocommerce_paid,
    "woocommerce_order_with_two_partial_refunds_docs.json": woocommerce_partly_refunded,
    "woocommerce_recorded_order_pending_3decimals_activepieces.json": woocommerce_pending,
    "woocommerce_refund_docs.json": woocommerce_no_order,
    "woocommerce_refunds_list_docs.json": woocommerce_no_order,
}


def test_payloads_are_there_and_each_is_known() -> None:
    assert {path.name for path in PAYLOADS.glob("*.json")} == set(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_a_payload_that_others_have_published_is_read_as_it_is_meant(name: str) -> None:
    check = CHECKS[name]
    check(json.loads((PAYLOADS / name).read_bytes()))


def test_the_sample_refund_takes_the_whole_sample_order() -> None:
    order = json.loads((PAYLOADS / "shopify_2026-01_orders_paid.json").read_bytes())
    refund = json.loads((PAYLOADS / "shopify_2026-01_refunds_create.json").read_bytes())
    order_facts = facts("shopify", order | {"cancelled_at": None, "financial_status": "paid"}, "orders/paid")
    view = order_facts.merge(facts("shopify", refund, "refunds/create")).view
    assert view is not None
    assert view.paid
    assert kept_of(view).goods(with_tax=True) == 0


def test_the_rest_refund_leaves_the_third_line() -> None:
    order = json.loads((PAYLOADS / "shopify_order_rest_fixture.json").read_bytes())["order"]
    refund = json.loads((PAYLOADS / "shopify_refund_rest_fixture.json").read_bytes())["refund"]
    order_facts = facts("shopify", order | {"refunds": [refund]}, "orders/updated")
    lines = (RefundLine("703073504", 1), RefundLine("466157049", 1))
    assert order_facts.refunds == {"509562969": Refund(lines=lines, currency="USD")}
    view = order_facts.view
    assert view is not None
    assert [line.net for line in kept_of(view).lines] == [0, 19900, 0]
