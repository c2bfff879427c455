"""A real Chromium for the pages that people see; one worker runs them all, with one browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium
from tests.browser.site import serve
from tests.browser.visitor import Look, Visitor, visit
from tests.edge.conftest import Shop, aws, bare_shop, moto_server, one_client, open_shop, shop

__all__ = ["aws", "bare_shop", "moto_server", "one_client", "open_shop", "shop"]

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""A browser that asks for nothing by itself."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker of xdist runs them all, so that there is one browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser, once; skipped where there is none, which fails in CI."""
    executable = chromium.find()
    if executable is None:
        pytest.skip(chromium.NONE)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=list(QUIET))
        yield launched
        launched.close()


@pytest.fixture
def site(open_shop: Shop) -> Iterator[str]:
    """The address of an open shop's API."""
    with serve(open_shop) as address:
        yield address


@pytest.fixture
def visitors(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Makes people who look at pages: `visitors(Look("fr"), address)`."""
    contexts = []

    def make(look: Look, *own: str, script: bool = True) -> Visitor:
        context, visitor = visit(browser, look, *own, script=script)
        contexts.append(context)
        return visitor

    yield make
    for context in contexts:
        context.close()
