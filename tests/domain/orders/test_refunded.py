"""What was kept of an order of which something went back: net and tax of each line and of shipping, and its share."""

from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.orders.facts import (
    Refund,
    RefundLine,
    Snapshot,
)
from chalicelib.domain.orders.kept import kept_of
from tests.world.builders import line, of_line, snapshot
from tests.world.strategies import paid_snapshots


def kept_amounts(order: Snapshot, **refunds: Refund) -> tuple[tuple[int, int], ...]:
    """Net and tax of each line, then of shipping, that the buyer kept."""
    after = kept_of(replace(order, refunds=refunds))
    return (*((part.net, part.tax) for part in after.lines), (after.shipping_net, after.shipping_tax))


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
def test_what_is_kept_of_each_line_and_of_shipping(
    refunds: dict[str, Refund], expected: tuple[tuple[int, int], ...]
) -> None:
    assert kept_amounts(TWO, **refunds) == expected
    for shuffled in permutations(refunds.items()):
        assert kept_amounts(TWO, **dict(shuffled)) == expected


def test_a_refunded_amount_with_tax_in_it_takes_net_and_tax() -> None:
    order = snapshot(line("1", 1000, 200), tax_included=True)
    assert kept_amounts(order, r=of_line("1", 1, net=600, tax=100)) == ((500, 100), (0, 0))


def test_a_refund_with_more_tax_than_its_amount_leaves_no_more_than_was_bought() -> None:
    order = snapshot(line("1", 1000, 200), tax_included=True)
    assert kept_amounts(order, r=of_line("1", 1, net=0, tax=500)) == ((1000, 200), (0, 0))
    assert kept_amounts(order, r=of_line("1", 1, net=100, tax=500)) == ((1000, 100), (0, 0))


def test_a_void_order_keeps_nothing_whatever_else_is_said() -> None:
    void = replace(TWO, void=True, deduction=100)
    assert kept_amounts(void, r=of_line("1", 1), s=Refund(amount=5, shipping=3)) == ((0, 0), (0, 0), (0, 0))


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
    assert kept_amounts(snapshot(line("1", 1000), deduction=deduction), **refunds)[0] == (net, 0)


def test_money_back_for_nothing_in_particular_is_spread_over_fees_too() -> None:
    order = snapshot(line("1", 1000), fees=1000)
    assert kept_amounts(order, r=Refund(amount=500))[0] == (750, 0)
    assert kept_amounts(order, r=Refund(amount=2000))[0] == (0, 0)


@pytest.mark.parametrize(("included", "rest"), [(False, (500, 100)), (True, (583, 117))])
def test_the_tax_of_refunded_shipping_follows_from_the_orders_shipping(included: bool, rest: tuple[int, int]) -> None:
    order = snapshot(line("1", 1000), shipping_net=1000, shipping_tax=200, tax_included=included)
    assert kept_amounts(order, r=Refund(shipping_net=500))[-1] == rest
    assert kept_amounts(order, r=Refund(shipping_net=1200 if included else 1000))[-1] == (0, 0)


def test_an_order_of_nothing_keeps_nothing() -> None:
    assert kept_amounts(snapshot(line("1", 0), deduction=5), r=Refund(amount=9)) == ((0, 0), (0, 0))


@given(paid_snapshots())
def test_the_buyer_never_keeps_less_than_nothing_nor_more_than_was_bought(order: Snapshot) -> None:
    after = kept_of(order)
    for part, whole in zip(after.lines, order.lines, strict=True):
        assert 0 <= part.net + part.tax <= whole.net + whole.tax
        assert min(part.net, part.tax) >= 0
    assert 0 <= after.shipping_net + after.shipping_tax <= order.shipping_net + order.shipping_tax


@given(paid_snapshots(), st.integers(-300, 300), st.integers(-300, 300))
def test_an_order_that_lost_nothing_is_kept_as_if_nothing_of_it_had_been_refunded(
    order: Snapshot, net: int, tax: int
) -> None:
    whole = replace(order, refunds={}, lines=(*order.lines, line("odd", net, tax=tax)))
    assert kept_of(whole) == kept_of(replace(whole, refunds={"nothing": Refund()}))


@given(paid_snapshots(), st.data())
def test_the_order_of_the_refunds_cannot_matter(order: Snapshot, data: st.DataObject) -> None:
    shuffled: dict[str, Any] = dict(data.draw(st.permutations(list(order.refunds.items()))))
    assert kept_of(order) == kept_of(replace(order, refunds=shuffled))


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
    assert kept_of(more).goods(with_tax=True) <= kept_of(order).goods(with_tax=True) + MAX_ALABAMA
    assert kept_of(more).share <= kept_of(order).share


