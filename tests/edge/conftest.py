"""The whole API in this process: Chalice's own gateway in front, moto's server (DynamoDB and SSM over HTTP) behind."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import boto3
import pytest
from chalice.test import Client
from moto.server import ThreadedMotoServer

import app as entry
from chalicelib.edge import process
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.jobs import stream
from chalicelib.engine import Engine
from chalicelib.store import keyring, keys
from chalicelib.store.dynamodb import transport
from infra.signing import sign
from tests.conftest import TABLE
from tests.edge import contract
from tests.world.french import english_in
from tests.world.senders import shopify_line, shopify_order

SHOPIFY_SECRET, WOO_SECRET = "hush-shpss-edge-0001", "woo-secret-edge-0001"
STRIPE_SECRET, STANDARD_SECRET = "whsec_stripe_edge_00001", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

PROGRAMME = """
name: Edge Shop
currency: EUR
landing: {page: "https://shop.example/welcome?utm=friend", hosts: [shop.example]}
earn:
  - {id: cashback, percent: 5}
referral:
  percent: 10
  welcome: {amount: 3.00}
"""


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


class Answer:
    """A response as a test reads it."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.body = body

    @property
    def json(self) -> Any:
        """The body as plain data."""
        return json.loads(self.body)

    @property
    def problem(self) -> tuple[int, str]:
        """Status and code of a refusal."""
        assert self.headers["content-type"] == "application/problem+json", self.body
        return self.status, self.json["code"]

    @property
    def detail(self) -> str:
        """The sentence of a refusal."""
        detail: str = self.json["detail"]
        return detail


OPENED_AT = int(datetime(2026, 5, 4, 12, tzinfo=UTC).timestamp())
"""When every shop of these tests opens."""


