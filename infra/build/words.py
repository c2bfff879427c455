"""The catalogues of `chalicelib/edge/words`: collects the texts of the code and compiles each language's file.

A `.po` file is edited by people; the `.mo` beside it is what runs. Texts are English, and stand in the code where they
are used: in Python and templates as `gettext("...")`, `ngettext("...", "...", n)` or `marked("...")`, in the domain
as `Phrase("...")` or `Plural("...", "...", n)`, in what is raised as `NotFound("...")` or `InvalidInput(field, "...")`,
and in scripts as `t("...")`. What a kind of reward is called is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from chalicelib.domain import errors
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import WHOLE
from chalicelib.domain.programme.kinds import KINDS
from chalicelib.edge.http import BODY
from chalicelib.edge.words import FOLDER

CODE = FOLDER.parent.parent

REFUSALS: dict[str, tuple[int, ...] | None] = {
    name: (2,) if kind is errors.InvalidInput else None
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.Rejection)
    # Of what does not answer, a page says something else.
    if kind not in (errors.InvalidProgramme, errors.Busy, errors.Unavailable)
}
"""The classes of refusals whose text a page can show, and which argument that is; None: the first."""

KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "gettext": None,
    "ngettext": (1, 2),
    "_": None,
    "marked": None,
    "Phrase": None,
    "Plural": (1, 2),
    **REFUSALS,
}
SCRIPT_KEYWORDS = {"t": None}
TEMPLATE = "jinja2.ext:babel_extract"
METHODS = {".py": "python", ".html": TEMPLATE, ".txt": TEMPLATE, ".js": "javascript"}

Text = str | tuple[str, ...]
"""A text of the code, or its two forms."""

Texts = dict[Text, tuple[str, ...]]
"""The words of each text: one form, or as many as the language has."""


def texts() -> set[Text]:
    """Every text of the code, its templates and scripts that is translated."""
    literals = {text for path in sorted(CODE.rglob("*")) if path.suffix in METHODS for text in texts_of(path)}
    return literals | {kind.document().NAME for kind in KINDS} | {Campaign.NAME, WHOLE, BODY}


def texts_of(path: Path) -> Iterator[Text]:
    """The texts of one file."""
    keywords = SCRIPT_KEYWORDS if path.suffix == ".js" else KEYWORDS
    for _, text, _, _ in extract_from_file(METHODS[path.suffix], path, keywords=keywords):
        yield text if isinstance(text, str) else tuple(form for form in text if form)


def catalogues() -> list[Path]:
    """The file of each language that people edit."""
    return sorted(FOLDER.glob("*.po"))


def read(path: Path) -> Catalog:
    """A catalogue as its file has it."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem)
    catalogue.project, catalogue.version = "Ristourne", "1"
    catalogue.msgid_bugs_address = catalogue.last_translator = ""
    return catalogue


def compiled(catalogue: Catalog) -> bytes:
    """A catalogue in the form that runs."""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def messages(catalogue: Catalog) -> Texts:
    """A catalogue's texts with their words, without its header. A guess counts as no words yet."""
    return {
        message.id if isinstance(message.id, str) else tuple(message.id): forms("" if message.fuzzy else message.string)
        for message in catalogue
        if message.id
    }


def forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    """The forms of a text or of its words: one, unless they depend on a number."""
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def placeholders(text: str) -> set[str]:
    """What a text leaves to be filled in, and each percent sign with what follows it."""
    return {*re.findall(r"%\(\w+\)s|%.?", text)}


def untranslated(catalogue: Catalog) -> list[Text]:
    """The texts that lack the words of one of their forms."""
    return [text for text, translation in messages(catalogue).items() if not all(translation)]


def update(path: Path) -> list[Text]:
    """Bring one language's file in step with the code and compile it; returns the texts that it does not translate."""
    catalogue, current = read(path), texts()
    for text in messages(catalogue).keys() - current:
        catalogue.delete(text)
    for text in sorted(current - messages(catalogue).keys(), key=str):
        catalogue.add(text)
    with path.open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True, ignore_obsolete=True)
    path.with_suffix(".mo").write_bytes(compiled(catalogue))
    return untranslated(catalogue)
