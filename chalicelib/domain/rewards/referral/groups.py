"""A referrer's groups of friends: completed, priced, looked at, taken apart. The referral programme's own arithmetic.

At all times: number of groups = floor(live conversions / N); a conversion is in at most one group; every bonus names
its conversions. Imports the book, fraud signals, cashback, records and the programme.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from chalicelib.domain.commands import ReviewBonus
from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.events import BonusHeld, BonusReviewed, Event, GroupBroken, GroupCompleted
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger import book
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import LOSS, Due, Posting, digest_of
from chalicelib.domain.members import persons
from chalicelib.domain.programme.document import MAX_VELOCITY, Referral, Version
from chalicelib.domain.records import (
    Conversion,
    ConversionRef,
    Entry,
    Group,
    GroupRef,
    Member,
    MemberRef,
    Posted,
    Record,
    Ref,
    Review,
    ReviewRef,
    note_of,
)
from chalicelib.domain.rewards import cashback
from chalicelib.domain.rewards.referral import fraud_signals, friends

LOOKED_AT = "the shop looked at it"
"""The note of what a verdict takes back; its reason stands apart."""

NO_REVIEW = 10**9
"""A score that no bonus reaches, for a rule without reviews."""


REFUNDED = "a friend's order was refunded"
OTHER_ORDER = "another order of a friend counts now"
BROKEN = {
    friends.MOVED: "a friend's order was moved to another customer's account",
    friends.OLDER: "a friend had bought before",
    friends.MERGED: "two friends turned out to be one person",
}
"""Why a bonus is taken back, in words, by the reason that the friend's conversion gives."""


