"""A served desk is killed: whoever was signed in still is, and who was looked at is still known."""

from __future__ import annotations

import http.client
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.fakes_desk import RealDesk
from tests.families import settle
from tests.node_ground import FakeDistrict, enrolled
from village_node.accounts import Accounts
from village_node.clock import now_ms
from village_node.store import NodeStore

pytestmark = pytest.mark.e2e

_ROOT = Path(__file__).parents[2]
_SECRET = "jalan mawar merah"


class Served:
    """A desk as a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-P", "-m", "cli", "village", "serve", "--dir", str(folder), "--no-nightly"]
        self.process = subprocess.Popen(
            [*command, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=_ROOT
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("siap: ")
        self.address = urlsplit(line.removeprefix("siap: ").strip())

    def ask(self, method: str, path: str, *, cookie: str = "", **form: str) -> http.client.HTTPResponse:
        """Return the answer to one request, its body read."""
        assert self.address.hostname is not None
        connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=20)
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def kill(self) -> None:
        """End it without a word, as a power cut does."""
        self.process.kill()
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()


def test_an_officer_stays_signed_in_over_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "desa"
    with enrolled(folder, FakeDistrict()) as store:
        person = settle(RealDesk(store)).son
    desk = Served(folder)
    try:
        entered = desk.ask("POST", "/masuk", nama="siti", nama_lengkap="Siti Aminah", sandi=_SECRET, sandi_lagi=_SECRET)
        assert entered.status == 303
        said = entered.getheader("Set-Cookie") or ""
        assert {"HttpOnly", "SameSite=strict"} <= {part.strip() for part in said.split(";")}
        cookie = said.split(";")[0]
        assert desk.ask("GET", f"/penduduk/{person.hex()}", cookie=cookie).status == 200
        desk.kill()
        desk = Served(folder)
        assert desk.ask("GET", "/", cookie=cookie).status == 200
        assert desk.ask("GET", "/").status == 303
    finally:
        desk.kill()
    with NodeStore.open(folder) as store:
        assert [view.record_id for view in Accounts(store, now_ms).views()] == [person]
