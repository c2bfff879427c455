"""Who calls: storefronts that deliver statements several times and out of order, and API clients with their keys.

Both repeat what was not answered, wait longer each time, and give up; what was given up is kept for the operator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from chalicelib.domain.commands import Command, Idempotency, RecordOrder
from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.records import Order, OrderRef
from tests.proof.soak.faults import Faults
from tests.proof.soak.fleet import Ending, Fleet, Job, Worker
from tests.proof.soak.hub import Hub, Violation
from tests.proof.soak.shelf import Shelf

ATTEMPTS = 5
FIRST_WAIT_S = 2.0
MAX_COPIES = 20
HOUR_S, DAY_S = 3600, 86_400

AGAIN = {
    "delivered again after 10 minutes": 600,
    "delivered again after 4 hours": 4 * HOUR_S,
    "delivered again after 3 days": 3 * DAY_S,
    "delivered again after a year": 365 * DAY_S,
}
AGAIN_CHANCE = 0.012

Answered = Callable[[Ending, Any], None]
"""Told once, when the caller knows how it ended: `done` with the answer, `refused` with the rejection."""


class Call(Struct):
    """A command on its way, the attempts so far, and who waits for the answer."""

    command: Command
    key: Idempotency | None
    answered: Answered
    attempts: int = 0


class Statements(Struct):
    """What a storefront has said of one order so far, in the order in which it said it."""

    connection: str
    order: str
    facts: list[OrderFacts]
    newest_delivered: int = -1

    @property
    def ref(self) -> OrderRef:
        return OrderRef(self.connection, self.order)


class Senders:
    def __init__(self, hub: Hub, fleet: Fleet, faults: Faults, shelf: Shelf) -> None:
        self._hub = hub
        self._fleet = fleet
        self._faults = faults
        self._shelf = shelf
        self.kept: list[Call] = []
        self.statement_count = 0

    def call(self, command: Command, key: Idempotency | None, answered: Answered) -> None:
        """An API request, repeated until it is answered."""
        self._try(Call(command, key, answered))

    def deliver(self, statements: Statements, facts: OrderFacts) -> None:
        """A new statement: once or up to twenty times, soon or late, and some of them again much later."""
        random = self._hub.random
        number = len(statements.facts)
        statements.facts.append(facts)
        self.statement_count += 1
        for _ in range(self._copies()):
            late = random.random() < 0.12
            self._later(statements, number, random.uniform(60, 900) if late else random.uniform(0, 3))
        for name, seconds in AGAIN.items():
            if random.random() < AGAIN_CHANCE:
                self._hub.after(seconds, lambda name=name: self._again(statements, number, name))  # type: ignore[misc]

    def replay(self) -> None:
        """The operator's: whatever was kept, once more."""
        kept, self.kept = self.kept, []
        for call in kept:
            call.attempts = 0
            self._try(call)

    def _copies(self) -> int:
        random = self._hub.random
        if random.random() < 0.75:
            return 1
        self._faults.note("delivered twice or more")
        return 2 if random.random() < 0.7 else random.randint(3, MAX_COPIES)

    def _later(self, statements: Statements, number: int, seconds: float) -> None:
        def deliver() -> None:
            if number < statements.newest_delivered:
                self._faults.note("delivered out of order")
            statements.newest_delivered = max(statements.newest_delivered, number)
            self._try(
                Call(RecordOrder(statements.connection, statements.order, statements.facts[number]), None, _heard)
            )

        self._hub.after(seconds, deliver)

    def _again(self, statements: Statements, number: int, name: str) -> None:
        """What the books know must change nothing, however old it is."""
        facts = statements.facts[number]
        stored = self._shelf.records.get(statements.ref)
        known = isinstance(stored, Order) and stored.facts.merge(facts.remembered()) == stored.facts
        self._faults.note(name)

        def unchanged(ending: Ending, answer: Any) -> None:
            if known and (ending != "done" or answer["changed"]):
                raise Violation(f"{statements.ref} {name} was not unchanged: {ending} {answer}")

        self._try(Call(RecordOrder(statements.connection, statements.order, facts), None, unchanged))

    def _try(self, call: Call) -> None:
        call.attempts += 1

        def act(worker: Worker) -> Any:
            return worker.execute(call.command, call.key)

        self._fleet.submit(
            Job(type(call.command).__name__, act, lambda ending, answer: self._end(call, ending, answer))
        )

    def _end(self, call: Call, ending: Ending, answer: Any) -> None:
        if ending in ("done", "refused"):
            call.answered(ending, answer)
        elif call.attempts < ATTEMPTS:
            wait = FIRST_WAIT_S * 2**call.attempts * self._hub.random.uniform(0.5, 1.5)
            self._hub.after(wait, lambda: self._try(call))
        else:
            self._faults.note("sender gave up")
            self.kept.append(call)


def _heard(ending: Ending, answer: Any) -> None:
    if ending != "done":
        raise Violation(f"a good delivery was refused: {answer!r}")
