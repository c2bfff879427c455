"""What all tests of the domain have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.domain.errors import InvalidInput, InvalidProgramme
from tests.world.french import english_in


@pytest.fixture(autouse=True)
def french_problems(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test finds wrong with a programme can be said in French."""
    told: list[InvalidInput] = []

    as_before = InvalidProgramme.__init__

    def made(error: InvalidProgramme, invalid: list[InvalidInput]) -> None:
        as_before(error, invalid)
        told.extend(error.invalid)

    monkeypatch.setattr(InvalidProgramme, "__init__", made)
    yield
    assert [(str(problem), english) for problem in told if (english := english_in(problem.predicate))] == []
