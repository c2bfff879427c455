"""The last value that a programme may state, and the first that it may not, where the other tests stay further away."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.programme import MAX_RULES, landing_allowed, parse
from tests.builders import CASHBACK, LANDING, document


def problems(**parts: Any) -> list[str]:
    with pytest.raises(InvalidProgramme) as refused:
        parse(document(**parts))
    return refused.value.problems


def test_as_many_rules_as_there_may_be() -> None:
    rules = [CASHBACK | {"id": f"r{number}"} for number in range(MAX_RULES)]
    assert len(parse(document(earn=rules)).earn) == MAX_RULES


def test_hosts_may_be_written_in_capitals() -> None:
    assert parse(document(landing=LANDING | {"hosts": ["Shop.Example"]})).landing.hosts == ("Shop.Example",)


@pytest.mark.parametrize(
    ("page", "host", "allowed"),
    [
        ("https://shop.example:8443/a", "shop.example:8443", True),
        ("https://SHOP.example:8443/a", "shop.example:8443", True),
        ("https://shop.example:8443/a", "shop.example:9443", False),
        ("http://localhost:8000/a", "localhost:8000", True),
        ("ftp://localhost/a", "localhost", False),
        ("javascript://localhost/%0aalert(1)", "localhost", False),
        ("http://shop.example/a", "shop.example", False),
    ],
)
def test_where_a_link_may_lead(page: str, host: str, allowed: bool) -> None:
    assert landing_allowed(page, [host]) is allowed


def test_a_reward_must_vest_before_its_owner_is_idle() -> None:
    late = problems(inactive_days=1, earn=[CASHBACK | {"vest_days": 1}])
    assert late == ["earn[0].vest_days must be less than inactive_days, got 1"]
    parse(document(inactive_days=2, earn=[CASHBACK | {"vest_days": 1}]))
    parse(document(inactive_days=1, earn=[CASHBACK]))


def test_no_months_at_all_are_too_few_and_too_short() -> None:
    assert problems(earn=[CASHBACK | {"expire_months": 0, "vest_days": 1}]) == [
        "earn[0].expire_months must be between 1 and 120, got 0",
        "earn[0].expire_months must last longer than vest_days, got 0",
    ]


@pytest.mark.parametrize(("months", "last"), [(1, 27), (2, 57), (12, 357)])
def test_what_expires_after_months_can_vest_before_the_shortest_of_them_ends(months: int, last: int) -> None:
    stated = CASHBACK | {"expire_months": months, "expire_end": "month"}
    parse(document(earn=[stated | {"vest_days": last}]))
    assert problems(earn=[stated | {"vest_days": last + 1}]) == [
        f"earn[0].expire_months must last longer than vest_days, got {months}"
    ]


@pytest.mark.parametrize("number", ["NaN", "-NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_a_problem_and_no_failure(number: str) -> None:
    fixed = {"id": "a", "amount": Decimal(number)}
    assert problems(earn=[fixed]) == [f"earn[0].amount must be between 0 and 1000000000, got {number}"]


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity"])
@pytest.mark.parametrize(("name", "other"), [("min_percent", "max_percent"), ("max_percent", "min_percent")])
def test_a_share_that_is_no_number_is_a_problem_and_no_failure(name: str, other: str, number: str) -> None:
    wrong = problems(spending={name: Decimal(number), other: 50})
    assert wrong == [f"spending.{name} must be between 0 and 100, got {number}"]


def test_the_least_share_may_be_the_greatest_too() -> None:
    parse(document(spending={"min_percent": 50, "max_percent": 50}))
    assert problems(spending={"min_percent": Decimal("50.01"), "max_percent": 50}) == [
        "spending.min_percent must be at most max_percent, got 50.01"
    ]
