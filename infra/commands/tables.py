"""The whole table, with your AWS credentials: verify, export and restore it, give old members their anchors."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib import settings
from infra.commands.terminal import Arguments, add_command, add_group, add_yes, confirm, positive, table, tell_written
from infra.stage import environment_of_stage

if TYPE_CHECKING:
    from infra.restore import RestoreTally


def add(groups: Any) -> None:
    """The commands of this group, and what each takes."""
    audit = add_command(groups, "verify", "check every entry and balance of a table, or of its export", verify)
    source = audit.add_mutually_exclusive_group(required=True)
    source.add_argument("--stage", help="the live table of a stage, with your AWS credentials")
    source.add_argument("--file", type=Path, nargs="+", help="exported files (NDJSON, plain or .gz), or their folder")
    audit.add_argument("--processes", type=positive, default=2, help="how many work at once (2)")
    audit.add_argument("--json", action="store_true", help="print the whole result as JSON")
    export = add_command(groups, "export", "write a table into a file, with your AWS credentials", export_table)
    export.add_argument("file", type=Path, help="NDJSON as DynamoDB exports it; *.gz is packed")
    export.add_argument("--stage", required=True)
    _add_restore(groups)
    _add_anchors(groups)


def _add_restore(groups: Any) -> None:
    text = (
        "put a stage's table back to a restored copy of it, with your AWS credentials; its functions are off meanwhile"
    )
    back = add_command(groups, "restore", text, restore_table)
    back.add_argument("copy", help="the table that point-in-time recovery has made")
    back.add_argument("--stage", required=True)
    add_yes(back)


def _add_anchors(groups: Any) -> None:
    commands = add_group(groups, "anchors", "what leads from an e-mail to its person")
    text = "give members from before e-mails had anchors theirs, with your AWS credentials"
    add_command(commands, "rebuild", text, rebuild_anchors).add_argument("--stage", required=True)


def verify(arguments: Arguments) -> int:
    from infra.audit.command import run

    return run(arguments)


def export_table(arguments: Arguments) -> None:
    from infra.audit.command import table_of_stage
    from infra.export import export
    from infra.progress import ProgressLine

    progress = ProgressLine(sys.stderr)
    try:
        count = export(table_of_stage(arguments.stage), arguments.file, lambda done: progress.show(f"{done:,} items"))
    finally:
        progress.clear()
    tell_written(f"{count:,} items", arguments.file)


def restore_table(arguments: Arguments) -> None:
    """Put the table back, after what is no copy of it was refused and a person at a terminal has said yes."""
    import boto3

    from infra.audit.command import table_of_stage
    from infra.audit.dynamodb import Table
    from infra.progress import ProgressLine
    from infra.restore import check, functions_of, functions_off, restore

    live = table_of_stage(arguments.stage)
    copy = Table(arguments.copy, live.region)
    check(copy, live)
    lost = f"what {live.name} has had since, and {copy.name} has not, is deleted"
    confirm(arguments, f"Put {arguments.stage} back to {copy.name}? API keys stay; {lost}.", "nothing was changed")
    session = boto3.Session(region_name=live.region)
    names = functions_of(session.client("cloudformation"), arguments.stage)
    progress = ProgressLine(sys.stderr)
    progress.show(f"waiting until no function of {arguments.stage} runs")
    # Until all that a process has read before is forgotten, such as the list of programme versions.
    with functions_off(session.client("lambda"), names, least_s=settings.cache_s()):
        tally = restore(copy, live, int(time.time()), lambda done: progress.show(_so_far(done)))
        progress.show("waiting until every function has forgotten what it had read")
    progress.clear()
    table(["written", "deleted"], [[tally.written, tally.deleted]])


def _so_far(done: RestoreTally) -> str:
    return f"{done.written:,} written, {done.deleted:,} deleted"


def rebuild_anchors(arguments: Arguments) -> None:
    os.environ.update(environment_of_stage(arguments.stage))
    from infra.anchors import COLUMNS, rebuild
    from infra.progress import ProgressLine

    progress = ProgressLine(sys.stderr)
    try:
        results = rebuild(progress.show)
    finally:
        progress.clear()
    table(list(COLUMNS), [[results[name] for name in COLUMNS]])
