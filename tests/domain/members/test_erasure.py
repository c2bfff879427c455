"""Erasing what is personal of a member leaves every other field of every record as it was."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.commands import AdjustBalance, EraseMember, UpdateMember
from chalicelib.domain.events import MemberErased
from chalicelib.domain.members.erasure import MAX_ERASED, Erased
from chalicelib.domain.records import (
    Conversion,
    ConversionRef,
    Granted,
    Member,
    MemberRef,
    Note,
    NoteRef,
    Order,
    Profile,
    ProfileRef,
    Record,
    Reversal,
    Review,
)
from tests.properties.invariants import check, settle_all
from tests.world.builders import (
    ANNA,
    BEN,
    CODE,
    NOW,
    PAID_AT,
    bought,
    issue,
    merge,
    order,
    programme_of,
    snapshot,
    states,
)
from tests.world.memory import Memory

REVIEWED = {"referral": {"percent": 10, "review": {"threshold": 100}}}
NOTHING = {"profiles": 0, "traits": 0, "hashes": 0, "reasons": 0}


@pytest.fixture
def shop() -> Memory:
    """Anna has a profile, a note, a code and a friend; Ben, the friend, left the trace of a card."""
    books = Memory(programme_of(**REVIEWED))
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
    kept = repr([record for record in shop.records.values() if "hash" in repr(record)])
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
    shop = Memory(programme_of(referral=rule))
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
    assert [name for name, conversion in shop.conversions(ANNA).items() if conversion.live] == [EVE]


def root_of_mailbox(shop: Memory) -> str:
    guest = shop.member(AS_GUEST)
    return guest.person or guest.member


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


def with_records(*records: Record) -> Memory:
    books = Memory()
    books.records |= {record.ref: record for record in records}
    return books


GOLD = Granted("gold", 0, 739_000)


@pytest.mark.parametrize(
    ("member", "kind", "after"),
    [
        (Member(ANNA, prints=("card:c",)), "traits", Member(ANNA)),
        (Member(ANNA, granted=replace(GOLD, reason="for Mrs Dupont")), "reasons", Member(ANNA, granted=GOLD)),
        (Member(ANNA, email_hash="hash"), "hashes", Member(ANNA)),
        (
            Member(ANNA, prints=("card:c",), granted=replace(GOLD, reason="why"), email_hash="hash"),
            "traits",
            Member(ANNA, granted=GOLD),
        ),
        (
            Member(ANNA, granted=replace(GOLD, reason="why"), email_hash="hash"),
            "reasons",
            Member(ANNA, granted=GOLD),
        ),
    ],
    ids=["traits", "the reason of a level", "a hash", "all of them", "a reason and a hash"],
)
def test_what_is_personal_in_the_members_own_record_goes_and_the_record_counts_once(
    member: Member, kind: str, after: Member
) -> None:
    books = with_records(member)
    assert books.execute(EraseMember(ANNA, hashes=True)) == {"member": ANNA, **NOTHING, kind: 1}
    assert books.member(ANNA) == replace(after, version=1)
    assert books.events[-1] == MemberErased(ANNA, {**NOTHING, kind: 1})


@pytest.mark.parametrize("member", [Member(ANNA, granted=GOLD), Member(ANNA, email_hash="hash")])
def test_a_level_without_a_reason_and_a_hash_that_nobody_asks_for_stay(member: Member) -> None:
    books = with_records(member)
    assert books.execute(EraseMember(ANNA)) == {"member": ANNA, **NOTHING}
    assert (books.written, books.events) == ((), [])


def test_every_written_reason_that_is_named_goes_and_no_other() -> None:
    books = with_records(
        *(
            Note(ANNA, number, "digest", text, salt)
            for number, text, salt in ((1, "a", "s"), (2, "b", "s"), (3, "", ""))
        ),
        *(Reversal(ANNA, number, NOW, "EUR/2", 5, reason) for number, reason in ((1, "a"), (2, "b"), (3, ""))),
        *(Review(ANNA, number, NOW, reason=reason) for number, reason in ((1, "a"), (2, "b"), (3, ""))),
        *(Review(BEN, number, NOW, reason="another's") for number in (1, 2)),
    )
    erased = books.execute(EraseMember(ANNA, entries=(1, 3, 9), reversals=(1, 3, 9), groups=(1, 3, 9)))
    assert erased == {"member": ANNA, **NOTHING, "reasons": 3}
    assert [(note.number, note.text, note.salt, note.version) for note in books.all(Note)] == [
        (1, "", "", 1),
        (2, "b", "s", 0),
        (3, "", "", 0),
    ]
    assert [(undone.entry, undone.reason, undone.version) for undone in books.all(Reversal)] == [
        (1, "", 1),
        (2, "b", 0),
        (3, "", 0),
    ]
    assert [review.reason for review in books.all(Review)] == ["", "b", "", "another's", "another's"]


def test_what_orders_of_earlier_releases_have_of_the_buyer_goes_from_those_that_are_named() -> None:
    traits = states(snapshot(buyer=ANNA, prints=("card:c",), email_hash="hash"))
    orders = [Order("shop", name, facts=facts) for name, facts in (("1", traits), ("2", traits.remembered()))]
    books = with_records(*orders, Order("shop", "3", facts=traits))
    names = ("shop/1", "shop/2", "shop/none")
    assert books.execute(EraseMember(ANNA, orders=names)) == {"member": ANNA, **NOTHING, "traits": 1}
    assert [order.facts for order in books.all(Order)] == [traits.remembered(), traits.remembered(), traits]


@pytest.mark.parametrize(
    ("anchor", "is_erased"),
    [
        (Member(AS_GUEST, person=ANNA), True),
        (Member(AS_GUEST, person=ANNA, was_root=True), False),
        (Member(AS_GUEST, person=ANNA, alias=ANNA), False),
        (Member(AS_GUEST, person=AS_GUEST), False),
        (Member(AS_GUEST), False),
    ],
    ids=["leads to her", "orders name it", "merged into her", "is its own root", "leads nowhere"],
)
def test_the_anchor_of_an_e_mail_is_erased_where_it_only_leads_to_somebody(anchor: Member, is_erased: bool) -> None:
    books = with_records(Member(ANNA), anchor)
    erased = books.execute(EraseMember(ANNA, hashes=True, anchors=(MAILBOX, "of nobody")))
    assert erased == {"member": ANNA, **NOTHING, "hashes": int(is_erased)}
    assert books.member(AS_GUEST) == (replace(anchor, person="", version=1) if is_erased else anchor)


def test_a_guest_who_is_erased_keeps_what_its_own_e_mail_leads_to() -> None:
    """Its member is the anchor: what links it to its person is no trace of another mailbox."""
    books = with_records(Member(AS_GUEST, person=BEN), Member(BEN))
    assert books.execute(EraseMember(AS_GUEST, hashes=True, anchors=(MAILBOX,))) == {"member": AS_GUEST, **NOTHING}
    assert books.member(AS_GUEST) == Member(AS_GUEST, person=BEN)


def test_a_friend_without_traits_or_without_a_record_of_the_referral_is_left() -> None:
    friend = Member(BEN, referrer=ANNA)
    books = with_records(friend, Conversion(ANNA, BEN, "shop/1"))
    assert books.execute(EraseMember(BEN)) == {"member": BEN, **NOTHING}
    assert with_records(friend).execute(EraseMember(BEN)) == {"member": BEN, **NOTHING}


def test_the_profile_of_who_has_never_bought_goes_too() -> None:
    books = with_records(Profile(BEN, 3, email="ben@example.com"))
    assert books.execute(EraseMember(BEN)) == {"member": BEN, **NOTHING, "profiles": 1}
    assert books.records[ProfileRef(BEN)] == Profile(BEN, 4)


def test_whatever_is_named_is_read_at_once_and_then_what_the_member_names_and_no_more() -> None:
    everything = EraseMember(ANNA, (1, 2), (1, 2), ("shop/1", "shop/2"), True, (MAILBOX, "other"), (1, 2))
    assert round_trips(everything) == 1
    assert round_trips(everything, Member(ANNA)) == 2
    assert round_trips(everything, Member(ANNA, referrer=BEN)) == 3
    assert round_trips(EraseMember(ANNA), Member(ANNA)) == 1


def round_trips(command: EraseMember, *records: Record) -> int:
    books = with_records(*records)
    books.execute(command)
    return books.round_trips


def test_e_mails_that_are_named_lead_to_the_member_until_their_hashes_are_to_go() -> None:
    anchor = Member(AS_GUEST, person=ANNA)
    books = with_records(Member(ANNA), anchor)
    assert books.execute(EraseMember(ANNA, anchors=(MAILBOX,))) == {"member": ANNA, **NOTHING}
    assert books.member(AS_GUEST) == anchor


def test_as_much_as_is_erased_at_once_fits_into_a_transaction_with_the_members_own_records() -> None:
    """Beside them stand the profile, the member, its conversion and the anchors of its e-mails."""
    numbers = tuple(range(1, MAX_ERASED + 1))
    books = with_records(*(Note(ANNA, number, "digest", "text", "salt") for number in numbers), Member(ANNA))
    assert books.execute(EraseMember(ANNA, entries=numbers))["reasons"] == MAX_ERASED == 80


def test_of_what_is_not_said_nothing_was_erased() -> None:
    assert Erased(ANNA) == Erased(ANNA, profiles=0, traits=0, hashes=0, reasons=0)
