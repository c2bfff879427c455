"""What a form of the console does to the text of a document: a part added, a value replaced, a section left out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from difflib import ndiff
from typing import Any

import pytest

from chalicelib.domain.errors import InvalidInput
from chalicelib.edge.console.programme.document.text import (
    with_difference,
    with_field,
    with_item,
    with_section,
    with_value,
    without_field,
    without_item,
)
from chalicelib.edge.console.programme.versions import FIELDS
from chalicelib.edge.yaml_document import read_document

ITEM: dict[str, Any] = {"id": "x", "name": {"fr": "Fête du thé"}, "starts": date(2027, 6, 21), "give": Decimal("2.50")}

LINES = "id: x\n{0}name: {{fr: Fête du thé}}\n{0}starts: 2027-06-21\n{0}give: 2.50\n"
IN_FLOW = "{id: x, name: {fr: Fête du thé}, starts: 2027-06-21, give: 2.50}"
IN_JSON = '{"id": "x", "name": {"fr": "Fête du thé"}, "starts": "2027-06-21", "give": 2.50}'


def lines(margin: str, dash: str = "- ") -> str:
    """The lines of the item in a list whose dashes stand behind a margin."""
    return f"{margin}{dash}{LINES.format(margin + ' ' * len(dash))}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1\n", f"a: 1\nearn:\n{lines('  ')}"),
        ("a: 1", f"a: 1\nearn:\n{lines('  ')}"),
        ("a: 1   # last", f"a: 1   # last\nearn:\n{lines('  ')}"),
        ("a: 1\n\nb: 2\n# The end.\n", f"a: 1\n\nb: 2\n# The end.\n\nearn:\n{lines('  ')}"),
        ("---\na: 1\n...\n", f"---\na: 1\nearn:\n{lines('  ')}...\n"),
        ("  a: 1\n", f"  a: 1\n  earn:\n{lines('    ')}"),
        ("earn: []   # none\na: 1\n", f"earn:   # none\n{lines('  ')}a: 1\n"),
        ("earn:\na: 1\n", f"earn:\n{lines('  ')}a: 1\n"),
        ("earn: ~\na: 1\n", f"earn:\n{lines('  ')}a: 1\n"),
        ("a: 1\nearn: [{id: b}]   # one", f"a: 1\nearn: [{{id: b}}, {IN_FLOW}]   # one"),
        ("earn: [\n  {id: b},\n  {id: c},\n]\n", f"earn: [\n  {{id: b}},\n  {{id: c}},\n  {IN_FLOW},\n]\n"),
        (
            "earn:\n- id: b   # b\n  # more of b\n# of a\na: 1\n",
            f"earn:\n- id: b   # b\n  # more of b\n{lines('')}# of a\na: 1\n",
        ),
        (
            "earn:\n  - {id: b}\n  # - {id: c}\n\na: 1\n",
            f"earn:\n  - {{id: b}}\n  # - {{id: c}}\n{lines('  ')}\na: 1\n",
        ),
        (
            "earn:\n    -   id: b\n        t: |\n          c\n\na: 1\n",
            f"earn:\n    -   id: b\n        t: |\n          c\n{lines('    ', '-   ')}\na: 1\n",
        ),
        ('{"a": 1}', f'{{"a": 1, "earn": [{IN_JSON}]}}'),
        ('{"earn": [], "a": 1}', f'{{"earn": [{IN_JSON}], "a": 1}}'),
        ('{"earn": [{"id": "b"}]}\n', f'{{"earn": [{{"id": "b"}}, {IN_JSON}]}}\n'),
    ],
)
def test_an_item_takes_its_place_and_the_rest_stays_as_it_was_written(before: str, after: str) -> None:
    assert with_item(before, "earn", ITEM) == after


@pytest.mark.parametrize("path", ["earn", "cards", "levels.steps", "goals", "campaigns", "boards", "catalogue"])
@pytest.mark.parametrize("after", [None, 0])
def test_a_document_with_every_field_gets_lines_and_loses_none(path: str, after: int | None) -> None:
    source = FIELDS.read_text()
    differences = ndiff(source.splitlines(), with_item(source, path, ITEM, after).splitlines())
    assert [line[0] for line in differences if line[0] in "+-?"] == ["+"] * len(ITEM)


def test_an_item_in_the_midst_leaves_the_comment_of_the_next_to_it() -> None:
    source = "levels:\n  steps:\n    - {id: a, at: 0}   # all\n    # the best\n    - {id: b, at: 9}\n"
    expected = "levels:\n  steps:\n    - {id: a, at: 0}   # all\n    - id: x\n    # the best\n    - {id: b, at: 9}\n"
    assert with_item(source, "levels.steps", {"id": "x"}, 0) == expected


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "No",
        "null",
        "12",
        "2027-01-01",
        "a: b",
        "# a",
        "- a",
        "'",
        '"',
        "{a",
        "",
        "é",
        "a  b ",
        "L\u2019été",
        "*a",
        "a\\n",
        "1e3",
        "~",
        "a\ufeffb",
        "\U0001f375",
        "\U0001f375\ufeff",
    ],
)
def test_any_text_is_read_as_it_was_typed(text: str) -> None:
    for document in ("a: 1\n", '{"a": 1}', "earn: [{id: b}]\n"):
        written = with_item(document, "earn", {"id": text, text or "x": text})
        assert read_document(written.encode())["earn"][-1] == {"id": text, text or "x": text}


def test_a_section_has_its_fields_on_lines_of_their_own() -> None:
    levels = {"measure": "spend", "steps": [{"id": "a", "at": Decimal(0)}, {"id": "b", "at": Decimal(200)}]}
    expected = "a: 1\nlevels:\n  measure: spend\n  steps:\n    - id: a\n      at: 0\n    - id: b\n      at: 200\n"
    assert with_section("a: 1\n", "levels", levels) == expected
    assert with_section("a: 1\nlevels:\n", "levels", levels) == expected


def test_a_value_is_replaced_and_its_comment_stays() -> None:
    source = 'campaigns:\n  - {id: a, starts: 2027-01-01, ends: "2027-01-31"}   # January\n'
    expected = "campaigns:\n  - {id: a, starts: 2027-01-01, ends: 2027-01-15}   # January\n"
    assert with_value(source, "campaigns[0].ends", date(2027, 1, 15)) == expected
    assert with_value("a: {b: c}\n", "a.b", "https://d.fr/e") == "a: {b: https://d.fr/e}\n"
    assert with_value('{"a": {"b": ["c"]}}', "a.b[0]", "d e") == '{"a": {"b": ["d e"]}}'


def test_a_section_is_left_out_with_its_lines_and_its_comment() -> None:
    source = "a: 1\nb: {c: 2}   # of b\n# of d\nd:\n  - 3\n  - 4\n"
    assert without_field(source, "", "b") == "a: 1\n# of d\nd:\n  - 3\n  - 4\n"
    assert without_field(source, "", "d") == "a: 1\nb: {c: 2}   # of b\n"


def test_a_document_that_no_form_can_change_is_left_to_its_author() -> None:
    with pytest.raises(InvalidInput, match="change it as text"):
        without_field("a:\n  ? b\n  : 1\n  ? c\n  : 2-3\n", "a", "b")
    with pytest.raises(InvalidInput, match="change it as text"):
        with_value("a:\n  b: 1\n", "a", "c")
    with pytest.raises(InvalidInput, match="change it as text"):
        with_section("a: |+\n  kept\n\n\n", "earn", [ITEM])


@pytest.mark.parametrize(
    ("before", "number", "after"),
    [
        (
            "earn:\n  - {id: a}\n  # of b\n  # still of b\n  - {id: b}   # b\n    # more of b\n  - {id: c}\n",
            1,
            "earn:\n  - {id: a}\n  - {id: c}\n",
        ),
        ("earn:\n- id: a\n  t: |\n    c\n\n# of b\n- id: b\na: 1\n", 0, "earn:\n\n# of b\n- id: b\na: 1\n"),
        ("earn:\n  - id: a\n\n  - id: b\n\na: 1\n", 1, "earn:\n  - id: a\n\na: 1\n"),
        ("a: 1\n\nearn:\n  - id: a\n\nb: 2\n", 0, "a: 1\n\nb: 2\n"),
        ("earn: [{id: a}, {id: b}, {id: c}]   # all\n", 0, "earn: [{id: b}, {id: c}]   # all\n"),
        ("earn: [{id: a}, {id: b}, {id: c}]\n", 1, "earn: [{id: a}, {id: c}]\n"),
        ("earn: [\n  {id: a},\n  {id: b},\n]\n", 1, "earn: [\n  {id: a},\n]\n"),
        ('{"a": 1, "earn": [{"id": "a"}]}', 0, '{"a": 1}'),
        ('{"earn": [{"id": "a"}], "a": 1}', 0, '{"a": 1}'),
        ('{"earn": [{"id": "a"}, {"id": "b"}]}', 1, '{"earn": [{"id": "a"}]}'),
    ],
)
def test_an_item_goes_with_its_comments_and_the_last_one_with_its_section(before: str, number: int, after: str) -> None:
    assert without_item(before, "earn", number) == after


@pytest.mark.parametrize("path", ["earn", "cards", "levels.steps", "goals", "campaigns", "boards", "catalogue"])
def test_a_document_with_every_field_loses_the_lines_of_an_item_alone(path: str) -> None:
    source = FIELDS.read_text()
    shorter = without_item(source, path, 0)
    assert {line[0] for line in ndiff(source.splitlines(), shorter.splitlines())} <= {" ", "-"}
    assert len(shorter) < len(source)


@pytest.mark.parametrize("source", ["earn:\n", "earn: {a: 1}\n", "a: 1\n", "earn:\n  - {id: a}\n"])
def test_an_item_that_is_not_there_is_refused(source: str) -> None:
    with pytest.raises(InvalidInput, match="change it as text"):
        without_item(source, "earn", 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("cards:\n  - id: a   # of a\n    size: 5\n", "cards:\n  - id: a   # of a\n    name: {en: Tea}\n    size: 5\n"),
        ("cards: [{id: a, size: 5}]\n", "cards: [{id: a, name: {en: Tea}, size: 5}]\n"),
        ("cards:\n  - {id: a, name: {en: Old}}   # a\n", "cards:\n  - {id: a, name: {en: Tea}}   # a\n"),
        (
            "cards:\n  - id: a\n    name:\n      en: Old   # b\n      fr: V\n    size: 5\n",
            "cards:\n  - id: a\n    name: {en: Tea}\n    size: 5\n",
        ),
        (
            "cards:\n  - id: a\n    name:   # none\n    size: 5\n",
            "cards:\n  - id: a\n    name: {en: Tea}   # none\n    size: 5\n",
        ),
        ('{"cards": [{"id": "a", "name": {}}]}', '{"cards": [{"id": "a", "name": {"en": "Tea"}}]}'),
    ],
)
def test_a_field_takes_the_place_of_its_value_or_a_new_one(before: str, after: str) -> None:
    assert with_field(before, "cards[0]", "name", {"en": "Tea"}) == after


def test_a_field_of_a_part_goes() -> None:
    source = "cards:\n  - id: a\n    perks: {en: Tea}   # good\n    size: 5\n"
    assert without_field(source, "cards[0]", "perks") == "cards:\n  - id: a\n    size: 5\n"


@pytest.mark.parametrize("source", ["cards: []\n", "cards: [a]\n", "a: 1\n", "cards: [{}]\n"])
def test_a_field_of_what_is_no_part_is_refused(source: str) -> None:
    with pytest.raises(InvalidInput, match="change it as text"):
        with_field(source, "cards[0]", "name", {"en": "Tea"})


LIMITS = """earn:
  - id: a   # of a
    minimum:
      EUR: 5   # in euro
      USD: 6
    limits:
      - amount: 20   # twenty
        per: month
      # in all
      - {amount: 90, per: member}
