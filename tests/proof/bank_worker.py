"""A worker: a process of a few threads that each do business with the engine until they are told to stop, or killed.

What a predecessor left unanswered is asked again first, with the same Idempotency-Key or as the same delivery. Writes
every attempt into its history. Imports the engine, as Lambda's handlers do.
"""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from chalicelib.domain import commands
from chalicelib.domain.commands import Command, Idempotency
from chalicelib.domain.errors import Busy, Rejection, Unavailable
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.rewards.cashback import Cashback
from chalicelib.engine import Engine
from tests.proof import bank_world as world
from tests.proof.bank_history import Action, HistoryWriter, Outcome
from tests.proof.bank_world import Numbering, Shared
from tests.world.builders import CONNECTION, DAY_S, line, order, refund

GIVES_UP = 0.2
"""How often a client does not come again after it got no answer."""
PAUSE_S = 0.02
MAX_AGE_S = 4 * DAY_S
"""Of older orders nobody says anything more: an account remembers only the last few lots that expired."""


class Life(Struct, frozen=True):
    """One life of a worker: which worker, the how-manyth, where it writes, whom it asks, and what is unfinished."""

    worker: int
    incarnation: int
    folder: str
    endpoint: str
    seed: int
    unfinished: tuple[Action, ...] = ()

    @property
    def history(self) -> Path:
        return Path(self.folder, f"worker-{self.worker}-{self.incarnation:04d}.jsonl")


