"""Undoing is another decision: an edit back that quotes the one it undoes, where that one's values still stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from district_hub.certification import certify
from district_hub.corrections import Corrected, correct
from district_hub.importing import import_regency
from district_hub.merging import confirm_merge, propose_merge
from district_hub.registrar import Registrar, looking
from district_hub.review import decide
from district_hub.undoing import Undone, list_decisions, undo_decision
from schemas.errors import RefusedError
from schemas.fields import Kind, tag_of
from sync_protocol.decisions import page_of
from tests.hub_office import A, Office, person, record_id, updated
from tests.unit.importing.build import Row, grid, write_csv
from tests.unit.importing.build import person as row


def newest(office: Office) -> bytes:
    with office.store.reading() as reader:
        return list_decisions(reader, limit=1)[0].decision_id


def undo(office: Office, decision: bytes, registrar: Registrar | None = None) -> Undone:
    office.now_ms += 60_000
    who = registrar or office.registrar
    return undo_decision(office.store, decision, reason="orang yang salah", registrar=who, now_ms=office.now_ms)


def rename(office: Office) -> bytes:
    office.save(A, person(1))
    office.sync(A)
    wanted = [Corrected("name", "SITI AMINAH", "DEWI"), Corrected("phone", None, "0811")]
    correct(office.store, record_id(1), wanted, reason="KTP", registrar=office.registrar, now_ms=office.now_ms)
    return newest(office)


def test_an_undone_correction_is_edited_back_and_quoted(office: Office) -> None:
    decision = rename(office)
    done = undo(office, decision)
    assert (len(done.edits), done.left) == (2, ())
    assert (office.value(1, "name"), office.value(1, "phone")) == ("SITI AMINAH", None)
    with office.store.reading() as reader:
        last = reader.history(record_id(1))[-1]
    assert last.action == "undo"
    assert "orang yang salah" in last.reason
    assert decision.hex()[:10] in last.reason
    assert "KTP" in last.reason
    office.sync(A)
    assert office.fingerprints_agree()


def test_an_undo_is_undone(office: Office) -> None:
    undo(office, rename(office))
    undo(office, newest(office))
    assert office.value(1, "name") == "DEWI"


def test_what_somebody_has_changed_since_is_left_alone(office: Office) -> None:
    decision = rename(office)
    office.sync(A)
    office.save(A, updated(1, Kind.RESIDENT, "phone", "0811", "0822"))
    office.sync(A)
    done = undo(office, decision)
    assert [(one.tag, one.why) for one in done.left] == [(tag_of(Kind.RESIDENT, "phone"), "changed-since")]
    assert (office.value(1, "name"), office.value(1, "phone")) == ("SITI AMINAH", "0822")
    with pytest.raises(RefusedError) as refused:
        undo(office, decision)
    assert refused.value.code == "nothing-to-undo"


def test_a_decided_case_stays_closed_and_its_value_goes_back(office: Office) -> None:
    office.save(A, person(1))
    office.sync(A)
    office.save(A, updated(1, Kind.RESIDENT, "name", "SITI", "DEWI"))
    office.sync(A)
    with office.store.reading() as reader:
        (case,) = reader.open_cases(A)
        record = reader.record(case.case_id)
        assert record is not None
        page = page_of(looking(reader), record)
    decide(
        office.store,
        case.case_id,
        frozenset(page.proposals),
        shown=page,
        reason="akta",
        registrar=office.registrar,
        now_ms=office.now_ms,
    )
    assert office.value(1, "name") == "DEWI"
    undo(office, newest(office))
    assert office.value(1, "name") == "SITI AMINAH"
    with office.store.reading() as reader:
        assert reader.open_cases(A) == []


def test_a_seal_is_taken_back(office: Office) -> None:
    office.save(A, person(1), person(2))
    office.sync(A)
    certify(office.store, [record_id(1), record_id(2)], registrar=office.registrar, now_ms=office.now_ms)
    undo(office, newest(office))
    assert (office.value(1, "certified_at"), office.value(2, "certified_at")) == (None, None)


def test_what_a_decision_created_is_annulled(office: Office, tmp_path: Path) -> None:
    office.store.add_village(11, "35.10.09.2001", "Kembiritan", bytes(32))
    place: Row = {"Kecamatan": "GENTENG", "Desa/Kel": "KEMBIRITAN"}
    path = write_csv(tmp_path / "siak.csv", grid([row(9001) | place]))
    import_regency(office.store, path, registrar=office.registrar, now_ms=office.now_ms, reason="ekspor")
    done = undo(office, newest(office))
    assert {edit.tag for edit in done.edits} == {2}
    with office.store.reading() as reader:
        assert reader.counts(11).register.residents == 0


def test_a_merge_is_taken_back_as_a_merge(office: Office) -> None:
    office.save(A, person(1), person(2))
    office.sync(A)
    ids = (record_id(1), record_id(2))
    made = propose_merge(office.store, *ids, reason="sama", registrar=office.registrar, now_ms=office.now_ms)
    second = Registrar("Pak Hadi", office.diary.append)
    confirm_merge(office.store, made.proposal_id, registrar=second, now_ms=office.now_ms)
    with pytest.raises(RefusedError) as refused:
        undo(office, newest(office))
    assert refused.value.code == "decision-merge"


def test_a_merge_that_a_village_proposes_is_not_accepted_by_one_person(office: Office) -> None:
    office.save(A, person(1), person(2))
    office.sync(A)
    office.save(A, updated(1, Kind.RESIDENT, "merged_into", None, record_id(2)))
    office.sync(A)
    with office.store.reading() as reader:
        (case,) = reader.open_cases(A)
        record = reader.record(case.case_id)
        assert record is not None
        page = page_of(looking(reader), record)
    with pytest.raises(RefusedError) as refused:
        decide(
            office.store,
            case.case_id,
            frozenset(page.proposals),
            shown=page,
            reason="x",
            registrar=office.registrar,
            now_ms=office.now_ms,
        )
    assert refused.value.code == "second-person-needed"
    assert office.value(1, "merged_into") is None


def test_a_rehearsal_undoes_nothing_and_an_unknown_decision_is_refused(office: Office) -> None:
    decision = rename(office)
    assert len(undo(office, decision, office.rehearsing).edits) == 2
    assert office.value(1, "name") == "DEWI"
    with pytest.raises(RefusedError) as refused:
        undo(office, bytes(17))
    assert refused.value.code == "decision-unknown"
