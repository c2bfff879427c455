"""Chargebacks and their reversal, as each storefront states them, and the whole order's delivery."""

from functools import reduce
from itertools import permutations

import pytest

from chalicelib.domain.orders.facts import Dispute, OrderFacts, Refund
from chalicelib.domain.orders.kept import kept_of
from chalicelib.edge.storefronts import Ignored, OrderStatement, UnreadableDelivery
from tests.world.senders import (
    NOW,
    Json,
    facts,
    shopify_dispute,
    shopify_order,
    shopify_parcel,
    standard_dispute,
    standard_order,
    statement_of,
    stripe_charge,
    stripe_dispute,
    stripe_session,
    translation,
    woocommerce_order,
)

INITIATED_MS = 1_770_714_000_000
"""2026-02-10T09:00:00Z"""
LATER = "2026-03-01T10:00:00Z"
TAKEN, GIVEN_BACK = (True, False), (False, True)
INQUIRY, LOST = (False, False), (True, True)


def position(order_facts: OrderFacts) -> tuple[bool, bool]:
    """Taken and closed of the only dispute."""
    (dispute,) = order_facts.disputes.values()
    return dispute.taken, dispute.closed


def goods_left(statements: list[OrderFacts]) -> int:
    view = reduce(OrderFacts.merge, statements).view
    assert view is not None
    return kept_of(view).goods(with_tax=True)


@pytest.mark.parametrize("event", ["created", "updated", "closed", "funds_withdrawn", "funds_reinstated"])
def test_a_stripe_dispute_is_of_the_order_of_its_payment(event):
    reply = translation("stripe", stripe_dispute(event))
    assert reply == OrderStatement("pi_1", OrderFacts(disputes={"du_1": Dispute(NOW * 1000, 1500, "EUR", True)}))
    order = statement_of("stripe", stripe_session()).order
    assert reply.order == order == statement_of("stripe", stripe_charge()).order


@pytest.mark.parametrize(
    ("references", "order"),
    [
        ({"payment_intent": None}, "ch_1"),
        ({"payment_intent": None, "charge": {"id": "ch_9"}}, "ch_9"),
        ({"payment_intent": {"id": "pi_9"}}, "pi_9"),
    ],
)
def test_a_stripe_dispute_without_intent_is_of_its_charge(references, order):
    assert statement_of("stripe", stripe_dispute(**references)).order == order


def test_a_stripe_dispute_of_nothing_is_ignored():
    assert translation("stripe", stripe_dispute(payment_intent=None, charge=None)) == Ignored(
        "a dispute that names neither a payment intent nor a charge"
    )


WITHDRAWN, REINSTATED = {"amount": -1500, "fee": 1500, "type": "adjustment"}, {"amount": 1500}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "warning_needs_response"}, INQUIRY),
        ({"status": "warning_under_review"}, INQUIRY),
        ({"status": "warning_closed"}, INQUIRY),
        ({"status": "needs_response"}, TAKEN),
        ({"status": "under_review"}, TAKEN),
        ({"status": "won"}, GIVEN_BACK),
        ({"status": "lost"}, LOST),
        ({"status": "charge_refunded"}, GIVEN_BACK),
        ({"status": "prevented"}, GIVEN_BACK),
        ({"status": "prevented", "balance_transactions": None}, GIVEN_BACK),
        ({"status": "prevented", "balance_transactions": ["txn_1"]}, GIVEN_BACK),
        ({"status": "prevented", "balance_transactions": [WITHDRAWN]}, LOST),
        ({"status": "prevented", "balance_transactions": [WITHDRAWN, REINSTATED]}, GIVEN_BACK),
        ({"status": "prevented", "balance_transactions": [REINSTATED]}, GIVEN_BACK),
    ],
)
def test_where_the_money_of_a_stripe_dispute_is(changes, expected):
    assert position(facts("stripe", stripe_dispute(**changes))) == expected


def test_stripes_minor_units_hold_for_disputes_too():
    (dispute,) = facts("stripe", stripe_dispute(currency="isk", amount=50000)).disputes.values()
    assert (dispute.amount, dispute.currency) == (500, "ISK")


def without(body: Json, name: str) -> Json:
    del body["data"]["object"][name]
    return body


@pytest.mark.parametrize(
    ("body", "match"),
    [
        (stripe_dispute(status="of the future"), "^data.object.status must be charge_refunded, lost, .* or won$"),
        (stripe_dispute(amount=-1), "^data.object.amount must be at least 0$"),
        (stripe_dispute(amount=15.5), "^data.object.amount must be a whole number, got a number with decimals$"),
        (stripe_dispute(currency="zzz"), "^currency must be an ISO 4217 code"),
        (without(stripe_dispute(), "payment_intent"), "^data.object.payment_intent is missing$"),
    ],
)
def test_a_stripe_dispute_that_cannot_be_read_names_its_field(body, match):
    with pytest.raises(UnreadableDelivery, match=match):
        translation("stripe", body)


