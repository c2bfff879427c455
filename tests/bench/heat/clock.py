"""Simulated time: steps happen in the order of their instants, and two that overlap can lose a race.

A command reads at one instant and writes at a later one, as the engine does; in between somebody else may have
written. Pauses and their number are the engine's own. Knows no sale.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from random import Random

from chalicelib.domain.commands import Command
from chalicelib.domain.facts import Decision
from chalicelib.engine import MAX_ATTEMPTS, longest_pause_s
from tests.bench.heat.table import Table
from tests.world.builders import NOW
from tests.world.memory import Stale

Step = Callable[[], None]
Then = Callable[[Decision | None], None]
"""What follows a command: its decision, None when it lost every race."""


class Clock:
    """What happens when. `lost`: races that were lost; `busy`: commands that lost all of theirs.

    `read_s`, `commit_s`: how long DynamoDB takes for a read round trip and for a transaction.
    """

    def __init__(self, table: Table, random: Random, read_s: float, commit_s: float) -> None:
        self.at_s = 0.0
        self.lost = self.busy = 0
        self.random = random
        self._table = table
        self._read_s, self._commit_s = read_s, commit_s
        self._steps: list[tuple[float, int, Step]] = []
        self._order = count()

    def at(self, at_s: float, step: Step) -> None:
        """Let a step happen."""
        heapq.heappush(self._steps, (at_s, next(self._order), step))

    def run(self) -> None:
        """Until nothing is left to happen."""
        while self._steps:
            self.at_s, _, step = heapq.heappop(self._steps)
            self._table.second = int(self.at_s)
            step()

    def execute(self, command: Command, then: Then, attempt: int = 0) -> None:
        """Decide on a command now and write the decision a little later."""
        decision = self._table.decide(command, NOW + int(self.at_s))
        if not decision.changes:
            self._done(command, decision, then)
            return
        took = self._table.round_trips * self._read_s + self._commit_s
        self.at(self.at_s + took, lambda: self._commit(command, decision, then, attempt))

    def _commit(self, command: Command, decision: Decision, then: Then, attempt: int) -> None:
        try:
            self._table.commit(decision.changes)
        except Stale:
            self._again(command, then, attempt)
        else:
            self._done(command, decision, then)

    def _done(self, command: Command, decision: Decision, then: Then) -> None:
        self._table.done(command, decision, NOW + int(self.at_s))
        then(decision)

    def _again(self, command: Command, then: Then, attempt: int) -> None:
        self.lost += 1
        if attempt + 1 == MAX_ATTEMPTS:
            self.busy += 1
            then(None)
            return
        pause = self.random.uniform(0, longest_pause_s(attempt))
        self.at(self.at_s + pause, lambda: self.execute(command, then, attempt + 1))
