"""What was kept of an order that was edited, paid with balance, or refunded without naming lines."""

from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.orders.facts import PRICE, Line, OrderFacts, Refund, RefundLine, Snapshot
from chalicelib.domain.orders.kept import Kept, KeptLine, Part, kept_of, refunds_of_unknown_lines
from tests.world.builders import PAID_AT, line, of_line, snapshot, states
from tests.world.strategies import paid_snapshots


def goods(*facts: OrderFacts) -> int:
    """The kept goods with tax, the same for every order of deliveries."""
    worths = set()
    for shuffled in permutations(facts):
        merged = OrderFacts()
        for statement in (*shuffled, *shuffled):
            merged = merged.merge(statement)
        view = merged.view
        assert view
        worths.add(kept_of(view).goods(with_tax=True))
    (worth,) = worths
    return worth


def cup(line_id: str, net: int = 300, quantity: int = 1) -> Line:
    return line(line_id, net, quantity=quantity)


class TestMoneyGivenLater:
    """Goods came back for no money; a refund of its own gives it later (community.shopify.com td-p/859492)."""

    BOUGHT = states(snapshot(cup("1", 1000), cup("2", 5000)))
    BACK = RefundLine("2", 1, 5000, 0)

    @pytest.mark.parametrize(("given_later", "worth"), [(0, 1000), (4999, 1000), (5000, 1000), (5001, 999)])
    @pytest.mark.parametrize("back", [Refund((BACK,), withheld=5000), Refund((BACK,), unpaid=True)], ids=str)
    def test_it_is_the_money_of_those_goods(self, back: Refund, given_later: int, worth: int) -> None:
        assert goods(self.BOUGHT, states(r=back, s=Refund(amount=given_later))) == worth

    @pytest.mark.parametrize(("included", "worth"), [(False, 1000), (True, 500)])
    def test_the_tax_of_goods_that_came_back_is_withheld_too(self, included: bool, worth: int) -> None:
        bought = states(snapshot(cup("1", 1000), Line("2", "", "", 1, 5000, 500), tax_included=included))
        back = Refund((RefundLine("2", 1, 5500 if included else 5000, 500),), unpaid=True)
        given = Refund(amount=6000 if included else 5500)
        assert goods(bought, states(r=back, s=given)) == worth

    def test_a_bank_that_takes_money_back_pays_for_nothing_that_came_back(self) -> None:
        view = states(snapshot(cup("1", 1000), cup("2", 5000)), r=Refund((self.BACK,), withheld=5000)).view
        assert view
        disputed = replace(view, refunds={**view.refunds, "d": Refund(amount=400, money=True)})
        assert kept_of(disputed).goods(with_tax=True) == 600

    def test_of_two_copies_the_one_that_withholds_less_is_newer(self) -> None:
        pending, paid = states(r=Refund((self.BACK,), withheld=5000)), states(r=Refund((self.BACK,)))
        assert pending.merge(paid) == paid.merge(pending) == paid


class TestOneFactToldTwice:
    """An edit takes goods out of an order, and the same money comes as a refund: Solidus, Shopify order editing."""

    BOUGHT = states(snapshot(cup("1"), cup("2"), shipping_net=1300))

    def test_a_removed_line_and_a_refund_that_names_nothing(self) -> None:
        """Solidus: a removed item and a refund of its money leave an outstanding balance of 0.00."""
        edited = states(snapshot(cup("1"), shipping_net=1300, stamp_ms=2))
        assert goods(self.BOUGHT, edited, states(r=Refund(amount=300))) == 300

    def test_a_removed_line_and_a_refund_of_that_line(self) -> None:
        edited = states(snapshot(cup("1"), shipping_net=1300, stamp_ms=2))
        assert goods(self.BOUGHT, edited, states(r=of_line("2", 1, 300))) == 300
        assert goods(self.BOUGHT, edited, states(r=of_line("2", 1))) == 300

    def test_a_removed_line_beside_a_refund_of_another(self) -> None:
        edited = states(snapshot(cup("1"), shipping_net=1300, stamp_ms=2))
        both = states(r=of_line("2", 1, 300), s=of_line("1", 1, 100))
        assert goods(self.BOUGHT, edited, both) == 200

    @pytest.mark.parametrize(
        "refund",
        [Refund(amount=100), of_line("1", 0, 100), of_line("1", 1, 100)],
        ids=["names-nothing", "of-the-line", "with-a-piece"],
    )
    def test_a_lowered_price_and_a_refund_of_the_difference(self, refund: Refund) -> None:
        edited = states(snapshot(cup("1", 200), cup("2"), shipping_net=1300, stamp_ms=2))
        assert goods(self.BOUGHT, edited, states(r=refund)) == 500

    def test_fewer_pieces_and_a_refund_of_those_pieces(self) -> None:
        bought, edited = states(snapshot(cup("1", 600, 2))), states(snapshot(cup("1", 300), stamp_ms=2))
        assert goods(bought, edited, states(r=of_line("1", 1, 300))) == 300

    def test_what_is_left_can_be_returned_all_the_same(self) -> None:
        bought, edited = states(snapshot(cup("1", 600, 2))), states(snapshot(cup("1", 300), stamp_ms=2))
        assert goods(bought, edited, states(r=Refund(amount=300), s=of_line("1", 1, 300))) == 0

    def test_a_piece_back_and_then_a_discount_on_the_other(self) -> None:
        """Shopify: the line stays as it was ordered, less the discount; its money is a refund that names nothing."""
        bought, edited = states(snapshot(cup("1", 4000, 2))), states(snapshot(cup("1", 3500, 2), stamp_ms=2))
        assert goods(bought, edited, states(r=of_line("1", 1, 2000), s=Refund(amount=500))) == 1500

    def test_a_removed_line_whose_money_did_not_go_back(self) -> None:
        edited = states(snapshot(cup("1"), shipping_net=1300, stamp_ms=2))
        assert goods(self.BOUGHT, edited) == 300

    def test_an_edit_that_is_not_paid_for_and_a_refund_of_what_it_took_out(self) -> None:
        edited = states(snapshot(cup("1"), cup("3", 900), shipping_net=1300, paid=False, stamp_ms=2))
        assert goods(self.BOUGHT, edited, states(r=Refund(amount=300))) == 300

    def test_money_beyond_what_the_edit_took_out_comes_off(self) -> None:
        edited = states(snapshot(cup("1"), stamp_ms=2))
        bought = states(snapshot(cup("1"), cup("2")))
        assert goods(bought, edited, states(r=Refund(amount=400))) == 200

    def test_without_an_edit_every_refund_counts(self) -> None:
        assert goods(self.BOUGHT, states(r=Refund(amount=1900))) == 0

    @given(paid_snapshots(), st.integers(0, 9000), st.integers(0, 9000))
    def test_the_buyer_keeps_no_more_than_is_stated_nor_less_than_was_paid_and_not_given_back(
        self, order: Snapshot, lost: int, amount: int
    ) -> None:
        order = replace(order, refunds={"r": Refund(amount=amount)}, deduction=0, paid_total=order.total + lost)
        after = kept_of(order)
        lines = sum(part.net + part.tax for part in after.lines)
        worth = lines + after.shipping_net + after.shipping_tax
        assert worth == max(min(order.total, order.total + lost - amount), 0)


