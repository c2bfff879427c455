"""Idempotency of writes by the Idempotency-Key header: the same key and request give the same answer, another request
422.

The key belongs to the caller, the digest covers what is asked for, path, query and body, under a key of this
deployment: a body may hold an e-mail or a secret, and the table alone must not tell whether it is a certain one. See
the IETF draft "The Idempotency-Key HTTP Header Field" (draft-ietf-httpapi-idempotency-key-header).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from chalicelib.domain.commands import Command, Idempotency
from chalicelib.domain.errors import IdempotencyMismatch, InvalidInput
from chalicelib.domain.records import Answer, AnswerRef
from chalicelib.edge import process
from chalicelib.edge.messages import Request
from chalicelib.store.table import Stale, commit, load

T = TypeVar("T")

_KEY = re.compile(r"[\x21-\x7e]{1,128}")


def once(request: Request, command: Command) -> Any:
    """Execute a command, once per Idempotency-Key where the request has one; returns its answer as plain data."""
    return process.engine().execute(command, request.now, _of_request(request, type(command).__name__))


def once_answered(request: Request, purpose: str, kind: type[T], action: Callable[[], T]) -> T:
    """The answer of an idempotent action that is no command, stored under the Idempotency-Key after it was done."""
    idempotency = _of_request(request, purpose)
    if idempotency is None:
        return action()
    ref = AnswerRef(idempotency.caller, idempotency.key)
    stored = load([ref])[ref]
    if not isinstance(stored, Answer):
        answer = action()
        body = msgspec.json.encode(answer).decode()
        _store(Answer(idempotency.caller, idempotency.key, idempotency.request, body))
        return answer
    if stored.request != idempotency.request:
        raise IdempotencyMismatch("Idempotency-Key was used before with another request; use a new key")
    return msgspec.json.decode(stored.body, type=kind)


def is_answered(request: Request) -> bool:
    """Whether a request was answered under its Idempotency-Key, be it this one or another."""
    idempotency = _of_request(request, "")
    if idempotency is None:
        return False
    ref = AnswerRef(idempotency.caller, idempotency.key)
    return isinstance(load([ref])[ref], Answer)


def _store(answer: Answer) -> None:
    try:
        commit([answer])
    except Stale:
        return  # the same request came twice at once, and the other one was faster


def _of_request(request: Request, purpose: str) -> Idempotency | None:
    """The request's key and digest, or None without the header. Raises InvalidInput for a malformed key."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput("Idempotency-Key", "must be 1 to 128 visible ASCII characters", key)
    identity = [
        purpose,
        sorted(request.path.items()),
        sorted(request.query.items()),
        request.headers.get("if-match", ""),
    ]
    digest_key = process.secrets().derived("idempotency", request.now)
    digest = hmac.new(digest_key, msgspec.json.encode(identity) + b"\0" + request.body, hashlib.sha256).hexdigest()
    return Idempotency(f"{request.caller.role}.{request.caller.name}", key, digest)
