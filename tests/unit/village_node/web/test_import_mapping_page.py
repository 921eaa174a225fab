"""How a file is read stands on the page, one control a column, and can be changed, kept by name and met again."""

from __future__ import annotations

import re
from typing import Any

import httpx

from register.importing import FileMapping
from tests.unit.village_node.web.conftest import Ground
from tests.unit.village_node.web.test_files_pages import bring, until_it_ran
from tests.web_client import WebClient, WebForm, forms_of
from village_node.importing import Pulled, keep_mapping, list_mappings, overridden
from village_node.web.import_runs import Brought, ImportRuns, RunOutcome

LIST = """Nama Warga,No KK,Nomor NIK,Kelamin,Tgl,Corak,Bukan apa-apa
Nur'aini,3510011202129077,3510014203909001,P,02-03-1990,Islam Jawa,x
St. Aminah,3510011202129077,3510014404129002,P,04-04-2012,Islam,y
"""
FOREIGN = """Siapa,Bilangan keluarga,Bilangan diri
Nur'aini,3510011202129077,3510014203909001
St. Aminah,3510011202129077,3510014404129002
"""


def the_form(page: httpx.Response, ends: str) -> WebForm:
    return next(one for one in forms_of(page) if one.action.endswith(ends))


def column(form: WebForm, header: str) -> str:
    """Return the name of the control of a file's column."""
    name = next(name for name, value in form.fields.items() if name.startswith("judul_") and value == [header])
    return name.replace("judul_", "kolom_")


def brought(ground: Ground) -> Brought:
    runs: ImportRuns = ground.app.state.office.imports
    (found,) = runs.waiting()
    return found


def choose(client: WebClient, values: dict[str, Any]) -> httpx.Response:
    """Choose by the files' headers and press the button that reads again."""
    form = the_form(client.get(client.address.partition("#")[0]), "/baca")
    return client.send(form, {column(form, name) if name[0].isupper() else name: one for name, one in values.items()})


def counts(page: httpx.Response) -> dict[str, str]:
    return {
        word: number
        for number, word in re.findall(r"<b>([\d.]+)</b><span class=\"sign \w+\">.*?</svg>(\w+)", page.text)
    }


def test_every_column_has_a_control_with_samples_and_what_it_is_read_as(ground: Ground, client: WebClient) -> None:
    bring(client, "warga.csv", LIST.encode())
    form = the_form(client.get(client.address), "/baca")
    assert form.fields[column(form, "Nama Warga")] == ["nama"]
    assert form.fields[column(form, "Bukan apa-apa")] == [""]
    page = client.get(client.address).text
    assert "Nur&#39;aini, St. Aminah" in page
    assert "pilih isian" in page


def test_what_an_officer_chooses_is_the_mapping_of_the_command_line(ground: Ground, client: WebClient) -> None:
    bring(client, "warga.csv", LIST.encode())
    choose(client, {"Corak": "suku", "Tgl": "", "terima": ""})
    assert brought(ground).mapping == overridden(None, ["column.Corak=suku", "column.Tgl="])
    way = next(name for name in the_form(client.get(client.address), "/baca").names if name.startswith("cara_"))
    choose(client, {"Corak": "?", "Tgl": "?", way: "pria"})
    assert brought(ground).mapping == overridden(None, ["p=pria"])


def test_a_page_sent_untouched_decides_nothing(ground: Ground, client: WebClient) -> None:
    bring(client, "warga.csv", LIST.encode())
    assert choose(client, {}).status_code == 200
    assert brought(ground).mapping == FileMapping()


def test_a_column_that_is_chosen_wins_over_the_one_that_its_header_names(ground: Ground, client: WebClient) -> None:
    bring(client, "warga.csv", LIST.encode())
    page = choose(client, {"Bukan apa-apa": "nama"})
    form = the_form(page, "/baca")
    assert form.fields[column(form, "Bukan apa-apa")] == ["nama"]
    assert form.fields[column(form, "Nama Warga")] == [""]
    assert "isian ini diambil dari kolom lain" in page.text


def test_a_word_that_no_list_knows_gets_its_meaning_on_the_page(ground: Ground, client: WebClient) -> None:
    bring(client, "warga.csv", LIST.encode())
    page = choose(client, {"Corak": "agama_id"})
    assert counts(page)["ditolak"] == "1"
    assert "Islam Jawa" in page.text
    page = choose(client, {"kata_arti_0": "ISLAM"})
    assert counts(page)["ditolak"] == "0"
    assert brought(ground).mapping.values == {"agama_id": {"Islam Jawa": "ISLAM"}}
    page = choose(client, {"kata_arti_0": ""})
    assert counts(page)["ditolak"] == "1"
    assert brought(ground).mapping.values == {}


