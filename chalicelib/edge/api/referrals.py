"""Handlers of referrals: a friend claims a code at sign-up; the operator settles what the stream gave up."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.domain.commands import ClaimReferral
from chalicelib.domain.core.identity import member_id, parse_code
from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import InvalidInput, no_member
from chalicelib.domain.rewards.referral.claims import Claimed
from chalicelib.edge import process
from chalicelib.edge.answers import Settlement
from chalicelib.edge.idempotency import once, once_answered
from chalicelib.edge.jobs.stream import settle_friends
from chalicelib.edge.member_ids import new_member
from chalicelib.edge.messages import Request
from chalicelib.store import queries, unfinished

CODE_LENGTH = 12

SETTLED_AT_ONCE = 200
"""Conversions that one request settles, so that it ends within the function's time."""


class PostReferral(Struct, frozen=True, forbid_unknown_fields=True):
    """The friend who signed up (a member id), the code that brought the friend, and the friend's e-mail if known."""

    friend: str
    code: str
    email: Annotated[str, Meta(max_length=254)] = ""


def claim(request: Request, body: PostReferral) -> Claimed:
    """Make the owner of a code the friend's referrer, once and for ever."""
    code = parse_code(body.code)
    if not code:
        hint = Phrase("a letter may be mistyped") if len(re.findall(r"\w", body.code)) == CODE_LENGTH else None
        raise InvalidInput("code", "must be a referral code of 12 letters and digits", body.code, hint=hint)
    email_hash = process.secrets().identities("", request.now).email_hash(body.email)
    return Claimed(**once(request, ClaimReferral(new_member(body.friend, request.now, "friend"), code, email_hash)))


def settle(request: Request) -> Settlement:
    """Settle a referrer's bonuses where the stream has given up.

    `settled`: the number of friends that were settled, 200 at most; repeat until it is 0.
    """
    return once_answered(request, "SettleReferrals", Settlement, lambda: _settle(request))


def _settle(request: Request) -> Settlement:
    referrer = member_id(request.path["member"])
    if queries.member(referrer) is None:
        raise no_member(referrer)
    friends = unfinished.friends(referrer)[:SETTLED_AT_ONCE]
    settled = len(friends)
    settle_friends(referrer, friends, request.now)
    return Settlement(referrer, settled)
