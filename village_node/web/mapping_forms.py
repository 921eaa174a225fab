"""Show how a file is read as controls, one a column, and read back what an officer chose: a ``FileMapping``.

Decides what is offered: every field of ours for a column, the ways of reading dates, sexes and marital numbers, a code
for each word that no code list knows.  Only what differs from what was shown becomes a decision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from register.importing import Detection, FileMapping, Outline, mapping_from
from register.importing.columns import BIRTH, COLUMNS, MORE_COLUMNS, PLACES, RT_RW, TemplateColumn
from register.importing.conventions import DateOrder, MaritalNumbers
from register.importing.detection import LAYOUT_WORDS
from register.importing.file_mapping import plain_values
from register.importing.layouts import Layout
from register.importing.mapping import column_named, fold_header
from schemas.codes import code_list
from schemas.errors import DataError
from schemas.fields import Kind
from schemas.numbers import whole_number
from village_node.importing import Preview
from village_node.web.labels import spoken
from village_node.web.visits import Visit
from village_node.web.words import Words

AS_FOUND = "?"
"""Chosen for a column: as the program itself would read it."""

BLANK = "-"
"""Chosen for a word: as if nothing stood there."""

WORDS_MAX = 15
"""Unknown words on one page: lists of occupations are long, and old laptops slow."""

_UNKNOWN_CODES = frozenset({"code-unknown", "card-status-unknown"})

COMBINED: dict[str, str] = {
    "rt_rw": "RT dan RW dalam satu kolom",
    "tempat_tanggal_lahir": "Tempat dan tanggal lahir dalam satu kolom",
    "provinsi": "Nama provinsi",
    "kabupaten": "Nama kabupaten/kota",
    "kecamatan": "Nama kecamatan",
    "desa": "Nama desa/kelurahan",
    "no_prop": "Kode provinsi",
    "no_kab": "Kode kabupaten/kota",
    "no_kec": "Kode kecamatan",
    "no_kel": "Kode desa/kelurahan",
    "kode_desa": "Kode desa lengkap",
}
"""What a column holds that feeds no single field."""

MISSING: dict[str, str] = {"nama": "Nama", "nik / no_kk": "NIK atau No. KK"}
"""What a list cannot do without, as ``missing_columns`` names it."""

_PEOPLE = (*(one for one in (*COLUMNS, *MORE_COLUMNS) if one.kind == Kind.RESIDENT), BIRTH)
_FAMILIES = (*(one for one in (*COLUMNS, *MORE_COLUMNS) if one.kind == Kind.HOUSEHOLD), RT_RW)
GROUPS: tuple[tuple[str, tuple[TemplateColumn, ...]], ...] = (
    ("Orang", _PEOPLE),
    ("Keluarga", _FAMILIES),
    ("Wilayah", PLACES),
)

DATE_ORDERS: tuple[tuple[str, str], ...] = (
    (DateOrder.DAY_FIRST, "hari-bulan-tahun"),
    (DateOrder.MONTH_FIRST, "bulan-hari-tahun"),
    (DateOrder.EPOCH_1904, "angka sejak 1904"),
)
P_MEANINGS: tuple[tuple[str, str], ...] = (("perempuan", "P = perempuan"), ("pria", "P = pria"))
MARITAL_NUMBERS: tuple[tuple[str, str], ...] = (
    (MaritalNumbers.TEMPLATE, "angka menurut templat"),
    (MaritalNumbers.F101, "angka menurut F-1.01"),
)
SWITCHES: tuple[tuple[str, str], ...] = (
    ("family_blocks", "Keluarga ditulis di atas anggotanya"),
    ("fill_down", "No. KK hanya di baris kepala keluarga"),
    ("split_address", "Dusun, RT dan RW ada di dalam alamat"),
)
YES_NO: tuple[tuple[str, str], ...] = (("ya", "ya"), ("tidak", "tidak"))
SEPARATORS: tuple[tuple[str, str], ...] = ((",", "koma"), (";", "titik koma"), ("\t", "tab"))
ENCODINGS: tuple[str, ...] = ("utf-8", "windows-1252", "utf-16")


@dataclass(frozen=True, slots=True)
class ColumnControl:
    """One column of a file with what it is read as; ``ways`` are the ways of reading its cells, ``way`` the one now."""

    number: int
    header: str
    meaning: str
    standing: str
    is_chosen: bool
    samples: tuple[str, ...]
    ways: tuple[tuple[str, str], ...] = ()
    way: str = ""


@dataclass(frozen=True, slots=True)
class WordControl:
    """One word of a code column: how many rows have it (0 when it is settled), and the code that it means."""

    column: str
    label: str
    text: str
    rows: int
    meaning: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MappingControls:
    """Everything that can be decided about one file, as it stands now."""

    columns: tuple[ColumnControl, ...]
    words: tuple[WordControl, ...]
    words_left: int
    header_row: int
    sheets: tuple[tuple[str, bool], ...]
    plain: dict[str, Any]
    missing: tuple[str, ...]
    is_guess: bool
    is_text: bool

    @property
    def read_count(self) -> int:
        """Return how many columns are read."""
        return sum(1 for one in self.columns if one.standing == "read")


def label_of(header: str, words: Words) -> str:
    """Return what a column of ours is called in the officer's language."""
    column = column_named(header)
    if column is None:
        return header
    if column.field is not None:
        return column.field.label_en if words.language == "en" else column.field.label_id
    return words(COMBINED.get(header, header))


