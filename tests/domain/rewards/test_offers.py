"""What a programme gives and asks of one member, in sentences that a shopper reads before buying."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, cast

import msgspec
import pytest

from chalicelib.domain.core.phrases import ENGLISH, written
from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.ledger.transfers import Why
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import published
from chalicelib.domain.records import Member
from chalicelib.domain.rewards import offers
from chalicelib.domain.rewards.ladder import Ladder
from chalicelib.domain.rewards.progress.view import progress_of
from chalicelib.edge import words
from tests.world.builders import CASHBACK, NOW, programme_of

POINTS: dict[str, Any] = {"points": {}}
LEAVES = {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}
SUMMER = {"id": "summer", "starts": "2026-06-21", "ends": "2026-11-30", "multiply": {"cashback": 3}}
POINTS_TWICE = SUMMER | {"multiply": {"leaves": 2}}
STEPS = [
    {"id": "green", "at": 0},
    {"id": "black", "at": 200, "multiply": {"cashback": Decimal("1.5")}, "gift": {"amount": 5}},
    {"id": "white", "at": 800, "multiply": {"cashback": 2}},
]

WHOLE = "Cashback: 5% of what you buy, without tax and shipping"


def earned(level: str = "", **parts: Any) -> list[str]:
    programme = programme_of(**parts)
    return [written(phrase, ENGLISH, programme) for phrase in offers.earning(programme, level)]


def of_rule(rule: dict[str, Any], **parts: Any) -> str:
    (sentence,) = earned(assets=POINTS, earn=[rule], **parts)
    return sentence


@pytest.mark.parametrize(
    "rule",
    [
        {"id": "gift", "amount": {"USD": 2}},
        {"id": "basket", "ladder": [{"at": {"USD": 150}, "percent": 5}]},
        {"id": "basket", "ladder": [{"at": {"EUR": 150, "USD": 170}, "amount": {"USD": 5}}]},
    ],
    ids=["sum", "rung", "sum-of-a-rung"],
)
def test_what_is_stated_in_other_currencies_alone_is_not_offered(rule: dict[str, Any]) -> None:
    programme = programme_of(currencies=["USD"], earn=[rule])
    assert programme.earn[0].offer(programme) == ()
    assert earned(currencies=["USD"], earn=[rule]) == []


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (CASHBACK, f"{WHOLE}."),
        (CASHBACK | {"base": {"tax": True}}, "Cashback: 5% of what you buy, without shipping."),
        (CASHBACK | {"base": {"shipping": True}}, "Cashback: 5% of what you buy, without tax."),
        (CASHBACK | {"base": {"tax": True, "shipping": True}}, "Cashback: 5% of what you buy."),
        (
            CASHBACK | {"rates": [{"match": {"skus": ["A"]}, "percent": 10}]},
            "Cashback: 5% of what you buy, 10% on some articles, without tax and shipping.",
        ),
        (
            CASHBACK
            | {
                "rates": [
                    {"match": {"skus": [sku]}, "percent": rate}
                    for sku, rate in zip("ABCD", (10, 0, 3, 10), strict=True)
                ]
            },
            "Cashback: 5% of what you buy, 3% on some articles, 10% on some articles, without tax and shipping.",
        ),
        (
            CASHBACK | {"exclude": {"tags": ["sale"]}, "minimum": 20, "cap": 50},
            f"{WHOLE}, some articles excepted, for an order of 20.00 EUR at least, at most 50.00 EUR for each order.",
        ),
        (
            {"id": "gifts", "percent": 0, "rates": [{"match": {"skus": ["A"]}, "percent": 10}]},
            "Cashback: 10% on some articles, without tax and shipping.",
        ),
        ({"id": "gift", "amount": 2}, "Cashback: 2.00 EUR for each order."),
        (LEAVES, "points: 1 for each full 1.00 EUR of what you buy, without tax and shipping."),
        (LEAVES | {"per": "piece", "match": {"skus": ["A"]}}, "points: 1 for each piece, only on some articles."),
        (LEAVES | {"per": "order", "give": 10}, "points: 10 for each order."),
        (LEAVES | {"per": "order", "of": "EUR"}, "Reward: 1.00 EUR for each order."),
        (
            LEAVES | {"of": "EUR", "give": 2, "per": {"EUR": 50}},
            "Reward: 2.00 EUR for each full 50.00 EUR of what you buy, without tax and shipping.",
        ),
        (
            {"id": "basket", "ladder": [{"at": 150, "amount": 5}, {"at": 300, "percent": 4}]},
            "Basket reward: 5.00 EUR from 150.00 EUR on, 4% of an order from 300.00 EUR on, without tax and shipping.",
        ),
        (
            {"id": "basket", "count": "brackets", "ladder": [{"at": 50, "percent": 2}]},
            "Basket reward: 2% of what goes beyond 50.00 EUR, without tax and shipping.",
        ),
        (
            # 25,000 gives 40 + 300 + 150 = 490; 1% of all beyond 1000 and 2% of all beyond 5000 would be more.
            {
                "id": "basket",
                "count": "brackets",
                "ladder": [{"at": 1000, "percent": 1}, {"at": 5000, "percent": 2}, {"at": 20000, "percent": 3}],
            },
            (
                "Basket reward: 1% of what lies between 1000.00 EUR and 5000.00 EUR, 2% of what lies between 5000.00 "
                "EUR and 20000.00 EUR, 3% of what goes beyond 20000.00 EUR, without tax and shipping."
            ),
        ),
        (
            {"id": "r", "on": "review", "give": 20, "of": "points", "limits": [{"times": 2, "per": "month"}]},
            "20 points for your review, at most 2 times a month.",
        ),
        (
            {"id": "r", "on": "review", "give": 20, "of": "points", "limits": [{"times": 1, "per": "member"}]},
            "20 points for your review, at most once in all.",
        ),
        ({"id": "b", "on": "birthday", "give": 20, "of": "points"}, "20 points for your birthday."),
        (
            {"id": "a", "on": "anniversary", "give": 5, "of": "EUR"},
            "5.00 EUR each year on the day of your first order.",
        ),
        (
            CASHBACK | {"limits": [{"per": "year", "amount": 100}], "budget": 1000},
            f"{WHOLE}, at most 100.00 EUR a year, as long as the shop's budget for it lasts.",
        ),
    ],
)
def test_every_kind_of_rule_says_what_it_gives(rule: dict[str, Any], says: str) -> None:
    assert of_rule(rule) == says


def test_a_rung_without_a_height_in_the_currency_ends_no_bracket_of_it() -> None:
    rungs = [
        {"at": 50, "percent": 1},
        {"at": {"USD": 70}, "percent": 2},
        {"at": {"EUR": 90, "USD": 99}, "percent": 3},
    ]
    programme = programme_of(earn=[{"id": "basket", "count": "brackets", "ladder": rungs}], currencies=["USD"])
    (rule,) = programme.earn
    assert [written(rung) for rung in offers.rungs_of(cast(Ladder, rule), programme)] == [
        "1% of what lies between 50.00 EUR and 90.00 EUR",
        "3% of what goes beyond 90.00 EUR",
        "2% of what lies between 70.00 USD and 99.00 USD",
        "3% of what goes beyond 99.00 USD",
    ]


@pytest.mark.parametrize(
    ("rule", "french", "english"),
    [
        (CASHBACK, "Cagnotte : 5 % de vos achats, hors taxes et livraison.", "Piggy bank: 5% of what you buy"),
        ({"amount": 2}, "Cagnotte : 2,00 € par commande.", "Piggy bank: €2.00 for each order."),
        (
            {"percent": 0, "rates": [{"match": {"skus": ["A"]}, "percent": 10}]},
            "Cagnotte : 10 % sur certains articles, hors taxes et livraison.",
            "Piggy bank: 10% on some articles",
        ),
        (
            {"ladder": [{"at": 150, "amount": 5}]},
            "Cagnotte : 5,00 € à partir de 150,00 €, hors taxes et livraison.",
            "Piggy bank: €5.00 from €150.00 on",
        ),
    ],
)
def test_customers_read_the_name_that_a_rule_was_given(rule: dict[str, Any], french: str, english: str) -> None:
    named = rule | {"id": "bank", "name": {"fr": "cagnotte", "en": "Piggy bank"}}
    programme = programme_of(earn=[named])
    (phrase,) = offers.earning(programme, "")
    assert written(phrase, words.of("fr"), programme).replace("\N{NO-BREAK SPACE}", " ") == french
    assert written(phrase, words.of("en"), programme).startswith(english)


def test_what_gives_nothing_in_the_programmes_currency_is_not_offered() -> None:
    rules = [
        {"id": "a", "amount": {"USD": 2}},
        {"id": "n", "percent": 0},
        {"id": "b", "ladder": [{"at": {"USD": 2}, "amount": {"USD": 2}}]},
        {"id": "c", "give": 1, "of": "points", "per": {"USD": 1}},
    ]
    assert earned(assets=POINTS, currencies=["USD"], earn=rules) == []


@pytest.mark.parametrize(
    ("level", "factor", "above"),
    [
        ("green", "", ["black", "white"]),
        ("black", ", times 1.5 for your level black", ["white"]),
        ("white", ", times 2 for your level white", []),
    ],
)
def test_a_level_multiplies_and_those_above_say_what_they_bring(level: str, factor: str, above: list[str]) -> None:
    first, *rest = earned(level, earn=[CASHBACK], levels={"steps": STEPS})
    assert first == f"{WHOLE}{factor}."
    brings = {
        "black": "Level black, from 200.00 EUR: cashback times 1.5, a gift of 5.00 EUR.",
        "white": "Level white, from 800.00 EUR: cashback times 2.",
    }
    assert rest == [brings[name] for name in above]


def test_cards_goals_and_boards_with_prizes_are_ways_to_earn() -> None:
    parts: dict[str, Any] = {
        "cards": [{"id": "cups", "counts": {"orders": True}, "size": 5, "reward": {"amount": 4}}],
        "goals": [{"id": "often", "measure": "orders", "target": 3, "per": "month", "reward": {"amount": 2}}],
        "boards": [
            {"id": "best", "measure": "spend", "per": "month", "top": 3, "prizes": [{"amount": 9}]},
            {"id": "show", "measure": "spend", "per": "month"},
        ],
    }
    card, goal, board = earned(earn=[], **parts)
    assert card == "Stamp card “cups”: every 5 stamps give 4.00 EUR, a stamp for each order."
    assert goal == "Goal often: 3 orders in a month give 2.00 EUR."
    assert board.startswith("Board best: the 3 members with the most spend in a month; prizes of 9.00 EUR")


def test_a_stamp_for_full_sums_names_each_currency_that_has_one() -> None:
    """Of a card that states none in the programme's own currency it was a stamp for each full 0.00 EUR."""
    card = {"id": "cups", "size": 5, "reward": {"amount": 4}}
    sentences = [
        earned(earn=[], currencies=["USD", "JPY"], cards=[card | {"counts": {"per": sums}}])
        for sums in ({"EUR": 10}, {"USD": 12}, {"JPY": 900, "EUR": 10})
    ]
    lead = "Stamp card “cups”: every 5 stamps give 4.00 EUR, a stamp for each full"
    assert sentences == [
        [f"{lead} 10.00 EUR of an order."],
        [f"{lead} 12.00 USD of an order."],
        [f"{lead} 10.00 EUR or 900 JPY of an order."],
    ]


