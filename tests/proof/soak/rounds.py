"""The schedule: the daily round is called every hour until it is done; calls die, run out of time, come twice or days
late. The real `edge/jobs/rounds.py` runs, on the simulated table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.events import BooksDiffer, Event
from chalicelib.domain.rewards.progress import cuts
from chalicelib.edge import personal_data, telemetry
from chalicelib.edge.jobs import board_rounds, board_stream
from chalicelib.edge.jobs import rounds as edge_rounds
from chalicelib.store import waiting
from tests.proof.soak.faults import Faults
from tests.proof.soak.fleet import Ending, Fleet, Job, Worker
from tests.proof.soak.hub import Hub, Violation
from tests.proof.soak.journal import Journal
from tests.proof.soak.programmes import ZONE
from tests.proof.soak.round_table import RoundTable
from tests.proof.soak.senders import DAY_S, HOUR_S

GAPS, LATE_GAPS = (1, 1, 2, 3, 5), (4, 6, 9)
"""Days from one round to the next, some of which are missed; and once the shop does nothing any more."""

LATE_S = 370 * DAY_S

CALLS = 12
"""Calls of a day, an hour apart: more are not needed but in a bad year."""

RARITY = 20
"""A round makes thousands of calls of the table, and would never end with the faults of others."""

LAMBDA_S = 900.0
PAGES_A_SAVE = 3
AUDITED = 23
"""The round's own audit looks at one partition in so many; the verdict audits everything."""

MIN_BUYERS, MIN_DAYS = 25, 2
"""From so many buyers and days there are scores in simulated shops, which are small and young."""


class Rounds:
    """`ended`: the local days of the rounds that were done, with the instants at which they were."""

    def __init__(self, hub: Hub, fleet: Fleet, faults: Faults, table: RoundTable, journal: Journal) -> None:
        self._hub = hub
        self._fleet = fleet
        self._faults = faults
        self._table = table
        self._journal = journal
        self._running = 0
        self.ended: list[tuple[str, float]] = []

    def live(self, goes_on: Callable[[], bool]) -> None:
        """Rounds from now on, until LATE_S after the shop did anything, when the last deliveries have come again."""
        random, last = self._hub.random, self._hub.now

        def begins() -> None:
            nonlocal last
            last = self._hub.now if goes_on() else last
            if self._hub.now > last + LATE_S:
                return
            self.call(CALLS)
            days = random.choice(GAPS if last == self._hub.now else LATE_GAPS)
            self._hub.after(days * DAY_S + random.uniform(-HOUR_S, HOUR_S), begins)

        self._hub.after(random.uniform(0, DAY_S), begins)

    def call(self, calls: int) -> None:
        """A call now, and another in an hour if the day's round is not done by then."""
        random = self._hub.random
        self._submit(calls)
        if self._faults.active and random.random() < 0.15:
            self._hub.after(random.uniform(0, 5), lambda: self._submit(0))

    def _submit(self, calls: int) -> None:
        random = self._hub.random
        is_short = self._faults.active and random.random() < 0.2
        budget = edge_rounds.SPARE_S + random.uniform(0.1, 3) if is_short else LAMBDA_S

        def act(worker: Worker) -> Any:
            began = self._hub.now
            if self._table.progress.done and not self._running:
                self._journal.round_begins()
            self._running += 1
            return edge_rounds.run(worker.now(), lambda: budget - (self._hub.now - began))

        def done(ending: Ending, answer: Any) -> None:
            self._running -= 1
            day = local_day(int(self._hub.now) - edge_rounds.CLOSING_S, ZONE).isoformat()
            if ending == "done" and answer.done and answer.day == day:
                self.ended.append((day, self._hub.now))
            elif calls > 1:
                self._hub.after(HOUR_S, lambda: self.call(calls - 1))

        self._fleet.submit(Job("daily round", act, done, RARITY))


@contextmanager
def on(table: RoundTable, publish: Callable[[Event], None]) -> Iterator[None]:
    """The product's round and leaderboards work on a simulated table."""
    with ExitStack() as stack:
        for place, name, value in _replaced(table, publish):
            stack.enter_context(mock.patch.object(place, name, value))
        yield


def _replaced(table: RoundTable, publish: Callable[[Event], None]) -> Iterator[tuple[Any, str, Any]]:
    yield edge_rounds, "rounds", table
    yield board_rounds, "boards", table
    yield board_rounds, "table", table
    yield board_stream, "boards", table
    yield edge_rounds, "PAGES_A_SAVE", PAGES_A_SAVE
    yield personal_data, "finish_open", lambda *_: None
    yield waiting, "recount", lambda _: None
    yield telemetry, "line", lambda event: _published(event, publish)
    yield cuts, "MIN_BUYERS", MIN_BUYERS
    yield cuts, "MIN_DAYS", MIN_DAYS
    for name in ("_audit_order", "_audit_activity", "_audit_member"):
        yield edge_rounds, name, _now_and_then(getattr(edge_rounds, name))


def _published(event: Event, publish: Callable[[Event], None]) -> None:
    """What the round says; it must find nothing wrong."""
    if isinstance(event, BooksDiffer):
        raise Violation(f"the daily round finds {event}")
    publish(event)


def _now_and_then(audit: Callable[..., int]) -> Callable[..., int]:
    """An audit of one record in AUDITED."""
    records = 0

    def audited(*subject: Any) -> int:
        nonlocal records
        records += 1
        return audit(*subject) if records % AUDITED == 0 else 0

    return audited
