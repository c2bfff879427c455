"""The order that every benchmark sends: Shopify's `orders/paid` of five lines, as large as small real ones (6 kB).

What a real order carries and nobody here reads (sets of the same money, tokens, names) is in it too: reading past it
is part of the work. Knows no benchmark.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from infra.signing import sign
from tests.world.senders import SHOPIFY_BUYER, Json, shop_money, shopify_line, shopify_order

ROUTE = "/webhooks/{connection}"
CONNECTION, SECRET = "acme", "hush-shpss-bench"

WARES = (
    ("TSHIRT-BLK-XL", "Organic cotton T-shirt", "19.90"),
    ("HOODIE-GRY-M-02", "Heavy hoodie", "54.50"),
    ("SOCKS-3PACK-42", "Socks, pack of three", "12.00"),
    ("CAP-NAVY-ONESZ", "Five panel cap", "24.90"),
    ("MUG-CERAMIC-350", "Ceramic mug", "14.20"),
)

WHOLE_ORDER: Json = {
    **SHOPIFY_BUYER,
    "admin_graphql_api_id": "gid://shopify/Order/5801234567890",
    "app_id": 580111,
    "browser_ip": "192.0.2.7",
    "buyer_accepts_marketing": False,
    "cart_token": "c1-7f9c2ba4e88f827d616045507605853e",
    "checkout_id": 20982911946154508,
    "checkout_token": "bd5a8aa1ecd019dd3520ff791ee3a24c",
    "confirmation_number": "WLSN3JDX9",
    "confirmed": True,
    "customer_locale": "fr-FR",
    "landing_site": "/collections/basics?utm_source=newsletter",
    "order_status_url": "https://example.myshopify.com/690933842/orders/bd5a8aa1ecd019dd/authenticate?key=abcdef",
    "payment_gateway_names": ["shopify_payments"],
    "presentment_currency": "EUR",
    "referring_site": "https://www.google.com/",
    "source_name": "web",
    "tags": "",
    "test": False,
    "token": "b1946ac92492d2347c6235b4d2611184",
    "total_weight": 2300,
    **{
        f"{name}_set": shop_money("125.50", "125.50")
        for name in ("current_subtotal_price", "current_total_price", "subtotal_price", "total_line_items_price")
    },
    **{f"{name}_set": shop_money("0.00", "0.00") for name in ("current_total_discounts", "total_discounts")},
}


class Sent(Struct, frozen=True):
    """A signed delivery."""

    headers: dict[str, str]
    body: bytes


def delivery(number: int, customer: int, at: int, code: str = "", topic: str = "orders/paid") -> Sent:
    """A paid order of a customer as Shopify sends it at a time (seconds since 1970), signed for the connection."""
    body = msgspec.json.encode(order(number, customer, at, code))
    return Sent({**sign("shopify", SECRET, body, topic, at), "Host": "x.execute-api.eu-west-1.amazonaws.com"}, body)


def order(number: int, customer: int, at: int, code: str = "") -> Json:
    """The body of such a delivery."""
    moment, email = datetime.fromtimestamp(at, UTC).isoformat(), f"buyer.{customer}@mail.example"
    return shopify_order(
        5_801_234_000_000 + number,
        name=f"#{number}",
        created_at=moment,
        processed_at=moment,
        updated_at=moment,
        email=email,
        customer={"id": 7_123_456_000_000 + customer, "email": email, "first_name": "Ada", "tags": ""},
        note_attributes=[{"name": "ref", "value": code}] if code else [],
        **WHOLE_ORDER,
    ) | {"landing_site": WHOLE_ORDER["landing_site"], "line_items": [_line(*ware) for ware in enumerate(WARES, 1)]}


def _line(number: int, ware: tuple[str, str, str]) -> Json:
    sku, title, price = ware
    return shopify_line(
        14_412_345_678_900 + number,
        price,
        sku=sku,
        title=title,
        name=title,
        product_id=8_812_345_678_900 + number,
        current_quantity=1,
        fulfillment_service="manual",
        gift_card=False,
        grams=460,
        price_set=shop_money(price, price),
        properties=[],
        requires_shipping=True,
        taxable=True,
        total_discount="0.00",
        total_discount_set=shop_money("0.00", "0.00"),
        variant_inventory_management="shopify",
        vendor="Example",
    )


def gateway_event(sent: Sent) -> dict[str, Any]:
    """A delivery as API Gateway hands it to a Lambda."""
    return {
        "resource": ROUTE,
        "path": f"/webhooks/{CONNECTION}",
        "httpMethod": "POST",
        "headers": sent.headers,
        "multiValueHeaders": {name: [value] for name, value in sent.headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"connection": CONNECTION},
        "stageVariables": None,
        "requestContext": {
            "accountId": "000000000000",
            "httpMethod": "POST",
            "identity": {"sourceIp": "192.0.2.7"},
            "path": f"/prod/webhooks/{CONNECTION}",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "resourcePath": ROUTE,
            "stage": "prod",
        },
        "body": sent.body.decode(),
        "isBase64Encoded": False,
    }
