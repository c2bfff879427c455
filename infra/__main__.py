"""The operator's command: what the API can do, from a terminal.

    python -m infra programme check|publish|show|diff     python -m infra deliveries|replay
    python -m infra connection list|add|rotate            python -m infra send
    python -m infra member show|statement                 python -m infra key issue|revoke
    python -m infra member hold|capture|release|redeem|undo    python -m infra reviews list|approve|deny|undo
    python -m infra member find|export|erase              python -m infra data-requests
    python -m infra settle                                python -m infra reconcile
    python -m infra verify                                python -m infra export
    python -m infra anchors rebuild

RISTOURNE_URL and RISTOURNE_KEY name the API and an admin key. A storefront's secret is asked for, or read from
RISTOURNE_SECRET, and the token of its API from RISTOURNE_STOREFRONT_TOKEN; never are they taken from the command line,
where every process of the computer could read them.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.programme.document import Programme, parse
from chalicelib.edge.storefronts import KINDS
from infra.api import Api, ApiError, newest_version
from infra.deploy import DeployError, ask_keyring, environment_of_stage, issue_keys
from infra.signing import sign

Arguments = argparse.Namespace
Command = Callable[[Arguments], int | None]
"""Does what was asked; its number, if any, is the program's status."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; 0 (or its own status) when it did what was asked, 1 with the reason on standard error."""
    arguments = parser().parse_args(words)
    try:
        return arguments.run(arguments) or 0
    except (ApiError, InvalidProgramme) as error:
        print(error if isinstance(error, ApiError) else "\n".join(error.problems), file=sys.stderr)
        return 1
    except (OSError, DeployError, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """Every command and what it takes."""
    root = argparse.ArgumentParser(prog="python -m infra", description="Operate a deployment of Ristourne.")
    groups = root.add_subparsers(required=True, metavar="COMMAND")
    _programme(groups)
    _connection(groups)
    _member(groups)
    _reviews(groups)
    _add(groups, "data-requests", "erasures and exports that were asked for, newest first", list_data_requests)
    _add(groups, "settle", "settle a referrer's bonuses where the stream gave up", settle).add_argument("member")
    _deliveries(groups)
    _reconcile(groups)
    _verify(groups)
    _anchors(groups)
    send = _add(groups, "send", "sign a payload file as a storefront does, and post it", send_file)
    send.add_argument("connection")
    send.add_argument("kind", choices=KINDS)
    send.add_argument("file", type=Path)
    send.add_argument("--topic", default="", help="orders/paid, order.updated, ... (Shopify and WooCommerce)")
    _keys(groups)
    _add(groups, "openapi", "write docs/openapi.json from the types", write_openapi)
    return root


def _programme(groups: Any) -> None:
    kinds = groups.add_parser("programme", help="the programme document").add_subparsers(
        required=True, metavar="COMMAND"
    )
    _add(kinds, "check", "say everything that is wrong with a document", check_programme).add_argument(
        "file", type=Path
    )
    publish = _add(kinds, "publish", "publish a document as the next version", publish_programme)
    publish.add_argument("file", type=Path)
    publish.add_argument("--effective-at", help="from when it holds, such as 2027-01-01T00:00:00Z")
    _add(kinds, "show", "the newest version, or another", show_programme).add_argument("--number", type=int)
    diff = _add(kinds, "diff", "what differs between two versions", diff_programme)
    diff.add_argument("old", type=int)
    diff.add_argument("new", type=int)


def _connection(groups: Any) -> None:
    kinds = groups.add_parser("connection", help="storefront connections").add_subparsers(
        required=True, metavar="COMMAND"
    )
    _add(kinds, "list", "all connections", list_connections)
    add = _add(kinds, "add", "add a connection; asks for its secret", add_connection)
    add.add_argument("id")
    add.add_argument("kind", choices=KINDS)
    add.add_argument(
        "--namespace", default="", help="whose customer numbers it sends, where storefronts share customers"
    )
    rotate = _add(kinds, "rotate", "give a connection a new secret; asks for it", rotate_connection)
    rotate.add_argument("id")
    rotate.add_argument("--retire-old", action="store_true", help="refuse the old secret from now on")


def _member(groups: Any) -> None:
    kinds = groups.add_parser("member", help="a member's books").add_subparsers(required=True, metavar="COMMAND")
    for name, text, command in (
        ("show", "balances, code, link, referral progress", show_member),
        ("statement", "all entries, newest first, each with its why", show_statement),
    ):
        _add(kinds, name, text, command).add_argument("member")
    find = _add(kinds, "find", "the members of an e-mail, which is asked for", find_member)
    find.add_argument("--email", help="leave it out where others can read your command line")
    exported = _add(kinds, "export", "all that is held of a member, as JSON", export_member)
    exported.add_argument("member")
    erased = _add(kinds, "erase", "erase a member's personal data; the books stay", erase_member)
    erased.add_argument("member")
    erased.add_argument("--hashes", action="store_true", help="the keyed hash of the e-mail too")
    for name, text, command in (
        ("hold", "reserve a part of a balance", place_hold),
        ("redeem", "spend a part of a balance at once", redeem),
    ):
        spend = _add(kinds, name, text, command)
        spend.add_argument("member")
        spend.add_argument("amount", type=int, help="in minor units: 300 is 3.00 EUR")
        spend.add_argument("asset", help="such as EUR/2")
        spend.add_argument("--order", default="", help="what it pays for: connection/order id")
        spend.add_argument("--order-total", type=int, help="what that costs in all, in minor units")
    for name, text in (("capture", "spend what is held"), ("release", "give back what is held")):
        end = _add(kinds, name, text, end_hold)
        end.add_argument("member")
        end.add_argument("hold")
        end.set_defaults(how=name)
    _merging(kinds)
    undo = _add(kinds, "undo", "give back what an entry has spent on no order", undo_redemption)
    undo.add_argument("member")
    undo.add_argument("entry", type=int, help="its number in the statement")
    undo.add_argument("reason", help="why; kept beside the books, not shown in the statement")


def _merging(kinds: Any) -> None:
    merged = _add(kinds, "merge", "merge another member into this one, for good", merge_members)
    merged.add_argument("member", help="who has everything after that")
    merged.add_argument("merged", help="the other id of the same person")


def _reviews(groups: Any) -> None:
    kinds = groups.add_parser("reviews", help="bonuses that wait for a person").add_subparsers(
        required=True, metavar="COMMAND"
    )
    listed = _add(kinds, "list", "bonuses that wait, newest first, with what speaks against them", list_reviews)
    listed.add_argument("--all", action="store_true", help="also those that were decided")
    for verdict, text in (("approve", "pay it"), ("deny", "do not pay it"), ("undo", "take an earlier verdict back")):
        judged = _add(kinds, verdict, text, review)
        judged.add_argument("member")
        judged.add_argument("group", type=int)
        judged.add_argument("reason", help="what the member will read in the statement")
        judged.set_defaults(verdict=verdict)


def _deliveries(groups: Any) -> None:
    _add(groups, "deliveries", "what could not be processed", list_deliveries)
    again = _add(groups, "replay", "process a kept delivery again, or all of them", replay)
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("delivery", nargs="?", default="")
    which.add_argument("--all", action="store_true", help="all that wait, the oldest first; 1 if any fails again")
    again.add_argument("--connection", default="", help="with --all: only what this connection sent")
    again.add_argument("--limit", type=int, default=10_000, help="with --all: how many at the most (10000)")


def _reconcile(groups: Any) -> None:
    compare = _add(groups, "reconcile", "compare with the storefront's orders, mend what no webhook brought", reconcile)
    compare.add_argument("connection")
    compare.add_argument("--since", required=True, help="orders changed since then, such as 2026-11-01T00:00:00Z")
    source = compare.add_mutually_exclusive_group(required=True)
    source.add_argument("--file", type=Path, help="exported orders: a JSON list, *.ndjson, or a saved API page")
    source.add_argument("--from-api", action="store_true", help="ask the storefront's API; asks for its token")
    compare.add_argument("--store", default="", help="where that API answers, such as https://acme.myshopify.com")
    compare.add_argument("--check", action="store_true", help="say what differs and change nothing")


def _verify(groups: Any) -> None:
    audit = _add(groups, "verify", "check every entry and balance of a table, or of its export", verify)
    source = audit.add_mutually_exclusive_group(required=True)
    source.add_argument("--stage", help="the live table of a stage, with your AWS credentials")
    source.add_argument("--file", type=Path, nargs="+", help="exported files (NDJSON, plain or .gz), or their folder")
    audit.add_argument("--processes", type=int, default=2, help="how many work at once (2)")
    audit.add_argument("--json", action="store_true", help="print the whole result as JSON")
    export = _add(groups, "export", "write a table into a file, with your AWS credentials", export_table)
    export.add_argument("file", type=Path, help="NDJSON as DynamoDB exports it; *.gz is packed")
    export.add_argument("--stage", required=True)


def _keys(groups: Any) -> None:
    keys = groups.add_parser("key", help="API keys").add_subparsers(required=True, metavar="COMMAND")
    issue = _add(keys, "issue", "make a new API key, with your AWS credentials", issue_key)
    issue.add_argument("role", choices=("admin", "storefront"))
    issue.add_argument("--stage", required=True)
    revoke = _add(keys, "revoke", "end an API key, with your AWS credentials", revoke_key)
    revoke.add_argument("name", help="the eight letters after the role: rk_admin_NAME_...")
    revoke.add_argument("--stage", required=True)


def _anchors(groups: Any) -> None:
    kinds = groups.add_parser("anchors", help="what leads from an e-mail to its person").add_subparsers(
        required=True, metavar="COMMAND"
    )
    text = "give members from before e-mails had anchors theirs, with your AWS credentials"
    _add(kinds, "rebuild", text, rebuild_anchors).add_argument("--stage", required=True)


def _add(group: Any, name: str, text: str, command: Command) -> argparse.ArgumentParser:
    found: argparse.ArgumentParser = group.add_parser(name, help=text, description=text)
    found.set_defaults(run=command)
    return found


def check_programme(arguments: Arguments) -> None:
    from chalicelib.domain.programme.lifetime import gone_too_soon

    programme, now = _parsed_programme(arguments), int(time.time())
    problems = gone_too_soon(programme, now, now)
    if problems:
        raise InvalidProgramme(problems)
    referral = "a" if programme.referral else "no"
    rules = ", ".join(rule.id for rule in programme.earn) or "none"
    print(f"{programme.name}: good; cashback rules: {rules}; {referral} referral rule")


def _parsed_programme(arguments: Arguments) -> Programme:
    from chalicelib.edge.yaml_document import read_document

    return parse(read_document(arguments.file.read_bytes()))


def publish_programme(arguments: Arguments) -> None:
    # What depends on when the version begins, the API checks: here that could be another instant.
    _parsed_programme(arguments)
    query = f"?{urlencode({'effective_at': arguments.effective_at})}" if arguments.effective_at else ""
    headers = {"If-Match": str(newest_version(api())), "Content-Type": "application/yaml"}
    published = api().call("PUT", f"/v1/programme{query}", arguments.file.read_bytes(), headers)
    print(f"version {published['number']} holds from {published['effective_at']}")


def show_programme(arguments: Arguments) -> None:
    query = f"?number={arguments.number}" if arguments.number else ""
    found = api().call("GET", f"/v1/programme{query}")
    print(f"# version {found['number']}, from {found['effective_at']}; in force: version {found['in_force']}")
    print(found["source"])


def diff_programme(arguments: Arguments) -> None:
    query = urlencode({"from": arguments.old, "to": arguments.new})
    print(api().call("GET", f"/v1/programme/versions?{query}")["changes"] or "no difference")


def list_connections(_: Arguments) -> None:
    rows = api().call("GET", "/v1/connections")["connections"]
    table(["id", "kind", "customers", "secrets", "webhook URL"], [list(row.values()) for row in rows])


def add_connection(arguments: Arguments) -> None:
    body = {"id": arguments.id, "kind": arguments.kind, "namespace": arguments.namespace, "secret": secret()}
    print(api().call("PUT", "/v1/connections", body)["webhook_url"])


def rotate_connection(arguments: Arguments) -> None:
    rows = api().call("GET", "/v1/connections")["connections"]
    known = next((row for row in rows if row["id"] == arguments.id), None)
    if known is None:
        raise ApiError(f"there is no connection {arguments.id}; add it with: python -m infra connection add")
    body = {name: known[name] for name in ("id", "kind", "namespace")}
    body |= {"secret": secret(), "keep_previous": not arguments.retire_old}
    print(f"live secrets: {api().call('PUT', '/v1/connections', body)['secrets']}")


def show_member(arguments: Arguments) -> None:
    member = api().call("GET", f"/v1/members/{arguments.member}")
    table(
        [*_HOLDING, "expires next"], [[*(row[name] for name in _HOLDING), _expiry(row)] for row in member["balances"]]
    )
    referral = member["referral"]
    print(f"code {member['code'] or '(none yet)'}  {member['link']}")
    print(
        "friends: {friends_live} live, {friends_waiting} of {friends_needed} waiting; bonuses: {bonuses}".format(
            **referral
        )
    )


_HOLDING = ("asset", "available", "pending", "held")


def _expiry(row: dict[str, Any]) -> str:
    soon = row["next_expiry"]
    return f"{soon['text']} at {soon['at']}" if soon else "-"


def show_statement(arguments: Arguments) -> None:
    cursor: str | None = ""
    while cursor is not None:
        query = urlencode({"limit": 100, **({"cursor": cursor} if cursor else {})})
        page = api().call("GET", f"/v1/members/{arguments.member}/statement?{query}")
        for entry in page["entries"]:
            for movement in entry["movements"]:
                print(f"{entry['at']}  #{entry['number']:<5} {movement['text']:>14}  {movement['why']}")
        cursor = page["next"]


def find_member(arguments: Arguments) -> None:
    email = arguments.email or getpass.getpass("E-mail: ")
    found = api().call("POST", "/v1/search/members", {"email": email})["members"]
    table(["member", "balances"], [[row["member"], _balances(row)] for row in found])


def _balances(row: dict[str, Any]) -> str:
    return ", ".join(each["text"] for each in row["balances"])


def export_member(arguments: Arguments) -> None:
    whole: dict[str, Any] = {}
    cursor: str | None = ""
    while cursor is not None:
        query = urlencode({"limit": 100, **({"cursor": cursor} if cursor else {})})
        page = api().call("GET", f"/v1/members/{arguments.member}/export?{query}")
        statement = page["statement"]
        if whole and statement:
            whole["statement"]["entries"] += statement["entries"]
        whole = whole or page
        cursor = statement["next"] if statement else None
    if whole["statement"]:
        del whole["statement"]["next"]
    print(json.dumps(whole, indent=2, ensure_ascii=False))


def erase_member(arguments: Arguments) -> None:
    body = {"hashes": arguments.hashes}
    print(json.dumps(_move(f"/v1/members/{arguments.member}/erasure", body), indent=2, ensure_ascii=False))


def list_data_requests(_: Arguments) -> None:
    rows = api().call("GET", "/v1/data-requests?limit=100")["requests"]
    columns = ("asked_at", "done_at", "what", "subject", "source")
    table(list(columns), [[row[name] or "-" for name in columns] for row in rows])


def place_hold(arguments: Arguments) -> None:
    _spend(arguments, "holds")


def redeem(arguments: Arguments) -> None:
    _spend(arguments, "redemptions")


def _spend(arguments: Arguments, what: str) -> None:
    names = ("asset", "amount", "order", "order_total")
    body = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    show(_move(f"/v1/members/{arguments.member}/{what}", body))


def end_hold(arguments: Arguments) -> None:
    show(_move(f"/v1/members/{arguments.member}/holds/{arguments.hold}/{arguments.how}", {}))


def merge_members(arguments: Arguments) -> None:
    show(_move(f"/v1/members/{arguments.member}/merge", {"from": arguments.merged}))


def undo_redemption(arguments: Arguments) -> None:
    path = f"/v1/members/{arguments.member}/redemptions/{arguments.entry}/undo"
    show(_move(path, {"reason": arguments.reason}))


def list_reviews(arguments: Arguments) -> None:
    rows: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        query = urlencode({"limit": 100, "all": int(arguments.all), **({"cursor": cursor} if cursor else {})})
        page = api().call("GET", f"/v1/reviews?{query}")
        rows += [_review(each) for each in page["reviews"]]
        cursor = page["next"]
    table(["since", "member", "group", "state", "bonus", "signals", "orders"], rows)


def _review(found: dict[str, Any]) -> list[str]:
    signals = [f"{each['signal']} {each['weight']}" for each in found["signals"]]
    bonus, orders = ([each[name] for each in found[key]] for name, key in (("text", "bonus"), ("order", "friends")))
    cells = (bonus, signals, orders)
    return [found["held_at"], found["referrer"], str(found["group"]), found["state"], *map(", ".join, cells)]


def review(arguments: Arguments) -> None:
    body = {"verdict": arguments.verdict, "reason": arguments.reason}
    show(_move(f"/v1/members/{arguments.member}/groups/{arguments.group}/review", body))


def _move(path: str, body: dict[str, Any]) -> Any:
    """A request that moves money, under a key of its own: each command is a new one."""
    return api().call("POST", path, body, {"Idempotency-Key": uuid4().hex})


def settle(arguments: Arguments) -> None:
    total = 0
    while settled := api().call("POST", f"/v1/members/{arguments.member}/referrals/settle")["settled"]:
        total += settled
    print(f"friends whose orders were settled: {total}")


def list_deliveries(_: Arguments) -> None:
    rows = api().call("GET", "/v1/deliveries?limit=100")["deliveries"]
    columns = ("id", "connection", "topic", "received_at", "replayed_at", "reason")
    table(list(columns), [[row[name] or "-" for name in columns] for row in rows])


def reconcile(arguments: Arguments) -> int:
    from infra.reconcile import Plan, Tally, run

    plan = Plan(arguments.connection, arguments.since, arguments.file, arguments.store, arguments.check)
    tally = Tally(arguments.check)
    try:
        run(plan, api(), secret, storefront_token, tally)
    finally:
        if tally.done or tally.counts:
            table(*tally.table())
    return tally.status


def replay(arguments: Arguments) -> int:
    if not arguments.all:
        show(api().call("POST", f"/v1/deliveries/{arguments.delivery}/replay"))
        return 0
    from infra.replay import Tally, replay_all

    tally = Tally()
    try:
        replay_all(api(), arguments.connection, arguments.limit, tally)
    finally:
        table(*tally.table())
    return tally.status


def send_file(arguments: Arguments) -> None:
    body = arguments.file.read_bytes()
    headers = sign(arguments.kind, secret(), body, arguments.topic, int(time.time()))
    show(Api(_setting("RISTOURNE_URL")).call("POST", f"/webhooks/{arguments.connection}", body, headers))


def issue_key(arguments: Arguments) -> None:
    print(*issue_keys([arguments.role], environment_of_stage(arguments.stage)))


def revoke_key(arguments: Arguments) -> None:
    (found,) = ask_keyring("revoke_key", [arguments.name], environment_of_stage(arguments.stage))
    print("revoked; every Lambda knows within a minute" if found == "True" else f"there is no key {arguments.name}")


def verify(arguments: Arguments) -> int:
    from infra.audit.command import run

    return run(arguments)


def export_table(arguments: Arguments) -> None:
    from infra.audit.command import table_of_stage
    from infra.export import export

    print(f"{export(table_of_stage(arguments.stage), arguments.file):,} items written to {arguments.file}")


def rebuild_anchors(arguments: Arguments) -> None:
    os.environ.update(environment_of_stage(arguments.stage))
    from infra.anchors import COLUMNS, rebuild
    from infra.progress import Progress

    progress = Progress(sys.stderr)
    try:
        found = rebuild(progress.show)
    finally:
        progress.clear()
    table(list(COLUMNS), [[found[name] for name in COLUMNS]])


def write_openapi(_: Arguments) -> None:
    import app
    from chalicelib.edge.openapi import document

    target = Path(__file__).parent.parent / "docs" / "openapi.json"
    target.write_text(json.dumps(document(app.ROUTES), indent=2) + "\n")
    print(target)


def api() -> Api:
    """The API that the environment names."""
    return Api(_setting("RISTOURNE_URL"), _setting("RISTOURNE_KEY"))


def secret() -> str:
    """A storefront's secret, from the environment or typed unseen."""
    return os.environ.get("RISTOURNE_SECRET") or getpass.getpass("Secret of the storefront: ")


def storefront_token() -> str:
    """What the storefront's own API asks for, from the environment or typed unseen."""
    return os.environ.get("RISTOURNE_STOREFRONT_TOKEN") or getpass.getpass("Token of the storefront's API: ")


def _setting(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ApiError(f"{name} is not set; `make run` and `make deploy` print it")
    return value


def table(columns: list[str], rows: list[list[Any]]) -> None:
    """Rows under their columns, each as wide as its widest cell."""
    lines = [columns, *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def show(answer: Any) -> None:
    """A small JSON answer, a field a line."""
    for name, value in answer.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    sys.exit(main())
