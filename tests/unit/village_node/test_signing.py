"""Electronic signatures on letters: what is signed validates and is kept as signed; a failure leaves nothing behind."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from sqlalchemy import inspect, text

from schemas.errors import StorageError
from sync_protocol.entries import EntryKind
from tests.authority import DAY, NOW, SECRET, Authority, rsa_key
from tests.fakes_desk import RealDesk
from tests.families import Home, refused
from tests.node_ground import NOW_MS
from village_node.attachments import attached_files
from village_node.backup import take_backup
from village_node.desk import Desk
from village_node.letters import (
    IssuedLetter,
    LetterForm,
    LocalCertificate,
    SignatureOrder,
    SigningSettings,
    bring_certificate,
    issue_letter,
    letter_of,
    letter_paper,
    letter_pdf,
    remove_certificate,
    revoke_letter,
    sign_letter,
    signing_settings,
)
from village_node.letters.signing import marked_letter
from village_node.restoring import restore_backup
from village_node.store import NodeStore


@pytest.fixture
def letter_signer() -> str:
    return "SUPARMAN"


@pytest.fixture
def letter(desk: RealDesk, home: Home) -> IssuedLetter:
    return issue_letter(desk, LetterForm(service="SKD-05", subject_id=home.son, answers={"purpose": "bank"}))


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def local(desk: RealDesk, **changes: Any) -> LocalCertificate:
    return replace(LocalCertificate(signing_settings(desk.store)), **changes)


def signed_by(desk: RealDesk, letter: IssuedLetter, authority: Authority, **changes: Any) -> IssuedLetter:
    bring_certificate(desk, authority.file(**changes), SECRET)
    return sign_letter(desk, letter.record_id, SECRET, local(desk))


def status(pdf: bytes, authority: Authority) -> Any:
    """Validate a PDF's one signature with pyHanko, trusting the test's own authority."""
    root = asn1_x509.Certificate.load(authority.certificate.public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[root], moment=NOW, allow_fetching=False)
    (found,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return asyncio.run(async_validate_pdf_signature(found, context))


def test_a_signed_letter_validates_against_the_authority_and_begins_with_the_letter(
    desk: RealDesk, letter: IssuedLetter, authority: Authority
) -> None:
    signed = signed_by(desk, letter, authority)
    paper = letter_paper(desk, signed)
    found = status(paper, authority)
    assert found.bottom_line, found.pretty_print_details()
    assert (found.intact, found.valid, found.trusted) == (True, True, True)
    assert "SUPARMAN" in found.signing_cert.subject.human_friendly
    assert abs((found.signer_reported_dt - NOW).total_seconds()) < 2  # the desk's moment, not the machine's clock
    assert paper.startswith(letter_pdf(marked_letter(letter, local(desk))))
    assert b"/ETSI.CAdES.detached" in paper
    assert "PP 71/2019" in local(desk).note


def test_a_changed_byte_is_noticed(desk: RealDesk, letter: IssuedLetter, authority: Authority) -> None:
    paper = bytearray(letter_paper(desk, signed_by(desk, letter, authority)))
    paper[paper.index(b"/Producer") + 3] ^= 1 if b"/Producer" in paper else 0
    found = status(bytes(paper), authority)
    assert not found.bottom_line
    assert not found.intact


def test_an_authority_that_nobody_trusts_is_not_believed(
    desk: RealDesk, letter: IssuedLetter, authority: Authority
) -> None:
    found = status(letter_paper(desk, signed_by(desk, letter, authority)), Authority("CA Lain"))
    assert found.intact
    assert not found.trusted


def test_an_rsa_key_signs_too(desk: RealDesk, letter: IssuedLetter, authority: Authority) -> None:
    signed = signed_by(desk, letter, authority, key=rsa_key(2048))
    assert status(letter_paper(desk, signed), authority).bottom_line


def test_the_same_bytes_are_given_each_time_and_travel_as_an_attachment(
    desk: RealDesk, letter: IssuedLetter, authority: Authority
) -> None:
    assert letter_paper(desk, letter) == letter_pdf(letter)
    signed = signed_by(desk, letter, authority)
    paper = letter_paper(desk, signed)
    again = sign_letter(desk, letter.record_id, "kata sandi apa pun", local(desk))
    assert again.is_again
    assert letter_paper(desk, letter_of(desk, letter.record_id)) == paper
    (file,) = attached_files(desk, letter.record_id)
    assert (file.record_id, file.media_type, file.size_bytes) == (signed.signed_file, "application/pdf", len(paper))
    with desk.store.reading() as working:
        kinds = [working.tables.own.need(one).entry.kind for one in working.tables.undecided()]
    assert kinds == [EntryKind.LETTER, EntryKind.LETTER]  # issued, signed: each one entry


def test_two_clicks_at_once_sign_once(desk: RealDesk, letter: IssuedLetter, authority: Authority) -> None:
    bring_certificate(desk, authority.file(), SECRET)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: sign_letter(desk, letter.record_id, SECRET, local(desk)), range(2)))
    assert both[0].signed_file == both[1].signed_file
    assert sorted(one.is_again for one in both) == [False, True]
    assert len(attached_files(desk, letter.record_id)) == 1


def test_a_revoked_letter_is_not_signed_and_prints_its_revocation(
    desk: RealDesk, home: Home, letter: IssuedLetter, authority: Authority
) -> None:
    signed = signed_by(desk, letter, authority)
    revoke_letter(desk, letter.record_id, "salah nama")
    revoked = letter_of(desk, letter.record_id)
    assert revoked.signed_file == signed.signed_file
    assert letter_paper(desk, revoked) == letter_pdf(revoked)  # never the signed one, which says nothing of it
    other = issue_letter(desk, LetterForm(service="SKD-05", subject_id=home.father, answers={"purpose": "x"}))
    revoke_letter(desk, other.record_id, "salah")
    refused("letter-revoked", lambda: sign_letter(desk, other.record_id, SECRET, local(desk)))
    refused("letter-unknown", lambda: sign_letter(desk, home.son, SECRET, local(desk)))


def test_what_cannot_sign_is_refused_when_it_is_brought(desk: RealDesk, authority: Authority) -> None:
    good = authority.file()

    def brought(content: bytes, password: str = SECRET, crl: bytes = b"") -> Any:
        return lambda: bring_certificate(desk, content, password, crl=crl)

    assert refused("signing-password", brought(good, "salah")).field == "password"
    refused("signing-password", brought(good, ""))
    refused("signing-file", brought(b"bukan sertifikat"))
    refused("signing-file", brought(b""))
    refused("signing-file", brought(bytes(65 * 1024)))
    refused("signing-key", brought(authority.file(may_sign=False)))
    refused("signing-key", brought(authority.file(key=rsa_key(1024))))
    refused("signing-expired", brought(authority.file(begins=NOW - 9 * DAY, ends=NOW - DAY)))
    refused("signing-not-yet", brought(authority.file(begins=NOW + DAY)))
    refused("signing-list", brought(good, crl=b"bukan daftar"))
    refused("signing-list", brought(good, crl=Authority().revoked()))  # the same name, another key
    refused("signing-list", brought(authority.file(has_chain=False), crl=authority.revoked()))
    revoked = authority.file()
    refused("signing-revoked", brought(revoked, crl=authority.revoked(authority.serial)))
    assert signing_settings(desk.store) == SigningSettings()
    kept = bring_certificate(desk, good, SECRET, crl=authority.revoked(9999))
    assert (kept.owner, kept.issuer, kept.brought_by) == ("SUPARMAN", "CA Uji Desa", "SITI")
    assert kept == signing_settings(desk.store)
    assert kept.pkcs12 == good  # as it came, still encrypted


def test_what_cannot_sign_any_more_is_refused_when_it_signs_and_keeps_nothing(
    desk: RealDesk, letter: IssuedLetter, authority: Authority
) -> None:
    def sign(password: str = SECRET, provider: LocalCertificate | None = None, at: Desk = desk) -> Any:
        return lambda: sign_letter(at, letter.record_id, password, provider or local(desk))

    refused("signing-not-set", sign())
    bring_certificate(desk, authority.file(ends=NOW + 9 * DAY), SECRET)
    refused("signing-password", sign("salah"))
    later = Desk(desk.store, "SITI", lambda: NOW_MS + 10 * 86_400_000)
    refused("signing-expired", sign(at=later))
    held = signing_settings(desk.store)
    revoked = SigningSettings(pkcs12=held.pkcs12, crl=authority.revoked(authority.serial), owner=held.owner)
    refused("signing-revoked", sign(provider=LocalCertificate(revoked)))
    assert letter_of(desk, letter.record_id).signed_file is None
    assert attached_files(desk, letter.record_id) == []
    assert letter_paper(desk, letter) == letter_pdf(letter)
    remove_certificate(desk.store)
    refused("signing-not-set", sign())
    refused("signing-not-set", lambda: remove_certificate(desk.store))


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import time\ntime.sleep(600)\n", "TimeoutExpired"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", "kode -9"),
        ("raise SystemExit('rusak')\n", "rusak"),
        ("print('{\"pdf\": ')\n", "kode 0"),
        ("print('[1]')\n", "kode 0"),
        ('print(\'{"refused": "apa"}\')\n', "apa"),
        ('print(\'{"pdf": "JVBERi0xLjc="}\')\n', "bukan surat ini"),
    ],
)
def test_a_child_that_hangs_dies_or_lies_leaves_nothing_half_done(
    desk: RealDesk, letter: IssuedLetter, authority: Authority, tmp_path: Path, program: str, said: str
) -> None:
    bring_certificate(desk, authority.file(), SECRET)
    script = tmp_path / "anak.py"
    script.write_text(program)
    began = time.monotonic()
    error = refused(
        "letter-not-signed",
        lambda: sign_letter(desk, letter.record_id, SECRET, local(desk, program=script, patience_s=1.0)),
    )
    assert time.monotonic() - began < 20
    assert isinstance(error, StorageError)
    assert said in error.message
    assert SECRET not in f"{error.message} {error.__cause__}"
    assert letter_of(desk, letter.record_id).signed_file is None
    assert attached_files(desk, letter.record_id) == []
    assert sign_letter(desk, letter.record_id, SECRET, local(desk)).signed_file is not None  # and goes on from there


def test_a_letter_revoked_while_it_was_being_signed_keeps_no_signature(
    desk: RealDesk, letter: IssuedLetter, authority: Authority
) -> None:
    class Revoking(FakeProvider):
        def sign(self, order: SignatureOrder) -> bytes:
            revoke_letter(desk, letter.record_id, "salah")
            return super().sign(order)

    refused("letter-revoked", lambda: sign_letter(desk, letter.record_id, SECRET, Revoking()))
    assert attached_files(desk, letter.record_id) == []


class FakeProvider:
    """A provider of another kind: the seam is these four members."""

    owner = "Kepala Desa"
    is_certified = True
    note = "Ditandatangani lewat penyelenggara"

    def __init__(self) -> None:
        self.orders: list[SignatureOrder] = []

    def sign(self, order: SignatureOrder) -> bytes:
        self.orders.append(order)
        return order.pdf + b"%tanda tangan\n"


def test_another_provider_needs_nothing_but_the_seam(desk: RealDesk, letter: IssuedLetter) -> None:
    provider = FakeProvider()
    signed = sign_letter(desk, letter.record_id, SECRET, provider)
    assert letter_paper(desk, signed).endswith(b"%tanda tangan\n")
    (order,) = provider.orders
    assert (order.place, order.moment_ms) == ("Sumberagung", NOW_MS)
    assert order.reason == f"Surat keterangan penduduk {letter.number}"
    assert SECRET not in repr(order)


def test_a_signed_letter_and_the_certificate_survive_a_backup(
    desk: RealDesk, letter: IssuedLetter, authority: Authority, tmp_path: Path
) -> None:
    paper = letter_paper(desk, signed_by(desk, letter, authority))
    held = signing_settings(desk.store)
    made = take_backup(desk.store, NOW_MS, folder=tmp_path)
    restore_backup(made.backup.path, made.new_code, tmp_path / "lain", NOW_MS + 1)
    with NodeStore.open(tmp_path / "lain") as restored:
        other = RealDesk(restored)
        assert letter_paper(other, letter_of(other, letter.record_id)) == paper
        assert signing_settings(restored) == held
        assert status(paper, authority).bottom_line


def test_the_password_is_nowhere_once_it_was_used(
    desk: RealDesk, letter: IssuedLetter, authority: Authority, tmp_path: Path
) -> None:
    signed_by(desk, letter, authority)
    with desk.store.local_reading() as connection:
        for name in inspect(connection).get_table_names():
            rows = connection.execute(text(f'SELECT * FROM "{name}"')).all()
            assert SECRET not in str(rows), name
    held = [path for path in (tmp_path / "office").rglob("*") if path.is_file()]
    assert not [path for path in held if SECRET.encode() in path.read_bytes()]


def test_practice_signs_nothing(desk: RealDesk, letter: IssuedLetter, authority: Authority) -> None:
    desk.store.is_practice = True
    refused("practice", lambda: bring_certificate(desk, authority.file(), SECRET))
    refused("practice", lambda: sign_letter(desk, letter.record_id, SECRET, FakeProvider()))


def test_the_library_is_loaded_by_the_child_only() -> None:
    code = "import sys, village_node.letters; sys.exit('pyhanko' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
