"""Books on paper: every row once and in order, every page numbered, whatever the length; the file is one sound PDF."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from register.books.card_book import HEADERS as CARD_HEADERS
from register.books.main_book import HEADERS
from register.books.month import Month
from register.books.mutation_book import EVENT_HEADERS
from register.books.mutation_book import HEADERS as MUTATION_HEADERS
from register.books.recapitulation_book import HEADERS as SUM_HEADERS
from register.books.temporary_book import HEADERS as TEMPORARY_HEADERS
from schemas.errors import DataError, LimitExceededError, StorageError
from village_node.accounts import Role
from village_node.config import NodeConfig
from village_node.letters.printing import typeset
from village_node.printed_books import PAPERS, ROWS_MAX, Heading, Printable, heading_of, print_book, setting
from village_node.printed_books.forms import form_of, head_rows
from village_node.printed_books.joining import NotOursError, join_pdfs

NOVEMBER, TODAY = Month(2026, 11), dt.date(2026, 11, 25)
CONFIG = NodeConfig(
    district_code="35.10",
    village_code="35.10.09.2004",
    village_name="Setail",
    hub_url="",
    letter_signer="H. Moh. Ma'ruf, S.Sos.",
)
FORMS = {
    "induk": (HEADERS, 16),
    "mutasi": (MUTATION_HEADERS, 13),
    "rekap": (SUM_HEADERS, 33),
    "sementara": (TEMPORARY_HEADERS, 15),
    "ktp-kk": (CARD_HEADERS, 19),
    "peristiwa": (EVENT_HEADERS, 7),
}


def heading(paper: str = "F4", **others: Any) -> Heading:
    return heading_of(CONFIG, NOVEMBER, TODAY, paper=paper, **others)


def officers(*names: str) -> list[Any]:
    return [SimpleNamespace(display_name=name, role=Role.SECRETARY, is_active=True) for name in names]


def book(count: int, name: str = "induk", headers: tuple[str, ...] = HEADERS) -> Printable:
    def row(number: int) -> list[str | int]:
        long = "Ni'mah" if number % 7 else "Raden Mas Wirabhuwanakusumaningratdiningrat Ma'ruf bin Sulaiman"
        return [number + 1, *(long if "Nama" in header else "x" for header in headers[1:])]

    return Printable(name, "Buku", headers, count, lambda first, some: [row(n) for n in range(first, first + some)])


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """Give what the typesetter was asked to set, in order; it sets it too."""
    kept: list[Mapping[str, Any]] = []

    def noted(order: Mapping[str, str]) -> bytes:
        if order["format"] == "pdf":
            kept.append(json.loads(order["content"]))
        return typeset(order)

    monkeypatch.setattr(setting, "typeset", noted)
    return kept


def sound_pages(raw: bytes) -> int:
    """Return how many pages a PDF has, after a look at its table, its references and its page tree."""
    table = int(raw[raw.rindex(b"startxref") :].split()[1])
    head = re.match(rb"xref\n0 (\d+)\n", raw[table:])
    assert head is not None
    starts = [int(raw[table + head.end() + 20 * n :][:10]) for n in range(int(head[1]))]
    objects: dict[int, bytes] = {}
    for number, start in enumerate(starts[1:], start=1):
        assert raw[start:].startswith(b"%d 0 obj" % number)
        words = raw[start : raw.index(b"endobj", start)]
        objects[number] = words.split(b"stream")[0]
    for words in objects.values():
        for found in re.findall(rb"(?<![\d.])(\d+) 0 R\b", words):
            assert objects[int(found)].split(b"obj", 1)[1].strip() != b"null"
    trailer = raw[raw.index(b"trailer", table) :]

    def reference(name: bytes, words: bytes) -> int:
        found = re.search(rb"/" + name + rb" (\d+) 0 R", words)
        assert found is not None
        return int(found[1])

    def leaves(number: int, parent: int | None) -> int:
        words = objects[number]
        assert parent is None or reference(b"Parent", words) == parent
        kids = re.search(rb"/Kids\s*\[([^\]]*)\]", words)
        if kids is None:
            return 1
        found = sum(leaves(int(one), number) for one in re.findall(rb"(\d+) 0 R", kids[1]))
        assert b"/Count %d" % found in words
        return found

    return leaves(reference(b"Pages", objects[reference(b"Root", trailer)]), None)


def test_a_long_book_has_every_row_once_and_numbers_every_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, orders: list[Mapping[str, Any]]
) -> None:
    monkeypatch.setattr(setting, "PIECE_ROWS", 100)
    told: list[tuple[int, int]] = []
    pages = print_book(book(330), heading(), tmp_path / "b.pdf", lambda done, whole: told.append((done, whole)))
    assert len(orders) > 3
    assert [cells[0] for order in orders for cells in order["rows"]] == [str(n) for n in range(1, 331)]
    assert {order["pages"] for order in orders} == {pages}
    assert [order["first_page"] for order in orders] == sorted({order["first_page"] for order in orders})
    assert [order["begins"] for order in orders] == [True] + [False] * (len(orders) - 1)
    assert [order["ends"] for order in orders] == [False] * (len(orders) - 1) + [True]
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    raw = (tmp_path / "b.pdf").read_bytes()
    assert sound_pages(raw) == pages
    for data in re.findall(rb"/FlateDecode[^>]*>>\s*stream\r?\n(.*?)\nendstream", raw, re.DOTALL):
        zlib.decompress(data)


def test_the_same_book_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setting, "PIECE_ROWS", 60)
    for name in ("a", "b"):
        print_book(book(130), heading(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("paper", PAPERS)
def test_a_form_fits_its_paper_and_has_the_columns_of_the_law(tmp_path: Path, name: str, paper: str) -> None:
    headers, count = FORMS[name]
    form = form_of(name, "", headers)
    assert [one.header for one in form.columns] == list(headers[:count])
    fixed_mm = sum(one.width[0] for one in form.columns if one.width[1] == "em") * form.sizes[paper] * 0.3528
    assert fixed_mm < (PAPERS[paper][0] - 24) * 0.87
    for rows in (head_rows(form.columns),):
        spanned = sum(one["across"] * one["down"] for row in rows for one in row)
        assert spanned == len(rows) * count
    assert print_book(book(2, name, headers), heading(paper), tmp_path / "b.pdf") == 1
    size = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", (tmp_path / "b.pdf").read_bytes())
    assert size is not None
    assert [round(float(one) * 0.35278) for one in size.groups()] == list(PAPERS[paper])


def test_an_empty_book_is_one_page(tmp_path: Path) -> None:
    assert print_book(book(0), heading(), tmp_path / "b.pdf") == 1
    template = Path(setting.__file__).parents[1] / "letters" / "templates" / "book.typ"
    assert "NIHIL" in template.read_text(encoding="utf-8")


def test_the_heading_says_where_when_and_who(tmp_path: Path, orders: list[Mapping[str, Any]]) -> None:
    print_book(book(1), heading(officers=officers("Sulastri"), officer="Siti"), tmp_path / "b.pdf")
    (order,) = orders
    assert order["place"] == [
        ["Desa", "Setail"],
        ["Kecamatan", "Genteng"],
        ["Kabupaten", "Banyuwangi"],
        ["Provinsi", "Jawa Timur"],
    ]
    assert order["time"] == [["Bulan", "November 2026"], ["Keadaan pada", "25 November 2026"]]
    assert [one["name"] for one in order["signers"]] == ["H. Moh. Ma'ruf, S.Sos.", "Sulastri"]
    assert "Siti" in order["printed"]
    assert order["practice"] is False


def test_a_finished_month_holds_for_its_last_day() -> None:
    assert heading_of(CONFIG, Month(2026, 10), TODAY, paper="A4").as_at == dt.date(2026, 10, 31)


def test_two_secretaries_are_a_line_to_write_on() -> None:
    assert heading(officers=officers("Sulastri", "Endang")).secretary == ""


def test_what_the_legal_form_lacks_is_said_below(tmp_path: Path, orders: list[Mapping[str, Any]]) -> None:
    row = [0 if header in SUM_HEADERS[33:] else 1 for header in SUM_HEADERS]
    row[SUM_HEADERS.index("Masuk dari Dusun Lain")] = 3
    sums = Printable("rekap", "Rekap", SUM_HEADERS, 1, lambda _first, _some: [row])
    print_book(sums, heading(), tmp_path / "b.pdf")
    assert orders[0]["notes"] == ["Di luar kolom formulir: Masuk dari Dusun Lain 3."]


def test_words_break_where_a_column_ends_and_numbers_never(tmp_path: Path, orders: list[Mapping[str, Any]]) -> None:
    cells = dict.fromkeys(HEADERS, "") | {
        "Agama": "KEPERCAYAAN",
        "NIK": "3510090101909001",
        "Nama Lengkap/Panggilan": "O'Neil",
    }
    one = Printable("induk", "B", HEADERS, 1, lambda _first, _some: [list(cells.values())])
    print_book(one, heading(), tmp_path / "b.pdf")
    printed = dict(zip(HEADERS, orders[0]["rows"][0], strict=True))
    assert "\u200b" in printed["Agama"]
    assert printed["NIK"] == cells["NIK"]
    assert printed["Nama Lengkap/Panggilan"] == "O'Neil"


def test_too_long_a_book_is_refused_before_anything_is_set(tmp_path: Path, orders: list[Mapping[str, Any]]) -> None:
    with pytest.raises(LimitExceededError) as refused:
        print_book(book(ROWS_MAX + 1), heading(), tmp_path / "b.pdf")
    assert refused.value.code == "book-too-long"
    assert refused.value.hint
    assert orders == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("answer", [b"%PDF-1.7 nothing of ours", StorageError("kode 1", code="typesetter-failed")])
def test_a_typesetter_that_fails_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes | StorageError
) -> None:
    def fails(_order: Mapping[str, str]) -> bytes:
        if isinstance(answer, bytes):
            return answer
        raise answer

    monkeypatch.setattr(setting, "typeset", fails)
    with pytest.raises(StorageError) as refused:
        print_book(book(1), heading(), tmp_path / "b.pdf")
    assert refused.value.code == "book-not-printed"
    assert list(tmp_path.iterdir()) == []


def test_a_print_that_fails_leaves_yesterdays_paper_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "b.pdf"
    target.write_bytes(b"yesterday's")

    def fails(_order: Mapping[str, str]) -> bytes:
        raise StorageError("kode 1", code="typesetter-failed")

    monkeypatch.setattr(setting, "typeset", fails)
    with pytest.raises(StorageError):
        print_book(book(1), heading(), target)
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"yesterday's"]


def test_an_unknown_paper_is_refused() -> None:
    with pytest.raises(DataError) as refused:
        heading("A5")
    assert refused.value.code == "paper-unknown"


def _cut(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


def _no_trailer(raw: bytes) -> bytes:
    return raw.replace(b"trailer", b"trialer")


@pytest.mark.parametrize("spoil", [_cut, _no_trailer, lambda _raw: b""])
def test_what_is_no_file_of_ours_is_not_joined(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    print_book(book(1), heading(), tmp_path / "b.pdf")
    raw = (tmp_path / "b.pdf").read_bytes()
    with pytest.raises(NotOursError):
        join_pdfs([raw, spoil(raw)], io.BytesIO())
