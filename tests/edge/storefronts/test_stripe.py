"""The three objects of a Stripe payment become one order."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.orders.facts import WHOLE_INVOICE, Line, OrderFacts, Refund
from chalicelib.domain.orders.kept import kept_of
from chalicelib.edge.storefronts import Ignored, UnreadableDelivery
from tests.edge.storefronts.stories import hear
from tests.world.builders import programme_of
from tests.world.memory import Memory
from tests.world.senders import (
    CODE,
    IDENTITIES,
    NOW,
    Json,
    facts,
    snapshot,
    statement_of,
    stripe_charge,
    stripe_dispute,
    stripe_event,
    stripe_intent,
    stripe_session,
    translation,
)

GUEST = "guest." + IDENTITIES.email_hash("ana@example.com")


def test_a_session_is_an_order_of_one_line():
    statement = statement_of("stripe", stripe_session())
    assert statement.order == "pi_1"
    seen = statement.facts.sources["session"]
    assert seen.lines == (Line("payment", "", "", 1, 4000, 800),)
    assert (seen.shipping_net, seen.shipping_tax, seen.currency) == (500, 0, "EUR")
    assert (seen.at, seen.stamp_ms, seen.paid, seen.void) == (NOW, NOW * 1000, True, False)
    assert (seen.buyer, seen.email_hash) == ("shop.cus_1", IDENTITIES.email_hash("ana@example.com"))


def test_an_intent_is_an_order_of_one_line_without_tax():
    statement = statement_of("stripe", stripe_intent())
    assert statement.order == "pi_1"
    seen = statement.facts.sources["intent"]
    assert (seen.lines, seen.at, seen.paid) == ((Line("payment", "", "", 1, 5300, 0),), NOW, True)
    assert seen.buyer == GUEST


def test_a_charge_states_its_order_and_its_refund():
    statement = statement_of("stripe", stripe_charge(amount_refunded=500))
    assert statement.order == "pi_1"
    assert statement.facts.refunds == {"ch_1": Refund(amount=500, currency="EUR", stamp_ms=NOW * 1000)}
    seen = statement.facts.sources["charge"]
    assert (seen.lines[0].net, seen.paid, seen.void, seen.buyer) == (5300, True, False, GUEST)


def test_a_charge_without_a_refund_states_none():
    order_facts = facts("stripe", stripe_charge("charge.succeeded"))
    assert order_facts.refunds == {}


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ({}, [5300]),
        ({"captured": False, "amount_captured": 0}, []),
        ({"paid": False}, []),
        ({"amount_captured": 3000}, [3000]),
        ({"amount_captured": None}, [5300]),
    ],
)
def test_a_charge_is_paid_by_what_it_took(changes, taken):
    seen = snapshot("stripe", stripe_charge("charge.succeeded", **changes))
    assert ([line.net for line in seen.lines], seen.paid) == (taken, bool(taken))


@pytest.mark.parametrize(("status", "paid"), [("paid", True), ("no_payment_required", True), ("unpaid", False)])
def test_when_a_session_is_paid(status, paid):
    assert snapshot("stripe", stripe_session(payment_status=status)).paid is paid


def test_a_delayed_payment_arrives():
    event = stripe_session() | {"type": "checkout.session.async_payment_succeeded"}
    assert facts("stripe", event) == facts("stripe", stripe_session())


def test_the_order_is_the_payment_intent_whatever_its_form():
    assert (
        statement_of("stripe", stripe_session(payment_intent={"id": "pi_9", "object": "payment_intent"})).order
        == "pi_9"
    )
    assert statement_of("stripe", stripe_session(payment_intent=None)).order == "cs_test_1"
    assert statement_of("stripe", stripe_charge(payment_intent=None)).order == "ch_1"


@pytest.mark.parametrize(
    "changes", [{"mode": "setup", "currency": None}, {"mode": "subscription", "payment_intent": None}]
)
def test_sessions_that_state_no_payment_of_their_own(changes):
    reply = translation("stripe", stripe_session(**changes))
    assert isinstance(reply, Ignored)
    assert not reply.unknown


INVOICE = {"id": "in_1", "currency": "eur", "customer": "cus_1", "status": "paid", "total": 6000, "amount_paid": 6000}
PAYMENT = {"id": "inpay_1", "invoice": "in_1", "currency": "eur", "status": "paid", "amount_paid": 6000}
PAID_BY = {"type": "payment_intent", "payment_intent": "pi_1"}
TWO = [
    {"payment": {"payment_intent": "pi_1"}, "amount_paid": 4000},
    {"payment": {"charge": "ch_2"}, "amount_paid": 2000},
]


def invoice_payment(**changes: object) -> Json:
    return stripe_event("invoice_payment.paid", PAYMENT | {"payment": PAID_BY} | changes)


@pytest.mark.parametrize(
    ("changes", "order", "payments"),
    [
        ({}, "in_1", {}),
        ({"payments": None}, "in_1", {}),
        ({"payments": {"data": TWO}}, "in_1", {"pi_1": 4000, "ch_2": 2000}),
        ({"payments": {"data": [{**payment, "amount_paid": None} for payment in TWO]}}, "in_1", {}),
        ({"payments": {"data": TWO[:1]}}, "pi_1", {}),
        ({"payments": {"data": [TWO[0], TWO[1] | {"status": "open"}, {"payment": {}}]}}, "pi_1", {}),
        ({"payment_intent": "pi_1"}, "pi_1", {}),
        ({"charge": "ch_1"}, "ch_1", {}),
    ],
)
def test_which_order_an_invoice_is_of(changes, order, payments):
    statement = statement_of("stripe", stripe_event("invoice.paid", INVOICE | changes))
    assert (statement.order, statement.facts.payments) == (order, payments)
    assert list(statement.facts.sources) == [WHOLE_INVOICE if order == "in_1" else "invoice"]


@pytest.mark.parametrize(
    ("event", "order", "payments"),
    [
        (invoice_payment(), "in_1", {"pi_1": 6000}),
        (invoice_payment(invoice={"id": "in_2"}, payment={"type": "charge", "charge": "ch_1"}), "in_2", {"ch_1": 6000}),
        (invoice_payment(payment=None, payment_intent="pi_2"), "in_1", {"pi_2": 6000}),
        (invoice_payment(currency="isk", amount_paid=500_000), "in_1", {"pi_1": 5000}),
    ],
    ids=["intent", "charge", "preview-version", "without-decimals"],
)
def test_a_payment_of_an_invoice_says_which_order_paid_how_much(event, order, payments):
    statement = statement_of("stripe", event)
    assert (statement.order, statement.facts) == (order, OrderFacts(payments=payments))


@pytest.mark.parametrize(
    "event",
    [
        stripe_event("invoice.paid", INVOICE | {"paid_out_of_band": True}),
        stripe_event("invoice.paid", INVOICE | {"amount_paid": 0}),
        stripe_event("invoice.paid", INVOICE | {"amount_paid": 0, "total": -600, "tax": -100}),
        stripe_event("invoice.paid", INVOICE | {"payments": {"data": []}}),
        stripe_event("invoice.paid", INVOICE | {"payments": {"data": [{"payment": {"type": "payment_record"}}]}}),
        invoice_payment(payment={"type": "payment_record", "payment_record": "pr_1"}),
        invoice_payment(amount_paid=None),
        invoice_payment(status="canceled"),
    ],
)
def test_an_invoice_that_took_no_money_here(event):
    reply = translation("stripe", event)
    assert isinstance(reply, Ignored)
    assert not reply.unknown


@pytest.mark.parametrize(
    ("changes", "buyer"),
    [
        ({"metadata": {"ristourne_member": "42", "member": "43"}}, "shop.42"),
        ({"metadata": {"member": "shop.42"}}, "shop.42"),
        ({"metadata": {"member": "43"}}, "shop.43"),
        ({"customer": {"id": "cus_9", "object": "customer"}}, "shop.cus_9"),
        ({"customer": None}, GUEST),
        ({"customer": None, "customer_details": None, "customer_email": "ana@example.com"}, GUEST),
        ({"customer": None, "customer_details": None}, ""),
        ({"metadata": None}, "shop.cus_1"),
    ],
)
def test_the_buyer_is_the_customer_that_is_named_or_a_guest(changes, buyer):
    assert snapshot("stripe", stripe_session(**changes)).buyer == buyer


@pytest.mark.parametrize("changes", [{"metadata": {"x": "y", "ref": CODE}}, {"client_reference_id": CODE}])
def test_where_a_referral_code_can_stand(changes):
    assert snapshot("stripe", stripe_session(**changes)).code == CODE


@pytest.mark.parametrize("balance", ["5.00", "5 EUR", "-1", None])
def test_stripes_amounts_are_what_was_paid_in_money(balance):
    metadata = {"ristourne_balance": balance}
    assert facts("stripe", stripe_intent(metadata=metadata)) == facts("stripe", stripe_intent())
    view = facts("stripe", stripe_session(metadata=metadata)).view
    assert view is not None
    assert (view.deduction, kept_of(view).goods(with_tax=True)) == (0, 4800)


@pytest.mark.parametrize(
    ("currency", "amount", "net"),
    [
        ("eur", 1234, 1234),
        ("jpy", 500, 500),
        ("kwd", 5120, 5120),
        ("isk", 50000, 500),
        ("ugx", 6000000, 60000),
        ("mga", 500, 50000),
    ],
)
def test_stripes_minor_units_are_not_always_isos(currency, amount, net):
    seen = snapshot("stripe", stripe_intent(currency=currency, amount_received=amount))
    assert (seen.lines[0].net, seen.currency) == (net, currency.upper())
    refund = facts("stripe", stripe_charge(currency=currency, amount_refunded=amount)).refunds["ch_1"]
    assert refund == Refund(amount=net, currency=currency.upper(), stamp_ms=NOW * 1000)


def test_refunds_grow_and_their_order_does_not_matter():
    deliveries = [
        facts("stripe", stripe_charge(at=NOW + i, amount_refunded=amount)) for i, amount in enumerate([500, 1500])
    ]
    for order in permutations([*deliveries, facts("stripe", stripe_session())]):
        merged = OrderFacts()
        for statement in order:
            merged = merged.merge(statement)
        assert merged.refunds == {"ch_1": Refund(amount=1500, currency="EUR", stamp_ms=NOW * 1000 + 1000)}
        view = merged.view
        assert view is not None
        assert sum(line.net + line.tax for line in kept_of(view).lines) + kept_of(view).shipping_net == 3800


def test_the_session_gives_the_amounts_and_the_others_what_it_leaves_open():
    merged = facts("stripe", stripe_intent(metadata={"member": "42"})).merge(
        facts("stripe", stripe_session(customer=None, customer_details=None))
    )
    view = merged.view
    assert view is not None
    assert (view.lines[0].net, view.buyer, view.at) == (4000, "shop.42", NOW)


@pytest.mark.parametrize(
    ("event", "source"), [(stripe_session, "session"), (stripe_intent, "intent"), (stripe_charge, "charge")]
)
def test_it_was_paid_when_the_charge_was_made_or_the_event_told_of_it(event, source):
    """A session and an intent are made at the start of a checkout, hours before its payment at times."""
    charge = source == "charge"
    assert facts("stripe", event(created=NOW - 9000)).sources[source].at == (NOW - 9000 if charge else NOW)


def test_a_charge_that_does_not_say_when_it_was_made_was_made_at_its_event():
    assert facts("stripe", stripe_charge(created=None)).sources["charge"].at == NOW


def test_a_full_refund_leaves_nothing():
    view = facts("stripe", stripe_charge(amount_refunded=5300, refunded=True)).view
    assert view is not None
    assert kept_of(view).goods(with_tax=True) == 0


@pytest.mark.parametrize("event", ["plan.created", "v2.core.account.updated", "charge.failed", ""])
def test_an_unknown_type_is_counted(event):
    reply = translation("stripe", {"type": event, "created": "2026-01-01T00:00:00Z", "related_object": {}})
    assert isinstance(reply, Ignored)
    assert reply.unknown


REFUND_OF_NOTHING = stripe_event("refund.failed", {"id": "re_1", "amount": 1, "currency": "eur", "status": "failed"})


@pytest.mark.parametrize(
    ("event", "match"),
    [
        (stripe_intent(currency="zzz"), "^currency must be an ISO 4217 code"),
        (stripe_intent(currency=None), "^data.object.currency is missing$"),
        (stripe_intent(amount_received=-1), "^data.object.amount_received must be at least 0$"),
        (
            stripe_intent(amount_received=1.5),
            "^data.object.amount_received must be a whole number, got a number with decimals$",
        ),
        (stripe_intent(id="no id"), "^data.object.id must be an id"),
        (stripe_session(amount_total=100), "^data.object: its amount must not be less than its tax, shipping and tip"),
        (stripe_session(payment_intent="no id"), "^data.object.payment_intent must be an id"),
        (stripe_session(metadata={"member": "ana@example.com"}), "^data.object.metadata.member must be an id"),
        (stripe_event("charge.succeeded", {"id": "ch_1"}), "^data.object.amount is missing"),
        (invoice_payment(invoice=None), "^data.object.invoice is missing$"),
        (REFUND_OF_NOTHING, "^data.object: it must name its charge or its payment_intent$"),
        ({"type": "charge.succeeded"}, "^created is missing"),
        ({}, "^type is missing"),
    ],
)
def test_what_cannot_be_read_names_its_field(event, match):
    with pytest.raises(UnreadableDelivery, match=match):
        translation("stripe", event)


DETAILS = {"tip": {}, "shipping": {"amount": 500}, "tax": {"total_tax_amount": 2000}}
IN_LINES = DETAILS | {"tax": None, "line_items": {"data": [{"tax": {"total_tax_amount": 2000}}, {"tax": None}]}}
UNSTATED = [
    {},
    {"amount_details": None},
    {"amount_details": {}},
    {"amount_details": {"tip": None, "shipping": None, "tax": None, "line_items": None}},
    {"amount_details": {"tip": {}, "shipping": {}, "tax": {}, "line_items": {"data": []}}},
    {"amount_details": {"shipping": {"amount": None}, "tax": {"total_tax_amount": None}, "line_items": {}}},
    {"amount_details": {"line_items": {"data": [{}, {"tax": {}}, {"tax": {"total_tax_amount": None}}]}}},
]
"""Shapes of an intent that say nothing of tax and shipping."""

PARTS = {"amount_total": 12_500, "total_details": {"amount_tax": 2000, "amount_shipping": 500}}
SHIPPED = {"total": 12_500, "amount_paid": 12_500, "total_taxes": [{"amount": 2000}]}
SPLIT = {
    "session": stripe_session(payment_status="unpaid", **PARTS),
    "invoice": stripe_event("invoice.paid", INVOICE | SHIPPED | {"shipping_cost": {"amount_total": 500}}, NOW + 3),
    "details": stripe_intent(customer="cus_1", amount=12_500, amount_received=12_500, amount_details=DETAILS),
    "lines": stripe_intent(customer="cus_1", amount=12_500, amount_received=12_500, amount_details=IN_LINES),
}
"""Each says alone that of 125.00 there are 20.00 tax and 5.00 shipping."""

WHOLE = {"amount": 12_500, "amount_captured": 12_500, "customer": "cus_1"}
HALF = {"id": "re_1", "amount": 6250, "currency": "eur", "payment_intent": "pi_1", "charge": "ch_1"}
STORY = [
    stripe_charge("charge.succeeded", NOW, **WHOLE | {"captured": False, "amount_captured": 0}),
    stripe_charge("charge.captured", NOW + 2, **WHOLE),
    stripe_charge("charge.refunded", NOW + 10, **WHOLE, amount_refunded=6250),
    stripe_event("charge.refund.updated", HALF | {"status": "succeeded"}, NOW + 11),
    stripe_event("refund.failed", HALF | {"status": "failed", "charge": None}, NOW + 20),
    stripe_event("charge.refund.updated", HALF | {"status": "failed"}, NOW + 20),
    stripe_charge("charge.updated", NOW + 20, **WHOLE, amount_refunded=0),
    stripe_charge("charge.refunded", NOW + 30, **WHOLE, amount_refunded=3125),
]
"""Captured later, half refunded, which fails, then a quarter refunded."""


@given(st.sampled_from(sorted(SPLIT)), st.sampled_from(UNSTATED), st.data())
def test_in_any_order_the_goods_are_known_whichever_object_states_the_parts(source, unstated, data):
    plain = stripe_intent(customer="cus_1", amount=12_500, amount_received=12_500, **unstated)
    bodies = [*STORY, SPLIT[source], *([] if source in ("details", "lines") else [plain])]
    if source == "invoice":
        bodies.append(invoice_payment(amount_paid=12_500))
    again = data.draw(st.lists(st.sampled_from(bodies), max_size=3))
    shop = Memory(programme_of())
    for body in data.draw(st.permutations(bodies + again)):
        hear(shop, "stripe", "", body)
    assert shop.available("shop.cus_1") == 375  # 5% of three quarters of 100.00


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (stripe_session(amount_total=None, total_details=None), "amount_total"),
        (stripe_intent(amount_received=None), "amount_received"),
    ],
)
def test_a_payment_that_does_not_say_how_much_it_was_is_no_payment_of_nothing(body, field):
    """It was one of 0.00, and beside it what the payment's other objects had stated was taken back."""
    with pytest.raises(UnreadableDelivery, match=f"^data.object.{field} is missing: it must say how much was paid$"):
        translation("stripe", body)
    assert snapshot("stripe", stripe_session(amount_total=None, total_details=None, payment_status="unpaid")).total == 0


def test_a_movement_that_states_no_amount_does_not_give_disputed_money_back():
    body = stripe_dispute(balance_transactions=[{"amount": None}])
    assert [dispute.taken for dispute in facts("stripe", body).disputes.values()] == [True]