class TestRefundsBesideAnEdit:
    """What a refund names of a part that no edit has lowered is no money of the edit's, in whatever order they come
    (Shopify counts refunded items of a line apart from those that an edit removed: shopify.dev, LineItem
    currentQuantity and refundableQuantity).
    """

    A, B = cup("A", 5000, 5), cup("B", 5000, 5)
    BOUGHT = states(snapshot(A, B, shipping_net=500, fees=100))

    def kept_of(self, *lines: Line, refunds: dict[str, Refund], **parts: int) -> int:
        beside = {"shipping_net": 500, "fees": 100} | parts
        edited = states(snapshot(*lines, stamp_ms=2, **beside))
        return goods(self.BOUGHT, edited, *(states(**{name: refund}) for name, refund in refunds.items()))

    @pytest.mark.parametrize(
        ("refund", "worth"),
        [
            (of_line("B", 5, 5000), 0),
            (of_line("B", 5), 0),
            (of_line("B", 4, 4000), 1000),
            (of_line("B", 4), 1000),
            (of_line("B", 0, 4000), 1000),
            (of_line("A", 5, 5000), 5000),
            (Refund(amount=5000), 5000),
            (Refund(amount=6100), 4018),
            (Refund(shipping=500), 5000),
        ],
        ids=str,
    )
    def test_of_a_line_that_stands_beside_one_that_was_taken_out(self, refund: Refund, worth: int) -> None:
        assert self.kept_of(self.B, refunds={"r": refund}) == worth

    @pytest.mark.parametrize("told", [Refund(amount=5000), of_line("A", 5, 5000)], ids=["unnamed", "named"])
    def test_the_line_that_was_taken_out_may_be_told_of_too(self, told: Refund) -> None:
        assert self.kept_of(self.B, refunds={"r": of_line("B", 2, 2000), "s": told}) == 3000

    def test_of_a_line_beside_one_that_was_lowered_for_goodwill(self) -> None:
        goodwill = cup("A", 4500, 5)
        assert self.kept_of(goodwill, self.B, refunds={"r": of_line("B", 2, 2000)}) == 7500
        assert self.kept_of(goodwill, self.B, refunds={"r": of_line("B", 2, 2000), "s": Refund(amount=500)}) == 7500
        assert self.kept_of(goodwill, self.B, refunds={"r": of_line("A", 0, 500)}) == 9500
        assert self.kept_of(goodwill, self.B, refunds={"r": of_line("A", 1, 900)}) == 9100

    def test_of_a_line_whose_discount_grew_as_another_was_taken_out(self) -> None:
        """All of its pieces came back for all that it costs now: nothing of it is kept."""
        bought, edited = (
            states(snapshot(*lines, stamp_ms=stamp_ms, lowers_lines=True))
            for stamp_ms, lines in ((1, (self.A, self.B)), (2, (cup("B", 4500, 5),)))
        )
        assert goods(bought, edited, states(r=of_line("B", 5, 4500))) == 0
        assert goods(bought, edited, states(r=of_line("B", 4, 3600))) == 1400

    def test_of_shipping_and_fees_that_the_edit_has_left_alone_or_has_lowered(self) -> None:
        both = {"r": Refund(shipping=500, fees=100)}
        view = self.BOUGHT.merge(states(snapshot(self.B, shipping_net=500, fees=100, stamp_ms=2), **both)).view
        assert view
        assert (kept_of(view).shipping(with_tax=True), kept_of(view).goods(with_tax=True)) == (0, 5000)
        lower = self.BOUGHT.merge(states(snapshot(self.A, self.B, shipping_net=200, fees=100, stamp_ms=2))).merge(
            states(r=Refund(shipping=300))
        )
        assert lower.view
        assert kept_of(lower.view).shipping(with_tax=True) == 200

    def test_what_stays_of_each_line_is_what_was_not_taken_from_that_line(self) -> None:
        edited = states(snapshot(cup("A", 4500, 5), self.B, shipping_net=500, fees=100, stamp_ms=2))
        facts = self.BOUGHT.merge(edited).merge(states(r=of_line("B", 2, 2000), s=of_line("A", 0, 500)))
        assert facts.view
        assert [part.net for part in kept_of(facts.view).lines] == [4500, 3000]

    @pytest.mark.parametrize(("fees", "share"), [(100, Fraction(5500, 5600)), (40, Fraction(1))], ids=["left", "lower"])
    def test_fees_that_came_back_are_the_edits_where_it_has_lowered_them(self, fees: int, share: Fraction) -> None:
        edited = states(snapshot(self.B, shipping_net=500, fees=fees, stamp_ms=2))
        facts = self.BOUGHT.merge(edited).merge(states(r=Refund(fees=100 if fees == 100 else 60)))
        assert facts.view
        assert kept_of(facts.view).share == share

    @pytest.mark.parametrize(
        ("refund", "worth"),
        [
            pytest.param(of_line("B", 5, 500), 4500, id="all pieces, for the difference"),
            pytest.param(of_line("B", 4, 4500), 500, id="some pieces, for all"),
            pytest.param(of_line("B", 5, 4400), 600, id="all pieces, for nearly all"),
            pytest.param(of_line("B", 5, 4700), 300, id="all pieces, for more than they cost now"),
        ],
    )
    def test_of_a_line_that_was_lowered_all_is_back_with_all_pieces_for_all_its_price(
        self, refund: Refund, worth: int
    ) -> None:
        bought = states(snapshot(self.A, self.B, lowers_lines=True))
        edited = states(snapshot(cup("B", 4500, 5), stamp_ms=2, lowers_lines=True))
        assert goods(bought, edited, states(r=refund)) == worth

    def test_a_price_that_was_lowered_is_told_as_the_refund_of_the_line_with_its_piece(self) -> None:
        bought, edited = (
            states(snapshot(cup("A", net), self.B, stamp_ms=stamp_ms, lowers_lines=True))
            for stamp_ms, net in ((1, 6000), (2, 500))
        )
        assert goods(bought, edited, states(r=of_line("A", 1, 5500))) == 5500

    def test_of_a_line_whose_body_may_lack_a_discount_it_is_known_what_the_edit_has_lowered(self) -> None:
        """Shopify: `discount_allocations: null` says nothing of a line's discounts; its price counts as stated."""
        edited = states(snapshot(self.A, stamp_ms=2, silent=(PRICE,)))
        facts = states(snapshot(self.A, self.B)).merge(edited).merge(states(r=of_line("A", 5, 5000)))
        assert facts.view
        assert (facts.view.lowered, kept_of(facts.view).goods(with_tax=True)) == ({"/B": 5000}, 0)

    def test_a_line_without_pieces_comes_back_by_its_money_alone(self) -> None:
        bought = states(snapshot(self.A, cup("B", 1000, 0), lowers_lines=True))
        edited = states(snapshot(cup("B", 500, 0), stamp_ms=2, lowers_lines=True))
        assert goods(bought, edited, states(r=of_line("B", 0, 500))) == 500

    def test_the_price_of_a_line_that_came_back_is_with_its_tax(self) -> None:
        bought = states(snapshot(self.A, line("B", 5000, 600, quantity=5), lowers_lines=True))
        edited = states(snapshot(line("B", 4500, 500, quantity=5), stamp_ms=2, lowers_lines=True))
        assert goods(bought, edited, states(r=of_line("B", 5, 4000))) == 1600

    def test_more_than_the_edit_has_taken_out_of_a_line_comes_off_what_it_has_left(self) -> None:
        assert self.kept_of(cup("B", 3000, 3), refunds={"r": of_line("B", 4, 4000)}) == 1000

    def test_of_an_order_that_was_stored_before_parts_were_remembered_it_may_be_the_same_money(self) -> None:
        facts = OrderFacts(
            {"order": snapshot(self.B, stamp_ms=2)}, {"r": of_line("B", 5, 5000)}, paid_once={"order": 10_000}
        )
        assert facts.view
        assert kept_of(facts.view).goods(with_tax=True) == 5000


