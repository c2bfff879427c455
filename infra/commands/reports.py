"""What the daily round has counted: reports of days, what is owed, lists of members, segments; and the export of these.

All but the export ask the API; it reads the table, or an export of it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from infra.api import ApiError
from infra.commands.books import add_books, pieces_of
from infra.commands.terminal import (
    Arguments,
    add_command,
    add_group,
    api,
    api_path,
    counted,
    pages,
    parsed_day,
    print_json,
    table,
    tell_written,
)


def add(groups: Any) -> None:
    """The commands of this group, and what each takes."""
    report = add_command(groups, "report", "what was given, redeemed, expired and taken back", show_report, shows=True)
    report.add_argument("--from", dest="first", metavar="DAY", help="the first day; 29 before the last by default")
    report.add_argument("--to", dest="last", metavar="DAY", help="the last day; yesterday by default")
    report.add_argument("--days", action="store_true", help="each day, and not only the sums")
    owed = add_command(groups, "owed", "what is owed to members, and by when it expires", show_owed, shows=True)
    owed.add_argument("--day", help="as of the last round until this day; today by default")
    segments = add_group(groups, "segment", "members by recency, frequency and money")
    add_command(segments, "list", "the segments, their members, and the cuts in force", list_segments, shows=True)
    members = add_command(segments, "members", "the first thousand members of a segment", list_segment, shows=True)
    members.add_argument("segment")
    _add_export(segments)


def _add_export(segments: Any) -> None:
    text = "write all members of a segment, or of all, into a CSV file; nothing else is written"
    export = add_command(segments, "export", text, export_segment)
    export.add_argument("segment", nargs="?", help="its name; or --all")
    export.add_argument("csv", type=Path, metavar="FILE.csv")
    export.add_argument("--all", action="store_true", help="every member who has ordered, in whatever segment")
    export.add_argument("--day", type=parsed_day, help="as of which local day; today by default")
    add_books(export.add_mutually_exclusive_group(required=True))


def show_report(arguments: Arguments) -> None:
    period = {"from": arguments.first, "to": arguments.last}
    report = api().call("GET", f"/v1/reports?{urlencode({name: day for name, day in period.items() if day})}")
    if arguments.json:
        print_json(report)
        return
    for day in report["days"] if arguments.days else ():
        print(f"{day['day']}, counted {day['counted_at']}")
        orders = f"{counted(day['orders'], 'order')} of {day['goods_text']}"
        print(", ".join([orders, *(counted(day[f"{noun}s"], noun) for noun in ("click", "friend", "group"))]))
        _show_moved(day["moved"])
        print()
    clicks = f"{counted(report['clicks'], 'click')} on links"
    counts = (counted(report["orders"], "order"), clicks, counted(report["friends"], "friend"))
    print(f"{report['first']} to {report['last']}: {', '.join(counts)}")
    _show_moved(report["moved"])
    if missing := report["missing"]:
        print(f"without a report: {counted(len(missing), 'day')}, {missing[0]} to {missing[-1]}")


def _show_moved(moved: list[dict[str, Any]]) -> None:
    if moved:
        rows = [[row["what"].replace("_", " "), row["rule"], row["text"], row["entries"]] for row in moved]
        table(["what", "rule", "amount", "entries"], rows)


def show_owed(arguments: Arguments) -> None:
    shown = api().call("GET", f"/v1/owed?{urlencode({'day': arguments.day} if arguments.day else {})}")
    if arguments.json:
        print_json(shown)
        return
    print(f"read by the round of {shown['day']}, from {shown['began_at']} to {shown['counted_at']}")
    for row in shown["assets"]:
        worth = f", worth {row['worth']}" if row["worth"] and row["worth"] != row["text"] else ""
        print(f"{row['text']} to {counted(row['members'], 'member')}{worth}")
        table(["expires", "amount"], [[ending["text"], ending["amount_text"]] for ending in row["endings"]])


def list_members(arguments: Arguments) -> None:
    show_list(api_path("lists", arguments.list), as_json=arguments.json)


def list_segment(arguments: Arguments) -> None:
    show_list(api_path("segments", arguments.segment, "members"), as_json=arguments.json)


def show_list(path: str, *, as_json: bool) -> None:
    """Print a list of members: its rows, or with `as_json` all that the API says of it."""
    parts = list(pages(path))
    rows = [row for part in parts for row in part["members"]]
    if as_json:
        print_json(parts[0] | {"members": rows, "next": None})
        return
    print(f"{parts[0]['rule']}: {parts[0]['total']}, read by the round of {parts[0]['day']}")
    cells = [
        [row["member"], row["orders"], row["goods_text"], row["last_order"], _scores(row), ", ".join(row["owed"])]
        for row in rows
    ]
    table(["member", "orders", "goods", "last order", "scores", "has"], cells)


def _scores(row: dict[str, Any]) -> str:
    return " ".join(map(str, row["scores"])) if all(row["scores"]) else "-"


def list_segments(arguments: Arguments) -> None:
    shown = api().call("GET", "/v1/segments")
    if arguments.json:
        print_json(shown)
        return
    table(["segment", "members"], [[row["segment"], row["members"]] for row in shown["segments"]])
    cuts = shown["cuts"]
    if cuts is None:
        print("no cuts are in force: there are too few buyers or days, or no round was made")
        return
    print(f"cuts {cuts['number']}, made {cuts['made_at']} of {cuts['buyers']} buyers")
    for measure in ("recency", "frequency", "money"):
        print(f"{measure}: more than {', '.join(map(str, cuts[measure]))}")


def export_segment(arguments: Arguments) -> None:
    from infra import segments
    from infra.progress import ProgressLine

    if bool(arguments.segment) == arguments.all:
        raise ApiError("name a segment, or say --all for every member")
    progress = ProgressLine(sys.stderr)
    try:
        count = segments.export(pieces_of(arguments), arguments.csv, arguments.segment or "", arguments.day, progress)
    finally:
        progress.clear()
    tell_written(f"{count:,} members", arguments.csv)
