"""An order is a join of facts, and what was kept of it does not depend on the order of its refunds."""

from fractions import Fraction
from functools import reduce
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.orders.facts import (
    TRASHED,
    WHOLE_INVOICE,
    Dispute,
    FailedRefund,
    OrderFacts,
    Refund,
    RefundLine,
    Snapshot,
)
from chalicelib.domain.orders.kept import Kept, kept
from tests.world.builders import ANNA, CODE, NOW, PAID_AT, line, of_line, snapshot, states
from tests.world.strategies import facts, paid_snapshots

NOTHING = OrderFacts()


def left(order: Snapshot, **refunds: Refund) -> tuple[tuple[int, int], ...]:
    """Net and tax of each line, then of shipping, that the buyer kept."""
    after = kept(replace(order, refunds=refunds))
    return (*((each.net, each.tax) for each in after.lines), (after.shipping_net, after.shipping_tax))


disputes = st.builds(
    Dispute, st.integers(1, 4), st.integers(0, 9000), st.sampled_from(["EUR", "USD"]), st.booleans(), st.booleans()
)
disputed = st.dictionaries(st.sampled_from(["d1", "d2"]), disputes, max_size=2)
traits = st.sets(st.sampled_from(["address:aaa", "phone:bbb", "card:ccc", "mail:disposable"])).map(sorted).map(tuple)
delivered = st.sampled_from([0, 0, 100, 200, 300])


@st.composite
def said(draw: st.DrawFn) -> OrderFacts:
    """What one delivery states, disputes, delivery and prints included."""
    bare = draw(facts())
    sources = {
        name: replace(each, delivered_at=draw(delivered), prints=draw(traits)) for name, each in bare.sources.items()
    }
    paid = draw(st.dictionaries(st.sampled_from(["pi_1", "pi_2"]), st.integers(1, 9000), max_size=2))
    return replace(bare, sources=sources, disputes=draw(disputed), delivered_at=draw(delivered), payments=paid)


@pytest.mark.slow
@given(said(), said())
def test_merging_is_commutative(one: OrderFacts, other: OrderFacts) -> None:
    assert one.merge(other) == other.merge(one)


@pytest.mark.slow
@given(said(), said(), said())
def test_merging_is_associative(one: OrderFacts, two: OrderFacts, three: OrderFacts) -> None:
    assert one.merge(two).merge(three) == one.merge(two.merge(three))


@pytest.mark.slow
@given(said(), said())
def test_merging_again_changes_nothing(one: OrderFacts, other: OrderFacts) -> None:
    both = one.merge(other)
    assert both.merge(both) == both.merge(one) == both.merge(other) == both
    assert one.merge(NOTHING) == one.merge(one)


@pytest.mark.parametrize(
    ("loser", "winner"),
    [
        (snapshot(stamp_ms=1), snapshot(stamp_ms=2, name="#2")),
        (snapshot(stamp_ms=1, paid=False), snapshot(stamp_ms=1)),
        (snapshot(stamp_ms=1), snapshot(stamp_ms=1, void=True)),
        (snapshot(stamp_ms=1, void=True), snapshot(stamp_ms=2)),
        (snapshot(stamp_ms=1), snapshot(stamp_ms=1, refunds={"r": Refund(amount=1)})),
    ],
    ids=["newer", "same-second-paid", "same-second-void", "revived", "same-second-refunded"],
)
def test_of_two_snapshots_the_newer_counts_or_the_one_further_on(loser: Snapshot, winner: Snapshot) -> None:
    assert states(loser).merge(states(winner)).view == winner
    assert states(winner).merge(states(loser)).view == winner


def test_what_was_paid_once_stays_paid_and_a_code_that_was_stated_stays_stated() -> None:
    older, newer = states(snapshot(stamp_ms=1, at=50, code=CODE)), states(snapshot(stamp_ms=2, at=90, paid=False))
    for both in (older.merge(newer), newer.merge(older)):
        view = both.view
        assert view
        assert (view.stamp_ms, view.paid, view.at, view.code) == (2, True, 50, CODE)


def test_a_cumulative_refund_only_grows() -> None:
    grown, smaller = states(charge=Refund(amount=900)), states(charge=Refund(amount=500))
    assert smaller.merge(grown).refunds == grown.merge(smaller).refunds == {"charge": Refund(amount=900)}


def test_a_refund_alone_is_no_order_yet() -> None:
    assert states(r1=Refund(amount=1)).view is None


def test_the_richest_source_gives_the_amounts_and_the_others_fill_the_gaps() -> None:
    session = snapshot(line("s"), at=200, buyer="shop.anna")
    intent = snapshot(line("i"), at=100, buyer="guest.anna", code="C0DE", email_hash="hash")
    view = states(session, source="session").merge(states(intent, source="intent")).view
    assert view == replace(session, at=100, code="C0DE", email_hash="hash")


