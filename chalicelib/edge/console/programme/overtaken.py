"""A draft of the programme that another publication has overtaken: what of both meets, for the page of the draft."""

from __future__ import annotations

from msgspec import Struct

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import InvalidInput, InvalidProgramme
from chalicelib.domain.programme.document import parse
from chalicelib.edge.answers import ProgrammeAnswer
from chalicelib.edge.api import programme
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.programme import versions
from chalicelib.edge.console.programme.document.base import with_own_line_ends
from chalicelib.edge.console.programme.document.merge import ThreeTexts
from chalicelib.edge.yaml_document import read_document
from chalicelib.store.drafts import Draft

NEWEST, DRAFT = "newest", "draft"
"""Whose values stay where both have changed the same, as the form says it."""


class OvertakenDraft(Struct, frozen=True):
    """What becomes of a draft's changes: whether any of them `meets` one of the newest version, and what the draft
    would make of these, in sentences (none where it cannot be told); or `why` they cannot be taken over.
    """

    meets: bool = False
    contested: list[str] = []
    why: Phrase | None = None


def overtaken(visit: Visit, draft: Draft, version: ProgrammeAnswer) -> OvertakenDraft | None:
    """How a draft stands to the newest version; None where that did not overtake it, or there was none before."""
    texts = texts_of(visit, draft, version)
    if texts is None:
        return None
    try:
        sides = [texts.merged(draft_wins=wins) for wins in (False, True)]
    except InvalidInput as error:
        return OvertakenDraft(why=error.phrase)
    if not texts.meet:
        return OvertakenDraft()
    try:
        newest, own = (parse(read_document(side.encode())) for side in sides)
    except InvalidProgramme:
        return OvertakenDraft(meets=True)
    return OvertakenDraft(meets=True, contested=versions.told(visit, newest, own))


def texts_of(visit: Visit, draft: Draft, version: ProgrammeAnswer) -> ThreeTexts | None:
    """The three documents of an overtaken draft; None of another one."""
    if not 0 < draft.expected < version.newest:
        return None
    base = programme.show(visit.as_api(query={"number": str(draft.expected)}))
    return ThreeTexts(with_own_line_ends(base.source), with_own_line_ends(version.source), draft.source)
