"""What holds of all pages of the console: addresses without one, empty lists, and what a reader may not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import app as entry
from chalicelib.edge.jobs import rounds
from tests.edge.browser import HOST, Browser
from tests.edge.conftest import Shop
from tests.world import gateway


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "There is no page at this"), ("fr", "Il n\u2019y a pas de page")]
)
def test_an_address_without_a_page_is_answered_with_one(bare_shop: Shop, language: str, sentence: str) -> None:
    headers = {"Host": HOST, "Accept-Language": language}
    for path in ("membres", "members/acme.1/statment/2026", "members/acme.1/adjustments", "connections/acme/removal"):
        reply = gateway.ask("GET", f"/console/{path}", headers, b"")
        assert (reply.status, reply.route) == (404, "/console/{page+}")
        assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
        assert sentence in reply.body.decode()
        assert 'href="/console/sign-in"' in reply.body.decode()


def test_below_a_stage_the_page_of_an_unknown_address_leads_to_the_stages_console(bare_shop: Shop) -> None:
    context = {"httpMethod": "GET", "resourcePath": "/console/{page+}", "path": "/prod/console/a/b", "stage": "prod"}
    event = {
        "requestContext": context,
        "headers": {"Host": "x.execute-api.eu-west-1.amazonaws.com"},
        "pathParameters": {"page": "a/b"},
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    assert 'href="/prod/console/sign-in"' in entry.app(event, None)["body"]


def test_an_address_without_a_page_leads_a_user_back(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    reader = visitor(open_shop, "reader", "ben")
    assert reader.open("/console/membres").status == 404
    assert "/console" in reader.page.links


def test_an_empty_list_says_so(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    owner = visitor(open_shop)
    owner.open("/console/deliveries")
    assert "Nothing waits" in owner.text
    owner.open("/console/reviews")
    assert "No bonus waits for you" in owner.text
    owner.open("/console/reviews?state=all")
    assert "No bonus was ever held" in owner.text


def test_a_reader_reads_the_document_and_has_no_form(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    reader = visitor(open_shop, "reader", "ben")
    for path in ("programme", "members/acme.1", "connections/acme", "people", "reviews"):
        if path.startswith("members"):
            open_shop.buy(1)
        reader.open(f"/console/{path}")
        assert reader.answer.status == 200, path
        assert [form["action"] for form in reader.page.forms] == [], path


def test_a_reader_who_may_not_stays_signed_in_and_finds_back(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    open_shop.buy(1)
    reader = visitor(open_shop, "reader", "ben")
    reader.open("/console/members/acme.1/card")
    assert reader.answer.status == 403
    assert "Back to today" in reader.text
    assert "/console/members" in reader.page.links
    assert "Sign in" not in reader.text


def test_the_daily_round_passes_over_what_the_console_keeps(open_shop: Shop, visitor: Callable[..., Browser]) -> None:
    visitor(open_shop)
    assert rounds.run(open_shop.now, lambda: 100.0).findings == 0
