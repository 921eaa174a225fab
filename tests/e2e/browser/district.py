"""Let the village of the browser tests meet a district: what was sent, held, taken differently, refused and damaged.

The hub is the one of dictionaries, over real sealed messages; what it decides follows its real rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.bodies import body_of
from schemas.fields import TAG_OWNER, Kind, tag_of
from sync_protocol import decisions
from sync_protocol.admission import put_inbox
from sync_protocol.causes import DISPATCHER, decision_id
from sync_protocol.registry import Registry
from sync_protocol.tables import Stamp
from tests.journal_damage import damage
from tests.node_ground import VILLAGE, FakeDistrict, HubCarrier
from village_node.desk import Desk
from village_node.inbox import read_inbox
from village_node.inbox_answers import ask_district
from village_node.journal_mending import mend_journal
from village_node.registration import correct
from village_node.syncer import synchronise

NAME, PHONE, MOTHER = (tag_of(Kind.RESIDENT, name) for name in ("name", "phone", "mother_name"))


def meet(desk: Desk, district: FakeDistrict) -> None:
    """Bring both sides together and let the district make its checked backup of what it has: two ticks."""
    carrier = HubCarrier(district)
    synchronise(desk.store, carrier)
    state = desk.store.state()
    district.safe = (state.feed_seq, state.journal_seq)
    synchronise(desk.store, carrier)


def disagree(desk: Desk, district: FakeDistrict, people: Sequence[dict[str, Any]]) -> None:
    """Fill the inbox with one matter of each kind; ``people`` are six residents that nobody else changes."""
    refused, held, lost, overwritten, asked, damaged = (bytes.fromhex(one["id"]) for one in people)
    mothers = _correct(desk, asked, "menurut buku nikah", mother_name="St. Khadijah")
    older = _correct(desk, overwritten, "disebut sendiri", phone="081290001234")
    meet(desk, district)
    with district.hub.transaction() as registry:
        # The district wrote something else after the village had last looked.
        for number, one in enumerate((refused, held, lost)):
            _edit(registry, one, NAME, people[number]["name"], f"{people[number]['name']} M")
        _edit(registry, overwritten, PHONE, "081290001234", "081290005678")
        _edit(registry, asked, MOTHER, "St. Khadijah", "SITI KHADIJAH")
    _correct(desk, refused, "sesuai akta kelahiran", name="NUR'AINI")
    _correct(desk, held, "ejaan menurut ijazah", name="MA'RUF HIDAYATULLAH")
    _correct(desk, lost, "ejaan menurut KTP lama", name="Moh. Ra'uf")
    _correct(desk, lost, "ejaan menurut akta", name="Mohammad Ra'uf")
    meet(desk, district)
    _decide(district, refused, "tidak sesuai akta", is_accepted=False)
    _decide(district, lost, "sesuai akta kelahiran", is_accepted=True)
    with district.hub.transaction() as registry:
        put_inbox(registry, VILLAGE, "overwritten", older, overwritten, PHONE, DISPATCHER)
        put_inbox(registry, VILLAGE, "overwritten", mothers, asked, MOTHER, DISPATCHER)
        flag = {"flag": "nik-twice", "about_id": asked, "is_open": True, "elsewhere": True}
        registry.create(
            b"\xf1" * 16, Kind.FLAG, {**body_of(Kind.FLAG, flag), TAG_OWNER: VILLAGE}, Stamp(0, DISPATCHER), DISPATCHER
        )
        registry.commit()
    meet(desk, district)
    for matter in read_inbox(desk.store):
        if matter.about_id == asked and matter.code == "overwritten":
            ask_district(desk, matter, "Ibunya memang bernama begitu menurut buku nikah; mengapa ditimpa?")
    done = _correct(desk, damaged, "nomor baru", phone="081290003333")
    damage(desk.store, done, "wall_ms")
    mend_journal(desk.store)
    meet(desk, district)


def _edit(registry: Registry, record_id: bytes, tag: int, old: Any, new: Any) -> None:
    edit = decisions.Edit(record_id, tag, old, new)
    assert decisions.edit(registry, [edit], decision_id(record_id)), "the district has another value"


def _decide(district: FakeDistrict, about: bytes, reason: str, *, is_accepted: bool) -> None:
    """Let the registrar decide every case about somebody."""
    cases = [one for one in district.hub.database["records"].values() if one.kind == Kind.CASE]
    with district.hub.transaction() as registry:
        for case in cases:
            page = decisions.page_of(registry, case)
            if any(one[0] == about for one in page.current):
                accepted = frozenset(page.proposals if is_accepted else ())
                number = decision_id(about)
                assert decisions.decide(registry, case.record_id, accepted, page, number, reason)


def _correct(desk: Desk, record_id: bytes, reason: str, **wanted: Any) -> bytes:
    shown = desk.values(record_id)
    done = correct(desk, record_id, shown, {**shown, **wanted}, reason=reason)
    assert done.change_id is not None
    return done.change_id
