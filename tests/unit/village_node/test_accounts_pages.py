"""Officers at the pages: who gets through, and what the head of an RT is shown."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from schemas.codes import EventKind, EventState, RequestState
from schemas.fields import Kind
from tests.fakes_desk import RealDesk
from tests.families import Home, settle
from tests.node_ground import NOW_MS
from village_node.accounts import Accounts, Role, Scope
from village_node.accounts.passwords import Passwords
from village_node.store import NodeStore
from village_node.web.app import create_app
from village_node.web.browsers import SESSION_COOKIE
from village_node.web.office import Office

SECRET = "jalan mawar merah"
MINUTE_MS = 60_000


class Browser:
    """A browser with at most one cookie, in memory."""

    def __init__(self, app: FastAPI, token: str) -> None:
        self.app = app
        self.cookies = {SESSION_COOKIE: token} if token else {}

    def get(self, address: str) -> httpx.Response:
        return asyncio.run(self._get(address))

    async def _get(self, address: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", cookies=self.cookies) as client:
            return await client.get(address)


class Ground:
    """An office with one family, a clock that a test moves, and browsers."""

    def __init__(self, store: NodeStore) -> None:
        self.ms = NOW_MS
        self.store = store
        self.desk = RealDesk(store)
        self.home: Home = settle(self.desk)
        self.accounts = Accounts(store, lambda: self.ms, Passwords(memory_kib=8, passes=1))
        self.app = create_app(Office(store, self.accounts, now_ms=lambda: self.ms))
        self.accounts.create("siti", "Siti", Role.HEAD, SECRET)

    def browser(self, username: str = "") -> Browser:
        return Browser(self.app, self.accounts.sign_in(username, SECRET).token if username else "")


@pytest.fixture
def ground(tmp_path: Path, enrolled_folder: Path) -> Iterator[Ground]:
    with NodeStore.open(Path(shutil.copytree(enrolled_folder, tmp_path / "office"))) as opened:
        yield Ground(opened)


def test_nobody_gets_a_page_without_a_session(ground: Ground) -> None:
    for address in ("/", "/penduduk", f"/penduduk/{ground.home.son.hex()}", f"/keluarga/{ground.home.household.hex()}"):
        answer = ground.browser().get(address)
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/masuk")


def test_an_idle_desk_shows_its_lock(ground: Ground) -> None:
    browser = ground.browser("siti")
    assert browser.get("/").status_code == 200
    ground.ms += 15 * MINUTE_MS
    assert browser.get("/").headers["location"].startswith("/kunci")


def test_a_look_is_noted(ground: Ground) -> None:
    browser = ground.browser("siti")
    assert browser.get(f"/penduduk/{ground.home.son.hex()}").status_code == 200
    assert browser.get(f"/keluarga/{ground.home.household.hex()}").status_code == 200
    assert {view.page for view in ground.accounts.views()} == {"resident", "household"}


def test_the_head_of_an_rt_finds_and_opens_his_own_neighbours_only(ground: Ground) -> None:
    ground.accounts.create("rt3", "Pak RT 3", Role.RT_HEAD, SECRET, Scope(rt="3", rw="2"))
    ground.accounts.create("rt4", "Pak RT 4", Role.RT_HEAD, SECRET, Scope(rt="4", rw="2"))
    name = str(ground.desk.values(ground.home.son)["name"])
    pages = (f"/penduduk/{ground.home.son.hex()}", f"/keluarga/{ground.home.household.hex()}")
    searches = (f"/cari?q={name}", f"/penduduk?q={name}", f"/penduduk?q={name}&rt=3", f"/keluarga?q={name}")
    mine, other = ground.browser("rt3"), ground.browser("rt4")
    assert [mine.get(address).status_code for address in pages] == [200, 200]
    assert [other.get(address).status_code for address in pages] == [403, 403]
    for address in searches:
        linked = ground.home.household if address.startswith("/keluarga") else ground.home.son
        assert linked.hex() in mine.get(address).text, address
        assert linked.hex() not in other.get(address).text, address
    assert sorted(view.is_refused for view in ground.accounts.views()) == [False, False, True, True]


def test_a_family_that_needs_a_head_is_shown_to_its_own_rt_only(ground: Ground) -> None:
    ground.desk.change(ground.home.household, head_id=None)
    ground.accounts.create("rt4", "Pak RT 4", Role.RT_HEAD, SECRET, Scope(rt="4", rw="2"))
    assert ground.desk.shown(ground.home.household) is not None
    assert ground.home.household.hex() in ground.browser("siti").get("/keluarga").text
    assert ground.home.household.hex() not in ground.browser("rt4").get("/keluarga").text


def test_a_page_that_asks_by_itself_keeps_no_desk_open(ground: Ground) -> None:
    browser = ground.browser("siti")
    for _ in range(15):
        ground.ms += MINUTE_MS
        browser.get("/sinkron/keadaan")
    assert browser.get("/sinkron/keadaan").headers["location"].startswith("/kunci")


def test_events_and_requests_are_shown_within_the_rt_only(ground: Ground) -> None:
    event = ground.desk.put(
        Kind.VITAL_EVENT, event_kind=int(EventKind.BIRTH), state=int(EventState.DECLARED), subject_id=ground.home.son
    )
    ground.desk.put(Kind.REQUEST, applicant_id=ground.home.father, service="SKD-03", state=int(RequestState.SUBMITTED))
    ground.accounts.create("rt3", "Pak RT 3", Role.RT_HEAD, SECRET, Scope(rt="3", rw="2"))
    ground.accounts.create("rt4", "Pak RT 4", Role.RT_HEAD, SECRET, Scope(rt="4", rw="2"))
    mine, other, all_ = (ground.browser(name) for name in ("rt3", "rt4", "siti"))
    assert [browser.get(f"/peristiwa/{event.hex()}").status_code for browser in (mine, other, all_)] == [200, 403, 200]
    assert [event.hex() in browser.get("/peristiwa").text for browser in (mine, other, all_)] == [True, False, True]
    father = "AHMAD FAUZI"
    assert [father in browser.get("/").text for browser in (mine, other, all_)] == [True, False, True]
    assert [browser.get("/sinkron").status_code for browser in (mine, all_)] == [403, 200]
