"""An order is a join of facts, which does not depend on the order in which they are told."""

from fractions import Fraction
from functools import reduce
from itertools import accumulate, permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.orders.facts import (
    SILENCEABLE,
    TRASHED,
    WHOLE_INVOICE,
    BuyerStatement,
    Dispute,
    FailedRefund,
    Line,
    OrderFacts,
    Presentment,
    Refund,
    RefundLine,
    Snapshot,
)
from chalicelib.domain.orders.kept import Kept, Part
from tests.world.builders import ANNA, CODE, DAY_S, NOW, PAID_AT, line, of_line, snapshot, states
from tests.world.strategies import facts

NOTHING = OrderFacts()


def test_a_total_of_a_source_that_no_state_is_known_of_stays_as_it_was_stored() -> None:
    assert OrderFacts(paid_once={"pi_1": 500}).paid_once == {"pi_1": 500}


disputes = st.builds(
    Dispute, st.integers(1, 4), st.integers(0, 9000), st.sampled_from(["EUR", "USD"]), st.booleans(), st.booleans()
)
disputed = st.dictionaries(st.sampled_from(["d1", "d2"]), disputes, max_size=2)
traits = st.sets(st.sampled_from(["address:aaa", "phone:bbb", "card:ccc", "mail:disposable"])).map(sorted).map(tuple)
delivered = st.sampled_from([0, 0, 100, 200, 300])
silence = st.sampled_from([(), (), (), *((part,) for part in SILENCEABLE), SILENCEABLE])


@st.composite
def full_facts(draw: st.DrawFn) -> OrderFacts:
    """What one delivery states, disputes, delivery, prints and silence included."""
    bare = draw(facts())
    sources = {
        name: replace(source, delivered_at=draw(delivered), prints=draw(traits), silent=draw(silence))
        for name, source in bare.sources.items()
    }
    paid = draw(st.dictionaries(st.sampled_from(["pi_1", "pi_2"]), st.integers(1, 9000), max_size=2))
    return replace(bare, sources=sources, disputes=draw(disputed), delivered_at=draw(delivered), payments=paid)


@pytest.mark.slow
@given(full_facts(), full_facts())
def test_merging_is_commutative(first: OrderFacts, second: OrderFacts) -> None:
    assert first.merge(second) == second.merge(first)


@pytest.mark.slow
@given(full_facts(), full_facts(), full_facts())
def test_merging_is_associative(first: OrderFacts, second: OrderFacts, third: OrderFacts) -> None:
    assert first.merge(second).merge(third) == first.merge(second.merge(third))


@pytest.mark.slow
@given(full_facts(), full_facts())
def test_merging_again_changes_nothing(first: OrderFacts, second: OrderFacts) -> None:
    both = first.merge(second)
    assert both.merge(both) == both.merge(first) == both.merge(second) == both
    assert first.merge(NOTHING) == first.merge(first)


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
    for first, second in permutations([states(session, source="session"), states(charge, source="charge")]):
        view = first.merge(second).view
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
    statements = [
        states(whole, source=WHOLE_INVOICE),
        *(OrderFacts(payments={order: paid}) for order, paid in payments.items()),
    ]
    for shuffled in permutations(statements):
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
def test_a_closed_dispute_is_final(chargebacks: list[Dispute], data: st.DataObject) -> None:
    closed = [dispute for dispute in chargebacks if dispute.closed]
    shuffled = data.draw(st.permutations(chargebacks))
    (ended,) = reduce(OrderFacts.merge, [OrderFacts(disputes={"d": dispute}) for dispute in shuffled]).disputes.values()
    assert ended.stamp_ms == max(dispute.stamp_ms for dispute in closed or chargebacks)
    assert ended in (closed or chargebacks)


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