class TestPaidState:
    """Only a paid state earns (intercom.help/onward/en/articles/15180425: committed but unpaid)."""

    PAID = states(snapshot(line("1", 10_000)))

    def test_what_is_added_and_not_paid_waits(self) -> None:
        added = states(snapshot(line("1", 10_000), line("2", 50_000), paid=False, stamp_ms=2))
        assert goods(self.PAID, added) == 10_000

    def test_what_is_added_earns_once_it_is_paid(self) -> None:
        added = snapshot(line("1", 10_000), line("2", 50_000), paid=False, stamp_ms=2)
        assert goods(self.PAID, states(added), states(replace(added, paid=True, stamp_ms=3))) == 60_000

    def test_what_is_taken_away_is_gone_at_once(self) -> None:
        swapped = states(snapshot(line("1", 4000), line("2", 50_000), paid=False, stamp_ms=2))
        assert goods(self.PAID, swapped) == 4000

    def test_a_line_that_was_swapped_for_an_unpaid_one_takes_back_until_it_is_paid(self) -> None:
        assert goods(self.PAID, states(snapshot(line("2", 10_000), paid=False, stamp_ms=2))) == 0

    def test_the_newest_paid_state_is_remembered_beside_the_newest(self) -> None:
        older = states(snapshot(line("1", 20_000)))
        paid = states(snapshot(line("1", 30_000), stamp_ms=2))
        unpaid = states(snapshot(line("1", 90_000), paid=False, stamp_ms=3))
        assert goods(older, paid, unpaid) == 30_000

    def test_an_unpaid_session_gives_no_amounts(self) -> None:
        """Stripe, manual capture: 206.75 were to be paid, 203.00 were captured (woocommerce-gateway-stripe#1073)."""
        session = states(snapshot(line("payment", 20_675), paid=False, stamp_ms=5), source="session")
        assert goods(session, states(snapshot(line("payment", 20_300)), source="charge")) == 20_300

    def test_an_order_that_was_stored_before_earns_by_its_newest_snapshot(self) -> None:
        stored = OrderFacts({"order": snapshot(line("1", 5000), paid=False, stamp_ms=2)}, paid_at=7)
        assert goods(stored) == 5000
        assert stored.view
        assert stored.view.paid

    def test_a_paid_state_costs_nothing_to_remember(self) -> None:
        merged = self.PAID.merge(states(snapshot(line("1", 10_000), stamp_ms=2)))
        assert (merged.last_settled, merged.paid_once) == ({}, {})

    @pytest.mark.parametrize("state", ["cancelled", "failed", "refunded"])
    @pytest.mark.parametrize("paid", [True, False], ids=["with the date of its payment", "without it"])
    def test_what_was_called_off_and_taken_up_again_earns_once_it_is_paid_again(self, state: str, paid: bool) -> None:
        """WooCommerce keeps `date_paid` on a cancelled order, and on one that is set to pending after that."""
        gone = states(snapshot(line("1", 10_000), stamp_ms=2, paid=paid, void=True, declined=state == "failed"))
        waiting = states(snapshot(line("1", 10_000), stamp_ms=3, paid=False))
        assert goods(self.PAID, gone) == 0
        assert goods(self.PAID, gone, waiting) == 0
        assert goods(self.PAID, gone, waiting, states(snapshot(line("1", 10_000), stamp_ms=4))) == 10_000

    def test_what_waits_for_more_money_was_not_called_off(self) -> None:
        assert goods(self.PAID, states(snapshot(line("1", 10_000), stamp_ms=2, paid=False))) == 10_000

    def test_what_was_paid_once_is_remembered_past_a_cancellation(self) -> None:
        """30.00 were taken out and came back as money; cancelled and taken up again in between."""
        gone = states(snapshot(line("1", 7000), stamp_ms=2, paid=False, void=True))
        again = states(snapshot(line("1", 7000), stamp_ms=3))
        assert goods(self.PAID, gone, again, states(r=Refund(amount=3000))) == 7000

    def test_a_body_that_a_live_one_has_replaced_calls_nothing_off(self) -> None:
        """WooCommerce stamps whole seconds: cancelled and paid within one, then waiting, and the first once more."""
        gone = states(snapshot(line("1", 10_000), stamp_ms=5, paid=False, void=True))
        paid = states(snapshot(line("1", 10_000), stamp_ms=5, live=True))
        waiting = states(snapshot(line("1", 10_000), stamp_ms=6, paid=False))
        known = gone.merge(paid).remembered().merge(waiting)
        again = known.merge(gone)
        assert known.view
        assert again.view
        assert (known.view.void, again.view.void) == (False, False)

    def test_what_an_earlier_release_stored_beside_a_void_state_says_what_was_paid_once(self) -> None:
        void = snapshot(line("1", 10_000), stamp_ms=2, paid=False, void=True)
        stored = OrderFacts({"order": void}, paid_at=PAID_AT, last_settled={"order": snapshot(line("1", 10_000))})
        again = states(snapshot(line("1", 8000), stamp_ms=3))
        view = stored.merge(again).merge(states(r=Refund(amount=2000))).view
        assert view
        assert kept_of(view).goods(with_tax=True) == 8000

    def test_an_order_that_was_never_paid_may_be_called_off_and_paid_later(self) -> None:
        gone = states(snapshot(line("1", 10_000), paid=False, void=True))
        waiting = states(snapshot(line("1", 4000), stamp_ms=2, paid=False))
        view = gone.merge(waiting).view
        assert view
        assert (view.void, view.total) == (False, 4000)
        assert goods(gone, waiting, states(snapshot(line("1", 10_000), stamp_ms=3))) == 10_000


