"""Handler that previews a delivery for `reconcile`: the changes that it would make, without writing any.

The delivery is translated and decided exactly as by the webhook's route, then its referrers are settled as by the
stream; the decisions are dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.commands import RecordOrder, SettleReferrals
from chalicelib.domain.core import money
from chalicelib.domain.errors import Busy, NotFound, Rejection, Unavailable
from chalicelib.domain.events import FriendConverted
from chalicelib.domain.facts import Decision
from chalicelib.domain.ledger.transfers import Posting
from chalicelib.domain.members import statements
from chalicelib.domain.orders.facts import OrderFacts
from chalicelib.domain.records import (
    Answer,
    Conversion,
    ConversionRef,
    Entry,
    Order,
    ProgrammeList,
    ProgrammeVersion,
    Record,
    Ref,
)
from chalicelib.domain.rewards.referral import groups
from chalicelib.edge import process
from chalicelib.edge.api.webhooks import failure_of, received, translated
from chalicelib.edge.messages import Request
from chalicelib.edge.storefronts import Ignored, UnreadableDelivery
from chalicelib.store.secrets import StoredConnection


class WouldPost(Struct, frozen=True):
    """A posting that would be made, signed from the member's side, in minor units, and its why."""

    member: str
    asset: str
    amount: int
    text: str
    why: str


class WouldCount(Struct, frozen=True):
    """A person (`friend`, a member id) who would count as a referrer's friend, or would not any more, and `why` not."""

    friend: str
    referrer: str
    counts: bool
    why: str = ""


class Checked(Struct, frozen=True):
    """What would become of a delivery: `recorded`, `unchanged`, `ignored` or `kept`, with the webhook's own `reason`.

    `order`: the order that it speaks of (`connection/order`), empty where none could be read. `known`: whether the
    books have that order already. `postings`: what members would gain or lose, bonuses of referrers included, which
    follow later. `friends`: who would count as whose friend from then on, or no more.
    """

    result: str
    reason: str = ""
    order: str = ""
    known: bool = False
    postings: list[WouldPost] = []
    friends: list[WouldCount] = []


def check(request: Request) -> Checked:
    """Preview what a delivery would change; nothing is written.

    The body is the delivery as the storefront sends it, its topic in the storefront's own header (`X-Shopify-Topic`,
    `X-WC-Webhook-Topic`). No signature is needed.
    """
    name = request.path["connection"]
    connection = process.secrets().connection(name, request.now)
    if connection is None:
        raise NotFound("there is no connection %(name)s", name=name)
    try:
        return _check(connection, request)
    except (Busy, Unavailable):
        raise
    except (UnreadableDelivery, Rejection) as error:
        return Checked("kept", failure_of(error).reason)


def _check(connection: StoredConnection, request: Request) -> Checked:
    translation = translated(connection, request.headers, request.body, request.now)
    if isinstance(translation, Ignored):
        return Checked("ignored", translation.reason)
    order_decision = _preview(connection, translation.order, translation.facts, request.now)
    payments = order_decision.answer.payments.items()
    payment_decisions = [_preview(connection, order, facts, request.now) for order, facts in payments]
    decisions, valued = [order_decision, *payment_decisions], payment_decisions or [order_decision]
    notes = [note for decision in valued for note in decision.answer.notes]
    answer = received(
        translation,
        [*notes, *(decision.answer.nothing_due for decision in valued)],
        changed=any(decision.answer.changed for decision in decisions),
        now=request.now,
    )
    is_known = answer.result == "unchanged"
    changes = [change for decision in decisions for change in decision.changes]
    entries = [change for change in (*changes, *_settled(changes, request.now)) if isinstance(change, Entry)]
    return Checked(
        # Nothing new, but not all of it was understood: the webhook would keep it.
        result="kept" if translation.left_out and is_known else answer.result,
        reason="; ".join(filter(None, [*translation.left_out, answer.reason])),
        order=f"{connection.id}/{translation.order}",
        known=_known(order_decision),
        postings=[_posting(posting, entry) for entry in entries for posting in entry.postings],
        friends=[friend for decision in decisions for friend in _friends(decision)],
    )


def _preview(connection: StoredConnection, order: str, facts: OrderFacts, now: int) -> Decision:
    return process.engine().preview(RecordOrder(connection.id, order, facts), now)


def _known(decision: Decision) -> bool:
    """Whether the order is stored already: one that is not would be put at version 0."""
    return not any(isinstance(change, Order) and change.version == 0 for change in decision.changes)


def _settled(changes: Sequence[Record], now: int) -> list[Record]:
    """The records that the stream would write for the referrers of changed conversions."""
    waiting: dict[str, list[str]] = {}
    for change in changes:
        if isinstance(change, Conversion) and change.todo:
            waiting.setdefault(change.referrer, []).append(change.friend)
    known, settled = _written(changes), list[Record]()
    for referrer, names in waiting.items():
        posted = process.engine().preview(SettleReferrals(referrer, tuple(names)), now, known).changes
        known |= _written(posted)
        settled += posted
    return settled


def _written(changes: Sequence[Record]) -> dict[Ref, Record | None]:
    """The records as they would be read after the write, by reference."""
    without_ref = Answer | ProgrammeList | ProgrammeVersion
    referable = (change for change in changes if not isinstance(change, without_ref))
    return {change.ref: replace(change, version=change.version + 1) for change in referable}


def _friends(decision: Decision) -> Iterator[WouldCount]:
    reasons = {change.ref: change.reason for change in decision.changes if isinstance(change, Conversion)}
    for event in decision.events:
        if isinstance(event, FriendConverted):
            reason = reasons.get(ConversionRef(event.referrer, event.friend), "")
            why = "" if event.live else groups.BROKEN.get(reason, groups.REFUNDED)
            yield WouldCount(event.friend, event.referrer, event.live, why)


def _posting(posting: Posting, entry: Entry) -> WouldPost:
    amount = posting.signed(entry.member)
    text = money.text(amount, posting.asset)
    return WouldPost(entry.member, posting.asset, amount, text, statements.why(posting, entry))
