"""The join and what was kept, where only a tie, an unpaid order or a half cent shows the difference."""

import msgspec
import pytest
from msgspec.structs import replace

from chalicelib.domain.orders import Dispute, Kept, OrderFacts, Refund, RefundLine, Snapshot, kept
from tests.builders import ANNA, PAID_AT, line, of_line, snapshot, states

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


def test_of_all_the_money_but_a_cent_the_order_is_kept() -> None:
    order = snapshot(line("1", 1000), refunds={"r": Refund(amount=999)})
    assert kept(order).share == 1
    assert kept(replace(order, refunds={"r": Refund(amount=1000)})).share == 0


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
