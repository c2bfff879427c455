"""Authentication and authorisation: an API key, or a member's own short-lived token, checked in constant time before a
body is parsed.
"""

from __future__ import annotations

from chalicelib.domain.errors import Forbidden, Unauthenticated
from chalicelib.edge import process
from chalicelib.edge.messages import ADMIN, MEMBER, STOREFRONT, Caller, Request

TOKEN_S = 900
_AUDIENCE = "ristourne"

ALLOWED = {ADMIN: {ADMIN}, STOREFRONT: {ADMIN, STOREFRONT}, MEMBER: {ADMIN, STOREFRONT, MEMBER}}
"""Which roles each kind of route lets in."""


def check(who: str, request: Request) -> Caller:
    """The authenticated caller. Raises Unauthenticated without a valid credential, Forbidden if its role may not."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise Unauthenticated("send the header Authorization: Bearer <API key or member token>")
    if credential.startswith("rk_"):
        role = process.keyring().role(credential, request.now)
        if role is None:
            raise Unauthenticated("the API key is not one of ours")
        caller = Caller(role, credential.split("_")[2])
    else:
        caller = _token(credential, request)
    if caller.role not in ALLOWED[who]:
        raise Forbidden("this needs a key of the role %(who)s; this one is of %(role)s", who=who, role=caller.role)
    if caller.role == MEMBER and caller.name != request.path["member"]:
        raise Forbidden("a member's token is good for that member only")
    return caller


def issue_token(member: str, now: int, *, looks_only: bool = False) -> str:
    """A token with which a member's own browser may read the member and make its code, for TOKEN_S seconds.

    `looks_only`: it makes no code either.
    """
    import jwt  # slow to import: only a request with a token, or for one, pays for it at a cold start

    claims: dict[str, object] = {"sub": member, "aud": _AUDIENCE, "iat": now, "exp": now + TOKEN_S}
    if looks_only:
        claims["looks_only"] = True
    return jwt.encode(claims, _signing_key(now), algorithm="HS256")


def _token(credential: str, request: Request) -> Caller:
    import jwt

    try:
        claims = jwt.decode(
            credential,
            _signing_key(request.now),
            algorithms=["HS256"],
            audience=_AUDIENCE,
            options={"require": ["exp", "sub"], "verify_exp": False, "verify_iat": False},
        )
    except (jwt.InvalidTokenError, RecursionError):
        raise Unauthenticated("the token is not one of ours") from None
    if int(claims["exp"]) <= request.now:
        raise Unauthenticated("the token has expired; ask the shop for a new one")
    if claims.get("looks_only") and request.method not in ("GET", "HEAD"):
        raise Forbidden("this token is for a look at the member's page, and changes nothing")
    return Caller(MEMBER, claims["sub"])


def _signing_key(now: int) -> bytes:
    return process.secrets().signing("member-token", now)
