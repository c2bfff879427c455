"""docs/storefronts.md names every topic and status that the adapters know, and its examples are read."""

import json
import re
from typing import get_args, get_type_hints

import pytest

from chalicelib.edge.console.connection_guides import GUIDES
from chalicelib.edge.storefronts import OrderStatement, disputes, shopify, standard, stripe, stripe_objects, woocommerce
from tests.machine import ROOT
from tests.world.senders import translation

TEXT = (ROOT / "docs" / "storefronts.md").read_text()
EXAMPLES = [json.loads(example) for example in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]

TOPICS = {
    "shopify": {*shopify._TOPICS, *shopify.ACKNOWLEDGED},
    "woocommerce": {*woocommerce.ORDER_TOPICS, "order.deleted"},
    "stripe": {*stripe._TYPES},
    "standard": {*standard._TYPES},
}


def section(kind: str) -> str:
    """The rows of the kind's topics."""
    table = TEXT[TEXT.index("| kind | topic or type | states |") : TEXT.index("**Refunds.**")]
    rows = table.split("\n| `")
    return next(row for row in rows if row.startswith(f"{kind}`"))


@pytest.mark.parametrize("kind", TOPICS)
def test_every_topic_is_explained(kind: str) -> None:
    assert {topic for topic in TOPICS[kind] if f"`{topic}`" not in section(kind)} == set()


def subscribed(kind: str) -> str:
    """What of a kind one subscribes to, by the table of secrets and topics."""
    table = TEXT[TEXT.index("| kind | secret | subscribe to |") : TEXT.index("**Changes.**")]
    (row,) = re.findall(rf"^\| `{kind}` \| [^|]+ \| ([^|]+) \|$", table, re.MULTILINE)
    return str(row)


def test_the_consoles_guide_has_the_events_of_the_table() -> None:
    """A guide without `invoice_payment.paid` let a subscription earn on its tax."""
    assert tuple(re.findall(r"`([^`]+)`", subscribed("stripe"))) == GUIDES["stripe"].events
    assert set(GUIDES["stripe"].events) <= set(stripe._TYPES)
    assert ", ".join(GUIDES["woocommerce"].events) == subscribed("woocommerce")
    made_in_admin = re.findall(r"^\| ((?:Order|Refund) \w+) \| `(\w+/\w+)` \|$", TEXT, re.MULTILINE)
    assert tuple(event for event, _ in made_in_admin) == GUIDES["shopify"].events
    assert [topic for _, topic in made_in_admin] == re.findall(r"`(\w+/\w+)`", subscribed("shopify"))[:7]


def test_every_status_of_a_dispute_is_explained() -> None:
    statuses = {*disputes.POSITIONS, *get_args(get_type_hints(stripe_objects.Disputed)["status"])}
    assert {status for status in statuses if f"`{status}`" not in TEXT} == set()


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["type"] for example in EXAMPLES])
def test_the_examples_are_read(example: object) -> None:
    statement = translation("standard", example)
    assert isinstance(statement, OrderStatement)
    assert statement.order == "1001"


def test_the_example_of_an_order_says_everything() -> None:
    order = EXAMPLES[0]["data"]
    assert set(order) == set(standard.Order.__struct_fields__)
    assert set(order["customer"]) == set(standard.Customer.__struct_fields__)
    assert set(order["address"]) == set(standard.Place.__struct_fields__)
