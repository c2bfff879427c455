"""Erasing what is personal of a member leaves every other field of every record as it was."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import AdjustBalance, EraseMember, UpdateMember
from chalicelib.domain.events import MemberErased
from chalicelib.domain.records import ConversionRef, Member, MemberRef, Note, NoteRef, Profile, ProfileRef
from tests.properties.invariants import check, settle_all
from tests.world.builders import ANNA, BEN, CODE, PAID_AT, bought, issue, merge, order, programme
from tests.world.memory import Memory

REVIEWED = {"referral": {"percent": 10, "review": {"threshold": 100}}}
NOTHING = {"profiles": 0, "traits": 0, "hashes": 0, "reasons": 0}


@pytest.fixture
def shop() -> Memory:
    """Anna has a profile, a note, a code and a friend; Ben, the friend, left the trace of a card."""
    books = Memory(programme(**REVIEWED))
    books.execute(UpdateMember(ANNA, "anna@example.com", "hash", "Anna", "fr", {"mail": True}))
    books.execute(issue())
    books.execute(AdjustBalance(ANNA, "EUR/2", 100, "for Mrs Dupont", "salt"))
    books.execute(bought(BEN, prints=("card:c",)))
    return books


def test_profile_and_reasons_go_and_the_books_stay(shop: Memory) -> None:
    before, entries = shop.member(ANNA), shop.entries(ANNA)
    erased = shop.execute(EraseMember(ANNA, entries=(1,)))
    assert erased == {"member": ANNA, **NOTHING, "profiles": 1, "reasons": 1}
    assert shop.find(ProfileRef(ANNA), Profile) == Profile(ANNA, 2)
    note = shop.find(NoteRef(ANNA, 1), Note)
    assert (note.text, note.salt, note.computed) == ("", "", entries[0].postings[0].why.digest)
    assert (shop.member(ANNA), shop.entries(ANNA)) == (before, entries)
    assert shop.events[-1] == MemberErased(ANNA, {**NOTHING, "profiles": 1, "reasons": 1})


def test_traits_go_from_the_member_and_from_the_record_of_it_as_a_friend(shop: Memory) -> None:
    assert shop.member(BEN).prints
    conversion = shop.conversions(ANNA)[BEN]
    assert conversion.prints
    assert shop.execute(EraseMember(BEN)) == {"member": BEN, **NOTHING, "traits": 2}
    assert shop.member(BEN).prints == ()
    stored = replace(conversion, prints=(), version=conversion.version + 1)
    assert shop.records[ConversionRef(ANNA, BEN)] == stored


def test_hashes_go_only_where_that_is_asked(shop: Memory) -> None:
    shop.execute(EraseMember(ANNA))
    kept = repr([each for each in shop.records.values() if "hash" in repr(each)])
    assert "hash" in kept
    assert shop.find(MemberRef("guest.hash"), Member).person == ANNA
    shop.execute(EraseMember(ANNA, hashes=True, anchors=("hash",)))
    assert shop.find(MemberRef("guest.hash"), Member).person == ""


MAILBOX, EVE = "mailbox", "shop.eve"
AS_GUEST = f"guest.{MAILBOX}"


@pytest.mark.parametrize("later", [AS_GUEST, BEN])
@pytest.mark.parametrize("merged", [AS_GUEST, BEN])
@pytest.mark.parametrize("first_order", [True, False])
def test_a_person_that_was_merged_stays_one_after_its_hashes_are_erased(
    merged: str, later: str, first_order: bool
) -> None:
    """A guest's member was the root of the person until a merge; orders and the account go on naming it."""
    rule = {"percent": 10, "friends": 1, "welcome": {"amount": 3}, "qualifies": {"first_order": first_order}}
    shop = Memory(programme(referral=rule))
    shop.execute(issue())
    shop.execute(order("0", EVE, code=CODE, email_hash="eve", at=PAID_AT - 50))
    shop.execute(order("1", AS_GUEST, code=CODE, email_hash=MAILBOX, at=PAID_AT))
    shop.execute(order("2", BEN, code=CODE, email_hash=MAILBOX, at=PAID_AT + 5))
    shop.execute(merge(merged, EVE))
    settle_all(shop)
    assert root_of_mailbox(shop) == EVE
    shop.execute(EraseMember(EVE, hashes=True, anchors=(MAILBOX, "eve")))
    assert root_of_mailbox(shop) == EVE
    before = {name: shop.available(name) for name in (ANNA, BEN, EVE, AS_GUEST)}
    shop.execute(order("3", later, code=CODE, email_hash=MAILBOX, at=PAID_AT + 9))
    settle_all(shop)
    check(shop, 1)
    gained = {name: shop.available(name) - amount for name, amount in before.items()}
    assert gained == dict.fromkeys(before, 0) | {EVE if later == merged else later: 500}  # its own cashback, no gift
    assert [name for name, each in shop.conversions(ANNA).items() if each.live] == [EVE]


def root_of_mailbox(shop: Memory) -> str:
    found = shop.member(AS_GUEST)
    return found.person or found.member


def test_the_anchor_of_a_guest_who_stands_for_itself_is_left(shop: Memory) -> None:
    """It leads to nobody else: its id is the hash, which stays in the books."""
    shop.execute(UpdateMember(AS_GUEST, email_hash=MAILBOX))
    before = shop.member(AS_GUEST)
    assert before.person == AS_GUEST
    assert shop.execute(EraseMember(ANNA, hashes=True, anchors=(MAILBOX,)))["hashes"] == 0
    assert shop.member(AS_GUEST) == before


def test_erasing_twice_or_somebody_unknown_writes_nothing(shop: Memory) -> None:
    shop.execute(order("1", ANNA))
    everything = EraseMember(ANNA, entries=(1, 2, 9), groups=(1,), orders=("shop/1", "shop/none"), hashes=True)
    shop.execute(everything)
    count = len(shop.events)
    assert shop.execute(everything) == {"member": ANNA, **NOTHING}
    assert (shop.written, len(shop.events)) == ((), count)
    assert shop.execute(EraseMember("shop.nobody")) == {"member": "shop.nobody", **NOTHING}
