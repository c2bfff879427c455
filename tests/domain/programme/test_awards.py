"""What cards, goals and levels may say: each wrong part is told in one sentence, with its path."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.programme.awards import awards_of
from chalicelib.domain.programme.document import parse
from tests.world.builders import document

NAN, ENDLESS = Decimal("NaN"), Decimal("Infinity")
SOME = "must be more than 0 and at most 1000000000"


def stating(**parts: Any) -> dict[str, Any]:
    return document(**{"assets": {"points": {}}} | parts)


def card(**parts: Any) -> dict[str, Any]:
    return stating(cards=[{"id": "card", "counts": {"orders": True}, "size": 5, "reward": {"amount": 4}} | parts])


def goal(**parts: Any) -> dict[str, Any]:
    return stating(goals=[{"id": "goal", "measure": "orders", "target": 3, "badge": {"en": "Regular"}} | parts])


def steps(*unnamed: dict[str, Any], **parts: Any) -> dict[str, Any]:
    named = [{"id": f"level-{number}"} | step for number, step in enumerate(unnamed)]
    return stating(levels={"steps": named} | parts)


def second(**parts: Any) -> dict[str, Any]:
    """Two levels, the second with some parts."""
    return steps({"at": 0}, {"at": 200} | parts)


def many(name: str, count: int) -> dict[str, Any]:
    (first,) = (card() if name == "cards" else goal())[name]
    return stating(**{name: [first | {"id": f"{name}-{number}"} for number in range(count)]})


FRENCH = {"french": "Habitué"}
BY_LANGUAGE = "must be by language, such as fr or en, got 'french'"
UNIQUE = "must be unique among rules, cards, goals and levels"

COUNTED_ALREADY = "must not be %s, under which something else is counted already; give it another id, such as %s"

WRONG: dict[str, dict[str, Any]] = {
    "cards must be between 0 and 5, got 6": many("cards", 6),
    "goals must be between 0 and 10, got 11": many("goals", 11),
    "cards[0].id must be 1 to 32 lower-case letters, digits and dashes, not starting with referral-, got 'Card'": card(
        id="Card"
    ),
    f"cards[0].id {UNIQUE}, got 'cashback'": card(id="cashback"),
    f"goals[0].id {UNIQUE}, got 'cashback'": goal(id="cashback"),
    f"levels.steps[1].id {UNIQUE}, got 'cashback'": second(id="cashback"),
    f"levels.steps[1].id {UNIQUE}, got 'level-0'": second(id="level-0"),
    "cards[0].counts must be one of pieces, orders and per": card(counts={}),
    "cards[0].counts.pieces must name at least one sku, product, category, collection or tag": card(
        counts={"pieces": {}}
    ),
    "cards[0].counts.per.EUR must be more than 0, got 0": card(counts={"per": {"EUR": 0}}),
    "cards[0].counts.per.USD must be in one of the programme's currencies, got 'USD'": card(counts={"per": {"USD": 1}}),
    "cards[0].size must be between 1 and 1000, got 0": card(size=0),
    "cards[0].size must be between 1 and 1000, got 1001": card(size=1001),
    "cards[0].reward must have either amount, or give and of": card(reward={}),
    "cards[0].reward must have give beside of": card(reward={"amount": 4, "of": "points"}),
    "cards[0].reward.of must be one of the programme's assets and its currency: points, EUR, got 'leaves'": card(
        reward={"give": 5, "of": "leaves"}
    ),
    f"cards[0].reward.amount {SOME}, with at most 2 decimals, got 0": card(reward={"amount": 0}),
    f"cards[0].reward.amount {SOME}, with at most 2 decimals, got NaN": card(reward={"amount": NAN}),
    f"cards[0].reward.amount {SOME}, with at most 2 decimals, got 1000000000.01": card(
        reward={"amount": Decimal("1000000000.01")}
    ),
    f"cards[0].reward.amount {SOME}, with at most 2 decimals, got 0.005": card(reward={"amount": Decimal("0.005")}),
    "cards[0].reward.give must be a whole number from 1 to 1000000000, got 1.5": card(
        reward={"give": Decimal("1.5"), "of": "points"}
    ),
    "cards[0].reward.vest_on must be payment; an award is of several orders, and is not delivered": card(
        reward={"amount": 4, "vest_on": "delivery"}
    ),
    "cards[0].reward.vest_days must be between 0 and 3650, got -1": card(reward={"amount": 4, "vest_days": -1}),
    f"cards[0].id {COUNTED_ALREADY % ('orders', 'orders-card')}": card(id="orders"),
    f"cards[0].id {COUNTED_ALREADY % ('points', 'points-card')}": card(id="points"),
    f"goals[0].id {COUNTED_ALREADY % ('orders', 'orders-goal')}": goal(id="orders", measure="pieces"),
    f"goals[0].id {COUNTED_ALREADY % ('points', 'points-goal')}": goal(id="points", measure="pieces", per="month"),
    "goals[0] must have a reward or a badge": goal(badge={}),
    f"goals[0].target {SOME}, got 0": goal(target=0),
    f"goals[0].target {SOME}, got 1000000001": goal(target=1_000_000_001),
    f"goals[0].target {SOME}, got 1E+999999999": goal(target=Decimal("1e999999999")),
    "goals[0].target must be a whole number, got 1.5": goal(target=Decimal("1.5")),
    "goals[0].target must be a whole number, got NaN": goal(target=NAN),
    "goals[0].target must be a whole number, got Infinity": goal(target=ENDLESS),
    "goals[0].target must be between 0 and 1000000000, got NaN": goal(measure="spend", target=NAN),
    "goals[0].target must be more than 0 and at most 31, got 32": goal(measure="days", target=32, per="month"),
    "goals[0].target must be more than 0 and at most 7, got 8": goal(measure="days", target=8, per="week"),
    "goals[0].target must be more than 0 and at most 31, got 33": goal(measure="categories", target=33, per="month"),
    "goals[0].target must be more than 0 and at most 26, got 27": goal(measure="weeks", target=27),
    "goals[0].match must stand beside measure: spend or pieces": goal(match={"skus": ["MUG"]}),
    "goals[0].per must not stand beside measure: weeks; weeks in a row may cross any border": goal(
        measure="weeks", per="month"
    ),
    f"goals[0].reward.amount {SOME}, with at most 2 decimals, got -1": goal(reward={"amount": -1}),
    "levels.measure must be one of spend, orders, points, got 'leaves'": steps({"at": 0}, measure="leaves"),
    "levels.steps must be between 1 and 10, got 0": steps(),
    "levels.steps must be between 1 and 10, got 11": steps(*({"at": number} for number in range(11))),
    "levels.grace_days must be between 0 and 92, got 93": steps({"at": 0}, grace_days=93),
    "levels.grace_days must not stand beside per: lifetime; nothing leaves a lifetime": steps(
        {"at": 0}, grace_days=1, per="lifetime"
    ),
    "levels.steps must begin with at: 0 and rise": steps({"at": 1}, {"at": 2}),
    "levels.steps[1].at must be between 0 and 1000000000, with at most 2 decimals, got NaN": second(at=NAN),
    "levels.steps[1].at must be between 0 and 1000000000, with at most 2 decimals, got 1000000001": second(
        at=10**9 + 1
    ),
    "levels.steps[1].at must be between 0 and 1000000000, with at most 2 decimals, got 0.005": second(
        at=Decimal("0.005")
    ),
    "levels.steps[1].multiply must name rules of earn (cashback), got 'leaves'": second(multiply={"leaves": 2}),
    "levels.steps[1].multiply.cashback must be between 1 and 100, with at most 2 decimals, got 0.99": second(
        multiply={"cashback": Decimal("0.99")}
    ),
    "levels.steps[1].multiply.cashback must be between 1 and 100, with at most 2 decimals, got 100.01": second(
        multiply={"cashback": Decimal("100.01")}
    ),
    "levels.steps[1].multiply.cashback must be between 1 and 100, with at most 2 decimals, got 1.005": second(
        multiply={"cashback": Decimal("1.005")}
    ),
    "levels.steps[1].multiply.cashback must be between 1 and 100, with at most 2 decimals, got NaN": second(
        multiply={"cashback": NAN}
    ),
    f"levels.steps[1].perks.en must be at most 200 characters, got '{'x' * 20}...'": second(perks={"en": "x" * 201}),
    "levels.steps[1].flags[0] must be 1 to 32 lower-case letters, digits and dashes, got 'Free'": second(
        flags=["Free"]
    ),
    f"cards[0].name {BY_LANGUAGE}": card(name=FRENCH),
    f"goals[0].name {BY_LANGUAGE}": goal(name=FRENCH),
    f"goals[0].badge {BY_LANGUAGE}": goal(badge=FRENCH),
    f"levels.steps[1].name {BY_LANGUAGE}": second(name=FRENCH),
    f"levels.steps[1].perks {BY_LANGUAGE}": second(perks=FRENCH),
    f"levels.steps[1].gift.amount {SOME}, with at most 2 decimals, got 0": second(gift={"amount": 0}),
}


@pytest.mark.parametrize(("sentence", "draft"), WRONG.items(), ids=WRONG.keys())
def test_what_is_wrong_is_told_in_one_sentence(sentence: str, draft: dict[str, Any]) -> None:
    with pytest.raises(InvalidProgramme) as raised:
        parse(draft)
    assert raised.value.problems == [sentence]


@pytest.mark.parametrize(
    "draft",
    [
        pytest.param(steps({"at": 0}, {"at": 2}, {"at": 1}), id="one that falls"),
        pytest.param(steps({"at": 0}, {"at": 1}, {"at": 1}), id="two alike"),
    ],
)
def test_levels_rise(draft: dict[str, Any]) -> None:
    with pytest.raises(InvalidProgramme, match="must begin with at: 0 and rise"):
        parse(draft)


ALLOWED: dict[str, dict[str, Any]] = {
    "five cards": many("cards", 5),
    "ten goals": many("goals", 10),
    "a card of one stamp": card(size=1),
    "a card of a thousand": card(size=1000),
    "a card for each cent": card(counts={"per": {"EUR": Decimal("0.01")}}),
    "a reward of a cent": card(reward={"amount": Decimal("0.01")}),
    "the highest reward": card(reward={"amount": 10**9}),
    "a reward in the programme's own money by its name": card(reward={"give": 5, "of": "EUR"}),
    "a goal of one order": goal(target=1),
    "a goal of orders by the name of what it counts": goal(id="orders", target=3),
    "a goal by the name of an asset and another period than assets have": goal(
        id="points", measure="pieces", per="quarter"
    ),
    "the highest goal": goal(target=10**9),
    "a goal of a cent": goal(measure="spend", target=Decimal("0.01")),
    "a goal of some lines": goal(measure="spend", match={"skus": ["MUG"]}),
    "a goal of some pieces": goal(measure="pieces", match={"skus": ["MUG"]}),
    "31 days": goal(measure="days", target=31, per="month"),
    "half a year in a row": goal(measure="weeks", target=26),
    "one level": steps({"at": 0}),
    "ten levels": steps(*({"at": number} for number in range(10))),
    "the longest grace": steps({"at": 0}, grace_days=92),
    "levels for life": steps({"at": 0}, per="lifetime"),
    "the highest level": second(at=10**9),
    "a level from a cent on": second(at=Decimal("0.01")),
    "a level that multiplies by one": second(multiply={"cashback": 1}),
    "a level that multiplies by a hundred": second(multiply={"cashback": 100}),
    "a text of 200 characters": second(perks={"en": "x" * 200}),
    "a flag": second(flags=["free-delivery"]),
}


@pytest.mark.parametrize("draft", ALLOWED.values(), ids=ALLOWED.keys())
def test_what_is_at_a_border_is_allowed(draft: dict[str, Any]) -> None:
    assert parse(draft).name == "Club"


@pytest.mark.parametrize(
    ("multiply", "counts", "is_delayed"),
    [
        ("1.5", None, False),
        ("1.51", None, True),
        ("1.51", "at_once", False),
        ("1.5", "next_month", True),
    ],
)
def test_levels_that_multiply_by_more_than_half_more_count_closed_months(
    multiply: str, counts: str | None, is_delayed: bool
) -> None:
    both = {"at": 0, "multiply": {"cashback": 1}}, {"at": 200, "multiply": {"cashback": Decimal(multiply)}}
    levels = parse(steps(*both, counts=counts)).levels
    assert levels
    assert levels.is_delayed is is_delayed


def test_all_that_is_awarded_is_known_by_its_path() -> None:
    reward = {"amount": 4}
    draft = card() | {
        "goals": [
            {"id": "badge", "measure": "orders", "target": 3, "badge": {"en": "Regular"}},
            {"id": "goal", "measure": "orders", "target": 3, "reward": reward},
        ],
        "levels": {"steps": [{"id": "green", "at": 0}, {"id": "black", "at": 200, "gift": reward}]},
    }
    assert list(awards_of(parse(draft))) == ["cards[0].reward", "goals[1].reward", "levels.steps[1].gift"]
    assert awards_of(parse(document())) == {}


@pytest.mark.parametrize(
    ("reward", "asset", "amount"),
    [
        ({"amount": 4}, "EUR/2", 400),
        ({"give": 50, "of": "points"}, "points", 50),
        ({"give": 4, "of": "EUR"}, "EUR/2", 400),
    ],
)
def test_an_award_is_of_money_or_of_an_asset(reward: dict[str, Any], asset: str, amount: int) -> None:
    programme = parse(card(reward=reward))
    assert programme.cards[0].reward.sum_in(programme) == (asset, amount)


def test_each_has_a_counter_of_its_own_name_and_a_target_in_what_it_counts() -> None:
    spend = parse(goal(measure="spend", target=Decimal("200.50"), per="month"))
    assert (spend.goals[0].series, spend.goals[0].minor_target(spend)) == ("goal/m", 20_050)
    orders = parse(goal())
    assert (orders.goals[0].series, orders.goals[0].minor_target(orders)) == ("goal/a", 3)
    measures = {name: parse(steps({"at": 0}, measure=name)) for name in ("spend", "orders", "points")}
    counters = {name: programme.levels.counter(programme) for name, programme in measures.items() if programme.levels}
    assert counters == {"spend": "EUR", "orders": "orders", "points": "points"}
    tenths = parse(steps({"at": 0}, {"at": Decimal("0.5")}, measure="points") | {"assets": {"points": {"decimals": 1}}})
    assert tenths.levels
    assert (tenths.levels.counter(tenths), tenths.level_thresholds) == ("points/1", [0, 5])


def test_what_was_reached_stays_only_where_the_shop_says_so() -> None:
    assert [parse(goal(**parts)).goals[0].keep for parts in ({}, {"keep": True})] == [False, True]
