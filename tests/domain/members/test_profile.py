"""Profiles, and postings by hand."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import AdjustBalance, AnchorMember, UpdateMember, WriteDown
from chalicelib.domain.core.calendar import NO_EXPIRY
from chalicelib.domain.errors import InsufficientBalance, InvalidInput, NotFound
from chalicelib.domain.events import MemberUpdated
from chalicelib.domain.ledger.transfers import digest_of
from chalicelib.domain.records import Member, Note, NoteRef, Profile, ProfileRef
from tests.world.builders import ANNA, BEN, DAY_S, NOW, adjust, issue, order, programme, redeem, refund
from tests.world.memory import Memory

STATED = UpdateMember(ANNA, "anna@example.com", "hash", "Anna", "fr", {"mail": True})


@pytest.fixture
def shop() -> Memory:
    return Memory(programme())


def adjustment(amount: int) -> AdjustBalance:
    return AdjustBalance(ANNA, "EUR/2", amount, "goodwill")


def test_a_profile_makes_a_member_and_stays_apart_from_it(shop: Memory) -> None:
    assert shop.execute(STATED) == {"member": ANNA}
    assert shop.find(ProfileRef(ANNA), Profile).email == "anna@example.com"
    assert "anna@example.com" not in repr(shop.member(ANNA))
    assert shop.events[-1] == MemberUpdated(ANNA)


def test_the_same_profile_again_changes_nothing(shop: Memory) -> None:
    shop.execute(STATED)
    shop.execute(STATED)
    assert shop.written == ()


def test_a_profiles_email_is_anchored_to_the_member(shop: Memory) -> None:
    shop.execute(STATED)
    assert (shop.member("guest.hash").person, shop.member(ANNA).person) == (ANNA, ANNA)


def test_a_former_email_stays_anchored(shop: Memory) -> None:
    """rules.md M10: an address that a member once had must not pass as a friend."""
    shop.execute(STATED)
    shop.execute(issue())
    shop.execute(replace(STATED, email="new@example.com", email_hash="new"))
    shop.execute(replace(STATED, email="", email_hash=""))
    assert [shop.member(f"guest.{each}").person for each in ("hash", "new")] == [ANNA, ANNA]


class TestAnchors:
    """An e-mail that an earlier release stored with its member leads to the member's person from then on."""

    def test_the_anchor_is_set_once_and_the_e_mails_hash_goes(self, shop: Memory) -> None:
        shop.execute(replace(STATED, email="", email_hash=""))
        shop.records[shop.member(ANNA).ref] = replace(shop.member(ANNA), email_hash="hash")
        assert shop.execute(AnchorMember(ANNA, "hash")) == {"result": "anchored"}
        assert shop.round_trips == 1
        assert (shop.member("guest.hash").person, shop.member(ANNA).person) == (ANNA, ANNA)
        assert shop.member(ANNA).email_hash == ""
        assert shop.execute(AnchorMember(ANNA, "hash")) == {"result": "known"}
        assert shop.written == ()

    def test_another_e_mail_that_is_stored_stays(self, shop: Memory) -> None:
        shop.execute(order("1", ANNA))
        shop.records[shop.member(ANNA).ref] = replace(shop.member(ANNA), email_hash="newer")
        assert shop.execute(AnchorMember(ANNA, "hash")) == {"result": "anchored"}
        assert shop.member(ANNA).email_hash == "newer"

    def test_one_that_names_another_person_stays_that_persons(self, shop: Memory) -> None:
        shop.execute(order("1", ANNA, email_hash="hash"))
        shop.execute(order("2", BEN))
        assert shop.execute(AnchorMember(BEN, "hash")) == {"result": "apart"}
        assert (shop.member("guest.hash").person, shop.member(BEN).person) == (ANNA, "")

    def test_a_profile_without_an_e_mail_chooses_no_person(self, shop: Memory) -> None:
        shop.execute(replace(STATED, email="", email_hash=""))
        assert shop.member(ANNA).person == ""