def test_a_board_of_an_asset_is_told_by_the_name_of_the_asset() -> None:
    programme = programme_of(
        assets={"miles": {"name": {"fr": "miles Azur", "en": "Azure miles"}, "decimals": 2}},
        boards=[{"id": "best", "measure": "miles", "prizes": [{"amount": 9}]}],
    )
    *_, board = offers.earning(programme, "")
    assert "with the most Azure miles in a month" in written(board, words.of("en"), programme)
    assert "par miles Azur," in written(board, words.of("fr"), programme)


def test_that_only_the_most_counts_is_said() -> None:
    rules = [CASHBACK, CASHBACK | {"id": "more", "percent": 6}]
    assert earned(earn=rules, combine="best")[-1] == "Of what several rules give for one order only the most counts."
    assert len(earned(earn=rules)) == 2


@pytest.mark.parametrize("besides", [[], [{"id": "r", "on": "review", "give": 20, "of": "EUR"}]])
def test_a_single_rule_for_orders_has_no_other_to_be_the_most_of(besides: list[dict[str, Any]]) -> None:
    """What is given for a review is no rival of what an order earns."""
    sentences = earned(earn=[CASHBACK, *besides], combine="best")
    assert len(sentences) == 1 + len(besides)
    assert "Of what several rules" not in sentences[-1]


