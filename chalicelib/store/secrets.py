"""Secrets, stored in SSM parameters as SecureStrings (which cost nothing while idle), never in the table or a log.

    /ristourne/{stage}/root               32 random bytes or more, base64; guests' ids and stored hashes derive from it
    /ristourne/{stage}/signing            the same; what is signed derives from it, or from the root if missing
    /ristourne/{stage}/connections/{id}   JSON: kind, namespace, up to two live secrets
    /ristourne/{stage}/public-url         where the API is reached: its own address, or a host name of the shop's
    /ristourne/{stage}/max-adjustment     the most that one adjustment by hand moves, in minor units; may be missing

All parameters are read at once, at most once in `settings.cache_s()` whatever is asked for, so that a stranger who
names unknown connections causes no call. While SSM does not answer, what was read before stays good.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from chalicelib import settings
from chalicelib.domain.core.identity import Identities
from chalicelib.domain.errors import LostRace, Unavailable
from chalicelib.store import root_check
from chalicelib.store.dynamodb import transport

MAX_ADJUSTMENT = 100_000
"""The ceiling of an adjustment where the stage states none, in minor units: 1,000.00 EUR."""

MIN_SECRET_BYTES = 32
"""The root secret and the signing secret have so many bytes, or more."""

REPLACE = "put another one there (docs/operations.md, The root leaks)"


CONNECTIONS = "connections/"
"""What stands before a connection's id in the name of its parameter."""


class StoredConnection(Struct, frozen=True):
    """A storefront connection: kind, namespace of its customer numbers, and live secrets, the newest first."""

    id: str
    kind: str
    namespace: str
    secrets: tuple[str, ...] = ()


class Secrets:
    """A cache of the stage's secrets, at most `settings.cache_s()` old while SSM answers."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._connections: dict[str, StoredConnection | None] = {}
        self._read_at = 0
        self._is_stale = False
        self._checked_root: tuple[str, bytes] = ("", b"")

    def connection(self, name: str, now: int) -> StoredConnection | None:
        """A connection by id, None for an unknown one.

        Raises Unavailable for one whose parameter is garbled, and for an unknown one while SSM does not answer.
        """
        self._refresh_if_old(now)
        connection = self._connections.get(name)
        if connection is None:
            path = _path(f"{CONNECTIONS}{name}")
            if name in self._connections:
                raise Unavailable("the parameter %(path)s is no connection; add the connection again", path=path)
            if self._is_stale:
                raise Unavailable("SSM does not answer, and the parameter %(path)s was not read before", path=path)
        return connection

    def connections(self, now: int) -> list[StoredConnection]:
        """All connections as they are now, sorted by id, without those whose parameters are garbled. Raises Unavailable
        while SSM does not answer.
        """
        self._refresh(now)
        return self._readable()

    def known_connections(self, now: int) -> list[StoredConnection]:
        """All connections as of at most `settings.cache_s()` ago. Raises Unavailable where they were never read."""
        self._refresh_if_old(now)
        return self._readable()

    def is_stored(self, name: str) -> bool:
        """Whether a connection of that name was there when they were read last, garbled or not."""
        return name in self._connections

    def put(self, stored: StoredConnection, *, new: bool = False) -> None:
        """Store a connection and its secrets. Raises LostRace where it is to be new and somebody has just added it."""
        value = msgspec.json.encode(stored).decode()
        name = f"{CONNECTIONS}{stored.id}"
        try:
            _ask("PutParameter", {"Name": _path(name), "Value": value, "Type": "SecureString", "Overwrite": not new})
        except Unavailable as error:
            if error.values.get("code") != "ParameterAlreadyExists":
                raise
            raise LostRace(stored.id) from None
        self._connections[stored.id] = stored

    def signing(self, purpose: str, now: int) -> bytes:
        """A 32-byte key that signs what ends soon, such as a member's token: derived from the signing secret, so that a
        new one ends all that was signed, or from the root secret where the stage has none. Raises Unavailable for a
        garbled one.
        """
        self._refresh_if_old(now)
        text = self._values.get("signing")
        if text is None:
            return self.derived(purpose, now)
        secret = _secret_of(_path("signing"), text, REPLACE)
        return hmac.new(secret, purpose.encode(), hashlib.sha256).digest()

    def identities(self, namespace: str, now: int) -> Identities:
        """The mapping from a storefront's customers to member ids and keyed hashes."""
        return Identities(self.derived("identity", now), namespace)

    def derived(self, purpose: str, now: int) -> bytes:
        """A 32-byte key under which the table stores something, derived from the root secret, which is compared once
        with the table's digest. Raises Unavailable without the right root secret.
        """
        if "root" not in self._values:
            self._refresh(now)
        text = self._values.get("root")
        if not text or text != self._checked_root[0]:
            path = _path("root")
            root = _secret_of(path, text, root_check.RESTORE)
            root_check.check(path, root)
            self._checked_root = (text or "", root)
        return hmac.new(self._checked_root[1], purpose.encode(), hashlib.sha256).digest()

    def public_url(self, now: int) -> str:
        """The base URL of links, empty where none is configured."""
        self._refresh_if_old(now)
        return self._values.get("public-url", "")

    def max_adjustment(self, now: int) -> int:
        """The most that one adjustment by hand moves, in minor units. Raises Unavailable for a garbled ceiling."""
        self._refresh_if_old(now)
        text = self._values.get("max-adjustment", str(MAX_ADJUSTMENT)).strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 15):
            raise Unavailable(
                "the parameter %(path)s must be a whole number of minor units, such as %(amount)s",
                path=_path("max-adjustment"),
                amount=MAX_ADJUSTMENT,
            )
        return int(text)

    def _readable(self) -> list[StoredConnection]:
        return [connection for _, connection in sorted(self._connections.items()) if connection]

    def _refresh_if_old(self, now: int) -> None:
        """Read SSM where the values are `settings.cache_s()` old. Where it does not answer they stay, and it is asked
        again after as long; raises Unavailable where there are none.
        """
        if now - self._read_at < settings.cache_s():
            return
        try:
            self._refresh(now)
        except Unavailable:
            if not self._values:
                raise
            self._read_at, self._is_stale = now, True

    def _refresh(self, now: int) -> None:
        self._values = _read_all()
        named = {name: value for name, value in self._values.items() if name.startswith(CONNECTIONS)}
        self._connections = {name.removeprefix(CONNECTIONS): _connection_of(value) for name, value in named.items()}
        self._read_at, self._is_stale = now, False


