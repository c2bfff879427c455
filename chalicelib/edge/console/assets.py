"""The console's style, script and icon, each under a name with the hash of its content, so that browsers keep them."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.domain.errors import NotFound
from chalicelib.edge.messages import Reply

if TYPE_CHECKING:
    from chalicelib.edge.console.access.visit import Visit

FILES = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}

_FOLDER = Path(__file__).parent


def show(visit: Visit) -> Reply:
    """A file by its hashed name. Raises NotFound for an earlier or unknown one."""
    name = visit.request.path["name"]
    file = next((file for file in FILES if name_of(file) == name), None)
    if file is None:
        raise NotFound("there is no such file")
    headers = {"Content-Type": FILES[file], "Cache-Control": "public, max-age=31536000, immutable"}
    return Reply(200, _read(file), headers)


@lru_cache
def name_of(file: str) -> str:
    """The hashed name of a file: `console.1f3a9c2e.css`."""
    stem, _, ending = file.partition(".")
    return f"{stem}.{sha256(_read(file).encode()).hexdigest()[:8]}.{ending}"


@lru_cache
def _read(file: str) -> str:
    return (_FOLDER / file).read_text(encoding="utf-8")
