"""The form that finds a member, and what it says where it finds nobody."""

from __future__ import annotations

import re

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.records import Order
from chalicelib.edge import process
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.figures.lists import LISTS
from chalicelib.edge.console.members import lookup
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import marked

NOBODY = marked(
    "Nobody was found. An e-mail must be exact, and a number the one that the shop stores: you can also paste here the "
    "address of the customer's or the order's page in the shop's admin. Names of people, and names of orders that "
    "Shopify makes, such as #1004, cannot be looked up."
)

NO_SUCH_NUMBER = marked(
    "Nobody was found: no customer and no order is stored under that number. Shopify shows orders under short names "
    "such as #1004, which cannot be looked up. Write the e-mail of the order instead, or open the order in the Shopify "
    "admin and paste the address of its page here: the long number at its end, after /orders/, finds the customer. In "
    "WooCommerce the number of the order is that number; where a plugin numbers orders anew, paste the address too."
)

OTHER_SHOPS_NUMBER = marked(
    "%(typed)s is an order's number of another shop that is connected. Shopify's own short names cannot be looked up: "
    "for such an order write its customer's e-mail, or paste the address of its page in the Shopify admin."
)

WITHOUT_MEMBER = {
    "unpaid": marked(
        "The order is known and not paid yet: it has earned nothing so far, and its customer is no member yet."
    ),
    "test": marked(
        "The order is known: the shop marks it as a test, and test orders earn nothing, unless the programme's "
        "settings count them too. Place a small real order to see what a customer gets."
    ),
    "void": marked("The order is known, and was cancelled or wholly refunded: it has earned nothing."),
    "nobody": marked("The order is known, but states no customer and no e-mail: there is nobody to reward."),
    "nothing": marked("The order is known and has earned nothing, so that its customer is no member yet."),
}
"""Why an order that is stored leads to no member."""

_SHOWN_NUMBER = re.compile(r"#?\s*[0-9]{1,9}")
"""What an order may be called in a shop."""


def show(visit: Visit) -> Reply:
    """The form that finds a member; with `?order=` the buyer of that order, `connection/order`."""
    buyers = lookup.with_order(visit.request.query.get("order", ""))
    if buyers:
        return pages.redirect(visit.path("members", buyers[0].member))
    return pages.page(visit, "members.html", matches=[], notice=None, lists=LISTS)


def find(visit: Visit) -> Reply:
    """The member of an id, a customer's or order's number, a code or an exact e-mail; where there are several, all."""
    query = visit.form.get("q", "").strip()
    matches = lookup.look_up(query, visit.now)
    members, orders = matches.members, matches.orders
    if len(members) == 1 and not matches.is_ambiguous:
        return pages.redirect(visit.path("members", members[0].member))
    notice = Phrase(OTHER_SHOPS_NUMBER, {"typed": query}) if matches.is_ambiguous else None
    refused = None if members else pages.Refused("find", Phrase(_why_nobody(query, orders, visit.now)), "q", 404)
    return pages.page(visit, "members.html", refused, matches=members, notice=notice, lists=LISTS)


def _why_nobody(query: str, orders: list[Order], now: int) -> str:
    """Why a search leads to no member: by the first order that has the number, or what can be looked up instead."""
    if not orders:
        return NO_SUCH_NUMBER if _SHOWN_NUMBER.fullmatch(query) else NOBODY
    bought, programme = orders[0].facts.view, process.engine().programme(now)
    if bought and bought.void:
        return WITHOUT_MEMBER["void"]
    if bought is None or not bought.paid:
        return WITHOUT_MEMBER["unpaid"]
    if not bought.buyer:
        return WITHOUT_MEMBER["nobody"]
    if bought.test and not (programme and programme.test_orders):
        return WITHOUT_MEMBER["test"]
    return WITHOUT_MEMBER["nothing"]
