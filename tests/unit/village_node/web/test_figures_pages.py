"""Books and figures as pages: every number is a link, and the list behind it has exactly that many people."""

from __future__ import annotations

import errno
import io
import re
import threading
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from python_calamine import load_workbook

from schemas.codes import LifeStatus
from schemas.errors import DiskFullError
from tests.families import person
from tests.unit.village_node.web.conftest import Ground
from tests.web_client import WebClient
from village_node.registration import DeathForm, register_death
from village_node.web import book_prints
from village_node.web.pages import books as pages_books

TRIES_MAX = 40


def opened(client: WebClient, address: str) -> str:
    """Return a page, counted."""
    for _ in range(TRIES_MAX):
        page = client.get(address)
        assert page.status_code == 200, page.text
        if "Sedang dihitung" not in page.text:
            return page.text
    raise AssertionError("never counted")


def test_every_number_equals_its_list(ground: Ground, client: WebClient) -> None:
    person(ground.desk, ground.home.household, "TANPA TANGGAL", 2, 1990, 11, birth_on=None)
    page = opened(client, "/statistik")
    links = re.findall(r'href="(/statistik/daftar[^"]*)"[^>]*>(?:<rect[^>]*/>)?(?:<text[^>]*>)?[+−]?([\d.]+)', page)
    links += [
        (address, count)
        for address, count in re.findall(r'<td><a href="(/statistik/daftar[^"]*)".*?class="right">([\d.]+)</td>', page)
        if "menurut=dusun" not in address
    ]
    links += [(address, count) for count, address in re.findall(r'<b>(\d+)</b><a href="(/statistik/daftar[^"]*)', page)]
    assert len(links) > 35
    for address, shown in links:
        assert listed(client, address) == int(shown), address


def listed(client: WebClient, address: str) -> int:
    """Return how many lines a list has, which is what its head says."""
    page = opened(client, unescape(address))
    said = re.search(r"([\d.]+) (?:orang|keluarga)", page)
    assert said is not None
    assert max(0, page.count("<tr>") - 1) == int(said[1])
    return int(said[1])


def test_families_are_listed_as_counted_and_not_those_that_need_a_head(ground: Ground, client: WebClient) -> None:
    page = opened(client, "/statistik/daftar?menurut=keluarga")
    assert f"/keluarga/{ground.home.household.hex()}" in page
    assert "AHMAD FAUZI" in page


def test_the_month_s_sum_leads_to_whom_it_counted_also_when_they_have_left(ground: Ground, client: WebClient) -> None:
    register_death(ground.desk, DeathForm(person_id=ground.home.father, died_on=ground.desk.today()))
    page = opened(client, "/statistik")
    address, count = re.findall(r'Meninggal</td><td[^>]*><a href="([^"]*)">−(\d+)', page)[0]
    assert (count, listed(client, address)) == ("1", 1)
    assert "AHMAD FAUZI" in opened(client, unescape(address))


def test_every_number_of_the_recapitulation_leads_to_its_list(ground: Ground, client: WebClient) -> None:
    register_death(ground.desk, DeathForm(person_id=ground.home.father, died_on=ground.desk.today()))
    page = opened(client, "/buku/rekap")
    assert '<th class="keeps">Dusun</th>' in page
    assert page.count('<td class="keeps">') == page.count("<tr>") - 1
    links = re.findall(r'<a href="(/statistik/daftar[^"]*)">(\d+)</a>', page)
    assert len(links) > 8
    for address, count in links:
        assert listed(client, address) == int(count), address
    assert client.get("/statistik/daftar?menurut=rekap&baris=99&kolom=Awal+KK").status_code == 422
    assert client.get("/statistik/daftar?menurut=rekap&baris=0&kolom=Ket.").status_code == 422


def test_people_without_a_birth_date_have_a_line_of_their_own(ground: Ground, client: WebClient) -> None:
    person(ground.desk, ground.home.household, "TANPA TANGGAL", 2, 1990, 11, birth_on=None)
    page = opened(client, "/statistik")
    address = re.search(r'<b>1</b><a href="([^"]*)">tanpa tanggal lahir', page)
    assert address is not None
    listed = opened(client, unescape(address[1]))
    assert "TANPA TANGGAL" in listed
    assert "AHMAD FAUZI" not in listed


def test_the_dead_are_in_no_list(ground: Ground, client: WebClient) -> None:
    ground.desk.change(ground.home.son, life_status=int(LifeStatus.DEAD))
    assert "BUDI SANTOSO" not in opened(client, "/statistik/daftar?menurut=umur")


def test_a_book_says_whose_it_is_and_links_to_its_people(ground: Ground, client: WebClient) -> None:
    page = opened(client, "/buku/induk")
    assert "Buku Induk Penduduk" in page
    assert f'href="/penduduk/{ground.home.father.hex()}"' in page


