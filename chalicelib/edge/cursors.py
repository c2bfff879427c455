"""Pages of lists: how many rows they may have, and their `next`, a cursor, which leads to the page after it in the
list that it is of, and in no other.

A cursor is where a page ends, and a checksum of that and of the list's name, such as a member's statement. It guards
nothing: it keeps a cursor of another list, or one that somebody made up, from giving a page that looks right. Imports
the errors and messages only.
"""

from __future__ import annotations

import re
from hashlib import sha256

from chalicelib.domain.errors import InvalidInput
from chalicelib.edge.messages import Request

ANY = re.compile(r"\S+")
NUMBER = re.compile(r"[0-9]{1,10}")

DEFAULT_LIMIT, MAX_LIMIT = 25, 100
"""Rows of a page: where a request names no limit, and at most."""

_SYMBOLS = 8


def limit(request: Request) -> int:
    """How many rows the page that a request asks for may have. Raises InvalidInput."""
    return request.number("limit", DEFAULT_LIMIT, MAX_LIMIT)


def after(place: str | int, *names: str) -> str:
    """The cursor of the page that begins after a place in the list of that name."""
    return f"{place}.{_checksum(str(place), names)}"


def place(request: Request, *names: str, form: re.Pattern[str] = ANY) -> str:
    """The place of the query's cursor in the list of that name; empty without a cursor.

    Raises InvalidInput for a cursor that is not of this list, or whose place has another form.
    """
    return place_of(request.query.get("cursor", ""), *names, form=form)


def number(request: Request, *names: str) -> int:
    """The place of the query's cursor in a list whose places are numbers; 0 without a cursor. Raises InvalidInput."""
    return int(place(request, *names, form=NUMBER) or 0)


def place_of(cursor: str, *names: str, form: re.Pattern[str] = ANY) -> str:
    """The place of a cursor, as `place` has it."""
    position, _, checksum = cursor.rpartition(".")
    if cursor and (not form.fullmatch(position) or checksum != _checksum(position, names)):
        raise InvalidInput("cursor", "must be the next of an earlier page", cursor)
    return position


def _checksum(position: str, names: tuple[str, ...]) -> str:
    return sha256("\n".join((*names, position)).encode(errors="replace")).hexdigest()[:_SYMBOLS]
