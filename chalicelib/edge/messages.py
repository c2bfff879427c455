"""The edge's own types: a row of the route table, a request as handlers get it, a reply.

Knows no Chalice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from chalicelib.domain.errors import InvalidInput

ANYONE, ADMIN, STOREFRONT, MEMBER = "anyone", "admin", "storefront", "member"
"""Roles of callers. A route for MEMBER takes a storefront key or the member's own token, one for STOREFRONT a
storefront key; an admin key may call every route of the API.
"""

OWNER, READER = "owner", "reader"
"""Roles of the console's users, who have a session and no key. A page for READER lets both in."""


MAX_BODY_BYTES = 256 * 1024

REQUIRED, OPTIONAL, IGNORED = "required", "optional", "ignored"
"""How a route treats an Idempotency-Key: one that moves money, one that else writes, one that reads."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that move a terminal's cursor, end a line or change the direction of text; and half characters."""

JSON, YAML, HTML, SCRIPT = "application/json", "application/yaml", "text/html", "text/javascript"


class RouteAnswer(Struct, frozen=True):
    """One good answer of a route whose handler returns a Reply: `content` is its type, empty where there is no body;
    `shape` names the schema of a JSON body, empty for any object.
    """

    status: int
    meaning: str
    content: str = JSON
    shape: str = ""


class Route(Struct, frozen=True):
    """One row of the route table, with all that the OpenAPI document says of it.

    `handler` is `module:function` below `chalicelib.edge.api`. `body` names the type of a JSON body in that module;
    empty: the handler takes none, or the bytes of a document, which `raw` describes and which comes in one of
    `contents`. `max_body` is in bytes; None: the handler says how much it takes, once it knows who asks. `query` names
    the parameters that it reads. `answers`: empty for a handler whose JSON is what it returns. `refuses`: statuses
    beyond those that all routes like it have. `cors`: pages of any origin may call it without a token. `is_page`: it
    belongs to the console, answers people with pages, and its handler is below `chalicelib.edge.console`. `logs`: the
    fields that the console's log keeps of a request by a person or an admin key; None: it keeps nothing, of a route of
    the API which a storefront's own machinery calls or which only reads, and of a form that only asks or at most leads
    to a draft. Such a form is sent as one so that what is asked stands in no address.
    """

    method: str
    path: str
    handler: str
    who: str
    body: str = ""
    key: str = IGNORED
    query: tuple[str, ...] = ()
    max_body: int | None = MAX_BODY_BYTES
    raw: str = ""
    contents: tuple[str, ...] = (JSON,)
    answers: tuple[RouteAnswer, ...] = ()
    refuses: tuple[int, ...] = ()
    if_match: bool = False
    is_page: bool = False
    cors: bool = False
    logs: tuple[str, ...] | None = None

    @property
    def takes_other_origins(self) -> bool:
        """Whether the pages of other origins may call it: what a member's token opens, and what says so."""
        return self.cors or self.who == MEMBER


class Caller(Struct, frozen=True):
    """The authenticated caller: a role, and the member of the token, the id of the key or the name of the user."""

    role: str = ""
    name: str = ""


class Request(Struct, frozen=True):
    """A request as handlers see it. `headers` have lower-case names; `base_url` is where this API answers.

    `pairs` is the query with every value of a name that stands in it more than once; `query` has the last. `address` is
    the caller's IP address as the gateway sees it, empty where that is not known.
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
    address: str = ""

    def check_key(self) -> None:
        """Raises InvalidInput where the Idempotency-Key is missing: a repeated request must not move money twice."""
        if "idempotency-key" not in self.headers:
            raise InvalidInput("Idempotency-Key", "must be sent, fresh for each new request, with whatever moves money")

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from the query, from 1 (or the default) to `most`. Raises InvalidInput."""
        text = self.query.get(name)
        if text is None:
            return default
        if not re.fullmatch(r"[0-9]{1,12}", text) or not 1 <= int(text) <= most:
            raise InvalidInput(name, "must be a whole number from 1 to %(most)s", text, most=most)
        return int(text)


def page(
    method: str, path: str, handler: str, who: str, query: tuple[str, ...] = (), logs: tuple[str, ...] | None = ()
) -> Route:
    """A row of the route table for a page of the console, or for what a form of it sends; `path` is below /console."""
    return Route(method, f"/console{path}", handler, who, query=query, is_page=True, logs=logs)


class Reply(Struct, frozen=True):
    """A response with its own status, body or headers; every other handler's result is JSON with status 200.

    `code`: the code of the error that a page says, for the log; empty where it has none.
    """

    status: int
    body: Any = b""
    headers: dict[str, str] = {}
    code: str = ""
