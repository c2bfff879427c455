"""What differs between two programmes, in sentences that an owner reads before publishing one."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.core.phrases import written
from chalicelib.domain.programme.document import Programme, parse
from chalicelib.domain.programme.labels import LABELS, LISTS, PARTS, SECTIONS, WITHIN
from chalicelib.domain.rewards.changes import TOLD_OTHERWISE, changes
from chalicelib.edge import words
from chalicelib.edge.console.programme.versions import FIELDS
from chalicelib.edge.yaml_document import read_document
from infra.build.artifacts import ROOT
from tests.world.builders import ANNA, CASHBACK, DAY_S, NOW, order, programme_of
from tests.world.french import ENGLISH_WORDS
from tests.world.memory import Memory

ASSETS: dict[str, Any] = {"points": {"name": {"en": "leaves", "fr": "feuilles"}, "worth": {"EUR": "0.05"}}}
LEAVES: dict[str, Any] = {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}
GREEN: dict[str, Any] = {"id": "green", "at": 0}
BLACK: dict[str, Any] = {"id": "black", "at": 200, "name": {"en": "Black", "fr": "Noir"}}
BLACK_FRIDAY: dict[str, Any] = {
    "id": "black-friday",
    "name": {"en": "Black Friday"},
    "starts": "2026-11-27",
    "ends": "2026-11-30",
    "multiply": {"cashback": 2},
}
COFFEE: dict[str, Any] = {"id": "coffee", "counts": {"orders": True}, "size": 5, "reward": {"amount": 4}}
REGULAR: dict[str, Any] = {"id": "regular", "measure": "orders", "target": 3, "badge": {"en": "Regular"}}
MONTH: dict[str, Any] = {"id": "month", "prizes": [{"amount": 5}, {"amount": 3}]}
B, TIMES = "\N{NO-BREAK SPACE}", "\N{MULTIPLICATION SIGN}"


def told(old: Programme, new: Programme, language: str = "") -> list[str]:
    """By ids and in English, or in a reader's language."""
    sentences = changes(old, new)
    return [written(sentence, words.of(language), new) if language else written(sentence) for sentence in sentences]


