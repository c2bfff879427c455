"""The Chromium of the browser tests: the system's, the one that Playwright installs, or Debian's package.

`python -m tests.browser.chromium` gets one where there is none; `make test` calls it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",)
NONE = (
    "The browser tests need Chromium. On Debian and Ubuntu: apt install chromium; elsewhere: "
    ".venv/bin/python -m playwright install chromium; or name one: CHROMIUM=/path/to/chromium make test"
)


def find() -> str | None:
    """The path of a Chromium: the variable CHROMIUM's, the system's, Playwright's own; None where there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    places = [shutil.which(name) for name in NAMES] + [place for place in PLACES if Path(place).exists()]
    return next((place for place in places if place), None) or _of_playwright()


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def get() -> None:
    """Install a Chromium where there is none: Debian's package for those who may, else Playwright's own build."""
    for command in _commands():
        if find():
            return
        print(f"Getting a Chromium for the browser tests: {' '.join(command[-3:])}", flush=True)
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not find():
        print(NONE, file=sys.stderr)


def _commands() -> list[list[str]]:
    debian = [["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "-y", "chromium"]]
    own = [sys.executable, "-m", "playwright", "install", "chromium"]
    return [*(debian if shutil.which("apt-get") and os.geteuid() == 0 else []), own]


if __name__ == "__main__":
    get()
