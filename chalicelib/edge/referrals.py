"""The API about referrals: a friend claims a code at sign-up."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.domain.commands import ClaimReferral
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.identity import member_id, parse_code
from chalicelib.domain.referrals import Claimed
from chalicelib.edge import process
from chalicelib.edge.idempotency import once
from chalicelib.edge.messages import Request


class PostReferral(Struct, frozen=True, forbid_unknown_fields=True):
    """The friend who signed up (a member id), the code that brought the friend, and the friend's e-mail if known."""

    friend: str
    code: str
    email: Annotated[str, Meta(max_length=254)] = ""


def claim(request: Request, body: PostReferral) -> Claimed:
    """Make the owner of a code the friend's referrer, once and for ever."""
    code = parse_code(body.code)
    if not code:
        raise InvalidInput("code", "be a referral code of 12 letters and digits", body.code)
    email_hash = process.identities("", request.now).email_hash(body.email)
    return Claimed(**once(request, ClaimReferral(member_id(body.friend, "friend"), code, email_hash)))
