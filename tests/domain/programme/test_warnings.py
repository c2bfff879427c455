"""What a programme may say and probably does not mean, beside what the preview's tests say of percents and hosts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from chalicelib.domain.commands import CaptureHold, PlaceHold
from chalicelib.domain.core.phrases import written
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.programme.warnings import warnings
from chalicelib.domain.records import Budget
from chalicelib.edge import words
from tests.world.builders import ANNA, CASHBACK, DAY_S, NOW, adjust, line, order, programme_of, refund
from tests.world.memory import Memory

TEA = {"id": "tea", "starts": "2027-05-01", "ends": "2027-05-10", "multiply": {"cashback": 3}}
MAY = {"id": "may", "starts": "2027-05-10", "ends": "2027-05-31", "multiply": {"cashback": "1.5"}}
BOTH = (
    "The campaigns tea and may overlap from 2027-05-10 to 2027-05-10: for whoever is in both, cashback is multiplied "
    "by both, 4.5 times in all"
)
ONE_EURO = {"amount": 1}
LANDING = {"page": "https://shop.acme.fr/welcome", "hosts": ["shop.acme.fr"]}


def doubts(today: date = date(2027, 5, 1), **parts: Any) -> list[str]:
    return [written(doubt) for doubt in warnings(programme_of(landing=LANDING, **parts), today)]


def test_campaigns_that_multiply_a_rule_on_the_same_days_are_named_with_what_comes_of_it() -> None:
    assert doubts(earn=[CASHBACK], campaigns=[TEA, MAY]) == [BOTH]
    assert doubts(date(2027, 5, 10), earn=[CASHBACK], campaigns=[TEA, MAY]) == [BOTH]


@pytest.mark.parametrize(
    ("today", "other"),
    [
        (date(2027, 5, 11), {}),
        (date(2027, 5, 1), {"starts": "2027-05-11"}),
        (date(2027, 5, 1), {"multiply": {"more": 2}}),
    ],
)
def test_campaigns_of_other_days_or_rules_or_that_are_over_are_not(today: date, other: dict[str, Any]) -> None:
    more = CASHBACK | {"id": "more"}
    assert doubts(today, earn=[CASHBACK, more], campaigns=[TEA, MAY | other]) == []


LEVELS = {"steps": [{"id": "green", "at": 0}, {"id": "leaf", "at": 1}, {"id": "black", "at": 200}]}
FOR_NOBODY = {
    "segments": "The campaign tea is for first orders and for segments, and nobody is in a segment before a first "
    "order: it would hold for nobody",
    "levels": "The campaign tea is for first orders and for levels that nobody has reached before a first order: "
    "it would hold for nobody but those who were given one by hand",
}


@pytest.mark.parametrize(
    ("today", "audience", "named"),
    [
        (date(2027, 5, 10), {"first_order": True, "segments": ["new"]}, "segments"),
        (date(2027, 5, 10), {"first_order": True, "segments": ["new"], "levels": ["black"]}, "segments"),
        (date(2027, 5, 10), {"first_order": True, "levels": ["black"]}, "levels"),
        (date(2027, 5, 11), {"first_order": True, "levels": ["black"]}, ""),
        (date(2027, 5, 10), {"first_order": True, "levels": ["green", "black"]}, ""),
        (date(2027, 5, 10), {"first_order": True, "levels": ["leaf"]}, "levels"),
        (date(2027, 5, 10), {"first_order": True}, ""),
        (date(2027, 5, 10), {"segments": ["new"], "levels": ["black"]}, ""),
    ],
)
def test_a_campaign_that_would_hold_for_nobody_is_named(today: date, audience: dict[str, Any], named: str) -> None:
    says = doubts(today, earn=[CASHBACK], levels=LEVELS, campaigns=[TEA | {"audience": audience}])
    assert says == ([FOR_NOBODY[named]] if named else [])


SHARES: dict[str, tuple[dict[str, Any], str]] = {
    "a rule": ({"earn": [CASHBACK | {"percent": "0.05"}]}, "earn[0].percent is 0.05"),
    "a rate": (
        {"earn": [CASHBACK | {"rates": [{"match": {"skus": ["a"]}, "percent": "0.99"}]}]},
        "earn[0].rates[0].percent is 0.99",
    ),
    "a step of a basket": (
        {"earn": [{"id": "big", "ladder": [{"at": 50, "percent": "0.05"}]}]},
        "earn[0].ladder[0].percent is 0.05",
    ),
    "a hold-out": ({"campaigns": [TEA | {"holdout": "0.1"}]}, "campaigns[0].holdout is 0.1"),
    "a step of bonuses": (
        {"referral": {"percent": 10, "ladder": [{"bonuses": 3, "percent": "0.15"}]}},
        "referral.ladder[0].percent is 0.15",
    ),
    "paying at least": ({"spending": {"min_percent": "0.2"}}, "spending.min_percent is 0.2"),
    "a bonus": ({"referral": {"percent": "0.5"}}, "referral.percent is 0.5"),
    "a gift": ({"referral": {"percent": 10, "welcome": {"percent": "0.5"}}}, "referral.welcome.percent is 0.5"),
    "paying": ({"spending": {"max_percent": "0.5"}}, "spending.max_percent is 0.5"),
}


@pytest.mark.parametrize(("parts", "beginning"), SHARES.values(), ids=SHARES)
def test_a_percent_that_may_be_meant_as_a_share_is_named(parts: dict[str, Any], beginning: str) -> None:
    (doubt,) = doubts(**parts)
    assert doubt.startswith(f"Less than one percent: {beginning}; for ")


def test_what_percent_may_be_meant_is_said() -> None:
    meant = "Less than one percent: earn[0].percent is 0.25; for 25 percent write 25"
    assert doubts(earn=[CASHBACK | {"percent": "0.25"}]) == [meant]


@pytest.mark.parametrize("percent", [0, 1, "1.5"])
def test_other_percents_are_no_shares(percent: Any) -> None:
    gift = {"referral": {"percent": 10, "welcome": {"percent": 3}}}
    assert doubts(earn=[CASHBACK | {"percent": percent}], spending={"min_percent": percent}, **gift) == []


@pytest.mark.parametrize("host", ["shop.example", "example", "www.example.com", "shop.test", "my.invalid"])
def test_a_page_on_a_host_that_is_nobodys_is_named(host: str) -> None:
    parts = programme_of(landing={"page": f"https://{host}/a", "hosts": [host]}, earn=[CASHBACK])
    says = f"The page of your shop is on {host}, which is reserved for examples: links of members would lead nowhere; "
    assert [written(doubt) for doubt in warnings(parts, date(2027, 5, 1))] == [f"{says}write its true address"]


def test_a_page_on_another_host_is_not() -> None:
    parts = programme_of(landing={"page": "https://my-example.fr", "hosts": ["my-example.fr"]}, earn=[CASHBACK])
    assert [*warnings(parts, date(2027, 5, 1))] == []


@pytest.mark.parametrize(
    ("give", "per", "worth", "percent"),
    [(1, 1, 5, "500"), (1, 1, "0.50", "50"), (1, 1, "0.49", ""), (2, 10, 3, "60"), (1, 1, None, "")],
)
def test_points_that_are_worth_much_are_named(give: int, per: int, worth: Any, percent: str) -> None:
    points = {"id": "stars", "give": give, "of": "stars", "per": {"EUR": per}}
    asset = {} if worth is None else {"worth": {"EUR": worth}}
    says = doubts(earn=[points], assets={"stars": asset})
    assert says == ([f"What stars gives is worth {percent}% of what is bought"] if percent else [])


def test_points_by_order_or_piece_and_other_rules_are_no_share_of_what_is_bought() -> None:
    stars = {"id": "stars", "give": 100, "of": "stars"}
    rules = [CASHBACK, stars, stars | {"id": "pieces", "per": "piece"}, stars | {"id": "review", "on": "review"}]
    assert doubts(earn=rules, assets={"stars": {"worth": {"EUR": 5}}}) == []


def test_two_assets_or_boards_with_one_name_are_named() -> None:
    names = {"name": {"en": "Stars"}}
    says = "Two parts of the same kind are called Stars; customers cannot tell them apart"
    assert doubts(earn=[CASHBACK], assets={"a": names, "b": names}) == [says]
    assert doubts(earn=[CASHBACK], boards=[names | {"id": "a"}, names | {"id": "b"}]) == [says]


def test_two_levels_with_one_name_are_named() -> None:
    steps = [step | {"name": {"en": "Leaf"}} for step in LEVELS["steps"][:2]]
    assert doubts(earn=[CASHBACK], levels={"steps": steps}) == [
        "Two parts of the same kind are called Leaf; customers cannot tell them apart"
    ]


def test_two_parts_of_a_kind_with_one_name_are_named() -> None:
    cards = [
        {
            "id": name,
            "name": {"en": "Coffee", "fr": name},
            "counts": {"orders": True},
            "size": 3,
            "reward": {"amount": 1},
        }
        for name in ("a", "b")
    ]
    says = "Two parts of the same kind are called Coffee; customers cannot tell them apart"
    assert doubts(cards=cards) == [says]
    assert (
        doubts(
            cards=cards[:1],
            goals=[{"id": "c", "name": {"en": "Coffee"}, "measure": "orders", "target": 2, "reward": {"amount": 1}}],
        )
        == []
    )


def test_an_activity_with_two_rules_is_named() -> None:
    review = {"id": "review", "on": "review", "give": 1, "of": "EUR"}
    says = "The activity review is rewarded by several rules; it earns by all of them"
    assert doubts(earn=[review, review | {"id": "review-2"}]) == [says]
    assert doubts(earn=[review, review | {"id": "birthday", "on": "birthday"}]) == []


@pytest.mark.parametrize(
    ("gold", "lacks"),
    [
        ({"multiply": {"cashback": "1.2"}}, "cashback times 1.2 instead of 1.5"),
        ({"multiply": {}}, "cashback times 1 instead of 1.5"),
        ({"perks": {}}, "not “Free delivery”"),
        ({"flags": ["lounge"]}, "without the flags free-delivery"),
        (
            {"multiply": {}, "perks": {}, "flags": []},
            "cashback times 1 instead of 1.5, not “Free delivery”, without the flags free-delivery",
        ),
        ({}, ""),
        ({"multiply": {"cashback": 2}, "perks": {"fr": "Tout"}, "flags": ["lounge", "free-delivery"]}, ""),
        ({"gift": None}, ""),
    ],
)
def test_a_level_that_brings_less_than_the_one_below_it_is_named(gold: dict[str, Any], lacks: str) -> None:
    brings = {"multiply": {"cashback": "1.5"}, "perks": {"en": "Free delivery"}, "flags": ["free-delivery"]}
    black = {"id": "black", "at": 200, "gift": ONE_EURO} | brings
    steps = [{"id": "green", "at": 0}, black, black | {"id": "gold", "at": 240} | gold]
    says = f"The level gold brings less than black below it: {lacks}; a member has what its own level brings alone"
    assert doubts(earn=[CASHBACK], levels={"steps": steps}) == ([says] if lacks else [])


def test_letting_members_off_what_they_spent_is_named() -> None:
    (doubt,) = doubts(earn=[CASHBACK], clawback="loss")
    assert doubt.startswith("With clawback: loss, a member who spends a reward and then returns both the order that ")
    assert doubts(earn=[CASHBACK], clawback="negative") == []


VAIN = (
    "The campaign tea is for first orders, so what it does cannot be told: who is held out misses it, and nothing is "
    "learnt from that; hold nobody out"
)


@pytest.mark.parametrize(
    ("campaign", "says"),
    [
        ({"holdout": 10, "audience": {"first_order": True}}, [VAIN]),
        ({"holdout": 100}, ["The campaign tea holds everybody out: nobody gets anything of it"]),
        (
            {"holdout": 100, "audience": {"first_order": True}},
            ["The campaign tea holds everybody out: nobody gets anything of it"],
        ),
        ({"holdout": "99.99"}, []),
        ({"audience": {"first_order": True}}, []),
        ({"holdout": 10, "audience": {"first_order": True}, "ends": "2027-05-02"}, []),
        ({"budget": 0}, ["The budget of tea is 0: it gives nothing"]),
        ({"budget": 0, "ends": "2027-05-02"}, []),
        ({"budget": 0, "ends": "2027-05-03"}, ["The budget of tea is 0: it gives nothing"]),
        ({"holdout": 10, "audience": {"first_order": True}, "ends": "2027-05-03"}, [VAIN]),
        ({"budget": "0.01"}, []),
    ],
)
def test_a_campaign_that_gives_or_teaches_nothing_is_named_while_it_is_to_come(
    campaign: dict[str, Any], says: list[str]
) -> None:
    assert doubts(date(2027, 5, 3), earn=[CASHBACK], campaigns=[TEA | campaign]) == says


@pytest.mark.parametrize(("ends", "is_named"), [("2027-05-02", False), ("2027-05-03", True)])
def test_a_rule_of_a_campaign_is_named_while_that_is_to_come(ends: str, is_named: bool) -> None:
    extra = {"id": "extra", "campaign": "tea", "percent": 60}
    campaigns = [TEA | {"ends": ends}]
    (generous,) = doubts(earn=[CASHBACK, extra], campaigns=campaigns)
    assert generous == "What extra gives is worth up to 60% of what is bought"
    says = ["What extra gives is worth up to 60% of what is bought"] if is_named else []
    assert doubts(date(2027, 5, 3), earn=[CASHBACK, extra], campaigns=campaigns) == says
    says = ["The budget of extra is 0: it gives nothing"] if is_named else []
    empty = extra | {"percent": 5, "budget": 0}
    assert doubts(date(2027, 5, 3), earn=[CASHBACK, empty], campaigns=campaigns) == says


@pytest.mark.parametrize(
    ("budget", "says"),
    [({"EUR": 0, "USD": 0}, ["The budget of cashback is 0: it gives nothing"]), ({"EUR": 0, "USD": 1}, [])],
)
def test_a_rule_whose_budget_is_nothing_is_named(budget: Any, says: list[str]) -> None:
    assert doubts(currencies=["USD"], earn=[CASHBACK | {"budget": budget}]) == says


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"earn": [CASHBACK | {"percent": 100}]}, ["What cashback gives is worth up to 100% of what is bought"]),
        ({"earn": [CASHBACK | {"percent": "49.99"}]}, []),
        (
            {"earn": [CASHBACK | {"rates": [{"match": {"skus": ["a"]}, "percent": 50}]}]},
            ["What cashback gives is worth up to 50% of what is bought"],
        ),
        (
            {"earn": [{"id": "big", "ladder": [{"at": 50, "percent": 75}, {"at": 100, "amount": 5}]}]},
            ["What big gives is worth up to 75% of what is bought"],
        ),
        ({"referral": {"percent": 50, "friends": 2}}, ["The bonus for friends is up to 50% of what they buy"]),
        ({"referral": {"percent": "49.99", "friends": 2, "welcome": {"percent": "49.99"}}}, []),
        (
            {"referral": {"percent": 55, "friends": 2, "ladder": [{"bonuses": 3, "percent": 70}]}},
            ["The bonus for friends is up to 70% of what they buy"],
        ),
        ({"referral": {"percent": 60, "friends": 2}}, ["The bonus for friends is up to 60% of what they buy"]),
        (
            {"referral": {"percent": 5, "friends": 2, "welcome": {"percent": 100}}},
            ["The gift for a friend's first order is 100% of it"],
        ),
    ],
)
def test_a_reward_of_half_of_what_is_bought_is_named(parts: dict[str, Any], says: list[str]) -> None:
    assert doubts(**parts) == says


def test_three_campaigns_that_meet_are_named_together() -> None:
    """They were told in pairs, each with a factor that was not that of the day on which all three run."""
    all_month = {"id": "month", "starts": "2027-05-01", "ends": "2027-05-31", "multiply": {"cashback": 2}}
    (together,) = doubts(earn=[CASHBACK], campaigns=[TEA, MAY, all_month])
    assert together == (
        "The campaigns tea, may and month overlap from 2027-05-10 to 2027-05-10: for whoever is in all of them, "
        "cashback is multiplied by each, 9 times in all"
    )
    after = MAY | {"starts": "2027-05-11"}
    assert [doubt.partition(":")[0] for doubt in doubts(earn=[CASHBACK], campaigns=[TEA, after, all_month])] == [
        "The campaigns tea and month overlap from 2027-05-01 to 2027-05-10",
        "The campaigns may and month overlap from 2027-05-11 to 2027-05-31",
    ]


def test_days_on_which_campaigns_meet_are_named_as_they_come_however_the_document_has_them() -> None:
    june = MAY | {"id": "june", "starts": "2027-06-01", "ends": "2027-06-30"}
    summer = MAY | {"id": "summer", "starts": "2027-05-05", "ends": "2027-06-30"}
    says = doubts(earn=[CASHBACK], campaigns=[june, summer, TEA])
    assert [doubt.partition(":")[0] for doubt in says] == [
        "The campaigns summer and tea overlap from 2027-05-05 to 2027-05-10",
        "The campaigns june and summer overlap from 2027-06-01 to 2027-06-30",
    ]


APART: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "levels": ({"levels": ["leaf"]}, {"levels": ["black"]}, True),
    "levels of which one is both's": ({"levels": ["leaf", "green"]}, {"levels": ["black", "leaf"]}, False),
    "a level and everybody": ({"levels": ["leaf"]}, {}, False),
    "segments": ({"segments": ["new"]}, {"segments": ["loyal"]}, True),
    "a segment of a level": ({"segments": ["new"]}, {"levels": ["leaf"]}, False),
    "listed members": ({"members": ["acme.1"]}, {"members": ["acme.2"]}, True),
    "listed members of whom one is both's": ({"members": ["acme.1", "acme.3"]}, {"members": ["acme.3"]}, False),
    "a listed member of a level": ({"members": ["acme.1"]}, {"levels": ["leaf"]}, False),
    "a first order and a segment": ({"first_order": True}, {"segments": ["loyal"]}, True),
    "a first order and everybody": ({"first_order": True}, {}, False),
}


@pytest.mark.parametrize("what", APART)
def test_campaigns_in_which_nobody_can_be_together_are_not_named(what: str) -> None:
    """docs/programme.md: `programme check` warns of those that meet."""
    first, second, apart = APART[what]
    campaigns = [TEA | {"audience": first}, MAY | {"audience": second}]
    assert doubts(earn=[CASHBACK], levels=LEVELS, campaigns=campaigns) == ([] if apart else [BOTH])


def test_of_three_campaigns_those_are_named_together_that_somebody_can_be_in() -> None:
    month = {"id": "month", "starts": "2027-05-01", "ends": "2027-05-31", "multiply": {"cashback": 2}}
    leaf, black = TEA | {"audience": {"levels": ["leaf"]}}, MAY | {"audience": {"levels": ["black"]}}
    says = doubts(earn=[CASHBACK], levels=LEVELS, campaigns=[leaf, black, month])
    assert [doubt.partition(":")[0] for doubt in says] == [
        "The campaigns tea and month overlap from 2027-05-01 to 2027-05-10",
        "The campaigns may and month overlap from 2027-05-10 to 2027-05-31",
    ]


POINTS = {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}
BY_POINTS: dict[str, Any] = {"measure": "points", "steps": [{"id": "green", "at": 0}, {"id": "black", "at": 200}]}
LEFT_OUT = (
    "Levels count points from this version on: what orders earned of it before counts for no level, and every member "
    "begins at the lowest; measure: spend or orders has what was bought before"
)
WEEKLY = {"id": "weekly", "measure": "spend", "target": 9, "per": "week", "reward": {"give": 1, "of": "points"}}
MONTHLY = WEEKLY | {"id": "monthly", "per": "month"}
OTHER_CURRENCY = (
    "What is spent counts in EUR from this version on, and in USD until then: levels, goals and leaderboards of it "
    "begin with nothing"
)
BOARD_LEFT_OUT = (
    "The leaderboard best counts from this version on: of the period that runs then it leaves out what was bought "
    "before"
)


GOAL: dict[str, Any] = {"id": "sp", "measure": "spend", "target": 100, "per": "month", "reward": {"amount": 5}}
OTHER = GOAL | {"id": "sp2", "target": 80}
BADGE: dict[str, Any] = {"badge": {"en": "Regular"}, "reward": None}
STREAK = {"id": "streak", "measure": "weeks", "target": 3, "reward": {"amount": 5}}


def takes_place(goal: str, old: str) -> str:
    return (
        f"The goal {goal} counts the same as {old}, which is left out: whoever has reached {old} in the running period "
        f"keeps its reward, and gets that of {goal} too with the next order or refund, if what was counted reaches it"
    )


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ([GOAL], [OTHER], [takes_place("sp2", "sp")]),
        (
            [STREAK],
            [STREAK | {"id": "sp2", "target": 2}],
            [takes_place("sp2", "streak")],
        ),
        ([GOAL], [GOAL, OTHER], []),
        ([GOAL, OTHER], [OTHER], []),
        ([], [OTHER], []),
        ([GOAL | {"per": "year"}], [OTHER], []),
        ([GOAL | BADGE], [OTHER], []),
        ([GOAL], [OTHER | BADGE], []),
        ([GOAL | {"per": "week"}], [OTHER | {"per": "week"}], []),
        ([GOAL | {"measure": "days", "target": 5}], [OTHER | {"measure": "days", "target": 4}], []),
        ([GOAL | {"measure": "pieces"}], [OTHER | {"measure": "pieces"}], []),
        ([GOAL], [GOAL | {"reward": {"amount": 9}}], []),
        ([GOAL], [], []),
    ],
)
def test_a_goal_that_takes_the_place_of_another_one_is_named(
    before: list[dict[str, Any]], after: list[dict[str, Any]], says: list[str]
) -> None:
    """A goal that took another id paid twice, and its publication did not say so."""
    first, second = (programme_of(landing=LANDING, goals=goals) for goals in (before, after))
    assert [written(doubt) for doubt in warnings(second, date(2027, 5, 1), first)] == says


def test_in_another_currency_what_is_spent_begins_anew() -> None:
    visits = {"measure": "orders", "target": 3}
    first = programme_of(
        landing=LANDING, currency="USD", currencies=["EUR"], goals=[GOAL, GOAL | visits | {"id": "old"}]
    )
    second = programme_of(landing=LANDING, goals=[OTHER, OTHER | visits | {"id": "new"}])
    says = [written(doubt) for doubt in warnings(second, date(2027, 5, 1), first)]
    assert says == [OTHER_CURRENCY, takes_place("new", "old")]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ({}, {"levels": BY_POINTS}, [LEFT_OUT]),
        ({"levels": BY_POINTS | {"measure": "spend"}}, {"levels": BY_POINTS}, [LEFT_OUT]),
        ({"levels": BY_POINTS}, {"levels": BY_POINTS | {"per": "rolling"}}, []),
        ({"earn": [CASHBACK]}, {"levels": BY_POINTS}, []),
        ({"earn": [{"id": "r", "give": 1, "of": "points", "on": "review"}]}, {"levels": BY_POINTS}, []),
        ({}, {"levels": BY_POINTS | {"measure": "orders"}}, []),
        (
            {"currency": "USD", "currencies": ["EUR"]},
            {"levels": BY_POINTS | {"measure": "spend"}},
            [OTHER_CURRENCY],
        ),
        (
            {"currency": "USD", "currencies": ["EUR"]},
            {"goals": [{"id": "g", "measure": "spend", "target": 9, "reward": {"give": 1, "of": "points"}}]},
            [OTHER_CURRENCY],
        ),
        ({"currency": "USD", "currencies": ["EUR"]}, {"levels": BY_POINTS | {"measure": "orders"}}, []),
        ({"currency": "USD", "currencies": ["EUR"]}, {"goals": [MONTHLY | {"measure": "orders"}]}, []),
        ({"currency": "USD", "currencies": ["EUR"]}, {"boards": [{"id": "best", "measure": "orders"}]}, []),
        ({"currency": "USD", "currencies": ["EUR"]}, {"boards": [{"id": "best"}]}, [OTHER_CURRENCY]),
        ({"currency": "USD", "currencies": ["EUR"]}, {"goals": [WEEKLY]}, []),
        (
            {"currency": "USD", "currencies": ["EUR"], "goals": [MONTHLY]},
            {"goals": [MONTHLY | {"id": "other"}]},
            [OTHER_CURRENCY],
        ),
        ({}, {"levels": BY_POINTS | {"measure": "spend"}}, []),
        ({}, {"boards": [{"id": "best", "measure": "points"}]}, [BOARD_LEFT_OUT]),
        ({"earn": [CASHBACK]}, {"boards": [{"id": "best", "measure": "points"}]}, []),
        ({}, {"boards": [{"id": "best", "per": "week"}]}, [BOARD_LEFT_OUT]),
        ({}, {"boards": [{"id": "best", "per": "month"}]}, []),
        ({"boards": [{"id": "best", "per": "week"}]}, {"boards": [{"id": "best", "per": "week", "top": 3}]}, []),
    ],
)
def test_what_a_version_begins_to_count_is_named(
    before: dict[str, Any], after: dict[str, Any], says: list[str]
) -> None:
    """docs/programme.md: an asset that levels measure is counted from the version on that states it."""
    common: dict[str, Any] = {"landing": LANDING, "assets": {"points": {}}, "earn": [POINTS]}
    first, second = programme_of(**common | before), programme_of(**common | after)
    assert [written(doubt) for doubt in warnings(second, date(2027, 5, 1), first)] == says
    assert doubts(**{name: part for name, part in (common | after).items() if name != "landing"}) == []


SMALLER_BUDGET = (
    "The budget of {} is smaller than before, and what was given before counts only in the part of it that gave it: up "
    "to {} more can be given; to end it exactly, give it another id, and as its budget what is left"
)
NEW_BUDGET = (
    "The budget of {} is new and counts from this version on: what was given without it is not in it, and up to {} "
    "more can be given"
)
RUNNING = {"id": "tea", "starts": "2027-04-01", "ends": "2027-06-30", "multiply": {"cashback": 2}}


@pytest.mark.parametrize(
    ("before", "after", "says", "more"),
    [
        (5000, 30, SMALLER_BUDGET, ["30.00 EUR"]),
        ({"EUR": 5000, "USD": 10}, {"EUR": 30, "USD": 10}, SMALLER_BUDGET, ["30.00 EUR"]),
        ({"EUR": 50, "USD": 70}, {"EUR": 30, "USD": "0.50"}, SMALLER_BUDGET, ["30.00 EUR", "0.50 USD"]),
        (30, 5000, "", []),
        (30, 30, "", []),
        (None, 30, NEW_BUDGET, ["30.00 EUR"]),
        (None, {"EUR": 30, "USD": 70}, NEW_BUDGET, ["30.00 EUR", "70.00 USD"]),
        (0, 30, "", []),
        (None, None, "", []),
        (30, None, "", []),
    ],
)
def test_a_new_or_smaller_budget_says_how_much_more_can_be_given(
    before: Any, after: Any, says: str, more: list[str]
) -> None:
    """Of a budget of 30, after 20 of one of 1000 were given, 20 were given once more: its shares count apart."""
    currencies = ["USD"] if isinstance(after, dict) else []
    first, second = (
        programme_of(
            landing=LANDING,
            currencies=currencies,
            earn=[CASHBACK | ({"budget": budget} if budget is not None else {})],
        )
        for budget in (before, after)
    )
    told = [written(doubt) for doubt in warnings(second, date(2027, 5, 1), first)]
    assert told == [says.format("cashback", amount) for amount in more]


def test_what_was_given_without_a_budget_is_not_in_it() -> None:
    """As the warning says; an order that was paid before and is heard after is not either."""
    shop, began = Memory(programme_of(landing=LANDING, earn=[CASHBACK])), NOW + 1
    shop.execute(order("1", ANNA, line(net=40000)))
    shop.publish(programme_of(landing=LANDING, earn=[CASHBACK | {"budget": 20}]), began, began)
    shop.execute(order("late", ANNA, line(net=20000)), began)
    assert (shop.available(ANNA), shop.all(Budget)) == (2000 + 1000, [])
    for number in range(2, 6):
        shop.execute(order(str(number), ANNA, line(net=20000), at=began), began)
    assert shop.available(ANNA, now=began) == 3000 + 2000
    shop.execute(refund("1", amount=40000), began)
    shop.execute(order("6", ANNA, line(net=20000), at=began), began)
    assert shop.available(ANNA, now=began) == 3000


@pytest.mark.parametrize(("month", "is_said"), [(3, False), (5, True), (7, False)])
@pytest.mark.parametrize(("before", "says"), [({}, NEW_BUDGET), ({"budget": 90}, SMALLER_BUDGET)])
def test_a_budget_of_a_campaign_or_of_its_rule_is_told_while_that_runs(
    month: int, is_said: bool, before: dict[str, Any], says: str
) -> None:
    extra = {"id": "extra", "campaign": "tea", "percent": 5}
    first, second = (
        programme_of(landing=LANDING, earn=[CASHBACK, extra | budget], campaigns=[RUNNING | budget])
        for budget in (before, {"budget": 30})
    )
    told = [written(doubt) for doubt in warnings(second, date(2027, month, 1), first)]
    assert told == ([says.format(name, "30.00 EUR") for name in ("extra", "tea")] if is_said else [])


def test_a_rule_or_a_currency_that_is_new_with_its_budget_needs_no_word() -> None:
    first = programme_of(landing=LANDING, earn=[CASHBACK])
    extra = CASHBACK | {"id": "extra", "budget": 30}
    assert list(warnings(programme_of(landing=LANDING, earn=[CASHBACK, extra]), date(2027, 5, 1), first)) == []
    first, second = (
        programme_of(landing=LANDING, currencies=currencies, earn=[CASHBACK | {"budget": budget}])
        for currencies, budget in (([], {"EUR": 30}), (["USD"], {"EUR": 30, "USD": 30}))
    )
    assert list(warnings(second, date(2027, 5, 1), first)) == []


NEW_LIMITS = "The limits of {} that are new count from this version on: what it gave a member before is not in them"
DAILY, IN_ALL = {"amount": 5, "per": "day"}, {"amount": 5, "per": "member"}


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ([], [IN_ALL], [NEW_LIMITS.format("cashback")]),
        ([DAILY], [DAILY, IN_ALL], [NEW_LIMITS.format("cashback")]),
        ([IN_ALL], [IN_ALL | {"amount": 3}], []),
        ([DAILY, IN_ALL], [DAILY], []),
    ],
)
def test_a_limit_that_a_rule_did_not_have_is_said_to_begin_now(
    before: list[Any], after: list[Any], says: list[str]
) -> None:
    """docs/programme.md: of 36 points given without a limit none is in the 40 that the next version allows a week."""
    first, second = (programme_of(landing=LANDING, earn=[CASHBACK | {"limits": limits}]) for limits in (before, after))
    assert [written(doubt) for doubt in warnings(second, date(2027, 5, 1), first)] == says


@pytest.mark.parametrize(
    ("month", "says"), [(3, []), (5, [NEW_LIMITS.format(name) for name in ("extra", "tea")]), (7, [])]
)
def test_a_new_limit_of_a_campaign_or_of_its_rule_is_said_to_begin_now_while_it_runs(
    month: int, says: list[str]
) -> None:
    extra = {"id": "extra", "campaign": "tea", "percent": 5}
    first, second = (
        programme_of(
            landing=LANDING, earn=[CASHBACK, extra | {"limits": limits}], campaigns=[RUNNING | {"limits": limits}]
        )
        for limits in ([], [DAILY])
    )
    assert [written(doubt) for doubt in warnings(second, date(2027, month, 1), first)] == says


@pytest.mark.parametrize(("month", "says"), [(3, []), (5, [NEW_LIMITS.format("berries")]), (7, [])])
def test_a_new_limit_of_a_rule_of_a_campaign_is_said_to_begin_now_while_that_runs(month: int, says: list[str]) -> None:
    """Before its campaign has begun the rule has given nothing that the limit could leave out."""
    berries = {"id": "berries", "percent": 1, "campaign": "tea"}
    first, second = (
        programme_of(landing=LANDING, earn=[CASHBACK, berries | {"limits": limits}], campaigns=[RUNNING])
        for limits in ([], [DAILY])
    )
    assert [written(doubt) for doubt in warnings(second, date(2027, month, 1), first)] == says


def worth_becomes(before: str, after: str) -> str:
    return (
        f"Points: worth {after} instead of {before} from this version on, also of all that members hold: what it pays "
        "and what is owed for it change at once, and only open holds pay what they were placed at"
    )


def worth_dropped(before: str, currency: str) -> str:
    return (
        f"Points: the worth of {before} is dropped, so that nothing that members hold pays in {currency} any more, but "
        "for open holds; to end it with what is held, keep the worth and remove the rules that give it"
    )


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("0.05", "0.04", [worth_becomes("0.05 EUR", "0.04 EUR")]),
        ("0.05", {"EUR": "0.10"}, [worth_becomes("0.05 EUR", "0.10 EUR")]),
        ("0.05", {"EUR": "0.0525"}, [worth_becomes("0.05 EUR", "0.0525 EUR")]),
        ("0.05", None, [worth_dropped("0.05 EUR", "EUR")]),
        (
            {"EUR": "0.05", "USD": "0.06"},
            {"EUR": "0.04", "USD": "0.07"},
            [worth_becomes("0.05 EUR", "0.04 EUR"), worth_becomes("0.06 USD", "0.07 USD")],
        ),
        ({"EUR": "0.05", "USD": "0.06"}, {"EUR": "0.05"}, [worth_dropped("0.06 USD", "USD")]),
        ("0.05", {"EUR": "0.050"}, []),
        ("0.05", {"EUR": "0.05", "USD": "0.06"}, []),
        (None, "0.05", []),
        (None, None, []),
    ],
)
def test_a_worth_that_members_had_otherwise_is_named_in_each_currency(before: Any, after: Any, says: list[str]) -> None:
    first, second = (
        programme_of(
            landing=LANDING, currencies=["USD"], earn=[CASHBACK], assets={"points": {"worth": worth} if worth else {}}
        )
        for worth in (before, after)
    )
    assert [written(doubt) for doubt in warnings(second, date(2027, 5, 1), first)] == says


def test_a_worth_in_a_currency_that_another_one_takes_the_place_of_is_dropped() -> None:
    assets = {"points": {"worth": "0.05"}}
    first = programme_of(landing=LANDING, currency="USD", currencies=["EUR"], earn=[CASHBACK], assets=assets)
    second = programme_of(landing=LANDING, currencies=["USD"], earn=[CASHBACK], assets=assets)
    assert [written(doubt) for doubt in warnings(second, date(2027, 5, 1), first)] == [worth_dropped("0.05 USD", "USD")]


def test_an_asset_that_is_new_with_its_worth_needs_no_word() -> None:
    first = programme_of(landing=LANDING, earn=[CASHBACK])
    second = programme_of(landing=LANDING, earn=[CASHBACK], assets={"points": {"worth": "0.05"}})
    assert list(warnings(second, date(2027, 5, 1), first)) == []


def test_of_an_asset_without_a_worth_open_holds_alone_pay() -> None:
    """As the warning says."""
    first, second = (
        programme_of(landing=LANDING, earn=[], assets={"points": {"worth": worth} if worth else {}})
        for worth in ("0.05", None)
    )
    shop = Memory(first)
    shop.execute(order("1", ANNA))
    shop.execute(adjust(100, asset="points"))
    shop.execute(PlaceHold(ANNA, "h1", "points", 40))
    shop.publish(second, NOW + 1, NOW + 1)
    with pytest.raises(InvalidInput, match="asset must have a worth in EUR"):
        shop.execute(PlaceHold(ANNA, "h2", "points", 40), NOW + 2)
    assert shop.execute(CaptureHold(ANNA, "h1"), NOW + 2)["worth"] == 200


@pytest.mark.parametrize(
    ("after", "beginning"),
    [
        ("0.045", "Feuilles : la valeur passe de 0,05 € à 0,045 € à partir de cette version, "),
        (None, "Feuilles : la valeur de 0,05 € est supprimée, "),
    ],
)
def test_of_a_worth_that_is_said_in_french_by_the_name_of_the_asset(after: Any, beginning: str) -> None:
    first, second = (
        programme_of(
            landing=LANDING,
            earn=[CASHBACK],
            assets={"points": {"name": {"fr": "feuilles"}} | ({"worth": worth} if worth else {})},
        )
        for worth in ("0.05", after)
    )
    (doubt,) = warnings(second, date(2027, 5, 1), first)
    sentence = written(doubt, words.of("fr"), second).replace("\N{NO-BREAK SPACE}", " ")
    assert sentence.replace("\N{NARROW NO-BREAK SPACE}", " ").startswith(beginning)


def expiry_of(parts: str) -> str:
    return (
        f"{parts}: the expiry that changes is that of what is earned from this version on; what members hold already "
        "keeps the day on which it expires, or never does"
    )


REVIEW = {"id": "review", "on": "review", "give": 5, "of": "points"}
REWARD = {"give": 2, "of": "points"}
CARD = {"id": "cups", "counts": {"orders": True}, "size": 5, "reward": REWARD}


def expiring(**fields: Any) -> dict[str, Any]:
    """A programme in which whatever gives a reward may have an expiry of its own, by the part's id."""
    level = {"id": "black", "at": 200, "gift": REWARD | fields.get("black", {})}
    parts: dict[str, Any] = {
        "assets": {"points": fields.get("points", {})},
        "earn": [
            CASHBACK | fields.get("cashback", {}),
            REVIEW | fields.get("review", {}),
            {"id": "extra", "percent": 1, "campaign": "tea"} | fields.get("extra", {}),
        ],
        "campaigns": [RUNNING | fields.get("tea", {})],
        "cards": [CARD | {"reward": REWARD | fields.get("cups", {})}],
        "levels": {"steps": [{"id": "green", "at": 0}, level]},
        "goals": [{"id": "often", "measure": "orders", "target": 3, "reward": REWARD | fields.get("often", {})}],
        "referral": {"percent": 5, "welcome": {"percent": 3} | fields.get("welcome", {})} | fields.get("referral", {}),
    }
    return parts


