"""Adding a connection says where an order could be told of twice."""

import io
import sys
from typing import Any

import pytest

from infra.__main__ import main
from infra.api import Api
from infra.commands.connections import overlaps

LIVE = {"acme-shopify": "shopify"}


@pytest.mark.parametrize(
    ("kind", "live", "beginnings"),
    [
        ("shopify", {}, []),
        ("shopify", LIVE, ["acme-shopify is a shopify connection too: if it is the same shop"]),
        ("stripe", LIVE, ["acme-shopify (shopify) is connected too: if its orders are paid by Stripe"]),
        ("woocommerce", {"pay": "stripe"}, ["pay (stripe) is connected too: if its orders are paid by Stripe"]),
        ("standard", LIVE, ["acme-shopify (shopify) is connected too: if your own sender tells of its orders"]),
        ("woocommerce", LIVE, []),
    ],
)
def test_what_may_tell_of_the_same_orders_is_named(kind: str, live: dict[str, str], beginnings: list[str]) -> None:
    warnings = overlaps(kind, live)
    assert [warning.startswith(beginning) for warning, beginning in zip(warnings, beginnings, strict=True)] == [
        True for _ in beginnings
    ]
    assert all("an order that both tell of earns twice" in warning for warning in warnings)


def test_the_address_is_printed_alone_and_the_warning_beside_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"id": "acme-shopify", "kind": "shopify", "secrets": 1},
        {"id": "gone", "kind": "shopify", "secrets": 0},
    ]
    url = "https://api.example/webhooks/second"

    def call(_: Api, method: str, path: str, body: Any = None) -> Any:
        return {"connections": rows} if method == "GET" else {"webhook_url": url}

    monkeypatch.setattr(Api, "call", call)
    monkeypatch.setenv("RISTOURNE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("RISTOURNE_KEY", "rk_admin_x")
    monkeypatch.delenv("RISTOURNE_SECRET", raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO("hush-hush-hush-hush\n"))
    assert main(("connection", "add", "second", "shopify")) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{url}\n"
    (warning,) = printed.err.splitlines()
    assert warning.startswith("warning: acme-shopify is a shopify connection too")
