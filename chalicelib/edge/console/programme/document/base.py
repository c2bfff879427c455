"""The document that a form changes: the draft that the address names, or the newest one of the programme."""

from __future__ import annotations

import re

from msgspec import Struct

from chalicelib.domain.errors import NotFound
from chalicelib.domain.programme.document import Programme
from chalicelib.edge.api import programme as api
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.yaml_document import as_published
from chalicelib.store import drafts
from chalicelib.store.drafts import Draft


class BaseDocument(Struct, frozen=True):
    """A document's text, the programme that it is, the number of the newest version that its author has seen, and the
    id of the draft, empty for the newest document.
    """

    source: str
    number: int
    programme: Programme
    draft: str = ""


def base_document(visit: Visit) -> BaseDocument:
    """The draft that the address names, or the newest document. Raises NotFound before the first, and for a draft that
    is forgotten.
    """
    if "draft" in visit.request.query:
        draft = draft_of(visit)
        return BaseDocument(draft.source, draft.expected, as_published(draft.source), draft.id)
    version = api.show(visit.as_api(query={}))
    source = with_own_line_ends(version.source)
    return BaseDocument(source, version.number, as_published(source))


def draft_of(visit: Visit) -> Draft:
    """The draft that the address names, or the form. Raises NotFound where there is none, or it is forgotten."""
    name = visit.form.get("draft") or visit.request.query.get("draft", "")
    draft = drafts.load(name, visit.now) if re.fullmatch(r"[0-9a-f]{32}", name) else None
    if draft is None:
        raise NotFound("there is no such draft; a draft is kept for 30 days")
    return draft


def source_of(visit: Visit) -> str:
    """The document of the form, of which browsers send other ends of lines."""
    return with_own_line_ends(visit.form.get("source", ""))


def with_own_line_ends(text: str) -> str:
    """A document with the ends of lines that its author sees."""
    return text.replace("\r\n", "\n")


def expected_of(visit: Visit) -> int:
    """The newest version that the form's author has seen; 0 where the form says nothing that is one."""
    text = visit.form.get("expected", "0")
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else 0
