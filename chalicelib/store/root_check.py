"""Checks that the configured root secret is the one under which the guests of this table were named.

The table holds a keyed digest of the root, written by the first process that works on the table. A process compares
once; another root would give every guest a new id, and every order of theirs its reward again.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode

from pynamodb.exceptions import PutError

from chalicelib.domain.errors import Unavailable
from chalicelib.store import keys
from chalicelib.store.dynamodb.dynamodb_errors import CONDITION_FAILED, reason_of, unavailable_on_error
from chalicelib.store.items import RootCheckItem

MIN_SECRET_BYTES = 32

_PURPOSE = b"root-check"
RESTORE = "restore it from your backup (docs/operations.md); a new one orphans every guest"


def secret_of(path: str, text: str | None, remedy: str) -> bytes:
    """The bytes of a secret from its parameter's text. Raises Unavailable with the remedy for one that is missing, no
    base64 or shorter than MIN_SECRET_BYTES; the message never repeats it.
    """
    if text is None:
        raise Unavailable("the parameter %(path)s does not exist; %(remedy)s", path=path, remedy=remedy)
    try:
        secret = b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise Unavailable(
            "the parameter %(path)s is no secret: it must be base64; %(remedy)s", path=path, remedy=remedy
        ) from None
    if len(secret) < MIN_SECRET_BYTES:
        raise Unavailable(
            "the parameter %(path)s is no secret: it must be %(least)s bytes or more, got %(size)s; %(remedy)s",
            path=path,
            least=MIN_SECRET_BYTES,
            size=len(secret),
            remedy=remedy,
        )
    return secret


@unavailable_on_error()
def check(path: str, root: bytes) -> None:
    """Compare the root secret with the table's digest of it, which is written where there is none. Raises Unavailable
    for another root.
    """
    digest = hmac.new(root, _PURPOSE, hashlib.sha256).hexdigest()
    stored = _stored() or _store(digest)
    if not hmac.compare_digest(stored, digest):
        raise Unavailable(
            "the parameter %(path)s has another root secret than this table was begun with; %(remedy)s",
            path=path,
            remedy=RESTORE,
        )


def _stored() -> str:
    try:
        return RootCheckItem.get(*keys.ROOT_CHECK, consistent_read=True).digest
    except RootCheckItem.DoesNotExist:
        return ""


def _store(digest: str) -> str:
    """The digest that is in the table now: this one, or that of a process which was faster."""
    try:
        RootCheckItem(*keys.ROOT_CHECK, digest=digest).save()
    except PutError as error:
        if reason_of(error) != CONDITION_FAILED:
            raise
        return _stored()
    return digest