class Shop:
    """The API under test, with keys of both roles and a way to run the stream by hand.

    `later_s` moves the clock of the requests.
    """

    def __init__(self, client: Client, aws: tuple[Any, Any], stage: str) -> None:
        self._client = client
        self._dynamodb, self._ssm = aws
        self._stage = stage
        self.endpoint = os.environ["AWS_ENDPOINT_URL"]
        self.later_s = 0
        self.admin, self.storefront = keyring.issue_key("admin"), keyring.issue_key("storefront")

    @property
    def now(self) -> int:
        """Seconds since 1970, as the API sees them: the real clock would end days and months in the midst of a test."""
        return OPENED_AT + self.later_s

    def call(self, method: str, path: str, body: Any = None, key: str | None = None, **headers: str) -> Answer:
        """A request; a mapping as body is JSON, text and bytes go as they are."""
        raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Content-Type": "application/json", **named}
        if key:
            sent["Authorization"] = f"Bearer {key}"
        return self.request(method, path, sent, b"" if body is None else raw)

    def request(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """A request as it is; its answer is held against the OpenAPI document."""
        reply = self._client.http.request(method, path, headers=headers, body=body)
        answer = Answer(reply.status_code, reply.headers, reply.body)
        contract.check(method, path, answer.status, answer.headers, answer.body)
        return answer

    def preflight(self, path: str) -> Answer:
        """What a browser is answered that asks whether a page of another origin may call a route."""
        gateway = self._client.http._local_gateway
        reply = gateway.handle_request(method="OPTIONS", path=path, headers={}, body=b"")
        return Answer(reply["statusCode"], reply["headers"], b"")

    def invoke(self, method: str, route: str, path: str, names: dict[str, str], **more: Any) -> Any:
        """A storefront's call as API Gateway hands it to the Lambda; returns the answer's JSON."""
        event = {
            "requestContext": {"httpMethod": method, "resourcePath": route, "path": path, "stage": "prod"},
            "headers": {"Host": "x.execute-api.eu-west-1.amazonaws.com", "Authorization": f"Bearer {self.storefront}"},
            "pathParameters": names,
            "multiValueQueryStringParameters": None,
            "stageVariables": None,
            "body": None,
            "isBase64Encoded": False,
            **more,
        }
        return json.loads(entry.app(event, None)["body"])

    def publish(self, document: str = PROGRAMME, **headers: str) -> Answer:
        """Publish a programme as the operator."""
        return self.call("PUT", "/v1/programme", document, self.admin, **headers)

    def replace_programme(self, document: str) -> None:
        """Publish a document in the place of the first version, and let an hour pass, after which it is in force."""
        answer = self.publish(document, If_Match='"1"')
        assert answer.status == 200, answer.body
        self.later_s = 3600

    def connect(self, name: str = "acme", kind: str = "shopify", secret: str = SHOPIFY_SECRET, **more: Any) -> Answer:
        """Add a connection as the operator."""
        return self.call("PUT", "/v1/connections", {"id": name, "kind": kind, "secret": secret, **more}, self.admin)

    def rotate(self, name: str, secret: str, **more: Any) -> int:
        """Give a connection a new secret; how many it has then."""
        answer = self.call("POST", f"/v1/connections/{name}/secret", {"secret": secret, **more}, self.admin)
        assert answer.status == 200, answer.body
        count: int = answer.json["secrets"]
        return count

    def forget_connection(self, name: str) -> None:
        """Take a connection away as if it had never been, and start a new process."""
        self._ssm.delete_parameter(Name=f"/ristourne/{self._stage}/connections/{name}")
        process.forget()

    def share_customers(self, namespace: str) -> None:
        """Store a connection of that namespace beside those of the test."""
        stored = {"id": f"more-of-{namespace}", "kind": "shopify", "namespace": namespace, "secrets": ["x" * 20]}
        path = f"/ristourne/{self._stage}/connections/{stored['id']}"
        self._ssm.put_parameter(Name=path, Value=json.dumps(stored), Type="SecureString")

    def send(self, name: str, kind: str, secret: str, topic: str, payload: Any) -> Answer:
        """A signed delivery."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.request("POST", f"/webhooks/{name}", sign(kind, secret, body, topic, self.now), body)

    def hear(self, payload: Any, topic: str = "orders/paid") -> Answer:
        """A signed delivery of the Shopify connection `acme`."""
        return self.send("acme", "shopify", SHOPIFY_SECRET, topic, payload)

    def order(self, number: int, customer: int | None = 1, code: str = "", total: str = "100.00", **more: Any) -> Any:
        """A paid Shopify order of this moment."""
        moment = datetime.fromtimestamp(self.now, UTC).isoformat()
        email = f"buyer{customer}@mail.example" if customer else None
        return {
            **shopify_order(number, line_items=[shopify_line(price=total)]),
            "created_at": moment,
            "processed_at": moment,
            "updated_at": moment,
            "email": email,
            "customer": {"id": customer, "email": email} if customer else None,
            "note_attributes": [{"name": "ref", "value": code}] if code else [],
            **more,
        }

    def buy(self, number: int, customer: int | None = 1, code: str = "", total: str = "100.00", **more: Any) -> Answer:
        """The delivery of such an order."""
        return self.hear(self.order(number, customer, code, total, **more))

    def code_of(self, member: str = "acme.1") -> str:
        """The member's referral code."""
        code: str = self.call("POST", f"/v1/members/{member}/referral-code", {}, self.storefront).json["code"]
        return code

    def available(self, member: str, asset: str = "EUR/2") -> int:
        """What the member can spend, in minor units; 0 for nobody we know."""
        answer = self.call("GET", f"/v1/members/{member}", key=self.storefront)
        balances = answer.json["balances"] if answer.status == 200 else []
        return sum(balance["available"] for balance in balances if balance["asset"] == asset)

    def post(self, path: str, body: Any, key: str | None = None, caller: str = "") -> Answer:
        """A POST as the storefront, under an Idempotency-Key of its own if none is named."""
        return self.call("POST", path, body, caller or self.storefront, Idempotency_Key=key or uuid4().hex)

    def give(self, amount: int, member: str = "acme.1", asset: str = "EUR/2") -> None:
        """Give a member, who may be new, an amount by hand."""
        assert self.call("PUT", f"/v1/members/{member}", {"locale": "en"}, self.storefront).status == 200
        body = {"asset": asset, "amount": amount, "reason": "a test"}
        assert self.post(f"/v1/members/{member}/adjustments", body, caller=self.admin).status == 200

    def hold(self, amount: int, member: str = "acme.1", **more: Any) -> str:
        """The id of a new hold."""
        answer = self.post(f"/v1/members/{member}/holds", {"asset": "EUR/2", "amount": amount, **more})
        assert answer.status == 200, answer.body
        hold: str = answer.json["hold"]
        return hold

    def reasons(self, member: str = "acme.1") -> list[tuple[str, str]]:
        """Amount and why of every movement, the first first."""
        page = self.call("GET", f"/v1/members/{member}/statement", key=self.storefront).json
        entries = reversed(page["entries"])
        return [(movement["text"], movement["why"]) for entry in entries for movement in entry["movements"]]

    def token_of(self, member: str) -> str:
        """A token for the member's own pages."""
        token: str = self.call("POST", f"/v1/members/{member}/token", {}, self.storefront).json["token"]
        return token

    def items(self) -> list[dict[str, Any]]:
        """All that is in the table, in a stable order, but for the root's digest, which the first process leaves."""
        scanned: list[dict[str, Any]] = self._dynamodb.scan(TableName=TABLE)["Items"]
        stored = [item for item in scanned if item["k"]["S"] != "root-check"]
        return sorted(stored, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))

    def books(self) -> list[dict[str, Any]]:
        """The same without the log of what people and admin keys did, which has what was refused too."""
        return [item for item in self.items() if item["k"]["S"] != "act"]

    def delete(self, partition: str, sort: str) -> None:
        """Take one item out of the table."""
        self._dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": partition}, "sk": {"S": sort}})

    def drop_table(self) -> None:
        """Take the whole table away."""
        self._dynamodb.delete_table(TableName=TABLE)

    def break_settlement_of(self, referrer: str, monkeypatch: pytest.MonkeyPatch, after: int = 0) -> None:
        """Let every settlement of one referrer fail as only a bug can, but for the first `after`."""
        execute, good = Engine.execute, iter(range(after))

        def broken(engine: Engine, command: Any, *rest: Any) -> Any:
            if getattr(command, "referrer", "") == referrer and next(good, None) is None:
                raise RuntimeError
            return execute(engine, command, *rest)

        monkeypatch.setattr(Engine, "execute", broken)

    def change_root(self, value: str | None = b64encode(b"s" * 32).decode()) -> None:
        """Exchange the root secret, or take it away, of a table that has not seen one; start a new process."""
        self.delete(*keys.ROOT_CHECK)
        self.configure_root(value)

    def configure_root(self, value: str | None) -> None:
        """Exchange the root secret, or take it away, and start a new process."""
        if value:
            self.configure("root", value)
        else:
            self._ssm.delete_parameter(Name=f"/ristourne/{self._stage}/root")
            process.forget()

    def configure(self, name: str, value: str, *, restart: bool = True) -> None:
        """State a parameter of the stage behind the API's back, and start a new process."""
        path = f"/ristourne/{self._stage}/{name}"
        self._ssm.put_parameter(Name=path, Value=value, Type="SecureString", Overwrite=True)
        if restart:
            process.forget()

    def kinds(self) -> set[str]:
        """The kinds of items that are in the table."""
        return {item["k"]["S"] for item in self.items()}

    def settle(self) -> dict[str, Any]:
        """What the stream would do with everything as it is now."""
        records = [
            {"dynamodb": {"Keys": {"pk": item["pk"]}, "NewImage": item, "SequenceNumber": str(n)}}
            for n, item in enumerate(self.items())
        ]
        return stream.settle(records, self.now)


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def aws(moto_server: str) -> tuple[Any, Any]:
    """Clients of the tests' own, for DynamoDB and SSM."""
    session = boto3.Session("test", "test", region_name="eu-west-1")
    dynamodb, ssm = (session.client(name, endpoint_url=moto_server) for name in ("dynamodb", "ssm"))
    return dynamodb, ssm


