"""The shapes that the edge works with: a row of the route table, a request as handlers see it, a reply.

Knows no Chalice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from chalicelib.domain.errors import InvalidInput

ANYONE, ADMIN, STOREFRONT, MEMBER = "anyone", "admin", "storefront", "member"
"""Who may call: MEMBER is a storefront or the member's own token, STOREFRONT a storefront; ADMIN may do all of it."""


MAX_BODY_BYTES = 256 * 1024


class Route(Struct, frozen=True):
    """One row: `handler` is `module:function` below `chalicelib.edge`. `max_body` is in bytes; None: the handler says
    how much it takes, once it knows who asks.
    """

    method: str
    path: str
    handler: str
    who: str
    max_body: int | None = MAX_BODY_BYTES


class Caller(Struct, frozen=True):
    """Who calls: a role, and the member whose token it is or the id of the key."""

    role: str = ""
    name: str = ""


class Request(Struct, frozen=True):
    """A request as handlers see it. `headers` have lower-case names; `base_url` is where this API answers.

    `pairs` is the query with every value of a name that stands in it more than once; `query` has the last.
    """

    method: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    now: int
    caller: Caller = Caller()
    pairs: tuple[tuple[str, str], ...] = ()

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from the query, from 1 (or the default) to `most`. Raises InvalidInput."""
        text = self.query.get(name)
        if text is None:
            return default
        if not re.fullmatch(r"\d{1,12}", text) or not 1 <= int(text) <= most:
            raise InvalidInput(name, f"be a whole number from 1 to {most}", text)
        return int(text)


class Reply(Struct, frozen=True):
    """An answer that is not simply JSON with status 200."""

    status: int
    body: Any = b""
    headers: dict[str, str] = {}
