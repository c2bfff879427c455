"""A level that a person sets by hand: a member has at least that one until it ends.

Imports awards, the book and records.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.commands import SetLevel, UpdateLevel
from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.errors import InvalidInput, NotFound, no_member
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger import causes
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.records import Granted, Member, MemberRef
from chalicelib.domain.rewards.progress import awards


class LevelSet(Struct, frozen=True):
    """The level that a member has now, and the last day of one set by hand (empty: for good, or none was)."""

    member: str
    level: str
    last_day: str


def set_level(command: SetLevel, facts: Facts, now: int) -> Decision:
    """Set a level by hand. Raises NotFound, InvalidInput for a level that there is not or a day that is over."""
    if facts.find(MemberRef(command.member), Member) is None:
        raise no_member(command.member)
    version = facts.history.at(now)
    if version is None or version.programme.levels is None:
        raise NotFound("the programme has no levels")
    programme, levels = version.programme, version.programme.levels
    if command.level and levels.step(command.level) is None:
        names = tuple(step.id for step in levels.steps)
        raise InvalidInput(
            "level", "must be one of %(names)s, or empty to take back what was set", command.level, names=names
        )
    today = local_day(now, programme.timezone)
    if command.until and command.until < today.toordinal():
        from chalicelib.domain.core.phrases import CalendarDay

        raise InvalidInput(
            "last_day",
            "must be %(today)s or later",
            date.fromordinal(command.until).isoformat(),
            today=CalendarDay(today),
        )
    books = Books(facts, now, programme)
    member = books.owner(command.member)
    books.put(replace(member, granted=_granted(command, member.granted, today.toordinal())))
    changed = awards.follow_level(books, command.member, programme)
    closed = books.close(causes.LEVEL, version.number)
    member = books.owner(command.member)
    last_day = date.fromordinal(command.until).isoformat() if command.level and command.until else ""
    events = (*closed.events, *([changed] if changed else []))
    return Decision(tuple(closed.records), events, LevelSet(member.member, member.level, last_day))


def _granted(command: SetLevel, before: Granted | None, today: int) -> Granted | None:
    """The level that is set from today, or since an earlier one that has not ended yet; None: what was set is gone."""
    if not command.level:
        return None
    goes_on = before is not None and today <= (before.until or today)
    return Granted(command.level, command.until, before.day if before and goes_on else today, command.reason)


def update_level(command: UpdateLevel, facts: Facts, now: int) -> Decision:
    """Remember and announce the level that a member has by now. Raises NotFound."""
    if facts.find(MemberRef(command.member), Member) is None:
        raise no_member(command.member)
    version = facts.history.at(now)
    if version is None:
        return Decision()
    programme = version.programme
    books = Books(facts, now, programme)
    changed = awards.named_level(books, command.member, programme, local_day(now, programme.timezone))
    closed = books.close(causes.TIME, version.number)
    return Decision(tuple(closed.records), (changed,) if changed else ())
