"""The fields of forms by which an owner states a part of the programme: what a page shows, and what was typed.

Which fields a part has is said where its kind is (`kinds/`). What was typed is read as people type it; what
cannot be read is remembered by its field, so that all of it is told at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Literal

from msgspec import Struct

from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import InvalidInput
from chalicelib.edge.console.programme.document.numbers import as_number, read_in_two_ways, why_none
from chalicelib.edge.words import marked

NEEDED = marked("Fill this in.")
NO_DAY = marked("Write a day such as 2027-06-21.")
NO_CHOICE = marked("Choose one of these.")
NO_NAME = marked("Write the name in one language at least.")

Option = tuple[str, str]
"""What a form sends, and what the page calls it."""

MAX_ID = 32

ANY_NUMBER = Decimal(1)
"""What stands in the place of a number that cannot be read."""


class PartField(Struct, frozen=True):
    """A field of a form. `kind`: what a page shows it as; `checks` are several boxes, sent as `name.option`.

    `paths`: where its value stands below the part, and `whole` in the document, so that a problem of either is told
    beside the field. `longest`: so many characters it takes.
    """

    name: str
    label: str
    kind: Literal["text", "number", "day", "choice", "check", "checks"] = "text"
    hint: str = ""
    value: str = ""
    options: tuple[Option, ...] = ()
    needed: bool = False
    paths: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    longest: int = 200


Rows = list[tuple[PartField, ...]]
"""The fields of a form; those of one row stand beside each other."""


class FieldGroup(Struct, frozen=True):
    """Rows of a form under a heading, which may be empty."""

    title: str
    rows: Rows


def placed(rows: Iterable[Collection[str]], form: FilledForm | None = None) -> list[int | None]:
    """Where in a list of the document each row of a form stands, by the names of the fields that a row must have one
    of; None for a row that is left empty, whose item is not in the list. Without a form all rows stand there.
    """
    numbers = count()
    return [next(numbers) if form is None or any(map(form.text, row)) else None for row in rows]


def rows_of(groups: Iterable[FieldGroup]) -> Rows:
    """The rows of several groups."""
    return [row for group in groups for row in group.rows]


class FilledForm:
    """What was typed into a form. `wrong`: by field, why it cannot be read; something that can be takes its place, so
    that the other fields are judged all the same.
    """

    def __init__(self, form: Mapping[str, str]) -> None:
        self._form = form
        self.wrong: dict[str, Phrase] = {}

    def text(self, name: str, *, needed: bool = False) -> str:
        """A text without spaces around it."""
        text = " ".join(self._form.get(name, "").split())
        if needed and not text:
            self.wrong[name] = Phrase(NEEDED)
        return text

    def number(self, name: str, *, needed: bool = False, is_percent: bool = False, asset: str = "") -> Decimal | None:
        """A number; None where none was typed and none is needed. A percent sign may stand behind a percent alone.
        `asset`: what it is an amount of, which may not be one that can be read in two ways.
        """
        typed = self.text(name, needed=needed)
        number = as_number(typed, is_percent=is_percent)
        if typed and not number:
            self.wrong[name] = Phrase(why_none(typed, is_percent=is_percent))
        elif asset and (grouped := read_in_two_ways(typed, asset)):
            self.wrong[name] = grouped
        return Decimal(number) if number else ANY_NUMBER if typed or needed else None

    def figure(self, name: str, *, needed: bool = False) -> Decimal | None:
        """A number of whatever a part counts or gives, which may not be one that can be read in two ways."""
        number = self.number(name, needed=needed)
        if number is not None and (grouped := read_in_two_ways(self.text(name))):
            self.wrong[name] = grouped
        return number

    def whole(self, name: str, *, needed: bool = False) -> int | Decimal | None:
        """A number of things as a document writes it, without decimals; what has some stays as it is."""
        number = self.figure(name, needed=needed)
        return int(number) if number is not None and number == int(number) else number

    def day(self, name: str) -> date:
        """A day; the first of all where it cannot be read."""
        typed = self.text(name, needed=True)
        try:
            return date.fromisoformat(typed)
        except ValueError:
            self.wrong.setdefault(name, Phrase(NO_DAY))
            return date.min

    def choice(self, name: str, options: Collection[str]) -> str:
        """One of the options; the first where it is none."""
        typed = self._form.get(name, "")
        if typed in options:
            return typed
        self.wrong[name] = Phrase(NO_CHOICE)
        return next(iter(options))

    def has(self, name: str) -> bool:
        """Whether a box is ticked."""
        return name in self._form

    def ticked(self, name: str, options: Collection[str]) -> list[str]:
        """Those of several boxes that are ticked."""
        return [option for option in options if f"{name}.{option}" in self._form]

    def names(self, prefix: str, *, needed: bool = False) -> dict[str, str]:
        """A text for shoppers by language."""
        names = {language: text for language in LANGUAGES if (text := self.text(f"{prefix}_{language}"))}
        if needed and not names:
            self.wrong[f"{prefix}_{next(iter(LANGUAGES))}"] = Phrase(NO_NAME)
        return names


LANGUAGES = {"fr": marked("%(what)s, in French"), "en": marked("%(what)s, in English")}
"""The languages that a form asks a text for shoppers in, and how its field is called."""


def plain(name: str) -> str:
    """A name in small letters, digits and signs of ASCII, without accents."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()


def id_of(names: Mapping[str, str], kind: str, taken: Collection[str], longest: int = MAX_ID) -> str:
    """An id for a part, made from its name, which no other part has: `tea-days`, `tea-days-2`."""
    name = names.get("en") or next(iter(names.values()), kind)
    own = re.sub(r"[^a-z0-9]+", "-", plain(name)).strip("-")
    own = kind if not own or own.startswith("referral-") else own
    ids = (f"{own[: longest - len(end)].rstrip('-')}{end}" for end in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(id_ for id_ in ids if id_ not in taken)


def beside_fields(
    problems: Collection[InvalidInput], rows: Rows, parts: Collection[str] = ()
) -> tuple[dict[str, Phrase], list[InvalidInput]]:
    """The problems that belong to fields of a form, by field, and those others that are of the parts at these paths."""
    fields = [field for row in rows for field in row]
    places = {f"{part}.{path}": field.name for part in parts for field in fields for path in field.paths}
    places |= {path: field.name for field in fields for path in field.whole}
    wrong: dict[str, Phrase] = {}
    others: list[InvalidInput] = []
    sections = {part.rpartition("[")[0] for part in parts}
    for problem in problems:
        inside = [path for path in places if is_within(problem.field, path)]
        if inside:
            wrong.setdefault(places[max(inside, key=len)], problem.without_value().predicate)
        elif problem.field in sections or any(is_within(problem.field, part) for part in parts):
            others.append(problem)
    return wrong, others


def is_within(path: str, outer: str) -> bool:
    """Whether a place of a document is another one, or a part of it."""
    return path == outer or path.startswith((f"{outer}.", f"{outer}["))
