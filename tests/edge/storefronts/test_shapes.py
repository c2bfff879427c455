"""What does not matter for money never refuses a delivery, and never changes what it is worth.

Every place of every body of the stories is left out, or filled with each empty value that shops send in its stead: PHP
has one empty array for lists and objects, serialisers write null for a flag, forms send "". What may not change is
listed by name: the fields that state an amount, an identity, a moment of payment, or a status.
"""

import copy
import json
from collections.abc import Iterator
from functools import reduce
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.orders.facts import OrderFacts, Snapshot
from chalicelib.domain.orders.kept import kept_of
from chalicelib.edge.storefronts import Delivery, Ignored, OrderStatement, UnreadableDelivery, kind
from tests.edge.storefronts.test_properties import BODIES, places
from tests.world.senders import (
    CODE,
    IDENTITIES,
    Json,
    encoded,
    facts,
    shop_money,
    shopify_line,
    shopify_order,
    snapshot,
    standard_line,
    standard_order,
    statement_of,
    stripe_intent,
    translation,
    woocommerce_line,
    woocommerce_order,
)

ORDERS = [sent for sent in BODIES if isinstance(translation(sent[0], sent[2], sent[1]), OrderStatement)]
"""Those of which something is heard; the others are ignored on purpose."""

DROPPED = object()
EMPTY = [None, "", [], {}, DROPPED]
GARBAGE = [{"a": [1]}, ["x"], [{"id": "@"}], {"0": None}, 7, "?", True, "0000-00-00T00:00:00", "9" * 10_000]

DECIDES = {
    "shopify": set(
        """id order_id currency updated_at financial_status cancelled_at line_items quantity price price_set shop_money
        amount amount_set currency_code shipping_lines refunds refund_line_items line_item_id subtotal order_adjustments
        kind tax_amount_set refund_shipping_lines subtotal_amount_set transactions status total_duties_set type
        initiated_at finalized_on note_attributes name value processed_at created_at test total_outstanding
        current_quantity tip tip_payment_gateway original_total_duties_set
        total_cash_rounding_payment_adjustment_set additional_fees duties total_price_set presentment_money""".split()
    ),
    "woocommerce": set(
        """id status currency date_modified_gmt date_paid_gmt date_created_gmt line_items total total_tax shipping_total
        refunds fee_lines quantity""".split()
    ),
    "stripe": set(
        """id type created data object currency amount_total total_details amount_tax amount_shipping payment_status
        payment_intent amount_received status amount amount_captured amount_refunded paid captured charge mode
        balance_transactions amount_details tip shipping tax line_items total_tax_amount total amount_paid total_taxes
        shipping_cost amount_total payments payment invoice""".split()
    ),
    "standard": set(
        """id type data status currency updated_at lines quantity amount tax shipping refunds order at line
        paid_at created_at delivered_at fees discounts test""".split()
    ),
}
"""Fields that decide about money, by their own names. All others may be missing, empty, or of another kind."""

STAMPS: dict[str, tuple[str, ...]] = {
    "shopify": ("updated_at",),
    "woocommerce": ("date_modified_gmt",),
    "standard": ("data", "updated_at"),
}
"""Where an order says when it changed. Stripe's events state parts of one payment: silence there has its own tests."""

SPEAKS_BY_NULL = {
    "shopify": {
        "cancelled_at",
        "name",
        "value",
        "original_total_duties_set",
        "additional_fees",
        "transactions",
    },
    "woocommerce": {"quantity"},
    "standard": set[str](),
}
"""Fields that are null where there is nothing: an order without duties, one that is not cancelled (Shopify)."""

FREE = {
    "shopify": [
        "email",
        "contact_email",
        "landing_site",
        "discount_codes",
        "fulfillments",
        "fulfillment_status",
        "phone",
    ],
    "woocommerce": ["number", "billing", "coupon_lines", "meta_data", "shipping", "customer_ip_address"],
    "stripe": ["metadata", "customer_details", "customer_email", "client_reference_id", "receipt_email", "shipping"],
    "standard": ["number", "referral_code", "address", "card", "device"],
}
"""Fields in which anything at all may stand."""


def name_of(place: tuple[Any, ...]) -> str:
    """The nearest name: an entry of a list is called after the list."""
    return next((key for key in reversed(place) if isinstance(key, str)), "")


def changed(body: Json, place: tuple[Any, ...], value: object) -> Json:
    other = copy.deepcopy(body)
    parent: Any = reduce(lambda inner, key: inner[key], place[:-1], other)
    if value is DROPPED:
        del parent[place[-1]]
    else:
        parent[place[-1]] = value
    return other


