"""The programme: what is in force, writing another version, what would change, and publishing it."""

from __future__ import annotations

import re
from pathlib import Path

from chalicelib.domain.core.phrases import written
from chalicelib.domain.errors import InvalidInput, InvalidProgramme, NotFound, Rejection
from chalicelib.domain.programme.changes import changes
from chalicelib.domain.programme.document import Programme, parse
from chalicelib.domain.programme.warnings import warnings
from chalicelib.domain.rewards import summary
from chalicelib.edge.answers import ProgrammeAnswer, VersionAnswer
from chalicelib.edge.api import programme
from chalicelib.edge.console import document_numbers, first_document, pages, trials
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.document_parts import KINDS
from chalicelib.edge.console.part_fields import FilledForm, beside_fields
from chalicelib.edge.messages import Reply
from chalicelib.edge.yaml_document import read_document
from chalicelib.store import calculations

STARTER = Path(__file__).parent / "starter.yaml"
"""The document that a shop begins with, the same as infra/demo/starter.yaml."""

FIELDS = STARTER.with_name("fields.yaml")
"""A document with every field and what it means, the same as in docs/programme.md."""


def show(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """A version as it was written, the newest by default, to be read or written anew, and the list of all."""
    version = _version(visit)
    versions: list[VersionAnswer] = []
    if version:
        versions = programme.versions(visit.as_api(query={})).versions[::-1]
    source = source_of(visit) or (version.source if version else STARTER.read_text(encoding="utf-8"))
    return pages.page(
        visit,
        "programme.html",
        refused,
        version=version,
        versions=versions,
        source=source,
        first=first_document.rows(visit.words) if visit.is_owner and not version else [],
        additions=KINDS if visit.is_owner and version and version.number == version.newest else {},
        numbers=document_numbers.groups(source, visit.words) if visit.is_owner and version else [],
        tried=calculations.latest(calculations.WHAT_IF, visit.now),
        gives=_in_force_in_words(visit),
        zone=visit.zone(),
    )


def fields(visit: Visit) -> Reply:
    """A document with every field, each explained."""
    return pages.page(visit, "fields.html", source=FIELDS.read_text(encoding="utf-8"))


def check(visit: Visit, wrong: tuple[InvalidInput, ...] = ()) -> Reply:
    """All that is wrong with a document; where nothing is, what it would change, in words, and the buttons.

    `wrong`: what was wrong with it when it was to be published.
    """
    return draft_page(visit, source_of(visit), visit.form.get("expected", "0"), wrong)


def check_numbers(visit: Visit) -> Reply:
    """The page of the draft that a document becomes with the numbers of the form, each in a field of its own."""
    source, expected = source_of(visit), visit.form.get("expected", "0")
    try:
        changed = document_numbers.changed(source, visit.form)
    except pages.WrongField as error:
        return show(visit, pages.refused_by(error, "numbers"))
    wrong = document_numbers.beside_numbers(source, problems_of(changed))
    if wrong:
        return show(visit, pages.Refused("numbers", None, status=422, others=wrong))
    return draft_page(visit, changed, expected)


def check_first(visit: Visit) -> Reply:
    """The page of the draft of a first document, which the form for that has made of the starter."""
    form, source = FilledForm(visit.form), STARTER.read_text(encoding="utf-8")
    try:
        source = first_document.document(source, form)
        problems = problems_of(source)
    except InvalidProgramme as error:
        problems = error.invalid
    wrong, _ = beside_fields(problems, first_document.rows(visit.words))
    if form.wrong or wrong:
        return show(visit, pages.Refused("first", None, others={**wrong, **form.wrong}))
    return draft_page(visit, source, "0")


def draft_page(
    visit: Visit,
    source: str,
    expected: str,
    wrong: tuple[InvalidInput, ...] = (),
    refused: pages.Refused | None = None,
) -> Reply:
    """The page of a draft. `expected`: the newest version that its author has seen."""
    problems, new = _parsed(source)
    problems = problems or wrong
    version = _version(visit)
    _, old = _parsed(version.source) if version else ((), None)
    return pages.page(
        visit,
        "draft.html",
        pages.Refused("draft", None, status=422) if problems else refused,
        source=source,
        expected=expected,
        problems=problems,
        version=version,
        changes=list(changes(old, new)) if old and new else [],
        draft=new,
        warnings=list(warnings(new)) if new else [],
        trial=trials.trial_of(visit, source, new) if new else None,
        zone=visit.zone(),
    )


def publish(visit: Visit) -> Reply:
    """Publish a document as the next version."""
    request = visit.as_api(source_of(visit).encode(), {}, **{"if-match": visit.form.get("expected", "0")})
    try:
        programme.publish(request)
    except InvalidProgramme as error:
        return check(visit, error.invalid)
    except Rejection as error:
        return show(visit, pages.refused_by(error, "programme"))
    return pages.redirect(visit.path("programme", done="published"))


def _in_force_in_words(visit: Visit) -> list[str]:
    """What the programme in force gives, in sentences; empty before the first."""
    programme = visit.programme()
    sentences = summary.sentences(programme, visit.now) if programme else ()
    return [written(sentence, visit.words, programme) for sentence in sentences]


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


def problems_of(source: str) -> tuple[InvalidInput, ...]:
    """All that is wrong with a document."""
    return _parsed(source)[0]


def expected_of(visit: Visit) -> int:
    """The newest version that the form's author has seen; 0 where the form says nothing that is one."""
    text = visit.form.get("expected", "0")
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else 0


def source_of(visit: Visit) -> str:
    """The document of the form, with the ends of lines that its author sees; browsers send others."""
    return visit.form.get("source", "").replace("\r\n", "\n")