def reading_of(detection: Detection, words: Words) -> list[str]:
    """Return how a file was read as a whole, one thing a text; its columns have controls of their own."""
    found = []
    if detection.encoding:
        mark = words(dict(SEPARATORS).get(detection.separator, detection.separator))
        found.append(words("Teks %(encoding)s, dipisah %(mark)s", encoding=detection.encoding, mark=mark))
    for one in detection.sheets:
        layout = words(LAYOUT_WORDS[Layout(one.layout)])
        said = words("%(layout)s, judul kolom di baris %(row)s", layout=layout, row=one.header_row)
        people = words("%(n)s orang", n=words.number(one.people))
        found.append(f"{one.sheet}: {said}, {people}" if one.sheet else f"{said}, {people}")
    return found + [words("Lembar %(name)s tidak dibaca", name=name) for name in detection.ignored_sheets]


def controls_of(outline: Outline, preview: Preview | None, mapping: FileMapping, words: Words) -> MappingControls:
    """Return the controls for a file; without a preview, for one that cannot be read as it stands."""
    found = preview.detection.mapping if preview is not None else mapping
    settled = outline.settled(preview.detection) if preview is not None else outline
    chosen = mapping.columns_by_folded_header()
    columns = []
    for number, one in enumerate(settled.columns):
        ways, way = _ways(one.meaning, found)
        is_chosen = fold_header(one.header) in chosen
        columns.append(ColumnControl(number, one.header, one.meaning, one.standing, is_chosen, one.samples, ways, way))
    known = list(_known_words(mapping, words))
    decided = {(one.column, one.text) for one in known}
    unknown = _unknown_words(preview) if preview is not None else ()
    left_open = [(column, text, count) for column, text, count in unknown if (column.header, text) not in decided]
    return MappingControls(
        tuple(columns),
        (*known, *(_word(column, text, count, "", words) for column, text, count in left_open[:WORDS_MAX])),
        max(0, len(left_open) - WORDS_MAX),
        settled.header_row,
        tuple((name, not mapping.sheets or name in mapping.sheets) for name in settled.sheets),
        plain_values(mapping),
        tuple(settled.missing),
        settled.is_guess,
        bool(preview.detection.encoding) if preview is not None else not settled.sheets,
    )


def _ways(meaning: str, mapping: FileMapping) -> tuple[tuple[tuple[str, str], ...], str]:
    """Return in which ways the cells of a column can be read, and which of them is taken."""
    column = column_named(meaning)
    if column is None or column.is_own:
        return (), ""
    if column.header == BIRTH.header or (column.field is not None and column.field.type == "date"):
        return DATE_ORDERS, mapping.dates.get(meaning, DateOrder.DAY_FIRST)
    if column.field_name == "sex":
        return P_MEANINGS, mapping.p_means or "perempuan"
    if column.field_name == "marital_status":
        return MARITAL_NUMBERS, mapping.marital_numbers or MaritalNumbers.TEMPLATE
    return (), ""


