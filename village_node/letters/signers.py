"""Keep who signs this village's letters: names, offices, numbers, and who is meant unless somebody else is chosen.

Decides the limits of an entry and who signs a letter: the one who was chosen, else a name that was stated, else the
first choice of the list, else ``letter_signer`` of node.toml.  A letter keeps its signer as issued, so that somebody
renamed or retired changes no letter.  The list is this laptop's; it does not travel.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Annotated, Any, ClassVar

import msgspec
from sqlalchemy import Connection

from schemas.errors import DataError, RefusedError
from village_node.desk import Desk
from village_node.registration.form_checks import required
from village_node.settings import Settings, read, write

SIGNERS_MAX = 40
_LETTERS_MAX = 80
_NUMBER = re.compile(r"[0-9][0-9 ./-]{2,29}")


NOBODY = {"name": "", "title": ""}
"""Who signs for the village where it does not sign: citizens declare something and sign themselves."""


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may sign; ``is_on_behalf`` prints "a.n." and the head of the village above the own office."""

    id: str
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=_LETTERS_MAX)]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=_LETTERS_MAX)]
    nip: Annotated[str, msgspec.Meta(max_length=30)] = ""
    is_on_behalf: bool = False
    is_active: bool = True


class SignerSettings(Settings, frozen=True, kw_only=True):
    """The signers in the order of the list; ``first_choice`` is the id of one of them, or empty."""

    key: ClassVar[str] = "letter-signers"

    signers: Annotated[tuple[Signer, ...], msgspec.Meta(max_length=SIGNERS_MAX)] = ()
    first_choice: str = ""

    @property
    def active(self) -> tuple[Signer, ...]:
        """Return who can be chosen, the first choice first."""
        found = [one for one in self.signers if one.is_active]
        return tuple(sorted(found, key=lambda one: one.id != self.first_choice))

    def of(self, signer_id: str) -> Signer:
        """Return a signer; raises RefusedError "signer-unknown"."""
        for one in self.signers:
            if one.id == signer_id:
                return one
        raise RefusedError(
            "Penanda tangan ini tidak ada dalam daftar",
            code="signer-unknown",
            hint="Muat ulang halamannya, lalu pilih lagi.",
        )


def signer_said(desk: Desk, signer_id: str, name: str, title: str) -> dict[str, Any]:
    """Return who signs, as a letter says it.

    Raises RefusedError "signer-missing", "signer-unknown" or "signer-retired"; DataError for a name without its office.
    """
    config = desk.store.config
    name = " ".join(name.split())
    if not name or signer_id:
        with desk.store.local_reading() as connection:
            held = read(connection, SignerSettings)
        if signer_id:
            chosen = held.of(signer_id)
            if not chosen.is_active:
                raise RefusedError(
                    f"{chosen.name} tidak menandatangani lagi", code="signer-retired", hint="Pilih penanda tangan lain."
                )
            return _said(chosen)
        if held.active:
            return _said(held.active[0])
    name = name or " ".join(config.letter_signer.split())
    if not name:
        raise RefusedError(
            "Nama penanda tangan surat belum diisi",
            code="signer-missing",
            hint="Isi daftar penanda tangan pada pengaturan surat, atau sebutkan dengan --signer.",
        )
    return {"name": name, "title": required(title or config.letter_signer_title, "signer_title", "Jabatan")}


def _said(signer: Signer) -> dict[str, Any]:
    said: dict[str, Any] = {"name": signer.name, "title": signer.title}
    if signer.nip:
        said["nip"] = signer.nip
    if signer.is_on_behalf:
        said["on_behalf"] = True
    return said


# -- the list


def keep_signer(connection: Connection, signer_id: str, *, name: str, title: str, nip: str, is_on_behalf: bool) -> str:
    """Add a signer, or change the one with this id; return the id.

    Raises DataError "value-missing", "signer-nip", "signer-long" or "signers-many"; RefusedError "signer-unknown".
    """
    stated: dict[str, Any] = {
        "name": _short(required(name, "name", "Nama"), "name", "Nama"),
        "title": _short(required(title, "title", "Jabatan"), "title", "Jabatan"),
        "nip": _nip(nip),
    }
    if signer_id:
        _changed(connection, signer_id, lambda one: msgspec.structs.replace(one, **stated, is_on_behalf=is_on_behalf))
        return signer_id
    held = read(connection, SignerSettings)
    if len(held.signers) >= SIGNERS_MAX:
        raise DataError(
            f"Daftar penanda tangan sudah berisi {SIGNERS_MAX} orang",
            code="signers-many",
            hint="Hapus yang sudah lama tidak menandatangani.",
        )
    new = Signer(id=secrets.token_hex(4), is_on_behalf=is_on_behalf, **stated)
    first = held.first_choice or new.id
    write(connection, msgspec.structs.replace(held, signers=(*held.signers, new), first_choice=first))
    return new.id


def _short(text: str, field: str, label: str) -> str:
    if len(text) > _LETTERS_MAX:
        raise DataError(
            f"{label} lebih dari {_LETTERS_MAX} huruf", code="signer-long", hint="Singkatkan.", field=field, value=text
        )
    return text


def _nip(typed: str) -> str:
    text = " ".join(typed.split())
    if text and not _NUMBER.fullmatch(text):
        raise DataError(
            f"NIP {text!r} bukan nomor",
            code="signer-nip",
            hint="Tulis angkanya, atau kosongkan.",
            field="nip",
            value=text,
        )
    return text


def retire_signer(connection: Connection, signer_id: str) -> None:
    """Take a signer out of the choice; issued letters keep the name.  Raises RefusedError "signer-unknown"."""
    _changed(connection, signer_id, lambda one: msgspec.structs.replace(one, is_active=False))


def restore_signer(connection: Connection, signer_id: str) -> None:
    """Put a signer back into the choice; raises RefusedError "signer-unknown"."""
    _changed(connection, signer_id, lambda one: msgspec.structs.replace(one, is_active=True))


def _changed(connection: Connection, signer_id: str, change: Callable[[Signer], Signer]) -> None:
    held = read(connection, SignerSettings)
    held.of(signer_id)
    signers = tuple(change(one) if one.id == signer_id else one for one in held.signers)
    first = held.first_choice
    if not any(one.id == first and one.is_active for one in signers):
        # Somebody is always meant, or a letter's form would begin with nobody.
        first = next((one.id for one in signers if one.is_active), "")
    write(connection, msgspec.structs.replace(held, signers=signers, first_choice=first))


def choose_first(connection: Connection, signer_id: str) -> None:
    """Make an active signer the first choice; raises RefusedError "signer-unknown" or "signer-retired"."""
    held = read(connection, SignerSettings)
    if not held.of(signer_id).is_active:
        raise RefusedError(
            "Penanda tangan ini tidak menandatangani lagi", code="signer-retired", hint="Aktifkan dulu namanya."
        )
    write(connection, msgspec.structs.replace(held, first_choice=signer_id))


def move_signer(connection: Connection, signer_id: str, places: int) -> None:
    """Move a signer up (-1) or down (1) in the list; at its end nothing happens.  Raises "signer-unknown"."""
    held = read(connection, SignerSettings)
    listed = list(held.signers)
    at = listed.index(held.of(signer_id))
    to = min(max(at + places, 0), len(listed) - 1)
    listed.insert(to, listed.pop(at))
    write(connection, msgspec.structs.replace(held, signers=tuple(listed)))
