"""The Powertools handler: AWS's own toolkit for Python Lambdas, with its router, parser, logger and Idempotency.

Each order is processed once: its id is the idempotency key, so that several webhooks of one order count once too, for
as long as the record is kept. The record is put in progress before the work and completed with the answer after it;
after a crash the work is done again once the Lambda's time is over. That is how the utility is meant to be used
(https://docs.aws.amazon.com/powertools/python/latest/utilities/idempotency/); it asks that the work be repeatable.

Leaves out what `books` leaves out; and tracing and metrics.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.exceptions import UnauthorizedError
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parser import parse
from pydantic import BaseModel

from tests.bench.alternatives import rules
from tests.bench.alternatives.books import Books
from tests.bench.alternatives.rules import Purchase

REMEMBER_S = 7 * 86_400

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class TaxLine(BaseModel):
    """One tax on a line."""

    price: Decimal


class Allocation(BaseModel):
    """The share of a discount that falls on a line."""

    amount: Decimal


class LineItem(BaseModel):
    """One order line."""

    id: int
    sku: str | None
    quantity: int
    price: Decimal
    tax_lines: list[TaxLine] = []
    discount_allocations: list[Allocation] = []


class Customer(BaseModel):
    """The buyer."""

    id: int


class NoteAttribute(BaseModel):
    """What the theme wrote on the cart."""

    name: str
    value: str | None


class Order(BaseModel):
    """The body of orders/paid."""

    id: int
    name: str
    currency: str
    financial_status: str
    processed_at: datetime
    taxes_included: bool
    customer: Customer | None
    line_items: list[LineItem]
    note_attributes: list[NoteAttribute] = []


@dataclass
class Context:
    """What Lambda tells a handler of itself."""

    remaining_ms: int = 10_000
    function_name: str = "cashback"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:000000000000:function:cashback"
    aws_request_id: str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda stops the process."""
        return self.remaining_ms


def make_handler(books: Books, secrets: dict[str, str], log: IO[str]) -> Handler:
    """The Lambda, for connections with these secrets; it logs into `log`."""
    app, logger = APIGatewayRestResolver(), Logger(service="loyalty", stream=log)
    config = IdempotencyConfig(event_key_jmespath="id", expires_after_seconds=REMEMBER_S)
    store = DynamoDBPersistenceLayer(table_name=books.names["deliveries"], key_attr="pk")

    @idempotent_function(data_keyword_argument="order", config=config, persistence_store=store)
    def process(*, order: Order) -> dict[str, str]:
        if order.financial_status != "paid" or order.customer is None:
            return {"result": "ignored"}
        books.record(_purchase(order, order.customer))
        logger.info("order recorded", order=order.id)
        return {"result": "recorded"}

    @app.post("/webhooks/<connection>")
    def receive(connection: str) -> dict[str, str]:
        event = app.current_event
        signature = event.headers.get("X-Shopify-Hmac-SHA256", "")
        if not _authentic(secrets.get(connection, ""), signature, event.decoded_body or ""):
            raise UnauthorizedError("the signature does not match")
        answer: dict[str, str] = process(order=parse(event=event.json_body, model=Order))
        return answer

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        config.register_lambda_context(context)
        return app.resolve(event, context)

    return handler


def _authentic(secret: str, signature: str, body: str) -> bool:
    expected = b64encode(hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()).decode()
    return bool(secret) and hmac.compare_digest(expected, signature)


def _purchase(order: Order, customer: Customer) -> Purchase:
    lines = [_line(item) for item in order.line_items]
    taxes = [tax.price for item in order.line_items for tax in item.tax_lines] if order.taxes_included else []
    return Purchase(
        order=str(order.id),
        name=order.name,
        customer=str(customer.id),
        currency=order.currency,
        code=next((attribute.value or "" for attribute in order.note_attributes if attribute.name == "ref"), ""),
        goods=sum(line["paid"] for line in lines) - sum(map(rules.cents, taxes)),
        paid_at=int(order.processed_at.timestamp()),
        lines=lines,
    )


def _line(line: LineItem) -> dict[str, Any]:
    discounts = sum(rules.cents(allocation.amount) for allocation in line.discount_allocations)
    paid = rules.cents(line.price * line.quantity) - discounts
    return {"id": line.id, "sku": line.sku, "quantity": line.quantity, "paid": paid}