def test_what_a_list_cannot_do_without_is_said_and_chosen_from_its_columns(ground: Ground, client: WebClient) -> None:
    page = client.get("/impor")
    bring(client, "asing.csv", FOREIGN.encode())
    page = client.get(client.address)
    assert "Kolom yang belum ada:" in page.text
    assert "<b>Nama</b>" in page.text
    assert "<b>NIK atau No. KK</b>" in page.text
    assert "/masukkan" not in page.text
    page = choose(client, {"Siapa": "nama", "Bilangan keluarga": "no_kk", "Bilangan diri": "nik"})
    assert counts(page)["baru"] == "2"
    page = choose(client, {"Siapa": "", "Bilangan diri": ""})
    assert "<b>Nama</b>" in page.text


def test_without_scripts_the_page_comes_back_and_with_them_its_reading_alone(ground: Ground, client: WebClient) -> None:
    bring(client, "warga.csv", LIST.encode())
    form = the_form(client.get(client.address), "/baca")
    part = client.post(form.action, form.fields, headers={"hx-request": "true"})
    assert part.text.lstrip().startswith('<div id="bacaan">')
    assert client.send(form, {}).text.startswith("<!doctype html>")


def test_a_mistyped_row_to_accept_is_said_and_what_was_chosen_stays(ground: Ground, client: WebClient) -> None:
    bring(client, "warga.csv", LIST.encode())
    page = choose(client, {"Corak": "suku", "terima": "dua belas"})
    assert "tidak terbaca" in page.text
    assert brought(ground).mapping.columns == {"Corak": "suku"}


def test_a_kept_way_of_reading_is_met_again_renamed_and_forgotten(ground: Ground, client: WebClient) -> None:
    bring(client, "asing.csv", FOREIGN.encode())
    address = client.address
    choose(client, {"Siapa": "nama", "Bilangan keluarga": "no_kk", "Bilangan diri": "nik"})
    page = client.send(the_form(client.get(address), "/simpan-cara"), {"nama": "  Daftar Pak   Kadus "})
    assert "Daftar Pak Kadus" in page.text
    client.send(the_form(client.get(address), "/buang"), {})
    bring(client, "asing bulan depan.csv", FOREIGN.replace("Nur'aini", "Nur'ani").encode())
    page = client.get(client.address)
    assert "dibaca dengan cara tersimpan: Daftar Pak Kadus" in page.text
    assert counts(page)["baru"] == "2"
    listing = client.get("/impor")
    client.send(the_form(listing, "/cara/ganti-nama"), {"nama": "Dusun Krajan"})
    assert [one.name for one in list_mappings(ground.store)] == ["Dusun Krajan"]
    client.send(the_form(client.get("/impor"), "/cara/hapus"), {})
    assert list_mappings(ground.store) == ()


def test_a_name_is_not_taken_from_a_file_with_other_headers(ground: Ground, client: WebClient) -> None:
    bring(client, "warga.csv", LIST.encode())
    client.send(the_form(client.get(client.address), "/simpan-cara"), {"nama": "Dusun"})
    client.send(the_form(client.get(client.address), "/buang"), {})
    bring(client, "lain.csv", LIST.replace("Corak", "Warna").encode())
    form = the_form(client.get(client.address), "/simpan-cara")
    page = client.send(form, {"nama": "DUSUN"})
    assert page.status_code == 422
    assert "sudah dipakai" in page.text
    assert client.send(form, {"nama": ""}).status_code == 422
    assert len(list_mappings(ground.store)) == 1


def test_a_kept_way_is_chosen_and_left_on_the_page(ground: Ground, client: WebClient) -> None:
    bring(client, "warga.csv", LIST.encode())
    address = client.address
    choose(client, {"Corak": "suku"})
    client.send(the_form(client.get(address), "/simpan-cara"), {"nama": "Suku"})
    form = the_form(client.get(address), "/pakai")
    client.send(form, {"pemetaan": ""})
    assert brought(ground).mapping == FileMapping()
    client.send(form, {"pemetaan": "Suku"})
    assert brought(ground).mapping.columns["Corak"] == "suku"
    assert client.send(form, {"pemetaan": "tidak ada"}).status_code == 409


