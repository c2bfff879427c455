"""The command `campaign report`: what a campaign has cost and brought; it writes nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from infra.commands.terminal import Arguments, add_command, print_json


def add(groups: Any) -> None:
    """The command, and what it takes."""
    group = groups.add_parser("campaign", help="what campaigns have cost and brought").add_subparsers(required=True)
    text = "orders and cost of a campaign, and what its people spent against those who were held out"
    command = add_command(group, "report", text, report, shows=True)
    command.add_argument("campaign", help="the campaign's id")
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("--file", type=Path, nargs="+", dest="export", help="an export of the books: files or a folder")
    source.add_argument("--stage", help="the live table of a stage, with your AWS credentials; it is only read")


def report(arguments: Arguments) -> None:
    import msgspec

    from infra import campaign_report
    from infra.audit.command import table_of_stage
    from infra.audit.sources import Segment, pieces
    from infra.progress import Progress

    progress, read = Progress(sys.stderr), 0

    def passed(items: int, _: int) -> None:
        nonlocal read
        read += items
        progress.show(f"Reading the books  {read:,} items")

    try:
        live = arguments.stage
        parts = [Segment(table_of_stage(live), 0, 1)] if live else pieces(arguments.export)
        answer = campaign_report.report_of(parts, arguments.campaign, passed)
    finally:
        progress.clear()
    if arguments.json:
        print_json(msgspec.to_builtins(answer))
    else:
        print("\n".join(campaign_report.lines(answer)))
