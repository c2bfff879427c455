"""Lots: how they are taken apart, put together, kept few, and found again."""

import pytest

from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.ledger.lots import (
    LET_OFF,
    MAX_LAPSED,
    MAX_LOTS,
    MAX_TRACES,
    OWED,
    Lot,
    Trace,
    end_of,
    given_to,
    home_of,
    merged,
    paid_from,
    put_back,
    remembered,
    same_times,
    split,
    taken_for,
    tidy,
    total,
    traced,
    without,
)

NOW = 1000


def of(amount: int, expires_at: int = NO_EXPIRY, vests_at: int = VESTED_ALREADY) -> Lot:
    return Lot(amount, vests_at, expires_at)


def many(count: int = MAX_LOTS + 1, *, first: int = 2000, near: int = 7) -> list[Lot]:
    """Lots of 1 that expire 100 apart, but for one that is a second nearer to the next."""
    return [of(1, first + 100 * number + (number == near)) for number in range(count)]


def test_the_bounds_are_those_that_the_documentation_states() -> None:
    assert (MAX_LOTS, MAX_LAPSED, MAX_TRACES) == (20, 8, 8)


def test_what_stands_for_a_debt_and_for_a_loss_in_a_trace_never_changes() -> None:
    """They are stored in place of the end of a lot."""
    assert (OWED, LET_OFF) == (-1, -2)


def test_a_total_is_the_sum() -> None:
    assert (total([]), total([of(3), of(4, 2000)])) == (0, 7)


@pytest.mark.parametrize(
    ("amount", "taken", "left"),
    [
        (0, (), (of(5, 2000), of(7, 3000))),
        (4, (of(4, 2000),), (of(1, 2000), of(7, 3000))),
        (5, (of(5, 2000),), (of(7, 3000),)),
        (6, (of(5, 2000), of(1, 3000)), (of(6, 3000),)),
        (12, (of(5, 2000), of(7, 3000)), ()),
        (13, (of(5, 2000), of(7, 3000)), ()),
    ],
)
def test_a_split_takes_from_the_front(amount: int, taken: tuple[Lot, ...], left: tuple[Lot, ...]) -> None:
    assert split([of(5, 2000), of(7, 3000)], amount) == (taken, left)


def test_equal_times_are_one_lot_and_empty_ones_are_none() -> None:
    assert merged([of(1, 2000), of(2, 2000), of(0, 3000), of(3, 4000), of(-3, 4000)]) == (of(3, 2000),)


def test_lots_that_differ_in_one_time_stay_two() -> None:
    assert merged([of(1, 2000, 1500), of(1, 2000)]) == (of(1, 2000), of(1, 2000, 1500))
    assert merged([of(1, 2000, 1500), of(1, 2001, 1500)]) == (of(1, 2000, 1500), of(1, 2001, 1500))


def test_the_soonest_to_expire_stands_first_and_what_never_does_last() -> None:
    assert [lot.expires_at for lot in merged([of(1), of(1, 3000), of(1, 2000)])] == [2000, 3000, NO_EXPIRY]


def test_of_lots_that_expire_together_the_first_to_vest_stands_first() -> None:
    assert [lot.vests_at for lot in merged([of(1, 2000, 1600), of(1, 2000), of(1, 2000, 1500)])] == [
        VESTED_ALREADY,
        1500,
        1600,
    ]


def test_parts_leave_the_lots_that_they_were_taken_of() -> None:
    assert without([of(5, 2000), of(7)], [of(2, 2000), of(7)]) == (of(3, 2000),)


def test_what_has_vested_forgets_when() -> None:
    assert tidy([of(1, 2000, NOW - 1), of(2, 2000, NOW), of(4, 2000, NOW + 1)], NOW) == (
        of(3, 2000),
        of(4, 2000, NOW + 1),
    )


