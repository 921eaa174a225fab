"""Letters for the dead, heirs and families at the desk: what each page offers, and the rows of the form."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import httpx

from tests.families import person
from tests.unit.village_node.web.conftest import Ground
from tests.web_client import WebClient, forms_of
from village_node.letters import letter_of
from village_node.registration import RequestForm, open_request


def form_of(page: httpx.Response, action: str) -> Any:
    return next(one for one in forms_of(page) if one.action == action)


def last(ground: Ground, client: WebClient) -> Any:
    """Return whom the letter lists that the browser was led to."""
    return letter_of(ground.desk, bytes.fromhex(client.address.rpartition("/")[2])).content["people"]


def offered(client: WebClient, record_id: bytes) -> set[str]:
    """Return the codes of the letters that a page offers for a record itself."""
    page = client.get(f"/surat/baru?untuk={record_id.hex()}").text
    return set(re.findall(rf"untuk={record_id.hex()}&amp;surat=([A-Z0-9-]+)", page))


def test_the_dead_and_families_are_offered_their_own_letters(ground: Ground, client: WebClient) -> None:
    home = ground.home
    ground.desk.change(home.father, life_status=2, died_on=dt.date(2026, 11, 10))
    assert offered(client, home.father) == {"SKD-17", "SKD-37", "NKH-N6"}
    assert offered(client, home.household) == {"SKD-55", "SKD-59"}
    assert not offered(client, home.son) & {"SKD-17", "SKD-37", "NKH-N6", "SKD-55", "SKD-59"}
    assert f"untuk={home.household.hex()}&amp;surat=SKD-59" in client.get(f"/surat/baru?untuk={home.son.hex()}").text
    for address in (
        f"/penduduk/{home.father.hex()}",
        f"/penduduk/{home.son.hex()}",
        f"/keluarga/{home.household.hex()}",
    ):
        assert f"/surat/baru?untuk={address.rpartition('/')[2]}" in client.get(address).text
    ground.desk.change(home.daughter, life_status=3)
    assert "/surat/baru?untuk" not in client.get(f"/penduduk/{home.daughter.hex()}").text
    assert "sudah tidak tercatat di desa" in client.get(f"/surat/baru?untuk={home.daughter.hex()}").text


def test_heirs_are_ticked_looked_up_and_written_by_hand(ground: Ground, client: WebClient) -> None:
    home = ground.home
    away = person(ground.desk, None, "SUTINI", 2, 2001, 1, father_nik=ground.desk.values(home.father)["nik"])
    stranger = person(ground.desk, None, "PARTINI", 2, 1999, 1)
    person(ground.desk, None, "PARTINAH", 2, 1999, 1)
    ground.desk.change(home.father, life_status=2, died_on=dt.date(2026, 11, 10))
    page = client.get(f"/surat/baru?untuk={home.father.hex()}&surat=SKD-37")
    form = form_of(page, "/surat/baru")
    assert form.fields["orang_n"] == ["4"]
    assert form.fields["orang_3_id"] == [away.hex()]
    assert [form.fields[f"orang_{number}_hubungan"] for number in range(4)] == [["Istri"], ["Anak"], ["Anak"], ["Anak"]]

    several = client.send(form, {"orang_q": "PARTIN", "langkah": "cari", "isi_purpose": "waris"})
    assert f"tambah:{stranger.hex()}" in several.text
    added = client.send(form_of(several, "/surat/baru"), {"langkah": f"tambah:{stranger.hex()}"})
    only = client.send(form_of(added, "/surat/baru"), {"orang_q": "PARTINAH", "langkah": "cari"})
    blank = client.send(form_of(only, "/surat/baru"), {"langkah": "isi"})
    form = form_of(blank, "/surat/baru")
    assert form.fields["orang_n"] == ["7"]
    assert form.fields["isi_purpose"] == ["waris"]  # what was typed stays
    by_hand = {"orang_6_nama": "O'NEIL", "orang_6_hubungan": "Anak", "orang_6_tanggal": "17-8-1990"}
    answers = {"isi_first_witness": "A", "isi_second_witness": "B", "penandatangan": "SRI", "jabatan": "Kepala Desa"}
    relations = {"orang_4_hubungan": "Anak angkat", "orang_5_hubungan": "Cucu"}
    del form.fields["orang_2_ikut"]  # the daughter is unticked
    wrong = client.send(form, {**answers, **relations, **by_hand, "orang_6_tanggal": "kemarin"})
    assert wrong.status_code == 422
    assert 'id="orang-mistake"' in wrong.text
    shown = client.send(form_of(wrong, "/surat/baru"), by_hand)
    assert shown.status_code == 200, shown.text
    assert [(one["name"], one["relation"]) for one in last(ground, client)] == [
        ("SITI AMINAH", "Istri"),
        ("BUDI SANTOSO", "Anak"),
        ("SUTINI", "Anak"),
        ("PARTINI", "Anak angkat"),
        ("PARTINAH", "Cucu"),
        ("O'NEIL", "Anak"),
    ]
    assert "PARTINI (Anak angkat)" in shown.text
    assert client.get(f"{client.address}/cetak.pdf").content.startswith(b"%PDF")


def test_a_family_and_a_child_with_parents_get_their_letters_at_the_desk(ground: Ground, client: WebClient) -> None:
    home = ground.home
    signed = {"penandatangan": "SRI", "jabatan": "Kepala Desa", "isi_purpose": "beasiswa"}
    page = client.get(f"/surat/baru?untuk={home.household.hex()}&surat=SKD-59")
    assert client.send(form_of(page, "/surat/baru"), signed).status_code == 200
    assert len(last(ground, client)) == 4
    ground.desk.change(home.son, mother_name="SITI AMINAH")
    page = client.get(f"/surat/baru?untuk={home.son.hex()}&surat=NKH-N1")
    form = form_of(page, "/surat/baru")
    assert form.fields["orang_0_hubungan"] == ["Ibu"]
    assert form.fields["orang_1_hubungan"] == ["Ayah"]
    assert client.send(form, {**signed, "isi_addressee": "KUA"}).status_code == 200  # an unknown father is a blank
    assert [one["name"] for one in last(ground, client)] == ["SITI AMINAH"]


def test_a_request_about_somebody_who_died_is_answered_by_its_letter(ground: Ground, client: WebClient) -> None:
    request = open_request(ground.desk, RequestForm(applicant_id=ground.home.mother, service="SKD-37")).created[0]
    page = client.get(f"/permohonan/{request.hex()}").text
    assert "surat=SKD-37" not in page
    whose = f"/permohonan/{request.hex()}/surat"
    assert f'href="{whose}"' in page
    assert "surat=SKD-37" not in client.get(whose).text  # nobody of the family has died
    ground.desk.change(ground.home.father, life_status=2, died_on=dt.date(2026, 11, 10))
    away = person(ground.desk, None, "SUTINI", 2, 1950, 1)
    ground.desk.change(away, life_status=2, died_on=dt.date(2026, 11, 10))
    leads = re.findall(r'href="(/surat/baru[^"]*)"', client.get(f"{whose}?q=sutini").text)
    assert [re.findall("untuk=([0-9a-f]{32})", one)[0] for one in leads] == [ground.home.father.hex(), away.hex()]
    assert "Tidak ada yang tercatat meninggal" in client.get(f"{whose}?q=budi").text
    form = form_of(client.get(unescape(leads[0])), "/surat/baru")
    assert form.fields["permohonan"] == [request.hex()]
    answers = {"isi_purpose": "waris", "isi_first_witness": "A", "isi_second_witness": "B"}
    shown = client.send(form, {**answers, "penandatangan": "SRI", "jabatan": "Kepala Desa"})
    assert "Permohonannya siap diambil" in shown.text
    assert "Siap" in client.get(f"/permohonan/{request.hex()}").text.split("Riwayat")[0]


def test_whom_somebody_marries_is_looked_up_and_takes_the_place_that_is_left(ground: Ground, client: WebClient) -> None:
    home = ground.home
    bride = person(ground.desk, None, "PARTINI", 2, 2001, 1, father_name="PARJO")
    ground.desk.change(home.son, father_nik=ground.desk.values(home.father)["nik"])
    page = client.get(f"/surat/baru?untuk={home.son.hex()}&surat=NKH-N5")
    form = form_of(page, "/surat/baru")
    assert [form.fields[f"orang_{number}_hubungan"] for number in range(3)] == [["Ayah"], ["Ibu"], ["Calon istri"]]
    assert "penandatangan" not in form.fields  # citizens sign, not the village
    mother = client.send(form, {"orang_q": "SITI AMINAH", "langkah": "cari"})
    both = client.send(form_of(mother, "/surat/baru"), {"orang_q": "PARTINI", "langkah": "cari"})
    assert client.send(form_of(both, "/surat/baru"), {}).status_code == 200
    assert [(one["name"], one["relation"]) for one in last(ground, client)] == [
        ("AHMAD FAUZI", "Ayah"),
        ("SITI AMINAH", "Ibu"),
        ("PARTINI", "Calon istri"),
    ]
    assert bride.hex() not in client.get(f"/surat/baru?untuk={home.son.hex()}&surat=NKH-N4").text
    assert "Tanda tangan elektronik" not in client.get(client.address).text


def test_what_the_law_asks_besides_is_told_with_the_letter(ground: Ground, client: WebClient) -> None:
    ground.desk.change(ground.home.son, marital_status=2)
    page = client.get(f"/surat/baru?untuk={ground.home.son.hex()}&surat=NKH-N4")
    shown = client.send(form_of(page, "/surat/baru"), {"orang_0_nama": "SUTINI"})
    assert "tercatat kawin" in shown.text


def test_papers_are_named_by_the_case_that_needs_them(ground: Ground, client: WebClient) -> None:
    page = client.get(f"/surat/baru?untuk={ground.home.son.hex()}&surat=NKH-N1").text
    assert re.search(r"Pernah kawin, bercerai:</b> KTP[^<]*Akta cerai</span>", page)
    assert "Akta cerai" not in page[page.index("Syarat") : page.index("Belum pernah kawin")]
