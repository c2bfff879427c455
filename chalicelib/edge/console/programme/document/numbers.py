"""The numbers of a programme document as fields of a form, so that an owner changes one without editing the document.

A number keeps its place in the text: what is typed takes that place, and comments, order and layout stay. What the
changed document then means, and whether it may, is for the page of a draft to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.core.phrases import Amount, Phrase
from chalicelib.domain.errors import InvalidInput, InvalidProgramme
from chalicelib.domain.programme.labels import GENERAL, KEYED, LABELS, PERCENTS, SECTIONS, SUMS, TEXTS, WITHIN
from chalicelib.edge.console.pages import WrongField
from chalicelib.edge.console.part_names import NAMED
from chalicelib.edge.words import Words, marked
from chalicelib.edge.yaml_document import read_nodes

PREFIX = "number."
"""How the fields of a form are called: this, and where in the text the number begins."""

NO_NUMBER = marked("Write a number such as 5 or 2.50.")
NO_PERCENT = marked("This is no percent: write an amount or a number.")
TWO_WAYS = marked(
    "%(typed)s can be read in two ways. Write %(whole)s for %(amount)s; three decimals are more than an amount of this "
    "can have."
)
GROUPED = marked("%(typed)s can be read in two ways. Write %(whole)s if you mean that, or fewer decimals.")
TOO_LONG = marked("Write at most 15 digits before the point, and 15 behind it.")

_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_TYPED = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_STEP = re.compile(r"\.([a-z_]+)(?:\[([0-9]+)\])?")
_GROUPED = re.compile(r"([+-]?)([1-9][0-9]{0,2})\.([0-9]{3})")
"""A number that is a thousand and more to some people, and to others a number with three decimals."""

GROUP = 3
"""Digits of a group of thousands; an asset with as many decimals has no amount that can be read in two ways."""

_FRACTIONS = PERCENTS | {"multiply", "weights", "worth"}
"""The fields in which three decimals are usual."""

OF_AN_ASSET = frozenset(("amount", "at", "budget", "cap", "give", "target"))
"""The fields that state an amount of what a rule or reward gives; money where it names nothing."""

_SPACES = str.maketrans("", "", " \u00a0\u202f")

NAMED_SECTIONS = {
    "assets": marked("Asset: %(name)s"),
    "segments": marked("Segment: %(name)s"),
    "earn": marked("Rule: %(name)s"),
    "cards": NAMED["card"],
    "levels": NAMED["level"],
    "goals": NAMED["goal"],
    "campaigns": marked("Campaign: %(name)s"),
    "boards": NAMED["board"],
}
"""The parts of which a document has several, as headings, by the section that they stand in."""


class DocumentPlace(Struct, frozen=True):
    """Where in a document a value stands: its `path`, such as `earn[0].cap`; the path of the `part` it belongs to (a
    section, or a rule, card or level with an id) and that part's `names` by language; the `field` that it is of, and
    of which currency, rule or signal of it (`key`, mostly empty). `given`: the asset that a rule or a reward around it
    gives; empty for money. `measure`: what the level, goal or leaderboard around it counts.
    """

    path: str = ""
    part: str = ""
    names: Mapping[str, str] = {}
    field: str = ""
    key: str = ""
    given: str = ""
    measure: str = ""

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


class DocumentNames(Struct, frozen=True):
    """What a document calls its rules and assets, by id and by language, and its currency; empty where it has none."""

    rules: Mapping[str, Mapping[str, str]] = {}
    assets: Mapping[str, Mapping[str, str]] = {}
    currency: str = ""

    def asset(self, asset: str, words: Words) -> str:
        """What a reader calls an asset; a currency by its code."""
        return words.name(self.assets.get(asset, {}), asset)


class NumberField(Struct, frozen=True):
    """A number as a page shows it."""

    label: str
    path: str
    name: str
    value: str


def groups(source: str, words: Words) -> list[tuple[str, list[NumberField]]]:
    """The numbers of a document for a page: the heading of each part, with the fields of its numbers."""
    parts = [list(of_part) for _, of_part in groupby(numbers(source), key=lambda number: number.place.part)]
    names = _document_names(source) if parts else DocumentNames()
    return [(_heading(part[0].place, words), [_field(number, names, words) for number in part]) for part in parts]


def _document_names(source: str) -> DocumentNames:
    """What a document's numbers are numbers of, as it calls that."""
    sections = _values(read_nodes(source))
    rules = [_values(rule) for rule in sections["earn"].value] if "earn" in sections else []
    assets = {name: _names(_values(asset)) for name, asset in _values(sections.get("assets")).items()}
    currency = sections.get("currency")
    return DocumentNames(
        {rule["id"].value: _names(rule) for rule in rules if "id" in rule}, assets, currency.value if currency else ""
    )


