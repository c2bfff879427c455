"""What a programme gives, in sentences that an owner reads before it is published."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.core.phrases import ENGLISH, written
from chalicelib.domain.rewards.summary import sentences
from tests.world.builders import CASHBACK, NOW, programme_of

POINTS: dict[str, Any] = {"points": {}}
LEAVES = {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}
FEWER = {"give": 50, "of": "points"}
SUMMER = {"id": "summer", "starts": "2027-06-21", "ends": "2027-07-04", "multiply": {"cashback": 3}}
BLACK = {"id": "black", "at": 200, "multiply": {"cashback": Decimal("1.5")}, "gift": {"amount": 5}}


def review(name: str, give: int, on: str) -> dict[str, Any]:
    return {"id": name, "give": give, "of": "points", "on": on}


def summary(**parts: Any) -> list[str]:
    """What is said of a programme, without when rewards expire, which stands last."""
    programme = programme_of(**parts)
    told = [written(sentence, ENGLISH, programme) for sentence in sentences(programme, NOW)]
    return [sentence for sentence in told if "expire" not in sentence]


@pytest.mark.parametrize(
    ("parts", "earns"),
    [
        pytest.param({"earn": []}, ["0.00 EUR"], id="nothing"),
        pytest.param({}, ["2.50 EUR"], id="a percent"),
        pytest.param({"earn": [CASHBACK, CASHBACK | {"id": "more"}]}, ["5.00 EUR"], id="two rules together"),
        pytest.param(
            {"earn": [{"id": "all", "percent": 50, "base": {"tax": True, "shipping": True}}]},
            ["25.00 EUR"],
            id="of goods alone, without tax or shipping",
        ),
        pytest.param({"assets": POINTS, "earn": [LEAVES]}, ["50 points"], id="points alone"),
        pytest.param(
            {"assets": POINTS, "earn": [LEAVES | {"give": 2, "per": "piece"}]}, ["2 points"], id="of one piece"
        ),
        pytest.param(
            {"assets": POINTS, "earn": [LEAVES, CASHBACK]}, ["2.50 EUR and 50 points"], id="money before points"
        ),
        pytest.param(
            {
                "assets": POINTS | {"stars": {}},
                "earn": [LEAVES, CASHBACK, LEAVES | {"id": "stars", "of": "stars", "give": 2}],
            },
            ["2.50 EUR, 50 points and 100 stars"],
            id="three assets as a list",
        ),
    ],
)
def test_a_summary_says_what_an_order_earns(parts: dict[str, Any], earns: list[str]) -> None:
    assert summary(**parts) == [f"An order of 50.00 EUR earns {earned}." for earned in earns]


def test_an_order_earns_what_the_first_level_makes_of_it() -> None:
    steps = [{"id": "green", "at": 0, "multiply": {"cashback": 2}}, {"id": "black", "at": 200}]
    assert summary(levels={"steps": steps})[0] == "An order of 50.00 EUR earns 5.00 EUR."


def test_while_a_campaign_runs_it_is_said_that_it_is_left_out() -> None:
    """On 2 February 2026."""
    runs, over = ({"starts": "2026-02-01", "ends": f"2026-02-{day}"} for day in ("02", "01"))
    assert summary(campaigns=[SUMMER | runs])[0] == "An order of 50.00 EUR earns 2.50 EUR, without campaigns."
    assert summary(campaigns=[SUMMER | over])[0] == "An order of 50.00 EUR earns 2.50 EUR."


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ({"limits": [{"amount": 1, "per": "member"}]}, "at most 1.00 EUR in all"),
        ({"budget": {"EUR": 1}}, "budget 1.00 EUR"),
    ],
    ids=["limit", "budget"],
)
def test_an_order_earns_no_more_than_a_limit_or_a_budget_leaves(limit: dict[str, Any], told: str) -> None:
    assert summary(earn=[CASHBACK | limit]) == ["An order of 50.00 EUR earns 1.00 EUR.", f"Rule cashback: {told}."]


def test_limits_and_budgets_are_told_in_every_currency_and_those_of_a_ladder_too() -> None:
    limit = {"limits": [{"amount": {"EUR": 5, "USD": 6}, "per": "month"}], "budget": {"EUR": 10, "USD": 11}}
    told = summary(currencies=["USD"], earn=[CASHBACK | limit])
    assert told[-1] == "Rule cashback: at most 5.00 EUR and 6.00 USD a month, budget 10.00 EUR and 11.00 USD."
    ladder = {"id": "basket", "ladder": [{"at": 50, "percent": 5}], "budget": 10}
    assert "Rule basket: budget 10.00 EUR." in summary(earn=[ladder])


def test_limits_of_a_campaign_and_steps_of_the_bonus_for_friends_are_told() -> None:
    steps = [{"bonuses": 2, "percent": 12}, {"bonuses": 5, "amount": 9}]
    told = summary(
        campaigns=[SUMMER | {"limits": [{"amount": 3, "per": "day"}], "budget": 50}],
        referral={"percent": 10, "ladder": steps, "limit": 8},
    )
    assert told[2:] == [
        (
            "From a member's bonus number 2 on, the bonus for friends is 12% of what they have spent, without tax and "
            "shipping."
        ),
        "From a member's bonus number 5 on, the bonus for friends is 9.00 EUR.",
        "A member gets at most 8 bonuses for friends.",
        "Campaign summer, 2027-06-21 to 2027-07-04: cashback times 3; at most 3.00 EUR a day; budget 50.00 EUR.",
    ]


def test_rules_of_which_an_order_of_fifty_shows_a_part_or_nothing_are_told() -> None:
    tea = {"match": {"categories": ["tea"]}}
    told = summary(
        assets=POINTS,
        earn=[
            CASHBACK | {"rates": [tea | {"percent": 10}], "cap": 20},
            {"id": "pots", "percent": 0, "rates": [tea | {"percent": 8}]},
            {"id": "large", "percent": 3, "minimum": 100},
            LEAVES | tea,
            {"id": "plain", "percent": 1},
        ],
    )
    assert told == [
        "An order of 50.00 EUR earns 3.00 EUR.",
        (
            "Cashback: 5% of what you buy, 10% on some articles, without tax and shipping, at most 20.00 EUR for each "
            "order."
        ),
        "Cashback: 8% on some articles, without tax and shipping.",
        "Cashback: 3% of what you buy, without tax and shipping, for an order of 100.00 EUR at least.",
        "points: 1 for each full 1.00 EUR of what you buy, without tax and shipping, only on some articles.",
    ]


def test_where_only_the_best_rule_counts_that_is_told_with_what_all_of_them_give() -> None:
    """An order of 50.00 shows the best rule alone, and nothing said that the others are not added."""
    fixed = {"id": "fixed", "amount": 4}
    told = [
        "An order of 50.00 EUR earns 4.00 EUR.",
        "Cashback: 5% of what you buy, without tax and shipping.",
        "Cashback: 4.00 EUR for each order.",
        "Of what several rules give for one order only the most counts.",
    ]
    assert summary(earn=[CASHBACK, fixed], combine="best") == told
    assert summary(earn=[CASHBACK, fixed]) == ["An order of 50.00 EUR earns 6.50 EUR."]
    reviewed = review("review", 5, "review")
    alone = summary(assets=POINTS, earn=[fixed, reviewed], combine="best")
    assert alone == [told[0], "The activity review gives 5 points."]


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        ({"per": "lifetime"}, "Levels: all counts, for ever."),
        (
            {"per": "rolling", "grace_days": 1},
            "Levels: the last 12 months and this one count; a level stands 1 day longer.",
        ),
        (
            {"counts": "next_month", "grace_days": 30},
            (
                "Levels: the better of this year and the last one counts; each month counts once it is over; a level "
                "stands 30 days longer."
            ),
        ),
    ],
)
def test_of_which_time_levels_count_is_told_once_for_all_of_them(levels: dict[str, Any], told: str) -> None:
    """A level stood `from 350.00 EUR`, whether that is to be bought in a year or in a life."""
    assert summary(levels={"steps": [{"id": "green", "at": 0}]} | levels)[1] == told


def test_from_when_what_is_earned_can_be_spent_is_told_before_when_it_expires() -> None:
    programme = programme_of(earn=[CASHBACK | {"vest_on": "delivery", "vest_days": 14}])
    *_, before, last = (written(sentence, ENGLISH, programme) for sentence in sentences(programme, NOW))
    assert (before, last) == (
        "Rewards can be spent from 14 days after the delivery on.",
        "Rewards do not expire.",
    )


def test_an_order_in_each_currency_of_a_size_that_is_usual_in_it() -> None:
    assert summary(currencies=["JPY", "USD"]) == [
        "An order of 50.00 EUR earns 2.50 EUR.",
        "An order of 5000 JPY earns 250 JPY.",
        "An order of 50.00 USD earns 2.50 USD.",
    ]


@pytest.mark.parametrize(
    ("rule", "brings"),
    [
        pytest.param(
            {"percent": 10},
            ["2 friends who buy for 50.00 EUR each bring their referrer 10.00 EUR"],
            id="a share of what both have bought",
        ),
        pytest.param(
            {"percent": 10, "friends": 1}, ["a friend who buys for 50.00 EUR brings their referrer 5.00 EUR"], id="one"
        ),
        pytest.param(
            {"amount": 15, "friends": 3, "welcome": {"percent": 20}},
            [
                "3 friends who buy for 50.00 EUR each bring their referrer 15.00 EUR",
                "such a friend gets 10.00 EUR as a welcome gift",
            ],
            id="a fixed sum once, and a welcome gift",
        ),
        pytest.param(
            {"percent": 10, "qualifies": {"minimum": 50}},
            ["2 friends who buy for 50.00 EUR each bring their referrer 10.00 EUR"],
            id="just the minimum",
        ),
        pytest.param(
            {"percent": 10, "qualifies": {"minimum": Decimal("50.01")}, "welcome": {"amount": 3}},
            ["a friend's order of 50.00 EUR is below the least that friends must buy for"],
            id="below the minimum",
        ),
    ],
)
def test_a_summary_says_what_friends_bring(rule: dict[str, Any], brings: list[str]) -> None:
    order, _ = summary(referral=rule)
    assert order == f"An order of 50.00 EUR earns 2.50 EUR; {'; '.join(brings)}."


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({}, "a new customer; with an order that is paid within 30 days after coming by the code"),
        (
            {"qualifies": {"first_order": False}, "window_days": 1},
            "also one who has bought before; with an order that is paid within 1 day after coming by the code",
        ),
        (
            {"qualifies": {"minimum": {"EUR": 20, "USD": 25}}},
            (
                "a new customer; with an order of 20.00 EUR or 25.00 USD or more that is paid within 30 days after "
                "coming by the code"
            ),
        ),
    ],
)
def test_which_friends_count_is_told(rule: dict[str, Any], told: str) -> None:
    """docs/programme.md: `qualifies` and `window_days` decide which order converts a friend."""
    assert f"A friend counts: {told}." in summary(currencies=["USD"], referral={"percent": 10} | rule)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({}, []),
        ({"spending": {"max_percent": 50}}, ["at most 50% of an order"]),
        (
            {"spending": {"minimum": {"EUR": 2, "USD": 3}, "min_percent": "12.5"}},
            ["from 2.00 EUR or 3.00 USD on; at least 12.5% of an order"],
        ),
        ({"assets": {"points": {"worth": "0.05"}, "badges": {}}}, ["100 points are worth 5.00 EUR"]),
    ],
)
def test_how_a_balance_pays_is_told_where_it_cannot_pay_all_of_any_order(
    parts: dict[str, Any], told: list[str]
) -> None:
    sentences = [sentence for sentence in summary(currencies=["USD"], **parts) if "Paying" in sentence]
    assert sentences == [f"Paying with a balance: {part}." for part in told]


def test_friends_who_pay_in_a_currency_that_the_minimum_is_not_stated_in_bring_nothing() -> None:
    """docs/programme.md: in a currency for which a sum states nothing, the rule that needs it does not apply."""
    euros, dollars, _ = summary(currencies=["USD"], referral={"percent": 10, "qualifies": {"minimum": 10}})
    assert euros.split("; ")[1:] == ["2 friends who buy for 50.00 EUR each bring their referrer 10.00 EUR."]
    assert dollars.partition("; ")[2] == (
        "friends' orders in USD bring nothing: the least that they must buy for (referral.qualifies.minimum) is not "
        "stated in it."
    )


def test_a_fixed_bonus_is_the_programmes_money_whatever_friends_pay_in_and_a_welcome_gift_is_not() -> None:
    _, dollars, _ = summary(currencies=["USD"], referral={"amount": 15, "welcome": {"amount": 3}})
    assert dollars.split("; ")[1:] == [
        "2 friends who buy for 50.00 USD each bring their referrer 15.00 EUR",
        "such a friend gets 0.00 USD as a welcome gift.",
    ]


def test_each_activity_is_told_once_with_what_all_its_rules_give() -> None:
    earn = [CASHBACK, review("a", 20, "review"), review("b", 5, "review"), review("c", 7, "sign-up")]
    assert summary(assets=POINTS, earn=earn)[1:] == [
        "The activity review gives 25 points.",
        "The activity sign-up gives 7 points.",
    ]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param(
            {"cards": [{"id": "coffee", "counts": {"orders": True}, "size": 5, "reward": {"amount": 4}}]},
            ["Stamp card “coffee”: every 5 stamps give 4.00 EUR, a stamp for each order."],
            id="a card",
        ),
        pytest.param(
            {"levels": {"steps": [{"id": "green", "at": 0}, BLACK | {"perks": {"en": "Free delivery"}}]}},
            [
                "Levels: the better of this year and the last one counts.",
                "Level green, from 0.00 EUR: nothing yet.",
                "Level black, from 200.00 EUR: cashback times 1.5, a gift of 5.00 EUR, Free delivery.",
            ],
            id="levels",
        ),
        pytest.param(
            {
                "goals": [
                    {"id": "month", "measure": "orders", "target": 3, "per": "month", "reward": FEWER},
                    {"id": "ever", "measure": "orders", "target": 9, "reward": FEWER, "badge": {"en": "Regular"}},
                    {"id": "streak", "measure": "weeks", "target": 4, "badge": {"en": "Faithful"}},
                    {"id": "spend", "measure": "spend", "target": 100, "per": "year", "reward": {"amount": 5}},
                ]
            },
            [
                "Goal month: 3 orders in a month give 50 points.",
                "Goal ever: 9 orders give 50 points and the badge Regular.",
                "Goal streak: 4 weeks in a row give the badge Faithful.",
                "Goal spend: 100.00 EUR spent in a year give 5.00 EUR.",
            ],
            id="goals",
        ),
        pytest.param(
            {
                "earn": [CASHBACK, {"id": "extra", "percent": 2, "campaign": "own"}],
                "campaigns": [SUMMER, SUMMER | {"id": "own", "multiply": {}, "holdout": Decimal("12.50")}],
            },
            [
                "Cashback: 2% of what you buy, without tax and shipping, only with the campaign own.",
                "Campaign summer, 2027-06-21 to 2027-07-04: cashback times 3.",
                "Campaign own, 2027-06-21 to 2027-07-04: rules of its own (extra); 12.5% held out.",
            ],
            id="campaigns",
        ),
        pytest.param(
            {
                "boards": [
                    {"id": "no", "top": 5, "prizes": [FEWER, {"amount": 3}], "settle_days": 9},
                    {"id": "points", "measure": "points", "per": "week"},
                    {"id": "friends", "measure": "friends", "per": "all"},
                ]
            },
            [
                "Board no: the 5 members with the most spend in a month; prizes of 50 points, 3.00 EUR, 9 days later.",
                "Board points: the 10 members with the most points in a week.",
                "Board friends: the 10 members with the most friends in all.",
            ],
            id="boards",
        ),
    ],
)
def test_what_members_are_on_their_way_to(parts: dict[str, Any], expected: list[str]) -> None:
    assert summary(assets=POINTS, **parts)[1:] == expected


STEPS: list[dict[str, Any]] = [{"id": "green", "at": 0}, {"id": "black", "at": 200}]
EXTRA = {"id": "extra", "percent": 2, "campaign": "summer"}


@pytest.mark.parametrize(
    ("audience", "whom"),
    [
        ({}, ""),
        ({"levels": ["black"]}, "; for the level black"),
        ({"levels": ["green", "black"]}, "; for the levels green, black"),
        ({"segments": ["loyal"]}, "; for the segment Loyal"),
        ({"segments": ["loyal", "lost"]}, "; for the segments Loyal, Lost"),
        ({"first_order": True}, "; for first orders"),
        ({"members": ["shop.1"]}, "; for 1 listed member"),
        ({"members": ["shop.1", "shop.2"]}, "; for 2 listed members"),
        (
            {"levels": ["black"], "segments": ["lost"], "first_order": True, "members": ["shop.1"]},
            "; for the level black; for the segment Lost; for first orders; for 1 listed member",
        ),
    ],
)
def test_a_summary_says_whom_a_campaign_is_for(audience: dict[str, Any], whom: str) -> None:
    sentence = summary(levels={"steps": STEPS}, campaigns=[SUMMER | {"audience": audience}])[-1]
    assert sentence == f"Campaign summer, 2027-06-21 to 2027-07-04: cashback times 3{whom}."


@pytest.mark.parametrize(
    ("parts", "budget"),
    [
        ({"campaigns": [SUMMER | {"budget": 300}]}, "; budget 300.00 EUR"),
        ({"campaigns": [SUMMER | {"budget": 0}]}, "; budget 0.00 EUR"),
        (
            {"currencies": ["USD"], "campaigns": [SUMMER | {"budget": {"EUR": 300, "USD": 400}}]},
            "; budget 300.00 EUR and 400.00 USD",
        ),
        ({"earn": [CASHBACK | {"budget": 9}], "campaigns": [SUMMER]}, ""),
        (
            {"earn": [CASHBACK, EXTRA | {"budget": 50}], "campaigns": [SUMMER | {"holdout": 5}]},
            ", rules of its own (extra); budget 50.00 EUR; 5% held out",
        ),
        (
            {"earn": [CASHBACK, EXTRA | {"budget": 50}], "campaigns": [SUMMER | {"budget": 300}]},
            ", rules of its own (extra); budget 300.00 EUR and 50.00 EUR",
        ),
    ],
)
def test_a_summary_says_what_a_campaign_may_cost(parts: dict[str, Any], budget: str) -> None:
    assert summary(**parts)[-1] == f"Campaign summer, 2027-06-21 to 2027-07-04: cashback times 3{budget}."


def test_when_rewards_expire_is_said_last() -> None:
    """A shop asked for an expiry of a year, and nothing of its first draft spoke of it."""
    programme = programme_of(earn=[CASHBACK | {"expire_days": 365}])
    *_, last = sentences(programme, NOW)
    assert written(last, ENGLISH, programme) == "Rewards expire 365 days after they were earned."


BASKET: dict[str, Any] = {"id": "basket", "ladder": [{"at": 150, "amount": 5}, {"at": 300, "amount": 12}]}
RUNGS = "5.00 EUR from 150.00 EUR on, 12.00 EUR from 300.00 EUR on"
IN_SUMMER = {"campaign": "summer", "ladder": [{"at": {"EUR": 50, "USD": 60}, "percent": 2}]}
PERCENTS = "2% of an order from 50.00 EUR on, 2% of an order from 60.00 USD on"


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({}, f"{RUNGS}, without tax and shipping"),
        ({"exclude": {"tags": ["sale"]}, "base": {"tax": True}}, f"{RUNGS}, without shipping, some articles excepted"),
        (
            {"budget": {"EUR": 5, "USD": 5}},
            f"{RUNGS}, without tax and shipping, as long as the shop's budget for it lasts",
        ),
        (IN_SUMMER, f"{PERCENTS}, only with the campaign summer, without tax and shipping"),
    ],
)
def test_a_ladder_has_a_sentence_of_its_own(rule: dict[str, Any], says: str) -> None:
    told = summary(earn=[CASHBACK, BASKET | rule], currencies=["USD"], campaigns=[SUMMER])
    assert f"Rule basket: {says}." in told


def test_from_when_until_when_rewards_can_be_spent_is_told_by_the_names_of_rules() -> None:
    """An owner knows a rule by its name or id, which the other sentences use too."""
    basket = {"id": "basket", "ladder": [{"at": 50, "amount": 3}], "vest_days": 14, "expire_days": 90}
    programme = programme_of(earn=[CASHBACK, basket])
    told = [written(sentence, ENGLISH, programme) for sentence in sentences(programme, NOW)]
    assert told[-3:] == [
        "These can be spent from 14 days after they were earned on: Rule basket.",
        "These do not expire: Rule cashback.",
        "These expire 90 days after they were earned: Rule basket.",
    ]


def test_a_ladder_for_some_articles_with_limits_has_one_sentence() -> None:
    ladder = {"id": "basket", "ladder": [{"at": 50, "amount": 3}], "match": {"skus": ["TEA"]}}
    told = summary(earn=[CASHBACK, ladder | {"limits": [{"per": "month", "amount": 9}]}])
    assert [sentence.partition(":")[0] for sentence in told if "basket" in sentence] == ["Rule basket"]
