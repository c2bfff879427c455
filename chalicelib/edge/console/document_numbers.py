"""The numbers of a programme document as fields of a form, so that an owner changes one without editing the document.

A number keeps its place in the text: what is typed takes that place, and comments, order and layout stay. What the
changed document then means, and whether it may, is for the page of a draft to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import InvalidInput, InvalidProgramme
from chalicelib.edge.console.pages import WrongField
from chalicelib.edge.console.part_names import NAMED
from chalicelib.edge.words import Words, marked
from chalicelib.edge.yaml_document import read_nodes

PREFIX = "number."
"""How the fields of a form are called: this, and where in the text the number begins."""

NO_NUMBER = marked("Write a number such as 5 or 2.50.")

_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_TYPED = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_STEP = re.compile(r"\.([a-z_]+)(?:\[([0-9]+)\])?")
_SPACES = str.maketrans("", "", " \u00a0\u202f")

SECTIONS = {
    "": marked("In general"),
    "spending": marked("Spending a balance"),
    "levels": marked("Levels"),
    "referral": marked("Referrals"),
    "segments": marked("Segments"),
}
"""The parts of a document that stand once, as headings; another one's own name stands for itself."""

NAMED_SECTIONS = {
    "assets": marked("Asset: %(name)s"),
    "earn": marked("Rule: %(name)s"),
    "cards": NAMED["card"],
    "levels": NAMED["level"],
    "goals": NAMED["goal"],
    "campaigns": marked("Campaign: %(name)s"),
    "boards": NAMED["board"],
}
"""The parts of which a document has several, as headings, by the section that they stand in."""

LABELS = {
    "amount": marked("Amount"),
    "at": marked("Begins at"),
    "bonuses": marked("Bonuses at most"),
    "budget": marked("Budget in all"),
    "cap": marked("At most for an order"),
    "days": marked("Days"),
    "decimals": marked("Decimals"),
    "expire_days": marked("Expires after days"),
    "expire_months": marked("Expires after months"),
    "friends": marked("Friends who buy"),
    "give": marked("Gives"),
    "grace_days": marked("Days of grace"),
    "hold_minutes": marked("Minutes that a checkout holds it"),
    "holdout": marked("Held out, percent"),
    "inactive_days": marked("Gone after days without an order"),
    "limit": marked("Limit"),
    "max_percent": marked("At most, percent of the order"),
    "min_percent": marked("At least, percent of the order"),
    "minimum": marked("At least"),
    "multiply": marked("Times"),
    "per": marked("For each full"),
    "percent": marked("Percent"),
    "prizes": marked("Prize"),
    "remind_days": marked("Announced days before it expires"),
    "return_days": marked("Days to spend what a refund gives back"),
    "settle_days": marked("Days until prizes are given"),
    "size": marked("Stamps of a card"),
    "target": marked("How many"),
    "threshold": marked("A person looks at it from a score of"),
    "times": marked("Times at most"),
    "top": marked("Places"),
    "vest_days": marked("Can be spent after days"),
    "weights": marked("Weight"),
    "window_days": marked("Days from the click to the order"),
    "worth": marked("Worth of one"),
}
"""What fields are called on the page; another's own name stands for itself."""


WITHIN = {
    "gift": marked("Gift"),
    "ladder": marked("Step"),
    "limits": marked("Limit"),
    "prizes": marked("Prize"),
    "qualifies": marked("A friend's order"),
    "rates": marked("Other rate"),
    "review": marked("Review"),
    "reward": marked("Reward"),
    "velocity": marked("Many bonuses at once"),
    "welcome": marked("Welcome gift"),
}
"""What the values within a part are called, before the name of the field."""


class DocumentPlace(Struct, frozen=True):
    """Where in a document a value stands: its `path`, such as `earn[0].cap`; the path of the `part` it belongs to (a
    section, or a rule, card or level with an id) and that part's `names` by language; the `field` that it is of, and
    of which currency or rule of it (`key`, mostly empty).
    """

    path: str = ""
    part: str = ""
    names: Mapping[str, str] = {}
    field: str = ""
    key: str = ""

    @property
    def section(self) -> str:
        """The top of the path: `earn` of `earn[0].cap`."""
        return re.split(r"[.\[]", self.path, maxsplit=1)[0]


class DocumentNumber(Struct, frozen=True):
    """A number of a document, and the text that states it, which begins at the character `start`."""

    place: DocumentPlace
    text: str
    start: int

    @property
    def name(self) -> str:
        """The name of its field in a form."""
        return f"{PREFIX}{self.start}"


