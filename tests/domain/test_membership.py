"""Profiles, and postings by hand."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import AdjustBalance, UpdateMember
from chalicelib.domain.errors import InsufficientBalance, InvalidInput, NotFound
from chalicelib.domain.events import MemberUpdated
from chalicelib.domain.ledger import digest_of
from chalicelib.domain.records import Note, NoteRef, Profile, ProfileRef
from tests.builders import ANNA, issue, order, programme
from tests.memory import Memory

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


def test_only_a_member_can_be_adjusted(shop: Memory) -> None:
    with pytest.raises(NotFound, match=f"there is no member {ANNA}"):
        shop.execute(adjustment(1))


def test_nothing_cannot_be_posted(shop: Memory) -> None:
    shop.execute(STATED)
    with pytest.raises(InvalidInput, match="amount must not be 0"):
        shop.execute(adjustment(0))