@pytest.mark.parametrize(
    ("taken", "asked", "currency", "expected"),
    [
        (12_500, (10_000, 2_000, 400, 100, 0), "EUR", (10_000, 2_000, 400, 100, 0)),
        (6_250, (10_000, 2_000, 400, 100, 0), "EUR", (5_000, 1_000, 200, 50, 0)),
        (12_001, (10_000, 0, 0, 0, 2_000), "EUR", (10_001, 0, 0, 0, 2_000)),
        (12_500, (12_500, 0, 0, 0, 0), "EUR", (12_500, 0, 0, 0, 0)),
        (12_500, (10_000, 2_000, 400, 100, 0), "USD", (12_500, 0, 0, 0, 0)),
    ],
    ids=["whole", "half", "tip", "nothing-stated", "another-currency"],
)
def test_another_source_says_how_a_payment_divides(
    taken: int, asked: tuple[int, ...], currency: str, expected: tuple[int, ...]
) -> None:
    net, tax, shipping_net, shipping_tax, fees = asked
    beside = {"shipping_net": shipping_net, "shipping_tax": shipping_tax, "fees": fees}
    session = snapshot(line("payment", net=net, tax=tax), paid=False, currency=currency, **beside)
    charge = snapshot(line("payment", net=taken))
    for one, other in permutations([states(session, source="session"), states(charge, source="charge")]):
        view = one.merge(other).view
        assert view is not None
        [goods] = view.lines
        assert (goods.net, goods.tax, view.shipping_net, view.shipping_tax, view.fees) == expected
        assert view.total == taken


@pytest.mark.parametrize(
    ("payments", "expected"),
    [
        ({}, {}),
        ({"pi_1": 12_500}, {"pi_1": (10_000, 2_000, 400, 100)}),
        ({"pi_1": 6_250, "pi_2": 3_125}, {"pi_1": (5_000, 1_000, 200, 50), "pi_2": (2_500, 500, 100, 25)}),
    ],
)
def test_an_invoice_is_divided_among_its_payments(
    payments: dict[str, int], expected: dict[str, tuple[int, ...]]
) -> None:
    whole = snapshot(line("payment", tax=2_000), shipping_net=400, shipping_tax=100)
    said = [
        states(whole, source=WHOLE_INVOICE),
        *(OrderFacts(payments={order: paid}) for order, paid in payments.items()),
    ]
    for shuffled in permutations(said):
        joined = reduce(OrderFacts.merge, shuffled, NOTHING)
        assert joined.view is None
        shares = {order: facts.sources["invoice"] for order, facts in joined.of_payments().items()}
        assert {
            order: (share.lines[0].net, share.lines[0].tax, share.shipping_net, share.shipping_tax)
            for order, share in shares.items()
        } == expected


def test_an_invoice_without_amounts_says_nothing_of_its_payments() -> None:
    bare = OrderFacts({WHOLE_INVOICE: Snapshot(1, "EUR")}, payments={"pi_1": 5})
    assert bare.of_payments() == {}
    assert OrderFacts(payments={"pi_1": 5}).of_payments() == {}


def test_an_order_is_paid_and_void_when_any_source_says_so() -> None:
    session, charge = snapshot(paid=False, at=50), snapshot(at=100, void=True)
    view = states(session, source="session").merge(states(charge, source="charge")).view
    assert view == replace(session, paid=True, void=True, at=100)


def test_a_deleted_order_is_void() -> None:
    view = states(snapshot()).merge(OrderFacts(deleted=True)).view
    assert view == snapshot(void=True)


def test_refunds_come_from_the_snapshot_and_from_deliveries_of_their_own() -> None:
    listed = snapshot(refunds={"a": Refund(amount=1), "b": Refund(amount=2)})
    view = states(listed, b=Refund(amount=3)).view
    assert view is not None
    assert view.refunds == {"a": Refund(amount=1), "b": Refund(amount=3)}


@given(st.lists(disputes, min_size=1, max_size=5), st.data())
def test_a_closed_dispute_is_final(stated: list[Dispute], data: st.DataObject) -> None:
    closed = [each for each in stated if each.closed]
    shuffled = data.draw(st.permutations(stated))
    (ended,) = reduce(OrderFacts.merge, [OrderFacts(disputes={"d": each}) for each in shuffled]).disputes.values()
    assert ended.stamp_ms == max(each.stamp_ms for each in closed or stated)
    assert ended in (closed or stated)


DISPUTES = {
    "opened": ([Dispute(1, 500, "EUR", True)], {"dispute d": Refund(amount=500, currency="EUR", money=True)}),
    "an inquiry": ([Dispute(1, 500, "EUR", False)], {}),
    "won": ([Dispute(1, 500, "EUR", True), Dispute(2, 500, "EUR", False, True)], {}),
    "won, stamped earlier": ([Dispute(2, 500, "EUR", True), Dispute(1, 500, "EUR", False, True)], {}),
    "lost": (
        [Dispute(1, 500, "EUR", True), Dispute(2, 500, "EUR", True, True)],
        {"dispute d": Refund(amount=500, currency="EUR", money=True)},
    ),
    "for less than before": (
        [Dispute(1, 500, "EUR", True), Dispute(2, 300, "EUR", True)],
        {"dispute d": Refund(amount=300, currency="EUR", money=True)},
    ),
}


