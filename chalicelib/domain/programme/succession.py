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


def succession_problems(before: Programme, after: Programme, fixed: Mapping[str, str]) -> Iterator[InvalidInput]:
    """What is wrong with a version after those before it, each with its path and the way out.

    `before`: the newest one. `fixed`: the digests of `fixed_of` of all of them.
    """
    yield from _asset_problems(before, after)
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
            yield from _field_problems(path, known, part, FIXED[type(part)])
        elif fixed.get(part.id, digest := _digest(part)) != digest:
            yield InvalidInput(
                f"{path}.id",
                "%(id)s stood for another card, goal or board in an earlier version, which members have something of; "
                "give this one another id",
                id=part.id,
            )
        was_kept = (isinstance(known, Goal) and known.keep) or _keep_key(part.id) in fixed
        if isinstance(part, Goal) and was_kept and not part.keep:
            yield InvalidInput(
                f"{path}.keep",
                "must stay true: whoever has reached it was told that its reward stays; give the new goal another id, "
                "and leave the old one out",
            )
        currency = before.currency if known and _is_of_spend(known) else fixed.get(_currency_key(part.id))
        if _is_of_spend(part) and currency not in (None, after.currency):
            yield InvalidInput(
                f"{path}.measure",
                "cannot go on as spend: it has counted %(before)s, and what is spent counts in %(currency)s now; give "
                "it another id, and leave the old one out",
                before=currency,
                currency=after.currency,
            )


def fixed_of(programme: Programme) -> dict[str, str]:
    """By the id of each card, goal and board, a digest of what cannot change under it; of those that count what is
    spent also the currency, and of goals that are kept that they are.
    """
    parts = [part for _, part in _parts(programme)]
    currencies = {_currency_key(part.id): programme.currency for part in parts if _is_of_spend(part)}
    kept = {_keep_key(part.id): "true" for part in parts if isinstance(part, Goal) and part.keep}
    return {part.id: _digest(part) for part in parts} | currencies | kept


def _currency_key(name: str) -> str:
    """The key of a goal's or board's currency among what is fixed; no id has a space."""
    return f"{name} currency"


def _keep_key(name: str) -> str:
    """The key among what is fixed that says that a goal is kept."""
    return f"{name} keep"


def _is_of_spend(part: Card | Goal | Board) -> bool:
    """Whether a part counts kept goods in the programme's currency."""
    return not isinstance(part, Card) and part.measure == "spend"


def _parts(programme: Programme) -> Iterator[tuple[str, Card | Goal | Board]]:
    """The cards, goals and boards with their paths."""
    yield from ((f"cards[{index}]", card) for index, card in enumerate(programme.cards))
    yield from ((f"goals[{index}]", goal) for index, goal in enumerate(programme.goals))
    yield from ((f"boards[{index}]", board) for index, board in enumerate(programme.boards))


def _digest(part: Card | Goal | Board) -> str:
    values = {name: getattr(part, name) for name in FIXED[type(part)]}
    return blake2b(msgspec.json.encode(values, order="sorted"), digest_size=6).hexdigest()


def _asset_problems(before: Programme, after: Programme) -> Iterator[InvalidInput]:
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


def _field_problems(path: str, before: object, after: object, fields: tuple[str, ...]) -> Iterator[InvalidInput]:
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
