"""What people and admin keys do, written down before it is done and, with how it ended, after it: in the console's log,
and in the security log.

The route's row says whether something is logged, and which fields of it; nothing that may be about a customer. What a
storefront's key or a member's token does is not: checkouts and webhooks write nothing here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import msgspec

from chalicelib.domain.errors import Rejection, Unavailable
from chalicelib.edge import security_log, telemetry
from chalicelib.edge.messages import ADMIN, Reply, Request, Route
from chalicelib.store import users
from chalicelib.store.user_items import ActItem

KEY, OPERATOR = "key ", "aws "
"""What the log's name of an admin key begins with, before the key's id, and that of somebody with AWS credentials; no
person has a name with a space.
"""

IDS = frozenset({"from", "id", "into", "name"})
"""Fields that name somebody or something."""

_LOGGABLE = re.compile(r"[\w.,:+\-\N{MINUS SIGN} /€$£¥]{0,60}")


def recorded(row: Route, request: Request, fields: Mapping[str, object], act: Callable[[], Reply]) -> Reply:
    """The reply to what a person or a key does, which is written down. `fields`: those of the form or the body."""
    who = security_log.caller(request) if request.caller.role == ADMIN else request.caller.name
    what, about = security_log.route(row), security_log.about(request)
    entry = users.log(who, what, about, request.now, _details(row, fields))
    outcome = "internal"
    try:
        reply = act()
        outcome = "done" if reply.status < 400 else reply.code or "refused"
    except Rejection as error:
        outcome = error.code
        raise
    finally:
        security_log.ended(row, request, "" if outcome == "done" else outcome)
        _conclude(entry, outcome)
    return reply


def _conclude(entry: ActItem, outcome: str) -> None:
    """Note how an act ended. What was done stays done where that cannot be written: the log says that it is unknown."""
    try:
        users.conclude(entry, outcome)
    except Unavailable as error:
        telemetry.failure("log", error)


def of_operator(who: str, what: str, *keys: str) -> None:
    """Write into the console's log that somebody with AWS credentials has issued or revoked API keys."""
    for key in keys:
        users.conclude(users.log(f"{OPERATOR}{who}", what, f"key {key}", int(time.time())), "done")


def fields_of(request: Request) -> dict[str, object]:
    """What a request to the API states in its body, query and If-Match; a body that cannot be read is refused later."""
    body: object = None
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = msgspec.json.decode(request.body)
    expected = request.headers.get("if-match", "").strip('" ')
    return {**(body if isinstance(body, dict) else {}), **request.query, "expected": expected}


def _details(row: Route, fields: Mapping[str, object]) -> dict[str, str]:
    """What is logged of a request: the fields that say what was done, where they have a text or a number of ours."""
    values = {name: fields[name] for name in row.logs or () if name in fields}
    # Amounts that were pasted have spaces of several kinds.
    texts = {name: " ".join(str(value).split()) for name, value in values.items() if isinstance(value, (str, int))}
    return {name: text for name, text in texts.items() if _is_loggable(name, text)}


def _is_loggable(name: str, text: str) -> bool:
    """Whether a value may stand in the log: no secret, an id where it names something, no sentence."""
    form = security_log.ID if name in IDS else _LOGGABLE
    return bool(form.fullmatch(text)) and not text.startswith(security_log.SECRETS)
