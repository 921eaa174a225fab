"""Load a regency's population list (a SIAK export) into the registry, village by village, as the district's own data.

One family is one decision.  What a village says otherwise is reported and never overwritten: a value is written only
where the field is empty and no village has emptied it, or where the district itself wrote what stands there.  Nothing
is certified by it, and no event is made of a status: who is dead in the list died before the books begin.  Repeating a
file changes nothing and does what a broken run left; so the diary does not hold it, and a restored hub imports its file
again.  Reading and planning are ``register.importing``; a row of no known village goes nowhere (protocol 5.5).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from district_hub.existing import VillageRegister
from district_hub.reading import VillageSummary
from district_hub.registrar import Registrar, need_reason
from district_hub.store import HubRegistry, HubStore
from register.importing import (
    Conflict,
    FileMapping,
    ImportPlan,
    PlannedCreate,
    PlannedHousehold,
    PlannedUpdate,
    VillagePart,
    plan_import,
    read_table,
    split_by_village,
)
from schemas.errors import RefusedError
from schemas.fields import TAG_OWNER, Policy, policy_of
from schemas.identifiers import RegionCode
from sync_protocol.causes import decision_id
from sync_protocol.entries import Update
from sync_protocol.overlay import is_reserved
from sync_protocol.tables import REGISTRAR, Record, Stamp
from sync_protocol.timing import hub_eff

FAMILIES_PER_TRANSACTION = 50
"""How long a village that syncs meanwhile may wait: well below a second."""

VERB = "import"


@dataclass(frozen=True, slots=True)
class Difference:
    """A value of the file that was not written, and why: the village says otherwise, or a person must look."""

    record_id: bytes
    kind: int
    tag: int
    held: object
    wanted: object
    why: str


@dataclass
class VillageImport:
    """What importing did, or would do, to one village; ``plan`` has the counts of rows and the problems only."""

    village_id: int
    code: str
    name: str
    plan: ImportPlan
    families: int = 0
    created: int = 0
    written: int = 0
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class UnknownPlace:
    """Rows that were left alone as a whole: their village is not known, or not at this hub."""

    code: str
    district_name: str
    village_name: str
    rows: int
    why: str


@dataclass(frozen=True, slots=True)
class RegencyImport:
    """What an import found and did, village by village."""

    villages: tuple[VillageImport, ...]
    unknown: tuple[UnknownPlace, ...]


def import_regency(
    store: HubStore,
    path: Path,
    *,
    registrar: Registrar,
    now_ms: int,
    reason: str,
    mapping: FileMapping | None = None,
    know_village: Callable[[RegionCode], object] | None = None,
    progress: Callable[[str, int, int], None] = lambda _name, _done, _all: None,
) -> RegencyImport:
    """Import a file into every village that this hub knows and the file names; return what it did and what it left.

    Args:
        mapping: how a person has decided that the file is to be read.
        know_village: makes a village of the official list known at this hub; None leaves its rows alone.
        progress: told (village's name, families done, all) after each transaction.

    Raises ImportFileError for a file that is no table; RefusedError "reason-missing", and "no-village-here" if no row
    belongs to a village of this hub: then nothing was written.
    """
    reason = need_reason(reason)
    parts = split_by_village(read_table(path, mapping), RegionCode(store.district_code))
    if know_village is not None and not registrar.is_rehearsal:
        for code in _not_here(store, parts):
            know_village(code)
    here: list[tuple[VillageSummary, VillagePart]] = []
    unknown: list[UnknownPlace] = []
    with store.reading() as reader:
        for part in parts:
            village = reader.village_by_code(str(part.code)) if part.code is not None else None
            if village is None:
                why = "village-unknown" if part.code is None else "village-not-here"
                code_text = str(part.code or part.code_text)
                unknown.append(UnknownPlace(code_text, part.district_name, part.village_name, part.rows, why))
            else:
                here.append((village, part))
    if not here:
        raise RefusedError(
            "no row of the file belongs to a village of this hub",
            code="no-village-here",
            hint="Invite the villages first with `kampung hub invite CODE`; check the columns Kecamatan and Desa/Kel.",
        )
    writer = _Writer(store, registrar, now_ms, reason)
    done = [writer.import_part(village, part, progress) for village, part in sorted(here, key=lambda one: one[0].code)]
    return RegencyImport(tuple(done), tuple(unknown))


def _not_here(store: HubStore, parts: Iterable[VillagePart]) -> list[RegionCode]:
    with store.reading() as reader:
        codes = [part.code for part in parts if part.code is not None]
        return [code for code in codes if reader.village_by_code(str(code)) is None]


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the plans of villages as one registrar."""

    store: HubStore
    registrar: Registrar
    now_ms: int
    reason: str

    def import_part(
        self, village: VillageSummary, part: VillagePart, progress: Callable[[str, int, int], None]
    ) -> VillageImport:
        with self.store.reading() as reader:
            plan = plan_import(
                part.table,
                village_key=village.state.key,
                file_digest=part.table.file_digest,
                existing=VillageRegister(reader, village.village_id),
            )
        light = replace(plan, households=(), conflicts=())  # 200 villages' plans do not fit in memory
        done = VillageImport(village.village_id, village.code, village.name, light)
        done.differences += _refused_by_plan(plan.conflicts)
        finished = 0
        for some in _chunks(plan.households):
            self._write(done, some)
            finished += len(some)
            progress(village.name, finished, len(plan.households))
        return done

    def _write(self, done: VillageImport, families: Sequence[PlannedHousehold]) -> None:
        ids = {one.record_id for family in families for one in family.creates}
        ids |= {one.record_id for family in families for one in family.updates}
        if self.registrar.is_rehearsal:
            with self.store.reading() as reader:
                records = reader.records(ids)
                for family in families:
                    _count(done, _judge(family, records.get, done.village_id), is_written=True)
            return
        with self.store.village_transaction(done.village_id, self.now_ms) as registry:
            registry.tables.records.prefetch(ids)
            registry.tables.held.prefetch([(done.village_id, record_id) for record_id in ids])
            for family in families:
                judged = _judge(family, registry.record, done.village_id)
                _count(done, judged, is_written=self._write_family(registry, done.village_id, judged))

    def _write_family(self, registry: HubRegistry, village_id: int, judged: _Judged) -> bool:
        if not judged.creates and not judged.updates:
            return False
        decision = decision_id(os.urandom(16))
        stamp = Stamp(hub_eff(registry.now_ms), decision, REGISTRAR)
        for create in judged.creates:
            body = {tag: value for tag, value in create.body.items() if not is_reserved(create.kind, tag)}
            registry.create(create.record_id, create.kind, {**body, TAG_OWNER: village_id}, stamp, decision)
        for one in judged.updates:
            registry.write(one.record_id, Update(one.record_id, one.tag, one.old, one.new), stamp, decision)
        registry.tables.decisions_done[decision] = True
        registry.note(decision, self.registrar.name, VERB, self.reason)
        registry.commit(None, hub_eff(registry.now_ms))
        return True


@dataclass(frozen=True, slots=True)
class _Judged:
    """One family's part of a plan, against what the registry holds under the lock."""

    creates: tuple[PlannedCreate, ...]
    updates: tuple[PlannedUpdate, ...]
    differences: tuple[Difference, ...]


def _judge(family: PlannedHousehold, record_of: Callable[[bytes], Record | None], village_id: int) -> _Judged:
    creates: list[PlannedCreate] = []
    updates: list[PlannedUpdate] = []
    left: list[Difference] = []
    for create in family.creates:
        known = record_of(create.record_id)
        if known is None:
            creates.append(create)
        else:  # it has moved to another village since, or arrived while this import ran
            left.append(Difference(create.record_id, create.kind, 0, None, None, "record-elsewhere"))
    for update in family.updates:
        known = record_of(update.record_id)
        why = _why_not(known, update, village_id)
        if why:
            held = known.body.get(update.tag) if known is not None else None
            left.append(Difference(update.record_id, update.kind, update.tag, held, update.new, why))
        else:
            updates.append(update)
    return _Judged(tuple(creates), tuple(updates), tuple(left))


def _why_not(record: Record | None, update: PlannedUpdate, village_id: int) -> str:
    """Return why an import must not write a value, or nothing if it may."""
    if record is None or record.owner != village_id or record.body.get(update.tag) != update.old:
        return "changed-meanwhile"
    if record.is_void or record.merged_into is not None:
        return "not-standing"
    if record.is_certified and policy_of(record.kind, update.tag) is Policy.IDENTITY:
        return "certified"
    written = record.stamps.get(update.tag)
    if update.old is None:
        is_villages = written is not None and written.source != REGISTRAR
    else:
        is_villages = record.stamp_of(update.tag).source != REGISTRAR
    return "village-says-otherwise" if is_villages else ""


def _refused_by_plan(conflicts: Iterable[Conflict]) -> Iterator[Difference]:
    for conflict in conflicts:
        why = ",".join(conflict.codes)
        if not conflict.updates:
            yield Difference(conflict.record_id, conflict.kind, 0, None, None, why)
        for one in conflict.updates:
            yield Difference(one.record_id, one.kind, one.tag, one.old, one.new, why)


def _count(done: VillageImport, judged: _Judged, *, is_written: bool) -> None:
    done.differences += judged.differences
    if is_written and (judged.creates or judged.updates):
        done.families += 1
        done.created += len(judged.creates)
        done.written += len(judged.updates)


def _chunks(families: Iterable[PlannedHousehold]) -> Iterator[list[PlannedHousehold]]:
    remaining = iter(families)
    while some := list(islice(remaining, FAMILIES_PER_TRANSACTION)):
        yield some
