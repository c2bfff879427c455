"""Every drill of `make drill`, on the deployed package."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local.local_aws import free_port, local_aws
from tests.drills.drills import DRILLS
from tests.drills.stage import Stage, open_stage

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("deployed"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Deployed to an AWS of its own."""
    folder: Path = tmp_path_factory.mktemp("operator")
    with local_aws(free_port()) as local, open_stage(local, folder) as opened:
        yield opened


@pytest.mark.parametrize("drill", DRILLS)
def test_a_drill_ends_with_right_books(stage: Stage, drill: Callable[[Stage], None]) -> None:
    drill(stage)
    assert stage.is_right()
