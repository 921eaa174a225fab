"""The rooms behind the desk: officers, the view log, backups, settings, one's own password."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.node_ground import NOW_MS
from tests.photographs import drawing
from tests.unit.village_node.web.conftest import PASSWORD, Ground
from tests.unit.village_node.web.test_interrupted_forms import second_officer
from tests.web_client import WebClient, forms_of
from village_node.accounts import Accounts
from village_node.accounts.passwords import Passwords
from village_node.attachments import attach_file
from village_node.backup import list_backups
from village_node.letters import LetterForm, issue_letter
from village_node.registration import RequestForm, open_request
from village_node.store import NodeStore
from village_node.web.app import create_app
from village_node.web.office import Office
from village_node.web.pages import backups
from village_node.web.sticks import Stick, sticks

NEW = "sungai jernih sekali"


def add(client: WebClient, **values: str) -> str:
    page = client.get("/lainnya/petugas")
    form = next(one for one in forms_of(page) if "role" in one.names and "username" in one.names)
    return client.send(form, {"display_name": values["username"], "password": PASSWORD, **values}).text


def test_an_officer_that_was_added_changes_the_password_before_anything_else(ground: Ground, client: WebClient) -> None:
    assert "Akun misrawi dibuat" in add(client, username="misrawi", role="operator")
    his = ground.client("misrawi")
    page = his.get("/")
    assert his.address == "/lainnya/sandi"
    form = next(one for one in forms_of(page) if one.action == "/lainnya/sandi")
    assert his.send(form, {"lama": PASSWORD, "baru": NEW, "baru_lagi": "lain"}).status_code == 422
    done = his.send(form, {"lama": PASSWORD, "baru": NEW, "baru_lagi": NEW})
    assert "sudah diganti" in done.text


def test_a_weak_password_and_an_rt_head_without_an_rt_are_named_and_what_was_typed_stays(client: WebClient) -> None:
    weak = add(client, username="budi", role="operator", password="abc")
    assert "perlu diperbaiki" in weak
    assert 'value="budi"' in weak
    assert "perlu diperbaiki" in add(client, username="pak rt", role="rt_head")


def test_the_last_keeper_is_not_shut_out(client: WebClient) -> None:
    page = client.get("/lainnya/petugas")
    form = next(one for one in forms_of(page) if one.action == "/lainnya/petugas/siti")
    answer = client.post(form.action, {**form.fields, "lakukan": "tutup"})
    assert answer.status_code == 422


def test_an_operator_sees_neither_officers_nor_the_view_log(ground: Ground) -> None:
    from village_node.accounts import Role

    ground.accounts.create("op", "Op", Role.OPERATOR, PASSWORD)
    his = ground.client("op")
    for address in ("/lainnya/petugas", "/lainnya/dilihat", "/lainnya/dilihat.csv", "/lainnya/pengaturan"):
        assert his.get(address).status_code == 403, address


def test_a_look_at_a_person_is_in_the_view_log(ground: Ground, client: WebClient) -> None:
    client.get(f"/penduduk/{ground.home.son.hex()}")
    assert "BUDI SANTOSO" in client.get("/lainnya/dilihat").text
    assert ground.home.son.hex() in client.get("/lainnya/dilihat.csv").text


def test_who_looked_at_a_person_s_data_is_answered_with_letters_requests_and_files(
    ground: Ground, client: WebClient
) -> None:
    son, father = ground.home.son, ground.home.father
    form = LetterForm(service="SKD-05", subject_id=son, answers={"purpose": "x"}, signer="SRI")
    letter = issue_letter(ground.desk, form).record_id
    request = open_request(ground.desk, RequestForm(applicant_id=son, service="SKD-03", case="warga")).created[0]
    file = attach_file(ground.desk, request, drawing()).created[0]
    seen = (f"/surat/{letter.hex()}", f"/permohonan/{request.hex()}", f"/lampiran/{file.hex()}")
    for address in (*seen, f"/penduduk/{father.hex()}"):
        assert client.get(address).status_code == 200
    log = client.get("/lainnya/dilihat").text.split("<tbody>")[1]
    assert log.count(">BUDI SANTOSO</a>") == 3  # each says whom it was about
    assert f"tentang={son.hex()}" in client.get("/lainnya/dilihat?q=budi santoso").text
    his = client.get(f"/lainnya/dilihat?tentang={son.hex()}").text.split("<tbody>")[1]
    assert his.count("<tr>") == 3
    assert "AHMAD FAUZI" not in his
    table = client.get(f"/lainnya/dilihat.csv?tentang={son.hex()}").text
    assert all(one.hex() in table for one in (letter, request, file))
    assert father.hex() not in table
    assert "Tidak ketemu" in client.get("/lainnya/dilihat?q=zzzz").text
    lead = f'href="/lainnya/dilihat?tentang={son.hex()}"'
    assert lead in client.get(f"/penduduk/{son.hex()}").text
    assert lead not in second_officer(ground).get(f"/penduduk/{son.hex()}").text


def test_settings_outside_their_limits_are_named(client: WebClient) -> None:
    page = client.get("/lainnya/pengaturan")
    form = next(one for one in forms_of(page) if one.action == "/lainnya/pengaturan")
    assert client.send(form, {"idle_lock_minutes": "sebentar"}).status_code == 422
    assert client.send(form, {"idle_lock_minutes": "9999"}).status_code == 422
    assert "Pengaturan tersimpan" in client.send(form, {"idle_lock_minutes": "5"}).text


def test_a_backup_is_proved_and_its_words_are_shown_once(ground: Ground, client: WebClient) -> None:
    page = client.get("/lainnya/cadangan")
    form = next(one for one in forms_of(page) if one.action == "/lainnya/cadangan")
    first = client.send(form, {})
    assert "sudah dicoba dipulihkan" in first.text
    assert "Kata-kata cadangan" in first.text
    ground.clock[0] += 60_000
    assert "Kata-kata cadangan" not in client.send(form, {}).text
    assert len(list_backups(Path(ground.store.directory) / "sticks")) == 2


def test_a_laptop_without_a_stick_says_that_a_copy_of_its_own_is_no_backup(
    client: WebClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = client.get("/lainnya/cadangan").text
    assert "Tidak ada flashdisk yang terlihat" in page
    assert "tidak dihitung sebagai cadangan" in page
    assert "Cadangkan ke flashdisk" not in page
    own = sticks(tmp_path)
    monkeypatch.setattr(backups, "sticks", lambda _: [Stick(tmp_path, "KINGSTON", 10**9), *own])
    page = client.get("/lainnya/cadangan").text
    assert "Tidak ada flashdisk" not in page
    assert "Cadangkan ke flashdisk" in page


def test_a_backup_to_a_folder_that_is_no_stick_is_refused(client: WebClient) -> None:
    page = client.get("/lainnya/cadangan")
    form = next(one for one in forms_of(page) if one.action == "/lainnya/cadangan")
    answer = client.post(form.action, {**form.fields, "flashdisk": "/etc"})
    assert answer.status_code == 422


def test_the_first_officer_is_asked_the_full_name(enrolled_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(enrolled_folder, tmp_path / "baru"))
    with NodeStore.open(folder) as store:
        accounts = Accounts(store, lambda: NOW_MS, Passwords(memory_kib=8, passes=1))
        client = WebClient(create_app(Office(store, accounts, now_ms=lambda: NOW_MS)))
        form = next(one for one in forms_of(client.get("/masuk")) if one.action == "/masuk")
        values = {"nama": "sri", "sandi": "kebun kopi di lereng", "sandi_lagi": "kebun kopi di lereng"}
        page = client.send(form, values)
        assert page.status_code == 422
        assert "Nama lengkap belum diisi" in page.text
        assert accounts.list() == []
        page = client.send(form, {**values, "nama_lengkap": "Hj. Sri Ma'rifah"})
        assert page.status_code == 200
        assert "Hj. Sri Ma&#39;rifah" in page.text
        (officer,) = accounts.list()
        assert (officer.username, officer.display_name) == ("sri", "Hj. Sri Ma'rifah")