class TestPaidWithBalance:
    def test_a_refund_gives_back_the_same_whether_it_names_lines_or_not(self) -> None:
        """4 x 5.00, 15.00 by balance, 5.00 refunded: a quarter of both comes back."""
        order = snapshot(line("1", 2000, quantity=4), deduction=1500)
        unnamed, named = (
            kept_of(replace(order, refunds={"r": returned})) for returned in (Refund(amount=500), of_line("1", 1))
        )
        assert replace(unnamed, lines=()) == replace(named, lines=())
        assert [(part.net, part.tax) for part in unnamed.lines] == [(part.net, part.tax) for part in named.lines]
        assert (unnamed.share, unnamed.goods(with_tax=False)) == (Fraction(3, 4), 375)

    @pytest.mark.parametrize(
        ("refund", "pieces"),
        [
            (Refund(amount=500), [4, 2]),
            (of_line("1", 1), [3, 2]),
            (Refund(lines=(RefundLine("1", 0, 2000),)), [0, 2]),
            (Refund(amount=3000), [0, 0]),
            (Refund(lines=(RefundLine("2", 9),)), [4, 0]),
        ],
    )
    def test_pieces_come_back_by_their_line_or_with_all_of_the_money(self, refund: Refund, pieces: list[int]) -> None:
        order = snapshot(line("1", 2000, quantity=4), line("2", 1000, quantity=2), refunds={"r": refund})
        assert [part.pieces for part in kept_of(order).lines] == pieces

    def test_nothing_jumps_at_the_money_that_was_paid(self) -> None:
        order = snapshot(line("1", 2000, quantity=4), deduction=1500)
        shares = [kept_of(replace(order, refunds={"r": Refund(amount=amount)})).share for amount in (499, 500, 501)]
        assert shares == [Fraction(1501, 2000), Fraction(1500, 2000), Fraction(1499, 2000)]

    @pytest.mark.parametrize(("amount", "share"), [(500, Fraction(3, 4)), (2000, Fraction(0)), (9000, Fraction(0))])
    def test_an_order_wholly_paid_with_balance_gives_back_what_was_refunded(self, amount: int, share: Fraction) -> None:
        order = snapshot(line("1", 2000, quantity=4), deduction=2000, refunds={"r": Refund(amount=amount)})
        assert kept_of(order).share == share

    def test_a_bank_takes_back_money_only(self) -> None:
        order = snapshot(line("1", 2000), deduction=1500)
        shares = [
            kept_of(replace(order, refunds={"d": Refund(amount=amount, money=True)})).share
            for amount in (0, 250, 500, 501)
        ]
        assert shares == [1, Fraction(1, 2), 0, 0]

    def test_a_discount_that_is_the_balance_is_taken_off_once(self) -> None:
        """Shopify: 30.00 less a discount of 10.00, and `ristourne_balance` 10.00."""
        shown = snapshot(line("1", 2000), deduction=1000, discounted=1000)
        assert kept_of(shown).goods(with_tax=False) == 2000
        assert kept_of(replace(shown, discounted=400)).goods(with_tax=False) == 1400
        assert kept_of(replace(shown, discounted=9000)).goods(with_tax=False) == 2000

    @pytest.mark.parametrize(
        "order",
        [
            snapshot(line("1", 2200), deduction=500),
            snapshot(line("1", 1700), deduction=500, discounted=500),
            snapshot(line("1", 2000), deduction=500, discounted=200),
        ],
        ids=["stated", "shown-as-a-discount", "shown-in-part"],
    )
    def test_the_goods_with_what_balance_paid(self, order: Snapshot) -> None:
        """nopCommerce #2110: a minimum of 20.00 is reached by 22.00 of which 5.00 are paid with a gift card."""
        assert (kept_of(order).goods(with_tax=False), kept_of(order).goods_with_balance(with_tax=False)) == (1700, 2200)

    @pytest.mark.parametrize(
        ("order", "goods", "with_balance"),
        [
            (snapshot(line("1", 1700), deduction=500, discounted=500, claimed=True), 1700, 1700),
            (snapshot(line("1", 2200), deduction=500, claimed=True), 1700, 2200),
            (snapshot(line("1", 2000), deduction=500, discounted=200, claimed=True), 1700, 2000),
        ],
        ids=["shown-as-a-discount", "not-shown", "shown-in-part"],
    )
    def test_a_discount_that_is_balance_by_a_mere_claim_is_a_discount(
        self, order: Snapshot, goods: int, with_balance: int
    ) -> None:
        """A shopper writes the attributes of a Shopify cart (shopify.dev/docs/api/ajax/reference/cart, attributes)."""
        after = kept_of(order)
        assert (after.goods(with_tax=False), after.goods_with_balance(with_tax=False)) == (goods, with_balance)

    def test_the_goods_with_balance_shrink_with_the_goods(self) -> None:
        order = snapshot(line("1", 2000, 400, quantity=4), deduction=1200, refunds={"r": of_line("1", 1)})
        after = kept_of(order)
        assert (after.goods(with_tax=True), after.goods_with_balance(with_tax=True)) == (900, 1800)
        assert after.goods_with_balance(with_tax=False) == 1500


class TestMoneyThatIsNotGoods:
    def test_a_refund_of_fees_takes_nothing_from_goods(self) -> None:
        """Shopify: duties of 25.00 are refunded (shopify.dev, Refund.total_duties_set)."""
        order = snapshot(line("1", 10_000), fees=2500)
        assert kept_of(replace(order, refunds={"r": Refund(fees=2500)})).goods(with_tax=False) == 10_000
        assert kept_of(replace(order, refunds={"r": Refund(fees=9900)})).goods(with_tax=False) == 10_000
        assert kept_of(replace(order, refunds={"r": Refund(fees=2500, amount=5000)})).goods(with_tax=False) == 5000


def test_a_large_order_looks_at_each_refunded_line_once() -> None:
    """499 lines and more: what was refunded is indexed by line, not searched for each."""

    class Counted(tuple[RefundLine, ...]):
        __slots__ = ()
        walks = 0

        def __iter__(self):
            Counted.walks += 1
            return super().__iter__()

    lines = tuple(line(str(number), 100) for number in range(2000))
    refund = Refund(lines=Counted(RefundLine(str(number), 1) for number in range(2000)))
    assert kept_of(snapshot(*lines, refunds={"r": refund})).goods(with_tax=True) == 0
    assert Counted.walks <= 6


HALF: dict[str, Any] = {"paid_total": 2000}
EDITED: dict[str, tuple[Line, dict[str, Any], int, Fraction]] = {
    "what stands as it was pays its part": (cup("1", 1000), HALF | {"deduction": 1000}, 500, Fraction(1, 2)),
    "half a cent of it is a cent": (cup("1", 1000), HALF | {"deduction": 333}, 833, Fraction(1, 2)),
    "it is stated anew": (cup("1", 1000), HALF | {"deduction": 500, "paid_balance": 1000}, 500, Fraction(1, 2)),
    "less of it is stated": (cup("1", 1000), HALF | {"deduction": 200, "paid_balance": 1000}, 800, Fraction(1, 5)),
    "none of it is stated any more": (cup("1", 1000), {"paid_balance": 500}, 1000, Fraction(0)),
    "nothing ever was": (cup("1", 1000), {"paid_total": 4000}, 1000, Fraction(1, 4)),
    "nothing is left": (cup("1", 0), {"paid_total": 4000}, 0, Fraction(0)),
    "what was swapped is in both": (cup("1", 1000), {"paid_total": 3000, "unreceived": 500}, 1000, Fraction(1, 5)),
    "more is stated than was ever paid": (cup("1", 3000), HALF, 3000, Fraction(1)),
    "it shows, and is stated anew": (
        cup("1", 500),
        {"paid_total": 1000, "deduction": 500, "paid_balance": 1000, "discounted": 500},
        500,
        Fraction(1, 2),
    ),
    "it shows, and has moved to what stays": (
        cup("1", 300),
        {"paid_total": 1000, "deduction": 1000, "discounted": 1000},
        300,
        Fraction(1),
    ),
    "it shows, and half is refunded": (
        cup("1", 500),
        {
            "paid_total": 1000,
            "deduction": 500,
            "paid_balance": 1000,
            "discounted": 500,
            "refunds": {"r": Refund((RefundLine("1", 0, 250),)), "s": Refund(amount=500)},
        },
        250,
        Fraction(1, 4),
    ),
    "a shopper has written it": (cup("1", 1000), HALF | {"deduction": 1000, "claimed": True}, 500, Fraction(1, 2)),
    "the edit is silent of it": (
        cup("1", 1000),
        HALF | {"deduction": 1000, "silent": ("deduction",)},
        500,
        Fraction(1, 2),
    ),
    "the edit is silent of it, and most of it shows": (
        cup("1", 1000),
        HALF | {"deduction": 1000, "silent": ("deduction",), "discounted": 700},
        1000,
        Fraction(7, 10),
    ),
    "no more of it shows than there was": (
        cup("1", 1000),
        HALF | {"deduction": 1000, "silent": ("deduction",), "discounted": 5000},
        1000,
        Fraction(1),
    ),
    "it paid for all, shows, and half is edited out": (
        cup("1", 0),
        {"deduction": 1000, "claimed": True, "discounted": 500, "paid_total": 1},
        0,
        Fraction(1, 2),
    ),
    "another discount shows beside it": (
        cup("1", 1000),
        HALF | {"deduction": 1000, "discounted": 100},
        600,
        Fraction(1, 2),
    ),
    "it is cancelled": (cup("1", 1000), HALF | {"deduction": 1000, "void": True}, 0, Fraction(0)),
}


