"""The programme: what is in force, writing another version, what would change, and publishing it."""

from __future__ import annotations

from pathlib import Path

from chalicelib.domain.errors import InvalidInput, InvalidProgramme, NotFound, Rejection
from chalicelib.domain.programme.changes import changes
from chalicelib.domain.programme.document import Programme, parse
from chalicelib.edge.answers import ProgrammeAnswer, VersionAnswer
from chalicelib.edge.api import programme
from chalicelib.edge.console import pages
from chalicelib.edge.console.visit import Visit
from chalicelib.edge.messages import Reply
from chalicelib.edge.yaml_document import read_document

STARTER = Path(__file__).parent / "starter.yaml"
"""The document that a shop begins with, the same as infra/demo/starter.yaml."""


def show(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """A version as it was written, the newest by default, to be read or written anew, and the list of all."""
    version = _version(visit)
    versions: list[VersionAnswer] = []
    if version:
        versions = programme.versions(visit.as_api(query={})).versions[::-1]
    return pages.page(
        visit,
        "programme.html",
        refused,
        version=version,
        versions=versions,
        source=version.source if version else STARTER.read_text(encoding="utf-8"),
        zone=visit.zone(),
    )


def check(visit: Visit, refused: tuple[InvalidInput, ...] = ()) -> Reply:
    """All that is wrong with a document; where nothing is, what it would change, in words, and the button.

    `refused`: what was wrong with it when it was to be published.
    """
    source = _source(visit)
    problems, new = _parsed(source)
    problems = problems or refused
    version = _version(visit)
    _, old = _parsed(version.source) if version else ((), None)
    return pages.page(
        visit,
        "draft.html",
        pages.Refused("draft", None, status=422) if problems else None,
        source=source,
        problems=problems,
        version=version,
        changes=list(changes(old, new)) if old and new else [],
        draft=new,
    )


def publish(visit: Visit) -> Reply:
    """Publish a document as the next version."""
    request = visit.as_api(_source(visit).encode(), {}, **{"if-match": visit.form.get("expected", "0")})
    try:
        programme.publish(request)
    except InvalidProgramme as error:
        return check(visit, error.invalid)
    except Rejection as error:
        return show(visit, pages.refused_by(error, "programme"))
    return pages.redirect(visit.path("programme", done="published"))


def _version(visit: Visit) -> ProgrammeAnswer | None:
    """The version that is asked for, the newest by default; None before the first."""
    try:
        return programme.show(visit.as_api(query={"number": visit.request.query.get("number", "")}))
    except NotFound:
        if "number" in visit.request.query:
            raise
        return None


def _parsed(source: str) -> tuple[tuple[InvalidInput, ...], Programme | None]:
    """The problems of a document, or the programme that it is."""
    try:
        return (), parse(read_document(source.encode()))
    except InvalidProgramme as error:
        return error.invalid, None


def _source(visit: Visit) -> str:
    """The document of the form, with the ends of lines that its author sees; browsers send others."""
    return visit.form.get("source", "").replace("\r\n", "\n")
