"""A letter in a real browser: seen beside its form while one types, with and without scripts."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.browser.village import People
from tests.photographs import photograph_of_code

pytestmark = pytest.mark.e2e


def _address(people: People) -> str:
    return f"/surat/baru?untuk={people.take()['wife']['id']}&surat=SKD-03"


def _is_drawn(page: Page) -> bool:
    return bool(page.evaluate("document.querySelector('#contoh img').naturalWidth > 300"))


def test_the_letter_follows_what_is_typed(desk_page: Page, people: People) -> None:
    desk_page.goto(_address(people))
    picture = desk_page.locator("#contoh img")
    expect(picture).to_be_visible()
    picture.evaluate("image => image.decode()")
    assert _is_drawn(desk_page)
    before = picture.get_attribute("src") or ""
    desk_page.fill("#isi_purpose", "membuka rekening bank")
    expect(picture).not_to_have_attribute("src", before)
    expect(desk_page.locator("#isi_purpose")).to_have_value("membuka rekening bank")


def test_without_scripts_a_button_shows_the_letter_and_the_form_still_issues_it(
    open_desk: Callable[..., Page], people: People
) -> None:
    page = open_desk(scripts=False)
    page.goto(_address(people))
    page.fill("#isi_purpose", "sekolah")
    page.fill("#penandatangan", "Suparman")
    page.click("button[formaction='/surat/contoh']")
    expect(page.locator("#contoh img")).to_be_visible()
    expect(page.locator("#isi_purpose")).to_have_value("sekolah")
    page.click("[data-finish]")
    expect(page.locator(".message.good")).to_be_visible()
    expect(page.locator(".preview img").first).to_be_visible()


def test_a_letter_s_code_is_checked_with_the_keyboard_alone_and_its_end_is_told(
    desk_page: Page, people: People
) -> None:
    desk_page.goto(_address(people))
    desk_page.fill("#isi_purpose", "sekolah")
    desk_page.fill("#penandatangan", "Suparman")
    desk_page.keyboard.press("Control+Enter")
    expect(desk_page.locator(".message.good")).to_be_visible()
    letter, code = desk_page.url, desk_page.locator(".code-text").text_content() or ""
    desk_page.goto("/surat/periksa")
    expect(desk_page.locator("#kode")).to_be_focused()
    desk_page.keyboard.insert_text("KMPS:RUSAK")
    desk_page.keyboard.press("Enter")
    expect(desk_page.locator("#hasil")).to_contain_text("rusak")
    expect(desk_page.locator("#kode")).to_be_focused()
    desk_page.keyboard.insert_text(code)  # a scanner types, over what stood there
    desk_page.keyboard.press("Enter")
    expect(desk_page.locator("#hasil")).to_contain_text("Kode ini asli")
    desk_page.goto(letter)
    desk_page.fill("#alasan", "salah orang")
    desk_page.check("input[name=yakin]")
    desk_page.click(".btn-danger")
    expect(desk_page.locator(".message.wrong")).to_contain_text("salah orang")
    desk_page.goto("/surat/periksa")
    expect(desk_page.locator("#kode")).to_be_focused()
    desk_page.keyboard.insert_text(code)
    desk_page.keyboard.press("Enter")
    expect(desk_page.locator("#hasil")).to_contain_text("Surat ini sudah dicabut")


CAMERA = """code => {
  window.BarcodeDetector = class {
    static async getSupportedFormats() { return ["qr_code"]; }
    async detect() { return [{rawValue: "https://example.org"}, {rawValue: code}]; }
  };
  const canvas = document.createElement("canvas");
  canvas.getContext("2d");
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(5);
}"""
"""A browser that reads codes, before a camera that sees one."""


def test_the_camera_reads_a_code_where_the_browser_can_and_a_photograph_is_sent_at_once(
    desk_page: Page, people: People
) -> None:
    desk_page.goto(f"/surat/{people.letter}")
    code = desk_page.locator(".code-text").text_content() or ""
    desk_page.goto("/surat/periksa")
    expect(desk_page.get_by_role("button", name="Pindai dengan kamera")).to_be_hidden()
    photo = FilePayload(name="foto.jpg", mimeType="image/jpeg", buffer=photograph_of_code(code))
    desk_page.set_input_files("#foto", photo)
    expect(desk_page.locator("#hasil")).to_contain_text("Kode ini asli")
    desk_page.add_init_script(f"({CAMERA})({json.dumps(code)})")
    desk_page.goto("/surat/periksa")
    desk_page.get_by_role("button", name="Pindai dengan kamera").click()
    expect(desk_page.locator("#hasil")).to_contain_text("Kode ini asli")
