"""One simulated life: a shop opens, many thousand things happen to it, time runs out, and the books are judged."""

from __future__ import annotations

import collections
import time
import traceback
from collections.abc import Callable, Sequence
from random import Random
from unittest import mock

from greenlet import getcurrent
from msgspec import Struct

from chalicelib.domain.commands import PublishProgramme
from chalicelib.domain.errors import Busy, Unavailable
from chalicelib.domain.records import Conversion, ProgrammeList, ProgrammeListRef, Record
from chalicelib.edge import process, stream, telemetry
from chalicelib.engine import Engine
from tests.proof import invariants
from tests.proof.soak import crowd, programmes
from tests.proof.soak.club import Club
from tests.proof.soak.counter import Counter
from tests.proof.soak.faults import Faults
from tests.proof.soak.fleet import Fleet, Job, Worker
from tests.proof.soak.hub import Hub, Violation
from tests.proof.soak.persons import Persons
from tests.proof.soak.senders import DAY_S, Senders
from tests.proof.soak.shelf import Shelf
from tests.proof.soak.shop import REFERRERS, Act, Shop
from tests.proof.soak.stream import Stream
from tests.proof.soak.table import Table
from tests.proof.soak.verdict import check_end
from tests.proof.soak.wallet import Wallet
from tests.proof.soak.watch import Watch

OPENS_AT = 1_700_000_000
CHECK_EVERY = 10_000
"""Operations between two looks at the whole table."""


class Outcome(Struct):
    """How an epoch ended: what was done and what went wrong on purpose, by kind; the books' digest; the violation."""

    seed: int
    budget: int
    operations: collections.Counter[str]
    fired: collections.Counter[str]
    happened: collections.Counter[str]
    commits: int
    days: int
    digest: str
    violation: str = ""
    cpu_s: float = 0.0

    @property
    def replay(self) -> str:
        """The command that runs the same shop again, alone."""
        return f".venv/bin/python -m tests.proof.soak --replay {self.seed} --operations {self.budget}"


class Epoch:
    """The parts of one simulated shop, wired together."""

    def __init__(self, seed: int, operations: int) -> None:
        self.seed = seed
        self.budget = operations
        self.hub = Hub(Random(seed), OPENS_AT)  # noqa: S311 - it must be repeatable, not secret
        self.shelf = Shelf()
        self.watch = Watch(self.shelf)
        self.faults = Faults(self.hub.random)
        self.table = Table(self.hub, self.shelf, self.faults, self._watched)
        self.fleet = Fleet(self.hub, self.table, self.faults)
        self.stream = Stream(self.hub, self.fleet, self.faults)
        self.senders = Senders(self.hub, self.fleet, self.faults, self.shelf)
        self.club = Club(self.hub, self.senders, lambda: crowd.somebody(self.hub.random), self._newest)
        self.counter = Counter(self.hub, self.senders, self.club)
        self.wallet = Wallet(self.hub, self.senders, self.shelf, self.club, self.counter)
        self.persons = Persons(self.hub, self.shelf, self.club)
        self.shop = Shop(self.hub, self.faults, self._acts())
        self.told = 0

    def run(self) -> Outcome:
        """The whole life. A violation ends it and stands in the outcome, with where it came from."""
        violation = ""
        with (
            mock.patch.object(process, "engine", _engine_here),
            mock.patch.object(telemetry, "failure", _expected),
            mock.patch.object(telemetry, "count", _silent),
        ):
            try:
                self._live()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what was looked for
                violation = "".join(traceback.format_exception(error))
        return self._outcome(violation)

    def _outcome(self, violation: str) -> Outcome:
        return Outcome(
            seed=self.seed,
            budget=self.budget,
            operations=self.fleet.operations + collections.Counter({"told again at the end": self.told}),
            fired=self.faults.fired,
            happened=self.fleet.happened,
            commits=self.watch.commits,
            days=int(self.hub.now - OPENS_AT) // DAY_S,
            digest=self.shelf.digest(),
            violation=violation,
        )

    def _live(self) -> None:
        self._open()
        self.faults.active = True
        self.shop.live(self._goes_on)
        self._look()
        self.hub.run()
        self._close()
        now = int(self.hub.now)
        self.told = check_end(self.shelf, self.counter.sales, self.club.requests, self.watch, now)

    def _acts(self) -> list[Act]:
        own = [(self.counter.buys, 30), (self.counter.changes, 45)]
        return [*own, *self.club.acts(), *self.wallet.acts(), *self.persons.acts()]

    def _open(self) -> None:
        self.shelf.execute(PublishProgramme(programmes.first(OPENS_AT), "", 0, 0, 0), 0)
        for number in range(REFERRERS):
            self.club.opens(crowd.referrer(number))
        self.hub.run()

    def _close(self) -> None:
        """The faults are over: the operator replays what was kept, and settles what the stream gave up."""
        self.faults.active = False
        self.senders.replay()
        self.hub.run()
        for referrer in sorted({each.referrer for each in self.shelf.all(Conversion) if each.todo}):
            self._settle(referrer)
        self.hub.run()

    def _settle(self, referrer: str) -> None:
        waiting = [each.friend for each in self.shelf.conversions(referrer).values() if each.todo]

        def act(worker: Worker) -> None:
            stream.settle_friends(referrer, waiting, worker.now())

        self.fleet.submit(Job("settled by hand", act, _settled))

    def _goes_on(self) -> bool:
        return self.fleet.operations.total() + self.senders.said < self.budget

    def _look(self) -> None:
        """The whole table, now and then while the shop lives."""
        looked_at = 0

        def look() -> None:
            nonlocal looked_at
            if self.fleet.operations.total() - looked_at >= CHECK_EVERY:
                looked_at = self.fleet.operations.total()
                invariants.check_at_any_time(self.shelf)
            if self._goes_on():
                self.hub.after(DAY_S, look)

        self.hub.after(DAY_S, look)

    def _watched(self, changes: Sequence[Record]) -> Callable[[], None]:
        seen = self.watch.before(changes)

        def written() -> None:
            seen()
            self.stream.written(changes)

        return written

    def _newest(self) -> int:
        listed = self.shelf.records.get(ProgrammeListRef())
        return len(listed.effective_at) if isinstance(listed, ProgrammeList) else 0


def run(shop: tuple[int, int]) -> Outcome:
    """The life of the shop of a seed and a size."""
    started = time.process_time()
    outcome = Epoch(*shop).run()
    outcome.cpu_s = time.process_time() - started
    return outcome


def _engine_here() -> Engine:
    """The engine of the process that runs now."""
    worker = getcurrent()
    assert isinstance(worker, Worker)
    return worker.engine


def _expected(what: str, error: BaseException) -> None:
    """The stream handler goes on after any failure of one referrer; here only the injected ones may be."""
    if not isinstance(error, Busy | Unavailable):
        raise error


def _silent(metric: str, **dimensions: str) -> None:
    """Nothing is counted."""


def _settled(ending: str, answer: object) -> None:
    if ending != "done":
        raise Violation(f"the operator could not settle: {ending} {answer}")
