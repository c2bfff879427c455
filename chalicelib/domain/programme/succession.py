"""What a new version of the programme may not change of those before: what members hold or are on their way to.

Imports the programme and the parts of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b

import msgspec

from chalicelib.domain.programme.awards import Card, Goal
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.rules import must

FIXED_OF_A_CARD = ("size", "counts")
FIXED_OF_A_GOAL = ("measure", "target", "per", "match")


def broken(before: Programme, after: Programme, fixed: Mapping[str, str]) -> Iterator[str]:
    """What a version breaks of those before it, each with its path and the way out.

    `before`: the newest one. `fixed`: the digests of `fixed_of` of all of them.
    """
    yield from _assets(before, after)
    cards = {card.id: card for card in before.cards}
    for index, card in enumerate(after.cards):
        yield from _changed(f"cards[{index}]", cards.get(card.id), card, FIXED_OF_A_CARD)
    goals = {goal.id: goal for goal in before.goals}
    for index, goal in enumerate(after.goals):
        yield from _changed(f"goals[{index}]", goals.get(goal.id), goal, FIXED_OF_A_GOAL)
    known = {*cards, *goals}
    for path, part in _parts(after):
        if part.id not in known and fixed.get(part.id, digest := _digest(part)) != digest:
            yield (
                f"{path}.id {part.id} stood for another card or goal in an earlier version, whose stamps and rewards "
                "members have; give this one another id"
            )


def fixed_of(programme: Programme) -> dict[str, str]:
    """By the id of each card and goal, a digest of what cannot change under it."""
    return {part.id: _digest(part) for _, part in _parts(programme)}


def _parts(programme: Programme) -> Iterator[tuple[str, Card | Goal]]:
    """The cards and goals with their paths."""
    yield from ((f"cards[{index}]", card) for index, card in enumerate(programme.cards))
    yield from ((f"goals[{index}]", goal) for index, goal in enumerate(programme.goals))


def _digest(part: Card | Goal) -> str:
    names = FIXED_OF_A_CARD if isinstance(part, Card) else FIXED_OF_A_GOAL
    values = {name: getattr(part, name) for name in names}
    return blake2b(msgspec.json.encode(values, order="sorted"), digest_size=6).hexdigest()


def _assets(before: Programme, after: Programme) -> Iterator[str]:
    """Assets that are gone or divided otherwise: members may hold them."""
    for name, asset in before.assets.items():
        kept = after.assets.get(name)
        if kept is None:
            yield (
                f"assets.{name} must stay in the document, since members may hold it; to end it, remove the rules that "
                "give it and leave the asset, which can then be spent as before"
            )
        elif kept.decimals != asset.decimals:
            path, fix = f"assets.{name}.decimals", "give an asset of another name its own decimals"
            yield f"{must(path, f'stay {asset.decimals}, since members may hold it', kept.decimals)}; {fix}"


def _changed(path: str, before: object, after: object, fields: tuple[str, ...]) -> Iterator[str]:
    """A problem for each field that a card or goal of the same id had otherwise."""
    for name in fields if before else ():
        if getattr(before, name) != getattr(after, name):
            way_out = "members are on their way to it; give it another id, and leave the old one out"
            yield f"{path}.{name} cannot change: {way_out}"
