"""Every text is translated, every placeholder kept, and what runs is what people edited."""

import ast
import re
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from chalicelib.edge.words import FOLDER, languages
from infra.build import words
from infra.build.artifacts import ROOT

CATALOGUES = words.catalogues()
every_catalogue = pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)


def wrong_placeholders(catalogue: Catalog) -> list[words.Text]:
    """The texts whose words leave other things to be filled in than their English does."""
    return [
        text
        for text, translation in words.messages(catalogue).items()
        for form in translation
        if form and words.placeholders(form) not in [words.placeholders(english) for english in words.forms(text)]
    ]


def lone_percents(texts: set[words.Text]) -> list[str]:
    """Texts with a percent sign that would break them when they are filled in."""
    forms = (form for text in texts for form in words.forms(text))
    return [form for form in forms if any(not part.startswith(("%(", "%%")) for part in words.placeholders(form))]


def running(compiled: bytes) -> dict[object, str]:
    """The texts of a compiled catalogue, without its header."""
    texts: dict[object, str] = vars(GNUTranslations(BytesIO(compiled)))["_catalog"]
    return {text: translation for text, translation in texts.items() if text}


def test_there_is_french() -> None:
    assert {"en", "fr"} <= {*languages()}
    assert [path.stem for path in CATALOGUES] == [language for language in languages() if language != "en"]


@every_catalogue
def test_the_catalogue_has_the_texts_of_the_code_and_no_others(path: Path) -> None:
    texts = words.messages(words.read(path)).keys()
    assert (texts - words.texts(), words.texts() - texts) == (set(), set()), "run python -m infra words"


@every_catalogue
def test_every_text_is_translated(path: Path) -> None:
    assert words.untranslated(words.read(path)) == []


def test_a_number_of_days_or_decimals_is_written_as_its_language_counts() -> None:
    """“More than 1 days” is what a text says that has the number before a word of its own."""
    fixed = re.compile(r"%\((days|decimals|months|hours)\)s (days|decimals|months|hours)")
    assert [text for text in words.texts() if isinstance(text, str) and fixed.search(text)] == []


def test_french_has_its_apostrophes_and_the_spaces_that_do_not_break() -> None:
    """As the Imprimerie nationale's rules have it: a no-break space before two-part signs, a curved apostrophe."""
    catalogue = words.read(next(path for path in CATALOGUES if path.stem == "fr"))
    forms = [form for translation in words.messages(catalogue).values() for form in translation]
    assert [form for form in forms if re.search(r"\S [:;!?»](\s|$)|« |[^\W\d]'[^\W\d]", form)] == []


@every_catalogue
def test_every_translation_keeps_the_placeholders(path: Path) -> None:
    assert wrong_placeholders(words.read(path)) == []


@every_catalogue
def test_what_runs_is_what_people_edited(path: Path) -> None:
    edited = running(words.compiled(words.read(path)))
    assert running(path.with_suffix(".mo").read_bytes()) == edited, "run python -m infra words"


def test_no_text_has_a_lone_percent_sign() -> None:
    assert lone_percents(words.texts()) == []


def test_percents_stand_as_a_reader_of_the_language_writes_them() -> None:
    """`5% of` in English, and in French a space before the sign that no line breaks at."""
    assert [form for text in words.texts() for form in words.forms(text) if re.search(r"\s%%", form)] == []
    french = running((FOLDER / "fr.mo").read_bytes())
    assert [text for text in french.values() if re.search("[^\N{NO-BREAK SPACE}]%%", text)] == []


def test_texts_are_seen_in_code_templates_and_scripts(tmp_path: Path) -> None:
    sources = {
        "code.py": 'w.gettext("in code")\nw.ngettext("%(n)s card", "%(n)s cards", n)\nmarked("a table")\nt("no")',
        "page.html": '<h1>{{ _("a page") }}</h1>{% trans %}a block{% endtrans %}',
        "mail.txt": '{{ gettext("a mail") }}',
        "widget.js": 'const a = t("a script");',
    }
    for name, source in sources.items():
        (tmp_path / name).write_text(source)
    texts = {text for name in sources for text in words.texts_of(tmp_path / name)}
    cards = ("%(n)s card", "%(n)s cards")
    assert texts == {"in code", cards, "a table", "a page", "a block", "a mail", "a script"}


