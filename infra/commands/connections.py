"""Storefront connections, whose secrets are asked for."""

from __future__ import annotations

from typing import Any

from chalicelib.edge.storefronts import KINDS
from infra.api import ApiError
from infra.commands.terminal import Arguments, add_command, api, secret, table


def add(groups: Any) -> None:
    """The commands of this group, and what each takes."""
    kinds = groups.add_parser("connection", help="storefront connections").add_subparsers(
        required=True, metavar="COMMAND"
    )
    add_command(kinds, "list", "all connections", list_connections)
    add = add_command(kinds, "add", "add a connection; asks for its secret", add_connection)
    add.add_argument("id")
    add.add_argument("kind", choices=KINDS)
    add.add_argument(
        "--namespace", default="", help="whose customer numbers it sends, where storefronts share customers"
    )
    rotate = add_command(kinds, "rotate", "give a connection a new secret; asks for it", rotate_connection)
    rotate.add_argument("id")
    rotate.add_argument("--retire-old", action="store_true", help="refuse the old secret from now on")


def list_connections(_: Arguments) -> None:
    rows = api().call("GET", "/v1/connections")["connections"]
    table(["id", "kind", "customers", "secrets", "webhook URL"], [list(row.values()) for row in rows])


def add_connection(arguments: Arguments) -> None:
    body = {"id": arguments.id, "kind": arguments.kind, "namespace": arguments.namespace, "secret": secret()}
    print(api().call("PUT", "/v1/connections", body)["webhook_url"])


def rotate_connection(arguments: Arguments) -> None:
    rows = api().call("GET", "/v1/connections")["connections"]
    connection = next((row for row in rows if row["id"] == arguments.id), None)
    if connection is None:
        raise ApiError(f"there is no connection {arguments.id}; add it with: python -m infra connection add")
    body = {name: connection[name] for name in ("id", "kind", "namespace")}
    body |= {"secret": secret(), "keep_previous": not arguments.retire_old}
    print(f"live secrets: {api().call('PUT', '/v1/connections', body)['secrets']}")