def worth(facts: OrderFacts) -> object:
    """Everything about money that a delivery states."""
    view: Snapshot | None = facts.view
    beside = (facts.refunds, facts.disputes, facts.deleted, facts.trashed, facts.failed, facts.payments)
    if view is None:
        return beside
    rest = kept_of(view)
    lines = [(part.line.id, part.line.quantity, part.net, part.tax) for part in rest.lines]
    return beside, lines, rest.shipping_net, rest.shipping_tax, view.fees, view.paid, view.void, view.currency


def unimportant(sender: str, body: Json) -> Iterator[tuple[Any, ...]]:
    for place in places(body):
        if place and not (DECIDES[sender] & {name_of(place)}):
            yield place


@pytest.mark.parametrize(("sender", "topic", "body"), ORDERS)
def test_what_does_not_matter_may_be_missing_or_empty(sender: str, topic: str, body: Json) -> None:
    whole = statement_of(sender, body, topic)
    for place in unimportant(sender, body):
        for value in EMPTY:
            reply = translation(sender, changed(body, place, value), topic)
            assert isinstance(reply, OrderStatement), (place, value)
            assert (reply.order, worth(reply.facts)) == (whole.order, worth(whole.facts)), (place, value)


@pytest.mark.parametrize(
    ("sender", "topic", "body"),
    [sent for sent in BODIES if "line_items" in sent[2] or "lines" in sent[2].get("data", {})],
)
def test_an_empty_field_changes_no_money_that_was_stated_or_is_named(sender: str, topic: str, body: Json) -> None:
    """Every single field of every order, in lists too, is emptied in a newer body: silence is no denial."""
    before = facts(sender, body, topic)
    newer = changed(body, STAMPS[sender], "2026-05-01T00:00:00Z")
    for place in stating(sender, body):
        was: Any = reduce(lambda inner, key: inner[key], place, body)
        for value in EMPTY[:2] if isinstance(was, list) else EMPTY[:4]:
            emptied = changed(newer, place, value)
            if refusal := refusal_of(sender, emptied, topic):
                assert place[-1] in refusal, (place, value)
                continue
            emptied_facts = facts(sender, emptied, topic)
            assert worth(before.merge(emptied_facts)) == worth(emptied_facts.merge(before)) == worth(before), (
                place,
                value,
            )


def refusal_of(sender: str, body: Json, topic: str) -> str:
    """Why a delivery is refused; empty where it is not."""
    try:
        translation(sender, body, topic)
    except UnreadableDelivery as refused:
        return str(refused)
    return ""


def stating(sender: str, body: Json) -> Iterator[tuple[Any, ...]]:
    """The fields in which an order states something, in lists too."""
    for place in places(body):
        is_field = place and isinstance(place[-1], str) and place != ("type",)
        if is_field and not SPEAKS_BY_NULL[sender] & set(place):
            yield place


@pytest.mark.parametrize(("sender", "topic", "body"), ORDERS)
def test_what_does_not_matter_may_be_anything(sender: str, topic: str, body: Json) -> None:
    whole = statement_of(sender, body, topic)
    for place in places(body):
        top = place if sender in ("shopify", "woocommerce") else place[1:] if sender == "standard" else place[2:]
        if len(top) == 1 and top[0] in FREE[sender]:
            for value in GARBAGE:
                reply = translation(sender, changed(body, place, value), topic)
                assert isinstance(reply, OrderStatement), (place, value)
                assert worth(reply.facts) == worth(whole.facts), (place, value)


@pytest.mark.parametrize(
    ("sender", "topic", "body"), [sent for sent in BODIES if sent[1] not in ("orders/delete", "order.deleted")]
)
def test_what_is_not_known_changes_nothing(sender: str, topic: str, body: Json) -> None:
    """Beside the id of an order that is gone nothing may stand: that has a test of its own."""
    for place in places(body):
        if isinstance(reduce(lambda inner, key: inner[key], place, body), dict):
            more = changed(body, (*place, "of_a_plugin"), {"lines": [{"amount": None}], "id": []})
            assert without_notes(translation(sender, more, topic)) == without_notes(translation(sender, body, topic)), (
                place
            )


def without_notes(statement: OrderStatement | Ignored) -> OrderStatement | Ignored:
    """A statement without what its sender may have meant otherwise: in our own format, unknown fields are named."""
    return replace(statement, notes=()) if isinstance(statement, OrderStatement) else statement


@pytest.mark.parametrize(("sender", "topic", "body"), BODIES)
def test_a_byte_order_mark_is_no_part_of_the_body(sender: str, topic: str, body: Json) -> None:
    """RFC 8259 section 8.1: parsers may ignore a byte order mark."""
    assert translation(sender, b"\xef\xbb\xbf" + encoded(body), topic) == translation(sender, body, topic)


