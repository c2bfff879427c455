"""The page of the API, as people see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.visitor import LOOKS, Look, Visitor


@pytest.mark.parametrize("look", [look for look in LOOKS if look.locale == "en"], ids=str)
def test_the_page_of_the_api_has_one_heading_and_no_fault(
    site: str, visitors: Callable[..., Visitor], look: Look
) -> None:
    visitor = visitors(look, site)
    visitor.page.goto(f"{site}/docs")

    assert visitor.page.locator("h1").count() == 1
    visitor.check()
