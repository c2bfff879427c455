"""The API in this process, as Lambda calls it, with AWS's part played by moto in the same process."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock
from urllib.parse import quote

import boto3
from moto import mock_aws
from msgspec import Struct

import app as entry
from chalicelib.edge import process
from chalicelib.store import keyring
from tests.attack.deliveries import SECRETS, Sent
from tests.conftest import TABLE, fresh_table
from tests.world.calls import Ask, around

STAGE = "attacked"
READS = frozenset({"BatchGetItem", "GetItem", "Query", "Scan", "DescribeTable"})
LONG_AGO = 1_262_304_000
"""When the programme was published: before the oldest recorded order was paid."""
ROUTE = "/webhooks/{connection}"

PROGRAMME = b"""
name: Attacked Shop
currency: EUR
landing: {page: "https://shop.example/welcome", hosts: [shop.example]}
earn:
  - {id: cashback, percent: 5}
"""

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "RISTOURNE_TABLE": TABLE,
    "RISTOURNE_STAGE": STAGE,
    "RISTOURNE_CACHE_SECONDS": "3600",
}


class Answer(Struct, frozen=True):
    """What came back, and how many writes the table was asked for meanwhile."""

    status: int
    body: str
    writes: int


class Api:
    """The API with one connection of each kind; `now` is its clock, in seconds since 1970."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.writes = 0

    def receive(self, sent: Sent) -> Answer:
        """Hand over a delivery as API Gateway does: the path quoted, the body as text."""
        self.now, before = sent.signed_at + sent.later_s, self.writes
        path = {"connection": quote(sent.connection, safe="")}
        reply = self.call("POST", ROUTE, path, dict(sent.headers), sent.body)
        return Answer(reply["statusCode"], reply["body"], self.writes - before)

    def call(self, method: str, route: str, path: dict[str, str], headers: dict[str, str], body: bytes) -> Any:
        """The answer to a request, as Lambda returns it."""
        event = {
            "requestContext": {"httpMethod": method, "resourcePath": route, "path": route, "stage": "api"},
            "headers": headers,
            "pathParameters": path,
            "multiValueQueryStringParameters": None,
            "stageVariables": None,
            "body": body.decode(errors="replace"),
            "isBase64Encoded": False,
        }
        return entry.app(event, None)

    def count(self, ask: Ask, operation: str, request: Any) -> Any:
        self.writes += operation not in READS
        return ask(operation, request)


@contextmanager
def attacked_api(now: int) -> Iterator[Api]:
    """An API with a programme and four connections; the process is as it was afterwards."""
    with aws(now) as api, table_of(api, PROGRAMME):
        yield api


@contextmanager
def aws(now: int) -> Iterator[Api]:
    """An API with the secrets of four connections, and no table yet."""
    api = Api(now)
    clock = mock.patch("chalicelib.edge.http.time", SimpleNamespace(time=lambda: api.now))
    with mock.patch.dict(os.environ, ENVIRONMENT), mock_aws(), clock:
        os.environ.pop("AWS_ENDPOINT_URL", None)
        ssm = boto3.client("ssm")
        stored = {"root": b64encode(b"r" * 32).decode()}
        for kind, secret in SECRETS.items():
            connection = {"id": f"shop-{kind}", "kind": kind, "namespace": f"shop-{kind}", "secrets": [secret]}
            stored[f"connections/shop-{kind}"] = json.dumps(connection)
        for name, value in stored.items():
            ssm.put_parameter(Name=f"/ristourne/{STAGE}/{name}", Value=value, Type="SecureString")
        yield api


@contextmanager
def table_of(api: Api, programme: bytes) -> Iterator[None]:
    """A new table, in which a programme has been in force for long, and a process that knows nothing of another one."""
    process.forget()
    with fresh_table():
        headers = {"Authorization": f"Bearer {keyring.issue_key('admin')}", "Content-Type": "application/yaml"}
        now, api.now = api.now, LONG_AGO
        reply = api.call("PUT", "/v1/programme", {}, headers, programme)
        assert reply["statusCode"] == 200, reply
        api.now = now
        with around(api.count):
            yield
    process.forget()
