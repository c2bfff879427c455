"""Storefront connections, whose secrets are asked for."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.domain.core import money
from chalicelib.edge.storefronts import KINDS
from infra import samples
from infra.api import Api, ApiError, newest_programme
from infra.commands.terminal import (
    Arguments,
    add_command,
    add_group,
    add_yes,
    api,
    api_path,
    confirm,
    print_json,
    secret,
    table,
)
from infra.signing import sign

if TYPE_CHECKING:
    from chalicelib.domain.programme.campaigns import Campaign
    from chalicelib.domain.programme.document import Programme

EVERYBODY = 100
"""The percent of people that a campaign holds out which gives nothing to anybody."""


def add(groups: Any) -> None:
    """The commands of this group, and what each takes."""
    commands = add_group(groups, "connection", "storefront connections")
    add_command(commands, "list", "all connections", list_connections, shows=True)
    added = add_command(commands, "add", "add a connection; asks for its secret", add_connection)
    added.add_argument("id")
    added.add_argument("kind", choices=KINDS)
    added.add_argument(
        "--namespace", default="", help="whose customer numbers it sends, where storefronts share customers; fixed then"
    )
    rotate = add_command(commands, "rotate", "give a connection a new secret; asks for it", rotate_connection)
    rotate.add_argument("id")
    rotate.add_argument("--retire-old", action="store_true", help="refuse the old secret from now on")
    widget = add_command(commands, "widget", "what a theme needs for the shopper's widget", show_widget, shows=True)
    widget.add_argument("id")
    remove = add_command(
        commands, "remove", "refuse what a connection sends; its members and orders stay", remove_connection
    )
    remove.add_argument("id")
    add_yes(remove)
    test = add_command(commands, "test", "sign a delivery, post it, and say what an order would earn", test_connection)
    test.add_argument("id")


def list_connections(arguments: Arguments) -> None:
    rows = _rows()
    if arguments.json:
        print_json(rows)
        return
    table(["id", "kind", "customers", "secrets", "webhook URL"], [list(row.values()) for row in rows])


def add_connection(arguments: Arguments) -> None:
    rows = _rows()
    connection = next((row for row in rows if row["id"] == arguments.id), None)
    if connection and connection["secrets"]:
        raise ApiError(f"{arguments.id} exists; to change its secret: ristourne connection rotate {arguments.id}")
    body = {"id": arguments.id, "kind": arguments.kind, "namespace": arguments.namespace, "secret": secret()}
    print(api().call("PUT", "/v1/connections", body)["webhook_url"])
    live = {row["id"]: row["kind"] for row in rows if row["secrets"]}
    for warning in overlaps(arguments.kind, live):
        print(f"warning: {warning}", file=sys.stderr)


def overlaps(kind: str, live: Mapping[str, str]) -> list[str]:
    """Warnings where a new connection of a kind may tell of the same orders as live ones (kinds by id).

    An order is known by its connection and its id there: nothing that both send says that two are one.
    """
    twice = "an order that both tell of earns twice"
    warnings = []
    for name, other in live.items():
        if other == kind:
            warnings.append(
                f"{name} is a {kind} connection too: if it is the same shop, {twice}. Two secrets of one shop go "
                f"into one connection: ristourne connection rotate {name}"
            )
        elif "stripe" in (kind, other):
            warnings.append(
                f"{name} ({other}) is connected too: if its orders are paid by Stripe, {twice}, as order and as "
                "payment. Connect the shop, not its payment provider"
            )
        elif "standard" in (kind, other):
            warnings.append(f"{name} ({other}) is connected too: if your own sender tells of its orders, {twice}")
    return warnings


def rotate_connection(arguments: Arguments) -> None:
    _connection(arguments.id)
    body = {"secret": secret(), "retire_old": arguments.retire_old}
    print(f"live secrets: {api().call('POST', api_path('connections', arguments.id, 'secret'), body)['secrets']}")
    if arguments.retire_old:
        print("the widget's secret of before is refused too from now on")
    else:
        print(f"the widget's secret is another now, if a theme uses it: ristourne connection widget {arguments.id}")


def show_widget(arguments: Arguments) -> None:
    _connection(arguments.id)
    shown = api().call("GET", api_path("connections", arguments.id, "widget"))
    if arguments.json:
        print_json(shown)
        return
    print(f"script  {shown['script']}")
    print(f"secret  {shown['secret']}  (in the theme's settings or on the server, never in a page: docs/widget.md)")


def remove_connection(arguments: Arguments) -> None:
    question = f"Remove {arguments.id}, so that what it sends is refused and its secrets are forgotten?"
    confirm(arguments, question, "no connection was removed")
    api().call("DELETE", api_path("connections", arguments.id))
    print(f"{arguments.id} is removed: what it sends is refused; every Lambda knows within a minute")


def test_connection(arguments: Arguments) -> None:
    """Post a signed delivery and print what an order would earn. Raises ApiError where it is not accepted."""
    connection, now = _connection(arguments.id), int(time.time())
    base, _, _ = connection["webhook_url"].rpartition("/webhooks/")
    sample = samples.harmless_delivery(connection["kind"])
    headers = sign(connection["kind"], secret(), sample.body, sample.topic, now)
    answer = Api(base).raw("POST", f"/webhooks/{arguments.id}", sample.body, headers)
    if answer.status == 401:
        raise ApiError(
            f"refused: {arguments.id} has another secret than this one. Give it the secret that the storefront signs "
            f"with: ristourne connection rotate {arguments.id}"
        )
    if answer.status != 200 or answer.json.get("result") != "ignored":
        raise ApiError(
            f"{connection['webhook_url']} answered {answer.status}, not as Ristourne does: {answer.body[:200]!r}"
        )
    print(f"accepted: a delivery signed with this secret, at {connection['webhook_url']}")
    print(_preview(connection, now))


def _preview(connection: dict[str, Any], now: int) -> str:
    """What an order would earn, in words; nothing is written."""
    from chalicelib.domain.rewards.campaigns import running

    programme = _programme()
    if programme is None:
        return "no programme is published yet, so nothing is earned: ristourne programme publish FILE"
    kind, campaigns = connection["kind"], running(programme, now)
    customer = samples.customer_for(kind, connection["namespace"], campaigns)
    sample = samples.paid_order(kind, programme.currency, now, customer)
    path = api_path("connections", connection["id"], "check")
    topics = {"X-Shopify-Topic": sample.topic, "X-WC-Webhook-Topic": sample.topic}
    checked = api().call("POST", path, sample.body, topics)
    order = f"an order of 100 {programme.currency} that a new customer pays now would earn"
    postings = [f"{posting['text']}  {posting['why']}" for posting in checked["postings"]]
    earned = "\n  ".join([f"{order}:", *postings])
    if not postings:
        earned = f"{order} nothing: {checked['reason'] or 'no rule fits'}"
    return "\n".join([earned, *_held_out(campaigns)])


def _held_out(campaigns: Iterable[Campaign]) -> Iterator[str]:
    """A line for each campaign that holds people out, among whom the made-up customer is not."""
    for campaign in campaigns:
        if campaign.holdout == EVERYBODY:
            yield f"the campaign {campaign.id} gives nobody anything: its holdout is 100"
        elif campaign.holdout:
            yield (
                f"the campaign {campaign.id} gives nothing to {money.plain(campaign.holdout)}% of customers (holdout): "
                "they earn this without it"
            )


def _programme() -> Programme | None:
    """The programme in force, or the first one if it is to come; None without any."""
    from chalicelib.edge.yaml_document import as_published

    version = newest_programme(api())
    if version is None:
        return None
    if version["in_force"] not in (0, version["number"]):
        version = api().call("GET", f"/v1/programme?number={version['in_force']}")
    return as_published(version["source"])


def _rows() -> Any:
    return api().call("GET", "/v1/connections")["connections"]


def _connection(name: str) -> Any:
    """A connection with a live secret. Raises ApiError."""
    connection = next((row for row in _rows() if row["id"] == name), None)
    if connection is None or not connection["secrets"]:
        raise ApiError(f"there is no connection {name}; add it with: ristourne connection add {name} KIND")
    return connection