def between(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return told(programme_of(**before), programme_of(**after))


def test_nothing_differs_between_a_programme_and_itself() -> None:
    whole = parse(read_document(FIELDS.read_bytes()))
    assert told(whole, whole) == []


def test_a_new_rule_for_some_articles_is_a_sentence() -> None:
    pots = {
        "id": "pots",
        "percent": 0,
        "rates": [{"match": {"collections": ["pots"]}, "percent": 10}],
        "minimum": 20,
    }
    more = {"id": "more", "percent": 3, "rates": [{"match": {"skus": ["A", "B"]}, "percent": 9}], "vest_days": 14}
    new = programme_of(earn=[CASHBACK, pots, more])
    assert told(programme_of(earn=[CASHBACK]), new) == [
        "Added: Rule pots: 10% of the articles in Collections (pots), nothing of other articles, At least 20.00 EUR.",
        "Added: Rule more: 9% of the articles in SKUs (A, B), 3% of other articles, can be spent after 14 days.",
    ]


def test_what_differs_is_told_rule_by_rule() -> None:
    old = programme_of(
        earn=[{"id": "cashback", "percent": 5, "cap": 50}, {"id": "tea", "percent": 2}],
        referral={"percent": 10, "welcome": {"amount": 3}},
        inactive_days=730,
    )
    new = programme_of(
        earn=[
            {"id": "summer", "percent": 10, "limits": [{"amount": 20, "per": "month"}], "expire_days": 30},
            {"id": "cashback", "percent": Decimal("4.50"), "cap": {"EUR": 60}},
        ],
        referral={"percent": 10, "welcome": {"amount": 5}},
        test_orders=True,
    )
    assert told(old, new) == [
        "In general: “Gone after days without an order” is no longer set (was 730).",
        "In general: “Test orders earn” becomes yes (was no).",
        "Rule cashback: “Percent” becomes 4.5% (was 5%).",
        "Rule cashback: “At most for an order” becomes 60.00 EUR (was 50.00 EUR).",
        "Removed: Rule tea: Percent 2%.",
        "Added: Rule summer: Limit (Per month, Amount 20.00 EUR), Percent 10%, expires after 30 days.",
        "Referrals, Welcome gift: “Amount” becomes 5.00 EUR (was 3.00 EUR).",
    ]


PARTS_THAT_COME: list[tuple[dict[str, Any], str]] = [
    (
        {"campaigns": [BLACK_FRIDAY]},
        "Campaign black-friday, 2026-11-27 to 2026-11-30: cashback times 2.",
    ),
    ({"cards": [COFFEE]}, "Stamp card “coffee”: every 5 stamps give 4.00 EUR, a stamp for each order."),
    ({"goals": [REGULAR]}, "Goal regular: 3 orders give the badge Regular."),
    (
        {"boards": [MONTH]},
        "Board month: the 10 members with the most spend in a month; prizes of 5.00 EUR, 3.00 EUR, 14 days later.",
    ),
    ({"assets": ASSETS}, "Asset points: Worth of one 0.05 EUR."),
    ({"segments": {"best": {"money": [4, 5]}}}, "Segment best: Score for money 4 to 5."),
    ({"segments": {"others": {}}}, "Segment others: as usual."),
]


@pytest.mark.parametrize(("parts", "sentence"), PARTS_THAT_COME, ids=lambda value: next(iter(value), ""))
def test_a_part_that_comes_or_goes_is_told_by_its_sentence(parts: dict[str, Any], sentence: str) -> None:
    assert between({}, parts) == [f"Added: {sentence}"]
    assert between(parts, {})[0] == f"Removed: {sentence}"


def test_of_a_list_only_the_part_that_is_new_is_told() -> None:
    summer = BLACK_FRIDAY | {"id": "summer"}
    assert between({"campaigns": [summer]}, {"campaigns": [summer, BLACK_FRIDAY]}) == [
        "Added: Campaign black-friday, 2026-11-27 to 2026-11-30: cashback times 2."
    ]


def test_one_more_level_is_one_sentence() -> None:
    white = {"id": "white", "at": 800, "perks": {"en": "Free delivery"}}
    assert between({"levels": {"steps": [GREEN, BLACK]}}, {"levels": {"steps": [GREEN, BLACK, white]}}) == [
        "Added: Level white, from 800.00 EUR: Free delivery."
    ]


def test_a_new_rule_for_an_activity_is_told_as_people_say_it() -> None:
    review = {"id": "review", "on": "review", "give": 20, "of": "points", "expire_days": 30}
    limits = {"limits": [{"times": 2, "per": "month"}]}
    before, after = {"assets": ASSETS, "earn": [CASHBACK]}, {"assets": ASSETS, "earn": [CASHBACK, review | limits]}
    assert between(before, after) == [
        "Added: Rule review: the activity review gives 20 points, at most 2 times a month, expires after 30 days."
    ]


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (
            {"levels": {"steps": [GREEN, BLACK | {"gift": {"amount": 3}}]}},
            "reached black already get its gift with their next order, unless they had it this year.",
        ),
        (
            {"goals": [REGULAR | {"reward": {"amount": 3}, "per": "month"}]},
            (
                "reached regular already get its reward with their next order or refund, also those whom a goal of "
                "another id than regular has given it before."
            ),
        ),
    ],
)
def test_what_was_bought_before_counts_for_a_new_level_or_goal(parts: dict[str, Any], sentence: str) -> None:
    assert f"Members who have {sentence}" in between({}, parts)
    assert not [line for line in between(parts, {}) if "next order" in line]


def test_a_leaderboard_without_prizes_takes_none_with_it() -> None:
    assert not [line for line in between({"boards": [{"id": "best"}]}, {}) if "Prizes" in line]


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"levels": {"steps": [GREEN, BLACK]}}, "Members of black have it no longer, from the night on at the latest."),
        ({"cards": [COFFEE]}, "Stamps on cards of coffee that are not full are lost."),
        (
            {"boards": [{"id": "best", "prizes": [{"amount": 5}]}]},
            "Prizes of best that are not given yet are given to nobody.",
        ),
        ({"referral": {"percent": 10}}, "Friends whom members bring from then on bring them nothing."),
    ],
)
def test_what_members_lose_is_said(parts: dict[str, Any], sentence: str) -> None:
    assert between(parts, {}).count(sentence) == 1
    assert sentence not in between({}, parts)
    assert len([line for line in between(parts, {}) if not line.startswith("Removed: ")]) == 1


