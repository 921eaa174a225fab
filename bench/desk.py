"""Measure the officer's desk at a large village: server time of each page, time in the browser, memory of the process.

The limit of the same run is a page of the same server that asks nothing of the register (the one-page guide): what it
takes is the price of the frame, and the ratio tells what the register adds.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import requests

from bench.importing import write_file
from bench.office import make_office
from village_node.accounts import Accounts, Role
from village_node.clock import now_ms
from village_node.desk import Desk
from village_node.importing import apply_batch, preview_file
from village_node.store import NodeStore

ROOT = Path(__file__).resolve().parent.parent
OFFICER, PASSWORD = "bench", "gunung tinggi dan sawah"
RUNS, WARM = 30, 3
BASE = "guide"
_START_S, _KB = 60, 1024


@dataclass(frozen=True, slots=True)
class DeskFigures:
    """Milliseconds by page: median and 95th percentile at the server, median in the browser; memory in MB."""

    residents: int
    server_p50_ms: dict[str, float]
    server_p95_ms: dict[str, float]
    browser_ms: dict[str, float]
    ratio_to_frame: dict[str, float]
    figures_first_s: float
    memory_mb: float
    errors: list[str] = field(default_factory=list)


def measure_desk(residents: int) -> DeskFigures:
    """Make a village, serve it, and ask each page; takes about two minutes at 35,000 residents."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = _village(folder, residents)
        process, url = _serve(folder / "office")
        try:
            session = _signed_in(url)
            first_s = _first_figures(session, url)
            p50, p95 = {}, {}
            for page, address in pages.items():
                times = [_server_ms(session, url + address) for _ in range(RUNS + WARM)][WARM:]
                p50[page], p95[page] = statistics.median(times), sorted(times)[int(len(times) * 0.95) - 1]
            browser = _browser_ms(url, session.cookies.get_dict(), pages)
            memory = _memory_mb(process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    ratios = {page: round(value / p50[BASE], 1) for page, value in p50.items()}
    return DeskFigures(residents, _rounded(p50), _rounded(p95), _rounded(browser), ratios, round(first_s, 1), memory)


def _village(folder: Path, residents: int) -> dict[str, str]:
    make_office(folder / "office")
    write_file(folder / "desa.xlsx", residents)
    with NodeStore.open(folder / "office") as store:
        desk = Desk(store, "Impor")
        apply_batch(desk, preview_file(desk, folder / "desa.xlsx"))
        Accounts(store, now_ms).create(OFFICER, OFFICER, Role.HEAD, PASSWORD, must_be_first=True)
        someone = desk.find("siti", limit=1)[0]
    person, family = someone.record_id.hex(), (someone.resident.household_id or b"").hex()
    return {
        "desk": "/",
        "search name": "/cari?q=siti",
        "search two words": "/cari?q=siti+nur",
        "search number": f"/cari?q={someone.resident.nik}",
        "person": f"/penduduk/{person}",
        "correction": f"/penduduk/{person}/perbaiki",
        "family": f"/keluarga/{family}",
        "residents": "/penduduk",
        "residents, page 300": "/penduduk?hal=300",
        "events": "/peristiwa",
        "figures": "/statistik",
        "main book": "/buku/induk",
        "sync": "/sinkron",
        BASE: "/lainnya/panduan",
    }


def _serve(directory: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "cli", "village", "serve", "--dir", str(directory), "--port", "0", "--no-nightly"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT, env=dict(os.environ)
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("siap: "):
            return process, line.removeprefix("siap: ").strip()
    raise RuntimeError("the desk did not start")


def _signed_in(url: str) -> requests.Session:
    session = requests.Session()
    session.post(f"{url}/masuk", data={"nama": OFFICER, "sandi": PASSWORD}, timeout=_START_S).raise_for_status()
    return session


def _first_figures(session: requests.Session, url: str) -> float:
    """Return how long the first counting of a month takes."""
    started = time.perf_counter()
    for address in ("/statistik", "/buku/induk"):
        for _ in range(200):
            if "data-again" not in session.get(url + address, timeout=_START_S).text:
                break
            time.sleep(0.2)
    return time.perf_counter() - started


def _server_ms(session: requests.Session, address: str) -> float:
    started = time.perf_counter()
    session.get(address, timeout=_START_S).raise_for_status()
    return (time.perf_counter() - started) * 1000


def _browser_ms(url: str, cookies: dict[str, str], pages: dict[str, str]) -> dict[str, float]:
    """Return what a browser needs from asking to shown, and for the first results while one types."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        return {}
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    found: dict[str, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1024, "height": 768})
        context.add_cookies([{"name": key, "value": value, "url": url} for key, value in cookies.items()])
        page = context.new_page()
        for name, address in pages.items():
            if address.startswith("/cari"):
                continue
            times = []
            for _ in range(7):
                page.goto(url + address)
                times.append(page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"))
            found[name] = statistics.median(times[2:])
        found["results while typing"] = _typing_ms(page, url)
        browser.close()
    return found


def _typing_ms(page: Any, url: str) -> float:
    """Return the time from asking to the results in the page, without the wait for the next letter."""
    page.goto(url + "/")
    times = []
    for text in ("siti", "nur", "budi s", "ahmad", "dewi l"):
        page.fill("#q", "")
        page.wait_for_timeout(250)
        with page.expect_response(lambda answer: "/cari" in answer.url) as asked:
            page.fill("#q", text)
        page.wait_for_selector(f'.hits[data-asked="{text}"]')
        timing = asked.value.request.timing
        times.append(float(timing["responseEnd"]) - float(timing["requestStart"]))
    return statistics.median(times)


def _memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / _KB, 1)
    return 0.0


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {key: round(value, 1) for key, value in values.items()}


def to_lines(figures: DeskFigures) -> list[str]:
    """Return the figures as lines for a person."""
    lines = [f"{'page':<24} {'p50':>7} {'p95':>7} {'browser':>8} {'ratio':>6}"]
    for page in figures.server_p50_ms:
        browser = figures.browser_ms.get(page)
        lines.append(
            f"{page:<24} {figures.server_p50_ms[page]:>7} {figures.server_p95_ms[page]:>7} "
            f"{browser if browser is not None else '':>8} {figures.ratio_to_frame[page]:>6}"
        )
    typed = figures.browser_ms.get("results while typing", "")
    return [
        *lines,
        f"results while typing {typed} ms, first figures {figures.figures_first_s} s, {figures.memory_mb} MB",
    ]


def to_tree(figures: DeskFigures) -> dict[str, Any]:
    """Return the figures as JSON."""
    return asdict(figures)