def _secret_of(path: str, text: str | None, remedy: str) -> bytes:
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


def _connection_of(stored: str) -> StoredConnection | None:
    """The connection that a parameter's value states, None for a garbled one."""
    try:
        return msgspec.json.decode(stored, type=StoredConnection)
    except (msgspec.DecodeError, RecursionError):
        return None


def _path(name: str) -> str:
    """The path of a parameter of the stage; that of all of them for an empty name."""
    return f"/ristourne/{settings.stage()}/{name}"


def _read_all() -> dict[str, str]:
    """The values of all parameters of the stage, by what their paths end with."""
    values: dict[str, str] = {}
    prefix = _path("")
    page: dict[str, Any] = {"Path": prefix, "Recursive": True, "WithDecryption": True, "MaxResults": 10}
    while True:
        reply = _ask("GetParametersByPath", page)
        values |= {parameter["Name"].removeprefix(prefix): parameter["Value"] for parameter in reply["Parameters"]}
        if not reply.get("NextToken"):
            return values
        page["NextToken"] = reply["NextToken"]


def _ask(operation: str, body: dict[str, Any]) -> Any:
    """The reply of one SSM operation. Raises Unavailable, whose message never contains a value."""
    try:
        return transport.ask(transport.SSM, operation, body)
    except ClientError as error:
        # From None, since SSM's own words may repeat a value that it does not take.
        code = error.response["Error"]["Code"]
        raise Unavailable("SSM refused %(operation)s: %(code)s", operation=operation, code=code) from None
    except BotoCoreError as error:
        why = type(error).__name__
        raise Unavailable("SSM did not answer %(operation)s: %(why)s", operation=operation, why=why) from error
