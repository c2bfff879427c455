"""API keys: shown once when they are issued, stored as a hash.

A key is `rk_{role}_{id}_{secret}`; the secret has 160 random bits, so a plain SHA-256 is enough to store it by.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from base64 import b32encode

from chalicelib import settings
from chalicelib.store.dynamodb.dynamodb_errors import unavailable_on_error
from chalicelib.store.items import KeyItem
from chalicelib.store.keys import api_key, digest_of

ADMIN, STOREFRONT = "admin", "storefront"
ROLES = (ADMIN, STOREFRONT)

_FORM = re.compile(rf"rk_({'|'.join(ROLES)})_([a-z2-7]{{8}})_([a-z2-7]{{32}})")


def issue_key(role: str) -> str:
    """Create and store a key of a role; returns the key's text, which is stored nowhere."""
    assert role in ROLES, role
    name, secret = _random(5), _random(20)
    key = KeyItem(*api_key(name), digest=digest_of(secret), role=role, created_at=int(time.time()))
    key.save()
    return f"rk_{role}_{name}_{secret}"


def revoke_key(name: str) -> bool:
    """Delete a key, named by the part after its role; False if there was none."""
    try:
        KeyItem.get(*api_key(name)).delete(add_version_condition=False)
    except KeyItem.DoesNotExist:
        return False
    return True


class Keyring:
    """A cache of API keys with their roles, each for `settings.cache_s()`."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, str, str]] = {}

    def role(self, key: str, now: int) -> str | None:
        """The role of a key, or None if the key is not valid. Raises Unavailable."""
        form = _FORM.fullmatch(key)
        if not form:
            return None
        _, name, secret = form.groups()
        read_at, digest, role = self._known.get(name, (0, "", ""))
        if now - read_at >= settings.cache_s():
            digest, role = _read(name)
            if digest:
                self._known[name] = (now, digest, role)
        return role if hmac.compare_digest(digest, digest_of(secret)) else None


@unavailable_on_error()
def _read(name: str) -> tuple[str, str]:
    try:
        item = KeyItem.get(*api_key(name), consistent_read=True)
    except KeyItem.DoesNotExist:
        return "", ""
    return item.digest, item.role


def _random(size: int) -> str:
    return b32encode(secrets.token_bytes(size)).decode().lower()
