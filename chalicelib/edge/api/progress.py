"""Handlers of progress: what a member has reached, what a basket would earn, and a level that is set by hand.

Imports the domain's views and the quotes.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from chalicelib.domain.commands import SetLevel
from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.core.identity import member_id
from chalicelib.domain.errors import no_member
from chalicelib.domain.rewards.progress.granting import LevelSet
from chalicelib.domain.rewards.progress.view import ProgressView, progress_of
from chalicelib.edge import process
from chalicelib.edge.answers import QuoteAnswer
from chalicelib.edge.idempotency import once
from chalicelib.edge.messages import MEMBER, Request
from chalicelib.edge.quotes import PostQuote, quote_of
from chalicelib.edge.request_checks import check_reason
from chalicelib.edge.words import requested
from chalicelib.store.dynamodb import queries


class PostLevel(Struct, frozen=True, forbid_unknown_fields=True):
    """A level to set by hand (empty: take back what was set), the last day of it (null: for good), and the reason."""

    level: Annotated[str, Meta(max_length=100)]
    reason: Annotated[str, Meta(max_length=200)]
    last_day: date | None = None


def show(request: Request) -> ProgressView:
    """A member's level and what is missing to the next, cards, goals, badges, weeks in a row, places on boards.

    The segment and its scores are for the shop: a member's own token gets null.
    """
    name = member_id(request.path["member"])
    member = queries.member(name)
    if member is None:
        raise no_member(name)
    programme, wording, cuts = process.engine().programme_in_force(request.now), requested.wording(request), None
    if request.caller.role != MEMBER:
        today = local_day(request.now, programme.timezone)
        cuts = process.engine().of_history(lambda history: history.cuts_on(today), request.now)
    progress = progress_of(member, programme, request.now, wording, cuts)
    if not programme.boards:
        return progress
    from chalicelib.edge.api import boards

    return replace(progress, boards=boards.of_member(member, programme, request.now, wording))


def quote(request: Request, body: PostQuote) -> QuoteAnswer:
    """What a basket would earn if it were paid now, and the next steps. Not binding; nothing is written.

    It is valued by what values orders, so that it equals what the same basket then posts.
    """
    return quote_of(body, requested.wording(request), request.now)


def set_level(request: Request, body: PostLevel) -> LevelSet:
    """Give a member at least a level by hand, until the end of a day or for good. Its gift follows as for any other."""
    check_reason(body.reason)
    until = body.last_day.toordinal() if body.last_day else 0
    command = SetLevel(member_id(request.path["member"]), body.level, until, body.reason.strip())
    return LevelSet(**once(request, command))
