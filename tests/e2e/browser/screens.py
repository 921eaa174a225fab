"""Take a picture of every page at a laptop's and a phone's size: ``make screens`` writes them to docs/screens.

The village is generated from one seed; days and times are those of the run: the desk has no clock but its machine's.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import FilePayload, Page, sync_playwright

from tests.e2e.browser.conftest import SIZES, ServedDesk, chromium_path
from tests.e2e.browser.forms import answer_birth
from tests.e2e.browser.test_importing import LIST
from tests.e2e.browser.village import OFFICER, PASSWORD, People, build_village

ROOT = Path(__file__).resolve().parents[3]

SCREENS: tuple[tuple[str, str], ...] = (
    ("meja", "/?q=siti"),
    ("penduduk", "/penduduk"),
    ("orang", "/penduduk/{disputed}"),
    ("perbaiki", "/penduduk/{wife}/perbaiki"),
    ("keluarga", "/keluarga/{family}"),
    ("perbaiki-keluarga", "/keluarga/{family}/perbaiki"),
    ("keluarga-perlu-kepala", "/keluarga"),
    ("lapor", "/lapor"),
    ("lapor-kelahiran", "/lapor/kelahiran?untuk={wife}"),
    ("lapor-pisah", "/lapor/pisah?keluarga={family}"),
    ("lapor-datang", "/lapor/datang"),
    ("peristiwa", "/peristiwa"),
    ("permohonan", "/permohonan"),
    ("permohonan-baru", "/permohonan/baru?untuk={wife}&layanan=SKD-03&keadaan=warga"),
    ("permohonan-surat", "/permohonan/{heirs}/surat"),
    ("surat", "/surat"),
    ("surat-baru", "/surat/baru?untuk={wife}"),
    ("surat-isi", "/surat/baru?untuk={wife}&surat=SKD-03"),
    ("surat-periksa", "/surat/periksa"),
    ("surat-izin-orang-tua", "/surat/baru?untuk={child}&surat=NKH-N5"),
    ("surat-ahli-waris", "/surat/baru?untuk={dead}&surat=SKD-37"),
    ("surat-keluarga", "/surat/baru?untuk={family}"),
    ("surat-terbit", "/surat/{letter}"),
    ("kotak-masuk", "/kotak-masuk?pilih={refused}"),
    ("kotak-masuk-nik-ganda", "/kotak-masuk?pilih={flag}"),
    ("kotak-masuk-rusak", "/kotak-masuk?pilih={damaged}"),
    ("kotak-masuk-dijawab", "/kotak-masuk?dijawab=ya"),
    ("impor", "/impor"),
    ("ekspor", "/ekspor"),
    ("sinkron", "/sinkron"),
    ("flashdisk", "/sinkron/flashdisk"),
    ("buku", "/buku"),
    ("buku-induk", "/buku/induk"),
    ("buku-cetak", "/buku/induk/cetak?kertas=F4"),
    ("buku-rekap", "/buku/rekap"),
    ("statistik", "/statistik"),
    ("statistik-daftar", "/statistik/daftar?menurut=umur&baris=3&jk=p"),
    ("lainnya", "/lainnya"),
    ("petugas", "/lainnya/petugas"),
    ("siapa-melihat-apa", "/lainnya/dilihat"),
    ("cadangan", "/lainnya/cadangan"),
    ("pengaturan", "/lainnya/pengaturan"),
    ("pengaturan-surat", "/lainnya/surat"),
    ("tanda-tangan", "/lainnya/tanda-tangan"),
    ("panduan", "/lainnya/panduan"),
)
"""Name of the picture and the page's address, with places for a family's records."""


def take(target: Path) -> int:
    """Write the pictures; return how many."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        people = build_village(Path(name) / "village")
        desk = ServedDesk(Path(name) / "village")
        desk.start()
        try:
            return _take_all(desk.url, people, target)
        finally:
            desk.stop()