@pytest.mark.parametrize(("stated", "refunds"), DISPUTES.values(), ids=DISPUTES.keys())
def test_money_that_a_bank_holds_back_is_as_good_as_refunded(stated: list[Dispute], refunds: dict[str, Refund]) -> None:
    for shuffled in permutations(stated):
        merged = reduce(
            OrderFacts.merge, [states(snapshot()), *(OrderFacts(disputes={"d": each}) for each in shuffled)]
        )
        view = merged.view
        assert view
        assert view.refunds == refunds


def test_a_dispute_stands_beside_refunds_of_the_same_name() -> None:
    view = states(snapshot(), d=Refund(amount=1)).merge(OrderFacts(disputes={"d": Dispute(1, 2, "EUR", True)})).view
    assert view
    assert view.refunds == {"d": Refund(amount=1), "dispute d": Refund(amount=2, currency="EUR", money=True)}


def test_a_dispute_or_a_delivery_alone_is_no_order_yet() -> None:
    assert OrderFacts(disputes={"d": Dispute(1, 2, "EUR", True)}, delivered_at=5).view is None


@pytest.mark.slow
@given(st.lists(said(), min_size=1, max_size=4))
def test_the_earliest_delivery_that_was_stated_stays(stated: list[OrderFacts]) -> None:
    merged = reduce(OrderFacts.merge, stated)
    assert merged.delivered_at == min((each.delivered_at for each in stated if each.delivered_at), default=0)
    view = merged.view
    assert view is None or view.delivered_at == merged.delivered_at


def test_a_delivery_is_not_forgotten_with_an_older_snapshot() -> None:
    older, newer = states(snapshot(stamp_ms=1, delivered_at=70)), states(snapshot(stamp_ms=2))
    for both in (older.merge(newer), newer.merge(older)):
        view = both.view
        assert view
        assert (view.stamp_ms, view.delivered_at) == (2, 70)


def test_prints_are_those_of_all_sources_each_once_and_sorted() -> None:
    session = states(snapshot(prints=("phone:b", "address:a")), source="session")
    charge = states(snapshot(prints=("card:c", "address:a")), source="charge")
    view = session.merge(charge).view
    assert view
    assert view.prints == ("address:a", "card:c", "phone:b")


TWO = snapshot(line("1", 1000, 200, quantity=4), line("2", 3000, 600), shipping_net=500, shipping_tax=100)

KEPT = {
    "nothing refunded": ({}, ((1000, 200), (3000, 600), (500, 100))),
    "a line by its amounts": ({"r": of_line("1", 4, 1000, 200)}, ((0, 0), (3000, 600), (500, 100))),
    "a part of a line by amounts": ({"r": of_line("1", 1, 300, 60)}, ((700, 140), (3000, 600), (500, 100))),
    "a line by quantity": ({"r": of_line("1", 1)}, ((750, 150), (3000, 600), (500, 100))),
    "all pieces one by one": ({"r": of_line("1", 3), "s": of_line("1", 1)}, ((0, 0), (3000, 600), (500, 100))),
    "more pieces than there were": ({"r": of_line("1", 9)}, ((0, 0), (3000, 600), (500, 100))),
    "more money than there was": ({"r": of_line("1", 4, 9000, 0)}, ((0, 200), (3000, 600), (500, 100))),
    "a line that is not in the order": ({"r": of_line("7", 1, 100)}, ((1000, 200), (3000, 600), (500, 100))),
    "a part of the shipping": ({"r": Refund(shipping=300)}, ((1000, 200), (3000, 600), (250, 50))),
    "more than the shipping": ({"r": Refund(shipping=9999)}, ((1000, 200), (3000, 600), (0, 0))),
    "an amount, spread over everything": ({"r": Refund(amount=2700)}, ((500, 100), (1500, 300), (250, 50))),
    "an amount twice": ({"r": Refund(amount=1350), "s": Refund(amount=1350)}, ((500, 100), (1500, 300), (250, 50))),
    "more than the order": ({"r": Refund(amount=99_999)}, ((0, 0), (0, 0), (0, 0))),
    "a line, then an amount of the rest": (
        {"r": Refund(amount=1200), "s": of_line("2", 1)},
        ((333, 67), (0, 0), (167, 33)),
    ),
}


@pytest.mark.parametrize(("refunds", "expected"), KEPT.values(), ids=KEPT.keys())
def test_kept(refunds: dict[str, Refund], expected: tuple[tuple[int, int], ...]) -> None:
    assert left(TWO, **refunds) == expected
    for shuffled in permutations(refunds.items()):
        assert left(TWO, **dict(shuffled)) == expected


