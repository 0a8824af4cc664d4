"""What goes into a release: the wheel, what is in it, sums of both, and a signature.

``sbom`` writes a CycloneDX document of the locked packages, ``release`` all of it into a folder.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKED = re.compile(
    r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: *; *([^\\]+?))?((?: *\\\n *--hash=sha256:[0-9a-f]{64})*)$",
    re.MULTILINE,
)
HASH = re.compile(r"sha256:([0-9a-f]{64})")
#: The first day that a zip archive knows.
EARLIEST = 315_532_800


@dataclass(frozen=True)
class Package:
    """One line of a lock file."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{re.sub('[-_.]+', '-', self.name).lower()}@{self.version}"


def locked(path: Path) -> list[Package]:
    """Every package of a lock file."""
    text = path.read_text(encoding="utf-8")
    return [
        Package(name, version, marker, tuple(HASH.findall(hashes)))
        for name, version, marker, hashes in LOCKED.findall(text)
    ]


def licence_of(name: str) -> str | None:
    """What an installed package says of its licence; ``None`` where it is not installed."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return None
    classified = [
        one.rpartition(" :: ")[2]
        for one in told.get_all("Classifier") or []
        if one.startswith("License ::")
    ]
    expressed, written = told.get_all("License-Expression"), told.get_all("License")
    said = [*(expressed or []), " / ".join(classified), *(written or [])]
    return str(next(filter(None, said), "")).strip().partition("\n")[0][:200]


def sbom() -> dict[str, Any]:
    """What Tocsin is made of, as CycloneDX 1.6. The same commit gives the same document."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = locked(ROOT / "requirements.lock")
    own = f"pkg:pypi/{project['name']}@{project['version']}"
    named = uuid.uuid5(uuid.NAMESPACE_URL, own + "".join(one.purl for one in packages))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{named}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": own, "purl": own, "name": project["name"],
                "version": project["version"], "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": [component(one) for one in packages],
        "dependencies": [{"ref": own, "dependsOn": [one.purl for one in packages]}],
    }  # fmt: skip


def component(package: Package) -> dict[str, Any]:
    """One package of the document; its hashes are those of the files that may be installed."""
    made: dict[str, Any] = {
        "type": "library",
        "bom-ref": package.purl,
        "purl": package.purl,
        "name": package.name,
        "version": package.version,
        "hashes": [{"alg": "SHA-256", "content": one} for one in package.hashes],
    }
    if licence := licence_of(package.name):
        made["licenses"] = [{"license": {"name": licence}}]
    if package.marker:
        made["properties"] = [{"name": "tocsin:marker", "value": package.marker}]
    return made


def built(folder: Path) -> Path:
    """The wheel, its times those of the last commit."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
    ]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, env=dict(os.environ) | {"SOURCE_DATE_EPOCH": str(epoch())})
    (made,) = folder.glob("*.whl")
    return made


def epoch() -> int:
    """``SOURCE_DATE_EPOCH``, else the time of the last commit."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip() else EARLIEST


def release(folder: Path, key: Path) -> Iterator[Path]:
    """The wheel, the SBOM, the sums of both and their signature by an SSH key; gives what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in [*folder.glob("tocsin-*.whl"), *folder.glob("SHA256SUMS*")]:
        stale.unlink()
    wheel, bom, sums = built(folder), folder / "sbom.cdx.json", folder / "SHA256SUMS"
    bom.write_text(json.dumps(sbom(), indent=2) + "\n")
    sums.write_text(
        "".join(
            f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}\n" for one in (bom, wheel)
        )
    )
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", "tocsin", str(sums)], check=True
    )
    yield from (wheel, bom, sums, folder / "SHA256SUMS.sig")


def main() -> None:
    """Write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("sbom", "release", "wheel"))
    parser.add_argument("--into", type=Path, default=Path("dist"))
    parser.add_argument("--key", type=Path, help="the private SSH key that signs a release")
    given = parser.parse_args()
    if given.what == "sbom":
        print(json.dumps(sbom(), indent=2))
    elif given.what == "wheel":
        with tempfile.TemporaryDirectory() as folder:
            wheel = built(Path(folder))
            print(hashlib.sha256(wheel.read_bytes()).hexdigest(), wheel.name)
    elif given.key is None or not given.key.is_file():
        print(
            "name the private SSH key that signs: make release KEY=~/.ssh/release", file=sys.stderr
        )
        sys.exit(2)
    else:
        for path in release(given.into, given.key):
            print(path)


if __name__ == "__main__":
    main()
