"""The programme's versions: what is in force, what an older one gave, and the ways to the next one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from chalicelib.domain.core.phrases import written
from chalicelib.domain.errors import NotFound
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.rewards import summary
from chalicelib.domain.rewards.changes import changes
from chalicelib.edge import card_terms
from chalicelib.edge.answers import ProgrammeAnswer, VersionAnswer
from chalicelib.edge.api import programme
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.part_names import part_title
from chalicelib.edge.console.programme.document import first, numbers
from chalicelib.edge.console.programme.document.base import source_of
from chalicelib.edge.console.programme.document.contents import parts_of
from chalicelib.edge.console.programme.document.kinds.registry import open_kinds
from chalicelib.edge.messages import Reply
from chalicelib.edge.yaml_document import as_published
from chalicelib.store import drafts
from chalicelib.store.drafts import Draft, LatestDraft

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
    version = version_of(visit)
    versions: list[VersionAnswer] = []
    if version:
        versions = programme.versions(visit.as_api(query={})).versions[::-1]
    source = source_of(visit) or (version.source if version else STARTER.read_text(encoding="utf-8"))
    is_older = version is not None and version.number < version.newest
    published = as_published(version.source) if version else None
    newest = published if visit.is_owner and not is_older else None
    holds_at = holding(visit, version) if version else visit.now
    return pages.page(
        visit,
        "programme.html",
        refused,
        version=version,
        versions=versions,
        source=source,
        first=first.rows(visit.words) if visit.is_owner and not version else [],
        kinds=open_kinds(newest) if newest else {},
        parts=part_links(visit, newest) if newest else [],
        is_older=is_older,
        numbers=numbers.groups(source, visit.words) if newest else [],
        drafts=[] if is_older else _open_drafts(visit, version.newest if version else 0),
        gives=sentences(visit, published, holds_at) if published else [],
        rules=card_terms.rules_of(published, visit.words, holds_at) if published else [],
        differences=_differences(visit, published) if published and is_older else [],
        zone=visit.zone(),
    )


def _open_drafts(visit: Visit, newest: int) -> list[LatestDraft]:
    """The latest draft of each user, unless it was published; a version may have overtaken it."""
    return [draft for draft in drafts.latest(visit.now) if not _is_published(visit, draft, newest)]


def _is_published(visit: Visit, draft: LatestDraft, newest: int) -> bool:
    """Whether the version that has followed a draft is that draft."""
    if draft.expected >= newest:
        return False
    following = programme.show(visit.as_api(query={"number": str(draft.expected + 1)}))
    return Draft(following.source, draft.expected).id == draft.id


def fields(visit: Visit) -> Reply:
    """A document with every field, each explained."""
    return pages.page(visit, "fields.html", source=FIELDS.read_text(encoding="utf-8"))


def sentences(visit: Visit, programme: Programme, at: int) -> list[str]:
    """What a programme gives at an instant, in sentences."""
    return card_terms.sentences(summary.sentences(programme, at), visit.words, programme)


def holding(visit: Visit, version: ProgrammeAnswer) -> int:
    """When a version holds: now, or from its beginning."""
    return max(visit.now, int(datetime.fromisoformat(version.effective_at).timestamp()))


def _differences(visit: Visit, version: Programme) -> list[str]:
    """What would change if a version took the place of the one in force, in sentences."""
    current = visit.programme()
    return told(visit, current, version) if current else []


def told(visit: Visit, old: Programme, new: Programme) -> list[str]:
    """What differs between two programmes, in sentences."""
    return [written(change, visit.words, new) for change in changes(old, new)]


def part_links(visit: Visit, programme: Programme, draft: str = "") -> list[PartLink]:
    """The parts of a programme, each with the way to its page; `draft`: the id of the draft that it is."""
    return [
        PartLink(
            part_title(part, visit.words, programme),
            written(part.heading, visit.words, programme),
            visit.path("programme", "parts", part.section, part.id, draft=draft),
        )
        for part in parts_of(programme)
    ]


def version_of(visit: Visit) -> ProgrammeAnswer | None:
    """The version that is asked for, the newest by default; None before the first."""
    try:
        return programme.show(visit.as_api(query={"number": visit.request.query.get("number", "")}))
    except NotFound:
        if "number" in visit.request.query:
            raise
        return None
