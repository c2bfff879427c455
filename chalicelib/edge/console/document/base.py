"""The document that a form changes: the draft that it carries, or the newest one of the programme."""

from __future__ import annotations

import re

from msgspec import Struct

from chalicelib.domain.programme.document import Programme
from chalicelib.edge.api import programme as api
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.yaml_document import as_published

BEGIN = "begin"
"""The field by which a draft asks for a form that goes on from it."""


class BaseDocument(Struct, frozen=True):
    """A document's text, the programme that it is, and the number of the newest version that its author has seen."""

    source: str
    number: int
    programme: Programme
    is_draft: bool = False


def base_document(visit: Visit) -> BaseDocument:
    """The draft of the form, or the newest document. Raises NotFound before the first, InvalidProgramme for a draft
    that says nothing.
    """
    if draft := source_of(visit):
        return BaseDocument(draft, expected_of(visit), as_published(draft), is_draft=True)
    version = api.show(visit.as_api(query={}))
    source = version.source.replace("\r\n", "\n")
    return BaseDocument(source, version.number, as_published(source))


def source_of(visit: Visit) -> str:
    """The document of the form, with the ends of lines that its author sees; browsers send others."""
    return visit.form.get("source", "").replace("\r\n", "\n")


def expected_of(visit: Visit) -> int:
    """The newest version that the form's author has seen; 0 where the form says nothing that is one."""
    text = visit.form.get("expected", "0")
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else 0