class ReferrerGroups:
    """A referrer's groups while they are brought in step; what changed leaves as records in one decision."""

    def __init__(self, referrer: str, facts: Facts, now: int) -> None:
        version = facts.history.at(now)
        self.touched: dict[Ref, Conversion | Group | Review] = {}
        self._facts = facts
        self._now = now
        self._books = Books(facts, now, version.programme if version else None)
        self._referrer = referrer
        self._fell: dict[str, dict[int, int]] = {}
        self._events: list[Event] = []
        self._terms = 0
        self._reason = "", ""
        self._reason_posted = False

    @property
    def _member(self) -> Member:
        return self._books.own(self._referrer)

    @_member.setter
    def _member(self, member: Member) -> None:
        self._books.put(member)

    def follow(self, friend: str) -> None:
        """Do what the friend's conversion now asks for."""
        conversion = self._conversion(friend)
        if conversion is None or not conversion.todo:
            return
        self._put(replace(conversion, todo=0))
        if conversion.group:
            group = self._group(conversion.group)
            self._price(group) if self._stands(group, conversion) else self._break(group, conversion)
        elif conversion.live and friend not in self._member.open:
            self._open([friend], live=+1)
        elif not conversion.live and friend in self._member.open:
            waiting = tuple(each for each in self._member.open if each != friend)
            self._member = replace(self._member, open=waiting, live=self._member.live - 1)

    def complete(self) -> None:
        """Put waiting conversions into groups, by the time of their orders.

        A conversion closes a group under the programme of its own order, with the earliest ones that wait until then:
        so the terms of a group follow from its own members' orders, whenever this runs.
        """
        self._facts.need(*(self._ref(friend) for friend in self._member.open))
        for friend in self._member.open:
            self.follow(friend)
        found = (self._conversion(friend) for friend in self._member.open)
        waiting: list[Conversion] = []
        for closing in sorted((one for one in found if one), key=lambda one: (one.at, one.friend)):
            version = self._facts.history.at(closing.at)
            rule = version.programme.referral if version else None
            if version and rule and len(waiting) + 1 >= rule.friends:
                self._join([*waiting[: rule.friends - 1], closing], version, rule)
                waiting = waiting[rule.friends - 1 :]
            else:
                waiting.append(closing)
        self._member = replace(self._member, open=tuple(one.friend for one in waiting))

    def judge(self, group: Group, command: ReviewBonus) -> None:
        """Do what a verdict says."""
        waits = self._waits(group)
        verdict = "" if command.verdict == "undo" and waits else command.verdict
        state = {"approve": "approved", "deny": "denied"}.get(verdict, "held" if waits else "")
        if state == group.review:
            return
        stored = self._facts.find(ReviewRef(group.referrer, group.number), Review)
        judged = stored or Review(group.referrer, group.number, group.at)
        self._put(replace(judged, verdict=verdict, reason=command.reason, decided_at=self._now))
        self._events.append(BonusReviewed(group.referrer, group.number, command.verdict))
        judged_group = replace(group, review=state)
        if _given(judged_group) and not _given(group):
            judged_group = replace(judged_group, allowed_at=self._now)
        bonuses = self._member.bonuses + counts(judged_group) - counts(group)
        self._member = replace(self._member, bonuses=bonuses)
        self._reason = command.reason, command.salt
        self._price(judged_group, LOOKED_AT)

    def _waits(self, group: Group) -> bool:
        """Whether a group's bonus waits for a person while nobody has judged it."""
        if fraud_signals.score(group.signals) >= _threshold(self._rule(group)):
            return True
        return any(each.denied for each in self._members(group))

    def state(self, ref: GroupRef) -> str:
        """What became of a group's bonus."""
        return standing(self._group(ref.number))

    def decision(self, answer: object) -> Decision:
        """What was done, as records to write."""
        for loss in self._books.write_off():
            self._remember(loss)
        closed = self._books.close("referral", self._terms)
        notes: list[Record] = []
        if self._reason_posted:
            notes = [note_of(record, *self._reason) for record in closed.records if isinstance(record, Entry)]
        changes = (*self.touched.values(), *closed.records, *notes)
        return Decision(changes, (*self._events, *closed.events), answer)

    def _with_reason(self, change: Posting) -> Posting:
        """A posting that follows from a verdict carries the digest of the verdict's reason."""
        if change.why.note != LOOKED_AT:
            return change
        self._reason_posted = True
        return replace(change, why=replace(change.why, digest=digest_of(*self._reason)))

    def _remember(self, loss: Posted) -> None:
        """The groups whose bonuses fell have the loss, each at most what it fell by; the first of them has the rest."""
        left = loss.amount
        fallen = [(number, fell) for number, fell in self._fell.get(loss.asset, {}).items() if fell > 0]
        for number, fell in reversed(fallen):
            mine = left if number == fallen[0][0] else min(fell, left)
            left -= mine
            if mine:
                group = self._group(number)
                self._put(replace(group, posted=book.joined(group.posted, [replace(loss, amount=mine)])))

    def _open(self, names: list[str], live: int) -> None:
        waiting = dict.fromkeys([*self._member.open, *names])
        self._member = replace(self._member, open=tuple(waiting), live=self._member.live + live)

    def _join(self, conversions: list[Conversion], version: Version, rule: Referral) -> None:
        member, at = self._member, max(each.at for each in conversions)
        number, names = member.groups + 1, tuple(each.friend for each in conversions)
        losses = book.joined((), [loss for each in conversions for loss in self._inherited(each)])
        for each in conversions:
            self._put(replace(each, group=number, lost_in=0))
        limited = _limited(member, rule, at)
        orders = tuple(each.order for each in conversions)
        group = Group(self._referrer, number, names, version.number, at, limited=limited, posted=losses, orders=orders)
        group = self._looked_at(group, conversions, rule)
        if any(each.denied for each in conversions) and not group.limited and not group.review:
            group = self._held(group)
        recent = tuple(sorted((*member.recent, at)))[-MAX_VELOCITY:] if rule.velocity or rule.review else member.recent
        bonuses = member.bonuses + counts(group)
        self._member = replace(
            member, groups=number, bonuses=bonuses, recent=member.recent if group.limited else recent
        )
        self._events.append(GroupCompleted(member.member, number, group.limited))
        self._price(group, "")

    def _inherited(self, conversion: Conversion) -> list[Posted]:
        """The loss of the group that this friend's order once broke: where it counts again, its bonus pays for it."""
        if not conversion.lost_in:
            return []
        broken = self._group(conversion.lost_in)
        self._put(replace(broken, posted=tuple(each for each in broken.posted if each.account != LOSS)))
        return [each for each in broken.posted if each.account == LOSS]

    def _looked_at(self, group: Group, conversions: list[Conversion], rule: Referral) -> Group:
        """The group with what speaks against its bonus; where that is too much, the bonus waits for a person."""
        if rule.review is None or group.limited:
            return group
        found = fraud_signals.found(self._member, conversions, self._ancestors(), group.at, rule.review)
        group = replace(group, signals=found)
        return self._held(group) if fraud_signals.score(found) >= rule.review.threshold else group

    def _held(self, group: Group) -> Group:
        """The group whose bonus waits for a person: its signals are too many, or a friend's bonus was denied before."""
        self._put(Review(group.referrer, group.number, self._now))
        self._events.append(BonusHeld(group.referrer, group.number, dict(group.signals)))
        return replace(group, review="held")

    def _ancestors(self) -> list[str]:
        """Who referred the referrer, who referred that one, and so on: a friend among them closes a ring."""
        names, member = [persons.root_of(self._member)], self._root()
        while member and member.referrer:
            name = member.referrer_root or member.referrer
            if name in names or len(names) > fraud_signals.RING_DEPTH:
                break
            names.append(name)
            member = self._facts.find(MemberRef(name), Member)
        return names[1:]

    def _root(self) -> Member | None:
        """The referrer's own person."""
        name = persons.root_of(self._member)
        return self._member if name == self._member.member else self._facts.find(MemberRef(name), Member)

    def _stands(self, group: Group, conversion: Conversion) -> bool:
        """Whether a friend is still in a group by the same order, and the group's terms are those of its orders."""
        by = dict(zip(group.friends, group.orders, strict=False)).get(conversion.friend, conversion.order)
        if not conversion.live or conversion.order != by:
            return False
        at = max(one.at for one in self._members(group))
        version = self._facts.history.at(at)
        return at == group.at or (version is not None and version.number == group.terms)

    def _break(self, group: Group, by: Conversion) -> None:
        """Take a group apart because of what happened to one of its friends; who is live waits again."""
        members = self._members(group)
        for each in members:
            denied = each.denied or group.review == "denied"
            left = group.number if each.friend == by.friend or not each.live else 0
            self._put(replace(each, group=0, lost_in=left, denied=denied))
        self._open([each.friend for each in members if each.live], live=-sum(not each.live for each in members))
        recent = list(self._member.recent)
        if group.at in recent and not group.limited:
            recent.remove(group.at)
        bonuses = self._member.bonuses - counts(group)
        self._member = replace(self._member, bonuses=bonuses, recent=tuple(recent))
        self._events.append(GroupBroken(group.referrer, group.number))
        if group.review == "held":
            waiting = self._facts.find(ReviewRef(group.referrer, group.number), Review)
            self._put(replace(waiting or Review(group.referrer, group.number, group.at), verdict="gone"))
        self._post(replace(group, broken=True), [], BROKEN.get(by.reason, OTHER_ORDER if by.live else REFUNDED))

    def _price(self, group: Group, note: str = "a friend's order was partly refunded") -> None:
        """Post what the group's bonus differs by: the whole of it at first, a part when a friend's order shrinks."""
        version, rule = self._facts.history.numbered(group.terms), self._rule(group)
        members = self._members(group)
        parties = tuple(f"{each.friend} {each.order}" for each in members)
        dues: list[Due] = []
        if rule and _given(group):
            bases = bases_of(members)
            dues = cashback.bonus(rule, bases, group.at, version.programme, parties, group.allowed_at)
        self._post(group, dues, note)

    def _rule(self, group: Group) -> Referral | None:
        return self._facts.history.numbered(group.terms).programme.referral

    def _post(self, group: Group, dues: list[Due], note: str) -> None:
        due = book.as_posted(group.referrer, dues)
        due = (*due, *book.unrecovered(group.posted, due))
        for member, change in book.difference(group.posted, due, [each.why for each in dues], note):
            self._books.move(member, [self._with_reason(change)])
            fell = self._fell.setdefault(change.asset, {})
            fell[group.number] = fell.get(group.number, 0) - change.signed(member)
        self._terms = max(self._terms, group.terms)
        self._put(replace(group, posted=due))

    def _members(self, group: Group) -> list[Conversion]:
        self._facts.need(*(self._ref(friend) for friend in group.friends))
        return [each for friend in group.friends if (each := self._conversion(friend))]

    def _conversion(self, friend: str) -> Conversion | None:
        ref = self._ref(friend)
        changed = self.touched.get(ref)
        return changed if isinstance(changed, Conversion) else self._facts.find(ref, Conversion)

    def _group(self, number: int) -> Group:
        ref = GroupRef(self._referrer, number)
        changed = self.touched.get(ref)
        group = changed if isinstance(changed, Group) else self._facts.find(ref, Group)
        assert group, f"{ref} is named by a conversion and has no record"
        return group

    def _put(self, record: Conversion | Group | Review) -> None:
        self.touched[record.ref] = record

    def _ref(self, friend: str) -> ConversionRef:
        return ConversionRef(self._referrer, friend)