def test_a_refunded_amount_with_tax_in_it_takes_net_and_tax() -> None:
    order = snapshot(line("1", 1000, 200), tax_included=True)
    assert left(order, r=of_line("1", 1, net=600, tax=100)) == ((500, 100), (0, 0))


def test_a_refund_with_more_tax_than_its_amount_leaves_no_more_than_was_bought() -> None:
    order = snapshot(line("1", 1000, 200), tax_included=True)
    assert left(order, r=of_line("1", 1, net=0, tax=500)) == ((1000, 200), (0, 0))
    assert left(order, r=of_line("1", 1, net=100, tax=500)) == ((1000, 100), (0, 0))


def test_a_void_order_keeps_nothing_whatever_else_is_said() -> None:
    void = replace(TWO, void=True, deduction=100)
    assert left(void, r=of_line("1", 1), s=Refund(amount=5, shipping=3)) == ((0, 0), (0, 0), (0, 0))


@pytest.mark.parametrize(
    ("deduction", "refunds", "net"),
    [
        (0, {}, 1000),
        (250, {}, 750),
        (1000, {}, 0),
        (5000, {}, 0),
        (250, {"r": Refund(amount=400)}, 450),
        (250, {"r": Refund(amount=750)}, 187),
        (250, {"r": Refund(amount=1000)}, 0),
        (250, {"r": of_line("1", 1, net=400)}, 450),
    ],
    ids=["none", "a-quarter", "all", "more-than-all", "money-back", "as-much-as-was-money", "all-back", "goods-back"],
)
def test_what_was_paid_with_balance_is_taken_off_what_is_left(
    deduction: int, refunds: dict[str, Refund], net: int
) -> None:
    assert left(snapshot(line("1", 1000), deduction=deduction), **refunds)[0] == (net, 0)


def test_money_back_for_nothing_in_particular_is_spread_over_fees_too() -> None:
    order = snapshot(line("1", 1000), fees=1000)
    assert left(order, r=Refund(amount=500))[0] == (750, 0)
    assert left(order, r=Refund(amount=2000))[0] == (0, 0)


@pytest.mark.parametrize(("included", "rest"), [(False, (500, 100)), (True, (583, 117))])
def test_the_tax_of_refunded_shipping_follows_from_the_orders_shipping(included: bool, rest: tuple[int, int]) -> None:
    order = snapshot(line("1", 1000), shipping_net=1000, shipping_tax=200, tax_included=included)
    assert left(order, r=Refund(shipping_net=500))[-1] == rest
    assert left(order, r=Refund(shipping_net=1200 if included else 1000))[-1] == (0, 0)


def test_an_order_of_nothing_keeps_nothing() -> None:
    assert left(snapshot(line("1", 0), deduction=5), r=Refund(amount=9)) == ((0, 0), (0, 0))


@given(paid_snapshots())
def test_the_buyer_never_keeps_less_than_nothing_nor_more_than_was_bought(order: Snapshot) -> None:
    after = kept(order)
    for part, whole in zip(after.lines, order.lines, strict=True):
        assert 0 <= part.net + part.tax <= whole.net + whole.tax
        assert min(part.net, part.tax) >= 0
    assert 0 <= after.shipping_net + after.shipping_tax <= order.shipping_net + order.shipping_tax


@given(paid_snapshots(), st.integers(-300, 300), st.integers(-300, 300))
def test_an_order_that_lost_nothing_is_kept_as_if_nothing_of_it_had_been_refunded(
    order: Snapshot, net: int, tax: int
) -> None:
    whole = replace(order, refunds={}, lines=(*order.lines, line("odd", net, tax=tax)))
    assert kept(whole) == kept(replace(whole, refunds={"nothing": Refund()}))


@given(paid_snapshots(), st.data())
def test_the_order_of_the_refunds_cannot_matter(order: Snapshot, data: st.DataObject) -> None:
    shuffled: dict[str, Any] = dict(data.draw(st.permutations(list(order.refunds.items()))))
    assert kept(order) == kept(replace(order, refunds=shuffled))


ALABAMA = Snapshot(
    stamp_ms=1,
    currency="EUR",
    lines=(line("free", 0, tax=354),),
    shipping_net=403,
    shipping_tax=100,
    deduction=500,
)
"""An order of which a cent more of the goods is kept once a cent is refunded, and two cents less of the rest."""

MAX_ALABAMA = 4
"""Shipping and fees can each lose a minor unit to the goods, when a refund is split and when a balance is."""


@example(ALABAMA, 1)
@given(paid_snapshots(), st.integers(1, 5000))
def test_another_refund_leaves_no_more_but_for_the_rounding_of_shares(order: Snapshot, amount: int) -> None:
    # Largest remainders can give a part a unit more of a smaller sum: en.wikipedia.org/wiki/Apportionment_paradox
    more = replace(order, refunds={**order.refunds, "more": Refund(amount=amount)})
    assert kept(more).goods(with_tax=True) <= kept(order).goods(with_tax=True) + MAX_ALABAMA
    assert kept(more).share <= kept(order).share


