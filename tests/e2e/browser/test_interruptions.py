"""Work at the desk that is broken off in a real browser: the back button, a session that ends, two officers at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.conftest import ServedDesk
from tests.e2e.browser.forms import answer_birth, go_on
from tests.e2e.browser.village import OFFICER, PASSWORD, People

pytestmark = pytest.mark.e2e


def test_the_back_button_keeps_what_was_answered_and_a_new_answer_counts(desk_page: Page, people: People) -> None:
    wife = people.take()["wife"]
    desk_page.goto(f"/lapor/kelahiran?untuk={wife['id']}")
    go_on(desk_page)
    desk_page.fill("#name", "Ma'ruf")
    desk_page.check("input[name=sex][value='1']")
    go_on(desk_page)
    desk_page.go_back()
    expect(desk_page.locator("#name")).to_have_value("Ma'ruf")
    desk_page.fill("#name", "Mu'allim")
    go_on(desk_page)
    desk_page.goto(re.sub(r"/[^/]*$", "/periksa", desk_page.url))
    expect(desk_page.locator("main")).to_contain_text("Mu'allim")


def test_the_back_button_after_saving_records_nothing_again(desk_page: Page, people: People) -> None:
    wife = people.take()["wife"]
    desk_page.goto(f"/lapor/kelahiran?untuk={wife['id']}")
    answer_birth(desk_page, name="Sekar Arum", sex=2, day="3", month="11", year="2026")
    go_on(desk_page)
    expect(desk_page.get_by_role("heading", level=1)).to_contain_text("Sekar Arum")
    desk_page.go_back()
    if desk_page.locator("button[data-finish]").count():
        go_on(desk_page)
    expect(desk_page.locator("body")).to_contain_text(re.compile("sudah (disimpan|tersimpan)"))
    desk_page.goto(f"/keluarga/{wife['household_id'].hex()}")
    expect(desk_page.get_by_role("link", name="Sekar Arum")).to_have_count(1)


def test_a_session_that_ends_in_mid_form_loses_nothing_that_was_typed(desk_page: Page, people: People) -> None:
    wife = people.take()["wife"]
    desk_page.goto(f"/lapor/kelahiran?untuk={wife['id']}")
    go_on(desk_page)
    desk_page.fill("#name", "Ma'ruf")
    with desk_page.expect_response(lambda answer: answer.url.endswith("/simpan")):
        desk_page.check("input[name=sex][value='1']")
    expect(desk_page.locator("#kept")).to_contain_text("Draf tersimpan")
    step = desk_page.url
    desk_page.context.clear_cookies(name="sesi")
    desk_page.fill("#name", "Ma'rufah")  # nothing of this is a draft yet
    desk_page.click("button[data-finish]")
    desk_page.fill("#nama", OFFICER)
    desk_page.fill("#sandi", PASSWORD)
    desk_page.press("#sandi", "Enter")
    expect(desk_page).to_have_url(re.compile(re.escape(step)))
    expect(desk_page.locator("#name")).to_have_value("Ma'rufah")
    expect(desk_page.locator("input[name=sex][value='1']")).to_be_checked()


def test_the_second_officer_at_one_person_is_shown_what_the_first_wrote(
    open_desk: Callable[..., Page], people: People
) -> None:
    wife = people.take()["wife"]
    first, second = open_desk(), open_desk()
    for page in (first, second):
        page.goto(f"/penduduk/{wife['id']}/perbaiki")
    for page, phone in ((first, "0812 9000 1111"), (second, "0812 9000 2222")):
        page.fill("#phone", phone)
        page.fill("#alasan", "Nomor baru, disebut sendiri")
        page.click("button[data-finish]")
    expect(first.locator(".flash")).to_contain_text("tersimpan")
    expect(second.locator("[data-mistakes]")).to_contain_text("0812 9000 1111")
    expect(second.locator("#phone")).to_have_value("0812 9000 2222")
    second.click("button[data-finish]")
    expect(second.locator(".drawer")).to_contain_text("0812 9000 2222")


def test_a_correction_says_when_its_draft_is_not_kept_and_is_found_again_after_a_power_cut(
    browser: Browser, desk: ServedDesk, cookies: Any, people: People
) -> None:
    wife = people.take()["wife"]
    with browser.new_context(base_url=desk.url, storage_state=cookies) as context:
        page = context.new_page()
        page.goto(f"/penduduk/{wife['id']}/perbaiki")
        page.fill("#father_name", "Ma'ruf")
        expect(page.locator("#kept")).to_contain_text("Draf tersimpan")
        desk.kill()
        page.fill("#mother_name", "Nur'aini")
        expect(page.locator("#kept")).to_contain_text("Draf belum tersimpan")
        desk.start()
        page.fill("#alasan", "sesuai KK")
        expect(page.locator("#kept")).to_contain_text("Draf tersimpan")
        page.goto(f"/penduduk/{wife['id']}/perbaiki")
        for field, value in (("#father_name", "Ma'ruf"), ("#mother_name", "Nur'aini"), ("#alasan", "sesuai KK")):
            expect(page.locator(field)).to_have_value(value)
