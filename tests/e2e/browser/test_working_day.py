"""A working day at the desk, in a real browser: find, read, correct, report, take back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.conftest import ServedDesk
from tests.e2e.browser.forms import Officer, answer_birth, go_on
from tests.e2e.browser.village import People

pytestmark = pytest.mark.e2e


def _open(page: Page, record: str) -> None:
    page.goto(f"/penduduk/{record}")


def test_a_person_is_found_by_name_with_the_keyboard_alone(desk_page: Page, people: People) -> None:
    wife = people.take()["wife"]
    desk_page.goto("/")
    expect(desk_page.locator("#q")).to_be_focused()
    desk_page.keyboard.type(wife["name"].lower())
    expect(desk_page.locator(".hit").first).to_contain_text(wife["name"].split()[0])
    hits = desk_page.locator(".hit")
    at = next(n for n in range(hits.count()) if wife["id"] in (hits.nth(n).get_attribute("href") or ""))
    for _ in range(at):
        desk_page.keyboard.press("ArrowDown")
    desk_page.keyboard.press("Enter")
    expect(desk_page.get_by_role("heading", level=1)).to_contain_text(wife["name"])


def test_a_person_is_found_by_nik_and_the_family_is_one_key_away(desk_page: Page, people: People) -> None:
    family = people.take()
    desk_page.goto("/")
    desk_page.keyboard.type(family["wife"]["nik"])
    expect(desk_page.locator(".hit")).to_have_count(1)
    desk_page.keyboard.press("Control+Enter")
    expect(desk_page).to_have_url(re.compile(f"/keluarga/{family['id']}$"))


def test_the_search_works_without_scripts(open_desk: Callable[..., Page], people: People) -> None:
    wife = people.take()["wife"]
    page = open_desk(scripts=False)
    page.goto("/")
    page.fill("#q", wife["nik"])
    page.press("#q", "Enter")
    expect(page.locator(".hit .name")).to_have_text(wife["name"])


def test_a_correction_needs_a_reason_and_keeps_the_old_value_in_sight(desk_page: Page, people: People) -> None:
    wife = people.take()["wife"]
    _open(desk_page, wife["id"])
    desk_page.keyboard.press("e")
    desk_page.fill("#phone", "0812 9000 1234")
    desk_page.click("button[data-finish]")
    expect(desk_page.locator("[data-mistakes]")).to_be_visible()
    expect(desk_page.locator("#phone")).to_have_value("0812 9000 1234")
    desk_page.fill("#alasan", "Nomor baru, disebut sendiri")
    desk_page.click("button[data-finish]")
    expect(desk_page.locator(".flash")).to_contain_text("tersimpan")
    expect(desk_page.locator(".drawer")).to_contain_text("0812 9000 1234")
    expect(desk_page.locator(".drawer")).to_contain_text("Nomor baru, disebut sendiri")


def test_a_birth_is_reported_and_taken_back(desk_page: Page, people: People) -> None:
    wife = people.take()["wife"]
    desk_page.goto(f"/lapor/kelahiran?untuk={wife['id']}")
    expect(desk_page.locator(".picked").first).to_contain_text(wife["name"])
    answer_birth(desk_page, name="Nur'aini", sex=2, day="1", month="11", year="2026")
    expect(desk_page.get_by_role("heading", level=1)).to_have_text("Periksa jawaban")
    desk_page.click("button[data-finish]")
    expect(desk_page.get_by_role("heading", level=1)).to_contain_text("Nur'aini")
    desk_page.get_by_role("button", name="Urungkan").click()
    expect(desk_page.locator(".page-head .state")).to_contain_text("Dibatalkan")


def test_a_birth_in_a_known_family_takes_an_average_typist_less_than_a_minute(desk_page: Page, people: People) -> None:
    wife = people.take()["wife"]
    desk_page.goto("/")
    officer = Officer(desk_page)
    officer.type(wife["nik"])
    expect(desk_page.locator(".hit")).to_have_count(1)
    officer.press("Enter", opens_page=True)
    officer.click("summary:has-text('Lapor')")
    officer.click("a:has-text('Kelahiran anaknya')", opens_page=True)
    officer.press("Control+Enter", opens_page=True)  # mother, father and family are known
    officer.type("Siti Nur'aini Rahmawati")
    officer.click("label:has-text('Perempuan')")
    officer.press("Control+Enter", opens_page=True)
    officer.type("01112026")  # from box to box by itself
    officer.press("Control+Enter", opens_page=True)
    for _ in range(2):  # nobody else reports it, and its papers come later
        officer.press("Control+Enter", opens_page=True)
    expect(desk_page.get_by_role("heading", level=1)).to_have_text("Periksa jawaban")
    officer.press("Control+Enter", opens_page=True)
    expect(desk_page.get_by_role("heading", level=1)).to_contain_text("Siti Nur'aini Rahmawati")
    assert officer.seconds <= 60


def test_a_draft_outlives_a_killed_desk(desk: ServedDesk, desk_page: Page, people: People) -> None:
    wife = people.take()["wife"]
    desk_page.goto(f"/lapor/kelahiran?untuk={wife['id']}")
    go_on(desk_page)
    desk_page.fill("#name", "Ma'ruf")
    expect(desk_page.locator("#kept")).to_contain_text("Draf tersimpan")
    with desk_page.expect_response(lambda answer: answer.url.endswith("/simpan")):
        desk_page.check("input[name=sex][value='1']")
    desk.kill()
    desk.start()
    desk_page.reload()
    expect(desk_page.locator("#name")).to_have_value("Ma'ruf")
    expect(desk_page.locator("input[name=sex][value='1']")).to_be_checked()


def test_two_clicks_on_save_record_one_birth(desk_page: Page, people: People) -> None:
    wife = people.take()["wife"]
    desk_page.goto(f"/lapor/kelahiran?untuk={wife['id']}")
    answer_birth(desk_page, name="Wahyuningtyas", sex=2, day="2", month="11", year="2026")
    expect(desk_page.get_by_role("heading", level=1)).to_have_text("Periksa jawaban")
    # Both clicks leave the browser: the page's own guard against a second one is taken away.
    statuses = desk_page.evaluate(
        """async () => {
          const form = document.querySelector("form[action$=periksa]");
          const send = () => fetch(form.action, {method: "POST", body: new FormData(form)});
          return (await Promise.all([send(), send()])).map((answer) => answer.status);
        }"""
    )
    assert statuses == [200, 200]
    desk_page.goto(f"/keluarga/{wife['household_id'].hex()}")
    expect(desk_page.get_by_role("link", name="Wahyuningtyas")).to_have_count(1)


def test_a_domicile_letter_for_a_known_person_takes_four_actions(desk_page: Page, people: People) -> None:
    head = people.take()["head"]
    desk_page.goto("/")
    desk_page.keyboard.type(head["nik"])
    expect(desk_page.locator(".hit")).to_have_count(1)
    desk_page.keyboard.press("Shift+Enter")  # 1: a letter for the one who was found
    expect(desk_page.locator("#saring")).to_be_focused()
    desk_page.keyboard.type("domisili")
    desk_page.keyboard.press("Enter")  # 2: the nearest letter that is left
    expect(desk_page.locator("#isi_purpose")).to_be_focused()
    desk_page.keyboard.type("Melamar kerja")
    desk_page.fill("#isi_lives_since", "01-01-2020")
    desk_page.fill("#penandatangan", "Sri Ma'rifah")
    with desk_page.expect_navigation():
        desk_page.keyboard.press("Control+Enter")  # 3: issue
    expect(desk_page.locator(".message.good")).to_contain_text("terbit")
    expect(desk_page.get_by_role("heading", level=1)).to_contain_text("domisili")
    with desk_page.expect_popup():
        desk_page.keyboard.press("c")  # 4: print


def test_what_the_district_refused_is_answered_in_three_actions_and_the_answer_taken_back(
    desk_page: Page, people: People
) -> None:
    desk_page.goto("/")
    desk_page.locator(".frame nav").get_by_role("link", name="Kotak masuk").click()  # 1: the inbox
    count = desk_page.locator(".frame .count").inner_text()
    with desk_page.expect_navigation():
        desk_page.locator(f"a[href*='{people.matters['refused']}']").click()  # 2: the matter
    expect(desk_page.locator("article h2")).to_contain_text("tidak diterima kabupaten")
    desk_page.keyboard.press("t")  # 3: the district's value stands
    expect(desk_page.locator(".flash")).to_contain_text("Nilai kabupaten diterima")
    assert desk_page.locator(".frame .count").inner_text() != count
    with desk_page.expect_navigation():
        desk_page.get_by_role("button", name="Urungkan").click()
    expect(desk_page.locator(".frame .count")).to_have_text(count)
    desk_page.keyboard.press("p")
    expect(desk_page.locator("#alasan")).to_be_focused()