@pytest.fixture(scope="module")
def one_client() -> Iterator[None]:
    """The tests of a module share the program's client: making one takes longer than most of them."""
    transport.forget()
    yield
    transport.forget()


@pytest.fixture
def bare_shop(
    moto_server: str, aws: tuple[Any, Any], one_client: None, no_account: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    """A process that starts: an empty table, a stage with a root secret and no connection, two keys."""
    stage = f"t{uuid4().hex}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    monkeypatch.setenv("RISTOURNE_STAGE", stage)
    monkeypatch.setenv("RISTOURNE_CACHE_SECONDS", "1")
    dynamodb, ssm = aws
    _create(dynamodb)
    ssm.put_parameter(Name=f"/ristourne/{stage}/root", Value=b64encode(b"r" * 32).decode(), Type="SecureString")
    process.forget()
    with Client(entry.app) as client:
        made = Shop(client, aws, stage)
        monkeypatch.setattr("chalicelib.edge.http.time", SimpleNamespace(time=lambda: made.now))
        sentences = _sentences(monkeypatch)
        yield made
    process.forget()
    if dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=TABLE)
    assert [(sentence, english) for sentence in sentences if (english := english_in(sentence))] == []


def _sentences(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Collects every sentence that a page of the console shows, whatever the language."""
    sentences: list[Any] = []

    def written(visit: Visit, sentence: Any) -> str:
        sentences.append(sentence)
        return as_before(visit, sentence)

    as_before = Visit.written
    monkeypatch.setattr(Visit, "written", written)
    return sentences


@pytest.fixture
def shop(bare_shop: Shop) -> Shop:
    """The same with a connection whose customers are `acme`'s, so that members can be made by request."""
    bare_shop.share_customers("acme")
    return bare_shop


@pytest.fixture
def open_shop(shop: Shop) -> Shop:
    """A shop with a programme and the Shopify connection `acme`."""
    assert shop.publish().status == 200
    assert shop.connect().status == 200
    return shop


def _create(dynamodb: Any) -> None:
    schema = {"pk": "HASH", "sk": "RANGE"}
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in schema.items()],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in schema],
    )
