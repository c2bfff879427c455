"""The headers of every answer: what a browser may do with it, and from where."""

import re

import pytest

import app
from chalicelib.edge.messages import Route
from tests.edge.conftest import Shop

JSON_POLICY = "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/health", 200), ("GET", "/r/none", 302), ("GET", "/v1/members/acme.1", 401), ("POST", "/health", 405)],
)
def test_every_answer_is_for_no_frame_and_over_https_only(open_shop: Shop, method: str, path: str, status: int) -> None:
    answer = open_shop.call(method, path)
    assert answer.status == status
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert answer.headers["content-security-policy"] == JSON_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_of_the_api_has_its_own_policy(shop: Shop) -> None:
    answer = shop.call("GET", "/docs")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("row", app.ROUTES, ids=lambda row: f"{row.method} {row.path}")
def test_other_origins_may_read_what_a_member_may_and_nothing_else(shop: Shop, row: Route) -> None:
    names = {"member": "acme.1", "connection": "acme"}
    path = re.sub(r"{(\w+)}", lambda name: names.get(name[1], "1"), row.path)
    answer = shop.call(row.method, path, None if row.method == "GET" else {})
    assert ("access-control-allow-origin" in answer.headers) == row.takes_other_origins
