"""Letters: one counter, frozen content, one letter a submission, reprinted as issued, revoked with a reason."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from schemas.codes import RequestState
from schemas.fields import Kind, fields_by_name
from schemas.services import Audience, FieldType, all_services
from sync_protocol import node_side
from sync_protocol.entries import EntryKind
from tests.fakes_desk import RealDesk
from tests.families import Home, refused
from village_node.desk import Desk
from village_node.letters import (
    LetterForm,
    issue_letter,
    letter_of,
    letter_pdf,
    letters_issued,
    revoke_letter,
)
from village_node.registration import RequestForm, open_request
from village_node.store import NodeStore

ANSWERS = {"purpose": "membuka rekening bank"}


@pytest.fixture
def letter_signer() -> str:
    return "SUPARMAN"


def form(home: Home, **changes: Any) -> LetterForm:
    return replace(LetterForm(service="SKD-03", subject_id=home.son, answers=ANSWERS), **changes)


def test_one_counter_serves_all_kinds_of_letter(desk: RealDesk, home: Home) -> None:
    answers = {"addressee": "Kepala KUA", "purpose": "menikah"}
    numbers = [
        issue_letter(desk, form(home)).number,
        issue_letter(desk, form(home, service="SKD-06", answers=answers)).number,
        issue_letter(desk, form(home)).number,
    ]
    assert numbers == ["470/001.A/2026", "474/002.A/2026", "470/003.A/2026"]


def test_the_counter_begins_again_in_january_for_every_kind(desk: RealDesk, home: Home) -> None:
    issue_letter(desk, form(home))
    january = Desk(desk.store, "SITI", lambda: int(dt.datetime(2027, 1, 2, tzinfo=dt.UTC).timestamp() * 1000))
    assert issue_letter(january, form(home)).number == "470/001.A/2027"
    assert issue_letter(desk, form(home)).number == "470/002.A/2026"


def test_the_year_is_never_before_the_hub_time_last_seen(desk: RealDesk, home: Home) -> None:
    with desk.store.transaction() as working:
        seen = int(dt.datetime(2028, 5, 1, tzinfo=dt.UTC).timestamp() * 1000)
        working.tables.state = replace(working.tables.state, hub_time_ms=seen)
    stopped_clock = Desk(desk.store, "SITI", lambda: 0)
    letter = issue_letter(stopped_clock, form(home))
    assert letter.number == "470/001.A/2028"
    assert letter.issued_on == dt.date(2028, 5, 1)


def test_a_replica_without_a_mark_numbers_visibly_as_provisional(desk: RealDesk, home: Home) -> None:
    issue_letter(desk, form(home))
    with desk.store.transaction() as working:
        node_side.take_replica_id(working.tables, b"\x7f\x3a\x01" + bytes(5))
    letter = issue_letter(desk, form(home))
    assert letter.number == "470/001.S-7F3A01/2026"
    assert letter.is_provisional
    assert letter.content["provisional"] is True


def test_a_letter_says_what_was_true_when_it_was_issued(desk: RealDesk, home: Home) -> None:
    letter = issue_letter(desk, form(home))
    before = letter_pdf(letter)
    desk.change(home.son, name="NAMA LAIN")
    reprinted = letter_of(Desk(desk.store, "PETUGAS BARU"), letter.record_id)
    assert reprinted.content == letter.content
    assert reprinted.content["officer"] == "SITI"
    assert reprinted.content["signer"] == {"name": "SUPARMAN", "title": "Kepala Desa"}
    assert letter_pdf(reprinted) == before
    assert before.startswith(b"%PDF")


def test_every_template_prints_and_a_long_name_does_not_break_it(desk: RealDesk, home: Home) -> None:
    answers = {
        "business_name": "WARUNG " + "A" * 80,
        "business_kind": "#makanan [$x$] *",
        "business_address": "\\@ <a>",
    }
    letters = [
        issue_letter(desk, form(home, service="SKD-01", answers=answers | ANSWERS)),
        issue_letter(desk, form(home, answers=ANSWERS | {"lives_since": "17-8-2010"})),
        issue_letter(desk, form(home, service="SKD-06", answers={"addressee": "Camat"} | ANSWERS)),
    ]
    assert letters[1].content["answers"]["lives_since"] == "17 Agustus 2010"
    for letter in letters:
        assert len(letter_pdf(letter)) > 5_000


def test_a_revoked_letter_keeps_its_number_and_says_so_in_print(desk: RealDesk, home: Home) -> None:
    letter = issue_letter(desk, form(home))
    revoke_letter(desk, letter.record_id, "salah alamat")
    revoked = letter_of(desk, letter.record_id)
    assert (revoked.void, revoked.number) == ("salah alamat", letter.number)
    assert letter_pdf(revoked) != letter_pdf(letter)
    assert issue_letter(desk, form(home)).number == "470/002.A/2026"
    refused("letter-revoked", lambda: revoke_letter(desk, letter.record_id, "lagi"))
    refused("value-missing", lambda: revoke_letter(desk, issue_letter(desk, form(home)).record_id, " "))
    refused("letter-unknown", lambda: letter_of(desk, home.son))


def test_one_submission_sent_fifty_times_at_once_makes_one_letter(store: NodeStore, home: Home) -> None:
    desk = Desk(store, "SITI", RealDesk(store).now_ms)
    with ThreadPoolExecutor(4) as pool:
        letters = list(pool.map(lambda _: issue_letter(desk, form(home, once="klik-1")), range(50)))
    assert {letter.number for letter in letters} == {"470/001.A/2026"}
    assert len({letter.record_id for letter in letters}) == 1
    assert sum(not letter.is_again for letter in letters) == 1
    assert len(letters_issued(desk)) == 1


def test_a_request_gives_its_answers_one_letter_and_becomes_ready(desk: RealDesk, home: Home) -> None:
    asked = RequestForm(applicant_id=home.son, service="SKD-03", case="warga", purpose="sekolah", documents=("ktp",))
    request = open_request(desk, asked).created[0]
    letter = issue_letter(desk, LetterForm(request_id=request))
    assert letter.content["answers"] == {"purpose": "sekolah"}
    assert [one.code for one in letter.cautions] == ["document-missing"]
    assert desk.values(request)["state"] == RequestState.READY
    assert issue_letter(desk, LetterForm(request_id=request)).record_id == letter.record_id
    revoke_letter(desk, letter.record_id, "salah ketik")
    again = issue_letter(desk, LetterForm(request_id=request))
    assert again.record_id != letter.record_id
    assert not again.is_again


def test_a_trial_run_takes_no_number(desk: RealDesk, home: Home) -> None:
    assert issue_letter(desk, form(home), dry_run=True).number == "470/001.A/2026"
    assert letters_issued(desk) == []
    assert issue_letter(desk, form(home)).number == "470/001.A/2026"
    assert [entry.kind for entry in desk.entries] == []  # letters are appended in their own transaction
    assert [one.number for one in letters_issued(desk, year=2026)] == ["470/001.A/2026"]
    assert letters_issued(desk, year=2025) == []


def test_what_is_missing_or_not_the_villages_is_refused(desk: RealDesk, home: Home) -> None:
    refused("officer-missing", lambda: issue_letter(Desk(desk.store, " "), form(home)))
    refused("letter-none", lambda: issue_letter(desk, form(home, service="ADM-35", answers={})))
    refused("value-missing", lambda: issue_letter(desk, form(home, answers={})))
    refused("value-missing", lambda: issue_letter(desk, form(home, subject_id=None)))
    refused("answer-unknown", lambda: issue_letter(desk, form(home, answers=ANSWERS | {"warna": "x"})))
    refused("request-unknown", lambda: issue_letter(desk, form(home, request_id=home.son)))
    business = {"business_name": "A", "business_kind": "B", "business_address": "C", "since_year": "dulu"}
    refused("answer-number", lambda: issue_letter(desk, form(home, service="SKD-01", answers=business | ANSWERS)))
    nobody = replace(desk.store.config, letter_signer="")
    desk.store.config = nobody
    refused("signer-missing", lambda: issue_letter(desk, form(home)))
    assert issue_letter(desk, form(home, signer="SRI", signer_title="Sekretaris Desa")).content["signer"] == {
        "name": "SRI",
        "title": "Sekretaris Desa",
    }


def test_the_record_holds_the_whole_letter(desk: RealDesk, home: Home) -> None:
    letter = issue_letter(desk, form(home))
    values = desk.values(letter.record_id)
    assert set(values) - {"owner"} <= set(fields_by_name(Kind.LETTER))
    assert json.loads(values["content"]) == letter.content
    with desk.store.reading() as working:
        kinds = [working.tables.own.need(change_id).entry.kind for change_id in working.tables.undecided()]
    assert kinds == [EntryKind.LETTER]


@pytest.mark.parametrize("paper", ["F4", "A4"])
def test_every_kind_of_letter_prints_with_hard_names(desk: RealDesk, home: Home, paper: str) -> None:
    desk.change(home.son, name="MA'RUF \"" + "PANJANG " * 12 + "#[$*")
    desk.change(home.household, address="JL. #MAWAR " * 20)
    for service in all_services().values():
        if service.template and service.audience is Audience.PERSON:
            kinds = {FieldType.DATE: "17-8-2010", FieldType.NUMBER: "7"}
            answers = {one.name: kinds.get(one.type, "O'NEIL \\ <x> @y") for one in service.fields}
            letter = issue_letter(desk, form(home, service=service.code, answers=answers, paper=paper))
            assert letter.content["paper"] == paper
            width = b"609.4" if paper == "F4" else b"595.2"
            printed = letter_pdf(letter)
            assert width in printed, service.code
            assert b"/Type/Pages/Count 1/" in printed or (paper == "A4" and b"/Type/Pages/Count 2/" in printed), (
                service.code
            )


def test_a_number_that_no_office_issued_is_a_blank_line_on_paper(desk: RealDesk, home: Home) -> None:
    unknown = issue_letter(desk, form(home))
    assert unknown.content["subject"]["nik"] == "-"
    subject = {**unknown.content["subject"], "nik": "0" * 16}
    temporary = replace(unknown, content={**unknown.content, "subject": subject})
    assert _numberless(letter_pdf(temporary)) == _numberless(letter_pdf(unknown))


def _numberless(pdf: bytes) -> bytes:
    """Return a PDF without its trailer, whose id is drawn from the input."""
    return pdf[: pdf.index(b"xref")].split(b"<?xpacket", maxsplit=1)[0]
