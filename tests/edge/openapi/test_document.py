"""The OpenAPI document: committed as it is made, valid, complete; every answer in these tests is held against it."""

import hashlib
import hmac
import json
import re
from typing import Any, get_type_hints

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

import app
from chalicelib.domain.core.identity import parse_code
from chalicelib.domain.programme.document import parse
from chalicelib.edge.http import body_of, handler_of
from chalicelib.edge.jobs import rounds
from chalicelib.edge.messages import ANYONE, IGNORED, MEMBER, REQUIRED
from chalicelib.edge.openapi import fields
from chalicelib.edge.openapi.document import document
from chalicelib.edge.storefronts import KINDS
from chalicelib.edge.yaml_document import read_document
from tests.edge import contract
from tests.edge.conftest import PROGRAMME, SHOPIFY_SECRET, Answer, Shop
from tests.machine import ROOT
from tests.world.builders import DAY_S

DOCUMENT = document(app.ROUTES)
OPERATIONS = {(row.method, row.path): DOCUMENT["paths"][row.path][row.method.lower()] for row in app.ROUTES}


def test_the_committed_document_is_what_the_code_says() -> None:
    committed = (ROOT / "docs" / "openapi.json").read_text()
    assert committed == json.dumps(DOCUMENT, indent=2, sort_keys=False) + "\n", "run: make openapi"


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert not list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors())


def test_every_reference_leads_somewhere_and_every_shape_is_used() -> None:
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert named == set(DOCUMENT["components"]["schemas"])