MONTH, YEAR = {"expire_days": 30}, {"expire_days": 365}


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ({"cashback": YEAR}, {"cashback": MONTH}, "Rule cashback"),
        ({"cashback": MONTH}, {"cashback": YEAR}, "Rule cashback"),
        ({}, {"cashback": MONTH}, "Rule cashback"),
        ({"cashback": MONTH}, {}, "Rule cashback"),
        ({"cashback": MONTH}, {"cashback": {"expire_months": 1}}, "Rule cashback"),
        ({"cashback": MONTH}, {"cashback": MONTH | {"expire_end": "month"}}, "Rule cashback"),
        ({"cashback": MONTH}, {"cashback": MONTH | {"expire_from": "vesting", "vest_days": 3}}, "Rule cashback"),
        ({"points": MONTH}, {"points": YEAR}, "Asset points"),
        ({"points": MONTH, "review": YEAR}, {"points": MONTH}, "Rule review"),
        ({"points": MONTH, "review": YEAR}, {"points": YEAR, "review": MONTH}, "Asset points, Rule review"),
        ({"extra": MONTH, "tea": MONTH}, {"extra": YEAR, "tea": YEAR}, "Rule extra, Campaign tea"),
        (
            dict.fromkeys(("cups", "black", "often", "referral", "welcome"), MONTH),
            {},
            "Stamp card “cups”, Level black, Goal often, Referrals, Welcome gift",
        ),
        ({"cashback": MONTH}, {"cashback": MONTH}, ""),
        ({"cashback": MONTH}, {"cashback": MONTH | {"expire_from": "payment", "vest_days": 3}}, ""),
        ({"points": MONTH}, {"points": MONTH, "review": MONTH}, ""),
    ],
)
def test_an_expiry_that_changes_is_said_to_leave_what_members_hold(
    before: dict[str, Any], after: dict[str, Any], parts: str
) -> None:
    first, second = (programme_of(landing=LANDING, **expiring(**fields)) for fields in (before, after))
    told = [written(doubt) for doubt in warnings(second, date(2027, 5, 1), first)]
    assert told == ([expiry_of(parts)] if parts else [])