def test_a_book_comes_as_a_file(client: WebClient) -> None:
    opened(client, "/buku/rekap")
    answer = client.get("/buku/rekap/berkas.csv")
    assert answer.headers["content-disposition"].endswith('.csv"')
    assert "Dusun" in answer.text


@pytest.mark.parametrize(
    ("page", "file"), [("/buku/induk", "/buku/induk/berkas.csv"), ("/statistik", "/statistik/umur.xlsx")]
)
def test_a_file_leaves_nothing_behind_sent_or_stopped(
    ground: Ground, client: WebClient, monkeypatch: pytest.MonkeyPatch, page: str, file: str
) -> None:
    opened(client, page)
    before = set(ground.store.directory.iterdir())
    assert client.get(file).status_code == 200
    assert set(ground.store.directory.iterdir()) == before

    def write_half(path: Path, *_: object) -> None:
        path.write_text("AHMAD FAUZI")
        raise DiskFullError("Disk penuh")

    monkeypatch.setattr("village_node.web.pages.books.write_csv", write_half)
    monkeypatch.setattr("village_node.web.pages.statistics.write_xlsx", write_half)
    assert "Disk penuh" in client.get(file).text
    assert set(ground.store.directory.iterdir()) == before


def test_a_month_to_come_and_a_book_that_is_none_are_named(client: WebClient) -> None:
    assert "belum tiba" in client.get("/buku/induk?bulan=2199-01").text
    assert "Buku ini tidak ada" in client.get("/buku/tamu").text


@pytest.mark.parametrize("page", ["²", "-3", "x", "9" * 15, "9" * 30])
def test_a_page_number_that_is_none_still_gives_a_page(client: WebClient, page: str) -> None:
    for address in ("/penduduk?", "/buku/induk?", "/statistik/daftar?menurut=umur&baris=²&"):
        assert "<h1" in opened(client, f"{address}hal={page}")


def test_a_book_comes_as_paper_and_leaves_nothing_behind(ground: Ground, client: WebClient) -> None:
    opened(client, "/buku/induk")
    answer = client.get("/buku/induk/berkas.pdf?kertas=A3")
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["content-disposition"].endswith('.pdf"')
    assert list(ground.store.directory.glob("export-*")) == []
    assert ground.accounts.views()[0].page.endswith(".pdf")


def test_a_long_print_shows_how_far_it_is_and_another_waits(
    ground: Ground, client: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    def slow(_book: object, _heading: object, target: Path, progress: Callable[[int, int], None]) -> int:
        progress(1, 4)
        goes_on.wait(10)
        target.write_bytes(b"%PDF")
        return 7

    monkeypatch.setattr(pages_books, "print_book", slow)
    monkeypatch.setattr(book_prints, "PATIENCE_S", 0.05)
    opened(client, "/buku/induk")
    assert "25 persen" in client.get("/buku/induk/berkas.pdf").text
    address = client.address
    assert address.startswith("/buku/induk/cetak?")
    opened(client, "/buku/rekap")
    assert "menunggu gilirannya" in client.get("/buku/rekap/berkas.pdf").text
    goes_on.set()
    page = ""
    for _ in range(TRIES_MAX):
        page = client.get(address).text
        if "7 halaman" in page:
            break
    assert "7 halaman" in page
    link = re.search(r'href="(/buku/induk/berkas.pdf[^"]*)"', page)
    assert link is not None
    assert client.get(unescape(link[1])).content == b"%PDF"
    assert list(ground.store.directory.glob("export-*")) == []


def test_a_print_that_fails_says_so_and_may_be_tried_again(
    ground: Ground, client: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_of: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        patched.setattr(pages_books, "print_book", full)
        opened(client, "/buku/induk")
        answer = client.get("/buku/induk/berkas.pdf")
        assert answer.status_code == 507
    assert list(ground.store.directory.glob("export-*")) == []
    assert client.get("/buku/induk/berkas.pdf").content.startswith(b"%PDF")


def test_all_figures_come_as_paper_and_as_a_workbook_with_one_total(ground: Ground, client: WebClient) -> None:
    opened(client, "/statistik")
    assert client.get("/statistik/statistik.pdf").content.startswith(b"%PDF")
    assert client.get("/statistik/agama.pdf?dusun=KRAJAN").status_code == 200
    answer = client.get("/statistik/statistik.xlsx")
    rows = load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[0][:2] == ["Menurut", "Rincian"]
    totals = {row[0]: row[-1] for row in rows if row[1] == "JUMLAH"}
    assert len(totals) == 7
    assert set(totals.values()) == {4.0}
    assert list(ground.store.directory.glob("export-*")) == []


@pytest.mark.parametrize("address", ["/statistik/nobody.xlsx", "/statistik/umur.docx"])
def test_a_figure_that_does_not_exist_is_said(client: WebClient, address: str) -> None:
    assert client.get(address).status_code == 422
