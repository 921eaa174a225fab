"""The measurement of imports measures what it says, on a village small enough for a unit test."""

from __future__ import annotations

from pathlib import Path

from bench.import_child import child
from bench.importing import bare_inserts, write_file
from bench.office import make_office


def test_a_child_previews_and_applies_a_whole_file(tmp_path: Path) -> None:
    people = write_file(tmp_path / "desa.xlsx", 60)
    make_office(tmp_path / "office")
    found = child(tmp_path / "desa.xlsx", tmp_path / "office")
    assert found["rows"] == len(people) == 60
    assert 0 < found["entries"] <= 60
    assert found["peak_mb"] > 0


def test_bare_inserts_are_the_same_people(tmp_path: Path) -> None:
    people = write_file(tmp_path / "desa.xlsx", 20)
    assert bare_inserts(tmp_path / "bare.db", people) > 0
