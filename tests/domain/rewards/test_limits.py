"""Quotas and budgets together: what an order is granted, and what of its dues stays."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.core.usage import of_buckets
from chalicelib.domain.ledger.transfers import Due, Posted, Why
from chalicelib.domain.records import Allowed, Budget, Order
from chalicelib.domain.rewards.limits import granted, named
from tests.domain.rewards.limited import limited, per, shop_of
from tests.world.builders import (
    ANNA,
    BEN,
    CASHBACK_ACCOUNT,
    PAID_AT,
    line,
    order,
    programme_of,
    refund,
    void,
)
from tests.world.memory import Memory

deliveries = st.lists(
    st.tuples(
        st.sampled_from(["order", "order", "refund", "void", "edit", "again"]),
        st.integers(1, 6),
        st.sampled_from([ANNA, BEN]),
        st.sampled_from([500, 2000, 9000]),
    ),
    max_size=20,
)


@pytest.mark.slow
@settings(max_examples=60)
@given(deliveries, st.sampled_from(["0.05", "1", "3.33", "20"]))
def test_a_budget_and_a_limit_are_never_overrun(story: list[tuple[str, int, str, int]], budget: str) -> None:
    shop = limited(per("month", Decimal("4.5")), earn={"budget": Decimal(budget)})
    for stamp_ms, (what, number, buyer, net) in enumerate(story, 2):
        commands = {
            "order": order(str(number), buyer, line(net=net), stamp_ms=1),
            "edit": order(str(number), buyer, line(net=net), stamp_ms=stamp_ms),
            "void": void(str(number), buyer, stamp_ms=stamp_ms),
            "refund": refund(str(number), f"r{stamp_ms}", amount=net),
            "again": order(str(number), buyer, stamp_ms=0),
        }
        shop.execute(commands[what])
        given_out = sum(share.given for share in shop.all(Budget))
        assert 0 <= given_out <= 100 * Decimal(budget)
        assert given_out == sum(shop.available(member) for member in (ANNA, BEN))
        allowed = [grant for purchase in shop.all(Order) for grant in purchase.terms.allowed]
        assert given_out == sum(grant.amount for grant in allowed)
        assert all(grant.amount == sum(part for _, part in grant.taken) for grant in allowed)
        assert all(shop.available(member) <= 450 for member in (ANNA, BEN))


def test_a_limit_of_nothing_gives_nothing_and_asks_no_budget() -> None:
    shop = shop_of({"amount": 0, "per": "member"}, budget=100)
    shop.execute(order("1", ANNA))
    assert shop.available(ANNA) == 0
    assert shop.order("1").posted == ()
    (allowed,) = shop.order("1").terms.allowed
    assert (allowed.wanted, allowed.amount, allowed.limit, allowed.taken) == (500, 0, "member", ())
    assert shop.all(Budget) == []


def test_what_an_older_programme_does_not_limit_goes_back_to_the_limit() -> None:
    shop = Memory(programme_of())
    shop.publish(
        programme_of(earn=[{"id": "b", "percent": 5, "limits": [{"amount": 3, "per": "member"}]}]), PAID_AT - 60
    )
    shop.execute(order("1", ANNA))
    assert (shop.available(ANNA), shop.member(ANNA).used) == (300, of_buckets({"b EUR/2 member": 300}))
    shop.execute(order("1", ANNA, at=PAID_AT - 120, stamp_ms=2))
    assert (shop.available(ANNA), shop.member(ANNA).used) == (500, {})


@pytest.mark.parametrize(
    ("grants", "rest"),
    [
        ({}, [(500, "")]),
        ({"a": 500}, [(500, "")]),
        ({"a": 200}, [(200, "day")]),
        ({"a": 0}, []),
        ({"b": 0}, [(500, "")]),
    ],
    ids=["not-limited", "all", "a-part", "nothing", "another-rule"],
)
def test_of_what_is_due_what_was_granted_is_left(grants: dict[str, int], rest: list[tuple[int, str]]) -> None:
    due = Due(Posted(ANNA, "a", CASHBACK_ACCOUNT, "EUR/2", VESTED_ALREADY, NO_EXPIRY, 500), Why("a"))
    allowed = [Allowed(ANNA, rule, "EUR/2", 500, amount, "day", ()) for rule, amount in grants.items()]
    assert [(grant.amount, grant.why.limit) for grant in granted([due], allowed)] == rest


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("order", "per order"),
        ("member", "per member"),
        ("budget", "the budget for all members"),
        ("day", "per day"),
    ],
)
def test_every_limit_has_words(limit: str, words: str) -> None:
    assert named(limit) == words