ONCE_MOVED = (
    "A balance that members have already goes by this number of days too, once they get more of it or spend some of it"
)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (None, 60, [f"{ONCE_MOVED}."]),
        (90, 60, [f"{ONCE_MOVED}; whoever has a later day by the number before keeps that day."]),
        (60, 90, []),
        (60, None, []),
    ],
)
def test_what_idle_days_are_to_balances_that_members_have_already_stands_beside_their_number(
    before: int | None, after: int | None, says: list[str]
) -> None:
    """As the books have it: tests/domain/members/test_write_down.py, `a credit moves it and never shortens it`."""
    old, new = ({"inactive_days": days} if days else {} for days in (before, after))
    number, *notes, last = between(old, new | {"test_orders": True})
    assert (number.split("”")[0], notes) == ("In general: “Gone after days without an order", says)
    assert last == "In general: “Test orders earn” becomes yes (was no)."


@pytest.mark.parametrize(("before", "days"), [(None, [0, 65, 110]), (90, [90, 90, 110])])
def test_a_later_day_by_the_number_before_is_kept(before: int | None, days: list[int]) -> None:
    """A member who bought on the first day buys again on the fifth and on the fiftieth, when 60 idle days hold."""
    shop = Memory(programme_of(inactive_days=before))
    shop.execute(order("1", ANNA))
    shop.publish(programme_of(inactive_days=60), NOW + DAY_S, NOW)
    told = [shop.member(ANNA).accounts["EUR/2"].idle]
    for day in (5, 50):
        shop.execute(order(f"on {day}", ANNA, at=NOW + day * DAY_S), NOW + day * DAY_S)
        told.append(shop.member(ANNA).accounts["EUR/2"].idle)
    assert [max(idle - NOW, 0) // DAY_S for idle in told] == days


@pytest.mark.parametrize(
    "parts",
    [
        {"goals": [REGULAR]},
        {"goals": [REGULAR | {"measure": "pieces", "reward": {"amount": 3}}]},
        {"goals": [REGULAR | {"per": "week", "reward": {"amount": 3}}]},
        {"goals": [REGULAR | {"measure": "categories", "reward": {"amount": 3}}]},
        {"levels": {"steps": [GREEN, BLACK]}},
    ],
)
def test_what_gives_nothing_or_counts_from_its_version_on_gives_nothing_at_once(parts: dict[str, Any]) -> None:
    assert not [line for line in between({}, parts) if "next order" in line]


def test_levels_come_and_go_with_all_their_steps() -> None:
    levels = {"levels": {"measure": "orders", "steps": [GREEN, BLACK | {"at": 3}]}}
    assert between({}, levels) == [
        "Added: Levels: Counts orders.",
        "Added: Level green, from 0 orders: nothing yet.",
        "Added: Level black, from 3 orders: nothing yet.",
    ]
    removed = [sentence for sentence in between(levels, {}) if sentence.startswith("Removed: ")]
    assert len(removed) == 3


def test_what_expires_as_its_asset_does_says_it_once() -> None:
    """A new asset and its rule both said after how many months."""
    leaves = {"id": "leaves", "give": 1, "of": "points"}
    points = {"assets": {"points": {"expire_months": 6}}}
    assert between({}, points | {"earn": [CASHBACK, leaves]}) == [
        "Added: Asset points: expires after 6 months.",
        "Added: Rule leaves: Gives 1 point.",
    ]
    assert between(points, points | {"earn": [CASHBACK, leaves | {"expire_days": 9}]}) == [
        "Added: Rule leaves: Gives 1 point, expires after 9 days."
    ]
    later = {"assets": {"points": {"expire_months": 9}}, "earn": [leaves]}
    assert between(points | {"earn": [leaves]}, later) == [
        "Asset points: now expires after 9 months (before: expires after 6 months)."
    ]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ({}, {"expire_days": 1}, ["now expires after 1 day"]),
        ({"expire_days": 9}, {}, ["no longer expires after 9 days"]),
        ({"expire_days": 9}, {"expire_days": 8}, ["now expires after 8 days (before: expires after 9 days)"]),
        ({"expire_days": 9}, {"expire_months": 2}, ["no longer expires after 9 days", "now expires after 2 months"]),
        ({"expire_days": 9}, {"expire_days": 9}, []),
    ],
)
def test_another_time_is_told_as_people_say_it(before: dict[str, Any], after: dict[str, Any], says: list[str]) -> None:
    assert rule(before, after) == [f": {sentence}." for sentence in says]


