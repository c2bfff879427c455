"""Commands on a member's books and personal data."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.core import money
from infra.api import ApiError
from infra.commands.reports import list_members
from infra.commands.terminal import (
    Arguments,
    add_command,
    add_group,
    add_yes,
    amount,
    api,
    api_path,
    confirm,
    counted,
    pages,
    post_once,
    print_json,
    show,
    table,
    typed,
)

PROFILE = ("email", "display_name", "locale", "birthday")
"""The texts of a profile that can be stated."""


def add(groups: Any) -> None:
    """The commands of this group, and what each takes."""
    commands = add_group(groups, "member", "a member's books")
    for name, text, run in (
        ("show", "balances, code, link, referral progress", show_member),
        ("statement", "all entries, newest first, each with its why", show_statement),
        ("progress", "level, stamp cards, goals and badges, and what is next", show_progress),
        ("code", "give the member a code, or show it: link, clicks, share links", show_code),
    ):
        add_command(commands, name, text, run, shows=True).add_argument("member")
    _add_lists(commands)
    _add_profile(commands)
    _add_level(commands)
    _add_personal_data(commands)
    _add_spending(commands)
    _add_activity(commands)
    merge = add_command(commands, "merge", "merge another member into this one, for good", merge_members)
    merge.add_argument("member", help="who has everything after that")
    merge.add_argument("merged", help="the other id of the same person")
    add_yes(merge)
    add_command(
        groups,
        "data-requests",
        "erasures and exports that were asked for, newest first",
        list_data_requests,
        shows=True,
    )


def _add_lists(commands: Any) -> None:
    text = "members by their kept goods of the last twelve months"
    add_command(commands, "best", text, list_members, shows=True).set_defaults(list="best")
    members = add_command(commands, "list", "the first thousand members of a list", list_members, shows=True)
    members.add_argument("list", help="owed, best, recent or at-risk")


def _add_profile(commands: Any) -> None:
    profile = add_command(commands, "profile", "show a member's profile, or state some of it", show_profile, shows=True)
    profile.add_argument("member")
    for field in PROFILE:
        profile.add_argument(f"--{field.replace('_', '-')}", help="an empty text erases it")
    profile.add_argument("--consent", action="append", default=[], metavar="NAME=yes|no|", help="may stand repeatedly")
    adjust = add_command(commands, "adjust", "give an amount, or take one (-3.00), with a reason", adjust_balance)
    adjust.add_argument("member")
    adjust.add_argument("amount", help="such as 3.00 or -3.00")
    adjust.add_argument("asset", help="such as EUR or points")
    adjust.add_argument("reason", help="what the member reads in the statement")


def _add_level(commands: Any) -> None:
    level = add_command(commands, "level", "give the member at least a level by hand, with a reason", set_level)
    level.add_argument("member")
    level.add_argument("level", help="the level's id; '' takes back what was set by hand")
    level.add_argument("reason", help="why; who looks after the books can read it")
    level.add_argument("--until", metavar="DAY", help="the last day of it, such as 2027-12-31; for good without it")


def _add_activity(commands: Any) -> None:
    activity = add_command(commands, "activity", "state what a member did, or withdraw it", state_activity, shows=True)
    activity.add_argument("member")
    activity.add_argument("activity", help="as rules name it, such as review")
    activity.add_argument("reference", help="your own id of it, such as r-17: it counts once")
    activity.add_argument("--at", help="when it was, such as 2027-01-01T00:00:00Z; now if left out")
    activity.add_argument("--withdraw", action="store_true", help="take back what it gave")


def _add_personal_data(commands: Any) -> None:
    find = add_command(commands, "find", "the members of an e-mail, which is asked for", find_member, shows=True)
    find.add_argument("--email", help="leave it out where others can read your command line")
    export = add_command(commands, "export", "all that is held of a member, as JSON", export_member)
    export.add_argument("member")
    erase = add_command(commands, "erase", "erase a member's personal data; the books stay", erase_member)
    erase.add_argument("member")
    erase.add_argument("--hashes", action="store_true", help="the keyed hash of the e-mail too")
    add_yes(erase)


def _add_spending(commands: Any) -> None:
    for name, text, run in (
        ("hold", "reserve a part of a balance", place_hold),
        ("redeem", "spend a part of a balance at once", redeem),
    ):
        spend = add_command(commands, name, text, run)
        spend.add_argument("member")
        spend.add_argument("amount", help="such as 3.00")
        spend.add_argument("asset", help="such as EUR or points")
        spend.add_argument("--order", default="", help="what it pays for: connection/order id")
        spend.add_argument("--order-total", help="what that costs in all, such as 30.00")
        spend.add_argument("--currency", default="", help="of the order, where points pay for one not known yet")
    for name, text in (("capture", "spend what is held"), ("release", "give back what is held")):
        end = add_command(commands, name, text, end_hold)
        end.add_argument("member")
        end.add_argument("hold")
        end.set_defaults(how=name)
    undo = add_command(commands, "undo", "undo an adjustment, or what an entry has spent on no order", undo_entry)
    undo.add_argument("member")
    undo.add_argument("entry", type=int, help="its number in the statement")
    undo.add_argument("reason", help="why; kept beside the books, not shown in the statement")


def show_member(arguments: Arguments) -> None:
    member = api().call("GET", api_path("members", arguments.member))
    if arguments.json:
        print_json(member)
        return
    has_worth = any(row["worth"] for row in member["balances"])
    columns = _COLUMNS if has_worth else _COLUMNS[:-1]
    table(columns, [_balance(row, has_worth=has_worth) for row in member["balances"]])
    print(f"code {member['code'] or '(none yet)'}  {member['link']}{_clicks(arguments.member, member['code'])}")
    referral = member["referral"]
    if any(referral.values()):  # else the programme has no referral, and had none
        needed = f" of {referral['friends_needed']}" if referral["friends_needed"] else ""
        print(
            f"friends: {referral['friends_live']} live, {referral['friends_waiting']}{needed} waiting; "
            f"bonuses: {referral['bonuses']}"
        )


_COLUMNS = ["asset", "available", "pending", "held", "expires next", "worth"]


def _balance(row: dict[str, Any], *, has_worth: bool) -> list[str]:
    """A balance with its amounts as people write them, and its worth where any has one."""
    currency, soon = money.currency_of(row["asset"]), row["next_expiry"]
    amounts = [money.text(row[name], row["asset"]) for name in ("available", "pending", "held")]
    worth = [row["worth"] or "-"] if has_worth else []
    return [currency, *amounts, f"{soon['text']} at {soon['at']}" if soon else "-", *worth]


def _clicks(member: str, code: str) -> str:
    """`  12 clicks` where there is a code, which asking for it again does not change."""
    if not code:
        return ""
    return f"  {counted(api().call('POST', api_path('members', member, 'referral-code'))['clicks'], 'click')}"


def show_code(arguments: Arguments) -> None:
    issued = api().call("POST", api_path("members", arguments.member, "referral-code"))
    if arguments.json:
        print_json(issued)
        return
    show({name: issued[name] for name in ("member", "code", "link", "clicks")} | issued["share"])


def show_profile(arguments: Arguments) -> None:
    fields = {field: value for field in PROFILE if (value := getattr(arguments, field)) is not None}
    consents = dict(_consent(text) for text in arguments.consent)
    if fields or consents:
        api().call("PUT", api_path("members", arguments.member), fields | ({"consents": consents} if consents else {}))
    profile = api().call("GET", api_path("members", arguments.member, "profile"))
    (print_json if arguments.json else show)(profile)


def _consent(text: str) -> tuple[str, bool | None]:
    name, equals, answer = text.partition("=")
    if answer not in _ANSWERS or not (name and equals):
        raise ApiError(f"--consent must be NAME=yes, NAME=no, or NAME= to erase it, got {text!r}")
    return name, _ANSWERS[answer]


_ANSWERS = {"yes": True, "no": False, "": None}


def adjust_balance(arguments: Arguments) -> None:
    number, asset = amount(arguments.amount, arguments.asset)
    body = {"asset": asset, "amount": number, "reason": arguments.reason}
    answer = post_once(api_path("members", arguments.member, "adjustments"), body)
    print(f"entry {answer['entry']}; available: {money.text(answer['available'], asset)}")


def state_activity(arguments: Arguments) -> None:
    path = api_path("members", arguments.member, "activities")
    if arguments.withdraw:
        answer = api().call(
            "DELETE", api_path("members", arguments.member, "activities", arguments.activity, arguments.reference)
        )
    else:
        body = {"activity": arguments.activity, "reference": arguments.reference}
        answer = api().call("POST", path, body | ({"at": arguments.at} if arguments.at else {}))
    if arguments.json:
        print_json(answer)
        return
    given = ", ".join(amount["text"] for amount in answer["given"]) or f"nothing: {answer['nothing_due']}"
    print(f"{'recorded' if answer['changed'] else 'known before'}; it gives {given}")


def show_statement(arguments: Arguments) -> None:
    entries = (entry for page in pages(api_path("members", arguments.member, "statement")) for entry in page["entries"])
    if arguments.json:
        print_json(list(entries))
        return
    for entry in entries:
        for row in entry.get("sums") or entry["movements"]:  # a stage of before has no sums
            print(f"{entry['at']}  #{entry['number']:<5} {row['text']:>14}  {row['why']}")


def show_progress(arguments: Arguments) -> None:
    shown = api().call("GET", api_path("members", arguments.member, "progress"))
    if arguments.json:
        print_json(shown)
        return
    level = shown["level"]
    print(level["text"] if level else "no level")
    if level and level["next"]:
        print(f"  {level['next']['text']}")
    for kind in ("cards", "goals"):
        for row in shown[kind]:
            done = ", reached" if row.get("reached") else ""
            print(f"{row[kind.removesuffix('s')]}: {row['text']}{done}")
    for badge in shown["badges"]:
        print(f"badge {badge['goal']} since {badge['since']}")
    if shown["segment"]:
        print(f"segment {shown['segment']['text']}")


def set_level(arguments: Arguments) -> None:
    body = {"level": arguments.level, "reason": arguments.reason, "last_day": arguments.until}
    answer = post_once(api_path("members", arguments.member, "level"), body)
    print(f"{answer['member']} has the level {answer['level'] or 'none'}")


def find_member(arguments: Arguments) -> None:
    email = arguments.email or typed("RISTOURNE_EMAIL", "E-mail")
    members = api().call("POST", "/v1/search/members", {"email": email})["members"]
    if arguments.json:
        print_json(members)
        return
    if not members:
        print("no member has this e-mail")
        return
    table(["member", "balances"], [[row["member"], _balances(row)] for row in members])


def _balances(row: dict[str, Any]) -> str:
    return ", ".join(balance["text"] for balance in row["balances"])


def export_member(arguments: Arguments) -> None:
    """Print all that is held of a member, and of each that was merged into it."""
    export = _export_of(arguments.member)
    print_json(export | {"merged": [_export_of(name) for name in export.get("merged", ())]})


def _export_of(member: str) -> dict[str, Any]:
    """The export of a member with its whole statement."""
    export: dict[str, Any] = {}
    for page in pages(api_path("members", member, "export"), _next_of_statement):
        if export and page["statement"]:
            export["statement"]["entries"] += page["statement"]["entries"]
        export = export or page
    if export["statement"]:
        del export["statement"]["next"]
    return export


def _next_of_statement(page: dict[str, Any]) -> str | None:
    return page["statement"]["next"] if page["statement"] else None


def erase_member(arguments: Arguments) -> None:
    body = {"hashes": arguments.hashes}
    confirm(arguments, f"Erase the personal data of {arguments.member} for good?", "nothing was erased")
    print_json(post_once(api_path("members", arguments.member, "erasure"), body))


def list_data_requests(arguments: Arguments) -> None:
    rows = [row for page in pages("/v1/data-requests") for row in page["requests"]]
    if arguments.json:
        print_json(rows)
        return
    columns = ("asked_at", "done_at", "what", "subject", "source")
    table(list(columns), [[row[name] or "-" for name in columns] for row in rows])


def place_hold(arguments: Arguments) -> None:
    _spend(arguments, "holds")


def redeem(arguments: Arguments) -> None:
    _spend(arguments, "redemptions")


def _spend(arguments: Arguments, what: str) -> None:
    number, asset = amount(arguments.amount, arguments.asset)
    body = {"asset": asset, "amount": number, "order": arguments.order}
    currency = arguments.currency or (arguments.asset if money.is_money(asset) else "")
    if arguments.order_total is not None:
        if not currency:
            raise ApiError(f"--currency must say what --order-total is in, since {arguments.asset} are no money")
        body["order_total"], _ = amount(arguments.order_total, currency, "--order-total")
    if arguments.currency:
        body["currency"] = arguments.currency
    show(post_once(api_path("members", arguments.member, what), body))


def end_hold(arguments: Arguments) -> None:
    show(post_once(api_path("members", arguments.member, "holds", arguments.hold, arguments.how), {}))


def merge_members(arguments: Arguments) -> None:
    confirm(arguments, f"Merge {arguments.merged} into {arguments.member} for good?", "nothing was merged")
    show(post_once(api_path("members", arguments.member, "merge"), {"from": arguments.merged}))


def undo_entry(arguments: Arguments) -> None:
    path = api_path("members", arguments.member, "entries", arguments.entry, "undo")
    show(post_once(path, {"reason": arguments.reason}))
