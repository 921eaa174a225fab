"""Write requirements.lock: every run-time and development dependency, pinned, with hashes.

Decides nothing about versions itself: pip resolves what pyproject.toml asks for, then answers once more for each
Python and processor that we support, so that the lock holds the digest of every wheel one of them may pick. Local pip
settings (constraints, extra places to look) are switched off, and neither addresses nor local paths are written.
Wheels only: a village laptop has no compiler.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PROCESSORS = ("x86_64", "aarch64")
# Newest first; each is a promise about the oldest C library that the wheel runs on.
GLIBC = (
    *(f"manylinux_2_{minor}" for minor in (36, 35, 34, 31, 28, 27, 26, 24, 17, 12, 5)),
    "manylinux2014",
)
# A release that turns out bad is usually withdrawn within days: take none younger than a week.
COOLDOWN = "P7D"
LOCAL_SETTINGS = ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT", "PIP_REQUIREMENT")

HEADER = """\
# Written by `make lock`; do not edit. Linux x86_64 and aarch64, CPython 3.11 to 3.14.
# Install: pip install --require-hashes --only-binary :all: -r requirements.lock
"""


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]


def ask_pip(arguments: list[str]) -> list[tuple[str, str, str]]:
    """Return (name, version, sha256) of each file that pip would install."""
    environment = {key: value for key, value in os.environ.items() if key not in LOCAL_SETTINGS}
    environment["PIP_CONFIG_FILE"] = os.devnull
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        command += ["--only-binary", ":all:", "--report", str(report), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"pip could not resolve: {' '.join(arguments)}\n{done.stderr}")
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return [
        (
            normalised(one["metadata"]["name"]),
            one["metadata"]["version"],
            one["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for one in found
    ]


def ask_for(machine: tuple[str, str], pins: list[str]) -> list[tuple[str, str, str]]:
    """Return what pip would pick on another (Python, processor); a pin without a wheel for it stops the lock."""
    python, processor = machine
    platforms = [f"--platform={libc}_{processor}" for libc in GLIBC]
    with tempfile.TemporaryDirectory() as target:
        place = ["--target", target, "--no-deps", "--implementation", "cp", "--python-version", python]
        return ask_pip([*place, *platforms, *pins])


def render(pins: dict[str, str], hashes: dict[str, set[str]], markers: dict[str, str]) -> str:
    lines = [HEADER]
    for name in sorted(pins):
        marker = f" ; {markers[name]}" if name in markers else ""
        digests = " \\\n".join(f"    --hash=sha256:{digest}" for digest in sorted(hashes[name]))
        lines.append(f"{name}=={pins[name]}{marker} \\\n{digests}\n")
    return "".join(lines)


def main() -> None:
    requirements = wanted()
    markers = {
        normalised(re.split(r"[\[<>=; ]", line)[0]): line.split(";", 1)[1].strip()
        for line in requirements
        if ";" in line
    }
    resolved = ask_pip(["--uploaded-prior-to", COOLDOWN, *requirements])
    pins = {name: version for name, version, _ in resolved}
    hashes = {name: {digest} for name, _, digest in resolved}
    lines = [f"{name}=={version}" for name, version in sorted(pins.items())]
    others = [(python, processor) for python in PYTHONS for processor in PROCESSORS]
    with ThreadPoolExecutor(max_workers=2) as pool:
        for answer in pool.map(lambda machine: ask_for(machine, lines), others):
            for name, version, digest in answer:
                assert pins[name] == version, (name, version)
                hashes[name].add(digest)
    (ROOT / "requirements.lock").write_text(render(pins, hashes, markers), encoding="utf-8")
    print(f"requirements.lock: {len(pins)} packages, {sum(map(len, hashes.values()))} files")


if __name__ == "__main__":
    main()
