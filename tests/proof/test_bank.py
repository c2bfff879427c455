"""The bank test on DynamoDB Local: a minute here, two with `make proof`, half an hour with `make soak-bank`."""

import os
from pathlib import Path

import pytest

from tests.proof.bank_run import run

MINUTES = float(os.environ.get("MINUTES", "1"))
SEED = 20_261_121


@pytest.mark.slow
@pytest.mark.timeout(MINUTES * 60 + 600)
@pytest.mark.xdist_group("soak")
@pytest.mark.usefixtures("java")
def test_nothing_is_lost_doubled_or_overspent(tmp_path: Path) -> None:
    report = run(MINUTES, SEED, tmp_path)
    print(report)
    assert report.violations == []
    assert report.answered > 100
    assert min(report.conflicts, report.lost_replies, report.kills, report.killed_in_flight, report.reads) > 0
    assert all(row.met for row in report.rows())
