"""The command `what-if`: what another programme would have given for orders that were bought; writes to no table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.commands.books import add_books
from infra.commands.terminal import Arguments, add_command, parsed_programme, print_json
from infra.whole_file import whole_file

if TYPE_CHECKING:
    from chalicelib.domain.programme.document import Programme
    from infra.what_if.answer import WhatIfAnswer


def add(groups: Any) -> None:
    """The command, and what it takes."""
    text = "what a draft of the programme would have given for orders that were bought; nothing is written"
    command = add_command(groups, "what-if", text, what_if)
    command.add_argument("draft", type=Path, help="the programme document that is asked about")
    add_sources(command, required=True)
    command.add_argument("--against", type=Path, help="a document to compare with, instead of the one in force")
    command.add_argument("--json", action="store_true", help="print the figures as JSON, in minor units")
    command.add_argument("--picture", type=Path, metavar="FILE", help="write a picture (SVG) there")


def add_sources(command: argparse.ArgumentParser, *, required: bool) -> None:
    """Where the orders come from, and on which days campaigns are looked at."""
    text = "look at campaigns that are to come as if they had run on past days"
    command.add_argument("--past-days", action="store_true", help=text)
    source = command.add_mutually_exclusive_group(required=required)
    source.add_argument("--csv", type=Path, metavar="FILE", help="orders: order,customer,paid_at,currency,net and more")
    add_books(source)


def what_if(arguments: Arguments) -> None:
    draft = parsed_programme(arguments.draft)
    against = parsed_programme(arguments.against) if arguments.against else None
    answer = answer_of(arguments, draft, against)
    if arguments.picture:
        with whole_file(arguments.picture) as file:
            file.write(answer.picture().encode())
    if arguments.json:
        print_json(answer.document())
        return
    print("\n".join(answer.lines()))
    if arguments.picture:
        print(f"The picture is in {arguments.picture}.")


def answer_of(arguments: Arguments, draft: Programme, against: Programme | None) -> WhatIfAnswer:
    """The answer for the orders that the arguments name. Raises OSError."""
    from infra.audit.command import table_of_stage
    from infra.progress import ProgressLine
    from infra.what_if import answer

    progress, question = ProgressLine(sys.stderr), answer.Question(draft, against, arguments.past_days)
    try:
        if arguments.csv:
            return answer.of_csv(arguments.csv, question, progress)
        if arguments.export:
            return answer.of_files(arguments.export, question, progress)
        return answer.of_table(table_of_stage(arguments.stage), question, progress)
    finally:
        progress.clear()
