"""`make soak OPS=10000000 SEED=1`: many independent simulated shops on two processes, and a section of the report.

A shop that breaks a rule is replayed alone by the command that is printed; it then does exactly the same again.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.proof.soak.epoch import Outcome, run
from tests.proof.soak.findings import section
from tests.report import publish

EPOCH = 50_000
"""Operations of one shop: bounds the records in memory, and how long a replay takes."""

PROCESSES = 2


def main() -> int:
    arguments = _arguments()
    if arguments.replay is not None:
        return _replay(arguments.replay, arguments.operations)
    outcomes = list(_outcomes(arguments.operations, arguments.seed))
    found = section(outcomes, arguments.seed)
    found = publish(found) if arguments.report else found
    _say(*(f"{row.name}: {row.value} (must be {row.target})" for row in found.rows))
    return 0 if found.met else 1


def seeds(operations: int, seed: int) -> list[tuple[int, int]]:
    """The seed and the size of each shop of a run."""
    sizes = [EPOCH] * (operations // EPOCH) + ([operations % EPOCH] if operations % EPOCH else [])
    return [(seed * 1_000_000 + number, size) for number, size in enumerate(sizes)]


def _outcomes(operations: int, seed: int) -> Iterator[Outcome]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    shops = seeds(operations, seed)
    # A fresh interpreter per process: nothing that this one has done can reach a shop.
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool, Progress(*columns) as progress:
        task = progress.add_task("shops", total=len(shops))
        for outcome in pool.imap(run, shops):
            if outcome.violation:
                progress.console.print(f"{outcome.violation}\n{outcome.replay}", markup=False)
            progress.advance(task)
            yield outcome


def _replay(seed: int, operations: int) -> int:
    outcome = run((seed, operations))
    _say(outcome.violation or f"nothing is wrong; the books' digest is {outcome.digest}")
    return 1 if outcome.violation else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description="Simulated shops on a table that fails.")
    parser.add_argument("--operations", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replay", type=int, metavar="SEED", help="one shop alone, by its own seed")
    parser.add_argument("--no-report", dest="report", action="store_false", help="leave docs/ as it is")
    return parser.parse_args()


def _say(*lines: str) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for line in lines:
        console.print(line, markup=False)


if __name__ == "__main__":
    sys.exit(main())
