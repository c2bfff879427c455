"""A cold start loads what its own event needs and no more: measured in an interpreter of its own."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from typing import Any, NamedTuple

import pytest

import app as entry
from infra.signing import sign
from tests.edge.conftest import SHOPIFY_SECRET, Shop
from tests.machine import ROOT

PROGRAM = """
import json, sys

handler, event = json.load(sys.stdin)
import app
loaded_by_app = sorted(sys.modules)

from botocore.client import ClientCreator
clients = []
create_client = ClientCreator.create_client
def counted(self, service_name, *args, **kwargs):
    clients.append(service_name)
    return create_client(self, service_name, *args, **kwargs)
ClientCreator.create_client = counted

answer = getattr(app, handler)(event, None)
print(json.dumps([answer, sorted(sys.modules), loaded_by_app, clients]))
"""

HEAVY = {
    "boto3",
    "boto3.resources",
    "s3transfer",
    "babel",
    "crawleruseragents",
    "gettext",
    "jinja2",
    "jwt",
    "segno",
    "yaml",
    "requests",
    "cryptography",
}

MAILBOX_PROVIDERS = "disposable_email_domains"
"""A list that an order with an e-mail needs, and nothing else."""

EDGE = {f"chalicelib.edge.{path.stem}" for path in (ROOT / "chalicelib" / "edge").glob("[a-z]*.py")}
JOBS = {f"chalicelib.edge.jobs.{path.stem}" for path in (ROOT / "chalicelib" / "edge" / "jobs").glob("[a-z]*.py")}
API = {f"chalicelib.edge.api.{path.stem}" for path in (ROOT / "chalicelib" / "edge" / "api").glob("[a-z]*.py")}
STOREFRONTS = {
    f"chalicelib.edge.storefronts.{path.stem}"
    for path in (ROOT / "chalicelib" / "edge" / "storefronts").glob("[a-z]*.py")
}
ALWAYS = {f"chalicelib.edge.{name}" for name in ("http", "messages", "problems", "telemetry")}


class Started(NamedTuple):
    """What a fresh process answered, which modules it had loaded by then and at import, and its AWS clients."""

    answer: Any
    modules: set[str]
    at_import: set[str]
    clients: list[str]

    @property
    def edge(self) -> set[str]:
        """The modules of ours at the edge."""
        return self.modules & (EDGE | JOBS | API | STOREFRONTS)


def start(handler: str, event: Any) -> Started:
    program = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([handler, event]),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert program.returncode == 0, program.stderr
    answer, modules, at_import, clients = json.loads(program.stdout.splitlines()[-1])
    return Started(answer, set(modules), set(at_import), clients)


def gateway_event(shop: Shop, order: int = 1, customer: int = 1) -> dict[str, Any]:
    """A signed Shopify order as API Gateway hands it to the Lambda."""
    body = json.dumps(shop.order(order, customer))
    headers = sign("shopify", SHOPIFY_SECRET, body.encode(), "orders/paid", shop.now)
    return {
        "resource": "/webhooks/{connection}",
        "path": "/webhooks/acme",
        "httpMethod": "POST",
        "headers": {**headers, "Host": "x.execute-api.eu-west-1.amazonaws.com", "X-Forwarded-Proto": "https"},
        "multiValueQueryStringParameters": None,
        "pathParameters": {"connection": "acme"},
        "stageVariables": None,
        "requestContext": {
            "httpMethod": "POST",
            "resourcePath": "/webhooks/{connection}",
            "path": "/prod/webhooks/acme",
            "stage": "prod",
        },
        "body": body,
        "isBase64Encoded": False,
    }


@pytest.fixture
def webhook(open_shop: Shop) -> Started:
    """The first webhook of a process."""
    return start("app", gateway_event(open_shop))


def stream_event(shop: Shop) -> dict[str, Any]:
    """Two friends' conversions as the table's stream hands them to the Lambda."""
    code = shop.code_of()
    for friend in (2, 3):
        shop.buy(friend, friend, code)
    images = [item for item in shop.items() if item["k"]["S"] == "conversion"]
    return {"Records": [{"dynamodb": {"NewImage": image, "SequenceNumber": str(n)}} for n, image in enumerate(images)]}


def test_the_first_webhook_makes_no_client_and_loads_nothing_that_only_other_routes_need(
    open_shop: Shop, webhook: Started
) -> None:
    assert (webhook.answer["statusCode"], json.loads(webhook.answer["body"])) == (200, {"result": "recorded"})
    assert open_shop.available("acme.1") == 500
    assert webhook.clients == []
    assert webhook.modules & HEAVY == set()
    assert webhook.edge - ALWAYS == {
        "chalicelib.edge.process",
        "chalicelib.edge.api.webhooks",
        "chalicelib.edge.storefronts.disputes",
        "chalicelib.edge.storefronts.prints",
        "chalicelib.edge.storefronts.reading",
        "chalicelib.edge.storefronts.shopify",
        "chalicelib.edge.storefronts.shopify_lines",
        "chalicelib.edge.storefronts.shopify_refunds",
        "chalicelib.edge.storefronts.signatures",
    }
    for_other_routes = {f"chalicelib.store.{name}" for name in ("deliveries", "keyring", "queries")}
    assert webhook.modules & for_other_routes == set()


def api_event(shop: Shop, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
    """A request of a shop's server about the member `acme.1` as API Gateway hands it to the Lambda."""
    event = gateway_event(shop)
    resource = path.replace("acme.1", "{member}")
    return event | {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": {"Authorization": f"Bearer {shop.storefront}", "Host": "shop.example", **headers},
        "pathParameters": {"member": "acme.1"},
        "requestContext": event["requestContext"] | {"httpMethod": method, "resourcePath": resource, "path": path},
        "body": json.dumps(body) if body else None,
    }


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/members/acme.1", None, 200),
        ("GET", "/v1/members/acme.1/statement", None, 200),
        ("POST", "/v1/members/acme.1/holds", {"asset": "EUR/2", "amount": 100}, 200),
    ],
    ids=["member", "statement", "hold"],
)
def test_the_first_request_of_a_shops_server_makes_no_client_either(
    open_shop: Shop, method: str, path: str, body: Any, status: int
) -> None:
    open_shop.buy(1, 1)
    started = start("app", api_event(open_shop, method, path, body, **{"Idempotency-Key": "1"}))
    assert (started.answer["statusCode"], started.clients) == (status, [])
    assert started.modules & HEAVY == set()


def test_importing_the_app_loads_neither_routes_nor_the_store(webhook: Started) -> None:
    assert webhook.at_import & (EDGE | API | STOREFRONTS) <= ALWAYS
    assert not [name for name in webhook.at_import if name.startswith(("pynamodb", "chalicelib.store"))]
    assert webhook.at_import & {*HEAVY, MAILBOX_PROVIDERS} == set()


def test_a_stream_event_loads_neither_webhooks_nor_storefronts(open_shop: Shop) -> None:
    settled = start("settle", stream_event(open_shop))
    assert settled.answer == {"batchItemFailures": []}
    assert open_shop.available("acme.1") == 2000
    assert settled.clients == []
    assert settled.modules & {*HEAVY, MAILBOX_PROVIDERS} == set()
    assert settled.edge - ALWAYS == {"chalicelib.edge.process", "chalicelib.edge.jobs.stream"}


def test_a_base64_encoded_body_is_verified_over_the_bytes_that_it_stands_for(open_shop: Shop) -> None:
    event = gateway_event(open_shop)
    encoded = event | {"body": b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}
    assert entry.app(encoded, None)["statusCode"] == 200
    assert open_shop.available("acme.1") == 500
