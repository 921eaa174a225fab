"""``kampung village request``: open, advance, close, list."""

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
    answers_typed,
    new_app,
    open_desk,
    put_json,
    say,
    tell_saved,
)

if TYPE_CHECKING:
    from schemas.codes import RequestState
    from village_node.registration import Recorded

request_app = new_app("Service requests: open, advance, close, list.", "kampung village request list")

Batch = Annotated[Path | None, typer.Option("--batch", help="JSONL, one request a line; see the example.")]
Note = Annotated[str, typer.Option("--note", help="Note on the outcome; required for a refusal.")]
Documents = Annotated[
    list[str] | None, typer.Option("--document", help="Code of a required document that is there; may be repeated.")
]
RequestId = Annotated[str, typer.Argument(help="Id of the request, from the list.")]


@request_app.command(
    "open",
    epilog="Example: kampung village request open 3510... --service ADM-08 --case hilang --document ktp; a batch line "
    'is {"applicant": "3510...", "service": "ADM-08", "purpose": "beasiswa", "case": "hilang", "documents": ["ktp"]}',
)
def open_one(
    who: Annotated[str, typer.Argument(help="The applicant: NIK, id or clear name.")] = "",
    service: Annotated[str, typer.Option("--service", help="What is asked for.")] = "",
    purpose: Annotated[str, typer.Option("--purpose", help="What for.")] = "",
    case: Annotated[str, typer.Option("--case", help="Case of the service; see `kampung service list`.")] = "",
    documents: Documents = None,
    answers: Annotated[list[str] | None, typer.Option("--answer", help="FIELD=TEXT; may be repeated.")] = None,
    batch: Batch = None,
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Open a citizen's service request, or one for each line of a file."""
    from village_node.commands.batches import run_batch, text_of, unknown_keys
    from village_node.commands.record_names import person_named
    from village_node.registration import RequestForm, open_request

    with open_desk(directory, officer, to_write=not dry_run) as desk:

        def act(line: dict[str, Any]) -> Recorded:
            unknown_keys(line, {"applicant", "service", "purpose", "case", "documents", "answers"})
            form = RequestForm(
                applicant_id=person_named(desk, text_of(line, "applicant")),
                service=text_of(line, "service"),
                purpose=str(line.get("purpose") or "") or None,
                case=str(line.get("case") or ""),
                documents=tuple(str(one) for one in line.get("documents") or ()),
                answers={str(name): str(text) for name, text in dict(line.get("answers") or {}).items()},
            )
            return open_request(desk, form, dry_run=dry_run)

        if batch is not None:
            run_batch(batch, act, as_json=as_json, dry_run=dry_run)
            return
        form = {"purpose": purpose, "case": case, "documents": documents, "answers": answers_typed(answers)}
        done = act({"applicant": who, "service": service, **form})
    tell_saved(done, f"permohonan {service}", as_json=as_json, dry_run=dry_run)


@request_app.command(
    "advance",
    epilog='Example: kampung village request advance 0190c0de... --state "SIAP DIAMBIL"; a batch line is '
    '{"request": "0190c0de...", "state": "SIAP DIAMBIL"}',
)
def advance(
    request: RequestId = "",
    state: Annotated[str, typer.Option("--state", help="The state wanted; the next one if left out.")] = "",
    note: Note = "",
    batch: Batch = None,
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Take a request to its next state, or one for each line of a file."""
    from village_node.commands.batches import run_batch, text_of, unknown_keys
    from village_node.commands.record_names import id_typed
    from village_node.registration import advance_request

    with open_desk(directory, officer, to_write=not dry_run) as desk:

        def step(which: str, wanted: str, remark: str | None) -> Recorded:
            target = _state_typed(wanted) if wanted else None
            return advance_request(desk, id_typed(which, "Permohonan"), target, note=remark, dry_run=dry_run)

        def act(line: dict[str, Any]) -> Recorded:
            unknown_keys(line, {"request", "state", "note"})
            remark = line.get("note")
            return step(text_of(line, "request"), str(line.get("state") or ""), str(remark) if remark else None)

        if batch is not None:
            run_batch(batch, act, as_json=as_json, dry_run=dry_run)
            return
        done = step(request, state, note or None)
    tell_saved(done, "kemajuan permohonan", as_json=as_json, dry_run=dry_run)


@request_app.command("close", epilog="Example: kampung village request close 0190c0de... --state DISERAHKAN")
def close(
    request: RequestId,
    state: Annotated[str, typer.Option("--state", help="DISERAHKAN, DITOLAK or DITARIK.")] = "DISERAHKAN",
    note: Note = "",
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Close a request: handed over, refused (with a reason) or withdrawn."""
    from village_node.commands.record_names import id_typed
    from village_node.registration import close_request

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        wanted = _state_typed(state)
        done = close_request(desk, id_typed(request, "Permohonan"), wanted, note=note or None, dry_run=dry_run)
    tell_saved(done, "penutupan permohonan", as_json=as_json, dry_run=dry_run)


@request_app.command("papers", epilog="Example: kampung village request papers 0190c0de... --document ktp")
def papers(
    request: RequestId,
    documents: Documents = None,
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Show what a request requires and what is missing; note documents that are there now."""
    from village_node.commands.record_names import id_typed
    from village_node.registration import bring_documents, request_papers

    with open_desk(directory, officer, to_write=bool(documents) and not dry_run) as desk:
        request_id = id_typed(request, "Permohonan")
        if documents:
            bring_documents(desk, request_id, documents, dry_run=dry_run)
        listed = request_papers(desk, request_id).listed
    if as_json:
        put_json({"papers": [{"code": one.code, "name": one.label.id, "present": there} for one, there in listed]})
        return
    for one, there in listed:
        typer.echo(f"{'ada  ' if there else 'BELUM'}  {one.code:<22} {one.label.id}")
    if not listed:
        say("Permohonan ini tidak meminta syarat apa pun.")


@request_app.command("list", epilog="Example: kampung village request list --all")
def list_requests(
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """List service requests, the newest first."""
    from schemas.codes import code_list

    with open_desk(directory) as desk:
        with desk.book() as book:
            found = {
                record_id: shape.model_dump() for record_id, shape in book.requests(only_open=not everything).items()
            }
        names = {
            values["applicant_id"]: desk.values(values["applicant_id"]).get("name")
            for values in found.values()
            if values["applicant_id"]
        }
    listed = [
        {
            "id": record_id.hex(),
            "service": values["service"],
            "applicant": values["applicant_id"],
            "name": names.get(values["applicant_id"]),
            "state": values["state"],
            "opened_on": values["opened_on"],
            "closed_on": values["closed_on"],
        }
        for record_id, values in found.items()
    ]
    if as_json:
        put_json({"requests": listed})
        return
    for one in listed:
        state = code_list("request_state").label(one["state"]) if one["state"] is not None else "-"
        typer.echo(f"{one['id']}  {one['opened_on'] or '-'}  {state:<13} {one['service']:<30} {one['name'] or ''}")
    if not listed:
        say("Tidak ada permohonan.")


def _state_typed(text: str) -> RequestState:
    from schemas.codes import RequestState
    from schemas.fields import Kind
    from village_node.registration.typed_values import parse_field

    return RequestState(parse_field(Kind.REQUEST, "state", text))
