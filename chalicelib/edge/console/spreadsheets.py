"""Lists as files for spreadsheets in the reader's language: headings, decimals and what parts the columns are the
language's, times are those of the programme's zone, and days are days. Amounts are numbers; no text starts a formula.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import AWAITED
from chalicelib.edge import words
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.messages import Reply

_SIGN = r"[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]"
"""What a formula begins with; some programs read the full-width forms of the signs alike."""

_FORMULA = re.compile(rf"""(^(?=[\s\u200b\u2060\ufeff]*"*{_SIGN})|[,;\t\r\n]"*(?={_SIGN}))""")
"""Before what begins a formula: at the start of a text, also before blanks that a program may cut off, and after what
it may take for the end of a cell.
"""


class LocalTime(Struct, frozen=True):
    """A cell with a local time; `at`: seconds, or text as the API answers it. It is empty for None, and for what waits
    for a delivery, which has no time yet.
    """

    at: int | str | None


class LastDay(Struct, frozen=True):
    """A cell with the last day before an instant at which something ends; `end` as above."""

    end: int | str | None


def number(minor: int, asset: str) -> Decimal:
    """An amount in minor units as a cell."""
    return Decimal(minor).scaleb(-money.decimals_of(asset))


def as_csv(visit: Visit, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Reply:
    """A list as a file, in UTF-8 with the mark that Excel looks for; `columns` are texts that are translated."""
    zone, out = ZoneInfo(visit.zone()), StringIO()
    point = visit.words.figure(".")
    writer = csv.writer(out, delimiter=";" if point == "," else ",")
    writer.writerow([_text(visit.words.gettext(column)) for column in columns])
    writer.writerows([_cell(value, zone, point) for value in row] for row in rows)
    headers = pages.HEADERS | {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}.csv"',
    }
    return Reply(200, f"\ufeff{out.getvalue()}", headers)


def _cell(value: object, zone: ZoneInfo, point: str) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}".replace(".", point)
        case LocalTime():
            return _local(value.at, zone)
        case LastDay():
            return words.last_day(pages.seconds(value.end), zone.key).isoformat() if value.end else ""
        case int() | date():
            return str(value)
        case _:
            return _text(str(value))


def _local(at: int | str | None, zone: ZoneInfo) -> str:
    instant = pages.seconds(at) if at else AWAITED
    return "" if instant == AWAITED else f"{datetime.fromtimestamp(instant, UTC).astimezone(zone):%Y-%m-%d %H:%M}"


def _text(text: str) -> str:
    """A text that no spreadsheet takes for a formula, also where it parts the columns by another sign."""
    return _FORMULA.sub(r"\1'", text)
