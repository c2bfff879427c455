"""The registry of the kinds of reward: a line for each, naming the module of `domain/rewards/` that is all of it.

A kind is named by text and imported with the first programme that uses it, so that no process loads what its shop does
not use. What adding one touches is in docs/architecture.md ("A kind of reward"). Imports the parts of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct
from msgspec.structs import fields

from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ledger.transfers import PROGRAMME
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.rules import Earning

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Phrase

CAMPAIGN = f"{PROGRAMME}{Campaign.KIND}"
"""The programme's account that pays what campaigns add to what rules give."""


class EarningKind(Struct, frozen=True):
    """A kind of earning rule.

    `place` is the module below `domain/rewards/` and the class of its document; `marks` are the fields of which a
    document of this kind, and of none after it, has at least one. `earned_by`: orders, or activities that the shop
    states.
    """

    name: str
    place: str
    marks: tuple[str, ...]
    earned_by: Literal["order", "activity"] = "order"

    @property
    def account(self) -> str:
        """The programme's account that pays what rules of the kind give."""
        return f"{PROGRAMME}{self.name}"

    def document(self) -> type[Earning]:
        """The class of the kind's documents."""
        return _class_of(self.place)


KINDS = (
    EarningKind("cashback", "cashback:Cashback", ("percent", "amount")),
    EarningKind("activity", "activities:ActivityReward", ("on",), "activity"),
    EarningKind("points", "points:Points", ("give", "of", "per")),
    EarningKind("ladder", "ladder:Ladder", ("ladder",)),
)
"""The kinds of earning rules, the more special first. A document without the mark of any is taken for the first kind,
whose problems it has.
"""


_MARKS = frozenset(mark for kind in KINDS for mark in kind.marks)


def kind_of(rule: Any) -> EarningKind:
    """The kind of an earning rule's document, by the fields that it has."""
    fields = rule if isinstance(rule, Mapping) else {}
    return next((kind for kind in KINDS if any(mark in fields for mark in kind.marks)), KINDS[0])


def mixed(rule: Any, path: str) -> Iterator[InvalidInput]:
    """A problem for each field that an earning rule's document has, its kind has not, and another kind has."""
    if not isinstance(rule, Mapping):
        return
    own = kind_of(rule)
    beside = next((mark for mark in own.marks if mark in rule), "")
    known = {field.encode_name for field in fields(own.document())}
    for kind in KINDS:
        for mark in (mark for mark in kind.marks if mark in rule and mark not in known):
            hint = _of_its_own(kind)
            yield InvalidInput(f"{path}.{mark}", "must not stand beside %(other)s", other=beside, hint=hint)
    for name in (name for name in rule if name not in known and name not in _MARKS):
        owners = [kind for kind in KINDS if name in {field.encode_name for field in fields(kind.document())}]
        if owners:
            yield _misplaced(f"{path}.{name}", name, beside, owners)


def _misplaced(path: str, name: str, beside: str, owners: list[EarningKind]) -> InvalidInput:
    """The problem of a field that rules of other kinds have; `beside`: what tells the rule's own kind, if anything."""
    from chalicelib.domain.core.phrases import Phrase, either

    marks = either([kind.marks[0] for kind in owners])
    if not beside:
        return InvalidInput(path, "must stand beside %(marks)s", marks=marks)
    hint = Phrase("it stands beside %(marks)s", {"marks": marks})
    if name == "match" and beside == "percent":
        hint = Phrase("for some articles alone state percent: 0 and their own percent in rates")
    return InvalidInput(path, "must not stand beside %(other)s", other=beside, hint=hint)


def _of_its_own(kind: EarningKind) -> Phrase:
    """What a rule of a kind states, for whoever has stated more."""
    from chalicelib.domain.core.phrases import Phrase

    match kind.name:
        case "activity":
            return Phrase("an activity gives so many (give) of something (of), such as on: review, give: 5, of: EUR")
        case "points":
            return Phrase("a rule gives a percent, an amount, or so many (give) of an asset (of)")
    return Phrase("the rungs of a ladder state the percents or amounts")


def paid_from(account: str) -> type[Earning] | None:
    """The class of the rules that pay from a programme account such as `programme:cashback`; None where none does."""
    if account == CAMPAIGN:
        return Campaign
    return next((kind.document() for kind in KINDS if kind.account == account), None)


@cache
def _class_of(place: str) -> type[Earning]:
    module, _, name = place.partition(":")
    document: type[Earning] = getattr(import_module(f"chalicelib.domain.rewards.{module}"), name)
    return document
