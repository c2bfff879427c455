"""What the proofs need from the machine."""

import shutil

import pytest

from tests.machine import missing


@pytest.fixture
def java() -> None:
    """Skipped without Java, which fails in CI."""
    if shutil.which("java") is None:
        missing("DynamoDB Local needs Java")
