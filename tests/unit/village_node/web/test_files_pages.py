"""Files of people as pages: a list is looked at before it comes in, comes in once, goes back, and goes out again."""

from __future__ import annotations

import time

from register.exporting import TEMPLATE_HEADERS
from tests.unit.village_node.web.conftest import Ground
from tests.web_client import WebClient, forms_of
from village_node.importing import list_batches
from village_node.web.import_runs import ImportRuns, RunOutcome
from village_node.web.office import Office


def exported(client: WebClient, shape: str = "template") -> bytes:
    form = next(one for one in forms_of(client.get("/ekspor")) if one.action == "/ekspor")
    return client.send(form, {"bentuk": shape, "jenis": "csv"}).content


def bring(client: WebClient, name: str, content: bytes) -> str:
    form = next(one for one in forms_of(client.get("/impor")) if one.action == "/impor")
    page = client.send(form, {}, files={"berkas": (name, content)})
    return page.text


def until_it_ran(runs: ImportRuns) -> None:
    """Wait for the import that runs beside the pages."""
    for _ in range(500):
        if not runs.running:
            return
        time.sleep(0.02)
    raise AssertionError("the import did not end")


def test_every_shape_of_export_names_everybody_and_leaves_no_file(ground: Ground, client: WebClient) -> None:
    for shape in ("template", "lengkap", "siak"):
        assert b"BUDI SANTOSO" in exported(client, shape)
    assert list(ground.store.directory.glob("export-*")) == []


def test_a_list_is_shown_then_taken_in_once_and_taken_back(ground: Ground, client: WebClient) -> None:
    lines = exported(client).decode("utf-8-sig").splitlines()
    assert lines[0].count(";") + lines[0].count(",") >= len(TEMPLATE_HEADERS) - 1
    changed = "\n".join(lines).replace("BUDI SANTOSO", "BUDI MU'ALIM").encode()
    before = ground.desk.state.entry_count
    assert "Isi tiap kolom" in bring(client, "warga o'neil.csv", changed)
    assert ground.desk.state.entry_count == before
    address = client.address
    assert client.get(address).status_code == 200
    runs = ground.app.state.office.imports
    (waiting,) = runs.waiting()
    assert waiting.path.name == "warga o'neil.csv"
    form = next(one for one in forms_of(client.get(address)) if one.action.endswith("/masukkan"))
    client.send(form, {})
    until_it_ran(runs)
    assert runs.outcome == RunOutcome.DONE
    assert runs.waiting() == []
    assert client.get("/impor").status_code == 200
    for batch in list_batches(ground.store):
        undo = next(one for one in forms_of(client.get("/impor")) if batch.batch_id.hex() in one.action)
        assert client.send(undo, {}).status_code == 200


def test_what_is_no_list_is_refused_at_the_field(ground: Ground, client: WebClient) -> None:
    assert "Berkas ini bukan daftar" in bring(client, "foto.png", b"x")
    assert ground.app.state.office.imports.waiting() == []


def test_what_a_cut_download_left_is_gone_at_the_next_start(ground: Ground) -> None:
    left = ground.store.directory / "export-cut"
    left.mkdir()
    (left / "penduduk.csv").write_text("x")
    Office(ground.store, ground.accounts)
    assert not left.exists()
