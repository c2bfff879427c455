"""Books that are only looked at, and cents that only just count."""

import pytest

from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.facts import Facts
from chalicelib.domain.ledger.accounts import Account, Lot
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import LOSS, REDEEMED, REDEMPTION, Why, transfer
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import Entry, Member, MemberRef
from tests.world.builders import ANNA, NOW, line, order, programme_of, redeem, refund
from tests.world.memory import Memory


def empty() -> Books:
    return Books(Facts({MemberRef(ANNA): None}, History()), NOW, None)


def test_looking_at_an_account_writes_none() -> None:
    books = empty()
    assert books.account(ANNA, "USD/2") == Account()
    assert books.close("time", 0).records == []


def test_an_account_that_there_is_not_is_written_down_without_being_made() -> None:
    books = empty()
    assert books.write_down(ANNA, "USD/2") == Account()
    assert books.close("time", 0).records == []


def test_books_are_closed_once_and_hold_what_was_posted() -> None:
    """What only a mistake of ours can break: another entry with the same postings, money that was never posted."""
    books = empty()
    books.move(ANNA, [transfer(REDEMPTION, ANNA, 100, "EUR/2", (VESTED_ALREADY, NO_EXPIRY), Why(REDEEMED))])
    entry, member = books.close("undo", 0).records
    assert isinstance(entry, Entry)
    assert isinstance(member, Member)
    assert (sum(posting.signed(ANNA) for posting in entry.postings), member.accounts["EUR/2"].stored) == (100, 100)
    with pytest.raises(AssertionError, match="closes its books once"):
        books.close("undo", 0)
    with pytest.raises(AssertionError, match="after they were closed"):
        books.change(ANNA, "EUR/2", Account())
    books = empty()
    books.change(ANNA, "EUR/2", Account(lots=(Lot(5, VESTED_ALREADY, NO_EXPIRY),)))
    with pytest.raises(AssertionError, match="held 0 EUR/2, was posted 0, and holds 5"):
        books.close("undo", 0)


def test_without_a_programme_a_balance_goes_back_to_its_own_lot() -> None:
    books = empty()
    books.move(ANNA, [transfer(REDEMPTION, ANNA, 100, "EUR/2", (VESTED_ALREADY, NOW + 5), Why(REDEEMED))])
    assert books.owner(ANNA).accounts["EUR/2"].lots == (Lot(100, VESTED_ALREADY, NOW + 5),)


def test_a_cent_that_cannot_be_taken_back_is_a_loss_too() -> None:
    shop = Memory(programme_of(clawback="loss"))
    shop.execute(order("1", ANNA, line(net=20)))
    shop.execute(redeem(1))
    shop.execute(refund("1", amount=20))
    assert shop.available(ANNA) == 0
    assert [posted.amount for posted in shop.order("1").posted if posted.account == LOSS] == [1]
