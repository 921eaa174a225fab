"""Register a death: the person's status and the event that the district will register (F-2.01, UU 24/2013 art. 44).

A family whose head died needs a new one; that is derived from the records wherever it is shown, so nothing of the
family changes here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from schemas.codes import EventKind, LifeStatus
from sync_protocol.entries import EntryKind
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.filing import Report, file_event
from village_node.registration.form_checks import check_not_future, check_order
from village_node.registration.subjects import MARRIED, Person, known_family, not_living, person_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DeathForm(Report):
    """A death as declared; ``cause`` and ``certifier`` are codes of death_cause and death_certifier."""

    person_id: bytes
    died_on: dt.date
    place: str | None = None
    cause: int | None = None
    certifier: int | None = None


def register_death(desk: DeskPort, form: DeathForm, *, dry_run: bool = False) -> Recorded:
    """Record a death as one entry.

    Raises RefusedError "person-not-living" for somebody already dead or departed, DataError for a wrong date or code.
    """
    draft = EntryDraft(desk)
    person = person_of(desk, form.person_id)
    is_missing = person.values.get("life_status") == LifeStatus.MISSING and person.values.get("void") is None
    if not person.is_living and not is_missing:
        raise not_living(person)
    check_not_future(form.died_on, desk.today(), "died_on", "Tanggal meninggal")
    check_order(person.birth_on, form.died_on, "died_on", "Tanggal meninggal lebih awal daripada tanggal lahir")
    _caution_family(draft, desk, person)
    draft.update(form.person_id, {"life_status": int(LifeStatus.DEAD), "died_on": form.died_on})
    file_event(
        draft,
        EventKind.DEATH,
        form,
        {
            "subject_id": form.person_id,
            "household_id": person.household_id,
            "occurred_on": form.died_on,
            "place": form.place,
            "cause": form.cause,
            "certifier": form.certifier,
        },
    )
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _caution_family(draft: EntryDraft, desk: DeskPort, person: Person) -> None:
    """Say what the death leaves to do; both are decisions of the family and the law, not of this entry."""
    family = known_family(desk, person.household_id)
    if family is None:
        return
    is_head = family.head_id == person.record_id
    if is_head and family.without([person]):
        draft.caution("household-needs-head", "household_id", "Keluarga ini perlu kepala keluarga dan KK baru.")
    # Who is married to whom is known for sure only where one of the two is head.
    if is_head:
        widowed: tuple[Person, ...] = family.spouses
    else:
        widowed = (family.head,) if family.head is not None and person in family.spouses else ()
    for spouse in widowed:
        if spouse.values.get("marital_status") in MARRIED:
            draft.caution("spouse-widowed", "marital_status", f"Status perkawinan {spouse.name} masih kawin.")
