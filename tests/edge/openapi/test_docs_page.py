"""The documentation page: complete, well formed, escaped, and unable to run or load anything."""

from html.parser import HTMLParser
from typing import Any

import pytest

import app
from chalicelib.edge.openapi import docs_page
from chalicelib.edge.openapi.document import document
from tests.edge.conftest import Shop

VOID = {"meta", "link", "br", "img", "input", "hr"}
CLOSED_BY_THE_NEXT = {"td": {"td", "th", "tr"}, "th": {"td", "th", "tr"}, "tr": {"tr"}}
LEFT_OPEN = {"td", "th", "tr"}
NOT_IN_A_PARAGRAPH = {"table", "div", "details", "h1", "h2", "h3", "p"}


class Page(HTMLParser):
    """Reads a page and fails on what is not well formed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        while self.open and tag in CLOSED_BY_THE_NEXT.get(self.open[-1], ()):
            self.open.pop()
        assert not (self.open and self.open[-1] == "p" and tag in NOT_IN_A_PARAGRAPH), f"<{tag}> in <p>"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1] in LEFT_OPEN and self.open[-1] != tag:
            self.open.pop()
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(docs_page.render(document(app.ROUTES)))


def test_the_page_is_well_formed(page: Page) -> None:
    assert page.open == []


def test_every_route_stands_on_the_page(page: Page) -> None:
    for row in app.ROUTES:
        assert row.method + row.path in page.text


def test_every_link_leads_somewhere(page: Page) -> None:
    targets = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    assert len(targets) == len(set(targets))
    assert links - {f"#{target}" for target in targets} == {"openapi.json"}


def test_the_page_loads_and_runs_nothing(page: Page) -> None:
    assert not {tag for tag, _ in page.tags} & {"script", "iframe", "img", "link", "object", "form", "base"}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "src"]
    assert "url(" not in docs_page.STYLE
    assert "@import" not in docs_page.STYLE


def test_no_backtick_is_left_in_the_prose(page: Page) -> None:
    assert "`" not in page.text


def poisoned(value: Any) -> Any:
    """The document with markup in every text that a person wrote."""
    if isinstance(value, dict):
        spoken = {"title", "summary", "description", "version"}
        return {
            name: part + POISON if name in spoken and isinstance(part, str) else poisoned(part)
            for name, part in value.items()
        }
    return [poisoned(part) for part in value] if isinstance(value, list) else value


POISON = "<script>alert(1)</script>\"'&lt;"


def test_every_text_is_escaped() -> None:
    text = docs_page.render(poisoned(document(app.ROUTES)) | {"servers": [{"url": f"https://x{POISON}"}]})
    assert "<script" not in text
    assert POISON in Page(text).text


def test_the_page_is_served_with_a_policy_that_allows_no_script(shop: Shop) -> None:
    answer = shop.call("GET", "/docs", Host="api.example")
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "https://api.example" in Page(answer.body.decode()).text


def test_a_host_name_cannot_add_markup_to_the_page(shop: Shop) -> None:
    assert "<script" not in shop.call("GET", "/docs", Host="x<script>").body.decode()