def test_parts_that_only_moved_are_told_to_have_moved() -> None:
    other = CASHBACK | {"id": "other"}
    assert between({"earn": [CASHBACK, other]}, {"earn": [other, CASHBACK]}) == ["Rules: in another order."]
    assert between({"segments": {"a": {}, "b": {}}}, {"segments": {"b": {}, "a": {}}}) == [
        "Segments: in another order."
    ]
    assert between({"earn": [CASHBACK, other]}, {"earn": [other]}) == ["Removed: Rule cashback: Percent 5%."]


def test_a_rule_of_another_kind_is_another_rule() -> None:
    ladder = {"id": "cashback", "ladder": [{"at": 50, "amount": 3}, {"at": 100, "percent": 10}]}
    assert between({}, {"earn": [ladder]}) == [
        "Removed: Rule cashback: Percent 5%.",
        "Added: Rule cashback: 3.00 EUR from 50.00 EUR on, 10% of an order from 100.00 EUR on.",
    ]
    brackets = {
        "ladder": [{"at": {"EUR": 50, "USD": 60}, "percent": 2}],
        "count": "brackets",
        "budget": {"EUR": 9, "USD": 9},
    }
    assert between({"earn": [{"id": "basket", **brackets}], "currencies": ["USD"]}, {"currencies": ["USD"]})[0] == (
        "Removed: Rule basket: 2% of what goes beyond 50.00 EUR, 2% of what goes beyond 60.00 USD, Budget in all "
        "9.00 EUR, 9.00 USD."
    )


def rule(before: dict[str, Any], after: dict[str, Any], kind: dict[str, Any] = CASHBACK) -> list[str]:
    """What differs where one rule does."""
    old, new = ({"assets": ASSETS, "earn": [CASHBACK | {"id": "a"}, kind | parts]} for parts in (before, after))
    return [sentence.removeprefix(f"Rule {kind['id']}") for sentence in between(old, new)]


@pytest.mark.parametrize(
    ("before", "after", "sentences"),
    [
        ({"minimum": 20}, {"minimum": {"EUR": 25}}, [": “At least” becomes 25.00 EUR (was 20.00 EUR)."]),
        ({"minimum": 20}, {"minimum": {"EUR": 20}}, []),
        ({"minimum": 20}, {"minimum": Decimal("20.000")}, []),
        ({}, {"exclude": {"tags": ["sum", "month"]}}, [", Not these lines: “Tags” gains sum, month."]),
        ({}, {"base": {"tax": True}}, [", What counts: “With tax” becomes yes (was no)."]),
        ({}, {"exclude": {"tags": ["sale"]}}, [", Not these lines: “Tags” gains sale."]),
        (
            {"exclude": {"skus": ["A", "B", "C"]}},
            {"exclude": {"skus": ["D", "C", "B", "E"]}},
            [", Not these lines: “SKUs” loses A.", ", Not these lines: “SKUs” gains D, E."],
        ),
        ({"vest_on": "delivery"}, {}, [": “These days are counted from” becomes the payment (was the delivery)."]),
        (
            {"vest_date": "2027-01-15"},
            {"vest_date": "2027-02-01"},
            [": “Cannot be spent before” becomes 2027-02-01 (was 2027-01-15)."],
        ),
        ({}, {"name": {"en": "Back"}}, [": “Name, in English” is set: Back."]),
        ({}, {"name": {"pt-BR": "Volta"}}, [": “Name (pt-BR)” is set: Volta."]),
        (
            {"limits": [{"amount": 9, "per": "day"}]},
            {"limits": [{"amount": 8, "per": "week"}]},
            [
                ", Limit 1: “Per” becomes week (was day).",
                ", Limit 1: “Amount” becomes 8.00 EUR (was 9.00 EUR).",
            ],
        ),
        (
            {"limits": [{"amount": 9, "per": "day"}, {"amount": 99, "per": "year"}]},
            {"limits": [{"amount": 99, "per": "year"}]},
            ["Removed: Rule cashback, Limit: Per day, Amount 9.00 EUR."],
        ),
        (
            {},
            {"rates": [{"match": {"skus": ["A", "B"]}, "percent": 9}]},
            ["Added: Rule cashback, Other rate: Only these lines (SKUs (A, B)), Percent 9%."],
        ),
        (
            {"rates": [{"match": {"skus": ["A"]}, "percent": 9}]},
            {"rates": [{"match": {"skus": ["A"]}, "percent": 8}]},
            [", Other rate 1: “Percent” becomes 8% (was 9%)."],
        ),
    ],
)
def test_what_differs_in_a_field_of_a_rule_is_said(
    before: dict[str, Any], after: dict[str, Any], sentences: list[str]
) -> None:
    assert rule(before, after) == sentences


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ({}, {"give": 2}, ": “Gives” becomes 2 points (was 1 point)."),
        ({}, {"of": "EUR"}, ": “Gives” becomes 1.00 EUR (was 1 point)."),
        ({}, {"per": "piece"}, ": “Per” becomes piece (was 1.00 EUR)."),
        ({"per": "piece"}, {}, ": “For each full” becomes 1.00 EUR (was piece)."),
        ({"per": "piece"}, {"per": "order"}, ": “Per” becomes whole order (was piece)."),
        ({"budget": 9}, {"budget": 8}, ": “Budget in all” becomes 8 points (was 9 points)."),
        ({"cap": 9}, {"cap": 8}, ": “At most for an order” becomes 8 points (was 9 points)."),
        ({"minimum": 9}, {"minimum": 8}, ": “At least” becomes 8.00 EUR (was 9.00 EUR)."),
        (
            {"limits": [{"amount": 9, "per": "day"}]},
            {"limits": [{"amount": 8, "per": "day"}]},
            ", Limit 1: “Amount” becomes 8 points (was 9 points).",
        ),
    ],
)
def test_sums_of_points_are_points(before: dict[str, Any], after: dict[str, Any], sentence: str) -> None:
    assert rule(before, after, LEAVES) == [sentence]