def _unknown_words(preview: Preview) -> Iterator[tuple[TemplateColumn, str, int]]:
    """Give each word that no code list knows, with its column and how often it stands there, the commonest first."""
    meanings = {one.header: one.meaning for sheet in preview.detection.sheets for one in sheet.columns}
    counts = Counter(
        (meanings[one.field], " ".join(one.value.split()))
        for one in preview.plan.problems
        if one.code in _UNKNOWN_CODES and one.field in meanings
    )
    for (header, text), count in counts.most_common():
        column = column_named(header)
        if column is not None and column.field is not None and column.field.code_list and not column.is_own:
            yield column, text, count


def _known_words(mapping: FileMapping, words: Words) -> Iterator[WordControl]:
    for header, by_text in mapping.values.items():
        column = column_named(header)
        if column is not None and column.field is not None and column.field.code_list:
            for text, meaning in by_text.items():
                yield _word(column, text, 0, meaning, words)


def _word(column: TemplateColumn, text: str, count: int, meaning: str, words: Words) -> WordControl:
    assert column.field is not None, "only columns of codes have words"
    codes = code_list(column.field.code_list)
    if meaning and meaning != BLANK:
        try:
            meaning = codes.codes[codes.from_text(meaning)].label_id
        except DataError:
            meaning = ""
    choices = tuple((one.label_id, spoken(codes.label(one.number, words.language))) for one in codes)
    return WordControl(column.header, label_of(column.header, words), text, count, meaning, choices)


def chosen_mapping(visit: Visit, mapping: FileMapping, shown: MappingControls) -> FileMapping:
    """Return what a file's mapping becomes with what an officer chose; raises DataError "mapping-format"."""
    values = plain_values(mapping)
    values["columns"] = _chosen_columns(visit, dict(values.get("columns", {})), shown)
    values["values"] = _chosen_words(visit, values.get("values", {}))
    _choose_ways(visit, values, shown)
    for name in ("encoding", "separator"):
        # A tab is not to be trimmed away.
        values[name] = visit.as_typed(name)
    for name, _ in SWITCHES:
        values[name] = {"ya": True, "tidak": False}.get(visit.text(name))
    row = whole_number(visit.text("header_row"))
    if row is not None and (row != shown.header_row or shown.is_guess):
        values["header_row"] = row
    elif visit.text("header_row") == "":
        values["header_row"] = 0
    sheets = [line.strip() for text in visit.texts("lembar") for line in text.splitlines() if line.strip()]
    values["sheets"] = sheets if sheets and set(sheets) != {name for name, _ in shown.sheets} else []
    return mapping_from({name: value for name, value in values.items() if value is not None})


def _chosen_columns(visit: Visit, columns: dict[str, str], shown: MappingControls) -> dict[str, str]:
    """Return the decisions about columns, those on the page on top of the others."""
    now = {one.header: one for one in shown.columns}
    for number in range(len(shown.columns)):
        header, meaning = visit.as_typed(f"judul_{number}"), visit.form.get(f"kolom_{number}")
        control = now.get(header)
        if control is None or not isinstance(meaning, str):
            continue
        if meaning == control.meaning and not control.is_chosen and control.standing != "unknown":
            continue
        columns = {name: one for name, one in columns.items() if fold_header(name) != fold_header(header)}
        # What nobody understands is left out without a decision: one less thing to take back.
        if meaning != AS_FOUND and not (meaning == "" and control.standing == "unknown"):
            columns[header] = meaning
    return columns


def _chosen_words(visit: Visit, tables: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    found = {column: dict(by_text) for column, by_text in tables.items()}
    number = 0
    while isinstance(column := visit.form.get(f"kata_kolom_{number}"), str):
        text, meaning = visit.text(f"kata_isi_{number}"), visit.text(f"kata_arti_{number}")
        table = found.setdefault(column, {})
        if meaning:
            table[text] = meaning
        else:
            table.pop(text, None)
        number += 1
    return {column: by_text for column, by_text in found.items() if by_text}


def _choose_ways(visit: Visit, values: dict[str, Any], shown: MappingControls) -> None:
    """Put the ways of reading cells into a mapping's plain values where they differ from what was shown."""
    for one in shown.columns:
        way = visit.text(f"cara_{one.number}")
        is_same_column = visit.form.get(f"judul_{one.number}") == one.header
        if not is_same_column or way == one.way or way not in dict(one.ways):
            continue
        if one.ways is P_MEANINGS:
            values["p_means"] = way
        elif one.ways is MARITAL_NUMBERS:
            values["marital_numbers"] = way
        else:
            values["dates"] = {**values.get("dates", {}), one.meaning: way}
