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
from chalicelib.edge.messages import ADMIN, MEMBER, Request, Route

T = TypeVar("T")

_KEY = re.compile(r"rk_(?:admin|storefront)_([a-z2-7]{8})_[a-z2-7]{32}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,99}")
_SECRETS = ("rk_", "whsec_", "shpss_")
"""How keys and secrets begin, which somebody may have put in the place of an id."""

_READS = frozenset({"erasure:export", "connections:widget"})
"""Readings that are logged: all about a person, and a secret."""

_ONLY_ASKS = "reconcile:check"


def is_administrative(row: Route) -> bool:
    """Whether each request of a route is logged: an admin's that writes, or reads all about a person or a secret."""
    writes = row.method != "GET" and row.handler != _ONLY_ASKS
    return row.who == ADMIN and (writes or row.handler in _READS)


def logged(row: Route, request: Request, act: Callable[[], T]) -> T:
    """What an administrative act returns; whether it was done or refused is logged."""
    try:
        result = act()
    except Exception as error:
        why = error.code if isinstance(error, Rejection) else "internal"
        _line("refused", _route(row), _caller(request), _about(request), why)
        raise
    _line("done", _route(row), _caller(request), _about(request))
    return result


def refused_credential(row: Route, request: Request, error: Rejection) -> None:
    """Log a request whose credential was refused. The id of a key is logged, even of one that is not ours."""
    key = _KEY.fullmatch(request.headers.get("authorization", "").partition(" ")[2])
    _line("refused", _route(row), f"key {key[1]}" if key else "no key", _about(request), error.code)


def refused_signature(connection: str | None) -> None:
    """Log a delivery whose signature does not match; None for one to a connection that is not ours."""
    _line("refused", "delivery", f"connection {connection}" if connection else "unknown connection", why="signature")


def refused_proof(connection: str | None) -> None:
    """Log a page's proof of its customer that is wrong; None for one of a connection that is not ours."""
    _line("refused", "session", f"connection {connection}" if connection else "unknown connection", why="proof")


def act(request: Request, what: str, about: str) -> None:
    """Log what an administrative request has done, where its route and path do not tell."""
    _line("done", what, _caller(request), about)


def _line(security: str, what: str, who: str, about: str = "", why: str = "") -> None:
    parts = {"about": about, "why": why}
    telemetry.line(
        {"security": security, "what": what, "who": who} | {name: part for name, part in parts.items() if part}
    )


def _route(row: Route) -> str:
    return f"{row.method} {row.path}"


def _caller(request: Request) -> str:
    kind = "member" if request.caller.role == MEMBER else "key"
    return f"{kind} {request.caller.name}"


def _about(request: Request) -> str:
    """The ids in the path; what no id can be, such as an e-mail, or may be a secret, is left out."""
    ids = ((name, value) for name, value in request.path.items() if _ID.fullmatch(value))
    return " ".join(f"{name} {value}" for name, value in ids if not value.startswith(_SECRETS))