@pytest.mark.parametrize("name", EDITED)
def test_what_balance_pays_of_an_edited_order_and_how_much_of_it_stays_spent(name: str) -> None:
    """docs/storefronts.md, Edits: balance comes back by the part of what was paid once that is not kept."""
    bought, parts, in_money, share = EDITED[name]
    after = kept_of(snapshot(bought, **parts))
    assert (after.goods(with_tax=True), after.balance_share) == (in_money, share)


class TestLoweredLines:
    """A line of which an edit took pieces, and refunds that name them too."""

    def after(self, *lines: Line, refund: RefundLine, paid_total: int, **parts: Any) -> Kept:
        refunds = {"r": Refund(lines=(refund,))}
        return kept_of(snapshot(*lines, refunds=refunds, paid_total=paid_total, paid_pieces={"1": 6}, **parts))

    @pytest.mark.parametrize(("returned", "pieces", "net"), [(1, 5, 5000), (2, 4, 4000), (6, 0, 0), (9, 0, 0)])
    def test_they_come_off_once(self, returned: int, pieces: int, net: int) -> None:
        after = self.after(cup("1", 5000, 5), refund=RefundLine("1", returned), paid_total=6000)
        assert (after.lines[0].pieces, after.lines[0].net) == (pieces, net)

    def test_a_line_without_a_price_loses_them_once_too(self) -> None:
        free = self.after(cup("1", 0, 5), refund=RefundLine("1", 1), paid_total=0)
        assert free.share == 1
        assert self.after(cup("1", 0, 5), refund=RefundLine("1", 2), paid_total=0).share == Fraction(4, 5)

    @pytest.mark.parametrize(
        ("included", "refund"),
        [
            (False, RefundLine("1", 6)),
            (False, RefundLine("1", 0, 6000)),
            (False, RefundLine("1", 0, 5500, 500)),
            (True, RefundLine("1", 0, 6000, 500)),
        ],
        ids=str,
    )
    def test_a_refund_of_all_that_the_line_had_once_leaves_the_others(self, included: bool, refund: RefundLine) -> None:
        lines = cup("1", 1000), cup("2", 700)
        after = self.after(*lines, refund=refund, paid_total=6700, tax_included=included)
        assert [part.net + part.tax for part in after.lines] == [0, 700]

    @pytest.mark.parametrize(
        ("lines", "refund", "paid_total", "included", "worth"),
        [
            pytest.param((cup("1", 500, 0), cup("2", 500)), RefundLine("1", 0, 200), 1100, False, 900, id="a price"),
            pytest.param((cup("1", 500, 0), cup("2", 500)), RefundLine("1", 0, 500), 1100, False, 600, id="all of it"),
            pytest.param(
                (line("1", 1000, 200), cup("2", 500)), RefundLine("1", 0, 1000, 200), 2000, False, 800, id="tax"
            ),
            pytest.param((cup("1", 5, 2), cup("2", 100)), RefundLine("1", 5), 115, False, 102, id="half a cent"),
            pytest.param(
                (cup("1", 1000), cup("2", 700)), RefundLine("1", 0, 6000, 500), 7000, True, 1000, id="included"
            ),
        ],
    )
    def test_what_it_names_of_the_line_counts_once(
        self, lines: tuple[Line, ...], refund: RefundLine, paid_total: int, included: bool, worth: int
    ) -> None:
        after = self.after(*lines, refund=refund, paid_total=paid_total, tax_included=included)
        assert after.goods(with_tax=True) == worth

    def test_a_line_that_was_free_is_still_there(self) -> None:
        refunds = {"r": Refund(lines=(RefundLine("1", 1),)), "s": Refund(amount=200)}
        edited = snapshot(cup("1", 0), cup("2", 500), refunds=refunds, paid_total=1500)
        assert kept_of(edited).goods(with_tax=True) == 500

    def test_of_an_order_whose_lines_are_not_known_all_of_the_balance_stays_spent(self) -> None:
        order = snapshot(deduction=1000, silent=("lines",))
        assert kept_of(replace(order, lines=())).balance_share == 1
        assert kept_of(replace(order, lines=(), silent=())).balance_share == 0

    def test_a_tax_that_the_refund_does_not_state_is_the_lines(self) -> None:
        lines = line("1", 1000, 100), cup("2", 700)
        after = self.after(*lines, refund=RefundLine("1", 0, 6000, None), paid_total=7300)
        assert [part.net + part.tax for part in after.lines] == [0, 700]

    def test_a_line_of_which_nothing_is_stated_is_as_one_that_is_gone(self) -> None:
        """What the order lost is the worth of its pieces; the money that names nothing is of the others."""
        refunds = {"r": Refund(lines=(RefundLine("1", 1),)), "s": Refund(amount=200)}
        for lines in ((cup("1", 0, 0), cup("2", 500)), (cup("2", 500),)):
            after = kept_of(snapshot(*lines, refunds=refunds, paid_total=1500))
            assert (after.goods(with_tax=True), after.balance_share) == (300, Fraction(1, 5))

    def test_a_line_of_which_no_piece_is_stated_has_no_price_of_one(self) -> None:
        lines = cup("1", 0, 0), cup("2", 700)
        after = self.after(*lines, refund=RefundLine("1", 6), paid_total=6700)
        assert [part.net for part in after.lines] == [0, 700]


