"""A run of the bank test: starts the engine, the proxy, the workers and the reader, moves the virtual clock, and kills.

The processes share memory without locks; what they have done is collected and checked at the end. Imports all parts.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, MutableSequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from chalicelib.domain.commands import PublishProgramme
from chalicelib.engine import Engine
from infra.local.dynamodb_local import answers, dynamodb_local
from infra.local.local_aws import HOST, free_port
from tests.proof import bank_proxy, bank_reader, bank_worker
from tests.proof import bank_world as world
from tests.proof.bank_books import collect, watch
from tests.proof.bank_check import check
from tests.proof.bank_history import Action, in_flight, operations, read
from tests.proof.bank_report import Report, counted
from tests.proof.bank_table import TABLE, table_on
from tests.proof.bank_worker import Life
from tests.world.builders import DAY_S

KILL_EVERY_S = (5.0, 10.0)
RESTART_S = 1.0
"""After so long nothing that a killed worker has sent is still on its way."""
GIVEN_UP = 0.25
"""So much of what a killed worker left is never asked again: it may have happened or not."""
STEP_S = 0.2
END_S = 60.0


@dataclass
class Slot:
    """A worker's place: who works there now, and when a new one comes if nobody does."""

    life: Life
    process: SpawnProcess | None = None
    due: float = 0.0


@dataclass
class Kills:
    """How often, and what was under way then."""

    count: int = 0
    in_flight: int = 0


def run(minutes: float, seed: int, folder: Path, show: Callable[[float, str], object] = lambda *_: None) -> Report:
    """One whole run with its check. `show`: told the part that is over, and a line of figures."""
    with ExitStack() as stack:
        engine = stack.enter_context(dynamodb_local())
        stack.enter_context(table_on(engine))
        watch(engine, TABLE)
        Engine().execute(PublishProgramme(world.programme(), "", 0, 0, 0), 0)
        bank = Bank(seed, folder, engine, stack)
        bank.open()
        bank.run(minutes * 60, show)
        bank.close()
        return bank.report(minutes)


