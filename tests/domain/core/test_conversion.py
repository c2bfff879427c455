"""A document with several mistakes: each is named once, and what is wrong is put right to go on."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from msgspec import Struct, field

from chalicelib.domain.core.conversion import TypedDocument, converted

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


GIVEN: dict[str, Any] = {"inner": {"count": 5}}


def of(**parts: Any) -> TypedDocument[Form]:
    return converted(GIVEN | parts, Form, "the form")


def test_a_document_without_a_mistake_is_what_it_says() -> None:
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
        ({"inner": {}}, "inner.count must be given", "inner.count", Form(Inner(1))),
        ({"inners": [{"count": "x"}]}, "inners[0].count must be a whole number", "inners[0].count", None),
    ],
)
def test_a_mistake_is_named_and_put_right_with_the_least_that_its_type_takes(
    parts: dict[str, Any], problem: str, path: str, document: Form | None
) -> None:
    typed = of(**parts)
    (named,) = typed.problems
    assert (named.detail.startswith(problem), typed.wrong) == (True, (path,))
    assert document is None or typed.document == document
    assert ", got " in problem or "whole number" in problem or named.detail == problem


def test_all_mistakes_are_named_and_what_was_given_stays_as_it_is() -> None:
    twice = {"count": "x"}
    plain = {"inner": twice, "inners": [twice], "size": "x"}
    typed = converted(plain, Form, "the form")
    assert sorted(typed.wrong) == ["inner.count", "inners[0].count", "size"]
    assert typed.document == Form(Inner(1), "small", inners=(Inner(1),))
    assert plain == {"inner": {"count": "x"}, "inners": [{"count": "x"}], "size": "x"}
