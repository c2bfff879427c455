"""docs/first-cashback.md, typed as it stands there, by somebody who has just started an empty one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.deploy import Deployment
from infra.local.local_aws import LocalAws
from infra.local.story import PROGRAMME
from tests.machine import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "first-cashback.md").read_text()


def test_a_newcomers_customer_has_a_first_cashback(deployed: Deployment, local: LocalAws, tmp_path: Path) -> None:
    assert deployed.keys
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    script = re.sub(r"^\$ ", "", "".join(blocks), flags=re.MULTILINE)
    environment = {
        "RISTOURNE_URL": deployed.api_url,
        "RISTOURNE_KEY": deployed.keys.admin,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=os.environ | local.environment() | environment,
        capture_output=True,
        text=True,
    )
    # The other tests of this deployment count on the demo's programme, which holds two seconds after it is published.
    back = f"ristourne programme publish {PROGRAMME} && sleep 3"
    assert subprocess.run(["bash", "-c", back], env=os.environ | local.environment() | environment).returncode == 0
    assert done.returncode == 0, done.stdout + done.stderr
    assert "result: recorded" in done.stdout
    assert re.search(r"EUR  Cashback: \d+% of 40.00 EUR on your order #1001\.$", done.stdout.strip())
