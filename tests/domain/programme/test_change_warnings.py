"""What a new version probably does not mean beside what members hold and have done under the one before it."""

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

LANDING = {"page": "https://shop.acme.fr/welcome", "hosts": ["shop.acme.fr"]}
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
    assert list(warnings(second, date(2027, 5, 1))) == []


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
