"""A hundred at once redeem a balance that covers a few of them: so many succeed, in every round."""

import pytest

from tests.proof import overspend

ROUNDS, SEED = 20, 7


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.xdist_group("soak")
@pytest.mark.usefixtures("java")
def test_a_hundred_parallel_redemptions_never_overspend() -> None:
    tally = overspend.run(ROUNDS, SEED)
    print(tally)
    assert tally.violations == []
    assert (tally.rounds, tally.taken + tally.refused) == (ROUNDS, ROUNDS * overspend.SHOPPERS)
    assert 0 < tally.taken < tally.refused
    assert all(row.met for row in tally.rows())
