"""The inbox: a value that did not become the registry's is always visible to a person, with a reason."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, event

from schemas.fields import Kind, tag_of
from sync_protocol import decisions
from sync_protocol.admission import put_inbox
from sync_protocol.causes import DISPATCHER, decision_id
from sync_protocol.entries import Create, EntryKind
from tests.fakes_desk import RealDesk
from tests.families import settle
from tests.node_ground import NOW_MS, VILLAGE, FakeDistrict, HubCarrier, enrolled
from village_node.deciders import AUTOMATIC, ELSEWHERE, OFFICER, REGISTRAR, Decision, decision_about
from village_node.inbox import Matter, inbox_marks, inbox_to_lines, inbox_to_tree, key_of, read_inbox
from village_node.inbox_answers import can_resend
from village_node.registration import correct
from village_node.store import NodeStore
from village_node.syncer import synchronise
from village_node.tables import FEED_ROW

NAME = tag_of(Kind.RESIDENT, "name")


@pytest.fixture
def desk(tmp_path: Path, enrolled_folder: Path) -> Iterator[RealDesk]:
    with NodeStore.open(Path(shutil.copytree(enrolled_folder, tmp_path / "desa"))) as store:
        yield RealDesk(store)


def test_a_disputed_name_is_in_the_inbox_until_it_is_decided_and_then_with_its_reason(tmp_path: Path) -> None:
    district = FakeDistrict()
    with enrolled(tmp_path / "desa", district) as store:
        desk, carrier = RealDesk(store), HubCarrier(district)
        person = desk.new_id()
        desk.save(EntryKind.EVENT, [Create(person, Kind.RESIDENT, {NAME: "SITI"})])
        synchronise(store, carrier)
        assert read_inbox(store) == []
        with district.hub.transaction() as registry:
            assert decisions.edit(registry, [decisions.Edit(person, NAME, "SITI", "SITTI")], decision_id(b"1" * 16))
        shown = desk.values(person)
        done = correct(desk, person, shown, {**shown, "name": "SITI AMINAH"})
        synchronise(store, carrier)
        (matter,) = read_inbox(store)
        assert decision_about(store, matter) is None
        assert (matter.code, matter.about_id, matter.field) == ("in-review", person, "Nama lengkap")
        assert (matter.written, matter.stands, matter.change_id) == ("SITI AMINAH", "SITTI", done.change_id)
        with district.hub.transaction() as registry:
            case_id = next(key for key, record in district.hub.database["records"].items() if record.kind == Kind.CASE)
            case = registry.record(case_id)
            assert case is not None
            page = decisions.page_of(registry, case)
            refused: frozenset[bytes] = frozenset()
            assert decisions.decide(registry, case_id, refused, page, decision_id(b"2" * 16), "tidak sesuai akta")
        synchronise(store, carrier)
        (matter,) = read_inbox(store)
        assert decision_about(store, matter) == Decision(REGISTRAR, by_ms=store.state().hub_time_ms)
        with store.local_writing() as connection:
            connection.execute(delete(FEED_ROW))  # safe by now, so no longer kept
        assert decision_about(store, matter) == Decision(REGISTRAR)
    assert (matter.code, matter.written, matter.stands) == ("refused", "SITI AMINAH", "SITTI")
    assert matter.reason == "tidak sesuai akta"
    assert "ditulis SITI AMINAH, di kabupaten SITTI" in inbox_to_lines([matter])[0]


def test_a_notice_tells_whose_newer_value_stands(tmp_path: Path) -> None:
    district = FakeDistrict()
    with enrolled(tmp_path / "desa", district) as store:
        desk, carrier = RealDesk(store), HubCarrier(district)
        person = desk.new_id()
        created = desk.save(EntryKind.EVENT, [Create(person, Kind.RESIDENT, {NAME: "SITI"})])
        synchronise(store, carrier)
        for number, cause in enumerate((created.change_id, b"\x09" * 16, DISPATCHER), start=1):
            with district.hub.transaction() as registry:
                put_inbox(registry, VILLAGE, "overwritten", bytes([number]) * 16, person, NAME, cause)
                registry.commit()
            synchronise(store, carrier)
        matters = {one.change_id[:1]: one for one in read_inbox(store) if one.change_id}
        found = {number: decision_about(store, one) for number, one in matters.items()}
        assert {number: one and (one.who, one.officer) for number, one in found.items()} == {
            b"\x01": (OFFICER, desk.officer),
            b"\x02": (ELSEWHERE, ""),
            b"\x03": (AUTOMATIC, ""),
        }
        assert all(one and NOW_MS <= (one.by_ms or 0) <= store.state().hub_time_ms for one in found.values())


def test_what_was_overwritten_is_told_with_the_village_s_value_and_can_be_sent_again(desk: RealDesk) -> None:
    home = settle(desk)
    shown = desk.values(home.son)
    done = correct(desk, home.son, shown, {**shown, "name": "MA'RUF"}, reason="sesuai akta")
    assert done.change_id is not None
    desk.put(Kind.INBOX, notice="overwritten", about_id=home.son, change_id=done.change_id, field_tag=NAME)
    (matter,) = read_inbox(desk.store)
    assert (matter.written, matter.seen, matter.own_reason) == ("MA'RUF", "BUDI SANTOSO", "sesuai akta")
    assert (matter.officer, matter.wall_ms) == (desk.officer, NOW_MS)
    assert can_resend(matter)
    born = desk.new_id()
    created = desk.save(EntryKind.EVENT, [Create(born, Kind.RESIDENT, {NAME: "St. Aminah"})])
    desk.put(Kind.INBOX, notice="overwritten", about_id=born, change_id=created.change_id, field_tag=NAME)
    assert [(one.written, one.seen) for one in read_inbox(desk.store) if one.about_id == born] == [("St. Aminah", None)]


def test_counting_looks_nothing_up_and_counts_what_the_list_shows(desk: RealDesk) -> None:
    home = settle(desk)
    desk.put(Kind.FLAG, flag="nik-twice", about_id=home.father, is_open=True)

    def asked() -> int:
        count = 0

        def note(*_: object) -> None:
            nonlocal count
            count += 1

        event.listen(Engine, "before_cursor_execute", note)
        try:
            marks = inbox_marks(desk.store)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        assert sorted(map(key_of, marks)) == sorted(map(key_of, read_inbox(desk.store)))
        return count

    few = asked()
    for number in range(20):
        desk.put(Kind.INBOX, notice="overwritten", about_id=home.son, change_id=bytes([number]) * 16, field_tag=NAME)
    assert asked() == few


def test_flags_and_notices_say_about_whom(desk: RealDesk) -> None:
    home = settle(desk)
    desk.put(Kind.FLAG, flag="nik-twice", about_id=home.father, is_open=True, elsewhere=True)
    desk.put(Kind.FLAG, flag="nik-twice", about_id=home.mother)
    desk.put(Kind.INBOX, notice="overwritten", about_id=home.son, change_id=b"\x01" * 16, field_tag=17)
    desk.put(Kind.INBOX, notice="from-a-newer-hub", about_id=b"\xee" * 16)
    found = read_inbox(desk.store)
    assert [(one.code, one.name, one.field) for one in found] == [
        ("nik-twice", "AHMAD FAUZI", "NIK"),
        ("overwritten", "BUDI SANTOSO", "Nama lengkap"),
        ("from-a-newer-hub", "(tidak dikenal)", ""),
    ]
    assert found[0].reason == "di desa lain"
    assert len(inbox_to_lines(found)) == 3


def test_the_json_shape_is_stable() -> None:
    matter = Matter("refused", b"\x01" * 16, "SITI", "Nama lengkap", "A", "B", "alasan", b"\x02" * 16)
    assert inbox_to_tree([matter]) == [
        {
            "code": "refused",
            "record": "01" * 16,
            "name": "SITI",
            "field": "Nama lengkap",
            "written": "A",
            "stands": "B",
            "reason": "alasan",
            "change": "02" * 16,
            "number": None,
            "officer": "",
            "wall_ms": None,
        }
    ]