@pytest.mark.parametrize("topic", ["disputes/create", "disputes/update"])
def test_shopify_tells_of_a_dispute(topic):
    dispute = Dispute(INITIATED_MS + 1, 1500, "EUR", True)
    assert translation("shopify", shopify_dispute(), topic) == OrderStatement(
        "820982911946154508", OrderFacts(disputes={"285332461850802050": dispute})
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "needs_response"}, TAKEN),
        ({"status": "under_review"}, TAKEN),
        ({"status": "accepted"}, LOST),
        ({"status": "lost"}, LOST),
        ({"status": "won"}, GIVEN_BACK),
        ({"status": "charge_refunded"}, GIVEN_BACK),
        ({"type": "inquiry", "status": "needs_response"}, INQUIRY),
        ({"type": "inquiry", "status": "won", "finalized_on": "2026-02-20"}, INQUIRY),
        ({"type": "inquiry", "status": "lost"}, INQUIRY),
    ],
)
def test_where_the_money_of_a_shopify_dispute_is(changes, expected):
    assert position(facts("shopify", shopify_dispute(**changes), "disputes/update")) == expected


@pytest.mark.parametrize(("first", "last", "end"), [("won", "lost", LOST), ("lost", "won", GIVEN_BACK)])
def test_of_two_ends_of_a_dispute_of_our_own_format_the_later_counts(first, last, end):
    """A correction, or an arbitration after it was won; and no dispute.opened changes it."""
    told = [
        facts("standard", standard_dispute(event, at=at))
        for event, at in ((first, "2026-02-20T10:00:00Z"), (last, "2026-02-21T10:00:00Z"), ("opened", LATER))
    ]
    assert {position(reduce(OrderFacts.merge, order)) for order in permutations(told)} == {end}


@pytest.mark.parametrize("finalised", ["2026-03-01", "2026-03-01T00:00:00Z", "2026-02-28T19:00:00-05:00"])
def test_of_two_ends_of_a_shopify_dispute_the_later_counts(finalised):
    won = facts("shopify", shopify_dispute(status="won", finalized_on="2026-02-20"), "disputes/update")
    lost = facts("shopify", shopify_dispute(status="lost", finalized_on=finalised), "disputes/update")
    assert position(won.merge(lost)) == position(lost.merge(won)) == LOST
    assert lost.disputes["285332461850802050"].stamp_ms == 1_772_323_200_000


def test_a_shopify_dispute_without_order_is_ignored():
    reply = translation("shopify", shopify_dispute(order_id=None), "disputes/create")
    assert reply == Ignored("a dispute of a payment without an order")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"status": "open"}, "^status must be accepted, charge_refunded, .* or won$"),
        ({"type": "early_warning"}, "^type must be chargeback or inquiry$"),
        ({"amount": "-1.00"}, "^amount must not be negative"),
        ({"initiated_at": None}, "^initiated_at must be an ISO 8601 date"),
        ({"currency": "euro"}, "^currency must be an ISO 4217 code"),
    ],
)
def test_a_shopify_dispute_that_cannot_be_read_names_its_field(changes, match):
    with pytest.raises(UnreadableDelivery, match=match):
        translation("shopify", shopify_dispute(**changes), "disputes/create")


@pytest.mark.parametrize(("event", "expected"), [("opened", TAKEN), ("won", GIVEN_BACK), ("lost", LOST)])
def test_a_dispute_in_our_own_format(event, expected):
    dispute = Dispute(INITIATED_MS, 1500, "EUR", *expected)
    assert translation("standard", standard_dispute(event)) == OrderStatement(
        "1001", OrderFacts(disputes={"d1": dispute})
    )


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"amount": 15}, "^data.amount must be a string"),
        ({"at": "soon"}, "^data.at must be an ISO 8601 date"),
        ({"order": None}, "^data.order must be an id"),
        ({"currency": "euro"}, "^data.currency must be an ISO 4217 code"),
    ],
)
def test_a_dispute_of_our_own_that_cannot_be_read_names_its_field(changes, match):
    with pytest.raises(UnreadableDelivery, match=match):
        translation("standard", standard_dispute(**changes))


def stripe_story(*statuses: str) -> list[OrderFacts]:
    return [facts("stripe", stripe_dispute(at=NOW + i, status=status)) for i, status in enumerate(statuses)]


def shopify_story(*steps: Json) -> list[OrderFacts]:
    return [facts("shopify", shopify_dispute(**step), "disputes/update") for step in steps]


AN_INQUIRY = {"type": "inquiry"}
CLOSED_INQUIRY = AN_INQUIRY | {"status": "won", "finalized_on": "2026-02-20"}
REVIEWED, FINAL = {"status": "under_review"}, {"finalized_on": LATER}

