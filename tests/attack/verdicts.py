"""What the senders' own code says of a delivery: the libraries of Stripe and of Standard Webhooks, and for Shopify and
WooCommerce, who publish none for Python, the comparison of texts that their documentation shows.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from unittest import mock

import standardwebhooks
import stripe

from tests.attack.deliveries import SECRETS, Sent

TOLERANCE_S = 300
CONNECTIONS = frozenset(f"shop-{kind}" for kind in SECRETS)
HEADER = {"shopify": "x-shopify-hmac-sha256", "woocommerce": "x-wc-webhook-signature"}


def is_authentic(sent: Sent) -> bool:
    """Whether the code of the connection's kind of sender accepts a delivery, at the time it was received."""
    kind = sent.connection.removeprefix("shop-")
    if sent.connection not in CONNECTIONS:
        return False
    secret = SECRETS[kind]
    headers = {name.lower(): value for name, value in sent.headers.items()}
    if kind in HEADER:
        return documented(secret, headers.get(HEADER[kind], ""), sent.body)
    with clock(sent.signed_at + sent.later_s):
        if kind == "stripe":
            return by_stripe(secret, headers.get("stripe-signature", ""), sent.body)
        return by_standard(secret, headers, sent.body)


def documented(secret: str, header: str, body: bytes) -> bool:
    """https://shopify.dev/docs/apps/build/webhooks/verify-deliveries, and WooCommerce's WC_Webhook."""
    expected = b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    return hmac.compare_digest(expected, header.encode(errors="replace"))


def by_stripe(secret: str, header: str, body: bytes) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret, TOLERANCE_S))
    except (stripe.SignatureVerificationError, ValueError, TypeError):
        return False


def by_standard(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the library accepts one of the signatures: it raises ValueError for a list with a word that is none,
    which the specification lets a receiver skip. Names that begin with `svix-` are those of Svix, who wrote it.
    """
    library = standardwebhooks.Webhook(secret)
    names = {f"webhook-{part}": f"svix-{part}" for part in ("id", "timestamp", "signature")}
    named = {name: headers.get(name) or headers.get(svix, "") for name, svix in names.items()}
    return any(verifies(library, named | {"webhook-signature": word}, body) for word in words(named))


def words(headers: Mapping[str, str]) -> Iterator[str]:
    yield from headers["webhook-signature"].split(" ")


def verifies(library: standardwebhooks.Webhook, headers: dict[str, str], body: bytes) -> bool:
    try:
        library.verify(body, headers, json_parse=False)
    except (standardwebhooks.WebhookVerificationError, ValueError):
        return False
    return True


@contextmanager
def clock(now: int) -> Iterator[None]:
    """Both libraries see this time, in seconds since 1970."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Clock:
            return cls.fromtimestamp(now, tz)

    with (
        mock.patch("stripe._webhook.time", SimpleNamespace(time=lambda: now)),
        mock.patch("standardwebhooks.webhooks.datetime", Clock),
    ):
        yield
