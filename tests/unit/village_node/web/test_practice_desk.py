"""Practice beside the real desk in one browser: it looks different on every page, and each has cookies of its own."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.node_ground import NOW_MS
from tests.unit.village_node.web.conftest import OFFICER, PASSWORD
from tests.web_client import WebClient, forms_of
from village_node.accounts import Accounts, Role
from village_node.accounts.passwords import Passwords
from village_node.practice import open_practice
from village_node.store import NodeStore
from village_node.web.app import create_app
from village_node.web.office import Office

BANNER = "Latihan: semua orang di sini rekaan"


@pytest.fixture
def both(tmp_path: Path, enrolled_folder: Path) -> Iterator[tuple[WebClient, WebClient]]:
    """The real desk and its practice, in one browser: they share its cookies, as two ports of one machine do."""
    folder = Path(shutil.copytree(enrolled_folder, tmp_path / "desa"))
    clients = []
    with ExitStack() as stack:
        for opened in (NodeStore.open(folder), open_practice(folder, NOW_MS, residents=20)):
            store = stack.enter_context(opened)
            accounts = Accounts(store, lambda: NOW_MS, Passwords(memory_kib=8, passes=1))
            accounts.create(OFFICER, "Siti", Role.HEAD, PASSWORD)
            office = Office(store, accounts, now_ms=lambda: NOW_MS)
            stack.callback(office.close)
            clients.append(WebClient(create_app(office)))
        clients[1].cookies = clients[0].cookies
        yield clients[0], clients[1]


def sign_in(client: WebClient) -> httpx.Response:
    (form,) = (one for one in forms_of(client.get("/masuk")) if one.action == "/masuk")
    return client.send(form, {"nama": OFFICER, "sandi": PASSWORD})


def test_signing_in_to_practice_signs_nobody_out_of_the_real_desk(both: tuple[WebClient, WebClient]) -> None:
    real, practice = both
    assert "Siapa yang dilayani?" in sign_in(real).text
    assert real.get("/").status_code == 200
    practice.get("/")
    assert practice.address.startswith("/masuk")  # the real desk's session opens no practice
    assert "Siapa yang dilayani?" in sign_in(practice).text
    real.get("/penduduk")
    assert real.address == "/penduduk"
    (leave,) = (one for one in forms_of(practice.get("/lainnya")) if one.action == "/keluar")
    practice.send(leave, {})
    real.get("/penduduk")
    assert real.address == "/penduduk"


def test_every_page_of_practice_says_so_also_before_anybody_is_in(both: tuple[WebClient, WebClient]) -> None:
    real, practice = both
    assert "in-practice" in practice.get("/masuk").text
    sign_in(real)
    sign_in(practice)
    for address in ("/", "/statistik", "/surat", "/lainnya/panduan"):
        page = practice.get(address).text
        assert BANNER in page
        assert "in-practice" in page
        assert "perubahan menunggu" not in page  # nothing of it is ever sent
        assert BANNER not in real.get(address).text
    for address in ("/sinkron", "/lainnya"):
        assert "lashdisk" in real.get(address).text
        assert "/sinkron/flashdisk" not in practice.get(address).text
    assert "Pakai flashdisk" not in practice.get("/sinkron").text
    (lock,) = (one for one in forms_of(practice.get("/")) if one.action == "/kunci")
    locked = practice.send(lock, {}).text
    assert "Meja terkunci" in locked
    assert BANNER in locked


def test_what_was_done_in_practice_is_not_told_at_the_real_desk(both: tuple[WebClient, WebClient]) -> None:
    real, practice = both
    sign_in(real)
    sign_in(practice)
    (form,) = (one for one in forms_of(practice.get("/lainnya/pengaturan")) if "idle_lock_minutes" in one.names)
    values = {**form.fields, "idle_lock_minutes": "7"}
    answer = asyncio.run(practice._once("POST", form.action, values, None))  # its page is not open yet
    assert answer.status_code == 303
    practice.cookies.update({cookie.name: cookie.value or "" for cookie in answer.cookies.jar})
    assert "Pengaturan tersimpan" not in real.get("/lainnya/pengaturan").text
    assert "Pengaturan tersimpan" in practice.get("/lainnya/pengaturan").text