@pytest.mark.parametrize(
    ("goal", "called"),
    [
        ({"reward": {"amount": 2}}, "often"),
        ({"badge": {"en": "Regular"}}, "Regular"),
        ({"name": {"en": "Three a month"}, "badge": {"en": "Regular"}}, "Three a month"),
        ({"name": {"en": "Three a month"}, "reward": {"amount": 2}}, "Three a month"),
    ],
)
def test_a_goal_is_called_by_its_name_or_else_by_its_badge(goal: dict[str, Any], called: str) -> None:
    programme = programme_of(earn=[], goals=[goal | {"id": "often", "measure": "orders", "target": 3}])
    (phrase,) = offers.earning(programme, "")
    assert written(phrase, words.of("en"), programme).startswith(f"Goal {called}: 3 orders give ")


def campaigns(*holding: str, **parts: Any) -> list[str]:
    programme = programme_of(**parts)
    return [written(phrase, ENGLISH, programme) for phrase in offers.running(programme, "", holding)]


@pytest.mark.parametrize(
    ("campaign", "says"),
    [
        (SUMMER, "Until 2026-11-30: Cashback times 3."),
        (SUMMER | {"name": {"en": "Summer"}}, "summer, until 2026-11-30: Cashback times 3."),
        (SUMMER | {"audience": {"first_order": True}}, "Until 2026-11-30: Cashback times 3, on your first order."),
        (
            SUMMER | {"limits": [{"per": "member", "amount": 9}], "budget": 90},
            "Until 2026-11-30: Cashback times 3, at most 9.00 EUR in all, as long as the shop's budget for it lasts.",
        ),
    ],
)
def test_a_campaign_says_until_when_and_what_it_brings(campaign: dict[str, Any], says: str) -> None:
    assert campaigns("summer", earn=[CASHBACK], campaigns=[campaign]) == [says]


