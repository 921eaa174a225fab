"""A journal row that a bad disk changed: nothing wrong is sent, the rest arrives once, and a person is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from schemas.errors import DatabaseCorruptError
from schemas.fields import Kind, tag_of
from sync_protocol.codec import encode
from sync_protocol.entries import EntryKind, Update, encode_entry_body
from tests.journal_damage import DAMAGES, PHONE, PROVED_ELSEWHERE, Ground, damage, person
from tests.node_ground import NOW_MS
from village_node.carriers.files import export_messages
from village_node.doctor import Finding, doctor_report
from village_node.entry_states import Verdict, entry_counts, entry_states
from village_node.inbox import UNREADABLE, UNREADABLE_RECEIVED, inbox_to_lines, inbox_to_tree, read_inbox
from village_node.inbox_answers import take_district
from village_node.journal_mending import journal_damage, mend_journal
from village_node.outgoing import Budgets, make_message
from village_node.proof import prove
from village_node.quick_status import read_quick_status
from village_node.status import entries_to_lines, status_to_lines
from village_node.tables import OWN_ENTRY
from village_node.unreadable import officer_of, unreadable_entries

NAME = tag_of(Kind.RESIDENT, "name")


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    made = Ground(tmp_path)
    yield made
    made.close()


def journal_line(ground: Ground) -> Finding:
    report = doctor_report(ground.laptop.directory, is_reachable=lambda _: True, has_link=lambda: True, environment={})
    (found,) = [one for one in report.findings if one.check == "journal"]
    return found


@pytest.mark.parametrize("column", DAMAGES)
def test_a_damaged_row_costs_at_most_its_own_entry(ground: Ground, column: str) -> None:
    _, bad, _ = ground.record(11, 12, 13)
    before = ground.laptop.state().replica_id
    damage(ground.laptop, bad, column)
    ground.sync()
    assert ground.laptop.state().replica_id != before
    is_readable = column in PROVED_ELSEWHERE
    found = [ground.at_hub(number) is not None for number in (11, 12, 13)]
    assert found == [True, is_readable, True]
    matters = read_inbox(ground.laptop)
    assert [(one.code, one.number) for one in matters] == ([] if is_readable else [(UNREADABLE, 5)])
    assert (ground.desk.shown(person(12)) is not None) == is_readable
    counts = entry_counts(ground.laptop)
    assert (counts.unsent, counts.waiting, counts.accepted) == (0, 0, 6 if is_readable else 5)
    assert counts.unreadable == (0 if is_readable else 1)
    assert prove(ground.laptop).is_consistent
    assert not mend_journal(ground.laptop, everything=True).is_any


def test_a_time_that_no_calendar_has_is_told_nowhere_and_breaks_nothing(ground: Ground) -> None:
    bad = ground.call(2, None, "0812")
    with ground.laptop.local_writing() as connection:
        connection.execute(update(OWN_ENTRY).where(OWN_ENTRY.c.change_id == bad).values(wall_ms=1 << 62))
    ground.sync()
    (matter,) = read_inbox(ground.laptop)
    assert (matter.number, matter.wall_ms) == (4, None)
    assert inbox_to_lines([matter], 420)
    states = entry_states(ground.laptop)
    assert len(entries_to_lines(states, 420)) == len(states) == 4


def test_what_is_known_of_a_damaged_entry_is_told_everywhere(ground: Ground) -> None:
    bad = ground.call(2, None, "0812")
    with ground.laptop.local_writing() as connection:
        body = connection.scalar(select(OWN_ENTRY.c.body).where(OWN_ENTRY.c.change_id == bad))
        assert body is not None
        connection.execute(update(OWN_ENTRY).where(OWN_ENTRY.c.change_id == bad).values(body=body[:-6]))
    report = journal_line(ground)
    assert not report.is_ok
    assert "1 catatan" in report.message
    ground.sync()
    (matter,) = read_inbox(ground.laptop)
    assert (matter.name, matter.number, matter.officer, matter.wall_ms) == ("WARGA 2", 4, "Bu Rini", NOW_MS)
    (line,) = inbox_to_lines([matter], 420)
    assert "nomor 4, perbaikan, 18-11-2026" in line
    assert "Bu Rini" in line
    (tree,) = inbox_to_tree([matter])
    assert (tree["number"], tree["officer"], tree["wall_ms"]) == (4, "Bu Rini", NOW_MS)
    status = read_quick_status(ground.laptop.directory)
    assert (status.unreadable, status.unsent, status.waiting, status.entries) == (1, 0, 0, 3)
    assert any("Rusak di laptop ini" in one for one in status_to_lines(status, NOW_MS))
    (state,) = entry_states(ground.laptop, verdict=Verdict.UNREADABLE)
    assert (state.ordinal, state.officer, state.changes) == (4, "Bu Rini", ())
    report = journal_line(ground)
    assert "nomor 4" in report.message
    take_district(ground.desk, matter)
    report = journal_line(ground)
    assert report.is_ok


def test_a_damaged_value_is_not_shown_as_what_the_officer_wrote(ground: Ground) -> None:
    bad = ground.call(2, None, "0812")
    other = encode_entry_body("Bu Rini", (Update(person(2), PHONE, None, "0999"),))
    with ground.laptop.local_writing() as connection:
        connection.execute(update(OWN_ENTRY).where(OWN_ENTRY.c.change_id == bad).values(body=other))
    ground.sync()
    (state,) = entry_states(ground.laptop, verdict=Verdict.UNREADABLE)
    assert state.changes == ()
    shown = ground.desk.shown(person(2))
    assert shown is not None
    assert PHONE not in shown.body
    assert PHONE not in (ground.at_hub(2) or {PHONE: 1})


def test_what_hangs_on_a_damaged_entry_waits_for_a_person(ground: Ground) -> None:
    (bad,) = ground.record(11)
    ground.call(11, None, "0811")
    damage(ground.laptop, bad, "body")
    ground.sync()
    assert ground.at_hub(11) is None
    assert [one.code for one in read_inbox(ground.laptop)] == [UNREADABLE, "in-review"]


def test_an_entry_that_the_hub_has_is_not_sent_again_and_its_outcome_comes(ground: Ground) -> None:
    ids = ground.record(11, 12)
    ground.wire.loses = lambda _: "answer"
    ground.wire.sync(ground.laptop)
    ground.wire.loses = lambda _: ""
    damage(ground.laptop, ids[1], "body")
    damage(ground.laptop, ids[0], "head")
    ground.sync()
    assert entry_counts(ground.laptop).accepted == 5
    assert read_inbox(ground.laptop) == []
    with ground.wire.hub.store.reading() as reader:
        found = reader.records([person(11), person(12)])
        assert [one.version for one in found.values()] == [1, 1]
    with ground.laptop.local_reading() as connection:
        assert [one.has_outcome for one in unreadable_entries(connection)] == [True]


@pytest.mark.parametrize("lost", [0, 1])
def test_the_outcome_of_a_row_that_is_gone_finds_its_place(ground: Ground, lost: int) -> None:
    ids = ground.record(11, 12)
    ground.wire.loses = lambda _: "answer"
    ground.wire.sync(ground.laptop)
    ground.wire.loses = lambda _: ""
    damage(ground.laptop, ids[lost], "row")
    ground.sync()
    assert entry_counts(ground.laptop).accepted == 5
    assert read_inbox(ground.laptop) == []


def test_an_entry_in_review_waits_for_the_district_though_its_row_is_damaged(ground: Ground) -> None:
    waits = ground.desk.save(EntryKind.CORRECTION, [Update(person(3), NAME, "LAIN", "WARGA TIGA")]).change_id
    ground.sync()
    assert entry_counts(ground.laptop).in_review == 1
    damage(ground.laptop, waits, "row")
    ground.sync()
    assert entry_counts(ground.laptop).in_review == 1
    assert [one.code for one in read_inbox(ground.laptop)] == ["in-review"]


def test_an_acknowledged_entry_without_an_answer_is_listed_as_received(ground: Ground) -> None:
    (bad,) = ground.record(11)
    with ground.laptop.transaction() as working:
        # The hub holds back: it has the entry and has not decided.
        working.tables.state = replace(working.tables.state, acked_seq=working.tables.state.journal_seq)
    damage(ground.laptop, bad, "body")
    mend_journal(ground.laptop)
    assert [(one.code, one.number) for one in read_inbox(ground.laptop)] == [(UNREADABLE_RECEIVED, 4)]


def test_a_decided_entry_costs_its_history_only(ground: Ground) -> None:
    before = ground.laptop.state().replica_id
    (first, *_) = [one.change_id for one in entry_states(ground.laptop)][::-1]
    damage(ground.laptop, first, "body")
    with ground.laptop.reading() as working:
        assert not journal_damage(working).is_any
        assert journal_damage(working, everything=True).decided == (first,)
    mend_journal(ground.laptop, everything=True)
    assert ground.laptop.state().replica_id == before
    assert read_inbox(ground.laptop) == []
    assert not mend_journal(ground.laptop, everything=True).is_any
    ground.record(14)
    ground.sync()
    assert ground.at_hub(14) is not None


def test_an_entry_is_read_from_the_journal_it_was_first_issued_in(ground: Ground) -> None:
    (bad,) = ground.record(11)
    damage(ground.laptop, ground.record(12)[0], "body")
    mend_journal(ground.laptop)
    damage(ground.laptop, bad, "row")
    ground.sync()
    assert ground.at_hub(11) is not None
    assert [one.number for one in read_inbox(ground.laptop)] == [5]


def test_nothing_damaged_leaves_by_any_way(ground: Ground, tmp_path: Path) -> None:
    (bad, _) = ground.record(11, 12)
    damage(ground.laptop, bad, "body")
    with pytest.raises(DatabaseCorruptError) as caught, ground.laptop.transaction() as working:
        make_message(ground.laptop, working, Budgets(1 << 20, 1 << 20), carrier="x", now_ms=NOW_MS)
    assert caught.value.code == "journal-damaged"
    stick = tmp_path / "stik"
    stick.mkdir()
    assert len(export_messages(ground.laptop, stick, now_ms=NOW_MS)) == 1
    assert [one.number for one in read_inbox(ground.laptop)] == [4]


def test_a_lost_end_of_the_journal_is_noticed(ground: Ground) -> None:
    (bad,) = ground.record(11)
    damage(ground.laptop, bad, "row")
    with pytest.raises(DatabaseCorruptError), ground.laptop.transaction() as working:
        make_message(ground.laptop, working, Budgets(1 << 20, 1 << 20), carrier="x", now_ms=NOW_MS)
    ground.sync()
    assert [one.number for one in read_inbox(ground.laptop)] == [4]


@pytest.mark.parametrize(
    ("raw", "officer"),
    [
        (encode(["Bu Rini", []]), "Bu Rini"),
        (encode(["B" * 40, []])[:-1], "B" * 40),
        (b"", ""),
        (b"\x92", ""),
        (b"\x92\xd9", ""),
        (b"\x92\xa9Bu", ""),
        (b"\x92\xa2\xff\xff", ""),
        (b"\x91\xa2Bu", ""),
    ],
)
def test_the_officer_is_read_where_the_rest_is_damaged(raw: bytes, officer: str) -> None:
    assert officer_of(raw) == officer
