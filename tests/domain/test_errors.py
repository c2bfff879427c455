"""What a refusal says, as a sentence of its parts."""

import pytest

from chalicelib.domain.errors import InvalidInput, InvalidProgramme


@pytest.mark.parametrize(
    ("got", "shown"),
    [
        ("x" * 78, f"'{'x' * 78}'"),
        ("x" * 79, f"'{'x' * 76}..."),
        (10**79, f"1{'0' * 79}"),
        (10**80, f"1{'0' * 76}..."),
    ],
    ids=["text-that-fits", "text-that-does-not", "a-number-that-fits", "a-number-that-does-not"],
)
def test_a_long_value_is_shown_with_80_characters(got: object, shown: str) -> None:
    assert InvalidInput("name", "must be short", got).detail == f"name must be short, got {shown}"


@pytest.mark.parametrize(("got", "shown"), [(True, "true"), (False, "false"), ("True", "'True'"), (1, "1")])
def test_a_truth_value_is_shown_as_documents_write_it(got: object, shown: str) -> None:
    assert InvalidInput("amount", "must be a whole number", got).detail == f"amount must be a whole number, got {shown}"


def test_a_refusal_of_no_field_is_its_text_alone() -> None:
    refused = InvalidInput("", "the form must be text")
    assert (refused.detail, str(refused), refused.code) == ("the form must be text",) * 2 + ("invalid_input",)


def test_what_may_be_meant_stands_after_the_value() -> None:
    refused = InvalidInput("per", "must be one of %(words)s", "months", words=("day", "month"), hint="or leave it out")
    assert refused.detail == "per must be one of day, month, got 'months'; or leave it out"


def test_what_is_stored_has_no_value() -> None:
    assert (
        InvalidInput("id", "must be an id", "ana@example.com", hint="or none").without_value().detail
        == "id must be an id"
    )
    assert InvalidInput("id", "must be given", hint="or none").without_value().detail == "id must be given; or none"


def test_all_problems_of_a_programme_are_told_in_one_sentence() -> None:
    refused = InvalidProgramme([InvalidInput(field, "must be given") for field in ("name", "currency", "earn")])
    assert refused.detail == "name must be given; currency must be given; earn must be given"
    assert refused.detail == "; ".join(refused.problems)


def test_hundreds_of_problems_are_told_in_one_sentence() -> None:
    """A document of 300 cards of one id was answered with 500: each problem was nested in the one before."""
    problems = [InvalidInput(f"cards[{number}].id", "must be unique") for number in range(3000)]
    detail = InvalidProgramme(problems).detail
    assert detail.split("; ") == [problem.detail for problem in problems]