def test_a_campaign_names_the_most_that_an_order_gets_of_a_rule_with_it() -> None:
    rules = [CASHBACK | {"cap": 50}, CASHBACK | {"id": "more", "name": {"en": "More"}}]
    campaign = SUMMER | {"multiply": {"cashback": 3, "more": 2}}
    says = "Until 2026-11-30: Cashback times 3, at most 50.00 EUR for each order, more times 2."
    assert campaigns("summer", earn=rules, campaigns=[campaign]) == [says]


def test_a_campaign_calls_points_by_the_name_of_the_asset() -> None:
    programme = programme_of(assets={"points": {"name": {"en": "leaves"}}}, earn=[LEAVES], campaigns=[POINTS_TWICE])
    (phrase,) = offers.running(programme, "", ["summer"])
    assert written(phrase, words.of("en"), programme) == "Until 30 November 2026: leaves times 2."


PHOTO = {"id": "photo", "give": 20, "of": "points", "on": "photo"}


def test_a_level_and_a_campaign_multiply_rules_for_orders_alone() -> None:
    """What an activity gives is never multiplied: a customer was promised it, and got 20."""
    levels = {"steps": [{"id": "green", "at": 0}, {"id": "black", "at": 200, "multiply": {"photo": 2}}]}
    for parts, path in (
        ({"levels": levels}, "levels.steps[1].multiply.photo"),
        ({"campaigns": [SUMMER | {"multiply": {"photo": 3, "cashback": 3}}]}, "campaigns[0].multiply.photo"),
    ):
        with pytest.raises(InvalidProgramme) as refused:
            programme_of(assets=POINTS, earn=[CASHBACK, PHOTO], **parts)
        (problem,) = map(str, refused.value.problems)
        assert problem.startswith(f"{path} must be of a rule for orders: what an activity (on: photo) gives, nothing")
        assert problem.endswith("leave it out, or state more in that rule's give")


def test_an_activity_is_of_no_campaign() -> None:
    """A campaign holds for orders: such a rule gave nothing, ever, and was promised until the campaign's last day."""
    with pytest.raises(InvalidProgramme) as refused:
        programme_of(assets=POINTS, earn=[CASHBACK, PHOTO | {"campaign": "summer"}], campaigns=[SUMMER])
    (problem,) = map(str, refused.value.problems)
    assert problem.startswith("earn[1].campaign must not stand beside on: a campaign holds for orders, and an activity")


