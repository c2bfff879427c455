"""A referrer's groups of friends: completing them, reviewing and posting their bonuses, breaking them up.

Invariants: number of groups = floor(live conversions / N); a conversion is in at most one group; every bonus names its
conversions. Reading order: `follow` (a conversion changed), `complete` (new groups), `judge` (a person's verdict); each
ends in `_price`, which posts the difference. Imports the book, fraud signals, bonuses, records and the programme.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from chalicelib.domain.commands import ReviewBonus
from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.events import BonusHeld, BonusReviewed, Event, GroupBroken, GroupCompleted
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger import causes
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import LOSS, Due, Posted, Posting, difference, digest_of, joined, unrecovered
from chalicelib.domain.members import persons
from chalicelib.domain.programme.document import Version
from chalicelib.domain.programme.referral import MAX_VELOCITY, Referral
from chalicelib.domain.records import (
    Conversion,
    ConversionRef,
    Entry,
    Group,
    GroupRef,
    Member,
    Record,
    Ref,
    Review,
    ReviewRef,
    note_of,
)
from chalicelib.domain.rewards.referral import fraud_signals, friends
from chalicelib.domain.rewards.referral.bonus import bonus

LOOKED_AT = "the shop looked at it"
"""The note of postings that follow from a verdict; the verdict's reason is a record of its own."""

PENDING_REVIEW, APPROVED, DENIED = "held", "approved", "denied"
"""The states of a group's review, empty without one. Clients and stored records know a pending one as `held`."""

STATE_OF = {"approve": APPROVED, "deny": DENIED}
"""The state that each verdict leads to; `undo` leads back to the state before."""

REFUNDED = "a friend's order was refunded"
OTHER_ORDER = "another order of a friend counts now"
BROKEN = {
    friends.MOVED: "a friend's order was moved to another customer's account",
    friends.OLDER: "a friend had bought before",
    friends.MERGED: "two accounts turned out to be one person's",
}
"""The note of a bonus that is taken back, by the reason of the friend's conversion."""


