"""Limits and budgets where nothing is left, one cent is left, or an order changes hands."""

from typing import Any

import pytest

from chalicelib.domain.calendar import NEVER
from chalicelib.domain.decide import decide
from chalicelib.domain.decisions import Facts, Missing
from chalicelib.domain.ledger import CASHBACK, Why
from chalicelib.domain.limits import KEPT_VERSIONS, cut
from chalicelib.domain.records import Allowed, Budget, BudgetRef, Ref
from chalicelib.domain.worth import Due
from tests.builders import ANNA, BEN, DAY_S, NOW, PAID_AT, line, order, programme
from tests.memory import Memory

LATER = {"amount": 9, "per": "member"}


def shop_of(*limits: dict[str, Any], **rule: Any) -> Memory:
    """5 % within some limits."""
    stated = {"limits": list(limits)} if limits else {}
    return Memory(programme(earn=[{"id": "a", "percent": 5} | stated | rule]))


def test_a_limit_of_nothing_gives_nothing_and_asks_no_budget() -> None:
    shop = shop_of({"amount": 0, "per": "member"}, budget=100)
    shop.execute(order("1", ANNA))
    assert shop.available(ANNA) == 0
    assert shop.order("1").posted == ()
    (allowed,) = shop.order("1").allowed
    assert (allowed.wanted, allowed.amount, allowed.limit, allowed.taken) == (500, 0, "member", ())
    assert shop.all(Budget) == []


def test_a_cent_fits_into_a_limit() -> None:
    shop = shop_of({"amount": 1, "per": "member"})
    shop.execute(order("1", ANNA, line(net=20)))
    assert shop.available(ANNA) == 1


def test_an_order_that_grows_gets_what_is_left_of_all_shares_and_not_a_cent_more() -> None:
    """16 cents: one for each share."""
    shop = shop_of(budget={"EUR": "0.16"})
    shop.execute(order("1", ANNA, line(net=20)))
    shop.execute(order("1", ANNA, line(net=400), stamp_ms=2))
    assert shop.available(ANNA) == 16
    assert [each.given for each in shop.all(Budget)] == [1] * 16


def test_an_order_that_changes_hands_takes_its_part_of_the_budget_along() -> None:
    shop = shop_of({"amount": 100, "per": "member"}, budget=1000)
    shop.execute(order("1", ANNA))
    shop.execute(order("1", BEN, stamp_ms=2))
    assert (shop.available(ANNA), shop.available(BEN)) == (0, 500)
    assert (shop.member(ANNA).used, shop.member(BEN).used) == ({}, {"a EUR/2 member": 500})
    assert not [each for each in shop.written if isinstance(each, Budget)]
    assert sum(each.given for each in shop.all(Budget)) == 500


def test_what_an_older_programme_does_not_limit_goes_back_to_the_limit() -> None:
    shop = Memory(programme())
    shop.publish(programme(earn=[{"id": "b", "percent": 5, "limits": [{"amount": 3, "per": "member"}]}]), PAID_AT - 60)
    shop.execute(order("1", ANNA))
    assert (shop.available(ANNA), shop.member(ANNA).used) == (300, {"b EUR/2 member": 300})
    shop.execute(order("1", ANNA, at=PAID_AT - 120, stamp_ms=2))
    assert (shop.available(ANNA), shop.member(ANNA).used) == (500, {})


@pytest.mark.parametrize(("rule", "count"), [({}, 0), ({"budget": 1000}, 1)])
def test_only_a_rule_with_a_budget_asks_for_its_share(rule: dict[str, Any], count: int) -> None:
    shop, read = shop_of(**rule), dict[Ref, Any]()
    with pytest.raises(Missing) as missing:
        decide(order("1", ANNA), Facts(read, shop.history()), NOW)
    assert sum(isinstance(each, BudgetRef) for each in missing.value.refs) == count


def test_an_order_in_a_currency_that_nobody_knows_is_recorded() -> None:
    shop = shop_of(budget=1000)
    assert shop.execute(order("1", ANNA, currency="XXX"))["nothing_due"] == "the programme does not name XXX"


def uses(*later: dict[str, Any]) -> Memory:
    """Anna has used a limit of a rule that is in none of the versions that matter since."""
    shop = shop_of({"amount": 8, "per": "member"})
    shop.execute(order("1", ANNA))
    for number in range(KEPT_VERSIONS):
        shop.publish(programme(earn=list(later)), effective_at=NOW + number)
    return shop


def test_what_was_used_long_ago_is_not_forgotten_by_an_order_that_comes_again() -> None:
    shop = uses()
    shop.execute(order("1", ANNA), NOW + DAY_S)
    assert shop.written == ()


def test_what_was_used_long_ago_is_forgotten_with_the_next_use_of_a_limit_and_not_of_a_budget() -> None:
    shop = uses({"id": "b", "percent": 5, "budget": 100}, {"id": "c", "percent": 5, "minimum": 200, "limits": [LATER]})
    shop.execute(order("2", ANNA, at=NOW + DAY_S), NOW + DAY_S)
    assert (shop.available(ANNA), shop.member(ANNA).used) == (1000, {"a EUR/2 member": 500})
    shop.execute(order("3", ANNA, line(net=20_000), at=NOW + DAY_S), NOW + DAY_S)
    assert shop.member(ANNA).used == {"c EUR/2 member": 900}


def test_an_order_that_comes_again_reads_no_share_but_the_one_that_it_asks_first() -> None:
    """It has got 16 cents, one from each share."""
    shop = shop_of(budget={"EUR": "0.16"})
    shop.execute(order("1", ANNA))
    assert sum(isinstance(each, BudgetRef) for each in shop.asked(order("1", ANNA))) == 1


@pytest.mark.parametrize(
    ("granted", "left"),
    [
        ({}, [(500, "")]),
        ({"a": 500}, [(500, "")]),
        ({"a": 200}, [(200, "day")]),
        ({"a": 0}, []),
        ({"b": 0}, [(500, "")]),
    ],
    ids=["not-limited", "all", "a-part", "nothing", "another-rule"],
)
def test_of_what_is_due_what_was_granted_is_left(granted: dict[str, int], left: list[tuple[int, str]]) -> None:
    due = Due(CASHBACK, 500, "EUR/2", NEVER, NEVER, Why("a"))
    allowed = [Allowed(ANNA, rule, "EUR/2", 500, amount, "day", ()) for rule, amount in granted.items()]
    assert [(each.amount, each.why.limit) for each in cut([due], allowed)] == left
