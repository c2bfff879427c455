"""The newest document of the programme: the one that a form of the console changes."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.programme.document import Programme, parse, published
from chalicelib.edge.api import programme as api
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.yaml_document import read_document


class NewestDocument(Struct, frozen=True):
    """The document that was published last: its text, its number, and the programme that it is."""

    source: str
    number: int
    programme: Programme


def newest_document(visit: Visit) -> NewestDocument:
    """The newest document. Raises NotFound before the first."""
    version = api.show(visit.as_api(query={}))
    source = version.source.replace("\r\n", "\n")
    return NewestDocument(source, version.number, _programme(source))


def _programme(source: str) -> Programme:
    """The programme of a document; what was good when it was published may be refused since."""
    document = read_document(source.encode())
    try:
        return parse(document)
    except InvalidProgramme:
        return published(msgspec.json.encode(document).decode())
