"""Writes take an Idempotency-Key: the same key and request give the same answer, another request 422.

The key belongs to the caller, the digest covers method, route, path and body. See the IETF draft
"The Idempotency-Key HTTP Header Field" (draft-ietf-httpapi-idempotency-key-header).
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from chalicelib.domain.commands import Command, Idempotency
from chalicelib.domain.errors import InvalidInput
from chalicelib.edge import process
from chalicelib.edge.messages import Request

_KEY = re.compile(r"[\x21-\x7e]{1,128}")


def once(request: Request, command: Command) -> Any:
    """Execute a command, once per Idempotency-Key where the request has one; returns its answer as plain data."""
    return process.engine().execute(command, request.now, idempotency(request, type(command).__name__))


def idempotency(request: Request, purpose: str) -> Idempotency | None:
    """The request's key and digest, or None without the header. Raises InvalidInput for a malformed key."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput("Idempotency-Key", "be 1 to 128 visible ASCII characters", key)
    stated = [purpose, sorted(request.path.items()), sorted(request.query.items()), request.headers.get("if-match", "")]
    digest = hashlib.sha256(msgspec.json.encode(stated) + b"\0" + request.body).hexdigest()
    return Idempotency(f"{request.caller.role}.{request.caller.name}", key, digest)
