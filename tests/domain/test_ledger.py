"""Lots: what can be spent when, which lot a debit empties, and how debt and many lots are handled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.calendar import NEVER
from chalicelib.domain.ledger import (
    ADJUSTMENT,
    CASHBACK,
    MAX_LOTS,
    Account,
    Balance,
    Lot,
    Posting,
    Why,
    account_of,
    post,
    transfer,
)

NOW = 1000
NO_TIMES = (NEVER, NEVER)

amounts = st.integers(1, 1000)
lots = st.builds(Lot, amounts, st.sampled_from([NEVER, 900, 1100, 1200]), st.sampled_from([NEVER, 950, 1300, 1400]))


def holding(*lots: Lot, now: int = NOW) -> Account:
    account = Account()
    for lot in lots:
        account = account.credit(lot, now)
    return account


def worth(account: Account, now: int = NOW) -> tuple[int, int]:
    balance = account.balance(now)
    return balance.available, balance.pending


def test_a_balance_is_a_function_of_time() -> None:
    account = holding(Lot(100, 1500, 2000), Lot(30, NEVER, NEVER))
    assert [worth(account, now) for now in (1000, 1499, 1500, 1999, 2000)] == [
        (30, 100),
        (30, 100),
        (130, 0),
        (130, 0),
        (30, 0),
    ]


def test_nothing_is_held_yet() -> None:
    assert holding(Lot(5, NEVER, NEVER)).balance(NOW) == Balance(available=5, pending=0, held=0)


def test_lots_with_equal_times_are_one() -> None:
    assert holding(Lot(1, 1500, 2000), Lot(2, 1500, 2000)).lots == (Lot(3, 1500, 2000),)


def test_lots_that_have_vested_are_alike() -> None:
    assert holding(Lot(1, 900, 2000), Lot(2, 950, 2000), Lot(4, NEVER, 2000)).lots == (Lot(7, NEVER, 2000),)


def test_lots_stand_in_the_order_in_which_they_expire() -> None:
    assert [lot.expires_at for lot in holding(Lot(1, 0, NEVER), Lot(1, 0, 3000), Lot(1, 0, 2000)).lots] == [
        2000,
        3000,
        NEVER,
    ]


def test_a_debit_empties_its_own_lot_first() -> None:
    account = holding(Lot(10, NEVER, 2000), Lot(10, NEVER, 3000))
    assert account.debit(8, Lot(8, NEVER, 3000), NOW).lots == (Lot(10, NEVER, 2000), Lot(2, NEVER, 3000))


@pytest.mark.parametrize("expires_at", [NEVER, 9000])
def test_a_debit_of_a_pending_lot_leaves_the_others_their_vesting(expires_at: int) -> None:
    account = holding(Lot(10, 1100, expires_at), Lot(10, 1200, expires_at))
    assert account.debit(10, Lot(10, 1200, expires_at), NOW).lots == (Lot(10, 1100, expires_at),)


def test_then_it_takes_what_expires_first_and_what_is_pending_last() -> None:
    account = holding(Lot(10, NEVER, 2000), Lot(10, NEVER, 3000), Lot(10, 1500, 1800), Lot(5, NEVER, 4000))
    assert account.debit(20, Lot(20, NEVER, 4000), NOW).lots == (Lot(10, 1500, 1800), Lot(5, NEVER, 3000))
    assert account.debit(30, Lot(30, NEVER, 4000), NOW).lots == (Lot(5, 1500, 1800),)


def test_a_debit_of_an_expired_lot_takes_nothing_that_can_still_be_spent() -> None:
    account = holding(Lot(10, NEVER, 900), Lot(10, NEVER, 2000))
    assert worth(account.debit(10, Lot(10, NEVER, 900), NOW)) == (10, 0)


def test_what_is_not_there_becomes_debt() -> None:
    account = holding(Lot(10, NEVER, NEVER)).debit(25, Lot(25, NEVER, NEVER), NOW)
    assert account == Account((), debt=15)
    assert worth(account) == (-15, 0)


def test_debt_is_settled_by_the_next_credit() -> None:
    assert Account(debt=15).credit(Lot(40, NEVER, 2000), NOW) == Account((Lot(25, NEVER, 2000),))
    assert Account(debt=15).credit(Lot(10, NEVER, 2000), NOW) == Account(debt=5)


def test_debt_settled_from_a_lot_does_not_come_back_when_the_lot_would_have_expired() -> None:
    account = Account(debt=15).credit(Lot(40, NEVER, 2000), NOW)
    assert [worth(account, now) for now in (1000, 2000)] == [(25, 0), (0, 0)]


@pytest.mark.parametrize("touched", [False, True], ids=["untouched", "written-in-between"])
def test_debt_that_a_vested_lot_paid_does_not_come_back_when_the_lot_expires(touched: bool) -> None:
    account = Account(debt=15).credit(Lot(40, 1500, 2000), NOW)
    if touched:
        account = account.credit(Lot(1, NEVER, NEVER), 1600).debit(1, Lot(1, NEVER, NEVER), 1600)
    assert [account.balance(now).available for now in (1600, 1999, 2000)] == [25, 25, 0]


def test_a_pending_credit_leaves_the_debt_until_it_vests() -> None:
    account = Account(debt=15).credit(Lot(40, 1500, NEVER), NOW)
    assert [worth(account, now) for now in (1000, 1500)] == [(-15, 40), (25, 0)]


def test_more_lots_than_an_account_holds_join_in_the_members_favour() -> None:
    account = holding(*(Lot(1, NEVER, 2000 + 100 * number + (number == 7)) for number in range(MAX_LOTS + 1)))
    assert len(account.lots) == MAX_LOTS
    assert Lot(2, NEVER, 2800) in account.lots
    assert worth(account, 2701) == (MAX_LOTS + 1 - 7, 0)


def test_a_debit_of_a_lot_that_was_joined_empties_the_lot_it_became() -> None:
    account = holding(*(Lot(1, 2000 + 100 * number + (number == 7), NEVER) for number in range(MAX_LOTS + 1)))
    assert Lot(2, 2701, NEVER) in account.lots
    assert Lot(1, 2701, NEVER) in account.debit(1, Lot(1, 2800, NEVER), NOW).lots


def test_many_pending_lots_that_never_expire_stay_pending() -> None:
    account = holding(
        Lot(7, NEVER, NEVER), *(Lot(1, 2000 + 100 * number + (number == 7), NEVER) for number in range(MAX_LOTS))
    )
    assert len(account.lots) == MAX_LOTS
    assert worth(account) == (7, MAX_LOTS)
    assert Lot(2, 2707, NEVER) not in account.lots
    assert Lot(2, 2701, NEVER) in account.lots


def test_joining_lots_does_not_revive_what_has_expired() -> None:
    expired = [Lot(1, NEVER, NOW - 10 * number) for number in range(MAX_LOTS)]
    account = holding(*expired, Lot(5, NEVER, NOW + 1), Lot(5, NEVER, NOW + 100))
    assert worth(account) == (10, 0)


@given(st.lists(lots, max_size=40), st.lists(st.tuples(amounts, lots), max_size=10))
def test_no_amount_is_lost_and_lots_stay_few(given_lots: list[Lot], debits: list[tuple[int, Lot]]) -> None:
    account = holding(*given_lots)
    for amount, own in debits:
        account = account.debit(amount, own, NOW)
    moved = sum(lot.amount for lot in given_lots) - sum(amount for amount, _ in debits)
    assert sum(lot.amount for lot in account.lots) - account.debt == moved
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
    after = account.credit(lot, NOW).debit(lot.amount, lot, NOW)
    assert [worth(after, now) for now in (1000, 1150, 1350, 9999)] == [
        worth(account, now) for now in (1000, 1150, 1350, 9999)
    ]


@pytest.mark.parametrize(
    ("amount", "source", "destination"), [(7, CASHBACK, "member:anna"), (-7, "member:anna", CASHBACK)]
)
def test_a_transfer_moves_a_positive_amount_either_way(amount: int, source: str, destination: str) -> None:
    posting = transfer(CASHBACK, "anna", amount, "EUR/2", NO_TIMES, Why("cashback"))
    assert (posting.source, posting.destination, posting.amount) == (source, destination, 7)


def test_postings_touch_the_account_of_their_asset_only() -> None:
    postings = [
        transfer(ADJUSTMENT, "anna", amount, asset, NO_TIMES, Why("x"))
        for amount, asset in ((5, "EUR/2"), (9, "JPY/0"), (-2, "EUR/2"))
    ]
    accounts = post({"USD/2": Account(debt=1)}, "anna", postings, NOW)
    assert {asset: worth(account) for asset, account in accounts.items()} == {
        "USD/2": (-1, 0),
        "EUR/2": (3, 0),
        "JPY/0": (9, 0),
    }


def test_a_posting_names_the_lot_that_it_fills() -> None:
    assert Posting(CASHBACK, account_of("anna"), 5, "EUR/2", 1, 2, Why("x")).lot() == Lot(5, 1, 2)
