"""What the daily round has counted, as pages and the API read it: reports of days, what is owed, lists of members."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import Any

from chalicelib.domain.records import DayReport, Listed, MemberList, MemberListRef, Outstanding
from chalicelib.store import keys
from chalicelib.store.dynamodb.dynamodb_errors import unavailable_on_error
from chalicelib.store.items import DAY_REPORT, MEMBER_LIST, OUTSTANDING
from chalicelib.store.table import load

LAST_DAY = "9999-12-31"


@unavailable_on_error()
def reports(first: str, last: str) -> list[DayReport]:
    """The reports of the days from one to another (`2026-11-26`), both included, the earliest first.

    A day that is not over, or that no round has counted, has none. Raises Unavailable.
    """
    items = DAY_REPORT.query(keys.REPORTS, DAY_REPORT.sk.between(first, last), consistent_read=True)
    return [item.record() for item in items]


@unavailable_on_error()
def outstanding(day: str = LAST_DAY) -> Outstanding | None:
    """What was owed at the last round until a local day, None where there was none. Raises Unavailable."""
    items = OUTSTANDING.query(keys.OWED, OUTSTANDING.sk <= day, scan_index_forward=False, limit=1, consistent_read=True)
    return next((item.record() for item in items), None)


@unavailable_on_error()
def first_owed() -> str:
    """The first local day of which it is kept what was owed, empty where no round has counted. Raises Unavailable."""
    items = OUTSTANDING.query(keys.OWED, limit=1, consistent_read=True)
    return next((item.record().day for item in items), "")


@unavailable_on_error()
def member_list(name: str) -> tuple[MemberList, tuple[Listed, ...]] | None:
    """The first page of a list of members and the rows of all of them; None for a list that no round has made.

    Pages of an earlier round, which had more of them, are passed over. Raises Unavailable.
    """
    items: Any = MEMBER_LIST.query(keys.list_partition(name), consistent_read=True)
    pages: list[MemberList] = [item.record() for item in items]
    if not pages:
        return None
    current = takewhile(lambda page: page.made_at == pages[0].made_at, pages)
    return pages[0], tuple(row for page in current for row in page.rows)


def list_totals(names: Iterable[str]) -> dict[str, int]:
    """How many members the last round has counted in lists, in one read; a list without any is not named."""
    first_pages = load([MemberListRef(name, 0) for name in names]).values()
    return {page.list: page.total for page in first_pages if isinstance(page, MemberList)}
