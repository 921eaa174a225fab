"""The inbox as a page: each matter shows both values and is answered once, and an answer is taken back."""

from __future__ import annotations

import re

from schemas.fields import Kind, tag_of
from sync_protocol.entries import EntryKind, Update
from tests.journal_damage import damage
from tests.unit.village_node.web.conftest import Ground
from tests.unit.village_node.web.test_interrupted_forms import second_officer
from tests.web_client import WebClient, forms_of
from village_node.inbox import Matter, key_of, read_inbox
from village_node.inbox_answers import answers_of, answers_version, can_resend, send_again
from village_node.journal_mending import mend_journal

NAME, PHONE = tag_of(Kind.RESIDENT, "name"), tag_of(Kind.RESIDENT, "phone")


def overwritten(ground: Ground) -> str:
    ground.desk.put(Kind.INBOX, notice="overwritten", about_id=ground.home.son, change_id=b"\x01" * 16, field_tag=NAME)
    (matter,) = read_inbox(ground.store)
    return key_of(matter)


def test_an_empty_inbox_says_so(client: WebClient) -> None:
    page = client.get("/kotak-masuk")
    assert page.status_code == 200
    assert "Tidak ada yang perlu dijawab" in page.text


def test_who_when_and_why_stand_beside_both_values(ground: Ground, client: WebClient) -> None:
    overwritten(ground)
    page = client.get("/kotak-masuk").text
    assert re.search(r"Diputuskan oleh</dt><dd>Tidak ikut dikirim\.", page)
    assert re.search(r"Kapan</dt><dd>Tidak ikut dikirim\.", page)
    assert "Alasan tidak ditulis." in page
    for word in ("Punya desa", "Registri kabupaten"):
        assert word in page


def test_a_matter_is_taken_put_aside_and_opened_again(ground: Ground, client: WebClient) -> None:
    key = overwritten(ground)
    page = client.get("/kotak-masuk")
    assert "BUDI SANTOSO" in page.text
    assert "1 perlu jawaban" in page.text
    assert 'class="count">1<' in page.text
    form = next(one for one in forms_of(page) if one.action.endswith("/terima"))
    page = client.send(form, {})
    assert "0 perlu jawaban" in page.text
    assert 'class="count"' not in page.text
    assert "Nilai kabupaten diterima" in page.text
    undo = next(one for one in forms_of(page) if one.action == f"/kotak-masuk/{key}/buka")
    page = client.send(undo, {})
    assert "1 perlu jawaban" in page.text
    assert answers_of(ground.store) == {}


def test_the_count_of_the_desk_leads_straight_to_the_first_matter(ground: Ground, client: WebClient) -> None:
    key = overwritten(ground)
    lead = re.search(r'href="(/kotak-masuk[^"]*)"[^>]*>[^<]*<span class="count">1</span>', client.get("/").text)
    assert lead is not None
    page = client.get(lead[1]).text  # one of three actions: this, "Pakai punya saya", "Kirim lagi"
    assert 'class="inbox-columns opened"' in page
    assert f'action="/kotak-masuk/{key}/terima"' in page


def test_a_damaged_entry_is_named_and_marked_as_recorded_again(ground: Ground, client: WebClient) -> None:
    bad = ground.desk.save(EntryKind.CORRECTION, [Update(ground.home.son, PHONE, None, "0812")])
    damage(ground.store, bad.change_id, "wall_ms")
    mend_journal(ground.store)
    page = client.get("/kotak-masuk")
    for told in (
        "BUDI SANTOSO",
        "Nomor catatan",
        f"<b>{bad.ordinal}</b>",
        "perbaikan",
        "Rusak",
        "Catat ulang dari kertasnya",
    ):
        assert told in page.text
    synced = client.get("/sinkron").text
    assert re.search(rf'<td class="tabular">{bad.ordinal}</td>.*?>BUDI SANTOSO</a></td>.*?Rusak', synced, re.DOTALL)
    form = next(one for one in forms_of(page) if one.action.endswith("/terima"))
    page = client.send(form, {})
    assert "Ditandai sudah dicatat ulang" in page.text
    assert "0 perlu jawaban" in page.text


