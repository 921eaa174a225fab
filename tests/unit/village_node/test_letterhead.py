"""Letterhead, logo and signers: what may be set, what a letter keeps of them, and what other laptops make of it."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import DataError
from tests.fakes_desk import RealDesk
from tests.families import Home, refused
from tests.node_ground import NOW_MS
from tests.pictures import JPEG, chunk, png
from village_node.backup import take_backup
from village_node.letters import (
    LetterForm,
    SignerSettings,
    Typesetter,
    issue_letter,
    letter_of,
    letter_pdf,
    letter_pictures,
)
from village_node.letters.letterhead import LetterheadSettings, drop_logo, keep_lines, keep_logo, no_logo
from village_node.letters.logo_files import LOGO_BYTES_MAX, LogoFile, read_logo
from village_node.letters.printing import check_drawable
from village_node.letters.signers import (
    SIGNERS_MAX,
    choose_first,
    keep_signer,
    move_signer,
    restore_signer,
    retire_signer,
)
from village_node.restoring import restore_backup
from village_node.settings import read
from village_node.store import NodeStore

LINES = {"address": "Jalan Contoh 1", "postal_code": "68432", "phone": "0333 1", "email": "a@b.id", "website": "x.id"}


def form(home: Home, **changes: Any) -> LetterForm:
    return replace(LetterForm(service="SKD-03", subject_id=home.son, answers={"purpose": "bank"}), **changes)


def sign(store: NodeStore, name: str, signer_id: str = "", **more: Any) -> str:
    stated = {"title": "Kepala Desa", "nip": "", "is_on_behalf": False, **more}
    with store.local_writing() as connection:
        return keep_signer(connection, signer_id, name=name, **stated)


def signers(store: NodeStore) -> SignerSettings:
    with store.local_reading() as connection:
        return read(connection, SignerSettings)


def logo(store: NodeStore, content: bytes) -> None:
    with store.local_writing() as connection:
        keep_logo(connection, read_logo(content), 1)


# -- signers


def test_a_letter_is_signed_by_the_one_chosen_else_by_the_first_choice(desk: RealDesk, home: Home) -> None:
    head = sign(desk.store, "Drs.  Suparman ", nip="19780403 200501 1 001")
    secretary = sign(desk.store, "Sri Ma'rifah", title="Sekretaris Desa", is_on_behalf=True)
    assert issue_letter(desk, form(home)).content["signer"] == {
        "name": "Drs. Suparman",
        "title": "Kepala Desa",
        "nip": "19780403 200501 1 001",
    }
    assert issue_letter(desk, form(home, signer_id=secretary)).content["signer"] == {
        "name": "Sri Ma'rifah",
        "title": "Sekretaris Desa",
        "on_behalf": True,
    }
    stated = issue_letter(desk, form(home, signer="PJ", signer_title="Pj. Kepala Desa")).content["signer"]
    assert stated == {"name": "PJ", "title": "Pj. Kepala Desa"}
    with desk.store.local_writing() as connection:
        choose_first(connection, secretary)
        retire_signer(connection, secretary)  # somebody is always meant
    assert signers(desk.store).first_choice == head


def test_node_toml_names_the_signer_until_the_list_does(desk: RealDesk, home: Home) -> None:
    desk.store.config = replace(desk.store.config, letter_signer="DARI BERKAS")
    assert issue_letter(desk, form(home)).content["signer"]["name"] == "DARI BERKAS"
    only = sign(desk.store, "DARI DAFTAR")
    assert issue_letter(desk, form(home)).content["signer"]["name"] == "DARI DAFTAR"
    with desk.store.local_writing() as connection:
        retire_signer(connection, only)
    assert issue_letter(desk, form(home)).content["signer"]["name"] == "DARI BERKAS"


def test_an_issued_letter_keeps_its_signer(desk: RealDesk, home: Home) -> None:
    who = sign(desk.store, "Suparman")
    letter = issue_letter(desk, form(home))
    before = letter_pdf(letter)
    sign(desk.store, "Suparman, S.H.", who)
    with desk.store.local_writing() as connection:
        retire_signer(connection, who)
    assert letter_pdf(letter_of(desk, letter.record_id)) == before
    refused("signer-retired", lambda: issue_letter(desk, form(home, signer_id=who)))
    refused("signer-unknown", lambda: issue_letter(desk, form(home, signer_id="ffff")))


def test_the_list_keeps_its_order_and_its_limits(store: NodeStore) -> None:
    a, b, c = (sign(store, name) for name in "ABC")
    with store.local_writing() as connection:
        move_signer(connection, c, -1)
        move_signer(connection, a, -1)
        choose_first(connection, b)
    assert [one.name for one in signers(store).signers] == ["A", "C", "B"]
    assert [one.name for one in signers(store).active] == ["B", "A", "C"]
    with store.local_writing() as connection:
        retire_signer(connection, b)
    refused("signer-retired", lambda: _in(store, choose_first, b))
    _in(store, restore_signer, b)
    assert signers(store).of(b).is_active
    for code, more in (
        ("value-missing", {"name": " "}),
        ("value-missing", {"name": "X", "title": ""}),
        ("signer-long", {"name": "X" * 81}),
        ("signer-nip", {"name": "X", "nip": "belum ada"}),
    ):
        refused(code, lambda more=more: sign(store, **more))  # type: ignore[misc]
    for number in range(SIGNERS_MAX - 3):
        sign(store, f"orang {number}")
    refused("signers-many", lambda: sign(store, "satu lagi"))


def _in(store: NodeStore, change: Any, *words: Any) -> None:
    with store.local_writing() as connection:
        change(connection, *words)


def test_whoever_signs_for_the_head_says_so(desk: RealDesk, home: Home, typesetter: Typesetter) -> None:
    head = issue_letter(desk, form(home, signer="X", signer_title="Sekretaris Desa"))
    for signer in ({"on_behalf": True}, {"nip": "1978"}):
        other = replace(head, content={**head.content, "signer": {**head.content["signer"], **signer}})
        assert letter_pictures(other, typesetter) != letter_pictures(head, typesetter)


# -- letterhead and logo


def test_a_letter_keeps_the_letterhead_it_was_issued_with(desk: RealDesk, home: Home, tmp_path: Path) -> None:
    sign(desk.store, "Suparman")
    bare = issue_letter(desk, form(home))
    assert "letterhead" not in bare.content
    _in(desk.store, keep_lines, LINES)
    logo(desk.store, png())
    letter = issue_letter(desk, form(home))
    assert {name: letter.content["letterhead"][name] for name in LINES} == LINES
    printed = letter_pdf(letter)
    assert letter_pdf(bare) != printed
    _in(desk.store, keep_lines, {})
    logo(desk.store, JPEG)
    assert letter_pdf(letter_of(desk, letter.record_id)) == printed
    _in(desk.store, drop_logo)
    assert letter_pdf(letter_of(desk, letter.record_id)) == printed
    # and so does the one who restores a backup
    made = take_backup(desk.store, NOW_MS, folder=tmp_path)
    restored = tmp_path / "restored"
    restore_backup(made.backup.path, made.new_code, restored, NOW_MS)
    with NodeStore.open(restored) as again:
        assert letter_pdf(letter_of(RealDesk(again), letter.record_id)) == printed


def test_a_letter_carries_the_digest_of_a_logo_and_never_the_logo(desk: RealDesk, home: Home) -> None:
    sign(desk.store, "Suparman")
    logo(desk.store, noise(200))
    with desk.store.reading() as working:
        before = working.tables.state.journal_seq
    letter = issue_letter(desk, form(home))
    assert len(json.dumps(letter.content)) < 2_000
    assert len(letter.content["letterhead"]["logo"]) == 32
    assert len(letter.logo) > 100_000
    with desk.store.reading() as working:
        assert working.tables.state.journal_seq == before + 1
        (change_id,) = list(working.tables.undecided())[-1:]
        assert len(working.tables.own.need(change_id).entry.body) < 4_000


def test_a_laptop_without_the_logo_prints_the_words_alone(desk: RealDesk, home: Home, typesetter: Typesetter) -> None:
    sign(desk.store, "Suparman")
    _in(desk.store, keep_lines, LINES)
    without_logo = issue_letter(desk, form(home))
    logo(desk.store, png())
    letter = issue_letter(desk, form(home))
    elsewhere = replace(letter, read_logo=no_logo)
    same = replace(without_logo, token=letter.token, content={**without_logo.content, "number": letter.number})
    assert letter_pictures(elsewhere, typesetter) == letter_pictures(same, typesetter)
    assert letter_pictures(letter, typesetter) != letter_pictures(elsewhere, typesetter)
    unreadable = {**letter.content, "letterhead": {"logo": "no digest"}}
    assert letter_pdf(replace(elsewhere, content=unreadable), typesetter)


def test_the_same_logo_twice_is_one(store: NodeStore) -> None:
    logo(store, png())
    logo(store, JPEG)
    logo(store, png())
    with store.local_reading() as connection:
        assert read(connection, LetterheadSettings).logo
        assert connection.exec_driver_sql("SELECT count(*) FROM letter_logo").scalar() == 2


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("postal-code", {"postal_code": "6843"}),
        ("postal-code", {"postal_code": "٦٨٤٣٢"}),
        ("letterhead-long", {"address": "x" * 121}),
    ],
)
def test_a_line_outside_its_limits_changes_nothing(store: NodeStore, code: str, lines: dict[str, str]) -> None:
    _in(store, keep_lines, LINES)
    refused(code, lambda: _in(store, keep_lines, {**LINES, "phone": "baru", **lines}))
    with store.local_reading() as connection:
        assert read(connection, LetterheadSettings).phone == LINES["phone"]


# -- what may be a logo


def noise(side: int) -> bytes:
    """Return a PNG that hardly gets smaller."""
    import struct
    import zlib

    draw = random.Random(side)
    lines = b"".join(b"\0" + draw.randbytes(3 * side) for _ in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in parts)


def test_a_png_and_a_jpeg_are_read_by_their_content(typesetter: Typesetter) -> None:
    for content, media_type, size in ((png(300, 400), "image/png", (300, 400)), (JPEG, "image/jpeg", (64, 64))):
        found = read_logo(content)
        assert (found.media_type, found.width, found.height) == (media_type, *size)
        check_drawable(found, typesetter)


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("logo-empty", b""),
        ("logo-kind", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("logo-kind", b"GIF89a" + bytes(100)),
        ("logo-kind", b"MZ" + bytes(100)),
        ("logo-large", png() + bytes(LOGO_BYTES_MAX)),
        ("logo-size", png(39, 300)),
        ("logo-size", png(300, 2001)),
        ("logo-damaged", png()[:-6]),
        ("logo-damaged", png()[:40] + b"\xff" + png()[41:]),
        ("logo-damaged", b"\x89PNG\r\n\x1a\n"),
        ("logo-damaged", JPEG[:-40]),
        ("logo-damaged", JPEG[:30]),
        ("logo-damaged", b"\xff\xd8\xff" + b"\xff" * 200),
        ("logo-damaged", b"\xff\xd8\xff\xe0\x00\x00" * 50),
    ],
)
def test_anything_else_is_named_and_not_kept(code: str, content: bytes) -> None:
    refused(code, lambda: read_logo(content))


def test_what_a_camera_wrote_into_a_picture_is_on_no_letter(typesetter: Typesetter) -> None:
    place = b"GPS 8.2 S 114.3 E"
    exif = b"\xff\xe1" + (2 + len(place)).to_bytes(2, "big") + place
    taken = JPEG[:2] + exif + JPEG[2:20] + exif + JPEG[20:]
    written = png()[:33] + chunk(b"tEXt", place) + png()[33:]
    for content, clean in ((taken, JPEG), (written, png())):
        found = read_logo(content)
        assert found == read_logo(clean)
        assert place not in found.content
        check_drawable(found, typesetter)


def test_a_picture_that_shows_nothing_is_no_logo(typesetter: Typesetter) -> None:
    hollow = b"\x89PNG\r\n\x1a\n" + png()[8:33] + chunk(b"IDAT", b"no pixels") + chunk(b"IEND", b"")
    for found in (read_logo(hollow), read_logo(png(colour=(255, 255, 255)))):
        refused("logo-damaged", lambda found=found: check_drawable(found, typesetter))  # type: ignore[misc]


def test_hostile_bytes_can_only_be_refused() -> None:
    draw = random.Random(7)
    for whole in (png(), JPEG):
        for _ in range(400):
            at, length = draw.randrange(2, len(whole)), draw.randrange(1, 5)
            torn = whole[:at] + draw.randbytes(length) + whole[at + draw.randrange(0, 6) :]
            with suppress(DataError):
                assert isinstance(read_logo(torn), LogoFile)
