"""Whatever a sender's own library refuses is refused here too; `make attack` sends more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from msgspec.structs import replace

from tests.attack.api import Answer, Api, attacked_api
from tests.attack.campaign import broken_rule, run
from tests.attack.deliveries import Sent, genuine, signed
from tests.attack.mutations import MUTATIONS, TOPICS
from tests.conftest import TABLE
from tests.world.senders import NOW, encoded, shopify_order, woocommerce_order

SEED, COUNT = 20_261_126, 2_000
FORGED = Sent("shopify", "shop-shopify", {}, b"{}", NOW)
BOOKS = frozenset("member entry profile hold group conversion budget".split())
"""Kinds of items that say what somebody has, and who they are."""


@pytest.fixture
def api(no_account: None) -> Iterator[Api]:
    with attacked_api(NOW) as api:
        yield api


@pytest.mark.slow
def test_no_tampered_delivery_is_accepted_fails_or_writes(api: Api) -> None:
    results = run(api, SEED, COUNT)
    assert results.violations == []
    assert results.count("forged") > COUNT / 2
    assert results.answers["authentic", 200] > COUNT / 20
    assert set(results.ways) == {way.__name__ for way in MUTATIONS} | {"as it is"}


@pytest.mark.parametrize(
    ("authentic", "answer", "rule"),
    [
        (False, Answer(500, "{}", 0), "answered 500"),
        (True, Answer(503, "{}", 0), "answered 503"),
        (False, Answer(200, '{"result": "recorded"}', 0), "accepted"),
        (False, Answer(202, '{"result": "kept"}', 1), "accepted"),
        (False, Answer(401, "{}", 1), "answered 401, and 1 writes"),
        (True, Answer(415, "{}", 1), "answered 415, and 1 writes"),
    ],
)
def test_each_rule_that_is_broken_is_seen(authentic: bool, answer: Answer, rule: str) -> None:
    assert broken_rule(authentic, answer).startswith(rule)


def test_a_delivery_that_was_signed_anew_with_the_right_secret_is_seen_as_accepted(api: Api) -> None:
    assert api.receive(FORGED).status == 401
    answer = api.receive(signed("shopify", "orders/paid", encoded(shopify_order(7)), NOW))
    assert answer.status == 200
    assert answer.writes


def books() -> list[dict[str, Any]]:
    """What members have, item by item, in a stable order."""
    items: list[dict[str, Any]] = boto3.client("dynamodb").scan(TableName=TABLE)["Items"]
    return sorted((item for item in items if item["k"]["S"] in BOOKS), key=lambda item: str(sorted(item.items())))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "header"), [("shopify", "X-Shopify-Topic"), ("woocommerce", "X-WC-Webhook-Topic")])
def test_a_captured_delivery_under_another_topic_changes_no_balance(api: Api, kind: str, header: str) -> None:
    """The topic is not signed, so whoever has captured a delivery can send it as any other."""
    captured = [sent for sent in genuine(NOW) if sent.kind == kind]
    for sent in captured + captured:
        assert api.receive(sent).status in (200, 202)
    before = books()
    assert {item["k"]["S"] for item in before} >= {"member", "entry"}
    for sent in captured:
        answers = [
            api.receive(replace(sent, headers=dict(sent.headers) | {header: topic})) for topic in sorted(set(TOPICS))
        ]
        assert {answer.status for answer in answers} <= {200, 202}
        assert books() == before, sent.headers[header]


def test_a_deleted_order_comes_back_under_no_topic_but_that_of_a_restoration(api: Api) -> None:
    paid = signed("woocommerce", "order.updated", encoded(woocommerce_order()), NOW)
    assert api.receive(paid).status == 200
    assert api.receive(signed("woocommerce", "order.deleted", encoded({"id": 727}), NOW)).status == 200
    deleted = books()
    for topic in sorted(set(TOPICS) - {"order.restored"}):
        api.receive(replace(paid, headers=dict(paid.headers) | {"X-WC-Webhook-Topic": topic}))
    assert books() == deleted
    api.receive(replace(paid, headers=dict(paid.headers) | {"X-WC-Webhook-Topic": "order.restored"}))
    assert books() != deleted
