"""Which member ids requests may make: a connection's namespace, a dot and the storefront's customer id, or a guest's.

An id that no order can have would be a second member beside the one that the storefront's orders reward.
"""

from __future__ import annotations

import re
from collections.abc import Set

from chalicelib import settings
from chalicelib.domain.core.identity import is_guest, is_guest_id, member_id
from chalicelib.domain.errors import InvalidInput
from chalicelib.edge import process

NUMBERING = frozenset({"shopify", "woocommerce"})
"""The kinds of storefront that number their customers from 1; others know them by any id but 0, which is a guest's."""

_NUMBER = re.compile("[1-9][0-9]*")


class Namespaces:
    """A cache of the connections' namespaces, which never end: a connection that is removed keeps its own."""

    def __init__(self) -> None:
        self._kinds: dict[str, frozenset[str]] = {}
        self._read_at = 0

    def has(self, name: str, customer: str, now: int) -> bool:
        """Whether a connection has that namespace and can have orders of that customer; where none can, all are read
        again.
        """
        if _is_customer(customer, self._kinds.get(name, frozenset())):
            return True
        connection = process.secrets().connection(name, now)
        if connection and connection.namespace == name and _is_customer(customer, {connection.kind}):
            return True
        self.names(now)
        return _is_customer(customer, self._kinds.get(name, frozenset()))

    def names(self, now: int) -> list[str]:
        """The namespaces, read at most once in `settings.cache_s()`, sorted."""
        if now - self._read_at >= settings.cache_s():
            connections = process.secrets().connections(now)
            names = {connection.namespace for connection in connections}
            self._kinds = {name: frozenset(c.kind for c in connections if c.namespace == name) for name in names}
            self._read_at = now
        return sorted(self._kinds)

    def is_numbered(self, name: str) -> bool:
        """Whether all that is known of a namespace are storefronts that number their customers."""
        return self._kinds.get(name, frozenset()) <= NUMBERING


def _is_customer(customer: str, kinds: Set[str]) -> bool:
    """Whether an order of a storefront of one of some kinds can be of a customer."""
    if kinds <= NUMBERING:
        return bool(kinds) and bool(_NUMBER.fullmatch(customer))
    return customer not in ("", "0")


def new_member(value: str, now: int, field: str = "member") -> str:
    """The id of a member whom the request may make, unchanged. Raises InvalidInput, which does not repeat the value."""
    member = member_id(value, field)
    if is_guest(member):
        if not is_guest_id(member):
            raise InvalidInput(
                field,
                "must be a guest's id as orders have it: guest. and 26 letters and digits, made of the e-mail",
            )
        return member
    namespace, dot, customer = member.partition(".")
    namespaces = process.namespaces()
    if dot and namespaces.has(namespace, customer, now):
        return member
    from chalicelib.domain.core.phrases import Phrase

    known = tuple(namespaces.names(now))
    if namespace not in known or not dot:
        raise InvalidInput(
            field,
            "must be the namespace of a connection, a dot and the customer's id there (namespaces: %(known)s)",
            known=known or Phrase("none yet; add the storefront's connection first"),
        )
    if namespaces.is_numbered(namespace):
        raise InvalidInput(
            field,
            "must have the customer's number in the storefront after %(namespace)s. (1 or more), as its orders have it",
            namespace=namespace,
        )
    raise InvalidInput(
        field,
        "must have the customer's id after %(namespace)s. as orders have it, and no order is of the customer 0",
        namespace=namespace,
    )
