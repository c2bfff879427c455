"""Activities over HTTP: stated once, withdrawn, refused, and shown."""

from typing import Any

import pytest

from tests.edge.conftest import PROGRAMME, Answer, Shop

RULES = """
  - {id: review, give: 20, of: points, on: review, limits: [{times: 2, per: month}]}
assets: {points: {worth: 0.05}}
"""
PATH = "/v1/members/acme.1/activities"
REVIEW = {"activity": "review", "reference": "r-17"}


@pytest.fixture
def rewarding(shop: Shop) -> Shop:
    """A shop that gives 20 points for a review, twice a month."""
    document = PROGRAMME.replace("  - {id: cashback, percent: 5}\n", f"  - {{id: cashback, percent: 5}}{RULES}")
    shop.publish(document)
    shop.connect()
    return shop


def state(shop: Shop, key: str = "", **change: Any) -> Answer:
    return shop.call("POST", PATH, REVIEW | change, key or shop.admin)


def withdraw(shop: Shop, place: str = "review/r-17") -> Answer:
    return shop.call("DELETE", f"{PATH}/{place}", key=shop.admin)


def balance(shop: Shop) -> int:
    balances = shop.call("GET", "/v1/members/acme.1", key=shop.storefront).json["balances"]
    return sum(row["available"] for row in balances if row["asset"] == "points")


def test_an_activity_is_stated_once_and_shown_in_the_statement(rewarding: Shop) -> None:
    answer = state(rewarding).json
    assert answer["given"] == [{"asset": "points", "amount": 20, "text": "20 points"}]
    assert (answer["changed"], answer["withdrawn"], answer["nothing_due"]) == (True, False, "")
    again = state(rewarding)
    assert (again.status, again.json) == (200, answer | {"changed": False})
    assert balance(rewarding) == 20
    (entry,) = rewarding.call("GET", "/v1/members/acme.1/statement", key=rewarding.storefront).json["entries"]
    assert entry["cause"] == "activity review r-17"
    assert [movement["why"] for movement in entry["movements"]] == ["Points: 20 for your review."]


def test_the_same_reference_at_another_time_is_a_conflict(rewarding: Shop) -> None:
    state(rewarding)
    answer = state(rewarding, at="2026-01-01T00:00:00Z")
    assert answer.problem == (409, "conflict")
    assert answer.detail == "review r-17 was stated before, without a time; repeat that, or use another reference"


def test_a_withdrawn_one_does_not_come_back(rewarding: Shop) -> None:
    state(rewarding)
    answer = withdraw(rewarding).json
    assert (answer["changed"], answer["withdrawn"], answer["given"]) == (True, True, [])
    assert withdraw(rewarding).json == answer | {"changed": False}
    assert state(rewarding).json == answer | {"changed": False}
    assert balance(rewarding) == 0
    assert withdraw(rewarding, "review/r-18").problem == (404, "not_found")


def test_what_gives_nothing_says_why(rewarding: Shop) -> None:
    for reference in ("1", "2"):
        assert state(rewarding, reference=reference).json["nothing_due"] == ""
    assert state(rewarding).json["nothing_due"] == "the limit of the rule review is reached: per month"
    assert state(rewarding, activity="newsletter").json["nothing_due"] == "no rule gives anything for newsletter"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"activity": "A review"}, "activity must be the name that rules give it, in lower-case letters"),
        ({"activity": ""}, "activity must be the name that rules give it"),
        ({"reference": ""}, "reference must be an id of 1 to 64 letters"),
        ({"reference": "a/b"}, "reference must be an id of 1 to 64 letters"),
        ({"reference": "a b"}, "reference must be an id of 1 to 64 letters"),
        ({"reference": "r" * 65}, "reference must be an id of 1 to 64 letters"),
        ({"reference": 17}, "reference must be text"),
        ({"at": "yesterday"}, "at must be a time with its zone such as 2027-01-01T00:00:00Z, got 'yesterday'"),
        ({"at": "2026-01-01T00:00:00"}, "at must be a time with its zone"),
        (
            {"at": "9999-01-01T00:00:00Z"},
            "at must be a time with its zone such as 2027-01-01T00:00:00Z, after 1970 and before 9999, got '9999",
        ),
        ({"at": "2999-01-01T00:00:00Z"}, "at must be "),
        ({"other": 1}, "other is not a field of the body"),
    ],
)
def test_what_is_wrong_is_refused_by_the_name_of_its_field(rewarding: Shop, change: Any, problem: str) -> None:
    before = rewarding.items()
    answer = state(rewarding, **change)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith(problem), answer.detail
    assert rewarding.items() == before


def test_only_an_admin_states_activities(rewarding: Shop) -> None:
    assert state(rewarding, rewarding.storefront).problem == (403, "forbidden")
    answer = rewarding.call("DELETE", f"{PATH}/review/r-17", key=rewarding.storefront)
    assert answer.problem == (403, "forbidden")


def test_a_member_of_no_connection_is_not_made(rewarding: Shop) -> None:
    answer = rewarding.call("POST", "/v1/members/elsewhere.1/activities", REVIEW, rewarding.admin)
    assert answer.problem == (400, "invalid_input")


def test_the_export_of_a_member_has_its_activities_and_those_of_merged_ones(rewarding: Shop) -> None:
    state(rewarding)
    rewarding.call("POST", "/v1/members/acme.2/activities", REVIEW | {"reference": "r-2"}, rewarding.admin)
    rewarding.call("POST", "/v1/members/acme.1/merge", {"from": "acme.2"}, rewarding.admin, Idempotency_Key="m")
    export = rewarding.call("GET", "/v1/members/acme.1/export", key=rewarding.admin).json
    names = ("member", "reference", "given")
    told = [tuple(activity[name] for name in names) for activity in export["activities"]]
    given = [{"asset": "points", "amount": 20, "text": "20 points"}]
    assert told == [("acme.1", "r-17", given), ("acme.2", "r-2", given)]
