"""What a run has to say: counts by kind and outcome, faults, reads, and whatever the checker found."""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec import Struct

from tests.proof.bank_history import Operation

SHOWN = 40


class Report(Struct):
    """The figures of a run. `violations`: what is wrong, in words; empty is what is wanted."""

    seed: int
    minutes: float
    operations: dict[str, dict[str, int]]
    attempts: int
    answered: int
    conflicts: int
    lost_replies: int
    lost_writes: int
    transactions: int
    kills: int
    killed_in_flight: int
    reads: int
    entries_read: int
    entries: int
    versions: int
    violations: list[str]

    def __str__(self) -> str:
        lines = [f"  {kind:<11} {_counts(outcomes)}" for kind, outcomes in sorted(self.operations.items())]
        wrong = [*self.violations[:SHOWN], f"{len(self.violations)} violations"]
        return "\n".join([*self._figures(), *lines, *wrong])

    def rows(self) -> list[dict[str, Any]]:
        """For the project's proof: name, value, target, met."""
        return [
            _row("bank: violations", len(self.violations), 0, met=not self.violations),
            _row("bank: operations", self.done, "more than 0", met=self.done > 0),
            _row("bank: transactions that conflicted", self.conflicts, "more than 0", met=self.conflicts > 0),
            _row("bank: replies lost", self.lost_replies, "more than 0", met=self.lost_replies > 0),
            _row("bank: workers killed", self.kills, "more than 0", met=self.kills > 0),
            _row("bank: consistent reads checked", self.reads, "more than 0", met=self.reads > 0),
        ]

    @property
    def done(self) -> int:
        """Operations that somebody asked for."""
        return sum(sum(outcomes.values()) for outcomes in self.operations.values())

    def _figures(self) -> list[str]:
        return [
            f"seed {self.seed}, {self.minutes:g} minutes",
            f"{self.done} operations in {self.attempts} attempts; {self.answered} answered ok",
            f"{self.transactions} transactions, {self.conflicts} of them made to conflict",
            f"{self.lost_replies} replies lost, {self.lost_writes} of them of transactions",
            f"{self.kills} workers killed, with {self.killed_in_flight} operations under way",
            f"{self.reads} consistent reads with {self.entries_read} entries checked meanwhile",
            f"{self.entries} entries and {self.versions} versions of members' records replayed",
        ]


def counted(history: dict[str, Operation]) -> dict[str, dict[str, int]]:
    """Operations by kind and outcome; a refusal under its code."""
    counts: dict[str, Counter[str]] = {}
    for operation in history.values():
        code = operation.attempts[-1].code if operation.outcome == "fail" else operation.outcome
        counts.setdefault(operation.action.kind, Counter())[code] += 1
    return {kind: dict(outcomes) for kind, outcomes in counts.items()}


def _counts(outcomes: dict[str, int]) -> str:
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))


def _row(name: str, value: object, target: object, *, met: bool) -> dict[str, Any]:
    return {"name": name, "value": value, "target": target, "met": met}
