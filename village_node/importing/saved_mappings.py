"""Keep how this office has had files read, by name, and recognise the next file of the same make.

Decides only which saved mapping fits a file: the one whose file had the very same headers, the newest first.  The
mapping itself is the one of the mapping files (``register.importing.file_mapping``).  Kept among the office's settings.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from register.importing import FileMapping, Outline, mapping_from, outline_file
from register.importing.file_mapping import plain_values
from schemas.errors import DataError, ImportFileError, RefusedError
from village_node.settings import Settings, read, write
from village_node.store import NodeStore

NAME_LENGTH_MAX = 60


class SavedMapping(msgspec.Struct, frozen=True, kw_only=True):
    """One way of reading: its name, the folded headers of the file it was made for, the plain values of the mapping."""

    name: str
    headers: tuple[str, ...]
    values: dict[str, Any]
    officer: str
    saved_ms: int

    def mapping(self, sheets: tuple[str, ...]) -> FileMapping:
        """Return the mapping for a file that has these sheets; raises DataError "mapping-format"."""
        found = mapping_from(self.values)
        return replace(found, sheets=tuple(one for one in found.sheets if one in sheets))


class ImportMappings(Settings, frozen=True, kw_only=True):
    """Every way of reading that this office has kept, the newest first."""

    key: ClassVar[str] = "import-mappings"

    saved: tuple[SavedMapping, ...] = ()


def list_mappings(store: NodeStore) -> tuple[SavedMapping, ...]:
    """Return what was kept, the newest first."""
    with store.local_reading() as connection:
        return read(connection, ImportMappings).saved


def recognise_file(store: NodeStore, path: Path) -> tuple[str, FileMapping] | None:
    """Return the newest mapping that was kept for a file with the same headers, by name, as it is for this file.

    None for a file that none fits.  Raises DataError "mapping-format".
    """
    saved = list_mappings(store)
    if not saved:
        return None
    try:
        outline = outline_file(path)
    except ImportFileError:
        return None
    headers = tuple(sorted(outline.headers))
    kept = next((one for one in saved if headers and one.headers == headers), None)
    return (kept.name, kept.mapping(outline.sheets)) if kept is not None else None


def mapping_for(store: NodeStore, name: str, outline: Outline) -> FileMapping:
    """Return a kept mapping by name, for a file; raises RefusedError "mapping-unknown"."""
    return _named(list_mappings(store), name).mapping(outline.sheets)


def keep_mapping(
    store: NodeStore, name: str, path: Path, mapping: FileMapping, *, officer: str, now_ms: int
) -> SavedMapping:
    """Keep how a file is read, in place of what the name held for a file with the same headers.

    Raises DataError "mapping-name" for a name that is blank, too long or another file's; ImportFileError.
    """
    headers = tuple(sorted(outline_file(path).headers))
    kept = SavedMapping(
        name=_checked(name), headers=headers, values=plain_values(mapping), officer=officer, saved_ms=now_ms
    )
    with store.local_writing() as connection:
        saved = read(connection, ImportMappings).saved
        held = _held(saved, kept.name)
        if held is not None and held.headers != headers:
            raise _taken(kept.name)
        write(connection, ImportMappings(saved=(kept, *(one for one in saved if one is not held))))
    return kept


def rename_mapping(store: NodeStore, name: str, new_name: str) -> None:
    """Give a kept mapping another name; raises DataError "mapping-name", RefusedError "mapping-unknown"."""
    wanted = _checked(new_name)
    with store.local_writing() as connection:
        saved = read(connection, ImportMappings).saved
        held = _named(saved, name)
        if _held(saved, wanted) not in (None, held):
            raise _taken(wanted)
        renamed = msgspec.structs.replace(held, name=wanted)
        write(connection, ImportMappings(saved=tuple(renamed if one is held else one for one in saved)))


def forget_mapping(store: NodeStore, name: str) -> None:
    """Forget a kept mapping; what was imported with it stays.  Raises RefusedError "mapping-unknown"."""
    with store.local_writing() as connection:
        saved = read(connection, ImportMappings).saved
        held = _named(saved, name)
        write(connection, ImportMappings(saved=tuple(one for one in saved if one is not held)))


def _held(saved: tuple[SavedMapping, ...], name: str) -> SavedMapping | None:
    return next((one for one in saved if one.name.casefold() == name.casefold()), None)


def _named(saved: tuple[SavedMapping, ...], name: str) -> SavedMapping:
    held = _held(saved, name)
    if held is None:
        raise RefusedError(
            f"Cara membaca {name!r} tidak ada lagi", code="mapping-unknown", hint="Pilih yang lain, atau simpan lagi."
        )
    return held


def _checked(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or len(plain) > NAME_LENGTH_MAX:
        raise DataError(
            "Nama cara membaca kosong atau terlalu panjang",
            code="mapping-name",
            hint=f"Tulis nama yang mudah dikenali, paling panjang {NAME_LENGTH_MAX} huruf.",
            field="nama",
        )
    return plain


def _taken(name: str) -> DataError:
    return DataError(
        f"Nama {name!r} sudah dipakai untuk berkas dengan judul kolom lain",
        code="mapping-name",
        hint="Tulis nama lain.",
        field="nama",
    )
