"""What can have happened. Events leave the system as log lines without personal data, after the commit they belong to.

What must follow from an event in another member's books is not carried by these but by the table's own stream.
"""

from __future__ import annotations

from msgspec import Struct


class Event(Struct, frozen=True, tag_field="event"):
    """Something that happened; the class name is the event's."""


class OrderRecorded(Event, frozen=True):
    """New facts of an order were merged."""

    order: str


class LevelChanged(Event, frozen=True):
    """A member has another level now; an empty one is none."""

    member: str
    before: str
    level: str


class RewardPosted(Event, frozen=True):
    """A member's reward changed by `amount` (signed, minor units) of `asset`."""

    member: str
    rule: str
    amount: int
    asset: str
    cause: str


class ActivityRecorded(Event, frozen=True):
    """The shop stated an activity of a member, by its own reference."""

    member: str
    activity: str
    reference: str


class ActivityWithdrawn(Event, frozen=True):
    """The shop took an activity back."""

    member: str
    activity: str
    reference: str


class BalanceHeld(Event, frozen=True):
    """A part of a balance is reserved, in minor units."""

    member: str
    hold: str
    amount: int
    asset: str


class HoldEnded(Event, frozen=True):
    """A hold was captured (`captured` minor units of it), released, or given back because its order was not paid."""

    member: str
    hold: str
    state: str
    captured: int


class HoldMissed(Event, frozen=True):
    """An order was paid after its hold had run out, and shows no use of it: nothing was captured."""

    member: str
    hold: str
    order: str


class BalanceRedeemed(Event, frozen=True):
    """A balance paid `amount` minor units for something (negative: it came back)."""

    member: str
    amount: int
    asset: str
    cause: str


class BalanceVested(Event, frozen=True):
    """What was pending can be spent."""

    member: str
    amount: int
    asset: str


class BalanceExpired(Event, frozen=True):
    """What was not spent in time is gone."""

    member: str
    amount: int
    asset: str


class BalanceExpiresSoon(Event, frozen=True):
    """What will be gone at `expires_at` (seconds) if it is not spent; said once for each lot."""

    member: str
    amount: int
    asset: str
    expires_at: int


class BooksDiffer(Event, frozen=True):
    """The daily round found something that the books' own facts do not bear out (`domain/audit/record_checks.py`)."""

    what: str
    where: str
    entry: int
    detail: str


class RoundEnded(Event, frozen=True):
    """The daily round has seen the whole table: members, those whose books time had changed, findings."""

    day: str
    members: int
    written_down: int
    findings: int


class BonusHeld(Event, frozen=True):
    """A referral bonus waits for a person, with the signals that speak against it."""

    member: str
    number: int
    signals: dict[str, int]


class BonusReviewed(Event, frozen=True):
    """A person approved or denied a bonus, or took the verdict back."""

    member: str
    number: int
    verdict: str


class FriendReferred(Event, frozen=True):
    """A member has a referrer from now on."""

    friend: str
    referrer: str


class FriendConverted(Event, frozen=True):
    """A friend's order started to count, or (`live` False) stopped."""

    friend: str
    referrer: str
    live: bool


class GroupCompleted(Event, frozen=True):
    """Enough friends bought: the referrer's n-th group is complete; a `limited` one earns no bonus."""

    referrer: str
    number: int
    limited: bool = False


class GroupBroken(Event, frozen=True):
    """A friend's order was refunded: the group is taken apart again."""

    referrer: str
    number: int


class CodeIssued(Event, frozen=True):
    """A member has a referral code."""

    member: str


class MembersMerged(Event, frozen=True):
    """A member was merged into another one, which has all that it held."""

    member: str
    merged: str


class MemberUpdated(Event, frozen=True):
    """A member's profile was stated."""

    member: str


class MemberErased(Event, frozen=True):
    """What is personal of a member was erased: how many records of each kind."""

    member: str
    erased: dict[str, int]


class DataRequested(Event, frozen=True):
    """A storefront or the operator asked for personal data: `erase`, `erase-shop` or `export`; `subject` says whose."""

    what: str
    subject: str
    done: bool


class BoardSettled(Event, frozen=True):
    """The places of a leaderboard's period are final: how many there are, and how many of them have won a prize."""

    board: str
    period: int
    places: int
    winners: int


class ProgrammePublished(Event, frozen=True):
    """A version of the programme was published."""

    number: int
    effective_at: int
