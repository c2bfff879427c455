"""The join and what was kept, where only a tie, an unpaid order or a half cent shows the difference."""

import msgspec
import pytest
from msgspec.structs import replace

from chalicelib.domain.kept import Kept, kept
from chalicelib.domain.orders import TRASHED, Dispute, FailedRefund, OrderFacts, Refund, RefundLine, Snapshot
from tests.builders import ANNA, NOW, PAID_AT, line, of_line, snapshot, states

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
    view = facts.view()
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
    bought = states(snapshot(prints=prints)).view()
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
                known = known.merge(delivery.heard(known, NOW))
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
