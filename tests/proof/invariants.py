"""What holds of a whole simulated table; beside tests/properties/invariants.py, which is used too.

While the shop lives, conversions may wait for their referrer; once everything is settled, both sides must agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from chalicelib.domain.audit.record_checks import OF_AWARDS
from chalicelib.domain.ledger.transfers import (
    EXPIRED,
    LOSS,
    MERGE_RULE,
    REDEEMED,
    REVIVED,
    VESTED,
    Posted,
    Posting,
    account_of,
)
from chalicelib.domain.records import (
    Activity,
    Budget,
    Conversion,
    Entry,
    Group,
    Hold,
    HoldRef,
    Member,
    MemberRef,
    Order,
)
from tests.properties import invariants as books_of
from tests.properties.invariants import Totals, nonzero, totals
from tests.world.memory import Memory

BY_TIME = (EXPIRED, REVIVED, VESTED)
"""Rules of postings that follow from the clock, whatever entry they stand in."""


def check_at_any_time(books: Memory) -> None:
    """What no moment may break."""
    books_of.members_hold_what_was_posted(books)
    books_of.entries_have_no_gaps(books)
    books_of.live_groups_share_no_conversion(books)
    books_of.conversions_say_what_their_orders_say(books)
    books_of.conversions_remember_what_they_posted(books)
    orders_remember_what_they_posted(books)
    holds_are_in_their_accounts(books)
    budgets_are_what_orders_took(books)


def check_settled(books: Memory, needed: int) -> None:
    """What holds once the stream and the operator are done. `needed`: friends per bonus."""
    check_at_any_time(books)
    assert not [conversion for conversion in books.all(Conversion) if conversion.todo], (
        "a conversion still waits for its referrer"
    )
    books_of.referrers_agree_with_their_conversions(books, needed)
    bonuses_are_what_groups_posted(books, needed)
    merges_keep_all(books)
    friends_are_persons(books)


def orders_remember_what_they_posted(books: Memory) -> None:
    """Per order, what it remembers is what the ledger holds with it as the cause."""
    by_cause: dict[str, Totals] = {}
    for entry in books.all(Entry):
        own = [posting for posting in _not_by_time(entry) if not books_of.is_of_gift(posting, entry)]
        own = [
            books_of.as_stated(posting, entry)
            for posting in own
            if not OF_AWARDS & {posting.source, posting.destination}
        ]
        by_cause.setdefault(entry.cause, Counter()).update(totals(own))
    for order in books.all(Order):
        assert _remembered(order.posted) == nonzero(by_cause.get(str(order.ref), Counter())), order.ref


def holds_are_in_their_accounts(books: Memory) -> None:
    """Whatever an account holds back belongs to a hold that is open, and to the full amount."""
    for member in books.all(Member):
        for asset, account in member.accounts.items():
            for held in account.holds:
                hold = books.find(HoldRef(held.hold), Hold)
                assert hold.state == "open"
                assert (hold.member, hold.asset, hold.amount) == (member.member, asset, held.amount)


def budgets_are_what_orders_took(books: Memory) -> None:
    """A shared budget has given what orders remember to have got of it."""
    given = Counter({(budget.rule, budget.asset): 0 for budget in books.all(Budget)})
    taken = Counter(given)
    for budget in books.all(Budget):
        given[budget.rule, budget.asset] += budget.given
    of_orders = [order.terms for order in books.all(Order)]
    for terms in (*of_orders, *(activity.terms for activity in books.all(Activity))):
        for allowed in terms.allowed:
            taken[allowed.rule, allowed.asset] += sum(amount for _, amount in allowed.taken)
    assert given == taken


def bonuses_are_what_groups_posted(books: Memory, needed: int) -> None:
    """Groups are complete, broken ones hold no bonus, and bonuses in the ledger are those of the groups."""
    owed: Totals = Counter()
    for group in books.all(Group):
        conversions = [books.conversions(group.referrer)[friend] for friend in group.friends]
        bonus = [posted for posted in group.posted if posted.account != LOSS]
        assert len(set(group.friends)) == needed
        assert not (bonus and (group.broken or group.limited or group.review in ("held", "denied")))
        assert group.broken or all(conversion.live and conversion.group == group.number for conversion in conversions)
        for posted in bonus:
            owed[account_of(group.referrer), posted.asset] += posted.amount
    for entry in books.all(Entry):
        for posting in entry.postings:
            if posting.why.rule == "referral-bonus":
                owed[account_of(posting.why.of or entry.member), posting.asset] -= posting.signed(entry.member)
    assert nonzero(owed) == {}


def merges_keep_all(books: Memory) -> None:
    """What a merged member gives the other one gets, and it keeps nothing."""
    handed: Totals = Counter()
    for entry in books.all(Entry):
        for posting in entry.postings:
            if posting.why.rule == MERGE_RULE:
                pair = sorted((entry.member, entry.cause.removeprefix("merge ")))
                handed[" ".join(pair), posting.asset] += posting.signed(entry.member)
    assert nonzero(handed) == {}
    assert [member.member for member in books.all(Member) if member.alias and member.accounts] == []


def friends_are_persons(books: Memory) -> None:
    """Nobody counts twice as the friend of a person, or as a friend of itself."""
    live = [conversion for conversion in books.all(Conversion) if conversion.live]
    ends = [(books_of.survivor(books, conversion.referrer), person_of(books, conversion.friend)) for conversion in live]
    assert [pair for pair, times in Counter(ends).items() if times > 1] == []
    assert [conversion for conversion in live if _is_one(books, conversion.friend, conversion.referrer)] == []


def person_of(books: Memory, name: str) -> str:
    """The member that stands for the person of a member."""
    record = books.records.get(MemberRef(name))
    above = record.person if isinstance(record, Member) else ""
    return name if above in ("", name) else person_of(books, above)


def _is_one(books: Memory, friend: str, referrer: str) -> bool:
    return books_of.survivor(books, friend) == books_of.survivor(books, referrer)


def posted_by_hand(books: Memory) -> Counter[str]:
    """How many entries have the digest of each reason of what was adjusted by hand; the reason may be erased."""
    return Counter(
        digest
        for entry in books.all(Entry)
        for digest in {posting.why.digest for posting in entry.postings if posting.why.rule == "adjustment"}
    )


def spent_at_once(books: Memory) -> Counter[tuple[str, str]]:
    """What redemptions that name no order have taken, by who has the money now and asset."""
    spent: Counter[tuple[str, str]] = Counter()
    for entry in books.all(Entry):
        if entry.cause == "redemption":
            for posting in entry.postings:
                if posting.why.rule == REDEEMED:
                    owner = books_of.survivor(books, entry.member)
                    spent[owner, posting.asset] -= posting.signed(entry.member)
    return spent


def given_back_by_hand(books: Memory) -> dict[tuple[str, int], int]:
    """What undone redemptions have brought back, by member and entry."""
    back: dict[tuple[str, int], int] = {}
    for entry in books.all(Entry):
        if entry.cause.startswith("undo "):
            amount = sum(posting.signed(entry.member) for posting in entry.postings if posting.why.rule == REDEEMED)
            whose = next(posting.why.of or entry.member for posting in entry.postings if posting.why.rule == REDEEMED)
            undone = whose, int(entry.cause.rpartition(" ")[2])
            assert undone not in back, undone
            back[undone] = amount
    return back


def _not_by_time(entry: Entry) -> Iterable[Posting]:
    return (posting for posting in entry.postings if posting.why.rule not in BY_TIME)


def _remembered(posted: Iterable[Posted]) -> dict[tuple[str, str], int]:
    sums: Totals = Counter()
    for posting in posted:
        sums[account_of(posting.member), posting.asset] += posting.amount
        sums[posting.account, posting.asset] -= posting.amount
    return nonzero(sums)
