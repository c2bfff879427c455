"""Seeds of simulated shops: fresh ones are fresh, different ones are counted, and failed ones are kept."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.proof.soak import __main__ as soak
from tests.proof.soak.epoch import Outcome
from tests.proof.soak.findings import section
from tests.proof.soak.seeds import Failure, Run, drawn, failures, remember_failures, remember_runs, runs, shops_ever
from tests.report import page

ONE = Run(1, 2, 100_000, 0, "2026-11-22")
OTHER = Run(20_261_125, 55, 2_750_000, 4, "2026-11-25")


def ran(seed: int = 7, violation: str = "") -> Outcome:
    counts = Counter({"RecordOrder": 10})
    return Outcome(seed, 10, counts, Counter(), Counter(), commits=5, days=400, digest="d", violation=violation)


def test_fresh_seeds_never_ran_and_differ() -> None:
    seeds = drawn(200, [ONE, OTHER])
    assert len(set(seeds)) == 200
    assert not set(seeds) & {1, 20_261_125}


def test_two_draws_differ() -> None:
    assert drawn(3, []) != drawn(3, [])


def test_the_shops_of_one_seed_are_the_same_ones_however_often_they_ran() -> None:
    assert shops_ever([ONE, ONE, OTHER, Run(1, 200, 10_000_000, 0, "2026-11-26")]) == 255


def test_runs_are_remembered_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    remember_runs([ONE], path)
    assert remember_runs([OTHER], path) == [ONE, OTHER] == runs(path)


def test_a_failed_shop_is_remembered_once(tmp_path: Path) -> None:
    path = tmp_path / "failed.json"
    first, again = Failure(7, 100, "2026-11-25", "a"), Failure(7, 900, "2026-11-26", "b")
    remember_failures([first], path)
    assert remember_failures([again], path) == [first] == failures(path)


def test_nothing_is_remembered_where_nothing_ran(tmp_path: Path) -> None:
    assert runs(tmp_path / "none.json") == []
    assert failures(tmp_path / "none.json") == []


def test_the_report_says_how_many_seeds_it_is_about() -> None:
    found = section([ran()], [ONE.seed], [ONE, OTHER], [Failure(7, 100, "2026-11-25", "a gift went back")])
    text = page([found])
    assert "| different seeds of shops that have ever run | 57 |" in text
    assert "| seeds that ever failed, each run by CI | 1 |" in text
    assert "Seeds of this run: 1." in text
    assert "7 (a gift went back)" in text


def test_what_was_published_is_what_the_ledger_of_runs_says() -> None:
    assert shops_ever(runs()) > 0
    # Shops with a number below a million were looked at one by one, and are of no run.
    assert {failure.seed // 1_000_000 for failure in failures()} - {0} <= {run.seed for run in runs()}


def test_a_run_without_a_seed_prints_the_fresh_ones_it_draws(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran_with: list[int] = []

    def outcomes(_operations: int, seed: int) -> list[Outcome]:
        ran_with.append(seed)
        return [ran(seed * 1_000_000)]

    monkeypatch.setattr(soak, "_outcomes", outcomes)
    monkeypatch.setattr("sys.argv", ["soak", "--operations", "10", "--seeds", "2", "--no-report"])
    soak.main()
    assert len(set(ran_with)) == 2
    said = capsys.readouterr().out
    assert all(f"seed {seed}; again: make soak OPS=10 SEED={seed}" in said for seed in ran_with)


def test_a_run_of_a_seed_is_of_that_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(soak, "_outcomes", lambda _operations, seed: [ran(seed)])
    monkeypatch.setattr("sys.argv", ["soak", "--operations", "10", "--seed", "42", "--no-report"])
    soak.main()
    assert capsys.readouterr().out.startswith("seed 42; again: make soak OPS=10 SEED=42\n")