LISTS = {
    "shopify": (shopify_order(shipping_lines=[{"price": "5.00"}]), "orders/paid", ("line_items", "shipping_lines")),
    "woocommerce": (woocommerce_order(fee_lines=[{"total": "2.00"}]), "order.updated", ("line_items", "fee_lines")),
}


@pytest.mark.parametrize(("sender", "body", "topic", "names"), [(sender, *rest) for sender, rest in LISTS.items()])
def test_an_object_in_the_place_of_a_list(sender: str, body: Json, topic: str, names: tuple[str, ...]) -> None:
    """PHP's json_encode makes an object of an array whose keys have a gap."""
    for name in names:
        (entry,) = body[name]
        assert translation(sender, body | {name: {"3": entry}}, topic) == translation(sender, body, topic)
        assert translation(sender, body | {name: entry}, topic) == translation(sender, body, topic)
        assert translation(sender, body | {name: [None, entry, None]}, topic) == translation(sender, body, topic)
        assert translation(sender, body | {name: {}}, topic) == translation(sender, body | {name: []}, topic)


def test_a_list_in_the_place_of_an_object() -> None:
    customer = {"id": 9, "email": "ana@example.com"}
    assert snapshot("shopify", shopify_order(customer=[customer]), "orders/paid").buyer == "shop.9"
    price = [shop_money("50.00")]
    assert snapshot("shopify", shopify_order(line_items=[shopify_line(price_set=price)]), "orders/paid") == snapshot(
        "shopify", shopify_order(line_items=[shopify_line(price_set=price[0])]), "orders/paid"
    )


@pytest.mark.parametrize(
    ("flag", "means"),
    [("true", True), ("1", True), (1, True), ("yes", True), ("false", False), (0, False), ("", False)],
)
def test_a_flag_that_is_written_as_text_or_a_number(flag: object, means: bool) -> None:
    line = shopify_line(gift_card=flag)
    assert snapshot("shopify", shopify_order(line_items=[line]), "orders/paid").lines[0].earns is not means


@pytest.mark.parametrize("name", ["total", "total_tax", "quantity"])
def test_nothing_in_the_place_of_a_number_is_nothing(name: str) -> None:
    """XiaoFaye/WooCommerce.NET#43: WooCommerce sends empty text for amounts."""
    line = woocommerce_line(total="100.00", tax="20.00", **{name: ""} if name == "quantity" else {})
    line = line | {name: ""}
    seen = snapshot("woocommerce", woocommerce_order(line_items=[line]), "order.updated").lines[0]
    expected = {"total": (2, 0, 2000), "total_tax": (2, 10_000, 0), "quantity": (1, 10_000, 2000)}
    assert (seen.quantity, seen.net, seen.tax) == expected[name]


def test_an_order_that_does_not_say_when_it_changed_changed_at_its_latest_date() -> None:
    order = woocommerce_order(date_modified_gmt=None, date_completed_gmt="2026-02-01T00:00:00")
    assert snapshot("woocommerce", order, "order.updated").stamp_ms == 1_769_904_000_000


@pytest.mark.parametrize(
    ("sender", "topic", "body", "reason"),
    [
        (
            "woocommerce",
            "order.updated",
            {"code": "woocommerce_rest_cannot_view", "message": "Sorry", "data": {"status": 401}},
            "an error of the shop's REST API (woocommerce_rest_cannot_view)",
        ),
        ("woocommerce", "order.updated", {"order": woocommerce_order()}, "not an envelope with 'order'"),
        ("shopify", "orders/paid", {"order": shopify_order()}, "not an envelope with 'order'"),
        ("shopify", "orders/paid", {"errors": "[API] Invalid API key"}, "an error document of the storefront's API"),
        ("shopify", "orders/paid", {"errors": {"order": "Required"}}, "an error document of the storefront's API"),
        ("stripe", "", {"error": {"type": "invalid_request_error"}}, "an error document of the storefront's API"),
    ],
)
def test_what_comes_in_the_place_of_an_order_is_named(sender: str, topic: str, body: Json, reason: str) -> None:
    with pytest.raises(UnreadableDelivery) as refused:
        translation(sender, body, topic)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("sender", "topic", "body"),
    [("shopify", "orders/delete", shopify_order()), ("woocommerce", "order.deleted", woocommerce_order())],
)
def test_a_deletion_is_its_id_alone(sender: str, topic: str, body: Json) -> None:
    """No signature covers the topic: the body of an order, sent again as a deletion, would take its reward back."""
    with pytest.raises(UnreadableDelivery, match=r"^the document must have no fields but the id$"):
        translation(sender, body, topic)
    assert isinstance(translation(sender, {"id": body["id"]}, topic), OrderStatement)


