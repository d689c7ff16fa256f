"""Write the bill of materials of the bare install: CycloneDX 1.6 JSON, from the lock and from what is installed.

Each component has its version, licence and the SHA-256 of every file that the lock allows. `--check` writes nothing and
fails if a requirement is not pinned, has no hash, or is installed in another version.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import uuid
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(;[^\\]*)?")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Locked(NamedTuple):
    """One requirement. ``marker``: where it is needed, "" for everywhere."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def locked(text: str) -> Iterator[Locked]:
    """Every requirement of a locked file; `ValueError` for one that is not pinned or has no hash."""
    for block in re.split(r"\n(?=\S)", text):
        head = block.split("\n", 1)[0]
        if not head.strip() or head.startswith(("#", "--")):
            continue
        found = PINNED.match(head)
        hashes = tuple(HASH.findall(block))
        if not found or not hashes:
            raise ValueError(f"{head.strip()}: is not pinned with hashes; run: make lock")
        yield Locked(found[1], found[2], (found[3] or "").strip("; "), hashes)


def component(one: Locked) -> dict[str, object]:
    """As CycloneDX has it. The licence is what the package says of itself."""
    told: dict[str, object] = {
        "type": "library",
        "name": one.name,
        "version": one.version,
        "purl": f"pkg:pypi/{one.name}@{one.version}",
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in one.hashes],
    }
    try:
        about = metadata(one.name)
    except PackageNotFoundError:
        return told
    classified = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier", []) if c.startswith("License :: ")]
    licence = about.get("License-Expression") or ", ".join(classified) or (about.get("License") or "").split("\n")[0]
    return {**told, "licenses": [{"license": {"name": licence}}]} if licence else told


def differing(found: list[Locked]) -> list[str]:
    """What is installed in a version that the lock does not name. It may name several, each for its Pythons."""
    versions: dict[str, set[str]] = {}
    for one in found:
        versions.setdefault(one.name, set()).add(one.version)
    wrong = []
    for name, allowed in versions.items():
        try:
            there = metadata(name)["Version"]
        except PackageNotFoundError:
            continue  # for another system
        if there not in allowed:
            wrong.append(f"{name} {there} is installed, the lock names {' and '.join(sorted(allowed))}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--out", metavar="FILE", default="", help="where to write it; else to standard output")
    args = parser.parse_args()
    found = list(locked((ROOT / "requirements.txt").read_text(encoding="utf-8")))
    if wrong := differing(found):
        print("\n".join(wrong), file=sys.stderr)
        return 1
    if args.check:
        print(f"{len(found)} requirements, {sum(len(one.hashes) for one in found)} hashes, each as installed")
        return 0
    own = {"type": "application", "name": "salience", "version": metadata("salience")["Version"]}
    names = "\n".join(f"{one.name}=={one.version}" for one in found)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, names)}",
        "version": 1,
        "metadata": {"component": own},
        "components": [component(one) for one in found],
    }
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    if args.out:
        Path(args.out).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
