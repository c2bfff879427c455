"""Judgements that look beyond a record's sums: an order's level and campaigns, and what a member has been awarded."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.audit import progress_checks
from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.programme.document import Version
from chalicelib.domain.programme.history import history_of
from chalicelib.domain.records import Member, Order, Terms, Won
from tests.world.builders import ANNA, BEN, CONNECTION, NOW, PAID_AT, order, programme_of, refund, void

# The terms of an order

LEVELS = {"steps": [{"id": "green", "at": 0}, {"id": "black", "at": 200}], "counts": "at_once"}
SEGMENTS = {"best": {"money": [4, 5]}}
PAID = order("1", ANNA).facts


def campaign(name: str, starts: str = "2026-02-01", **parts: Any) -> dict[str, Any]:
    return {"id": name, "starts": starts, "ends": "2026-02-28", "multiply": {"cashback": 2}} | parts


def on_terms(facts: OrderFacts, *campaigns: dict[str, Any], levels: Any = LEVELS, **terms: Any) -> list[Finding]:
    """The findings on the terms of an order that was paid on 2 February 2026, under the only version."""
    only = programme_of(campaigns=list(campaigns), segments=SEGMENTS, timezone="UTC", levels=levels)
    subject = Order(CONNECTION, "1", facts=facts, terms=Terms(**{"version": 1, "level": "green"} | terms))
    return progress_checks.of_terms(subject, history_of([Version(1, 0, only)]))


SUMMER, VIP = campaign("summer"), campaign("vip", audience={"levels": ["black"]})


@pytest.mark.parametrize(
    ("campaigns", "terms"),
    [
        pytest.param([], {}, id="no campaign"),
        pytest.param([], {"level": ""}, id="no level"),
        pytest.param([SUMMER], {"campaigns": ("summer",)}, id="a campaign for everybody"),
        pytest.param([campaign("later", "2026-02-03")], {}, id="a campaign that begins later"),
        pytest.param([campaign("summer", holdout=100)], {"campaigns": ("-summer",)}, id="held out"),
        pytest.param([VIP], {}, id="a campaign for another level"),
        pytest.param([VIP], {"level": "black", "campaigns": ("vip",)}, id="a campaign for its level"),
        pytest.param([SUMMER, VIP], {"campaigns": ("summer",)}, id="one of two"),
        *(
            pytest.param([campaign("some", audience=audience)], {"campaigns": named}, id=f"{name}, {named}")
            for name, audience in {
                "its first order or not": {"first_order": True},
                "of the list or not": {"members": [ANNA]},
                "of the segment or not": {"segments": ["best"]},
            }.items()
            for named in ((), ("some",))
        ),
    ],
)
def test_terms_are_right(campaigns: list[dict[str, Any]], terms: dict[str, Any]) -> None:
    assert on_terms(PAID, *campaigns, **terms) == []


@pytest.mark.parametrize(
    ("campaigns", "named", "right"),
    [
        pytest.param([SUMMER], (), "none; by its payment and person: summer", id="one that held is missing"),
        pytest.param(
            [campaign("later", "2026-02-03")],
            ("later",),
            "later; by its payment and person: none",
            id="one that had not begun",
        ),
        pytest.param([VIP], ("vip",), "vip; by its payment and person: none", id="one for another level"),
        pytest.param(
            [campaign("summer", holdout=100)],
            ("summer",),
            "summer; by its payment and person: -summer",
            id="one that its buyer is held out of",
        ),
        pytest.param(
            [campaign(name) for name in "dbca"],
            ("d", "x"),
            "d, x; by its payment and person: a, b, c, d",
            id="many",
        ),
    ],
)
def test_an_order_under_other_campaigns_is_found(
    campaigns: list[dict[str, Any]], named: tuple[str, ...], right: str
) -> None:
    expected = [Finding("campaigns_differ", "shop/1", 0, f"it was valued under {right}")]
    assert on_terms(PAID, *campaigns, campaigns=named) == expected


@pytest.mark.parametrize("levels", [LEVELS, None])
def test_a_level_that_the_programme_has_not_is_found(levels: Any) -> None:
    expected = [Finding("level_unknown", "shop/1", 0, "it was valued under gold, which its programme has not")]
    assert on_terms(PAID, levels=levels, level="gold") == expected


@pytest.mark.parametrize(
    ("facts", "version"),
    [
        pytest.param(refund("1", amount=5).facts, 1, id="only a refund was heard of"),
        pytest.param(void("1", ANNA, paid=False).facts, 1, id="nobody has paid"),
        pytest.param(order("1", "").facts, 1, id="nobody bought it"),
        pytest.param(PAID, 0, id="no programme was in force"),
        pytest.param(PAID, 2, id="a version that there is not, which is told of the order itself"),
    ],
)
def test_of_an_order_that_no_campaign_was_judged_for_nothing_is_found(facts: OrderFacts, version: int) -> None:
    assert on_terms(facts, SUMMER, version=version, level="gold") == []


def test_who_is_held_out_is_asked_of_the_person_that_was_judged() -> None:
    halves = [campaign("summer", holdout=50, salt="x")]
    persons = [f"shop.m{number}" for number in range(20)]
    arms = {person: on_terms(PAID, *halves, campaigns=("summer",), root=person) == [] for person in persons}
    assert len(set(arms.values())) == 2
    treated, held_out = (next(name for name in persons if arms[name] is arm) for arm in (True, False))
    assert on_terms(PAID, *halves, campaigns=("summer",), root=held_out, judged_as=treated) == []
    assert on_terms(PAID, *halves, campaigns=("-summer",), root=treated, judged_as=held_out) == []


# The awards of a member

FEBRUARY = 2026 * 12 + 1
DAY = 739_649
"""2 February 2026 as an ordinal, the local day of NOW."""

ONCE = {"id": "regular", "measure": "orders", "target": 3, "per": "month", "badge": {"en": "Regular"}}
CARD = {"id": "card", "counts": {"orders": True}, "size": 3, "reward": {"amount": 5}}
GIFTED = {"steps": [{"id": "green", "at": 0}, {"id": "black", "at": 200, "gift": {"amount": 5}}], "counts": "at_once"}
OF_GOAL = Won("regular", "goal", "month", FEBRUARY, DAY)
OF_CARD = Won("card", "card", "all", 1, DAY, "EUR/2", 500)
OF_LEVEL = Won("black", "level", "year", 2026, DAY, "EUR/2", 500)
BY_ALL = {"goals": [ONCE], "cards": [CARD], "levels": GIFTED}


def on_awards(
    award: Won, *versions: tuple[int, dict[str, Any]], counts: dict[str, Any] | None = None, alias: str = ""
) -> list[Finding]:
    """The findings on the only award of Anna; `versions`: from when on what was in force."""
    publications = [
        Version(number, since, programme_of(**{"timezone": "UTC"} | parts))
        for number, (since, parts) in enumerate(versions, start=1)
    ]
    member = Member(ANNA, won=(award,), counts=counts or {}, alias=alias)
    return progress_checks.of_awards(member, history_of(publications), NOW)


def unfounded(name: str, number: int) -> list[Finding]:
    return [Finding("award_unfounded", ANNA, 0, f"it has {name} in {number}, its counters do not")]


OF_ALL = pytest.mark.parametrize("award", [OF_GOAL, OF_CARD, OF_LEVEL], ids=["goal", "card", "level"])


@OF_ALL
def test_an_award_that_the_counters_do_not_reach_is_found(award: Won) -> None:
    assert on_awards(award, (0, BY_ALL)) == unfounded(award.name, award.number)


@pytest.mark.parametrize(("size", "number", "stamps"), [(1, 1, 0), (3, 1, 2), (3, 2, 5), (3, 2, 3)])
def test_a_card_that_its_stamps_do_not_fill_so_often_is_found(size: int, number: int, stamps: int) -> None:
    card, award = CARD | {"size": size}, replace(OF_CARD, number=number)
    assert on_awards(award, (0, {"cards": [card]}), counts={"card/a": (0, stamps)}) == unfounded("card", number)


@OF_ALL
def test_an_award_that_they_reach_is_right(award: Won) -> None:
    counts = {"orders/m": (FEBRUARY, 3), "card/a": (0, 3), "EUR/y": (2026, 20_000)}
    assert on_awards(award, (0, BY_ALL), counts=counts) == []


@OF_ALL
def test_of_a_merged_member_the_survivor_is_asked(award: Won) -> None:
    assert on_awards(award, (0, BY_ALL), alias=BEN) == []


@OF_ALL
def test_before_any_programme_is_in_force_nothing_is_known(award: Won) -> None:
    assert on_awards(award, (NOW + 1, BY_ALL)) == []


LESS: dict[str, dict[str, Any]] = {
    "regular": {"goals": [ONCE | {"target": 2}]},
    "card": {"cards": [CARD | {"size": 2}]},
    "black": {"levels": {"steps": GIFTED["steps"][:1]}},
}


@OF_ALL
@pytest.mark.parametrize("begins", [PAID_AT, NOW])
def test_of_what_was_published_otherwise_since_the_award_nothing_is_known(award: Won, begins: int) -> None:
    """The award is of 2 February; so is the version that has stated something else."""
    assert on_awards(award, (0, BY_ALL | LESS[award.name]), (begins, BY_ALL)) == []


@OF_ALL
def test_what_was_published_otherwise_before_the_award_does_not_matter(award: Won) -> None:
    versions = (0, BY_ALL | LESS[award.name]), (NOW - DAY_S, BY_ALL)
    assert on_awards(award, *versions) == unfounded(award.name, award.number)


def test_a_gift_that_names_its_version_is_held_against_that_whatever_was_published_since() -> None:
    versions = (0, BY_ALL), (PAID_AT, BY_ALL | LESS["black"])
    assert on_awards(replace(OF_LEVEL, version=1), *versions) == unfounded("black", 2026)
    assert on_awards(replace(OF_LEVEL, version=1), *versions, counts={"EUR/y": (2026, 20_000)}) == []


@OF_ALL
def test_what_was_published_alike_since_does_not_matter(award: Won) -> None:
    versions = (0, BY_ALL), (PAID_AT, BY_ALL | {"remind_days": 7})
    assert on_awards(award, *versions) == unfounded(award.name, award.number)


@OF_ALL
def test_what_begins_only_later_does_not_matter(award: Won) -> None:
    versions = (0, BY_ALL), (NOW + 1, BY_ALL | LESS[award.name])
    assert on_awards(award, *versions) == unfounded(award.name, award.number)


def test_the_first_version_may_have_begun_on_the_day_of_the_award() -> None:
    assert on_awards(OF_GOAL, (PAID_AT, BY_ALL)) == unfounded("regular", FEBRUARY)


def test_a_version_of_another_zone_may_have_begun_before_its_own_midnight() -> None:
    """The award is of 2 February in UTC, which begins ten hours later in Honolulu, when both versions had begun."""
    later = BY_ALL | {"timezone": "Pacific/Honolulu"}
    assert on_awards(OF_GOAL, (0, BY_ALL | LESS[OF_GOAL.name]), (NOW, later)) == []
