"""``kampung village event``: birth, death, moves, list, papers, cancel; the other events come from ``event_table``.

It is longer than most modules because births and moves ask more than a row of that table can say.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from village_node.commands.event_commands import add_event_commands
from village_node.commands.households import Address, Hamlet, PostalCode, Rt, Rw, address_typed
from village_node.commands.options import (
    DEFAULT_DIRECTORY,
    AsJson,
    Directory,
    DryRun,
    InformantName,
    InformantNik,
    Officer,
    On,
    Papers,
    PapersCase,
    Relations,
    Witnesses,
    day_typed,
    new_app,
    open_desk,
    papers_to_tree,
    put_json,
    report_typed,
    say,
    tell_saved,
)

if TYPE_CHECKING:
    from village_node.desk import Desk
    from village_node.registration import Newcomer

event_app = new_app(
    "Vital events and moves: record, list, cancel.", "kampung village event death 3510... --on 17-08-2026"
)

add_event_commands(event_app)

Sex = Annotated[str, typer.Option("--sex", help="L or P, or the code.")]
Relation = Annotated[str, typer.Option("--relation", help="Relation to the head: code or word.")]


@event_app.command("birth", epilog='Example: kampung village event birth --mother 3510... --name "Putri Ayu" --sex P')
def birth(
    name: Annotated[str, typer.Option("--name", help="The child's name: letters, at most 60, no abbreviation.")],
    sex: Sex,
    on: On = "",
    mother: Annotated[str, typer.Option("--mother", help="The mother here: NIK, id or clear name.")] = "",
    father: Annotated[str, typer.Option("--father", help="The father here: NIK, id or clear name.")] = "",
    mother_name: Annotated[str, typer.Option("--mother-name", help="A mother who is not in this register.")] = "",
    father_name: Annotated[str, typer.Option("--father-name", help="A father who is not in this register.")] = "",
    household: Annotated[str, typer.Option("--household", help="Another family than the mother's.")] = "",
    relation: Relation = "",
    place: Annotated[str, typer.Option("--place", help="Place of birth.")] = "",
    details: Annotated[
        list[str] | None,
        typer.Option("--set", help="FIELD=VALUE of the event, e.g. weight_g=3100, birth_attendant=BIDAN; repeat it."),
    ] = None,
    informant: InformantName = "",
    informant_nik: InformantNik = "",
    witnesses: Witnesses = None,
    brought: Papers = None,
    case: PapersCase = "",
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Record a birth: the child joins the mother's family; NIK and certificate follow from the district."""
    from schemas.fields import Kind
    from village_node.commands.record_names import household_named, person_named
    from village_node.registration import BirthForm, register_birth
    from village_node.registration.typed_values import parse_field

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        form = BirthForm(
            name=name,
            sex=parse_field(Kind.RESIDENT, "sex", sex),
            birth_on=day_typed(on, desk),
            birth_place=place or None,
            mother_id=person_named(desk, mother) if mother else None,
            father_id=person_named(desk, father) if father else None,
            mother_name=mother_name or None,
            father_name=father_name or None,
            household_id=household_named(desk, household) if household else None,
            relation=parse_field(Kind.RESIDENT, "relation", relation),
            **report_typed(informant, informant_nik, witnesses, brought, case),
            **_birth_details(details or []),
        )
        done = register_birth(desk, form, dry_run=dry_run)
    tell_saved(done, f"kelahiran {name}", as_json=as_json, dry_run=dry_run)


_BIRTH_DETAILS = ("birth_place_kind", "birth_kind", "birth_order", "birth_attendant", "weight_g", "length_cm")


def _birth_details(pairs: list[str]) -> dict[str, Any]:
    from schemas.errors import DataError
    from schemas.fields import Kind
    from village_node.registration.typed_values import parse_field

    found = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        if name not in _BIRTH_DETAILS:
            raise DataError(
                f"Isian {name!r} tidak dikenal", code="field-unknown", hint=f"Yang ada: {', '.join(_BIRTH_DETAILS)}."
            )
        found[name] = parse_field(Kind.VITAL_EVENT, name, text)
    return found


