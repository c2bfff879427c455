"""Maps Stripe's dispute statuses to whether the disputed money is away from the shop, and whether that is final.

Shopify Payments passes Stripe's disputes on in the same words: https://docs.stripe.com/api/disputes/object#dispute_object-status
and https://shopify.dev/docs/api/admin-rest/latest/resources/dispute. Imports the domain only.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from chalicelib.domain.orders.facts import Dispute
from chalicelib.edge.storefronts import reading

INQUIRY = (False, False)
POSITIONS = {
    "warning_needs_response": INQUIRY,
    "warning_under_review": INQUIRY,
    "warning_closed": INQUIRY,
    "needs_response": (True, False),
    "under_review": (True, False),
    "won": (False, True),
    "lost": (True, True),
    "accepted": (True, True),
    "charge_refunded": (False, True),
}
"""Whether the money is away from the shop, and whether that is final.

An inquiry moves no money, and even a closed one may yet become a chargeback. `accepted` is Shopify's for a chargeback
that the shop did not answer. `charge_refunded` stands in old disputes that ended in a refund; the refund itself states
that money.
"""

Chargeback = Literal["needs_response", "under_review", "won", "lost", "accepted", "charge_refunded"]


def dispute(position: tuple[bool, bool], amount: Decimal, currency: str, stamp_ms: int) -> Dispute:
    """The domain's Dispute as of `stamp_ms`; `amount` in the sender's decimals."""
    taken, closed = position
    return Dispute(stamp_ms, reading.minor(amount, currency), currency, taken, closed)
