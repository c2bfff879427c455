"""Packages the application for Lambda.

Chalice writes the template and zips our own code. The libraries are added here: uv installs them from the hashed lock,
for the machine that will run them, and what Lambda never loads is left out. The same sources give the same bytes, so
an unchanged application is neither built nor uploaded again.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
SOURCES = ("app.py", "chalicelib", ".chalice", "requirements.txt", "infra/resources.yaml", "infra/package.py")

AWS_SERVICES = frozenset({"dynamodb", "ssm", "sts"})
INSTALLER_NOTES = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})
NOT_LIBRARIES = frozenset({".lock", "bin", "share", "__pycache__"})
PACKAGES_KEPT = 3
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Target:
    """The machine that will run the package; `platform` as uv names it, None for this one."""

    python: str
    platform: str | None


@dataclass(frozen=True, slots=True)
class Package:
    template: Path
    code: Path

    def resources(self) -> dict[str, Any]:
        template: dict[str, Any] = json.loads(self.template.read_text())
        return template


LAMBDA = Target("3.11", "x86_64-manylinux2014")


def this_machine() -> Target:
    """Where this machine can run what Lambda runs, it runs exactly that."""
    python = "{}.{}".format(*sys.version_info)
    same = python == LAMBDA.python and (platform.system(), platform.machine()) == ("Linux", "x86_64")
    return LAMBDA if same else Target(python, None)


def build(target: Target = LAMBDA) -> Package:
    folder = BUILD / "packages" / fingerprint(SOURCES, target)
    package = Package(folder / "template.json", folder / "code.zip")
    if not folder.exists():
        with scratch() as work:
            _assemble(work, target)
            publish(work, folder)
        _forget_old(folder.parent)
    return package


def fingerprint(sources: tuple[str, ...], target: Target) -> str:
    digest = hashlib.sha256(repr((target, sys.version_info[:2])).encode())
    for path in _files(sources):
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _files(sources: tuple[str, ...]) -> Iterator[Path]:
    for source in sources:
        found = [ROOT / source] if (ROOT / source).is_file() else sorted((ROOT / source).rglob("*"))
        yield from (path for path in found if path.is_file() and not {"__pycache__", "deployments"} & {*path.parts})


def scratch() -> "tempfile.TemporaryDirectory[str]":
    """Beside the results, so that a finished one is moved into place in a single step."""
    BUILD.mkdir(exist_ok=True)
    return tempfile.TemporaryDirectory(dir=BUILD, prefix="making-")


def publish(work: str, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        Path(work, "out").rename(folder)
    except OSError:
        # Somebody else finished the same package first; theirs is as good.
        if not folder.exists():
            raise


def _forget_old(folder: Path) -> None:
    newest_first = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest_first[PACKAGES_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _assemble(work: str, target: Target) -> None:
    out, own = Path(work, "out"), Path(work, "own")
    chalice_out = _run_chalice(Path(work, "project"), Path(work, "chalice"))
    with zipfile.ZipFile(chalice_out / "deployment.zip") as ours:
        ours.extractall(own)
    _compile(own, target)
    out.mkdir()
    _write_zip(out / "code.zip", [own, libraries(target)])
    template = yaml.safe_load((chalice_out / "sam.yaml").read_text())
    (out / "template.json").write_text(json.dumps(_for_runtime(template, target), separators=(",", ":")))


def _run_chalice(project: Path, out: Path) -> Path:
    """In a copy without requirements, since the libraries are ours to add."""
    ignore = shutil.ignore_patterns("__pycache__", "deployments")
    for folder in ("chalicelib", ".chalice"):
        shutil.copytree(ROOT / folder, project / folder, ignore=ignore)
    shutil.copy(ROOT / "app.py", project)
    (project / "requirements.txt").touch()
    merge = ["--template-format", "yaml", "--merge-template", str(ROOT / "infra" / "resources.yaml")]
    chalice = str(Path(sys.executable).with_name("chalice"))
    # Chalice asks for a region although nothing that it writes here depends on one.
    environment = {"AWS_DEFAULT_REGION": "us-east-1"} | os.environ
    _run([chalice, "package", *merge, str(out)], cwd=project, env=environment)
    return out


def _for_runtime(template: dict[str, Any], target: Target) -> dict[str, Any]:
    """Chalice names the Python that runs Chalice, which need not be the target's."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["Runtime"] = f"python{target.python}"
    return template


def libraries(target: Target) -> Path:
    """The installed, stripped and compiled libraries of `requirements.txt`."""
    folder = BUILD / "libraries" / fingerprint(("requirements.txt", "infra/package.py"), target)
    if not folder.exists():
        with scratch() as work:
            out = Path(work, "out")
            _install(out, target)
            _strip(out)
            _compile(out, target)
            publish(work, folder)
        _forget_old(folder.parent)
    return folder


def _install(out: Path, target: Target) -> None:
    where = ["--python-version", target.python]
    where += ["--python-platform", target.platform] if target.platform else []
    options = ["--quiet", "--require-hashes", "--only-binary", ":all:", "--link-mode", "copy"]
    uv = [sys.executable, "-m", "uv", "pip", "install", *options, *where]
    _run([*uv, "--target", str(out), "-r", str(ROOT / "requirements.txt")])


def _strip(folder: Path) -> None:
    surplus = [folder / name for name in NOT_LIBRARIES]
    surplus += [note for info in folder.glob("*.dist-info") for note in info.iterdir() if note.name in INSTALLER_NOTES]
    models = (folder / "botocore" / "data").iterdir()
    surplus += [model for model in models if model.is_dir() and model.name not in AWS_SERVICES]
    for path in surplus:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _compile(folder: Path, target: Target) -> None:
    """Lambda's disk is read-only: without this every cold start compiles every module. It takes the target's Python."""
    if target.python == "{}.{}".format(*sys.version_info):
        flags = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", "/var/task"]
        # Frozen sets are written in the order of their hashes.
        _run([sys.executable, "-m", "compileall", *flags, str(folder)], env=os.environ | {"PYTHONHASHSEED": "0"})


def _write_zip(code: Path, folders: list[Path]) -> None:
    files = {str(path.relative_to(folder)): path for folder in folders for path in folder.rglob("*") if path.is_file()}
    with zipfile.ZipFile(code, "w") as archive:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(name, ZIP_EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, path.read_bytes(), compresslevel=9)


def _run(command: list[str], **options: Any) -> None:
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        raise SystemExit(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")


def main() -> None:
    package = build()
    print(f"{package.code.relative_to(ROOT)}  {package.code.stat().st_size / 1e6:.1f} MB, python{LAMBDA.python}")
    print(f"{package.template.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
