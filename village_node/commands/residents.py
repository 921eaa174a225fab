"""``kampung village resident``: find, show, correct, annul."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from village_node.commands.options import (
    DEFAULT_DIRECTORY,
    AsJson,
    Directory,
    DryRun,
    Officer,
    new_app,
    open_desk,
    put_json,
    say,
    tell_saved,
)

if TYPE_CHECKING:
    from village_node.desk import Desk
    from village_node.registration import Recorded

resident_app = new_app("Residents: find, show, correct, annul.", 'kampung village resident find "siti aminah"')


@resident_app.command("find", epilog='Example: kampung village resident find "siti aminah" --hamlet KRAJAN')
def find(
    text: Annotated[str, typer.Argument(help="Part of a name, a NIK or a family number.")] = "",
    hamlet: Annotated[str, typer.Option("--hamlet", help="Only this hamlet.")] = "",
    rw: Annotated[str, typer.Option("--rw", help="Only this RW.")] = "",
    rt: Annotated[str, typer.Option("--rt", help="Only this RT.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="At most so many.")] = 20,
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Find residents by part of a name, NIK, family number or area."""
    from register.areas import Area

    with open_desk(directory) as desk:
        found = desk.find(text, area=Area(hamlet=hamlet or None, rw=rw or None, rt=rt or None), limit=limit)
    people = [
        {
            "id": one.record_id.hex(),
            "nik": one.resident.nik,
            "name": one.resident.name,
            "sex": one.resident.sex,
            "birth_on": one.resident.birth_on,
            "is_living": one.is_living,
            "household": one.resident.household_id.hex() if one.resident.household_id else None,
            "family_number": one.household.family_number if one.household else None,
            "hamlet": one.household.hamlet if one.household else None,
            "rw": one.household.rw if one.household else None,
            "rt": one.household.rt if one.household else None,
        }
        for one in found
    ]
    if as_json:
        put_json({"people": people})
        return
    for person in people:
        born = f"{person['birth_on']:%d-%m-%Y}" if person["birth_on"] else "-"
        note = "" if person["is_living"] else "  (bukan penduduk aktif)"
        place = f"{person['hamlet'] or ''} {person['rw'] or '-'}/{person['rt'] or '-'}"
        typer.echo(f"{person['nik'] or '-':<17} {person['name'] or '':<32} {born:<11} {place}{note}")
    if not people:
        say("Tidak ada yang cocok.")


