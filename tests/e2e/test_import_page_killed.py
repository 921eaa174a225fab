"""The desk is killed while it imports a list from its page: the page says how far it came, and it goes on or back."""

from __future__ import annotations

import datetime as dt
import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from register.exporting import write_xlsx
from register.generator import HEADERS, generate_village
from tests.e2e.browser.conftest import ServedDesk
from tests.node_ground import VILLAGE_CODE, FakeDistrict, enrolled
from tests.web_client import forms_of
from village_node.importing import list_batches
from village_node.store import NodeStore

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

_PEOPLE = 2_500
_SECRET = "jalan mawar merah"
_WAIT_S = 90


class Browser:
    """What an officer does at the served desk, without scripts."""

    def __init__(self, desk: ServedDesk) -> None:
        self.desk = desk
        self.http = httpx.Client(follow_redirects=True, timeout=60)
        new = {"nama": "siti", "nama_lengkap": "Siti", "sandi": _SECRET, "sandi_lagi": _SECRET}
        self.http.post(f"{desk.url}/masuk", data=new)

    def get(self, address: str) -> httpx.Response:
        return self.http.get(self.desk.url + address)

    def send(self, page: httpx.Response, ends: str, file: bytes | None = None) -> httpx.Response:
        form = next(one for one in forms_of(page) if one.action.endswith(ends))
        files = {"berkas": ("penduduk.xlsx", io.BytesIO(file))} if file is not None else None
        return self.http.post(self.desk.url + form.action, data=dict(form.fields), files=files)

    def until(self, word: str) -> httpx.Response:
        """Look at the imports until a word stands there."""
        deadline = time.monotonic() + _WAIT_S
        while time.monotonic() < deadline:
            page = self.get("/impor")
            if word in page.text:
                return page
            time.sleep(0.1)
        raise AssertionError(f"never said: {word}")


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("daftar") / "penduduk.xlsx"
    write_xlsx(path, HEADERS, generate_village(7, VILLAGE_CODE, _PEOPLE, today=dt.date(2026, 11, 25)).rows)
    return path.read_bytes()


@pytest.fixture
def killed(tmp_path: Path, workbook: bytes) -> Iterator[tuple[Browser, NodeStore]]:
    """Give a desk that was killed in the middle of an import from its page, and started again."""
    folder = tmp_path / "desa"
    enrolled(folder, FakeDistrict()).close()
    desk = ServedDesk(folder)
    desk.start()
    try:
        with NodeStore.open(folder) as store:
            browser = Browser(desk)
            preview = browser.send(browser.get("/impor"), "/impor", workbook)
            browser.send(preview, "/masukkan")
            if "Masukkan tanpa kabar terbaru" in (page := _settled(browser, store)).text:
                browser.http.post(
                    desk.url + str(preview.url.path) + "/masukkan",
                    data={**dict(forms_of(page)[0].fields), "tanpa_kabar": "ya"},
                )
            deadline = time.monotonic() + _WAIT_S
            while store.state().entry_count == 0 and time.monotonic() < deadline:
                time.sleep(0.01)
            desk.kill()
            desk.start()
            yield browser, store
            browser.http.close()
    finally:
        desk.kill()


def _settled(browser: Browser, store: NodeStore) -> httpx.Response:
    """Return the page once the district was asked, or the import is at it."""
    deadline = time.monotonic() + _WAIT_S
    while time.monotonic() < deadline:
        page = browser.get("/impor")
        if store.state().entry_count or "Lanjutkan?" in page.text:
            return page
        time.sleep(0.01)
    raise AssertionError("the import never began")


def residents(store: NodeStore) -> int:
    with NodeStore.open(store.directory) as other:
        from tests.fakes_desk import RealDesk

        with RealDesk(other).book() as book:
            return book.counts().residents


def test_an_import_that_was_killed_on_the_page_goes_on_and_doubles_nobody(killed: tuple[Browser, NodeStore]) -> None:
    browser, store = killed
    (stopped,) = list_batches(store)
    saved = store.state().entry_count
    assert 0 < saved < stopped.families_total, "the kill came too late"
    page = browser.get("/impor")
    assert "terhenti sebelum selesai" in page.text
    assert "sedang berjalan" not in page.text
    progress = f"{stopped.families_done:,} / {stopped.families_total:,}".replace(",", ".")
    assert progress in page.text
    link = re.search(r'href="(/impor/[0-9a-f]{32})">Lanjutkan impor', page.text)
    assert link is not None
    preview = browser.get(link[1])
    assert "Masukkan" in preview.text
    form = next(one for one in forms_of(preview) if one.action.endswith("/masukkan"))
    browser.http.post(browser.desk.url + form.action, data={**form.fields, "tanpa_kabar": "ya"})
    browser.until("Impor selesai.")
    (done,) = list_batches(store)
    assert (done.state, done.families_done) == ("done", stopped.families_total)
    assert store.state().entry_count == stopped.families_total
    assert residents(store) == _PEOPLE


def test_an_import_that_was_killed_on_the_page_is_taken_back(killed: tuple[Browser, NodeStore]) -> None:
    browser, store = killed
    (stopped,) = list_batches(store)
    assert stopped.state == "running"
    address = f"/impor/{stopped.batch_id.hex()}/batalkan"
    page = browser.send(browser.get(address), address)
    assert "Impor dibatalkan" in page.text
    (undone,) = list_batches(store)
    assert undone.state == "undone"
    assert residents(store) == 0