@event_app.command("death", epilog="Example: kampung village event death 3510... --on 17-08-2026 --place RUMAH")
def death(
    who: Annotated[str, typer.Argument(help="Who died: NIK, id or clear name.")],
    on: On = "",
    place: Annotated[str, typer.Option("--place", help="Where.")] = "",
    cause: Annotated[str, typer.Option("--cause", help="Cause: code or word of F-2.01.")] = "",
    certifier: Annotated[str, typer.Option("--certifier", help="Who certified it: code or word.")] = "",
    informant: InformantName = "",
    informant_nik: InformantNik = "",
    witnesses: Witnesses = None,
    brought: Papers = None,
    case: PapersCase = "",
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Record a death; a family whose head died is listed as needing a new one."""
    from schemas.fields import Kind
    from village_node.commands.record_names import person_named
    from village_node.registration import DeathForm, register_death
    from village_node.registration.typed_values import parse_field

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        form = DeathForm(
            person_id=person_named(desk, who),
            died_on=day_typed(on, desk),
            place=place or None,
            cause=parse_field(Kind.VITAL_EVENT, "cause", cause),
            certifier=parse_field(Kind.VITAL_EVENT, "certifier", certifier),
            **report_typed(informant, informant_nik, witnesses, brought, case),
        )
        done = register_death(desk, form, dry_run=dry_run)
    tell_saved(done, "kematian", as_json=as_json, dry_run=dry_run)


@event_app.command("move-out", epilog="Example: kampung village event move-out --household 3510... --to 35.10.09.2004")
def move_out(
    to: Annotated[str, typer.Option("--to", help="Official code of the village, or the place in words.")],
    household: Annotated[str, typer.Option("--household", help="The whole family: number, id or one of it.")] = "",
    movers: Annotated[list[str] | None, typer.Option("--mover", help="One who leaves; repeat it.")] = None,
    on: On = "",
    reason: Annotated[str, typer.Option("--reason", help="Reason: code or word of F-1.03.")] = "",
    informant: InformantName = "",
    informant_nik: InformantNik = "",
    witnesses: Witnesses = None,
    brought: Papers = None,
    case: PapersCase = "",
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Record a departure, of a whole family or of some of its people."""
    from schemas.fields import Kind
    from village_node.commands.record_names import household_named, people_named
    from village_node.registration import MoveOutForm, register_move_out
    from village_node.registration.typed_values import parse_field

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        form = MoveOutForm(
            left_on=day_typed(on, desk),
            destination=to,
            household_id=household_named(desk, household) if household else None,
            movers=people_named(desk, movers or []),
            reason=parse_field(Kind.VITAL_EVENT, "move_reason", reason),
            **report_typed(informant, informant_nik, witnesses, brought, case),
        )
        done = register_move_out(desk, form, dry_run=dry_run)
    tell_saved(done, "pindah keluar", as_json=as_json, dry_run=dry_run)


@event_app.command(
    "move-in",
    epilog='Example: kampung village event move-in --from 35.10.09.2004 --name "Joko" --sex L; '
    'a line of --people is {"name": "Joko", "sex": "L", "relation": "KEPALA KELUARGA", "nik": "3510..."}',
)
def move_in(
    origin: Annotated[str, typer.Option("--from", help="Official code of the village, or the place in words.")],
    name: Annotated[str, typer.Option("--name", help="Full name of the one who arrives.")] = "",
    sex: Sex = "",
    relation: Relation = "KEPALA KELUARGA",
    nik: Annotated[str, typer.Option("--nik", help="NIK; a former resident is known again by it.")] = "",
    birth_on: Annotated[str, typer.Option("--birth-on", help="Date of birth, dd-mm-yyyy.")] = "",
    birth_place: Annotated[str, typer.Option("--birth-place", help="Place of birth.")] = "",
    details: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=VALUE of the person, e.g. religion=ISLAM; repeat it.")
    ] = None,
    people: Annotated[
        Path | None, typer.Option("--people", help="JSONL, one person a line, all arriving together.")
    ] = None,
    household: Annotated[str, typer.Option("--household", help="A family here that takes them in.")] = "",
    family_number: Annotated[str, typer.Option("--family-number", help="Number that a new family brings along.")] = "",
    on: On = "",
    address: Address = "",
    hamlet: Hamlet = "",
    rw: Rw = "",
    rt: Rt = "",
    postal_code: PostalCode = "",
    reason: Annotated[str, typer.Option("--reason", help="Reason: code or word of F-1.03.")] = "",
    witnesses: Witnesses = None,
    brought: Papers = None,
    case: PapersCase = "",
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Record an arrival, as a new family or into one that is here; a former resident comes back as the same person."""
    from schemas.fields import Kind
    from village_node.commands.batches import parse_line, read_lines
    from village_node.commands.record_names import household_named
    from village_node.registration import MoveInForm, register_move_in
    from village_node.registration.typed_values import parse_field

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        lines = [parse_line(line) for line in read_lines(people)] if people is not None else []
        if name:
            own = dict(pair.partition("=")[::2] for pair in details or [])
            own |= {"name": name, "sex": sex, "relation": relation, "nik": nik}
            lines.insert(0, own | {"birth_on": birth_on, "birth_place": birth_place})
        form = MoveInForm(
            arrived_on=day_typed(on, desk),
            origin=origin,
            newcomers=tuple(_newcomer(desk, line) for line in lines),
            household_id=household_named(desk, household) if household else None,
            address=address_typed(address, hamlet, rw, rt, postal_code),
            family_number=parse_field(Kind.HOUSEHOLD, "family_number", family_number),
            reason=parse_field(Kind.VITAL_EVENT, "move_reason", reason),
            **report_typed("", "", witnesses, brought, case),
        )
        done = register_move_in(desk, form, dry_run=dry_run)
    tell_saved(done, "pindah datang", as_json=as_json, dry_run=dry_run)


def _newcomer(desk: Desk, line: dict[str, Any]) -> Newcomer:
    """Return a newcomer of texts; raises DataError "field-unknown" or "value-missing"."""
    from dataclasses import fields

    from schemas.errors import DataError
    from schemas.fields import Kind
    from village_node.commands.record_names import person_named
    from village_node.registration import Newcomer
    from village_node.registration.typed_values import parse_field

    names = {one.name for one in fields(Newcomer)} - {"person_id"} | {"person"}
    values: dict[str, Any] = {}
    for name, value in line.items():
        if name not in names:
            raise DataError(
                f"Isian {name!r} tidak dikenal", code="field-unknown", hint=f"Yang ada: {', '.join(sorted(names))}."
            )
        text = "" if value is None else str(value)
        if name == "person":
            values["person_id"] = person_named(desk, text) if text else None
        else:
            values[name] = parse_field(Kind.RESIDENT, name, text)
    for name in ("name", "sex", "relation"):
        if values.get(name) is None:
            raise DataError(
                f"{name} belum diisi", code="value-missing", hint="Isi nama, jenis kelamin dan hubungan.", field=name
            )
    return Newcomer(**values)


@event_app.command(
    "move-inside", epilog="Example: kampung village event move-inside --household 3510... --hamlet KRAJAN"
)
def move_inside(
    household: Annotated[str, typer.Option("--household", help="The family that moves, or that takes the movers in.")],
    movers: Annotated[
        list[str] | None, typer.Option("--mover", help="Somebody who joins that family; repeat it.")
    ] = None,
    relations: Relations = [],  # noqa: B006 - typer copies it
    old_head: Annotated[str, typer.Option("--old-head", help="Who takes over the family that a head leaves.")] = "",
    on: On = "",
    address: Address = "",
    hamlet: Hamlet = "",
    rw: Rw = "",
    rt: Rt = "",
    postal_code: PostalCode = "",
    witnesses: Witnesses = None,
    brought: Papers = None,
    case: PapersCase = "",
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Record a family's new address here, or people who join another family here."""
    from village_node.commands.record_names import household_named, people_named, person_named, relations_typed
    from village_node.registration import JoinForm, MoveInsideForm, register_join, register_move_inside

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        target, day = household_named(desk, household), day_typed(on, desk)
        if movers:
            people = people_named(desk, movers)
            stated = relations_typed(desk, relations)
            form = JoinForm(
                household_id=target,
                movers=people,
                moved_on=day,
                relations={person: relation for person, relation in stated.items() if person in people},
                old_head_id=person_named(desk, old_head) if old_head else None,
                old_relations={person: relation for person, relation in stated.items() if person not in people},
                **report_typed("", "", witnesses, brought, case),
            )
            done = register_join(desk, form, dry_run=dry_run)
        else:
            where = address_typed(address, hamlet, rw, rt, postal_code)
            done = register_move_inside(
                desk,
                MoveInsideForm(
                    household_id=target,
                    moved_on=day,
                    address=where.address,
                    hamlet=where.hamlet,
                    rw=where.rw,
                    rt=where.rt,
                    postal_code=where.postal_code,
                    **report_typed("", "", witnesses, brought, case),
                ),
                dry_run=dry_run,
            )
    tell_saved(done, "pindah dalam desa", as_json=as_json, dry_run=dry_run)


@event_app.command("list", epilog="Example: kampung village event list --open")
def list_events(
    only_open: Annotated[bool, typer.Option("--open", help="Only those that wait for the district.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=5000, help="At most so many.")] = 50,
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """List vital events with their state, the newest entry first."""
    from schemas.codes import code_list

    with open_desk(directory) as desk:
        with desk.book() as book:
            found = {key: shape.model_dump() for key, shape in book.events(only_open=only_open, limit=limit).items()}
        subjects = desk.shown_many([values["subject_id"] for values in found.values() if values["subject_id"]])
    names = {record_id: shown.body.get(17) for record_id, shown in subjects.items()}
    listed = [
        {
            "id": record_id.hex(),
            "kind": values["event_kind"],
            "state": values["state"],
            "subject": values["subject_id"],
            "name": names.get(values["subject_id"]),
            "occurred_on": values["occurred_on"],
            "entered_on": values["entered_on"],
            "registered_on": values["registered_on"],
            "registration_number": values["registration_number"],
            "refusal_reason": values["refusal_reason"],
        }
        for record_id, values in found.items()
    ]
    if as_json:
        put_json({"events": listed})
        return
    for one in listed:
        kind = code_list("event_kind").label(one["kind"]) if one["kind"] is not None else "-"
        state = code_list("event_state").label(one["state"]) if one["state"] is not None else "-"
        why = f"  ({one['refusal_reason']})" if one["refusal_reason"] else ""
        typer.echo(f"{one['id']}  {one['occurred_on'] or '-'}  {kind:<22} {state:<11} {one['name'] or ''}{why}")
    if not listed:
        say("Tidak ada peristiwa.")


@event_app.command("papers", epilog="Example: kampung village event papers 0190c0de... --paper kk")
def papers(
    event: Annotated[str, typer.Argument(help="Id of the event, from the list.")],
    brought: Annotated[
        list[str] | None, typer.Option("--paper", help="Code of a paper that is there now; repeat it.")
    ] = None,
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Show which papers an event needs and which are there; note papers that were brought later."""
    from village_node.commands.record_names import id_typed
    from village_node.registration import bring_papers, event_papers

    with open_desk(directory, officer, to_write=bool(brought) and not dry_run) as desk:
        event_id = id_typed(event, "Peristiwa")
        if brought:
            listed = bring_papers(desk, event_id, tuple(brought), dry_run=dry_run).papers
        else:
            listed = event_papers(desk, event_id)
    if as_json:
        put_json({"papers": papers_to_tree(listed)})
        return
    for one in listed:
        typer.echo(f"{'ada  ' if one.is_present else 'belum'}  {one.code:<18} {one.label}")
    if not listed:
        say("Tidak ada berkas yang diminta.")


@event_app.command("cancel", epilog='Example: kampung village event cancel 0190c0de... --reason "salah orang"')
def cancel(
    event: Annotated[str, typer.Argument(help="Id of the event, from the list.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it did not happen so.")],
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Cancel an event that the district has not registered yet, and take back what it did."""
    from village_node.commands.record_names import id_typed
    from village_node.registration import cancel_event

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        done = cancel_event(desk, id_typed(event, "Peristiwa"), reason, dry_run=dry_run)
    tell_saved(done, "pembatalan peristiwa", as_json=as_json, dry_run=dry_run)
