"""Postings by hand."""

import pytest

from chalicelib.domain.commands import AdjustBalance, WriteDown
from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.errors import InsufficientBalance, InvalidInput, NotFound
from chalicelib.domain.ledger.accounts import Balance
from chalicelib.domain.ledger.transfers import digest_of
from chalicelib.domain.records import Note, NoteRef
from tests.world.builders import ANNA, DAY_S, NOW, adjust, issue, order, programme_of, redeem, refund
from tests.world.memory import Memory


@pytest.fixture
def shop() -> Memory:
    return Memory(programme_of())


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
    shop = Memory(programme_of(currencies=["JPY"], assets={"points": {"decimals": 1}, "stars": {}}))
    shop.execute(order("1", ANNA))
    assert shop.execute(adjust(25, asset="points/1"))["available"] == 25
    for asset in ("points", "point", "USD/2"):
        with pytest.raises(InvalidInput) as refused:
            shop.execute(adjust(1, asset=asset))
        assert refused.value.detail == (
            f"asset must be one of the programme's: EUR/2, JPY/0, points/1, stars, got {asset!r}"
        )


def test_what_a_member_holds_can_be_adjusted_once_the_programme_does_not_name_it_any_more() -> None:
    shop = Memory(programme_of(currencies=["USD"]))
    shop.execute(order("1", ANNA, currency="USD"))
    shop.publish(programme_of(), NOW, NOW)
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
    shop = Memory(programme_of())
    shop.execute(order("1", ANNA))
    shop.execute(redeem(500))
    shop.execute(refund("1", amount=10_000))
    assert shop.available(ANNA) == -500
    assert shop.execute(adjust(100))["available"] == -400


@pytest.mark.parametrize("amount", [1, -1])
def test_the_least_that_is_posted_is_one_minor_unit(shop: Memory, amount: int) -> None:
    shop.execute(order("1", ANNA))
    assert shop.execute(adjustment(amount))["available"] == 500 + amount


def test_what_is_taken_is_not_of_what_is_pending_though_that_expires_sooner() -> None:
    now, later = {"id": "now", "percent": 2}, {"id": "later", "percent": 3, "vest_days": 14}
    shop = Memory(programme_of(earn=[now | {"expire_days": 90}, later | {"expire_days": 30}]))
    shop.execute(order("1", ANNA))
    shop.execute(adjustment(-200))
    assert shop.balance(ANNA) == Balance(0, 300, 0)
    assert [posting.vests_at for posting in shop.entries(ANNA)[-1].postings] == [VESTED_ALREADY]


def test_what_never_expires_is_taken_first_and_then_what_expires_first() -> None:
    """A debit by hand takes back a credit by hand, which never expires, before it takes a reward."""
    days = [{"id": f"in-{days}", "percent": 2, "expire_days": days} for days in (60, 30)]
    shop = Memory(programme_of(earn=days))
    shop.execute(order("1", ANNA))
    shop.execute(adjustment(100))
    shop.execute(adjustment(-250))
    taken = [(posting.amount, posting.expires_at) for posting in shop.entries(ANNA)[-1].postings]
    midnight = NOW - NOW % DAY_S
    assert taken == [(100, NO_EXPIRY), (150, midnight + 31 * DAY_S)]


def test_what_is_asked_and_what_is_there_have_no_sign() -> None:
    shop = known(Memory(programme_of()))
    with pytest.raises(InsufficientBalance) as refused:
        shop.execute(adjust(-501))
    assert refused.value.detail == "amount must not take more than is available: 5.01 EUR asked, 0.00 EUR there"


def test_a_posting_by_hand_is_under_the_terms_of_its_instant() -> None:
    shop = known(Memory(programme_of(inactive_days=30)))
    shop.execute(adjust(100))
    assert shop.entries(ANNA)[0].terms == 1
    assert shop.member(ANNA).accounts["EUR/2"].idle > NOW + 30 * DAY_S - 1


def test_before_any_programme_there_are_no_terms() -> None:
    shop = known(Memory())
    shop.execute(adjust(100))
    assert shop.execute(WriteDown(ANNA)) == {"member": ANNA, "changed": False}
    assert shop.entries(ANNA)[0].terms == 0
    assert shop.member(ANNA).accounts["EUR/2"].idle == NO_EXPIRY
