"""``kampung village letter`` (issue, reprint, revoke, list; ``signing`` adds sign) and ``kampung letter verify``."""

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
    from village_node.desk import Desk
    from village_node.letters import IssuedLetter

village_letter_app = new_app("Letters: issue, reprint, revoke, list.", "kampung village letter list")
letter_app = new_app("Letters: check a printed QR code offline.", "kampung letter verify KMPS:... --keys keys.json")

LetterId = Annotated[str, typer.Argument(help="Id of the letter, from the list.")]
Output = Annotated[Path | None, typer.Option("--pdf", help="Write the PDF to this file.")]


Listing = Annotated[
    list[str] | None,
    typer.Option("--person", help="PERSON=RELATION, somebody the letter lists, such as an heir; may be repeated."),
]
ByHand = Annotated[
    list[str] | None,
    typer.Option(
        "--by-hand",
        help="NAME=RELATION, or NAME=RELATION;nik=...;birth_place=...;birth_on=...;address=..., for somebody who is "
        "not in the register; may be repeated.",
    ),
]


@village_letter_app.command(
    "issue",
    epilog="Example: kampung village letter issue 3510... --service SKD-03 --answer purpose=sekolah --pdf surat.pdf; "
    "heirs: --service SKD-37 --person 3510...=Istri --by-hand 'SUTINI=Anak;birth_on=17-8-1990'",
)
def issue(
    who: Annotated[
        str, typer.Argument(help="NIK, No. KK, id or clear name; a family for its letters; not needed with --request.")
    ] = "",
    service: Annotated[str, typer.Option("--service", help="Code of the service.")] = "",
    request: Annotated[str, typer.Option("--request", help="Id of the request that it answers.")] = "",
    answers: Annotated[list[str] | None, typer.Option("--answer", help="FIELD=TEXT; may be repeated.")] = None,
    people: Listing = None,
    by_hand: ByHand = None,
    signer: Annotated[str, typer.Option("--signer", help="Who signs; else letter_signer of node.toml.")] = "",
    signer_title: Annotated[str, typer.Option("--signer-title", help="Office of the signer.")] = "",
    once: Annotated[str, typer.Option("--once", help="Name of this submission: sent again, it makes nothing.")] = "",
    pdf: Output = None,
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Issue a letter with its number, and print it."""
    from village_node.commands.letter_people import listed_typed, subject_named
    from village_node.commands.record_names import id_typed
    from village_node.letters import LetterForm, issue_letter

    with open_desk(directory, officer, to_write=True) as desk:
        form = LetterForm(
            service=service,
            subject_id=subject_named(desk, service, who) if who else None,
            request_id=id_typed(request, "Permohonan") if request else None,
            answers=answers_typed(answers),
            people=listed_typed(desk, people, by_hand),
            once=once,
            signer=signer,
            signer_title=signer_title,
        )
        letter = issue_letter(desk, form, dry_run=dry_run)
        if not dry_run:
            write_pdf(desk, letter, pdf)
    if as_json:
        put_json(letter_to_tree(letter) | {"dry_run": dry_run, "again": letter.is_again})
        return
    for caution in letter.cautions:
        say(f"Perhatikan: {caution.message} [{caution.code}]")
    if dry_run:
        say(f"Percobaan: surat akan bernomor {letter.number}; tidak ada yang disimpan.")
        return
    say(f"{'Sudah terbit sebelumnya' if letter.is_again else 'Terbit'}: {letter.number}.")
    typer.echo(letter.record_id.hex())


@village_letter_app.command("reprint", epilog="Example: kampung village letter reprint 0190c0de... --pdf surat.pdf")
def reprint(
    letter_id: LetterId,
    pdf: Annotated[Path, typer.Option("--pdf", help="Write the PDF to this file.")],
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Print a letter again, exactly as it was issued."""
    from village_node.commands.record_names import id_typed
    from village_node.letters import letter_of

    with open_desk(directory) as desk:
        letter = letter_of(desk, id_typed(letter_id, "Surat"))
        write_pdf(desk, letter, pdf)
    if as_json:
        put_json(letter_to_tree(letter))
    else:
        say(f"Tercetak: {letter.number}.")
        typer.echo(str(pdf))


@village_letter_app.command("revoke", epilog='Example: kampung village letter revoke 0190c0de... --reason "salah nama"')
def revoke(
    letter_id: LetterId,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with the letter.")],
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Revoke a letter; its number is never given again."""
    from village_node.commands.record_names import id_typed
    from village_node.letters import revoke_letter

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        done = revoke_letter(desk, id_typed(letter_id, "Surat"), reason, dry_run=dry_run)
    tell_saved(done, "pencabutan surat", as_json=as_json, dry_run=dry_run)


@village_letter_app.command("list", epilog="Example: kampung village letter list --year 2026 --json")
def list_letters(
    year: Annotated[int | None, typer.Option("--year", help="Only letters of this year.", min=1900, max=9998)] = None,
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """List letters, the newest first."""
    from village_node.letters import letters_issued

    with open_desk(directory) as desk:
        letters = letters_issued(desk, year=year)
    if as_json:
        put_json({"letters": [letter_to_tree(one) for one in letters]})
        return
    for one in letters:
        state = f"DICABUT: {one.void}" if one.void else ""
        name = one.content.get("subject", {}).get("name", "")
        typer.echo(f"{one.record_id.hex()}  {one.issued_on}  {one.number:<24} {name:<30} {state}".rstrip())
    if not letters:
        say("Belum ada surat.")


@letter_app.callback()
def letters() -> None:
    """Letters: check a printed QR code offline."""


@letter_app.command("verify", epilog="Example: kampung letter verify KMPS:LGTE... --keys keys.json")
def verify(
    token: Annotated[str, typer.Argument(help="The text of the QR code.")],
    keys: Annotated[Path, typer.Option("--keys", help="Key file that the district publishes (kampung hub keys).")],
    as_json: AsJson = False,
) -> None:
    """Check a printed QR code offline: kind, number, date and village, and no person."""
    from schemas.errors import ConfigError
    from sync_protocol.letter_tokens import read_published_keys
    from village_node.checked_papers import check_printed, paper_facts, public_facts, public_sentences

    try:
        text = keys.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"Berkas kunci tidak terbaca: {keys}", code="keys-file", hint="Minta ke kabupaten."
        ) from error
    paper = check_printed(token, read_published_keys(text))
    if as_json:
        put_json(paper_facts(paper))
        return
    typer.echo(public_facts(paper))
    for sentence, values in public_sentences(paper):
        say(sentence % values)


def write_pdf(desk: Desk, letter: IssuedLetter, path: Path | None) -> None:
    """Write a letter's paper, as signed if it was signed, whole or not at all; nothing without a path."""
    if path is None:
        return
    from village_node.durable import replace_file
    from village_node.letters import letter_paper

    replace_file(path, letter_paper(desk, letter))


def letter_to_tree(letter: IssuedLetter) -> dict[str, Any]:
    """Return the stable JSON shape of a letter."""
    return {
        "id": letter.record_id,
        "number": letter.number,
        "provisional": letter.is_provisional,
        "issued_on": letter.issued_on,
        "service": letter.content.get("service"),
        "template": letter.template,
        "name": letter.content.get("subject", {}).get("name"),
        "people": [
            {"name": one.get("name"), "relation": one.get("relation")} for one in letter.content.get("people", [])
        ],
        "officer": letter.content.get("officer"),
        "token": letter.token,
        "void": letter.void,
        "signed": letter.signed_file is not None,
    }
