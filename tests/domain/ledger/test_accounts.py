"""A holding as a function of time: what can be spent when, what holds do, how debt is paid, what has lapsed; and how
its lots are taken apart, put together, kept few, and found again.
"""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.ledger.accounts import (
    FOREVER,
    LET_OFF,
    MAX_HOLDS,
    MAX_LAPSED,
    MAX_LOTS,
    MAX_TRACES,
    OWED,
    Account,
    Balance,
    HoldPart,
    Lot,
    Trace,
    given_to,
    home_of,
    merged,
    own_end,
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

amounts = st.integers(1, 1000)
lots = st.builds(
    Lot, amounts, st.sampled_from([VESTED_ALREADY, 900, 1100, 1200]), st.sampled_from([NO_EXPIRY, 950, 1300, 1400])
)


def of(amount: int, expires_at: int = NO_EXPIRY, vests_at: int = VESTED_ALREADY) -> Lot:
    return Lot(amount, vests_at, expires_at)


def holding(*lots: Lot, now: int = NOW) -> Account:
    account = Account()
    for lot in lots:
        account = account.credit(lot, now)
    return account


def touched(account: Account, idle: int, now: int) -> Account:
    """An account whose owner was active: what does not expire before expires at `idle`."""
    return replace(account.up_to(now).account, idle=idle)


def worth(account: Account, now: int = NOW) -> tuple[int, int]:
    balance = account.balance(now)
    return balance.available, balance.pending


class TestLots:
    def test_a_balance_is_a_function_of_time(self) -> None:
        account = holding(Lot(100, 1500, 2000), of(30))
        assert [worth(account, now) for now in (1000, 1499, 1500, 1999, 2000)] == [
            (30, 100),
            (30, 100),
            (130, 0),
            (130, 0),
            (30, 0),
        ]

    def test_lots_with_equal_times_are_one(self) -> None:
        assert holding(Lot(1, 1500, 2000), Lot(2, 1500, 2000)).lots == (Lot(3, 1500, 2000),)

    def test_lots_that_have_vested_are_alike(self) -> None:
        assert holding(Lot(1, 900, 2000), Lot(2, 950, 2000), of(4, 2000)).lots == (of(7, 2000),)

    def test_more_lots_than_an_account_holds_join_in_the_members_favour(self) -> None:
        account = holding(*(of(1, 2000 + 100 * number + (number == 7)) for number in range(MAX_LOTS + 1)))
        assert len(account.lots) == MAX_LOTS
        assert of(2, 2800) in account.lots
        assert worth(account, 2701) == (MAX_LOTS + 1 - 7, 0)

    def test_a_debit_of_a_lot_that_was_joined_empties_the_lot_it_became(self) -> None:
        account = holding(*(Lot(1, 2000 + 100 * number + (number == 7), NO_EXPIRY) for number in range(MAX_LOTS + 1)))
        assert Lot(2, 2701, NO_EXPIRY) in account.lots
        assert Lot(1, 2701, NO_EXPIRY) in account.debit(1, Lot(1, 2800, NO_EXPIRY), NOW).lots

    def test_many_pending_lots_that_never_expire_stay_pending(self) -> None:
        later = (Lot(1, 2000 + 100 * number + (number == 7), NO_EXPIRY) for number in range(MAX_LOTS))
        account = holding(of(7), *later)
        assert len(account.lots) == MAX_LOTS
        assert worth(account) == (7, MAX_LOTS)
        assert Lot(2, 2707, NO_EXPIRY) not in account.lots
        assert Lot(2, 2701, NO_EXPIRY) in account.lots

    def test_joining_lots_does_not_revive_what_has_expired(self) -> None:
        expired = [of(1, NOW - 10 * number) for number in range(MAX_LOTS)]
        account = holding(*expired, of(5, NOW + 1), of(5, NOW + 100))
        assert worth(account) == (10, 0)


class TestDebits:
    def test_a_debit_empties_its_own_lot_first(self) -> None:
        account = holding(of(10, 2000), of(10, 3000))
        assert account.debit(8, of(8, 3000), NOW).lots == (of(10, 2000), of(2, 3000))

    @pytest.mark.parametrize("expires_at", [NO_EXPIRY, 9000])
    def test_a_debit_of_a_pending_lot_leaves_the_others_their_vesting(self, expires_at: int) -> None:
        account = holding(Lot(10, 1100, expires_at), Lot(10, 1200, expires_at))
        assert account.debit(10, Lot(10, 1200, expires_at), NOW).lots == (Lot(10, 1100, expires_at),)

    def test_then_it_takes_what_expires_first_and_what_is_pending_last(self) -> None:
        account = holding(of(10, 2000), of(10, 3000), Lot(10, 1500, 1800), of(5, 4000))
        assert account.debit(20, of(20, 4000), NOW).lots == (Lot(10, 1500, 1800), of(5, 3000))
        assert account.debit(30, of(30, 4000), NOW).lots == (Lot(5, 1500, 1800),)

    def test_what_vests_this_second_is_not_pending_any_more(self) -> None:
        account = Account((Lot(10, NOW + 5, 2000), of(10, 3000)))
        assert account.debit(10, of(10, 1500), NOW + 5).lots == (of(10, 3000),)

    def test_what_is_not_there_becomes_debt(self) -> None:
        account = holding(of(10)).debit(25, of(25), NOW)
        assert account == Account((), debt=15)
        assert worth(account) == (-15, 0)

    def test_debts_add_up(self) -> None:
        assert Account(debt=15).debit(5, of(5), NOW) == Account(debt=20)


class TestDebt:
    def test_it_is_paid_by_the_next_credit(self) -> None:
        assert Account(debt=15).credit(of(40, 2000), NOW) == Account((of(25, 2000),))
        assert Account(debt=15).credit(of(10, 2000), NOW) == Account(debt=5)
        assert Account(debt=15).credit(of(15, 2000), NOW) == Account()

    def test_it_does_not_come_back_when_the_lot_would_have_expired(self) -> None:
        account = Account(debt=15).credit(of(40, 2000), NOW)
        assert [worth(account, now) for now in (1000, 2000)] == [(25, 0), (0, 0)]

    @pytest.mark.parametrize("touched", [False, True], ids=["untouched", "written-in-between"])
    def test_what_a_vested_lot_paid_does_not_come_back_when_the_lot_expires(self, touched: bool) -> None:
        account = Account(debt=15).credit(Lot(40, 1500, 2000), NOW)
        if touched:
            account = account.credit(of(1), 1600).debit(1, of(1), 1600)
        assert [account.balance(now).available for now in (1600, 1999, 2000)] == [25, 25, 0]

    def test_a_pending_credit_leaves_it_until_it_vests(self) -> None:
        account = Account(debt=15).credit(Lot(40, 1500, NO_EXPIRY), NOW)
        assert [worth(account, now) for now in (1000, 1499, 1500)] == [(-15, 40), (-15, 40), (25, 0)]

    def test_what_vests_first_pays_it_even_if_it_has_expired_since(self) -> None:
        account = Account((Lot(10, 1200, 1300), Lot(10, 1100, 1400)), debt=10)
        assert account.up_to(1250).account.lots == (of(10, 1300),)
        assert worth(account, 1300) == (0, 0)
        assert worth(account, 1399) == (0, 0)

    def test_a_credit_that_has_expired_already_does_not_pay_it(self) -> None:
        assert Account(debt=15).credit(of(40, NOW), NOW).debt == 15
        assert Account(debt=15).credit(of(40, NOW + 1), NOW).debt == 0

    def test_what_was_to_vest_when_it_is_gone_already_does_not_pay_it(self) -> None:
        assert worth(Account((Lot(40, 1500, NO_EXPIRY),), debt=15, idle=1500), 1500) == (-15, 0)
        assert worth(Account((Lot(40, 1500, NO_EXPIRY),), debt=15, idle=1501), 1501) == (0, 0)

    def test_what_comes_back_from_a_hold_pays_it_even_if_it_has_expired_since(self) -> None:
        account = holding(of(40, 1300)).reserve("h", 40, 1200, NOW).debit(15, of(15), NOW)
        assert worth(account) == (-15, 0)
        assert [worth(account, now) for now in (1199, 1200, 1299, 1300)] == [(-15, 0), (25, 0), (25, 0), (0, 0)]

    def test_what_expired_while_it_was_held_pays_nothing(self) -> None:
        account = holding(of(40, 1200)).reserve("h", 40, 1200, NOW).debit(15, of(15), NOW)
        assert worth(account, 1200) == (-15, 0)
        assert account.up_to(1200).expired == 40

    def test_a_release_pays_it(self) -> None:
        account = holding(of(40)).reserve("h", 40, 2000, NOW).debit(15, of(15), NOW)
        assert account.end("h", 0, NOW) == (Account((of(25),)), ())

    def test_of_two_that_come_the_earlier_pays(self) -> None:
        account = holding(of(40, 1900)).reserve("h", 40, 1200, NOW).credit(Lot(40, 1100, 1800), NOW)
        owing = account.debit(55, of(55), NOW).debit(0, of(1), NOW)
        assert owing.debt == 15
        later = owing.credit(Lot(40, 1100, 1800), NOW).up_to(1200).account
        assert later.lots == (of(25, 1800), of(40, 1900))


class TestPassed:
    def test_it_counts_what_vested_and_what_expired_since_it_was_written(self) -> None:
        account = holding(Lot(10, 1100, 1300), Lot(20, 1200, NO_EXPIRY), Lot(40, 1400, NO_EXPIRY), of(80, 1250))
        current = account.up_to(1300)
        assert (current.vested, current.expired) == (30, 90)
        assert current.account.lots == (of(20), Lot(40, 1400, NO_EXPIRY))
        assert current.account.up_to(1300) == current.account.up_to(1301)
        assert (current.account.up_to(1300).vested, current.account.up_to(1300).expired) == (0, 0)

    @pytest.mark.parametrize(("now", "vested", "expired"), [(1099, 0, 0), (1100, 10, 0), (1299, 10, 0), (1300, 10, 10)])
    def test_each_instant_counts_from_its_first_second(self, now: int, vested: int, expired: int) -> None:
        current = holding(Lot(10, 1100, 1300)).up_to(now)
        assert (current.vested, current.expired) == (vested, expired)

    @pytest.mark.parametrize(
        ("account", "instant"),
        [
            (Account(), FOREVER),
            (Account((of(1),), debt=2), FOREVER),
            (Account((of(1, expires_at=1300), of(1, expires_at=1400))), 1300),
            (Account((of(1, expires_at=1300), of(1, vests_at=1200))), 1200),
            (Account((of(1, expires_at=1300),), idle=1100), 1100),
            (Account(holds=(HoldPart("h", 1050, (of(1, expires_at=900),)),)), 1050),
        ],
    )
    def test_it_says_when_time_changes_it_next(self, account: Account, instant: float) -> None:
        assert account.next_change == instant

    @given(st.lists(lots, max_size=5), st.sampled_from([NO_EXPIRY, 1150]), st.sampled_from([0, 950, 1250]))
    def test_until_then_it_stays_as_it_is(self, parts: list[Lot], idle: int, until: int) -> None:
        account = Account(tuple(parts), holds=(HoldPart("h", until, (of(3),)),) if until else (), idle=idle)
        for instant in range(880, 1420, 10):
            is_changed = account.up_to(instant).account != account
            assert is_changed == (instant >= account.next_change)

    def test_what_expired_is_remembered_as_lapsed(self) -> None:
        account = holding(of(10, 1300), of(5, 1400)).up_to(1300).account
        assert (account.lots, account.lapsed) == ((of(5, 1400),), (of(10, 1300),))
        assert account.up_to(1400).account == Account(lapsed=(of(10, 1300), of(5, 1400)))

    def test_what_lapsed_counts_nowhere(self) -> None:
        account = Account(lapsed=(of(10, 900),))
        assert account.stored == 0
        assert account.balance(NOW) == Balance(0, 0, 0)


class TestIdleness:
    @pytest.mark.parametrize(("now", "remaining"), [(1499, (30, 5)), (1500, (0, 0))])
    def test_everything_is_gone_at_once(self, now: int, remaining: tuple[int, int]) -> None:
        account = touched(holding(of(10), of(20, 3000), Lot(5, 2000, NO_EXPIRY)), 1500, NOW)
        assert worth(account, now) == remaining

    def test_what_is_gone_is_counted_and_remembered(self) -> None:
        current = touched(holding(of(10), of(20, 3000)), 1500, NOW).up_to(1500)
        assert (current.expired, current.account.lots) == (30, ())
        assert current.account.lapsed == (of(20, 3000), of(10))

    def test_what_expires_before_is_gone_before(self) -> None:
        assert worth(touched(holding(of(10, 1400)), 1500, NOW), 1400) == (0, 0)

    def test_who_does_something_in_time_keeps_it(self) -> None:
        account = touched(touched(holding(of(10)), 1500, NOW), 2500, 1499)
        assert [worth(account, now) for now in (1500, 2499, 2500)] == [(10, 0), (10, 0), (0, 0)]

    def test_who_does_something_too_late_does_not_get_it_back(self) -> None:
        assert worth(touched(touched(holding(of(10)), 1500, NOW), 2500, 1500), 1500) == (0, 0)

    def test_without_the_rule_nothing_is_gone(self) -> None:
        assert worth(touched(touched(holding(of(10)), 1500, NOW), NO_EXPIRY, NOW), 10**9) == (10, 0)

    def test_a_debt_stays(self) -> None:
        assert worth(Account(debt=5, idle=1500), 1500) == (-5, 0)

    def test_what_is_held_stays_held_and_is_gone_when_it_comes_back(self) -> None:
        account = touched(holding(of(10)).reserve("h", 10, 1600, NOW), 1500, NOW)
        assert account.balance(1500) == Balance(0, 0, 10)
        assert account.balance(1600) == Balance(0, 0, 0)
        assert account.up_to(1600).expired == 10


class TestSpending:
    def test_what_expires_first_is_spent_first(self) -> None:
        account, parts = holding(of(10), of(10, 3000), of(10, 2000)).spend(15, NOW)
        assert parts == (of(10, 2000), of(5, 3000))
        assert account.lots == (of(5, 3000), of(10))

    def test_what_is_pending_is_not_spent(self) -> None:
        account, parts = holding(Lot(10, 1500, 1600), of(10)).spend(10, NOW)
        assert parts == (of(10),)
        assert account.lots == (Lot(10, 1500, 1600),)

    def test_all_of_it_can_be_spent(self) -> None:
        assert holding(of(10)).spend(10, NOW) == (Account(), (of(10),))

    def test_what_has_vested_this_second_can_be_spent(self) -> None:
        account = Account((Lot(10, NOW + 1, NO_EXPIRY),))
        assert account.spend(10, NOW + 1) == (Account(), (of(10),))

    @pytest.mark.parametrize(
        "account", [holding(of(10)), holding(of(11, NOW)), holding(of(10), Lot(9, 1001, NO_EXPIRY))]
    )
    def test_more_than_is_available_is_a_mistake_of_the_caller(self, account: Account) -> None:
        with pytest.raises(AssertionError, match="more is spent than is available"):
            account.spend(11, NOW)

    def test_a_debt_is_not_available(self) -> None:
        with pytest.raises(AssertionError, match="more is spent than is available"):
            Account((of(10),), debt=5).spend(6, NOW)


class TestHolds:
    def test_the_bound_is_the_one_that_the_documentation_states(self) -> None:
        assert MAX_HOLDS == 5

    def test_a_hold_takes_parts_out_of_the_lots_that_expire_first(self) -> None:
        account = holding(of(10, 2000), of(10)).reserve("h", 15, 1500, NOW)
        assert account.lots == (of(5),)
        assert account.holds == (HoldPart("h", 1500, (of(10, 2000), of(5))),)
        assert account.balance(NOW) == Balance(available=5, pending=0, held=15)
        assert account.stored == 20

    def test_it_runs_out_by_time(self) -> None:
        account = holding(of(10, 2000)).reserve("h", 10, 1500, NOW)
        assert account.balance(1499) == Balance(0, 0, 10)
        assert account.balance(1500) == Balance(10, 0, 0)
        assert account.up_to(1500).account == holding(of(10, 2000))

    def test_it_is_there_until_it_runs_out(self) -> None:
        account = holding(of(10)).reserve("h", 10, 1500, NOW)
        held = account.hold_part("h", 1499)
        assert held
        assert held.amount == 10
        assert account.hold_part("h", 1500) is None
        assert account.hold_part("another", 1499) is None

    def test_a_capture_takes_what_expires_first_and_gives_the_rest_back(self) -> None:
        account = holding(of(10, 2000), of(10, 3000)).reserve("h", 20, 1500, NOW)
        ended, parts = account.end("h", 12, NOW)
        assert parts == (of(10, 2000), of(2, 3000))
        assert ended == Account((of(8, 3000),))

    def test_a_capture_of_all_gives_nothing_back(self) -> None:
        account = holding(of(10, 2000), of(5)).reserve("h", 10, 1500, NOW)
        assert account.end("h", 10, NOW) == (Account((of(5),)), (of(10, 2000),))

    def test_a_release_gives_back_to_the_own_lots(self) -> None:
        before = holding(of(10, 2000), of(10, 3000), of(10))
        assert before.reserve("h", 25, 1500, NOW).end("h", 0, NOW) == (before, ())

    def test_one_of_several_ends_alone(self) -> None:
        account = holding(of(30)).reserve("a", 5, 1500, NOW).reserve("b", 6, 1600, NOW).reserve("c", 7, 1400, NOW)
        assert account.balance(NOW) == Balance(12, 0, 18)
        ended, parts = account.end("b", 6, NOW)
        assert parts == (of(6),)
        assert [hold.hold for hold in ended.holds] == ["a", "c"]
        assert [account.balance(now).held for now in (1399, 1400, 1500, 1600)] == [18, 11, 6, 0]

    def test_equal_holds_are_still_two(self) -> None:
        account = holding(of(10)).reserve("a", 5, 1500, NOW).reserve("b", 5, 1500, NOW)
        assert account.end("a", 5, NOW)[0].balance(NOW) == Balance(0, 0, 5)

    def test_a_part_whose_lot_expires_meanwhile_can_still_be_captured(self) -> None:
        account = holding(of(10, 1200)).reserve("h", 10, 1500, NOW)
        assert account.balance(1300) == Balance(0, 0, 10)
        assert account.end("h", 10, 1300) == (Account(), (of(10, 1200),))

    def test_a_part_whose_lot_expires_meanwhile_is_gone_when_it_comes_back(self) -> None:
        account = holding(of(10, 1200)).reserve("h", 10, 1500, NOW)
        released, _ = account.end("h", 4, 1300)
        assert released.balance(1300) == Balance(0, 0, 0)
        assert released.up_to(1300).expired == 6
        assert account.up_to(1500).expired == 10

    def test_a_pending_lot_cannot_be_held(self) -> None:
        with pytest.raises(AssertionError):
            holding(Lot(10, 1500, NO_EXPIRY)).reserve("h", 1, 1600, NOW)


class TestRevival:
    """A refund of what expired unspent does not take it a second time."""

    def test_what_expired_unspent_is_revived_once(self) -> None:
        account = Account(lapsed=(of(10, 900), of(5, 950)))
        account, revived = account.revive(of(10, 900), NOW)
        assert (revived, account.lapsed) == (10, (of(5, 950),))
        assert account.revive(of(10, 900), NOW) == (account, 0)

    @pytest.mark.parametrize(("amount", "revived"), [(4, 4), (10, 10), (11, 10)])
    def test_at_most_what_expired_and_at_most_what_is_asked(self, amount: int, revived: int) -> None:
        account, returned = Account(lapsed=(of(10, 900),)).revive(of(amount, 900), NOW)
        assert returned == revived
        assert sum(lot.amount for lot in account.lapsed) == 10 - revived

    @pytest.mark.parametrize("own", [of(10, 901), of(10, 899), of(10)])
    def test_anothers_lot_is_never_revived(self, own: Lot) -> None:
        account = Account(lapsed=(of(10, 900),))
        assert account.revive(own, NOW) == (account, 0)

    @pytest.mark.parametrize("expires_at", [NO_EXPIRY, NOW + 1])
    def test_a_lot_that_is_still_there_is_not_revived(self, expires_at: int) -> None:
        account = Account((of(5, expires_at),), lapsed=(of(10, expires_at),))
        assert account.revive(of(10, expires_at), NOW) == (account, 0)

    @pytest.mark.parametrize("expires_at", [NO_EXPIRY, 3000])
    def test_what_was_gone_for_idleness_is_revived(self, expires_at: int) -> None:
        account = touched(holding(of(10, expires_at)), 1500, NOW).up_to(1500).account
        assert account.revive(of(10, expires_at), 1500)[1] == 10

    def test_what_was_gone_for_idleness_is_revived_although_something_newer_is_there(self) -> None:
        account = touched(touched(holding(of(10, 3000)), 1500, NOW), 9000, 1500).credit(of(7, 4000), 1600)
        account, revived = account.revive(of(10, 3000), 1600)
        assert (revived, account.lots, account.lapsed) == (10, (of(7, 4000),), ())

    def test_a_lot_expires_with_its_last_second_for_a_refund_too(self) -> None:
        account = Account((of(5, NOW),), lapsed=(of(10, NOW),))
        assert account.revive(of(10, NOW), NOW)[1] == 10


@given(st.lists(lots, max_size=40), st.lists(st.tuples(amounts, lots), max_size=10))
def test_no_amount_is_lost_and_lots_stay_few(given_lots: list[Lot], debits: list[tuple[int, Lot]]) -> None:
    account, expired = Account(), 0
    for lot in given_lots:
        expired += account.up_to(NOW).expired
        account = account.credit(lot, NOW)
    for amount, own in debits:
        expired += account.up_to(NOW).expired
        account = account.debit(amount, own, NOW)
    moved = sum(lot.amount for lot in given_lots) - sum(amount for amount, _ in debits)
    assert account.stored == moved - expired
    assert len(account.lots) <= MAX_LOTS
    assert all(lot.amount > 0 for lot in account.lots)


@given(
    st.lists(st.builds(Lot, amounts, st.integers(0, 3000), st.integers(0, 5000)), max_size=60), st.integers(NOW, 6000)
)
def test_joining_lots_never_takes_from_the_member(given_lots: list[Lot], later: int) -> None:
    coarse = holding(*given_lots).balance(later)
    exact = Account(tuple(given_lots)).balance(later)
    assert coarse.available >= exact.available
    assert coarse.available + coarse.pending >= exact.available + exact.pending


@given(st.lists(lots, max_size=8), lots)
def test_taking_back_what_was_just_given_leaves_what_was_there(before: list[Lot], lot: Lot) -> None:
    account = holding(*before)
    given_lot = account.credit(lot, NOW)
    lapsed = given_lot.up_to(NOW).account
    revived, again = lapsed.revive(lot, NOW)
    after = revived.debit(lot.amount - again, lot, NOW)
    instants = (1000, 1150, 1350, 9999)
    assert [worth(after, now) for now in instants] == [worth(account, now) for now in instants]


class Life:
    """An account through random operations, as it would be if nobody wrote it down in between, too."""

    def __init__(self) -> None:
        self.account = Account()
        self.now = 0
        self.posted = 0

    def write(self, change: Callable[[Account], Account]) -> None:
        current = self.account.up_to(self.now)
        self.posted -= current.expired
        self.account = change(current.account)


operations = st.tuples(
    st.sampled_from(["credit", "credit", "debit", "hold", "end", "spend", "touch", "wait"]),
    st.integers(1, 9),
    st.integers(0, 8),
    st.integers(0, 8),
)


def lot_at(amount: int, now: int, vests: int, lasts: int) -> Lot:
    vests_at = now + vests if vests > 2 else VESTED_ALREADY
    return Lot(amount, vests_at, max(vests_at, now) + lasts if lasts > 1 else NO_EXPIRY)


def apply(life: Life, operation: tuple[str, int, int, int]) -> None:
    name, amount, first, second = operation
    available = max(life.account.balance(life.now).available, 0)
    part, now = min(amount, available), life.now
    if name == "wait":
        life.now += first
    elif name == "credit":
        life.posted += amount
        life.write(lambda account: account.credit(lot_at(amount, now, first, second), now))
    elif name == "debit":
        life.posted -= amount
        life.write(lambda account: account.debit(amount, lot_at(amount, now, first, second), now))
    elif name == "touch":
        life.write(lambda account: touched(account, now + 3 + first, now))
    elif part and name == "spend":
        life.posted -= part
        life.write(lambda account: account.spend(part, now)[0])
    elif part and name == "hold" and len(life.account.holds) < MAX_HOLDS:
        life.write(
            lambda account: account.reserve(f"h{life.posted}-{now}-{len(account.holds)}", part, now + 1 + first, now)
        )
    elif name == "end":
        end_one(life, amount)


def end_one(life: Life, amount: int) -> None:
    held = next((hold for hold in life.account.holds if hold.until > life.now), None)
    if held:
        spent = min(amount - 1, held.amount)
        life.posted -= spent
        life.write(lambda account: account.end(held.hold, spent, life.now)[0])


lives = st.lists(operations, max_size=14)


def lived(story: list[tuple[str, int, int, int]]) -> Life:
    life = Life()
    for operation in story:
        apply(life, operation)
        assert life.account.stored == life.posted
        assert all(lot.amount > 0 for lot in life.account.lots)
        assert life.account.debt >= 0
    return life


@pytest.mark.slow
@settings(max_examples=150)
@given(lives, st.integers(0, 12), st.integers(0, 12))
def test_it_does_not_matter_whether_an_account_was_written_down_in_between(
    story: list[tuple[str, int, int, int]], first: int, second: int
) -> None:
    life = lived(story)
    between, later = life.now + min(first, second), life.now + max(first, second)
    once = life.account.up_to(later)
    twice = life.account.up_to(between).account.up_to(later)
    assert twice.account == once.account
    assert twice.account.balance(later) == life.account.balance(later)
    assert life.account.up_to(between).expired + twice.expired == once.expired


@settings(max_examples=100)
@given(lives)
def test_spending_and_holding_never_lead_below_zero(story: list[tuple[str, int, int, int]]) -> None:
    life = lived([step for step in story if step[0] != "debit"])
    assert life.account.balance(life.now).available >= 0
    assert life.account.debt == 0


def test_a_part_that_expired_while_it_was_held_is_back_too_for_the_next_writer_to_write_down() -> None:
    """Else it would be gone from the record without a posting that says where to."""
    account = holding(Lot(178, VESTED_ALREADY, NOW + 100), Lot(430, VESTED_ALREADY, NO_EXPIRY)).reserve(
        "h", 500, NOW + 200, NOW
    )
    ended, parts = account.end("h", 100, NOW + 150)
    assert (ended.stored, parts) == (508, (Lot(100, VESTED_ALREADY, NOW + 100),))
    assert ended.up_to(NOW + 150).expired == 78


THREE = Account(
    (Lot(1, VESTED_ALREADY, 2000), Lot(2, 1500, 2000), Lot(4, VESTED_ALREADY, 3000), Lot(8, VESTED_ALREADY, NO_EXPIRY))
)


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
    account = Account((Lot(100, VESTED_ALREADY, 2000),)).reserve("h", 100, 5000, NOW)
    owing = Account(account.lots, 40, account.holds)
    before, _ = owing.end("h", 0, 1999)
    assert (before.debt, before.balance(1999)) == (0, Balance(60, 0, 0))
    at, _ = owing.end("h", 0, 2000)
    assert (at.debt, at.balance(2000)) == (40, Balance(-40, 0, 0))


@pytest.mark.parametrize(
    ("account", "other", "idle"),
    [
        (replace(holding(of(10)), idle=1500), replace(Account(), idle=2500), 1500),
        (replace(Account(), idle=2500), replace(holding(of(10)), idle=1500), 1500),
        (replace(holding(of(10)), idle=1500), replace(holding(of(7)), idle=2500), 2500),
        (replace(holding(of(10)), idle=1500), holding(of(7)), NO_EXPIRY),
        (holding(of(7)), replace(holding(of(10)), idle=1500), NO_EXPIRY),
    ],
    ids=["the other has nothing", "only the other has something", "the later one", "one never does", "nor the other"],
)
def test_two_accounts_that_join_expire_for_idleness_with_the_one_that_has_something(
    account: Account, other: Account, idle: int
) -> None:
    assert account.joined(other, NOW).idle == idle


def test_a_debt_is_not_paid_from_what_the_other_account_cannot_spend_yet() -> None:
    pending = Account((Lot(10, NOW + 100, NOW + 1000),))
    joined = replace(Account(), debt=4).joined(pending, NOW)
    assert (joined.debt, [lot.amount for lot in joined.lots]) == (4, [10])
    ready = Account((Lot(10, NOW, NOW + 1000),))
    joined = replace(Account(), debt=4).joined(ready, NOW)
    assert (joined.debt, [lot.amount for lot in joined.lots]) == (0, [6])


def test_two_accounts_that_are_joined_have_the_lots_the_holds_and_the_debts_of_both() -> None:
    first = replace(holding(of(30)).reserve("a", 10, 2000, NOW), debt=5)
    second = replace(holding(Lot(40, 1500, 2000), of(20)).reserve("b", 20, 2000, NOW), debt=7)
    joined = first.joined(second, NOW)
    assert [part.hold for part in joined.holds] == ["a", "b"]
    assert joined.stored == first.stored + second.stored
    assert joined.balance(NOW) == Balance(available=20 - 5 - 7, pending=40, held=30)


def test_two_accounts_that_are_joined_remember_what_lapsed_of_both() -> None:
    first, second = Account(lapsed=(of(10, 900),)), Account(lapsed=(of(5, 950),))
    assert first.joined(second, NOW).lapsed == second.joined(first, NOW).lapsed == (of(10, 900), of(5, 950))


def test_two_accounts_that_are_joined_know_what_lies_elsewhere_of_both() -> None:
    first, second = Account(traces=(Trace(4, 900, 950),)), Account(debt=5, traces=(Trace(-5, 910, OWED),))
    assert first.joined(second, NOW).traces == second.joined(first, NOW).traces == (*first.traces, *second.traces)


@pytest.mark.parametrize(
    ("since", "amount", "recalled", "lapsed"),
    [
        (899, 99, (of(10, 900), of(5, 950)), ()),
        (899, 12, (of(10, 900), of(2, 950)), (of(3, 950),)),
        (900, 99, (of(5, 950),), (of(10, 900),)),
        (950, 99, (), (of(10, 900), of(5, 950))),
        (0, 0, (), (of(10, 900), of(5, 950))),
    ],
)
def test_what_expired_unspent_after_an_instant_is_recalled_up_to_an_amount(
    since: int, amount: int, recalled: tuple[Lot, ...], lapsed: tuple[Lot, ...]
) -> None:
    account = Account((of(3),), lapsed=(of(10, 900), of(5, 950)))
    assert account.recall(since, amount) == (replace(account, lapsed=lapsed), recalled)


def test_a_lot_is_gone_at_its_end_or_when_its_owner_is_inactive_for_too_long() -> None:
    lots = (of(5, 1300), of(5, 3000), of(5))
    assert [holding(*lots).end_of(lot) for lot in lots] == [1300, 3000, FOREVER]
    assert [touched(holding(*lots), 1500, NOW).end_of(lot) for lot in lots] == [1300, 1500, 1500]


def test_lots_are_shown_with_the_end_that_counts_or_with_none() -> None:
    account = holding(of(10), of(5, 1300))
    assert account.lots_at(NOW) == (of(5, 1300), of(10))
    assert touched(account, 1200, NOW).lots_at(NOW) == (of(15, 1200),)


def test_no_more_is_let_off_than_is_owed() -> None:
    owing = Account(debt=5, traces=(Trace(-5, 900, OWED),))
    assert owing.let_off(3) == Account(debt=2, traces=(Trace(-3, 900, LET_OFF), Trace(-2, 900, OWED)))
    assert owing.let_off(5).debt == 0
    with pytest.raises(AssertionError, match="more is let off than is owed"):
        owing.let_off(6)


def test_what_was_let_off_comes_back_for_a_second_after_its_end_alone() -> None:
    account = Account(traces=(Trace(-5, NOW, LET_OFF),))
    late = account.credit(of(8, NOW), NOW, is_earned=True)
    assert (late.lots, late.traces) == ((of(3, NOW), of(5, NOW + 1)), ())
    early = account.credit(of(8, NOW), NOW - 1, is_earned=True)
    assert (early.lots, early.traces) == ((of(8, NOW),), account.traces)
    assert account.credit(of(8, NOW), NOW).lots == (of(8, NOW),)


def test_what_never_ends_leaves_no_trace_when_it_is_taken_back() -> None:
    account = holding(of(3, 2000)).take_back(5, of(5), NOW)
    assert account == Account(debt=2)


def test_a_reward_is_taken_back_where_it_lies() -> None:
    """Of its own lot, then of what was given back of it, then of others; the rest is owed."""
    account = replace(holding(of(1, 1500), of(9, 1600), of(5, 1700)), traces=(Trace(2, 1500, 1700),))
    assert account.take_back(2, of(2, 1500), NOW).lots == (of(9, 1600), of(4, 1700))
    assert account.take_back(3, of(3, 1500), NOW).lots == (of(9, 1600), of(3, 1700))
    after = account.take_back(16, of(16, 1500), NOW)
    assert (after.lots, after.debt) == ((), 1)
    taken = Trace(-1, 1500, OWED), Trace(-9, 1500, 1600), Trace(-5, 1500, 1700)
    assert after.traces == (*taken, Trace(2, 1500, 1700))


def test_nothing_is_taken_back_where_a_part_of_another_reward_was_given_back_to() -> None:
    """1 of its own lot, 1 where that was given back to, and the rest as of any debit: of what ends first."""
    anothers, taken = Trace(4, 1600, 1700), Trace(-3, 1500, 1800)
    lots = (of(1, 1500), of(9, 1600), of(9, 1700), of(9, 1800))
    account = Account(lots, traces=(taken, Trace(1, 1500, 1700), anothers))
    after = account.take_back(4, of(4, 1500), NOW)
    assert after.lots == (of(7, 1600), of(8, 1700), of(9, 1800))


def test_of_what_was_given_back_nowhere_the_rest_is_taken_of_what_ends_first() -> None:
    account = holding(of(9, 1200), of(3, 1500), of(9, 1600))
    after = account.take_back(5, of(5, 1500), NOW)
    assert (after.lots, after.traces) == ((of(7, 1200), of(9, 1600)), (Trace(-2, 1500, 1200),))


def test_what_expired_where_it_was_given_back_to_is_revived_up_to_that_amount() -> None:
    account = Account(lapsed=(of(1, 900), of(9, 950), of(7, 970)), traces=(Trace(4, 900, 950), Trace(5, 910, 970)))
    after, revived = account.revive(of(8, 900), NOW)
    assert (revived, after.lapsed, after.traces) == (5, (of(5, 950), of(7, 970)), (Trace(5, 910, 970),))
    after, revived = account.revive(of(3, 900), NOW)
    assert (revived, after.lapsed, after.traces) == (
        3,
        (of(7, 950), of(7, 970)),
        (Trace(2, 900, 950), Trace(5, 910, 970)),
    )


def test_only_what_expired_where_it_was_given_back_to_is_revived() -> None:
    account = Account(lapsed=(of(9, 940), of(9, 950)), traces=(Trace(4, 900, 950),))
    assert account.revive(of(4, 900), NOW) == (Account(lapsed=(of(9, 940), of(5, 950))), 4)


def test_nothing_is_revived_where_a_part_was_taken_of_another_lot_for_the_reward() -> None:
    """What that lot lost was no part of the reward: what expired of it was its own."""
    account = Account(lapsed=(of(9, 950),), traces=(Trace(-5, 900, 950), Trace(4, 910, 950)))
    assert account.revive(of(8, 900), NOW) == (account, 0)


def test_of_two_holds_that_have_run_out_the_earlier_one_pays_what_is_owed_for_their_lot() -> None:
    """Whichever was placed first. So 4 of the debt wait for what vests in between, which ends later."""
    held = HoldPart("second", 1600, (of(6, 2000),)), HoldPart("first", 1500, (of(9, 2000),))
    account = Account((Lot(4, 1550, 3000),), 13, held, traces=(Trace(-9, 2000, OWED),))
    after = account.up_to(1700).account
    assert (after.lots, after.debt, after.traces) == ((of(6, 2000),), 0, ())


def test_a_hold_that_ends_settles_what_is_owed_for_it_and_nothing_that_was_let_off() -> None:
    owed = Trace(-2, 2000, LET_OFF), Trace(-3, 2000, OWED), Trace(-4, 2000, 3000)
    held = HoldPart("h", 2500, (of(9, 2000), of(6, 4000)))
    account = Account((of(1, 3000),), 3, (held,), traces=owed)
    after = account.up_to(2500)
    assert (after.account.lots, after.account.debt, after.expired) == ((of(5, 3000), of(6, 4000)), 0, 2)
    assert after.account.traces == (Trace(-2, 2000, LET_OFF),)
    ended, _ = account.end("h", 0, 2400)
    assert (ended.stored, ended.up_to(2400).account) == (account.stored, after.account)


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
    ("amount", "taken", "rest"),
    [
        (0, (), (of(5, 2000), of(7, 3000))),
        (4, (of(4, 2000),), (of(1, 2000), of(7, 3000))),
        (5, (of(5, 2000),), (of(7, 3000),)),
        (6, (of(5, 2000), of(1, 3000)), (of(6, 3000),)),
        (12, (of(5, 2000), of(7, 3000)), ()),
        (13, (of(5, 2000), of(7, 3000)), ()),
    ],
)
def test_a_split_takes_from_the_front(amount: int, taken: tuple[Lot, ...], rest: tuple[Lot, ...]) -> None:
    assert split([of(5, 2000), of(7, 3000)], amount) == (taken, rest)


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
        ("own", "home"),
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
    def test_it_is_the_own_lot_or_the_nearest_that_it_may_be_part_of(self, own: Lot, home: list[Lot]) -> None:
        assert home_of([of(10, 2000), of(20, 3000), of(40)], own, NOW) == home

    @pytest.mark.parametrize(
        ("own", "home"),
        [
            (of(1, 9000, 1300), [of(2, 9000, 1300)]),
            (of(1, 9000, 1250), [of(1, 9000, 1200)]),
            (of(1, 8000, 1300), [of(2, 9000, 1300)]),
            (of(1, 9000, 1100), []),
            (of(1, 9000), []),
        ],
        ids=["own", "vests-no-later", "the-latest-that-vests-before", "all-vest-later", "vested"],
    )
    def test_pending_lots_are_found_by_both_times(self, own: Lot, home: list[Lot]) -> None:
        assert home_of([of(1, 9000, 1200), of(2, 9000, 1300)], own, NOW) == home

    def test_a_lot_that_ends_sooner_is_no_home(self) -> None:
        assert home_of([of(1, 2000)], of(1, 2001), NOW) == []
        assert home_of([of(1, 2001)], of(1, 2001), NOW) == [of(1, 2001)]


def test_what_never_expires_ends_after_everything() -> None:
    assert own_end(of(1, 5)) == 5
    assert own_end(of(1)) > 10**12


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
