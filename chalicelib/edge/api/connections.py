"""Handlers of storefront connections; their secrets are written to SSM and never returned."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from chalicelib.domain.core.validation_errors import SECRET
from chalicelib.domain.errors import Conflict, InvalidInput, LostRace, NotFound
from chalicelib.edge import process, security_log
from chalicelib.edge.answers import ConnectionAnswer, ConnectionList, WidgetAnswer
from chalicelib.edge.idempotency import once_answered
from chalicelib.edge.messages import Request
from chalicelib.store.secrets import StoredConnection

MIN_SECRET, MIN_CHARACTERS = 16, 8
"""The least length of a new secret after its prefix, and how many different characters it has: `_check_secret`."""

KEY_PREFIX = "whsec_"
"""What the secrets of Stripe and of Standard Webhooks begin with; the latter's may be written without it."""

MIN_KEY_BYTES = 24
"""What the specification of Standard Webhooks asks for."""

ROTATE = "POST /v1/connections/{connection}/secret"

_SHOPIFY_KEY = re.compile(r"[!-~]*")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class PutConnection(Struct, frozen=True, forbid_unknown_fields=True):
    """A new connection. `namespace` is whose customer numbers the storefront sends: the connection's own id unless
    several share customers. It is fixed then: the members' ids begin with it.
    """

    id: str
    kind: Literal["shopify", "woocommerce", "stripe", "standard"]
    secret: Annotated[str, Meta(max_length=512), SECRET]
    namespace: str = ""


class PostSecret(Struct, frozen=True, forbid_unknown_fields=True):
    """The new secret; the one before stays valid beside it, until it is sent again with `retire_old`."""

    secret: Annotated[str, Meta(max_length=512), SECRET]
    retire_old: bool = False


def show(request: Request) -> ConnectionList:
    """All connections, without their secrets; one that was removed has none."""
    return ConnectionList([_answer(request, connection) for connection in process.secrets().connections(request.now)])


def check_names(name: str, namespace: str) -> None:
    """Raises InvalidInput for an id or a namespace that no connection can have."""
    for field, value in (("id", name), ("namespace", namespace)):
        if not _ID.fullmatch(value):
            # Not repeated: somebody may have put the secret there.
            raise InvalidInput(field, "must be 1 to 40 lower-case letters, digits and dashes")
    if namespace == "guest":
        raise InvalidInput("namespace", "must not be guest, which names buyers without an account")


def put(request: Request, body: PutConnection) -> ConnectionAnswer:
    """Add a connection. Idempotent; one that exists is never replaced (409).

    One that was removed is added again with a secret, its kind and namespace as they were.
    """
    check_names(body.id, body.namespace or body.id)
    _check_secret(body.kind, body.secret)
    return once_answered(request, "PutConnection", ConnectionAnswer, lambda: _put(request, body))


def rotate(request: Request, body: PostSecret) -> ConnectionAnswer:
    """Give a connection a new secret beside its newest one, or with `retire_old` in place of all. Idempotent."""
    stored = _stored(request)
    if body.secret not in stored.secrets:  # an earlier release may have taken a shorter one
        _check_secret(stored.kind, body.secret)
    if not stored.secrets:
        raise Conflict("%(id)s was removed; add it again to give it a secret", id=stored.id)
    return once_answered(request, "PostSecret", ConnectionAnswer, lambda: _rotate(request, stored, body))


def remove(request: Request) -> ConnectionAnswer:
    """Remove a connection: it has no secret any more, and its deliveries are refused. Idempotent.

    Its members, orders, kind and namespace stay, so that no other storefront can take their names.
    """
    stored = _stored(request)
    return once_answered(request, "RemoveConnection", ConnectionAnswer, lambda: _store(request, stored, (), "removed"))


def widget(request: Request) -> WidgetAnswer:
    """What a theme needs to show the widget: the script, and the secret with which it proves a page's customer.

    The secret belongs to the connection's newest own one: a rotation makes another, and `retire_old` ends the old one.
    """
    from chalicelib.edge.api import session

    stored = _stored(request)
    if not stored.secrets:
        raise Conflict("%(id)s was removed; its pages get no tokens", id=stored.id)
    newest = session.widget_secrets(stored, request.now)[0]
    return WidgetAnswer(stored.id, stored.namespace, f"{process.address(request)}/widget.js", newest)


