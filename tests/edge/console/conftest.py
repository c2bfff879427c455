"""Fixtures of the console's pages: whoever opens them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.edge.browser import Browser, owner_of
from tests.edge.conftest import Shop


@pytest.fixture
def visitor() -> Callable[..., Browser]:
    """Makes somebody who is signed in at a shop's console, by the invitation to a role."""

    def make(shop: Shop, role: str = "owner", name: str = "ada", language: str = "en") -> Browser:
        browser = Browser(shop, language)
        browser.accept(role, name)
        return browser

    return make


@pytest.fixture
def owner(open_shop: Shop) -> Browser:
    """The owner of an open shop, signed in at its console."""
    return owner_of(open_shop)
