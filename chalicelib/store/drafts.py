"""Drafts of the programme: documents without a problem that are not published, each with an address of its own.

A draft is named by what it is, so that the same one stored twice is one, and nobody changes another's. Beside them, the
latest draft of each user is remembered. Nothing deletes them; the table does, KEPT_S after they were stored last.
"""

from __future__ import annotations

import hashlib

from msgspec import Struct

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.store import keys
from chalicelib.store.dynamodb.dynamodb_errors import unavailable_on_error
from chalicelib.store.user_items import DraftItem, LatestDraftItem

KEPT_S = 30 * DAY_S


class Draft(Struct, frozen=True):
    """A document, and the number of the newest version that its author has seen (0: there was none)."""

    source: str
    expected: int

    @property
    def id(self) -> str:
        """32 hexadecimal digits, the same for the same draft."""
        return hashlib.sha256(f"{self.expected}\n{self.source}".encode()).hexdigest()[:32]


class LatestDraft(Struct, frozen=True):
    """The draft that a user stored last: its id, when, and the newest version that its author has seen."""

    user: str
    id: str
    at: int
    expected: int


@unavailable_on_error()
def save(draft: Draft, user: str, now: int) -> None:
    """Store a draft, or keep one that is stored for longer; it is its user's latest then."""
    key, ttl = keys.draft_partition(draft.id), now + KEPT_S
    item = DraftItem(key, keys.DRAFT, source=draft.source, expected=draft.expected, ttl=ttl)
    item.save(add_version_condition=False)
    pointer = LatestDraftItem(keys.DRAFTS, user, draft=draft.id, expected=draft.expected, at=now, ttl=ttl)
    pointer.save(add_version_condition=False)


@unavailable_on_error()
def load(draft: str, now: int) -> Draft | None:
    """The draft of an id; None where there is none, or it is forgotten."""
    try:
        item = DraftItem.get(keys.draft_partition(draft), keys.DRAFT, consistent_read=True)
    except DraftItem.DoesNotExist:
        return None
    return Draft(item.source, item.expected) if now < item.ttl else None


@unavailable_on_error()
def latest(now: int) -> list[LatestDraft]:
    """The latest draft of each user, the newest first; it may be published since, or overtaken."""
    items = LatestDraftItem.query(keys.DRAFTS, consistent_read=True)
    kept = (item for item in items if now < item.ttl)
    return sorted(
        (LatestDraft(str(item.sk), item.draft, item.at, item.expected) for item in kept),
        key=lambda draft: draft.at,
        reverse=True,
    )
