"""The straightforward handler: Chalice and boto3, each webhook processed once by a table of webhook ids.

The id is put there if it is absent, and marked `done` at the end. Whoever finds it done answers "duplicate"; whoever
finds it begun, longer ago than a Lambda may run, goes on. Shopify sends an order under several ids (orders/updated, a
replay by hand), so the order is looked up too, and one that is known is not rewarded again.

Leaves out what `books` leaves out. Written from Chalice's and Shopify's documentation.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64encode
from datetime import datetime
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError
from chalice.app import Chalice, ConflictError, UnauthorizedError

from tests.bench.alternatives import rules
from tests.bench.alternatives.books import Books
from tests.bench.alternatives.rules import Purchase

LAMBDA_TIMEOUT_S = 10
REMEMBER_S = 7 * 86_400


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())


def make_app(books: Books, secrets: dict[str, str]) -> Chalice:
    """The Lambda, for connections with these secrets."""
    app = Chalice(app_name="cashback")

    @app.route("/webhooks/{connection}", methods=["POST"])
    def receive(connection: str) -> dict[str, str]:
        request = app.current_request
        assert request is not None
        if not authentic(secrets.get(connection, ""), request.headers, request.raw_body):
            raise UnauthorizedError("the signature does not match")
        delivery = request.headers["x-shopify-webhook-id"]
        if not _begin(books, delivery):
            return {"result": "duplicate"}
        result = _process(books, json.loads(request.raw_body, parse_float=Decimal))
        _finish(books, delivery)
        return {"result": result}

    return app


def _process(books: Books, body: dict[str, Any]) -> str:
    if not paid_by_a_customer(body):
        return "ignored"
    if books.order(str(body["id"])):
        return "known"
    books.record(purchase(body))
    print(json.dumps({"event": "order recorded", "order": body["id"]}))
    return "recorded"


def paid_by_a_customer(body: dict[str, Any]) -> bool:
    """Whether an order earns anything."""
    return bool(body["financial_status"] == "paid" and body.get("customer"))


def _begin(books: Books, delivery: str) -> bool:
    """Whether the delivery is to be processed. Raises ConflictError while somebody else does so."""
    begun = {"pk": delivery, "state": "begun", "at": now(), "ttl": now() + REMEMBER_S}
    try:
        books.deliveries.put_item(Item=begun, ConditionExpression="attribute_not_exists(pk)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
    else:
        return True
    row = books.deliveries.get_item(Key={"pk": delivery}, ConsistentRead=True)["Item"]
    if row["state"] == "begun" and now() - row["at"] <= LAMBDA_TIMEOUT_S:
        raise ConflictError("in progress")
    return bool(row["state"] != "done")


def _finish(books: Books, delivery: str) -> None:
    books.deliveries.update_item(
        Key={"pk": delivery},
        UpdateExpression="SET #state = :done",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":done": "done"},
    )


def authentic(secret: str, headers: Any, body: bytes) -> bool:
    """Whether Shopify's signature of a body is right."""
    expected = b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return bool(secret) and hmac.compare_digest(expected, headers.get("x-shopify-hmac-sha256", ""))


def purchase(body: dict[str, Any]) -> Purchase:
    """The order of a body of orders/paid."""
    lines = [_line(row) for row in body["line_items"]]
    taxes = [_total(row["tax_lines"], "price") if body["taxes_included"] else 0 for row in body["line_items"]]
    return Purchase(
        order=str(body["id"]),
        name=body["name"],
        customer=str(body["customer"]["id"]),
        currency=body["currency"],
        code=next((str(attribute["value"]) for attribute in body["note_attributes"] if attribute["name"] == "ref"), ""),
        goods=sum(line["paid"] for line in lines) - sum(taxes),
        paid_at=int(datetime.fromisoformat(body["processed_at"]).timestamp()),
        lines=lines,
    )


def _line(line: dict[str, Any]) -> dict[str, Any]:
    paid = rules.cents(Decimal(line["price"]) * line["quantity"]) - _total(line["discount_allocations"], "amount")
    return {"id": line["id"], "sku": line["sku"], "quantity": line["quantity"], "paid": paid}


def _total(parts: list[dict[str, Any]], field: str) -> int:
    return sum(rules.cents(Decimal(part[field])) for part in parts)
