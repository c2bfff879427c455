"""Finds members by what a customer on the phone can say: everything that is the key of a record, or leads to one.

Names of people, and order names such as Shopify's `#1004`, are no keys of anything that is stored.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from msgspec import Struct

from chalicelib.domain.core.identity import normalised_email, parse_code
from chalicelib.domain.records import Code, CodeRef, Member, MemberRef, Order, OrderRef, Ref, order_ref
from chalicelib.edge import personal_data, process
from chalicelib.edge.console.delivery_contents import DeliveryContents
from chalicelib.store.dynamodb import queries
from chalicelib.store.table import load

MOST_CONNECTIONS = 40
"""Connections under which a number is looked for, the first by name: a read takes 100 keys."""

MOST_NAMES = 8
"""Customers and orders each that are looked up of those that a delivery names."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,99}")
_ADDRESS = re.compile(
    r"://\S+(?:/(?:orders|customers|payments|invoices)/|[?&](?:id|post|user_id)=)([0-9]+|(?:pi|py|ch|in|cus)_\w+)"
)
"""The address of an order's or a customer's page in the administration of Shopify, WooCommerce or Stripe."""

_ORDER = re.compile(r"[a-z0-9][a-z0-9-]{0,99}/[^\s/]{1,100}")


class MemberMatches(Struct, frozen=True):
    """What a lookup leads to: members, and the orders by whose number or name it did. `is_ambiguous`: what was typed is
    a short name as Shopify's, which is stored nowhere, and leads to orders of other shops only: these may not be meant.
    """

    members: list[Member]
    orders: list[Order] = []
    is_ambiguous: bool = False


def look_up(query: str, now: int) -> MemberMatches:
    """What a member's id, a customer's or an order's number or the address of its page in the shop, an order's full
    name, a referral code or an e-mail leads to.
    """
    if _ORDER.fullmatch(query):
        return _with_records(query, load([order_ref(query)]).values(), now)
    if "@" in query:
        return MemberMatches(with_email(query, now))
    code = parse_code(query)
    record = load([CodeRef(code)])[CodeRef(code)] if code else None
    if isinstance(record, Code):
        return MemberMatches(_survivors([record.member]))
    return _with_records(query, _under_number(query, now), now)


def _with_records(query: str, records: Collection[object], now: int) -> MemberMatches:
    orders = [record for record in records if isinstance(record, Order)]
    return MemberMatches(_survivors(_of_records(records)), orders, _is_ambiguous(query, orders, now))


def _is_ambiguous(query: str, orders: Collection[Order], now: int) -> bool:
    if not (orders and query.startswith("#")):
        return False
    shops = {shop.id for shop in process.secrets().connections(now) if shop.kind == "shopify"}
    return bool(shops) and not any(order.connection in shops for order in orders)


def with_order(name: str) -> list[Member]:
    """The buyer of an order by its full name, `connection/order`."""
    return _survivors(_buyers(load([order_ref(name)]).values())) if _ORDER.fullmatch(name) else []


def of_delivery(contents: DeliveryContents, connection: str, now: int) -> list[Member]:
    """The members whom a delivery of a connection is about: by its order, the customer's number or, where neither leads
    to anybody, the e-mail.
    """
    named = contents.named
    stored = process.secrets().connection(connection, now)
    namespace = stored.namespace if stored else connection
    numbers = [name for number in named.customers[:MOST_NAMES] for name in (number, f"{namespace}.{number}")]
    orders = [f"{connection}/{name}" for name in dict.fromkeys((contents.order, *named.orders[:MOST_NAMES]))]
    members: list[Ref] = [MemberRef(name) for name in dict.fromkeys(numbers) if _ID.fullmatch(name)]
    records = load([*members, *(order_ref(name) for name in orders if _ORDER.fullmatch(name))])
    return _survivors(_of_records(records.values())) or with_email(contents.email, now)


def _under_number(query: str, now: int) -> list[object]:
    """The member of that id, the customers who have the number in a shop, and the orders that have it; with a `#` only
    orders, for no customer is written so.
    """
    address = _ADDRESS.search(query)
    number = address[1] if address else query.removeprefix("#").strip()
    if not _ID.fullmatch(number):
        return []
    connections = process.secrets().connections(now)[:MOST_CONNECTIONS]
    names = [] if query.startswith("#") else [number, *(f"{shop.namespace}.{number}" for shop in connections)]
    members: list[Ref] = [MemberRef(name) for name in dict.fromkeys(names) if _ID.fullmatch(name)]
    return list(load([*members, *(OrderRef(connection.id, number) for connection in connections)]).values())


def with_email(email: str, now: int) -> list[Member]:
    """The guest who bought with an e-mail, the account that its anchor names, and the members who placed the earliest
    orders of that person: an account that showed the e-mail after a guest is named by no anchor. Nobody for what is no
    e-mail.
    """
    if not normalised_email(email):
        return []
    guest, others = personal_data.with_email(email, now)
    named = [*([guest] if guest else []), *others]
    orders = {order_ref(first.order) for member in named for first in member.firsts}
    records = load(list(orders)) if orders else {}
    return _survivors([*(member.member for member in named), *_buyers(records.values())])


def _of_records(records: Collection[object]) -> list[str]:
    """The names of the members among some records, and of the buyers of the orders among them."""
    return [*(record.member for record in records if isinstance(record, Member)), *_buyers(records)]


def _buyers(records: Iterable[object]) -> list[str]:
    return [record.facts.buyer.member for record in records if isinstance(record, Order) and record.facts.buyer.member]


def _survivors(names: Iterable[str]) -> list[Member]:
    """The members of these names, once, those into which they were merged; a name that nobody has is left out."""
    members = (queries.member(name) for name in dict.fromkeys(names))
    return list({member.member: member for member in members if member}.values())
