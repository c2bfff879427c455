"""Handlers of what the daily round has counted: reports of days, what is owed to members, lists of members."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec.structs import replace

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.core.phrases import CalendarDay
from chalicelib.domain.errors import InvalidInput, NotFound
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.reports.lists import RULES
from chalicelib.domain.reports.views import ListView, OutstandingView, ReportView, list_of, owed_of, report_of
from chalicelib.edge import cursors, process
from chalicelib.edge.messages import Request
from chalicelib.store import reports

DEFAULT_DAYS, MOST_DAYS = 30, 366

LIST = "list"
"""A list of members, as its cursors name it before its own name."""


def show(request: Request) -> ReportView:
    """What was given, redeemed, expired and taken back by asset and rule, orders and friends, by day and in all.

    Days are local days of the programme that are over; a report never changes. Orders, goods and friends are of those
    who paid on the day, as they were known the day after. Query: `from`, `to` (days, both included; at most 366).
    """
    first, last = period_of(request, process.engine().programme_in_force(request.now))
    return report_of(reports.reports(first.isoformat(), last.isoformat()), first, last)


def owed(request: Request) -> OutstandingView:
    """What is owed to all members by asset, and by when it expires, as the last round has read it.

    Query: `day`: as of the last round until this local day.
    """
    programme = process.engine().programme_in_force(request.now)
    day = day_of(request.query.get("day"), "day", local_day(request.now, programme.timezone))
    outstanding = reports.outstanding(day.isoformat())
    if outstanding is None:
        raise _not_owed_until(day)
    return owed_of(outstanding, programme)


def _not_owed_until(day: date) -> NotFound:
    """The refusal of a day before the first of which it is known what was owed."""
    first = reports.first_owed()
    if not first:
        return _uncounted()
    return NotFound(
        "what was owed is known from %(first)s on, not of %(day)s",
        first=CalendarDay(date.fromisoformat(first)),
        day=CalendarDay(day),
    )


def _uncounted() -> NotFound:
    return NotFound("no round has counted it yet; the first one ends within a day")


def members(request: Request) -> ListView:
    """The first thousand members of a list, as the last round has read them: `owed`, `best`, `recent` or `at-risk`.

    Query: `limit` (1 to 100), `cursor`. The list is replaced once a day, which `day` tells.
    """
    name = request.path["list"]
    if name not in RULES:
        raise NotFound("there is no list %(name)s; there are %(lists)s", name=name, lists=tuple(RULES))
    return list_page(name, request, process.engine().programme_in_force(request.now))


def list_page(name: str, request: Request, programme: Programme) -> ListView:
    """The members of a list that `limit` and `cursor` of the query ask for. Raises NotFound for a list that no round
    has made, InvalidInput for a cursor of another one.
    """
    limit, start = cursors.limit(request), cursors.number(request, LIST, name)
    stored = reports.member_list(name)
    if stored is None:
        raise _uncounted()
    page = list_of(*stored, start, limit, programme)
    return page if page.next is None else replace(page, next=cursors.after(page.next, LIST, name))


def period_of(request: Request, programme: Programme) -> tuple[date, date]:
    """The first and the last day of `from` and `to` in the query, the last thirty days by default. Raises
    InvalidInput.
    """
    yesterday = local_day(request.now, programme.timezone) - timedelta(days=1)
    last = day_of(request.query.get("to"), "to", yesterday)
    first = day_of(request.query.get("from"), "from", last - timedelta(days=DEFAULT_DAYS - 1))
    if not 0 <= (last - first).days < MOST_DAYS:
        raise InvalidInput(
            "from",
            "must be a day until `to`, and at most %(most)s days with it",
            first.isoformat(),
            most=MOST_DAYS,
        )
    return first, last


def day_of(text: str | None, name: str, default: date) -> date:
    """The day that a text of the query says, such as `2026-11-26`; the default for None. Raises InvalidInput."""
    if text is None:
        return default
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text or day.year < 2000:
        raise InvalidInput(name, "must be a day such as 2026-11-26", text)
    return day