class NumberField(Struct, frozen=True):
    """A number as a page shows it."""

    label: str
    path: str
    name: str
    value: str


def groups(source: str, words: Words) -> list[tuple[str, list[NumberField]]]:
    """The numbers of a document for a page: the heading of each part, with the fields of its numbers."""
    parts = [list(of_part) for _, of_part in groupby(numbers(source), key=lambda number: number.place.part)]
    return [(_heading(part[0].place, words), [_field(number, words) for number in part]) for part in parts]


def changed(source: str, form: Mapping[str, str]) -> str:
    """The document with the numbers that a form states. Raises WrongField for what is no number."""
    for number in reversed(numbers(source)):
        typed = as_number(form.get(number.name, number.text))
        if not typed:
            raise WrongField(number.name, NO_NUMBER)
        source = source[: number.start] + typed + source[number.start + len(number.text) :]
    return source


def as_number(typed: str) -> str:
    """A number as the document writes it, from what people type (`1 000,50`); empty for what is none."""
    text = typed.translate(_SPACES).replace(",", ".")
    return text if _TYPED.fullmatch(text) else ""


def beside_numbers(source: str, problems: Iterable[InvalidInput]) -> dict[str, Phrase] | None:
    """What is wrong with the numbers of a document, by the fields of a form; None where something else is wrong too."""
    names = {number.place.path: number.name for number in numbers(source)}
    wrong = {names.get(problem.field, ""): problem.predicate for problem in problems}
    return None if "" in wrong else wrong


def numbers(source: str) -> list[DocumentNumber]:
    """The numbers of a document, in its order; none of one that cannot be read."""
    try:
        root = read_nodes(source)
    except InvalidProgramme:
        return []
    return list(_below(root, DocumentPlace())) if root else []


def _below(node: Any, place: DocumentPlace) -> Iterator[DocumentNumber]:
    """The numbers within the node of a place."""
    match node.id:
        case "mapping":
            place = _named(node, place)
            for name, value in node.value:
                yield from _below(value, _of_field(place, name.value, value))
        case "sequence":
            for index, item in enumerate(node.value):
                yield from _below(item, replace(place, path=f"{place.path}[{index}]"))
        case _ if node.tag in _NUMBERS:
            yield DocumentNumber(place, node.value, node.start_mark.index)


def _named(node: Any, place: DocumentPlace) -> DocumentPlace:
    """The place of a mapping: one with an id is a part of its own, and so is an asset."""
    fields = {name.value: value for name, value in node.value}
    is_asset = place.section == "assets" and place.path.count(".") == 1
    if "id" not in fields and not is_asset:
        return place
    own = fields["id"].value if "id" in fields else place.path.removeprefix("assets.")
    name = fields.get("name")
    names = {language.value: text.value for language, text in name.value} if name and name.id == "mapping" else {}
    return replace(place, part=place.path, names=names or {"": own})


def _of_field(place: DocumentPlace, name: str, value: Any) -> DocumentPlace:
    """The place of a mapping's field; within a field that holds numbers, a name is the currency or rule of one."""
    if not place.path:
        return DocumentPlace(name, "" if value.id == "scalar" else name, field=name)
    path = f"{place.path}.{name}"
    if place.field in LABELS and name not in LABELS:
        return replace(place, path=path, key=name)
    return replace(place, path=path, field=name, key="")


def _heading(place: DocumentPlace, words: Words) -> str:
    """What a page calls a part of the document."""
    if not place.names:
        return words.gettext(SECTIONS[place.part]) if place.part in SECTIONS else place.part
    name = words.name(place.names)
    return words.gettext(NAMED_SECTIONS[place.section]) % {"name": name} if place.section in NAMED_SECTIONS else name


def _field(number: DocumentNumber, words: Words) -> NumberField:
    place = number.place
    label = words.gettext(LABELS[place.field]) if place.field in LABELS else place.field
    values = {"within": _within(place, words), "label": f"{label} ({place.key})" if place.key else label}
    text = words.gettext("%(within)s: %(label)s") % values if values["within"] else values["label"]
    return NumberField(text, place.path, number.name, number.text)


def _within(place: DocumentPlace, words: Words) -> str:
    """What a value within a part is called, with its number where it stands in a list: `Prize 2`."""
    for name, index in _STEP.findall(place.path.removeprefix(place.part)):
        if name in WITHIN:
            within = words.gettext(WITHIN[name])
            return f"{within} {int(index) + 1}" if index else within
    return ""