def run(life: Life, shared: Shared) -> None:
    """All threads of a worker, until the run is over."""
    os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = life.endpoint
    world.wait_patiently()
    # msgspec prepares a type at its first use, and must not do so in two threads at once (0.22 then crashes).
    for kind in (Programme, Cashback):
        msgspec.json.Decoder(kind)
    history = HistoryWriter(life.history)
    clerks = [Clerk(life, thread, shared, history) for thread in range(world.THREADS)]
    threads = [
        threading.Thread(target=clerk.work, args=(life.unfinished[number :: world.THREADS],))
        for number, clerk in enumerate(clerks)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Clerk:
    """One thread: draws what to do, does it, comes again as a storefront or a shop's server would."""

    def __init__(self, life: Life, thread: int, shared: Shared, history: HistoryWriter) -> None:
        self._chance = world.dice(f"{life.seed}/{life.worker}/{life.incarnation}/{thread}")
        self._numbering = Numbering(life.worker, life.incarnation, thread)
        self._engine = Engine()
        self._shared = shared
        self._history = history

    def work(self, unfinished: Sequence[Action]) -> None:
        for action in unfinished:
            self._insist(action)
        while not self._shared.is_over:
            drawn = draw(self._chance, self._numbering, self._shared)
            if drawn:
                self._insist(drawn)

    def _insist(self, action: Action) -> None:
        """Until there is an answer, or patience ends."""
        while self._attempt(action) == "indeterminate" and self._chance.random() >= GIVES_UP:
            time.sleep(self._chance.uniform(0, PAUSE_S))

    def _attempt(self, action: Action) -> Outcome:
        now = self._shared.now
        self._history.invoke(action, now)
        outcome: Outcome
        code, answer = "", None
        try:
            answer, outcome = self._engine.execute(command_of(action), now, key_of(action)), "ok"
        except (Busy, Unavailable) as silence:
            outcome, code = "indeterminate", silence.code
        except Rejection as refused:
            outcome, code = "fail", refused.code
        except Exception:  # noqa: BLE001 (whatever it is, the checker shall see it)
            outcome, code = "error", traceback.format_exc()
        self._history.answer(action, outcome, code, answer)
        return outcome


SKIP = os.environ.get("BANK_SKIP", "").split(",")


def draw(chance: random.Random, numbering: Numbering, shared: Shared) -> Action | None:
    """What to do next; None if there is nothing yet that it could be done to."""
    (kind,) = chance.choices(list(KINDS), [weight for weight, _ in KINDS.values()])
    number = numbering.next(shared.now)
    return KINDS[kind][1](f"{kind}-{number}", kind, number, chance, shared)


def _pay(name: str, kind: str, number: int, chance: random.Random, shared: Shared) -> Action | None:
    world.note(shared.orders, number, chance)
    return Action(name, kind, world.purchase(number).member, number)


def _of_order(name: str, kind: str, number: int, chance: random.Random, shared: Shared) -> Action | None:
    known = world.recall(shared.orders, chance)
    if known is None or shared.now - world.second_of(known) > MAX_AGE_S:
        return None
    bought = world.purchase(known)
    return Action(name, kind, bought.member, known, chance.randrange(1_00, bought.net + 1_00))


def _by_hand(name: str, kind: str, number: int, chance: random.Random, shared: Shared) -> Action | None:
    amount = chance.choice([-1, 1]) * chance.randrange(1, 5_00)
    return Action(name, kind, world.some_member(chance), number, amount)


def _spend(name: str, kind: str, number: int, chance: random.Random, shared: Shared) -> Action | None:
    return Action(name, kind, world.some_member(chance), number, chance.randrange(50, 8_00))


def _hold(name: str, kind: str, number: int, chance: random.Random, shared: Shared) -> Action | None:
    world.note(shared.holds, number, chance)
    wanted = world.reservation(number)
    return Action(name, kind, wanted.member, number, wanted.amount)


def _checkout(name: str, kind: str, number: int, chance: random.Random, shared: Shared) -> Action | None:
    """A hold for the order of the same number, which others will pay, refund, cancel."""
    for numbers in (shared.orders, shared.checkouts):
        world.note(numbers, number, chance)
    return _hold(name, kind, number, chance, shared)


def _pay_checkout(name: str, kind: str, number: int, chance: random.Random, shared: Shared) -> Action | None:
    known = world.recall(shared.checkouts, chance)
    return Action(name, kind, world.purchase(known).member, known) if known else None


def _of_hold(name: str, kind: str, number: int, chance: random.Random, shared: Shared) -> Action | None:
    """Half of the captures are partial, a few ask for more than was held."""
    known = world.recall(shared.holds, chance)
    if known is None:
        return None
    wanted = world.reservation(known)
    amount = chance.choice([wanted.amount, chance.randrange(1, wanted.amount + 50)])
    return Action(name, kind, wanted.member, known, amount)


def _member(name: str, kind: str, number: int, chance: random.Random, shared: Shared) -> Action | None:
    return Action(name, kind, world.some_member(chance), number)


Draw = Callable[[str, str, int, random.Random, Shared], Action | None]

KINDS: dict[str, tuple[int, Draw]] = {
    "pay": (30, _pay),
    "repeat": (5, _of_order),
    "refund": (12, _of_order),
    "cancel": (2, _of_order),
    "adjust": (6, _by_hand),
    "hold": (11, _hold),
    "checkout": (9, _checkout),
    "settle": (6, _pay_checkout),
    "capture": (9, _of_hold),
    "release": (7, _of_hold),
    "redeem": (12, _spend),
    "write-down": (4, _member),
}
"""How often each is asked for, and how it is drawn."""

UNKEYED = frozenset({"pay", "repeat", "settle", "refund", "cancel", "write-down"})
"""Deliveries and the clock's own work: done again as often as they come."""


def key_of(action: Action) -> Idempotency | None:
    """The Idempotency-Key of a request, as the API makes it."""
    if action.kind in UNKEYED:
        return None
    return Idempotency("bank", action.name, hashlib.sha256(msgspec.json.encode(action)).hexdigest())


def command_of(action: Action) -> Command:
    """The command that an action stands for."""
    return COMMANDS[action.kind](action)


def _paid(action: Action, *, stamp_ms: int = 1, void: bool = False) -> Command:
    bought = world.purchase(action.number)
    goods = line(net=bought.net)
    return order(str(action.number), bought.member, goods, at=bought.at, stamp_ms=stamp_ms, void=void)


def _refunded(action: Action) -> Command:
    return refund(str(action.number), action.name, amount=action.amount)


def _held(action: Action) -> Command:
    wanted = world.reservation(action.number)
    hold = hold_of(action.number)
    tied = action.kind == "checkout"
    order_id = f"{CONNECTION}/{action.number}" if tied else ""
    return commands.PlaceHold(
        action.member,
        hold,
        world.ASSET,
        action.amount,
        order=order_id,
        capture_on_paid=tied,
        minutes=wanted.minutes,
    )


def hold_of(number: int) -> str:
    return f"hold-{number}"


COMMANDS: dict[str, Callable[[Action], Command]] = {
    "pay": _paid,
    "repeat": _paid,
    "settle": _paid,
    "cancel": lambda action: _paid(action, stamp_ms=2, void=True),
    "refund": _refunded,
    "adjust": lambda action: commands.AdjustBalance(action.member, world.ASSET, action.amount, action.name),
    "hold": _held,
    "checkout": _held,
    "capture": lambda action: commands.CaptureHold(action.member, hold_of(action.number), action.amount),
    "release": lambda action: commands.ReleaseHold(action.member, hold_of(action.number)),
    "redeem": lambda action: commands.Redeem(action.member, world.ASSET, action.amount),
    "write-down": lambda action: commands.WriteDown(action.member),
}
