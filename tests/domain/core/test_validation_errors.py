"""Each kind of thing that msgspec refuses, and the sentence that a person gets for it."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta, Struct

from chalicelib.domain.core.validation_errors import SECRET, plainly, similar, type_at

Size = Literal["small", "large"]


class Leaf(Struct, forbid_unknown_fields=True):
    """What lies within something else."""

    size: Size = "small"
    password: Annotated[str, Meta(min_length=8), SECRET] = "12345678"


class Form(Struct, forbid_unknown_fields=True):
    """One field of each kind that is refused in words of its own."""

    name: Annotated[str, Meta(min_length=2, max_length=5)] = "anna"
    secret: Annotated[str, Meta(min_length=8), SECRET] = "12345678"
    token: Annotated[str, SECRET] | None = None
    count: int | None = None
    ready: bool = True
    flags: dict[str, bool] = {}
    leaf: Leaf | None = None
    leaves: tuple[Leaf, ...] = ()
    either: Size | None = None
    numbered: int | Size | None = None
    some: tuple[Size, ...] = ()
    by_name: dict[str, Leaf] = {}
    nested: dict[str, list[Leaf]] = {}
    number: Literal[1, 2] = 1
    pairs: dict[str, Annotated[str, Meta(max_length=3)]] = {}
    few: Annotated[tuple[int, ...], Meta(min_length=1, max_length=2)] = (1,)


class Almost(Struct, forbid_unknown_fields=True):
    """What people write nearly as it should be."""

    leaf: Leaf | None = None
    day: date | None = None
    share: Decimal | None = None


def refusal(document: Any, kind: Any = Form) -> str:
    """What a document is refused with."""
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(document, kind)
    return plainly(str(refused.value), document, kind, "the form").detail


class Bounded(Struct):
    """Numbers between bounds, and mappings that people write as one of their values."""

    most: Annotated[int, Meta(le=12)] = 1
    least: Annotated[int, Meta(ge=-2)] = 1
    prices: dict[str, Decimal] = {}
    consents: dict[str, bool | None] = {}
    title: dict[str, str] = {}
    shape: Leaf | Size | None = None


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"most": 13}, "most must be a whole number up to 12, got 13"),
        ({"least": -3}, "least must be a whole number from -2 on, got -3"),
        ({"prices": 5}, "prices must be a mapping by currency such as {EUR: 5}, got 5"),
        ({"prices": "5.50"}, "prices must be a mapping by currency such as {EUR: 5.50}, got '5.50'"),
        ({"prices": True}, "prices must be a mapping, got true"),
        (
            {"consents": "a"},
            "consents must be a mapping of names to true, false or null, such as {\"newsletter\": true}, got 'a'",
        ),
        (
            {"title": "a" * 39 + "bcd"},
            f"title must be a mapping by language such as {{en: {'a' * 39}b}}, got '{'a' * 39}bcd'",
        ),
        ({"title": 5}, "title must be a mapping, got 5"),
        ({"shape": {"width": 1}}, "shape.width is not a field of the form; its fields are size, password"),
        ({"prices": "a"}, "prices must be a mapping, got 'a'"),
    ],
)
def test_a_number_out_of_bounds_and_a_value_for_a_mapping_are_told_how_to_be_written(
    document: Any, sentence: str
) -> None:
    assert refusal(document, Bounded) == sentence


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"name": "a"}, "name must be text of at least 2 characters, got 'a'"),
        ({"few": []}, "few must be a list of 1 or more, got []"),
        ({"few": [1, 2, 3]}, "few must be a list of at most 2, got [1, 2, 3]"),
        ({"few": 1}, "few must be a list, got 1"),
        ({"name": "abcdef"}, "name must be text of at most 5 characters, got 'abcdef'"),
        ({"count": "x"}, "count must be a whole number or null, got 'x'"),
        ({"ready": 1}, "ready must be true or false, got 1"),
        ({"leaf": [1]}, "leaf must be a mapping or null, got [1]; its fields are size, password"),
        ({"leaf": {"width": 1}}, "leaf.width is not a field of the form; its fields are size, password"),
        ({"leaves": {"a": 1}}, "leaves must be a list"),
        ({"flags": {"a": 1}}, "every value of flags must be true or false"),
        ({"pairs": {"a": "long"}}, "every value of pairs must be text of at most 3 characters"),
        ([], "the form must be a mapping, got []"),
    ],
    ids=[
        *(
            "too-short",
            "too-few",
            "too-many",
            "no-list",
            "too-long",
            "or-null",
            "a-truth",
            "a-list-for-a-mapping",
            "unknown-within",
        ),
        *("a-mapping-for-a-list", "a-value-of-a-mapping", "a-long-value-of-a-mapping", "the-whole"),
    ],
)
def test_a_refused_value_is_named_with_its_rule(document: Any, sentence: str) -> None:
    assert refusal(document) == sentence


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"leaf": {"size": "x"}}, "leaf.size must be one of small, large, got 'x'"),
        ({"leaves": [{}, {"size": "x"}]}, "leaves[1].size must be one of small, large, got 'x'"),
        ({"either": "x"}, "either must be one of small, large, got 'x'"),
        ({"numbered": "x"}, "numbered must be one of small, large, got 'x'"),
        ({"some": ["x"]}, "some[0] must be one of small, large, got 'x'"),
        ({"by_name": {"a": {"size": "x"}}}, "by_name[...].size must be one of small, large"),
        ({"nested": {"a": [{"size": "x"}]}}, "nested[...][0].size must be one of small, large"),
        ({"number": 3}, "number must be one of the documented values, got 3"),
    ],
    ids=[
        *("in-one-or-none", "in-a-list", "or-nothing", "beside-a-number", "itself-in-a-list"),
        *("in-a-mapping", "in-a-list-of-a-mapping", "of-numbers"),
    ],
)
def test_a_choice_is_stated_where_it_can_be_found(document: Any, sentence: str) -> None:
    assert refusal(document) == sentence


def test_a_choice_of_something_that_is_no_form_is_found_too() -> None:
    assert refusal("x", Size) == "the form must be one of small, large, got 'x'"


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"secret": "shpss_1"}, "secret must be text of at least 8 characters"),
        ({"token": 12345}, "token must be text or null"),
        ({"leaf": {"password": "1234"}}, "leaf.password must be text of at least 8 characters"),
        ({"leaves": [{}, {"password": "1234"}]}, "leaves[1].password must be text of at least 8 characters"),
    ],
    ids=["itself", "or-nothing", "within", "in-a-list"],
)
def test_a_secret_that_is_refused_is_not_repeated(document: Any, sentence: str) -> None:
    assert refusal(document) == sentence


def test_what_must_be_given_is_named_by_its_path() -> None:
    class Inner(Struct):
        size: int

    class Outer(Struct):
        inner: Inner

    assert refusal({}, Outer) == "inner must be given"
    assert refusal({"inner": {}}, Outer) == "inner.size must be given"


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"leaf": {"siez": "small"}}, "leaf.siez is not a field of the form; did you mean size?"),
        ({"leaf": {"sizes": "small"}}, "leaf.sizes is not a field of the form; did you mean size?"),
        ({"leaf": {"size": "smal"}}, "leaf.size must be one of small, large, got 'smal'; did you mean small?"),
        ({"leaf": {"size": "Large"}}, "leaf.size must be one of small, large, got 'Large'; did you mean large?"),
        ({"day": "15/01/2027"}, "day must be a date such as 2027-01-15, got '15/01/2027'"),
        ({"share": "5,5"}, "share must be a number with a decimal point, not a comma, got '5,5'"),
        ({"share": "5 %"}, "share must be a number without the percent sign, got '5 %'"),
    ],
)
def test_what_is_almost_right_is_told_what_was_meant(document: Any, sentence: str) -> None:
    assert refusal(document, Almost) == sentence


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"share": " 5,5 "}, "share must be a number with a decimal point, not a comma, got ' 5,5 '"),
        ({"share": " 5 % "}, "share must be a number without the percent sign, got ' 5 % '"),
        ({"pieces": "5 %"}, "pieces must be a whole number without the percent sign, got '5 %'"),
        ({"pieces": "5,5"}, "pieces must be a whole number, got '5,5'"),
        ({"ready": "5 %"}, "ready must be true or false, got '5 %'"),
        ({"part": {"siez": 1}}, "part.siez is not a field of the form; did you mean size?"),
    ],
)
def test_how_to_write_a_number_is_said_where_a_number_is_asked_for(document: Any, sentence: str) -> None:
    class Numbers(Struct, forbid_unknown_fields=True):
        share: Decimal = Decimal(1)
        pieces: int = 1
        ready: bool = True
        part: Leaf | tuple[int, ...] = ()

    assert refusal(document, Numbers) == sentence


def test_a_field_of_what_has_no_fields_is_to_be_removed() -> None:
    class Empty(Struct, forbid_unknown_fields=True):
        pass

    assert refusal({"size": 1}, Empty) == "size is not a field of the form; remove it"


def test_a_word_that_is_refused_as_a_whole_is_told_what_was_meant() -> None:
    assert refusal("smal", Size) == "the form must be one of small, large, got 'smal'; did you mean small?"


@pytest.mark.parametrize(
    ("text", "words", "word"),
    [
        ("LARGE", ["small", "large"], "large"),
        ("large", ["SMALL", "LARGE"], "LARGE"),
        ("expiredays", ["vest_days", "expire_days"], "expire_days"),
        ("lar", ["small", "largest-of-all"], "largest-of-all"),
        ("largestofallofthem", ["small", "largest-of-all"], "largest-of-all"),
        ("la", ["large", "lathe"], ""),
    ],
)
def test_a_word_is_like_one_that_begins_alike_with_three_letters_at_least(
    text: str, words: list[str], word: str
) -> None:
    assert similar(text, words) == word


@pytest.mark.parametrize(
    ("kind", "path", "declared"),
    [
        (Annotated[Leaf | None, Meta(title="leaf")], "size", Size),
        (dict[str, int], "[...]", int),
        (dict[str, int], "[0]", None),
        (dict[str, int], "name", None),
        (int, "name", None),
        (Size, "name", None),
    ],
)
def test_a_type_is_found_by_its_path(kind: Any, path: str, declared: Any) -> None:
    assert type_at(kind, path) == declared
