"""The whole API in this process: Chalice's own gateway in front, moto's server (DynamoDB and SSM over HTTP) behind."""

from __future__ import annotations

import json
import os
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import boto3
import pytest
from chalice.test import Client
from moto.server import ThreadedMotoServer

import app as entry
from chalicelib.edge import process, stream
from chalicelib.store import keyring, table
from infra.signing import sign

SHOPIFY_SECRET, WOO_SECRET = "hush-shpss-edge", "woo-secret-edge"

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


class Shop:
    """The API under test, with keys of both roles and a way to run the stream by hand."""

    def __init__(self, client: Client, endpoint: str, table_name: str) -> None:
        self._client = client
        self._endpoint, self._table = endpoint, table_name
        self.admin, self.storefront = keyring.issue_key("admin"), keyring.issue_key("storefront")

    def call(self, method: str, path: str, body: Any = None, key: str | None = None, **headers: str) -> Answer:
        """A request; a mapping as body is JSON, text and bytes go as they are."""
        raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if key:
            sent["Authorization"] = f"Bearer {key}"
        reply = self._client.http.request(method, path, headers=sent, body=b"" if body is None else raw)
        return Answer(reply.status_code, reply.headers, reply.body)

    def publish(self, document: str = PROGRAMME, **headers: str) -> Answer:
        """Publish a programme as the operator."""
        return self.call("PUT", "/v1/programme", document, self.admin, **headers)

    def connect(self, name: str, kind: str, secret: str) -> Answer:
        """Add a connection as the operator."""
        return self.call("PUT", "/v1/connections", {"id": name, "kind": kind, "secret": secret}, self.admin)

    def send(self, name: str, kind: str, secret: str, topic: str, payload: Any) -> Answer:
        """A signed delivery."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = sign(kind, secret, body, topic, int(time.time()))
        reply = self._client.http.request("POST", f"/webhooks/{name}", headers=headers, body=body)
        return Answer(reply.status_code, reply.headers, reply.body)

    def items(self) -> list[dict[str, Any]]:
        """Everything that is in the table."""
        found: list[dict[str, Any]] = boto3.client("dynamodb", endpoint_url=self._endpoint).scan(TableName=self._table)["Items"]
        return found

    def settle(self) -> dict[str, Any]:
        """What the stream would do with every conversion as it is now."""
        records = [{"dynamodb": {"NewImage": item, "SequenceNumber": str(n)}} for n, item in enumerate(self.items())]
        return stream.settle(records, int(time.time()))


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def shop(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    name = f"t{uuid4().hex}"
    for variable, value in {
        "AWS_ENDPOINT_URL": moto_server,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "RISTOURNE_TABLE": name,
        "RISTOURNE_STAGE": name,
        "RISTOURNE_CACHE_SECONDS": "1",
    }.items():
        monkeypatch.setenv(variable, value)
    _create(name)
    _forget()
    with Client(entry.app) as client:
        yield Shop(client, os.environ["AWS_ENDPOINT_URL"], name)
    _forget()


def _create(name: str) -> None:
    keys = {"pk": "HASH", "sk": "RANGE"}
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
    )
    root = b64encode(b"r" * 32).decode()
    boto3.client("ssm").put_parameter(Name=f"/ristourne/{name}/root", Value=root, Type="SecureString")


def _forget() -> None:
    table.forget()
    process.forget()
