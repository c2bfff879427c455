"""`programme check` says what a customer gets, and what is probably not meant."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.core.phrases import written
from chalicelib.domain.programme.warnings import warnings
from infra.__main__ import main
from infra.build.artifacts import ROOT
from infra.commands.programme import sentences
from tests.world.builders import BEN, CASHBACK, line, order, programme_of
from tests.world.memory import Memory

NOW = 1_770_000_000


def previewed(**parts: Any) -> list[str]:
    """What is said of a programme, without when rewards expire, which stands last."""
    return [sentence for sentence in sentences(programme_of(**parts), NOW) if "expire" not in sentence]


def warned(**parts: Any) -> list[str]:
    parts = {"landing": {"page": "https://tea.fr/hello", "hosts": ["tea.fr"]}} | parts
    return [written(warning) for warning in warnings(programme_of(**parts), date(2027, 1, 1))]


def rule(**parts: Any) -> dict[str, Any]:
    return {**{name: value for name, value in CASHBACK.items() if name == "id"}, **parts}


def test_an_order_is_valued_in_every_currency() -> None:
    assert previewed(earn=[rule(percent=5)], currencies=["JPY"]) == [
        "An order of 50.00 EUR earns 2.50 EUR.",
        "An order of 5000 JPY earns 250 JPY.",
    ]


def test_rules_are_added_up_and_limits_of_the_order_hold() -> None:
    earn = [rule(percent=5, cap=2), rule(id="more", amount=1), rule(id="none", percent=50, minimum=51)]
    assert previewed(earn=earn) == [
        "An order of 50.00 EUR earns 3.00 EUR.",
        "Cashback: 5% of what you buy, without tax and shipping, at most 2.00 EUR for each order.",
        "Cashback: 50% of what you buy, without tax and shipping, for an order of 51.00 EUR at least.",
    ]


@pytest.mark.parametrize(
    ("parts", "cents"),
    [
        ({"earn": [rule(percent=5, limits=[{"amount": 2, "per": "month"}])]}, 200),
        ({"earn": [rule(percent=5, budget=1)]}, 100),
        ({"earn": [rule(percent=5, limits=[{"amount": 2, "per": "member"}], budget=Decimal("1.50"))]}, 150),
        ({"levels": {"counts": "at_once", "steps": [{"id": "green", "at": 0, "multiply": {"cashback": 2}}]}}, 500),
    ],
)
def test_an_order_earns_what_it_is_told_to(parts: dict[str, Any], cents: int) -> None:
    """Limits, budgets and the level of somebody who has bought nothing were left aside."""
    assert previewed(**parts)[0] == f"An order of 50.00 EUR earns {cents // 100}.{cents % 100:02} EUR."
    books = Memory(programme_of(**parts))
    books.execute(order("1", BEN, line(net=5000)))
    assert books.available(BEN) == cents


def test_what_an_activity_gives_is_told_as_far_as_its_limits_leave_it() -> None:
    review = {"id": "review", "give": 20, "of": "points", "on": "review", "limits": [{"amount": 15, "per": "month"}]}
    assert previewed(earn=[review], assets={"points": {}})[1] == "The activity review gives 15 points."


def test_an_order_is_told_of_without_campaigns_while_one_runs() -> None:
    campaign = {"id": "now", "starts": "2026-02-01", "ends": "2026-02-28", "multiply": {"cashback": 3}}
    assert previewed(campaigns=[campaign])[0] == "An order of 50.00 EUR earns 2.50 EUR, without campaigns."
    assert previewed(campaigns=[campaign | {"ends": "2026-02-01"}])[0] == "An order of 50.00 EUR earns 2.50 EUR."


def test_one_is_told_of_as_one() -> None:
    (card, board) = previewed(
        cards=[{"id": "coffee", "counts": {"orders": True}, "size": 1, "reward": {"amount": 4}}],
        boards=[{"id": "best", "top": 1, "settle_days": 1, "prizes": [{"amount": 4}]}],
    )[1:]
    assert card == "Stamp card “coffee”: every stamp gives 4.00 EUR, a stamp for each order."
    assert board == "Board best: the member with the most spend in a month; prizes of 4.00 EUR, 1 day later."


def test_what_is_earned_in_several_assets_is_not_added_up() -> None:
    points = {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}
    twice = [points, {"id": "more", "give": 5, "of": "points"}]
    assert previewed(earn=[*twice, rule(percent=5)], assets={"points": {}}) == [
        "An order of 50.00 EUR earns 2.50 EUR and 55 points."
    ]
    assert previewed(earn=[points], assets={"points": {}}) == ["An order of 50.00 EUR earns 50 points."]


def test_what_activities_give_is_told() -> None:
    review = {"give": 20, "of": "points", "on": "review"}
    earn = [
        {"id": "a", **review},
        {"id": "b", **review, "give": 3, "of": "EUR"},
        {"id": "c", **review, "on": "birthday"},
    ]
    assert previewed(earn=earn, assets={"points": {}}) == [
        "An order of 50.00 EUR earns 0.00 EUR.",
        "The activity review gives 3.00 EUR and 20 points.",
        "The activity birthday gives 20 points.",
    ]


def test_friends_are_told_of() -> None:
    sentence, _ = previewed(earn=[], referral={"percent": 10, "welcome": {"amount": 3}})
    assert sentence == (
        "An order of 50.00 EUR earns 0.00 EUR; 2 friends who buy for 50.00 EUR each bring their referrer 10.00 EUR; "
        "such a friend gets 3.00 EUR as a welcome gift."
    )
    sentence, _ = previewed(earn=[], referral={"amount": 7, "friends": 1})
    assert sentence.endswith("; a friend who buys for 50.00 EUR brings their referrer 7.00 EUR.")
    sentence, _ = previewed(earn=[], referral={"amount": 7, "qualifies": {"minimum": 200}})
    assert sentence.endswith("; a friend's order of 50.00 EUR is below the least that friends must buy for.")


def test_a_percent_that_looks_like_a_share_is_warned_of() -> None:
    """`percent: 0.05`, meant as five percent, passed without a word."""
    assert warned(
        earn=[rule(percent=Decimal("0.05"), rates=[{"match": {"skus": ["a"]}, "percent": Decimal("0.1")}])],
        referral={"percent": Decimal("0.2"), "welcome": {"percent": Decimal("0.9")}},
        spending={"max_percent": Decimal("0.5")},
    ) == [
        "Less than one percent: earn[0].percent is 0.05; for 5 percent write 5",
        "Less than one percent: earn[0].rates[0].percent is 0.1; for 10 percent write 10",
        "Less than one percent: referral.percent is 0.2; for 20 percent write 20",
        "Less than one percent: referral.welcome.percent is 0.9; for 90 percent write 90",
        "Less than one percent: spending.max_percent is 0.5; for 50 percent write 50",
    ]
    assert warned(earn=[rule(percent=1)], referral={"percent": 0}) == []


@pytest.mark.parametrize(
    ("host", "is_example"),
    [
        ("my-shop.example", True),
        ("example.com", True),
        ("www.example.org", True),
        ("shop.test", True),
        ("shop.invalid", True),
        ("example.fr", False),
        ("my-example.com", False),
        ("localhost", False),
    ],
)
def test_a_landing_page_on_a_host_for_examples_is_warned_of(host: str, is_example: bool) -> None:
    """The starter's own host stayed, and members' links led nowhere."""
    sentences = warned(landing={"page": f"https://{host}/hello", "hosts": [host]})
    assert [f"The page of your shop is on {host}, which is reserved for examples" in text for text in sentences] == [
        True
    ] * is_example


def test_the_check_prints_both(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    document = tmp_path / "programme.yaml"
    text = (ROOT / "infra" / "demo" / "programme.yaml").read_text()
    document.write_text(text.replace("percent: 5 ", "percent: 0.05 "))
    assert main(["programme", "check", str(document)]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0].startswith("Acme Tea: good")
    assert printed.out.splitlines()[1].startswith(
        "  An order of 50.00 EUR earns 0.03 EUR and 50 leaves, without campaigns"
    )
    holdout, percent, landing = printed.err.splitlines()
    assert holdout.startswith("warning: The campaign welcome is for first orders, so what it does cannot be told")
    assert percent == "warning: Less than one percent: earn[0].percent is 0.05; for 5 percent write 5"
    assert landing.startswith("warning: The page of your shop is on acme-tea.example, which is reserved for examples")


def test_the_check_against_the_version_before_says_what_begins_anew(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/programme.md: `programme check --against` the version before warns of such levels and leaderboards."""
    document, before = tmp_path / "programme.yaml", ROOT / "infra" / "demo" / "programme.yaml"
    text = before.read_text().replace("measure: spend", "measure: leaves", 1)
    document.write_text(re.sub(r"(at: \d+)\.00", r"\1", text))
    assert main(["programme", "check", str(document), "--against", str(before)]) == 0
    assert "warning: Levels count leaves from this version on" in capsys.readouterr().err


