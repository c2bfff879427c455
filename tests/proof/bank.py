"""The bank test: workers do business on DynamoDB Local through a faulty proxy and are killed; then all is checked.

    python -m tests.proof.bank --minutes 30        (make soak-bank)

After Jepsen's bank test (https://jepsen.io): concurrent clients, faults, a history of what each was told, and a checker
that compares the history and the books with a model. Imports late: every process that is started imports this module.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def bar() -> Iterator[Callable[[float, str], object]]:
    """A progress bar on the terminal."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(20), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns) as progress:
        task = progress.add_task("", total=1.0)
        yield lambda part, text: progress.update(task, completed=part, description=text)


def main() -> int:
    from tests.proof.bank_run import run
    from tests.report import publish

    arguments = argparse.ArgumentParser(description="The bank test on DynamoDB Local.")
    arguments.add_argument("--minutes", type=float, default=float(os.environ.get("MINUTES", "30")))
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments.add_argument("--keep", type=Path, help="a folder for the histories; else they are removed")
    arguments.add_argument("--no-report", dest="report", action="store_false", help="leave docs/ as it is")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="ristourne-bank-") as folder, bar() as show:
        report = run(given.minutes, given.seed, given.keep or Path(folder), show)
    if given.report:
        publish(report.section())
    print(report)
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
