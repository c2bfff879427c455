"""Every write takes an Idempotency-Key: the same request the same answer and no second effect, another request 422."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

import app
from chalicelib.edge.messages import REQUIRED
from chalicelib.edge.storefronts import shopify
from tests.edge.conftest import PROGRAMME, Answer, Shop


class Write(NamedTuple):
    """A write, and the same with another body, path or query."""

    method: str
    path: str
    body: Any
    other_path: str
    other_body: Any


def profile(shop: Shop) -> Write:
    return Write("PUT", "/v1/members/acme.1", {"email": "a@b.co"}, "/v1/members/acme.1", {"email": "c@d.co"})


def code(shop: Shop) -> Write:
    return Write("POST", "/v1/members/acme.1/referral-code", {}, "/v1/members/acme.2/referral-code", {})


def adjustment(shop: Shop) -> Write:
    shop.call("PUT", "/v1/members/acme.1", {"locale": "en"}, shop.storefront)
    body = {"asset": "EUR/2", "amount": 100, "reason": "x"}
    path = "/v1/members/acme.1/adjustments"
    return Write("POST", path, body, path, body | {"amount": 101})


def claim(shop: Shop) -> Write:
    body = {"friend": "acme.2", "code": shop.code_of()}
    return Write("POST", "/v1/referrals", body, "/v1/referrals", body | {"friend": "acme.3"})


def settlement(shop: Shop) -> Write:
    for number, owner in enumerate(("acme.1", "acme.2"), 5):
        shop.buy(number, number, shop.code_of(owner))
    return Write("POST", "/v1/members/acme.1/referrals/settle", {}, "/v1/members/acme.2/referrals/settle", {})


def programme(shop: Shop) -> Write:
    query = "?effective_at=2999-01-01T00:00:00Z"
    return Write("PUT", f"/v1/programme{query}", PROGRAMME, "/v1/programme", PROGRAMME)


def connection(shop: Shop) -> Write:
    body = {"id": "other", "kind": "shopify", "secret": "the-secret-of-other"}
    return Write(
        "PUT", "/v1/connections", body, "/v1/connections", body | {"id": "third", "secret": "the-secret-of-third"}
    )


def rotation(shop: Shop) -> Write:
    path = "/v1/connections/acme/secret"
    return Write("POST", path, {"secret": "another-secret-of-acme"}, path, {"secret": "a-third-secret-of-acme"})


def removal(shop: Shop) -> Write:
    return Write("DELETE", "/v1/connections/acme", None, "/v1/connections/more-of-acme", None)


def replay(shop: Shop) -> Write:
    with pytest.MonkeyPatch.context() as bug:
        bug.setattr(shopify, "translate", None)
        for number in (1, 2):
            shop.buy(number, number)
    kept = shop.call("GET", "/v1/deliveries", key=shop.admin).json["deliveries"]
    paths = [f"/v1/deliveries/{delivery['id']}/replay" for delivery in kept]
    return Write("POST", paths[0], {}, paths[1], {})


def hold(shop: Shop) -> Write:
    shop.give(500)
    path, body = "/v1/members/acme.1/holds", {"asset": "EUR/2", "amount": 100}
    return Write("POST", path, body, path, body | {"amount": 101})


def capture(shop: Shop) -> Write:
    shop.give(500)
    paths = [f"/v1/members/acme.1/holds/{shop.hold(100)}/capture" for _ in range(2)]
    return Write("POST", paths[0], {"amount": 60}, paths[1], {"amount": 60})


def release(shop: Shop) -> Write:
    shop.give(500)
    paths = [f"/v1/members/acme.1/holds/{shop.hold(100)}/release" for _ in range(2)]
    return Write("POST", paths[0], {}, paths[1], {})


def redemption(shop: Shop) -> Write:
    shop.give(500)
    path, body = "/v1/members/acme.1/redemptions", {"asset": "EUR/2", "amount": 100}
    return Write("POST", path, body, path, body | {"amount": 101})


def reversal(shop: Shop) -> Write:
    shop.give(500)
    redemptions = "/v1/members/acme.1/redemptions"
    entries = [shop.post(redemptions, {"asset": "EUR/2", "amount": 100}).json["entry"] for _ in range(2)]
    paths = [f"/v1/members/acme.1/entries/{entry}/undo" for entry in entries]
    return Write("POST", paths[0], {"reason": "a mistake"}, paths[1], {"reason": "a mistake"})


def activity(shop: Shop) -> Write:
    path, body = "/v1/members/acme.1/activities", {"activity": "review", "reference": "r-17"}
    return Write("POST", path, body, path, body | {"reference": "r-18"})


def withdrawal(shop: Shop) -> Write:
    path = "/v1/members/acme.1/activities"
    for reference in ("r-17", "r-18"):
        shop.call("POST", path, {"activity": "review", "reference": reference}, shop.admin)
    return Write("DELETE", f"{path}/review/r-17", None, f"{path}/review/r-18", None)


def verdict(shop: Shop) -> Write:
    code = shop.code_of()
    for friend in (2, 3):
        shop.buy(friend, friend, code)
    shop.settle()
    path, body = "/v1/members/acme.1/groups/1/review", {"verdict": "deny", "reason": "one person"}
    return Write("POST", path, body, path, body | {"verdict": "approve"})


def erasure(shop: Shop) -> Write:
    for name in ("acme.1", "acme.2"):
        shop.call("PUT", f"/v1/members/{name}", {"locale": "en"}, shop.storefront)
    return Write("POST", "/v1/members/acme.1/erasure", {}, "/v1/members/acme.2/erasure", {})


def merged(shop: Shop) -> Write:
    for name in ("acme.1", "acme.2", "acme.3"):
        shop.call("PUT", f"/v1/members/{name}", {"locale": "en"}, shop.storefront)
    path = "/v1/members/acme.1/merge"
    return Write("POST", path, {"from": "acme.2"}, path, {"from": "acme.3"})


def level(shop: Shop) -> Write:
    levels = "levels: {steps: [{id: green, at: 0}, {id: black, at: 100}]}"
    assert shop.publish(f"{PROGRAMME}{levels}\n", If_Match='"1"').status == 200
    shop.later_s += 600
    shop.call("PUT", "/v1/members/acme.1", {"locale": "en"}, shop.storefront)
    path, body = "/v1/members/acme.1/level", {"level": "black", "reason": "a guest of honour"}
    return Write("POST", path, body, path, body | {"level": "green"})


WRITES: dict[str, Callable[[Shop], Write]] = {
    "members:put": profile,
    "members:issue_code": code,
    "members:adjust": adjustment,
    "members:merge": merged,
    "progress:set_level": level,
    "activities:record": activity,
    "activities:withdraw": withdrawal,
    "erasure:erase": erasure,
    "spending:place": hold,
    "spending:capture": capture,
    "spending:release": release,
    "spending:redeem": redemption,
    "spending:undo": reversal,
    "reviews:decide": verdict,
    "referrals:claim": claim,
    "referrals:settle": settlement,
    "programme:publish": programme,
    "connections:put": connection,
    "connections:rotate": rotation,
    "connections:remove": removal,
    "deliveries:replay": replay,
}

EXEMPT = {
    "webhooks:receive",
    "members:token",
    "users:invite",
    "users:remove",
    "progress:quote",
    "session:open_session",
    "reconcile:check",
    "erasure:search",
    "erasure:guest",
}
"""A delivery is its own key, an invitation is never stored, a user ends once; the others write nothing."""


@pytest.fixture(params=WRITES)
def write(request: pytest.FixtureRequest, open_shop: Shop) -> Write:
    """Each write that the API has."""
    return WRITES[request.param](open_shop)


def send(shop: Shop, write: Write, key: str, *, other: bool = False, caller: str = "") -> Answer:
    path, body = (write.other_path, write.other_body) if other else (write.path, write.body)
    return shop.call(write.method, path, body, caller or shop.admin, Idempotency_Key=key, If_Match="1")


def test_every_route_that_writes_is_in_the_table() -> None:
    assert set(WRITES) | EXEMPT == {row.handler for row in app.ROUTES if row.method != "GET"}


def test_the_same_request_gets_the_same_answer_and_has_no_second_effect(open_shop: Shop, write: Write) -> None:
    first = send(open_shop, write, "k")
    assert first.status == 200
    before = open_shop.books()
    again = send(open_shop, write, "k")
    assert (again.status, again.body) == (200, first.body)
    assert open_shop.books() == before


def test_another_request_under_the_same_key_is_refused_and_has_no_effect(open_shop: Shop, write: Write) -> None:
    send(open_shop, write, "k")
    before = open_shop.books(), open_shop.call("GET", "/v1/connections", key=open_shop.admin).body
    assert send(open_shop, write, "k", other=True).problem == (422, "idempotency_mismatch")
    assert (open_shop.books(), open_shop.call("GET", "/v1/connections", key=open_shop.admin).body) == before


@pytest.mark.parametrize("write", sorted(row.handler for row in app.ROUTES if row.key == REQUIRED), indirect=True)
def test_what_moves_money_needs_a_key(open_shop: Shop, write: Write) -> None:
    before = open_shop.books()
    answer = open_shop.call(write.method, write.path, write.body, open_shop.admin)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith("Idempotency-Key must be sent")
    assert open_shop.books() == before


def test_another_key_is_another_request(open_shop: Shop, write: Write) -> None:
    send(open_shop, write, "k")
    assert send(open_shop, write, "m", other=True).status in (200, 412)  # 412: the version was published meanwhile


def test_a_malformed_key_is_refused_before_anything_happens(open_shop: Shop, write: Write) -> None:
    before = open_shop.books()
    for key in ("", " ", "a b", "é", "x" * 129, "a\tb", "\x7f"):
        answer = send(open_shop, write, key)
        assert answer.problem == (400, "invalid_input"), key
        assert answer.detail.startswith("Idempotency-Key must be 1 to 128 visible ASCII characters")
    assert open_shop.books() == before


@pytest.mark.parametrize("key", ["x" * 128, "a#b", '"quoted"', "../..", "~!"])
def test_a_key_may_be_any_visible_ascii(open_shop: Shop, key: str) -> None:
    assert [send(open_shop, adjustment(open_shop), key).status for _ in range(2)] == [200, 200]
    assert open_shop.available("acme.1") == 100


def test_the_key_of_one_caller_is_not_that_of_another(open_shop: Shop) -> None:
    wanted = profile(open_shop)
    assert send(open_shop, wanted, "k").status == 200
    assert send(open_shop, wanted, "k", other=True, caller=open_shop.storefront).status == 200


def test_a_refused_request_may_be_repeated_under_its_key(open_shop: Shop) -> None:
    body = {"friend": "acme.2", "code": "000000000000"}
    for _ in range(2):
        answer = open_shop.call("POST", "/v1/referrals", body, open_shop.storefront, Idempotency_Key="k")
        assert answer.problem == (404, "not_found")


def test_no_address_can_be_tried_against_the_digests_in_the_table(open_shop: Shop) -> None:
    send(open_shop, profile(open_shop), "k")
    (before,) = [item["rq"]["S"] for item in open_shop.items() if item["k"]["S"] == "answer"]
    open_shop.change_root()
    send(open_shop, profile(open_shop), "l")
    digests = [item["rq"]["S"] for item in open_shop.items() if item["k"]["S"] == "answer"]
    assert len(set(digests)) == 2
    assert before in digests


def test_a_race_for_one_key_is_won_once_and_answers_both(open_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = connection(open_shop)
    monkeypatch.setattr("chalicelib.edge.idempotency.load", dict.fromkeys)  # neither saw the other
    assert send(open_shop, wanted, "k").body == send(open_shop, wanted, "k").body
