"""The parts that a programme has, by the lists of its document: what each is called, and which of its texts shoppers
read.

Imports the programme and its labels; reads no table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import NotFound
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.labels import LISTS, SECTIONS, part_name
from chalicelib.edge.words import marked

REFERRAL = "referral"

PATHS = {
    "earn": "earn",
    "cards": "cards",
    "steps": "levels.steps",
    "goals": "goals",
    "campaigns": "campaigns",
    "boards": "boards",
    "assets": "assets",
}
"""Where the lists of parts stand in the document, by their names in addresses."""

NAME = marked("Name")
TEXTS = {
    "assets": {"name": NAME, "singular": marked("Name of a single one")},
    "steps": {"name": NAME, "perks": marked("Advantages that shoppers read")},
    "goals": {"name": NAME, "badge": marked("Badge")},
    REFERRAL: {},
}
"""The texts for shoppers of the parts of a list, and what a form calls them; of other lists the name."""


class DocumentPart(Struct, frozen=True):
    """A part of a programme: the list that has it, its id, its number there (None: it has a name or stands alone), what
    it states, and what it and the list are called.
    """

    section: str
    id: str
    number: int | None
    value: Any
    title: Phrase
    heading: Phrase

    @property
    def path(self) -> str:
        """Where it stands in the document."""
        if self.section == REFERRAL:
            return REFERRAL
        path = PATHS[self.section]
        return f"{path}.{self.id}" if self.number is None else f"{path}[{self.number}]"

    @property
    def can_go(self) -> bool:
        """Whether a document may lose it: an asset stays, since members may hold it, and so does everybody's level."""
        return self.section != "assets" and (self.section, self.number) != ("steps", 0)

    @property
    def texts(self) -> dict[str, str]:
        """Its texts for shoppers, by their fields, and what a form calls them."""
        return TEXTS.get(self.section, {"name": NAME})


def parts_of(programme: Programme) -> list[DocumentPart]:
    """The parts of a programme, in the order of `PATHS`, the bonus for friends last."""
    parts = [part for section in PATHS for part in _listed(section, programme)]
    if programme.referral:
        title = SECTIONS[REFERRAL]
        parts.append(DocumentPart(REFERRAL, REFERRAL, None, programme.referral, title, title))
    return parts


def part_of(programme: Programme, section: str, part_id: str) -> DocumentPart:
    """A part by its list and id. Raises NotFound."""
    for part in parts_of(programme):
        if (part.section, part.id) == (section, part_id):
            return part
    raise NotFound("the programme has no such part: %(part)s", part=f"{section}/{part_id}")


def _listed(section: str, programme: Programme) -> list[DocumentPart]:
    """The parts of a list; assets stand there by their names, others by their numbers."""
    numbered: Iterable[tuple[str, int | None, Any]]
    if section == "assets":
        numbered = [(name, None, asset) for name, asset in programme.assets.items()]
    else:
        steps = programme.levels.steps if programme.levels else ()
        parts = steps if section == "steps" else getattr(programme, section)
        numbered = [(part.id, number, part) for number, part in enumerate(parts)]
    heading = LISTS[section]
    return [
        DocumentPart(section, name, number, part, part_name(section, name), heading) for name, number, part in numbered
    ]