def _take_all(url: str, people: People, target: Path) -> int:
    family = people.take()
    dead = people.bereaved["head"]["id"]
    places = {"wife": family["wife"]["id"], "family": family["id"], "dead": dead, "letter": people.letter}
    places |= {"child": family["child"]["id"], "heirs": people.heirs}
    places |= {"disputed": people.disputed["head"]["id"], "refused": people.matters["refused"]}
    places |= {"flag": people.matters["nik-twice"], "damaged": people.matters["unreadable"]}
    count = 0
    pages: list[tuple[Page, str]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"])
        for size, (width, height) in SIZES.items():
            page = browser.new_page(viewport={"width": width, "height": height}, base_url=url, locale="id-ID")
            pages.append((page, size))
            page.goto("/masuk")
            page.screenshot(path=target / f"masuk-{size}.png")
            _enter(page)
            page.wait_for_selector("#q")
            _report_birth(page, family["wife"]["id"], target / f"periksa-jawaban-{size}.png")
            _preview_import(page, target / f"impor-periksa-{size}.png")
            for name, address in SCREENS:
                page.goto(address.format(**places))
                for _ in range(20):
                    if page.locator("[data-again]").count() == 0:
                        break
                    page.wait_for_timeout(300)
                    page.reload()
                page.wait_for_load_state("networkidle")  # pictures of letters come after the page
                page.screenshot(path=target / f"{name}-{size}.png")
                count += 1
        # What changes something comes last, so that both sizes show the same village.
        for page, size in pages:
            _lose_session(page, family["wife"]["id"], target / f"masuk-lagi-{size}.png", target / f"ketikan-{size}.png")
            _ask_undo(page, target / f"impor-batalkan-{size}.png")
        browser.close()
    return count


def _enter(page: Page) -> None:
    page.fill("#nama", OFFICER)
    page.fill("#sandi", PASSWORD)
    page.press("#sandi", "Enter")


def _report_birth(page: Page, wife: str, target: Path) -> None:
    """Fill a guided form to its check: its picture shows answers, a warning and what happens next."""
    page.goto(f"/lapor/kelahiran?untuk={wife}")
    answer_birth(page, name="Bagus Lanang Prasetyo", sex=1, day="1", month="6", year="2026")
    page.screenshot(path=target)


def _preview_import(page: Page, target: Path) -> None:
    """Bring a list with an odd column and an odd word: its picture shows the controls of an import."""
    page.goto("/impor")
    page.set_input_files("#berkas", FilePayload(name="Warga Krajan.csv", mimeType="text/csv", buffer=LIST.encode()))
    page.get_by_role("button", name="Periksa berkas").click()
    page.screenshot(path=target)


def _lose_session(page: Page, wife: str, door: Path, again: Path) -> None:
    """Lose the session in mid-form: the pictures show the door, and the form as it was typed."""
    page.goto(f"/penduduk/{wife}/perbaiki")
    page.fill("#phone", "0812 9000 1234")
    page.context.clear_cookies(name="sesi")
    page.click("button[data-finish]")
    page.wait_for_selector("#sandi")
    page.screenshot(path=door)
    _enter(page)
    page.wait_for_selector("#ketikan")
    page.screenshot(path=again)


def _ask_undo(page: Page, target: Path) -> None:
    """Take the list in that was brought, and ask to take it back: the picture says what would go."""
    page.goto("/impor")
    page.get_by_role("link", name="Warga Krajan.csv").first.click()
    take_in = page.get_by_role("button", name="Masukkan")
    if take_in.is_enabled():
        take_in.click()
        page.get_by_role("button", name="Masukkan tanpa kabar terbaru").click()  # nobody answers for the district
        page.get_by_text("Impor selesai.").wait_for()
    page.goto("/impor")
    page.get_by_role("link", name="Batalkan impor").first.click()
    page.wait_for_selector(".figures")
    page.screenshot(path=target)


if __name__ == "__main__":
    print(f"{take(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / 'docs' / 'screens')} pages")
