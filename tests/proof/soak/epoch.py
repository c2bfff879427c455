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

from chalicelib.domain.commands import EraseMember, PublishProgramme
from chalicelib.domain.errors import Busy, Unavailable
from chalicelib.domain.records import Conversion, ProgrammeList, ProgrammeListRef, Record
from chalicelib.edge import process, telemetry
from chalicelib.edge.jobs import stream
from chalicelib.engine import Engine
from tests.proof import invariants
from tests.proof.soak import boards, crowd, gifts, programmes, reports, rounds
from tests.proof.soak.club import Club
from tests.proof.soak.counter import Counter
from tests.proof.soak.faults import Faults
from tests.proof.soak.fleet import Fleet, Job, Worker
from tests.proof.soak.hub import Hub, Violation
from tests.proof.soak.journal import Journal
from tests.proof.soak.options import Options
from tests.proof.soak.persons import Persons
from tests.proof.soak.round_table import RoundTable
from tests.proof.soak.rounds import Rounds
from tests.proof.soak.sales import Sale
from tests.proof.soak.senders import DAY_S, Senders
from tests.proof.soak.shelf import Shelf
from tests.proof.soak.shop import BURSTS_PER_YEAR, REFERRERS, Act, Shop
from tests.proof.soak.stream import Stream
from tests.proof.soak.table import Table
from tests.proof.soak.verdict import check_end
from tests.proof.soak.wallet import Wallet
from tests.proof.soak.watch import Watch
from tests.world.memory import parsed

OPENS_AT = 1_700_000_000
QUIET_DAYS = 3
"""Rounds at the end: the second one sees what the first has mended, and the third what the second says of that."""

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
    plain: bool = False

    @property
    def replay(self) -> str:
        """The command that runs the same shop again, alone; of a seed that draws options, without them."""
        plain = " --plain" if self.plain and not Options.drawn(self.seed).plain else ""
        return f".venv/bin/python -m tests.proof.soak --replay {self.seed} --operations {self.budget}{plain}"


