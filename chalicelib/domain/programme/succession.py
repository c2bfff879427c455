"""What a new version of the programme may not change of the one before: what members hold or are on their way to.

Imports the programme and the parts of rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.rules import must

FIXED_OF_A_CARD = ("size", "counts")
FIXED_OF_A_GOAL = ("measure", "target", "per", "match")
FIXED_OF_A_BOARD = ("measure", "per")


def broken(before: Programme, after: Programme) -> Iterator[str]:
    """What a version breaks of the one before it, each with its path and the way out."""
    yield from _assets(before, after)
    cards = {card.id: card for card in before.cards}
    for index, card in enumerate(after.cards):
        yield from _changed(f"cards[{index}]", cards.get(card.id), card, FIXED_OF_A_CARD)
    goals = {goal.id: goal for goal in before.goals}
    for index, goal in enumerate(after.goals):
        yield from _changed(f"goals[{index}]", goals.get(goal.id), goal, FIXED_OF_A_GOAL)
    boards = {board.id: board for board in before.boards}
    for index, board in enumerate(after.boards):
        yield from _changed(f"boards[{index}]", boards.get(board.id), board, FIXED_OF_A_BOARD)


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
    """A problem for each field that a card, goal or board of the same id had otherwise."""
    for name in fields if before else ():
        if getattr(before, name) != getattr(after, name):
            way_out = "members are on their way to it; give it another id, and leave the old one out"
            yield f"{path}.{name} cannot change: {way_out}"
