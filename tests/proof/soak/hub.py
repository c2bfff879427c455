"""Virtual time and who runs when: one queue of instants, and greenlets that wait in it. Knows nothing of shops.

Only one thing runs at a time, and every choice comes from one seeded random source, so a run can be repeated exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from random import Random

from greenlet import getcurrent, greenlet


class Died(BaseException):
    """The process that ran here is gone; no `except Exception` on its way may notice."""


class Violation(AssertionError):
    """Something that must hold does not."""


class Hub:
    """The queue. `now`: virtual seconds since 1970, with fractions."""

    def __init__(self, random: Random, start_s: float) -> None:
        self.random = random
        self.now = start_s
        self._main = greenlet.getcurrent()
        self._queue: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()

    def after(self, seconds: float, act: Callable[[], object]) -> None:
        """Call `act` so many seconds from now."""
        heappush(self._queue, (self.now + seconds, next(self._numbers), act))

    def pause(self, seconds: float) -> None:
        """Let others run for so long. Only inside a greenlet."""
        self.after(seconds, getcurrent().switch)
        self.park()

    def park(self) -> None:
        """Let others run until somebody switches back. Only inside a greenlet."""
        self._main.switch()

    def clock(self) -> float:
        """Now, as a function."""
        return self.now

    def run(self) -> None:
        """Until nothing is left to do. Whatever is raised inside a greenlet comes out here."""
        while self._queue:
            self.now, _, act = heappop(self._queue)
            act()
