"""Bonuses that wait for a person, over HTTP: what is listed, what a verdict does, and a member's groups."""

from typing import Any

import pytest

from tests.edge.conftest import PROGRAMME, Answer, Shop

REVIEWED = PROGRAMME + "  review: {threshold: 40}\n"
REVIEW, GROUPS = "/v1/members/acme.1/groups/1/review", "/v1/members/acme.1/groups"


@pytest.fixture
def wary(shop: Shop) -> Shop:
    """A shop that looks at a bonus before it is paid where a friend's address is a throw-away one."""
    assert shop.publish(REVIEWED).status == 200
    assert shop.connect().status == 200
    return shop


def bring(shop: Shop, *friends: int, referrer: str = "acme.1", host: str = "mailinator.com") -> None:
    """Friends who buy for 100.00 each with the referrer's code."""
    code = shop.code_of(referrer)
    for friend in friends:
        email = f"friend{friend}@{host}"
        order = shop.order(friend, friend, code) | {"email": email, "customer": {"id": friend, "email": email}}
        assert shop.hear(order).status == 200
    shop.settle()


def judge(shop: Shop, verdict: Any, path: str = REVIEW, **more: Any) -> Answer:
    return shop.post(path, {"verdict": verdict, "reason": "we called them", **more}, caller=shop.admin)


def reviews(shop: Shop, query: str = "") -> Any:
    answer = shop.call("GET", f"/v1/reviews{query}", key=shop.admin)
    assert answer.status == 200, answer.body
    return answer.json


def groups(shop: Shop, key: str = "") -> Any:
    return shop.call("GET", GROUPS, key=key or shop.storefront).json["groups"]


def test_a_bonus_that_waits_is_not_told_of_as_had(wary: Shop) -> None:
    """Nothing of it was in the statement, and the shopper's card said "You have had 1 bonus so far"."""
    bring(wary, 2, 3)
    card = wary.call("GET", "/v1/members/acme.1/card?locale=en", key=wary.storefront).json
    assert (card["balances"][0]["available"], card["statement"]["entries"]) == (0, [])
    assert card["referral"]["text"].endswith("You have reached 1 bonus so far.")


def test_a_bonus_that_waits_is_listed_with_all_that_a_person_needs(wary: Shop) -> None:
    bring(wary, 2, 3)
    assert wary.available("acme.1") == 0
    (review,) = reviews(wary)["reviews"]
    moments = [review.pop(name) for name in ("held_at",)] + [friend.pop("at") for friend in review["friends"]]
    assert all(moment.endswith("Z") for moment in moments)
    base = {"asset": "EUR/2", "amount": 10000, "text": "100.00 EUR"}
    assert review == {
        "referrer": "acme.1",
        "group": 1,
        "state": "held",
        "signals": [{"signal": "disposable-mail", "weight": 40}],
        "score": 40,
        "threshold": 40,
        "friends": [
            {"friend": "acme.2", "order": "acme/2", "counts": True, "base": base},
            {"friend": "acme.3", "order": "acme/3", "counts": True, "base": base},
        ],
        "bonus": [{"asset": "EUR/2", "amount": 2000, "text": "20.00 EUR"}],
        "verdict": "",
        "reason": "",
        "decided_at": None,
    }


def test_nothing_waits_where_nothing_speaks_against_a_bonus(wary: Shop) -> None:
    bring(wary, 2, 3, host="mail.example")
    assert reviews(wary) == {"reviews": [], "next": None}
    assert wary.available("acme.1") == 2000


def test_an_approved_bonus_is_paid_and_leaves_the_list(wary: Shop) -> None:
    bring(wary, 2, 3)
    assert judge(wary, "approve").json == {"referrer": "acme.1", "group": 1, "state": "approved"}
    assert wary.available("acme.1") == 2000
    assert reviews(wary)["reviews"] == []
    (review,) = reviews(wary, "?all=1")["reviews"]
    assert (review["state"], review["verdict"], review["reason"]) == ("approved", "approve", "we called them")
    assert review["decided_at"] >= review["held_at"]


def test_a_denied_bonus_stays_unpaid_until_that_is_undone(wary: Shop) -> None:
    bring(wary, 2, 3)
    assert judge(wary, "deny").json["state"] == "denied"
    assert wary.available("acme.1") == 0
    assert reviews(wary)["reviews"] == []
    assert judge(wary, "undo").json["state"] == "held"
    assert [review["state"] for review in reviews(wary)["reviews"]] == ["held"]


def test_a_verdict_that_is_undone_takes_the_bonus_back(wary: Shop) -> None:
    bring(wary, 2, 3)
    judge(wary, "approve")
    assert judge(wary, "undo").json["state"] == "held"
    assert wary.available("acme.1") == 0
    amount, why = wary.reasons()[-1]
    assert amount == "-20.00 EUR"
    assert "we called them" in why


def test_a_verdict_that_stands_changes_nothing(wary: Shop) -> None:
    bring(wary, 2, 3)
    judge(wary, "approve")
    entries = len(wary.reasons())
    assert judge(wary, "approve").json["state"] == "approved"
    assert len(wary.reasons()) == entries


def test_a_bonus_that_nobody_held_can_be_denied_and_is_not_listed_as_waiting_after(wary: Shop) -> None:
    bring(wary, 2, 3, host="mail.example")
    assert judge(wary, "deny").json["state"] == "denied"
    assert wary.available("acme.1") == 0
    assert judge(wary, "undo").json["state"] == "paid"
    assert wary.available("acme.1") == 2000
    assert reviews(wary)["reviews"] == []


