"""What a new version of the programme may not change of those before: what members hold or are on their way to.

Imports the programme and the parts of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b

import msgspec

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.programme.awards import Card, Goal
from chalicelib.domain.programme.boards import Board
from chalicelib.domain.programme.document import Programme

FIXED: Mapping[type[Card | Goal | Board], tuple[str, ...]] = {
    Card: ("size", "counts"),
    Goal: ("measure", "target", "per", "match"),
    Board: ("measure", "per"),
}
"""The fields that stay as they are under an id, by kind."""


def broken(before: Programme, after: Programme, fixed: Mapping[str, str]) -> Iterator[InvalidInput]:
    """What a version breaks of those before it, each with its path and the way out.

    `before`: the newest one. `fixed`: the digests of `fixed_of` of all of them.
    """
    yield from _assets(before, after)
    for name in [name for name in after.assets if name not in before.assets and name in fixed]:
        yield InvalidInput(
            f"assets.{name}",
            "must not have the id of an earlier card, goal or board, under which something else was counted; give it "
            "another name",
        )
    earlier = {part.id: part for _, part in _parts(before)}
    for path, part in _parts(after):
        known = earlier.get(part.id)
        if type(known) is type(part):
            yield from _changed(path, known, part, FIXED[type(part)])
        elif fixed.get(part.id, digest := _digest(part)) != digest:
            yield InvalidInput(
                f"{path}.id",
                "%(id)s stood for another card, goal or board in an earlier version, which members have something of; "
                "give this one another id",
                id=part.id,
            )


def fixed_of(programme: Programme) -> dict[str, str]:
    """By the id of each card, goal and board, a digest of what cannot change under it."""
    return {part.id: _digest(part) for _, part in _parts(programme)}


def _parts(programme: Programme) -> Iterator[tuple[str, Card | Goal | Board]]:
    """The cards, goals and boards with their paths."""
    yield from ((f"cards[{index}]", card) for index, card in enumerate(programme.cards))
    yield from ((f"goals[{index}]", goal) for index, goal in enumerate(programme.goals))
    yield from ((f"boards[{index}]", board) for index, board in enumerate(programme.boards))


def _digest(part: Card | Goal | Board) -> str:
    values = {name: getattr(part, name) for name in FIXED[type(part)]}
    return blake2b(msgspec.json.encode(values, order="sorted"), digest_size=6).hexdigest()


def _assets(before: Programme, after: Programme) -> Iterator[InvalidInput]:
    """Assets that are gone or divided otherwise: members may hold them."""
    for name, asset in before.assets.items():
        kept = after.assets.get(name)
        if kept is None:
            yield InvalidInput(
                f"assets.{name}",
                "must stay in the document, since members may hold it; to end it, remove the rules that give it and "
                "leave the asset, which can then be spent as before",
            )
        elif kept.decimals != asset.decimals:
            yield InvalidInput(
                f"assets.{name}.decimals",
                "must stay %(decimals)s, since members may hold it",
                kept.decimals,
                hint=Phrase("give an asset of another name its own decimals"),
                decimals=asset.decimals,
            )


def _changed(path: str, before: object, after: object, fields: tuple[str, ...]) -> Iterator[InvalidInput]:
    """A problem for each field that a card, goal or board of the same id had otherwise."""
    for name in fields if before else ():
        if getattr(before, name) == getattr(after, name):
            continue
        is_paid_twice = isinstance(after, Goal) and after.reward and after.is_shared
        yield InvalidInput(
            f"{path}.{name}",
            "cannot change: members are on their way to it; give it another id, and leave the old one out",
            hint=Phrase("whoever has reached both in the running period gets both rewards") if is_paid_twice else None,
        )
