"""Birthdays and anniversaries: stated on their day or soon after, once, and only where a rule gives something."""

from datetime import date
from typing import Any

import pytest

from chalicelib.domain.programme.document import parse
from chalicelib.domain.records import ActivityRef, First, Member, Profile
from chalicelib.domain.rewards import occasions
from tests.domain.rewards.progress.shops import balance, bought, instant, play, reasons, shop
from tests.world.builders import ANNA, document, void

GIFTS: list[dict[str, Any]] = [
    {"id": "birthday-gift", "give": 20, "of": "points", "on": "birthday"},
    {"id": "anniversary-gift", "give": 50, "of": "points", "on": "anniversary"},
]
PROGRAMME = parse(document(earn=GIFTS, assets={"points": {}}, timezone="UTC"))


def activities_due(member: Member, birthday: str, today: str, *known: ActivityRef, rules: Any = PROGRAMME) -> list[str]:
    profile = Profile(member.member, birthday=birthday)
    commands = occasions.due(member, profile, known, rules, date.fromisoformat(today))
    return [f"{command.activity} {command.reference}" for command in commands]


@pytest.mark.parametrize(
    ("birthday", "today", "expected"),
    [
        ("11-26", "2026-11-25", []),
        ("11-26", "2026-11-26", ["birthday 2026"]),
        ("11-26", "2026-12-02", ["birthday 2026"]),
        ("11-26", "2026-12-03", []),
        ("12-31", "2027-01-02", ["birthday 2026"]),
        ("02-29", "2028-02-28", []),
        ("02-29", "2028-02-29", ["birthday 2028"]),
        ("02-29", "2027-02-28", ["birthday 2027"]),
        ("02-29", "2027-02-27", []),
        ("02-29", "2027-03-06", ["birthday 2027"]),
        ("02-29", "2027-03-07", []),
        ("", "2026-11-26", []),
    ],
)
def test_a_birthday_is_stated_on_its_day_or_in_the_six_days_after(
    birthday: str, today: str, expected: list[str]
) -> None:
    assert activities_due(Member(ANNA), birthday, today) == expected


def test_what_was_stated_is_not_stated_again() -> None:
    assert activities_due(Member(ANNA), "11-26", "2026-11-27", ActivityRef(ANNA, "birthday", "2026")) == []
    assert activities_due(Member(ANNA), "11-26", "2027-11-27", ActivityRef(ANNA, "birthday", "2026")) == [
        "birthday 2027"
    ]


def test_nothing_is_stated_that_no_rule_names_or_of_a_member_that_was_merged() -> None:
    others = parse(document(earn=[], assets={"points": {}}))
    assert activities_due(Member(ANNA), "11-26", "2026-11-26", rules=others) == []
    assert activities_due(Member(ANNA, alias="shop.ben"), "11-26", "2026-11-26") == []


@pytest.mark.parametrize(
    ("today", "expected"),
    [("2026-11-02", []), ("2027-11-01", []), ("2027-11-02", ["anniversary 1"]), ("2029-11-05", ["anniversary 3"])],
)
def test_an_anniversary_is_of_the_first_order_that_was_paid(today: str, expected: list[str]) -> None:
    books = play(shop(earn=GIFTS), bought("1", "2026-11-02"), bought("2", "2027-03-01"))
    assert activities_due(books.member(ANNA), "", today) == expected


def test_there_is_no_anniversary_without_an_order_that_is_kept() -> None:
    books = play(shop(earn=GIFTS), bought("1", "2026-11-02"))
    books.execute(void("1", ANNA, at=instant("2026-11-02")), instant("2026-11-05"))
    assert activities_due(books.member(ANNA), "", "2027-11-02") == []
    assert activities_due(Member(ANNA, firsts=(First(0, "shop/1"),)), "", "2027-11-02") == []


@pytest.mark.parametrize(
    ("first", "today", "expected"),
    [
        ("2026-11-26", "2027-12-02", ["anniversary 1"]),
        ("2026-11-26", "2027-12-03", []),
        ("2026-12-31", "2028-01-02", ["anniversary 1"]),
        ("2024-02-29", "2025-02-28", ["anniversary 1"]),
        ("2026-11-26", "2025-11-26", []),  # of an order that is paid later
    ],
)
def test_an_anniversary_is_stated_on_its_day_or_in_the_six_days_after(
    first: str, today: str, expected: list[str]
) -> None:
    """Of a single order, which is enough."""
    member = Member(ANNA, firsts=(First(instant(first), "shop/1"),), counts={"orders/a": (0, 1)})
    assert activities_due(member, "", today) == expected


def test_a_member_whose_orders_all_predate_the_counters_of_first_orders_has_no_anniversary() -> None:
    assert activities_due(Member(ANNA, counts={"orders/a": (0, 3)}), "", "2027-11-02") == []
    assert activities_due(Member(ANNA, counts={"orders/a": (0, 3)}), "", "1971-01-01") == []


def test_without_a_profile_there_is_no_birthday_and_still_an_anniversary() -> None:
    member = Member(ANNA, firsts=(First(instant("2026-11-02"), "shop/1"),), counts={"orders/a": (0, 1)})
    (command,) = occasions.due(member, None, (), PROGRAMME, date(2027, 11, 2))
    assert (command.activity, command.reference) == ("anniversary", "1")


def test_of_two_occasions_only_that_is_stated_which_a_rule_names() -> None:
    member = Member(ANNA, firsts=(First(instant("2026-11-02"), "shop/1"),), counts={"orders/a": (0, 1)})
    both = ["birthday 2027", "anniversary 1"]
    assert activities_due(member, "11-02", "2027-11-02") == both
    for gift, expected in zip(GIFTS, both, strict=True):
        programme = parse(document(earn=[gift], assets={"points": {}}, timezone="UTC"))
        assert activities_due(member, "11-02", "2027-11-02", rules=programme) == [expected]


def test_it_gives_what_the_rule_says_and_says_why() -> None:
    books = shop(earn=GIFTS)
    for command in occasions.due(Member(ANNA), Profile(ANNA, birthday="11-26"), (), PROGRAMME, date(2026, 11, 26)):
        books.execute(command, instant("2026-11-26"))
    assert balance(books) == 20
    assert reasons(books) == ["Points: 20 for your birthday."]