def changed(source: str, form: Mapping[str, str]) -> str:
    """The document with the numbers that a form states. Raises WrongField for what is no number."""
    for number in reversed(numbers(source)):
        source = _with_number(source, number, form.get(number.name, number.text))
    return source


def unreadable(source: str, form: Mapping[str, str]) -> dict[str, Phrase]:
    """Why what a form states is no number, by the fields of which it is none."""
    wrong = {}
    for number in numbers(source):
        try:
            _with_number(source, number, form.get(number.name, number.text))
        except WrongField as error:
            wrong[number.name] = error.phrase
    return wrong


def _with_number(source: str, number: DocumentNumber, form_text: str) -> str:
    """The document with another number in the place of one. Raises WrongField for what is none."""
    is_percent = number.place.path.rpartition(".")[2] in PERCENTS
    typed = as_number(form_text, is_percent=is_percent)
    if not typed:
        raise WrongField(number.name, why_none(form_text, is_percent=is_percent))
    grouped = read_in_two_ways(form_text)
    if grouped and typed != number.text and number.place.field not in _FRACTIONS:
        raise WrongField(number.name, grouped.text, **grouped.values)
    if typed != number.text and number.place.field not in _FRACTIONS | SUMS:
        typed = re.sub(r"\.0+$", "", typed)
    return source[: number.start] + typed + source[number.start + len(number.text) :]


def as_number(typed: str, *, is_percent: bool) -> str:
    """A number as the document writes it, from what people type (`1 000,50`); empty for what is none, and for a percent
    where none is asked for.
    """
    text = _plain(typed)
    return text if _TYPED.fullmatch(text) and (is_percent or "%" not in typed) else ""


def why_none(typed: str, *, is_percent: bool) -> str:
    """What to do about something that was typed and is no number."""
    if "%" in typed and not is_percent:
        return NO_PERCENT
    return TOO_LONG if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", _plain(typed)) else NO_NUMBER


def read_in_two_ways(typed: str, asset: str = "") -> Phrase | None:
    """What to do about `1,000` as an amount of an asset, a number of things where there is none; None where it can be
    read in one way alone.
    """
    groups = _GROUPED.fullmatch(_plain(typed))
    if not groups or (asset and money.decimals_of(asset) >= GROUP):
        return None
    whole = "".join(groups.groups()).removeprefix("+")
    if not asset:
        return Phrase(GROUPED, {"typed": typed.strip(), "whole": whole})
    amount = Amount(money.minor_of(Decimal(whole), asset), asset)
    return Phrase(TWO_WAYS, {"typed": typed.strip(), "whole": whole, "amount": amount})


def _plain(typed: str) -> str:
    return typed.translate(_SPACES).strip("%€$£").replace(",", ".")