def test_the_district_is_heard_first_and_without_it_an_officer_says_go_on(ground: Ground, client: WebClient) -> None:
    office = ground.app.state.office
    heard = [Pulled("offline", "Kabupaten belum dapat dihubungi."), Pulled("done", "", 0)]
    office.pull_news = lambda: heard.pop(0)
    bring(client, "warga.csv", LIST.encode())
    before = ground.desk.state.entry_count
    client.send(the_form(client.get(client.address), "/masukkan"), {})
    until_it_ran(office.imports)
    page = client.get("/impor")
    assert "Tanpa kabar terbaru dari kabupaten; kabar terakhir" in page.text
    assert "Lanjutkan?" in page.text
    assert ground.desk.state.entry_count == before
    again, without = forms_of(page)[2], next(one for one in forms_of(page) if "tanpa_kabar" in one.fields)
    assert "tanpa_kabar" not in again.fields
    client.send(without, {})
    until_it_ran(office.imports)
    assert office.imports.outcome == RunOutcome.DONE
    assert ground.desk.state.entry_count > before
    assert len(heard) == 1


def test_news_that_change_the_plan_are_shown_before_anything_comes_in(ground: Ground, client: WebClient) -> None:
    office = ground.app.state.office

    def pull() -> Pulled:
        # Meanwhile another laptop of the office has entered the very family.
        household = ground.desk.new_id()
        from tests.families import person

        person(ground.desk, household, "NUR'AINI", 2, 1990, 1, nik="3510014203909001")
        return Pulled("done", "", 1)

    office.pull_news = pull
    bring(client, "warga.csv", LIST.encode())
    client.send(the_form(client.get(client.address), "/masukkan"), {})
    until_it_ran(office.imports)
    assert office.imports.outcome == RunOutcome.OTHER_PLAN
    assert "mengubah pratinjau ini" in client.get("/impor").text
    assert len(office.imports.waiting()) == 1


TWICE = """Nama,No KK,NIK,Kelamin,Tanggal,Tanggal,Catatan,Catatan
Nur'aini,3510011202129077,3510014203909001,P,02-03-1990,04-05-2012,Islam,x
St. Aminah,3510011202129077,3510014404129002,P,04-04-1985,06-07-2008,Islam,y
"""


def test_two_columns_of_one_name_are_chosen_apart_and_kept_apart(ground: Ground, client: WebClient) -> None:
    page = bring(client, "dua.csv", TWICE.encode())
    for told in ("Tanggal (ke-2)", "Catatan (ke-2)", "04-05-2012"):
        assert told in page
    page = choose(
        client,
        {
            "Tanggal": "tanggallahir",
            "Tanggal (ke-2)": "tanggalperkawinan",
            "Catatan": "agama_id",
            "Catatan (ke-2)": "",
        },
    ).text
    form = the_form(client.get(client.address.partition("#")[0]), "/baca")
    assert form.fields[column(form, "Tanggal")] == ["tanggallahir"]
    assert form.fields[column(form, "Tanggal (ke-2)")] == ["tanggalperkawinan"]
    assert form.fields[column(form, "Catatan")] == ["agama_id"]
    assert form.fields[column(form, "Catatan (ke-2)")] == [""]
    client.send(the_form(client.get(client.address.partition("#")[0]), "/simpan-cara"), {"nama": "Dua tanggal"})
    client.send(the_form(client.get(client.address.partition("#")[0]), "/masukkan"), {"tanpa_kabar": "ya"})
    until_it_ran(ground.app.state.office.imports)
    with ground.desk.book() as book:
        found = ground.desk.values(book.residents_by_nik(["3510014203909001"])["3510014203909001"])
    assert (str(found["birth_on"]), str(found["married_on"]), found["religion"]) == ("1990-03-02", "2012-05-04", 1)
    # The next file of the same make is read so by itself.
    again = bring(client, "lagi.csv", TWICE.replace("2012", "2013").encode())
    assert "dibaca dengan cara tersimpan: Dua tanggal" in again
    assert "tanggalperkawinan" in str(the_form(client.get(client.address), "/baca").fields)


def test_what_was_kept_before_columns_were_told_apart_is_met_again(ground: Ground, client: WebClient) -> None:
    """A mapping of that time names each header once, and what it says holds for every column of that name."""
    bring(client, "dua.csv", TWICE.encode())
    waiting = brought(ground)
    old = FileMapping(columns={"Tanggal": "tanggallahir", "Catatan": ""})
    keep_mapping(ground.store, "Lama", waiting.path, old, officer="Siti", now_ms=1)
    (kept,) = list_mappings(ground.store)
    assert kept.headers == ("catatan", "kelamin", "nama", "nik", "nokk", "tanggal")
    assert "dibaca dengan cara tersimpan: Lama" in bring(client, "lagi.csv", TWICE.replace("2012", "2013").encode())
    form = the_form(client.get(client.address), "/baca")
    assert form.fields[column(form, "Tanggal")] == ["tanggallahir"]
    assert form.fields[column(form, "Tanggal (ke-2)")] == [""]
    assert form.fields[column(form, "Catatan (ke-2)")] == [""]
