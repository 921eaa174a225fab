"""Keep how a file is to be read, so that the next file like it is read the same way: a small TOML or JSON file.

Everything is optional: what is not said is detected.  Unknown keys are errors, since a misspelt one would be silent.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from register.importing.conventions import DateOrder, MaritalNumbers
from register.importing.mapping import column_named, fold_header
from schemas.errors import DataError, ImportFileError

SEPARATORS = frozenset({",", ";", "\t"})
P_MEANINGS = frozenset({"perempuan", "pria"})


@dataclass(frozen=True, slots=True)
class FileMapping:
    """What a person has decided about a file; an empty value leaves it to detection.

    ``columns`` gives the template's header by the file's header, empty for a column that is not read; ``dates`` the
    order by template header; ``values`` the meaning of a cell's text by template header.  ``family_blocks`` says
    whether families stand in blocks above their members, ``fill_down`` carries family
    numbers from the head's row to the members, ``split_address`` takes hamlet, RT and RW out of addresses.
    """

    encoding: str = ""
    separator: str = ""
    header_row: int = 0
    sheets: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, DateOrder] = field(default_factory=dict)
    p_means: str = ""
    marital_numbers: MaritalNumbers | None = None
    family_blocks: bool | None = None
    fill_down: bool | None = None
    split_address: bool | None = None
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def columns_by_folded_header(self) -> dict[str, str]:
        """Return the decided columns by folded header."""
        return {fold_header(header): name for header, name in self.columns.items()}


def mapping_from(values: Mapping[str, Any]) -> FileMapping:
    """Build a mapping from plain values; raises DataError mapping-format, ``field`` names the key."""
    known = set(FileMapping.__dataclass_fields__)
    for key in values:
        if key not in known:
            raise _wrong(key, f"tidak dikenal; yang dikenal: {', '.join(sorted(known))}")
    mapping = FileMapping(
        encoding=_text(values, "encoding"),
        separator=_text(values, "separator"),
        header_row=_of_type(values, "header_row", int, 0),
        sheets=tuple(_of_type(values, "sheets", list, [])),
        columns=_texts(values, "columns"),
        dates={header: _order(order) for header, order in _texts(values, "dates").items()},
        p_means=_text(values, "p_means").casefold(),
        marital_numbers=_numbers(values),
        family_blocks=_of_type(values, "family_blocks", bool, None),
        fill_down=_of_type(values, "fill_down", bool, None),
        split_address=_of_type(values, "split_address", bool, None),
        values={header: _texts(by_text, header) for header, by_text in _tables(values).items()},
    )
    _check(mapping)
    return mapping


def _tables(values: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    tables: dict[str, Any] = _of_type(values, "values", dict, {})
    return {header: {header: table} for header, table in tables.items()}


def _text(values: Mapping[str, Any], key: str) -> str:
    return str(_of_type(values, key, str, ""))


def _of_type(values: Mapping[str, Any], key: str, wanted: type, default: Any) -> Any:
    value = values.get(key, default)
    if value is not default and (not isinstance(value, wanted) or (wanted is int and isinstance(value, bool))):
        raise _wrong(key, f"harus {wanted.__name__}")
    return value


def _texts(values: Mapping[str, Any], key: str) -> dict[str, str]:
    table: dict[str, Any] = _of_type(values, key, dict, {})
    if not all(isinstance(text, str) for text in table.values()):
        raise _wrong(key, "semua isinya harus teks")
    return {str(name): text for name, text in table.items()}


def _order(text: str) -> DateOrder:
    try:
        return DateOrder(text)
    except ValueError as error:
        raise _wrong("dates", f"{text!r}; pilih {', '.join(DateOrder)}") from error


def _numbers(values: Mapping[str, Any]) -> MaritalNumbers | None:
    text = _text(values, "marital_numbers")
    try:
        return MaritalNumbers(text) if text else None
    except ValueError as error:
        raise _wrong("marital_numbers", f"{text!r}; pilih {', '.join(MaritalNumbers)}") from error


def _check(mapping: FileMapping) -> None:
    if mapping.separator and mapping.separator not in SEPARATORS:
        raise _wrong("separator", "pilih koma, titik koma atau tab")
    if mapping.p_means and mapping.p_means not in P_MEANINGS:
        raise _wrong("p_means", f"pilih {' atau '.join(sorted(P_MEANINGS))}")
    if mapping.encoding:
        try:
            "".encode(mapping.encoding)
        except LookupError as error:
            raise _wrong("encoding", f"{mapping.encoding!r} tidak dikenal") from error
    named = (*filter(None, mapping.columns.values()), *mapping.dates, *mapping.values)
    for header in named:
        if column_named(header) is None:
            raise _wrong("columns", f"{header!r} bukan kolom templat")


def _wrong(key: str, why: str) -> DataError:
    return DataError(f"Pemetaan kolom: {key} {why}", code="mapping-format", hint="Betulkan berkas pemetaan.", field=key)


def plain_values(mapping: FileMapping) -> dict[str, Any]:
    """Return what a mapping says as plain values, without what it leaves open."""
    values: dict[str, Any] = {
        "encoding": mapping.encoding,
        "separator": mapping.separator,
        "header_row": mapping.header_row,
        "sheets": list(mapping.sheets),
        "p_means": mapping.p_means,
        "marital_numbers": mapping.marital_numbers.value if mapping.marital_numbers else "",
        "family_blocks": mapping.family_blocks,
        "fill_down": mapping.fill_down,
        "split_address": mapping.split_address,
        "columns": dict(mapping.columns),
        "dates": {header: order.value for header, order in mapping.dates.items()},
        "values": {header: dict(by_text) for header, by_text in mapping.values.items()},
    }
    return {key: value for key, value in values.items() if value not in ("", 0, None, [], {}) or value is False}


def save_mapping(path: Path, mapping: FileMapping) -> None:
    """Write a mapping as TOML, or as JSON if the name ends in .json."""
    values = plain_values(mapping)
    text = json.dumps(values, ensure_ascii=False, indent=2) if path.suffix.lower() == ".json" else _toml(values)
    path.write_text(text + "\n", encoding="utf-8")


def load_mapping(path: Path) -> FileMapping:
    """Read a mapping from TOML or JSON.

    Raises ImportFileError file-missing or DataError mapping-format.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except FileNotFoundError as error:
        raise ImportFileError(f"{path}: berkas tidak ada", code="file-missing", hint="Periksa nama berkas.") from error
    except (ValueError, OSError) as error:
        raise _wrong(path.name, f"tidak terbaca: {error}") from error
    if not isinstance(values, dict):
        raise _wrong(path.name, "bukan tabel")
    return mapping_from(values)


def _toml(values: Mapping[str, Any], name: str = "") -> str:
    plain = [f"{_quoted(key)} = {_toml_value(value)}" for key, value in values.items() if not isinstance(value, dict)]
    lines = [f"[{name}]", *plain] if name and plain else plain
    for key, value in values.items():
        if isinstance(value, dict):
            lines += ["", _toml(value, f"{name}.{_quoted(key)}" if name else _quoted(key))]
    return "\n".join(lines).strip("\n")


def _quoted(text: str) -> str:
    # A JSON string is a TOML string, except for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _toml_value(value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    return json.dumps(value, ensure_ascii=False)
