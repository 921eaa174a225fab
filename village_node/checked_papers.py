"""Say what the code of a printed letter proves by a district's published keys alone, and in which words.

Decides what the answer tells: number, kind, day, village, and whether the letter was revoked as far as that can be
known; never a person.  The console and the desk's page say it in the same words.  Loads nothing of the village node:
the command that checks a letter runs at any counter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schemas.bodies import days_to_date
from schemas.errors import VillageSyncError
from schemas.services import all_services
from sync_protocol.letter_tokens import PublishedKeys, check_letter_token


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPaper:
    """What a code proves; ``record_id`` is the village's own letter, if it is one and here.

    ``is_revoked`` is None where it cannot be known; ``is_missing`` tells that a laptop of this village signed a letter
    that this register does not have.
    """

    kind: str
    number: str
    issued_on: dt.date
    village_code: str
    village: str
    locked_on: dt.date | None = None
    is_revoked: bool | None = None
    is_missing: bool = False
    record_id: bytes | None = None

    @property
    def title(self) -> str:
        """Return the kind as the letter calls itself."""
        return next((one.label.id for one in all_services().values() if one.template == self.kind), self.kind)


def check_printed(text: str, keys: PublishedKeys) -> CheckedPaper:
    """Return what a code proves by a district's keys, anywhere and offline; raises as ``check_letter_token``."""
    found = check_letter_token(text, keys)
    locked_ms = found.revoked_ms
    return CheckedPaper(
        kind=found.seal.template,
        number=found.seal.number,
        issued_on=days_to_date(found.seal.issued_days),
        village_code=found.certificate.village_code,
        village=found.certificate.village_name,
        locked_on=None if locked_ms is None else dt.datetime.fromtimestamp(locked_ms / 1000, tz=dt.UTC).date(),
    )


# -- the words


def public_facts(paper: CheckedPaper) -> str:
    """Return the facts in one line, as the console prints them."""
    return f"{paper.number}  {paper.issued_on}  {paper.village_code} {paper.village}  {paper.kind}"


def public_sentences(paper: CheckedPaper) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is proven and what to look out for, each with its values; may be said to anybody."""
    if paper.is_revoked is None:
        yield PROVEN, {}
    else:
        yield REVOKED if paper.is_revoked else HOLDS, {}
    if paper.is_missing:
        yield MISSING, {}
    if paper.locked_on is not None:
        yield LOCKED, {"day": paper.locked_on}


PROVEN = "Tanda tangan benar. Apakah surat dicabut tidak dapat diketahui tanpa jaringan; tanyakan ke desa."
HOLDS = "Surat ini terbit dari desa ini dan berlaku menurut buku desa."
REVOKED = "Surat ini terbit dari desa ini dan SUDAH DICABUT; tidak berlaku lagi."
MISSING = "Perhatikan: surat ini tidak ada dalam buku laptop ini; sambungkan ke kabupaten, lalu periksa lagi."
LOCKED = "Perhatikan: laptop penerbit dikunci kabupaten sejak %(day)s; pastikan ke desa."


def paper_facts(paper: CheckedPaper) -> dict[str, Any]:
    """Return the facts by name, for programs."""
    return {
        "valid": paper.is_revoked is not True,
        "kind": paper.kind,
        "number": paper.number,
        "issued_on": paper.issued_on,
        "village_code": paper.village_code,
        "village": paper.village,
        "device_locked_on": paper.locked_on,
        "revoked": paper.is_revoked,
    }


def why_not(error: VillageSyncError) -> tuple[str, str]:
    """Return why a code proves nothing, and what to do, for people at a counter."""
    return WHY_NOT.get(error.code, (error.message, error.hint))


WHY_NOT: dict[str, tuple[str, str]] = {
    "token-form": (
        "Kode ini rusak, atau bukan kode surat",
        "Pindai sekali lagi; bila tetap begitu, tanyakan nomornya ke desa penerbit.",
    ),
    "signature-bad": (
        "Kode ini diubah: tanda tangannya tidak cocok",
        "Jangan terima suratnya; tanyakan nomornya ke desa penerbit.",
    ),
    "letter-key-unknown": (
        "Laptop penerbitnya tidak dikenal: surat ini bukan dari desa ini, atau bukan dari kabupaten ini",
        "Untuk desa lain di kabupaten ini, sertakan berkas kunci terbaru dari kabupaten.",
    ),
    "keys-form": ("Ini bukan berkas kunci kabupaten", "Minta lagi keys.json ke kabupaten."),
    "keys-foreign": ("Berkas kunci ini dari kabupaten lain", "Minta keys.json ke kabupaten sendiri."),
}
"""By code: why, and what next."""
