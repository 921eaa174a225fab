"""What the head of an RT may open and find: his own neighbours, whatever kind of record it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from register.areas import Area
from schemas.codes import EventKind
from schemas.errors import RefusedError
from schemas.fields import Kind
from tests.fakes_desk import Office, RealDesk
from tests.families import Home, settle
from tests.node_ground import NOW_MS
from tests.officers import session_of
from village_node.accounts import Accounts, Role, Scope, may_see, search_area
from village_node.store import NodeStore


@pytest.fixture
def home(office: Office) -> Home:
    return settle(office)


def scope_of(office: Office, home: Home) -> Scope:
    values = office.values(home.household)
    return Scope(rt=str(values["rt"]).lstrip("0"), rw=values["rw"], hamlet=values["hamlet"])


def records(office: Office, home: Home) -> dict[str, bytes]:
    return {
        "person": home.son,
        "family": home.household,
        "event": office.put(Kind.VITAL_EVENT, event_kind=int(EventKind.DEATH), subject_id=home.son),
        "request": office.put(Kind.REQUEST, applicant_id=home.father),
        "letter": office.put(Kind.LETTER, subject_id=home.mother),
    }


def test_neighbours_and_what_is_about_them_are_seen(office: Office, home: Home) -> None:
    mine = session_of(Role.RT_HEAD, scope_of(office, home))
    other = session_of(Role.RT_HEAD, Scope(rt="9", rw="9"))
    for name, record_id in records(office, home).items():
        assert may_see(mine, office, record_id), name
        assert not may_see(other, office, record_id), name
        for role in (Role.OPERATOR, Role.SECRETARY, Role.HEAD):
            assert may_see(session_of(role, Scope()), office, record_id), name


def test_who_moves_to_another_rt_is_seen_there(office: Office, home: Home) -> None:
    mine = session_of(Role.RT_HEAD, scope_of(office, home))
    elsewhere = office.put(Kind.HOUSEHOLD, address="JL. BARU 1", rt="009", rw="009", hamlet="BARU")
    office.change(home.son, household_id=elsewhere)
    assert not may_see(mine, office, home.son)
    assert may_see(session_of(Role.RT_HEAD, Scope(rt="9", rw="9")), office, home.son)


def test_what_belongs_to_no_family_is_the_offices(office: Office, home: Home) -> None:
    mine = session_of(Role.RT_HEAD, scope_of(office, home))
    loose = office.put(Kind.RESIDENT, name="TANPA KELUARGA")
    for record_id in (loose, office.put(Kind.VITAL_EVENT, subject_id=loose), office.put(Kind.REQUEST), bytes(16)):
        assert not may_see(mine, office, record_id)


def test_an_event_about_an_event_leads_nowhere(office: Office, home: Home) -> None:
    mine = session_of(Role.RT_HEAD, scope_of(office, home))
    one = office.put(Kind.VITAL_EVENT, subject_id=home.son)
    assert not may_see(mine, office, office.put(Kind.VITAL_EVENT, subject_id=one))


def test_a_search_looks_only_where_he_is_at_home(office: Office, home: Home) -> None:
    name = office.values(home.son)["name"]
    mine = session_of(Role.RT_HEAD, scope_of(office, home))
    other = session_of(Role.RT_HEAD, Scope(rt="9", rw="9"))
    with office.book() as book:
        found = [
            {one.record_id for one in book.families(name, area=search_area(who), limit=5)}
            for who in (mine, other, session_of(Role.OPERATOR, Scope()))
        ]
    assert found == [{home.household}, set(), {home.household}]


def test_asking_for_another_rt_leads_the_head_of_an_rt_home() -> None:
    mine = session_of(Role.RT_HEAD, Scope(rt="3", rw="2"))
    asked = Area(rt="9", rw="9", hamlet="KRAJAN", address="mawar")
    assert search_area(mine, asked) == Area(rt="3", rw="2", hamlet="KRAJAN", address="mawar")
    assert search_area(session_of(Role.OPERATOR, Scope()), asked) == asked


def test_a_look_beyond_the_scope_is_refused_and_noted(tmp_path: Path, enrolled_folder: Path) -> None:
    with NodeStore.open(Path(shutil.copytree(enrolled_folder, tmp_path / "office"))) as store:
        desk = RealDesk(store)
        home = settle(desk)
        accounts = Accounts(store, lambda: NOW_MS)
        mine, other = (session_of(Role.RT_HEAD, Scope(rt=rt, rw="2")) for rt in ("3", "4"))
        accounts.must_see(mine, desk, home.son, "resident")
        with pytest.raises(RefusedError) as caught:
            accounts.must_see(other, desk, home.son, "resident")
        assert caught.value.code == "out-of-scope"
        assert [view.is_refused for view in accounts.views(record_id=home.son)] == [True, False]