BOUGHT: dict[str, Any] = {"assets": ASSETS, "earn": [CASHBACK, LEAVES]}


@pytest.mark.parametrize(
    ("before", "after", "sentences"),
    [
        ({"name": "Club"}, {"name": "Tea"}, ["In general: “Name” becomes Tea (was Club)."]),
        ({}, {"currencies": ["USD"]}, ["In general: “Other currencies” gains USD."]),
        ({}, {"rounding": "down"}, ["In general: “Rounding” becomes always down (was a half up)."]),
        (
            {"currencies": ["USD"], "spending": {"minimum": {"EUR": 2, "USD": 2}}},
            {"currencies": ["USD"], "spending": {"minimum": {"EUR": 2, "USD": 3}}},
            ["Spending a balance: “At least” becomes 2.00 EUR, 3.00 USD (was 2.00 EUR, 2.00 USD)."],
        ),
        (
            {"referral": {"percent": 10}},
            {"referral": {"percent": 10, "review": {}}},
            ["Added: Referrals, Review: as usual."],
        ),
        (
            {"assets": ASSETS, "boards": [MONTH]},
            {"assets": ASSETS, "boards": [MONTH | {"measure": "points"}]},
            ["Leaderboard month: “Counts” becomes points (was goods bought)."],
        ),
        (
            {"assets": ASSETS},
            {"assets": {"points": ASSETS["points"] | {"worth": "0.050"}}},
            [],
        ),
        (
            {},
            {"spending": {"minimum": 2, "max_percent": 50}},
            [
                "Spending a balance: “At least” is set: 2.00 EUR.",
                "Spending a balance: “At most, percent of the order” is set: 50%.",
            ],
        ),
        (
            {"assets": ASSETS},
            {"assets": {"points": ASSETS["points"] | {"worth": "0.0625", "expire_months": 12}}},
            [
                "Asset points: “Worth of one” becomes 0.0625 EUR (was 0.05 EUR).",
                "Asset points: now expires after 12 months.",
            ],
        ),
        (
            BOUGHT | {"levels": {"steps": [GREEN, BLACK | {"multiply": {"leaves": "1.5"}}]}},
            BOUGHT
            | {"levels": {"steps": [GREEN, BLACK | {"at": 100, "multiply": {"leaves": 2}, "gift": {"amount": 5}}]}},
            [
                "Level black: “Begins at” becomes 100.00 EUR (was 200.00 EUR).",
                "Level black: “Times (leaves)” becomes 2 (was 1.5).",
                "Added: Level black, Gift: Amount 5.00 EUR.",
            ],
        ),
        (
            {"levels": {"steps": [GREEN, BLACK]}},
            {"levels": {"measure": "orders", "steps": [GREEN, BLACK]}},
            [
                "Level green: “Begins at” becomes 0 (was 0.00 EUR).",
                "Level black: “Begins at” becomes 200 (was 200.00 EUR).",
                "Levels: “Counts” becomes orders (was goods bought).",
            ],
        ),
        (
            {"goals": [REGULAR]},
            {"goals": [REGULAR | {"measure": "spend", "per": "year", "keep": True}]},
            [
                "Goal regular: “Counts” becomes goods bought (was orders).",
                "Goal regular: “How many” becomes 3.00 EUR (was 3).",
                "Goal regular: “Per” becomes year (was all time).",
                "Goal regular: “Stays after a refund” becomes yes (was no).",
            ],
        ),
        (
            BOUGHT | {"cards": [COFFEE]},
            BOUGHT | {"cards": [COFFEE | {"reward": {"give": 40, "of": "points"}, "size": 6}]},
            [
                "Stamp card “coffee”: “Stamps of a card” becomes 6 (was 5).",
                "Stamp card “coffee”, Reward: “Amount” is no longer set (was 4.00 EUR).",
                "Stamp card “coffee”, Reward: “Gives” is set: 40 points.",
            ],
        ),
        (
            {"campaigns": [BLACK_FRIDAY]},
            {
                "campaigns": [BLACK_FRIDAY | {"ends": "2026-12-01", "budget": 300, "audience": {"levels": ["black"]}}],
                "levels": {"steps": [GREEN, BLACK]},
            },
            [
                "Added: Level green, from 0.00 EUR: nothing yet.",
                "Added: Level black, from 200.00 EUR: nothing yet.",
                "Campaign black-friday: “Budget in all” is set: 300.00 EUR.",
                "Campaign black-friday: “Last day” becomes 2026-12-01 (was 2026-11-30).",
                "Campaign black-friday, Audience: “Levels” gains black.",
            ],
        ),
        (
            {"boards": [MONTH]},
            {"boards": [MONTH | {"prizes": [{"amount": 6}, {"amount": 3}]}]},
            ["Leaderboard month, Prize 1: “Amount” becomes 6.00 EUR (was 5.00 EUR)."],
        ),
        (
            {},
            {"referral": {"percent": 10, "review": {"threshold": 80, "weights": {"ring": 5}}}},
            ["Added: Referrals: Percent 10%, Review (A person looks at it from a score of 80, Weight (ring) 5)."],
        ),
        (
            {"catalogue": [{"skus": ["A"], "categories": ["tea"]}]},
            {"catalogue": [{"skus": ["A"], "categories": ["tea", "gift"]}]},
            ["Catalogue 1: “Categories” gains gift."],
        ),
        (
            {},
            {"catalogue": [{"skus": ["A"], "categories": ["tea"]}]},
            ["Added: Catalogue: SKUs (A), Categories (tea)."],
        ),
        (
            {"segments": {"best": {"money": [4, 5]}}},
            {"segments": {"best": {"money": [5, 5]}}},
            ["Segment best: “Score for money” becomes 5 to 5 (was 4 to 5)."],
        ),
    ],
)
def test_what_differs_in_a_field_of_another_part_is_said(
    before: dict[str, Any], after: dict[str, Any], sentences: list[str]
) -> None:
    assert between(before, after) == sentences


