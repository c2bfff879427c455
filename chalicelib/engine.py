"""execute(command): read the facts, decide, write; again when somebody else was faster. The only loop in the program.

Knows neither HTTP nor DynamoDB. Imports the domain and the store.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import msgspec

from chalicelib.domain.commands import Command, Idempotency
from chalicelib.domain.decide import decide
from chalicelib.domain.decisions import Decision, Facts, Missing
from chalicelib.domain.errors import Busy
from chalicelib.domain.events import Event
from chalicelib.domain.programme import History
from chalicelib.domain.records import Record, Ref
from chalicelib.store import commit, facts
from chalicelib.store.programmes import Programmes

MAX_ATTEMPTS = 8
PATIENCE_S = 3.0
"""After so long a command is not tried again: whoever waits for the answer has little more."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.01, 0.4


class Engine:
    """Executes commands against the table. `publish`, `sleep` and `clock` are arguments, for a test to watch them."""

    def __init__(
        self,
        publish: Callable[[Event], object] = lambda _: None,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._programmes = Programmes()
        self._publish = publish
        self._sleep = sleep
        self._clock = clock

    def execute(self, command: Command, now: int, idempotency: Idempotency | None = None) -> Any:
        """Do what a command says and return its answer as plain data (None, mappings, lists, text, integers).

        `now`: seconds since 1970. Raises a Rejection; then nothing was written. Raises Busy after MAX_ATTEMPTS lost
        races, or PATIENCE_S of them.
        """
        until = self._clock() + PATIENCE_S
        for attempt in range(MAX_ATTEMPTS):
            decision = self._decide(command, now, idempotency)
            try:
                if decision.changes:
                    commit.commit(decision.changes)
            except commit.Stale:
                if self._clock() > until:
                    break
                self._sleep(pause_s(attempt))
                continue
            for event in decision.events:
                self._publish(event)
            return msgspec.to_builtins(decision.answer)
        raise Busy("others are writing the same records; nothing was changed, try again")

    def history(self, now: int) -> History:
        """The programme's versions as this process sees them."""
        return self._programmes.history(now)

    def _decide(self, command: Command, now: int, idempotency: Idempotency | None) -> Decision:
        history = self._programmes.history(now)
        records: dict[Ref, Record | None] = {}
        while True:
            try:
                return decide(command, Facts(records, history), now, idempotency)
            except Missing as missing:
                records |= facts.load(missing.refs)


def pause_s(attempt: int) -> float:
    """How long to wait before the next attempt: exponential with full jitter, so that racing writers part."""
    return random.uniform(0, min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**attempt))  # noqa: S311