def test_a_whole_number_that_is_written_as_text() -> None:
    assert (
        snapshot("shopify", shopify_order(line_items=[shopify_line(quantity="2")]), "orders/paid").lines[0].net == 8000
    )
    with pytest.raises(UnreadableDelivery, match=r"^line_items\[0\].quantity must be a whole number"):
        translation("shopify", shopify_order(line_items=[shopify_line(quantity="2.5")]), "orders/paid")


SECRET = "ana.dupont@example.com"


def reason_of(sender: str, body: Json, topic: str) -> str:
    """Why a delivery is kept or ignored; empty where it is neither."""
    if refusal := refusal_of(sender, body, topic):
        return refusal
    reply = translation(sender, body, topic)
    return reply.reason if isinstance(reply, Ignored) else " ".join(reply.left_out)


@pytest.mark.parametrize(("sender", "topic", "body"), BODIES)
def test_a_reason_repeats_nobodys_address(sender: str, topic: str, body: Json) -> None:
    reasons = {
        place: {reason_of(sender, changed(body, place, value), topic) for value in (SECRET, [SECRET], {SECRET: SECRET})}
        for place in filter(None, places(body))
    }
    assert any(any(texts) for texts in reasons.values())
    assert {place: texts for place, texts in reasons.items() if "dupont" in str(texts)} == {}


def test_a_topic_of_another_form_is_not_repeated() -> None:
    reply = translation("shopify", shopify_order(), "Ana Dupont <ana.dupont@example.com>")
    assert reply == Ignored("unknown topic of another form", unknown=True)


@pytest.mark.parametrize(
    ("sender", "header", "order"),
    [
        ("shopify", "X-Shopify-Topic", shopify_order),
        ("woocommerce", "X-WC-Webhook-Topic", woocommerce_order),
    ],
)
@pytest.mark.parametrize("missing", [True, False])
def test_a_delivery_without_its_topic_is_kept(sender: str, header: str, order: Any, missing: bool) -> None:
    """docs/storefronts.md, What each topic states: a topic that is not sent is no unknown topic."""
    sent = Delivery({} if missing else {header.lower(): " "}, encoded(order()), IDENTITIES)
    with pytest.raises(UnreadableDelivery, match=rf"^the header {header} is missing"):
        kind(sender).translate(sent)


@pytest.mark.parametrize(
    ("sender", "topic", "order", "line", "lines"),
    [
        ("shopify", "orders/paid", shopify_order, shopify_line, "line_items"),
        ("woocommerce", "order.updated", woocommerce_order, woocommerce_line, "line_items"),
        ("standard", "", standard_order, standard_line, "lines"),
    ],
)
def test_two_thousand_lines_are_read_and_one_more_is_not(
    sender: str, topic: str, order: Any, line: Any, lines: str
) -> None:
    many = [line(str(i)) for i in range(2001)]
    assert len(snapshot(sender, order(**{lines: many[:2000]}), topic).lines) == 2000
    with pytest.raises(UnreadableDelivery, match=rf"{lines} must have at most 2000 entries"):
        translation(sender, order(**{lines: many}), topic)


def test_labels_of_a_hundred_kilobytes_are_read_and_more_are_not() -> None:
    lines = [standard_line(str(i), tags=["x" * 50] * 10) for i in range(200)]
    assert len(snapshot("standard", standard_order(lines=lines)).lines) == 200
    lines[7]["tags"].append("y")
    lines[7]["tags"][0] = "x" * 49 + "é"
    lines[7]["tags"].pop()
    with pytest.raises(UnreadableDelivery, match=r"categories, collections and tags of at most 100000 bytes"):
        translation("standard", standard_order(lines=lines))


def test_a_code_is_found_beside_what_cannot_be_read() -> None:
    body = shopify_order(note_attributes=["?", {"name": 5, "value": CODE}, {"name": {"x": 1}, "value": "1"}])
    assert snapshot("shopify", body, "orders/paid").code == CODE


@pytest.mark.parametrize(
    ("sender", "topic", "order", "field"),
    [
        ("shopify", "orders/paid", shopify_order, "name"),
        ("woocommerce", "order.updated", woocommerce_order, "number"),
        ("standard", "", standard_order, "number"),
    ],
)
def test_a_name_of_more_than_a_hundred_characters_is_cut(sender: str, topic: str, order: Any, field: str) -> None:
    """docs/storefronts.md, Shapes: what does not matter for money never refuses a delivery; a longer name is cut."""
    assert snapshot(sender, order(**{field: "n" * 100}), topic).name == "n" * 100
    assert snapshot(sender, order(**{field: "n" * 101}), topic).name == "n" * 99 + "…"


def test_numbers_beyond_all_bounds_do_not_hide_what_is_wrong() -> None:
    body = json.dumps(stripe_intent(amount_received="x")).encode().replace(b'"metadata": {}', b'"metadata": 1e999999')
    with pytest.raises(UnreadableDelivery):
        translation("stripe", body)
