"""Work that is broken off or done by two at once: nothing typed is lost, nothing saved twice or over another's."""

from __future__ import annotations

from typing import Any

import httpx

from tests.unit.village_node.web.conftest import OFFICER, PASSWORD, Ground
from tests.unit.village_node.web.test_guided_forms import STORIES, events, walk
from tests.web_client import WebClient, forms_of
from village_node.accounts import Role

LASTS_MS = 13 * 3600 * 1000


def the_form(page: httpx.Response, begins: str) -> Any:
    return next(one for one in forms_of(page) if one.action.startswith(begins))


def second_officer(ground: Ground) -> WebClient:
    ground.accounts.create("wayan", "Wayan", Role.OPERATOR, PASSWORD)
    session = ground.accounts.sign_in("wayan", PASSWORD)
    ground.accounts.change_password(session, PASSWORD, f"{PASSWORD} baru")
    client = ground.client("")
    page = client.get("/masuk")
    client.send(the_form(page, "/masuk"), {"nama": "wayan", "sandi": f"{PASSWORD} baru"})
    return client


def enter_again(client: WebClient) -> httpx.Response:
    """Sign in where the desk has led."""
    return client.send(the_form(client.get(client.address), "/masuk"), {"nama": OFFICER, "sandi": PASSWORD})


def test_a_session_that_ends_in_mid_form_leads_back_to_the_step_and_its_draft(
    ground: Ground, client: WebClient
) -> None:
    page = client.get(f"/lapor/kelahiran?untuk={ground.home.mother.hex()}")
    page = client.send(the_form(page, "/lapor/"), {})
    step, form = client.address, the_form(page, "/lapor/")
    client.post(form.action.rpartition("/")[0] + "/simpan", {**form.fields, "name": "Ma'ruf", "sex": "1"})
    ground.clock[0] += LASTS_MS
    away = client.post(form.action, form.fields, headers={"referer": f"http://localhost{step}"})
    assert client.address.startswith("/masuk?lanjut=/lapor/kelahiran/")
    assert away.status_code == 200
    page = enter_again(client)
    assert client.address.partition("?")[0] == step
    assert the_form(page, "/lapor/").fields["name"] == ["Ma'ruf"]


def test_what_saves_itself_leads_to_the_door_and_back_to_the_page(ground: Ground, client: WebClient) -> None:
    page = client.get(f"/lapor/kelahiran?untuk={ground.home.mother.hex()}")
    step, form = client.address, the_form(page, "/lapor/")
    ground.clock[0] += LASTS_MS
    headers = {"hx-request": "true", "referer": f"http://localhost{step}"}
    answer = client.post(form.action.rpartition("/")[0] + "/simpan", form.fields, headers=headers)
    assert answer.headers["hx-redirect"].startswith(f"/masuk?lanjut={step}")


def test_a_page_of_elsewhere_is_not_where_the_door_leads(ground: Ground) -> None:
    stranger = ground.client("")
    stranger.post("/impor", {}, headers={"referer": "http://evil.example/lapor"})
    assert stranger.address == "/masuk?lanjut=/"


def test_a_locked_desk_keeps_the_step_until_its_officer_is_back(ground: Ground, client: WebClient) -> None:
    page = client.get(f"/lapor/kematian?untuk={ground.home.son.hex()}")
    step, form = client.address, the_form(page, "/lapor/")
    ground.clock[0] += 30 * 60_000
    client.post(form.action, form.fields, headers={"referer": f"http://localhost{step}"})
    assert client.address.startswith(f"/kunci?lanjut={step}")
    client.send(the_form(client.get(client.address), "/buka-kunci"), {"sandi": PASSWORD})
    assert client.address.partition("?")[0] == step


def test_the_back_button_after_saving_saves_nothing_again(ground: Ground, client: WebClient) -> None:
    check = walk(client, "kematian", STORIES["kematian"][1](ground))
    address, form = client.address, the_form(check, "/lapor/")
    client.send(form, {})
    assert "Draf ini sudah disimpan atau dibuang" in client.get(address).text
    assert "Formulir ini sudah tersimpan" in client.send(form, {}).text
    assert len(events(ground)) == 1


