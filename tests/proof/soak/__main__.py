"""`make soak OPS=10000000`: many independent simulated shops on two processes, and a section of the report.

Without a seed, fresh ones are drawn and printed; SEED="1 2" runs the shops of these seeds. A run that was stopped goes
on where it was when it is asked for by its seeds. A shop that breaks a rule is replayed alone by the command that is
printed, does exactly the same again, and is run by CI from then on.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.proof.soak.epoch import Outcome, run
from tests.proof.soak.findings import section
from tests.proof.soak.options import Options
from tests.proof.soak.seeds import (
    SHOPS_PER_SEED,
    Failure,
    Run,
    drawn,
    failures,
    remember_failures,
    remember_runs,
    runs,
)
from tests.proof.soak.unfinished import Ended, ended, forget, note, state_of_the_code
from tests.report import Section, publish

EPOCH = 50_000
"""Operations of one shop: bounds the records in memory, and how long a replay takes."""

PROCESSES = 2

SHOPS_A_PROCESS = 10
"""Shops that a process simulates before a new one takes its place."""

COLLECT_SELDOM = 50_000, 20, 50
"""Thresholds of the garbage collector: a shop makes many small values and few cycles."""


def main() -> int:
    arguments = _arguments()
    if arguments.replay is not None:
        failed_then = {failure.seed: failure.options for failure in failures()}
        options = Options.none() if arguments.plain else failed_then.get(arguments.replay)
        return _replay(arguments.replay, arguments.operations, options)
    if arguments.failed:
        return max((_replay(failure.seed, EPOCH, failure.options) for failure in failures()), default=0)
    chosen = arguments.seed or drawn(arguments.seeds, runs())
    listed = " ".join(map(str, chosen))
    _say(f'seeds {listed}; again, or to go on with them: make soak OPS={arguments.operations} SEED="{listed}"')
    shops = {seed: _ended(arguments.operations, seed, arguments.processes) for seed in chosen}
    report = _reported(shops) if arguments.report else section(shops, runs(), failures())
    forget(chosen)
    _say(*(f"{row.name}: {row.value} (must be {row.target})" for row in report.rows))
    return 0 if report.met else 1


def _reported(shops: Mapping[int, Sequence[Ended]]) -> Section:
    """The section of the report, written beside what ran before; the seeds, and those that failed, are remembered."""
    remember_failures(failed([shop.outcome for group in shops.values() for shop in group]))
    known = remember_runs(_run(seed, [shop.outcome for shop in group]) for seed, group in shops.items())
    return publish(section(shops, known, failures()))


def seeds(operations: int, seed: int) -> list[tuple[int, int]]:
    """The seed and the size of each shop of a run."""
    sizes = [EPOCH] * (operations // EPOCH) + ([operations % EPOCH] if operations % EPOCH else [])
    assert len(sizes) <= SHOPS_PER_SEED
    return [(seed * SHOPS_PER_SEED + number, size) for number, size in enumerate(sizes)]


def failed(outcomes: list[Outcome]) -> list[Failure]:
    """The shops that broke a rule, for CI to run from now on."""
    broken = (outcome for outcome in outcomes if outcome.violation)
    return [
        Failure(outcome.seed, outcome.budget, _now(), outcome.violation.strip().splitlines()[-1][:300])
        for outcome in broken
    ]


def _run(seed: int, outcomes: list[Outcome]) -> Run:
    operations = sum(outcome.operations.total() for outcome in outcomes)
    return Run(seed, len(outcomes), operations, sum(bool(outcome.violation) for outcome in outcomes), _now())


def _now() -> str:
    return datetime.fromtimestamp(int(time.time()), UTC).date().isoformat()


def _ended(operations: int, seed: int, processes: int) -> list[Ended]:
    """The shops of a seed in their order: those that had ended before this run was stopped, and the others now."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    shops = seeds(operations, seed)
    known = {(shop.outcome.seed, shop.outcome.budget): shop for shop in ended(seed)}
    # A fresh interpreter per process: nothing that this one has done can reach a shop.
    # A new one after some shops: what these leave behind is hundreds of megabytes of records.
    pool = multiprocessing.get_context("spawn").Pool(processes, gc.set_threshold, COLLECT_SELDOM, SHOPS_A_PROCESS)
    with pool, Progress(*columns) as progress:
        task = progress.add_task(f"shops of seed {seed}", total=len(shops), completed=len(known.keys() & set(shops)))
        for outcome in pool.imap_unordered(run, [shop for shop in shops if shop not in known]):
            if outcome.violation:
                progress.console.print(f"{outcome.violation}\n{outcome.replay}", markup=False)
            known[outcome.seed, outcome.budget] = shop = Ended(state_of_the_code(), outcome)
            note(seed, shop)
            progress.advance(task)
    return [known[shop] for shop in shops]


def _replay(seed: int, operations: int, options: Options | None) -> int:
    outcome = run((seed, operations), options)
    _say(outcome.violation or f"{seed}: nothing is wrong; the books' digest is {outcome.digest}")
    return 1 if outcome.violation else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description="Simulated shops on a table that fails.")
    parser.add_argument("--operations", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, nargs="+", help="the shops of these seeds; without it fresh ones are drawn")
    parser.add_argument("--processes", type=int, default=PROCESSES, metavar="N")
    parser.add_argument(
        "--seeds", type=int, default=1, metavar="N", help="so many fresh seeds, each for all operations"
    )
    parser.add_argument("--replay", type=int, metavar="SEED", help="one shop alone, by its own seed")
    parser.add_argument("--plain", action="store_true", help="that shop with nothing of what seeds draw")
    parser.add_argument("--failed", action="store_true", help="the shops that ever failed, all of each")
    parser.add_argument("--no-report", dest="report", action="store_false", help="leave docs/ as it is")
    return parser.parse_args()


def _say(*lines: str) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for line in lines:
        console.print(line, markup=False)


if __name__ == "__main__":
    sys.exit(main())