def test_a_cent_that_goes_back_can_move_a_cent_from_the_shipping_to_the_goods() -> None:
    less = replace(ALABAMA, refunds={"cent": Refund(amount=1)})
    assert [kept(order).goods(with_tax=True) for order in (ALABAMA, less)] == [147, 148]
    assert [kept(order).shipping_net for order in (ALABAMA, less)] == [168, 167]


def test_a_refund_of_several_lines_is_one_refund() -> None:
    both = Refund(lines=(RefundLine("1", 4), RefundLine("2", 1)))
    assert left(TWO, r=both) == ((0, 0), (0, 0), (500, 100))


SHARES = {
    "nothing refunded": (TWO, {}, Fraction(1)),
    "a line": (TWO, {"r": of_line("2", 1)}, Fraction(1800, 5400)),
    "the shipping": (TWO, {"r": Refund(shipping=600)}, Fraction(4800, 5400)),
    "money for nothing in particular": (TWO, {"r": Refund(amount=2700)}, Fraction(1, 2)),
    "all the money, and no line": (TWO, {"r": Refund(amount=5400)}, Fraction(0)),
    "a line, then all the money": (TWO, {"r": of_line("2", 1), "s": Refund(amount=1800)}, Fraction(0)),
    "a line of an order half paid with balance": (
        replace(TWO, deduction=2700),
        {"r": of_line("2", 1)},
        Fraction(1800, 5400),
    ),
    "a line of an order wholly paid with balance": (
        replace(TWO, deduction=5400),
        {"r": of_line("2", 1)},
        Fraction(1800, 5400),
    ),
    "nothing of an order wholly paid with balance": (replace(TWO, deduction=5400), {}, Fraction(1)),
    "a piece of an order that cost nothing": (
        snapshot(line("1", 0, quantity=3), deduction=500),
        {"r": of_line("1", 1)},
        Fraction(2, 3),
    ),
    "more pieces than there were": (snapshot(line("1", 0, quantity=3)), {"r": of_line("1", 9)}, Fraction(0)),
    "an order of no pieces": (snapshot(line("1", 0, quantity=0)), {}, Fraction(1)),
    "a line of an order paid with balance up to a cent": (
        replace(TWO, deduction=5399),
        {"r": of_line("2", 1)},
        Fraction(1800, 5400),
    ),
    "that cent": (replace(TWO, deduction=5399), {"r": Refund(amount=1)}, Fraction(5399, 5400)),
    "a line and that cent": (
        replace(TWO, deduction=5399),
        {"r": of_line("2", 1), "s": Refund(amount=1)},
        Fraction(1799, 5400),
    ),
    "that cent, taken back by the bank": (
        replace(TWO, deduction=5399),
        {"dispute": Refund(amount=1, money=True)},
        Fraction(0),
    ),
    "void": (replace(TWO, void=True, deduction=5400), {}, Fraction(0)),
}


@pytest.mark.parametrize(("order", "refunds", "share"), SHARES.values(), ids=SHARES.keys())
def test_the_share_of_an_order_that_was_kept(order: Snapshot, refunds: dict[str, Refund], share: Fraction) -> None:
    for shuffled in permutations(refunds.items()):
        assert kept(replace(order, refunds=dict(shuffled))).share == share


@given(paid_snapshots())
def test_the_share_is_between_nothing_and_all(order: Snapshot) -> None:
    assert 0 <= kept(order).share <= 1
    assert kept(replace(order, refunds={})).share == 1
    assert kept(replace(order, void=True)).share == 0


@given(paid_snapshots(), st.integers(1, 5000), st.integers(1, 3))
def test_another_refund_never_leaves_a_greater_share(order: Snapshot, amount: int, quantity: int) -> None:
    for more in (Refund(amount=amount), of_line("1", quantity), Refund(shipping=amount)):
        refunds = {**order.refunds, "more": more}
        assert kept(replace(order, refunds=refunds)).share <= kept(order).share


@given(paid_snapshots(), st.data())
def test_the_order_of_the_refunds_cannot_matter_to_the_share(order: Snapshot, data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations(list(order.refunds.items()))))
    assert kept(replace(order, refunds=shuffled)).share == kept(order).share


GONE = OrderFacts(deleted=True)


def joined(*facts: OrderFacts) -> OrderFacts:
    """The join, which must not depend on the order."""
    forth, back = OrderFacts(), OrderFacts()
    for each in facts:
        forth = forth.merge(each)
    for each in reversed(facts):
        back = back.merge(each)
    assert forth == back
    assert msgspec.json.encode(forth) == msgspec.json.encode(back)
    return forth


def test_a_deleted_order_stays_deleted() -> None:
    assert joined(GONE, states(snapshot())).deleted
    assert not joined(states(snapshot()), OrderFacts()).deleted


