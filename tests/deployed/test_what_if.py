"""A draft is tried on the deployed package: the API's role may call the function, whose role may read and say so."""

import json
import re
import time
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest

from infra.api import Api, newest_version
from infra.deploy import Deployment
from infra.local.story import PROGRAMME
from infra.signing import sign
from tests.world.senders import shopify_line, shopify_order

pytestmark = pytest.mark.slow

SECRET = "hush-what-if-deployed-0001"
PATIENCE_S = 90.0


class Visitor:
    """A browser of the console that follows no redirect by itself."""

    def __init__(self, address: str) -> None:
        self._parts = urlsplit(address)
        self._cookie = ""

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[HTTPResponse, str]:
        """An answer, and its body."""
        headers = {"Origin": f"{self._parts.scheme}://{self._parts.netloc}", "Cookie": self._cookie}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection(self._parts.netloc, timeout=30)
        connection.request(method, path, urlencode(fields) if fields else "", headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        self._cookie = (answer.headers["Set-Cookie"] or self._cookie).partition(";")[0]
        return answer, body


def buy(deployed: Deployment, admin: Api) -> None:
    """A paid order of a shop of the test's own."""
    headers = {"If-Match": str(newest_version(admin)), "Content-Type": "application/yaml"}
    admin.call("PUT", "/v1/programme", PROGRAMME.read_bytes(), headers)
    admin.call("PUT", "/v1/connections", {"id": "what-if-shop", "kind": "shopify", "secret": SECRET})
    now = int(time.time())
    moment = datetime.fromtimestamp(now, UTC).isoformat()
    order = {
        **shopify_order(1, line_items=[shopify_line(price="100.00")]),
        **dict.fromkeys(("created_at", "processed_at", "updated_at"), moment),
        "customer": {"id": 1, "email": "buyer@mail.example"},
    }
    body = json.dumps(order).encode()
    sent = Request(
        f"{deployed.api_url}webhooks/what-if-shop", body, dict(sign("shopify", SECRET, body, "orders/paid", now))
    )
    with urlopen(sent, timeout=20) as answer:
        assert answer.status == 200


def tried(visitor: Visitor, form: str, draft: str) -> str:
    """The page of a draft once the run that the button has started is over; another one may not be over yet."""
    answer, body = visitor.ask("POST", form, {"source": draft, "expected": "1"})
    assert answer.status == HTTPStatus.SEE_OTHER, body
    draft_id = parse_qs(urlsplit(answer.headers["Location"]).query)["draft"][0]
    answer, body = visitor.ask("POST", f"{form}/what-if", {"draft": draft_id})
    if answer.status == HTTPStatus.CONFLICT:
        time.sleep(1)
        return body
    assert answer.status == HTTPStatus.SEE_OTHER, body
    page, deadline = "data-again", time.monotonic() + PATIENCE_S
    while "data-again" in page and time.monotonic() < deadline:
        time.sleep(0.2)
        page = visitor.ask("GET", answer.headers["Location"].partition("#")[0])[1]
    return page


def test_an_owner_presses_the_button_and_sees_what_came_of_it(deployed: Deployment) -> None:
    assert deployed.keys
    admin = Api(deployed.api_url, deployed.keys.admin)
    buy(deployed, admin)
    link = urlsplit(str(admin.call("POST", "/v1/users", {"name": "tries-drafts", "role": "owner"})["link"]))
    console = link.path[: link.path.index("/console")] + "/console"
    visitor = Visitor(deployed.api_url)
    assert visitor.ask("POST", link.path)[0].status == 303
    draft = PROGRAMME.read_text().replace("percent: 5 ", "percent: 9 ", 1)
    # A version that follows another one holds some seconds later, and what was tried beside the old one is not shown.
    page, deadline = "", time.monotonic() + PATIENCE_S
    while "The draft beside the programme of today" not in page and time.monotonic() < deadline:
        page = tried(visitor, f"{console}/programme/draft", draft)
    assert "The draft beside the programme of today" in page, page
    assert re.search(r"EUR: given in all</th><td[^>]*>€[1-9]", page)
