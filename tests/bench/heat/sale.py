"""A sale: ten thousand orders a second, some buyers and referrers far more often than others, some deliveries twice.

Played by the real decisions on a table that charges by the second, in simulated time. Imports clock, stream and table.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.core.money import allocate
from chalicelib.domain.facts import Decision
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Budget, Code, Member, MemberRef
from chalicelib.domain.rewards.progress.boards import cut_name, open_numbers, score_of
from chalicelib.store.boards import row_of
from tests.bench.flat.books import Books, code_of, member, statement
from tests.bench.heat.clock import Clock
from tests.bench.heat.stream import Source, Stream
from tests.bench.heat.table import Table
from tests.bench.shop import RULES
from tests.world.builders import DAY_S, NOW

MODEL, INFLUENCER, NEWCOMERS = 9_000_000, 8_000_000, 10_000_000
"""Customers: the one all regular ones are copies of, the influencer, and from where on somebody is new."""

ORDERS_A_YEAR = 24


class Sale(Struct, frozen=True, kw_only=True):
    """What the sale is like. Shares are of all orders: `friends` bring a code, of these `influencer` the same one;
    `twice` are delivered again. `exponent`: Zipf's, of buyers and of the other referrers. `rest`: what is left of the
    first rule's budget, in minor units; None: all of it. `candidates`: who has so many orders more than a regular
    member is a candidate of leaderboards; 0: everybody is, as before the first daily round.
    """

    orders_a_second: int = 10_000
    seconds: float = 2
    members: int = 1_000_000
    exponent: float = 0.6
    friends: float = 0.1
    influencer: float = 0.3
    twice: float = 0.03
    read_s: float = 0.005
    commit_s: float = 0.015
    source: Source
    rules: Programme = RULES
    rest: int | None = None
    candidates: int = 3
    seed: int = 1


class Outcome(Struct, frozen=True):
    """What came of a sale: the table with its charges, and what did not go well."""

    table: Table
    orders: int
    deliveries: int
    conversions: int
    settled: int
    settled_s: float
    lost_races: int
    refused: int


def play(sale: Sale) -> Outcome:
    """The whole sale, until the last bonus is settled."""
    return _Play(sale).outcome()


class _Play:
    def __init__(self, sale: Sale) -> None:
        self._sale = sale
        self._random = Random(sale.seed)  # noqa: S311 (a sale, no secret)
        self._table = Table(sale.rules)
        for share in [] if sale.rest is None else _nearly_given(self._table, sale.rules, sale.rest):
            self._table.put(share)
        self._model = _regular(sale.rules)
        self._table.set_cuts(_cuts(sale, self._model))
        self._clock = Clock(self._table, self._random, sale.read_s, sale.commit_s)
        self._stream = Stream(self._clock, sale.source)
        self._weights = list(accumulate(rank**-sale.exponent for rank in range(1, sale.members + 1)))
        self._conversions = self._refused = self._deliveries = 0

    def outcome(self) -> Outcome:
        orders = round(self._sale.orders_a_second * self._sale.seconds)
        for number, customer in enumerate(self._buyers(orders)):
            self._deliver(self._order(number, customer))
        self._table.forget()
        self._clock.run()
        return Outcome(
            self._table,
            orders,
            self._deliveries,
            self._conversions,
            self._stream.settled,
            round(self._stream.last_s, 2),
            self._clock.lost,
            self._refused,
        )

    def _buyers(self, orders: int) -> Iterator[int]:
        return iter(self._random.choices(range(self._sale.members), cum_weights=self._weights, k=orders))

    def _order(self, number: int, customer: int) -> RecordOrder:
        """An order of this customer, or of a friend whom this customer or the influencer has sent."""
        if self._random.random() >= self._sale.friends:
            self._known(customer)
            return statement(number, customer, NOW)
        referrer = INFLUENCER if self._random.random() < self._sale.influencer else customer
        self._known(referrer)
        return statement(number, NEWCOMERS + number, NOW, code_of(referrer))

    def _known(self, customer: int) -> None:
        """A member of some years, with a code."""
        name = member(customer)
        if MemberRef(name) not in self._table.records:
            self._table.put(replace(self._model, member=name, code=code_of(customer)))
            self._table.put(Code(code_of(customer), name, version=1))

    def _deliver(self, command: RecordOrder) -> None:
        at_s = self._random.random() * self._sale.seconds
        self._clock.at(at_s, lambda: self._receive(command))
        if self._random.random() < self._sale.twice:
            self._clock.at(at_s + self._random.random(), lambda: self._receive(command))

    def _receive(self, command: RecordOrder) -> None:
        self._deliveries += 1
        self._clock.execute(command, self._received)

    def _received(self, decision: Decision | None) -> None:
        if decision is None:
            self._refused += 1
            return
        self._conversions += sum(type(change).__name__ == "Conversion" for change in decision.changes)
        self._stream.hear(decision)
        for record in decision.changes:
            for standing in record.standings if isinstance(record, Member) else ():
                self._table.write_row(row_of(replace(record, version=record.version + 1), standing, NOW))


def _nearly_given(table: Table, programme: Programme, rest: int) -> list[Budget]:
    """The shares of the first rule's budget in euros when so much is left of it."""
    rule = programme.earn[0]
    shares, budget = table.history().shares_of(rule.id, "EUR/2"), programme.sum_in(rule.budget, "EUR")
    assert budget is not None
    sizes, rests = (allocate(amount, [1] * shares) for amount in (budget, rest))
    return [
        Budget(rule.id, "EUR/2", number, 1, size - rest)
        for number, (size, rest) in enumerate(zip(sizes, rests, strict=True))
    ]


def _cuts(sale: Sale, model: Member) -> dict[str, int]:
    """The cuts of leaderboards by the names of their open periods, above the score of a regular member."""
    today, worth = local_day(NOW, sale.rules.timezone), statement(0, 0, NOW).facts.sources["order"].total
    return {
        cut_name(board.id, number): score_of(model, board, sale.rules, number) + sale.candidates * worth
        for board in sale.rules.boards
        for number in open_numbers(board, today)
        if sale.candidates
    }


def _regular(programme: Programme) -> Member:
    """Somebody who has bought twice a month for a year."""
    books = Books(programme)
    books.buy(range(ORDERS_A_YEAR), MODEL, NOW, 365 * DAY_S // ORDERS_A_YEAR)
    return books.member(member(MODEL))