class TestTheLastCent:
    """Where only a tax, a half cent or a line that is gone shows the difference."""

    def least(self, *lines: Line, refund: Refund, paid_total: int, **parts: Any) -> list[tuple[int, int]]:
        after = kept_of(snapshot(*lines, refunds={"r": refund}, paid_total=paid_total, **parts))
        return [(part.net, part.tax) for part in after.lines]

    @pytest.mark.parametrize(("included", "net"), [(False, 300), (True, 360)])
    def test_a_refund_of_a_line_that_is_gone_counts_with_its_tax(self, included: bool, net: int) -> None:
        gone = Refund(lines=(RefundLine("2", 1, net, 60),), amount=100)
        assert self.least(cup("1", 1000), refund=gone, paid_total=1360, tax_included=included) == [(900, 0)]

    def test_a_refund_of_a_line_that_is_gone_may_leave_its_tax_out(self) -> None:
        gone = Refund(lines=(RefundLine("2", 1, 300, None),), amount=100)
        assert self.least(cup("1", 1000), refund=gone, paid_total=1400) == [(1000, 0)]

    def test_pieces_of_a_line_that_is_gone_are_what_the_order_lost(self) -> None:
        pieces = Refund(lines=(RefundLine("2", 1),), amount=100)
        assert self.least(cup("1", 1000), refund=pieces, paid_total=1360) == [(900, 0)]
        both = Refund(lines=(RefundLine("2", 1), RefundLine("3", 1, 100)), amount=100)
        assert self.least(cup("1", 1000), refund=both, paid_total=1360) == [(900, 0)]

    def test_what_is_restored_goes_where_it_was_taken_with_its_tax(self) -> None:
        lowered = Refund(lines=(RefundLine("1", 1, 400, 80), RefundLine("2", 1, 200, 40)))
        after = self.least(line("1", 1000, 200), line("2", 1000, 200), refund=lowered, paid_total=2760)
        assert after == [(800, 160), (900, 180)]

    def test_shipping_that_an_edit_lowered_and_a_refund_of_it(self) -> None:
        order = snapshot(cup("1", 1000), shipping_net=500, paid_total=1700, refunds={"r": Refund(shipping=200)})
        assert (kept_of(order).goods(with_tax=True), kept_of(order).shipping_net) == (1000, 500)

    @pytest.mark.parametrize(("taken", "rest"), [(1, 7), (3, 2), (5, 0)])
    def test_a_chargeback_is_rounded_half_up(self, taken: int, rest: int) -> None:
        """1 of 4 in money is 2.5 of 10, which are 3; 3 are 7.5, which are 8."""
        order = snapshot(cup("1", 10), deduction=6, refunds={"d": Refund(amount=taken, money=True)})
        assert kept_of(order).share * 10 == rest

    def test_an_order_without_money_takes_a_chargeback_as_it_is(self) -> None:
        order = snapshot(cup("1", 10), deduction=10, refunds={"d": Refund(amount=4, money=True)})
        assert kept_of(order).share * 10 == 6

    def test_balance_that_paid_shipping_is_not_of_the_goods(self) -> None:
        after = kept_of(snapshot(line("1", 1000, 200), shipping_net=1000, shipping_tax=200, deduction=1200))
        assert (after.goods(with_tax=True), after.shipping_net, after.by_balance) == (600, 500, Part(500, 100))

    @pytest.mark.parametrize(("pieces", "shown"), [(1, 2), (3, 1)])
    def test_a_discount_that_is_the_balance_is_rounded_half_up_with_its_share(self, pieces: int, shown: int) -> None:
        """2 cents, of which three quarters are 1.5 and a quarter 0.5."""
        order = snapshot(line("1", 400, quantity=4), deduction=2, discounted=2, refunds={"r": of_line("1", pieces)})
        assert kept_of(order).by_balance == Part(shown, 0)

    def test_a_discount_that_is_the_balance_has_tax_as_the_lines_have(self) -> None:
        after = kept_of(snapshot(line("1", 1000, 200), deduction=600, discounted=600))
        assert after.by_balance == Part(500, 100)
        untaxed = kept_of(snapshot(line("1", 1000), shipping_net=100, deduction=600, discounted=300))
        assert untaxed.by_balance == Part(273 + 300, 0)

    def test_a_discount_that_is_the_balance_has_paid_a_gift_card_by_its_share_to_the_cent(self) -> None:
        """3 cents of mugs of 2 and a card of 1; with tax of the mugs half of what was shown is theirs."""
        card = line("9", 1, earns=False)
        mugs = [line(str(number), 1) for number in range(2)]
        assert kept_of(snapshot(*mugs, card, deduction=3, discounted=3)).by_balance == Part(2, 0)
        taxed = [line("1", 200, 100), line("9", 200, 100, earns=False)]
        assert kept_of(snapshot(*taxed, deduction=60, discounted=60)).by_balance == Part(20, 10)

    def test_a_discount_that_paid_for_everything_is_net(self) -> None:
        assert kept_of(snapshot(line("1", 0), deduction=600, discounted=600)).by_balance == Part(600, 0)

    def test_a_void_order_of_nothing_keeps_nothing(self) -> None:
        assert kept_of(snapshot(line("1", 0), void=True)).share == 0

    def test_an_order_of_a_cent_is_shared_by_its_cost(self) -> None:
        order = snapshot(line("1", 1, quantity=2), refunds={"r": Refund(amount=1)})
        assert kept_of(order).share == 0


class TestExchange:
    """Goods came back for no money and other goods went out for them: docs/decisions.md, what was swapped is not owed.

    The order states both, 60.00 and 60.00, and its buyer has paid 60.00.
    """

    BACK = Refund((RefundLine("1", 1, 5000, 1000),), unpaid=True)

    def swapped(self, *, unreceived: int = 6000, deduction: int = 0, **refunds: Refund) -> Kept:
        lines = line("1", 5000, 1000), line("2", 5000, 1000)
        refunds = {"back": self.BACK} | refunds
        return kept_of(snapshot(*lines, unreceived=unreceived, deduction=deduction, refunds=refunds))

    def test_all_that_was_paid_for_is_kept(self) -> None:
        after = self.swapped()
        assert after.goods(with_tax=True) == 6000
        assert after.share == 1

    def test_money_given_back_afterwards_is_of_the_price(self) -> None:
        after = self.swapped(later=Refund(amount=1500))
        assert (after.goods(with_tax=True), after.share) == (4500, Fraction(3, 4))

    def test_of_what_was_swapped_in_part_the_rest_is_owed_and_paid_first(self) -> None:
        after = self.swapped(unreceived=4000, later=Refund(amount=2600))
        assert after.goods(with_tax=True) == 6000 - 600

    def test_balance_has_paid_its_part_of_what_was_bought_and_not_of_what_was_swapped(self) -> None:
        after = self.swapped(deduction=1500)
        assert (after.goods(with_tax=True), after.goods_with_balance(with_tax=True)) == (4500, 6000)

    def test_a_chargeback_is_of_the_money_that_was_paid(self) -> None:
        """45.00 of 60.00 were money, so that 22.50 of it are half of what was bought."""
        after = self.swapped(deduction=1500, dispute=Refund(amount=2250, money=True))
        assert after.share == Fraction(1, 2)

    @pytest.mark.parametrize("unreceived", [6000, 6001])
    def test_an_order_of_which_all_came_back_for_nothing_is_shared_by_its_price(self, unreceived: int) -> None:
        half = Refund((RefundLine("1", 1, 3000),), unpaid=True)
        order = snapshot(cup("1", 6000, quantity=4), unreceived=unreceived, refunds={"back": half})
        assert kept_of(order).share == Fraction(1, 2)


