"""Orders that no webhook brought, found in an export and mended on the deployed package."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.__main__ import main
from infra.api import Api
from infra.deploy import Deployment
from infra.local.local_aws import LocalAws
from infra.local.story import PROGRAMME
from infra.signing import sign
from tests.world.senders import shopify_line, shopify_order, shopify_refund, shopify_transaction

pytestmark = pytest.mark.slow

SECRET = "hush-hush-reconciled"
SINCE = "2026-01-01T00:00:00Z"

Json = dict[str, Any]
Operate = Callable[..., tuple[int, str]]


@pytest.fixture
def operate(
    deployed: Deployment, local: LocalAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operate:
    """Run a command; its status and what it printed."""
    assert deployed.keys
    credentials = {"RISTOURNE_URL": deployed.api_url, "RISTOURNE_KEY": deployed.keys.admin, "RISTOURNE_SECRET": SECRET}
    for name, value in (local.environment() | credentials).items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        status = main(words)
        return status, capsys.readouterr().out

    return run


def order(number: int) -> Json:
    """A paid order of this moment for 100.00, by a customer of the same number."""
    now = datetime.now(UTC).isoformat()
    stamps = dict.fromkeys(("created_at", "processed_at", "updated_at"), now)
    lines = [shopify_line(price="100.00")]
    return shopify_order(number, name=f"#{number}", customer={"id": number}, email=None, line_items=lines, **stamps)


def refunded(before: Json) -> Json:
    """The same order after 40.00 of it were refunded."""
    later = (datetime.fromisoformat(before["updated_at"]) + timedelta(seconds=1)).isoformat()
    refund = shopify_refund(order=before["id"], transactions=[shopify_transaction("40.00")])
    return before | {"updated_at": later, "financial_status": "partially_refunded", "refunds": [refund]}


def deliver(deployed: Deployment, told: Json) -> None:
    body = json.dumps(told).encode()
    headers = sign("shopify", SECRET, body, "orders/paid", int(datetime.now(UTC).timestamp()))
    Api(deployed.api_url).call("POST", "/webhooks/re-shop", body, headers)


def earned(deployed: Deployment, customer: int) -> int:
    """All that a member's statement adds up to, in cents."""
    assert deployed.keys
    page = Api(deployed.api_url, deployed.keys.admin).call("GET", f"/v1/members/re-shop.{customer}/statement")
    movements = [movement for entry in page["entries"] for movement in entry["movements"]]
    return sum(movement["amount"] for movement in movements if movement["asset"] == "EUR/2")


def counts(printed: str) -> list[int]:
    """The table: listed, known, missing, differing, kept, ignored, failed."""
    return [int(number) for number in printed.splitlines()[-1].split()]


def test_three_of_five_orders_are_mended_and_a_second_run_finds_none(
    operate: Operate, deployed: Deployment, tmp_path: Path
) -> None:
    operate("programme", "publish", str(PROGRAMME))
    operate("connection", "add", "re-shop", "shopify")
    orders = [order(number) for number in range(1, 6)]
    for bought in orders[2:]:
        deliver(deployed, bought)
    export = tmp_path / "orders.ndjson"
    export.write_text("\n".join(map(json.dumps, [*orders[:2], refunded(orders[2]), *orders[3:]])))
    words = ("reconcile", "re-shop", "--file", str(export), "--since", SINCE)
    drift = [5, 2, 2, 1, 0, 0, 0]

    status, printed = operate(*words, "--check")
    assert (status, counts(printed)) == (3, drift)
    assert earned(deployed, 3) == 500

    status, printed = operate(*words)
    assert (status, counts(printed)) == (3, drift)
    assert [earned(deployed, customer) for customer in range(1, 6)] == [500, 500, 300, 500, 500]

    status, printed = operate(*words)
    assert (status, counts(printed)) == (0, [5, 5, 0, 0, 0, 0, 0])
