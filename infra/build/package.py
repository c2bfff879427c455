"""Packages the application for Lambda.

Chalice writes the template and zips our own code. The libraries are added here: uv installs them from the hashed lock,
for the machine that will run them, what Lambda never loads is left out, and all is compiled for that machine's Python,
whatever this computer is. The same sources give the same bytes, so an unchanged application is neither built nor
uploaded again.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from chalicelib.edge.words import languages
from infra.build.artifacts import BUILD, ROOT, FetchError, publish, scratch
from infra.build.bytecode import THIS_PYTHON, compile_modules

PACKAGERS = ("infra/build/package.py", "infra/build/bytecode.py")
SOURCES = ("app.py", "chalicelib", ".chalice", "requirements.txt", "infra/resources.yaml", *PACKAGERS)

BOTOCORE_DATA = frozenset({"partitions.json", "sdk-default-configuration.json"})
"""What our transport reads of botocore's data. It makes no client, so the models of services and the list of their
endpoints, 310 kB of the zip, are never asked for.
"""
INSTALLER_NOTES = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})
NOT_LIBRARIES = frozenset({".lock", "bin", "share", "__pycache__"})
BABEL_UNUSED = ("messages", "languages.py", "lists.py", "support.py", "units.py")
UNUSED = (
    "*/*.pyi",
    "botocore/stub.py",
    "crawleruseragents/test_*.py",
    "crawleruseragents/validate.py",
    "crawleruseragents/composer.json",
    "crawleruseragents/package*.json",
    "dateutil/easter.py",
    "dateutil/rrule.py",
    "dateutil/tz/win.py",
    "dateutil/zoneinfo/*.tar.gz",
    "ecdsa/test_*.py",
    "jinja2/nativetypes.py",
    "jinja2/sandbox.py",
    "jwt/help.py",
    "segno/cli.py",
    "tzdata/zoneinfo/*.tab",
    "tzdata/zoneinfo/tzdata.zi",
    "urllib3/contrib/emscripten",
    "urllib3/contrib/pyopenssl.py",
    "urllib3/contrib/socks.py",
    "urllib3/http2/connection.py",
    "yaml/_yaml*.pyd",
    "yaml/_yaml*.so",
)
"""Files of libraries that nothing of ours reaches: transports and zones of other systems, test doubles, command lines,
what only editors read. YAML is read by the loader in Python, zones are files of tzdata.
"""
PACKAGES_KEPT = 3
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Target:
    """The machine that will run the package. `platform` chooses wheels, by uv's name; None: those of this machine."""

    python: str
    architecture: str
    platform: str | None


@dataclass(frozen=True, slots=True)
class Package:
    template: Path
    code: Path

    def resources(self) -> dict[str, Any]:
        template: dict[str, Any] = json.loads(self.template.read_text())
        return template


LAMBDA = Target("3.14", "arm64", "aarch64-manylinux2014")
"""What Lambda runs the application on. A test holds `.chalice/config.json`, the template and the documents to it."""


def this_machine() -> Target:
    """What the local AWS runs the application on. Where that is what Lambda runs, both have the same package."""
    architecture = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")
    same = (THIS_PYTHON, architecture, platform.system()) == (LAMBDA.python, LAMBDA.architecture, "Linux")
    return LAMBDA if same else Target(THIS_PYTHON, architecture, None)


def build(target: Target = LAMBDA) -> Package:
    folder = BUILD / "packages" / fingerprint(SOURCES, target)
    package = Package(folder / "template.json", folder / "code.zip")
    if not folder.exists():
        with scratch(BUILD) as work:
            _assemble(work, target)
            publish(work, folder)
        _forget_old(folder.parent)
    return package


def fingerprint(sources: tuple[str, ...], target: Target) -> str:
    digest = hashlib.sha256(repr(target).encode())
    for path in _files(sources):
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _files(sources: tuple[str, ...]) -> Iterator[Path]:
    for source in sources:
        paths = [ROOT / source] if (ROOT / source).is_file() else sorted((ROOT / source).rglob("*"))
        yield from (path for path in paths if path.is_file() and not {"__pycache__", "deployments"} & {*path.parts})


def _forget_old(folder: Path) -> None:
    newest_first = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in newest_first[PACKAGES_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _assemble(work: str, target: Target) -> None:
    out, own = Path(work, "out"), Path(work, "own")
    chalice_out = _run_chalice(Path(work, "project"), Path(work, "chalice"))
    with zipfile.ZipFile(chalice_out / "deployment.zip") as ours:
        ours.extractall(own)
    compile_modules(own, target.python)
    out.mkdir()
    _write_zip(out / "code.zip", [own, libraries(target)])
    template = yaml.safe_load((chalice_out / "sam.yaml").read_text())
    (out / "template.json").write_text(json.dumps(_for_runtime(template, target), separators=(",", ":")))


def _run_chalice(project: Path, out: Path) -> Path:
    """In a copy without requirements, since the libraries are ours to add."""
    ignore = shutil.ignore_patterns("__pycache__", "deployments", "*.po")
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
    """Chalice names the Python that runs Chalice, and the processor of its settings; neither need be the target's."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["Runtime"] = f"python{target.python}"
            resource["Properties"]["Architectures"] = [target.architecture]
    return template


def libraries(target: Target) -> Path:
    """The installed, stripped and compiled libraries of `requirements.txt`."""
    name = "-".join((fingerprint(("requirements.txt", *PACKAGERS), target), *languages()))
    folder = BUILD / "libraries" / name
    if not folder.exists():
        with scratch(BUILD) as work:
            out = Path(work, "out")
            _install(out, target)
            _strip(out)
            compile_modules(out, target.python)
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
    locales = (folder / "babel" / "locale-data").iterdir()
    surplus += [locale for locale in locales if locale.stem not in {"root", *languages()}]
    surplus += [folder / "babel" / name for name in BABEL_UNUSED]
    surplus += [path for pattern in UNUSED for path in folder.glob(pattern)]
    surplus += [data for data in (folder / "botocore" / "data").iterdir() if data.name not in BOTOCORE_DATA]
    for path in surplus:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


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
    try:
        package = build()
    except FetchError as error:
        raise SystemExit(str(error)) from None
    size_mb = package.code.stat().st_size / 1e6
    print(f"{package.code.relative_to(ROOT)}  {size_mb:.1f} MB, Python {LAMBDA.python} on {LAMBDA.architecture}")
    print(f"{package.template.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
