"""What holds of all records at any time, and what holds once every referrer is settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from chalicelib.domain.audit import record_checks
from chalicelib.domain.audit.cross_checks import COUNTED, claims, is_gift
from chalicelib.domain.audit.record_checks import OF_AWARDS
from chalicelib.domain.commands import RecordOrder, SettleReferrals
from chalicelib.domain.core.money import is_money
from chalicelib.domain.core.usage import of_buckets, used_in
from chalicelib.domain.ledger.accounts import MAX_HOLDS, MAX_LAPSED, MAX_LOTS
from chalicelib.domain.ledger.transfers import (
    EXPIRED,
    LOSS,
    REDEMPTION,
    REVIVED,
    VESTED,
    WRITTEN_OFF,
    Posting,
    account_of,
)
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import (
    Activity,
    Budget,
    BudgetRef,
    Conversion,
    Entry,
    Group,
    Hold,
    Member,
    MemberRef,
    Order,
)
from chalicelib.domain.rewards.referral.friends import MAX_CANDIDATES
from chalicelib.domain.rewards.referral.groups import counts
from tests.world.builders import NOW
from tests.world.memory import Memory

Totals = Counter[tuple[str, str]]
"""By account and asset."""


OF_TIME = (EXPIRED, VESTED, REVIVED)
"""Rules of postings that belong to a member's account and to no order."""


def check(books: Memory, needed: int, now: int = NOW) -> None:
    """Every invariant, on the records as they are and on a copy that is settled. `needed`: friends per bonus."""
    members_hold_what_was_posted(books)
    entries_have_no_gaps(books)
    entries_are_chained(books)
    orders_remember_what_they_posted(books)
    conversions_remember_what_they_posted(books)
    orders_have_spent_what_they_say(books)
    holds_have_their_parts(books, now)
    counters_are_sums_over_orders(books, now)
    limits_count_what_orders_have(books)
    live_groups_share_no_conversion(books)
    conversions_say_what_their_orders_say(books)
    nothing_is_left_to_post(books, now)
    settled = copy(books)
    settle_all(settled, now)
    members_hold_what_was_posted(settled)
    entries_are_chained(settled)
    referrers_agree_with_their_conversions(settled, needed)
    bonuses_name_their_conversions(settled, needed)


def members_hold_what_was_posted(books: Memory) -> None:
    stored: Totals = Counter()
    for member in books.all(Member):
        for asset, account in member.accounts.items():
            assert len(account.lots) <= MAX_LOTS
            assert all(lot.amount > 0 for lot in account.lots)
            assert account.debt >= 0
            assert len(account.lapsed) <= MAX_LAPSED
            assert len(account.holds) <= 2 * MAX_HOLDS  # those of two members who were merged
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
    """And activities."""
    by_cause: dict[str, Totals] = {}
    for entry in books.all(Entry):
        own = [
            posting for posting in entry.postings if posting.why.rule not in OF_TIME and not is_of_gift(posting, entry)
        ]
        own = [as_stated(posting, entry) for posting in own if not OF_AWARDS & {posting.source, posting.destination}]
        by_cause.setdefault(entry.cause, Counter()).update(totals(own))
    for order in books.all(Order):
        remembered: Totals = Counter()
        for posted in order.posted:
            remembered[account_of(posted.member), posted.asset] += posted.amount
            remembered[posted.account, posted.asset] -= posted.amount
        assert nonzero(remembered) == nonzero(by_cause.get(str(order.ref), Counter()))
    given: dict[str, Totals] = {}
    history = books.history()
    for activity in books.all(Activity):
        assert record_checks.of_activity(activity, history) == []
        for posted in activity.posted:
            of_cause = given.setdefault(activity.cause, Counter())
            of_cause[account_of(posted.member), posted.asset] += posted.amount
            of_cause[posted.account, posted.asset] -= posted.amount
    for cause, entries in by_cause.items():
        assert not cause.startswith("activity ") or nonzero(given.get(cause, Counter())) == nonzero(entries)


def counters_are_sums_over_orders(books: Memory, now: int) -> None:
    """Every counter of a member is what the live orders count, its own and those of who was merged into it."""
    sums: Counter[tuple[str, ...]] = Counter()
    for record in (*books.all(Order), *books.all(Member)):
        for subject, amount in claims(record, now):
            sums[subject] += amount if subject[0] == COUNTED else 0
    assert not {subject: amount for subject, amount in sums.items() if amount}
    for member in books.all(Member):
        assert list(record_checks.awards_of(member, books.entries(member.member))) == []


