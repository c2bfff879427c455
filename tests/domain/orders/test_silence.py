"""What a body leaves out stays as it was stated last, whichever body is heard first (docs/decisions.md)."""

from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.orders.facts import PRICE, Line, OrderFacts, Refund, Snapshot
from chalicelib.domain.orders.kept import kept_of
from tests.world.builders import line, snapshot, states

REFUNDS = {"r1": Refund(amount=700)}

WHOLE = snapshot(
    line("1", 1000, 200),
    line("2", 3000, 600),
    name="#1",
    tax_included=True,
    discounted=50,
    shipping_net=500,
    shipping_tax=100,
    fees=40,
    refunds=REFUNDS,
    deduction=300,
    claimed=True,
    test=True,
    split=True,
)
"""The order with all that a later body can be silent of."""

BARE = snapshot(line("1", 900), name="#2", stamp_ms=2)
"""A later body that states one line, and that nothing else is charged, refunded or paid with balance."""


def view_of(*bodies: Snapshot) -> Snapshot:
    """The order once all bodies were heard, each twice; the same for every order of them."""
    views = []
    for shuffled in permutations(bodies):
        known = OrderFacts()
        for body in (*shuffled, *shuffled):
            known = known.merge(states(body)).remembered()
        views.append(known.view)
    assert all(view == views[0] for view in views)
    assert views[0]
    return views[0]


def parts(view: Snapshot, *names: str) -> dict[str, Any]:
    return {name: getattr(view, name) for name in names}


FIELDS = {
    "lines": ("lines", "tax_included", "discounted"),
    "refunds": ("refunds",),
    "deduction": ("deduction", "claimed", "split"),
    "test": ("test",),
    "shipping": ("shipping_net", "shipping_tax"),
    "fees": ("fees",),
}
"""The fields of a snapshot that each entry of `silent` stands for."""


@pytest.mark.parametrize("part", FIELDS)
def test_only_what_a_body_is_silent_of_stays_as_it_was_stated(part: str) -> None:
    view = view_of(WHOLE, replace(BARE, silent=(part,)))
    others = [name for names in FIELDS.values() for name in names if name not in (*FIELDS[part], "split")]
    assert view.name == "#2"
    assert parts(view, *FIELDS[part]) == parts(WHOLE, *FIELDS[part])
    assert parts(view, *others) == parts(BARE, *others)


@pytest.mark.parametrize("part", FIELDS)
def test_a_body_that_states_a_field_after_the_silent_one_counts(part: str) -> None:
    newest = replace(BARE, stamp_ms=3)
    view = view_of(WHOLE, replace(BARE, silent=(part,)), newest)
    assert parts(view, *FIELDS[part]) == parts(newest, *FIELDS[part])


def test_of_two_bodies_that_state_a_field_the_later_one_stays_under_silence() -> None:
    fees = [snapshot(stamp_ms=stamp_ms, fees=fee) for stamp_ms, fee in ((1, 10), (2, 30), (3, 20))]
    assert view_of(*fees, snapshot(stamp_ms=4, silent=("fees",))).fees == 20


def test_a_field_that_no_body_has_stated_is_as_the_silent_one_has_it() -> None:
    silent = replace(BARE, silent=tuple(FIELDS))
    assert parts(view_of(silent), "lines", "fees", "deduction") == parts(BARE, "lines", "fees", "deduction")


def test_several_fields_can_be_unstated_at_once() -> None:
    view = view_of(WHOLE, replace(BARE, silent=tuple(FIELDS)))
    assert view == replace(WHOLE, stamp_ms=2, name="#2", silent=tuple(FIELDS))


def test_an_order_is_not_split_because_a_body_is_silent() -> None:
    whole, silent = replace(WHOLE, split=False), replace(BARE, silent=("deduction",))
    assert not view_of(whole, silent).split
    assert view_of(whole, replace(silent, split=True)).split


def test_one_of_two_sources_can_be_silent() -> None:
    session, intent = (states(snapshot(test=True), source=name) for name in ("session", "intent"))
    silent = states(snapshot(stamp_ms=2, silent=("test",)), source="session")
    known = session.merge(intent).merge(silent)
    assert list(known.last_stated) == ["session test"]
    assert known.merge(states(snapshot(stamp_ms=2), source="intent")).last_stated == known.last_stated


def test_what_each_source_is_silent_of_is_its_own() -> None:
    session = states(snapshot(deduction=70, paid=False), source="session")
    charge = states(snapshot(stamp_ms=2, silent=("deduction",)), source="charge")
    view = session.merge(charge).view
    assert view
    assert view.deduction == 0


