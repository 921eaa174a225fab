"""Files of people as pages: a list is looked at before it comes in, comes in once, goes back, and goes out again."""

from __future__ import annotations

import io
import re
import time

import httpx
from python_calamine import load_workbook

from register.exporting import TEMPLATE_HEADERS
from schemas.codes import LifeStatus
from tests.unit.village_node.web.conftest import Ground
from tests.web_client import WebClient, forms_of
from village_node.importing import list_batches
from village_node.web.import_runs import ImportRuns, RunOutcome
from village_node.web.office import Office
from village_node.web.pages.exporting import GROUPS


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


def imported(ground: Ground, client: WebClient) -> str:
    """Import a list that brings a family of one; return the address that takes it back."""
    bring(
        client,
        "warga.csv",
        b"no_kk,nik,nama,sex,tanggallahir,kk_level\n3510010101019077,3510014304789077,NUR'AINI,2,03-04-1978,1\n",
    )
    client.send(next(one for one in forms_of(client.get(client.address)) if one.action.endswith("/masukkan")), {})
    until_it_ran(ground.app.state.office.imports)
    (batch,) = list_batches(ground.store)
    return f"/impor/{batch.batch_id.hex()}/batalkan"


def people(ground: Ground) -> int:
    with ground.desk.book() as book:
        return book.counts().residents


def test_an_import_is_taken_back_only_after_a_page_that_says_what_would_go(ground: Ground, client: WebClient) -> None:
    before = people(ground)
    address = imported(ground, client)
    page = client.get("/impor")
    assert f'href="{address}"' in page.text
    assert address not in {form.action for form in forms_of(page)}
    asked = client.get(address)
    numbers = re.findall(r'<b>(\d+)</b><span class="sign \w+">(?:<svg.*?</svg>)?([^<]+)', asked.text)
    assert numbers == [
        ("2", "catatan dibatalkan"),
        ("0", "isian dikembalikan"),
        ("0", "isian dibiarkan"),
    ]
    assert people(ground) == before + 1
    undo = next(form for form in forms_of(asked) if form.action == address)
    assert "Impor dibatalkan: 2 catatan." in client.send(undo, {}).text
    assert people(ground) == before
    count = ground.desk.state.entry_count
    assert "Impor ini sudah dibatalkan." in client.send(undo, {}).text
    assert ground.desk.state.entry_count == count


def test_an_import_that_cannot_be_taken_back_says_so_and_offers_no_button(ground: Ground, client: WebClient) -> None:
    address = imported(ground, client)
    undo = next(form for form in forms_of(client.get(address)) if form.action == address)
    client.send(undo, {})
    again = client.get(address)
    assert again.status_code == 409
    assert "sudah dibatalkan" in again.text
    assert address not in {form.action for form in forms_of(again)}


def test_what_is_no_list_is_refused_at_the_field(ground: Ground, client: WebClient) -> None:
    assert "Berkas ini bukan daftar" in bring(client, "foto.png", b"x")
    assert ground.app.state.office.imports.waiting() == []


def test_what_a_cut_download_left_is_gone_at_the_next_start(ground: Ground) -> None:
    left = ground.store.directory / "export-cut"
    left.mkdir()
    (left / "penduduk.csv").write_text("x")
    Office(ground.store, ground.accounts)
    assert not left.exists()


def asked_for(client: WebClient, **values: str | list[str]) -> httpx.Response:
    form = next(one for one in forms_of(client.get("/ekspor")) if one.action == "/ekspor")
    return client.send(form, {"bentuk": "pilih", "jenis": "csv", **values})


def test_the_page_offers_every_column_of_the_template_once() -> None:
    offered = [name for _, names in GROUPS for name in names]
    assert sorted(offered) == sorted(TEMPLATE_HEADERS)


def test_only_the_columns_that_were_ticked_leave(client: WebClient) -> None:
    lines = asked_for(client, kolom=["nama", "rt", "sex"]).text.splitlines()
    assert lines[0] == "RT,Nama lengkap,Jenis kelamin"
    assert "003,BUDI SANTOSO,LAKI-LAKI" in lines
    assert "3510" not in asked_for(client, bentuk="ringkas").text


def test_no_column_is_said_and_keeps_what_was_chosen(ground: Ground, client: WebClient) -> None:
    answer = client.post(
        "/ekspor", {"_csrf": forms_of(client.get("/ekspor"))[-1].fields["_csrf"][0], "bentuk": "pilih"}
    )
    assert answer.status_code == 422
    assert "Belum ada kolom yang dipilih" in answer.text
    assert list(ground.store.directory.glob("export-*")) == []


def test_a_part_of_the_village_and_a_standing_narrow_the_file(ground: Ground, client: WebClient) -> None:
    ground.desk.change(ground.home.son, life_status=int(LifeStatus.DEAD))
    gone = asked_for(client, siapa="tidak-lagi").text
    assert "BUDI SANTOSO" in gone
    assert "AHMAD FAUZI" not in gone
    here = asked_for(client, siapa="penduduk", rt="3", dusun=" krajan ").text
    assert "AHMAD FAUZI" in here
    assert "BUDI SANTOSO" not in here
    assert len(asked_for(client, rt="9").text.splitlines()) == 1
    assert asked_for(client, siapa="nobody").status_code == 422


def test_numbers_of_people_are_text_in_a_workbook(client: WebClient) -> None:
    answer = asked_for(client, jenis="xlsx", kolom=["nik", "no_kk", "nama"])
    rows = load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[0] == ["Nama lengkap", "No. KK", "NIK"]
    assert all(isinstance(cell, str) for row in rows for cell in row)


def test_who_took_what_is_noted(ground: Ground, client: WebClient) -> None:
    asked_for(client, kolom=["nama"], rt="3", siapa="penduduk")
    (view,) = [one for one in ground.accounts.views() if one.page.startswith("berkas")]
    assert view.officer == "Siti"
    assert "pilih nama; penduduk; RT 3" in view.page
    assert "Siti" in client.get("/lainnya/dilihat").text