class Epoch:
    """The parts of one simulated shop, wired together."""

    def __init__(self, seed: int, operations: int, options: Options | None = None) -> None:
        self.seed = seed
        self.options = Options.drawn(seed) if options is None else options
        self.budget = operations
        self.hub = Hub(Random(seed), OPENS_AT)  # noqa: S311 - it must be repeatable, not secret
        self.shelf = Shelf()
        self.watch = Watch(self.shelf)
        self.faults = Faults(self.hub.random)
        self.table = Table(self.hub, self.shelf, self.faults, self._watched)
        self.fleet = Fleet(self.hub, self.table, self.faults)
        self.stream = Stream(self.hub, self.fleet, self.faults)
        self.senders = Senders(self.hub, self.fleet, self.faults, self.shelf)
        self.club = Club(self.hub, self.senders, self.options, lambda: crowd.somebody(self.hub.random), self._newest)
        self.counter = Counter(self.hub, self.senders, self.club)
        self.wallet = Wallet(self.hub, self.senders, self.shelf, self.club, self.counter)
        self.persons = Persons(self.hub, self.shelf, self.club, self.counter, self.options)
        pace = BURSTS_PER_YEAR if self.options.plain else self.options.pace
        self.shop = Shop(self.hub, self.faults, self._acts(), pace)
        self.round_table = RoundTable(self.hub, self.shelf, self.table)
        self.journal = Journal(self.hub, self.shelf, self.watch.sums)
        self.round_table.counted = self.journal.counted
        self.rounds = Rounds(self.hub, self.fleet, self.faults, self.round_table, self.journal)
        self.told = 0

    def run(self) -> Outcome:
        """The whole life. A violation ends it and stands in the outcome, with where it came from."""
        violation = ""
        with (
            mock.patch.object(process, "engine", _engine_here),
            mock.patch.object(telemetry, "failure", _expected),
            mock.patch.object(telemetry, "count", _silent),
            mock.patch("chalicelib.engine.published", parsed),
            rounds.on(self.round_table, self.fleet.publish),
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
            plain=self.options.plain,
        )

    def _live(self) -> None:
        self._open()
        self.faults.active = True
        self.shop.live(self._goes_on)
        if self.options.has_rounds:
            self.rounds.live(self._goes_on)
            self._publish_often()
        self._look()
        self.hub.run()
        self._close()
        self._quiet_days()
        now = int(self.hub.now)
        segments = self.journal.buyers
        self.told = check_end(self.shelf, self.counter.sales, self.club.requests, self.watch, segments, now)
        if self.options.has_rounds:
            self._check_rounds(now)

    def _check_rounds(self, now: int) -> None:
        """What the daily rounds have made."""
        lives = [live for lives in self.journal.families().values() for live in lives]
        ended, sales = self.rounds.ended, self.counter.sales
        boards.check_given(self.shelf)
        boards.check_boards(self.shelf, lives, [day for day, _ in ended], now)
        if self.options.boards:
            profiles = {member: self.options.profile_of(member) for member in self.club.profiles}
            boards.check_names(self.shelf, {member: parts["consents"] for member, parts in profiles.items()})
        reports.check_reports(self.shelf)
        if self.options.gifts:
            self._check_gifts(sales, ended)

    def _check_gifts(self, sales: list[Sale], ended: list[tuple[str, float]]) -> None:
        birthdays = {member: self.options.birthday_of(member) for member in self.club.profiles}
        erased = {request.command.member for request in self.club.requests if isinstance(request.command, EraseMember)}
        told = {member: since for member, since in self.club.profiles.items() if member not in erased}
        gifts.check_gifts_given(self.shelf, birthdays, sales)
        gifts.check_birthdays(self.shelf, birthdays, told, ended)
        gifts.check_anniversaries(self.shelf, self.journal.families(), sales, ended[-QUIET_DAYS:])

    def _acts(self) -> list[Act]:
        own = [(self.counter.buys, 30), (self.counter.changes, 45)]
        return [*own, *self.club.acts(), *self.wallet.acts(), *self.persons.acts()]

    def _open(self) -> None:
        self.shelf.execute(PublishProgramme(programmes.first(OPENS_AT, self.options), "", 0, 0, 0), 0)
        for number in range(REFERRERS):
            self.club.opens(crowd.referrer(number))
        self.hub.run()

    def _close(self) -> None:
        """The faults are over: the operator replays what was kept, and settles what the stream gave up."""
        self.faults.active = False
        self.senders.replay()
        self.hub.run()
        for referrer in sorted({conversion.referrer for conversion in self.shelf.all(Conversion) if conversion.todo}):
            self._settle(referrer)
        self.hub.run()

    def _settle(self, referrer: str) -> None:
        waiting = [conversion.friend for conversion in self.shelf.conversions(referrer).values() if conversion.todo]

        def act(worker: Worker) -> None:
            stream.settle_friends(referrer, waiting, worker.now())

        self.fleet.submit(Job("settled by hand", act, _settled))

    def _publish_often(self) -> None:
        """A version about every month, while the shop lives: boards change, come and go."""

        def publish() -> None:
            if self._goes_on():
                self.club.publishes_now()
                self.hub.after(self.hub.random.uniform(8, 45) * DAY_S, publish)

        self.hub.after(8 * DAY_S, publish)

    def _quiet_days(self) -> None:
        """The last rounds, in which nothing fails and nothing else happens."""
        for _ in range(QUIET_DAYS if self.options.has_rounds else 0):
            self.rounds.call(1)
            self.hub.run()
            self.hub.now += DAY_S

    def _goes_on(self) -> bool:
        return self.fleet.operations.total() + self.senders.statement_count < self.budget

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
        noted = self.journal.before(changes) if self.options.has_rounds else None

        def written() -> None:
            seen()
            if noted:
                noted()
                self.round_table.written(changes)
            self.stream.written(changes)

        return written

    def _newest(self) -> int:
        listed = self.shelf.records.get(ProgrammeListRef())
        return len(listed.effective_at) if isinstance(listed, ProgrammeList) else 0


def run(shop: tuple[int, int], options: Options | None = None) -> Outcome:
    """The life of the shop of a seed and a size, with the options that the seed draws unless others are stated."""
    started = time.process_time()
    outcome = Epoch(*shop, options).run()
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