def test_what_a_programme_from_before_names_in_vain_is_promised_to_nobody() -> None:
    """It was published before it was refused, and still holds."""
    programme = programme_of(
        assets=POINTS,
        earn=[CASHBACK, PHOTO],
        levels={"steps": [{"id": "green", "at": 0, "multiply": {"cashback": 2}}, {"id": "black", "at": 200}]},
        campaigns=[SUMMER, SUMMER | {"id": "vain"}],
    )
    document = json.loads(msgspec.json.encode(programme))
    document["earn"].append(PHOTO | {"id": "never", "campaign": "summer"})
    document["levels"]["steps"][0]["multiply"] = {"cashback": 2, "photo": 2}
    document["levels"]["steps"][1]["multiply"] = {"photo": 3}
    document["campaigns"][0]["multiply"] = {"cashback": 3, "photo": 3}
    document["campaigns"][1]["multiply"] = {"photo": 3}
    before = published(json.dumps(document))
    told = [*offers.earning(before, "green"), *offers.running(before, "green", ("summer", "vain"))]
    assert [written(phrase, ENGLISH, before) for phrase in told] == [
        f"{WHOLE}, times 2 for your level green.",
        "20 points for your photo.",
        "Level black, from 200.00 EUR: nothing yet.",
        "Until 2026-11-30: Cashback times 3.",
    ]
    level = progress_of(Member("shop.ana"), before, NOW, ENGLISH).level
    assert level
    assert level.multiply == {"cashback": "2"}


@pytest.mark.parametrize("holding", ["-summer", "winter"])
def test_a_campaign_that_does_not_hold_is_not_named(holding: str) -> None:
    assert campaigns(holding, earn=[CASHBACK], campaigns=[SUMMER]) == []


def test_a_rule_of_a_campaign_stands_in_its_sentence_alone() -> None:
    extra = CASHBACK | {"id": "extra", "percent": 3, "campaign": "summer"}
    own = SUMMER | {"multiply": {}}
    assert earned(earn=[CASHBACK, extra], campaigns=[own]) == [f"{WHOLE}."]
    says = "Cashback: 3% of what you buy, without tax and shipping, until 2026-11-30."
    assert campaigns("summer", earn=[CASHBACK, extra], campaigns=[own]) == [says]
    assert campaigns(earn=[CASHBACK, extra], campaigns=[own]) == []


def test_a_rule_of_a_campaign_for_first_orders_says_all_that_it_asks() -> None:
    """A shopper who is told half of the conditions buys for a reward that never comes."""
    limits = {"minimum": 20, "limits": [{"amount": 9, "per": "member"}], "budget": 500}
    extra = CASHBACK | {"id": "extra", "campaign": "summer", **limits}
    own = SUMMER | {"multiply": {}, "audience": {"first_order": True}}
    asks = "for an order of 20.00 EUR at least, on your first order, at most 9.00 EUR in all"
    says = f"{WHOLE}, {asks}, as long as the shop's budget for it lasts, until 2026-11-30."
    assert campaigns("summer", earn=[extra], campaigns=[own]) == [says]


def paid(**parts: Any) -> list[str]:
    programme = programme_of(**parts)
    return [written(phrase, ENGLISH, programme) for phrase in offers.paying(programme)]


@pytest.mark.parametrize(
    ("worth", "says"),
    [
        (Decimal("0.05"), ["100 points are worth 5.00 EUR."]),
        (Decimal(1), ["10 points are worth 10.00 EUR."]),
        (Decimal("0.001"), ["1000 points are worth 1.00 EUR."]),
        (Decimal("0.0001"), ["10000 points are worth 1.00 EUR."]),
        (Decimal("0.00001"), ["100000 points are worth 1.00 EUR."]),
        (Decimal("0.000009"), []),
        (None, []),
    ],
)
def test_what_points_are_worth_is_said_of_a_round_number(worth: Decimal | None, says: list[str]) -> None:
    asset: dict[str, Any] = {} if worth is None else {"worth": worth}
    assert paid(assets={"points": asset}) == ["Choose at the checkout to pay with your balance.", *says]