def test_a_broken_group_has_nothing_to_judge(wary: Shop) -> None:
    bring(wary, 2, 3)
    void = {"financial_status": "voided", "cancelled_at": "2999-01-01T00:00:00Z", "updated_at": "2999-01-01T00:00:00Z"}
    wary.hear(wary.order(2, 2, wary.code_of(), **void), "orders/cancelled")
    wary.settle()
    assert judge(wary, "approve").problem == (409, "conflict")
    assert reviews(wary)["reviews"] == []
    (review,) = reviews(wary, "?all=1")["reviews"]
    assert (review["state"], review["bonus"]) == ("broken", [])
    assert [(friend["friend"], friend["counts"]) for friend in review["friends"]] == [
        ("acme.2", False),
        ("acme.3", True),
    ]


def test_reviews_turn_their_pages_without_loss_and_newest_first(wary: Shop) -> None:
    for number in range(5):
        wary.later_s = number // 2  # two of them in one second
        bring(wary, 10 * number + 2, 10 * number + 3, referrer=f"acme.{10 * number + 1}")
    seen: list[tuple[str, str]] = []
    query = "?limit=2"
    while query:
        page = reviews(wary, query)
        assert len(page["reviews"]) <= 2
        seen += [(review["held_at"], review["referrer"]) for review in page["reviews"]]
        query = f"?limit=2&cursor={page['next']}" if page["next"] else ""
    assert [referrer for _, referrer in sorted(seen, reverse=True)] == [referrer for _, referrer in seen]
    assert {referrer for _, referrer in seen} == {f"acme.{10 * number + 1}" for number in range(5)}
    assert len(seen) == 5


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("limit=0", "limit must be a whole number from 1 to 100"),
        ("limit=101", "limit must be a whole number from 1 to 100"),
        ("cursor=x", "cursor must be the next of an earlier page, got 'x'"),
        ("cursor=1/2", "cursor must be the next of an earlier page"),
        ("cursor=999999999999/1/acme.1", "cursor must be the next of an earlier page"),
        ("all=yes", "all must be 1, or 0, or left out, got 'yes'"),
        ("all=", "all must be 1, or 0, or left out"),
    ],
)
def test_a_page_of_reviews_that_cannot_be_is_refused(shop: Shop, query: str, names: str) -> None:
    answer = shop.call("GET", f"/v1/reviews?{query}", key=shop.admin)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith(names)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"verdict": "maybe"}, "verdict must be one of approve, deny, undo, got 'maybe'"),
        ({"verdict": ""}, "verdict must be one of approve, deny, undo"),
        ({"verdict": 1}, "verdict must be"),
        ({"reason": " "}, "reason must say why, for the statement"),
        ({"reason": "x" * 201}, "reason must be text of at most 200 characters"),
        ({"reason": None}, "reason must be text"),
        ({"group": 1}, "group is not a field of the body"),
    ],
)
def test_a_malformed_verdict_is_refused_by_the_name_of_its_field(wary: Shop, change: Any, names: str) -> None:
    bring(wary, 2, 3)
    answer = judge(wary, **{"verdict": "approve", **change})
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith(names)
    assert wary.available("acme.1") == 0


@pytest.mark.parametrize("number", ["0", "x", "-1", "1.0", "01", "999999999", "%00", "%EF%BC%91"])
def test_what_cannot_be_the_number_of_a_group_is_refused(wary: Shop, number: str) -> None:
    answer = judge(wary, "approve", f"{GROUPS}/{number}/review")
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith("number must be the number of a group, such as 1")


def test_a_group_that_is_not_there_is_not_found(wary: Shop) -> None:
    bring(wary, 2, 3)
    for path in (f"{GROUPS}/2/review", "/v1/members/acme.9/groups/1/review"):
        assert judge(wary, "approve", path).problem == (404, "not_found")
    assert wary.call("GET", "/v1/members/acme.9/groups", key=wary.storefront).problem == (404, "not_found")


def test_a_members_groups_say_who_bought_and_what_was_posted(wary: Shop) -> None:
    bring(wary, 2, 3, host="mail.example")
    bring(wary, 4, 5)
    newest, oldest = groups(wary)
    assert (newest["number"], newest["state"], newest["posted"]) == (2, "held", [])
    assert (oldest["number"], oldest["state"]) == (1, "paid")
    assert oldest["posted"] == [{"asset": "EUR/2", "amount": 2000, "text": "20.00 EUR"}]
    assert [(friend["friend"], friend["order"]) for friend in oldest["friends"]] == [
        ("acme.2", "acme/2"),
        ("acme.3", "acme/3"),
    ]


def test_signals_are_for_an_admin_only(wary: Shop) -> None:
    bring(wary, 2, 3)
    assert [group["signals"] for group in groups(wary)] == [[]]
    assert groups(wary, wary.admin)[0]["signals"] == [{"signal": "disposable-mail", "weight": 40}]


def test_groups_turn_their_pages(wary: Shop) -> None:
    for number in range(3):
        bring(wary, 10 * number + 2, 10 * number + 3)
    seen: list[int] = []
    query = "?limit=1"
    while query:
        page = wary.call("GET", f"{GROUPS}{query}", key=wary.storefront).json
        seen += [group["number"] for group in page["groups"]]
        query = f"?limit=1&cursor={page['next']}" if page["next"] else ""
    assert seen == [3, 2, 1]


def test_a_member_without_groups_has_none(wary: Shop) -> None:
    wary.code_of()
    assert wary.call("GET", GROUPS, key=wary.storefront).json == {"member": "acme.1", "groups": [], "next": None}


def test_a_table_that_is_away_is_a_503(wary: Shop) -> None:
    wary.code_of()
    assert reviews(wary)["reviews"] == []
    wary.drop_table()
    assert wary.call("GET", "/v1/reviews", key=wary.admin).problem == (503, "unavailable")
    assert wary.call("GET", GROUPS, key=wary.admin).problem == (503, "unavailable")