def test_a_cent_that_goes_back_can_move_a_cent_from_the_shipping_to_the_goods() -> None:
    less = replace(ALABAMA, refunds={"cent": Refund(amount=1)})
    assert [kept_of(order).goods(with_tax=True) for order in (ALABAMA, less)] == [147, 148]
    assert [kept_of(order).shipping_net for order in (ALABAMA, less)] == [168, 167]


def test_a_refund_of_several_lines_is_one_refund() -> None:
    both = Refund(lines=(RefundLine("1", 4), RefundLine("2", 1)))
    assert kept_amounts(TWO, r=both) == ((0, 0), (0, 0), (500, 100))


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
        assert kept_of(replace(order, refunds=dict(shuffled))).share == share


@given(paid_snapshots())
def test_the_share_is_between_nothing_and_all(order: Snapshot) -> None:
    assert 0 <= kept_of(order).share <= 1
    assert kept_of(replace(order, refunds={})).share == 1
    assert kept_of(replace(order, void=True)).share == 0


@given(paid_snapshots(), st.integers(1, 5000), st.integers(1, 3))
def test_another_refund_never_leaves_a_greater_share(order: Snapshot, amount: int, quantity: int) -> None:
    for more in (Refund(amount=amount), of_line("1", quantity), Refund(shipping=amount)):
        refunds = {**order.refunds, "more": more}
        assert kept_of(replace(order, refunds=refunds)).share <= kept_of(order).share


@given(paid_snapshots(), st.data())
def test_the_order_of_the_refunds_cannot_matter_to_the_share(order: Snapshot, data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations(list(order.refunds.items()))))
    assert kept_of(replace(order, refunds=shuffled)).share == kept_of(order).share


@pytest.mark.parametrize(("refunded", "gross"), [(2, 247), (6, 242), (200, 0)])
def test_the_tax_of_refunded_shipping_is_rounded_half_up(refunded: int, gross: int) -> None:
    """Shipping of 2.50 with 0.50 tax: a quarter on top of each net amount; 2.5 are 3, and 7.5 are 8."""
    order = snapshot(line("1", 0), shipping_net=200, shipping_tax=50, refunds={"r": Refund(shipping_net=refunded)})
    after = kept_of(order)
    assert after.shipping_net + after.shipping_tax == gross


def test_what_is_kept_shrinks_cent_by_cent() -> None:
    order = snapshot(line("1", 1000))
    shares = [kept_of(replace(order, refunds={"r": Refund(amount=amount)})).share for amount in (0, 1, 999, 1000, 1001)]
    assert [share * 1000 for share in shares] == [1000, 999, 1, 0, 0]


@pytest.mark.parametrize(
    ("net", "tax", "rest"),
    [(1200, 200, (0, 0)), (1000, 0, (0, 200)), (1199, 200, (1, 0))],
    ids=["all-of-it", "as-much-as-the-net", "all-but-a-cent"],
)
def test_what_went_back_with_its_tax_in_it_leaves_no_cent_too_much(net: int, tax: int, rest: tuple[int, int]) -> None:
    order = snapshot(line("1", 1000, 200), tax_included=True, refunds={"r": of_line("1", 1, net=net, tax=tax)})
    assert [(part.net, part.tax) for part in kept_of(order).lines] == [rest]


def test_of_an_order_that_cost_nothing_only_its_own_pieces_went_back() -> None:
    order = snapshot(line("1", 0, quantity=1), line("2", 0, quantity=3), refunds={"r": of_line("2", 3)})
    assert kept_of(order).share * 4 == 1


def test_of_an_order_of_no_pieces_nothing_can_come_back() -> None:
    assert kept_of(snapshot(line("1", 0, quantity=0), deduction=500)).share == 1


@pytest.mark.parametrize(
    ("net", "tax", "rest"),
    [(100, -20, (100, 0)), (-100, 20, (0, 20)), (-100, -20, (0, 0)), (0, 0, (0, 0))],
    ids=["tax", "net", "both", "neither"],
)
def test_what_a_line_states_below_nothing_is_nothing(net: int, tax: int, rest: tuple[int, int]) -> None:
    assert [(part.net, part.tax) for part in kept_of(snapshot(line("1", net, tax))).lines] == [rest]


@pytest.mark.parametrize(("included", "worth"), [(True, 1000 + 300 + 20), (False, 1000 + 200 + 300 + 20)])
def test_what_came_back_is_worth_its_lines_and_shipping_with_tax(included: bool, worth: int) -> None:
    lines = (RefundLine("1", 1, 1000, 200), RefundLine("2", 1, None))
    assert Refund(lines, shipping=300, shipping_net=20, amount=77, fees=5).worth(included) == worth
    assert Refund((RefundLine("1", 1, 500, None), RefundLine("2", 1))).worth(included) == 500