class TestDiscrepancies:
    """Shopify: what a refund gives beyond the goods that it names lowers the price, or gives what was kept back."""

    BOUGHT = states(snapshot(cup("1", 1000), cup("2", 5000)))
    BACK = RefundLine("2", 1, 5000, 0)

    def worth(self, **refunds: Refund) -> int:
        return goods(self.BOUGHT, states(**refunds))

    def test_it_does_not_pay_for_goods_that_came_back_for_no_money(self) -> None:
        unpaid, lowers = Refund((self.BACK,), unpaid=True), Refund(amount=400, lowers=True)
        assert self.worth(back=unpaid, d=lowers) == 600
        assert self.worth(back=unpaid, d=lowers, later=Refund(amount=5000)) == 600
        assert self.worth(back=unpaid, d=lowers, later=Refund(amount=5001)) == 599

    def test_it_gives_back_what_another_one_withheld(self) -> None:
        withheld, given = Refund((self.BACK,), withheld=500), Refund(amount=400, lowers=True)
        assert self.worth(back=withheld, d=given) == 1000
        assert self.worth(back=withheld, d=given, later=Refund(amount=100)) == 1000
        assert self.worth(back=withheld, d=given, later=Refund(amount=101)) == 999
        assert self.worth(back=withheld, d=replace(given, amount=501)) == 999

    def test_it_comes_off_beside_money_that_is_given_for_nothing_in_particular(self) -> None:
        assert self.worth(d=Refund(amount=400, lowers=True), other=Refund(amount=300)) == 6000 - 700


class TestPieces:
    """What counts stamps: pieces come back by their line, by number or with all of the line's money."""

    def pieces(self, *lines: Line, **parts: Any) -> list[int]:
        return [part.pieces for part in kept_of(snapshot(*lines, **parts)).lines]

    @pytest.mark.parametrize(
        ("bought", "refund", "pieces"),
        [
            (line("1", 0, quantity=2), of_line("1", 1), 0),
            (line("1", 0, quantity=2), of_line("1", 0, 0), 0),
            (line("1", 1, quantity=2), of_line("1", 0, 1), 0),
            (line("1", 40, 60, quantity=2), of_line("1", 0, 40, 60), 0),
            (line("1", 1000, quantity=2), of_line("1", 9, 100), 0),
            (line("1", 1000, quantity=2), of_line("1", 0, 999), 2),
        ],
        ids=["free", "no-piece-of-a-free-one", "a-cent", "more-tax-than-net", "more-than-there-were", "all-but-a-cent"],
    )
    def test_pieces_of_a_refunded_line_go_by_number_or_with_all_of_its_money(
        self, bought: Line, refund: Refund, pieces: int
    ) -> None:
        assert self.pieces(bought, refunds={"r": refund}) == [pieces]
        assert self.pieces(bought, cup("2", 500), refunds={"r": refund}) == [pieces, 1]

    @pytest.mark.parametrize(("net", "given_back", "pieces"), [(0, 0, 0), (1, 1, 0), (2, 1, 2)])
    def test_of_an_order_of_which_money_was_given_back(self, net: int, given_back: int, pieces: int) -> None:
        assert self.pieces(line("1", net, quantity=2), refunds={"r": Refund(amount=given_back)}) == [pieces]

    def test_a_line_whose_cent_went_with_money_for_nothing_in_particular_has_not_come_back(self) -> None:
        """9.00 of 10.01 are 8.9910 of the first line and 0.0090 of the other, which are 8.99 and 0.01."""
        order = snapshot(cup("1", 1000), cup("2", 1), refunds={"r": Refund(amount=900)})
        assert [(part.net, part.pieces) for part in kept_of(order).lines] == [(101, 1), (0, 1)]

    @pytest.mark.parametrize("refunds", [{}, {"r": of_line("2", 1)}], ids=["whole", "another-came-back"])
    @pytest.mark.parametrize("bought", [line("1", 40, 60, quantity=2), line("1", 1, quantity=2)], ids=["tax", "a-cent"])
    def test_of_a_line_that_costs_more_tax_than_itself_or_a_cent(
        self, bought: Line, refunds: dict[str, Refund]
    ) -> None:
        assert self.pieces(bought, cup("2", 500), refunds=refunds) == [2, 0 if refunds else 1]

    def test_of_what_was_free_where_balance_is_no_discount(self) -> None:
        assert self.pieces(line("1", 0, quantity=9), line("2", 100), deduction=50) == [0, 1]
        assert self.pieces(line("1", 0, quantity=9), deduction=1, discounted=1) == [9]

    def test_of_a_void_order_no_piece_is_kept_whatever_it_cost(self) -> None:
        assert self.pieces(line("1", 0, quantity=2), deduction=900, discounted=900, void=True) == [0]
        assert self.pieces(line("1", 0, quantity=2), line("2", 500), void=True) == [0, 0]
        assert self.pieces(line("1", 0, quantity=2), void=True) == [0]


def test_the_whole_of_an_order_that_lost_nothing_is_kept() -> None:
    after = kept_of(snapshot(line("1", 1000, 200)))
    assert after.share == 1
    assert [after.goods_with_balance(with_tax) for with_tax in (True, False)] == [1200, 1000]


def test_a_line_below_nothing_is_nothing_beside_others_too() -> None:
    after = kept_of(snapshot(line("1", 1000), line("2", -100)))
    assert [(part.net, part.tax) for part in after.lines] == [(1000, 0), (0, 0)]


def test_the_kept_shipping_is_with_or_without_its_tax() -> None:
    order = snapshot(cup("1", 1000), shipping_net=500, shipping_tax=100)
    halved = replace(order, refunds={"r": Refund(shipping=300)})
    assert [kept_of(order).shipping(with_tax) for with_tax in (True, False)] == [600, 500]
    assert [kept_of(halved).shipping(with_tax) for with_tax in (True, False)] == [300, 250]


@pytest.mark.parametrize(("included", "net"), [(False, 300), (True, 360)])
def test_an_edit_that_took_out_more_than_a_line_and_its_refund(included: bool, net: int) -> None:
    """14.60 were paid, 3.60 of a line that is gone came back, and 1.00 for nothing: that is what else was taken out."""
    refund = Refund(lines=(RefundLine("2", 1, net, 60),), amount=100)
    order = snapshot(cup("1", 1000), paid_total=1460, refunds={"r": refund}, tax_included=included)
    assert kept_of(order).goods(with_tax=True) == 1000


class TestUnstatedTaxOfARefund:
    """Our own format: a refund of a line may leave its tax out, which then is its share."""

    def kept_of(self, *amounts: int, tax_included: bool) -> tuple[int, int]:
        """Net and tax of what is kept of a line of 100.00 and 20.00 tax after refunds of amounts."""
        lines = (line("1", 10_000, 2_000, quantity=6),)
        back = {str(number): Refund((RefundLine("1", 1, amount, None),)) for number, amount in enumerate(amounts)}
        (part,) = kept_of(snapshot(*lines, refunds=back, tax_included=tax_included)).lines
        return part.net, part.tax

    @pytest.mark.parametrize("amounts", [(6_000,), (2_000, 2_000, 2_000), (1_000, 5_000)])
    def test_an_amount_that_contains_its_tax_takes_both(self, amounts: tuple[int, ...]) -> None:
        net, tax = self.kept_of(*amounts, tax_included=True)
        assert net + tax == 6_000
        assert abs(net - 5_000) <= 1

    def test_an_amount_without_tax_takes_its_share_of_tax_too(self) -> None:
        assert self.kept_of(5_000, tax_included=False) == (5_000, 1_000)
        assert self.kept_of(10_000, tax_included=False) == (0, 0)

    def test_of_a_line_without_tax_and_of_one_without_a_price(self) -> None:
        back = {"r": Refund((RefundLine("1", 0, 400, None),))}
        assert kept_of(snapshot(line("1", 1000), refunds=back, tax_included=True)).lines[0].net == 600
        assert kept_of(snapshot(line("1", 0), refunds=back, tax_included=True)).lines[0].net == 0


