"""Read what a person says about a file on the command line, on top of a saved mapping.

Decides the short words (``date-order=dmy``, ``p=pria``, ``column.STATUS=status_dasar``); what they do is
``register.importing.file_mapping``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from register.importing import Detection, FileMapping, mapping_from
from register.importing.columns import BIRTH, COLUMNS, MORE_COLUMNS
from register.importing.conventions import DateOrder
from register.importing.file_mapping import plain_values
from schemas.errors import DataError
from schemas.numbers import whole_number

_ORDERS = {"dmy": DateOrder.DAY_FIRST, "mdy": DateOrder.MONTH_FIRST, "1904": DateOrder.EPOCH_1904}
_SEPARATORS = {"comma": ",", "koma": ",", "semicolon": ";", "titik-koma": ";", "tab": "\t"}
_SWITCHES = {"ya": True, "yes": True, "tidak": False, "no": False}
_PLAIN = {"encoding": "encoding", "p": "p_means", "marital-numbers": "marital_numbers"}
_SWITCHED = {"family-blocks": "family_blocks", "fill-down": "fill_down", "split-address": "split_address"}
_WORDS = (
    *("encoding", "separator", "header-row", "date-order[.COLUMN]", "p", "marital-numbers", "column.HEADER"),
    *("value.COLUMN.TEXT", *_SWITCHED),
)


def overridden(mapping: FileMapping | None, words: Sequence[str] = (), sheets: Sequence[str] = ()) -> FileMapping:
    """Return a mapping with what a person says on top of it; ``words`` are KEY=VALUE.

    Raises DataError "mapping-word" for a word that is not known, "mapping-format" for a value that is not.
    """
    values = plain_values(mapping or FileMapping())
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise _unknown(word)
        _put(values, word, key.strip(), text.strip())
    found = mapping_from(values)
    return replace(found, sheets=tuple(sheets)) if sheets else found


def mapping_to_keep(detection: Detection, chosen: FileMapping) -> FileMapping:
    """Return what reads the next file like this one in the same way: what was found, and what a person said on top."""
    found, said = plain_values(detection.mapping), plain_values(chosen)
    nested = {key: {**found.get(key, {}), **said.get(key, {})} for key in ("columns", "dates", "values")}
    return mapping_from({**found, **said, **nested})


def _put(values: dict[str, Any], word: str, key: str, text: str) -> None:
    name, _, rest = key.partition(".")
    if key in _PLAIN:
        values[_PLAIN[key]] = text
    elif key in _SWITCHED and text.casefold() in _SWITCHES:
        values[_SWITCHED[key]] = _SWITCHES[text.casefold()]
    elif key == "separator":
        values["separator"] = _SEPARATORS.get(text.casefold(), text)
    elif key == "header-row" and (row := whole_number(text)) is not None:
        values["header_row"] = row
    elif name == "date-order" and (text.casefold() in _ORDERS or text in list(DateOrder)):
        order = _ORDERS.get(text.casefold(), text)
        columns = [rest] if rest else _date_columns()
        values["dates"] = {**values.get("dates", {}), **dict.fromkeys(columns, str(order))}
    elif name == "column" and rest:
        values["columns"] = {**values.get("columns", {}), rest: text}
    elif name == "value" and "." in rest:
        header, _, cell = rest.partition(".")
        tables = values.get("values", {})
        values["values"] = {**tables, header: {**tables.get(header, {}), cell: text}}
    else:
        raise _unknown(word)


def _date_columns() -> list[str]:
    dated = [one.header for one in (*COLUMNS, *MORE_COLUMNS) if one.field is not None and one.field.type == "date"]
    return [*dated, BIRTH.header]


def _unknown(word: str) -> DataError:
    return DataError(
        f"--set {word}: tidak dikenal",
        code="mapping-word",
        hint=f"Tulis KUNCI=NILAI; yang ada: {', '.join(_WORDS)}. Misalnya date-order=dmy, p=pria, fill-down=ya.",
        value=word,
    )
