"""Our own order format, as its module documents it."""

import json

import pytest

from chalicelib.domain.orders.facts import Line, OrderFacts, Refund, RefundLine
from chalicelib.domain.orders.kept import kept_of
from chalicelib.edge.storefronts import Ignored, OrderStatement, UnreadableDelivery, standard
from tests.world.senders import (
    CODE,
    IDENTITIES,
    facts,
    snapshot,
    standard_dispute,
    standard_line,
    standard_order,
    statement_of,
    translation,
)

REFUND = {"id": "r1", "lines": [{"line": "1", "quantity": 1, "amount": "20.00", "tax": "4.00"}]}
LONE = {"type": "refund.created", "data": {"order": "1001", "currency": "EUR", **REFUND}}


def documented():
    text = standard.__doc__ or ""
    example = text[text.index('{"type": "order.paid"') : text.index("Money is")]
    return json.loads(example)


def order(**changes):
    return snapshot("standard", standard_order(**changes))


def test_the_documented_example_is_heard():
    statement = statement_of("standard", documented())
    seen = statement.facts.sources["order"]
    assert statement.order == "1001"
    assert seen.lines == (Line("1", "mug", "MUG-1", 2, 4000, 800, ("category:kitchen", "tag:new")),)
    assert (seen.shipping_net, seen.shipping_tax, seen.name, seen.code) == (500, 100, "#1001", "")
    assert (seen.at, seen.stamp_ms) == (1769850120, 1769850120000)
    assert (seen.buyer, seen.email_hash) == ("shop.42", IDENTITIES.email_hash("ana@example.com"))
    assert statement.facts.refunds == {"r1": Refund(lines=(RefundLine("1", 1, 2000, 400),), currency="EUR")}


@pytest.mark.parametrize("event", ["created", "updated", "paid", "cancelled", "refunded"])
def test_the_type_says_only_why_it_was_sent(event):
    assert facts("standard", standard_order() | {"type": f"order.{event}"}) == facts("standard", standard_order())


@pytest.mark.parametrize(
    ("status", "paid_at", "paid", "void"),
    [
        ("pending", None, False, False),
        ("paid", None, True, False),
        ("cancelled", None, False, True),
        ("cancelled", "2026-01-31T09:02:00Z", True, True),
        ("refunded", None, True, True),
    ],
)
def test_a_status_says_whether_an_order_is_paid_or_void(status, paid_at, paid, void):
    seen = order(status=status, paid_at=paid_at)
    assert (seen.paid, seen.void) == (paid, void)


@pytest.mark.parametrize(
    ("changes", "at"),
    [({}, 1769850120), ({"paid_at": None}, 1769850000), ({"paid_at": None, "created_at": None}, 1769850121)],
)
def test_when_it_was_paid(changes, at):
    assert order(**changes).at == at


def test_a_refund_on_its_own_and_in_the_order_are_one_fact():
    alone = translation("standard", LONE)
    assert alone == OrderStatement(
        "1001", OrderFacts(refunds={"r1": Refund(lines=(RefundLine("1", 1, 2000, 400),), currency="EUR")})
    )
    assert facts("standard", standard_order(refunds=[REFUND])).refunds == alone.facts.refunds


def test_what_no_sender_of_the_format_can_mean_is_named():
    """Fields that are misspelt would else be lost without a word, and the money with them."""
    misspelt = standard_order(refund=[REFUND], paid_with_ballance="90.00", tax_include=True)
    misspelt["data"]["lines"][0]["earn"] = False
    misspelt["data"]["customer"]["ana@example.com"] = 1
    (note,) = statement_of("standard", misspelt).notes
    assert note == (
        "fields that order.paid has not were passed over: a field of data.customer, data.lines[].earn, "
        "data.paid_with_ballance, data.refund, data.tax_include"
    )
    many = standard_order(**{f"note_{letter}": "" for letter in "abcdefg"})
    (note,) = statement_of("standard", many).notes
    assert note.endswith("data.note_a, data.note_b, data.note_c, data.note_d, data.note_e and 2 more")
    assert statement_of("standard", documented()).notes == statement_of("standard", standard_order()).notes == ()


@pytest.mark.parametrize(
    ("body", "note"),
    [
        (
            {"type": "order.delivered", "data": {"id": "1", "delivered_at": "2026-02-03T12:00:00Z", "status": "paid"}},
            "fields that order.delivered has not were passed over: data.status",
        ),
        (
            {"type": "order.deleted", "data": {"id": "1", "reason": "test"}},
            "fields that order.deleted has not were passed over: data.reason",
        ),
        (standard_dispute(fee="5.00"), "fields that dispute.opened has not were passed over: data.fee"),
    ],
)
def test_other_messages_name_what_they_pass_over_too(body, note):
    assert statement_of("standard", body).notes == (note,)


