"""Adding a part to the programme by a form: its page, and the page of the draft that has the part.

Nothing is published here: the part is put into the text of the newest document, or of the draft that the address names,
and what that means is for the page of the draft to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.errors import InvalidInput, InvalidProgramme, NotFound
from chalicelib.domain.programme.assets import MEASURES
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.rules import RESERVED
from chalicelib.domain.records import ProgrammeList, ProgrammeListRef
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.programme import draft_page
from chalicelib.edge.console.programme.document.base import BaseDocument, base_document
from chalicelib.edge.console.programme.document.fields import FilledForm, beside_fields, rows_of
from chalicelib.edge.console.programme.document.kinds.registry import PartKind, added, open_kinds
from chalicelib.edge.console.programme.document.pieces import PartContext, Piece
from chalicelib.edge.messages import Reply
from chalicelib.store.drafts import Draft
from chalicelib.store.table import load

FORM = "addition"


def show(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """The form of a kind of part. Raises NotFound for another kind, and before the first document."""
    base = base_document(visit)
    kind, context = _kind(visit, base.programme), _context(visit, base)
    more = kind.more(context)
    is_used = any(visit.form.get(field.name, field.value) != field.value for row in rows_of(more) for field in row)
    rows = kind.rows(context)
    return pages.page(visit, "addition.html", refused, kind=kind, base=base, rows=rows, more=more, is_used=is_used)


def check(visit: Visit) -> Reply:
    """The way to the draft that the document becomes with the part of the form."""
    base = base_document(visit)
    kind, context, form = _kind(visit, base.programme), _context(visit, base), FilledForm(visit.form)
    pieces = kind.pieces(form, context)
    draft, problems = _with(pieces, base.source)
    wrong, others = beside_fields(problems, kind.all_rows(context), [piece.path + piece.inside for piece in pieces])
    if form.wrong:
        return show(visit, pages.Refused(FORM, None, others=wrong | form.wrong))
    if not (draft or wrong):
        others = [*problems]
    if wrong or others:
        why = others[0].phrase if others else None
        return show(visit, pages.Refused(FORM, why, status=422, others=wrong))
    return draft_page.to_draft(visit, Draft(draft, base.number), ())


def _with(pieces: Iterable[Piece], source: str) -> tuple[str, Collection[InvalidInput]]:
    """The text of a document with a part, and what is wrong with it; no text where no form can make one."""
    try:
        draft = added(source, pieces)
    except InvalidProgramme as error:
        return "", error.invalid
    except InvalidInput as error:
        return "", [error]
    return draft, draft_page.problems_of(draft)


def _kind(visit: Visit, programme: Programme) -> PartKind:
    name, kinds = visit.request.path["kind"], open_kinds(programme)
    if name not in kinds:
        raise NotFound("there is no kind of part %(kind)s", kind=name)
    return kinds[name]


def _context(visit: Visit, base: BaseDocument) -> PartContext:
    programme = base.programme
    return PartContext(programme, visit.words, local_day(visit.now, programme.timezone), _taken(programme))


def _taken(programme: Programme) -> set[str]:
    """The ids that no new part may have: of the document's parts and assets, of the ledger's own rules, of what is
    counted of every member, and of cards, goals, boards and budgets of all versions, which members have something of.
    """
    record = load([ProgrammeListRef()])[ProgrammeListRef()]
    versions = record if isinstance(record, ProgrammeList) else ProgrammeList()
    budgets = {name.partition(" ")[0] for name in versions.shares or {}}
    return {*RESERVED, *MEASURES, *programme.assets, *programme.part_ids, *(versions.fixed or {}), *budgets}
