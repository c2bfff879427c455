"""Which lots join when there are too many, and which one a lot was merged into, where two answers are close."""

import pytest

from chalicelib.domain.calendar import NEVER
from chalicelib.domain.lots import MAX_LOTS, Lot, home_of, same_times, tidy

NOW = 1000
FAR = [Lot(1, NEVER, 10_000_000 * number) for number in range(1, MAX_LOTS)]
"""One lot fewer than there may be, all far apart and spendable."""


def joined(*lots: Lot) -> set[Lot]:
    """What two or more lots become beside too many others."""
    return set(tidy([*FAR, *lots], NOW)) - set(FAR)


def test_the_last_two_can_be_the_closest() -> None:
    assert joined(Lot(1, NEVER, 900_000_000), Lot(2, NEVER, 900_000_001)) == {Lot(3, NEVER, 900_000_001)}


def test_lots_that_end_together_are_closer_than_those_that_end_a_second_apart() -> None:
    apart = [Lot(1, 5000, 900_000_000), Lot(2, 5000, 900_000_001)]
    together = [Lot(4, 5000, 950_000_000), Lot(8, 5100, 950_000_000)]
    assert set(tidy([*FAR[2:], *apart, *together], NOW)) == {*FAR[2:], *apart, Lot(12, 5000, 950_000_000)}


def test_how_far_apart_two_lots_vest_has_no_sign() -> None:
    falling = [Lot(1, 9000, 900_000_000), Lot(2, 5000, 900_000_100)]
    near = [Lot(4, 5000, 950_000_000), Lot(8, 5010, 950_000_100)]
    assert set(tidy([*FAR[2:], *falling, *near], NOW)) == {*FAR[2:], *falling, Lot(12, 5000, 950_000_100)}


def test_the_lot_that_vested_this_very_second_has_vested() -> None:
    """Asked of lots that nobody has tidied yet, too."""
    vested, pending = Lot(5, NOW, 200_000), Lot(5, NOW + 5, 200_000)
    own_vested, own_pending = Lot(1, NOW, 150_000), Lot(1, NOW + 5, 150_000)
    spendable = Lot(5, NEVER, 200_000)
    assert home_of([spendable], own_vested, NOW) == [spendable]
    assert home_of([vested], own_pending, NOW) == []
    assert home_of([pending], own_vested, NOW) == []
    assert home_of([pending], own_pending, NOW) == [pending]


def test_a_lot_of_its_own_comes_before_one_that_ends_as_late() -> None:
    own = Lot(1, NEVER, 100_000)
    vested = Lot(5, 500, 100_000)
    assert home_of([vested], own, NOW) == [vested]


@pytest.mark.parametrize(("vests_at", "alike"), [(NOW - 1, True), (NOW, True), (NOW + 1, False)])
def test_a_lot_that_vests_this_second_is_one_with_those_that_have(vests_at: int, alike: bool) -> None:
    assert same_times(Lot(5, vests_at, 0), Lot(9, NEVER, 0), NOW) is alike
