"""A disk that fills while an officer works at the desk's pages: plain words, nothing by halves, then all goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import DiskFullError
from schemas.fields import Kind
from tests.e2e.full_disks import Disk, disk
from tests.fakes_desk import RealDesk
from tests.families import settle
from tests.node_ground import NOW_MS, FakeDistrict, enrolled
from tests.unit.village_node.web.conftest import OFFICER, PASSWORD, Ground
from tests.unit.village_node.web.test_counter import issue, open_domicile
from tests.unit.village_node.web.test_files_pages import until_it_ran
from tests.unit.village_node.web.test_guided_forms import STORIES, events, walk
from tests.web_client import WebClient, forms_of
from village_node.accounts import Accounts, Role
from village_node.accounts.passwords import Passwords
from village_node.backup import list_backups
from village_node.importing import list_batches
from village_node.web.app import create_app
from village_node.web.import_runs import RunOutcome
from village_node.web.office import Office

__all__ = ["disk"]  # a fixture

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

FULL = 507
PEOPLE = "Nama,No KK,NIK,JK,Tgl Lahir\n" + "".join(
    f"WARGA {number:03d},35100112021{number:05d},3510014203{number % 90 + 10:02d}9{number % 1000:03d},P,02-03-1990\n"
    for number in range(1, 700)
)


@pytest.fixture
def ground(disk: Disk) -> Iterator[Ground]:
    """An office on the small disk, with one family and an officer."""
    disk.clear()
    folder = disk.place / "desa"
    with enrolled(folder, FakeDistrict()) as store:
        desk = RealDesk(store)
        clock = [NOW_MS]
        accounts = Accounts(store, lambda: clock[0], Passwords(memory_kib=8, passes=1))
        accounts.create(OFFICER, "Siti", Role.HEAD, PASSWORD)
        office = Office(store, accounts, now_ms=lambda: clock[0])
        yield Ground(store, desk, settle(desk), accounts, office, create_app(office), clock)
        office.close()
    disk.clear()


@pytest.fixture
def client(ground: Ground) -> WebClient:
    return ground.client()


def form_at(client: WebClient, address: str, action: str) -> Any:
    return next(one for one in forms_of(client.get(address)) if one.action.endswith(action))


def fill(disk: Disk, ground: Ground) -> None:
    """Leave no room at all, not even in the database's own log."""
    with ground.store.local_writing():
        pass
    disk.leave(0)


def assert_told(page: Any) -> None:
    """The page says what is safe and what to do, in that order."""
    assert page.status_code == FULL, page.text
    assert "Penyimpanan penuh" in page.text
    assert "Yang sudah tersimpan tetap aman" in page.text
    assert "Kosongkan sebagian penyimpanan" in page.text


def test_pages_are_shown_on_a_full_disk_even_an_hour_later(disk: Disk, ground: Ground, client: WebClient) -> None:
    fill(disk, ground)
    for address in ("/", f"/penduduk/{ground.home.son.hex()}", "/kotak-masuk", "/impor", "/lainnya/cadangan"):
        ground.clock[0] += 5 * 60_000
        assert client.get(address).status_code == 200, address
    assert client.address == "/lainnya/cadangan"


def test_a_list_that_finds_no_room_is_not_kept_by_halves(disk: Disk, ground: Ground, client: WebClient) -> None:
    form = form_at(client, "/impor", "/impor")
    disk.leave(8)
    assert_told(client.send(form, {}, files={"berkas": ("warga.csv", PEOPLE.encode())}))
    assert ground.app.state.office.imports.waiting() == []
    assert not any((ground.store.directory / "imports").glob("*"))
    disk.free()
    assert "Masukkan 699 baris" in client.send(form, {}, files={"berkas": ("warga.csv", PEOPLE.encode())}).text


@pytest.mark.parametrize("kib", [0, 200, 600])
def test_an_import_from_the_page_stops_whole_and_goes_on(
    disk: Disk, ground: Ground, client: WebClient, kib: int
) -> None:
    office = ground.app.state.office
    client.send(form_at(client, "/impor", "/impor"), {}, files={"berkas": ("warga.csv", PEOPLE.encode())})
    address = client.address
    before = ground.desk.state.entry_count
    form = form_at(client, address, "/masukkan")
    disk.leave(kib)
    client.send(form, {})
    until_it_ran(office.imports)
    assert office.imports.outcome == RunOutcome.REFUSED
    assert isinstance(office.imports.error, DiskFullError)
    page = client.get("/impor").text
    assert "Penyimpanan penuh" in page
    assert "tidak ada yang hilang" in page.lower()
    disk.free()
    saved = ground.desk.state.entry_count - before
    assert sum(one.families_done for one in list_batches(ground.store)) == saved
    client.send(form_at(client, address, "/masukkan"), {})
    until_it_ran(office.imports)
    assert office.imports.outcome == RunOutcome.DONE
    (batch,) = list_batches(ground.store)
    assert (batch.state, batch.families_done) == ("done", ground.desk.state.entry_count - before)
    with ground.desk.book() as book:
        assert book.counts().residents == 699 + len(ground.home.members)


def test_a_guided_form_keeps_its_draft_and_records_once(disk: Disk, ground: Ground, client: WebClient) -> None:
    check = walk(client, "kematian", STORIES["kematian"][1](ground))
    form = next(one for one in forms_of(check) if one.action.startswith("/lapor/"))
    fill(disk, ground)
    assert_told(client.send(form, {}))
    assert events(ground) == []
    disk.free()
    assert "Lapor kematian" in client.get("/lapor").text
    assert client.send(form, {}).status_code == 200
    assert client.send(form, {}).status_code == 200
    assert len(events(ground)) == 1


