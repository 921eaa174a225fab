"""A regency's list becomes the district's data, village by village; what a village says is never overwritten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from district_hub import importing
from district_hub.certification import certify_village
from district_hub.corrections import Corrected, correct
from district_hub.importing import RegencyImport, VillageImport, import_regency
from district_hub.registrar import Registrar
from schemas.errors import ImportFileError, RefusedError
from schemas.fields import Kind, tag_of
from sync_protocol.entries import Update
from tests.hub_office import A, Office
from tests.memory import MemoryNode
from tests.unit.importing.build import Row, child, grid, person, wife, write_csv

HERE = 11
PLACE: Row = {"Kecamatan": "GENTENG", "Desa/Kel": "KEMBIRITAN"}
NAME, OCCUPATION, PHONE = (tag_of(Kind.RESIDENT, name) for name in ("name", "occupation", "phone"))
FARMER, TRADER = 9, 84


@pytest.fixture
def regency(office: Office) -> Office:
    """An office with one more village, which the official list knows, and its node."""
    office.store.add_village(HERE, "35.10.09.2001", "Kembiritan", HERE.to_bytes(32, "big"))
    replicas = (b"village%d" % n for n in range(1, 9))
    office.nodes[HERE] = MemoryNode(HERE, b"device-11", replicas)
    return office


def family(**changes: Any) -> list[Row]:
    return [person(9001, **changes) | PLACE, wife(9002) | PLACE, child(9003) | PLACE]


def load(office: Office, tmp_path: Path, rows: list[Row], registrar: Registrar | None = None) -> RegencyImport:
    path = write_csv(tmp_path / "siak.csv", grid(rows))
    office.now_ms += 60_000
    return import_regency(
        office.store, path, registrar=registrar or office.registrar, now_ms=office.now_ms, reason="ekspor SIAK"
    )


def only(found: RegencyImport) -> VillageImport:
    (village,) = found.villages
    return village


def head_id(office: Office) -> bytes:
    with office.store.reading() as reader:
        names = {record.body[NAME]: record.record_id for record in reader.records_of_kind(HERE, Kind.RESIDENT)}
    return names["SUGENG CONTOH 9001"]


def value(office: Office, record_id: bytes, tag: int) -> Any:
    with office.store.reading() as reader:
        record = reader.record(record_id)
    assert record is not None
    return record.body.get(tag)


def position(office: Office) -> int:
    with office.store.reading() as reader:
        found = reader.village(HERE)
    assert found is not None
    return found.state.seq


def test_families_come_into_their_village_as_the_districts_data_and_not_certified(
    regency: Office, tmp_path: Path
) -> None:
    done = only(load(regency, tmp_path, family()))
    assert (done.code, done.plan.new, done.families, done.created) == ("35.10.09.2001", 3, 1, 4)
    with regency.store.reading() as reader:
        counts = reader.counts(HERE).register
        assert (counts.residents, counts.households) == (3, 1)
        record = reader.record(head_id(regency))
        assert record is not None
        assert not record.is_certified
        (version,) = reader.history(record.record_id)
        assert (version.registrar, version.action, version.reason) == ("Bu Ratna", "import", "ekspor SIAK")
    regency.sync(A, HERE, 2)
    assert head_id(regency) in regency.nodes[HERE].shown()
    assert regency.fingerprints_agree()


def test_each_family_is_an_entry_and_a_cut_run_does_the_rest(
    regency: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "FAMILIES_PER_TRANSACTION", 2)
    rows = [person(9001 + n, no_kk=f"351009120212{9001 + n}") | PLACE for n in range(5)]
    path = write_csv(tmp_path / "siak.csv", grid(rows))

    def cut(name: str, done: int, of: int) -> None:
        assert (name, of) == ("Kembiritan", 5)
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_regency(
            regency.store, path, registrar=regency.registrar, now_ms=regency.now_ms, reason="x", progress=cut
        )
    assert position(regency) == 4
    done = only(load(regency, tmp_path, rows))
    assert (done.families, done.plan.unchanged, position(regency)) == (1, 4, 5)


def test_importing_again_changes_nothing(regency: Office, tmp_path: Path) -> None:
    load(regency, tmp_path, family())
    before = position(regency)
    again = only(load(regency, tmp_path, family()))
    assert (again.plan.unchanged, again.families, again.differences) == (3, 0, [])
    assert position(regency) == before


def test_a_file_with_corrections_changes_only_what_differs(regency: Office, tmp_path: Path) -> None:
    load(regency, tmp_path, family(pekerjaan_id="PETANI/PEKEBUN"))
    before = position(regency)
    done = only(load(regency, tmp_path, family(pekerjaan_id="PEDAGANG", telepon="0811")))
    assert (done.families, done.created, done.written, done.differences) == (1, 0, 2, [])
    assert value(regency, head_id(regency), OCCUPATION) == TRADER
    assert position(regency) == before + 1


def test_what_a_village_says_is_reported_and_stays(regency: Office, tmp_path: Path) -> None:
    load(regency, tmp_path, family(telepon="0811"))
    head = head_id(regency)
    regency.sync(HERE)
    regency.save(HERE, Update(head, OCCUPATION, None, FARMER), Update(head, PHONE, "0811", None))
    regency.sync(HERE)
    before = position(regency)
    done = only(load(regency, tmp_path, family(telepon="0811", pekerjaan_id="PEDAGANG")))
    assert {(one.tag, one.held, one.wanted, one.why) for one in done.differences} == {
        (OCCUPATION, FARMER, TRADER, "village-says-otherwise"),
        (PHONE, None, "0811", "village-says-otherwise"),
    }
    assert (done.families, position(regency)) == (0, before)


def test_who_has_moved_away_is_not_made_again(regency: Office, tmp_path: Path) -> None:
    load(regency, tmp_path, family())
    head = head_id(regency)
    owner = [Corrected("owner", HERE, A)]
    correct(regency.store, head, owner, reason="pindah", registrar=regency.registrar, now_ms=regency.now_ms)
    done = only(load(regency, tmp_path, family()))
    assert ("record-elsewhere", head) in {(one.why, one.record_id) for one in done.differences}
    assert value(regency, head, 1) == A


def test_identity_of_a_certified_record_is_not_changed_by_a_file(regency: Office, tmp_path: Path) -> None:
    load(regency, tmp_path, family())
    certify_village(regency.store, HERE, registrar=regency.registrar, now_ms=regency.now_ms)
    done = only(load(regency, tmp_path, family(tempatlahir="JEMBER", telepon="0811")))
    assert [one.why for one in done.differences] == ["certified"]
    assert done.written == 1


def test_a_rehearsal_counts_and_writes_nothing(regency: Office, tmp_path: Path) -> None:
    done = only(load(regency, tmp_path, family(), regency.rehearsing))
    assert (done.families, done.created, position(regency)) == (1, 4, 0)


def test_rows_of_unknown_villages_go_nowhere(regency: Office, tmp_path: Path) -> None:
    strange = [person(9005) | PLACE | {"Desa/Kel": "ATLANTIS"}, person(9006) | PLACE | {"Desa/Kel": "GENTENGWETAN"}]
    found = load(regency, tmp_path, [*family(), *strange])
    assert only(found).created == 4
    assert [(one.village_name, one.rows, one.why) for one in found.unknown] == [
        ("ATLANTIS", 1, "village-unknown"),
        ("GENTENGWETAN", 1, "village-not-here"),
    ]
    with pytest.raises(RefusedError) as refused:
        load(regency, tmp_path, strange)
    assert refused.value.code == "no-village-here"


def test_a_file_that_is_no_table_and_a_missing_reason_are_refused(regency: Office, tmp_path: Path) -> None:
    with pytest.raises(ImportFileError):
        load(regency, tmp_path, [])
    with pytest.raises(RefusedError) as refused:
        import_regency(regency.store, tmp_path, registrar=regency.registrar, now_ms=regency.now_ms, reason=" ")
    assert refused.value.code == "reason-missing"
