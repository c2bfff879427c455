"""The command `ristourne verify`: arguments to an audit, its report to lines or JSON, and the exit status."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import msgspec

from infra import verify
from infra.audit.dynamodb import Table
from infra.audit.progress import ProgressBar
from infra.audit.report import Report, text
from infra.audit.sources import SourceError, pieces
from infra.stage import environment_of_stage

RIGHT, WRONG = 0, 2
"""The program's exit status; where the books could not be read it is 1."""


def run(arguments: argparse.Namespace) -> int:
    """Verify what was asked for and print the result. Raises OSError where it cannot be read: status 1."""
    report = _of_files(arguments) if arguments.file else _of_stage(arguments)
    if report.right and not report.items:
        place = ", ".join(map(str, arguments.file or [])) or f"the table of {arguments.stage}"
        raise SourceError(f"{place} has no item, so there are no books to verify: a table has its keys at least")
    if arguments.json:
        print(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        print("\n".join(text(report)))
    return RIGHT if report.right else WRONG


def _of_files(arguments: argparse.Namespace) -> Report:
    size = sum(piece.size for piece in pieces(arguments.file))
    return _shown(size, lambda tick: verify.of_files(arguments.file, arguments.processes, tick))


def _of_stage(arguments: argparse.Namespace) -> Report:
    table = table_of_stage(arguments.stage)
    return _shown(table.count(), lambda tick: verify.of_table(table, arguments.processes, tick))


def table_of_stage(stage: str) -> Table:
    """The live table of a stage. Raises DeployError, or what AWS answers."""
    environment = environment_of_stage(stage)
    return Table(environment["RISTOURNE_TABLE"], environment["AWS_DEFAULT_REGION"])


def _shown(size: int, audit: Callable[[verify.Tick], Report]) -> Report:
    with ProgressBar(size) as bar:
        return audit(bar.tick)
