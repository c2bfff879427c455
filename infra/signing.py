"""Signs a body as a storefront does, for the operator's `send`, the demo and the tests. Not part of the Lambda.

Written from the senders' documentation and not from the code that verifies, so that each can prove the other wrong.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode


def sign(kind: str, secret: str, body: bytes, topic: str, now: int) -> dict[str, str]:
    """The headers that a storefront of this kind sends with the body; Stripe and Standard state the topic in it."""
    headers = _SIGNERS[kind](secret, body, topic, now)
    return {"Content-Type": "application/json", **headers}


def _shopify(secret: str, body: bytes, topic: str, now: int) -> dict[str, str]:
    return {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-SHA256": _base64(_mac(secret.encode(), body)),
        "X-Shopify-Shop-Domain": "example.myshopify.com",
        "X-Shopify-Webhook-Id": _delivery_id(body, topic, now),
    }


def _woocommerce(secret: str, body: bytes, topic: str, now: int) -> dict[str, str]:
    resource, _, event = topic.partition(".")
    return {
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": resource,
        "X-WC-Webhook-Event": event,
        "X-WC-Webhook-Signature": _base64(_mac(secret.encode(), body)),
        "X-WC-Webhook-Source": "https://shop.example/",
        "X-WC-Webhook-Delivery-ID": _delivery_id(body, topic, now),
    }


def _stripe(secret: str, body: bytes, _topic: str, now: int) -> dict[str, str]:
    signature = _mac(secret.encode(), f"{now}.".encode() + body).hex()
    return {"Stripe-Signature": f"t={now},v1={signature}"}


def _standard(secret: str, body: bytes, topic: str, now: int) -> dict[str, str]:
    message_id = f"msg_{_delivery_id(body, topic, now)}"
    key = b64decode(secret.removeprefix("whsec_") + "==")
    signature = _base64(_mac(key, f"{message_id}.{now}.".encode() + body))
    return {"webhook-id": message_id, "webhook-timestamp": str(now), "webhook-signature": f"v1,{signature}"}


_SIGNERS = {"shopify": _shopify, "woocommerce": _woocommerce, "stripe": _stripe, "standard": _standard}


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def _delivery_id(body: bytes, topic: str, now: int) -> str:
    return hashlib.sha256(f"{topic} {now} ".encode() + body).hexdigest()[:24]