def test_what_only_a_delivery_has_does_not_decide_between_two_snapshots_of_one_second() -> None:
    """The stored one has lost its hash of the e-mail, and won or lost depending on which was heard first."""
    with_refund, with_hash = snapshot(buyer=ANNA, refunds={"r1": Refund()}), snapshot(buyer=ANNA, email_hash="hash")
    forth, back = (
        OrderFacts().merge(states(first)).remembered().merge(states(second)).remembered()
        for first, second in ((with_refund, with_hash), (with_hash, with_refund))
    )
    assert forth == back


def test_nothing_that_only_a_delivery_has_is_kept_in_the_snapshot_that_was_paid() -> None:
    """The paid one is heard after the newer one that is not, so it is never the newest."""
    paid = snapshot(buyer=ANNA, email_hash="hash", prints=("address:1",), stamp_ms=1)
    unpaid = snapshot(buyer=ANNA, paid=False, stamp_ms=2)
    late, in_time = (
        OrderFacts().merge(states(first)).remembered().merge(states(second)).remembered()
        for first, second in ((unpaid, paid), (paid, unpaid))
    )
    assert late == in_time
    assert "hash" not in msgspec.json.encode(late).decode()


def test_equal_facts_are_equal_bytes() -> None:
    names = [f"r{number:02}" for number in range(20)]
    refunds = {name: Refund(amount=1) for name in reversed(names)}
    assert list(joined(*(states(**{name: each}) for name, each in refunds.items())).refunds) == names


def test_of_two_states_of_a_dispute_at_one_instant_the_one_that_was_won_counts() -> None:
    taken, won = (Dispute(5, 900, "EUR", taken=taken) for taken in (True, False))
    assert joined(OrderFacts(disputes={"d": taken}), OrderFacts(disputes={"d": won})).disputes == {"d": won}


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (Refund(amount=9), Refund(amount=10)),
        (Refund(shipping=9), Refund(shipping=10)),
        (Refund(shipping_net=9), Refund(shipping_net=10)),
        (Refund(lines=(RefundLine("1", 1, 9),)), Refund(lines=(RefundLine("1", 1, 10),))),
        (of_line("1", 3), Refund(amount=1)),
        (Refund(amount=1), Refund(lines=(RefundLine("1", 1, None), RefundLine("2", 1, 2)))),
    ],
    ids=["amount", "shipping", "net-shipping", "line", "pieces-state-no-money", "pieces-beside-money"],
)
def test_of_two_states_of_a_refund_the_one_that_gave_back_more_is_the_newer(less: Refund, more: Refund) -> None:
    assert joined(states(r=less), states(r=more)).refunds == {"r": more}


def test_of_two_equal_stamps_the_one_that_says_who_bought_counts() -> None:
    named, unnamed = snapshot(buyer=ANNA), snapshot(name="zzz", code="ZZZ")
    assert joined(states(named), states(unnamed)).sources["order"] == named
    refunded = replace(unnamed, refunds={"r": Refund(amount=1)})
    assert joined(states(named), states(refunded)).sources["order"] == refunded


def viewed(facts: OrderFacts) -> Snapshot:
    view = facts.view
    assert view
    return view


def test_an_order_that_nobody_has_paid_is_as_old_as_it_was_stated() -> None:
    assert viewed(states(snapshot(paid=False))).at == PAID_AT


def test_what_the_best_source_leaves_open_is_filled_from_the_next() -> None:
    session, intent = snapshot(name="best"), snapshot(buyer=ANNA, email_hash="h", prints=("card:c",))
    view = viewed(OrderFacts({"session": session, "intent": intent}))
    assert (view.name, view.buyer, view.email_hash, view.prints) == ("best", ANNA, "h", ("card:c",))


