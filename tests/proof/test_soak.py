"""The simulated shops, as far as CI has time: nothing may go wrong, everything that can must have been tried."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from chalicelib.domain.events import (
    BalanceExpiresSoon,
    BoardSettled,
    BooksDiffer,
    DataRequested,
    Event,
    HoldMissed,
    RoundEnded,
)
from tests.machine import ROOT
from tests.proof.soak.__main__ import failed, seeds
from tests.proof.soak.epoch import Epoch
from tests.proof.soak.faults import ALL
from tests.proof.soak.findings import section
from tests.proof.soak.options import Options
from tests.proof.soak.seeds import Failure, failures
from tests.proof.soak.unfinished import Ended
from tests.proof.test_planted_bugs import no_version_asserted

SHOPS = seeds(20_000, seed=3)
SMALL, TINY = 2500, 800
WITH_ROUNDS = 1200
"""Operations of a shop with everything: each of its days costs a round."""

OF_ROUNDS = (BalanceExpiresSoon, BoardSettled, RoundEnded)
ELSEWHERE = (BooksDiffer, HoldMissed, DataRequested)
EVENTS = [event for event in Event.__subclasses__() if event not in (*OF_ROUNDS, *ELSEWHERE)]
"""What commands say. No round may find that books differ, the shops always state what was paid with balance, and a
request for personal data is said by the edge, of which the shops simulate the erasure alone."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("seed", "operations"), SHOPS)
def test_a_shop_lives_through_every_fault(seed: int, operations: int) -> None:
    outcome = Epoch(seed, operations, Options.none()).run()
    assert outcome.violation == ""
    assert outcome.operations.total() >= operations
    assert [name for name in ALL if not outcome.fired[name]] == []
    assert [event.__name__ for event in EVENTS if not outcome.happened[event.__name__]] == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [9])
def test_a_shop_with_leaderboards_segments_and_gifts_lives_through_every_round(seed: int) -> None:
    epoch = Epoch(seed, WITH_ROUNDS, Options.full(seed))
    outcome = epoch.run()
    assert outcome.violation == ""
    assert [event.__name__ for event in OF_ROUNDS if not outcome.happened[event.__name__]] == []
    assert [name for name, times in epoch.journal.exact.items() if not times] == []


def test_some_seeds_draw_every_option_and_some_none() -> None:
    drawn = [Options.drawn(seed) for seed in range(100)]
    assert {len(options.boards) for options in drawn} == {0, 2, 3, 4}
    assert {options.segments for options in drawn} == {options.gifts for options in drawn} == {True, False}
    assert 60 < sum(not options.has_rounds for options in drawn) < 95
    assert {options.levels for options in drawn if options.has_rounds} == {True, False}
    assert {options.levels_by_hand for options in drawn if options.levels} == {True, False}
    assert {options.merges_told for options in drawn if options.levels} == {True, False}
    assert 5 < sum(options.plain for options in drawn) < 40


def test_a_seed_says_how_to_see_a_shop_again_that_lived_without_its_options() -> None:
    seed = next(seed for seed in range(100) if not Options.drawn(seed).plain)
    assert Epoch(seed, 0, Options.none())._outcome("").replay.endswith("--operations 0 --plain")
    assert Epoch(seed, 0)._outcome("").replay.endswith("--operations 0")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("failure", failures(), ids=lambda failure: str(failure.seed))
def test_a_shop_that_once_broke_a_rule_no_longer_does(failure: Failure) -> None:
    assert Epoch(failure.seed, failure.operations, failure.options).run().violation == ""


def test_the_sizes_of_the_shops_add_up() -> None:
    shops = seeds(120_001, seed=2)
    assert sum(size for _, size in shops) == 120_001
    assert Counter(seed for seed, _ in shops).most_common(1)[0][1] == 1


def test_a_violation_says_how_to_see_it_again() -> None:
    with no_version_asserted():
        outcome = Epoch(7, SMALL, Options.none()).run()
    report = section({1: [Ended("a", outcome)]})
    (violation,) = report.violations
    assert f"--replay 7 --operations {SMALL}" in violation
    assert not report.met
    (failure,) = failed([outcome])
    assert (failure.seed, failure.operations) == (7, SMALL)


def test_the_same_seed_gives_the_same_books_in_any_process() -> None:
    digests = {_digest_elsewhere(hash_seed) for hash_seed in ("0", "1", "4242")}
    assert digests == {Epoch(3, TINY, Options.full(3)).run().digest}


def test_another_seed_gives_other_books() -> None:
    assert Epoch(3, TINY).run().digest != Epoch(4, TINY).run().digest


def _digest_elsewhere(hash_seed: str) -> str:
    """The digest of a shop with everything in a process whose sets and dictionaries hash differently."""
    names = "from tests.proof.soak.epoch import Epoch; from tests.proof.soak.options import Options"
    program = f"{names}; print(Epoch(3, {TINY}, Options.full(3)).run().digest)"
    environment = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()