@pytest.mark.parametrize(
    ("event", "status", "agrees"),
    [
        ("order.created", "refunded", True),
        ("order.updated", "cancelled", True),
        ("order.paid", "refunded", True),
        ("order.paid", "pending", False),
        ("order.paid", "cancelled", False),
        ("order.cancelled", "refunded", True),
        ("order.cancelled", "paid", False),
        ("order.refunded", "refunded", True),
        ("order.refunded", "paid", False),
        ("order.refunded", "cancelled", False),
    ],
)
def test_a_status_that_contradicts_the_type_is_named(event, status, agrees):
    """The status counts, so a cancellation of which only the type is right takes nothing back."""
    statement = statement_of("standard", standard_order(status=status) | {"type": event})
    note = f"data.status is {status}, which contradicts the type {event}: the status counts"
    assert statement.notes == (() if agrees else (note,))
    assert statement.facts == facts("standard", standard_order(status=status))


def test_a_paid_order_that_states_a_refund_agrees_with_the_type():
    assert statement_of("standard", standard_order(refunds=[REFUND]) | {"type": "order.refunded"}).notes == ()


def test_a_status_of_refunded_beside_refunds_of_a_part_is_named():
    """It says that all was given back, and whoever means a part takes all of the cashback."""
    (note,) = statement_of("standard", standard_order(status="refunded", refunds=[REFUND])).notes
    assert note.startswith("data.status is refunded, so all of the order counts as given back, though data.refunds are")
    whole = {"id": "r1", "lines": [{"line": "1", "quantity": 2}]}
    assert statement_of("standard", standard_order(status="refunded", refunds=[whole])).notes == ()


def test_a_currency_may_be_in_small_letters():
    assert facts("standard", standard_order(currency="eur", refunds=[REFUND])) == facts(
        "standard", standard_order(refunds=[REFUND])
    )
    lone = {"type": "refund.created", "data": {"order": "1001", "currency": "eur", **REFUND}}
    assert facts("standard", lone) == facts("standard", LONE)
    assert facts("standard", standard_dispute(currency="Eur")) == facts("standard", standard_dispute())


def test_amounts_with_more_decimals_than_the_currency_has_are_rounded_and_named():
    prefix = "amounts with more decimals than their currency has were rounded: "
    body = standard_order(
        lines=[standard_line("1", "0.105", tax="0.005"), standard_line("2", "0.105", tax="0.0000")],
        shipping={"amount": "5.001", "tax": "1.000"},
        fees="0.0001",
        refunds=[REFUND | {"amount": "1.005", "lines": [{"line": "1", "quantity": 1, "amount": "0.1010"}]}],
    )
    statement = statement_of("standard", body)
    of_lines = "data.lines[0].amount, data.lines[0].tax, data.lines[1].amount"
    assert statement.notes == (f"{prefix}{of_lines}, data.shipping.amount, data.fees and 2 more",)
    lines = statement.facts.sources["order"].lines
    assert [(line.net, line.tax) for line in lines] == [(11, 1), (10, 0)]  # with the shipping 6.22 of 6.216
    lone = {"type": "refund.created", "data": {"order": "1001", "currency": "EUR", **REFUND, "amount": "1.005"}}
    assert statement_of("standard", lone).notes == (f"{prefix}data.amount",)
    assert statement_of("standard", standard_dispute(amount="1.005")).notes == (f"{prefix}data.amount",)
    yen = standard_order(lines=[standard_line("1", "1010.5")], currency="JPY", shipping=None)
    assert statement_of("standard", yen).notes == (f"{prefix}data.lines[0].amount",)
    dinars = standard_order(lines=[standard_line("1", "10.505")], currency="KWD", shipping=None)
    assert statement_of("standard", dinars).notes == ()


