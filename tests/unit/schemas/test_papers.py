"""Papers and deadlines: every list names papers that exist, every event kind is one of the code list."""

from __future__ import annotations

import datetime as dt

import pytest

from schemas.codes import code_list
from schemas.errors import DataError
from schemas.papers import CHECKLISTS, DEADLINES, PAPERS, DayKind, Deadline, checklist

FRIDAY = dt.date(2026, 11, 20)


@pytest.mark.parametrize("kind", sorted({*CHECKLISTS, *DEADLINES}))
def test_every_kind_is_in_the_code_list(kind: int) -> None:
    assert kind in code_list("event_kind").codes


@pytest.mark.parametrize("kind", sorted(CHECKLISTS))
def test_every_case_is_named_once_and_lists_known_papers_with_a_source(kind: int) -> None:
    cases = [one.case for one in CHECKLISTS[kind]]
    assert cases[0] == "", "the usual case comes first"
    assert len(set(cases)) == len(cases)
    for one in CHECKLISTS[kind]:
        assert one.source
        assert [paper.code for paper in checklist(kind, one.case)] == list(one.papers)


def test_every_paper_is_needed_somewhere() -> None:
    used = {code for lists in CHECKLISTS.values() for one in lists for code in one.papers}
    assert set(PAPERS) == used


def test_an_unknown_case_names_those_there_are() -> None:
    with pytest.raises(DataError) as caught:
        checklist(1, "x")
    assert caught.value.code == "papers-case-unknown"
    assert "tanpa-surat" in caught.value.hint
    with pytest.raises(DataError):
        checklist(27, "x")
    assert checklist(27) == ()


def test_a_term_counts_calendar_or_working_days() -> None:
    calendar, working = Deadline(10, DayKind.CALENDAR, "x"), Deadline(10, DayKind.WORKING, "x")
    day = FRIDAY + dt.timedelta(days=11)
    assert (calendar.days_since(FRIDAY, day), working.days_since(FRIDAY, day)) == (11, 7)
    assert calendar.is_late(FRIDAY, day)
    assert not working.is_late(FRIDAY, day)
    assert not calendar.is_late(FRIDAY, FRIDAY + dt.timedelta(days=10))