def beside_numbers(source: str, problems: Iterable[InvalidInput]) -> dict[str, Phrase] | None:
    """What is wrong with the numbers of a document, by the fields of a form; None where something else is wrong too."""
    names = {number.place.path: number.name for number in numbers(source)}
    wrong = {names.get(problem.field, ""): problem.without_value().predicate for problem in problems}
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
            place = _within_part(node, place)
            for name, value in node.value:
                yield from _below(value, _of_field(place, name.value, value))
        case "sequence":
            for index, item in enumerate(node.value):
                yield from _below(item, replace(place, path=f"{place.path}[{index}]"))
        case _ if node.tag in _NUMBERS:
            yield DocumentNumber(place, node.value, node.end_mark.index - len(node.value))


def _within_part(node: Any, place: DocumentPlace) -> DocumentPlace:
    """The place of a mapping: one with an id is a part of its own, and so are an asset and a segment. What it gives and
    what it counts is so for the mappings in it too, such as the limits of a rule.
    """
    fields, (section, _, key) = _values(node), place.path.partition(".")
    words = {name: value.value for name, value in fields.items() if value.id == "scalar"}
    around = {name: words[field] for name, field in (("given", "of"), ("measure", "measure")) if field in words}
    place = replace(place, **around)
    if "id" not in words and not (section in ("assets", "segments") and key and "." not in key):
        return place
    own = words.get("id", key)
    return replace(place, part=place.path, names=_names(fields) or {"": own})


def _values(node: Any) -> dict[str, Any]:
    """The nodes of a mapping's values by their names; none of what is no mapping."""
    return {name.value: value for name, value in node.value} if node and node.id == "mapping" else {}


def _names(fields: Mapping[str, Any]) -> dict[str, str]:
    """What a part is called by language: its name, or for a goal without one its badge."""
    return {language: text.value for language, text in _values(fields.get("name") or fields.get("badge")).items()}


def _of_field(place: DocumentPlace, name: str, value: Any) -> DocumentPlace:
    """The place of a mapping's field; within a field that holds numbers, a name is the currency or rule of one."""
    if not place.path:
        return DocumentPlace(name, "" if value.id == "scalar" else name, field=name)
    path = f"{place.path}.{name}"
    if place.field in KEYED:
        return replace(place, path=path, key=name)
    return replace(place, path=path, field=name, key="")


def _heading(place: DocumentPlace, words: Words) -> str:
    """What a page calls a part of the document."""
    if not place.names:
        return words.gettext(SECTIONS.get(place.part, GENERAL).text)
    name = words.name(place.names)
    return words.gettext(NAMED_SECTIONS[place.section]) % {"name": name} if place.section in NAMED_SECTIONS else name


def _field(number: DocumentNumber, names: DocumentNames, words: Words) -> NumberField:
    place = number.place
    label = words.gettext(LABELS[place.field].text) if place.field in LABELS else place.field
    unit = _unit(place, names, words)
    values = {"within": _within(place, words), "label": f"{label} ({unit})" if unit else label}
    text = words.gettext("%(within)s: %(label)s") % values if values["within"] else values["label"]
    return NumberField(text, place.path, number.name, words.figure(number.text))


def _unit(place: DocumentPlace, names: DocumentNames, words: Words) -> str:
    """Of what a number is so many: a currency, an asset, what a level or goal counts, or by which rule; empty where the
    field itself says it. What a campaign adds may be of several assets.
    """
    if place.key:
        return words.name(names.rules.get(place.key, {}), place.key)
    if place.field == "minimum" or (place.field == "at" and place.section == "earn"):
        return names.currency
    if place.field in ("at", "target") and place.measure not in ("", "spend"):
        counted = TEXTS.get(place.measure)
        return words.gettext(counted.text) if counted else names.asset(place.measure, words)
    if place.field not in OF_AN_ASSET or place.section == "campaigns":
        return ""
    return names.asset(place.given, words) if place.given else names.currency


def _within(place: DocumentPlace, words: Words) -> str:
    """What a value within a part is called, with its number where it stands in a list: `Prize 2`."""
    for name, index in _STEP.findall(place.path.removeprefix(place.part)):
        if name in WITHIN:
            within = words.gettext(WITHIN[name].text)
            return f"{within} {int(index) + 1}" if index else within
    return ""
