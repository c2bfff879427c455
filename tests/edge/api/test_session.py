"""A shop's page proves its customer by HMAC, and gets a token that opens that member's own pages and nothing else."""

import hashlib
import hmac
from typing import Any

import pytest

from tests.edge.conftest import SHOPIFY_SECRET, Answer, Shop

DAY_S = 86_400


def secret_of(shop: Shop, connection: str = "acme") -> str:
    answer = shop.call("GET", f"/v1/connections/{connection}/widget", key=shop.admin)
    assert answer.status == 200, answer.body
    secret: str = answer.json["secret"]
    return secret


def proof_of(secret: str, customer: str, at: int) -> str:
    return hmac.new(secret.encode(), f"{customer}.{at}".encode(), hashlib.sha256).hexdigest()


def open_session(shop: Shop, secret: str, customer: str = "1", age_s: int = 0) -> Answer:
    at = shop.now - age_s
    body = {"connection": "acme", "customer": customer, "at": at, "proof": proof_of(secret, customer, at)}
    return shop.call("POST", "/v1/session", body)


def test_a_proof_opens_the_customers_card_and_no_other(open_shop: Shop) -> None:
    answer = open_session(open_shop, secret_of(open_shop))
    assert (answer.status, answer.json["member"], answer.json["expires_in"]) == (200, "acme.1", 900)
    token = answer.json["token"]
    assert open_shop.call("GET", "/v1/members/acme.1/card", key=token).status == 200
    assert open_shop.call("GET", "/v1/members/acme.2/card", key=token).problem == (403, "forbidden")
    assert open_shop.call("POST", "/v1/members/acme.1/adjustments", {}, token).problem == (403, "forbidden")


@pytest.mark.parametrize("age_s", [0, DAY_S, -300])
def test_a_proof_is_good_for_a_day(open_shop: Shop, age_s: int) -> None:
    assert open_session(open_shop, secret_of(open_shop), age_s=age_s).status == 200


@pytest.mark.parametrize("age_s", [DAY_S + 1, -301])
def test_an_older_proof_and_one_of_the_future_are_refused(open_shop: Shop, age_s: int) -> None:
    answer = open_session(open_shop, secret_of(open_shop), age_s=age_s)
    assert answer.problem == (401, "unauthenticated")
    assert ("load the page again" if age_s > 0 else "set the shop's clock") in answer.detail


@pytest.mark.parametrize(
    "changed",
    [
        {"customer": "2"},
        {"at": 1},
        {"proof": ""},
        {"proof": "0" * 64},
        {"proof": "é" * 20},
        {"connection": "woo"},
        {"connection": "nobody"},
    ],
)
def test_a_proof_of_something_else_is_refused(
    open_shop: Shop, changed: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    open_shop.connect("woo", "woocommerce", "woo-secret-edge-0001")
    at = open_shop.now
    good = {"connection": "acme", "customer": "1", "at": at, "proof": proof_of(secret_of(open_shop), "1", at)}
    assert open_shop.call("POST", "/v1/session", good | changed).problem == (401, "unauthenticated")
    name = changed.get("connection", "acme")
    who = "unknown connection" if name == "nobody" else f"connection {name}"
    assert f'{{"security":"refused","what":"session","who":"{who}","why":"proof"}}' in capsys.readouterr().out


def test_a_proof_of_a_clock_that_is_ahead_says_by_how_much(open_shop: Shop) -> None:
    at = open_shop.now + 400
    proof = proof_of(secret_of(open_shop), "1", at)
    answer = open_shop.call("POST", "/v1/session", {"connection": "acme", "customer": "1", "at": at, "proof": proof})
    assert answer.problem == (401, "unauthenticated")
    assert "is 400 seconds ahead of ours, at most 300 are allowed; set the shop's clock" in answer.detail


def test_the_connections_own_secret_proves_nothing(open_shop: Shop) -> None:
    assert open_session(open_shop, SHOPIFY_SECRET).problem == (401, "unauthenticated")
    assert secret_of(open_shop) != SHOPIFY_SECRET


def test_the_dot_of_a_message_cannot_be_shifted(open_shop: Shop) -> None:
    secret, at = secret_of(open_shop), open_shop.now
    body = {"connection": "acme", "customer": f"1.{at}", "at": at, "proof": proof_of(secret, "1", at)}
    assert open_shop.call("POST", "/v1/session", body).problem == (401, "unauthenticated")


def test_what_cannot_be_a_members_id_is_refused_without_being_repeated(open_shop: Shop) -> None:
    answer = open_session(open_shop, secret_of(open_shop), customer="ana@shop.example")
    assert answer.problem == (400, "invalid_input")
    assert "ana@" not in answer.detail


@pytest.mark.parametrize("customer", ["0", "ana"])
def test_a_page_that_shows_no_customer_of_the_storefront_gets_no_token(open_shop: Shop, customer: str) -> None:
    """A theme that signs the customer 0 shows a guest; no order can be of that member."""
    answer = open_session(open_shop, secret_of(open_shop), customer=customer)
    assert (answer.problem, answer.detail) == (
        (400, "invalid_input"),
        "customer must be a customer's id in the storefront",
    )


def test_a_customers_id_may_be_as_long_as_orders_have_it(open_shop: Shop) -> None:
    secret = secret_of(open_shop)
    assert open_session(open_shop, secret, customer="9" * 95).status == 200
    assert open_session(open_shop, secret, customer="9" * 96).problem == (400, "invalid_input")


def test_a_rotation_makes_another_secret_and_retiring_ends_the_old_one(open_shop: Shop) -> None:
    old = secret_of(open_shop)
    open_shop.rotate("acme", "hush-shpss-edge-0002")
    new = secret_of(open_shop)
    assert old != new
    assert [open_session(open_shop, secret).status for secret in (old, new)] == [200, 200]
    open_shop.rotate("acme", "hush-shpss-edge-0002", retire_old=True)
    assert [open_session(open_shop, secret).status for secret in (old, new)] == [401, 200]


def test_a_removed_connection_opens_nothing(open_shop: Shop) -> None:
    secret = secret_of(open_shop)
    assert open_shop.call("DELETE", "/v1/connections/acme", key=open_shop.admin).status == 200
    assert open_session(open_shop, secret).problem == (401, "unauthenticated")
    answer = open_shop.call("GET", "/v1/connections/acme/widget", key=open_shop.admin)
    assert answer.problem == (409, "conflict")


def test_whoever_reads_the_secret_is_logged(open_shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    secret = secret_of(open_shop)
    log = capsys.readouterr().out
    assert '"what":"GET /v1/connections/{connection}/widget"' in log
    assert secret not in log


def test_nothing_is_written(open_shop: Shop) -> None:
    secret, before = secret_of(open_shop), open_shop.items()
    assert open_session(open_shop, secret, customer="99").status == 200
    assert open_shop.items() == before
