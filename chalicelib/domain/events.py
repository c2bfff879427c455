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


class RewardPosted(Event, frozen=True):
    """A member's reward changed by `amount` (signed, minor units) of `asset`."""

    member: str
    rule: str
    amount: int
    asset: str
    cause: str


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
    """Enough friends bought: the referrer's n-th group is complete."""

    referrer: str
    number: int


class GroupBroken(Event, frozen=True):
    """A friend's order was refunded: the group is taken apart again."""

    referrer: str
    number: int


class CodeIssued(Event, frozen=True):
    """A member has a referral code."""

    member: str


class MemberUpdated(Event, frozen=True):
    """A member's profile was stated."""

    member: str


class ProgrammePublished(Event, frozen=True):
    """A version of the programme was published."""

    number: int
    effective_at: int
