"""What becomes of the books when a process dies on the way, or a delivery comes twice: every point is tried.

A process dies right before or right after each call of the database, and the delivery comes again, as its sender would
send it. Or the same order comes while it is worked on: the whole second delivery falls between two calls of the first,
once between each two. The books must be what they are without the mishap; what they are without it is tried too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

from msgspec import Struct

from tests.bench.alternatives.contenders import Contender, Event, code_of, quiet, sent
from tests.world.faults import Call, intercepted
from tests.world.meter import READS, WRITES

CRASH = "a crash at any point, then the delivery again"
TWICE = "the same delivery twice at once"
TWO_IDS = "two webhooks of one order at once"
LATER = "another webhook of the order later"
MUCH_LATER = "another webhook of the order after a week"

ATTEMPTS = 4
_numbers = count(10_000_000, 10)


class Died(BaseException):
    """The process is gone; no `except Exception` may notice."""


class Standing(Struct, frozen=True):
    """The books of some customers: what each has by the record and by the ledger, and whether the order is known."""

    amounts: tuple[int, ...]
    known: bool


class Scene(Struct, frozen=True):
    """An order that is to come. `friend`: the referrer and the friend whose order it is."""

    name: str
    at: int
    customers: tuple[int, ...]
    order: int
    friend: tuple[int, int] | None = None

    @property
    def code(self) -> str:
        """The code that the order brings."""
        return code_of(self.friend[0]) if self.friend else ""

    def event(self, webhook: str = "") -> Event:
        """The order's delivery."""
        return sent(self.order, self.customers[0], self.at, self.code, webhook)


class Trials(Struct, frozen=True):
    """How often a mishap was tried, and how the books were wrong: `doubled`, `half`, `lost`."""

    tried: int
    wrong: Counter[str]

    def __add__(self, other: Trials) -> Trials:
        return Trials(self.tried + other.tried, self.wrong + other.wrong)


Stage = Callable[[Contender, int], Scene]


def first_order(contender: Contender, at: int) -> Scene:
    """A new customer."""
    base = next(_numbers)
    return Scene("first order", at, (base,), base)


def repeat_order(contender: Contender, at: int) -> Scene:
    """A customer who has bought."""
    base = next(_numbers)
    _deliver(contender, Scene("", at, (base,), base))
    return Scene("repeat order", at, (base,), base + 1)


def second_friend(contender: Contender, at: int) -> Scene:
    """The friend with whose order the referrer's bonus is due."""
    base = next(_numbers)
    referrer, first, second = base, base + 1, base + 2
    contender.issue(code_of(referrer), referrer)
    _deliver(contender, Scene("", at, (first,), first, (referrer, first)))
    return Scene("second friend's order", at, (second, referrer), second, (referrer, second))


STAGES: tuple[Stage, ...] = (first_order, repeat_order, second_friend)


def mishaps(contender: Contender, at: int, stages: tuple[Stage, ...] = STAGES) -> dict[str, Trials]:
    """What each mishap does to the books of a contender."""
    trials = {CRASH: _crashes, TWICE: _twice, TWO_IDS: _two_ids, LATER: _later, MUCH_LATER: _much_later}
    with quiet():
        return {name: sum((trial(contender, at, stage) for stage in stages), NOTHING) for name, trial in trials.items()}


NOTHING = Trials(0, Counter())


def _crashes(contender: Contender, at: int, stage: Stage) -> Trials:
    def dies(point: int, after: bool) -> Callable[[Contender, Scene], None]:
        return lambda contender, scene: _with_step(contender, scene, _death(point, after))

    calls = _calls(contender, stage(contender, at))
    ways = [dies(point, after) for point in range(calls) for after in (False, True)]
    return _found(contender, at, stage, ways)


def _twice(contender: Contender, at: int, stage: Stage) -> Trials:
    return _at_once(contender, at, stage, webhook="")


def _two_ids(contender: Contender, at: int, stage: Stage) -> Trials:
    return _at_once(contender, at, stage, webhook="orders-updated")


def _later(contender: Contender, at: int, stage: Stage) -> Trials:
    return _found(contender, at, stage, [lambda contender, scene: _again(contender, scene, forget=False)])


def _much_later(contender: Contender, at: int, stage: Stage) -> Trials:
    return _found(contender, at, stage, [lambda contender, scene: _again(contender, scene, forget=True)])


def _at_once(contender: Contender, at: int, stage: Stage, webhook: str) -> Trials:
    def between(point: int) -> Callable[[Contender, Scene], None]:
        return lambda contender, scene: _overlapping(contender, scene, point, webhook)

    # Before its first call the first delivery has done nothing: then they come one after the other.
    points = range(1, _calls(contender, stage(contender, at)))
    return _found(contender, at, stage, [between(point) for point in points])


