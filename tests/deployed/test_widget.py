"""The widget's routes on the deployed package: pages of other origins are let in, and a page's proof opens a card."""

import hashlib
import hmac
import time
from urllib.request import Request, urlopen

import pytest

from infra.api import Api
from infra.deploy import Deployment

pytestmark = pytest.mark.slow

SECRET = "hush-widget-deployed-0001"


def test_a_page_of_another_origin_may_read_a_card(deployed: Deployment) -> None:
    ask = Request(
        f"{deployed.api_url}v1/members/acme.1/card", method="OPTIONS", headers={"Origin": "http://shop.example"}
    )
    with urlopen(ask, timeout=20) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        assert "GET" in answer.headers["Access-Control-Allow-Methods"]


def test_a_page_that_proves_its_customer_reads_the_card_in_french(deployed: Deployment) -> None:
    assert deployed.keys
    admin = Api(deployed.api_url, deployed.keys.admin)
    admin.call("PUT", "/v1/connections", {"id": "widget-shop", "kind": "shopify", "secret": SECRET})
    widget = admin.call("GET", "/v1/connections/widget-shop/widget")
    now = int(time.time())
    proof = hmac.new(widget["secret"].encode(), f"1.{now}".encode(), hashlib.sha256).hexdigest()
    body = {"connection": "widget-shop", "customer": "1", "at": now, "proof": proof}
    opened = Api(deployed.api_url).call("POST", "/v1/session", body)
    card = Api(deployed.api_url, opened["token"]).call("GET", "/v1/members/widget-shop.1/card?locale=fr")
    assert (card["member"], card["locale"]) == ("widget-shop.1", "fr")


def test_the_script_is_served(deployed: Deployment) -> None:
    with urlopen(f"{deployed.api_url}widget.js", timeout=20) as answer:
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert "ristourne-loyalty" in answer.read().decode()
