"""Handler of the session: a shop's theme proves which customer it shows, and its page gets that member's token.

A theme can compute an HMAC and call no server. It has a secret for that, derived from the root and the connection's own
secret: it opens what a member's own page may read and nothing else, and ends with the secret that it is derived from.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.domain.core.identity import MAX_MEMBER, is_guest, member_of
from chalicelib.domain.errors import InvalidInput, Unauthenticated
from chalicelib.edge import access, process, security_log
from chalicelib.edge.answers import TokenAnswer
from chalicelib.edge.messages import Request
from chalicelib.store.secrets import StoredConnection

OLDEST_S, AHEAD_S = 86_400, 300
"""How old a proof may be, since pages are cached, and by how much a shop's clock may be ahead."""


class PostSession(Struct, frozen=True, forbid_unknown_fields=True):
    """Who a shop's page is shown to: the `customer` of a `connection`, `at` which second since 1970, and the proof.

    `proof`: the HMAC-SHA256 of `customer.at` under the connection's widget secret, in hexadecimal digits.
    """

    connection: Annotated[str, Meta(max_length=40)]
    customer: Annotated[str, Meta(min_length=1, max_length=MAX_MEMBER)]
    at: Annotated[int, Meta(ge=0, le=10**11)]
    proof: Annotated[str, Meta(max_length=64)]


def open_session(request: Request, body: PostSession) -> TokenAnswer:
    """A member's token for a page that proves by HMAC which customer it is shown to; good for 15 minutes.

    Writes nothing. A proof is good for 24 hours; the page asks again when its token has expired.
    """
    stored = process.secrets().connection(body.connection, request.now)
    if stored is None or not _is_proof(body, stored, request.now):
        security_log.refused_proof(stored.id if stored else None)
        raise Unauthenticated("the proof must be the HMAC-SHA256 of `customer.at` under the connection's widget secret")
    age_s = request.now - body.at
    if age_s < -AHEAD_S:
        raise Unauthenticated(
            "the proof's time is %(ahead)s seconds ahead of ours, at most %(most)s are allowed; set the shop's clock",
            ahead=-age_s,
            most=AHEAD_S,
        )
    if age_s > OLDEST_S:
        raise Unauthenticated("the proof must be at most 24 hours old; load the page again")
    member = member_of(stored.namespace, body.customer, "customer")
    if is_guest(member) or not process.namespaces().has(stored.namespace, body.customer, request.now):
        raise InvalidInput("customer", "must be a customer's id in the storefront")
    return TokenAnswer(member, access.issue_token(member, request.now), access.TOKEN_S)


def widget_secrets(stored: StoredConnection, now: int) -> list[str]:
    """The secrets by which a connection's pages prove a customer, one for each of its own, the newest first."""
    own = (hashlib.sha256(secret.encode()).hexdigest() for secret in stored.secrets)
    return [process.secrets().signing(f"widget:{stored.id}:{digest}", now).hex() for digest in own]


def _is_proof(body: PostSession, stored: StoredConnection, now: int) -> bool:
    """Whether the proof is right under one of the live secrets; all are compared, each in constant time."""
    message, proof = f"{body.customer}.{body.at}".encode(), body.proof.lower().encode()
    keys = [secret.encode() for secret in widget_secrets(stored, now)]
    expected = [hmac.new(key, message, hashlib.sha256).hexdigest().encode() for key in keys]
    return sum(hmac.compare_digest(digest, proof) for digest in expected) > 0
