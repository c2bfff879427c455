"""Books that are only looked at, and cents that only just count."""

from chalicelib.domain.core.calendar import NEVER
from chalicelib.domain.facts import Facts
from chalicelib.domain.ledger.accounts import Account
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.lots import Lot
from chalicelib.domain.ledger.transfers import LOSS, REDEEMED, REDEMPTION, Why, transfer
from chalicelib.domain.programme.document import History
from chalicelib.domain.records import MemberRef
from tests.builders import ANNA, NOW, line, order, programme, redeem, refund
from tests.memory import Memory


def empty() -> Books:
    return Books(Facts({MemberRef(ANNA): None}, History()), NOW, None)


def test_looking_at_an_account_writes_none() -> None:
    books = empty()
    assert books.account(ANNA, "USD/2") == Account()
    assert books.changes("time", 0) == []


def test_without_a_programme_a_balance_goes_back_to_its_own_lot() -> None:
    books = empty()
    books.move(ANNA, [transfer(REDEMPTION, ANNA, 100, "EUR/2", (NEVER, NOW + 5), Why(REDEEMED))])
    assert books.of(ANNA).accounts["EUR/2"].lots == (Lot(100, NEVER, NOW + 5),)


def test_a_cent_that_cannot_be_taken_back_is_a_loss_too() -> None:
    shop = Memory(programme(clawback="loss"))
    shop.execute(order("1", ANNA, line(net=20)))
    shop.execute(redeem(1))
    shop.execute(refund("1", amount=20))
    assert shop.available(ANNA) == 0
    assert [each.amount for each in shop.order("1").posted if each.account == LOSS] == [1]
