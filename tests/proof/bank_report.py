"""What a run has to say: counts by kind and outcome, faults, reads, and whatever the checker found."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from tests.proof.bank_history import Operation
from tests.report import Row, Section

SHOWN = 40

SHOWS = """Four processes of four threads pay, refund, hold, capture, release, redeem, adjust and let expire on AWS's
own DynamoDB Local. On the way there one transaction in ten is made to conflict and one reply in fifty is lost; a
worker is killed every five to ten seconds, and the next one asks again for what had no answer. Afterwards the history
of every answer is compared with the books, and the books with a model of their own: nothing that was answered is lost,
nothing is doubled or overspent, each hold ended once."""
HEADLINES = (
    "violations",
    "operations",
    "transactions made to conflict",
    "replies lost",
    "workers killed",
    "entries replayed on the model",
)


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

    def section(self) -> Section:
        """For docs/proof.md."""
        return Section(
            name="bank",
            title="Workers that are killed on a bad road",
            shows=SHOWS.replace("\n", " "),
            rows=self.rows(),
            headlines=HEADLINES,
            seed=self.seed,
            operations=self.done,
            counters={f"{kind}: what came of it": outcomes for kind, outcomes in sorted(self.operations.items())},
            violations=tuple(self.violations[:SHOWN]),
        )

    def rows(self) -> tuple[Row, ...]:
        """The figures that had to be reached."""
        some = {
            "operations": self.done,
            "transactions made to conflict": self.conflicts,
            "replies lost": self.lost_replies,
            "workers killed": self.kills,
            "operations under way when their worker was killed": self.killed_in_flight,
            "consistent reads checked meanwhile": self.reads,
            "entries replayed on the model": self.entries,
        }
        wrong = len(self.violations)
        return (
            Row("violations", wrong, "0", met=not wrong),
            *(Row(name, value, "more than 0", met=value > 0) for name, value in some.items()),
        )

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
