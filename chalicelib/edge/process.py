"""Singletons of the process: the engine and the caches, each created at its first use."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib.edge import telemetry
from chalicelib.edge.messages import Request
from chalicelib.engine import Engine
from chalicelib.store.secrets import Secrets

if TYPE_CHECKING:
    from chalicelib.edge.member_ids import Namespaces
    from chalicelib.store.boards import BoardCache
    from chalicelib.store.code_cache import CodeCache
    from chalicelib.store.keyring import Keyring


@cache
def engine() -> Engine:
    """The engine, which publishes its events as log lines."""
    return Engine(publish=telemetry.line)


@cache
def secrets() -> Secrets:
    """The stage's secrets."""
    return Secrets()


@cache
def keyring() -> Keyring:
    """The cache of API keys."""
    from chalicelib.store.keyring import Keyring

    return Keyring()


@cache
def namespaces() -> Namespaces:
    """The cache of the connections' namespaces."""
    from chalicelib.edge.member_ids import Namespaces

    return Namespaces()


@cache
def boards() -> BoardCache:
    """The cache of leaderboards' rows."""
    from chalicelib.store.boards import BoardCache

    return BoardCache()


@cache
def codes() -> CodeCache:
    """The cache of referral codes."""
    from chalicelib.store.code_cache import CodeCache

    return CodeCache()


def address(request: Request) -> str:
    """The API's public base URL: the stage's configured one, else the request's."""
    return secrets().public_url(request.now) or request.base_url


def forget() -> None:
    """Drop the singletons, for a process that changes its table (tests do)."""
    for cached in (engine, secrets, keyring, boards, codes, namespaces):
        cached.cache_clear()