def test_a_rule_that_is_called_like_a_language_is_a_rule() -> None:
    rules = [CASHBACK, CASHBACK | {"id": "fr"}]
    before, after = ({"steps": [GREEN, BLACK | multiply]} for multiply in ({}, {"multiply": {"fr": 2}}))
    assert between({"earn": rules, "levels": before}, {"earn": rules, "levels": after}) == [
        "Level black: “Times (fr)” is set: 2."
    ]


@pytest.mark.parametrize(
    ("part", "before", "after", "says"),
    [
        ("boards", MONTH | {"per": "year"}, MONTH, "“Per” becomes month (was year)."),
        (
            "boards",
            MONTH | {"id": "a"},
            MONTH | {"id": "a", "measure": "month"},
            "“Counts” becomes moons (was goods bought).",
        ),
        ("goals", REGULAR, REGULAR | {"measure": "days"}, "“Counts” becomes days with an order (was orders)."),
    ],
)
def test_an_asset_with_the_name_of_a_word_of_the_document_is_told_only_where_it_is_counted(
    part: str, before: dict[str, Any], after: dict[str, Any], says: str
) -> None:
    assets = {"month": {"name": {"en": "moons"}}, "days": {"name": {"en": "suns"}}}
    (sentence,) = told(
        programme_of(assets=assets, **{part: [before]}), programme_of(assets=assets, **{part: [after]}), "en"
    )
    assert sentence.partition(": ")[2] == says


