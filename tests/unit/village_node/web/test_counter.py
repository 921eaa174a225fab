"""The counter: requests with their documents, and letters that are issued once and reprinted as issued."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import httpx

from register.areas import Area
from schemas.codes import RequestState
from schemas.fields import Kind
from tests.photographs import drawing, photograph
from tests.unit.village_node.web.conftest import PASSWORD, Ground
from tests.web_client import WebClient, forms_of
from village_node.accounts import Role
from village_node.attachments import attached_files
from village_node.letters import letters_issued

PNG = drawing()


def form_of(page: httpx.Response, action: str) -> Any:
    return next(one for one in forms_of(page) if one.action == action)


def open_domicile(ground: Ground, client: WebClient) -> httpx.Response:
    page = client.get(f"/permohonan/baru?untuk={ground.home.son.hex()}&layanan=SKD-03&keadaan=warga")
    return client.send(
        form_of(page, "/permohonan/baru"), {"isi_purpose": "melamar kerja", "isi_lives_since": "01-01-2020"}
    )


def requests(ground: Ground) -> int:
    with ground.desk.book() as book:
        return book.open_requests()[0]


def test_a_request_goes_from_the_counter_to_the_hand(ground: Ground, client: WebClient) -> None:
    page = open_domicile(ground, client)
    assert page.status_code == 200, page.text
    address = client.address
    assert "Diajukan" in page.text
    page = client.send(form_of(page, f"{address}/langkah"), {"langkah": "siap"})
    page = client.send(form_of(page, f"{address}/langkah"), {"langkah": "serah"})
    assert "Diserahkan" in page.text
    assert requests(ground) == 0


def test_one_form_sent_many_times_at_once_opens_one_request(ground: Ground, client: WebClient) -> None:
    page = client.get(f"/permohonan/baru?untuk={ground.home.son.hex()}&layanan=SKD-03&keadaan=warga")
    form = form_of(page, "/permohonan/baru")

    def send(_number: int) -> int:
        twin = WebClient(ground.app)
        twin.cookies = dict(client.cookies)
        return twin.send(form, {"isi_purpose": "x"}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(24))) == {200}
    assert requests(ground) == 1


def test_a_refusal_needs_its_reason(ground: Ground, client: WebClient) -> None:
    page = open_domicile(ground, client)
    form = form_of(page, f"{client.address}/langkah")
    assert client.send(form, {"langkah": "tolak"}).status_code == 422
    assert "Bukan warga sini" in client.send(form, {"langkah": "tolak", "catatan": "Bukan warga sini"}).text


def test_a_photograph_is_attached_and_a_program_is_not(ground: Ground, client: WebClient) -> None:
    page = open_domicile(ground, client)
    address = client.address
    form = form_of(page, f"{address}/lampiran")
    wrong = client.post(form.action, form.fields, files={"berkas": ("a.exe", b"MZ" + bytes(60), "image/png")})
    assert wrong.status_code == 422
    form = form_of(client.get(address), f"{address}/lampiran")
    right = client.post(form.action, form.fields, files={"berkas": ("foto.png", PNG, "image/png")})
    assert right.status_code == 200, right.text
    assert "/lampiran/" in right.text


def test_a_photograph_of_the_telephone_s_camera_is_made_light_and_an_odd_one_is_named(
    ground: Ground, client: WebClient
) -> None:
    open_domicile(ground, client)
    address = client.address

    def sent(name: str, content: bytes) -> httpx.Response:
        form = form_of(client.get(address), f"{address}/lampiran")
        assert {"kamera", "berkas"} <= form.names
        # A browser sends a file field that was left empty as a file without a name.
        files = {
            one: ("foto.jpg" if one == name else "", content if one == name else b"") for one in ("berkas", "kamera")
        }
        return client.post(form.action, form.fields, files=files)

    heavy = photograph((3000, 2000), grain=True)
    assert sent("kamera", heavy).status_code == 200
    (kept,) = attached_files(ground.desk, bytes.fromhex(address.rpartition("/")[2]))
    assert (kept.media_type, kept.size_bytes < len(heavy) / 2) == ("image/jpeg", True)
    heic = sent("berkas", b"\0\0\0\x18ftypheic" + bytes(64))
    assert heic.status_code == 422
    assert "HEIC" in heic.text
    assert "rusak" in sent("kamera", photograph()[:300]).text
    assert len(attached_files(ground.desk, bytes.fromhex(address.rpartition("/")[2]))) == 1


def test_a_wrong_file_is_taken_away_with_a_reason(ground: Ground, client: WebClient) -> None:
    open_domicile(ground, client)
    address = client.address
    form = form_of(client.get(address), f"{address}/lampiran")
    client.post(form.action, form.fields, files={"berkas": ("ktp.png", PNG, "image/png")})
    form = form_of(client.get(address), f"{address}/lepas")
    assert client.send(form, {}).status_code == 422
    shown = client.send(form_of(client.get(address), f"{address}/lepas"), {"alasan_lepas": "KTP orang lain"})
    assert "/lampiran/" not in shown.text
    (kept,) = attached_files(ground.desk, bytes.fromhex(address.rpartition("/")[2]))
    assert kept.void == "KTP orang lain"
    foreign = client.post(f"{address}/lepas", {**form.fields, "lampiran": "00" * 16, "alasan_lepas": "x"})
    assert foreign.status_code == 409


def test_the_receipt_tells_a_code_and_no_number_of_the_citizen(ground: Ground, client: WebClient) -> None:
    open_domicile(ground, client)
    page = client.get(f"{client.address}/tanda-terima")
    assert "Tanda terima" in page.text
    assert "BUDI SANTOSO" in page.text
    assert "3510" not in page.text.split("<main")[1]


def test_a_receipt_s_code_finds_its_request_also_when_it_is_finished(ground: Ground, client: WebClient) -> None:
    open_domicile(ground, client)
    address = client.address
    code = address[-8:].upper()
    assert f"{code[:4]} {code[4:]}" in client.get(f"{address}/tanda-terima").text
    client.send(form_of(client.get(address), f"{address}/langkah"), {"langkah": "tarik"})
    assert address not in client.get("/permohonan").text
    for typed in (f"{code[:4]} {code[4:]}".lower(), code, "budi santoso"):
        found = client.get(f"/permohonan?q={typed}").text
        assert address in found, typed
        assert "Ditarik pemohon" in found or "Ditarik<" in found
    nobody = client.get("/permohonan?q=0000 0000").text
    assert address not in nobody
    assert "juga di antara yang sudah selesai" in nobody


def test_a_request_s_letter_asks_nothing_twice_and_makes_the_request_ready(ground: Ground, client: WebClient) -> None:
    page = open_domicile(ground, client)
    address = client.address
    link = re.search(r'href="(/surat/baru[^"]*permohonan=[0-9a-f]{32})"', page.text)
    assert link is not None
    form = form_of(client.get(unescape(link[1])), "/surat/baru")
    assert form.fields["isi_purpose"] == ["melamar kerja"]
    wrong = client.send(form, {"penandatangan": "", "jabatan": ""})
    assert wrong.status_code == 422
    again = form_of(wrong, "/surat/baru")
    assert again.fields["permohonan"] == form.fields["permohonan"]
    shown = client.send(again, {"penandatangan": "SRI", "jabatan": "Kepala Desa"})
    assert "Permohonannya siap diambil" in shown.text
    assert "Siap" in client.get(address).text.split("Riwayat")[0]
    assert [one.number for one in letters_issued(ground.desk)] == ["470/001.A/2026"]


def issue(ground: Ground, client: WebClient, **more: str) -> tuple[Any, httpx.Response]:
    page = client.get(f"/surat/baru?untuk={ground.home.father.hex()}&surat=SKD-03")
    form = form_of(page, "/surat/baru")
    answers = {"isi_purpose": "Melamar kerja", "isi_lives_since": "01-01-2020"}
    values = {**answers, "penandatangan": "Hj. Sri Ma'rifah", "jabatan": "Kepala Desa", **more}
    return form, client.send(form, values)


def test_a_letter_is_issued_once_and_reprinted(ground: Ground, client: WebClient) -> None:
    form, shown = issue(ground, client)
    assert shown.status_code == 200, shown.text
    first = client.address
    values = {"isi_purpose": "Melamar kerja", "isi_lives_since": "01-01-2020"}
    client.send(form, {**values, "penandatangan": "Hj. Sri Ma'rifah", "jabatan": "Kepala Desa"})
    assert client.address == first
    printed = client.get(f"{first}/cetak.pdf")
    assert printed.content.startswith(b"%PDF")
    assert "AHMAD FAUZI" in client.get("/surat?q=ahmad").text


def test_a_letter_without_its_signer_is_not_issued_and_what_was_typed_stays(ground: Ground, client: WebClient) -> None:
    _, page = issue(ground, client, penandatangan="", isi_purpose="Nur'aini")
    assert page.status_code == 422
    assert "Belum ada surat" in client.get("/surat").text


def test_a_revoked_letter_says_why(ground: Ground, client: WebClient) -> None:
    _, page = issue(ground, client)
    address = client.address
    form = form_of(page, f"{address}/cabut")
    assert client.send(form, {"alasan": ""}).status_code == 422
    unsure = client.send(form, {"alasan": "salah orang"})
    assert unsure.status_code == 422
    assert "salah orang</textarea>" in unsure.text
    assert client.get("/surat").text.count("dicabut") == 0
    assert "salah orang" in client.send(form, {"alasan": "salah orang", "yakin": "ya"}).text
    assert "dicabut" in client.get("/surat").text


def test_a_letter_is_revoked_once_however_often_the_button_is_pressed(ground: Ground, client: WebClient) -> None:
    _, page = issue(ground, client)
    address = client.address
    form = form_of(page, f"{address}/cabut")

    def send(_number: int) -> tuple[int, bool]:
        twin = WebClient(ground.app)
        twin.cookies = dict(client.cookies)
        answer = twin.send(form, {"alasan": "salah  orang", "yakin": "ya"})
        return answer.status_code, "perlu diperbaiki" in answer.text

    def entries() -> int:
        return ground.store.state().journal_seq

    before = entries()
    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(send, range(12))) == {(200, False)}
    assert entries() == before + 1
    other = client.send(form, {"alasan": "alasan lain", "yakin": "ya"})
    assert other.status_code == 422
    assert "sudah dicabut: salah orang" in other.text
    assert "/cabut" not in client.get(address).text


def test_an_operator_revokes_nothing(ground: Ground, client: WebClient) -> None:
    _, page = issue(ground, client)
    address, form = client.address, form_of(page, f"{client.address}/cabut")
    ground.accounts.create("op", "Op", Role.OPERATOR, PASSWORD)
    his = ground.client("op")
    assert "/cabut" not in his.get(address).text
    csrf = forms_of(his.get("/lainnya"))[0].fields["_csrf"]
    assert his.post(form.action, {**form.fields, "_csrf": csrf, "alasan": "x", "yakin": "ya"}).status_code == 403


def test_nobody_dead_is_given_a_letter_of_the_living(ground: Ground, client: WebClient) -> None:
    address = f"/surat/baru?untuk={ground.home.father.hex()}&surat=SKD-03"
    form = form_of(client.get(address), "/surat/baru")
    ground.desk.change(ground.home.father, life_status=2)
    answers = {"isi_purpose": "Melamar kerja", "penandatangan": "Sri", "jabatan": "Kepala Desa"}
    assert client.send(form, answers).status_code == 422
    assert client.get(address).status_code >= 400
    assert "Belum ada surat" in client.get("/surat").text


def test_the_queue_counts_all_and_loads_the_oldest(ground: Ground) -> None:
    for day in (3, 1, 2, None):
        opened = dt.date(2026, 11, day) if day else None
        ground.desk.put(Kind.REQUEST, applicant_id=ground.home.son, state=int(RequestState.SUBMITTED), opened_on=opened)
    ground.desk.put(Kind.REQUEST, applicant_id=ground.home.son, state=int(RequestState.HANDED_OVER))
    with ground.desk.book() as book:
        count, oldest = book.open_requests(limit=2)
        assert count == 4
        opened_on = [one.model_dump()["opened_on"] for one in oldest.values()]
        assert opened_on == [dt.date(2026, 11, 1), dt.date(2026, 11, 2)]
        assert book.open_requests(Area(rt="3"))[0] == 4
        assert book.open_requests(Area(rt="4")) == (0, {})
