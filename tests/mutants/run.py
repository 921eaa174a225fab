"""Break the tree in one place at a time and see that the tests notice: ``make mutants``.

First the unbroken copy must pass every test that is named.  Then each breakage is made in a copy of the tree, its test
runs, and the copy is put right again; two copies work side by side.  Only a test that ran and failed is a notice: a
breakage that no test notices, whose text is not found, that cannot be imported or never ends, is a failure.
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

from tests.mutants.breakage import Mutant
from tests.mutants.catalogue import MUTANTS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("schemas", "sync_protocol", "register", "village_node", "district_hub", "demo", "bench", "tests", "docs")
FILES = ("cli.py", "pyproject.toml", "Makefile", "README.md")
TIMEOUT_S, BASELINE_TIMEOUT_S = 60, 600
CAUGHT, SURVIVED, MISFIT, NO_VERDICT, TIMED_OUT = "caught", "SURVIVED", "TEXT NOT FOUND", "NO VERDICT", "NEVER ENDED"
_TESTS_FAILED = 1
"""What pytest exits with when tests ran and some failed; everything else above it means that they did not run."""


def copy_tree(target: Path) -> Path:
    """Copy what the tests need; caches stay behind."""
    for name in PACKAGES:
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__", "screens"))
    for name in FILES:
        shutil.copy2(ROOT / name, target / name)
    return target


def run_tests(tree: Path, tests: Sequence[str], timeout_s: int) -> tuple[int | None, str]:
    """Return pytest's exit code in a tree, None if it did not end in time, and what it printed."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *tests],
            cwd=tree,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(tree), "CI": "1"},
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout + done.stderr


def judged(exit_code: int | None, output: str) -> tuple[str, str]:
    """Return what became of a breakage, and the test that noticed or why there is no verdict."""
    if exit_code is None:
        return TIMED_OUT, ""
    if exit_code == 0:
        return SURVIVED, ""
    failed = [line for line in output.splitlines() if line.startswith(("FAILED ", "ERROR ")) and "::" in line]
    if exit_code != _TESTS_FAILED or not failed:
        return NO_VERDICT, f"pytest ended with {exit_code}"
    return CAUGHT, failed[0].split(" - ")[0].split(" ", 1)[1]


def break_and_test(mutant: Mutant, tree: Path) -> tuple[str, str]:
    """Break one place of a tree, run its test, put the place right again; return what ``judged`` says."""
    path = tree / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        return MISFIT, ""
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        return judged(*run_tests(tree, [mutant.test], TIMEOUT_S))
    finally:
        path.write_text(text, encoding="utf-8")


def run(mutants: Sequence[Mutant], workers: int = 2) -> list[tuple[Mutant, str, str]] | None:
    """Try all breakages; returns each with what became of it and which test noticed, None if the tree itself fails."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        trees: Queue[Path] = Queue()
        for number in range(workers):
            place = Path(name) / str(number)
            place.mkdir()
            trees.put(copy_tree(place))
        started = time.monotonic()
        exit_code, output = run_tests(Path(name) / "0", sorted({one.test for one in mutants}), BASELINE_TIMEOUT_S)
        print(f"{'unbroken':<15} {time.monotonic() - started:>5.1f} s  every named test, exit {exit_code}", flush=True)
        if exit_code != 0:
            print(output)
            return None

        def one(mutant: Mutant) -> tuple[Mutant, str, str]:
            tree, started = trees.get(), time.monotonic()
            try:
                became, by = break_and_test(mutant, tree)
            finally:
                trees.put(tree)
            print(f"{became:<15} {time.monotonic() - started:>5.1f} s  {mutant.name:<40} {by}", flush=True)
            return mutant, became, by

        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(one, mutants))


def main() -> int:
    """Run the named mutants, or all."""
    parser = argparse.ArgumentParser(prog="make mutants", description="Break each rule on purpose.")
    parser.add_argument("names", nargs="*", help="only these")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - {one.name for one in MUTANTS}:
        parser.error(f"no such breakage: {', '.join(sorted(unknown))}")
    started = time.monotonic()
    found = run([one for one in MUTANTS if not arguments.names or one.name in arguments.names])
    if found is None:
        print("\nthe unbroken tree fails: nothing was broken")
        return 1
    bad = [one for one in found if one[1] != CAUGHT]
    took = time.monotonic() - started
    print(f"\n{len(found) - len(bad)} of {len(found)} breakages noticed, in {took:.0f} s")
    for mutant, became, _ in bad:
        print(f"  {became}: {mutant.name}: {mutant.breaks} ({mutant.file})")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
