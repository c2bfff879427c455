"""The API for reconciling with a storefront: what the books would make of a delivery, before anything is written.

The delivery is translated and decided exactly as the webhook's route does it, and the decision is thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from chalicelib.domain import money, sentences
from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.decisions import Decision
from chalicelib.domain.errors import Busy, NotFound, Rejection, Unavailable
from chalicelib.domain.ledger import Posting
from chalicelib.domain.orders import OrderFacts
from chalicelib.domain.records import Entry, Order
from chalicelib.edge import process
from chalicelib.edge.messages import Request
from chalicelib.edge.storefronts import Ignored, Unreadable
from chalicelib.edge.webhooks import reason_of, translated
from chalicelib.store.secrets import StoredConnection


class WouldPost(Struct, frozen=True):
    """A posting that would be made, signed from the member's side, in minor units, and its why."""

    member: str
    asset: str
    amount: int
    text: str
    why: str


class Checked(Struct, frozen=True):
    """What would become of a delivery: `recorded`, `unchanged`, `ignored` or `kept`, with the webhook's own `reason`.

    `order`: the order that it speaks of (`connection/order`), empty where none could be read. `known`: whether the
    books have that order already. `postings`: what members would gain or lose.
    """

    result: str
    reason: str = ""
    order: str = ""
    known: bool = False
    postings: list[WouldPost] = []


def check(request: Request) -> Checked:
    """Say what a delivery would change, and change nothing.

    The body is the delivery as the storefront sends it, its topic in the storefront's own header (`X-Shopify-Topic`,
    `X-WC-Webhook-Topic`). No signature is needed.
    """
    name = request.path["connection"]
    connection = process.secrets().connection(name, request.now)
    if connection is None:
        raise NotFound(f"there is no connection {name}")
    try:
        return _check(connection, request)
    except (Busy, Unavailable):
        raise
    except (Unreadable, Rejection) as error:
        return Checked("kept", reason_of(error))


def _check(connection: StoredConnection, request: Request) -> Checked:
    said = translated(connection, request.headers, request.body, request.now)
    if isinstance(said, Ignored):
        return Checked("ignored", said.reason)
    decision = _preview(connection, said.order, said.facts, request.now)
    of_payments = decision.answer.payments.items()
    parts = [_preview(connection, order, facts, request.now) for order, facts in of_payments]
    decisions, valued = [decision, *parts], parts or [decision]
    reasons = dict.fromkeys([*said.aside, *(each.answer.nothing_due for each in valued)])
    return Checked(
        result="recorded" if any(each.answer.changed for each in decisions) else "unchanged",
        reason="; ".join(filter(None, reasons)),
        order=f"{connection.id}/{said.order}",
        known=_known(decision),
        postings=[_posting(each, entry) for entry in _entries(decisions) for each in entry.postings],
    )


def _preview(connection: StoredConnection, order: str, facts: OrderFacts, now: int) -> Decision:
    return process.engine().preview(RecordOrder(connection.id, order, facts), now)


def _known(decision: Decision) -> bool:
    """An order that would be put for the first time has never been stored."""
    return not any(isinstance(change, Order) and change.version == 0 for change in decision.changes)


def _entries(decisions: Sequence[Decision]) -> list[Entry]:
    return [change for decision in decisions for change in decision.changes if isinstance(change, Entry)]


def _posting(posting: Posting, entry: Entry) -> WouldPost:
    amount = posting.signed(entry.member)
    text = money.text(amount, posting.asset)
    return WouldPost(entry.member, posting.asset, amount, text, sentences.why(posting, entry))
