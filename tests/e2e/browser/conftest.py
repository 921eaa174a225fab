"""A real browser at a real desk: one village and one served process for all tests of a worker, one Chromium a module.

Whatever a page asks of an address other than the desk's, every console error and every broken content policy fails the
test.  Chromium is Debian's (``make browser`` installs it); without one the tests say so, and in CI they fail.
"""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Route, sync_playwright

from tests.e2e.browser.village import OFFICER, PASSWORD, People, build_village

START_S = 30
STOP_S = 15
SIZES = {"laptop": (1024, 768), "phone": (390, 844)}


@dataclass
class ServedDesk:
    """The desk of a directory as a process of its own, which a test may kill and start again on the same port."""

    directory: Path
    port: int = 0
    url: str = ""
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start and wait until it listens."""
        command = [sys.executable, "-m", "cli", "village", "serve", "--dir", str(self.directory), "--no-nightly"]
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=Path(__file__).resolve().parents[3],
        )
        lines: queue.Queue[str] = queue.Queue()
        assert self._process.stdout is not None
        threading.Thread(target=_drain, args=(self._process.stdout, lines), daemon=True).start()
        for _ in range(200):
            line = lines.get(timeout=START_S)
            if line.startswith("siap: "):
                self.url = line.removeprefix("siap: ").strip()
                self.port = int(self.url.rsplit(":", 1)[1])
                return
        raise AssertionError("the desk did not start")

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as Ctrl+C does."""
        self._end(signal.SIGINT)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(STOP_S)
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None


def _drain(stream: Any, lines: queue.Queue[str]) -> None:
    try:
        for line in stream:
            lines.put(line)
    except ValueError:
        return  # closed under us: the process has ended


def chromium_path() -> str | None:
    """Return where Chromium is, None if this machine has none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, People]:
    """Give a village of some hundred generated people with its first officer, and who lives there."""
    directory = tmp_path_factory.mktemp("desk") / "village"
    return directory, build_village(directory)


@pytest.fixture(scope="session")
def people(village: tuple[Path, People]) -> People:
    """Give people of the village; ``take`` hands each out once, so that tests do not meet."""
    return village[1]


@pytest.fixture(scope="session")
def desk(village: tuple[Path, People]) -> Iterator[ServedDesk]:
    """Give the served desk."""
    served = ServedDesk(village[0])
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="session")
def desk_url(desk: ServedDesk) -> str:
    """Give the desk's address."""
    return desk.url


# Playwright keeps an event loop running in the thread of the tests.  It ends with the module, or nothing that runs a
# loop of its own (pyroute2 does) would work in whatever test this worker is given next.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Give Playwright."""
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Give Debian's Chromium; skips where there is none, unless this is CI."""
    path = chromium_path()
    if path is None:
        message = "no Chromium on this machine; `make browser` installs Debian's"
        assert not os.environ.get("CI"), message
        pytest.skip(message)
    started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
    yield started
    started.close()


@pytest.fixture(scope="module")
def cookies(browser: Browser, desk_url: str) -> Any:
    """Sign the officer in once; every test begins with this cookie."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{desk_url}/masuk")
        page.fill("#nama", OFFICER)
        page.fill("#sandi", PASSWORD)
        page.press("#sandi", "Enter")
        page.wait_for_selector("#q")
        return context.storage_state()


@pytest.fixture
def open_desk(browser: Browser, desk_url: str, cookies: Any) -> Iterator[Callable[..., Page]]:
    """Give a function that opens a signed-in page: ``size`` is "laptop" or "phone", ``scripts`` off for a plain one."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def opened(size: str = "laptop", *, signed_in: bool = True, scripts: bool = True) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            base_url=desk_url,
            viewport={"width": width, "height": height},
            storage_state=cookies if signed_in else None,
            java_script_enabled=scripts,
            locale="id-ID",
        )
        contexts.append(context)
        context.set_default_timeout(8_000)
        context.route(lambda address: not address.startswith((desk_url, "data:", "blob:")), _stranger(troubles))
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
        page.on("console", lambda said: _note(troubles, said))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not troubles


def _stranger(troubles: list[str]) -> Callable[[Route], None]:
    def refuse(route: Route) -> None:
        troubles.append(f"a page asked for {route.request.url}")
        route.abort()

    return refuse


def _note(troubles: list[str], said: Any) -> None:
    # A form that is sent back with what is wrong is answered 422, which browsers write to the console as an error; and
    # so is what a page had asked for when it was left.
    is_left = said.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))
    if said.type == "error" and "status of 4" not in said.text and not is_left:
        troubles.append(f"console: {said.text}")


@pytest.fixture
def desk_page(open_desk: Callable[..., Page]) -> Page:
    """Give a signed-in page of a laptop's size."""
    return open_desk()