def conversions_remember_what_they_posted(books: Memory) -> None:
    """Welcome gifts stand with the conversions, whichever order's delivery gave or took them."""
    remembered: Totals = Counter()
    for conversion in books.all(Conversion):
        assert record_checks.of_conversion(conversion) == []
        for posted in conversion.posted:
            remembered[account_of(posted.member), posted.asset] += posted.amount
            remembered[posted.account, posted.asset] -= posted.amount
    entries = [
        (entry, posting) for entry in books.all(Entry) for posting in entry.postings if is_of_gift(posting, entry)
    ]
    given = [as_stated(posting, entry) for entry, posting in entries]
    assert nonzero(remembered) == nonzero(totals(given))


def as_stated(posting: Posting, entry: Entry) -> Posting:
    """A posting as its order, gift or group states it, which may name a member that was merged since."""
    if not posting.why.of:
        return posting
    own_account, named_account = account_of(entry.member), account_of(posting.why.of)
    ends = [named_account if end == own_account else end for end in (posting.source, posting.destination)]
    return replace(posting, source=ends[0], destination=ends[1])


def survivor(books: Memory, name: str) -> str:
    """Who has a member's money."""
    record = books.records.get(MemberRef(name))
    return survivor(books, record.alias) if isinstance(record, Member) and record.alias else name


def is_of_gift(posting: Posting, entry: Entry) -> bool:
    """Whether a posting is a welcome gift's, or its loss."""
    return is_gift(posting, posting.other_side(account_of(entry.member)))


def entries_are_chained(books: Memory) -> None:
    """Each entry carries the link after the one before it, and its member the last."""
    for member in books.all(Member):
        head = ""
        for entry in books.entries(member.member):
            assert entry.chain == entry.linked(head)
            head = entry.chain
        assert member.head == head


def orders_have_spent_what_they_say(books: Memory) -> None:
    """Of each balance that an order was paid with at most all stays spent, and lots are those that it came from."""
    for order in books.all(Order):
        spent: dict[tuple[str, str, int, int], int] = {}
        for part in order.spent:
            lot = part.member, part.asset, part.vests_at, part.expires_at
            spent[lot] = spent.get(lot, 0) + part.amount
            assert part.amount > 0
            assert (part.worth is None) == is_money(part.asset)
        stays: dict[tuple[str, str, int, int], int] = {}
        for posted in order.posted:
            if posted.account == REDEMPTION:
                lot = posted.member, posted.asset, posted.vests_at, posted.expires_at
                stays[lot] = stays.get(lot, 0) - posted.amount
        assert all(0 < amount <= spent.get(lot, 0) for lot, amount in stays.items())


def holds_have_their_parts(books: Memory, now: int) -> None:
    """An open hold that has not run out has its amount in the account; one that has ended has nothing there."""
    open_holds = {hold.hold: hold for hold in books.all(Hold) if hold.state == "open"}
    held_amounts: dict[str, int] = {}
    for member in books.all(Member):
        for asset, account in member.accounts.items():
            for held in account.holds:
                hold = open_holds[held.hold]
                assert (hold.member, hold.asset, hold.amount, hold.until) == (
                    member.member,
                    asset,
                    held.amount,
                    held.until,
                )
                assert held.hold not in held_amounts
                held_amounts[held.hold] = held.amount
    assert {name for name, hold in open_holds.items() if hold.until > now} <= held_amounts.keys()
    for hold in books.all(Hold):
        assert hold.state in ("open", "captured") or hold.captured == 0
        assert 0 <= hold.captured <= hold.amount
        assert (hold.worth is None) == is_money(hold.asset)
        assert (hold.ended_at != 0) == (hold.state != "open")


def limits_count_what_orders_have(books: Memory) -> None:
    """Budgets have given what orders have of them, and members have used what orders were allowed."""
    given: Counter[BudgetRef] = Counter()
    used: dict[str, Counter[str]] = {}
    all_terms = [*(order.terms for order in books.all(Order)), *(told.terms for told in books.all(Activity))]
    for terms in all_terms:
        for grant in terms.allowed:
            assert 0 <= grant.amount <= grant.wanted
            for share, amount in grant.taken:
                assert 0 <= share < books.history().shares_of(grant.rule, grant.asset)
                assert amount > 0
                given[BudgetRef(grant.rule, grant.asset, share)] += amount
            for bucket in grant.buckets:
                more = grant.amount > 0 if " # " in bucket else grant.amount
                used.setdefault(survivor(books, grant.member), Counter())[bucket] += more
    assert {budget.ref: budget.given for budget in books.all(Budget) if budget.given} == {
        ref: amount for ref, amount in given.items() if amount
    }
    for member in books.all(Member):
        members_used_what_orders_have(member, used.get(member.member, Counter()))


