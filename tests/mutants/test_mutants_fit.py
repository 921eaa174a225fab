"""The breakages of ``make mutants`` fit the code: each old text stands once, the change parses, the test exists."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants.breakage import Mutant
from tests.mutants.catalogue import MUTANTS
from tests.mutants.run import CAUGHT, MISFIT, NO_VERDICT, SURVIVED, TIMED_OUT, judged

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_a_breakage_fits_its_file(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1
    assert mutant.old != mutant.new
    ast.parse(text.replace(mutant.old, mutant.new))
    path, *names = mutant.test.split("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    defined = {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.ClassDef)}
    assert set(names) <= defined
    assert names


def test_names_are_unique() -> None:
    assert len({one.name for one in MUTANTS}) == len(MUTANTS)


def test_every_part_is_broken_somewhere() -> None:
    parts = [one.file.split("/")[0] for one in MUTANTS]
    assert min(parts.count(name) for name in ("sync_protocol", "village_node", "district_hub")) >= 15


@pytest.mark.parametrize(
    ("exit_code", "output", "became"),
    [
        (0, "1 passed", SURVIVED),
        (1, "FAILED tests/x.py::test_y - AssertionError\n1 failed", CAUGHT),
        (1, "ERROR tests/x.py::test_y - RuntimeError\n1 error", CAUGHT),
        (1, "Traceback: no pytest here", NO_VERDICT),
        (2, "ERROR tests/x.py - ImportError\nInterrupted: 1 error during collection", NO_VERDICT),
        (3, "INTERNALERROR", NO_VERDICT),
        (4, "ERROR: not found: tests/x.py::test_y", NO_VERDICT),
        (5, "no tests ran", NO_VERDICT),
        (None, "", TIMED_OUT),
    ],
)
def test_only_a_test_that_failed_is_a_notice(exit_code: int | None, output: str, became: str) -> None:
    assert judged(exit_code, output)[0] == became
    assert MISFIT not in (CAUGHT, SURVIVED)
