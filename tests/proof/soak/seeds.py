"""Which seeds have run, and which of them ever failed: "no violation" is a statement about these and no others.

docs/proof-seeds.json has a line for each run that was published; tests/proof/failed_seeds.json has the shops that ever
broke a rule, and CI runs every one of them. Both are written by `make soak`; a person adds to a failed shop what was
wrong, and lowers its operations to what it takes to see it, or to what CI has time for: `python -m tests.proof.soak
--failed` runs all of them whole. A seed draws another shop once the simulator draws anything else, so what it once
showed has a test of its own as well.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.machine import ROOT
from tests.proof.soak.options import Options

RUNS = ROOT / "docs" / "proof-seeds.json"
FAILED = ROOT / "tests" / "proof" / "failed_seeds.json"

SHOPS_PER_SEED = 1_000_000
"""A run's seed times this, and a number: the seed of each of its shops."""

_FRESH = range(10_000_000, 100_000_000)


class Run(Struct, frozen=True):
    """A published run: `shops` simulated shops of a seed, of which some broke a rule, under one state of the code."""

    seed: int
    shops: int
    operations: int
    broken: int
    made_at: str


class Failure(Struct, frozen=True, rename={"day": "found"}):
    """A shop that once broke a rule: its own seed, enough operations to see it, when, and what it was.

    `plain`: it was found before shops had what `Options` has, and lives without that, as it did then; `rolling`: before
    they had other levels than by a rolling year; without `by_hand`: before people set levels; without `merges_told`:
    before orders were told again once their customers were merged.
    """

    seed: int
    operations: int
    day: str
    what: str
    plain: bool = False
    rolling: bool = False
    by_hand: bool = True
    merges_told: bool = True

    @property
    def options(self) -> Options:
        """What the shop had when it failed."""
        if self.plain:
            return Options.none()
        parts = {"rolling": self.rolling, "by_hand": self.by_hand, "merges_told": self.merges_told}
        return Options.drawn(self.seed, **parts)


def runs(path: Path = RUNS) -> list[Run]:
    """The runs that were published so far, the oldest first."""
    return msgspec.json.decode(path.read_bytes(), type=list[Run]) if path.exists() else []


def failures(path: Path = FAILED) -> list[Failure]:
    """The shops that ever failed."""
    return msgspec.json.decode(path.read_bytes(), type=list[Failure]) if path.exists() else []


def remember_runs(fresh: Iterable[Run], path: Path = RUNS) -> list[Run]:
    """Add runs to those that were published; returns all of them."""
    known = [*runs(path), *fresh]
    _write(path, known)
    return known


def remember_failures(fresh: Iterable[Failure], path: Path = FAILED) -> list[Failure]:
    """Add shops to those that ever failed, each once; returns all of them."""
    known = failures(path)
    known += [failure for failure in fresh if failure.seed not in {earlier.seed for earlier in known}]
    _write(path, known)
    return known


def drawn(count: int, known: Sequence[Run]) -> list[int]:
    """So many seeds that never ran before."""
    used, seeds = {run.seed for run in known}, list[int]()
    while len(seeds) < count:
        seed = _FRESH.start + secrets.randbelow(len(_FRESH))
        if seed not in used:
            used.add(seed)
            seeds.append(seed)
    return seeds


def shops_ever(known: Iterable[Run]) -> int:
    """How many different shops have run: those of one seed are the same ones, however often it ran."""
    most: dict[int, int] = {}
    for run in known:
        most[run.seed] = max(most.get(run.seed, 0), run.shops)
    return sum(most.values())


def _write(path: Path, rows: Sequence[Struct]) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=1) + b"\n")
