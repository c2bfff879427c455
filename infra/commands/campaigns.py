"""The command `campaign report`: what a campaign has cost and brought; it writes nothing."""

from __future__ import annotations

import sys
from typing import Any

from chalicelib.domain.errors import NotFound
from infra.commands.books import add_books, pieces_of
from infra.commands.terminal import Arguments, add_command, add_group, print_json


def add(groups: Any) -> None:
    """The command, and what it takes."""
    group = add_group(groups, "campaign", "what campaigns have cost and brought")
    text = "orders and cost of a campaign, and what its people spent against those who were held out"
    command = add_command(group, "report", text, report, shows=True)
    command.add_argument("campaign", help="the campaign's id")
    add_books(command.add_mutually_exclusive_group(required=True))


def report(arguments: Arguments) -> int:
    """Print the report; 1 where there is no such campaign."""
    from infra import campaign_report
    from infra.progress import ProgressLine

    progress = ProgressLine(sys.stderr)
    try:
        parts = pieces_of(arguments)
        passed = progress.reading("Reading the books", sum(part.size for part in parts))
        answer = campaign_report.report_of(parts, arguments.campaign, passed)
    except NotFound as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        progress.clear()
    if arguments.json:
        print_json(campaign_report.as_json(answer))
    else:
        print("\n".join(campaign_report.lines(answer)))
    return 0
