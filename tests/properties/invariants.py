"""What holds of all records at any time, and what holds once every referrer is settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from chalicelib.domain.commands import RecordOrder, SettleReferrals
from chalicelib.domain.ledger import Posting, account_of
from chalicelib.domain.lots import MAX_LOTS
from chalicelib.domain.records import Conversion, Entry, Group, Member, Order
from tests.memory import Memory

Totals = Counter[tuple[str, str]]
"""By account and asset."""


def check(books: Memory, needed: int) -> None:
    """Every invariant, on the records as they are and on a copy that is settled. `needed`: friends per bonus."""
    members_hold_what_was_posted(books)
    entries_have_no_gaps(books)
    orders_remember_what_they_posted(books)
    live_groups_share_no_conversion(books)
    conversions_say_what_their_orders_say(books)
    nothing_is_left_to_post(books)
    settled = copy(books)
    settle_all(settled)
    members_hold_what_was_posted(settled)
    referrers_agree_with_their_conversions(settled, needed)
    bonuses_name_their_conversions(settled, needed)


def members_hold_what_was_posted(books: Memory) -> None:
    stored: Totals = Counter()
    for member in books.all(Member):
        for asset, account in member.accounts.items():
            assert len(account.lots) <= MAX_LOTS
            assert all(lot.amount > 0 for lot in account.lots)
            assert account.debt >= 0
            stored[account_of(member.member), asset] += account.stored
    derived = totals(posting for entry in books.all(Entry) for posting in entry.postings)
    of_members = {key: amount for key, amount in derived.items() if key[0].startswith("member:")}
    of_programme = {key: amount for key, amount in derived.items() if key not in of_members}
    assert nonzero(stored) == nonzero(of_members)
    for asset in {asset for _, asset in derived}:
        assert sum(amount for side in (stored, of_programme) for key, amount in side.items() if key[1] == asset) == 0


def entries_have_no_gaps(books: Memory) -> None:
    for member in books.all(Member):
        assert [entry.number for entry in books.entries(member.member)] == list(range(1, member.entries + 1))


def orders_remember_what_they_posted(books: Memory) -> None:
    by_cause: dict[str, Totals] = {}
    for entry in books.all(Entry):
        by_cause.setdefault(entry.cause, Counter()).update(totals(entry.postings))
    for order in books.all(Order):
        remembered: Totals = Counter()
        for each in order.posted:
            remembered[account_of(each.member), each.asset] += each.amount
            remembered[each.account, each.asset] -= each.amount
        assert nonzero(remembered) == nonzero(by_cause.get(str(order.ref), Counter()))


def live_groups_share_no_conversion(books: Memory) -> None:
    grouped = {
        (group.referrer, friend): group for group in books.all(Group) if not group.broken for friend in group.friends
    }
    assert len(grouped) == sum(len(group.friends) for group in books.all(Group) if not group.broken)
    for conversion in books.all(Conversion):
        group = grouped.get((conversion.referrer, conversion.friend))
        assert conversion.group == (group.number if group else 0)


def conversions_say_what_their_orders_say(books: Memory) -> None:
    """A conversion is live if and only if an order says that it converts that friend."""
    said = [each.conversion for each in books.all(Order) if each.conversion and each.conversion.live]
    live = [each for each in books.all(Conversion) if each.live]
    assert sorted((each.referrer, each.friend, each.base, each.currency) for each in said) == sorted(
        (each.referrer, each.friend, each.base, each.currency) for each in live
    )


def nothing_is_left_to_post(books: Memory) -> None:
    """Every order, stated once more as it is stored, changes nothing."""
    for order in books.all(Order):
        assert books.decide(RecordOrder(order.connection, order.order, order.facts)).changes == ()


def referrers_agree_with_their_conversions(books: Memory, needed: int) -> None:
    for member in books.all(Member):
        conversions = [each for each in books.conversions(member.member).values() if each.live]
        groups = [group for group in books.groups(member.member) if not group.broken]
        assert member.live == len(conversions)
        assert set(member.open) == {each.friend for each in conversions if not each.group}
        assert len(member.open) == len(set(member.open))
        assert member.bonuses == sum(not group.limited for group in groups)
        assert len(groups) == len(conversions) // needed


def bonuses_name_their_conversions(books: Memory, needed: int) -> None:
    owed: Totals = Counter()
    for group in books.all(Group):
        conversions = [books.conversions(group.referrer)[friend] for friend in group.friends]
        assert len(set(group.friends)) == needed
        assert not (group.posted and (group.broken or group.limited))
        assert group.broken or all(each.live and each.group == group.number for each in conversions)
        for each in group.posted:
            owed[account_of(group.referrer), each.asset] += each.amount
    for entry in books.all(Entry):
        for posting in entry.postings:
            if posting.why.rule == "referral-bonus":
                owed[account_of(entry.member), posting.asset] -= signed(posting, entry.member)
                given = posting.destination == account_of(entry.member)
                assert (
                    not given
                    or {party.split()[0] for party in posting.why.parties} <= books.conversions(entry.member).keys()
                )
                assert not given or len(posting.why.parties) == needed
    assert nonzero(owed) == {}


def copy(books: Memory) -> Memory:
    other = Memory()
    other.records = dict(books.records)
    return other


def settle_all(books: Memory) -> None:
    """Until nothing is left to follow, as the stream does."""
    while waiting := [each for each in books.all(Conversion) if each.todo]:
        referrer = waiting[0].referrer
        books.execute(SettleReferrals(referrer, tuple(each.friend for each in waiting if each.referrer == referrer)))


def totals(postings: Iterable[Posting]) -> Totals:
    sums: Totals = Counter()
    for posting in postings:
        sums[posting.source, posting.asset] -= posting.amount
        sums[posting.destination, posting.asset] += posting.amount
    return sums


def nonzero(sums: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return {key: amount for key, amount in sums.items() if amount}


def signed(posting: Posting, member: str) -> int:
    return posting.amount if posting.destination == account_of(member) else -posting.amount
