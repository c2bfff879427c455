"""Every store call of every command, and a process that dies right before it or right after it; then the same again.

The same command comes once more, as its sender would send it. The table must then be what it is without a crash,
record by record and version by version, and a request with a key must be answered the same.
`python -m tests.proof.crash_points` counts the points into the report.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, TypeVar

from msgspec import Struct

from chalicelib.domain.decide import DECIDERS
from chalicelib.domain.records import Record, Ref
from chalicelib.engine import Engine
from tests.proof.soak.hub import Died
from tests.proof.soak.shelf import Shelf
from tests.proof.stories import Story, stories
from tests.report import Row, Section, publish
from tests.world.memory import Memory

T = TypeVar("T")

LATER_S = 600

SHOWS = """\
The machine that works on a request can stop at any moment: before or after each single access to the database. Every
kind of request is stopped at every such point, one after the other, and then sent again, as the shop's software would.
Each time the books must be exactly what they are without the stop: no cent twice, none lost, no half-written order."""


class Point(Struct, frozen=True):
    """The n-th call of the store, and on which side of it the process dies."""

    call: int
    after: bool

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} call {self.call}"


class Fragile:
    """A shelf's `load` and `commit`, until the point at which the process dies. Counts the calls."""

    def __init__(self, shelf: Shelf, point: Point | None = None) -> None:
        self._shelf = shelf
        self._point = point
        self.calls: list[str] = []

    def load(self, refs: Collection[Ref]) -> dict[Ref, Record | None]:
        return self._step("load", lambda: {ref: self._shelf.records.get(ref) for ref in refs})

    def commit(self, changes: Sequence[Record]) -> None:
        self._step("commit", lambda: self._shelf.commit(changes))

    def _step(self, kind: str, call: Callable[[], T]) -> T:
        number = len(self.calls)
        self.calls.append(kind)
        if self._point == Point(number, after=False):
            raise Died
        answer = call()
        if self._point == Point(number, after=True):
            raise Died
        return answer


class Clean(Struct, frozen=True):
    """A story without a crash: the calls that it made, the table at its end, and the answer."""

    calls: tuple[str, ...]
    records: dict[Ref, Record]
    answer: Any


def clean(story: Story) -> Clean:
    """The story as it should go."""
    shelf = world(story)
    store = Fragile(shelf)
    answer = engine_on(store).execute(story.command, story.now, story.key)
    return Clean(tuple(store.calls), shelf.records, answer)


def points(calls: Sequence[str]) -> Iterator[Point]:
    """Before and after every call."""
    for number in range(len(calls)):
        yield Point(number, after=False)
        yield Point(number, after=True)


def expect_recovery(story: Story, point: Point, expected: Clean) -> None:
    """The command dies at the point and comes again; once more later on, when it must find everything done."""
    shelf = world(story)
    try:
        engine_on(Fragile(shelf, point)).execute(story.command, story.now, story.key)
    except Died:
        answer = engine_on(Fragile(shelf)).execute(story.command, story.now, story.key)
        assert story.key is None or answer == expected.answer, f"{story.name}, {point}: answered {answer}"
    else:
        raise AssertionError(f"{story.name}, {point}: nothing died")
    assert shelf.records == expected.records, f"{story.name}, {point}: the table is another one"
    engine_on(Fragile(shelf)).execute(story.command, story.now + LATER_S, story.key)
    assert shelf.records == expected.records, f"{story.name}, {point}: a late repetition changed the table"


def world(story: Story) -> Shelf:
    """The table before the command."""
    shelf = Shelf()
    for command, now in story.before:
        carry_out(shelf, command, now)
    return shelf


def carry_out(books: Memory, command: Any, now: int) -> None:
    """A step of what was before; it must succeed."""
    if changes := books.decide(command, now).changes:
        books.commit(changes)


def engine_on(store: Fragile) -> Engine:
    """A process that has just begun."""
    return Engine(sleep=lambda _: None, load=store.load, commit=store.commit)


def main() -> int:
    counted: Counter[str] = Counter()
    violations = []
    for story in stories():
        expected = clean(story)
        for point in points(expected.calls):
            counted[type(story.command).__name__] += 1
            try:
                expect_recovery(story, point, expected)
            except Exception as error:  # noqa: BLE001 - each is a finding
                violations.append(f"{story.name}, {point}: {error}")
    section = publish(_section(counted, violations))
    sys.stdout.write("".join(f"{row.name}: {row.value}\n" for row in section.rows))
    return 0 if section.met else 1


def _section(counted: Counter[str], violations: list[str]) -> Section:
    total, tried = counted.total(), {kind.__name__ for kind in DECIDERS} & counted.keys()
    rows = (
        Row("commands", len(tried), f"all {len(DECIDERS)}", len(tried) == len(DECIDERS)),
        Row("situations", len(stories()), "2 or more for each command", len(stories()) >= 2 * len(DECIDERS)),
        Row("points at which a process died", total, "every one", total > 0),
        Row("points after which the books were right", total - len(violations), f"{total}", not violations),
    )
    return Section(
        name="crash-points",
        title="A machine that stops at any moment",
        shows=SHOWS,
        rows=rows,
        operations=total,
        counters={"Points by command": dict(sorted(counted.items()))},
        violations=tuple(violations),
    )


if __name__ == "__main__":
    sys.exit(main())
