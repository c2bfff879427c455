"""Who may call what: every route with every kind of credential, good and bad."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import jwt
import pytest

import app
from chalicelib.edge import access, process
from chalicelib.edge.http import answers_head
from infra.signing import sign
from tests.edge.conftest import SHOPIFY_SECRET, STANDARD_SECRET, Shop

OWN, OTHER = "acme.1", "acme.2"

NOBODY, KEY, ADMIN, TOKEN = "nobody", "storefront key", "admin key", "own token"

CALLS: dict[str, tuple[str, Any, set[str]]] = {
    "POST /webhooks/{connection}": ("/webhooks/nobody", {}, set()),  # has its own credential: the signature
    "GET /r/{code}": ("/r/none", None, {NOBODY, KEY, ADMIN, TOKEN}),
    "PUT /v1/members/{member}": (f"/v1/members/{OWN}", {}, {KEY, ADMIN}),
    "GET /v1/members/{member}": (f"/v1/members/{OWN}", None, {KEY, ADMIN, TOKEN}),
    "GET /v1/members/{member}/card": (f"/v1/members/{OWN}/card", None, {KEY, ADMIN, TOKEN}),
    "GET /v1/offers": ("/v1/offers", None, {NOBODY, KEY, ADMIN, TOKEN}),
    "GET /v1/members/{member}/profile": (f"/v1/members/{OWN}/profile", None, {KEY, ADMIN, TOKEN}),
    "GET /v1/members/{member}/statement": (f"/v1/members/{OWN}/statement", None, {KEY, ADMIN, TOKEN}),
    "GET /v1/members/{member}/progress": (f"/v1/members/{OWN}/progress", None, {KEY, ADMIN, TOKEN}),
    "GET /v1/boards/{board}": ("/v1/boards/none", None, {KEY, ADMIN}),
    "POST /v1/quotes": ("/v1/quotes", {}, {KEY, ADMIN}),
    "POST /v1/members/{member}/level": (f"/v1/members/{OWN}/level", {}, {ADMIN}),
    "POST /v1/members/{member}/referral-code": (f"/v1/members/{OWN}/referral-code", {}, {KEY, ADMIN, TOKEN}),
    "POST /v1/members/{member}/token": (f"/v1/members/{OWN}/token", {}, {KEY, ADMIN}),
    "POST /v1/session": (
        "/v1/session",
        {"connection": "acme", "customer": "1", "at": 0, "proof": ""},
        set(),  # has its own credential: the proof
    ),
    "POST /v1/members/{member}/adjustments": (f"/v1/members/{OWN}/adjustments", {}, {ADMIN}),
    "POST /v1/members/{member}/activities": (f"/v1/members/{OWN}/activities", {}, {ADMIN}),
    "DELETE /v1/members/{member}/activities/{activity}/{reference}": (
        f"/v1/members/{OWN}/activities/review/r-17",
        None,
        {ADMIN},
    ),
    "POST /v1/members/{member}/merge": (f"/v1/members/{OWN}/merge", {}, {ADMIN}),
    "POST /v1/members/{member}/erasure": (f"/v1/members/{OWN}/erasure", {}, {ADMIN}),
    "GET /v1/members/{member}/export": (f"/v1/members/{OWN}/export", None, {ADMIN}),
    "POST /v1/members/{member}/guest": (f"/v1/members/{OWN}/guest", {}, {KEY, ADMIN}),
    "POST /v1/search/members": ("/v1/search/members", {}, {ADMIN}),
    "GET /v1/data-requests": ("/v1/data-requests", None, {ADMIN}),
    "POST /v1/members/{member}/holds": (f"/v1/members/{OWN}/holds", {}, {KEY, ADMIN}),
    "GET /v1/members/{member}/holds/{hold}": (f"/v1/members/{OWN}/holds/h_x", None, {KEY, ADMIN}),
    "POST /v1/members/{member}/holds/{hold}/capture": (f"/v1/members/{OWN}/holds/h_x/capture", {}, {KEY, ADMIN}),
    "POST /v1/members/{member}/holds/{hold}/release": (f"/v1/members/{OWN}/holds/h_x/release", {}, {KEY, ADMIN}),
    "POST /v1/members/{member}/redemptions": (f"/v1/members/{OWN}/redemptions", {}, {KEY, ADMIN}),
    "POST /v1/members/{member}/entries/{entry}/undo": (f"/v1/members/{OWN}/entries/1/undo", {}, {ADMIN}),
    "GET /v1/members/{member}/groups": (f"/v1/members/{OWN}/groups", None, {KEY, ADMIN}),
    "POST /v1/members/{member}/groups/{number}/review": (f"/v1/members/{OWN}/groups/1/review", {}, {ADMIN}),
    "GET /v1/reviews": ("/v1/reviews", None, {ADMIN}),
    "GET /v1/segments": ("/v1/segments", None, {ADMIN}),
    "GET /v1/segments/{segment}/members": ("/v1/segments/lost/members", None, {ADMIN}),
    "GET /v1/reports": ("/v1/reports", None, {ADMIN}),
    "GET /v1/owed": ("/v1/owed", None, {ADMIN}),
    "GET /v1/lists/{list}": ("/v1/lists/best", None, {ADMIN}),
    "POST /v1/referrals": ("/v1/referrals", {}, {KEY, ADMIN}),
    "POST /v1/members/{member}/referrals/settle": (f"/v1/members/{OWN}/referrals/settle", {}, {ADMIN}),
    "GET /v1/programme": ("/v1/programme", None, {ADMIN}),
    "PUT /v1/programme": ("/v1/programme", {}, {ADMIN}),
    "GET /v1/programme/versions": ("/v1/programme/versions", None, {ADMIN}),
    "GET /v1/connections": ("/v1/connections", None, {ADMIN}),
    "PUT /v1/connections": ("/v1/connections", {}, {ADMIN}),
    "POST /v1/connections/{connection}/secret": ("/v1/connections/acme/secret", {}, {ADMIN}),
    "GET /v1/connections/{connection}/widget": ("/v1/connections/nobody/widget", None, {ADMIN}),
    "DELETE /v1/connections/{connection}": ("/v1/connections/acme", None, {ADMIN}),
    "POST /v1/connections/{connection}/check": ("/v1/connections/acme/check", {}, {ADMIN}),
    "GET /v1/deliveries": ("/v1/deliveries", None, {ADMIN}),
    "POST /v1/deliveries/{delivery}/replay": ("/v1/deliveries/x/replay", {}, {ADMIN}),
    "POST /v1/users": ("/v1/users", {}, {ADMIN}),
    "DELETE /v1/users/{user}": ("/v1/users/ada", None, {ADMIN}),
    "GET /health": ("/health", None, {NOBODY, KEY, ADMIN, TOKEN}),
    "GET /openapi.json": ("/openapi.json", None, {NOBODY, KEY, ADMIN, TOKEN}),
    "GET /widget.js": ("/widget.js", None, {NOBODY, KEY, ADMIN, TOKEN}),
    "GET /docs": ("/docs", None, {NOBODY, KEY, ADMIN, TOKEN}),
}
"""Path, body, and who is let in. What lets nobody in answers 401 to all."""


def segment(claims: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def bad_credentials(shop: Shop) -> dict[str, str | None]:
    now = shop.now
    claims = {"sub": OWN, "aud": "ristourne", "iat": now, "exp": now + 600}
    signing_key = process.secrets().signing("member-token", now)
    good = access.issue_token(OWN, now)
    unsigned = segment(claims)
    return {
        "no credential": None,
        "garbage": "garbage",
        "a key of no form": "rk_admin_x_y",
        "a well-formed unknown key": f"rk_admin_{'a' * 8}_{'b' * 32}",
        "the right name with a wrong secret": shop.admin[:-32] + "a" * 32,
        "an expired token": access.issue_token(OWN, now - access.TOKEN_S),
        "a token signed with another key": jwt.encode(claims, b"x" * 32, "HS256"),
        "a token of another algorithm": jwt.encode(claims, signing_key, "HS512"),
        "a token for another audience": jwt.encode(claims | {"aud": "else"}, signing_key, "HS256"),
        "a token without an end": jwt.encode({"sub": OWN, "aud": "ristourne"}, signing_key, "HS256"),
        "an unsigned token": f"{segment({'alg': 'none', 'typ': 'JWT'})}.{unsigned}.",
        "a token whose claims were exchanged": ".".join([good.split(".")[0], unsigned, good.split(".")[2]]),
        "a token whose header nests deeply": f"{urlsafe_b64encode(b'[' * 5000).decode()}.e30.x",
    }


def call(shop: Shop, row: str, credential: str | None) -> tuple[int, str]:
    path, body, _ = CALLS[row]
    answer = shop.call(row.partition(" ")[0], path, body, credential)
    return answer.status, answer.json.get("code", "") if answer.headers.get("content-type", "").endswith("json") else ""


def test_every_route_is_in_the_table() -> None:
    """As Chalice has them, so that one which is registered by any other way is missed here too."""
    registered = {f"{method} {path}" for path, methods in app.app.routes.items() for method in methods}
    rows = (*app.ROUTES, *app.PAGES)
    heads = {f"HEAD {row.path}" for row in rows if answers_head(row)}
    assert registered == {f"{row.method} {row.path}" for row in rows} | heads
    assert list(CALLS) == [f"{row.method} {row.path}" for row in app.ROUTES]


@pytest.mark.parametrize("row", [row for row, (_, _, allowed) in CALLS.items() if NOBODY not in allowed])
def test_a_storefronts_signature_opens_its_webhook_and_nothing_else(open_shop: Shop, row: str) -> None:
    """Whoever can sign deliveries has no key by that, and a key signs no delivery."""
    path, body, _ = CALLS[row]
    raw = b"" if body is None else json.dumps(body).encode()
    signed = sign("shopify", SHOPIFY_SECRET, raw, "orders/paid", open_shop.now)
    before = open_shop.items()
    answer = open_shop.request(row.partition(" ")[0], path, signed, raw)
    assert answer.problem == (401, "unauthenticated")
    assert open_shop.items() == before


FORGED: dict[str, Callable[[Shop, bytes], dict[str, str]]] = {
    "no signature": lambda shop, body: {"X-Shopify-Topic": "orders/paid"},
    "of another body": lambda shop, body: sign("shopify", SHOPIFY_SECRET, body + b" ", "orders/paid", shop.now),
    "with another secret": lambda shop, body: sign("shopify", "another-secret-0001", body, "orders/paid", shop.now),
    "with an API key": lambda shop, body: sign("shopify", shop.admin, body, "orders/paid", shop.now),
    "of another kind of sender": lambda shop, body: sign("stripe", SHOPIFY_SECRET, body, "", shop.now),
    "an admin's key instead": lambda shop, body: {"Authorization": f"Bearer {shop.admin}"},
    "a storefront's key instead": lambda shop, body: {"Authorization": f"Bearer {shop.storefront}"},
    "a member's token instead": lambda shop, body: {"Authorization": f"Bearer {access.issue_token(OWN, shop.now)}"},
}
"""Headers of a delivery that its connection did not sign."""


@pytest.mark.parametrize("forged", FORGED)
def test_a_delivery_is_let_in_by_its_own_connections_signature_alone(open_shop: Shop, forged: str) -> None:
    body = json.dumps(open_shop.order(7)).encode()
    headers = {"Content-Type": "application/json", **FORGED[forged](open_shop, body)}
    before = open_shop.items()
    answer = open_shop.request("POST", "/webhooks/acme", headers, body)
    assert answer.problem == (401, "unauthenticated")
    assert open_shop.items() == before
    right = sign("shopify", SHOPIFY_SECRET, body, "orders/paid", open_shop.now)
    assert open_shop.request("POST", "/webhooks/acme", right, body).json["result"] == "recorded"


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("row", CALLS)
def test_a_route_lets_in_whom_it_is_for_and_a_refusal_writes_nothing(shop: Shop, row: str) -> None:
    allowed = CALLS[row][2]
    refused: dict[str, tuple[str | None, int]] = {}
    if NOBODY not in allowed:
        refused |= {name: (credential, 401) for name, credential in bad_credentials(shop).items()}
        others = {KEY: shop.storefront, ADMIN: shop.admin, TOKEN: access.issue_token(OWN, shop.now)}
        wrong = 403 if allowed else 401
        refused |= {name: (credential, wrong) for name, credential in others.items() if name not in allowed}
        refused["the token of another member"] = access.issue_token(OTHER, shop.now), wrong
    before = shop.items()
    for name, (credential, status) in refused.items():
        code = {401: "unauthenticated", 403: "forbidden"}[status]
        assert call(shop, row, credential) == (status, code), name
    assert shop.items() == before
    good = {NOBODY: None, KEY: shop.storefront, ADMIN: shop.admin, TOKEN: access.issue_token(OWN, shop.now)}
    for name in allowed:
        assert call(shop, row, good[name])[0] not in (401, 403), name


@pytest.mark.parametrize("path", ["/r/none", "/health", "/openapi.json", "/docs"])
def test_what_anybody_may_read_answers_head_without_a_body(open_shop: Shop, path: str) -> None:
    head, full = (open_shop.call(method, path) for method in ("HEAD", "GET"))
    assert (head.status, head.body) == (full.status, b"")
    assert head.headers.get("content-type") == full.headers.get("content-type")


def test_what_needs_a_key_does_not_answer_head(open_shop: Shop) -> None:
    assert open_shop.call("HEAD", "/v1/programme", key=open_shop.admin).status in (403, 405)


def test_a_401_says_how_to_authenticate(shop: Shop) -> None:
    answer = shop.call("GET", "/v1/programme")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "Authorization: Bearer" in answer.detail


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(shop: Shop, scheme: str) -> None:
    assert shop.call("GET", "/v1/connections", Authorization=f"{scheme} {shop.admin}").status == 200


@pytest.mark.parametrize("header", ["Basic eDp5", "Bearer", "Bearer ", "", "rk_admin"])
def test_another_scheme_is_refused(shop: Shop, header: str) -> None:
    assert shop.call("GET", "/v1/connections", Authorization=header).problem == (401, "unauthenticated")


def test_the_stored_role_counts_and_not_the_one_that_a_key_claims(shop: Shop) -> None:
    claimed = shop.storefront.replace("rk_storefront_", "rk_admin_")
    assert shop.call("GET", "/v1/connections", key=claimed).problem == (403, "forbidden")


def test_no_secret_of_a_key_is_in_the_table(shop: Shop) -> None:
    text = json.dumps(shop.items())
    for key in (shop.admin, shop.storefront):
        assert key.split("_")[2] in text  # its name
        assert key.split("_")[3] not in text


def test_a_deleted_key_ends_when_the_cache_does(shop: Shop) -> None:
    assert shop.call("GET", "/v1/connections", key=shop.admin).status == 200
    shop.delete(f"KEY#{shop.admin.split('_')[2]}", "KEY")
    shop.later_s = 2
    assert shop.call("GET", "/v1/connections", key=shop.admin).problem == (401, "unauthenticated")


def test_a_token_ends_after_its_time(shop: Shop) -> None:
    shop.code_of(OWN)
    issued = shop.call("POST", f"/v1/members/{OWN}/token", {}, shop.storefront).json
    assert shop.call("GET", f"/v1/members/{OWN}", key=issued["token"]).status == 200
    shop.later_s = issued["expires_in"] + 1
    assert "expired" in shop.call("GET", f"/v1/members/{OWN}", key=issued["token"]).detail


def test_a_token_is_good_for_a_percent_encoded_spelling_of_its_member(shop: Shop) -> None:
    shop.connect("own", "standard", STANDARD_SECRET)
    shop.code_of("own.a:7")
    assert shop.call("GET", "/v1/members/own.a%3A7", key=shop.token_of("own.a:7")).json["member"] == "own.a:7"
