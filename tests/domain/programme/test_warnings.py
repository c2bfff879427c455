"""What a programme may say and probably does not mean, beside what the preview's tests say of percents and hosts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from chalicelib.domain.core.phrases import written
from chalicelib.domain.programme.warnings import warnings
from chalicelib.edge import words
from tests.world.builders import CASHBACK, programme_of

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