def test_a_step_of_a_guided_form_says_that_it_was_not_kept(disk: Disk, ground: Ground, client: WebClient) -> None:
    page = client.get(f"/lapor/kematian?untuk={ground.home.son.hex()}")
    form = next(one for one in forms_of(page) if one.action.startswith("/lapor/"))
    fill(disk, ground)
    assert_told(client.send(form, {}))
    disk.free()
    assert client.send(form, {}).status_code == 200


def test_a_correction_is_saved_whole_or_not(disk: Disk, ground: Ground, client: WebClient) -> None:
    address = f"/penduduk/{ground.home.son.hex()}/perbaiki"
    form = form_at(client, address, "/perbaiki")
    fill(disk, ground)
    assert_told(client.send(form, {"phone": "081290001234", "alasan": "nomor baru"}))
    assert ground.desk.values(ground.home.son).get("phone") is None
    disk.free()
    client.send(form, {"phone": "081290001234", "alasan": "nomor baru"})
    assert ground.desk.values(ground.home.son)["phone"] == "081290001234"


def test_what_keeps_itself_says_that_it_was_not_kept(disk: Disk, ground: Ground, client: WebClient) -> None:
    form = form_at(client, f"/penduduk/{ground.home.son.hex()}/perbaiki", "/perbaiki")
    fill(disk, ground)
    page = client.post(f"{form.action}/simpan", {**form.fields, "name": "Ma'ruf"}, headers={"hx-request": "true"})
    assert_told(page)
    assert "<html" not in page.text
    disk.free()
    client.post(f"{form.action}/simpan", {**form.fields, "name": "Ma'ruf"}, headers={"hx-request": "true"})
    assert form_at(client, form.action, "/perbaiki").fields["name"] == ["Ma'ruf"]


def test_an_answer_to_the_district_is_given_whole_or_not(disk: Disk, ground: Ground, client: WebClient) -> None:
    ground.desk.put(Kind.INBOX, notice="overwritten", about_id=ground.home.son, change_id=b"\x01" * 16, field_tag=17)
    form = form_at(client, "/kotak-masuk", "/tanya")
    before = ground.desk.state.entry_count
    fill(disk, ground)
    assert_told(client.send(form, {"pertanyaan": "Mengapa?"}))
    assert "1 perlu jawaban" in client.get("/kotak-masuk").text
    disk.free()
    assert "0 perlu jawaban" in client.send(form, {"pertanyaan": "Mengapa?"}).text
    assert ground.desk.state.entry_count == before + 1


def test_a_letter_takes_no_number_that_is_not_on_paper(disk: Disk, ground: Ground, client: WebClient) -> None:
    page = client.get(f"/surat/baru?untuk={ground.home.father.hex()}&surat=SKD-03")
    form = next(one for one in forms_of(page) if one.action == "/surat/baru")
    answers = {"isi_purpose": "Melamar kerja", "isi_lives_since": "01-01-2020"}
    values = {**answers, "penandatangan": "Hj. Sri Ma'rifah", "jabatan": "Kepala Desa"}
    fill(disk, ground)
    assert_told(client.send(form, values))
    disk.free()
    assert "Belum ada surat" in client.get("/surat").text
    assert client.send(form, values).status_code == 200
    first = client.address
    assert client.get(f"{first}/cetak.pdf").content.startswith(b"%PDF")
    issue(ground, client)
    assert client.address != first


def test_a_scan_is_attached_whole_or_not(disk: Disk, ground: Ground, client: WebClient) -> None:
    page = open_domicile(ground, client)
    address = client.address
    form = next(one for one in forms_of(page) if one.action == f"{address}/lampiran")
    # A scan, since what weighs too much in a photograph is taken out of it first.
    photograph = {"berkas": ("kk.pdf", b"%PDF-1.4\n" + bytes(300_000), "application/pdf")}
    disk.leave(100)
    assert_told(client.post(form.action, form.fields, files=photograph))
    disk.free()
    assert "/lampiran/" not in client.get(address).text
    assert client.post(form.action, form.fields, files=photograph).status_code == 200
    assert client.get(address).text.count("/lampiran/") >= 1


@pytest.mark.parametrize("kib", [0, 300])
def test_a_backup_that_finds_no_room_leaves_nothing_and_calls_nothing_safe(
    disk: Disk, ground: Ground, client: WebClient, kib: int
) -> None:
    form = form_at(client, "/lainnya/cadangan", "/lainnya/cadangan")
    folder = Path(ground.store.directory) / "sticks"
    disk.leave(kib)
    page = client.send(form, {})
    assert page.status_code in {422, FULL}
    assert "Penyimpanan penuh" in page.text
    assert "sudah dicoba dipulihkan" not in page.text
    disk.free()
    assert list_backups(folder) == [] if folder.exists() else True
    assert not [path for path in folder.glob("*") if path.is_file()]
    ground.clock[0] += 60_000
    assert "sudah dicoba dipulihkan" in client.send(form, {}).text


def test_the_office_opens_again_after_the_disk_was_full(disk: Disk, ground: Ground, client: WebClient) -> None:
    fill(disk, ground)
    again = WebClient(ground.app)
    page = again.post("/masuk", {"nama": OFFICER, "sandi": PASSWORD})
    assert page.status_code in {200, FULL}
    if page.status_code == FULL:
        assert "Penyimpanan penuh" in page.text
    disk.free()
    assert again.post("/masuk", {"nama": OFFICER, "sandi": PASSWORD}).status_code == 200
    assert again.get("/").status_code == 200
