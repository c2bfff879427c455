"""The security log: a line for each refused credential or signature, and for each administrative request, done or not.

Who (the id of a key or a connection), what (the route), about what (ids in its path), and why it was refused. Never a
secret, and nothing that somebody else than an id's owner would be known by.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from chalicelib.domain.errors import Rejection
from chalicelib.edge import telemetry
from chalicelib.edge.messages import ADMIN, MEMBER, OWNER, READER, Request, Route

T = TypeVar("T")

_KEY = re.compile(r"rk_(?:admin|storefront)_([a-z2-7]{8})_[a-z2-7]{32}")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,99}")
SECRETS = ("rk_", "whsec_", "shpss_")
"""How keys and secrets begin, which somebody may have put in the place of an id."""

_ONLY_ASKS = "reconcile:check"
"""The route whose POST writes nothing: it asks what a delivery would change."""


def is_administrative(row: Route) -> bool:
    """Whether each request of a route is logged: an admin's that writes, or that the console's log keeps as well."""
    writes = row.method != "GET" and row.handler != _ONLY_ASKS
    return row.who == ADMIN and (writes or row.logs is not None)


def logged(row: Route, request: Request, act: Callable[[], T]) -> T:
    """What an administrative act returns; whether it was done or refused is logged."""
    try:
        result = act()
    except Exception as error:
        ended(row, request, error.code if isinstance(error, Rejection) else "internal")
        raise
    ended(row, request)
    return result


def ended(row: Route, request: Request, why: str = "") -> None:
    """Log that an act was done, or why it was refused."""
    _line("refused" if why else "done", route(row), caller(request), about(request), why)


def refused_credential(row: Route, request: Request, error: Rejection) -> None:
    """Log a request whose credential was refused. The id of a key is logged, even of one that is not ours."""
    key = _KEY.fullmatch(request.headers.get("authorization", "").partition(" ")[2])
    _line("refused", route(row), f"key {key[1]}" if key else "no key", about(request), error.code)


def refused_visitor(row: Route, request: Request, error: Rejection) -> None:
    """Log a browser's request that was refused: no session, a role that may not, or a form of another site."""
    _line("refused", route(row), caller(request) if request.caller.name else "nobody", about(request), error.code)


def refused_signature(connection: str | None) -> None:
    """Log a delivery whose signature does not match; None for one to a connection that is not ours."""
    _line("refused", "delivery", f"connection {connection}" if connection else "unknown connection", why="signature")


def refused_proof(connection: str | None) -> None:
    """Log a page's proof of its customer that is wrong; None for one of a connection that is not ours."""
    _line("refused", "session", f"connection {connection}" if connection else "unknown connection", why="proof")


def act(request: Request, what: str, about: str) -> None:
    """Log what an administrative request has done, where its route and path do not tell."""
    _line("done", what, caller(request), about)


def _line(security: str, what: str, who: str, about: str = "", why: str = "") -> None:
    parts = {"about": about, "why": why}
    telemetry.line(
        {"security": security, "what": what, "who": who} | {name: part for name, part in parts.items() if part}
    )


def route(row: Route) -> str:
    """A route as the log names it."""
    return f"{row.method} {row.path}"


def caller(request: Request) -> str:
    """Who asks: `key abcdefgh`, `member acme.1`, or `user ada` of the console."""
    kind = {MEMBER: "member", OWNER: "user", READER: "user"}.get(request.caller.role, "key")
    return f"{kind} {request.caller.name}"


def about(request: Request) -> str:
    """The ids in the path; what no id can be, such as an e-mail, or may be a secret, is left out."""
    ids = ((name, value) for name, value in request.path.items() if ID.fullmatch(value))
    return " ".join(f"{name} {value}" for name, value in ids if not value.startswith(SECRETS))
