"""The folder of built and fetched things, `.build`: each is made beside its place and moved there whole."""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / ".build"


class FetchError(Exception):
    """Says what could not be fetched, and what is missing for it."""


def scratch(build: Path = BUILD) -> "tempfile.TemporaryDirectory[str]":
    """A temporary folder on the disk of the results; what is finished stands in its `out`."""
    build.mkdir(exist_ok=True)
    return tempfile.TemporaryDirectory(dir=build, prefix="making-")


def publish(work: str, folder: Path) -> None:
    """Move `out` of a scratch folder to its place, in a single step."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        Path(work, "out").rename(folder)
    except OSError:
        # Somebody else finished the same first; theirs is as good.
        if not folder.exists():
            raise


def npm_package(name: str, sha512: str) -> Path:
    """The unpacked folder of an npm package of an exact version (`name@1.2.3`), fetched once, checked by its digest."""
    folder = BUILD / name.replace("@", "-")
    if not folder.exists():
        npm = shutil.which("npm")
        if npm is None:
            raise FetchError(f"npm is needed, once, to fetch {name}; on Debian and Ubuntu: apt install npm")
        with scratch() as work:
            unpack(_pack(npm, name, Path(work)), sha512, Path(work, "out"))
            publish(work, folder)
    return folder / "package"


def _pack(npm: str, name: str, work: Path) -> Path:
    done = subprocess.run([npm, "pack", "--silent", name], cwd=work, capture_output=True, text=True)
    if done.returncode:
        raise FetchError(f"npm could not fetch {name}:\n{done.stderr or done.stdout}")
    return next(work.glob("*.tgz"))


def unpack(archive: Path, sha512: str, out: Path) -> None:
    """Unpack a tar archive that has this digest (base64)."""
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != sha512:
        raise FetchError(f"{archive.name} is not what was pinned: its sha512 is {digest}")
    # Python knows the filter from 3.11.4 on.
    safe: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(archive) as contents:
        contents.extractall(out, **safe)  # noqa: S202 - its digest vouches for what is in it
