"""What was asked and answered, line by line, in files that survive a SIGKILL: one for each life of a worker.

A line is written with a single append before the call and another after it; a killed worker leaves the first without
the second, and perhaps half a line at the end. Times are nanoseconds of the machine's monotonic clock, the same in
every process. Imports nothing of the project.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

Outcome = Literal["ok", "fail", "indeterminate", "error"]


class Action(Struct, frozen=True, omit_defaults=True):
    """What a client wants: its own name for it (the Idempotency-Key), the kind, whose books, and the numbers.

    `number`: of the order or hold; `amount`: minor units, signed for an adjustment.
    """

    name: str
    kind: str
    member: str
    number: int = 0
    amount: int = 0


class Invoked(Struct, frozen=True, tag="invoke"):
    """An attempt began; `now` is the virtual second that it was given."""

    at_ns: int
    action: Action
    now: int


class Answered(Struct, frozen=True, tag="answer", omit_defaults=True):
    """An attempt ended: `answer` is what came back, `code` why it was refused or what broke."""

    at_ns: int
    name: str
    outcome: Outcome
    code: str = ""
    answer: Any = None


Line = Invoked | Answered

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Line)


class Attempt(Struct):
    """One try of an operation: from when to when (None: nobody heard of its end), and how it ended."""

    invoked_ns: int
    now: int
    ended_ns: int | None = None
    outcome: Outcome = "indeterminate"
    code: str = ""
    answer: Any = None


class Operation(Struct):
    """An action with all of its attempts, the first one first."""

    action: Action
    attempts: list[Attempt]

    @property
    def outcome(self) -> Outcome:
        """`ok` if any attempt says so; else what the last one says."""
        outcomes = [attempt.outcome for attempt in self.attempts]
        return "ok" if "ok" in outcomes else outcomes[-1]

    @property
    def answers(self) -> list[Any]:
        """What the successful attempts were told."""
        return [attempt.answer for attempt in self.attempts if attempt.outcome == "ok"]

    @property
    def known_by_ns(self) -> int | None:
        """When somebody first knew that it was done; None if nobody does."""
        ended = [attempt.ended_ns for attempt in self.attempts if attempt.outcome == "ok" and attempt.ended_ns]
        return min(ended, default=None)


class HistoryWriter:
    """Appends lines to a history's file; several threads may share it."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, line: Line) -> None:
        """One write for one line: what was written stays, whatever becomes of the process."""
        os.write(self._file, _ENCODER.encode(line) + b"\n")

    def invoke(self, action: Action, now: int) -> None:
        self.write(Invoked(time.monotonic_ns(), action, now))

    def answer(self, action: Action, outcome: Outcome, code: str = "", answer: Any = None) -> None:
        self.write(Answered(time.monotonic_ns(), action.name, outcome, code, answer))


def read(path: Path) -> Iterator[Line]:
    """The whole lines of a file."""
    if path.exists():
        for line in path.read_bytes().split(b"\n")[:-1]:
            yield _DECODER.decode(line)


def in_flight(lines: Iterable[Line]) -> list[Action]:
    """What was asked and not answered when the file's author was killed."""
    asked: dict[str, Action] = {}
    for line in lines:
        if isinstance(line, Invoked):
            asked[line.action.name] = line.action
        else:
            asked.pop(line.name, None)
    return list(asked.values())


def operations(files: Iterable[Path]) -> dict[str, Operation]:
    """Every operation by its name. `files`: the older lives of a worker before the younger ones."""
    by_name: dict[str, Operation] = {}
    for file in files:
        for line in read(file):
            if isinstance(line, Invoked):
                operation = by_name.setdefault(line.action.name, Operation(line.action, []))
                operation.attempts.append(Attempt(line.at_ns, line.now))
            else:
                last = by_name[line.name].attempts[-1]
                last.ended_ns, last.outcome = line.at_ns, line.outcome
                last.code, last.answer = line.code, line.answer
    return by_name