def test_times_without_a_zone_are_utc_and_named():
    local = standard_order(
        created_at="2026-01-31T09:00:00", paid_at="2026-01-31 09:02", refunds=[REFUND | {"updated_at": "2026-02-01"}]
    )
    statement = statement_of("standard", local)
    assert statement.facts.sources["order"].at == 1769850120
    (note,) = statement.notes
    assert note == (
        "times without a zone were taken as UTC (write 2026-01-31T09:00:00Z): "
        "data.created_at, data.paid_at, data.refunds[0].updated_at"
    )
    for body in (
        {"type": "order.delivered", "data": {"id": "1", "delivered_at": "2026-02-03T12:00:00"}},
        standard_dispute(at="2026-02-03T12:00:00"),
    ):
        (note,) = statement_of("standard", body).notes
        assert note.startswith("times without a zone were taken as UTC")
    assert statement_of("standard", standard_order(paid_at="2026-01-31T10:02:00+01:00")).notes == ()


@pytest.mark.parametrize("name", ["lines", "amount", "shipping", "fees"])
def test_a_refund_of_nothing_states_nothing(name):
    bare = {"id": "r1", "order": "1001", "currency": "EUR"}
    with pytest.raises(UnreadableDelivery, match="data must have lines, amount, shipping or fees: what was refunded"):
        translation("standard", {"type": "refund.created", "data": bare | {"amout": "30.00"}})
    value = [] if name == "lines" else "0.00"
    nothing = statement_of("standard", {"type": "refund.created", "data": bare | {name: value, "note": "x"}})
    assert nothing.facts.refunds == {"r1": Refund(currency="EUR")}
    assert nothing.notes == ("fields that refund.created has not were passed over: data.note",)


def test_a_refund_is_in_the_currency_that_it_states():
    lone = {"type": "refund.created", "data": {"id": "r1", "order": "1001", "currency": "KWD", "amount": "5.000"}}
    assert facts("standard", lone).refunds == {"r1": Refund(amount=5000, currency="KWD")}
    within = standard_order(currency="KWD", refunds=[{"id": "r1", "amount": "5.000"}])
    assert facts("standard", within).refunds == facts("standard", lone).refunds


def test_refunds_of_shipping_of_an_amount_and_by_quantity():
    body = {"id": "r2", "shipping": "6.00", "amount": "1.50", "lines": [{"line": "1", "quantity": 1}]}
    refunds = facts("standard", standard_order(refunds=[body])).refunds
    assert refunds == {"r2": Refund(lines=(RefundLine("1", 1),), shipping=600, amount=150, currency="EUR")}


@pytest.mark.parametrize(("included", "amount", "refunded"), [(False, "40.00", "20.00"), (True, "48.00", "24.00")])
def test_amounts_with_and_without_the_tax_come_to_the_same(included, amount, refunded):
    lines = [standard_line(amount=amount)]
    refund = {"id": "r1", "lines": [{"line": "1", "quantity": 1, "amount": refunded, "tax": "4.00"}]}
    shipping = {"amount": "6.00" if included else "5.00", "tax": "1.00"}
    order_facts = facts(
        "standard", standard_order(lines=lines, tax_included=included, shipping=shipping, refunds=[refund])
    )
    view = order_facts.view
    assert view is not None
    assert (view.lines[0].net, view.lines[0].tax, view.shipping_net, view.shipping_tax) == (4000, 800, 500, 100)
    assert [(line.net, line.tax) for line in kept_of(view).lines] == [(2000, 400)]


def test_what_is_free_contains_no_tax():
    """Constructed, as the same line of Shopify is: tax that is rounded by itself leaves a cent on free goods."""
    free = [standard_line("1", "40.00", tax="0.00"), standard_line("2", "0.00", tax="0.01")]
    seen = snapshot(
        "standard", standard_order(lines=free, shipping={"amount": "0.00", "tax": "0.01"}, tax_included=True)
    )
    assert [(line.net, line.tax) for line in seen.lines] == [(4000, 0), (0, 0)]
    assert (seen.shipping_net, seen.shipping_tax) == (0, 0)


def test_an_order_may_leave_out_who_bought_it_and_shipping():
    bare = {"id": "1", "status": "pending", "currency": "EUR", "updated_at": "2026-01-31T09:00:00Z", "lines": []}
    seen = snapshot("standard", {"type": "order.created", "data": bare})
    assert (seen.buyer, seen.email_hash, seen.lines, seen.shipping_net) == ("", "", (), 0)


def test_fields_that_may_be_left_out_may_be_null():
    seen = order(customer=None, shipping=None, referral_code=None, number=None, created_at=None)
    assert (seen.buyer, seen.name, seen.shipping_net) == ("", "", 0)