@pytest.mark.parametrize(
    ("own", "stays", "claimed"),
    [(100, 300, True), (300, 300, False), (400, 400, False)],
    ids=["less", "as-much", "more"],
)
def test_a_discount_that_may_be_balance_counts_where_it_is_more_than_was_stated(
    own: int, stays: int, claimed: bool
) -> None:
    """WooCommerce: a body without meta data still shows the negative fee that the balance may be."""
    view = view_of(WHOLE, replace(BARE, deduction=own, silent=("deduction",)))
    assert (view.deduction, view.claimed) == (stays, claimed)


def test_a_silent_body_earns_what_the_order_is_worth_less_what_was_stated_to_be_refunded() -> None:
    bought = snapshot(line("1", 1000), refunds={"r": Refund(amount=400)})
    view = view_of(bought, snapshot(line("1", 1000), stamp_ms=2, silent=("refunds",)))
    assert kept_of(view).goods(with_tax=True) == 600
    denied = view_of(bought, snapshot(line("1", 1000), stamp_ms=2))
    assert kept_of(denied).goods(with_tax=True) == 1000


class TestUnsureLines:
    """A body whose lines lack a part of their price: of these lines the price that was stated last stays."""

    PRICED = snapshot(line("1", 1000, 200, quantity=2), line("2", 3000), tax_included=True)

    def lines(self, *now: Line, unsure: tuple[str, ...] = ("1",)) -> tuple[Line, ...]:
        body = snapshot(*now, stamp_ms=2, silent=("lines",), unsure=unsure)
        return view_of(self.PRICED, body).lines

    def test_a_line_of_uncertain_price_costs_what_it_did(self) -> None:
        unpriced = line("1", 0, quantity=2)
        assert self.lines(unpriced, line("2", 2500)) == (self.PRICED.lines[0], line("2", 2500))

    @pytest.mark.parametrize(("pieces", "net"), [(1, 10), (2, 1000), (3, 1000)], ids=["fewer", "as-many", "more"])
    def test_pieces_that_are_gone_are_gone_whatever_they_cost(self, pieces: int, net: int) -> None:
        (now,) = self.lines(line("1", 10, quantity=pieces))
        assert now.net == net

    def test_a_line_that_was_never_stated_is_as_it_is_stated_now(self) -> None:
        assert self.lines(line("3", 40), unsure=("3",)) == (line("3", 40),)

    def test_the_rest_of_the_body_is_sure(self) -> None:
        body = snapshot(line("1", 0, quantity=2), stamp_ms=2, silent=("lines",), unsure=("1",), discounted=5)
        view = view_of(replace(self.PRICED, discounted=9), body)
        assert (view.tax_included, view.discounted) == (False, 5)


class TestUncertainTotal:
    """A body whose price may be lower than its parts say does not tell what was paid in all."""

    def test_what_was_paid_for_sure_stays_what_was_paid(self) -> None:
        dear = snapshot(line("1", 9000), stamp_ms=1)
        unsure = snapshot(line("1", 8000), stamp_ms=2, silent=(PRICE,))
        assert view_of(dear, unsure).paid_total == 9000

    def test_a_price_that_is_uncertain_is_not_held_against_an_edit(self) -> None:
        """What an edit took out, and a refund of as much: only of a price that was paid for sure is it the same."""
        unsure = snapshot(line("1", 9000), stamp_ms=1, silent=(PRICE,))
        edited = snapshot(line("1", 8000), stamp_ms=2, refunds={"r": Refund(amount=1000)})
        view = view_of(unsure, edited)
        assert view.paid_total == 0
        assert kept_of(view).goods(with_tax=True) == 7000
        assert view_of(unsure, snapshot(line("1", 0), stamp_ms=2)).paid_total == 0


def test_a_field_is_remembered_only_while_the_newest_body_is_silent_of_it() -> None:
    silent = states(replace(BARE, silent=("fees",)))
    known = states(WHOLE).merge(silent)
    assert list(known.last_stated) == ["order fees"]
    assert known.merge(states(replace(BARE, stamp_ms=3))).last_stated == {}
    assert states(WHOLE).merge(states(BARE)).last_stated == {}


def test_what_only_a_delivery_has_is_not_remembered_with_a_field_that_was_stated_last() -> None:
    known = states(replace(WHOLE, email_hash="hash", prints=("card:c",))).merge(states(replace(BARE, silent=("fees",))))
    (last,) = known.remembered().last_stated.values()
    assert (last.email_hash, last.prints, last.fees) == ("", (), 40)
