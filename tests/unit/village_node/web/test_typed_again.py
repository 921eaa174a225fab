"""A session that is lost while somebody types, at any form: what was typed is there again, for that officer alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

import village_node.web
from tests.unit.village_node.web.conftest import OFFICER, PASSWORD, Ground
from tests.unit.village_node.web.test_interrupted_forms import LASTS_MS, enter_again, second_officer, the_form
from tests.web_client import WebClient
from village_node.web import typed_again
from village_node.web.browsers import SESSION_COOKIE
from village_node.web.guided.drafts import TYPED, Drafts
from village_node.web.refilling import refilled

REASON = 'sesuai akta "lama" & Ma\'ruf'


def correction(ground: Ground) -> str:
    return f"/penduduk/{ground.home.son.hex()}/perbaiki"


def sent_too_late(client: WebClient, page: str, action: str, values: dict[str, Any]) -> httpx.Response:
    """Send a form from its page, by a browser that is not let in any more."""
    return client.post(action, values, headers={"referer": f"http://localhost{page}"})


def typed_a_correction(ground: Ground, client: WebClient) -> str:
    """Type a correction and meet the door with it; return the page it stands on."""
    page = correction(ground)
    form = the_form(client.get(page), "/penduduk/")
    ground.clock[0] += LASTS_MS
    sent_too_late(client, page, form.action, {**form.fields, "phone": "0812 9000 1234", "alasan": REASON})
    return page


def test_a_correction_that_met_a_lost_session_is_filled_again_and_saved_once(ground: Ground, client: WebClient) -> None:
    page = typed_a_correction(ground, client)
    assert "Petugas yang mengetiknya melihatnya lagi" in client.get(client.address).text
    again = enter_again(client)
    assert client.address.startswith(f"{page}?{TYPED}=")
    assert "ada lagi di bawah" in again.text
    assert "kata sandi perlu" not in again.text
    form = the_form(again, "/penduduk/")
    assert form.fields["phone"] == ["0812 9000 1234"]
    assert form.fields["alasan"] == ["\n" + REASON]
    assert ground.desk.values(ground.home.son).get("phone") is None
    address = client.address
    client.send(form, {"alasan": REASON})
    assert ground.desk.values(ground.home.son)["phone"] == "0812 9000 1234"
    assert Drafts(ground.store, OFFICER).mine() == []
    assert "ada lagi di bawah" not in client.get(address).text


def test_what_another_officer_wrote_meanwhile_is_not_written_over(ground: Ground, client: WebClient) -> None:
    typed_a_correction(ground, client)
    other = second_officer(ground)
    form = the_form(other.get(correction(ground)), "/penduduk/")
    other.send(form, {"email": "budi@contoh.id", "alasan": "disebut sendiri"})
    client.send(the_form(enter_again(client), "/penduduk/"), {"alasan": REASON})
    values = ground.desk.values(ground.home.son)
    assert (values["phone"], values["email"]) == ("0812 9000 1234", "budi@contoh.id")


def test_what_one_officer_typed_is_never_shown_to_another(ground: Ground, client: WebClient) -> None:
    typed_a_correction(ground, client)
    again = re.sub(".*lanjut=", "", client.address).replace("%3F", "?").replace("%3D", "=")
    other = second_officer(ground)
    page = other.get(again)
    assert page.status_code == 200
    assert "0812 9000 1234" not in page.text
    assert "0812 9000 1234" not in other.get("/lapor").text
    enter_again(client)
    assert "Ketikan yang belum terkirim" in client.get("/lapor").text


def test_a_step_that_keeps_itself_is_filled_again_after_the_lock(ground: Ground, client: WebClient) -> None:
    page = client.get(f"/lapor/kelahiran?untuk={ground.home.mother.hex()}")
    page = client.send(the_form(page, "/lapor/"), {})
    step, form = client.address, the_form(page, "/lapor/")
    ground.clock[0] += 30 * 60_000
    keeps = form.action.rpartition("/")[0] + "/simpan"
    typed = {**form.fields, "name": "Ma'ruf", "sex": "2"}
    headers = {"hx-request": "true", "referer": f"http://localhost{step}"}
    where = client.post(keeps, typed, headers=headers).headers["hx-redirect"]
    page = client.send(the_form(client.get(where), "/buka-kunci"), {"sandi": PASSWORD})
    again = the_form(page, "/lapor/")
    assert (again.fields["name"], again.fields["sex"]) == (["Ma'ruf"], ["2"])
    client.send(again, {})
    assert [draft.form for draft in Drafts(ground.store, OFFICER).mine()] == ["kelahiran"]


def test_a_form_of_an_earlier_session_of_the_same_officer_is_filled_again(ground: Ground, client: WebClient) -> None:
    page = correction(ground)
    form = the_form(client.get(page), "/penduduk/")
    client.cookies = dict(ground.client().cookies)
    answer = sent_too_late(client, page, form.action, {**form.fields, "alasan": REASON})
    assert the_form(answer, "/penduduk/").fields["alasan"] == ["\n" + REASON]


def test_a_form_of_another_officer_is_refused_and_kept_for_its_own(ground: Ground, client: WebClient) -> None:
    page = correction(ground)
    form = the_form(client.get(page), "/penduduk/")
    other = second_officer(ground)
    answer = sent_too_late(other, page, form.action, {**form.fields, "alasan": REASON})
    assert answer.status_code == 409
    assert Drafts(ground.store, "wayan").mine() == []
    (kept,) = Drafts(ground.store, OFFICER).mine()
    assert the_form(client.get(kept.address), "/penduduk/").fields["alasan"] == ["\n" + REASON]


def test_a_form_whose_session_nobody_knows_keeps_nothing(ground: Ground, client: WebClient) -> None:
    stranger = ground.client("")
    sent_too_late(stranger, "/kotak-masuk", "/kotak-masuk/x/pakai", {"_csrf": "0" * 64, "alasan": REASON})
    stranger.cookies[SESSION_COOKIE] = client.cookies[SESSION_COOKIE] + "x"
    sent_too_late(stranger, "/kotak-masuk", "/kotak-masuk/x/pakai", {"_csrf": "é", "alasan": REASON})
    assert Drafts(ground.store, OFFICER).mine() == []


def test_a_restart_and_a_session_that_is_over_still_know_whose_form_it_was(ground: Ground, client: WebClient) -> None:
    page = correction(ground)
    form = the_form(client.get(page), "/penduduk/")
    ground.office.senders._names.clear()
    ground.clock[0] += LASTS_MS
    sent_too_late(client, page, form.action, {**form.fields, "alasan": REASON})
    assert len(Drafts(ground.store, OFFICER).mine()) == 1


def test_what_is_kept_is_bounded_and_holds_no_password(ground: Ground, client: WebClient) -> None:
    page = correction(ground)
    form = the_form(client.get(page), "/penduduk/")
    ground.clock[0] += LASTS_MS
    too_large = {f"f{n}": "x" * 60_000 for n in range(5)}
    sent_too_late(client, page, form.action, {**form.fields, **too_large})
    assert TYPED not in client.address
    for number in range(typed_again.KEPT_MAX + 3):
        typed = {**form.fields, "alasan": f"{number}", "sandi": "rahasia"}
        sent_too_late(client, page, form.action, typed)
        ground.clock[0] += 1000
    kept = Drafts(ground.store, OFFICER).mine()
    assert len(kept) == typed_again.KEPT_MAX
    assert "rahasia" not in str(kept)
    assert "kata sandi perlu" in enter_again(client).text
    assert '"10"' in kept[0].answers["fields"]
    sent_too_late(client, "/lainnya/sandi", "/lainnya/sandi", {**form.fields, "lama": "rahasia"})
    assert Drafts(ground.store, OFFICER).mine()[0] == kept[0]


def test_every_password_of_the_desk_is_one_that_is_never_kept() -> None:
    templates = Path(village_node.web.__file__).parent / "templates"
    for path in templates.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if path.name == "password.html":  # its address is left out as a whole
            continue
        for name in re.findall(r'name="([^"]+)" type="password"', text):
            assert any(word in name for word in ("sandi", "password")), path


def test_a_page_whose_form_is_gone_says_what_was_typed(ground: Ground, client: WebClient) -> None:
    form = the_form(client.get(correction(ground)), "/penduduk/")
    ground.clock[0] += LASTS_MS
    typed = {"_csrf": form.fields["_csrf"], "alasan": REASON}
    sent_too_late(client, "/kotak-masuk?pilih=0f", "/kotak-masuk/0f/pakai", typed)
    page = enter_again(client)
    assert client.address.startswith(f"/kotak-masuk?pilih=0f&{TYPED}=")
    assert "tidak ada lagi di halaman ini" in page.text
    assert "sesuai akta &#34;lama&#34; &amp; Ma&#39;ruf" in page.text


PAGE = """<main><details class="a"><summary>P</summary>
<form method="post" action="/x" data-many><input type="hidden" name="_csrf" value="c">
<input type="hidden" name="_form" value="1"><input type=hidden name="which" value="2">
<input name="t" value="old &amp; new"><input name="t"><textarea name="long">
a</textarea>
<select name="s"><option value="">-</option><option value="1" selected>1</option><option value="2">2</option></select>
<input type="radio" name="r" value="1" checked><input type="radio" name="r" value="2" disabled>
<input type="checkbox" name="c" value="a" checked><input type="checkbox" name="c" value="b">
<input type="password" name="p">
</form></details><form action="/x"><input type="hidden" name="which" value="1"></form></main>"""


def test_every_sort_of_field_is_filled_and_nothing_else_is_touched() -> None:
    pairs = [("which", "2"), ("_csrf", "z"), ("_form", "9"), ("t", "<b>"), ("t", '"2"'), ("long", "é\n&")]
    pairs += [("s", "2"), ("r", "2"), ("c", "b"), ("p", "no")]
    page = refilled(PAGE, "/x", pairs, [("mark", "m")])
    assert page == PAGE.replace('<details class="a">', '<details class="a" open>').replace(
        "data-many>", 'data-many><input type="hidden" name="mark" value="m">'
    ).replace('name="_form" value="1"', 'name="_form" value="9"').replace(
        "<input type=hidden", '<input type="hidden"'
    ).replace('value="old &amp; new"', 'value="&lt;b&gt;"').replace(
        '<input name="t"><text', '<input name="t" value="&quot;2&quot;"><text'
    ).replace("\na</textarea>", "\né\n&amp;</textarea>").replace('value="1" selected', 'value="1"').replace(
        '<option value="2">', '<option value="2" selected>'
    ).replace('value="1" checked', 'value="1"').replace('value="2" disabled', 'value="2" disabled checked').replace(
        'value="a" checked', 'value="a"'
    ).replace('name="c" value="b"', 'name="c" value="b" checked')


@pytest.mark.parametrize("page", ["<p>nothing</p>", '<form action="/y"><input name="t"></form>'])
def test_a_page_without_the_form_is_left_as_it_is(page: str) -> None:
    assert refilled(page, "/x", [("t", "1")]) is None
