"""What a forked process does until it is killed: each deed reports what it would have told a person as saved.

Every deed may be repeated: it goes on where it stopped, as a person would who sees what is there.  Clocks stand still.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from district_hub.case_pages import show_case
from district_hub.corrections import Corrected, correct
from district_hub.dispatcher import dispatch_after
from district_hub.hub import Hub
from district_hub.nightly_job import reconcile
from district_hub.registrar import Registrar, looking
from district_hub.registration_queue import IssuedNumbers, refuse_event, register_event
from district_hub.review import decide
from district_hub.store import HubStore
from district_hub.web import create_app, make_server
from register.tables import RESIDENT
from schemas.bodies import values_of
from schemas.codes import LifeStatus, Relation, Sex
from schemas.fields import Kind
from tests.node_ground import DAY_MS, NOW_MS
from village_node.carriers.http import HttpCarrier
from village_node.desk import Batch, Desk
from village_node.importing import apply_batch, preview_file
from village_node.registration import BirthForm, DeathForm, register_birth, register_death
from village_node.registration import corrections as village_corrections
from village_node.store import NodeStore, Working
from village_node.syncer import synchronise

VILLAGE, HUB, LIST = "desa", "hub", "penduduk.xlsx"
LATER_MS = NOW_MS + DAY_MS
TODAY = dt.date(2026, 11, 18)
STEP_FAMILIES = 6
"""Of an import, so that a small village has many commits to be killed between."""

Report = Callable[..., None]
_WORDS = ("MELATI", "KENANGA", "CEMPAKA", "SERUNI", "DAHLIA", "MAWAR", "ANGGREK", "TERATAI", "ASTER", "SAKURA")


def clock() -> int:
    """Return the time that all deeds share."""
    return LATER_MS


class StepDesk(Desk):
    """A desk whose imports commit every few families."""

    def save_many(
        self,
        batches: Iterable[Batch],
        progress: Callable[[int], None] | None = None,
        *,
        noted: Callable[[Working, int, int], None] | None = None,
        per_transaction: int = STEP_FAMILIES,
    ) -> int:
        return super().save_many(batches, progress, noted=noted, per_transaction=STEP_FAMILIES)


# -- the village


def import_list(folder: Path, report: Report) -> None:
    """Import the list, and report how many families are durable."""
    with NodeStore.open(folder / VILLAGE) as store:
        desk = StepDesk(store, "SITI", clock)
        before = store.state().entry_count
        preview = preview_file(desk, folder / LIST)
        apply_batch(desk, preview, lambda done: report(durable=before + done))


def register(folder: Path, report: Report, *, count: int, first: int = 0) -> None:
    """Record births, deaths and corrections one after the other, and report each change id."""
    with NodeStore.open(folder / VILLAGE) as store:
        desk = Desk(store, "SITI", clock)
        known = people(store)
        for number in range(first, first + count):
            change_id = _record(desk, known, number)
            if change_id is not None:
                report(saved=change_id.hex())


def child_name(number: int) -> str:
    """Return the name of the child of the n-th deed."""
    return f"{_WORDS[number // 100 % 10]} {_WORDS[number // 10 % 10]} {_WORDS[number % 10]}"


def people(store: NodeStore) -> list[bytes]:
    """Return the imported people who head no family, by id: the same in every run."""
    mine = (
        RESIDENT.c.relation != int(Relation.HEAD),
        RESIDENT.c.household_id.is_not(None),
        RESIDENT.c.nik.is_not(None),
    )
    with store.reading() as working:
        return list(
            working.connection.scalars(select(RESIDENT.c.record_id).where(*mine).order_by(RESIDENT.c.record_id))
        )


def _record(desk: Desk, known: list[bytes], number: int) -> bytes | None:
    """Do the n-th deed unless it is done already."""
    person_id = known[number % len(known)]
    values = desk.values(person_id)
    if number % 3 == 0:
        name = child_name(number)
        if any(found.resident.name == name for found in desk.find(name)):
            return None
        form = BirthForm(
            name=name,
            sex=int(Sex.FEMALE),
            birth_on=TODAY - dt.timedelta(days=9),
            household_id=values["household_id"],
            relation=int(Relation.CHILD),
        )
        return register_birth(desk, form).change_id
    if number % 3 == 1:
        if values["life_status"] != LifeStatus.ALIVE:
            return None
        died_on = TODAY - dt.timedelta(days=3)
        return register_death(desk, DeathForm(person_id=person_id, died_on=died_on)).change_id
    wanted = {"phone": f"08120009{number:04d}"}
    if values.get("phone") == wanted["phone"]:
        return None
    return village_corrections.correct(desk, person_id, {"phone": values.get("phone")}, wanted).change_id


def correct_names(folder: Path, report: Report, *, count: int) -> None:
    """Correct the names of people at the village: cases, once the district has certified or corrected them."""
    with NodeStore.open(folder / VILLAGE) as store:
        desk = Desk(store, "SITI", clock)
        for number, person_id in enumerate(reversed(people(store)[-count:])):
            shown = {"name": desk.values(person_id)["name"]}
            done = village_corrections.correct(desk, person_id, shown, {"name": f"SITI {child_name(number)}"})
            report(saved=done.change_id.hex() if done.change_id else None)


def sync(folder: Path, report: Report, *, url: str) -> None:
    """Run one session with a hub."""
    carrier = HttpCarrier(url, wait_s=lambda _: None, read_timeout_s=30.0)
    with NodeStore.open(folder / VILLAGE) as store:
        result = synchronise(store, carrier, now_ms=clock)
    carrier.close()
    report(session=result.code, sent=result.entries_sent)


def open_village(folder: Path, report: Report) -> None:
    """Open the village's database, which brings it to the present schema."""
    with NodeStore.open(folder / VILLAGE) as store:
        report(entries=store.state().entry_count)