def test_a_member_with_an_order_keeps_it_when_the_profile_is_stated(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    shop.execute(STATED)
    assert shop.available(ANNA) == 500


def test_an_adjustment_is_an_entry_with_its_reason(shop: Memory) -> None:
    shop.execute(STATED)
    assert shop.execute(adjustment(700)) == {"member": ANNA, "entry": 1, "asset": "EUR/2", "available": 700}
    (posting,) = shop.entries(ANNA)[0].postings
    assert (posting.source, posting.amount) == ("programme:adjustment", 700)
    assert shop.find(NoteRef(ANNA, 1), Note).text == "goodwill"


def test_a_reason_is_no_part_of_the_chain_but_its_digest_is(shop: Memory) -> None:
    shop.execute(STATED)
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
    shop.execute(STATED)
    with pytest.raises(InvalidInput, match="amount must not be 0"):
        shop.execute(adjustment(0))


def known(shop: Memory) -> Memory:
    shop.execute(STATED)
    return shop


def test_a_profile_is_stored_as_it_was_stated() -> None:
    shop = known(Memory(programme()))
    assert shop.round_trips == 1
    assert shop.find(ProfileRef(ANNA), Profile) == Profile(ANNA, 1, "anna@example.com", "Anna", "fr", {"mail": True})


def test_what_did_not_change_is_neither_written_nor_announced() -> None:
    shop = known(Memory(programme()))
    shop.execute(issue())
    shop.events.clear()
    shop.execute(STATED)
    assert (shop.written, shop.events) == ((), [])
    shop.execute(replace(STATED, display_name="Änna"))
    assert [type(each) for each in shop.written] == [Profile]
    shop.execute(replace(STATED, email_hash="new"))
    assert [type(change) for change in shop.written] == [Member, Profile]
    assert shop.member("guest.new").person == ANNA


def test_what_is_not_stated_stays_and_none_erases() -> None:
    shop = known(Memory(programme()))
    shop.execute(UpdateMember(ANNA, locale="pt"))
    assert shop.find(ProfileRef(ANNA), Profile) == Profile(ANNA, 2, "anna@example.com", "Anna", "pt", {"mail": True})
    shop.execute(UpdateMember(ANNA, email=None, consents={"sms": True, "mail": None}))
    assert shop.find(ProfileRef(ANNA), Profile) == Profile(ANNA, 3, "", "Anna", "pt", {"sms": True})
    shop.execute(UpdateMember(ANNA, display_name="", locale=None, consents=None))
    assert shop.find(ProfileRef(ANNA), Profile) == Profile(ANNA, 4)


def test_consents_are_at_most_twenty_together_with_those_that_are_stored() -> None:
    shop = known(Memory(programme()))
    shop.execute(UpdateMember(ANNA, consents={str(n): True for n in range(19)}))
    with pytest.raises(InvalidInput, match="consents must be at most 20 names together"):
        shop.execute(UpdateMember(ANNA, consents={"one more": True}))
    shop.execute(UpdateMember(ANNA, consents={"one more": True, "mail": None}))


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


def test_what_time_does_is_under_the_terms_of_the_instant_that_it_is_written_down() -> None:
    shop = Memory(programme(earn=[{"id": "a", "percent": 5, "expire_days": 10}]))
    shop.execute(order("1", ANNA))
    shop.publish(programme(), effective_at=NOW + DAY_S, now=NOW)
    shop.execute(WriteDown(ANNA), NOW + 20 * DAY_S)
    assert [each.terms for each in shop.entries(ANNA)] == [1, 2]


def test_what_time_does_before_any_programme_has_no_terms() -> None:
    shop = known(Memory())
    shop.execute(adjust(100))
    member = shop.member(ANNA)
    account = member.accounts["EUR/2"]
    lots = tuple(replace(lot, expires_at=NOW + 1) for lot in account.lots)
    shop.commit([replace(member, accounts={"EUR/2": replace(account, lots=lots)})])
    shop.execute(WriteDown(ANNA), NOW + 2)
    assert [each.terms for each in shop.entries(ANNA)] == [0, 0]
