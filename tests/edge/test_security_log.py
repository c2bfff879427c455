"""The security log: who did or was refused what, without secrets and personal data."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import app
from chalicelib.edge import security_log
from chalicelib.edge.console.log import ACTS_OF_KEYS
from chalicelib.edge.messages import ADMIN
from tests.edge.conftest import PROGRAMME, SHOPIFY_SECRET, Shop

Log = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Log:
    """The lines of the security log since it was last read."""

    def read() -> list[dict[str, Any]]:
        lines = (json.loads(line) for line in capsys.readouterr().out.splitlines())
        return [line for line in lines if "security" in line]

    return read


def name_of(key: str) -> str:
    return key.split("_")[2]


def test_a_key_that_is_not_ours_is_logged_by_its_id(shop: Shop, log: Log) -> None:
    forged = f"rk_admin_{'a' * 8}_{'b' * 32}"
    shop.call("GET", "/v1/reviews", key=forged)
    expected = {"security": "refused", "what": "GET /v1/reviews", "who": f"key {'a' * 8}", "why": "unauthenticated"}
    assert log() == [expected]


@pytest.mark.parametrize("credential", [None, "garbage", "rk_admin_ann@mail.example_x", "eyJ.eyJ.sig"])
def test_what_is_no_key_is_not_repeated(shop: Shop, log: Log, credential: str | None) -> None:
    shop.call("GET", "/v1/members/acme.1", key=credential)
    (line,) = log()
    assert (line["who"], line["about"], line["why"]) == ("no key", "member acme.1", "unauthenticated")


def test_a_role_that_may_not_is_logged(shop: Shop, log: Log) -> None:
    shop.call("POST", "/v1/members/acme.1/adjustments", {}, shop.storefront)
    assert log() == [
        {
            "security": "refused",
            "what": "POST /v1/members/{member}/adjustments",
            "who": f"key {name_of(shop.storefront)}",
            "about": "member acme.1",
            "why": "forbidden",
        }
    ]


def test_an_address_in_a_path_is_not_logged(shop: Shop, log: Log) -> None:
    shop.call("POST", "/v1/members/ann%40mail.example/erasure", {}, shop.admin)
    assert "mail.example" not in json.dumps(log())


def test_a_wrong_signature_is_logged_by_its_connection(open_shop: Shop, log: Log) -> None:
    open_shop.send("acme", "shopify", "another-secret", "orders/paid", open_shop.order(1))
    open_shop.send("ann@mail.example", "shopify", SHOPIFY_SECRET, "orders/paid", open_shop.order(1))
    lines = log()
    assert [line["who"] for line in lines if line["what"] == "delivery"] == ["connection acme", "unknown connection"]
    assert "mail.example" not in json.dumps(lines)


def test_what_an_admin_does_is_logged_and_what_is_refused_to_one(shop: Shop, log: Log) -> None:
    shop.publish()
    shop.connect()
    shop.rotate("acme", "another-secret-of-acme")
    shop.give(100)
    shop.call("POST", "/v1/members/acme.1/adjustments", {"asset": "EUR/2", "amount": 1, "reason": "x"}, shop.admin)
    shop.post("/v1/members/acme.1/groups/1/review", {"verdict": "approve", "reason": "x"}, caller=shop.admin)
    shop.call("POST", "/v1/members/acme.1/erasure", {}, shop.admin)
    shop.call("GET", "/v1/members/acme.1/export", key=shop.admin)
    shop.call("PUT", "/v1/programme", PROGRAMME, shop.admin)
    lines = log()
    assert {line["who"] for line in lines} == {f"key {name_of(shop.admin)}"}
    assert [(line["security"], line["what"], line.get("about", ""), line.get("why", "")) for line in lines] == [
        ("done", "PUT /v1/programme", "", ""),
        ("done", "connection added", "connection acme", ""),
        ("done", "PUT /v1/connections", "", ""),
        ("done", "connection rotated", "connection acme", ""),
        ("done", "POST /v1/connections/{connection}/secret", "connection acme", ""),
        ("done", "POST /v1/members/{member}/adjustments", "member acme.1", ""),
        ("refused", "POST /v1/members/{member}/adjustments", "member acme.1", "invalid_input"),
        ("refused", "POST /v1/members/{member}/groups/{number}/review", "member acme.1 number 1", "not_found"),
        ("done", "POST /v1/members/{member}/erasure", "member acme.1", ""),
        ("done", "GET /v1/members/{member}/export", "member acme.1", ""),
        ("refused", "PUT /v1/programme", "", "version_mismatch"),
    ]


def test_no_secret_and_no_body_is_logged(shop: Shop, log: Log) -> None:
    shop.connect(secret="a-secret-of-acme-1")
    shop.call("POST", "/v1/search/members", {"email": "ann@mail.example"}, shop.admin)
    shop.call("PUT", "/v1/connections", {"id": "acme", "secret": "a-secret-of-acme-2"}, shop.admin)
    text = json.dumps(log())
    assert "a-secret-of" not in text
    assert "mail.example" not in text
    assert shop.admin not in text


def test_every_admin_route_that_writes_is_logged() -> None:
    rows = {row.handler for row in app.ROUTES if security_log.is_administrative(row)}
    written = {row.handler for row in app.ROUTES if row.who == ADMIN and row.method != "GET"}
    assert written - rows == {"reconcile:check"}  # it only asks what a delivery would change
    assert rows - {row.handler for row in app.ROUTES if row.method != "GET"} == {"erasure:export", "connections:widget"}


def test_what_an_admin_key_does_for_a_person_is_in_the_consoles_log_too() -> None:
    """Without activities, which the shop's machinery states, and a search; with what moves money or changes a member,
    which storefronts do by the thousand, and whose acts are not kept.
    """
    administrative = {row.handler for row in app.ROUTES if security_log.is_administrative(row)}
    kept = {row.handler for row in app.ROUTES if row.logs is not None}
    assert administrative - kept == {"activities:record", "activities:withdraw", "erasure:search"}
    assert kept - administrative == {
        "erasure:guest",
        "members:put",
        "spending:capture",
        "spending:place",
        "spending:redeem",
        "spending:release",
    }
    assert {f"{row.method} {row.path}" for row in app.ROUTES if row.logs is not None} <= {*ACTS_OF_KEYS}


@pytest.mark.parametrize(("ceiling", "amount", "status"), [("500", 500, 200), ("500", 501, 400), ("500", -501, 400)])
def test_the_stage_may_state_a_ceiling_of_adjustments(shop: Shop, ceiling: str, amount: int, status: int) -> None:
    shop.publish()
    shop.give(1000)
    shop.configure("max-adjustment", ceiling)
    body = {"asset": "EUR/2", "amount": amount, "reason": "x"}
    answer = shop.post("/v1/members/acme.1/adjustments", body, caller=shop.admin)
    assert answer.status == status
    if status == 400:
        assert "amount must be between 1 and 500, or between -500 and -1" in answer.detail
        assert "max-adjustment" in answer.detail


def test_an_adjustment_has_a_ceiling_where_the_stage_states_none(shop: Shop) -> None:
    shop.give(100_000)
    body = {"asset": "EUR/2", "amount": 100_001, "reason": "x"}
    assert shop.post("/v1/members/acme.1/adjustments", body, caller=shop.admin).problem == (400, "invalid_input")


@pytest.mark.parametrize("ceiling", ["much", "-1", "1e9", "²"])
def test_a_garbled_ceiling_lets_nothing_through(shop: Shop, ceiling: str) -> None:
    shop.give(1)
    shop.configure("max-adjustment", ceiling)
    body = {"asset": "EUR/2", "amount": 1, "reason": "x"}
    answer = shop.post("/v1/members/acme.1/adjustments", body, caller=shop.admin)
    assert answer.problem == (503, "unavailable")
    assert "max-adjustment must be a whole number" in answer.detail
