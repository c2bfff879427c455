"""One process of the overspend proof: its share of the hundred shoppers, who all redeem at the same instant.

Each asks with an Idempotency-Key and comes again with it until there is a final answer. Imports the engine.
"""

from __future__ import annotations

import os
import threading
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from queue import SimpleQueue

import msgspec
from msgspec import Struct

from chalicelib.domain.commands import Idempotency, Redeem
from chalicelib.domain.errors import Busy, InsufficientBalance, Unavailable
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.rewards.cashback import Cashback
from chalicelib.engine import Engine
from tests.proof.bank_world import wait_patiently
from tests.world.builders import NOW

ASSET = "EUR/2"

TAKEN, REFUSED, AGAIN = "taken", "refused", "again"


class Round(Struct, frozen=True):
    """One balance, and how much each shopper wants of it."""

    number: int
    member: str
    amount: int


class RoundAnswers(Struct):
    """What the shoppers of a process were told in one round, how often they had to come again, and what broke."""

    taken: int = 0
    refused: int = 0
    again: int = 0
    broken: list[str] = []


def run(shoppers: range, together: Barrier, orders: Connection) -> None:
    """Rounds until there are no more; `orders` brings each Round and takes back what was RoundAnswers."""
    wait_patiently()
    # msgspec prepares a type at its first use, and must not do so in two threads at once (0.22 then crashes).
    for kind in (Programme, Cashback):
        msgspec.json.Decoder(kind)
    crowd = Crowd(shoppers, together)
    orders.send(os.getpid())
    while wanted := orders.recv():
        orders.send(crowd.play(wanted))


class Crowd:
    """Threads that live through all rounds, one for each shopper."""

    def __init__(self, shoppers: range, together: Barrier) -> None:
        self._start = threading.Barrier(len(shoppers) + 1)
        self._together = together
        self._answers: SimpleQueue[str] = SimpleQueue()
        self._round: Round | None = None
        self._size = len(shoppers)
        for shopper in shoppers:
            threading.Thread(target=self._live, args=(shopper,), daemon=True).start()

    def play(self, wanted: Round) -> RoundAnswers:
        """All shoppers of this process at once, and at once with those of the others."""
        self._round = wanted
        self._together.wait()
        self._start.wait()
        answers: list[str] = []
        while sum(answer != AGAIN for answer in answers) < self._size:
            answers.append(self._answers.get())
        broken = [answer for answer in answers if answer not in (TAKEN, REFUSED, AGAIN)]
        return RoundAnswers(answers.count(TAKEN), answers.count(REFUSED), answers.count(AGAIN), broken)

    def _live(self, shopper: int) -> None:
        engine = Engine()
        while True:
            self._start.wait()
            assert self._round
            self._redeem(engine, self._round, shopper)

    def _redeem(self, engine: Engine, wanted: Round, shopper: int) -> None:
        command = Redeem(wanted.member, ASSET, wanted.amount)
        key = Idempotency("overspend", f"{wanted.number}-{shopper}", str(wanted.amount))
        answer = AGAIN
        while answer == AGAIN:
            answer = _answer(engine, command, key)
            self._answers.put(answer)


def _answer(engine: Engine, command: Redeem, key: Idempotency) -> str:
    """In a word; or whatever broke."""
    try:
        engine.execute(command, NOW, key)
    except (Busy, Unavailable):
        return AGAIN
    except InsufficientBalance:
        return REFUSED
    except Exception as error:  # noqa: BLE001 (a thread that ends without a word would be waited for)
        return repr(error)
    return TAKEN