class TestMerging:
    """Beyond MAX_LOTS, in the member's favour."""

    def test_as_many_as_are_allowed_stay_as_they_are(self) -> None:
        assert tidy(many(MAX_LOTS), NOW) == tuple(many(MAX_LOTS))

    def test_the_two_that_expire_closest_together_become_one_that_expires_later(self) -> None:
        lots = tidy(many(), NOW)
        assert len(lots) == MAX_LOTS
        assert lots[7] == of(2, 2800)
        assert lots[:7] + lots[8:] == tuple(many()[:7] + many()[9:])

    def test_of_equal_distances_the_first_two_join(self) -> None:
        assert tidy(many(near=-1), NOW)[:2] == (of(2, 2100), of(1, 2200))

    def test_several_too_many_join_until_they_fit(self) -> None:
        lots = tidy(many(MAX_LOTS + 5), NOW)
        assert (len(lots), total(lots)) == (MAX_LOTS, MAX_LOTS + 5)

    def test_what_joins_vests_at_the_earlier_of_both(self) -> None:
        pending = [of(1, 5000 + 100 * number + (number == 3), 1500 + 10 * number) for number in range(MAX_LOTS + 1)]
        assert tidy(pending, NOW)[3] == of(2, 5400, 1530)

    def test_of_lots_that_never_expire_the_two_that_vest_closest_together_join(self) -> None:
        pending = [of(1, NO_EXPIRY, 2000 + 100 * number + (number == 7)) for number in range(MAX_LOTS + 1)]
        assert tidy(pending, NOW)[7] == of(2, NO_EXPIRY, 2701)

    def test_lots_that_expire_together_join_before_lots_that_expire_apart(self) -> None:
        lots = [of(1, 2000, 1200), of(1, 2000, 1900), *many(MAX_LOTS - 1, first=2001, near=-1)]
        assert of(2, 2000, 1200) in tidy([replace_vesting(lot) for lot in lots], NOW)

    def test_what_can_be_spent_joins_what_can_be_spent_even_if_something_pending_is_nearer(self) -> None:
        lots = [*many(MAX_LOTS, near=-1), of(5, 2001, 1500)]
        assert of(5, 2001, 1500) in tidy(lots, NOW)

    def test_what_never_expires_is_the_farthest_from_all(self) -> None:
        lots = [*many(MAX_LOTS, near=-1), of(5)]
        assert tidy(lots, NOW)[-1] == of(5)


def replace_vesting(lot: Lot) -> Lot:
    """All pending, so that vesting does not part them."""
    return Lot(lot.amount, lot.vests_at or 1200, lot.expires_at)


class TestLapsed:
    def test_only_the_latest_to_expire_are_remembered(self) -> None:
        assert remembered(many(MAX_LAPSED + 2, near=-1)) == tuple(many(MAX_LAPSED + 2, near=-1)[2:])

    def test_when_they_vested_is_forgotten(self) -> None:
        assert remembered([of(1, 2000, 1500), of(2, 2000)]) == (of(3, 2000),)

    def test_what_was_to_last_for_good_is_remembered_longest(self) -> None:
        assert remembered([of(9), *many(MAX_LAPSED, near=-1)])[-1] == of(9)

    def test_few_are_remembered_all(self) -> None:
        assert remembered([of(2, 3000), of(1, 2000)]) == (of(1, 2000), of(2, 3000))


