"""The daily round as it is deployed: its own function, with its own permissions, over the table that the API writes."""

import json
import time
from typing import Any

import boto3
import pytest

from infra.api import Api, newest_version
from infra.deploy import Deployment
from infra.local.local_aws import LocalAws
from infra.local.story import PROGRAMME

pytestmark = pytest.mark.slow


@pytest.fixture
def aws(local: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in local.environment().items():
        monkeypatch.setenv(name, value)


def call_round() -> tuple[int, str]:
    """Call the function as the schedule does; its status, and what kind of error it ended with, if it did."""
    functions = boto3.client("lambda").list_functions()["Functions"]
    (name,) = [function["FunctionName"] for function in functions if function["Handler"] == "app.make_round"]
    event = {
        "source": "aws.events",
        "detail-type": "Scheduled Event",
        "detail": {},
        "resources": [],
        "region": "eu-west-1",
    }
    event |= {"id": "1", "account": "000000000000", "time": "2026-01-01T00:00:00Z", "version": "0"}
    answer = boto3.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
    return answer["StatusCode"], answer.get("FunctionError", "")


def stored_round(table: str) -> dict[str, Any]:
    item = boto3.client("dynamodb").get_item(TableName=table, Key={"pk": {"S": "ROUND"}, "sk": {"S": "ROUND"}})["Item"]
    state: dict[str, Any] = json.loads(item["st"]["S"])
    return state


def publish(deployed: Deployment) -> None:
    assert deployed.keys
    api = Api(deployed.api_url, deployed.keys.admin)
    headers = {"If-Match": str(newest_version(api)), "Content-Type": "application/yaml"}
    api.call("PUT", "/v1/programme", PROGRAMME.read_bytes(), headers)


def test_the_round_sees_the_table_and_remembers_the_day(deployed: Deployment, aws: None) -> None:
    publish(deployed)
    assert call_round() == (200, "")
    first = stored_round(deployed.table)
    assert abs(first["began_at"] - time.time()) < 600
    assert call_round() == (200, "")
    assert stored_round(deployed.table) == first
