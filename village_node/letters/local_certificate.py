"""Keep the office's own signing certificate and sign with it: a PKCS#12 file in the database, opened in a child.

Decides where the file lies and what a failure means.  The file stays encrypted as it came, in the laptop's encrypted
database, so that a backup holds it and no copy lies about.  Its password is asked for each signature and kept nowhere:
an unlocked desk, a stolen laptop or a backup alone signs nothing (PP 71/2019 art. 59: only the signer commands the
signing data).  Which letter may be signed is ``signing``'s.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import msgspec

from schemas.errors import DataError, RefusedError, VillageSyncError
from village_node.desk import Desk
from village_node.letters.signatures import SignatureOrder, not_signed
from village_node.settings import Settings, read, write
from village_node.store import NodeStore

FILE_BYTES_MAX = 64 * 1024
"""A key with its chain has a few kilobytes."""
LIST_BYTES_MAX = 512 * 1024
"""Lists of revoked certificates grow with the authority; a village's own has hundreds of bytes."""

SIGNATORY = Path(__file__).with_name("signatory.py")
PATIENCE_S = 60.0

_REFUSALS: dict[str, tuple[str, str, str]] = {
    "password": (
        "signing-password",
        "Kata sandi sertifikat salah",
        "Ketik kata sandi yang diberikan bersama berkas sertifikat; bukan kata sandi meja.",
    ),
    "file": (
        "signing-file",
        "Berkas ini bukan sertifikat dengan kunci (PKCS#12)",
        "Pilih berkas .p12 atau .pfx dari yang menerbitkan sertifikat.",
    ),
    "key": (
        "signing-key",
        "Sertifikat ini tidak dapat dipakai menandatangani",
        "Minta sertifikat untuk tanda tangan dengan kunci RSA 2048 bit atau lebih, atau kurva eliptik.",
    ),
    "crl": (
        "signing-list",
        "Daftar pencabutan bukan dari penerbit sertifikat ini, atau rusak",
        "Minta daftar (.crl) dari penerbit yang sama.",
    ),
    "expired": (
        "signing-expired",
        "Masa berlaku sertifikat sudah habis",
        "Minta sertifikat baru, lalu pasang di Pengaturan; surat ini dapat ditandatangani di kertas.",
    ),
    "not-yet": (
        "signing-not-yet",
        "Sertifikat belum mulai berlaku",
        "Periksa tanggal laptop, atau tunggu sampai sertifikat berlaku.",
    ),
    "revoked": (
        "signing-revoked",
        "Sertifikat sudah dicabut penerbitnya",
        "Minta sertifikat baru, lalu pasang di Pengaturan; surat ini dapat ditandatangani di kertas.",
    ),
}
_FIELDS = {"password": "password", "file": "file", "key": "file", "crl": "crl"}
"""What was given is wrong, and in which field; the others are the certificate's state."""


class SigningSettings(Settings, frozen=True, kw_only=True):
    """The office's certificate, still encrypted, and what it says of itself; empty if none was brought in."""

    key: ClassVar[str] = "signing"

    pkcs12: Annotated[bytes, msgspec.Meta(max_length=FILE_BYTES_MAX)] = b""
    crl: Annotated[bytes, msgspec.Meta(max_length=LIST_BYTES_MAX)] = b""
    owner: str = ""
    issuer: str = ""
    serial: str = ""
    fingerprint: str = ""
    valid_from_ms: int = 0
    valid_until_ms: int = 0
    brought_by: str = ""
    brought_ms: int = 0

    @property
    def is_set(self) -> bool:
        """Tell whether there is a certificate."""
        return bool(self.pkcs12)