def test_an_order_may_state_a_guest_a_code_and_a_balance():
    guest = order(customer={"email": "ana@example.com"}, referral_code=CODE.lower(), paid_with_balance="2.50")
    assert (guest.buyer, guest.code, guest.deduction) == ("guest." + guest.email_hash, CODE, 250)
    assert not order(lines=[standard_line(earns=False)]).lines[0].earns


def test_a_deleted_order_is_gone_for_good():
    reply = translation("standard", {"type": "order.deleted", "data": {"id": "1001"}})
    assert reply == OrderStatement("1001", OrderFacts(deleted=True))


def test_an_unknown_type_is_counted():
    reply = translation("standard", {"type": "invoice.paid", "data": {}})
    assert isinstance(reply, Ignored)
    assert reply.unknown


@pytest.mark.parametrize("body", [{"type": "", "data": {}}, {}, standard_order()["data"]])
def test_a_body_without_a_type_is_no_unknown_type(body):
    """An order that was sent without its envelope was answered as if nothing had to be done, and was lost."""
    with pytest.raises(UnreadableDelivery, match=r"^type is missing: the body must be such as"):
        translation("standard", body)


def test_a_line_may_have_fifty_labels_in_all_of_sixty_characters():
    """docs/storefronts.md, the order format: categories, collections and tags of a line are 50 in all, each of 60."""
    named = {
        name: [f"{name} {i}".ljust(60, "x") for i in range(count)]
        for name, count in (("categories", 10), ("collections", 10), ("tags", 30))
    }
    (line,) = snapshot("standard", standard_order(lines=[standard_line(**named)])).lines
    assert [label.partition(":")[2] for label in line.labels] == [
        value for values in named.values() for value in values
    ]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"lines": [standard_line(amount=40)]}, r'^data.lines\[0\].amount must be a string such as "40.00"$'),
        ({"lines": [standard_line(amount=40.5)]}, r'^data.lines\[0\].amount must be a string such as "40.00"$'),
        ({"lines": [standard_line(amount="-1.00")]}, r"^data.lines\[0\].amount must not be negative"),
        ({"lines": [standard_line(amount="forty")]}, r"^data.lines\[0\].amount must be a decimal number"),
        ({"lines": [standard_line(tags=[f"t{i}" for i in range(51)])]}, r"^data.lines\[0\] must have at most 50 "),
        (
            {"lines": [standard_line(categories=["c"], tags=["t" * 61])]},
            r"^data.lines\[0\] must have categories, collections and tags of at most 60 characters$",
        ),
        ({"lines": [standard_line()] * 2001}, "^data.lines must have at most 2000 entries$"),
        ({"lines": [standard_line(sku="s" * 101)]}, r"^data.lines\[0\].sku must have at most 100 characters$"),
        ({"lines": [standard_line(amount="7.99")], "tax_included": True}, r"^data.lines\[0\].amount must not be less"),
        (
            {"shipping": {"amount": "0.50", "tax": "1.00"}, "tax_included": True},
            "^data.shipping.amount must not be less",
        ),
        ({"status": "shipped"}, "^data.status must be cancelled, paid, pending or refunded$"),
        ({"paid_with_balance": 5}, "^data.paid_with_balance must be a string"),
        ({"refunds": [{"id": "r", "amount": 1}]}, r"^data.refunds\[0\].amount must be a string"),
        ({"updated_at": None}, "^data.updated_at must be an ISO 8601 date"),
        ({"id": "a b"}, "^data.id must be an id"),
        ({"currency": "euro"}, "^data.currency must be an ISO 4217 code such as EUR$"),
        ({"currency": None}, "^data.currency must be an ISO 4217 code"),
    ],
)
def test_what_cannot_be_read_names_its_field(changes, match):
    with pytest.raises(UnreadableDelivery, match=match):
        translation("standard", standard_order(**changes))


def test_two_refunds_of_one_id_are_the_same_or_refused():
    """The last one counted, and what the others gave back earned on."""
    refunds = [REFUND, {"id": "r2", "amount": "5.00"}, {"id": "r2", "amount": "7.00"}]
    with pytest.raises(UnreadableDelivery, match=r"^data\.refunds\[2\]\.id must be the only one of its order"):
        translation("standard", standard_order(refunds=refunds))
    assert facts("standard", standard_order(refunds=[REFUND, REFUND])) == facts(
        "standard", standard_order(refunds=[REFUND])
    )


def test_a_line_id_stands_once():
    with pytest.raises(UnreadableDelivery, match=r"data\.lines\[1\]\.id must be the only one of its order"):
        statement_of("standard", standard_order(lines=[standard_line(), standard_line()]))
