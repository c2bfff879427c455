"""What waits for a person as it is deployed: the stream has it counted, by a function with permissions of its own."""

import json
import time
import urllib.request
from typing import Any

import boto3
import pytest

from infra.api import Api
from infra.deploy import Deployment
from infra.local.local_aws import LocalAws
from infra.signing import sign

pytestmark = pytest.mark.slow

SECRET = "the-secret-of-what-waits"
SECONDS = 60


def counted(table: str) -> dict[str, Any]:
    """What the first page would say, nothing where nothing was counted yet."""
    key = {"pk": {"S": "WAITING"}, "sk": {"S": "WAITING"}}
    item = boto3.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return json.loads(item["st"]["S"]) if item else {}


def test_a_message_that_cannot_be_processed_is_counted_by_the_stream(
    deployed: Deployment, local: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in local.environment().items():
        monkeypatch.setenv(name, value)
    assert deployed.keys
    connection = {"id": "waits", "kind": "shopify", "secret": SECRET}
    Api(deployed.api_url, deployed.keys.admin).call("PUT", "/v1/connections", connection)
    headers = sign("shopify", SECRET, b"{}", "orders/paid", int(time.time()))
    request = urllib.request.Request(f"{deployed.api_url.rstrip('/')}/webhooks/waits", b"{}", headers)
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 202
    deadline = time.monotonic() + SECONDS
    while counted(deployed.table).get("connection") != "waits" and time.monotonic() < deadline:
        time.sleep(0.2)
    counts = counted(deployed.table)
    assert counts.get("connection") == "waits"
    assert counts["deliveries"] >= 1
