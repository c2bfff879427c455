"""The programme: what is in force, writing another version, what would change, and publishing it."""

from __future__ import annotations

from collections.abc import Collection
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
from chalicelib.edge.console.document.base import draft_of, expected_of, source_of
from chalicelib.edge.console.document.contents import parts_of
from chalicelib.edge.console.document.fields import FilledForm, beside_fields
from chalicelib.edge.console.document.kinds.registry import open_kinds
from chalicelib.edge.messages import Reply
from chalicelib.edge.yaml_document import as_published, read_document
from chalicelib.store import calculations, drafts
from chalicelib.store.calculations import Calculation
from chalicelib.store.drafts import Draft

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


def check(visit: Visit) -> Reply:
    """All that is wrong with a document; where nothing is, the way to the draft that it is."""
    draft = Draft(source_of(visit), expected_of(visit))
    programme.check_size(draft.source.encode())
    return to_draft(visit, draft, problems_of(draft.source))


def check_numbers(visit: Visit) -> Reply:
    """The way to the draft that a document becomes with the numbers of the form, each in a field of its own."""
    source = source_of(visit)
    form = show_draft if "draft" in visit.request.query else show
    try:
        changed = numbers.changed(source, visit.form)
    except pages.WrongField as error:
        return form(visit, pages.refused_by(error, "numbers"))
    problems = problems_of(changed)
    wrong = numbers.beside_numbers(source, problems)
    if wrong:
        return form(visit, pages.Refused("numbers", None, status=422, others=wrong))
    return to_draft(visit, Draft(changed, expected_of(visit)), problems)


def check_first(visit: Visit) -> Reply:
    """The way to the draft of a first document, which the form for that has made of the starter."""
    form, source = FilledForm(visit.form), STARTER.read_text(encoding="utf-8")
    try:
        source = first.document(source, form)
        problems = problems_of(source)
    except InvalidProgramme as error:
        problems = error.invalid
    wrong, _ = beside_fields(problems, first.rows(visit.words))
    if form.wrong or wrong:
        return show(visit, pages.Refused("first", None, others={**wrong, **form.wrong}))
    return to_draft(visit, Draft(source, 0), problems)


def to_draft(visit: Visit, draft: Draft, problems: Collection[InvalidInput]) -> Reply:
    """Store a draft and lead to its page; the page of its problems where there are any."""
    if problems:
        return _with_problems(visit, draft, problems)
    programme.check_size(draft.source.encode())
    drafts.save(draft, visit.now)
    return pages.redirect(visit.path("programme", "draft", draft=draft.id))


def show_draft(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """What a draft would change, in words, and the buttons. Raises NotFound for one that is forgotten."""
    draft = draft_of(visit)
    new, version = as_published(draft.source), _version(visit)
    newest = version.newest if version else 0
    changed = _told(visit, as_published(version.source), new) if version else []
    return pages.page(
        visit,
        "draft.html",
        refused,
        draft=draft,
        is_overtaken=bool(changed) and draft.expected != newest,
        newest=newest,
        version=version,
        changes=changed,
        kinds=open_kinds(new) if visit.is_owner else {},
        parts=_parts(visit, new, draft.id) if visit.is_owner else [],
        numbers=numbers.groups(draft.source, visit.words) if visit.is_owner else [],
        warnings=_doubts(visit, new),
        gives=[] if version else _sentences(visit, new, visit.now),
        rules=rules_of(new, visit.words),
        trial=trials.trial_of(visit, draft.source, new),
        to_come=trials.campaigns_to_come(visit, new),
        zone=visit.zone(),
    )


def publish(visit: Visit) -> Reply:
    """Publish a draft as the next version."""
    draft = draft_of(visit)
    request = visit.as_api(draft.source.encode(), {}, **{"if-match": visit.form.get("expected", "0")})
    try:
        programme.publish(request)
    except InvalidProgramme as error:
        return _with_problems(visit, draft, error.invalid)
    except Rejection as error:
        return show_draft(visit, pages.refused_by(error, "draft"))
    return pages.redirect(visit.path("programme", done="published"))


def _with_problems(visit: Visit, draft: Draft, problems: Collection[InvalidInput]) -> Reply:
    """The page of a document that cannot be published: all that is wrong, and the text."""
    return pages.page(visit, "problems.html", pages.Refused("draft", None, status=422), draft=draft, problems=problems)


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


def _parts(visit: Visit, programme: Programme, draft: str = "") -> list[PartLink]:
    """The parts of a programme, each with the way to its page; `draft`: the id of the draft that it is."""
    return [
        PartLink(
            written(part.title, visit.words, programme),
            written(part.heading, visit.words, programme),
            visit.path("programme", "parts", part.section, part.id, draft=draft),
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


def problems_of(source: str) -> tuple[InvalidInput, ...]:
    """All that is wrong with a document."""
    try:
        parse(read_document(source.encode()))
    except InvalidProgramme as error:
        return error.invalid
    return ()
