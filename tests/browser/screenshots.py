"""The pictures of the README: the console and the demo's storefront as `make run` shows them, light and dark.

`make screenshots` deploys to the local AWS, plays the story and draws them into docs/pictures.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, get_args

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from infra.build.artifacts import ROOT
from infra.local.demo_shop import storefront
from infra.local.demo_till import Till
from infra.local.local_aws import free_port, local_aws
from infra.local.run import account_of, deploy_locally, invitation
from infra.local.story import DORA, play
from tests.browser import chromium

FOLDER = ROOT / "docs" / "pictures"
SIZE: ViewportSize = {"width": 1120, "height": 860}

Scheme = Literal["light", "dark"]


def main() -> None:
    """Draw all pictures, light and dark."""
    executable = chromium.find()
    if executable is None:
        raise SystemExit(chromium.NONE)
    FOLDER.mkdir(exist_ok=True)
    with local_aws(free_port()) as aws:
        os.environ |= aws.environment()
        deployment = deploy_locally()
        assert deployment.keys, "a new AWS has no keys yet"
        story = play(deployment.api_url, deployment.keys.admin, deployment.keys.storefront)
        with sync_playwright() as playwright, storefront(account_of(story, deployment.api_url), Till(story)) as shop:
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
            console = sign_in(browser, invitation(deployment))
            for scheme in get_args(Scheme):
                draw(console, scheme, shop)
            browser.close()


def sign_in(browser: Browser, link: str) -> Page:
    """The console's account page, after its invitation was accepted."""
    page = browser.new_context(viewport=SIZE, timezone_id="Europe/Paris").new_page()
    page.goto(link)
    page.locator("button.main").click()
    page.locator("nav").first.wait_for()
    return page


def draw(console: Page, scheme: Scheme, shop: str) -> None:
    """A member's page, the programme and the storefront in a colour scheme."""
    console.emulate_media(color_scheme=scheme)
    root = console.url.partition("/console")[0] + "/console"
    for name, path in (("member", f"/members/{DORA}"), ("programme", "/programme")):
        console.goto(root + path)
        shoot(console, f"console-{name}-{scheme}")
    page = console.context.new_page()
    page.emulate_media(color_scheme=scheme)
    page.goto(shop)
    page.locator("ristourne-loyalty").get_by_text("leaves").first.wait_for()
    shoot(page, f"widget-{scheme}")
    page.close()


def shoot(page: Page, name: str) -> None:
    path = Path(FOLDER, f"{name}.png")
    page.screenshot(path=path, animations="disabled")
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