class TestHome:
    """Which lot a refund goes back to."""

    @pytest.mark.parametrize(
        ("own", "found"),
        [
            (of(1, 3000), [of(20, 3000)]),
            (of(1, 3000, NOW), [of(20, 3000)]),
            (of(1, 3000, NOW + 1), []),
            (of(1, 2500), [of(20, 3000)]),
            (of(1, 1500), [of(10, 2000)]),
            (of(1, 3500), [of(40)]),
            (of(1), [of(40)]),
        ],
        ids=["its-own", "its-own-now-vested", "pending-is-another", "merged", "merged-soonest", "for-good", "never"],
    )
    def test_it_is_the_own_lot_or_the_nearest_that_it_may_be_part_of(self, own: Lot, found: list[Lot]) -> None:
        assert home_of([of(10, 2000), of(20, 3000), of(40)], own, NOW) == found

    @pytest.mark.parametrize(
        ("own", "found"),
        [
            (of(1, 9000, 1300), [of(2, 9000, 1300)]),
            (of(1, 9000, 1250), [of(1, 9000, 1200)]),
            (of(1, 8000, 1300), [of(2, 9000, 1300)]),
            (of(1, 9000, 1100), []),
            (of(1, 9000), []),
        ],
        ids=["own", "vests-no-later", "the-latest-that-vests-before", "all-vest-later", "vested"],
    )
    def test_pending_lots_are_found_by_both_times(self, own: Lot, found: list[Lot]) -> None:
        assert home_of([of(1, 9000, 1200), of(2, 9000, 1300)], own, NOW) == found

    def test_a_lot_that_ends_sooner_is_no_home(self) -> None:
        assert home_of([of(1, 2000)], of(1, 2001), NOW) == []
        assert home_of([of(1, 2001)], of(1, 2001), NOW) == [of(1, 2001)]


def test_what_never_expires_ends_after_everything() -> None:
    assert end_of(of(1, 5)) == 5
    assert end_of(of(1)) > 10**12


FAR = [Lot(1, VESTED_ALREADY, 10_000_000 * number) for number in range(1, MAX_LOTS)]
"""One lot fewer than there may be, all far apart and spendable."""


def joined(*lots: Lot) -> set[Lot]:
    """What two or more lots become beside too many others."""
    return set(tidy([*FAR, *lots], NOW)) - set(FAR)


def test_the_last_two_can_be_the_closest() -> None:
    assert joined(Lot(1, VESTED_ALREADY, 900_000_000), Lot(2, VESTED_ALREADY, 900_000_001)) == {
        Lot(3, VESTED_ALREADY, 900_000_001)
    }


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
    spendable = Lot(5, VESTED_ALREADY, 200_000)
    assert home_of([spendable], own_vested, NOW) == [spendable]
    assert home_of([vested], own_pending, NOW) == []
    assert home_of([pending], own_vested, NOW) == []
    assert home_of([pending], own_pending, NOW) == [pending]


def test_a_lot_of_its_own_comes_before_one_that_ends_as_late() -> None:
    own = Lot(1, VESTED_ALREADY, 100_000)
    vested = Lot(5, 500, 100_000)
    assert home_of([vested], own, NOW) == [vested]


@pytest.mark.parametrize(("vests_at", "alike"), [(NOW - 1, True), (NOW, True), (NOW + 1, False)])
def test_a_lot_that_vests_this_second_is_one_with_those_that_have(vests_at: int, alike: bool) -> None:
    assert same_times(Lot(5, vests_at, 0), Lot(9, VESTED_ALREADY, 0), NOW) is alike