@dataclass(frozen=True, slots=True)
class LocalCertificate:
    """Signs with the office's own certificate; a ``SignatureProvider``."""

    settings: SigningSettings
    program: Path = SIGNATORY
    patience_s: float = PATIENCE_S

    @property
    def owner(self) -> str:
        """Return the name in the certificate."""
        return self.settings.owner

    @property
    def is_certified(self) -> bool:
        """Tell that no Indonesian certification authority stands behind it."""
        return False

    @property
    def note(self) -> str:
        """Return what stands in the place of the signature."""
        return "Sertifikat lokal desa; bukan tanda tangan elektronik tersertifikasi (PP 71/2019 pasal 60)."

    def sign(self, order: SignatureOrder) -> bytes:
        """Return the signed PDF; raises as ``SignatureProvider.sign`` and RefusedError "signing-not-set"."""
        if not self.settings.is_set:
            raise _not_set()
        answer = self._asked(
            {
                "do": "sign",
                "pdf": base64.b64encode(order.pdf).decode(),
                "password": order.secret,
                "reason": order.reason,
                "place": order.place,
                "moment_ms": order.moment_ms,
            }
        )
        return base64.b64decode(str(answer["pdf"]))

    def described(self, password: str, moment_ms: int) -> dict[str, Any]:
        """Return what the certificate says of itself, if it could sign; raises as ``sign``."""
        if not self.settings.is_set:
            raise _not_set()
        return self._asked({"do": "describe", "password": password, "moment_ms": moment_ms})

    def _asked(self, order: dict[str, Any]) -> dict[str, Any]:
        """Ask the child process once; it is ended when it takes too long."""
        files = {"pkcs12": self.settings.pkcs12, "crl": self.settings.crl}
        whole = order | {name: base64.b64encode(content).decode() for name, content in files.items()}
        try:
            # The order goes through a pipe: neither arguments nor environment nor a file ever hold the password.
            done = subprocess.run(  # noqa: S603 - our own interpreter and our own file
                [sys.executable, "-P", str(self.program)],
                input=json.dumps(whole).encode(),
                capture_output=True,
                timeout=self.patience_s,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            # Its arguments would be in the cause's text, its input never is.
            raise not_signed(type(error).__name__) from error
        try:
            answer = json.loads(done.stdout)
        except ValueError as error:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            raise not_signed(lines[-1] if lines else f"kode {done.returncode}") from error
        if done.returncode or not isinstance(answer, dict):
            raise not_signed(f"kode {done.returncode}")
        if "refused" in answer:
            raise _refused(str(answer["refused"]))
        return answer


def _refused(word: str) -> VillageSyncError:
    if word not in _REFUSALS:
        return not_signed(word)
    code, message, hint = _REFUSALS[word]
    if word in _FIELDS:
        return DataError(message, code=code, hint=hint, field=_FIELDS[word])
    return RefusedError(message, code=code, hint=hint)


def _not_set() -> RefusedError:
    return RefusedError(
        "Sertifikat tanda tangan belum dipasang",
        code="signing-not-set",
        hint="Pasang berkas sertifikat (.p12) di Pengaturan, atau dengan `kampung village signing bring`.",
    )


def signing_settings(store: NodeStore) -> SigningSettings:
    """Return the office's certificate, empty if there is none."""
    with store.local_reading() as connection:
        return read(connection, SigningSettings)


def bring_certificate(
    desk: Desk, content: bytes, password: str, *, crl: bytes = b"", dry_run: bool = False
) -> SigningSettings:
    """Keep a PKCS#12 file as the office's certificate, once its password opened it; the one before goes.

    Args:
        crl: the issuer's list of revoked certificates, DER or PEM; without one nobody can tell whether it was revoked.

    Raises RefusedError "practice", "signing-expired", "signing-not-yet" or "signing-revoked"; DataError "signing-file",
    "signing-key", "signing-list" or "signing-password"; StorageError "letter-not-signed".  Nothing is kept then.
    """
    desk.store.must_be_real()
    if not 0 < len(content) <= FILE_BYTES_MAX:
        raise _refused("file")
    if len(crl) > LIST_BYTES_MAX:
        raise _refused("crl")
    fresh = SigningSettings(pkcs12=content, crl=crl)
    told = LocalCertificate(fresh).described(password, desk.likely_ms())
    known = {name: told[name] for name in ("owner", "issuer", "serial", "fingerprint")}
    days = {name: int(told[name]) for name in ("valid_from_ms", "valid_until_ms")}
    kept = msgspec.structs.replace(fresh, **known, **days, brought_by=desk.officer, brought_ms=desk.likely_ms())
    if not dry_run:
        with desk.store.local_writing() as connection:
            write(connection, kept)
    return kept


def remove_certificate(store: NodeStore, *, dry_run: bool = False) -> None:
    """Forget the office's certificate; letters that it signed stay as they are.

    Raises RefusedError "signing-not-set".
    """
    if not signing_settings(store).is_set:
        raise _not_set()
    if not dry_run:
        with store.local_writing() as connection:
            write(connection, SigningSettings())
