"""Passkeys (WebAuthn Level 3, https://www.w3.org/TR/webauthn-3/): ES256 alone, and no CBOR, since browsers hand over
the public key as SPKI and the authenticator's data as bytes.

A challenge is signed by us, lives for five minutes, and is answered once. All binary values are base64url.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from chalicelib.domain.errors import InvalidInput, Unauthenticated
from chalicelib.edge import process
from chalicelib.edge.console.access.gate import is_same_origin
from chalicelib.edge.messages import Request
from chalicelib.store import users
from chalicelib.store.user_items import Passkey

CHALLENGE_S = 300

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
"""Flags of the authenticator's data: a person was there, was recognised, and a new key comes with it."""

HEADER_BYTES, ID_LENGTH_AT = 37, 53

MAX_CREDENTIAL = 1023
"""Bytes of a credential's id (Web Authentication Level 3, 7.1)."""

SPKI_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""What the SPKI of every uncompressed point of P-256 begins with; the point follows."""


def challenge(now: int) -> str:
    """A fresh challenge."""
    body = secrets.token_bytes(16) + struct.pack(">I", now + CHALLENGE_S)
    return encoded(body + _seal(body, now))


def created(form: Mapping[str, str], request: Request) -> Passkey:
    """The passkey that a browser has made. Raises InvalidInput and Unauthenticated."""
    _check_client(form, "webauthn.create", request)
    data, key, credential = (_bytes(form, name) for name in ("data", "key", "credential"))
    count = _check_authenticator(data, request, ATTESTED)
    length = int.from_bytes(data[ID_LENGTH_AT : ID_LENGTH_AT + 2], "big")
    if not 0 < len(credential) <= MAX_CREDENTIAL or data[ID_LENGTH_AT + 2 : ID_LENGTH_AT + 2 + length] != credential:
        raise InvalidInput("credential", "must be the one that the authenticator's data name")
    point = key.removeprefix(SPKI_P256)
    # The authenticator's own copy of the key is CBOR, in which both coordinates stand as they are.
    if len(point) != 64 or not key.startswith(SPKI_P256) or not (point[:32] in data and point[32:] in data):
        raise InvalidInput("key", "must be the ES256 key of the authenticator's data")
    _verifying_key(key)
    return Passkey(encoded(credential), encoded(key), host_of(request), count, request.now)


def confirmed(form: Mapping[str, str], passkey: Passkey, request: Request) -> int:
    """The signature counter of a passkey that has signed the challenge. Raises InvalidInput and Unauthenticated."""
    from ecdsa import BadSignatureError
    from ecdsa.util import sigdecode_der

    client = _check_client(form, "webauthn.get", request)
    data, signature = _bytes(form, "data"), _bytes(form, "signature")
    count = _check_authenticator(data, request, 0)
    if passkey.host != host_of(request):
        raise Unauthenticated("the passkey belongs to another host name")
    signed = data + hashlib.sha256(client).digest()
    try:
        _verifying_key(decoded(passkey.key)).verify(signature, signed, hashlib.sha256, sigdecode_der)
    except (BadSignatureError, ValueError, IndexError):
        raise Unauthenticated("try again: the passkey's signature is not right") from None
    if (count or passkey.count) and count <= passkey.count:
        raise Unauthenticated("the passkey has counted less than before, as a copy of it would; make a new one")
    return count


def encoded(value: bytes) -> str:
    """Bytes as base64url without padding."""
    return urlsafe_b64encode(value).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """The bytes of base64url. Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _check_client(form: Mapping[str, str], kind: str, request: Request) -> bytes:
    """The bytes of the client data, once their kind, origin and challenge are right. The challenge is used up."""
    raw = _bytes(form, "client")
    try:
        client: Any = json.loads(raw)
        answered = str(client["challenge"])
        right = (
            client["type"] == kind and not client.get("crossOrigin") and is_same_origin(str(client["origin"]), request)
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidInput("client", "must be a browser's answer to our challenge") from None
    if not right:
        raise Unauthenticated("try again: the passkey was asked for by another page")
    _spend(answered, request.now)
    return raw


def _spend(answered: str, now: int) -> None:
    """Use a challenge up. Raises Unauthenticated for one that is not ours, too old, or used before."""
    try:
        text = decoded(answered)
    except ValueError:
        text = b""
    body, seal = text[:20], text[20:]
    if len(body) != 20 or not hmac.compare_digest(seal, _seal(body, now)):
        raise Unauthenticated("try again: the challenge is not ours")
    ends_at = struct.unpack(">I", body[16:])[0]
    if ends_at <= now:
        raise Unauthenticated("try again: it took longer than %(minutes)s minutes", minutes=CHALLENGE_S // 60)
    # Of base64url several texts can stand for the same bytes.
    users.spend_challenge(encoded(text), ends_at + CHALLENGE_S)


def _check_authenticator(data: bytes, request: Request, flags: int) -> int:
    """The signature counter of the authenticator's data, once it is about this host and a person was recognised."""
    if len(data) < HEADER_BYTES or data[:32] != hashlib.sha256(host_of(request).encode()).digest():
        raise Unauthenticated("try again: the passkey is for another host name")
    needed = PRESENT | VERIFIED | flags
    if data[32] & needed != needed:
        raise Unauthenticated("try again: the device has not checked that it is you (by finger, face or code)")
    return int.from_bytes(data[33:37], "big")


def _verifying_key(key: bytes) -> Any:
    from ecdsa import VerifyingKey
    from ecdsa.errors import MalformedPointError

    try:
        return VerifyingKey.from_der(key)
    except (MalformedPointError, ValueError, IndexError):
        raise InvalidInput("key", "must be a public key of ES256 (SPKI)") from None


def _seal(body: bytes, now: int) -> bytes:
    return hmac.new(process.secrets().signing("console-challenge", now), body, hashlib.sha256).digest()[:16]


def host_of(request: Request) -> str:
    """The host name that passkeys are bound to, without a port."""
    return request.base_url.partition("//")[2].partition("/")[0].partition(":")[0]


def _bytes(form: Mapping[str, str], field: str) -> bytes:
    try:
        return decoded(form.get(field, ""))
    except ValueError:
        raise InvalidInput(field, "must be base64url") from None