class ReferrerGroups:
    """One referrer's groups during one decision. It collects changed records and postings; `decision` returns them."""

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
        self._by = ""
        self._reason_posted = False

    @property
    def _member(self) -> Member:
        """The referrer as it is in the books now; changes go by `_books.put`."""
        return self._books.member(self._referrer)

    def follow(self, friend: str) -> None:
        """Apply a friend's changed conversion: to its group, or to the conversions that wait for one."""
        conversion = self._conversion(friend)
        if conversion is None or not conversion.todo:
            return
        self._put(replace(conversion, todo=0))
        member = self._member
        if conversion.group:
            group = self._group(conversion.group)
            self._price(group) if self._stands(group, conversion) else self._break(group, conversion)
        elif conversion.live and friend not in member.open:
            self._enqueue([friend], live=+1)
        elif not conversion.live and friend in member.open:
            waiting = tuple(name for name in member.open if name != friend)
            self._books.put(replace(member, open=waiting, live=member.live - 1))

    def complete(self) -> None:
        """Complete groups from waiting conversions, in the order of their times.

        A conversion closes a group under the programme of its own order, with the earliest ones that wait until then:
        so the terms of a group follow from its own members' orders, whenever this runs.
        """
        self._facts.need(*(ConversionRef(self._referrer, friend) for friend in self._member.open))
        for friend in self._member.open:
            self.follow(friend)
        stored = (self._conversion(friend) for friend in self._member.open)
        known = (conversion for conversion in stored if conversion)
        waiting: list[Conversion] = []
        for closing in sorted(known, key=lambda conversion: (conversion.at, conversion.friend)):
            version = self._facts.history.at(closing.at)
            rule = version.programme.referral if version else None
            if version and rule and len(waiting) + 1 >= rule.friends:
                self._complete([*waiting[: rule.friends - 1], closing], version, rule)
                waiting = waiting[rule.friends - 1 :]
            else:
                waiting.append(closing)
        self._books.put(replace(self._member, open=tuple(conversion.friend for conversion in waiting)))

    def judge(self, group: Group, command: ReviewBonus) -> None:
        """Apply a person's verdict to a group and post what follows; nothing where the state stays the same."""
        state = self._state_after(group, command.verdict)
        if state == group.review:
            return
        self._record_verdict(group, command, state)
        judged = replace(group, review=state)
        if _given(judged) and not _given(group):
            judged = replace(judged, allowed_at=self._now)
        self._count(counts(judged) - counts(group))
        self._reason, self._by = (command.reason, command.salt), command.by
        self._price(judged, LOOKED_AT)

    def _state_after(self, group: Group, verdict: str) -> str:
        """The review state of a group after a verdict; undone, a suspicious bonus is pending again."""
        return STATE_OF.get(verdict) or (PENDING_REVIEW if self._is_suspicious(group) else "")

    def _is_suspicious(self, group: Group) -> bool:
        """Whether a group's bonus waits for a person while there is no verdict."""
        rule = self._rule(group)
        if rule and rule.review and fraud_signals.score(group.signals) >= rule.review.threshold:
            return True
        return any(conversion.denied for conversion in self._members(group))

    def _record_verdict(self, group: Group, command: ReviewBonus, state: str) -> None:
        review = self._review(group)
        verdict = "" if state == PENDING_REVIEW else command.verdict
        self._put(replace(review, verdict=verdict, reason=command.reason, decided_at=self._now))
        self._events.append(BonusReviewed(group.referrer, group.number, command.verdict))

    def _review(self, group: Group) -> Review:
        """The stored review of a group, or a new one."""
        stored = self._facts.find(ReviewRef(group.referrer, group.number), Review)
        return stored or Review(group.referrer, group.number, group.at)

    def _count(self, bonuses: int) -> None:
        """Add to the bonuses that the referrer has had, negative to subtract."""
        self._books.put(replace(self._member, bonuses=self._member.bonuses + bonuses))

    def state(self, ref: GroupRef) -> str:
        """The state of a group's bonus, as `state_of` names it."""
        return state_of(self._group(ref.number))

    def decision(self, answer: object) -> Decision:
        """The collected records, events and the answer."""
        for loss in self._books.write_off():
            self._remember(loss)
        closed = self._books.close(causes.REFERRAL, self._terms)
        notes: list[Record] = []
        if self._reason_posted:
            notes = [note_of(record, *self._reason, self._by) for record in closed.records if isinstance(record, Entry)]
        changes = (*self.touched.values(), *closed.records, *notes)
        return Decision(changes, (*self._events, *closed.events), answer)

    def _with_reason(self, change: Posting) -> Posting:
        """A posting that follows from a verdict, with the digest of the verdict's reason."""
        self._reason_posted = True
        return replace(change, why=replace(change.why, digest=digest_of(*self._reason)))

    def _remember(self, loss: Posted) -> None:
        """Add a loss to the groups whose bonuses fell, each at most what it fell by; the first of them has the rest."""
        rest = loss.amount
        fallen = [(number, fell) for number, fell in self._fell.get(loss.asset, {}).items() if fell > 0]
        for number, fell in reversed(fallen):
            share = rest if number == fallen[0][0] else min(fell, rest)
            rest -= share
            if share:
                group = self._group(number)
                self._put(replace(group, posted=joined(group.posted, [replace(loss, amount=share)])))

    def _enqueue(self, names: list[str], live: int) -> None:
        """Add friends to the waiting ones, and to the number of live friends."""
        member = self._member
        waiting = dict.fromkeys([*member.open, *names])
        self._books.put(replace(member, open=tuple(waiting), live=member.live + live))

    def _complete(self, conversions: list[Conversion], version: Version, rule: Referral) -> None:
        """Complete a group: create it, review it, count it, and post its bonus."""
        group = self._reviewed(self._new_group(conversions, version, rule), conversions, rule)
        member = self._member
        recent = tuple(sorted((*member.recent, group.at)))[-MAX_VELOCITY:]
        if group.limited or not (rule.velocity or rule.review):
            recent = member.recent
        bonuses = member.bonuses + counts(group)
        self._books.put(replace(member, groups=group.number, bonuses=bonuses, recent=recent))
        self._events.append(GroupCompleted(member.member, group.number, group.limited))
        self._price(group, "")

    def _new_group(self, conversions: list[Conversion], version: Version, rule: Referral) -> Group:
        """The next group, of these conversions; it takes over the losses of groups that they broke."""
        number, at = self._member.groups + 1, max(conversion.at for conversion in conversions)
        breaking = (conversion for conversion in conversions if conversion.lost_in)
        losses = joined(loss for conversion in breaking for loss in self._inherited(conversion))
        for conversion in conversions:
            self._put(replace(conversion, group=number, lost_in=0))
        return Group(
            self._referrer,
            number,
            tuple(conversion.friend for conversion in conversions),
            version.number,
            at,
            limited=limited(self._member, rule, at),
            posted=losses,
            orders=tuple(conversion.order for conversion in conversions),
            rank=self._member.bonuses + 1,
        )

    def _inherited(self, conversion: Conversion) -> list[Posted]:
        """The loss of the group that this friend's order once broke, removed there: its next bonus pays for it."""
        broken = self._group(conversion.lost_in)
        self._put(replace(broken, posted=tuple(posted for posted in broken.posted if posted.account != LOSS)))
        return [posted for posted in broken.posted if posted.account == LOSS]

    def _reviewed(self, group: Group, conversions: list[Conversion], rule: Referral) -> Group:
        """The group with its fraud signals; pending where they suffice, or a bonus was denied before."""
        if group.limited:
            return group
        is_suspicious = any(conversion.denied for conversion in conversions)
        if rule.review:
            ancestors = self._ancestors()
            signals = fraud_signals.signals_of(self._member, conversions, ancestors, group.at, rule.review)
            group = replace(group, signals=signals)
            is_suspicious = is_suspicious or fraud_signals.score(signals) >= rule.review.threshold
        if not is_suspicious:
            return group
        self._put(Review(group.referrer, group.number, self._now))
        self._events.append(BonusHeld(group.referrer, group.number, dict(group.signals)))
        return replace(group, review=PENDING_REVIEW)

    def _ancestors(self) -> list[str]:
        """The persons who referred the referrer, and so on, as they are after merges: a friend among them is a ring."""
        names = [persons.final(self._referrer, self._books)]
        while (member := self._books.member(names[-1])).referrer:
            name = persons.final(member.referrer_root or member.referrer, self._books)
            if name in names or len(names) > fraud_signals.RING_DEPTH:
                break
            names.append(name)
        return names[1:]

    def _stands(self, group: Group, conversion: Conversion) -> bool:
        """Whether a friend is still in a group by the same order, and the group's terms are those of its orders."""
        order = dict(zip(group.friends, group.orders, strict=False)).get(conversion.friend, conversion.order)
        if not conversion.live or conversion.order != order:
            return False
        at = max(member.at for member in self._members(group))
        version = self._facts.history.at(at)
        return at == group.at or (version is not None and version.number == group.terms)

    def _break(self, group: Group, by: Conversion) -> None:
        """Break up a group because of one of its conversions, and take its bonus back; live ones wait again."""
        members = self._members(group)
        for conversion in members:
            denied = conversion.denied or group.review == DENIED
            lost_in = group.number if conversion.friend == by.friend or not conversion.live else 0
            self._put(replace(conversion, group=0, lost_in=lost_in, denied=denied))
        live = [conversion.friend for conversion in members if conversion.live]
        self._enqueue(live, live=len(live) - len(members))
        self._forget(group)
        self._events.append(GroupBroken(group.referrer, group.number))
        if group.review == PENDING_REVIEW:
            self._put(replace(self._review(group), verdict="gone"))
        self._post(replace(group, broken=True), [], BROKEN.get(by.reason, OTHER_ORDER if by.live else REFUNDED))

    def _forget(self, group: Group) -> None:
        """Subtract a broken group from the bonuses and the recent groups that the referrer's limits count."""
        member = self._member
        recent = list(member.recent)
        if group.at in recent and not group.limited:
            recent.remove(group.at)
        self._books.put(replace(member, bonuses=member.bonuses - counts(group), recent=tuple(recent)))

    def _price(self, group: Group, note: str = "a friend's order was partly refunded") -> None:
        """Post what the group's bonus differs by: the whole of it at first, a part when a friend's order shrinks."""
        version, rule = self._facts.history.numbered(group.terms), self._rule(group)
        members = self._members(group)
        parties = tuple(f"{conversion.friend} {conversion.order}" for conversion in members)
        dues: list[Due] = []
        if rule and _given(group):
            bases = bases_of(members)
            dues = bonus(group.referrer, rule, bases, group.at, version.programme, parties, group.allowed_at)
        self._post(group, dues, note)

    def _rule(self, group: Group) -> Referral | None:
        referral = self._facts.history.numbered(group.terms).programme.referral
        return referral.of_rank(group.rank) if referral else None

    def _post(self, group: Group, dues: list[Due], note: str) -> None:
        due = [*dues, *(unrecovered(group.posted, dues) if group.posted else ())]
        for member, change in difference(group.posted, due, note):
            self._books.move(member, [self._with_reason(change) if change.why.note == LOOKED_AT else change])
            fell = self._fell.setdefault(change.asset, {})
            fell[group.number] = fell.get(group.number, 0) - change.signed(member)
        self._terms = max(self._terms, group.terms)
        self._put(replace(group, posted=tuple(part.posted for part in due)))

    def _members(self, group: Group) -> list[Conversion]:
        self._facts.need(*(ConversionRef(self._referrer, friend) for friend in group.friends))
        stored = (self._conversion(friend) for friend in group.friends)
        return [conversion for conversion in stored if conversion]

    def _conversion(self, friend: str) -> Conversion | None:
        ref = ConversionRef(self._referrer, friend)
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


