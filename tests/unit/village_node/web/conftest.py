"""A desk in memory for tests of its pages: one office, one family, one officer who is signed in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.fakes_desk import RealDesk
from tests.families import Home, settle
from tests.node_ground import NOW_MS
from tests.web_client import WebClient
from village_node.accounts import Accounts, Role
from village_node.accounts.passwords import Passwords
from village_node.store import NodeStore
from village_node.web.app import create_app
from village_node.web.browsers import SESSION_COOKIE
from village_node.web.office import Office

OFFICER, PASSWORD = "siti", "jalan mawar merah"


@dataclass
class Ground:
    """An office with one family, its application and a clock that a test moves."""

    store: NodeStore
    desk: RealDesk
    home: Home
    accounts: Accounts
    office: Office
    app: FastAPI
    clock: list[int]

    def client(self, username: str = OFFICER) -> WebClient:
        """Return a browser in which an officer is signed in; nobody for an empty name."""
        client = WebClient(self.app)
        if username:
            client.cookies[SESSION_COOKIE] = self.accounts.sign_in(username, PASSWORD).token
        return client


@pytest.fixture
def ground(tmp_path: Path, enrolled_folder: Path) -> Iterator[Ground]:
    folder = Path(shutil.copytree(enrolled_folder, tmp_path / "office"))
    clock = [NOW_MS]
    with NodeStore.open(folder) as store:
        desk = RealDesk(store)
        accounts = Accounts(store, lambda: clock[0], Passwords(memory_kib=8, passes=1))
        accounts.create(OFFICER, "Siti", Role.HEAD, PASSWORD)
        office = Office(store, accounts, now_ms=lambda: clock[0])
        app = create_app(office)
        yield Ground(store, desk, settle(desk), accounts, office, app, clock)
        office.close()


@pytest.fixture
def client(ground: Ground) -> WebClient:
    return ground.client()