def _put(request: Request, body: PutConnection) -> ConnectionAnswer:
    _check_unshared(body.id, body.secret, request)
    new = StoredConnection(body.id, body.kind, body.namespace or body.id)
    known = _find(body.id, request)
    if known and (known.kind, known.namespace) != (new.kind, new.namespace):
        raise Conflict(
            "%(id)s exists with kind %(kind)s and namespace %(namespace)s, which its members' ids begin with; choose "
            "another id",
            id=body.id,
            kind=known.kind,
            namespace=known.namespace,
        )
    if known and known.secrets and body.secret not in known.secrets:
        raise Conflict(
            "%(id)s exists; to change its secret use connection rotate (%(rotate)s)", id=body.id, rotate=ROTATE
        )
    secrets = known.secrets if known and known.secrets else (body.secret,)
    try:
        return _store(request, new, secrets, "added", new=not process.secrets().is_stored(body.id))
    except LostRace:
        return _put(request, body)  # somebody has just added it, so that this one is compared with theirs


def _rotate(request: Request, stored: StoredConnection, body: PostSecret) -> ConnectionAnswer:
    _check_unshared(stored.id, body.secret, request)
    others = tuple(secret for secret in stored.secrets if secret != body.secret)
    return _store(request, stored, (body.secret, *(() if body.retire_old else others[:1])), "rotated")


def _store(
    request: Request, connection: StoredConnection, secrets: tuple[str, ...], act: str, *, new: bool = False
) -> ConnectionAnswer:
    changed = replace(connection, secrets=secrets)
    process.secrets().put(changed, new=new)
    security_log.act(request, f"connection {act}", f"connection {connection.id}")
    process.namespaces.cache_clear()
    return _answer(request, changed)


def _stored(request: Request) -> StoredConnection:
    name = request.path["connection"]
    stored = _find(name, request)
    if stored is None:
        raise NotFound("there is no connection %(name)s", name=name)
    return stored


def _find(name: str, request: Request) -> StoredConnection | None:
    """A connection as it is now, past the cache."""
    connections = process.secrets().connections(request.now)
    return next((connection for connection in connections if connection.id == name), None)


def _check_secret(kind: str, secret: str) -> None:
    if secret != secret.strip():
        raise InvalidInput("secret", "must not begin or end with white space")
    if kind == "shopify" and not _SHOPIFY_KEY.fullmatch(secret):
        raise InvalidInput(
            "secret",
            "must be the key as Shopify shows it, without spaces: 64 digits and letters such as 3f9c0b71…, or of an "
            "app shpss_ and more",
        )
    if kind == "stripe" and not secret.startswith(KEY_PREFIX):
        raise InvalidInput("secret", "must be the signing secret that Stripe shows, which starts with whsec_")
    key = secret.removeprefix(KEY_PREFIX)
    if kind == "standard":
        try:
            size = len(b64decode(key, validate=True))
        except ValueError:
            raise InvalidInput(
                "secret", "must be base64, as Standard Webhooks has it, after an optional whsec_"
            ) from None
        if size < MIN_KEY_BYTES:
            raise InvalidInput(
                "secret",
                "must be %(least)s random bytes or more as base64, not %(size)s",
                least=MIN_KEY_BYTES,
                size=size,
            )
    if len(key) < MIN_SECRET or len({*key}) < MIN_CHARACTERS:
        raise InvalidInput(
            "secret",
            "must have %(least)s characters or more, %(different)s different ones, so that nobody can guess it; let "
            "the storefront make one, or a password manager",
            least=MIN_SECRET,
            different=MIN_CHARACTERS,
        )


def _check_unshared(name: str, secret: str, request: Request) -> None:
    key = secret.removeprefix(KEY_PREFIX)
    for other in process.secrets().connections(request.now):
        if other.id != name and key in [known.removeprefix(KEY_PREFIX) for known in other.secrets]:
            raise InvalidInput(
                "secret", "must be the connection's own; %(id)s has it, whose deliveries would count twice", id=other.id
            )


def _answer(request: Request, stored: StoredConnection) -> ConnectionAnswer:
    url = f"{process.address(request)}/webhooks/{stored.id}"
    return ConnectionAnswer(stored.id, stored.kind, stored.namespace, len(stored.secrets), url)