@pytest.mark.parametrize("row", app.ROUTES, ids=lambda row: row.handler)
def test_every_route_is_described(row: Any) -> None:
    operation = OPERATIONS[row.method, row.path]
    assert operation["summary"]
    assert operation["operationId"] == row.handler.replace(":", "_")
    in_path = [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"]
    assert in_path == re.findall(r"{(\w+)}", row.path)
    schemes = [name for scheme in operation.get("security", []) for name in scheme]
    assert schemes == ([] if row.who == ANYONE else ["key", "token"] if row.who == MEMBER else ["key"])


def test_every_query_parameter_that_a_handler_reads_is_described_and_no_other() -> None:
    reads = re.compile(r'request\.number\("(\w+)"|query(?:\.get\(|\[)"(\w+)"|"(\w+)" in request\.query')
    for module in {row.handler.partition(":")[0] for row in app.ROUTES}:
        text = (ROOT / "chalicelib" / "edge" / "api" / f"{module}.py").read_text()
        read = {name for groups in reads.findall(text) for name in groups if name}
        read |= {"cursor"} if "cursors.number(request" in text or "cursors.place(request" in text else set()
        read |= {"limit"} if "cursors.limit(request" in text else set()
        read |= {"limit", "cursor"} if "list_page(" in text else set()
        read |= {"locale"} if "requested." in text or "members.statement_of(" in text else set()
        rows = [row for row in app.ROUTES if row.handler.startswith(f"{module}:")]
        described = {
            parameter["name"]
            for row in rows
            for parameter in OPERATIONS[row.method, row.path]["parameters"]
            if parameter["in"] == "query"
        }
        assert described == read, module


@pytest.mark.parametrize("row", app.ROUTES, ids=lambda row: row.handler)
def test_a_row_names_the_body_that_its_handler_takes(row: Any) -> None:
    taken = get_type_hints(handler_of(row)).get("body")
    assert taken == (body_of(row) if row.body else None)


MOVES_MONEY = {
    "members:adjust",
    "members:merge",
    "reviews:decide",
    *(f"spending:{name}" for name in ("place", "capture", "release", "redeem", "undo")),
}


def test_what_moves_money_needs_a_key() -> None:
    assert {row.handler for row in app.ROUTES if row.key == REQUIRED} == MOVES_MONEY


def test_every_write_that_needs_a_key_takes_an_idempotency_key() -> None:
    for row in app.ROUTES:
        named = {
            parameter["name"]
            for parameter in OPERATIONS[row.method, row.path]["parameters"]
            if parameter["in"] == "header"
        }
        assert ("Idempotency-Key" in named) == (row.key != IGNORED), row.handler
        required = {
            parameter["name"] for parameter in OPERATIONS[row.method, row.path]["parameters"] if parameter["required"]
        }
        assert ("Idempotency-Key" in required) == (row.key == REQUIRED), row.handler
        assert ("If-Match" in named) == (row.handler == "programme:publish"), row.handler


def every_good_answer(shop: Shop) -> dict[str, Answer]:
    """A call of each route that succeeds; `Shop` holds each answer against the document."""
    store, admin = shop.storefront, shop.admin
    connection = {"id": "acme", "kind": "shopify", "secret": SHOPIFY_SECRET}
    answers = {
        "programme:publish": shop.call("PUT", "/v1/programme", PROGRAMME, admin),
        "connections:put": shop.call("PUT", "/v1/connections", connection, admin),
        "members:put": shop.call("PUT", "/v1/members/acme.1", {"consents": {"mail": True}}, store),
        "members:issue_code": shop.call("POST", "/v1/members/acme.1/referral-code", {}, store),
        "members:token": shop.call("POST", "/v1/members/acme.1/token", {}, store),
        "users:invite": shop.call("POST", "/v1/users", {"name": "ada", "role": "owner"}, admin),
        "users:remove": shop.call("DELETE", "/v1/users/ada", key=admin),
    }
    code = answers["members:issue_code"].json["code"]
    adjustment = {"asset": "EUR/2", "amount": 1, "reason": "x"}
    answers |= {
        "referrals:claim": shop.call("POST", "/v1/referrals", {"friend": "acme.2", "code": code}, store),
        "referrals:settle": shop.call("POST", "/v1/members/acme.1/referrals/settle", {}, admin),
        "members:adjust": shop.call("POST", "/v1/members/acme.1/adjustments", adjustment, admin, Idempotency_Key="k"),
        "spending:place": shop.post("/v1/members/acme.1/holds", {"asset": "EUR/2", "amount": 1}),
        "webhooks:receive": shop.buy(1, 1),
        "links:follow": shop.call("GET", f"/r/{code}"),
        "members:show": shop.call("GET", "/v1/members/acme.1", key=store),
        "members:profile": shop.call("GET", "/v1/members/acme.1/profile", key=store),
        "members:statement": shop.call("GET", "/v1/members/acme.1/statement?limit=1", key=store),
        "card:show": shop.call("GET", "/v1/members/acme.1/card", key=store),
        "card:offers": shop.call("GET", "/v1/offers"),
        "progress:show": shop.call("GET", "/v1/members/acme.1/progress", key=store),
        "progress:quote": shop.call("POST", "/v1/quotes", {"lines": [{"net": 100}]}, store),
        "programme:show": shop.call("GET", "/v1/programme", key=admin),
        "programme:versions": shop.call("GET", "/v1/programme/versions", key=admin),
        "connections:show": shop.call("GET", "/v1/connections", key=admin),
        "reconcile:check": shop.call("POST", "/v1/connections/acme/check", {}, admin, X_Shopify_Topic="orders/paid"),
        **{f"pages:{name}": shop.call("GET", f"/{path}") for name, path in PAGES.items()},
    }
    widget = shop.call("GET", "/v1/connections/acme/widget", key=admin)
    answers |= {"connections:widget": widget, "session:open_session": session_of(shop, widget.json["secret"])}
    answers["progress:set_level"] = good_answer_about_a_level(shop)
    answers["boards:show"] = shop.call("GET", "/v1/boards/best?period=2026-05", key=store)
    answers |= good_answers_about_spending(shop, answers["spending:place"].json["hold"])
    answers |= good_answers_about_reviews(shop, code)
    activities, review = "/v1/members/acme.1/activities", {"activity": "review", "reference": "r-17"}
    answers |= {
        "activities:record": shop.call("POST", activities, review, admin),
        "activities:withdraw": shop.call("DELETE", f"{activities}/review/r-17", key=admin),
    }
    answers |= good_answers_about_persons(shop) | good_answers_of_the_round(shop)
    shop.hear({"id": 5})  # kept
    answers["deliveries:show"] = shop.call("GET", "/v1/deliveries", key=admin)
    secret = {"secret": "another-secret-of-acme"}
    answers["connections:rotate"] = shop.call("POST", "/v1/connections/acme/secret", secret, admin)
    answers["connections:remove"] = shop.call("DELETE", "/v1/connections/acme", key=admin)
    return answers


def session_of(shop: Shop, secret: str) -> Answer:
    proof = hmac.new(secret.encode(), f"1.{shop.now}".encode(), hashlib.sha256).hexdigest()
    body = {"connection": "acme", "customer": "1", "at": shop.now, "proof": proof}
    return shop.call("POST", "/v1/session", body)


def good_answer_about_a_level(shop: Shop) -> Answer:
    levels = "levels: {steps: [{id: green, at: 0}, {id: black, at: 100}]}\nboards: [{id: best}]"
    assert shop.publish(f"{PROGRAMME}{levels}\n", If_Match='"1"').status == 200
    shop.later_s += 600
    return shop.call("POST", "/v1/members/acme.1/level", {"level": "black", "reason": "a guest of honour"}, shop.admin)


def good_answers_about_spending(shop: Shop, hold: str) -> dict[str, Answer]:
    path = "/v1/members/acme.1/holds"
    return {
        "spending:show": shop.call("GET", f"{path}/{hold}", key=shop.storefront),
        "spending:capture": shop.post(f"{path}/{hold}/capture", {}),
        "spending:release": shop.post(f"{path}/{shop.hold(1)}/release", {}),
        "spending:redeem": (spent := shop.post("/v1/members/acme.1/redemptions", {"asset": "EUR/2", "amount": 1})),
        "spending:undo": shop.post(
            f"/v1/members/acme.1/entries/{spent.json['entry']}/undo", {"reason": "x"}, caller=shop.admin
        ),
    }


def good_answers_about_reviews(shop: Shop, code: str) -> dict[str, Answer]:
    for friend in (12, 13):
        shop.buy(friend, friend, code)
    shop.settle()
    body = {"verdict": "deny", "reason": "x"}
    return {
        "reviews:decide": shop.post("/v1/members/acme.1/groups/1/review", body, caller=shop.admin),
        "reviews:groups": shop.call("GET", "/v1/members/acme.1/groups", key=shop.admin),
        "reviews:show": shop.call("GET", "/v1/reviews?all=1", key=shop.admin),
    }


def good_answers_of_the_round(shop: Shop) -> dict[str, Answer]:
    shop.later_s += DAY_S
    rounds.run(shop.now, lambda: 900.0)
    paths = {
        "segments:show": "segments",
        "segments:members": "segments/lost/members",
        "reports:show": "reports",
        "reports:owed": "owed",
        "reports:members": "lists/owed",
    }
    return {name: shop.call("GET", f"/v1/{path}", key=shop.admin) for name, path in paths.items()}


def good_answers_about_persons(shop: Shop) -> dict[str, Answer]:
    email, path = {"email": "ana@mail.example"}, "/v1/members/acme.1"
    shop.give(100, "acme.2")
    return {
        "members:merge": shop.post(f"{path}/merge", {"from": "acme.2"}, caller=shop.admin),
        "erasure:search": shop.call("POST", "/v1/search/members", email, shop.admin),
        "erasure:guest": shop.call("POST", f"{path}/guest", email | {"verified": True}, shop.storefront),
        "erasure:export": shop.call("GET", f"{path}/export", key=shop.admin),
        "erasure:erase": shop.call("POST", f"{path}/erasure", {}, shop.admin),
        "erasure:requests": shop.call("GET", "/v1/data-requests", key=shop.admin),
    }


PAGES = {"health": "health", "openapi": "openapi.json", "docs": "docs", "widget": "widget.js"}


def test_a_good_answer_of_every_route_fits_its_schema(shop: Shop) -> None:
    answers = every_good_answer(shop)
    assert set(answers) | {"deliveries:replay"} == {row.handler for row in app.ROUTES}  # replay: test_webhooks_api.py
    assert {name: answer.status for name, answer in answers.items() if answer.status != 200} == {"links:follow": 302}


def test_what_the_document_does_not_say_is_noticed() -> None:
    headers = {"content-type": "application/json"}
    with pytest.raises(AssertionError, match="does not know"):
        contract.check("GET", "/health", 418, headers, b"{}")
    with pytest.raises(Exception, match="'status' is a required property"):
        contract.check("GET", "/health", 200, headers, b"{}")


def test_the_served_document_names_its_own_server(shop: Shop) -> None:
    served = shop.call("GET", "/openapi.json", Host="api.example").json
    assert served["servers"] == [{"url": "https://api.example"}]
    assert served | {"servers": DOCUMENT["servers"]} == DOCUMENT


def test_every_kind_of_storefront_is_named_where_a_delivery_is_described() -> None:
    assert f"({', '.join(KINDS)})" in app.DELIVERY


SCHEMAS = DOCUMENT["components"]["schemas"]
FIELDS = [(schema, name) for schema, kind in SCHEMAS.items() for name in kind.get("properties", {})]


@pytest.mark.parametrize(("schema", "name"), FIELDS)
def test_every_field_is_described_and_has_no_default(schema: str, name: str) -> None:
    """A field with a default is taken by openapi-typescript for one that must be there."""
    field = SCHEMAS[schema]["properties"][name]
    assert field["description"]
    assert "default" not in field
    if (schema, name) == ("PostSession", "at"):
        return  # seconds since 1970, which a theme can write
    is_instant = name.endswith("_at") or name in ("at", "until", "available_from")
    assert ('"format": "date-time"' in json.dumps(field)) == is_instant


def test_every_field_that_is_described_is_there() -> None:
    used = {f"{schema}.{name}" for schema, name in FIELDS} | {name for _, name in FIELDS}
    assert set(fields.FIELDS) <= used


def test_every_operation_says_who_may_call_it_and_what_it_is_about() -> None:
    for row in app.ROUTES:
        operation = OPERATIONS[row.method, row.path]
        assert bool(operation["security"]) == (row.who != ANYONE)
        assert operation["tags"]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_example_fits_its_schema(method: str, path: str) -> None:
    operation = OPERATIONS[method, path]
    bodies = operation.get("requestBody", {}).get("content", {}).values()
    answers = [media for answer in operation["responses"].values() for media in answer.get("content", {}).values()]
    shown = [media for media in (*bodies, *answers) if "example" in media]
    for media in shown:
        contract.validator(json.dumps(media["schema"])).validate(media["example"])
    shapes = [media for media in (*bodies, *answers) if "$ref" in media["schema"]]
    assert [media for media in shapes if "example" not in media and "Problem" not in media["schema"]["$ref"]] == []


def example_of(method: str, path: str, status: int = 200) -> Any:
    return OPERATIONS[method, path]["responses"][str(status)]["content"]["application/json"]["example"]


def test_an_example_shows_what_its_route_answers() -> None:
    holds = "/v1/members/{member}/holds"
    shown = {path: example_of("POST", f"{holds}{path}") for path in ("", "/{hold}/capture", "/{hold}/release")}
    ends = {path: (hold["state"], hold["captured"], bool(hold["ended_at"])) for path, hold in shown.items()}
    assert list(ends.values()) == [("open", 0, False), ("captured", 300, True), ("released", 0, True)]
    assert all(hold["captured_worth"]["amount"] == hold["captured"] for hold in shown.values())
    assert example_of("POST", "/webhooks/{connection}", 202)["result"] == "kept"
    assert example_of("DELETE", "/v1/members/{member}/activities/{activity}/{reference}")["withdrawn"]
    assert example_of("DELETE", "/v1/connections/{connection}")["secrets"] == 0


def test_what_an_example_shows_else_is_of_a_route_and_of_fields_that_it_has() -> None:
    rows = {row.handler: row for row in app.ROUTES}
    for name, shown in fields.ANSWERED.items():
        handler, status = name.split()
        assert shown.keys() <= example_of(rows[handler].method, rows[handler].path, int(status)).keys()


def test_no_example_is_somebodys_id_where_another_text_stands() -> None:
    """docs/openapi.json: a cursor, a warning and a campaign were all `acme.42`."""
    examples = {
        f"{name}.{field}": part["examples"][0]
        for name, schema in DOCUMENT["components"]["schemas"].items()
        for field, part in schema.get("properties", {}).items()
        if "examples" in part
    }
    named = {name.partition(".")[2] for name, shown in examples.items() if shown == "acme.42"}
    assert named <= {"member", "referrer", "subject"}
    with pytest.raises(KeyError, match="the cursor of nothing"):
        fields.example({"type": "string", "description": "the cursor of nothing"}, {})


def test_a_sentence_of_an_example_is_computed_on_its_base() -> None:
    (movement,) = example_of("GET", "/v1/members/{member}/statement")["entries"][0]["movements"]
    assert movement["amount"] * 100 == movement["base"] * int(movement["rate"])
    assert f"{movement['base'] / 100:.2f} EUR" in movement["why"]
    (rewarded,) = example_of("POST", "/v1/quotes")["rewards"]
    basket = OPERATIONS["POST", "/v1/quotes"]["requestBody"]["content"]["application/json"]["example"]
    assert (rewarded["why"], basket["lines"][0]["net"]) == (movement["why"], movement["base"])


def test_the_example_of_a_programme_is_good() -> None:
    example = OPERATIONS["PUT", "/v1/programme"]["requestBody"]["content"]["application/yaml"]["example"]
    assert parse(read_document(example.encode())).name == "Acme Tea"


def test_every_summary_is_a_whole_sentence() -> None:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    summaries = [operation["summary"] for operation in operations if isinstance(operation, dict)]
    assert [summary for summary in summaries if not summary.endswith(".")] == []


@pytest.mark.parametrize("row", [row for row in app.ROUTES if row.body], ids=lambda row: row.handler)
def test_the_example_of_a_body_passes_the_checks_of_its_route(open_shop: Shop, row: Any) -> None:
    """docs/openapi.json: who sends an example may be told that there is no such thing, never that it is malformed."""
    names = {"member": "acme.42", "hold": "h_7cgidrg5pcxpkme6", "number": "1", "entry": "1", "connection": "acme"}
    path = re.sub(r"{(\w+)}", lambda name: names[name[1]], row.path)
    body = OPERATIONS[row.method, row.path]["requestBody"]["content"]["application/json"]["example"]
    answer = open_shop.call(row.method, path, body, open_shop.admin, Idempotency_Key="k")
    assert answer.status == 200 or answer.problem[1] not in ("invalid_input", "invalid_programme"), answer.body


def test_every_code_of_the_document_is_one() -> None:
    """docs/openapi.json: an example of a code has a right check character, alone and in a link."""
    text = json.dumps(DOCUMENT)
    codes = set(re.findall(r"/r/(\w+)", text)) | set(re.findall(r'"code": "([0-9A-Z]{12})"', text))
    assert codes
    assert {code for code in codes if parse_code(code) != code} == set()
