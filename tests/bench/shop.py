"""A shop to measure: the table on DynamoDB Local, the Lambda in this process, its programme and one connection.

Everything that a process reads once (secrets, programme) is read before anything is measured, and kept. Knows no
benchmark.
"""

from __future__ import annotations

import os
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import boto3
import msgspec
from moto.server import ThreadedMotoServer

from app import app
from chalicelib.domain.commands import PublishProgramme
from chalicelib.domain.programme.document import Programme
from chalicelib.edge import process
from chalicelib.engine import Engine
from chalicelib.store.dynamodb import transport
from chalicelib.store.secrets import StoredConnection
from infra.local.dynamodb_local import dynamodb_local
from tests.bench.order import CONNECTION, SECRET, delivery, gateway_event
from tests.world.builders import programme_of

TABLE, STAGE = "ristourne-bench", "bench"
FOREVER_S = "1000000000"

RULES = programme_of(
    timezone="Europe/Paris",
    earn=[{"id": "cashback", "percent": 5, "vest_days": 14, "expire_days": 365}],
    referral={
        "percent": 10,
        "qualifies": {"minimum": 20},
        "welcome": {"amount": 5, "vest_days": 14, "expire_days": 90},
        "vest_days": 14,
        "expire_days": 365,
    },
)


class Refused(Exception):
    """A delivery was not answered 200."""


class Shop:
    """The Lambda of a shop. `now`: seconds since 1970 at which it was opened."""

    def __init__(self, now: int) -> None:
        self.now = now

    @property
    def engine(self) -> Engine:
        """The process's engine."""
        return process.engine()

    def event(self, number: int, customer: int, code: str = "") -> dict[str, Any]:
        """A paid order as API Gateway hands it over."""
        return gateway_event(delivery(number, customer, self.now, code))

    def handle(self, event: dict[str, Any]) -> dict[str, Any]:
        """What the Lambda answers. Raises Refused for anything but 200."""
        answer: dict[str, Any] = app(event, None)
        if answer["statusCode"] != 200:
            raise Refused(answer["body"])
        return answer


@contextmanager
def shop(endpoint: str, programme: Programme = RULES) -> Iterator[Shop]:
    """A new shop on the DynamoDB at an endpoint, ready for its first order. What it states for the program is taken
    back when it closes.
    """
    with mock.patch.dict(os.environ, environment(endpoint)), _opened(programme) as opened:
        yield opened


@contextmanager
def _opened(programme: Programme) -> Iterator[Shop]:
    client = boto3.client("dynamodb")
    create_table(client, TABLE)
    _start_over()
    now = int(time.time())
    process.engine().execute(PublishProgramme(programme, "", 0, 0, 0), 0)
    _read_secrets(now)
    try:
        yield Shop(now)
    finally:
        _start_over()
        client.delete_table(TableName=TABLE)
        client.close()


@contextmanager
def local_shop(programme: Programme = RULES) -> Iterator[Shop]:
    """The same on a DynamoDB Local of its own."""
    with dynamodb_local() as endpoint, shop(endpoint, programme) as opened:
        yield opened


def environment(endpoint: str) -> dict[str, str]:
    """What the program reads of its environment."""
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "RISTOURNE_TABLE": TABLE,
        "RISTOURNE_STAGE": STAGE,
        "RISTOURNE_CACHE_SECONDS": FOREVER_S,
    }


def create_table(client: Any, name: str) -> None:
    """A table with the keys of infra/resources.yaml."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
    )


def _read_secrets(now: int) -> None:
    """The process reads them from an SSM that is gone when the measuring begins."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    os.environ["AWS_ENDPOINT_URL_SSM"] = f"http://{host}:{port}"
    ssm = boto3.client("ssm")
    stored = StoredConnection(CONNECTION, "shopify", CONNECTION, (SECRET,))
    values = {"root": b64encode(b"r" * 32), f"connections/{CONNECTION}": msgspec.json.encode(stored)}
    for name, value in values.items():
        ssm.put_parameter(Name=f"/ristourne/{STAGE}/{name}", Value=value.decode(), Type="SecureString", Overwrite=True)
    assert process.secrets().connection(CONNECTION, now)
    ssm.close()
    server.stop()


def _start_over() -> None:
    transport.forget()
    process.forget()
