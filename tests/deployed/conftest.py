"""The packaged zip, deployed to a local AWS by the code of `make deploy`, and spoken to over HTTP only."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.deploy import Deployment
from infra.local.local_aws import LocalAws, free_port, local_aws
from infra.local.run import deploy_locally


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker of xdist runs them all, so that there is one local AWS."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("deployed"))


@pytest.fixture(scope="session")
def local() -> Iterator[LocalAws]:
    with local_aws(free_port()) as aws:
        yield aws


@pytest.fixture(scope="session")
def deployed(local: LocalAws) -> Deployment:
    """Deployed once. The environment is restored at once: other tests of this process have an AWS of their own."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in local.environment().items():
            patch.setenv(name, value)
        return deploy_locally(say=lambda _: None)
