"""Maps a function over many arguments in several processes, with their common progress.

One process means this one. Others are started afresh (`spawn`), the same on every platform. Imports nothing of the
project but what a command hears of being stopped.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from types import TracebackType
from typing import Any, Self, TypeVar

from infra.stopping import unstoppable

T = TypeVar("T")

OFTEN_S = 0.2

_passed: Any = None
"""The items and the size that all processes have read; this process's view of the shared pair."""


def passed(items: int, size: int) -> None:
    """Report progress, in any of the processes."""
    with _passed.get_lock():
        _passed[0] += items
        _passed[1] += size


def _share(pair: Any) -> None:
    global _passed  # noqa: PLW0603 (a process that was started afresh has no other way to be given it)
    _passed = pair


def _begin(pair: Any) -> None:
    # Records are many and make no cycles: looking for some after every 700 would take a tenth of the time.
    gc.set_threshold(200_000)
    _share(pair)


class Workers:
    """A pool of processes. `tick` is called with their common progress a few times per second."""

    def __init__(self, processes: int, tick: Callable[[int, int], object]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pair = context.Array("q", 2)
        self._tick = tick
        _share(self._pair)
        self._pool = (
            ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(self._pair,))
            if processes > 1
            else None
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self._pool:
            return
        if kind:  # nobody waits for what is being worked out
            for process in multiprocessing.active_children():
                process.terminate()
        self._pool.shutdown(cancel_futures=True)

    def map(self, function: Callable[..., T], arguments: Sequence[tuple[Any, ...]]) -> Iterator[T]:
        """The function's results as they complete, unordered. Raises what the function raises."""
        self._pair[0] = self._pair[1] = 0
        for result in self._results(function, arguments):
            yield result
            self._tick(self._pair[0], self._pair[1])

    def _results(self, function: Callable[..., T], arguments: Sequence[tuple[Any, ...]]) -> Iterator[T]:
        if self._pool is None:
            yield from (function(*argument) for argument in arguments)
            return
        # A terminal sends Ctrl-C to all of its processes: this one hears it, and ends the others, without tracebacks.
        with unstoppable(signal.SIGINT):
            running = {self._pool.submit(function, *argument) for argument in arguments}
        while running:
            done, running = wait(running, timeout=OFTEN_S, return_when=FIRST_COMPLETED)
            self._tick(self._pair[0], self._pair[1])
            yield from (future.result() for future in done)
