"""What a refusal says of a long value, and one whose sentence is made already."""

import pytest

from chalicelib.domain.errors import InvalidInput


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
    assert InvalidInput("name", "be short", got).detail == f"name must be short, got {shown}"


def test_a_sentence_that_is_made_already_is_the_whole_refusal() -> None:
    refused = InvalidInput.sentence("name must be given")
    assert (refused.detail, str(refused), refused.code) == ("name must be given",) * 2 + ("invalid_input",)
