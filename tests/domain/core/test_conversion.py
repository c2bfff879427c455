"""A document with several problems: each is named once, and what is wrong is put right to go on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import pytest
from msgspec import Struct, field

from chalicelib.domain.core.conversion import MAX_READINGS, TypedDocument, converted

Size = Literal["small", "large"]


class Inner(Struct, forbid_unknown_fields=True):
    """What must be given within something else, with fields that need not be."""

    count: int
    note: str = "note"
    tags: list[str] = field(default_factory=lambda: ["tag"])


class Form(Struct, forbid_unknown_fields=True):
    """One field of each kind that is put right in its own way."""

    inner: Inner
    size: Size = "large"
    either: Size | None = "large"
    some: tuple[Size, ...] = ()
    flags: dict[str, bool] = {}
    inners: tuple[Inner, ...] = ()
    named: dict[str, Inner] = {}
    sizes: dict[str, Size] = {}
    counts: dict[str, int | None] = {}
    pair: tuple[int, Size] = (2, "large")


GIVEN: dict[str, Any] = {"inner": {"count": 5}}


def of(**parts: Any) -> TypedDocument[Form]:
    return converted(GIVEN | parts, Form, "the form")


def test_a_document_without_a_problem_is_what_it_says() -> None:
    assert of(size="small") == TypedDocument(Form(Inner(5), "small"))


@pytest.mark.parametrize(
    ("parts", "problem", "path", "document"),
    [
        ({"size": "x"}, "size must be one of small, large, got 'x'", "size", Form(Inner(5), "small")),
        ({"either": "x"}, "either must be one of small, large, got 'x'", "either", Form(Inner(5), either=None)),
        (
            {"some": ["large", "x", "large"]},
            "some[1] must be one of small, large, got 'x'",
            "some[1]",
            Form(Inner(5), some=("large", "small", "large")),
        ),
        (
            {"some": ["large"] * 10 + ["x"]},
            "some[10] must be one of small, large, got 'x'",
            "some[10]",
            Form(Inner(5), some=("large",) * 10 + ("small",)),
        ),
        ({"some": 1}, "some must be a list, got 1", "some", Form(Inner(5))),
        ({"flags": 1}, "flags must be a mapping, got 1", "flags", Form(Inner(5))),
        (
            {"flags": {"a": True, "b": 1}},
            "flags.b must be true or false, got 1",
            "flags.b",
            Form(Inner(5), flags={"a": True}),
        ),
        ({"flags": {"b": {"c": 1}}}, "flags.b must be true or false", "flags.b", Form(Inner(5))),
        ({"inner": 7}, "inner must be a mapping, got 7", "inner", Form(Inner(1))),
        ({"sizes": {"a": "x"}}, "sizes.a must be one of small, large, got 'x'", "sizes.a", Form(Inner(5))),
        ({"named": {"a": 7}}, "named.a must be a mapping, got 7", "named.a", Form(Inner(5))),
        (
            {"named": {"a": {}, "b": {"count": 3}}},
            "named.a.count must be given",
            "named.a.count",
            Form(Inner(5), named={"a": Inner(1), "b": Inner(3)}),
        ),
        ({"pair": "x"}, "pair must be a list, got 'x'", "pair", Form(Inner(5), pair=(1, "small"))),
        ({"inner": {}}, "inner.count must be given", "inner.count", Form(Inner(1))),
        ({"inners": [{"count": "x"}]}, "inners[0].count must be a whole number", "inners[0].count", None),
    ],
)
def test_a_problem_is_named_and_put_right_with_the_least_that_its_type_takes(
    parts: dict[str, Any], problem: str, path: str, document: Form | None
) -> None:
    typed = of(**parts)
    (named,) = typed.problems
    assert (named.detail.startswith(problem), typed.mended) == (True, (path,))
    assert document is None or typed.document == document
    assert ", got " in problem or "whole number" in problem or named.detail == problem


def test_an_unknown_field_is_left_out_and_the_one_that_may_be_meant_is_named() -> None:
    typed = of(flag={}, inner={"count": 5, "colour": "red"})
    assert (typed.document, sorted(typed.mended)) == (Form(Inner(5)), ["flag", "inner.colour"])
    assert sorted(problem.detail for problem in typed.problems) == [
        "flag is not a field of the form; did you mean flags?",
        "inner.colour is not a field of the form; its fields are count, note, tags",
    ]


def test_all_problems_in_the_parts_of_a_mapping_are_named_by_their_keys() -> None:
    typed = of(named={"a": {"count": "x", "note": 7}, "b": {"count": 3, "colour": "red"}, "c": {"count": 4}, "d": "x"})
    assert typed.document == Form(Inner(5), named={"a": Inner(1, "-"), "b": Inner(3), "c": Inner(4)})
    assert sorted(typed.mended) == ["named.a.count", "named.a.note", "named.b.colour", "named.d"]


@pytest.mark.parametrize(
    ("within", "sentence"), [("", "the form must be a mapping"), ("part", "part must be a mapping")]
)
def test_of_what_is_no_mapping_at_all_that_is_the_one_problem(within: str, sentence: str) -> None:
    typed = converted([1], Form, "the form", within)
    assert [problem.detail for problem in typed.problems] == [f"{sentence}, got [1]"]
    assert (typed.document, typed.mended) == (Form(Inner(1)), (within,))


def test_in_a_list_of_documents_each_problem_is_named_where_it_stands() -> None:
    typed = converted([{"count": 3}, {"count": "x", "note": 7}], tuple[Inner, ...], "the list")
    assert (typed.document, typed.mended) == ((Inner(3), Inner(1, "-")), ("[1].count", "[1].note"))


@pytest.mark.parametrize(("problems", "named"), [(99, 99), (100, 100), (101, 101), (500, 101)])
def test_of_too_many_problems_the_first_hundred_are_named_and_one_more(problems: int, named: int) -> None:
    """After that nothing of the document is believed."""
    typed = of(some=["x"] * problems)
    assert [problem.field for problem in typed.problems] == [f"some[{number}]" for number in range(named)]
    assert typed.mended[:100] == tuple(f"some[{number}]" for number in range(min(problems, 100)))
    assert typed.mended[100:] == (("",) if problems > 100 else ())
    assert typed.document == (Form(Inner(5), some=("small",) * problems) if problems <= 100 else Form(Inner(1)))


def test_all_problems_are_named_and_what_was_given_stays_as_it_is() -> None:
    twice = {"count": "x"}
    plain = {"inner": twice, "inners": [twice], "size": "x"}
    typed = converted(plain, Form, "the form")
    assert sorted(typed.mended) == ["inner.count", "inners[0].count", "size"]
    assert typed.document == Form(Inner(1), "small", inners=(Inner(1),))
    assert plain == {"inner": {"count": "x"}, "inners": [{"count": "x"}], "size": "x"}


@pytest.mark.parametrize("written", [Decimal("7.00"), Decimal(7), "7", "7.0", "+7", "007"])
def test_a_whole_number_may_have_decimals_of_nothing_or_stand_in_quotes(written: object) -> None:
    parts = {"pair": [written, "large"], "counts": {"a": written, "b": 1}, "inners": [{"count": written}]}
    expected = Form(Inner(7), pair=(7, "large"), counts={"a": 7, "b": 1}, inners=(Inner(7),))
    assert of(inner={"count": written}, **parts) == TypedDocument(expected)


@pytest.mark.parametrize(
    "written",
    [
        Decimal("7.5"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("7e9999999"),
        "7.",
        "\N{ARABIC-INDIC DIGIT SEVEN}",
    ],
)
def test_any_other_number_is_no_whole_one(written: object) -> None:
    reading = of(inner={"count": written}, counts={"a": written})
    assert [(problem.field, problem.text) for problem in reading.problems] == [
        ("inner.count", "must be %(kind)s"),
        ("counts.a", "must be %(kind)s"),
    ]


def test_text_that_is_a_number_stays_text() -> None:
    assert of(inner={"count": "5", "note": "7"}).document.inner == Inner(5, "7")


@pytest.mark.parametrize(("numbers", "problems"), [(MAX_READINGS, 0), (MAX_READINGS + 1, 1)])
def test_numbers_in_quotes_are_read_up_to_a_bound(numbers: int, problems: int) -> None:
    """The whole document is read again for each, which took seconds for 1,400 of them."""
    answer = converted(GIVEN | {"inners": [{"count": "7"}] * numbers}, Form, "the form")
    assert len(answer.problems) == problems
    if not problems:
        assert {inner.count for inner in answer.document.inners} == {7}
