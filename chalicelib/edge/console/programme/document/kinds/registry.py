"""Every kind of part that a form adds to the programme, and how the document gets what a form makes.

What a form makes is plain data; `text.py` puts it into the text, and the document's own check says what may not be.
Imports the programme and the kinds; reads no table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from chalicelib.domain.programme.document import Programme
from chalicelib.edge.console.programme.document.fields import FieldGroup, FilledForm, Rows, rows_of
from chalicelib.edge.console.programme.document.kinds import (
    activity,
    board,
    campaign,
    card,
    earning,
    goal,
    level,
    points,
    referral,
)
from chalicelib.edge.console.programme.document.pieces import PartContext, Piece
from chalicelib.edge.console.programme.document.text import with_item, with_named, with_section
from chalicelib.edge.words import marked


class PartKind(Struct, frozen=True):
    """A kind of part: what pages call it, what it is, its fields, and the pieces of the document that are made of them.

    `more`: fields that a form folds, since few parts need them. `is_sole`: whether a programme has one at most.
    """

    title: str
    about: str
    rows: Callable[[PartContext], Rows]
    pieces: Callable[[FilledForm, PartContext], list[Piece]]
    more: Callable[[PartContext], list[FieldGroup]] = lambda _: []
    is_sole: bool = False

    def all_rows(self, context: PartContext) -> Rows:
        """Its fields, those that are folded too."""
        return [*self.rows(context), *rows_of(self.more(context))]


KINDS = {
    "points": PartKind(
        marked("Points"),
        marked(
            "So many for each full sum of an order, with a name of your own; they may be worth money at a checkout."
        ),
        points.rows,
        points.pieces,
    ),
    "earning": PartKind(
        marked("A rule for orders"),
        marked("Cashback, or points that you have already, for all products or for some."),
        earning.rows,
        earning.pieces,
        earning.more,
    ),
    "campaign": PartKind(
        marked("A campaign"),
        marked("Between two days, what orders earn is multiplied: for everybody, or for some."),
        campaign.rows,
        campaign.pieces,
        campaign.more,
    ),
    "card": PartKind(
        marked("A stamp card"),
        marked("So many orders, products or full sums fill a card, and a full card gives a reward."),
        card.rows,
        card.pieces,
    ),
    "level": PartKind(
        marked("A level"),
        marked("Whoever has bought enough earns more, gets a gift, or has advantages."),
        level.rows,
        level.pieces,
    ),
    "activity": PartKind(
        marked("A reward for an activity"),
        marked("A sign-up, a review, the newsletter: your shop states it, and the member gets something."),
        activity.rows,
        activity.pieces,
        activity.more,
    ),
    "goal": PartKind(
        marked("A goal or badge"),
        marked("Whoever reaches a number within a time gets a reward, a badge or both."),
        goal.rows,
        goal.pieces,
    ),
    "birthday": PartKind(
        marked("A birthday gift"),
        marked("Once a year, to members whose birthday the shop has told."),
        activity.birthday_rows,
        activity.birthday,
    ),
    "board": PartKind(
        marked("A leaderboard"),
        marked("The members with the most orders or goods bought, with prizes for the first places."),
        board.rows,
        board.pieces,
    ),
    "referral": PartKind(
        marked("A bonus for friends"),
        marked("A member whose friends buy gets a bonus, and each friend a gift."),
        referral.rows,
        referral.pieces,
        referral.more,
        is_sole=True,
    ),
}
"""The kinds of part, by their names in addresses."""


def open_kinds(programme: Programme) -> dict[str, PartKind]:
    """The kinds of which a programme can get another part."""
    return {name: kind for name, kind in KINDS.items() if not (kind.is_sole and getattr(programme, name))}


def added(source: str, pieces: Iterable[Piece]) -> str:
    """The text of a document with what a form has made. Raises InvalidInput where no form can change it."""
    for piece in pieces:
        section, _, number = piece.path.rpartition("[")
        parent, _, name = piece.path.partition(".")
        if number and section:
            source = with_item(source, section, piece.value, piece.after)
        elif name:
            source = with_named(source, parent, name, piece.value)
        else:
            source = with_section(source, piece.path, piece.value)
    return source