def test_a_round_number_of_points_with_decimals_is_a_number_of_whole_ones() -> None:
    leaves = {"leaves": {"decimals": 2, "worth": Decimal("0.05")}}
    assert paid(assets=leaves)[1:] == ["100.00 leaves are worth 5.00 EUR."]


def test_the_rules_of_spending_are_said() -> None:
    assert paid(spending={"minimum": 5, "min_percent": 10, "max_percent": 50})[1:] == [
        "It can be used from 5.00 EUR.",
        "It pays at least 10% of an order.",
        "It pays at most 50% of an order.",
    ]


def referral(bonuses: int = 0, **rule: Any) -> list[str]:
    programme = programme_of(referral=rule)
    return [written(phrase, ENGLISH, programme) for phrase in offers.referring(programme, bonuses)]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (
            {"percent": 10},
            ["When 2 friends have bought, you get 10% of what they have spent, without tax and shipping."],
        ),
        ({"amount": 5, "friends": 1}, ["For a friend who buys you get 5.00 EUR."]),
        (
            {"amount": 5, "qualifies": {"minimum": 20}, "welcome": {"amount": 3}},
            [
                "When 2 friends have bought, you get 5.00 EUR.",
                "An order counts from 20.00 EUR on.",
                "Each friend gets 3.00 EUR with the first order.",
            ],
        ),
        (
            {"amount": 5, "welcome": {"percent": 10}},
            [
                "When 2 friends have bought, you get 5.00 EUR.",
                "Each friend gets 10% of the first order.",
            ],
        ),
    ],
)
def test_what_friends_bring_and_get_is_said(rule: dict[str, Any], says: list[str]) -> None:
    assert referral(**rule) == says


@pytest.mark.parametrize(
    ("gift", "says"),
    [
        ({"amount": 3}, "Each friend gets 3.00 EUR with the order that counts."),
        ({"percent": 10}, "Each friend gets 10% of the order that counts."),
    ],
)
def test_a_friend_who_may_have_bought_before_is_promised_nothing_for_a_first_order(
    gift: dict[str, Any], says: str
) -> None:
    assert referral(amount=5, qualifies={"first_order": False}, welcome=gift)[-1] == says


def test_a_ladder_of_bonuses_promises_the_next_one_and_a_limit_none_beyond_it() -> None:
    rule = {"amount": 5, "friends": 1, "limit": 2, "ladder": [{"bonuses": 2, "amount": 8}]}
    assert referral(0, **rule) == ["For a friend who buys you get 5.00 EUR."]
    assert referral(1, **rule) == ["For a friend who buys you get 8.00 EUR."]
    assert referral(2, **rule) == []


def test_a_bonus_or_gift_in_another_currency_alone_is_not_promised() -> None:
    programme = programme_of(currencies=["USD"], referral={"amount": {"USD": 5}, "welcome": {"amount": {"USD": 5}}})
    assert list(offers.referring(programme, 0)) == []


def test_without_a_referral_programme_nothing_is_promised() -> None:
    programme = programme_of(referral=None)
    assert list(offers.referring(programme, 0)) == []


@pytest.mark.parametrize(
    ("counts", "stamp"),
    [
        ({"orders": True}, "order"),
        ({"pieces": {"skus": ["COF-1"]}}, "piece of some articles"),
        ({"per": {"EUR": 10}}, "full 10.00 EUR of an order"),
    ],
)
def test_a_card_says_what_a_stamp_is_for(counts: dict[str, Any], stamp: str) -> None:
    card = {"id": "cups", "counts": counts, "size": 5, "reward": {"amount": 4}}
    assert earned(cards=[card])[-1] == f"Stamp card “cups”: every 5 stamps give 4.00 EUR, a stamp for each {stamp}."


@pytest.mark.parametrize(
    ("measure", "target", "says"),
    [("spend", 100, "100.00 EUR spent on some articles"), ("pieces", 3, "3 pieces of some articles")],
)
def test_a_goal_for_some_articles_says_so(measure: str, target: int, says: str) -> None:
    """Told as for all of them, a member would wait for a reward that never comes."""
    goal = {"id": "tea", "measure": measure, "target": target, "match": {"skus": ["TEA-1"]}, "reward": {"amount": 5}}
    assert earned(goals=[goal])[-1] == f"Goal tea: {says} give 5.00 EUR."


