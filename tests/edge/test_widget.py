"""The widget's script as it is served: small, with every language's texts, and not sent twice."""

import gzip
import json
import re

import pytest

from chalicelib.edge import widget, words
from infra.build import words as catalogues
from tests.edge.conftest import Shop

MOST_BYTES = 6 * 1024
"""What a shopper's browser loads at the most, compressed."""


def test_it_is_small() -> None:
    assert len(gzip.compress(widget.script().encode(), 9)) <= MOST_BYTES


def test_it_has_the_texts_of_every_language_and_they_are_those_of_the_catalogues() -> None:
    (table,) = re.findall(r"^const TEXTS = (.*);$", widget.script(), re.MULTILINE)
    texts = {*catalogues.texts_of(widget.SOURCE)}
    french = words.of("fr")
    assert json.loads(table) == {"fr": {text: french.gettext(str(text)) for text in texts}}
    assert len(texts) >= 20


def test_it_uses_nothing_that_makes_markup_of_text() -> None:
    assert re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(", widget.script()) == []


def test_any_page_may_load_it_and_keeps_it_for_five_minutes(shop: Shop) -> None:
    answer = shop.call("GET", "/widget.js")
    assert answer.body.decode() == widget.script()
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}'])
def test_the_same_script_is_not_sent_twice(shop: Shop, form: str) -> None:
    tag = shop.call("GET", "/widget.js").headers["etag"]
    answer = shop.call("GET", "/widget.js", If_None_Match=form.format(tag))
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["etag"] == tag


def test_another_script_is_sent(shop: Shop) -> None:
    assert shop.call("GET", "/widget.js", If_None_Match='"other"').status == 200
