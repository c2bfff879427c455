"""What is owed to members, as a round has counted it: by asset, and by the days until it expires."""

from __future__ import annotations

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Outstanding
from chalicelib.domain.reports.outstanding import ENDS, owed_in_all, own_worth
from chalicelib.edge.api.reports import day_of
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.spreadsheets import as_csv, number
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import Words, marked
from chalicelib.store import reports

COLUMNS = (
    marked("Day"),
    marked("Currency or points"),
    marked("Can be spent"),
    marked("Pending"),
    marked("Held for checkouts"),
    marked("Less debts of members"),
    marked("Owed"),
    marked("Worth"),
    marked("Members who have some"),
)


def show(visit: Visit) -> Reply:
    """What is owed now, or with `?day=` as of the last round until that day."""
    programme = visit.programme()
    if programme is None:
        return pages.page(visit, "owed.html", programme=None)
    refused, outstanding = None, None
    try:
        outstanding = _as_of(visit, programme)
    except InvalidInput as error:
        refused = pages.refused_by(error, "day")
    assets = outstanding.assets if outstanding else {}
    return pages.page(
        visit,
        "owed.html",
        refused,
        programme=programme,
        is_counted=outstanding is not None or bool(_day(visit)),
        day=_day(visit),
        outstanding=outstanding,
        in_all=owed_in_all(outstanding, programme) if outstanding else {},
        worths={asset: own_worth(holding.owed, asset, programme) for asset, holding in assets.items()},
        own=money.asset_of(programme.currency),
        ends=ENDS,
        zone=programme.timezone,
    )


def as_file(visit: Visit) -> Reply:
    """The same figures as a file, a row for each asset; nothing but the columns where no round has counted."""
    programme = visit.programme_in_force()
    words = visit.words
    within = [words.ngettext("within %(days)s day", "within %(days)s days", days) % {"days": days} for days in ENDS]
    expires = words.gettext(marked("Expires %(when)s"))
    ends = [expires % {"when": when} for when in (*within, words.gettext("later"), words.gettext("never"))]
    outstanding = _as_of(visit, programme)
    rows = _rows(words, outstanding, programme) if outstanding else []
    return as_csv(visit, "owed", (*COLUMNS, *ends), rows)


def _day(visit: Visit) -> str:
    return visit.request.query.get("day", "")


def _as_of(visit: Visit, programme: Programme) -> Outstanding | None:
    """What the last round until the asked day has counted. Raises InvalidInput."""
    day = day_of(_day(visit) or None, "day", local_day(visit.now, programme.timezone))
    return reports.outstanding(day.isoformat())


def _rows(words: Words, outstanding: Outstanding, programme: Programme) -> list[tuple[object, ...]]:
    own = money.asset_of(programme.currency)
    rows: list[tuple[object, ...]] = []
    for asset, holding in outstanding.assets.items():
        worth = own_worth(holding.owed, asset, programme)
        amounts = (holding.available, holding.pending, holding.held, holding.debt, holding.owed)
        row = (
            outstanding.day,
            words.name_of(asset, programme),
            *(number(amount, asset) for amount in amounts),
            None if worth is None else number(worth, own),
            holding.members,
            *(number(amount, asset) for amount in holding.by_end),
        )
        rows.append(row)
    return rows
