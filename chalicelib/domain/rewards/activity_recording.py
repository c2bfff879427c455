"""The shop states what a member did beside buying, or withdraws it: once per member, activity and reference.

What it gives follows from the programme in force when it was, through the pipeline of orders: valuation, limits, the
difference, the books. Whatever was stated before is not worked out again. Imports valuation, limits, the book, records.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.commands import RecordActivity, WithdrawActivity
from chalicelib.domain.core.calendar import iso
from chalicelib.domain.errors import Conflict, InvalidInput, NotFound
from chalicelib.domain.events import ActivityRecorded, ActivityWithdrawn
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger.book import Books, Closed
from chalicelib.domain.ledger.transfers import LOSS, Due, difference, joined
from chalicelib.domain.members.order_payments import CLOCK_SKEW_S
from chalicelib.domain.orders.kept import Kept
from chalicelib.domain.programme.document import Version
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Activity, ActivityRef, Member, MemberRef, Record
from chalicelib.domain.rewards import budgets, limits, valuation

NOTHING = Kept((), 0, 0)
"""What was kept of an order, where there is none."""

WITHDRAWN = "withdrawn"
"""The note of what is taken back because the shop withdrew the activity."""


class ActivityView(Struct, frozen=True):
    """An activity after a statement or a withdrawal: whether that changed anything, what it gives now by asset in minor
    units, and why it gives nothing (empty where it does). `at` in seconds.
    """

    member: str
    activity: str
    reference: str
    at: int
    changed: bool
    withdrawn: bool
    given: dict[str, int]
    nothing_due: str


def record(command: RecordActivity, facts: Facts, now: int) -> Decision:
    """Record an activity and post what it gives. Idempotent. Raises InvalidInput, Conflict."""
    at = now if command.at is None else command.at
    if at > now + CLOCK_SKEW_S:
        from chalicelib.domain.core.phrases import Instant

        raise InvalidInput("at", "must be %(latest)s or before", iso(at), latest=Instant(now + CLOCK_SKEW_S))
    new = Activity(command.member, command.activity, command.reference, at, stated_at=command.at or 0)
    version = facts.history.at(at)
    sale = sale_of(new, version)
    facts.need(new.ref, MemberRef(command.member), *budgets.own_shares(new, sale, facts))
    stored = next(iter(_stored(command, facts)), None)
    if stored:
        return _repeated(stored, new, facts)
    books = Books(facts, now, version.programme if version else None)
    limited = limits.Limits(new, books, facts)
    dues = limited.grant(new.member, valuation.rewards(new.member, NOTHING, sale) if sale else [], sale)
    number = version.number if version else 0
    activity = _posted(limited.subject.under(version=number), dues, "", books)
    closed = books.close(activity.cause, number)
    event = ActivityRecorded(activity.member, activity.activity, activity.reference)
    changes = (activity, *_new_member(command.member, facts, closed), *closed.records, *limited.shares)
    return Decision(changes, (event, *closed.events), view_of(activity, version, changed=True), limited.exhausted)


def withdraw(command: WithdrawActivity, facts: Facts, now: int) -> Decision:
    """Take back what an activity gave; stating it again gives nothing. Idempotent. Raises NotFound.

    One that was told of two members before they were merged is withdrawn by a command for each.
    """
    facts.need(ActivityRef(command.member, command.activity, command.reference), MemberRef(command.member))
    activities = _stored(command, facts)
    if not activities:
        raise NotFound(
            "%(member)s has no activity %(activity)s with the reference %(reference)s",
            member=command.member,
            activity=command.activity,
            reference=command.reference,
        )
    activity = next((activity for activity in activities if not activity.withdrawn_at), None)
    if activity is None:
        return Decision(answer=view_of(activities[0]))
    facts.need(*budgets.held(activity))
    version = facts.history.at(activity.at)
    books = Books(facts, now, version.programme if version else None)
    limited = limits.Limits(activity, books, facts)
    limited.grant(activity.member, [], None)
    activity = replace(_posted(limited.subject, [], WITHDRAWN, books), withdrawn_at=now)
    closed = books.close(activity.cause, activity.terms.version)
    event = ActivityWithdrawn(activity.member, activity.activity, activity.reference)
    changes = (activity, *closed.records, *limited.shares)
    return Decision(changes, (event, *closed.events), view_of(activity, version, changed=True))


def sale_of(activity: Activity, version: Version | None) -> Sale | None:
    """What an activity is valued under; None where no programme was in force."""
    if version is None:
        return None
    return Sale(version.programme.currency, activity.at, version.programme, activity=activity.activity)


def _stored(command: RecordActivity | WithdrawActivity, facts: Facts) -> list[Activity]:
    """The activity as it was stated of the member, and of each that was merged into it."""
    member = facts.find(MemberRef(command.member), Member)
    names = (command.member, *(member.merged if member else ()))
    refs = [ActivityRef(name, command.activity, command.reference) for name in names]
    facts.need(*refs)
    return [activity for activity in (facts.find(ref, Activity) for ref in refs) if activity]


def _new_member(name: str, facts: Facts, closed: Closed) -> list[Record]:
    """The record of a member that is new, where nothing was given that made it."""
    is_made = facts.find(MemberRef(name), Member) or any(isinstance(record, Member) for record in closed.records)
    return [] if is_made else [Member(name)]


def _repeated(stored: Activity, new: Activity, facts: Facts) -> Decision:
    """What was stated before changes nothing. Raises Conflict where the statement is another one."""
    if stored.stated_at != new.stated_at:
        from chalicelib.domain.core.phrases import Instant, Phrase

        at = Phrase("at %(at)s", {"at": Instant(stored.stated_at)})
        raise Conflict(
            "%(activity)s %(reference)s was stated before, %(when)s; repeat that, or use another reference",
            activity=new.activity,
            reference=new.reference,
            when=at if stored.stated_at else Phrase("without a time"),
        )
    number = stored.terms.version
    return Decision(answer=view_of(stored, facts.history.numbered(number) if number else None))


def _posted(activity: Activity, dues: list[Due], note: str, books: Books) -> Activity:
    """The activity after posting the difference between what is due for it and what was posted for it."""
    for member, posting in difference(activity.posted, dues, note):
        books.move(member, [posting])
    return replace(activity, posted=joined((part.posted for part in dues), books.write_off()))


def view_of(activity: Activity, version: Version | None = None, *, changed: bool = False) -> ActivityView:
    """An activity as it is stored. `version`: the programme that it was valued under."""
    given: dict[str, int] = {}
    for posted in activity.posted:
        if posted.account != LOSS:
            given[posted.asset] = given.get(posted.asset, 0) + posted.amount
    return ActivityView(
        member=activity.member,
        activity=activity.activity,
        reference=activity.reference,
        at=activity.at,
        changed=changed,
        withdrawn=bool(activity.withdrawn_at),
        given=given,
        nothing_due="" if given else _nothing_due(activity, version),
    )


def _nothing_due(activity: Activity, version: Version | None) -> str:
    """Why an activity gives nothing, in words for the shop."""
    if activity.withdrawn_at:
        return f"it was withdrawn at {iso(activity.withdrawn_at)}"
    if version is None:
        return "no programme was in force then"
    if activity.terms.allowed:
        reached = activity.terms.allowed[0]
        return f"the limit of the rule {reached.rule} is reached: {limits.named(reached.limit)}"
    return f"no rule gives anything for {activity.activity}"
