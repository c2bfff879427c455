"""The bank's little world: its members, its programme, its clock, and who is asked what.

Everything about an order or a hold follows from its number, so that any worker can state the order of another one
again, or end its hold. Numbers, the clock and the processes' shared memory live here. Imports the programme.
"""

from __future__ import annotations

import random
from collections.abc import MutableSequence
from dataclasses import dataclass
from decimal import Decimal
from multiprocessing import get_context
from multiprocessing.context import SpawnContext
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.programme.document import Programme
from chalicelib.store.dynamodb import transport
from tests.world.builders import DAY_S, NOW
from tests.world.builders import programme_of as parsed

WORKERS, THREADS = 4, 4
MEMBERS, HOT = 52, 2
HOT_SHARE = 0.3
"""The first two members get so much of the traffic."""

PERCENT, EXPIRE_DAYS = 5, 2
CARD_SIZE, CARD_POINTS = 4, 10
ASSET = "EUR/2"
START = NOW - NOW % DAY_S
DAYS = 16
"""Virtual days of a run, however long it is; a reward lives for three of them at the most."""

RECENT_ORDERS, RECENT_HOLDS, RECENT_CHECKOUTS = 512, 48, 12

PATIENCE_S = 60

Numbers = MutableSequence[int]


def processes() -> SpawnContext:
    """Workers start afresh, as Lambdas do, and inherit no lock from a process that was killed."""
    return get_context("spawn")


def programme() -> Programme:
    """5 % of what was kept, at once, and gone after the second day; what was spent goes back just as it was. Every
    fourth order fills a card.
    """
    cashback = {"id": "cashback", "percent": Decimal(PERCENT), "expire_days": EXPIRE_DAYS}
    reward = {"give": CARD_POINTS, "of": "points"}
    card = {"id": "card", "counts": {"orders": True}, "size": CARD_SIZE, "reward": reward}
    return parsed(assets={"points": {}}, earn=[cashback], cards=[card], spending={"return_days": 0})


def wait_patiently() -> None:
    """A busy machine is not a fault: replies are lost on purpose here, and never because they take long."""
    transport.REQUEST_POLICY = replace(transport.REQUEST_POLICY, read_s=PATIENCE_S)


def dice(seed: int | str) -> random.Random:
    """Chance that a seed repeats; nothing secret hangs on it."""
    return random.Random(seed)  # noqa: S311


def member(number: int) -> str:
    return f"shop.m{number:02d}"


def some_member(chance: random.Random) -> str:
    low, high = (0, HOT) if chance.random() < HOT_SHARE else (HOT, MEMBERS)
    return member(chance.randrange(low, high))


@dataclass(frozen=True)
class Shared:
    """Memory that all processes see. No locks: who is killed would keep one."""

    clock: Numbers
    """The virtual now, in seconds; and 1 beside it when the run is over."""
    orders: Numbers
    holds: Numbers
    checkouts: Numbers
    faults: Numbers

    @property
    def now(self) -> int:
        return self.clock[0]

    @property
    def is_over(self) -> bool:
        return self.clock[1] == 1


def shared(context: SpawnContext, counters: int) -> Shared:
    """All zeros, and the clock at the start."""
    arrays: Any = [context.RawArray("q", size) for size in (2, RECENT_ORDERS, RECENT_HOLDS, RECENT_CHECKOUTS, counters)]
    arrays[0][0] = START
    return Shared(*arrays)


def note(numbers: Numbers, number: int, chance: random.Random) -> None:
    """Remember a number in place of some other one."""
    numbers[chance.randrange(len(numbers))] = number


def recall(numbers: Numbers, chance: random.Random) -> int | None:
    """One of the numbers that are remembered."""
    return chance.choice(numbers) or None


class Numbering:
    """Numbers that no other thread, process or incarnation gives: the virtual second, who, and a counter."""

    def __init__(self, worker: int, incarnation: int, thread: int) -> None:
        self._who = (worker * 4096 + incarnation) * 64 + thread
        self._count = 0

    def next(self, now: int) -> int:
        self._count += 1
        return (((now - START) << 20 | self._who) << 20) + self._count


def second_of(number: int) -> int:
    """The virtual second at which a number was given."""
    return START + (number >> 40)


@dataclass(frozen=True)
class Purchase:
    """An order as its number says: whose, how much, when."""

    number: int
    member: str
    net: int
    at: int


def purchase(number: int) -> Purchase:
    chance = dice(number)
    return Purchase(number, some_member(chance), chance.randrange(1_00, 200_00), second_of(number))


@dataclass(frozen=True)
class Reservation:
    """A hold as its number says; it belongs to the buyer of the order of that number."""

    number: int
    member: str
    amount: int
    minutes: int


def reservation(number: int) -> Reservation:
    """Most can be captured for two virtual days; one in four runs out within six hours."""
    chance = dice(number)
    minutes = chance.choice([360, 2880, 2880, 2880])
    return Reservation(number, purchase(number).member, chance.randrange(50, 8_00), minutes)
