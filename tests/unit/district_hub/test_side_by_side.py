"""Several at work on one hub at once: what one reads is one state, and what two do is done one after the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from district_hub.case_pages import show_case
from district_hub.dispatcher import dispatch
from district_hub.registrar import looking
from district_hub.review import decide
from schemas.errors import RefusedError
from schemas.fields import Kind
from tests.hub_office import NOW, A, B, Office, person, record_id, updated

_PATIENCE_S = 30


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Do things in threads that begin together; return what each gave, an error as itself."""
    gate = Barrier(len(deeds))

    def one(deed: Callable[[], object]) -> object:
        gate.wait(_PATIENCE_S)
        try:
            return deed()
        except RefusedError as error:
            return error.code

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [future.result(_PATIENCE_S) for future in [pool.submit(one, deed) for deed in deeds]]


def test_a_reader_sees_one_state_while_others_write(office: Office) -> None:
    office.save(A, person(1))
    office.sync(A)
    with office.store.reading() as reader:
        seen = next(one.state for one in reader.villages() if one.village_id == A)
        office.save(A, person(2), updated(1, Kind.RESIDENT, "phone", None, "0812"))
        office.sync(A)
        assert reader.fingerprint_from_tables(A) == seen.fingerprint
        assert reader.record(record_id(2)) is None
    with office.store.reading() as reader:
        assert reader.record(record_id(2)) is not None


def test_two_villages_at_once_are_both_taken_in_and_prove_it(office: Office) -> None:
    for village, first in ((A, 10), (B, 20)):
        for number in range(first, first + 5):
            office.save(village, person(number, nik=f"35100952057{number:02d}001"))
    at_once(lambda: office.sync(A), lambda: office.sync(B), lambda: dispatch(office.store, NOW))
    assert office.fingerprints_agree()
    assert [office.record(number).owner for number in (10, 14, 20, 24)] == [A, A, B, B]


def test_two_registrars_who_decide_one_case_at_once_decide_it_once(office: Office) -> None:
    office.save(A, person(1, name="SITI"))
    office.sync(A)
    office.save(A, updated(1, Kind.RESIDENT, "name", "SITA", "SITI AMINAH"))
    office.sync(A)
    with office.store.reading() as reader:
        (case,) = reader.open_cases(A)
        page = show_case(looking(reader), case.case_id, {}).shown
    choices = (frozenset(page.proposals), frozenset[bytes]())

    def deciding(accepted: frozenset[bytes]) -> str:
        words = {"shown": page, "reason": "akta", "registrar": office.registrar, "now_ms": NOW}
        decide(office.store, case.case_id, accepted, **words)  # type: ignore[arg-type]
        return "decided"

    done = at_once(*(lambda accepted=one: deciding(accepted) for one in choices))
    assert sorted(map(str, done)) == ["case-closed", "decided"]
    assert len(office.diary) == 1
    office.sync(A)
    assert office.fingerprints_agree()