# -- the district


def serve(folder: Path, report: Report) -> None:
    """Serve the hub until killed."""
    with Hub.open(folder / HUB) as hub:

        def after_commit(store: HubStore, village_id: int, at_ms: int) -> None:
            dispatch_after(store, village_id, at_ms)

        receiver = hub.receiver(after_commit, clock=clock)
        app = create_app(receiver, hub.enrolment)
        make_server(app, host="127.0.0.1", port=0, ready=lambda url: report(url=url)).run()


def review(folder: Path, report: Report, *, corrections: int = 6) -> None:
    """Register or refuse what waits, decide every case, correct a few people; report each decision."""
    with Hub.open(folder / HUB) as hub:
        registrar = Registrar("Bu Ratna", hub.write_diary)
        for number, event_id in enumerate(_waiting(hub)):
            if number % 3:
                numbers = IssuedNumbers(f"AL-{event_id.hex()[-8:]}")
                register_event(hub.store, event_id, numbers=numbers, registrar=registrar, now_ms=LATER_MS)
            else:
                refuse_event(hub.store, event_id, "surat kurang", registrar=registrar, now_ms=LATER_MS)
            report(event=event_id.hex())
        for case_id in _open_cases(hub):
            with hub.store.reading() as reader:
                page = show_case(looking(reader), case_id, {}).shown
            accepted = frozenset(page.proposals)
            decide(hub.store, case_id, accepted, shown=page, reason="akta", registrar=registrar, now_ms=LATER_MS)
            report(case=case_id.hex())
        for number, record_id in enumerate(_somebody(hub, corrections)):
            with hub.store.reading() as reader:
                record = reader.record(record_id)
            assert record is not None
            shown = values_of(Kind.RESIDENT, record.body).get("email")
            wanted = f"warga{number}@contoh.id"
            if shown != wanted:
                one = Corrected("email", shown, wanted)
                correct(hub.store, record_id, [one], reason="permintaan", registrar=registrar, now_ms=LATER_MS)
                report(corrected=record_id.hex())


def correct_at_hub(folder: Path, report: Report, *, count: int) -> None:
    """Correct names of the people that the village will correct too."""
    with Hub.open(folder / HUB) as hub:
        registrar = Registrar("Bu Ratna", hub.write_diary)
        with NodeStore.open(folder / VILLAGE) as store:
            known = people(store)[-count:]
        for number, record_id in enumerate(known):
            with hub.store.reading() as reader:
                record = reader.record(record_id)
            assert record is not None
            shown = values_of(Kind.RESIDENT, record.body)["name"]
            one = Corrected("name", shown, f"DEWI {child_name(number)}")
            correct(hub.store, record_id, [one], reason="akta", registrar=registrar, now_ms=LATER_MS)
            report(corrected=record_id.hex())


def _waiting(hub: Hub) -> list[bytes]:
    with hub.store.reading() as reader:
        return sorted(one.record_id for one in reader.waiting_events())


def _open_cases(hub: Hub) -> list[bytes]:
    with hub.store.reading() as reader:
        return [one.case_id for one in reader.open_cases()]


def _somebody(hub: Hub, count: int) -> list[bytes]:
    with hub.store.reading() as reader:
        village = reader.villages()[0].village_id
        return sorted(one.record_id for one in reader.records_of_kind(village, Kind.RESIDENT))[:count]


def nightly(folder: Path, report: Report, *, night: int = 0) -> None:
    """Do a night's work; report the backup that it calls safe."""
    with Hub.open(folder / HUB) as hub:
        result = reconcile(hub, lambda: LATER_MS + night * DAY_MS)
        report(backup=result.backup.file, fault=result.backup.fault, reconciled=result.reconciled)


def open_hub(folder: Path, report: Report) -> None:
    """Open the hub, which brings its database to the present schema."""
    with Hub.open(folder / HUB) as hub:
        report(villages=len(_villages(hub)))


def _villages(hub: Hub) -> list[Any]:
    with hub.store.reading() as reader:
        return reader.villages()


def nothing(_folder: Path, report: Report) -> None:
    """Do nothing: what a fork alone costs."""
    report(pid=os.getpid())


DEEDS: dict[str, Callable[..., None]] = {
    deed.__name__: deed
    for deed in (
        import_list,
        register,
        correct_names,
        sync,
        open_village,
        serve,
        review,
        correct_at_hub,
        nightly,
        open_hub,
        nothing,
    )
}
