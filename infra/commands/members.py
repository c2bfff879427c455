"""Commands on a member's books and personal data."""

from __future__ import annotations

import json
from typing import Any

from infra.commands.terminal import Arguments, add_command, api, move, pages, place, show, table, typed


def add(groups: Any) -> None:
    """The commands of this group, and what each takes."""
    kinds = groups.add_parser("member", help="a member's books").add_subparsers(required=True, metavar="COMMAND")
    for name, text, run in (
        ("show", "balances, code, link, referral progress", show_member),
        ("statement", "all entries, newest first, each with its why", show_statement),
    ):
        add_command(kinds, name, text, run).add_argument("member")
    _add_personal_data(kinds)
    _add_spending(kinds)
    merge = add_command(kinds, "merge", "merge another member into this one, for good", merge_members)
    merge.add_argument("member", help="who has everything after that")
    merge.add_argument("merged", help="the other id of the same person")
    add_command(groups, "data-requests", "erasures and exports that were asked for, newest first", list_data_requests)


def _add_personal_data(kinds: Any) -> None:
    find = add_command(kinds, "find", "the members of an e-mail, which is asked for", find_member)
    find.add_argument("--email", help="leave it out where others can read your command line")
    export = add_command(kinds, "export", "all that is held of a member, as JSON", export_member)
    export.add_argument("member")
    erase = add_command(kinds, "erase", "erase a member's personal data; the books stay", erase_member)
    erase.add_argument("member")
    erase.add_argument("--hashes", action="store_true", help="the keyed hash of the e-mail too")


def _add_spending(kinds: Any) -> None:
    for name, text, run in (
        ("hold", "reserve a part of a balance", place_hold),
        ("redeem", "spend a part of a balance at once", redeem),
    ):
        spend = add_command(kinds, name, text, run)
        spend.add_argument("member")
        spend.add_argument("amount", type=int, help="in minor units: 300 is 3.00 EUR")
        spend.add_argument("asset", help="such as EUR/2")
        spend.add_argument("--order", default="", help="what it pays for: connection/order id")
        spend.add_argument("--order-total", type=int, help="what that costs in all, in minor units")
    for name, text in (("capture", "spend what is held"), ("release", "give back what is held")):
        end = add_command(kinds, name, text, end_hold)
        end.add_argument("member")
        end.add_argument("hold")
        end.set_defaults(how=name)
    undo = add_command(kinds, "undo", "give back what an entry has spent on no order", undo_redemption)
    undo.add_argument("member")
    undo.add_argument("entry", type=int, help="its number in the statement")
    undo.add_argument("reason", help="why; kept beside the books, not shown in the statement")


def show_member(arguments: Arguments) -> None:
    member = api().call("GET", place("members", arguments.member))
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
    for page in pages(place("members", arguments.member, "statement")):
        for entry in page["entries"]:
            for movement in entry["movements"]:
                print(f"{entry['at']}  #{entry['number']:<5} {movement['text']:>14}  {movement['why']}")


def find_member(arguments: Arguments) -> None:
    email = arguments.email or typed("RISTOURNE_EMAIL", "E-mail")
    members = api().call("POST", "/v1/search/members", {"email": email})["members"]
    table(["member", "balances"], [[row["member"], _balances(row)] for row in members])


def _balances(row: dict[str, Any]) -> str:
    return ", ".join(balance["text"] for balance in row["balances"])


def export_member(arguments: Arguments) -> None:
    export: dict[str, Any] = {}
    for page in pages(place("members", arguments.member, "export"), _next_of_statement):
        if export and page["statement"]:
            export["statement"]["entries"] += page["statement"]["entries"]
        export = export or page
    if export["statement"]:
        del export["statement"]["next"]
    print(json.dumps(export, indent=2, ensure_ascii=False))


def _next_of_statement(page: dict[str, Any]) -> str | None:
    return page["statement"]["next"] if page["statement"] else None


def erase_member(arguments: Arguments) -> None:
    body = {"hashes": arguments.hashes}
    print(json.dumps(move(place("members", arguments.member, "erasure"), body), indent=2, ensure_ascii=False))


def list_data_requests(_: Arguments) -> None:
    rows = [row for page in pages("/v1/data-requests") for row in page["requests"]]
    columns = ("asked_at", "done_at", "what", "subject", "source")
    table(list(columns), [[row[name] or "-" for name in columns] for row in rows])


def place_hold(arguments: Arguments) -> None:
    _spend(arguments, "holds")


def redeem(arguments: Arguments) -> None:
    _spend(arguments, "redemptions")


def _spend(arguments: Arguments, what: str) -> None:
    names = ("asset", "amount", "order", "order_total")
    body = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    show(move(place("members", arguments.member, what), body))


def end_hold(arguments: Arguments) -> None:
    show(move(place("members", arguments.member, "holds", arguments.hold, arguments.how), {}))


def merge_members(arguments: Arguments) -> None:
    show(move(place("members", arguments.member, "merge"), {"from": arguments.merged}))


def undo_redemption(arguments: Arguments) -> None:
    path = place("members", arguments.member, "redemptions", arguments.entry, "undo")
    show(move(path, {"reason": arguments.reason}))