def test_the_check_against_the_version_before_says_what_cannot_change(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    document, before = tmp_path / "programme.yaml", ROOT / "infra" / "demo" / "programme.yaml"
    document.write_text(before.read_text().replace("target: 3\n", "target: 4\n").replace("size: 5", "size: 6"))
    assert main(["programme", "check", str(document), "--against", str(before)]) == 1
    printed = capsys.readouterr()
    assert "good" not in printed.out
    assert "cards[0].size cannot change: members are on their way to it" in printed.err
    assert "goals[0].target cannot change: members are on their way to it" in printed.err
    assert main(["programme", "check", str(document)]) == 0


def test_cards_levels_goals_campaigns_and_boards_are_told() -> None:
    told = previewed(
        earn=[rule(percent=5)],
        assets={"points": {}},
        cards=[{"id": "coffee", "counts": {"orders": True}, "size": 5, "reward": {"amount": 4}}],
        levels={
            "steps": [
                {"id": "green", "at": 0},
                {"id": "black", "at": 200, "multiply": {"cashback": 2}, "gift": {"give": 40, "of": "points"}},
                {"id": "white", "at": 800, "perks": {"fr": "Livraison offerte"}},
            ]
        },
        goals=[
            {"id": "regular", "measure": "orders", "target": 3, "per": "month", "reward": {"give": 5, "of": "points"}},
            {"id": "weeks", "measure": "weeks", "target": 4, "badge": {"en": "Faithful"}},
            {"id": "big", "measure": "spend", "target": 300, "per": "year", "reward": {"amount": 9}},
        ],
        campaigns=[
            {"id": "may", "starts": "2027-05-01", "ends": "2027-05-31", "multiply": {"cashback": 3}, "holdout": 10}
        ],
        boards=[
            {"id": "best", "prizes": [{"give": 5, "of": "points"}, {"amount": 4}]},
            {"id": "ever", "measure": "friends", "per": "all", "top": 3},
        ],
    )
    assert told[1:] == [
        "Stamp card “coffee”: every 5 stamps give 4.00 EUR, a stamp for each order.",
        "Levels: the better of this year and the last one counts; each month counts once it is over.",
        "Level green, from 0.00 EUR: nothing yet.",
        "Level black, from 200.00 EUR: cashback times 2, a gift of 40 points.",
        "Level white, from 800.00 EUR: Livraison offerte.",
        "Goal regular: 3 orders in a month give 5 points.",
        "Goal weeks: 4 weeks in a row give the badge Faithful.",
        "Goal big: 300.00 EUR spent in a year give 9.00 EUR.",
        "Campaign may, 2027-05-01 to 2027-05-31: cashback times 3; 10% held out.",
        "Board best: the 10 members with the most spend in a month; prizes of 5 points, 4.00 EUR, 14 days later.",
        "Board ever: the 3 members with the most friends in all.",
    ]
