"""Pins every dependency, with hashes: requirements.txt for Lambda, and a lock for each environment of a developer.

The Lambda's pins come first and bind the others, so that tests run what is deployed. The local AWS stands apart.
"""

import os
import subprocess
import sys
from pathlib import Path

LOCKS = Path(__file__).parent.parent / "locks"
OLDEST_PYTHON = "3.11"


def main() -> None:
    pin("lambda.in", "../../requirements.txt")
    for name in ("run", "dev", "bench"):
        pin(f"{name}.in", f"{name}.txt", "--constraints", "../../requirements.txt")
    for name in ("aws", "uv"):
        pin(f"{name}.in", f"{name}.txt")
    pin("data.in", "data.txt", "--no-deps")


def pin(source: str, lock: str, *options: str) -> None:
    """Write a lock file if it changed: make rebuilds an environment when its lock is newer."""
    command = ["uv", "pip", "compile", source, "--quiet", "--universal", "--generate-hashes", "--upgrade"]
    command += ["--python-version", OLDEST_PYTHON, *options]
    environment = os.environ | {"UV_CUSTOM_COMPILE_COMMAND": "make lock"}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=LOCKS, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    file = LOCKS / lock
    if not file.exists() or file.read_text() != done.stdout:
        file.write_text(done.stdout)


if __name__ == "__main__":
    main()