class Bank:
    """The processes of one run."""

    def __init__(self, seed: int, folder: Path, engine: str, stack: ExitStack) -> None:
        self._seed, self._folder, self._engine, self._stack = seed, folder, engine, stack
        self._chance = world.dice(seed)
        self._context = world.processes()
        self._shared = world.shared(self._context, bank_proxy.COUNTERS)
        self._reads: MutableSequence[int] = self._context.RawArray("q", bank_reader.COUNTERS)
        self._proxy = free_port()
        self._slots: list[Slot] = []
        self._kills = Kills()

    def open(self) -> None:
        """Everybody comes to work."""
        port = urlsplit(self._engine).port
        self._start(bank_proxy.run, self._proxy, port, self._shared.faults, world.dice(self._seed))
        proxy = f"http://{HOST}:{self._proxy}"
        while not answers(proxy):
            time.sleep(0.05)
        self._reader = self._start(
            bank_reader.run, self._engine, self._seed, self._shared, self._reads, self.complaints
        )
        for worker in range(world.WORKERS):
            slot = Slot(Life(worker, 0, str(self._folder), proxy, self._seed))
            slot.process = self._start(bank_worker.run, slot.life, self._shared)
            self._slots.append(slot)

    @property
    def complaints(self) -> Path:
        return self._folder / "complaints.txt"

    def run(self, duration_s: float, show: Callable[[float, str], object]) -> None:
        """Until the time is over: move the clock, kill, restart."""
        begun = time.monotonic()
        kill_at = begun + self._chance.uniform(*KILL_EVERY_S)
        while (elapsed := time.monotonic() - begun) < duration_s:
            self._shared.clock[0] = world.START + int(elapsed / duration_s * world.DAYS * DAY_S)
            show(elapsed / duration_s, self._figures())
            if time.monotonic() >= kill_at:
                self._kill(self._chance.choice(self._slots))
                kill_at += self._chance.uniform(*KILL_EVERY_S)
            self._restart()
            time.sleep(STEP_S)

    def close(self) -> None:
        """Everybody finishes what is under way; nobody is killed any more."""
        for slot in self._slots:
            slot.due = 0
        self._restart()
        self._shared.clock[1] = 1
        for process in (self._reader, *(slot.process for slot in self._slots if slot.process)):
            process.join(END_S)
            assert process.exitcode == 0, f"{process.name} ended with {process.exitcode}"

    def report(self, minutes: float) -> Report:
        """The check of what the run has left behind."""
        history = operations(sorted(self._folder.glob("worker-*.jsonl")))
        books = collect(self._engine, TABLE)
        (self._folder / "books.json").write_bytes(msgspec.json.encode(books))
        complaints = self.complaints.read_text().splitlines() if self.complaints.exists() else []
        faults, reads = self._shared.faults, self._reads
        return Report(
            seed=self._seed,
            minutes=minutes,
            operations=counted(history),
            attempts=sum(len(operation.attempts) for operation in history.values()),
            answered=sum(operation.outcome == "ok" for operation in history.values()),
            conflicts=faults[bank_proxy.CONFLICTED],
            lost_replies=faults[bank_proxy.LOST_READS] + faults[bank_proxy.LOST_WRITES],
            lost_writes=faults[bank_proxy.LOST_WRITES],
            transactions=faults[bank_proxy.TRANSACTIONS],
            kills=self._kills.count,
            killed_in_flight=self._kills.in_flight,
            reads=reads[bank_reader.READS],
            entries_read=reads[bank_reader.ENTRIES],
            entries=sum(map(len, books.entries.values())),
            versions=sum(map(len, books.states.values())),
            violations=[*complaints, *check(history, books)],
        )

    def _start(self, target: Callable[..., object], *arguments: object) -> SpawnProcess:
        process = self._context.Process(target=target, args=arguments, daemon=True)
        process.start()
        self._stack.callback(_end, process)
        return process

    def _kill(self, slot: Slot) -> None:
        """In the middle of whatever it does."""
        if slot.process is None or slot.process.pid is None:
            return
        os.kill(slot.process.pid, signal.SIGKILL)
        slot.process.join()
        unfinished = self._unfinished(slot.life)
        again = tuple(action for action in unfinished if self._chance.random() >= GIVEN_UP)
        self._kills = Kills(self._kills.count + 1, self._kills.in_flight + len(unfinished))
        slot.life = Life(
            slot.life.worker, slot.life.incarnation + 1, slot.life.folder, slot.life.endpoint, self._seed, again
        )
        slot.process, slot.due = None, time.monotonic() + RESTART_S

    def _unfinished(self, life: Life) -> list[Action]:
        """What it was asked and has not answered; what it did not come to of its predecessor's, too."""
        lines = list(read(life.history))
        begun = {line.action.name for line in lines if hasattr(line, "action")}
        return [*(action for action in life.unfinished if action.name not in begun), *in_flight(lines)]

    def _restart(self) -> None:
        for slot in self._slots:
            if slot.process is None and time.monotonic() >= slot.due:
                slot.process = self._start(bank_worker.run, slot.life, self._shared)

    def _figures(self) -> str:
        faults, reads = self._shared.faults, self._reads
        lost = faults[bank_proxy.LOST_READS] + faults[bank_proxy.LOST_WRITES]
        return (
            f"{faults[bank_proxy.TRANSACTIONS]} transactions, {faults[bank_proxy.CONFLICTED]} conflicts, "
            f"{lost} replies lost, {self._kills.count} kills, {reads[bank_reader.READS]} reads, "
            f"{reads[bank_reader.VIOLATIONS]} wrong"
        )


def _end(process: SpawnProcess) -> None:
    if process.is_alive():
        process.kill()
    process.join()
