"""What storefronts send: what could not be processed, sending a file, comparing with their own orders."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chalicelib.edge.storefronts import KINDS
from infra.api import Api, ApiError
from infra.commands.terminal import (
    Arguments,
    add_command,
    address,
    api,
    api_path,
    pages,
    positive,
    print_json,
    secret,
    show,
    storefront_token,
    table,
)
from infra.signing import sign

TOPICAL = {"shopify": "orders/paid", "woocommerce": "order.updated"}
"""The storefronts whose topic stands in a header, and one of their topics; the others state it in the body."""


def add(groups: Any) -> None:
    """The commands of this group, and what each takes."""
    add_command(groups, "deliveries", "what could not be processed", list_deliveries, shows=True)
    replay_parser = add_command(groups, "replay", "process a kept delivery again, or all of them", replay)
    selection = replay_parser.add_mutually_exclusive_group(required=True)
    selection.add_argument("delivery", nargs="?", default="")
    selection.add_argument("--all", action="store_true", help="all that wait, the oldest first; 1 if any fails again")
    replay_parser.add_argument("--connection", default="", help="with --all: only what this connection sent")
    replay_parser.add_argument(
        "--limit", type=positive, default=10_000, help="with --all: how many at the most (10000)"
    )
    _add_reconcile(groups)
    send = add_command(groups, "send", "sign a payload file as a storefront does, and post it", send_file)
    send.add_argument("connection")
    send.add_argument("kind", choices=KINDS)
    send.add_argument("file", type=Path)
    send.add_argument("--topic", default="", help="orders/paid, order.updated, ... (Shopify and WooCommerce)")


def _add_reconcile(groups: Any) -> None:
    compare = add_command(
        groups, "reconcile", "compare with the storefront's orders, mend what no webhook brought", reconcile
    )
    compare.add_argument("connection")
    compare.add_argument("--since", required=True, help="orders changed since then, such as 2026-11-01T00:00:00Z")
    source = compare.add_mutually_exclusive_group(required=True)
    source.add_argument("--file", type=Path, help="exported orders: a JSON list, *.ndjson, or a saved API page")
    source.add_argument("--from-api", action="store_true", help="ask the storefront's API; asks for its token")
    compare.add_argument("--store", default="", help="where that API answers, such as https://acme.myshopify.com")
    compare.add_argument("--check", action="store_true", help="say what differs and change nothing")


def list_deliveries(arguments: Arguments) -> None:
    rows = [row for page in pages("/v1/deliveries") for row in page["deliveries"]]
    if arguments.json:
        print_json(rows)
        return
    columns = ("id", "connection", "topic", "received_at", "replayed_at", "reason")
    table(list(columns), [[row[name] or "-" for name in columns] for row in rows])


def replay(arguments: Arguments) -> int:
    if not arguments.all:
        show(api().call("POST", api_path("deliveries", arguments.delivery, "replay")))
        return 0
    from infra.replay import ReplayTally, replay_all

    tally = ReplayTally()
    try:
        replay_all(api(), arguments.connection, arguments.limit, tally)
    finally:
        if tally.known:
            table(*tally.table())
    return tally.status


def reconcile(arguments: Arguments) -> int:
    from infra.reconcile import Plan, ReconcileTally, run

    plan = Plan(arguments.connection, arguments.since, arguments.file, arguments.store, arguments.check)
    tally = ReconcileTally(arguments.check)
    try:
        run(plan, api(), secret, storefront_token, tally)
    finally:
        if tally.done or tally.counts:
            table(*tally.table())
    return tally.status


def send_file(arguments: Arguments) -> int:
    """0 where the delivery was processed, 1 where it could only be kept."""
    if not arguments.topic and arguments.kind in TOPICAL:
        raise ApiError(f"--topic must be given for {arguments.kind}, such as {TOPICAL[arguments.kind]}")
    body = arguments.file.read_bytes()
    headers = sign(arguments.kind, secret(), body, arguments.topic, int(time.time()))
    answer = Api(address()).call("POST", f"/webhooks/{quote(arguments.connection, safe='')}", body, headers)
    show(answer)
    return int(answer["result"] == "kept")
