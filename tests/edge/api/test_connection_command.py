"""What `connection test` says that an order would earn, whomever campaigns hold out."""

from __future__ import annotations

from typing import Any

import pytest

from infra import samples
from infra.api import ApiError
from infra.commands import connections
from tests.edge.conftest import PROGRAMME, Shop

CAMPAIGNS = """\
campaigns:
  - {id: half, starts: 2000-01-01, ends: 2999-12-31, multiply: {cashback: 2}, holdout: 50}
  - {id: tenth, starts: 2000-01-01, ends: 2999-12-31, multiply: {cashback: 3}, holdout: 10.5}
"""


class ConnectedApi:
    """The API of a shop as the command calls it, with the admin key."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def call(self, method: str, path: str, body: Any = None, headers: Any = None) -> Any:
        topics = {name.replace("-", "_"): topic for name, topic in (headers or {}).items()}
        answer = self._shop.call(method, path, body, self._shop.admin, **topics)
        if answer.status != 200:
            raise ApiError(str(answer.body), answer.status)
        return answer.json


@pytest.fixture
def say(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(connections, "api", lambda: ConnectedApi(shop))

    def preview(name: str, kind: str = "shopify") -> list[str]:
        return connections._preview({"id": name, "kind": kind, "namespace": name}, shop.now).splitlines()

    return preview


def test_campaigns_that_hold_people_out_are_told_apart_and_counted_for_every_connection(shop: Shop, say: Any) -> None:
    assert shop.publish(PROGRAMME + CAMPAIGNS).status == 200
    for number in range(6):
        name = f"shop-{number}"
        shop.connect(name, "shopify", f"the-secret-of-connection-{number}")
        heading, cashback, *rest = say(name)
        assert heading == "an order of 100 EUR that a new customer pays now would earn:"
        assert cashback.strip().startswith("5.00 EUR")
        assert [line.split()[0] for line in rest[:2]] == ["5.00", "20.00"], rest
        assert rest[2:] == [
            "the campaign half gives nothing to 50% of customers (holdout): they earn this without it",
            "the campaign tenth gives nothing to 10.5% of customers (holdout): they earn this without it",
        ]


def test_a_campaign_that_holds_everybody_out_says_so(shop: Shop, say: Any) -> None:
    assert shop.publish(PROGRAMME + CAMPAIGNS.replace("10.5", "100")).status == 200
    shop.connect("acme", "shopify", "the-secret-of-the-only-connection")
    *_, last = say("acme")
    assert last == "the campaign tenth gives nobody anything: its holdout is 100"


def test_before_a_programme_it_says_how_to_publish(say: Any) -> None:
    (line,) = say("acme")
    assert line.startswith("no programme is published yet")


@pytest.mark.parametrize("kind", ["shopify", "woocommerce", "stripe", "standard"])
def test_without_hold_outs_the_customer_is_the_first(kind: str) -> None:
    assert samples.customer_for(kind, "acme", ()) == samples.CUSTOMER