def test_a_question_is_a_note_of_the_record_and_needs_words(ground: Ground, client: WebClient) -> None:
    key = overwritten(ground)
    before = ground.desk.state.entry_count
    form = next(one for one in forms_of(client.get("/kotak-masuk")) if one.action.endswith("/tanya"))
    assert client.send(form, {}).status_code == 422
    assert ground.desk.state.entry_count == before
    page = client.send(form, {"pertanyaan": "Mengapa nama Mu'alim ditimpa?"})
    assert page.status_code == 200
    assert client.send(form, {"pertanyaan": "Mengapa nama Mu'alim ditimpa?"}).status_code == 200
    assert ground.desk.state.entry_count == before + 1
    answer = answers_of(ground.store)[key]
    assert answer.code == "asked"
    with ground.store.reading() as working:
        assert answers_version(working.connection) == (1, answer.answered_ms)
    answered = client.get("/kotak-masuk?dijawab=ya")
    assert re.search("Dijawab Siti", answered.text)


def test_the_villages_value_is_sent_again_as_a_correction(ground: Ground) -> None:
    matter = Matter("refused", ground.home.son, "BUDI", "Nama", "BUDI M", "BUDI", "", b"\x02" * 16, NAME, "BUDI M")
    assert can_resend(matter)
    done = send_again(ground.desk, matter, "sesuai akta")
    assert done.change_id is not None
    assert ground.desk.values(ground.home.son)["name"] == "BUDI M"
    assert answers_of(ground.store)[key_of(matter)].code == "resent"


def test_an_answer_that_is_sent_twice_or_by_two_officers_counts_once(ground: Ground, client: WebClient) -> None:
    people = (ground.home.son, ground.home.father)
    older = ground.desk.save(EntryKind.CORRECTION, [Update(one, PHONE, None, "0812") for one in people])
    ground.desk.save(EntryKind.CORRECTION, [Update(one, PHONE, "0812", "0899") for one in people])
    for one in people:
        ground.desk.put(Kind.INBOX, notice="overwritten", about_id=one, change_id=older.change_id, field_tag=PHONE)
    other = second_officer(ground)
    sent, taken = (f"/kotak-masuk?pilih={key_of(one)}" for one in read_inbox(ground.store))
    before = ground.desk.state.entry_count
    form = next(one for one in forms_of(client.get(sent)) if one.action.endswith("/pakai"))
    for _ in range(2):
        assert client.send(form, {"alasan": "nomornya memang itu"}).status_code == 200
    seen = {officer: officer.get(taken) for officer in (client, other)}
    for officer, page in seen.items():
        form = next(one for one in forms_of(page) if one.action.endswith("/terima"))
        assert officer.send(form, {}).status_code == 200
    assert ground.desk.state.entry_count == before + 1
    assert {answer.code for answer in answers_of(ground.store).values()} == {"resent", "taken"}


def test_a_matter_that_is_gone_is_answered_with_a_page(client: WebClient) -> None:
    form = forms_of(client.get("/kotak-masuk"))
    csrf = next(one.fields["_csrf"][0] for one in form if "_csrf" in one.fields)
    assert client.post("/kotak-masuk/abc/terima", {"_csrf": csrf}).status_code == 409


def test_the_head_of_an_rt_sees_no_inbox(ground: Ground) -> None:
    from tests.unit.village_node.web.conftest import PASSWORD
    from village_node.accounts import Role, Scope

    ground.accounts.create("pakrt", "Pak RT", Role.RT_HEAD, PASSWORD, scope=Scope(rt="001"))
    assert ground.client("pakrt").get("/kotak-masuk").status_code == 403