@pytest.mark.parametrize(
    ("goal", "says"),
    [
        ({"measure": "orders", "target": 1}, "Goal a: 1 order gives 2.00 EUR."),
        ({"measure": "orders", "target": 2}, "Goal a: 2 orders give 2.00 EUR."),
        ({"measure": "orders", "target": 1, "per": "month"}, "Goal a: 1 order in a month gives 2.00 EUR."),
        ({"measure": "spend", "target": 1, "per": "month"}, "Goal a: 1.00 EUR spent in a month give 2.00 EUR."),
        ({"measure": "spend", "target": 1}, "Goal a: 1.00 EUR spent give 2.00 EUR."),
    ],
)
def test_a_goal_of_one_is_told_in_the_singular(goal: dict[str, Any], says: str) -> None:
    programme = programme_of(earn=[], goals=[goal | {"id": "a", "reward": {"amount": 2}}])
    assert says in [written(phrase, ENGLISH, programme) for phrase in offers.earning(programme, "")]


def test_what_gives_money_is_called_by_its_rule_and_never_points() -> None:
    """A campaign told that it multiplied points, and the statement that they were given, where euros were."""
    rule = {"id": "tea", "give": 2, "of": "EUR", "per": "piece"}
    for name, says in (({}, "Reward"), ({"en": "Tea bonus"}, "Tea bonus")):
        programme = programme_of(earn=[rule | {"name": name}], campaigns=[SUMMER | {"multiply": {"tea": 2}}])
        offered = written(next(offers.earning(programme, "")), words.of("en"), programme)
        boosted = written(next(offers.running(programme, "", ["summer"])), words.of("en"), programme)
        title = written(programme.earn[0].title("tea", "EUR/2"), words.of("en"), programme)
        assert (offered, title) == (f"{says}: €2.00 for each piece.", says)
        assert boosted == f"Until 30 November 2026: {says} times 2."


CALLED = {"points": {"name": {"en": "leaves", "fr": "feuilles"}}, "gems": {}}
BY_ID = {
    "pts": (LEAVES | {"id": "pts"}, "leaves", "feuilles"),
    "gm": ({"id": "gm", "give": 1, "of": "gems"}, "gems", "gems"),
    "c1": (CASHBACK | {"id": "c1"}, "cashback", "cashback"),
    "b1": ({"id": "b1", "ladder": [{"at": 50, "amount": 5}]}, "basket reward", "récompense de panier"),
    "n1": (CASHBACK | {"id": "n1", "name": {"en": "Tea money", "fr": "Cagnotte"}}, "Tea money", "Cagnotte"),
}


@pytest.mark.parametrize("rule", BY_ID)
def test_what_a_rule_without_a_name_gives_is_what_a_shopper_reads_for_its_id(rule: str) -> None:
    """docs/programme.md: `name`: what shoppers read for the rule; without it, Cashback; of an asset its `name`."""
    draft, english, french = BY_ID[rule]
    multiply = {"multiply": {rule: Decimal("1.5")}}
    levels = {"steps": [{"id": "green", "at": 0}, {"id": "black", "at": 200, **multiply}]}
    programme = programme_of(assets=CALLED, earn=[draft], levels=levels, campaigns=[SUMMER | multiply])
    for locale, called, times in (
        ("en", english, f"{english} times 1.5"),
        ("fr", french, f"{french} \N{MULTIPLICATION SIGN} 1,5"),
    ):
        *_, level = [written(phrase, words.of(locale), programme) for phrase in offers.earning(programme, "green")]
        assert times in level.replace("\N{NO-BREAK SPACE}", " ")
        share = Campaign.share(Why("summer", rate=f"summer, 3 times {rule}"), "EUR/2")
        assert called in written(share, words.of(locale), programme)


def test_a_card_without_a_name_is_called_a_stamp_card() -> None:
    """docs/programme.md: a card's `name` is what shoppers read."""
    card: dict[str, Any] = {"id": "coffee", "counts": {"orders": True}, "size": 5, "reward": {"amount": 4}}
    for name, called in (({}, "Stamp card “coffee”: every"), ({"en": "Ten cups"}, "Ten cups: every")):
        programme = programme_of(earn=[], cards=[card | {"name": name}])
        (sentence,) = [written(phrase, words.of("en"), programme) for phrase in offers.earning(programme, "")]
        assert sentence.startswith(called)
