"""The tables of the alternatives, and what an order does to them: one write after the other, as tutorials have it.

An order, a ledger entry for each reward, and the member's balance by ADD. A friend's first order that brings a code
also makes a referral, counts the friend with the referrer, and pays the referrer for every second friend. Keys of
entries and referrals come from the order, so that writing one again changes nothing; ADD is what counts twice.

Leaves out what a first version leaves out: refunds, edits and cancellations; other currencies; spending; lots that vest
and expire (their dates are written, a nightly job would use them); who made an entry and why; transactions.
"""

from __future__ import annotations

import time
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key

from tests.bench.alternatives import rules
from tests.bench.alternatives.rules import Purchase

Row = dict[str, Any]

PLAIN, SORTED = ("deliveries", "orders", "members", "codes"), ("ledger", "referrals")


class Books:
    """The tables whose names begin with a prefix, in the DynamoDB that the environment names."""

    def __init__(self, prefix: str) -> None:
        resource = boto3.resource("dynamodb")
        self.names = {table: f"{prefix}-{table}" for table in (*PLAIN, *SORTED)}
        self._client = resource.meta.client
        self._deliveries, self._orders, self._members, self._codes, self._ledger, self._referrals = (
            resource.Table(name) for name in self.names.values()
        )

    @property
    def deliveries(self) -> Any:
        """The table of what came already."""
        return self._deliveries

    def order(self, order: str) -> Row | None:
        """What is known of an order."""
        return _item(self._orders, order)

    def record(self, bought: Purchase) -> None:
        """Do everything that a paid order does."""
        member = _item(self._members, bought.customer)
        referrer = self._referrer(bought, member)
        earned = rules.percent_of(bought.goods, rules.CASHBACK_PERCENT)
        self._orders.put_item(Item=order_row(bought, earned))
        self._enter(bought.customer, bought, "cashback", earned, rules.EXPIRE_DAYS)
        if referrer:
            self._enter(bought.customer, bought, "welcome", rules.WELCOME, rules.WELCOME_EXPIRE_DAYS)
            earned += rules.WELCOME
        self._credit(bought.customer, earned, referrer)
        if referrer:
            self._convert(bought, referrer)

    def issue(self, code: str, customer: str) -> None:
        """Give a customer a referral code."""
        self._codes.put_item(Item={"pk": code, "customer": customer})

    def member(self, customer: str) -> Row:
        """What is known of a customer; empty: nothing."""
        return _item(self._members, customer) or {}

    def balance(self, customer: str) -> int:
        """What a customer has, by the member's record."""
        return int(self.member(customer).get("balance", 0))

    def entered(self, customer: str) -> int:
        """The same by the ledger."""
        entries = self._ledger.query(KeyConditionExpression=Key("pk").eq(customer), ConsistentRead=True)["Items"]
        return sum(int(entry["amount"]) for entry in entries)

    def create(self) -> None:
        """Make the tables."""
        for table, name in self.names.items():
            keys = {"pk": "HASH", "sk": "RANGE"} if table in SORTED else {"pk": "HASH"}
            self._client.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            )

    def delete(self) -> None:
        """Remove the tables."""
        for name in self.names.values():
            self._client.delete_table(TableName=name)
        self._client.close()

    def forget_deliveries(self) -> None:
        """What the tables' time to live does in the end."""
        for item in self._deliveries.scan(ConsistentRead=True)["Items"]:
            self._deliveries.delete_item(Key={"pk": item["pk"]})

    def _referrer(self, bought: Purchase, member: Row | None) -> str:
        """Who referred a new customer whose order is large enough; empty: nobody."""
        if not bought.code or (member or {}).get("orders") or bought.goods < rules.MINIMUM:
            return ""
        code = _item(self._codes, bought.code)
        return str(code["customer"]) if code and code["customer"] != bought.customer else ""

    def _convert(self, bought: Purchase, referrer: str) -> None:
        friend = {"pk": referrer, "sk": bought.customer, "order": bought.order, "goods": bought.goods}
        self._referrals.put_item(Item=friend | {"at": bought.paid_at})
        counted = self._members.update_item(
            Key={"pk": referrer},
            UpdateExpression="ADD friends :one, waiting :goods",
            ExpressionAttributeValues={":one": 1, ":goods": bought.goods},
            ReturnValues="ALL_NEW",
        )["Attributes"]
        if counted["friends"] % rules.FRIENDS == 0:
            self._pay(bought, referrer, int(counted["waiting"]))

    def _pay(self, bought: Purchase, referrer: str, waiting: int) -> None:
        bonus = rules.percent_of(waiting, rules.BONUS_PERCENT)
        self._enter(referrer, bought, "bonus", bonus, rules.EXPIRE_DAYS)
        self._members.update_item(
            Key={"pk": referrer},
            UpdateExpression="ADD balance :bonus, waiting :paid",
            ExpressionAttributeValues={":bonus": bonus, ":paid": -waiting},
        )

    def _credit(self, customer: str, amount: int, referrer: str) -> None:
        values: Row = {":amount": amount, ":one": 1}
        change = "ADD balance :amount, orders :one"
        if referrer:
            change, values = f"SET referrer = :referrer {change}", values | {":referrer": referrer}
        self._members.update_item(Key={"pk": customer}, UpdateExpression=change, ExpressionAttributeValues=values)

    def _enter(self, customer: str, bought: Purchase, kind: str, amount: int, expire_days: int) -> None:
        self._ledger.put_item(Item=self.entry_row(customer, bought, kind, amount, expire_days))

    def entry_row(self, customer: str, bought: Purchase, kind: str, amount: int, expire_days: int) -> Row:
        """The item of a ledger entry."""
        vests_at, expires_at = rules.lifetime(bought.paid_at, expire_days)
        reward = {"kind": kind, "amount": amount, "order": bought.order, "goods": bought.goods}
        times = {"vests_at": vests_at, "expires_at": expires_at, "at": int(time.time())}
        return {"pk": customer, "sk": f"{bought.order}#{kind}", **reward, **times}


def order_row(bought: Purchase, earned: int) -> Row:
    """The item of an order."""
    money = {"goods": bought.goods, "currency": bought.currency, "cashback": earned}
    facts = {"name": bought.name, "customer": bought.customer, "paid_at": bought.paid_at, "lines": bought.lines}
    return {"pk": bought.order, **facts, **money, **({"code": bought.code} if bought.code else {})}


def _item(table: Any, key: str) -> Row | None:
    row: Row | None = table.get_item(Key={"pk": key}, ConsistentRead=True).get("Item")
    return row
