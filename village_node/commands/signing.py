"""``kampung village signing`` (bring, show, remove the office's certificate) and ``kampung village letter sign``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from village_node.commands.letters import LetterId, Output, letter_to_tree, write_pdf
from village_node.commands.options import (
    DEFAULT_DIRECTORY,
    AsJson,
    Directory,
    DryRun,
    FromStdin,
    Officer,
    bytes_of,
    new_app,
    open_desk,
    password_typed,
    put_json,
    say,
)

if TYPE_CHECKING:
    from village_node.letters import SigningSettings

signing_app = new_app(
    "The office's certificate for electronic signatures: bring, show, remove.", "kampung village signing show"
)

_QUESTION = "Kata sandi sertifikat"
_NO_FILE = "signing-file-missing"
_NOT_CERTIFIED = (
    "Ini sertifikat lokal: tanda tangannya tanda tangan elektronik tidak tersertifikasi "
    "(UU ITE pasal 11; PP 71/2019 pasal 60)."
)


@signing_app.command("bring", epilog="Example: kampung village signing bring kades.p12 --crl penerbit.crl")
def bring(
    file: Annotated[Path, typer.Argument(help="PKCS#12 file (.p12, .pfx) with the key; kept encrypted as it is.")],
    crl: Annotated[Path | None, typer.Option("--crl", help="The issuer's list of revoked certificates.")] = None,
    from_stdin: FromStdin = False,
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Keep a certificate for electronic signatures; its password is asked for each signature and never kept."""
    from village_node.letters import bring_certificate

    content = bytes_of(file, code=_NO_FILE)
    listed = bytes_of(crl, code=_NO_FILE) if crl is not None else b""
    with open_desk(directory, officer, to_write=not dry_run) as desk:
        password = password_typed(_QUESTION, from_stdin=from_stdin)
        kept = bring_certificate(desk, content, password, crl=listed, dry_run=dry_run)
    if as_json:
        put_json(_tree(kept) | {"dry_run": dry_run})
        return
    say("Percobaan: sertifikat dapat dipakai; tidak ada yang disimpan." if dry_run else "Sertifikat dipasang.")
    say(_NOT_CERTIFIED)
    typer.echo(_line(kept))


@signing_app.command("show", epilog="Example: kampung village signing show --json")
def show(directory: Directory = DEFAULT_DIRECTORY, as_json: AsJson = False) -> None:
    """Show the certificate: owner, issuer, until when."""
    from village_node.letters import signing_settings

    with open_desk(directory) as desk:
        held = signing_settings(desk.store)
    if as_json:
        put_json(_tree(held))
    elif held.is_set:
        typer.echo(_line(held))
        say(_NOT_CERTIFIED)
    else:
        say("Sertifikat belum dipasang.")


@signing_app.command("remove", epilog="Example: kampung village signing remove")
def remove(directory: Directory = DEFAULT_DIRECTORY, officer: Officer = "", dry_run: DryRun = False) -> None:
    """Forget the certificate; letters signed with it stay as they are."""
    from village_node.letters import remove_certificate

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        remove_certificate(desk.store, dry_run=dry_run)
    say("Percobaan: sertifikat akan dilepas." if dry_run else "Sertifikat dilepas.")


def add_sign_command(app: typer.Typer) -> None:
    """Add ``sign`` to the commands of letters."""
    app.command("sign", epilog="Example: kampung village letter sign 0190c0de... --pdf surat.pdf")(sign)


def sign(
    letter_id: LetterId,
    pdf: Output = None,
    from_stdin: FromStdin = False,
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Sign a letter electronically with the office's certificate and keep the signed PDF."""
    from village_node.commands.record_names import id_typed
    from village_node.letters import LocalCertificate, sign_letter, signable_letter, signing_settings

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        record_id = id_typed(letter_id, "Surat")
        letter = signable_letter(desk, record_id)
        provider = LocalCertificate(signing_settings(desk.store))
        if letter.signed_file is None:
            password = password_typed(_QUESTION, from_stdin=from_stdin)
            if dry_run:
                provider.described(password, desk.likely_ms())
            else:
                letter = sign_letter(desk, record_id, password, provider)
        if not dry_run:
            write_pdf(desk, letter, pdf)
    if as_json:
        put_json(letter_to_tree(letter) | {"dry_run": dry_run, "signer": provider.owner})
        return
    if dry_run:
        say(f"Percobaan: surat {letter.number} dapat ditandatangani {provider.owner}; tidak ada yang disimpan.")
        return
    say(f"Surat {letter.number} bertanda tangan elektronik. {_NOT_CERTIFIED}")
    typer.echo(letter.record_id.hex())


def _tree(held: SigningSettings) -> dict[str, Any]:
    return {
        "set": held.is_set,
        "owner": held.owner,
        "issuer": held.issuer,
        "serial": held.serial,
        "fingerprint": held.fingerprint,
        "valid_from_ms": held.valid_from_ms,
        "valid_until_ms": held.valid_until_ms,
        "has_revocation_list": bool(held.crl),
        "certified": False,
    }


def _line(held: SigningSettings) -> str:
    import datetime as dt

    until = dt.datetime.fromtimestamp(held.valid_until_ms / 1000, tz=dt.UTC).date()
    return f"{held.owner}  penerbit {held.issuer}  sampai {until}  {held.fingerprint[:16]}"
