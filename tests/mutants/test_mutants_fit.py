"""The breakages of ``make mutants`` still fit the code: each old text stands exactly once in its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.catalogue import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_a_breakage_fits_its_file(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1
    assert mutant.old != mutant.new
    assert all((ROOT / one).exists() for one in mutant.tests)


def test_names_are_unique() -> None:
    assert len({one.name for one in MUTANTS}) == len(MUTANTS)
