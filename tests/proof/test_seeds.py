"""Seeds of simulated shops: fresh ones are fresh, different ones are counted, and failed ones are kept."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.proof.soak import __main__ as soak
from tests.proof.soak.epoch import Outcome
from tests.proof.soak.findings import section
from tests.proof.soak.seeds import Failure, Run, drawn, failures, remember_failures, remember_runs, runs, shops_ever
from tests.proof.soak.unfinished import Ended, ended, forget, note
from tests.report import page

OPERATIONS, TINY, SEED = 50_060, 60, 73_119
"""A seed of one whole shop, which these tests never run, and a small one."""

RUN = Run(1, 2, 100_000, 0, "2026-11-22")
OTHER = Run(20_261_125, 55, 2_750_000, 4, "2026-11-25")


def ran(seed: int = 7, violation: str = "") -> Outcome:
    counts = Counter({"RecordOrder": 10})
    return Outcome(seed, 10, counts, Counter(), Counter(), commits=5, days=400, digest="d", violation=violation)


def ended_shop(shop: tuple[int, int]) -> Outcome:
    """What is noted of the shop of a seed and a size."""
    counts = Counter({"RecordOrder": shop[1]})
    return Outcome(*shop, counts, Counter(), Counter(), commits=5, days=400, digest="d")


def test_fresh_seeds_never_ran_and_differ() -> None:
    seeds = drawn(200, [RUN, OTHER])
    assert len(set(seeds)) == 200
    assert not set(seeds) & {1, 20_261_125}


def test_two_draws_differ() -> None:
    assert drawn(3, []) != drawn(3, [])


def test_the_shops_of_one_seed_are_the_same_ones_however_often_they_ran() -> None:
    assert shops_ever([RUN, RUN, OTHER, Run(1, 200, 10_000_000, 0, "2026-11-26")]) == 255


def test_runs_are_remembered_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    remember_runs([RUN], path)
    assert remember_runs([OTHER], path) == [RUN, OTHER] == runs(path)


def test_a_failed_shop_is_remembered_once(tmp_path: Path) -> None:
    path = tmp_path / "failed.json"
    first, again = Failure(7, 100, "2026-11-25", "a"), Failure(7, 900, "2026-11-26", "b")
    remember_failures([first], path)
    assert remember_failures([again], path) == [first] == failures(path)


def test_nothing_is_remembered_where_nothing_ran(tmp_path: Path) -> None:
    assert runs(tmp_path / "none.json") == []
    assert failures(tmp_path / "none.json") == []


def test_the_report_says_how_many_seeds_it_is_about() -> None:
    report = section({RUN.seed: [Ended("a", ran())]}, [RUN, OTHER], [Failure(7, 100, "2026-11-25", "a gift went back")])
    text = page([report])
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

    def shops(_operations: int, seed: int, _processes: int) -> list[Ended]:
        ran_with.append(seed)
        return [Ended("a", ran(seed * 1_000_000))]

    monkeypatch.setattr(soak, "_ended", shops)
    monkeypatch.setattr(soak, "forget", list)
    monkeypatch.setattr("sys.argv", ["soak", "--operations", "10", "--seeds", "2", "--no-report"])
    soak.main()
    first, second = ran_with
    assert first != second
    assert f'make soak OPS=10 SEED="{first} {second}"' in capsys.readouterr().out


def test_a_run_of_seeds_is_of_these(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(soak, "_ended", lambda _operations, seed, _processes: [Ended("a", ran(seed))])
    monkeypatch.setattr(soak, "forget", list)
    monkeypatch.setattr("sys.argv", ["soak", "--operations", "10", "--seed", "42", "43", "--no-report"])
    soak.main()
    assert capsys.readouterr().out.startswith("seeds 42 43; again, or to go on with them")


def test_a_run_that_was_stopped_goes_on_with_the_shops_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = soak.seeds(OPERATIONS, SEED)
    monkeypatch.setattr(soak, "ended", lambda _seed: [Ended("before", ended_shop(first))])
    noted: list[Ended] = []
    monkeypatch.setattr(soak, "note", lambda _seed, shop: noted.append(shop))
    shops = soak._ended(OPERATIONS, SEED, 1)
    assert [(shop.outcome.seed, shop.outcome.budget) for shop in shops] == [first, second]
    assert shops[0].code == "before"
    assert noted == [shops[1]]
    assert shops[1].outcome.operations.total() >= second[1]


def test_a_shop_of_another_size_is_another_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    (shop,) = soak.seeds(TINY, SEED)
    monkeypatch.setattr(soak, "ended", lambda _seed: [Ended("before", ended_shop((shop[0], 999)))])
    monkeypatch.setattr(soak, "note", lambda _seed, _shop: None)
    (ran_now,) = soak._ended(TINY, SEED, 1)
    assert ran_now.code != "before"


def test_what_ended_is_read_back_without_a_line_that_was_cut_off(tmp_path: Path) -> None:
    shops = [Ended("a", ended_shop((SEED * 1_000_000 + number, 9))) for number in range(2)]
    for shop in shops:
        note(SEED, shop, tmp_path)
    path = tmp_path / f"{SEED}.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    assert ended(SEED, tmp_path) == shops[:1]
    note(SEED, shops[1], tmp_path)
    assert ended(SEED, tmp_path) == shops
    forget([SEED], tmp_path)
    assert ended(SEED, tmp_path) == []


def test_the_report_says_under_how_many_states_of_the_code_its_shops_ran() -> None:
    shops = [Ended("a", ran(1)), Ended("b", ran(2)), Ended("b", ran(3))]
    assert "| states of the code under which they ran | 2 |" in page([section({1: shops})])
