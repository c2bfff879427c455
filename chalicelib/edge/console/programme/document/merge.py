"""A draft's changes taken over to a version that was published since the draft was begun: a merge of three documents.

Fields meet by their names and parts by their ids, wherever they stand; any other value is a whole. Where the draft and
the version have changed the same value, one of them wins. The merged document is the version's text with the draft's
own lines, where that reads as it must; else the difference is written into that text, without comments that the draft
alone has. It is read again before it counts. Reads no table.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from msgspec import Struct

from chalicelib.domain.errors import InvalidProgramme
from chalicelib.edge.console.programme.document.text import too_unusual, value_at, with_difference

ABSENT: Any = object()
"""What stands for a field or a part that a document does not have."""


class ThreeTexts(Struct, frozen=True):
    """The text of the version that a draft was made from, that of the newest version, and the draft's own."""

    base: str
    newest: str
    draft: str

    @property
    def meet(self) -> bool:
        """Whether the draft and the newest version have changed the same value, each in another way."""
        return bool(self._document(draft_wins=True) != self._document(draft_wins=False))

    def merged(self, *, draft_wins: bool) -> str:
        """The newest version with what the draft has changed. `draft_wins`: where both have changed the same. Raises
        InvalidInput for a document that is written too unusually.
        """
        expected = self._document(draft_wins=draft_wins)
        by_lines = self._by_lines()
        if _reads(by_lines, expected):
            return by_lines
        written = with_difference(self.newest, "", expected)
        if not _reads(written, expected):
            raise too_unusual()
        return written

    def _document(self, *, draft_wins: bool) -> Any:
        texts = (self.base, self.newest, self.draft)
        base, newest, draft = (value_at(text, "") for text in texts)
        return _merged(base, newest, draft, draft_wins=draft_wins)

    def _by_lines(self) -> str:
        """The newest version's lines with those that the draft has changed; without those where both have."""
        base, newest, draft = (text.split("\n") for text in (self.base, self.newest, self.draft))
        kept = SequenceMatcher(None, base, newest).get_matching_blocks()
        lines = [*newest]
        for tag, start, end, begin, finish in reversed(SequenceMatcher(None, base, draft).get_opcodes()):
            moved = [block.b - block.a for block in kept if block.a <= start and end <= block.a + block.size]
            if tag != "equal" and moved:
                lines[start + moved[0] : end + moved[0]] = draft[begin:finish]
        return "\n".join(lines)


def _reads(text: str, expected: Any) -> bool:
    """Whether a text says what is expected of it."""
    try:
        return bool(value_at(text, "") == expected)
    except InvalidProgramme:
        return False


def _merged(base: Any, newest: Any, draft: Any, *, draft_wins: bool) -> Any:
    """What becomes of a value that was `base`."""
    if draft == base:
        return newest
    if newest in (base, draft):
        return draft
    if isinstance(newest, Mapping) and isinstance(draft, Mapping):
        return _merged_fields(base if isinstance(base, Mapping) else {}, newest, draft, draft_wins=draft_wins)
    if _have_ids(newest) and _have_ids(draft):
        before = _by_id(base) if _have_ids(base) else {}
        if _in_one_order(before, _by_id(draft)):
            return _merged_parts(before, _by_id(newest), _by_id(draft), draft_wins=draft_wins)
    return draft if draft_wins else newest


def _merged_fields(
    base: Mapping[str, Any], newest: Mapping[str, Any], draft: Mapping[str, Any], *, draft_wins: bool
) -> dict[str, Any]:
    """The fields of the newest version, then those that only the draft has; without those that are to go."""
    fields = {
        name: _merged(base.get(name, ABSENT), newest.get(name, ABSENT), draft.get(name, ABSENT), draft_wins=draft_wins)
        for name in {**newest, **draft}
    }
    return {name: value for name, value in fields.items() if value is not ABSENT}


def _merged_parts(
    base: Mapping[str, Any], newest: Mapping[str, Any], draft: Mapping[str, Any], *, draft_wins: bool
) -> list[Any]:
    """The parts of a list, as the newest version orders them; one of the draft stands before the one that it stands
    before there, or at the end. What begins at a number is ordered by that.
    """
    parts, order, following = _merged_fields(base, newest, draft, draft_wins=draft_wins), [*newest], ""
    for name in reversed([*draft]):
        if name not in newest:
            order.insert(order.index(following) if following in order else len(order), name)
        following = name
    ordered = [parts[name] for name in order if name in parts]
    return sorted(ordered, key=lambda part: part["at"]) if all("at" in part for part in ordered) else ordered


def _have_ids(parts: Any) -> bool:
    """Whether a value is a list of parts, each with an id of its own."""
    if not isinstance(parts, list) or not all(isinstance(part, Mapping) and "id" in part for part in parts):
        return False
    return len({part["id"] for part in parts}) == len(parts)


def _by_id(parts: list[Any]) -> dict[str, Any]:
    return {part["id"]: part for part in parts}


def _in_one_order(base: Mapping[str, Any], draft: Mapping[str, Any]) -> bool:
    """Whether the parts that two lists have in common stand in the same order."""
    return [name for name in base if name in draft] == [name for name in draft if name in base]