def _found(contender: Contender, at: int, stage: Stage, ways: list[Callable[[Contender, Scene], None]]) -> Trials:
    wrong: Counter[str] = Counter()
    for way in ways:
        scene = stage(contender, at)
        before = _standing(contender, scene)
        due = _due(contender, at, stage)
        way(contender, scene)
        _deliver(contender, scene)
        if verdict := _verdict(before, _standing(contender, scene), due):
            wrong[verdict] += 1
    return Trials(len(ways), wrong)


def _due(contender: Contender, at: int, stage: Stage) -> tuple[int, ...]:
    """By how much the amounts rise without a mishap; the same for every scene of a stage."""
    key = (contender.name, stage.__name__)
    if key not in _dues:
        scene = stage(contender, at)
        before = _standing(contender, scene)
        _deliver(contender, scene)
        _dues[key] = _risen(before, _standing(contender, scene))
    return _dues[key]


_dues: dict[tuple[str, str], tuple[int, ...]] = {}


def _risen(before: Standing, after: Standing) -> tuple[int, ...]:
    return tuple(b - a for a, b in zip(before.amounts, after.amounts, strict=True))


def _verdict(before: Standing, after: Standing, due: tuple[int, ...]) -> str:
    """How the books are wrong; empty: they are right."""
    got = _risen(before, after)
    if any(risen > wanted for risen, wanted in zip(got, due, strict=True)):
        return "doubled"
    if got == due and after.known:
        return ""
    return "half" if any(got) else "lost"


def _standing(contender: Contender, scene: Scene) -> Standing:
    amounts = ((contender.balance(customer), contender.entered(customer)) for customer in scene.customers)
    return Standing(tuple(amount for pair in amounts for amount in pair), contender.has(scene.order))


def _deliver(contender: Contender, scene: Scene, webhook: str = "") -> None:
    """The delivery until it is answered, each time after the one before must have ended."""
    for _ in range(ATTEMPTS):
        if contender.handle(scene.event(webhook)):
            break
    else:
        raise AssertionError(f"{contender.name} never took a {scene.name}")
    _settle(contender, scene)


def _settle(contender: Contender, scene: Scene) -> None:
    if scene.friend:
        contender.settle(*scene.friend)


def _again(contender: Contender, scene: Scene, forget: bool) -> None:
    _deliver(contender, scene)
    if forget:
        contender.forget()
    _deliver(contender, scene, "replayed")


def _overlapping(contender: Contender, scene: Scene, point: int, webhook: str) -> None:
    """The second delivery, whole, before the `point`-th call of the first; what was refused comes again."""
    refused: list[str] = []

    def second() -> None:
        if not contender.handle(scene.event(webhook)):
            refused.append(webhook)

    contender.soon = True
    try:
        with intercepted(_interruption(point, second)):
            if not contender.handle(scene.event()):
                refused.append("")
    finally:
        contender.soon = False
    for delivery in refused:
        _deliver(contender, scene, delivery)
    _settle(contender, scene)


def _calls(contender: Contender, scene: Scene) -> int:
    with intercepted() as calls:
        _deliver(contender, scene)
    seen = {operation for operation, _ in calls}
    assert seen & READS, f"no read of {contender.name} is seen"
    assert seen & WRITES, f"no write of {contender.name} is seen"
    return len(calls)


def _with_step(contender: Contender, scene: Scene, step: Callable[[str, Call], Any]) -> None:
    try:
        with intercepted(step):
            _deliver(contender, scene)
    except Died:
        return
    raise AssertionError(f"{contender.name}: nothing died in a {scene.name}")


def _death(point: int, after: bool) -> Callable[[str, Call], Any]:
    numbers = count()

    def step(operation: str, call: Call) -> Any:
        chosen = next(numbers) == point
        if chosen and not after:
            raise Died
        answer = call()
        if chosen:
            raise Died
        return answer

    return step


def _interruption(point: int, work: Callable[[], None]) -> Callable[[str, Call], Any]:
    """Does `work` before the `point`-th call; its own calls are not counted."""
    numbers, inside = count(), Flag()

    def step(operation: str, call: Call) -> Any:
        if not inside and next(numbers) == point:
            with inside:
                work()
        return call()

    return step


class Flag:
    """Up within a `with`."""

    def __init__(self) -> None:
        self._up = False

    def __bool__(self) -> bool:
        return self._up

    def __enter__(self) -> None:
        self._up = True

    def __exit__(self, *failure: object) -> None:
        self._up = False
