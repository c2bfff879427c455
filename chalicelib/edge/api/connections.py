"""Handlers of storefront connections; their secrets are written to SSM and never returned."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.domain.core.validation_errors import SECRET
from chalicelib.domain.errors import InvalidInput
from chalicelib.edge import process, security_log
from chalicelib.edge.answers import ConnectionAnswer, Connections
from chalicelib.edge.idempotency import once_answered
from chalicelib.edge.messages import Request
from chalicelib.store.secrets import StoredConnection

MIN_SECRET, MIN_CHARACTERS = 16, 8
"""The least length of a secret after its prefix, and how many different characters it has."""

MIN_KEY_BYTES = 24
"""What the specification of Standard Webhooks asks for."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class PutConnection(Struct, frozen=True, forbid_unknown_fields=True):
    """A connection. A new `secret` replaces the old ones; with `keep_previous` the last one stays valid beside it.

    `namespace` is whose customer numbers the storefront sends: the connection's own id unless several share customers.
    """

    id: str
    kind: Literal["shopify", "woocommerce", "stripe", "standard"]
    secret: Annotated[str, Meta(min_length=8, max_length=512), SECRET]
    namespace: str = ""
    keep_previous: bool = False


def show(request: Request) -> Connections:
    """All connections, without their secrets."""
    return Connections([_answer(request, connection) for connection in process.secrets().connections(request.now)])


def put(request: Request, body: PutConnection) -> ConnectionAnswer:
    """Add a connection, or rotate its secret. Idempotent."""
    for field, value in (("id", body.id), ("namespace", body.namespace or body.id)):
        if not _ID.fullmatch(value):
            # Not repeated: somebody may have put the secret there.
            raise InvalidInput(field, "be 1 to 40 lower-case letters, digits and dashes")
    if body.namespace == "guest" or (body.id == "guest" and not body.namespace):
        raise InvalidInput("namespace", "not be guest, which names buyers without an account")
    _check_secret(body)
    return once_answered(request, "PutConnection", ConnectionAnswer, lambda: _put(request, body))


def _put(request: Request, body: PutConnection) -> ConnectionAnswer:
    known = {connection.id: connection for connection in process.secrets().connections(request.now)}
    for other in known.values():
        if other.id != body.id and body.secret in other.secrets:
            raise InvalidInput(
                "secret", f"be the connection's own; {other.id} has it, whose deliveries would count twice"
            )
    previous = known[body.id].secrets if body.id in known else ()
    previous_secrets = tuple(secret for secret in previous if secret != body.secret)[:1] if body.keep_previous else ()
    stored = StoredConnection(body.id, body.kind, body.namespace or body.id, (body.secret, *previous_secrets))
    process.secrets().put(stored)
    security_log.act(request, "connection rotated" if body.id in known else "connection added", f"connection {body.id}")
    return _answer(request, stored)


def _check_secret(body: PutConnection) -> None:
    if body.secret != body.secret.strip():
        raise InvalidInput("secret", "not begin or end with white space")
    if body.kind == "stripe" and not body.secret.startswith("whsec_"):
        raise InvalidInput("secret", "be the signing secret that Stripe shows, which starts with whsec_")
    secret = body.secret.removeprefix("whsec_")
    if body.kind == "standard":
        try:
            key = b64decode(secret, validate=True)
        except ValueError:
            raise InvalidInput("secret", "be base64, as Standard Webhooks has it, after an optional whsec_") from None
        if len(key) < MIN_KEY_BYTES:
            raise InvalidInput("secret", f"be {MIN_KEY_BYTES} random bytes or more as base64, not {len(key)}")
    if len(secret) < MIN_SECRET or len({*secret}) < MIN_CHARACTERS:
        raise InvalidInput(
            "secret",
            f"have {MIN_SECRET} characters or more, {MIN_CHARACTERS} different ones, so that nobody can guess it; let "
            "the storefront make one, or a password manager",
        )


def _answer(request: Request, stored: StoredConnection) -> ConnectionAnswer:
    url = f"{process.address(request)}/webhooks/{stored.id}"
    return ConnectionAnswer(stored.id, stored.kind, stored.namespace, len(stored.secrets), url)
