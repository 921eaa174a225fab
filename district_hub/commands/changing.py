"""Correct and certify records from the console."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from district_hub.commands.options import (
    DEFAULT_DIR,
    AsJson,
    DryRun,
    HubDir,
    Reason,
    RegistrarName,
    VillageCode,
    go_on,
    now,
    record_of,
    registrar_of,
    tell,
    village_of,
    working,
)
from schemas.errors import DataError, RefusedError
from schemas.numbers import whole_number

if TYPE_CHECKING:
    from district_hub.hub import Hub
    from district_hub.reading import HubReader
    from district_hub.registrar import Registrar
    from schemas.fields import Field

RecordName = Annotated[str, typer.Argument(metavar="RECORD", help="A record id, a NIK, or a family number.")]

_YES, _NO = {"ya", "yes", "1", "true"}, {"tidak", "no", "0", "false"}


def add_to(app: typer.Typer) -> None:
    """Add these commands to the hub's group."""
    app.command(
        "correct", epilog='Example: kampung hub correct NIK --set "name=SITI AMINAH" --reason "court ruling 12"'
    )(correct)
    app.command("certify", epilog="Example: kampung hub certify --village 35.10.14.2006")(certify)


def correct(
    record: RecordName,
    *,
    wanted: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=VALUE; an empty value clears the field.")
    ] = None,
    reason: Reason = "",
    registrar: RegistrarName = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Correct fields of a record with the district's authority."""
    if not wanted:
        raise RefusedError("say what is to be corrected", code="choice-missing", hint="Give --set FIELD=VALUE.")
    with working(directory) as hub:
        with hub.store.reading() as reader:
            record_id = record_of(reader, record)
        who = registrar_of(hub, registrar, dry_run=dry_run)
        fields = _correct_fields(hub, record_id, wanted, reason, who)
        go_on(hub, dry_run=dry_run)
    done = "would change" if dry_run else "changed"
    tree = {"id": record_id.hex(), "fields": fields, "dry_run": dry_run}
    tell(tree, f"{record_id.hex()}: {fields} field(s) {done}.", as_json=as_json)


def _correct_fields(hub: Hub, record_id: bytes, wanted: list[str], reason: str, registrar: Registrar) -> int:
    from district_hub.corrections import Corrected, shown_values
    from district_hub.corrections import correct as write_correction
    from district_hub.registrar import need_record
    from schemas.fields import fields_by_name

    with hub.store.reading() as reader:
        record = need_record(reader.record(record_id), record_id)
        fields = fields_by_name(record.kind)
        parts = [text.partition("=") for text in wanted]
        shown = shown_values(record, [name for name, _, _ in parts])
        corrections = [
            Corrected(name, shown.get(name), _value(reader, fields[name], text) if name in fields else text)
            for name, _, text in parts
        ]
    return write_correction(hub.store, record_id, corrections, reason=reason, registrar=registrar, now_ms=now())


def _value(reader: HubReader, field: Field, text: str) -> Any:
    """Return the value that a registrar has typed for a field; raises DataError, CodeError, IdentifierError."""
    from schemas.codes import code_list

    text = text.strip()
    if not text:
        return None
    match field.type:
        case "code":
            return code_list(field.code_list).from_text(text)
        case "date":
            return _day(field, text)
        case "int":
            number = whole_number(text.removeprefix("-"))
            if number is None:
                raise DataError(f"{field.name}: {text!r} is no number", field=field.name, value=text)
            return -number if text.startswith("-") else number
        case "bool":
            if text.casefold() not in _YES | _NO:
                raise DataError(f"{field.name}: write ya or tidak", field=field.name, value=text)
            return True if text.casefold() in _YES else None
        case "village":
            return village_of(reader, text).village_id
        case "record":
            return record_of(reader, text)
        case _:
            return text


def _day(field: Field, text: str) -> dt.date:
    for form in ("%d-%m-%Y", "%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    raise DataError(f"{field.name}: {text!r} is no date", hint="Write it as 31-12-1990.", field=field.name, value=text)


def certify(
    records: Annotated[
        list[str] | None, typer.Argument(metavar="RECORD...", help="Record ids, NIKs or family numbers.")
    ] = None,
    *,
    village: VillageCode = "",
    search: Annotated[str, typer.Option("--search", help="Whom `hub find` shows for this, families included.")] = "",
    hamlet: Annotated[str, typer.Option("--hamlet", help="With --village: only this hamlet.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most so many records; 0 for all.")] = 0,
    reason: Reason = "",
    registrar: RegistrarName = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Certify records, what a search finds, or a whole village; running it again goes on with the rest."""
    import sys

    from district_hub.certification import certify as write_seals

    if bool(records) == bool(village or search) or (hamlet and not village):
        raise RefusedError(
            "say what is to be certified",
            code="choice-missing",
            hint="Give records, or --village CODE, with --search or --hamlet if not the whole of it.",
        )
    with working(directory) as hub:
        with hub.store.reading() as reader:
            ids = _certifiable(reader, records or [], village, search, hamlet)
        ids = ids[:limit] if limit else ids
        with typer.progressbar(length=max(len(ids), 1), label="certifying", file=sys.stderr) as bar:
            certified = write_seals(
                hub.store,
                ids,
                registrar=registrar_of(hub, registrar, dry_run=dry_run),
                now_ms=now(),
                reason=reason,
                progress=lambda done, _all: bar.update(done - bar.pos),
                offset_minutes=hub.config.timezone_minutes,
            )
        go_on(hub, dry_run=dry_run)
    done = "would be certified" if dry_run else "certified"
    tell({"certified": certified, "dry_run": dry_run}, f"{certified} record(s) {done}.", as_json=as_json)


def _certifiable(reader: HubReader, records: list[str], village: str, search: str, hamlet: str) -> list[bytes]:
    from district_hub.certification import certifiable_found, certifiable_in

    village_id = village_of(reader, village).village_id if village else None
    if search or hamlet:
        return certifiable_found(reader, village_id, search, hamlet=hamlet or None)
    if village_id is not None:
        return certifiable_in(reader, village_id)
    return [record_of(reader, typed) for typed in records]