def test_readers_see_names_and_the_numbers_of_their_language() -> None:
    old = programme_of(**BOUGHT, campaigns=[BLACK_FRIDAY], levels={"steps": [GREEN, BLACK]})
    named = LEAVES | {"name": {"fr": "feuilles"}, "give": 2}
    new = programme_of(
        assets=ASSETS,
        earn=[CASHBACK | {"percent": Decimal("7.5"), "cap": 50}, named],
        levels={"steps": [GREEN, BLACK | {"multiply": {"leaves": Decimal("1.5")}}]},
    )
    assert told(old, new, "fr") == [
        f"Règle cashback{B}: «{B}Pourcentage{B}» devient 7,5{B}% (avant{B}: 5{B}%).",
        f"Règle cashback{B}: ajout de «{B}Au plus par commande{B}», 50,00{B}€.",
        f"Règle feuilles{B}: ajout de «{B}Nom, en français{B}», feuilles.",
        f"Règle feuilles{B}: «{B}Donne{B}» devient 2{B}feuilles (avant{B}: 1{B}feuilles).",
        f"Niveau Noir{B}: ajout de «{B}Multiplie par (feuilles){B}», 1,5.",
        f"Retrait{B}: Campagne Black Friday, du 27 novembre 2026 au 30 novembre 2026{B}: cashback {TIMES}{B}2.",
    ]


def test_everything_can_come_and_go_in_both_languages() -> None:
    whole, little = parse(read_document(FIELDS.read_bytes())), programme_of()
    for old, new in ((whole, little), (little, whole)):
        english, french = told(old, new, "en"), told(old, new, "fr")
        assert len(english) > 20
        assert not {*english} & {*french}
        assert [sentence for sentence in french if ENGLISH_WORDS.search(sentence)] == []


def names_in(schema: Any) -> set[str]:
    """The names of all fields that a JSON schema knows."""
    if isinstance(schema, list):
        return {name for part in schema for name in names_in(part)}
    if not isinstance(schema, dict):
        return set()
    own = schema["properties"] if isinstance(schema.get("properties"), dict) else {}
    return {*own} | {name for part in schema.values() for name in names_in(part)}


def test_every_field_of_the_document_has_a_label() -> None:
    fields = names_in(json.loads((ROOT / "docs" / "programme.schema.json").read_text()))
    known = {*LABELS, *WITHIN, *SECTIONS, *LISTS, *TOLD_OTHERWISE}
    assert {"percent", "salt", "steps", "hold_minutes"} <= fields
    assert fields - known == set()
    assert known - fields == set()
    assert {*PARTS} == {*LISTS}


def test_no_label_is_the_name_of_its_field() -> None:
    assert [label.text for label in LABELS.values() if re.search(r"_|^[a-z]", label.text)] == []


@pytest.mark.parametrize("name", ["month", "all", "loss", "days"])
def test_what_levels_and_boards_measure_is_an_asset_by_its_name(name: str) -> None:
    """An asset named `month` was called a month, and `loss` the shop's loss."""
    steps = [{"id": "green", "at": 0}]
    old, new = (
        programme_of(
            assets={name: {"name": {"en": "Azure miles"}, "decimals": 2}},
            levels={"measure": measure, "steps": steps},
            boards=[{"id": "best", "measure": measure}],
        )
        for measure in ("orders", name)
    )
    sentences = [written(change, words.of("en"), new) for change in changes(old, new)]
    assert "Levels: “Counts” becomes Azure miles (was orders)." in sentences
    assert "Leaderboard best: “Counts” becomes Azure miles (was orders)." in sentences
    assert f"Levels: “Counts” becomes {name} (was orders)." in told(old, new)
