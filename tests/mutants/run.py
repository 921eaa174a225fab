"""Break the tree in one place at a time and see that the tests notice: ``make mutants``.

Each breakage is made in a copy of the tree, its tests run until the first that fails, and the copy is put right again.
Two copies work side by side.  A breakage that no test notices, or whose text is not found, is a failure.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from tests.mutants.catalogue import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("schemas", "sync_protocol", "register", "village_node", "district_hub", "demo", "bench", "tests", "docs")
FILES = ("cli.py", "pyproject.toml", "Makefile", "README.md")
TIMEOUT_S = 420
CAUGHT, SURVIVED, MISFIT, TIMED_OUT = "caught", "SURVIVED", "TEXT NOT FOUND", "caught (never ended)"


def copy_tree(target: Path) -> Path:
    """Copy what the tests need; caches stay behind."""
    for name in PACKAGES:
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__", "screens"))
    for name in FILES:
        shutil.copy2(ROOT / name, target / name)
    return target


def break_and_test(mutant: Mutant, tree: Path) -> tuple[str, str]:
    """Return what became of a breakage, and the test that noticed."""
    path = tree / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        return MISFIT, ""
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *mutant.tests],
            cwd=tree,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(tree), "CI": "1"},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return TIMED_OUT, ""
    finally:
        path.write_text(text, encoding="utf-8")
    if done.returncode == 0:
        return SURVIVED, ""
    found = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return CAUGHT, found[0].split(" - ")[0].removeprefix("FAILED ") if found else f"exit {done.returncode}"


def run(mutants: Sequence[Mutant], workers: int = 2) -> list[tuple[Mutant, str, str, float]]:
    """Try all breakages; returns each with what became of it, which test noticed, and the seconds it took."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        trees: Queue[Path] = Queue()
        for number in range(workers):
            place = Path(name) / str(number)
            place.mkdir()
            trees.put(copy_tree(place))

        def one(mutant: Mutant) -> tuple[Mutant, str, str, float]:
            tree, started = trees.get(), time.monotonic()
            try:
                became, by = break_and_test(mutant, tree)
            finally:
                trees.put(tree)
            took = time.monotonic() - started
            print(f"{became:<22} {took:>5.0f} s  {mutant.name:<34} {by}", flush=True)
            return mutant, became, by, took

        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(one, mutants))


def main() -> int:
    """Run the named mutants, or all."""
    parser = argparse.ArgumentParser(prog="make mutants", description="Break each rule on purpose.")
    parser.add_argument("names", nargs="*", help="only these")
    arguments = parser.parse_args()
    chosen = [one for one in MUTANTS if not arguments.names or one.name in arguments.names]
    found = run(chosen)
    bad = [one for one in found if one[1] not in {CAUGHT, TIMED_OUT}]
    print(f"\n{len(found) - len(bad)} of {len(found)} breakages noticed")
    for mutant, became, _, _ in bad:
        print(f"  {became}: {mutant.name}: {mutant.breaks} ({mutant.file})")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
