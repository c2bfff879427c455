"""What lives as long as the process: the engine and the caches, each made at its first use."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib.domain.core.identity import Identities
from chalicelib.edge import telemetry
from chalicelib.edge.messages import Request
from chalicelib.engine import Engine
from chalicelib.store.secrets import Secrets

if TYPE_CHECKING:
    from chalicelib.store.code_cache import CodeCache
    from chalicelib.store.keyring import Keyring


@cache
def engine() -> Engine:
    """The engine; what happens is said in the journal."""
    return Engine(publish=telemetry.event)


@cache
def secrets() -> Secrets:
    """The stage's secrets."""
    return Secrets()


@cache
def keyring() -> Keyring:
    """The API keys."""
    from chalicelib.store.keyring import Keyring

    return Keyring()


@cache
def codes() -> CodeCache:
    """The referral codes that links were followed with."""
    from chalicelib.store.code_cache import CodeCache

    return CodeCache()


def identities(namespace: str, now: int) -> Identities:
    """Ids of a storefront's customers, hashed under a key of this deployment."""
    return Identities(secrets().derived("identity", now), namespace)


def address(request: Request) -> str:
    """Where this API is reached: as it is stated for the stage, else as the request has reached it."""
    return secrets().public_url(request.now) or request.base_url


def forget() -> None:
    """Start over, for a process that changes its table (tests do)."""
    for each in (engine, secrets, keyring, codes):
        each.cache_clear()
