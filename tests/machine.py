"""What tests need from the machine. Without it they are skipped, which fails in CI (tests/conftest.py)."""

from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAYLOADS = ROOT / "tests" / "edge" / "storefronts" / "payloads"


def missing(reason: str) -> NoReturn:
    pytest.skip(reason)