def members_used_what_orders_have(member: Member, used: Counter[str]) -> None:
    """What a member has used is what orders had of it; of a period that was forgotten in between it may be less."""
    packed = of_buckets(used)
    for name, (first, *amounts) in member.used.items():
        assert amounts[0] > 0
        assert amounts[-1] > 0
        if name.endswith(" member"):
            assert packed[name] == (first, *amounts)
    assert all(used_in(member.used, bucket) <= amount for bucket, amount in used.items())


def budgets_are_not_overrun(books: Memory, programme: Programme, asset: str = "EUR/2") -> None:
    """All shares of a rule's budget together have given at most the budget."""
    for rule in programme.earn:
        gives = asset in rule.assets(programme)
        limit = rule.minor(rule.budget, asset, programme) if gives else None
        given = sum(budget.given for budget in books.all(Budget) if (budget.rule, budget.asset) == (rule.id, asset))
        assert limit is None or given <= limit


def live_groups_share_no_conversion(books: Memory) -> None:
    grouped = {
        (group.referrer, friend): group for group in books.all(Group) if not group.broken for friend in group.friends
    }
    assert len(grouped) == sum(len(group.friends) for group in books.all(Group) if not group.broken)
    for conversion in books.all(Conversion):
        group = grouped.get((conversion.referrer, conversion.friend))
        assert conversion.group == (group.number if group else 0)


def conversions_say_what_their_orders_say(books: Memory) -> None:
    """A conversion's candidates are the orders that say so; it is live if and only if it has one."""
    of_orders = [
        (order.conversion, str(order.ref)) for order in books.all(Order) if order.conversion and order.conversion.live
    ]
    listed = [(conversion, candidate) for conversion in books.all(Conversion) for candidate in conversion.candidates]
    assert sorted(
        (converted.referrer, converted.friend, name, converted.base, converted.currency)
        for converted, name in of_orders
    ) == sorted(
        (conversion.referrer, conversion.friend, candidate.order, candidate.base, candidate.currency)
        for conversion, candidate in listed
    )
    for conversion in books.all(Conversion):
        assert conversion.live == bool(conversion.candidates)
        assert len(conversion.candidates) <= MAX_CANDIDATES


def nothing_is_left_to_post(books: Memory, now: int = NOW) -> None:
    """Every order, stated once more as it is stored, changes nothing."""
    for order in books.all(Order):
        assert books.decide(RecordOrder(order.connection, order.order, order.facts), now).changes == ()


def referrers_agree_with_their_conversions(books: Memory, needed: int) -> None:
    for member in books.all(Member):
        conversions = [conversion for conversion in books.conversions(member.member).values() if conversion.live]
        groups = [group for group in books.groups(member.member) if not group.broken]
        assert member.live == len(conversions)
        assert set(member.open) == {conversion.friend for conversion in conversions if not conversion.group}
        assert len(member.open) == len(set(member.open))
        assert member.bonuses == sum(counts(group) for group in groups)
        assert len(groups) == len(conversions) // needed


def bonuses_name_their_conversions(books: Memory, needed: int) -> None:
    owed: Totals = Counter()
    for group in books.all(Group):
        conversions = [books.conversions(group.referrer)[friend] for friend in group.friends]
        assert len(set(group.friends)) == needed
        earned = [posted for posted in group.posted if posted.account != LOSS]
        assert not (earned and (group.broken or group.limited or group.review in ("held", "denied")))
        assert group.broken or all(conversion.live and conversion.group == group.number for conversion in conversions)
        for posted in group.posted:
            owed[account_of(group.referrer), posted.asset] += posted.amount
    for entry in books.all(Entry):
        for posting in entry.postings:
            whose = posting.why.of or entry.member
            if posting.why.rule == WRITTEN_OFF and entry.cause == "referral":
                owed[account_of(whose), posting.asset] -= signed(posting, entry.member)
            if posting.why.rule == "referral-bonus":
                owed[account_of(whose), posting.asset] -= signed(posting, entry.member)
                given = posting.destination == account_of(entry.member)
                assert (
                    not given or {party.split()[0] for party in posting.why.parties} <= books.conversions(whose).keys()
                )
                assert not given or len(posting.why.parties) == needed
    assert nonzero(owed) == {}


def copy(books: Memory) -> Memory:
    other = Memory()
    other.records = dict(books.records)
    return other


def settle_all(books: Memory, now: int = NOW) -> None:
    """Until nothing is left to follow, as the stream does."""
    while waiting := [conversion for conversion in books.all(Conversion) if conversion.todo]:
        referrer = waiting[0].referrer
        friends = tuple(conversion.friend for conversion in waiting if conversion.referrer == referrer)
        books.execute(SettleReferrals(referrer, friends), now)


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
