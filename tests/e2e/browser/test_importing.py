"""An import in a real browser: columns are chosen, the preview follows, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser.test_every_page import fits, violations

pytestmark = pytest.mark.e2e

LIST = """Nama Warga,No KK,Nomor NIK,Kelamin,Tgl,Corak
Nur'aini,3510011202129077,3510014203909001,P,02-03-1990,Islam Jawa
St. Aminah,3510011202129077,3510014404129002,P,04-04-2012,Islam
"""


def bring(page: Page, name: str) -> None:
    page.goto("/impor")
    page.set_input_files("#berkas", {"name": name, "mimeType": "text/csv", "buffer": LIST.encode()})
    page.get_by_role("button", name="Periksa berkas").click()
    expect(page.locator("#bacaan")).to_be_visible()


def figure(page: Page, word: str) -> Locator:
    return page.locator(".figures > div", has_text=word).locator("b")


def test_choosing_what_a_column_holds_counts_anew_at_once(desk_page: Page) -> None:
    bring(desk_page, "sekali.csv")
    expect(figure(desk_page, "ditolak")).to_have_text("0")
    desk_page.get_by_label("Corak", exact=True).focus()
    desk_page.get_by_label("Corak", exact=True).select_option(label="Agama")
    expect(figure(desk_page, "ditolak")).to_have_text("1")
    expect(desk_page.get_by_label("Corak", exact=True)).to_be_focused()
    desk_page.get_by_label("Islam Jawa · Agama").select_option(label="Islam")
    expect(figure(desk_page, "ditolak")).to_have_text("0")
    assert violations(desk_page) == []
    assert fits(desk_page)
    desk_page.set_viewport_size({"width": 390, "height": 844})
    assert fits(desk_page)


def test_choosing_works_without_scripts(open_desk: Callable[..., Page]) -> None:
    page = open_desk(scripts=False)
    bring(page, "tanpa.csv")
    page.get_by_label("Corak", exact=True).select_option(label="Agama")
    page.get_by_role("button", name="Periksa lagi").click()
    expect(figure(page, "ditolak")).to_have_text("1")
    expect(page.get_by_label("Corak", exact=True)).to_have_value("agama_id")
