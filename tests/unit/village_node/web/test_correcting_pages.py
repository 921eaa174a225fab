"""Corrections as pages: the form keeps itself, writes over nothing unseen, is for families too, and is undone."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from schemas.fields import Kind
from tests.families import person
from tests.unit.village_node.web.conftest import OFFICER, Ground
from tests.unit.village_node.web.test_interrupted_forms import LASTS_MS, enter_again, second_officer, the_form
from tests.web_client import WebClient
from village_node.web.guided.drafts import Drafts

REASON = "sesuai akta kelahiran"


def opened(client: WebClient, address: str) -> Any:
    return the_form(client.get(f"{address}/perbaiki"), f"{address}/perbaiki")


def typed(client: WebClient, form: Any, **values: str) -> httpx.Response:
    """Let the form keep itself, as it does while one types."""
    return client.post(f"{form.action}/simpan", {**form.fields, **values})


def drafts(ground: Ground) -> list[str]:
    return [one.title for one in Drafts(ground.store, OFFICER).mine()]


def test_a_correction_that_was_left_is_found_as_it_was(ground: Ground, client: WebClient) -> None:
    at = f"/penduduk/{ground.home.son.hex()}"
    kept = typed(client, opened(client, at), name="Ma'ruf", birth_on="31-02-2010", alasan="sesuai")
    assert "Draf tersimpan" in kept.text
    assert drafts(ground) == ["Perbaikan · BUDI SANTOSO"]
    assert f'href="{at}/perbaiki"' in client.get("/lapor").text
    form = opened(client, at)
    assert (form.fields["name"], form.fields["birth_on"], form.fields["alasan"]) == (
        ["Ma'ruf"],
        ["31-02-2010"],
        ["sesuai"],
    )
    assert form.fields["semula_name"] == ["BUDI SANTOSO"]
    done = client.send(form, {"birth_on": form.fields["semula_birth_on"][0], "alasan": REASON})
    assert "Perbaikan tersimpan" in done.text
    assert ground.desk.values(ground.home.son)["name"] == "Ma'ruf"
    assert drafts(ground) == []


def test_a_draft_that_comes_late_does_not_bring_a_saved_form_back(ground: Ground, client: WebClient) -> None:
    form = opened(client, f"/penduduk/{ground.home.son.hex()}")
    client.send(form, {"phone": "081290001234", "alasan": REASON})
    assert typed(client, form, phone="081290001234", alasan=REASON).status_code == 204
    assert drafts(ground) == []


def test_a_session_that_ends_in_mid_correction_leads_back_to_what_was_typed(ground: Ground, client: WebClient) -> None:
    at = f"/penduduk/{ground.home.son.hex()}"
    form = opened(client, at)
    typed(client, form, name="Nur'aini", mother_name="St. Aminah")
    ground.clock[0] += LASTS_MS
    headers = {"referer": f"http://localhost{at}/perbaiki"}
    sent = {**form.fields, "name": "Nur'aini", "mother_name": "St. Aminah"}
    client.post(form.action, sent, headers=headers)
    assert client.address.startswith(f"/masuk?lanjut={at}/perbaiki")
    page = enter_again(client)
    assert client.address.partition("?")[0] == f"{at}/perbaiki"
    fields = the_form(page, f"{at}/perbaiki").fields
    assert (fields["name"], fields["mother_name"]) == (["Nur'aini"], ["St. Aminah"])
    assert ground.desk.values(ground.home.son)["name"] == "BUDI SANTOSO"


def test_an_old_draft_writes_over_nothing_that_was_changed_since(ground: Ground, client: WebClient) -> None:
    at = f"/penduduk/{ground.home.son.hex()}"
    typed(client, opened(client, at), phone="081290009999")
    other = second_officer(ground)
    other.send(opened(other, at), {"phone": "081290001111", "email": "budi@contoh.id", "alasan": REASON})
    form = opened(client, at)
    assert (form.fields["email"], form.fields["semula_email"]) == (["budi@contoh.id"], ["budi@contoh.id"])
    page = client.send(form, {"alasan": REASON})
    assert page.status_code == 422
    assert "baru saja diubah menjadi “081290001111”" in page.text
    client.send(the_form(page, f"{at}/perbaiki"), {"alasan": REASON})
    values = ground.desk.values(ground.home.son)
    assert (values["phone"], values["email"]) == ("081290009999", "budi@contoh.id")


def test_a_draft_is_thrown_away_from_its_form(ground: Ground, client: WebClient) -> None:
    at = f"/penduduk/{ground.home.son.hex()}"
    typed(client, opened(client, at), name="Ma'ruf")
    page = client.get(f"{at}/perbaiki")
    client.send(the_form(page, "/draf/"), {})
    assert drafts(ground) == []
    assert opened(client, at).fields["name"] == ["BUDI SANTOSO"]


def test_a_family_s_number_and_place_are_corrected_with_a_reason(ground: Ground, client: WebClient) -> None:
    at = f"/keluarga/{ground.home.household.hex()}"
    form = opened(client, at)
    page = client.send(form, {"family_number": "35100112021290", "alasan": REASON})
    assert page.status_code == 422
    done = client.send(
        the_form(page, f"{at}/perbaiki"), {"family_number": "3510 0112 0212 9055", "hamlet": "Ma'ron", "alasan": REASON}
    )
    assert "Perbaikan tersimpan" in done.text
    assert f"“{REASON}”" in done.text
    values = ground.desk.values(ground.home.household)
    assert (values["family_number"], values["hamlet"]) == ("3510011202129055", "Ma'ron")


def test_a_family_number_that_another_family_has_is_warned_of(ground: Ground, client: WebClient) -> None:
    household = ground.desk.new_id()
    head = person(ground.desk, household, "NUR'AINI", 2, 2001, 1)
    ground.desk.put(Kind.HOUSEHOLD, household, family_number="3510011202129002", head_id=head)
    form = opened(client, f"/keluarga/{ground.home.household.hex()}")
    done = client.send(form, {"family_number": "3510011202129002", "alasan": REASON})
    assert "sudah dipakai keluarga NUR&#39;AINI" in done.text


def test_what_was_saved_is_undone_and_both_stay_in_the_history(ground: Ground, client: WebClient) -> None:
    at = f"/penduduk/{ground.home.son.hex()}"
    done = client.send(opened(client, at), {"name": "MA'RUF", "phone": "0812", "alasan": REASON})
    undo = the_form(done, f"{at}/perbaiki/")
    page = client.send(undo, {})
    values = ground.desk.values(ground.home.son)
    assert (values["name"], values.get("phone")) == ("BUDI SANTOSO", None)
    assert "Perbaikan diurungkan" in page.text
    assert "Diurungkan sesudah disimpan" in page.text
    again = client.send(undo, {})
    assert "sudah diubah lagi sesudah perbaikan ini" in again.text


def test_letters_requests_and_files_of_a_person_stand_on_their_page(ground: Ground, client: WebClient) -> None:
    at = f"/penduduk/{ground.home.father.hex()}"
    assert "Belum ada surat, permohonan atau berkas." in client.get(at).text
    ask = client.get(f"/permohonan/baru?untuk={ground.home.father.hex()}&layanan=SKD-03&keadaan=warga")
    client.send(the_form(ask, "/permohonan/baru"), {"keperluan": "Melamar kerja"})
    form = the_form(client.get(at), f"{at}/lampiran")
    assert client.send(form, {}).status_code == 422
    wrong = client.send(form, {}, files={"berkas": ("surat.txt", b"bukan gambar")})
    assert "bukan gambar JPEG" in wrong.text
    form, scan = the_form(wrong, f"{at}/lampiran"), b"%PDF-1.4\n" + bytes(2000)
    right = client.send(form, {}, files={"berkas": ("kk.pdf", scan)})
    for told in ("domisili", "permohonan", "/lampiran/", "PDF, 3 kB"):
        assert told in right.text.replace("Domisili", "domisili"), told
    family = f"/keluarga/{ground.home.household.hex()}"
    form = the_form(client.get(family), f"{family}/lampiran")
    assert "/lampiran/" in client.send(form, {}, files={"berkas": ("kk.pdf", scan[:99])}).text


def test_places_are_suggested_as_the_register_spells_them_then_by_the_region_table(
    ground: Ground, client: WebClient
) -> None:
    ground.desk.change(ground.home.son, birth_place="Ma'ron")
    ground.desk.change(ground.home.household, hamlet="Dusun Ma'ron", address="Jl. Mawar 3")

    def suggested(kind: str, text: str) -> list[str]:
        page = client.get(f"/lapor/tempat?pertanyaan=x&jenis={kind}&x={text}").text
        return [one.split('"')[0] for one in page.replace("&#39;", "'").split('value="')[1:]]

    assert suggested("kota", "ma")[0] == "Ma'ron"
    assert "Malang" in suggested("kota", "mal")
    assert suggested("mana", "kota bat")[0] == "Kota Batu"
    assert suggested("mana", "genteng")[0] == "Kecamatan Genteng, Kabupaten Banyuwangi"
    assert suggested("dusun", "ma") == ["Dusun Ma'ron"]
    assert suggested("alamat", "jl") == ["Jl. Mawar 3"]
    assert suggested("pengadilan", "pengadilan agama jem")[0] == "Pengadilan Agama Jember"
    assert suggested("desa", "surabaya")[0] == "Kota Surabaya"
    assert suggested("apa saja", "surabaya") == []
    # Without scripts the field has the usual places in it.
    page = client.get(f"/penduduk/{ground.home.son.hex()}/perbaiki").text
    assert '<datalist id="birth_place-places"><option value="' in page


NAMES = ("Nur'aini", "Suparti", "Ma\u2019ruf", "O'Neil <b>", 'Dewi "Wati"')


@pytest.mark.parametrize("name", NAMES)
def test_every_page_about_somebody_says_their_name_as_its_owner_writes_it(
    ground: Ground, client: WebClient, name: str
) -> None:
    for one in (ground.home.son, ground.home.mother, ground.home.father):
        ground.desk.change(one, name=name)
    ground.desk.change(ground.home.household, hamlet=f"Dusun {name}")
    ground.desk.put(Kind.INBOX, notice="overwritten", about_id=ground.home.son, change_id=b"\x01" * 16, field_tag=17)
    son, family = ground.home.son.hex(), ground.home.household.hex()
    asked = quote(name.partition(" ")[0])
    for address in (
        f"/?q={asked}",
        f"/cari?q={asked}",
        f"/penduduk?q={asked}",
        f"/penduduk/{son}",
        f"/penduduk/{son}/perbaiki",
        f"/keluarga?q={asked}",
        f"/keluarga/{family}",
        f"/keluarga/{family}/perbaiki",
        f"/lapor/kelahiran?untuk={ground.home.mother.hex()}",
        f"/lapor/pisah?keluarga={family}",
        f"/lapor/pilih?pertanyaan=person_id&person_id_q={asked}",
        f"/permohonan/baru?untuk={son}",
        "/kotak-masuk",
    ):
        page = client.get(address)
        assert page.status_code == 200, address
        plain = re.sub("</?mark>", "", page.text)
        assert name in unescape(plain), address
        assert "&amp;#" not in plain, f"{address} quotes twice"
        assert "<b>" not in name or name not in plain, f"{address} does not quote"


def test_a_file_that_is_sent_twice_is_attached_once(ground: Ground, client: WebClient) -> None:
    at = f"/penduduk/{ground.home.son.hex()}"
    form = the_form(client.get(at), f"{at}/lampiran")
    for _ in range(2):
        assert client.send(form, {}, files={"berkas": ("kk.pdf", b"%PDF-1.4\n")}).status_code == 200
    assert client.get(at).text.count("/lampiran/") == 1
