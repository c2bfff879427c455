"""The programme: what is in force, writing another version, what would change, and publishing it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.core.phrases import written
from chalicelib.domain.errors import InvalidInput, InvalidProgramme, NotFound, Rejection
from chalicelib.domain.programme.document import Programme, parse
from chalicelib.domain.programme.warnings import warnings
from chalicelib.domain.rewards import summary
from chalicelib.domain.rewards.changes import changes
from chalicelib.edge.answers import ProgrammeAnswer, VersionAnswer
from chalicelib.edge.api import programme
from chalicelib.edge.card_terms import rules_of
from chalicelib.edge.console import pages, trials
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.document import first, numbers
from chalicelib.edge.console.document.base import source_of
from chalicelib.edge.console.document.contents import parts_of
from chalicelib.edge.console.document.fields import FilledForm, beside_fields
from chalicelib.edge.console.document.kinds.registry import open_kinds
from chalicelib.edge.messages import Reply
from chalicelib.edge.yaml_document import as_published, read_document
from chalicelib.store import calculations
from chalicelib.store.calculations import Calculation

STARTER = Path(__file__).parent / "starter.yaml"
"""The document that a shop begins with, the same as infra/demo/starter.yaml."""

FIELDS = STARTER.with_name("fields.yaml")
"""A document with every field and what it means, the same as in docs/programme.md."""


class PartLink(NamedTuple):
    """A part of the programme: what it is called, the list that has it, and the path of its page."""

    title: str
    heading: str
    path: str


def show(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """A version as it was written, and the list of all: the newest by default, to be read or written anew, or an older
    one, to be brought back.
    """
    version = _version(visit)
    versions: list[VersionAnswer] = []
    if version:
        versions = programme.versions(visit.as_api(query={})).versions[::-1]
    source = source_of(visit) or (version.source if version else STARTER.read_text(encoding="utf-8"))
    is_older = version is not None and version.number < version.newest
    newest = as_published(version.source) if version and visit.is_owner and not is_older else None
    return pages.page(
        visit,
        "programme.html",
        refused,
        version=version,
        versions=versions,
        source=source,
        first=first.rows(visit.words) if visit.is_owner and not version else [],
        kinds=open_kinds(newest) if newest else {},
        parts=_parts(visit, newest) if newest else [],
        is_older=is_older,
        numbers=numbers.groups(source, visit.words) if newest else [],
        tried=_tried(visit, version) if not is_older else None,
        gives=_in_words(visit, version) if version else [],
        rules=rules_of(as_published(version.source), visit.words) if version else [],
        differences=_differences(visit, version) if version and is_older else [],
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
        changed = numbers.changed(source, visit.form)
    except pages.WrongField as error:
        return show(visit, pages.refused_by(error, "numbers"))
    wrong = numbers.beside_numbers(source, problems_of(changed))
    if wrong:
        return show(visit, pages.Refused("numbers", None, status=422, others=wrong))
    return draft_page(visit, changed, expected)


def check_first(visit: Visit) -> Reply:
    """The page of the draft of a first document, which the form for that has made of the starter."""
    form, source = FilledForm(visit.form), STARTER.read_text(encoding="utf-8")
    try:
        source = first.document(source, form)
        problems = problems_of(source)
    except InvalidProgramme as error:
        problems = error.invalid
    wrong, _ = beside_fields(problems, first.rows(visit.words))
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
    old = as_published(version.source) if version else None
    return pages.page(
        visit,
        "draft.html",
        pages.Refused("draft", None, status=422) if problems else refused,
        source=source,
        expected=expected,
        problems=problems,
        version=version,
        changes=_told(visit, old, new) if old and new else [],
        draft=new,
        kinds=open_kinds(new) if new and visit.is_owner else {},
        parts=_parts(visit, new) if new and visit.is_owner else [],
        warnings=_doubts(visit, new) if new else [],
        gives=_sentences(visit, new, visit.now) if new and not version else [],
        rules=rules_of(new, visit.words) if new and not problems else [],
        trial=trials.trial_of(visit, source, new) if new else None,
        to_come=trials.campaigns_to_come(visit, new) if new else [],
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


def _doubts(visit: Visit, draft: Programme) -> list[str]:
    """What of a draft is allowed and probably not meant."""
    return [written(doubt, visit.words, draft) for doubt in warnings(draft, local_day(visit.now, draft.timezone))]


def _sentences(visit: Visit, programme: Programme, at: int) -> list[str]:
    """What a programme gives at an instant, in sentences."""
    return [written(sentence, visit.words, programme) for sentence in summary.sentences(programme, at)]


def _in_words(visit: Visit, version: ProgrammeAnswer) -> list[str]:
    """What a version gives once it holds, in sentences."""
    published = as_published(version.source)
    since = int(datetime.fromisoformat(version.effective_at).timestamp())
    return _sentences(visit, published, max(visit.now, since))


def _differences(visit: Visit, version: ProgrammeAnswer) -> list[str]:
    """What would change if a version took the place of the one in force, in sentences."""
    current = visit.programme()
    return _told(visit, current, as_published(version.source)) if current else []


def _told(visit: Visit, old: Programme, new: Programme) -> list[str]:
    """What differs between two programmes, in sentences."""
    return [written(change, visit.words, new) for change in changes(old, new)]


def _parts(visit: Visit, programme: Programme) -> list[PartLink]:
    """The parts of a programme, each with the way to its page."""
    return [
        PartLink(
            written(part.title, visit.words, programme),
            written(part.heading, visit.words, programme),
            visit.path("programme", "parts", part.section, part.id),
        )
        for part in parts_of(programme)
    ]


def _tried(visit: Visit, newest: ProgrammeAnswer | None) -> Calculation | None:
    """The draft that was tried last; None where a version was published since."""
    tried = calculations.latest(calculations.WHAT_IF, visit.now)
    return tried if tried and tried.expected == (newest.number if newest else 0) else None


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