class TestTraces:
    def test_equal_ones_are_one_and_what_is_in_its_own_lot_is_none(self) -> None:
        traces = [Trace(-1, 50, 60), Trace(2, 50, 60), Trace(-3, 50, 60), Trace(4, 60, 60), Trace(5, 50, 70)]
        traces.append(Trace(-5, 50, 70))
        assert traced(traces) == (Trace(-4, 50, 60), Trace(2, 50, 60), Trace(-5, 50, 70), Trace(5, 50, 70))
        assert traced([Trace(-1, 50, 60), Trace(1, 50, 60), Trace(0, 1, 2)]) == (Trace(-1, 50, 60), Trace(1, 50, 60))

    def test_of_too_many_those_are_kept_that_end_last(self) -> None:
        traces = [Trace(-1, end, OWED) for end in range(100, 100 + MAX_TRACES + 2)]
        assert traced(reversed(traces)) == tuple(traces[2:])

    def test_what_is_taken_says_from_where_and_the_rest_is_owed(self) -> None:
        taken = taken_for(Lot(9, 0, 50), [Lot(3, 0, 50), Lot(4, 0, 60)], 9)
        assert traced(taken) == (Trace(-2, 50, OWED), Trace(-4, 50, 60))

    def test_what_pays_a_debt_is_what_was_taken(self) -> None:
        owed = Trace(-5, 50, OWED), Trace(-2, 60, OWED), Trace(-1, 70, 80)
        paid = Trace(-2, 50, OWED), Trace(-3, 50, 90), Trace(-2, 60, OWED), Trace(-1, 70, 80)
        assert paid_from(owed, [Lot(3, 0, 90)]) == paid
        whole = Trace(-5, 50, 90), Trace(-2, 60, 95), Trace(-1, 70, 80)
        assert paid_from(owed, [Lot(5, 0, 90), Lot(3, 0, 95)]) == whole

    def test_what_comes_back_lies_where_it_was_taken(self) -> None:
        traces = Trace(-2, 50, LET_OFF), Trace(-1, 50, OWED), Trace(-3, 50, 60), Trace(9, 50, 70), Trace(-9, 60, 70)
        parts, rest = put_back(traces, Lot(5, 40, 50), is_earned=False)
        assert parts == [Lot(1, 0, OWED), Lot(1, 40, 50), Lot(3, 0, 70)]
        assert rest == (Trace(-2, 50, LET_OFF), Trace(9, 50, 70), Trace(-6, 60, 70))
        parts, rest = put_back(traces, Lot(4, 40, 50), is_earned=True)
        assert parts == [Lot(2, 0, LET_OFF), Lot(1, 0, OWED), Lot(1, 0, 70)]
        assert rest == (Trace(-2, 50, 60), Trace(9, 50, 70), Trace(-8, 60, 70))
        chained = Trace(-2, 50, 60), Trace(-1, 60, LET_OFF), Trace(-1, 60, OWED)
        parts, rest = put_back(chained, Lot(3, 0, 50), is_earned=True)
        assert (parts, rest) == ([Lot(1, 0, 50), Lot(1, 0, OWED), Lot(1, 0, 60)], (Trace(-1, 60, LET_OFF),))
        assert put_back(traces, Lot(4, 0, 51), is_earned=True) == ([Lot(4, 0, 51)], traces)

    def test_what_is_given_back_twice_is_still_of_its_first_lot(self) -> None:
        once = given_to((Trace(-1, 50, 60),), Lot(4, 0, 50), 60)
        assert once == (Trace(-1, 50, 60), Trace(4, 50, 60))
        assert given_to(once, Lot(3, 0, 60), 70) == (Trace(-1, 50, 60), Trace(1, 50, 60), Trace(3, 50, 70))
        assert given_to(once, Lot(6, 0, 60), 70) == (Trace(-1, 50, 60), Trace(4, 50, 70), Trace(2, 60, 70))


def test_what_is_given_back_takes_along_what_lies_in_its_lot_and_nothing_that_lies_elsewhere() -> None:
    """Nor what that lot lost for another reward."""
    elsewhere, lost = Trace(4, 900, 970), Trace(-6, 910, 950)
    traces = (lost, Trace(1, 900, 950), elsewhere)
    assert given_to(traces, of(3, 950), 1200) == traced((elsewhere, lost, Trace(1, 900, 1200), Trace(2, 950, 1200)))


@pytest.mark.parametrize("owed", [1, 3])
def test_what_comes_back_fills_what_was_taken_for_it_and_leaves_what_was_given_back_of_it(owed: int) -> None:
    given = Trace(4, 2000, 3000)
    parts, traces = put_back((given, Trace(-owed, 2000, OWED)), of(5, 2000), is_earned=True)
    assert (sorted(part.amount for part in parts), traces) == (sorted([owed, 5 - owed]), (given,))
