"""Postings by hand."""

import pytest

from chalicelib.domain.commands import AdjustBalance, WriteDown
from chalicelib.domain.core.calendar import NO_EXPIRY
from chalicelib.domain.errors import InsufficientBalance, InvalidInput, NotFound
from chalicelib.domain.ledger.transfers import digest_of
from chalicelib.domain.records import Note, NoteRef
from tests.world.builders import ANNA, DAY_S, NOW, adjust, issue, order, programme, redeem, refund
from tests.world.memory import Memory


@pytest.fixture
def shop() -> Memory:
    return Memory(programme())


def known(shop: Memory) -> Memory:
    shop.execute(issue())
    return shop


def adjustment(amount: int) -> AdjustBalance:
    return AdjustBalance(ANNA, "EUR/2", amount, "goodwill")


def test_an_adjustment_is_an_entry_with_its_reason(shop: Memory) -> None:
    shop.execute(issue())
    assert shop.execute(adjustment(700)) == {"member": ANNA, "entry": 1, "asset": "EUR/2", "available": 700}
    (posting,) = shop.entries(ANNA)[0].postings
    assert (posting.source, posting.amount) == ("programme:adjustment", 700)
    assert shop.find(NoteRef(ANNA, 1), Note).text == "goodwill"


def test_a_reason_is_no_part_of_the_chain_but_its_digest_is(shop: Memory) -> None:
    shop.execute(issue())
    shop.execute(AdjustBalance(ANNA, "EUR/2", 700, "goodwill for Mrs Dupont", "salt"))
    (entry,) = shop.entries(ANNA)
    assert "Dupont" not in repr(entry)
    assert entry.postings[0].why.digest == digest_of("goodwill for Mrs Dupont", "salt")
    assert digest_of("goodwill for Mrs Dupont", "other") != entry.postings[0].why.digest


def test_a_debit_takes_at_most_what_is_available(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    with pytest.raises(InsufficientBalance, match=r"5\.01 EUR asked, 5\.00 EUR there"):
        shop.execute(adjustment(-501))
    assert shop.execute(adjustment(-500))["available"] == 0


def test_an_asset_of_the_programme_is_adjusted_and_no_other() -> None:
    shop = Memory(programme(currencies=["JPY"], assets={"points": {"decimals": 1}, "stars": {}}))
    shop.execute(order("1", ANNA))
    assert shop.execute(adjust(25, asset="points/1"))["available"] == 25
    for asset in ("points", "point", "USD/2"):
        with pytest.raises(InvalidInput) as refused:
            shop.execute(adjust(1, asset=asset))
        assert refused.value.detail == (
            f"asset must be one of the programme's: EUR/2, JPY/0, points/1, stars, got {asset!r}"
        )


def test_what_a_member_holds_can_be_adjusted_once_the_programme_does_not_name_it_any_more() -> None:
    shop = Memory(programme(currencies=["USD"]))
    shop.execute(order("1", ANNA, currency="USD"))
    shop.publish(programme(), NOW, NOW)
    assert shop.execute(adjust(-100, asset="USD/2"), NOW + 1)["available"] == 400


def test_without_a_programme_only_currencies_are_adjusted() -> None:
    shop = Memory()
    shop.execute(issue())
    assert shop.execute(adjust(100))["available"] == 100
    with pytest.raises(InvalidInput, match="asset must be a currency while no programme is in force, got 'points'"):
        shop.execute(adjust(1, asset="points"))


def test_only_a_member_can_be_adjusted(shop: Memory) -> None:
    with pytest.raises(NotFound, match=f"there is no member {ANNA}"):
        shop.execute(adjustment(1))


def test_nothing_cannot_be_posted(shop: Memory) -> None:
    shop.execute(issue())
    with pytest.raises(InvalidInput, match="amount must not be 0"):
        shop.execute(adjustment(0))


def test_who_owes_may_be_given_something() -> None:
    shop = Memory(programme())
    shop.execute(order("1", ANNA))
    shop.execute(redeem(500))
    shop.execute(refund("1", amount=10_000))
    assert shop.available(ANNA) == -500
    assert shop.execute(adjust(100))["available"] == -400


def test_what_is_asked_and_what_is_there_have_no_sign() -> None:
    shop = known(Memory(programme()))
    with pytest.raises(InsufficientBalance) as refused:
        shop.execute(adjust(-501))
    assert refused.value.detail == "amount must not take more than is available: 5.01 EUR asked, 0.00 EUR there"


def test_a_posting_by_hand_is_under_the_terms_of_its_instant() -> None:
    shop = known(Memory(programme(inactive_days=30)))
    shop.execute(adjust(100))
    assert shop.entries(ANNA)[0].terms == 1
    assert shop.member(ANNA).accounts["EUR/2"].idle > NOW + 30 * DAY_S - 1


def test_before_any_programme_there_are_no_terms() -> None:
    shop = known(Memory())
    shop.execute(adjust(100))
    assert shop.execute(WriteDown(ANNA)) == {"member": ANNA, "changed": False}
    assert shop.entries(ANNA)[0].terms == 0
    assert shop.member(ANNA).accounts["EUR/2"].idle == NO_EXPIRY