@pytest.mark.parametrize("month", [3, 7])
def test_the_expiry_of_what_is_new_or_does_not_run_needs_no_word(month: int) -> None:
    parts = (expiring(**dict.fromkeys(("extra", "tea"), terms)) for terms in (YEAR, MONTH))
    first, second = (programme_of(landing=LANDING, **fields) for fields in parts)
    assert list(warnings(second, date(2027, month, 1), first)) == []
    bare = programme_of(landing=LANDING, earn=[CASHBACK])
    whole = programme_of(landing=LANDING, **expiring(points=MONTH, extra=YEAR, cups=YEAR, referral=YEAR, welcome=MONTH))
    assert list(warnings(whole, date(2027, month, 1), bare)) == []


def test_what_members_hold_keeps_its_expiry() -> None:
    """As the warning says; so does what an order that was paid before earns when it is heard after."""
    first, second = (programme_of(landing=LANDING, earn=[CASHBACK | terms]) for terms in (YEAR, MONTH))
    shop = Memory(first)
    shop.execute(order("1", ANNA))
    shop.publish(second, NOW + 1, NOW + 1)
    (end,) = {lot.expires_at for lot in shop.member(ANNA).accounts["EUR/2"].lots}
    shop.execute(order("late", ANNA), NOW + 2)
    shop.execute(order("3", ANNA, at=NOW + 2), NOW + 2)
    ends = sorted(lot.expires_at for lot in shop.member(ANNA).accounts["EUR/2"].lots for _ in range(lot.amount // 500))
    assert ends == [end - 335 * DAY_S, end, end]


CHANGED_HOLDOUT = (
    "The hold-out of tea changes while it runs: people of each group were in the other one before, so that its effect "
    "cannot be told any more"
)


@pytest.mark.parametrize(
    ("before", "after", "month", "says"),
    [
        ({"holdout": 10}, {"holdout": 20}, 5, [CHANGED_HOLDOUT]),
        ({"holdout": 10}, {"holdout": 10, "salt": "pepper"}, 5, [CHANGED_HOLDOUT]),
        ({}, {"holdout": 10}, 5, [CHANGED_HOLDOUT]),
        ({"salt": "salt"}, {"salt": "pepper"}, 5, []),
        ({"holdout": 10}, {"holdout": 10}, 5, []),
        ({"holdout": 10}, {"holdout": 20}, 3, []),
        ({"holdout": 10}, {"holdout": 20}, 7, []),
    ],
)
def test_a_hold_out_that_changes_while_its_campaign_runs_is_named(
    before: dict[str, Any], after: dict[str, Any], month: int, says: list[str]
) -> None:
    """The campaign's report says then that its effect is not to be trusted (docs/programme.md)."""
    first, second = (
        programme_of(landing=LANDING, earn=[CASHBACK], campaigns=[RUNNING | parts]) for parts in (before, after)
    )
    assert [written(doubt) for doubt in warnings(second, date(2027, month, 1), first)] == says


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (date(2027, 4, 1), [CHANGED_HOLDOUT]),
        (date(2027, 6, 30), [CHANGED_HOLDOUT]),
        (date(2027, 7, 1), []),
        (date(2028, 5, 1), []),
    ],
)
def test_a_campaign_that_has_ended_may_come_again_with_another_hold_out(day: date, says: list[str]) -> None:
    """What the first one's report tells was told: nobody's group changes while it runs."""
    again = RUNNING | {"starts": "2027-04-01", "ends": "2028-06-30", "holdout": 20}
    first, second = (
        programme_of(landing=LANDING, earn=[CASHBACK], campaigns=[campaign])
        for campaign in (RUNNING | {"holdout": 10}, again)
    )
    assert [written(doubt) for doubt in warnings(second, day, first)] == says


