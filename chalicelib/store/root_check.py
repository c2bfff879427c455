"""Checks that the configured root secret is the one under which the guests of this table were named.

The table holds a keyed digest of the root, written by the first process that works on the table. A process compares
once; another root would give every guest a new id, and every order of theirs its reward again.
"""

from __future__ import annotations

import hashlib
import hmac

from pynamodb.exceptions import PutError

from chalicelib.domain.errors import Unavailable
from chalicelib.store import keys
from chalicelib.store.dynamodb.dynamodb_errors import CONDITION_FAILED, reason_of, unavailable_on_error
from chalicelib.store.items import RootCheckItem

_PURPOSE = b"root-check"
RESTORE = "restore it from your backup (docs/operations.md); a new one orphans every guest"


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
