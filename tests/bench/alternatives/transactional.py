"""The transactional handler: the straightforward one by somebody who knows what can go wrong.

One read of the order, the member and the code; then all that the order does in one transaction, on the condition that
the order is new and that nobody has changed what was read. Who loses a race reads again. The order's item stays and
says what was done, so that no table of webhook ids is needed. After a crash, or for another webhook of the same order,
at once or years later, the books are as right as ours.

Leaves out what `books` leaves out, except transactions.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError
from chalice.app import Chalice, UnauthorizedError

from tests.bench.alternatives import rules
from tests.bench.alternatives.books import Books, Row, order_row
from tests.bench.alternatives.rules import Purchase
from tests.bench.alternatives.straightforward import authentic, paid_by_a_customer, purchase

ATTEMPTS = 5


class TransactionalBooks(Books):
    """The same tables, written in one transaction an order."""

    def record_once(self, bought: Purchase) -> str:
        """Do everything that a paid order does, unless it was done: `recorded` or `known`."""
        for _ in range(ATTEMPTS):
            order, member, code = self._read(bought)
            if order:
                return "known"
            try:
                self._client.transact_write_items(TransactItems=self._writes(bought, member, code))
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
            else:
                return "recorded"
        raise RuntimeError("others write the same members all the time; the sender repeats")

    def _read(self, bought: Purchase) -> tuple[Row, Row, Row]:
        keys = {"orders": bought.order, "members": bought.customer, **({"codes": bought.code} if bought.code else {})}
        asked = {self.names[table]: {"Keys": [{"pk": key}], "ConsistentRead": True} for table, key in keys.items()}
        items = self._client.batch_get_item(RequestItems=asked)["Responses"]
        rows = [items.get(self.names[table], []) for table in ("orders", "members", "codes")]
        order, member, code = (items[0] if items else {} for items in rows)
        return order, member, code

    def _writes(self, bought: Purchase, member: Row, code: Row) -> list[Row]:
        cashback = rules.percent_of(bought.goods, rules.CASHBACK_PERCENT)
        referrer = str(code.get("customer", ""))
        if not self._refers(bought, member, referrer):
            entry = self.entry_row(bought.customer, bought, "cashback", cashback, rules.EXPIRE_DAYS)
            change = self._credit_row(bought.customer, member, {"balance": cashback, "orders": 1})
            return [self._new("orders", order_row(bought, cashback)), self._new("ledger", entry), change]
        return self._writes_of_a_friend(bought, member, referrer, cashback)

    def _writes_of_a_friend(self, bought: Purchase, member: Row, referrer: str, cashback: int) -> list[Row]:
        earned = cashback + rules.WELCOME
        welcome = (bought.customer, bought, "welcome", rules.WELCOME, rules.WELCOME_EXPIRE_DAYS)
        friend = {"pk": referrer, "sk": bought.customer, "order": bought.order, "goods": bought.goods}
        return [
            self._new("orders", order_row(bought, cashback)),
            self._new("ledger", self.entry_row(bought.customer, bought, "cashback", cashback, rules.EXPIRE_DAYS)),
            self._new("ledger", self.entry_row(*welcome)),
            self._new("referrals", friend | {"at": bought.paid_at}),
            self._credit_row(bought.customer, member, {"balance": earned, "orders": 1}),
            *self._writes_of_the_referrer(bought, referrer),
        ]

    def _writes_of_the_referrer(self, bought: Purchase, referrer: str) -> list[Row]:
        known = self.member(referrer)
        waiting = int(known.get("waiting", 0)) + bought.goods
        if (int(known.get("friends", 0)) + 1) % rules.FRIENDS:
            return [self._credit_row(referrer, known, {"friends": 1, "waiting": bought.goods})]
        bonus = rules.percent_of(waiting, rules.BONUS_PERCENT)
        change = {"friends": 1, "waiting": -int(known.get("waiting", 0)), "balance": bonus}
        entry = self.entry_row(referrer, bought, "bonus", bonus, rules.EXPIRE_DAYS)
        return [self._new("ledger", entry), self._credit_row(referrer, known, change)]

    def _refers(self, bought: Purchase, member: Row, referrer: str) -> bool:
        new = not member.get("orders") and referrer not in ("", bought.customer)
        return new and bought.goods >= rules.MINIMUM

    def _new(self, table: str, item: Row) -> Row:
        return {
            "Put": {"TableName": self.names[table], "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        }

    def _credit_row(self, customer: str, known: Row, change: dict[str, int]) -> Row:
        """Add to a member's numbers, if its version is still the one that was read."""
        values: Row = {f":{name}": amount for name, amount in change.items()} | {":one": 1}
        condition = "attribute_not_exists(version)"
        if "version" in known:
            condition, values = "version = :version", values | {":version": known["version"]}
        return {
            "Update": {
                "TableName": self.names["members"],
                "Key": {"pk": customer},
                "UpdateExpression": "ADD version :one, " + ", ".join(f"{name} :{name}" for name in change),
                "ConditionExpression": condition,
                "ExpressionAttributeValues": values,
            }
        }


def make_app(books: TransactionalBooks, secrets: dict[str, str]) -> Chalice:
    """The Lambda, for connections with these secrets."""
    app = Chalice(app_name="cashback")

    @app.route("/webhooks/{connection}", methods=["POST"])
    def receive(connection: str) -> dict[str, str]:
        request = app.current_request
        assert request is not None
        if not authentic(secrets.get(connection, ""), request.headers, request.raw_body):
            raise UnauthorizedError("the signature does not match")
        return {"result": _process(books, json.loads(request.raw_body, parse_float=Decimal))}

    return app


def _process(books: TransactionalBooks, body: dict[str, Any]) -> str:
    if not paid_by_a_customer(body):
        return "ignored"
    result = books.record_once(purchase(body))
    if result == "recorded":
        print(json.dumps({"event": "order recorded", "order": body["id"]}))
    return result
