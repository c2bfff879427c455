"""A person in a browser: a page of one language, colour scheme and width, with what must never happen on it noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect

from infra.build.artifacts import npm_package

AXE = "axe-core@4.14.1"
AXE_SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
PATIENCE_MS = 30_000
"""What a page may take for what is expected of it: a busy computer is no fault."""

expect.set_options(timeout=PATIENCE_MS)

WIDTHS = {"phone": (390, 844), "desk": (1280, 900)}

Scheme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is looked at."""

    locale: str = "en"
    scheme: Scheme = "light"
    width: str = "desk"

    def __str__(self) -> str:
        return f"{self.locale}-{self.scheme}-{self.width}"


LOOKS = [
    Look(locale, scheme, width)
    for locale in ("en", "fr")
    for scheme in ("light", "dark")
    for width in ("phone", "desk")
]

PAIRED_LOOKS = [
    Look("en", "light", "phone"),
    Look("en", "dark", "desk"),
    Look("fr", "light", "desk"),
    Look("fr", "dark", "phone"),
]
"""Each language in each scheme and on each screen, and each scheme on each screen, for what takes long: a text that is
too wide or a colour too faint is so by two of these at the most.
"""


@dataclass
class Visitor:
    """A browser's page, and the addresses that it may ask: any request elsewhere is foreign."""

    page: Page
    own: tuple[str, ...]
    messages: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    """Parts of console messages that a test expects, such as a refusal's status."""

    def check(self) -> None:
        """The page as it is now: no violation that axe knows, nothing on the console, no foreign request, no sideways
        scrolling."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wrong = [
            *(f"axe: {violation}" for violation in self.violations()),
            *(f"console: {message}" for message in self.messages),
            *(f"foreign request: {address}" for address in self.foreign),
            *([f"the page is {wide} px wider than the window"] if wide > 0 else []),
        ]
        assert not wrong, "\n".join(wrong)

    def violations(self) -> list[tuple[str, str, list[Any]]]:
        """What axe finds: rule, help, and where."""
        self.page.evaluate(axe())
        result: dict[str, Any] = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [(rule["id"], rule["help"], [node["target"] for node in rule["nodes"]]) for rule in result["violations"]]

    def _heard(self, text: str) -> None:
        if not any(part in text for part in self.expected):
            self.messages.append(text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((*self.own, "data:", "blob:", "about:")):
            self.foreign.append(request.url)

    def watch(self) -> None:
        """Note console messages, errors and requests from now on."""
        self.page.on("console", lambda message: self._heard(message.text))
        self.page.on("pageerror", lambda error: self._heard(str(error)))
        self.page.on("request", self._asked)


def visit(browser: Browser, look: Look, *own: str, script: bool = True) -> tuple[BrowserContext, Visitor]:
    """A new person with an empty profile; the context has to be closed."""
    width, height = WIDTHS[look.width]
    context = browser.new_context(
        locale=look.locale,
        color_scheme=look.scheme,
        viewport={"width": width, "height": height},
        java_script_enabled=script,
        has_touch=look.width == "phone",
        timezone_id="Europe/Paris",
    )
    context.set_default_timeout(PATIENCE_MS)
    visitor = Visitor(context.new_page(), own)
    visitor.watch()
    return context, visitor


def follow(target: Locator) -> None:
    """Press a link or a button that leads to a page, and wait until that page stands: a click alone comes back before
    it, and what is looked at next would be the page before or none."""
    with target.page.expect_navigation():
        target.click()


def axe() -> str:
    """The script of axe-core, which goes in by evaluation: a strict policy refuses it as an element."""
    return Path(npm_package(AXE, AXE_SHA512), "axe.min.js").read_text(encoding="utf-8")
