"""Adding a part to the programme by a form: its page, and the page of the draft that has the part.

Nothing is published here: the part is put into the text of the newest document, and what that means is for the page of
the draft to say.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.errors import InvalidInput, InvalidProgramme, NotFound
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.rules import RESERVED
from chalicelib.domain.records import ProgrammeList, ProgrammeListRef
from chalicelib.edge.console import pages, programme
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.document.fields import FilledForm, beside_fields
from chalicelib.edge.console.document.newest import NewestDocument, newest_document
from chalicelib.edge.console.document.parts import KINDS, PartKind, added, path_of
from chalicelib.edge.console.document.pieces import PartContext
from chalicelib.edge.messages import Reply
from chalicelib.store.reader import load

FORM = "addition"


def show(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """The form of a kind of part. Raises NotFound for another kind, and before the first document."""
    kind = _kind(visit)
    context = _context(visit, newest_document(visit).programme)
    return pages.page(visit, "addition.html", refused, kind=kind, rows=kind.rows(context))


def check(visit: Visit) -> Reply:
    """The page of the draft that the newest document becomes with the part of the form."""
    kind, newest = _kind(visit), newest_document(visit)
    context, form = _context(visit, newest.programme), FilledForm(visit.form)
    part = kind.part(form, context)
    if form.wrong:
        return show(visit, pages.Refused(FORM, None, others=form.wrong))
    draft, problems = _with(part, kind, newest)
    wrong, others = beside_fields(problems, kind.rows(context), path_of(kind, part, newest.programme))
    if not (draft or wrong):
        others = [*problems]
    if wrong or others:
        why = others[0].phrase if others else None
        return show(visit, pages.Refused(FORM, why, status=422, others=wrong))
    return programme.draft_page(visit, draft, str(newest.number))


def _with(part: Mapping[str, Any], kind: PartKind, newest: NewestDocument) -> tuple[str, Collection[InvalidInput]]:
    """The text of the newest document with a part, and what is wrong with it; no text where no form can make one."""
    try:
        draft = added(kind, newest.source, part, newest.programme)
    except InvalidProgramme as error:
        return "", error.invalid
    except InvalidInput as error:
        return "", [error]
    return draft, programme.problems_of(draft)


def _kind(visit: Visit) -> PartKind:
    name = visit.request.path["kind"]
    if name not in KINDS:
        raise NotFound("there is no kind of part %(kind)s", kind=name)
    return KINDS[name]


def _context(visit: Visit, programme: Programme) -> PartContext:
    return PartContext(programme, visit.words, local_day(visit.now, programme.timezone), _taken(programme))


def _taken(programme: Programme) -> set[str]:
    """The ids that no new part may have: of the document's parts, of the ledger's own rules, and of cards, goals,
    boards and budgets of all versions, which members have something of.
    """
    steps = programme.levels.steps if programme.levels else ()
    ids = {rule.id for rule in programme.rules} | {step.id for step in steps}
    ids |= {part.id for parts in (programme.cards, programme.goals, programme.boards) for part in parts}
    record = load([ProgrammeListRef()])[ProgrammeListRef()]
    versions = record if isinstance(record, ProgrammeList) else ProgrammeList()
    budgets = {name.partition(" ")[0] for name in versions.shares or {}}
    return {*RESERVED, *ids, *(versions.fixed or {}), *budgets}
