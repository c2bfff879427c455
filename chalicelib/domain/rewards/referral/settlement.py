"""Brings a referrer's books in step with the friends' orders, and with a person's verdict on a bonus.

A referrer's books follow the conversions by the table's stream: `settle` compares what the conversions say with what
the referrer's record says and posts the difference (`groups.py`), so running it twice changes nothing. Imports groups
and records.
"""

from __future__ import annotations

from msgspec import Struct

from chalicelib.domain.commands import ReviewBonus, SettleReferrals
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.records import Conversion, ConversionRef, Group, GroupRef, MemberRef, ReviewRef
from chalicelib.domain.rewards.referral.groups import ReferrerGroups, state_of

MAX_TOUCHED = 40
"""Records that one settlement touches before it leaves the rest to the next: a transaction takes 100 at most, and each
conversion may complete a group of its own."""

OVERDUE_S = 3600
"""Age of a friend's order from which a conversion still to do was lost by the stream, which tries for an hour."""


class Reviewed(Struct, frozen=True):
    """A group and the state of its bonus: `held`, `approved`, `denied`, `limited` or `paid`."""

    referrer: str
    group: int
    state: str


class Settled(Struct, frozen=True):
    """The friends that one settlement left for the next."""

    unsettled: tuple[str, ...]


def is_overdue(conversion: Conversion, now: int) -> bool:
    """Whether a conversion is still to do an hour after the friend's order: the stream has lost it, or is away."""
    return bool(conversion.todo) and conversion.at < now - OVERDUE_S


def settle(command: SettleReferrals, facts: Facts, now: int) -> Decision:
    """Settle a referrer's groups and bonuses after changed conversions. Idempotent."""
    facts.need(MemberRef(command.referrer), *(ConversionRef(command.referrer, friend) for friend in command.friends))
    groups = ReferrerGroups(command.referrer, facts, now)
    unsettled = list(command.friends)
    while unsettled and len(groups.touched) < MAX_TOUCHED:
        groups.follow(unsettled.pop(0))
    groups.complete()
    return groups.decision(Settled(tuple(unsettled)))


def review(command: ReviewBonus, facts: Facts, now: int) -> Decision:
    """A person's verdict on a group's bonus, with the postings that follow. Raises NotFound, Conflict."""
    ref = GroupRef(command.referrer, command.group)
    facts.need(MemberRef(command.referrer), ref, ReviewRef(command.referrer, command.group))
    group = facts.find(ref, Group)
    if group is None:
        raise NotFound("%(referrer)s has no group %(group)s", referrer=command.referrer, group=command.group)
    if group.broken:
        raise Conflict(
            "the group %(group)s of %(referrer)s was taken apart: not all of its friends count any more",
            group=command.group,
            referrer=command.referrer,
        )
    if command.seen and command.seen != state_of(group):
        raise Conflict("the bonus was decided meanwhile, and nothing was done now; see its state before you decide")
    groups = ReferrerGroups(command.referrer, facts, now)
    groups.judge(group, command)
    return groups.decision(Reviewed(command.referrer, command.group, groups.state(ref)))