def test_the_back_button_changes_an_answer_and_the_new_one_counts(ground: Ground, client: WebClient) -> None:
    page = client.get(f"/lapor/kelahiran?untuk={ground.home.mother.hex()}")
    page = client.send(the_form(page, "/lapor/"), {})
    step, form = client.address, the_form(page, "/lapor/")
    client.send(form, {"name": "Ma'ruf", "sex": "1"})
    page = client.get(step)
    assert the_form(page, "/lapor/").fields["name"] == ["Ma'ruf"]
    client.send(the_form(page, "/lapor/"), {"name": "Ma'rufah", "sex": "2"})
    assert "Ma&#39;rufah" in client.get(client.address.rpartition("/")[0] + "/periksa").text


def test_one_correction_sent_twice_is_saved_once(ground: Ground, client: WebClient) -> None:
    form = the_form(client.get(f"/penduduk/{ground.home.son.hex()}/perbaiki"), "/penduduk/")
    values = {"phone": "081290001234", "alasan": "nomor baru"}
    client.send(form, values)
    count = ground.desk.state.entry_count
    assert client.send(form, values).status_code == 200
    assert ground.desk.state.entry_count == count


def test_two_officers_at_one_person_both_keep_what_they_wrote(ground: Ground, client: WebClient) -> None:
    other = second_officer(ground)
    address = f"/penduduk/{ground.home.son.hex()}/perbaiki"
    mine, theirs = (the_form(one.get(address), "/penduduk/") for one in (client, other))
    client.send(mine, {"phone": "081290001234", "alasan": "nomor baru"})
    other.send(theirs, {"email": "budi@contoh.id", "alasan": "disebut sendiri"})
    values = ground.desk.values(ground.home.son)
    assert (values["phone"], values["email"]) == ("081290001234", "budi@contoh.id")


def test_the_second_of_two_officers_does_not_write_over_the_first_unseen(ground: Ground, client: WebClient) -> None:
    other = second_officer(ground)
    address = f"/penduduk/{ground.home.son.hex()}/perbaiki"
    mine, theirs = (the_form(one.get(address), "/penduduk/") for one in (client, other))
    client.send(mine, {"phone": "081290001234", "alasan": "nomor baru"})
    page = other.send(theirs, {"phone": "081290009999", "alasan": "disebut sendiri"})
    assert page.status_code == 422
    assert ground.desk.values(ground.home.son)["phone"] == "081290001234"
    assert "baru saja diubah menjadi “081290001234”" in page.text
    again = the_form(page, "/penduduk/")
    assert again.fields["phone"] == ["081290009999"]
    other.send(again, {"alasan": "disebut sendiri"})
    assert ground.desk.values(ground.home.son)["phone"] == "081290009999"


def test_a_mistake_of_one_officer_does_not_take_back_what_another_wrote(ground: Ground, client: WebClient) -> None:
    other = second_officer(ground)
    address = f"/penduduk/{ground.home.son.hex()}/perbaiki"
    mine, theirs = (the_form(one.get(address), "/penduduk/") for one in (client, other))
    client.send(mine, {"email": "budi@contoh.id", "alasan": "disebut sendiri"})
    page = other.send(theirs, {"phone": "081290009999", "alasan": ""})
    assert page.status_code == 422
    other.send(the_form(page, "/penduduk/"), {"alasan": "nomor baru"})
    values = ground.desk.values(ground.home.son)
    assert (values["phone"], values["email"]) == ("081290009999", "budi@contoh.id")


def test_two_officers_report_one_death_and_it_is_recorded_once(ground: Ground, client: WebClient) -> None:
    other = second_officer(ground)
    answers = STORIES["kematian"][1](ground)
    forms = [(one, the_form(walk(one, "kematian", answers), "/lapor/")) for one in (client, other)]
    first, second = (one.send(form, {}) for one, form in forms)
    assert (first.status_code, second.status_code) == (200, 422)
    assert len(events(ground)) == 1