class TestGoods:
    """A gift card is money in another form: what it buys later are goods."""

    CARD = line("2", 50_000, earns=False)

    def test_a_gift_card_is_none(self) -> None:
        both = kept_of(snapshot(line("1", 500, 100), self.CARD))
        assert (both.goods(with_tax=False), both.goods(with_tax=True)) == (500, 600)
        assert both.goods_with_balance(with_tax=True) == 600

    def test_balance_has_paid_its_share_of_them(self) -> None:
        """Half of the order: 5.00 of the mug, and 5.00 of the card."""
        both = kept_of(snapshot(line("1", 1000), line("2", 1000, earns=False), deduction=1000))
        assert (both.goods(with_tax=False), both.goods_with_balance(with_tax=False)) == (500, 1000)

    def test_balance_that_shows_as_a_discount_too(self) -> None:
        both = kept_of(snapshot(line("1", 500), line("2", 500, earns=False), deduction=1000, discounted=1000))
        assert (both.goods(with_tax=False), both.goods_with_balance(with_tax=False)) == (500, 1000)

    def test_what_was_free_has_no_pieces(self) -> None:
        assert [part.pieces for part in kept_of(snapshot(line("1", 0, quantity=9), line("2", 100))).lines] == [0, 1]

    def test_what_balance_paid_wholly_has_them_where_it_shows_as_a_discount(self) -> None:
        paid = kept_of(snapshot(line("1", 0, quantity=9), deduction=900, discounted=900))
        assert [part.pieces for part in paid.lines] == [9]


@pytest.mark.parametrize(("net", "tax"), [(-100, 0), (1000, -100), (-100, -20)])
def test_a_line_or_a_tax_below_nothing_is_nothing(net: int, tax: int) -> None:
    (part,) = kept_of(snapshot(line("1", net, tax))).lines
    assert (part.net, part.tax) == (max(net, 0), 0)


def test_of_a_cancelled_order_nothing_is_kept() -> None:
    order = snapshot(line("1", 1000, 200), shipping_net=500, shipping_tax=100, fees=7, deduction=300, void=True)
    assert kept_of(order) == Kept((KeptLine(order.lines[0], 0, 0, 0),), 0, 0, Fraction(0), Part(0, 0), Fraction(0))


@pytest.mark.parametrize("deduction", [2000, 5000])
def test_of_an_order_that_balance_paid_wholly_no_money_is_kept(deduction: int) -> None:
    after = kept_of(snapshot(line("1", 1500), shipping_net=500, deduction=deduction))
    assert (after.goods(with_tax=True), after.shipping_net, after.by_balance) == (0, 0, Part(1500, 0))


def test_a_chargeback_of_the_only_cent_that_was_money_is_of_the_whole_order() -> None:
    order = snapshot(cup("1", 10), deduction=9, refunds={"d": Refund(amount=1, money=True)})
    assert kept_of(order).share == 0


class TestRefundsThatStateNetAndTax:
    """They are taken as they are stated, and where that is more than there was, by their sum."""

    def rest(self, *refunds: RefundLine, net: int = 1000, tax: int = 200, included: bool = False) -> tuple[int, int]:
        refund = Refund(lines=refunds)
        (part,) = kept_of(snapshot(line("1", net, tax), refunds={"r": refund}, tax_included=included)).lines
        return part.net, part.tax

    @pytest.mark.parametrize(
        ("net", "tax", "included", "rest"),
        [
            (400, 0, False, (600, 200)),
            (400, 200, False, (600, 0)),
            (400, 300, False, (600, 0)),
            (1100, 100, False, (0, 100)),
            (600, 300, True, (600, 0)),
            (1000, 0, True, (0, 200)),
            (1300, 100, True, (0, 0)),
        ],
    )
    def test_a_refund_of_a_line_takes_its_net_and_tax(
        self, net: int, tax: int, included: bool, rest: tuple[int, int]
    ) -> None:
        assert self.rest(RefundLine("1", 0, net, tax), included=included) == rest

    @pytest.mark.parametrize(
        ("of", "back", "rest"),
        [((1000, 100), 5, (995, 99)), ((1, 1), 1, (0, 0)), ((0, 5), 0, (0, 5))],
        ids=["half-a-cent", "a-cent", "of-no-price"],
    )
    def test_a_tax_that_is_left_out_is_rounded_half_up(
        self, of: tuple[int, int], back: int, rest: tuple[int, int]
    ) -> None:
        assert self.rest(RefundLine("1", 0, back, None), net=of[0], tax=of[1]) == rest

    @pytest.mark.parametrize(
        ("shipping", "back", "included", "rest"),
        [((500, 100), 250, False, (250, 50)), ((500, 100), 300, True, (250, 50)), ((200, 100), 3, False, (197, 98))],
        ids=["net", "with tax", "half-a-cent"],
    )
    def test_of_shipping_its_tax_follows(
        self, shipping: tuple[int, int], back: int, included: bool, rest: tuple[int, int]
    ) -> None:
        refunds = {"r": Refund(shipping_net=back)}
        net, tax = shipping
        after = kept_of(snapshot(shipping_net=net, shipping_tax=tax, refunds=refunds, tax_included=included))
        assert (after.shipping_net, after.shipping_tax) == rest


@pytest.mark.parametrize(
    ("pieces", "back", "share"),
    [(4, 1, Fraction(3, 4)), (4, 9, Fraction(0)), (0, 1, Fraction(1))],
    ids=["one-of-four", "more-than-there-were", "no-pieces"],
)
def test_what_cost_nothing_is_shared_by_its_pieces(pieces: int, back: int, share: Fraction) -> None:
    order = snapshot(line("1", 0, quantity=pieces), refunds={"r": of_line("1", back)})
    assert kept_of(order).share == share


def test_what_a_rule_counts_of_a_line_is_with_or_without_tax_and_nothing_of_a_gift_card() -> None:
    mug, card = kept_of(snapshot(line("1", 1000, 200), line("2", 5000, 1000, earns=False))).lines
    assert (mug.base(with_tax=True), mug.base(with_tax=False)) == (1200, 1000)
    assert (card.base(with_tax=True), card.base(with_tax=False)) == (0, 0)


class TestRefundsOfUnknownLines:
    """They take nothing, and the shop is told of them."""

    def unknown(self, paid_total: int = 0, **refunds: Refund) -> list[tuple[str, str]]:
        return refunds_of_unknown_lines(snapshot(line("1"), line("2"), refunds=refunds, paid_total=paid_total))

    def test_each_is_named_with_its_refund(self) -> None:
        refunds = {"a": of_line("1"), "b": Refund(lines=(RefundLine("9", 1), RefundLine("2", 1))), "c": of_line("8")}
        assert self.unknown(**refunds) == [("b", "9"), ("c", "8")]
        assert self.unknown() == []

    def test_of_an_order_that_an_edit_has_made_cheaper_none_is_for_sure(self) -> None:
        assert self.unknown(paid_total=30_000, b=of_line("9")) == []