@pytest.mark.parametrize(("chargebacks", "refunds"), DISPUTES.values(), ids=DISPUTES.keys())
def test_money_that_a_bank_holds_back_is_as_good_as_refunded(
    chargebacks: list[Dispute], refunds: dict[str, Refund]
) -> None:
    for shuffled in permutations(chargebacks):
        merged = reduce(
            OrderFacts.merge, [states(snapshot()), *(OrderFacts(disputes={"d": dispute}) for dispute in shuffled)]
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
@given(st.lists(full_facts(), min_size=1, max_size=4))
def test_the_earliest_delivery_that_was_stated_stays(statements: list[OrderFacts]) -> None:
    merged = reduce(OrderFacts.merge, statements)
    assert merged.delivered_at == min(
        (statement.delivered_at for statement in statements if statement.delivered_at), default=0
    )
    view = merged.view
    assert view is None or view.delivered_at == merged.delivered_at


def test_a_delivery_is_not_forgotten_with_an_older_snapshot() -> None:
    older, newer = states(snapshot(stamp_ms=1, delivered_at=70)), states(snapshot(stamp_ms=2))
    for both in (older.merge(newer), newer.merge(older)):
        view = both.view
        assert view
        assert (view.stamp_ms, view.delivered_at) == (2, 70)


def test_of_two_deliveries_that_are_stated_the_earlier_counts() -> None:
    """A parcel is stated as delivered on two days: the goods could be sent back from the first of them."""
    first, second = states(snapshot(stamp_ms=1, delivered_at=70)), states(snapshot(stamp_ms=2, delivered_at=90))
    assert [first.merge(second).delivered_at, second.merge(first).delivered_at] == [70, 70]


def test_a_void_state_that_is_over_of_another_source_takes_nothing_of_what_was_paid() -> None:
    """A session failed and is open again, its payment intent was paid: the order is what the intent took."""
    sources = {"session": snapshot(line("1", 900), paid=False, stamp_ms=2), "intent": snapshot(line("1", 1000))}
    failed = snapshot(line("1", 900), paid=False, void=True, stamp_ms=1)
    view = viewed(OrderFacts(sources, last_settled={"session": failed}))
    assert (view.paid, view.void, view.total) == (True, False, 1000)


def test_prints_are_those_of_all_sources_each_once_and_sorted() -> None:
    session = states(snapshot(prints=("phone:b", "address:a")), source="session")
    charge = states(snapshot(prints=("card:c", "address:a")), source="charge")
    view = session.merge(charge).view
    assert view
    assert view.prints == ("address:a", "card:c", "phone:b")


GONE = OrderFacts(deleted=True)


def joined(*facts: OrderFacts) -> OrderFacts:
    """The join, which must not depend on the order."""
    forth, back = OrderFacts(), OrderFacts()
    for statement in facts:
        forth = forth.merge(statement)
    for known in reversed(facts):
        back = back.merge(known)
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
    assert list(joined(*(states(**{name: back}) for name, back in refunds.items())).refunds) == names


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
    session, intent = (snapshot(buyer=ANNA, prints=told) for told in prints)
    facts = OrderFacts({"session": session, "intent": intent}, {"r": Refund(amount=1)}, disputes={})
    bare = {"session": replace(session, prints=()), "intent": replace(intent, prints=())}
    assert facts.remembered() == replace(facts, sources=bare)


@pytest.mark.parametrize(
    ("bare", "whole"),
    [
        (RefundLine("1", 2), RefundLine("1", 2, net=None, tax=0)),
        (Dispute(1, 5, "EUR", True), Dispute(1, 5, "EUR", True, closed=False)),
        (Line("1", "p", "s", 1, 5, 0), Line("1", "p", "s", 1, 5, 0, labels=(), earns=True)),
        (Kept((), 0, 0), Kept((), 0, 0, share=Fraction(1), by_balance=Part(0, 0))),
        (
            Refund(),
            Refund(
                shipping=0,
                shipping_net=0,
                amount=0,
                fees=0,
                stamp_ms=0,
                withheld=0,
                lines=(),
                currency="",
                money=False,
                unpaid=False,
                lowers=False,
            ),
        ),
        (
            Snapshot(1, "EUR"),
            Snapshot(
                1,
                "EUR",
                at=0,
                shipping_net=0,
                shipping_tax=0,
                fees=0,
                deduction=0,
                delivered_at=0,
                discounted=0,
                paid_total=0,
                unreceived=0,
                paid=False,
                void=False,
                named=False,
                tax_included=False,
                claimed=False,
                test=False,
                live=False,
                declined=False,
                placed=False,
                split=False,
            ),
        ),
        (
            OrderFacts(),
            OrderFacts(
                paid_at=0,
                delivered_at=0,
                trashed=0,
                deleted=False,
                restored=False,
                code=(0, ""),
                buyer=(0, 0, ""),
                presentment=Presentment(0, "", 0, 0),
            ),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_stated_is_nothing(bare: object, whole: object) -> None:
    """Records of before a field was added are read so."""
    assert bare == whole


def test_what_is_known_of_a_buyer_is_said_in_one_order() -> None:
    prints = tuple(f"phone:{letter}" for letter in "tsrqponmlkjihgfedcba")
    bought = states(snapshot(prints=prints)).view
    assert bought
    assert bought.prints == tuple(sorted(prints))


class TestBuyer:
    """Silence is not denial; a buyer stays until another one is stated."""

    def buyer(self, *snapshots: Snapshot) -> str:
        return viewed(joined(*(states(statement) for statement in snapshots))).buyer

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
    def test_the_best_statement_of_who_bought_counts(
        self, first: dict[str, object], second: dict[str, object], buyer: str
    ) -> None:
        """ppy/osu-web#11842: do not overwrite what is known with null or an empty string later."""
        assert self.buyer(snapshot(**first, stamp_ms=1), snapshot(**second, stamp_ms=2)) == buyer

    def test_an_older_account_does_not_come_back(self) -> None:
        assert self.buyer(snapshot(buyer=ANNA, stamp_ms=1), snapshot(buyer="shop.merged", stamp_ms=2)) == "shop.merged"

    def test_an_item_without_a_buyer_of_its_own_has_that_of_its_snapshot(self) -> None:
        stored = msgspec.json.decode(b'{"s":{"order":{"t":5,"c":"EUR","b":"shop.anna"}}}', type=OrderFacts)
        assert stored.buyer == (1, 5, ANNA)
        assert states(snapshot(buyer=ANNA, named=True)).buyer == (2, 1, ANNA)
        assert states(snapshot(buyer="guest.anna")).buyer == (0, 1, "guest.anna")

    @pytest.mark.parametrize(
        ("remembered", "parts", "buyer"),
        [
            ((0, 5, "guest.anna"), {"buyer": "guest.ben"}, "guest.anna"),
            ((0, 5, "guest.anna"), {"buyer": "guest.ben", "stamp_ms": 6}, "guest.ben"),
            ((0, 9, "guest.anna"), {"buyer": "shop.ben"}, "shop.ben"),
            ((1, 1, ANNA), {"buyer": "guest.ben"}, ANNA),
            ((0, 0, ""), {"buyer": "guest.ben", "stamp_ms": 0}, "guest.ben"),
            ((0, 5, "guest.anna"), {"buyer": ""}, "guest.anna"),
        ],
        ids=["of-one-stamp", "a-later-one", "an-account", "a-guest", "the-first-of-all", "nobody"],
    )
    def test_the_remembered_buyer_gives_way_to_a_better_statement_only(
        self, remembered: tuple[int, int, str], parts: dict[str, Any], buyer: str
    ) -> None:
        source = snapshot(**{"stamp_ms": 5} | parts)
        assert OrderFacts({"order": source}, buyer=BuyerStatement(*remembered)).buyer.member == buyer


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
                known = known.merge(delivery.with_known(known, NOW))
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

    @pytest.mark.parametrize(
        ("facts", "is_gone"),
        [
            (OrderFacts(), False),
            (states(snapshot()), False),
            (OrderFacts(trashed=5), True),
            (OrderFacts({"order": snapshot(stamp_ms=5)}, trashed=5), True),
            (OrderFacts({"order": snapshot(stamp_ms=6)}, trashed=5), False),
            (OrderFacts({"order": snapshot(stamp_ms=6), "charge": snapshot(stamp_ms=4)}, trashed=5), False),
            (OrderFacts({"order": snapshot(stamp_ms=6)}, trashed=5, deleted=True), True),
            (OrderFacts(trashed=5, restored=True), False),
            (OrderFacts(trashed=5, restored=True, deleted=True), True),
        ],
        ids=["nothing", "kept", "trash", "stated", "newer", "of-two", "deleted", "restored", "restored-and-deleted"],
    )
    def test_an_order_is_gone_while_nothing_newer_than_its_trash_is_stated(
        self, facts: OrderFacts, is_gone: bool
    ) -> None:
        assert facts.is_gone() is is_gone

    def test_the_trash_takes_the_newest_stamp_that_is_known(self) -> None:
        known = OrderFacts({"order": snapshot(stamp_ms=5), "charge": snapshot(stamp_ms=9)})
        assert self.TRASH.with_known(known, NOW).trashed == 9
        assert replace(states(snapshot(stamp_ms=12)), trashed=TRASHED).with_known(known, NOW).trashed == 12

    def test_an_order_of_which_only_the_trash_is_known(self) -> None:
        assert self.after(self.TRASH, states(snapshot(stamp_ms=NOW * 1000)))
        assert not self.after(self.TRASH, states(snapshot(stamp_ms=NOW * 1000 + 1)))


class TestLive:
    """WooCommerce builds a body when it sends it: of one stamp, the body that is heard last is the newest (#26532)."""

    def name(self, *snapshots: Snapshot) -> str:
        known = OrderFacts()
        for state in snapshots:
            known = known.merge(states(replace(state, live=True))).remembered()
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

    def test_the_same_body_again_changes_nothing(self) -> None:
        first = states(replace(self.FIRST, live=True))
        known = first.remembered()
        assert known.merge(first).remembered() == known
        both = known.merge(states(replace(self.SECOND, live=True))).remembered()
        assert both.merge(first).remembered() == both

    def test_so_many_superseded_bodies_are_remembered_as_short_digests_in_order(self) -> None:
        bodies = [states(snapshot(name=str(number), live=True)) for number in range(41)]
        known = [*accumulate(bodies, lambda facts, body: facts.merge(body).remembered())]
        assert len(known[-1].superseded) == 32
        assert all(list(facts.superseded) == sorted(facts.superseded) for facts in known)
        assert {len(digest) for digest in known[-1].superseded} == {11}
        assert known[-1].sources["order"].name == str(40)

    def test_what_two_parts_of_the_facts_have_superseded_is_superseded(self) -> None:
        first, second = (OrderFacts({"order": snapshot()}, superseded=names) for names in (("a", "d"), ("b", "d")))
        assert joined(first, second).superseded == ("a", "b", "d")
        many = [tuple(f"{letter}{number:02}" for number in range(32)) for letter in "ab"]
        assert joined(*(OrderFacts({"order": snapshot()}, superseded=names) for names in many)).superseded == many[1]

    @pytest.mark.parametrize(
        ("bodies", "buyer"),
        [("ab", "b"), ("ba", "a"), ("bab", "a"), ("aba", "b"), ("a ", "a"), (" a", "a"), ("ba b", "a")],
    )
    def test_of_buyers_of_one_stamp_that_of_the_newest_body_counts(self, bodies: str, buyer: str) -> None:
        """Each letter is a body with the guest of that name, a space one that names nobody."""
        known = OrderFacts()
        for name in bodies:
            guest = f"guest.{name}" if name.strip() else ""
            known = known.merge(states(snapshot(buyer=guest, name=f"#{name}", live=True))).remembered()
        assert viewed(known).buyer == f"guest.{buyer}"

    @pytest.mark.parametrize(("other", "buyer"), [("guest.a", "guest.c"), ("guest.d", "guest.d")])
    def test_what_no_live_body_says_at_that_stamp_is_weighed_by_its_name_alone(self, other: str, buyer: str) -> None:
        """Nothing says which of the two is newer."""
        live = (states(snapshot(buyer=guest, name=guest, live=True)) for guest in ("guest.b", "guest.c"))
        known = reduce(OrderFacts.merge, live)
        assert len(known.superseded) == 1
        assert viewed(known.merge(states(snapshot(buyer=other), source="session"))).buyer == buyer

    @pytest.mark.parametrize(
        ("first", "second", "buyer"),
        [
            ({"buyer": ANNA}, {"buyer": "guest.ben"}, ANNA),
            ({"buyer": ANNA, "paid": False}, {"buyer": "guest.ben", "paid": False}, ANNA),
            ({"buyer": "guest.anna", "stamp_ms": 2}, {"buyer": "guest.ben"}, "guest.anna"),
            ({"buyer": "guest.anna"}, {"buyer": "guest.ben", "live": False}, "guest.ben"),
            ({"buyer": "guest.ben"}, {"buyer": "guest.anna", "live": False, "void": True}, "guest.ben"),
        ],
        ids=["a-guest", "a-guest-before-the-payment", "an-older-body", "not-live", "not-live-and-further-on"],
    )
    def test_otherwise_a_buyer_counts_as_of_every_body(
        self, first: dict[str, Any], second: dict[str, Any], buyer: str
    ) -> None:
        known = states(snapshot(**{"live": True} | first)).remembered()
        assert viewed(known.merge(states(snapshot(**{"live": True} | second)))).buyer == buyer


class TestTimeOfPayment:
    """Where a sender says only when an order was placed (Shopify), the first body that is paid after one that owed
    everything says when it was paid.
    """

    OWING = snapshot(paid=False, placed=True, stamp_ms=PAID_AT * 1000)

    def paid_after(self, *bodies: Snapshot) -> int:
        """How many seconds after it was placed the order was paid, once the bodies were heard in this order."""
        known = OrderFacts()
        for body in bodies:
            known = known.merge(states(body).with_known(known, NOW)).remembered()
        return known.paid_at - PAID_AT

    def paid(self, after_s: int, **parts: Any) -> Snapshot:
        return snapshot(placed=True, stamp_ms=(PAID_AT + after_s) * 1000, **parts)

    @pytest.mark.parametrize(("after_s", "expected"), [(30 * DAY_S, 30 * DAY_S), (61, 61), (60, 0), (0, 0), (-61, 0)])
    def test_a_payment_after_a_body_that_owed_everything(self, after_s: int, expected: int) -> None:
        assert self.paid_after(self.OWING, self.paid(after_s)) == expected

    def test_without_such_a_body_it_was_paid_when_it_was_placed(self) -> None:
        assert self.paid_after(self.paid(DAY_S)) == 0
        assert self.paid_after(self.paid(DAY_S), self.OWING, self.paid(DAY_S)) == 0

    def test_a_payment_that_is_known_moves_no_more(self) -> None:
        assert self.paid_after(self.OWING, self.paid(DAY_S), self.paid(2 * DAY_S, name="edited")) == DAY_S
        assert self.paid_after(self.OWING, self.paid(DAY_S), replace(self.OWING, stamp_ms=NOW * 1000)) == DAY_S

    def test_a_body_that_is_not_older_says_nothing_of_an_earlier_debt(self) -> None:
        late = replace(self.OWING, stamp_ms=(PAID_AT + DAY_S) * 1000)
        assert self.paid_after(late, self.paid(DAY_S)) == 0
        assert self.paid_after(late, self.paid(DAY_S - 1)) == 0

    def test_what_owed_a_part_only_was_paid_when_it_was_placed(self) -> None:
        assert self.paid_after(replace(self.OWING, placed=False), self.paid(DAY_S)) == 0

    def test_a_time_of_payment_that_is_stated_counts_as_stated(self) -> None:
        state = snapshot(at=PAID_AT + 5, stamp_ms=(PAID_AT + DAY_S) * 1000)
        assert self.paid_after(self.OWING, state) == 5

    def test_an_earlier_time_that_is_stated_counts_after_a_later_one(self) -> None:
        snapshots = [snapshot(at=PAID_AT + after_s, stamp_ms=stamp_ms) for stamp_ms, after_s in ((1, 5), (2, 3))]
        assert self.paid_after(*snapshots) == 3

    def test_a_body_that_owes_is_stored_as_it_was_placed(self) -> None:
        known = states(self.paid(DAY_S, at=PAID_AT + 5))
        assert states(self.OWING).with_known(known, NOW) == states(self.OWING)

    def test_only_the_payment_of_the_order_itself_is_moved(self) -> None:
        """Of two sources in one delivery the other one states when it was paid."""
        both = OrderFacts({"order": self.paid(DAY_S), "charge": snapshot(at=PAID_AT + 9)})
        known = states(self.OWING)
        assert known.merge(both.with_known(known, NOW)).paid_at == PAID_AT + 9


class TestCurrencyOfTheBuyer:
    """An order of 100.00 EUR that its buyer has paid with 108.00 USD: docs/storefronts.md."""

    PRICED = replace(states(snapshot()), presentment=Presentment(1, "USD", 10_800, 10_000))

    def refunds(self, *statements: OrderFacts) -> dict[str, Refund]:
        return viewed(joined(self.PRICED, *statements)).refunds

    @pytest.mark.parametrize(("amount", "in_euros"), [(10_800, 10_000), (5400, 5000), (1, 1), (27, 25), (0, 0)])
    def test_money_back_in_it_counts_at_the_ratio_of_the_two_prices(self, amount: int, in_euros: int) -> None:
        """0.01 USD are 0.926 cents, which are 1."""
        back = states(r=Refund(amount=amount, fees=amount, currency="USD"))
        assert self.refunds(back) == {"r": Refund(amount=in_euros, fees=in_euros, currency="EUR")}
        dispute = OrderFacts(disputes={"d": Dispute(1, amount, "USD", taken=True)})
        assert self.refunds(dispute) == {"dispute d": Refund(amount=in_euros, currency="EUR", money=True)}

    @pytest.mark.parametrize(("amount", "in_euros"), [(1, 1), (2, 1), (3, 2), (4, 2)])
    def test_it_is_rounded_half_up(self, amount: int, in_euros: int) -> None:
        """4 yen are 2 cents: 1 yen is half a cent, 3 are one and a half."""
        priced = replace(states(snapshot()), presentment=Presentment(1, "JPY", 4, 2))
        view = viewed(joined(priced, states(r=Refund(amount=amount, currency="JPY"))))
        assert view.refunds["r"].amount == in_euros

    @pytest.mark.parametrize("currency", ["EUR", ""])
    def test_money_back_in_the_currency_of_the_order_stays_as_it_is(self, currency: str) -> None:
        back = Refund(amount=540, currency=currency)
        assert self.refunds(states(r=back)) == {"r": back}
        own = replace(states(snapshot(), r=back), presentment=Presentment(1, "EUR", 4, 2))
        assert viewed(own).refunds == {"r": back}

    def test_money_back_in_a_third_currency_is_left_aside(self) -> None:
        pounds = OrderFacts(refunds={"r": Refund(amount=5, currency="GBP")}, disputes={"d": Dispute(1, 5, "GBP", True)})
        assert self.refunds(pounds) == {}

    def test_the_newest_statement_of_both_prices_counts(self) -> None:
        later = replace(states(snapshot(stamp_ms=2)), presentment=Presentment(2, "USD", 20_000, 10_000))
        assert self.refunds(later, states(r=Refund(amount=500, currency="USD")))["r"].amount == 250


class TestFailuresThatNameNoRefund:
    """Stripe: a refund that names its payment intent only has failed; the cumulative refund of the charge is meant."""

    def given_back(self, failure: FailedRefund, **refunds: Refund) -> dict[str, int]:
        view = viewed(joined(states(snapshot(), **refunds), OrderFacts(failed={"re": failure})))
        return {name: refund.amount for name, refund in view.refunds.items()}

    FAILURE = FailedRefund(5, "", 300, "EUR")

    def test_the_cumulative_refund_has_given_back_that_much_less(self) -> None:
        single, cumulative = Refund(amount=900), Refund(amount=500, currency="EUR", stamp_ms=2)
        assert self.given_back(self.FAILURE, a=single, ch=cumulative) == {"a": 900, "ch": 200}

    def test_of_several_that_which_has_given_back_the_most(self) -> None:
        small, large = (Refund(amount=amount, currency="EUR", stamp_ms=2) for amount in (400, 500))
        assert self.given_back(self.FAILURE, a=small, b=large) == {"a": 400, "b": 200}
        assert self.given_back(self.FAILURE, a=large, b=small) == {"a": 200, "b": 400}
        assert self.given_back(self.FAILURE, a=small, b=small) == {"a": 400, "b": 100}

    def test_a_failure_takes_no_more_than_was_given_back(self) -> None:
        assert self.given_back(self.FAILURE, ch=Refund(amount=200, currency="EUR", stamp_ms=2)) == {"ch": 0}

    @pytest.mark.parametrize("of", ["", "ch"])
    def test_a_failure_in_another_currency_is_of_another_refund(self, of: str) -> None:
        dollars = FailedRefund(5, of, 300, "USD")
        assert self.given_back(dollars, ch=Refund(amount=500, currency="EUR", stamp_ms=2)) == {"ch": 500}

    def test_a_failure_of_a_refund_without_a_currency_is_of_it(self) -> None:
        assert self.given_back(self.FAILURE, ch=Refund(amount=500, stamp_ms=2)) == {"ch": 200}

    def test_without_any_refund_a_failure_changes_nothing(self) -> None:
        assert self.given_back(self.FAILURE) == {}
        assert self.given_back(FailedRefund(5, "other", 300, "EUR"), ch=Refund(amount=500, stamp_ms=2)) == {"ch": 500}

    def test_the_first_event_says_when_a_refund_failed(self) -> None:
        early, late = (OrderFacts(failed={"re": FailedRefund(stamp_ms, "ch", 300, "EUR")}) for stamp_ms in (3, 5))
        assert joined(early, late).failed == early.failed


class TestUnpaidEdit:
    """Of a paid order with an edit that is not paid, part by part the lesser counts."""

    def view(self, paid: Snapshot, edited: Snapshot) -> Snapshot:
        return viewed(joined(states(paid), states(replace(edited, paid=False, stamp_ms=2))))

    @pytest.mark.parametrize("is_lowered", [True, False], ids=["lowered", "raised"])
    def test_the_lesser_of_each_part_counts(self, is_lowered: bool) -> None:
        low = snapshot(line("1", 700, 140, quantity=1), shipping_net=200, shipping_tax=40, fees=10)
        high = snapshot(line("1", 1000, 200, quantity=2), shipping_net=500, shipping_tax=100, fees=30)
        view = self.view(high, low) if is_lowered else self.view(low, high)
        assert view.lines == low.lines
        assert (view.shipping_net, view.shipping_tax, view.fees) == (200, 40, 10)

    @pytest.mark.parametrize(("paid", "now"), [(True, False), (False, True), (False, False), (True, True)])
    def test_a_line_earns_if_it_did_and_does(self, paid: bool, now: bool) -> None:
        view = self.view(snapshot(line(earns=paid)), snapshot(line(earns=now)))
        assert view.lines[0].earns is (paid and now)

    def test_what_was_paid_says_what_a_line_is_and_the_edit_what_the_order_is_called(self) -> None:
        paid = snapshot(line(product="p1", sku="MUG", labels=("tag:new",)), name="#1")
        edited = snapshot(line(product="p2", sku="CUP", labels=("tag:old",)), name="#1a")
        view = self.view(paid, edited)
        assert (view.lines, view.name, view.stamp_ms) == (paid.lines, "#1a", 2)
        assert self.view(paid, replace(edited, name="")).name == "#1"

    def test_an_edit_does_not_say_how_the_paid_amount_divides(self) -> None:
        view = self.view(snapshot(line("1", 1000)), snapshot(line("1", 800, 200)))
        assert [(goods.net, goods.tax) for goods in view.lines] == [(800, 0)]

    def test_it_is_split_where_the_paid_state_or_the_newest_says_so(self) -> None:
        assert self.view(snapshot(split=True), snapshot()).split
        assert self.view(snapshot(), snapshot(split=True)).split


class TestPaymentOfInvoices:
    """Stripe: an intent that took more than its invoice paid several, and is divided as the newest of them."""

    INVOICE = snapshot(line("payment", 10_000, tax=2_000), shipping_net=1_000, shipping_tax=200, fees=800)

    def amounts(self, *taken: OrderFacts, invoice: Snapshot = INVOICE) -> tuple[int, ...]:
        view = viewed(joined(states(invoice, source="invoice"), *taken))
        [goods] = view.lines
        return goods.net, goods.tax, view.shipping_net, view.shipping_tax, view.fees

    def taken(self, amount: int, source: str = "intent", **parts: Any) -> OrderFacts:
        return states(snapshot(line("payment", amount), **parts), source=source)

    @pytest.mark.parametrize(
        ("amount", "expected"),
        [(28_000, (20_000, 4_000, 2_000, 400, 1_600)), (14_000, (10_000, 2_000, 1_000, 200, 800))],
        ids=["two-invoices", "this-one"],
    )
    def test_the_whole_payment_is_divided_as_its_invoice(self, amount: int, expected: tuple[int, ...]) -> None:
        assert self.amounts(self.taken(amount)) == expected

    def test_a_payment_of_a_part_leaves_the_invoice_as_it_is(self) -> None:
        assert self.amounts(self.taken(7_000)) == (10_000, 2_000, 1_000, 200, 800)

    def test_what_was_not_paid_or_is_in_another_currency_is_no_payment_of_it(self) -> None:
        dollars = self.taken(28_000, source="charge", currency="USD")
        assert self.amounts(self.taken(14_000), dollars) == (10_000, 2_000, 1_000, 200, 800)
        assert self.amounts(self.taken(28_000, paid=False)) == (10_000, 2_000, 1_000, 200, 800)

    @pytest.mark.parametrize("goods", [10_000, 0])
    def test_an_invoice_that_nobody_has_paid_is_as_it_is_stated(self, goods: int) -> None:
        asked = snapshot(line("payment", goods), paid=False)
        assert self.amounts(invoice=asked) == (goods, 0, 0, 0, 0)

    def test_an_invoice_without_an_amount_of_goods_is_not_divided(self) -> None:
        view = viewed(joined(states(replace(self.INVOICE, lines=()), source="invoice"), self.taken(28_000)))
        assert view.lines == ()

    def test_facts_of_an_invoice_are_of_no_order(self) -> None:
        assert states(self.INVOICE, source=WHOLE_INVOICE).is_of_invoice()
        assert OrderFacts(payments={"pi_1": 5}).is_of_invoice()
        assert not states(self.INVOICE, source="invoice").is_of_invoice()


class TestPartsOfPayments:
    """Stripe: which source says what of a payment is goods, tax, shipping and fees."""

    def lines(self, **sources: Snapshot) -> list[tuple[int, int]]:
        view = viewed(joined(*(states(body, source=name) for name, body in sources.items())))
        return [(goods.net, goods.tax) for goods in view.lines]

    ASKED = snapshot(line("payment", 10_000, tax=2_000), paid=False)
    TAKEN = snapshot(line("payment", 6_000))

    def test_the_best_source_that_states_parts(self) -> None:
        bare = snapshot(line("payment", 12_000), paid=False)
        assert self.lines(session=bare, invoice=self.ASKED, charge=self.TAKEN) == [(5_000, 1_000)]

    def test_a_source_in_another_currency_says_nothing_of_it(self) -> None:
        dollars = replace(self.ASKED, currency="USD", lines=(line("payment", 6_000, tax=6_000),))
        assert self.lines(session=dollars, invoice=self.ASKED, charge=self.TAKEN) == [(5_000, 1_000)]

    def test_a_payment_that_states_its_own_parts_keeps_them(self) -> None:
        taken = snapshot(line("payment", 4_000, tax=2_000))
        assert self.lines(session=self.ASKED, charge=taken) == [(4_000, 2_000)]

    def test_an_order_of_several_lines_keeps_them(self) -> None:
        order = snapshot(line("1", 4_000), line("2", 2_000))
        assert self.lines(order=order, session=self.ASKED) == [(4_000, 0), (2_000, 0)]

    def test_a_source_without_lines_says_nothing(self) -> None:
        assert self.lines(session=replace(self.ASKED, lines=()), charge=self.TAKEN) == [(6_000, 0)]


@pytest.mark.parametrize(("taker", "currency"), [("intent", "EUR"), ("charge", "EUR"), ("intent", "USD")])
def test_the_amounts_are_those_of_a_source_in_the_currency_that_was_taken(taker: str, currency: str) -> None:
    """Stripe's adaptive pricing: a session asks for dollars, and the card is charged in euros."""
    session = states(snapshot(line("s", 11_000), currency="USD", buyer=ANNA), source="session")
    view = viewed(joined(session, states(snapshot(line("t", 10_000), currency=currency), source=taker)))
    amounts = (view.lines[0].id, view.currency, view.total, view.buyer)
    assert amounts == (("t", "EUR", 10_000, ANNA) if currency == "EUR" else ("s", "USD", 11_000, ANNA))


@pytest.mark.parametrize(
    ("loser", "winner"),
    [
        ({"silent": ("fees", "test")}, {"silent": ("fees",), "lines": (line(net=99_999),)}),
        ({"lines": (line(net=2),), "buyer": ANNA}, {"lines": (line(net=1),)}),
        ({"shipping_net": 2}, {"shipping_net": 1}),
        ({"silent": (), "refunds": {}}, {"silent": ("fees",), "refunds": {"r": Refund(amount=1)}}),
    ],
    ids=["states-more", "lower-price", "lower-shipping", "refunded"],
)
def test_of_two_bodies_of_one_second_that_are_equally_far(loser: dict[str, Any], winner: dict[str, Any]) -> None:
    """The one that states more is the newer, then the one with the lower price, before the one that names a buyer."""
    assert joined(states(snapshot(**loser)), states(snapshot(**winner))).sources["order"] == snapshot(**winner)


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (Refund(amount=5, unpaid=True), Refund(amount=5)),
        (Refund(amount=5, withheld=9), Refund(amount=5, withheld=8)),
        (Refund(amount=5, fees=1), Refund(amount=5, fees=2)),
        (Refund(amount=9, stamp_ms=1), Refund(amount=8, stamp_ms=2)),
        (Refund(amount=9, unpaid=True), Refund(amount=9, withheld=9)),
    ],
    ids=["paid", "withholds-less", "fees", "later", "paid-in-part"],
)
def test_of_two_states_of_a_refund_the_later_or_fuller_counts(less: Refund, more: Refund) -> None:
    assert joined(states(r=less), states(r=more)).refunds == {"r": more}


def test_the_total_is_all_that_was_charged() -> None:
    order = snapshot(line("1", 1000, 200), line("2", 30, 4), shipping_net=500, shipping_tax=100, fees=7, deduction=9)
    assert order.total == 1841


@pytest.mark.parametrize(
    ("statement", "is_ahead"),
    [
        (OrderFacts(), False),
        (states(snapshot(stamp_ms=(NOW + 300) * 1000)), False),
        (states(snapshot(stamp_ms=(NOW + 300) * 1000 + 1)), True),
        (states(snapshot(at=NOW + 300)), False),
        (states(snapshot(at=NOW + 300 + 1)), True),
        (states(r=Refund(stamp_ms=(NOW + 300) * 1000 + 1)), True),
        (OrderFacts(failed={"re": FailedRefund((NOW + 300) * 1000 + 1, "ch", 5, "EUR")}), True),
        (OrderFacts(disputes={"d": Dispute((NOW + 300) * 1000 + 1, 5, "EUR", True)}), False),
    ],
    ids=["nothing", "as-far-as-allowed", "beyond", "payment-allowed", "payment", "refund", "failure", "dispute"],
)
def test_what_is_stated_may_be_ahead_of_our_clock_by_five_minutes(statement: OrderFacts, is_ahead: bool) -> None:
    assert statement.is_ahead(NOW) is is_ahead


def test_what_a_stamp_counts_as_is_remembered_with_facts_that_are_not_ahead() -> None:
    ahead = OrderFacts(ahead={NOW * 1000: 5})
    assert ahead.merge(OrderFacts()).ahead == OrderFacts().merge(ahead).ahead == ahead.ahead


def test_of_stamps_that_were_ahead_the_greatest_are_remembered_by_the_earliest_arrival() -> None:
    first = OrderFacts(ahead={stamp: stamp + 5 for stamp in range(32)})
    second = OrderFacts(ahead={stamp: stamp + (4 if stamp % 2 else 6) for stamp in range(1, 33)})
    both = joined(first, second).ahead
    assert list(both) == list(range(1, 33))
    assert [both[stamp] - stamp for stamp in (1, 2, 3, 32)] == [4, 5, 4, 6]


@pytest.mark.parametrize(
    "only_in_a_delivery", [{"prints": ("card:c",)}, {"email_hash": "h"}, {"live": True}, {"placed": True}]
)
def test_what_only_a_delivery_has_is_not_stored(only_in_a_delivery: dict[str, Any]) -> None:
    assert snapshot(**only_in_a_delivery).remembered() == snapshot()


def test_that_an_order_owed_everything_is_stored() -> None:
    owing = snapshot(paid=False, placed=True)
    assert (owing.remembered(), replace(owing, live=True).remembered()) == (owing, owing)


def test_the_facts_tell_what_every_snapshot_in_them_states() -> None:
    """A record of before a field was derived: its newest snapshot is not paid, and the paid one states more."""
    paid = snapshot(at=50, buyer=ANNA, code=CODE, delivered_at=70)
    stored = OrderFacts({"order": snapshot(paid=False, stamp_ms=2)}, last_settled={"order": paid})
    assert (stored.paid_at, stored.buyer, stored.code, stored.delivered_at) == (50, (1, 1, ANNA), (1, CODE), 70)


@pytest.mark.parametrize("since", [{"paid": True}, {"paid": False, "void": True}])
def test_of_a_source_that_was_paid_or_cancelled_since_no_earlier_body_is_remembered(since: dict[str, bool]) -> None:
    newest = snapshot(stamp_ms=2, **since)
    assert OrderFacts({"order": newest}, last_settled={"order": snapshot(stamp_ms=1)}).last_settled == {}
    assert OrderFacts({"order": newest}, last_settled={"order": replace(newest)}).last_settled == {}


def test_the_earliest_payment_and_the_newest_code_outlive_their_snapshots() -> None:
    bodies = [
        snapshot(at=50, code="FIRST", stamp_ms=1),
        snapshot(at=70, code="SECOND", stamp_ms=2),
        snapshot(at=90, stamp_ms=3),
    ]
    both = joined(*map(states, bodies))
    assert (both.paid_at, both.code) == (50, (2, "SECOND"))


def test_an_order_is_a_test_when_any_source_says_so() -> None:
    for session, charge in ((True, False), (False, True)):
        sources = {"session": snapshot(test=session), "charge": snapshot(test=charge)}
        assert viewed(OrderFacts(sources)).test


def test_an_order_of_nothing_that_nobody_has_paid_was_never_worth_more() -> None:
    assert viewed(states(snapshot(line("1", 0), paid=False))).paid_total == 0


def test_what_only_a_delivery_has_decides_between_two_bodies_that_are_equal_otherwise() -> None:
    bodies = [snapshot(prints=(name,)) for name in ("card:a", "card:b")]
    assert joined(*map(states, bodies)).sources["order"] == bodies[1]


def test_of_two_settled_states_of_one_second_and_a_later_one_that_waits_the_order_of_deliveries_decides_nothing() -> (
    None
):
    bodies = [
        states(snapshot(stamp_ms=2)),
        states(snapshot(stamp_ms=2, void=True, paid=False)),
        states(snapshot(stamp_ms=3, paid=False)),
    ]
    facts = [reduce(OrderFacts.merge, shuffled) for shuffled in permutations(bodies)]
    assert [statement.view for statement in facts] == [facts[0].view] * len(facts)


class TestPaidOnce:
    """The most that was stated as paid, where less is stated now."""

    FIRST = snapshot(line("1", 6000, quantity=6), line("2", 100), deduction=500, lowers_lines=True)
    LOWER = snapshot(line("1", 5000, quantity=5), deduction=200, stamp_ms=2, lowers_lines=True)

    def both(self, first: Snapshot, second: Snapshot) -> OrderFacts:
        merged = states(first).merge(states(second))
        assert merged == states(second).merge(states(first)) == merged.merge(states(first))
        return merged

    def test_it_is_remembered_and_viewed(self) -> None:
        after = self.both(self.FIRST, self.LOWER)
        pieces, prices = {"order 1": 6, "order 2": 1}, {"order/1": 6000, "order/2": 100}
        assert after.paid_once == {"order": 6100, "order=": 500, **pieces, **prices}
        assert after.view
        assert (after.view.paid_total, after.view.paid_balance, after.view.paid_pieces) == (6100, 500, {"1": 6})
        assert after.view.lowered == {"/1": 1000, "/2": 100}

    def test_of_a_line_and_shipping_it_is_the_price_with_tax_and_of_what_is_gone_all(self) -> None:
        """From 120, 12, 3 and 1 to 72, 6, 1 and nothing."""
        first = snapshot(line("1", 100, 20), line("2", 1), shipping_net=10, shipping_tax=2, fees=3)
        lower = snapshot(line("1", 60, 12), shipping_net=5, shipping_tax=1, fees=1, stamp_ms=2)
        view = viewed(self.both(first, lower))
        assert (view.paid_total, view.lowered) == (136, {"/1": 48, "/2": 1, "+shipping": 6, "+fees": 2})

    def test_what_is_open_again_after_a_cancellation_is_compared_with_what_was_paid_before(self) -> None:
        bodies = snapshot(line("1", 100)), snapshot(paid=False, void=True, stamp_ms=2)
        again = states(snapshot(line("1", 60), paid=False, stamp_ms=3))
        view = viewed(self.both(*bodies).merge(again))
        assert (view.void, view.paid_total, view.lowered) == (True, 100, {"/1": 40})

    def test_what_an_edit_puts_from_one_line_into_another_lowers_nothing(self) -> None:
        first, moved = snapshot(line("1", 100), line("2", 50)), snapshot(line("1", 60), line("2", 90), stamp_ms=2)
        view = viewed(self.both(first, moved))
        assert (view.paid_total, view.lowered) == (0, {})

    def test_a_balance_that_no_edit_has_lowered_is_viewed_as_it_is_stated_alone(self) -> None:
        view = viewed(states(self.FIRST))
        assert (view.deduction, view.paid_balance, view.paid_pieces) == (500, 0, {})
        claimed = viewed(states(replace(self.FIRST, deduction=0, claimed=True)))
        assert (claimed.deduction, claimed.paid_balance) == (0, 0)

    def test_the_pieces_of_lines_of_which_an_unpaid_edit_has_fewer_are_viewed(self) -> None:
        first = snapshot(line("1", 600, quantity=6), line("2", 100), lowers_lines=True)
        edited = snapshot(line("1", 500, quantity=5), line("2", 100), lowers_lines=True, paid=False, stamp_ms=2)
        assert viewed(self.both(first, edited)).paid_pieces == {"1": 6}

    def test_of_a_sender_that_takes_no_pieces_out_none_are_viewed(self) -> None:
        first = snapshot(line("1", 600, quantity=6), line("2", 100))
        edited = snapshot(line("1", 600, quantity=6), line("2", 0, quantity=0), stamp_ms=2)
        view = viewed(self.both(first, edited))
        assert (view.lowered, view.paid_pieces) == ({"/2": 100}, {})

    def test_of_two_paid_states_of_one_second_the_lower_price_is_what_was_paid_before_one_that_waits(self) -> None:
        bodies = [
            states(snapshot(line("1", 100), stamp_ms=1)),
            states(snapshot(line("1", 80), stamp_ms=1)),
            states(snapshot(line("1", 100), stamp_ms=2, paid=False)),
        ]
        facts = [reduce(OrderFacts.merge, shuffled) for shuffled in permutations(bodies)]
        assert [viewed(joint).total for joint in facts] == [80] * 6

    def test_an_order_that_is_not_edited_or_grows_remembers_nothing(self) -> None:
        assert self.both(self.FIRST, replace(self.FIRST, stamp_ms=2)).paid_once == {}
        assert self.both(replace(self.LOWER, stamp_ms=1), replace(self.FIRST, stamp_ms=2)).paid_once == {}

    def test_a_cancelled_order_that_was_paid_remembers_nothing_beside_its_newest_state(self) -> None:
        assert self.both(self.FIRST, replace(self.FIRST, void=True, stamp_ms=2)).paid_once == {}

    @pytest.mark.parametrize("declined", [False, True])
    def test_what_was_cancelled_unpaid_was_never_paid(self, declined: bool) -> None:
        void = replace(self.FIRST, void=True, paid=False, declined=declined)
        assert self.both(void, self.LOWER).paid_once == {}

    def test_pieces_are_remembered_of_a_sender_alone_that_takes_out_what_its_refunds_name(self) -> None:
        first, lower = (replace(state, lowers_lines=False) for state in (self.FIRST, self.LOWER))
        assert {"order 1", "order 2"}.isdisjoint(self.both(first, lower).paid_once)

    def test_what_a_shopper_has_written_is_no_balance(self) -> None:
        assert "order=" not in self.both(replace(self.FIRST, claimed=True), self.LOWER).paid_once

    def test_a_total_of_before_that_was_remembered_stays(self) -> None:
        assert OrderFacts({"order": self.LOWER}, paid_once={"order": 9000}).paid_once == {"order": 9000}
        assert OrderFacts({"order": self.LOWER}, paid_once={"order": 4000}).paid_once == {}
