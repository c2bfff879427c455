"""What the checks look at."""

import pytest

from infra.build.package import LAMBDA, Package, build


@pytest.fixture(scope="session")
def package() -> Package:
    """As `make deploy` uploads it."""
    return build(LAMBDA)