@pytest.mark.parametrize("prints", [((), ("card:c",)), (("card:c",), ()), (("card:c",), ("phone:p",)), ((), ())])
def test_prints_are_not_remembered_and_all_else_is(prints: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    session, intent = (snapshot(buyer=ANNA, prints=each) for each in prints)
    facts = OrderFacts({"session": session, "intent": intent}, {"r": Refund(amount=1)}, disputes={})
    bare = {"session": replace(session, prints=()), "intent": replace(intent, prints=())}
    assert facts.remembered() == replace(facts, sources=bare)


@pytest.mark.parametrize(("refunded", "gross"), [(2, 247), (6, 242), (200, 0)])
def test_the_tax_of_refunded_shipping_is_rounded_half_up(refunded: int, gross: int) -> None:
    """Shipping of 2.50 with 0.50 tax: a quarter on top of each net amount; 2.5 are 3, and 7.5 are 8."""
    order = snapshot(line("1", 0), shipping_net=200, shipping_tax=50, refunds={"r": Refund(shipping_net=refunded)})
    after = kept(order)
    assert after.shipping_net + after.shipping_tax == gross


def test_what_is_kept_shrinks_cent_by_cent() -> None:
    order = snapshot(line("1", 1000))
    shares = [kept(replace(order, refunds={"r": Refund(amount=amount)})).share for amount in (0, 1, 999, 1000, 1001)]
    assert [share * 1000 for share in shares] == [1000, 999, 1, 0, 0]


@pytest.mark.parametrize(
    ("net", "tax", "left"),
    [(1200, 200, (0, 0)), (1000, 0, (0, 200)), (1199, 200, (1, 0))],
    ids=["all-of-it", "as-much-as-the-net", "all-but-a-cent"],
)
def test_what_went_back_with_its_tax_in_it_leaves_no_cent_too_much(net: int, tax: int, left: tuple[int, int]) -> None:
    order = snapshot(line("1", 1000, 200), tax_included=True, refunds={"r": of_line("1", 1, net=net, tax=tax)})
    assert [(each.net, each.tax) for each in kept(order).lines] == [left]


def test_what_is_not_stated_is_nothing() -> None:
    assert RefundLine("1", 2) == RefundLine("1", 2, net=None, tax=0)
    assert Snapshot(1, "EUR") == Snapshot(1, "EUR", at=0, paid=False, void=False)
    assert OrderFacts().code == (0, "")
    assert Kept((), 0, 0).share == 1


def test_of_an_order_that_cost_nothing_only_its_own_pieces_went_back() -> None:
    order = snapshot(line("1", 0, quantity=1), line("2", 0, quantity=3), refunds={"r": of_line("2", 3)})
    assert kept(order).share * 4 == 1


def test_of_an_order_of_no_pieces_nothing_can_come_back() -> None:
    assert kept(snapshot(line("1", 0, quantity=0), deduction=500)).share == 1


@pytest.mark.parametrize(
    ("net", "tax", "left"),
    [(100, -20, (100, 0)), (-100, 20, (0, 20)), (-100, -20, (0, 0)), (0, 0, (0, 0))],
    ids=["tax", "net", "both", "neither"],
)
def test_what_a_line_states_below_nothing_is_nothing(net: int, tax: int, left: tuple[int, int]) -> None:
    assert [(each.net, each.tax) for each in kept(snapshot(line("1", net, tax))).lines] == [left]


def test_what_is_known_of_a_buyer_is_said_in_one_order() -> None:
    prints = tuple(f"phone:{letter}" for letter in "tsrqponmlkjihgfedcba")
    bought = states(snapshot(prints=prints)).view
    assert bought
    assert bought.prints == tuple(sorted(prints))


class TestBuyer:
    """Silence is not denial; a buyer stays until another one is stated."""

    def buyer(self, *stated: Snapshot) -> str:
        return viewed(joined(*(states(each) for each in stated))).buyer

    @pytest.mark.parametrize(
        ("first", "second", "buyer"),
        [
            ({"buyer": ANNA}, {"buyer": ""}, ANNA),
            ({"buyer": ANNA}, {"buyer": "guest.anna"}, ANNA),
            ({"buyer": "guest.anna"}, {"buyer": ANNA}, ANNA),
            ({"buyer": "guest.anna"}, {"buyer": "guest.ben"}, "guest.ben"),
            ({"buyer": ANNA}, {"buyer": "shop.other"}, "shop.other"),
            ({"buyer": "shop.named", "named": True}, {"buyer": "shop.cus_1"}, "shop.named"),
            ({"buyer": ""}, {"buyer": ""}, ""),
        ],
        ids=["silence", "a-guest", "an-account", "another-guest", "another-account", "named-by-the-shop", "nobody"],
    )
    def test_who_bought(self, first: dict[str, object], second: dict[str, object], buyer: str) -> None:
        """ppy/osu-web#11842: do not overwrite what is known with null or an empty string later."""
        assert self.buyer(snapshot(**first, stamp_ms=1), snapshot(**second, stamp_ms=2)) == buyer

    def test_an_older_account_does_not_come_back(self) -> None:
        assert self.buyer(snapshot(buyer=ANNA, stamp_ms=1), snapshot(buyer="shop.merged", stamp_ms=2)) == "shop.merged"

    def test_an_item_without_a_buyer_of_its_own_has_that_of_its_snapshot(self) -> None:
        stored = msgspec.json.decode(b'{"s":{"order":{"t":5,"c":"EUR","b":"shop.anna"}}}', type=OrderFacts)
        assert stored.buyer == (1, 5, ANNA)


class TestCumulativeRefunds:
    """Stripe's `amount_refunded`: the newest counts, and what failed after it comes back (polarsource/polar#5422)."""

    def refunded(self, *facts: OrderFacts) -> int:
        view = viewed(joined(states(snapshot()), *facts))
        return view.refunds["ch"].amount if "ch" in view.refunds else 0

    def charge(self, amount: int, stamp_ms: int) -> OrderFacts:
        return states(ch=Refund(amount=amount, currency="EUR", stamp_ms=stamp_ms))

    def failed(self, amount: int, stamp_ms: int, name: str = "re_1") -> OrderFacts:
        return OrderFacts(failed={name: FailedRefund(stamp_ms, "ch", amount, "EUR")})

    def test_the_newest_counts_not_the_greatest(self) -> None:
        assert self.refunded(self.charge(5000, 1), self.charge(7000, 2)) == 7000
        assert self.refunded(self.charge(7000, 1), self.charge(0, 2)) == 0

    def test_what_failed_after_it_was_stated_never_went_back(self) -> None:
        assert self.refunded(self.charge(7000, 1), self.failed(5000, 3)) == 2000

    def test_a_later_statement_knows_of_the_failure(self) -> None:
        assert self.refunded(self.charge(7000, 1), self.failed(5000, 3), self.charge(2000, 4)) == 2000
        # Of one second the failure is the later: a statement that knows of it has a later stamp (stripe.py).
        assert self.refunded(self.charge(7000, 3), self.failed(5000, 3)) == 2000
        assert self.refunded(self.charge(7000, 3), self.failed(5000, 3), self.charge(2000, 4)) == 2000

    def test_several_events_tell_of_one_failure(self) -> None:
        assert self.refunded(self.charge(7000, 1), self.failed(5000, 3), self.failed(5000, 5)) == 2000
        assert self.refunded(self.charge(7000, 1), self.failed(5000, 3), self.failed(1000, 5, "re_2")) == 1000

    def test_a_refund_that_was_stored_without_a_stamp_is_older_than_all(self) -> None:
        assert self.refunded(states(ch=Refund(amount=7000)), self.failed(7000, 3)) == 0
        assert self.refunded(states(ch=Refund(amount=7000)), self.charge(500, 3)) == 500


class TestTrash:
    """WooCommerce's trash: the deletion has no stamp, and order.restored follows it (woocommerce#14607, #25652)."""

    TRASH = OrderFacts(trashed=TRASHED)

    def after(self, *deliveries: OrderFacts) -> bool:
        """Whether the order is void once all was heard, each delivery twice."""
        known = OrderFacts()
        for delivery in deliveries:
            for _ in range(2):
                known = known.merge(delivery.received(known, NOW))
        return viewed(known).void

    def test_what_is_in_the_trash_is_void(self) -> None:
        assert self.after(states(snapshot(stamp_ms=5)), self.TRASH)

    def test_what_is_stated_later_is_out_of_it(self) -> None:
        assert not self.after(states(snapshot(stamp_ms=5)), self.TRASH, states(snapshot(stamp_ms=6)))

    def test_what_is_stated_again_is_not(self) -> None:
        assert self.after(states(snapshot(stamp_ms=5)), self.TRASH, states(snapshot(stamp_ms=5)))
        assert self.after(states(snapshot(stamp_ms=5)), self.TRASH, states(snapshot(stamp_ms=4)))

    def test_what_was_restored_is_out_of_it_whenever_that_is_heard(self) -> None:
        restored = replace(states(snapshot(stamp_ms=5)), restored=True)
        assert not self.after(states(snapshot(stamp_ms=5)), self.TRASH, restored)
        assert not self.after(restored, self.TRASH)

    def test_the_trash_said_again_after_that_is_a_redelivery(self) -> None:
        assert not self.after(states(snapshot(stamp_ms=5)), self.TRASH, states(snapshot(stamp_ms=6)), self.TRASH)

    def test_an_order_of_which_only_the_trash_is_known(self) -> None:
        assert self.after(self.TRASH, states(snapshot(stamp_ms=NOW * 1000)))
        assert not self.after(self.TRASH, states(snapshot(stamp_ms=NOW * 1000 + 1)))


class TestLive:
    """WooCommerce builds a body when it sends it: of one stamp, the body that is heard last is the newest (#26532)."""

    def name(self, *snapshots: Snapshot) -> str:
        known = OrderFacts()
        for stated in snapshots:
            known = known.merge(states(replace(stated, live=True))).remembered()
        return viewed(known).name

    FIRST, SECOND = snapshot(name="a", refunds={"r": Refund(amount=5)}), snapshot(name="b")

    def test_a_body_that_was_never_heard_is_newer(self) -> None:
        assert self.name(self.FIRST, self.SECOND) == "b"
        assert self.name(self.SECOND, self.FIRST) == "a"

    def test_a_body_that_was_superseded_is_not(self) -> None:
        assert self.name(self.FIRST, self.SECOND, self.FIRST, self.SECOND, self.FIRST) == "b"

    def test_what_was_superseded_is_forgotten_with_its_stamp(self) -> None:
        newer = replace(self.FIRST, stamp_ms=2, name="c")
        assert self.name(self.FIRST, self.SECOND, newer) == "c"
        facts = states(replace(self.FIRST, live=True)).merge(states(replace(self.SECOND, live=True)))
        assert len(facts.superseded) == 1
        assert facts.merge(states(replace(newer, live=True))).superseded == ()
        assert facts.merge(states(replace(self.FIRST, stamp_ms=0, live=True))).superseded == facts.superseded
