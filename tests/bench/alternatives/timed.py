"""How fast each contender is, in one process and in the same run: they take turns, and medians are compared.

Half of the orders are first orders, half are repeats. The database is another process on the same computer, so that
orders per second hold its time too, while processor time is the contender's own.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence
from itertools import count
from statistics import median

from msgspec import Struct

from tests.bench.alternatives.contenders import OURS, Contender, Event, quiet, sent

ROUNDS, ORDERS, WARM_UP = 11, 60, 4

_numbers = count(1_000_000, ORDERS)


class Timed(Struct, frozen=True):
    """A contender's medians; `faster` and `leaner`, of each round's ratio of its time to ours.

    `waiting_us`: what of an order's time is not the contender's own processor time: mostly the database's.
    """

    orders_per_s: float
    cpu_us: int
    faster: float
    leaner: float
    waiting_us: int = 0


class Block(Struct, frozen=True):
    """Seconds that some orders took."""

    wall_s: float
    cpu_s: float


def timed(contenders: Sequence[Contender], at: int, rounds: int = ROUNDS) -> dict[str, Timed]:
    """Every contender's times; ours must be among them."""
    with quiet():
        for warmed in (contender for _ in range(WARM_UP) for contender in contenders):
            _block(warmed, at)  # the database compiles what it does often
        turns = [
            {contender.name: _block(contender, at) for contender in _order(contenders, turn)} for turn in range(rounds)
        ]
    return {contender.name: _summary(contender.name, turns) for contender in contenders}


def _order(contenders: Sequence[Contender], turn: int) -> Sequence[Contender]:
    """Who begins changes, so that nobody always comes after the same one."""
    return contenders if turn % 2 == 0 else contenders[::-1]


def _block(contender: Contender, at: int) -> Block:
    events = _events(at)
    contender.soon = True
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    answers = [contender.handle(event) for event in events]
    block = Block(time.perf_counter() - wall, time.process_time() - cpu)
    contender.soon = False
    assert all(answers), f"{contender.name} did not take every order"
    return block


def _events(at: int) -> list[Event]:
    base = next(_numbers)
    return [sent(base + number, base + number // 2, at) for number in range(ORDERS)]


def _summary(name: str, turns: list[dict[str, Block]]) -> Timed:
    return Timed(
        orders_per_s=round(median(ORDERS / turn[name].wall_s for turn in turns), 1),
        cpu_us=round(median(turn[name].cpu_s for turn in turns) / ORDERS * 1_000_000),
        faster=round(median(turn[name].wall_s / turn[OURS].wall_s for turn in turns), 2),
        leaner=round(median(turn[name].cpu_s / turn[OURS].cpu_s for turn in turns), 2),
        waiting_us=round(median(turn[name].wall_s - turn[name].cpu_s for turn in turns) / ORDERS * 1_000_000),
    )
