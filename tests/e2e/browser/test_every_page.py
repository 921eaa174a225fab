"""Every page of the desk, at a laptop's and a phone's size: nothing that shuts anybody out, nothing cut off.

The rules are axe's for WCAG 2.2 AA.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.browser.village import People

pytestmark = pytest.mark.e2e

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
ELEMENTS_MAX = 900

PAGES = (
    "/",
    "/?q=siti",
    "/penduduk",
    "/penduduk/{wife}",
    "/penduduk/{wife}/perbaiki",
    "/keluarga",
    "/keluarga/{family}",
    "/keluarga/{family}/perbaiki",
    "/lapor",
    "/lapor/kelahiran?untuk={wife}",
    "/lapor/kematian?untuk={wife}",
    "/peristiwa",
    "/sinkron",
    "/sinkron/flashdisk",
    "/kotak-masuk",
    "/kotak-masuk?pilih={refused}",
    "/kotak-masuk?pilih={flag}",
    "/kotak-masuk?dijawab=ya",
    "/penduduk/{disputed}",
    "/impor",
    "/impor/{batch}/batalkan",
    "/ekspor",
    "/buku",
    "/buku/induk",
    "/buku/induk/cetak?kertas=A3",
    "/buku/rekap",
    "/statistik",
    "/statistik/daftar?menurut=umur&baris=3&jk=p",
    "/statistik/daftar?menurut=keluarga",
    "/permohonan",
    "/permohonan?q=siti",
    "/permohonan/{heirs}/surat",
    "/permohonan/baru?untuk={wife}",
    "/permohonan/baru?untuk={wife}&layanan=SKD-03&keadaan=warga",
    "/surat",
    "/surat/baru?untuk={wife}",
    "/surat/baru?untuk={wife}&surat=SKD-03",
    "/surat/periksa",
    "/surat/baru?untuk={wife}&surat=NKH-N1",
    "/surat/baru?untuk={wife}&surat=NKH-N5",
    "/surat/baru?untuk={dead}",
    "/surat/baru?untuk={dead}&surat=SKD-37",
    "/surat/baru?untuk={family}&surat=SKD-59",
    "/surat/{letter}",
    "/lainnya",
    "/lainnya/petugas",
    "/lainnya/dilihat?q=siti",
    "/lainnya/cadangan",
    "/lainnya/pengaturan",
    "/lainnya/surat",
    "/lainnya/tanda-tangan",
    "/lainnya/sandi",
    "/lainnya/panduan",
    "/tidak-ada",
)
"""Addresses, with places for a family's records."""

PHONE_PAGES = ("/?q=siti", "/penduduk/{wife}", "/lapor/kelahiran?untuk={wife}", "/statistik")
"""Pages whose parts change places on a phone."""


@pytest.fixture(scope="module")
def family(people: People) -> dict[str, Any]:
    return people.take()


@pytest.mark.parametrize("address", PAGES)
def test_a_page_shuts_nobody_out_and_fits_a_laptop_and_a_phone(
    open_desk: Callable[..., Page], people: People, family: dict[str, Any], address: str
) -> None:
    page = open_desk()
    page.goto(
        address.format(
            family=family["id"],
            wife=family["wife"]["id"],
            dead=people.bereaved["head"]["id"],
            letter=people.letter,
            disputed=people.disputed["head"]["id"],
            refused=people.matters["refused"],
            flag=people.matters["nik-twice"],
            heirs=people.heirs,
            batch=people.batch,
        )
    )
    assert violations(page) == []
    assert page.evaluate("document.querySelectorAll('*').length") <= ELEMENTS_MAX
    assert fits(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)


@pytest.mark.parametrize("address", PHONE_PAGES)
def test_what_a_phone_lays_out_anew_shuts_nobody_out(
    open_desk: Callable[..., Page], family: dict[str, Any], address: str
) -> None:
    page = open_desk("phone")
    page.goto(address.format(family=family["id"], wife=family["wife"]["id"]))
    assert violations(page) == []


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """Return which rules a page breaks, and where."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found]


def fits(page: Page) -> bool:
    """Tell whether nothing reaches beyond the window's side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize("address", ["/masuk", "/kunci"])
def test_the_door_shuts_nobody_out(open_desk: Callable[..., Page], address: str) -> None:
    page = open_desk(signed_in=False)
    page.goto(address)
    assert violations(page) == []
