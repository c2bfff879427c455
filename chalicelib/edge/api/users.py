"""Handlers of the console's users: invite one, end one."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.domain.core.calendar import iso
from chalicelib.domain.errors import InvalidInput
from chalicelib.edge import process, words
from chalicelib.edge.answers import InvitationAnswer, UserRemoved
from chalicelib.edge.messages import Request
from chalicelib.store import users

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


class PostUser(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to invite to the console: a short `name`, a `role`, and the `locale` of the pages (`en`, `fr`); without one
    the language of the browser in which the invitation is accepted.

    A name that is there already gets another invitation, and the role and locale that are stated.
    """

    name: Annotated[str, Meta(max_length=40)]
    role: Literal["owner", "reader"]
    locale: Annotated[str, Meta(max_length=35)] = ""


def invite(request: Request, body: PostUser) -> InvitationAnswer:
    """Invite somebody to the console: a link that works once, for seven days.

    Each call makes another link, since none is stored: it needs no Idempotency-Key.
    """
    check_name(body.name)
    if body.locale and not words.known(body.locale):
        raise InvalidInput("locale", "must be one of %(names)s", body.locale, names=tuple(words.languages()))
    by = f"{request.caller.role} {request.caller.name}"
    code = users.invite(body.name, body.role, words.known(body.locale), by, request.now)
    link = f"{process.address(request)}/console/invitation/{code}"
    return InvitationAnswer(body.name, body.role, link, iso(request.now + users.INVITATION_S))


def remove(request: Request) -> UserRemoved:
    """End a user of the console, with all sessions and passkeys. Idempotent; one that there never was is 404."""
    name = check_name(request.path["user"])
    users.remove(name, request.now)
    return UserRemoved(name)


def is_name(name: str) -> bool:
    """Whether a text can be a user's name."""
    return _NAME.fullmatch(name) is not None


def check_name(name: str) -> str:
    """A user's name, unchanged. Raises InvalidInput."""
    if not is_name(name):
        raise InvalidInput("name", "must be 1 to 40 lower-case letters, digits, dots and dashes", name)
    return name