def test_a_rule_that_is_new_with_its_limit_needs_no_word() -> None:
    rules = [POINTS], [POINTS, CASHBACK | {"limits": [DAILY]}]
    first, second = (programme_of(landing=LANDING, assets={"points": {}}, earn=earn) for earn in rules)
    assert list(warnings(second, date(2027, 5, 1), first)) == []


GIFT = "A friend's order of {} is enough for the welcome gift of {}; state the smallest order that counts"
BONUS = "Friends' orders of {} are enough for a bonus of {}; state the smallest order that counts"
PERCENT = {"percent": 10}


@pytest.mark.parametrize(
    ("referral", "says"),
    [
        (PERCENT | {"welcome": {"amount": 3}}, [GIFT.format("0.01 EUR", "3.00 EUR")]),
        (PERCENT | {"welcome": {"amount": 3}, "qualifies": {"minimum": 0}}, [GIFT.format("0.01 EUR", "3.00 EUR")]),
        # One currency is enough to tell of it.
        (PERCENT | {"welcome": {"amount": {"EUR": 3, "JPY": 300}}}, [GIFT.format("0.01 EUR", "3.00 EUR")]),
        (PERCENT | {"welcome": {"amount": {"JPY": 300}}}, [GIFT.format("1 JPY", "300 JPY")]),
        (
            {"amount": 5, "welcome": {"amount": 3}},
            [GIFT.format("0.01 EUR", "3.00 EUR"), BONUS.format("0.01 EUR", "5.00 EUR")],
        ),
        (PERCENT | {"ladder": [{"bonuses": 2, "amount": 9}]}, [BONUS.format("0.01 EUR", "9.00 EUR")]),
        # What a currency states no minimum for, nothing in it reaches.
        (PERCENT | {"welcome": {"amount": {"EUR": 3, "JPY": 300}}, "qualifies": {"minimum": {"EUR": 20}}}, []),
        (PERCENT | {"welcome": {"amount": 3}, "qualifies": {"minimum": "0.02"}}, []),
        (PERCENT | {"welcome": {"percent": 5}}, []),
    ],
)
def test_a_sum_for_friends_that_the_smallest_order_earns_is_named(referral: dict[str, Any], says: list[str]) -> None:
    told = doubts(currencies=["JPY"], earn=[CASHBACK], referral=referral)
    assert told == [f"{sentence} (referral.qualifies.minimum)" for sentence in says]


def test_that_is_said_in_french_too() -> None:
    parts = programme_of(landing=LANDING, referral={"amount": 5, "welcome": {"amount": 3}})
    gift, bonus = (written(doubt, words.of("fr")) for doubt in warnings(parts, date(2027, 5, 1)))
    for sentence, of in ((gift, "le cadeau de bienvenue de 3,00"), (bonus, "un bonus de 5,00")):
        assert sentence.startswith("Il suffit qu")
        assert (of in sentence, "pour 0,01" in sentence, "commande minimale" in sentence) == (True, True, True)


def test_a_share_of_nothing_that_balances_may_pay_is_warned_of() -> None:
    (doubt,) = doubts(earn=[CASHBACK], spending={"max_percent": 0})
    assert doubt.startswith("No order can be paid with a balance: spending.max_percent is 0")
    assert doubts(earn=[CASHBACK], spending={"max_percent": 1}) == []
