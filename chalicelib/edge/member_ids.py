"""Which member ids requests may make: a connection's namespace, a dot and the storefront's customer id, or a guest's.

An id with another beginning would be a second member beside the one that the storefront's orders reward.
"""

from __future__ import annotations

from chalicelib import settings
from chalicelib.domain.core.identity import is_guest, is_guest_id, member_id
from chalicelib.domain.errors import InvalidInput
from chalicelib.edge import process


class Namespaces:
    """A cache of the connections' namespaces, which never end: a connection that is removed keeps its own."""

    def __init__(self) -> None:
        self._names: frozenset[str] = frozenset()
        self._read_at = 0

    def has(self, name: str, now: int) -> bool:
        """Whether a connection has that namespace; for an unknown one all are read again."""
        if name in self._names:
            return True
        connection = process.secrets().connection(name, now)
        return (connection is not None and connection.namespace == name) or name in self.names(now)

    def names(self, now: int) -> list[str]:
        """The namespaces, read at most once in `settings.cache_s()`, sorted."""
        if now - self._read_at >= settings.cache_s():
            self._names = frozenset(connection.namespace for connection in process.secrets().connections(now))
            self._read_at = now
        return sorted(self._names)


def new_member(value: str, now: int, field: str = "member") -> str:
    """The id of a member whom the request may make, unchanged. Raises InvalidInput, which does not repeat the value."""
    member = member_id(value, field)
    namespace, dot, _ = member.partition(".")
    if is_guest(member):
        if not is_guest_id(member):
            raise InvalidInput(
                field,
                "must be a guest's id as orders have it: guest. and 26 letters and digits, made of the e-mail",
            )
        return member
    if not (dot and process.namespaces().has(namespace, now)):
        from chalicelib.domain.core.phrases import Phrase

        known = tuple(process.namespaces().names(now))
        raise InvalidInput(
            field,
            "must be the namespace of a connection, a dot and the customer's id there (namespaces: %(known)s)",
            known=known or Phrase("none yet; add the storefront's connection first"),
        )
    return member
