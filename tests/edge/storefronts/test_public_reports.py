"""What payloads mean that were reported in public: each story names its source and the cashback after each delivery.

5% of goods without tax and shipping, as in the other stories. A story under ORDERED is told in its own order only:
WooCommerce gives the trash no stamp, and saves a deleted refund under the stamp of the order.
"""

from typing import Any

import pytest

from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.programme.document import Programme
from tests.edge.storefronts.public_reports.shopify import BALANCE, SHOPIFY, shopify
from tests.edge.storefronts.public_reports.standard import STANDARD, standard
from tests.edge.storefronts.public_reports.stripe import STRIPE
from tests.edge.storefronts.public_reports.woocommerce import ORDERED, WOOCOMMERCE, woocommerce
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
from tests.world.senders import Json, facts, shopify_line, snapshot, woocommerce_line

CASHBACK = programme_of()

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
