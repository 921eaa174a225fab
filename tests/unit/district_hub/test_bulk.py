"""Equal cases are decided together: village by village, each on its own page, with one reason."""

from __future__ import annotations

import pytest

from district_hub import bulk
from district_hub.bulk import choices_alike, decide_alike, equal_groups
from schemas.errors import RefusedError
from schemas.fields import Kind
from tests.hub_office import A, B, Office, created, record_id, updated

SK = "SK Bupati 12/2026"


def ask_alike(office: Office, in_a: int, in_b: int) -> None:
    """Let families of two villages each wait for the same new head; one more asks for another."""
    numbers = {A: range(1, in_a + 1), B: range(101, 101 + in_b)}
    for village, mine in numbers.items():
        office.save(village, *(created(n, Kind.HOUSEHOLD, head_id=record_id(50)) for n in mine))
    office.save(A, created(90, Kind.HOUSEHOLD, head_id=record_id(50)))
    office.sync()
    for village, mine in numbers.items():
        for n in mine:
            office.save(village, updated(n, Kind.HOUSEHOLD, "head_id", record_id(51), record_id(52)))
    office.save(A, updated(90, Kind.HOUSEHOLD, "head_id", record_id(51), record_id(53)))
    office.sync()


def open_of(office: Office, village: int | None = None) -> list[bytes]:
    with office.store.reading() as reader:
        return [case.case_id for case in reader.open_cases(village)]


def a_case_of_the_group(office: Office) -> bytes:
    with office.store.reading() as reader:
        (group,) = equal_groups(reader)
        return group.case_ids[0]


def test_equal_cases_are_found_in_all_villages(office: Office) -> None:
    ask_alike(office, 3, 2)
    with office.store.reading() as reader:
        (group,) = equal_groups(reader)
    assert (len(group.case_ids), group.villages, group.first.fields) == (5, 2, ("Kepala keluarga",))


def test_they_are_decided_village_by_village_with_progress_and_one_reason(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CASES_PER_TRANSACTION", 2)
    ask_alike(office, 3, 2)
    with office.store.reading() as reader:
        choices = choices_alike(reader, a_case_of_the_group(office), accepts=True)
    told: list[tuple[int, int]] = []
    left = decide_alike(
        office.store,
        choices,
        reason=SK,
        registrar=office.registrar,
        now_ms=office.now_ms,
        progress=lambda done, of: told.append((done, of)),
    )
    assert (left, told) == ([], [(2, 5), (3, 5), (5, 5)])
    assert [office.value(n, "head_id") for n in (1, 2, 3, 101, 102)] == [record_id(52)] * 5
    assert office.value(90, "head_id") == record_id(50)
    assert {line["reason"] for line in office.diary} == {SK}
    office.sync()
    assert office.fingerprints_agree()


def test_one_village_alone_may_be_decided_and_all_may_be_refused(office: Office) -> None:
    ask_alike(office, 2, 2)
    with office.store.reading() as reader:
        choices = choices_alike(reader, a_case_of_the_group(office), accepts=False, village_id=B)
    assert decide_alike(office.store, choices, reason=SK, registrar=office.registrar, now_ms=office.now_ms) == []
    assert (open_of(office, B), len(open_of(office, A))) == ([], 3)
    assert office.value(101, "head_id") == record_id(50)


def test_a_case_whose_page_has_changed_is_left_alone_and_a_repeat_does_the_rest(office: Office) -> None:
    ask_alike(office, 3, 0)
    case_id = a_case_of_the_group(office)
    with office.store.reading() as reader:
        choices = choices_alike(reader, case_id, accepts=True)
    office.save(A, updated(2, Kind.HOUSEHOLD, "head_id", record_id(54), record_id(55)))
    office.sync(A)
    left = decide_alike(office.store, choices, reason=SK, registrar=office.registrar, now_ms=office.now_ms)
    assert [one.error.code for one in left] == ["page-changed"]
    again = decide_alike(office.store, choices, reason=SK, registrar=office.registrar, now_ms=office.now_ms)
    assert sorted(one.error.code for one in again) == ["case-closed", "case-closed", "page-changed"]


def test_a_bulk_needs_a_reason_and_an_open_case(office: Office) -> None:
    ask_alike(office, 2, 0)
    case_id = a_case_of_the_group(office)
    with office.store.reading() as reader:
        choices = choices_alike(reader, case_id, accepts=True)
    with pytest.raises(RefusedError) as refused:
        decide_alike(office.store, choices, reason=" ", registrar=office.registrar, now_ms=office.now_ms)
    assert refused.value.code == "reason-missing"
    decide_alike(office.store, choices, reason=SK, registrar=office.registrar, now_ms=office.now_ms)
    with office.store.reading() as reader, pytest.raises(RefusedError) as closed:
        choices_alike(reader, case_id, accepts=True)
    assert closed.value.code == "case-closed"
