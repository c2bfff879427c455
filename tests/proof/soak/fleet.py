"""Lambda as far as it matters: processes that execute one thing at a time, with clocks of their own, and that die."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import Any, Literal

from greenlet import greenlet
from msgspec import Struct

from chalicelib.domain.commands import Command, Idempotency
from chalicelib.domain.errors import Busy, Rejection, Unavailable
from chalicelib.domain.events import Event
from chalicelib.engine import Engine
from tests.proof.soak.faults import Faults
from tests.proof.soak.hub import Died, Hub
from tests.proof.soak.table import Table

WORKERS = 8
SKEW_S = 5.0

Ending = Literal["done", "refused", "later", "died"]


class Job(Struct, frozen=True):
    """One execution of something: `act` on a worker, then `done` with how it ended and the answer or the refusal."""

    kind: str
    act: Callable[[Worker], Any]
    done: Callable[[Ending, Any], None]
    rarity: int = 1


class Observed(Engine):
    """A process's engine, which lets see the command that it executes, and as of when."""

    def __init__(self, worker: Worker, **world: Any) -> None:
        super().__init__(**world)
        self._worker = worker

    def execute(self, command: Command, now: int, idempotency: Idempotency | None = None) -> Any:
        """As the engine does."""
        self._worker.command, self._worker.as_of = command, now
        try:
            return super().execute(command, now, idempotency)
        finally:
            self._worker.command = None


class Worker(greenlet):
    """A process: a cold engine at first and after each death; its clock is off by up to SKEW_S.

    `command`: what its engine executes, `as_of` an instant. `rarity`: so many times as seldom as usual its calls fail.
    """

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(self._live)
        self._fleet = fleet
        self.command: Command | None = None
        self.as_of = 0
        self.rarity = 1
        self.job: Job | None = None
        self._start()

    def now(self) -> int:
        """Seconds since 1970 by this process's clock."""
        return int(self._fleet.hub.now + self._skew)

    def execute(self, command: Command, key: Idempotency | None = None) -> Any:
        """Through this process's engine."""
        return self.engine.execute(command, self.now(), key)

    def _start(self) -> None:
        fleet = self._fleet
        hub, table = fleet.hub, fleet.table
        self._skew = hub.random.uniform(-SKEW_S, SKEW_S)
        self.engine = Observed(
            self,
            publish=fleet.publish,
            sleep=hub.pause,
            clock=hub.clock,
            load=table.load,
            commit=table.commit,
            jitter=hub.random.uniform,
        )

    def _live(self) -> None:
        while True:
            job = self.job
            assert job
            ending, answer = self._end(job)
            job.done(ending, answer)
            self._fleet.free(self)

    def _end(self, job: Job) -> tuple[Ending, Any]:
        self._fleet.count(job, abs(self._skew))
        self.rarity = job.rarity
        try:
            return "done", job.act(self)
        except Died:
            self._start()
            return "died", None
        except (Busy, Unavailable) as error:
            return "later", error
        except Rejection as error:
            return "refused", error


class Fleet:
    """The workers; what finds none idle waits its turn."""

    def __init__(self, hub: Hub, table: Table, faults: Faults) -> None:
        self.hub = hub
        self.table = table
        self._faults = faults
        self.operations: Counter[str] = Counter()
        self.happened: Counter[str] = Counter()
        self._idle = [Worker(self) for _ in range(WORKERS)]
        self._backlog: deque[Job] = deque()

    def submit(self, job: Job) -> None:
        """Execute it as soon as a worker is idle."""
        if not self._idle:
            self._backlog.append(job)
            return
        worker = self._idle.pop(int(self.hub.random.random() * len(self._idle)))
        worker.job = job
        self.hub.after(0, worker.switch)

    def free(self, worker: Worker) -> None:
        """Give a worker its next job, now or later."""
        if self._backlog:
            worker.job = self._backlog.popleft()
            return
        worker.job = None
        self._idle.append(worker)
        self.hub.park()

    def publish(self, event: Event) -> None:
        """Something has happened."""
        self.happened[type(event).__name__] += 1

    def count(self, job: Job, skew: float) -> None:
        """One operation more."""
        self.operations[job.kind] += 1
        if skew > 3:
            self._faults.note("clock skew of over 3 s")
