"""``kampung village export``: each form comes back through the import without a change."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from register.exporting import write_xlsx
from register.generator import HEADERS, generate_village
from tests.fakes_desk import TODAY
from tests.node_ground import VILLAGE_CODE
from tests.village_console import tree_of, village_command


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, enrolled_folder: Path) -> Path:
    """Give an office with sixty people."""
    base = tmp_path_factory.mktemp("office")
    office = Path(shutil.copytree(enrolled_folder, base / "desa"))
    write_xlsx(base / "penduduk.xlsx", HEADERS, generate_village(3, VILLAGE_CODE, 60, today=TODAY).rows)
    assert run(office, "import", str(base / "penduduk.xlsx"))["new"] == 60
    return office


def run(office: Path, *words: str, code: int = 0) -> dict[str, Any]:
    result = village_command(office, *words, "--json", code=code)
    tree: dict[str, Any] = tree_of(result) if code == 0 else {}
    return tree


@pytest.mark.parametrize(
    ("name", "words", "layout"),
    [
        ("a.xlsx", (), "lengkap"),
        ("b.xlsx", ("--format", "xlsx"), "lengkap"),
        ("c.csv", ("--format", "csv"), "templat-43"),
        ("d.xlsx", ("--format", "siak"), "siak-37"),
        ("e.csv", ("--format", "siak"), "siak-37"),
    ],
)
def test_an_export_comes_back_unchanged(
    folder: Path, tmp_path: Path, name: str, words: tuple[str, ...], layout: str
) -> None:
    path = tmp_path / name
    assert run(folder, "export", str(path), *words)["rows"] == 60
    back = run(folder, "import", str(path))
    assert {back[count] for count in ("changed", "new", "conflict", "rejected")} == {0}
    assert (back["unchanged"], back["entries"]) == (60, 0)
    assert layout in {sheet["layout"] for sheet in back["detection"]["sheets"]}


@pytest.mark.parametrize(
    "words", [("a.pdf",), ("a.csv", "--format", "xlsx"), ("a.pdf", "--format", "siak"), ("a.csv", "--format", "pdf")]
)
def test_a_form_that_does_not_fit_the_name_is_refused(folder: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    run(folder, "export", str(tmp_path / words[0]), *words[1:], code=2)
    assert list(tmp_path.iterdir()) == []


def test_a_trial_run_writes_nothing(folder: Path, tmp_path: Path) -> None:
    assert run(folder, "export", str(tmp_path / "a.xlsx"), "--format", "siak", "--dry-run")["rows"] == 60
    assert list(tmp_path.iterdir()) == []


def test_some_columns_of_some_people_come_back_unchanged(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    columns = [word for name in ("nik", "nama", "no_kk", "agama_id") for word in ("--column", name)]
    rows = run(folder, "export", str(path), "--who", "penduduk", *columns)["rows"]
    back = run(folder, "import", str(path))
    assert {back[count] for count in ("changed", "new", "conflict", "rejected")} == {0}
    assert back["unchanged"] == rows > 0
    trial = run(folder, "export", str(path), "--who", "penduduk", "--dry-run")
    assert trial["rows"] == rows


@pytest.mark.parametrize("words", [("--who", "x"), ("--format", "siak", "--column", "nik")])
def test_a_choice_that_does_not_exist_is_refused(folder: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    run(folder, "export", str(tmp_path / "a.xlsx"), *words, code=2)
    assert list(tmp_path.iterdir()) == []