def bases_of(conversions: Iterable[Conversion]) -> dict[str, int]:
    """The sums of conversions' bases for a bonus, in minor units by currency."""
    bases: dict[str, int] = {}
    for conversion in conversions:
        bases[conversion.currency] = bases.get(conversion.currency, 0) + conversion.base
    return bases


def state_of(group: Group) -> str:
    """The state of a group's bonus: `broken`, `limited`, `held` (pending), `approved`, `denied` or `paid`."""
    return "broken" if group.broken else "limited" if group.limited else group.review or "paid"


def counts(group: Group) -> bool:
    """Whether a group counts among the bonuses that the programme limits."""
    return not group.limited and group.review != DENIED


def _given(group: Group) -> bool:
    """Whether a group's bonus is given: neither limited, nor pending, nor denied."""
    return not group.limited and group.review in ("", APPROVED)


def limited(member: Member, rule: Referral, at: int) -> bool:
    """Whether a member has had all bonuses that the programme gives, in all or within some days."""
    if rule.limit is not None and member.bonuses >= rule.limit:
        return True
    if rule.velocity is None:
        return False
    # Both ways, because a group with an earlier time can be completed later.
    days = rule.velocity.days * DAY_S
    return sum(abs(other - at) < days for other in member.recent) >= rule.velocity.bonuses