@resident_app.command("show", epilog="Example: kampung village resident show 3510144304809001")
def show(
    who: Annotated[str, typer.Argument(help="NIK, id, or a name that only one resident has.")],
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Show one person with every value, and which of them the district does not have yet."""
    from village_node.commands.record_names import person_named

    with open_desk(directory) as desk:
        show_record(desk, person_named(desk, who), as_json=as_json)


def show_record(desk: Desk, record_id: bytes, *, as_json: bool) -> None:
    """Print one record with its values, the open ones marked."""
    from schemas.bodies import values_of
    from schemas.codes import code_list
    from schemas.errors import RefusedError
    from schemas.fields import fields_by_name

    shown = desk.shown(record_id)
    if shown is None:
        raise RefusedError("Data tidak ditemukan", code="record-unknown", hint="Cari kembali.")
    values = values_of(shown.kind, shown.body)
    names = fields_by_name(shown.kind)
    waiting = sorted(name for name, field in names.items() if field.tag in shown.waiting)
    review = sorted(name for name, field in names.items() if field.tag in shown.in_review)
    if as_json:
        tree: dict[str, Any] = {"id": record_id.hex(), "kind": shown.kind, "values": values}
        put_json({**tree, "is_new": 0 in shown.waiting, "waiting": waiting, "in_review": review})
        return
    typer.echo(record_id.hex())
    for name, value in values.items():
        field = names.get(name)
        text = value.hex() if isinstance(value, bytes) else str(value)
        if field is not None and field.code_list and isinstance(value, int):
            text = f"{value} {code_list(field.code_list).label(value)}"
        sign = "  👁" if name in review else "  🕘" if name in waiting or 0 in shown.waiting else ""
        typer.echo(f"  {field.label_id if field else name:<28} {text}{sign}")


@resident_app.command("correct", epilog='Example: kampung village resident correct 3510144304809001 --set "phone=0812"')
def correct_resident(
    who: Annotated[str, typer.Argument(help="NIK, family number, id, or a name that only one resident has.")] = "",
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=VALUE; empty means unknown; repeat it.")
    ] = None,
    batch: Annotated[
        Path | None, typer.Option("--batch", help='JSONL, a line each: {"record": "NIK", "set": {"phone": "08..."}}.')
    ] = None,
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Correct fields of a person or a family; only what differs is sent, with what was shown before."""
    from schemas.errors import DataError
    from village_node.commands.batches import run_batch, text_of, unknown_keys

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        if batch is not None:

            def act(line: dict[str, Any]) -> Recorded:
                unknown_keys(line, {"record", "set"})
                fields = line.get("set")
                if not isinstance(fields, dict):
                    raise DataError("set belum diisi", code="batch-line", hint='Misalnya "set": {"phone": "08"}.')
                texts = {str(name): "" if value is None else str(value) for name, value in fields.items()}
                return _correct(desk, text_of(line, "record"), texts, dry_run=dry_run)

            run_batch(batch, act, as_json=as_json, dry_run=dry_run)
            return
        texts = dict(_pair(text) for text in sets or [])
        if not who or not texts:
            raise DataError("Sebutkan orangnya dan --set ISIAN=NILAI", code="value-missing", hint="Lihat --help.")
        done = _correct(desk, who, texts, dry_run=dry_run)
    tell_saved(done, f"perbaikan {', '.join(texts)}", as_json=as_json, dry_run=dry_run)


def _pair(text: str) -> tuple[str, str]:
    from schemas.errors import DataError

    name, equals, value = text.partition("=")
    if not equals:
        raise DataError(f"{text!r} tidak berbentuk ISIAN=NILAI", code="set-form", hint="Misalnya --set phone=0812.")
    return name.strip(), value


def _correct(desk: Desk, who: str, texts: dict[str, str], *, dry_run: bool) -> Recorded:
    from village_node.commands.record_names import record_named
    from village_node.registration import correct
    from village_node.registration.typed_values import parse_field

    record_id = record_named(desk, who)
    shown = desk.shown(record_id)
    kind = shown.kind if shown is not None else 0
    values = desk.values(record_id)
    wanted = {name: parse_field(kind, name, text) for name, text in texts.items()} if shown is not None else {}
    return correct(desk, record_id, values, {**values, **wanted}, dry_run=dry_run)


@resident_app.command("annul", epilog='Example: kampung village resident annul 3510... --reason "tercatat dua kali"')
def annul_resident(
    who: Annotated[str, typer.Argument(help="NIK, family number or id of the record.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it should never have been made.")],
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Annul a person or an empty family that was made by mistake; it stays readable."""
    from village_node.commands.record_names import record_named
    from village_node.registration import annul

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        done = annul(desk, record_named(desk, who), reason, dry_run=dry_run)
    tell_saved(done, "pembatalan", as_json=as_json, dry_run=dry_run)


@resident_app.command("restore", epilog="Example: kampung village resident restore 0190c0de...")
def restore_resident(
    who: Annotated[str, typer.Argument(help="NIK, family number or id of the annulled record.")],
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Take an annulment back."""
    from village_node.commands.record_names import record_named
    from village_node.registration import undo_annulment

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        done = undo_annulment(desk, record_named(desk, who), dry_run=dry_run)
    tell_saved(done, "pemulihan", as_json=as_json, dry_run=dry_run)
