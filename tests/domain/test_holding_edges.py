"""What will be gone and when, and a hold that gives back a lot at the very second that it expires."""

import pytest

from chalicelib.domain.calendar import NEVER
from chalicelib.domain.holding import Account, Balance
from chalicelib.domain.lots import Lot

NOW = 1000
THREE = Account((Lot(1, NEVER, 2000), Lot(2, 1500, 2000), Lot(4, NEVER, 3000), Lot(8, NEVER, NEVER)))


@pytest.mark.parametrize(
    ("after", "until", "gone"),
    [
        (NOW, 1999, {}),
        (NOW, 2000, {2000: 3}),
        (1999, 2000, {2000: 3}),
        (2000, 2999, {}),
        (NOW, 3000, {2000: 3, 3000: 4}),
        (2000, 3000, {3000: 4}),
    ],
)
def test_what_ends_after_one_instant_and_at_another_at_the_latest(after: int, until: int, gone: dict[int, int]) -> None:
    assert THREE.ending(after, until) == gone


def test_idleness_ends_everything_at_once() -> None:
    idle = Account(THREE.lots, idle=2500)
    assert idle.ending(NOW, 4000) == {2000: 3, 2500: 12}


def test_a_part_that_expires_the_second_its_hold_ends_does_not_pay_a_debt() -> None:
    account = Account((Lot(100, NEVER, 2000),)).reserve("h", 100, 5000, NOW)
    owing = Account(account.lots, 40, account.holds)
    before, _ = owing.end("h", 0, 1999)
    assert (before.debt, before.balance(1999)) == (0, Balance(60, 0, 0))
    at, _ = owing.end("h", 0, 2000)
    assert (at.debt, at.balance(2000)) == (40, Balance(-40, 0, 0))
