"""`python -m infra verify` as it is typed: from words to an audit, and to lines or JSON and a status."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import msgspec

from infra import verify
from infra.audit.dynamodb import Table
from infra.audit.progress import Bar
from infra.audit.report import Report, text
from infra.audit.sources import pieces
from infra.deploy import environment_of_stage

RIGHT, WRONG = 0, 2
"""The program's status; where the books could not be read it is 1."""


def run(asked: argparse.Namespace) -> int:
    """Verify what was asked for and print the result. Raises OSError where it cannot be read: status 1."""
    report = _of_files(asked) if asked.file else _of_stage(asked)
    if asked.json:
        print(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        print("\n".join(text(report)))
    return RIGHT if report.right else WRONG


def _of_files(asked: argparse.Namespace) -> Report:
    size = sum(each.size for each in pieces(asked.file))
    return _shown(size, lambda tick: verify.of_files(asked.file, asked.processes, tick))


def _of_stage(asked: argparse.Namespace) -> Report:
    table = table_of_stage(asked.stage)
    return _shown(table.count(), lambda tick: verify.of_table(table, asked.processes, tick))


def table_of_stage(stage: str) -> Table:
    """The live table of a stage. Raises DeployError, or what AWS answers."""
    environment = environment_of_stage(stage)
    return Table(environment["RISTOURNE_TABLE"], environment["AWS_DEFAULT_REGION"])


def _shown(size: int, audit: Callable[[verify.Tick], Report]) -> Report:
    with Bar(size) as bar:
        return audit(bar.tick)
