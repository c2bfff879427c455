"""Profiles, and the anchors of their e-mails."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import AnchorMember, UpdateMember
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.events import MemberUpdated
from chalicelib.domain.records import Member, Profile, ProfileRef
from tests.world.builders import ANNA, BEN, issue, order, programme_of
from tests.world.memory import Memory

PROFILE = UpdateMember(ANNA, "anna@example.com", "hash", "Anna", "fr", {"mail": True})


@pytest.fixture
def shop() -> Memory:
    return Memory(programme_of())


def test_a_profile_makes_a_member_and_stays_apart_from_it(shop: Memory) -> None:
    assert shop.execute(PROFILE) == {"member": ANNA}
    assert shop.find(ProfileRef(ANNA), Profile).email == "anna@example.com"
    assert "anna@example.com" not in repr(shop.member(ANNA))
    assert shop.events[-1] == MemberUpdated(ANNA)


def test_the_same_profile_again_changes_nothing(shop: Memory) -> None:
    shop.execute(PROFILE)
    shop.execute(PROFILE)
    assert shop.written == ()


def test_a_profiles_email_is_anchored_to_the_member(shop: Memory) -> None:
    shop.execute(PROFILE)
    assert (shop.member("guest.hash").person, shop.member(ANNA).person) == (ANNA, ANNA)


def test_a_former_email_stays_anchored(shop: Memory) -> None:
    """rules.md M10: an address that a member once had must not pass as a friend."""
    shop.execute(PROFILE)
    shop.execute(issue())
    shop.execute(replace(PROFILE, email="new@example.com", email_hash="new"))
    shop.execute(replace(PROFILE, email="", email_hash=""))
    assert [shop.member(f"guest.{mailbox}").person for mailbox in ("hash", "new")] == [ANNA, ANNA]


class TestAnchors:
    """An e-mail that an earlier release stored with its member leads to the member's person from then on."""

    def test_the_anchor_is_set_once_and_the_e_mails_hash_goes(self, shop: Memory) -> None:
        shop.execute(replace(PROFILE, email="", email_hash=""))
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
        shop.execute(replace(PROFILE, email="", email_hash=""))
        assert shop.member(ANNA).person == ""


def test_a_member_with_an_order_keeps_it_when_the_profile_is_stated(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    shop.execute(PROFILE)
    assert shop.available(ANNA) == 500


def known(shop: Memory) -> Memory:
    shop.execute(PROFILE)
    return shop


def test_a_profile_is_stored_as_it_was_stated() -> None:
    shop = known(Memory(programme_of()))
    assert shop.round_trips == 1
    assert shop.find(ProfileRef(ANNA), Profile) == Profile(ANNA, 1, "anna@example.com", "Anna", "fr", {"mail": True})


def test_what_did_not_change_is_neither_written_nor_announced() -> None:
    shop = known(Memory(programme_of()))
    shop.execute(issue())
    shop.events.clear()
    shop.execute(PROFILE)
    assert (shop.written, shop.events) == ((), [])
    shop.execute(replace(PROFILE, display_name="Änna"))
    assert [type(record) for record in shop.written] == [Profile]
    shop.execute(replace(PROFILE, email_hash="new"))
    assert [type(change) for change in shop.written] == [Member, Profile]
    assert shop.member("guest.new").person == ANNA


def test_what_is_not_stated_stays_and_none_erases() -> None:
    shop = known(Memory(programme_of()))
    shop.execute(UpdateMember(ANNA, locale="pt"))
    assert shop.find(ProfileRef(ANNA), Profile) == Profile(ANNA, 2, "anna@example.com", "Anna", "pt", {"mail": True})
    shop.execute(UpdateMember(ANNA, email=None, consents={"sms": True, "mail": None}))
    assert shop.find(ProfileRef(ANNA), Profile) == Profile(ANNA, 3, "", "Anna", "pt", {"sms": True})
    shop.execute(UpdateMember(ANNA, display_name="", locale=None, consents=None))
    assert shop.find(ProfileRef(ANNA), Profile) == Profile(ANNA, 4)


def test_consents_are_at_most_twenty_together_with_those_that_are_stored() -> None:
    shop = known(Memory(programme_of()))
    shop.execute(UpdateMember(ANNA, consents={str(n): True for n in range(19)}))
    with pytest.raises(InvalidInput, match="consents must be at most 20 names together"):
        shop.execute(UpdateMember(ANNA, consents={"one more": True}))
    shop.execute(UpdateMember(ANNA, consents={"one more": True, "mail": None}))
