"""A progress bar on a terminal: the step, items per second, the remaining time. Imports rich only."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

NAMES = {
    "programme": "Reading the programme",
    "entries": "Checking records",
    "members": "Checking torn members",
    "differences": "Looking for differences",
    "recheck": "Reading suspects again",
}


class ProgressBar:
    """A progress bar, hidden where standard error is no terminal. `size`: of a whole pass (0: unknown)."""

    def __init__(self, size: int) -> None:
        self._size = size or None
        rate = TextColumn("{task.fields[items]:>12,} items {task.fields[rate]:>9,}/s")
        columns = (TextColumn("{task.description:<24}"), BarColumn(), rate, TimeElapsedColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(file=sys.stderr), disable=not sys.stderr.isatty())
        self._tasks: dict[str, tuple[TaskID, float]] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError):  # the terminal may be gone
            self._progress.stop()

    def tick(self, step: str, items: int, size: int) -> None:
        """Show the progress of a step."""
        if step not in self._tasks:
            task = self._progress.add_task(NAMES[step], total=self._size, items=0, rate=0)
            self._tasks[step] = task, time.monotonic()
        task, since = self._tasks[step]
        rate = int(items / max(time.monotonic() - since, 0.1))
        with suppress(OSError):
            self._progress.update(task, completed=size, items=items, rate=rate)
