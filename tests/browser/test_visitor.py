"""What the visitor's check refuses, on a page that has all of it: the check of every other page can fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.site import serve_pages
from tests.browser.visitor import Look, Visitor

HTML = {"Content-Type": "text/html; charset=utf-8"}
START = "<!doctype html><html lang=en><title>t</title><link rel=icon href=data:,><main><h1>t</h1>"


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ("<img src=data:image/gif;base64,R0lGODlhAQABAAAAACw=>", "image-alt"),
        ("<script>console.log('hello')</script>", "hello"),
        ("<script>throw new Error('broken')</script>", "broken"),
        ("<img alt=x src=http://127.0.0.1:9/pixel.gif>", "pixel.gif"),
        ("<p style=width:3000px>wide", "wider than the window"),
    ],
    ids=["axe", "console", "error", "foreign request", "sideways scrolling"],
)
def test_the_check_of_a_page_finds(visitors: Callable[..., Visitor], body: str, part: str) -> None:
    with serve_pages({"/": (HTML, (START + body).encode())}) as address:
        visitor = visitors(Look(), address)
        visitor.page.goto(address)

        with pytest.raises(AssertionError, match=part):
            visitor.check()


def test_a_sound_page_passes(visitors: Callable[..., Visitor]) -> None:
    with serve_pages({"/": (HTML, START.encode())}) as address:
        visitor = visitors(Look(), address)
        visitor.page.goto(address)

        visitor.check()