"""


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"minimum": {"EUR": 7, "USD": 6}}, LIMITS.replace("EUR: 5", "EUR: 7")),
        ({"minimum": {"EUR": 5}}, LIMITS.replace("      USD: 6\n", "")),
        ({"minimum": 9}, LIMITS.replace("\n      EUR: 5   # in euro\n      USD: 6", " 9")),
        (
            {"limits": [{"amount": 90, "per": "member"}]},
            LIMITS.replace(LIMITS[LIMITS.index("      - amount") : LIMITS.index("      # in all")], ""),
        ),
        ({"limits": [{"amount": 25, "per": "year"}]}, None),
        ({"limits": [{"amount": 20, "per": "month"}, {"times": 2, "per": "day"}]}, None),
        ({"limits": [{"amount": 1, "per": "day"}] * 3}, None),
        ({"limits": []}, None),
        ({"limits": [5]}, None),
        ({"minimum": {}}, None),
        ({"give": {"x": [1]}}, None),
    ],
)
def test_a_part_becomes_what_is_wanted_and_what_is_the_same_stays(after: dict[str, Any], expected: str | None) -> None:
    before = read_document(LIMITS.encode())["earn"][0]
    written = with_difference(LIMITS, "earn[0]", before | after)
    assert read_document(written.encode())["earn"] == [before | after]
    assert expected in (None, written)
    assert "# of a" in written


TALL = """a: {id: c, percent: 5,
  vest_days: 14, # two weeks, of returns
  # the end
  expire_days: 365 # a year
}
"""
TALL_LIST = """limits: [
  {amount: 5, per: day}, # daily
  {amount: 9, per: week}, # weekly, too
  {amount: 20, per: month} # monthly
]
"""


@pytest.mark.parametrize(
    ("source", "name", "after"),
    [
        (TALL, "expire_days", "a: {id: c, percent: 5,\n  vest_days: 14 # two weeks, of returns\n}\n"),
        (TALL, "vest_days", "a: {id: c, percent: 5,\n  # the end\n  expire_days: 365 # a year\n}\n"),
        (TALL, "percent", TALL.replace(" percent: 5,", "")),
        (TALL, "id", TALL.replace("id: c, ", "")),
        ("a: {b: 1, c: 2, # both\n  d: 3}", "c", "a: {b: 1, # both\n  d: 3}"),
        ("a: {b: 1, c: 2, # both\n  d: 3}", "d", "a: {b: 1, c: 2 # both\n  }"),
        ("a: {b: 1, # first\n  d: 3}", "b", "a: {d: 3}"),
        ("a: {b: 1, # first\n  # third\n  d: 3}", "b", "a: {\n  # third\n  d: 3}"),
        ("a: {b: 1,\n  d: 3, # third\n}", "d", "a: {b: 1,\n}"),
        ("a: {b: 1,\n  d: 3,\n}", "d", "a: {b: 1,\n}"),
        ("a: {b: 1,\n  d: 3}", "d", "a: {b: 1}"),
    ],
)
def test_a_field_in_braces_goes_with_its_own_comments_alone(source: str, name: str, after: str) -> None:
    assert without_field(source, "a", name) == after


@pytest.mark.parametrize("number", range(3))
def test_an_item_in_brackets_goes_with_its_own_comment_alone(number: int) -> None:
    kept = [line for place, line in enumerate(TALL_LIST.splitlines(), -1) if place != number]
    expected = "\n".join(kept) + "\n"
    assert without_item(TALL_LIST, "limits", number) == (
        expected.replace("}, # weekly", "} # weekly") if number == 2 else expected
    )


@pytest.mark.parametrize(
    ("source", "path", "name", "after"),
    [
        ("# balances lapse\n# soon\ninactive_days: 30\nearn: 1\n", "", "inactive_days", "earn: 1\n"),
        ("a: 1\n\n# days\nb: 30\n\nc: 1\n", "", "b", "a: 1\n\nc: 1\n"),
        ("# all\n\na: 1\nb: 2\n", "", "a", "# all\n\nb: 2\n"),
        ("a:\n  # of b\n  b: 1\n  # of c\n  c: 2\n", "a", "b", "a:\n  # of c\n  c: 2\n"),
        ("a:\n  - minimum: 3\n    id: c\n    d: 1\n", "a[0]", "minimum", "a:\n  - id: c\n    d: 1\n"),
        (
            "a:\n# rule\n-   m: {x: 3} # three\n\n    # of id\n    id: c\n",
            "a[0]",
            "m",
            "a:\n# rule\n# of id\n-   id: c\n",
        ),
        ("a:\n  - m:\n      x: 3\n    id: c\n", "a[0]", "m", "a:\n  - id: c\n"),
    ],
)
def test_a_field_goes_with_the_comment_above_it_and_leaves_the_dash_to_the_next(
    source: str, path: str, name: str, after: str
) -> None:
    assert without_field(source, path, name) == after