STORIES = {
    "stripe, won": (stripe_story("needs_response", "under_review", "won"), GIVEN_BACK),
    "stripe, lost": (stripe_story("needs_response", "under_review", "lost"), LOST),
    "stripe, an inquiry becomes a chargeback": (stripe_story("warning_needs_response", "needs_response"), TAKEN),
    "stripe, even a closed one": (stripe_story("warning_closed", "needs_response"), TAKEN),
    "stripe, closed with an earlier stamp": (stripe_story("won", "needs_response"), GIVEN_BACK),
    "shopify, won": (shopify_story(AN_INQUIRY, {}, REVIEWED, FINAL | {"status": "won"}), GIVEN_BACK),
    "shopify, lost": (shopify_story({}, REVIEWED, FINAL | {"status": "lost"}), LOST),
    "shopify, an inquiry becomes a chargeback": (shopify_story(AN_INQUIRY, CLOSED_INQUIRY, {}), TAKEN),
    "standard, won": ([facts("standard", standard_dispute(status)) for status in ("opened", "won")], GIVEN_BACK),
    "standard, lost": ([facts("standard", standard_dispute(status)) for status in ("opened", "lost")], LOST),
}


@pytest.mark.parametrize(("statements", "expected"), STORIES.values(), ids=STORIES.keys())
def test_a_dispute_ends_alike_whatever_comes_first(statements, expected):
    for shuffled in permutations([*statements, statements[0]]):
        assert position(reduce(OrderFacts.merge, shuffled)) == expected


def test_disputed_money_is_not_kept_until_the_dispute_is_won():
    order = facts("shopify", shopify_order(), "orders/paid")
    opened, won = shopify_story({}, FINAL | {"status": "won"})
    assert goods_left([order]) == 4000
    assert goods_left([order, opened]) == 2500
    assert goods_left([order, opened, won]) == 4000
    view = order.merge(opened).view
    assert view is not None
    assert view.refunds == {"dispute 285332461850802050": Refund(amount=1500, currency="EUR", money=True)}


def parcels(*changes: Json, **order: object) -> int:
    body = shopify_order(
        **{"fulfillment_status": "fulfilled", **order}, fulfillments=[shopify_parcel(**change) for change in changes]
    )
    return facts("shopify", body, "orders/updated").delivered_at


ARRIVED = 1_770_120_000
"""2026-02-03T12:00:00Z"""


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ([{}], ARRIVED),
        ([{}, {"updated_at": "2026-02-03T13:00:00Z"}], ARRIVED + 3600),
        ([{}, {"shipment_status": "in_transit"}], 0),
        ([{}, {"shipment_status": None}], 0),
        ([{}, {"updated_at": None}], 0),
        ([{}, {"status": "cancelled", "shipment_status": "in_transit"}], ARRIVED),
        ([{}, {"status": "error", "shipment_status": None}], ARRIVED),
        ([{}, {"status": "failure", "shipment_status": None}], ARRIVED),
        ([{"status": "cancelled"}], 0),
        ([{"shipment_status": "attempted_delivery"}], 0),
        ([], 0),
    ],
)
def test_a_shopify_order_is_delivered_when_all_its_parcels_are(changes, at):
    assert parcels(*changes) == at


@pytest.mark.parametrize("status", [None, "partial", "restocked"])
def test_a_shopify_order_that_is_not_wholly_sent_is_not_delivered(status):
    assert parcels({}, fulfillment_status=status) == 0


@pytest.mark.parametrize("topic", ["fulfillments/create", "fulfillments/update"])
def test_a_parcel_alone_says_nothing_of_the_order(topic):
    reply = translation("shopify", shopify_parcel(), topic)
    assert isinstance(reply, Ignored)
    assert not reply.unknown


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"status": "completed", "date_completed_gmt": "2026-02-03T12:00:00"}, ARRIVED),
        ({"status": "completed"}, 0),
        ({"status": "processing", "date_completed_gmt": "2026-02-03T12:00:00"}, 0),
        ({"status": "processing"}, 0),
    ],
)
def test_a_completed_woocommerce_order_counts_as_delivered(changes, at):
    assert facts("woocommerce", woocommerce_order(**changes), "order.updated").delivered_at == at


def test_our_own_format_says_it_on_its_own_or_in_the_order():
    alone = {"type": "order.delivered", "data": {"id": "1001", "delivered_at": "2026-02-03T12:00:00Z"}}
    assert translation("standard", alone) == OrderStatement("1001", OrderFacts(delivered_at=ARRIVED))
    assert facts("standard", standard_order(delivered_at="2026-02-03T12:00:00Z")).delivered_at == ARRIVED
    assert facts("standard", standard_order(delivered_at=None)).delivered_at == 0
    with pytest.raises(UnreadableDelivery, match=r"^data\.delivered_at is missing$"):
        translation("standard", {"type": "order.delivered", "data": {"id": "1001"}})


def test_stripe_does_not_know_when_goods_arrive():
    assert facts("stripe", stripe_session()).delivered_at == 0