def hidden(source: str) -> list[int]:
    """The lines of f-strings that mark a text, which no catalogue can find there."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.JoinedStr)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name | ast.Attribute)
        if (call.func.id if isinstance(call.func, ast.Name) else call.func.attr) in words.KEYWORDS
        if call.args and isinstance(call.args[0], ast.Constant)
    ]


@pytest.mark.parametrize("path", sorted((ROOT / "chalicelib").rglob("*.py")), ids=lambda path: path.stem)
def test_no_text_is_hidden_in_an_f_string(path: Path) -> None:
    """A shopper read 'You have had 1 bonus jusqu'ici.'"""
    assert hidden(path.read_text()) == []


def test_a_text_in_an_f_string_is_seen() -> None:
    assert hidden("one = 1\ntext = f\"{w.gettext('Hello')}!\"") == [2]


ALL_REFUSALS: dict[str, tuple[int, ...] | None] = {**words.REFUSALS, "Busy": None, "Unavailable": None}
"""Those whose text is filled in: also what no page shows, where a percent sign from outside must not become a place."""


def refusals(source: str) -> list[tuple[int, str]]:
    """The refusals whose text is not one of the code with its values: the line, and what is wrong with each."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    names = [getattr(call.func, "id", getattr(call.func, "attr", "")) for call in calls]
    made = [(call, ALL_REFUSALS[name]) for call, name in zip(calls, names, strict=True) if name in ALL_REFUSALS]
    problems = [(call.lineno, _refusal_problem(call, place[0] - 1 if place else 0)) for call, place in made]
    return [(line, problem) for line, problem in problems if problem]


def _refusal_problem(call: ast.Call, place: int) -> str:
    text = call.args[place] if len(call.args) > place else None
    if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
        return "its text is no literal"
    if text.value.startswith(("be ", "have ", "not ")):
        return "its text lacks must"
    values = {keyword.arg for keyword in call.keywords} - {"hint"}
    placeholders = {*re.findall(r"%\((\w+)\)s", text.value)}
    known = values & placeholders if None in values else placeholders
    return "" if values - {None} == known else "its values are others"


@pytest.mark.parametrize("path", sorted((ROOT / "chalicelib").rglob("*.py")), ids=lambda path: path.stem)
def test_every_refusal_is_a_text_of_the_catalogues_with_its_values(path: Path) -> None:
    assert refusals(path.read_text()) == []


def test_wrong_refusals_are_seen() -> None:
    wrong = ['NotFound(f"no {name}")', 'InvalidInput(field, "be " + rule)', 'InvalidInput("name", SHORT, name)']
    wrong.append('Unavailable(f"{path} is away")')
    assert [problem for source in wrong for _, problem in refusals(source)] == ["its text is no literal"] * 4
    assert refusals('errors.Conflict("%(name)s exists", id=name)') == [(1, "its values are others")]
    assert refusals('InvalidInput("name", "be short", name)') == [(1, "its text lacks must")]
    right = ['InvalidInput(f"{at}.id", "must be %(id)s", id, id=id, hint=hint)', 'Conflict("it is")', 'Other(f"{x}")']
    assert [refusals(source) for source in right] == [[], [], []]


def test_mistakes_are_seen() -> None:
    catalogue = Catalog("fr")
    catalogue.add("%(n)s of %(size)s", "%(n)s de %(taille)s")
    catalogue.add("whole", "")
    assert wrong_placeholders(catalogue) == ["%(n)s of %(size)s"]
    assert words.untranslated(catalogue) == ["whole"]
    assert lone_percents({"5 % off", "%(rate)s%% off"}) == ["5 % off"]
