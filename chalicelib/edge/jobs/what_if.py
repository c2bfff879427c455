"""Tries a draft of the programme on the shop's own orders: the work of the function that the console has called.

It reads the table's orders as the operator's command does, values them by the same functions (`what_if/`), and writes
how far it is, and at its end the result or why there is none, into the run's item (`store/what_if_runs.py`). It writes
nothing else. A function that is killed writes nothing more, which the page takes for dead after a while.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from contextlib import suppress

from chalicelib.domain.errors import RistourneError, Unavailable
from chalicelib.domain.programme.document import parse
from chalicelib.edge import telemetry
from chalicelib.edge.yaml_document import read_document
from chalicelib.store import what_if_runs
from chalicelib.store.codec import records_of
from chalicelib.store.dynamodb import table_scan
from chalicelib.store.what_if_runs import CURRENT, DRAFT, READING, Run, RunReplaced
from chalicelib.what_if import books, comparison
from chalicelib.what_if.summary import Trial

MOST_ORDERS = 300_000
"""So many of the newest orders are valued. Under a programme with every kind of rule 2,300 are in a second, so that the
draft and the version in force take four and a half of the 15 minutes.
"""

SPARE_S = 30.0
"""Seconds that must remain for the end: what is held is added up, and the result is written."""

READING_SHARE = 0.5
"""The part of the function's time that reading may take, so that valuing gets as much."""

WRITE_EVERY_S = 3
"""Seconds between two writes of the progress."""

BETWEEN_COLLECTIONS = 200_000
"""A replay makes many small objects and hardly a cycle: looking for some after every 700 would take longer than it."""

NO_ORDERS, TOO_LARGE, OUT_OF_TIME = "no-orders", "too-large", "out-of-time"
BROKEN, NOT_CALLED = "broken", "not-called"
"""Why a run has failed: no order was paid; reading takes too long, or valuing does; a mistake of ours, or the table was
away; the function could not be called.
"""

Clock = Callable[[], int]


class RunFailed(RistourneError):
    """A draft cannot be tried; the text is one of the words above."""


def run(event: Mapping[str, str], clock: Clock, seconds_left: Callable[[], float]) -> None:
    """Do the run that an event names, unless it was begun before. Writes how it ended; raises Unavailable at most."""
    name = str(event["run"])
    with suppress(RunReplaced):
        try:
            stored = what_if_runs.claim(name, clock())
            trial = _Work(stored, clock, seconds_left).trial()
            what_if_runs.finish(name, trial, clock())
        except RunReplaced:
            raise
        except RunFailed as failure:
            what_if_runs.fail(name, str(failure), clock())
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the page says so
            telemetry.failure("what-if", error)
            what_if_runs.fail(name, BROKEN, clock())


class _Work:
    """One run: how far it is, and until when it may read."""

    def __init__(self, stored: Run, clock: Clock, seconds_left: Callable[[], float]) -> None:
        self._run = stored
        self._clock = clock
        self._seconds_left = seconds_left
        self._spare_s = seconds_left() * READING_SHARE
        self._state = READING
        self._total = 0
        self._written_at = clock()

    def trial(self) -> Trial:
        """The result. Raises RunFailed and RunReplaced."""
        gc.set_threshold(BETWEEN_COLLECTIONS)
        draft = parse(read_document(self._run.source.encode()))
        items = table_scan.items(sorted(books.KINDS), self._passed)
        content = books.read(records_of(items, books.KINDS), self._run.at, draft.test_orders)
        left_out = content.log.keep_newest(MOST_ORDERS)
        if not len(content.log):
            raise RunFailed(NO_ORDERS)
        self._spare_s, self._total = SPARE_S, len(content.log)
        compared = comparison.compare(content.log, draft, content.current, self._valued)
        return Trial(compared.summary, left_out)

    def _valued(self, part: str, count: int) -> None:
        state = {comparison.DRAFT: DRAFT, comparison.CURRENT: CURRENT}[part]
        if state != self._state:
            self._state, self._written_at = state, 0
        self._passed(count)

    def _passed(self, count: int) -> None:
        """Write down how far it is, now and then. Raises RunFailed where the time will not do."""
        if self._seconds_left() < self._spare_s:
            raise RunFailed(TOO_LARGE if self._state == READING else OUT_OF_TIME)
        now = self._clock()
        if now - self._written_at >= WRITE_EVERY_S:
            self._written_at = now
            with suppress(Unavailable):  # the next one says it
                what_if_runs.proceed(self._run.id, self._state, count, self._total, now)