def bases_of(conversions: Iterable[Conversion]) -> dict[str, int]:
    """What friends' orders are worth for a bonus, in minor units by currency."""
    bases: dict[str, int] = {}
    for each in conversions:
        bases[each.currency] = bases.get(each.currency, 0) + each.base
    return bases


def standing(group: Group) -> str:
    """What became of a group's bonus, in a word: `broken`, `limited`, `held`, `approved`, `denied` or `paid`."""
    return "broken" if group.broken else "limited" if group.limited else group.review or "paid"


def counts(group: Group) -> bool:
    """Whether a group counts among the bonuses that its referrer can hold."""
    return not group.limited and group.review != "denied"


def _given(group: Group) -> bool:
    """Whether a group's bonus is given, and neither limited nor kept back by a person."""
    return not group.limited and group.review in ("", "approved")


def _limited(member: Member, rule: Referral, at: int) -> bool:
    """Whether a member has had as many bonuses as the programme gives at all, or within some days."""
    if rule.limit is not None and member.bonuses >= rule.limit:
        return True
    if rule.velocity is None:
        return False
    # Both ways, because a group that completed earlier can be heard of later.
    days = rule.velocity.days * DAY_S
    return sum(abs(each - at) < days for each in member.recent) >= rule.velocity.bonuses


def _threshold(rule: Referral | None) -> int:
    return rule.review.threshold if rule and rule.review else NO_REVIEW
