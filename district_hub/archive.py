"""Put everything a hub needs into one encrypted file that makes a hub of another machine, and unpack one (protocol 11).

In it: a verified, mute backup, the ledger, the diary, the settings, and the keys that are needed every day; never the
root keys, which are in a safe.  It counts only after it was unpacked beside the hub, opened and proved.  Ledger and
diary are those of its day: if newer copies survive, they belong in the place of these before the hub is resumed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import secrets
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from district_hub.backup import Backup, VerifiedBackup, verify_backup
from district_hub.config import CONFIG_NAME, load_config
from district_hub.durable_files import make_private_directory, write_private
from district_hub.hub import Hub
from district_hub.keys import KEYS_DIRECTORY
from district_hub.ledger import DIARY_NAME, LEDGER_NAME
from district_hub.sealed_files import OpeningReader, SealingWriter
from schemas.errors import DatabaseCorruptError, DataError, DiskFullError, RefusedError, StorageError, VillageSyncError
from sync_protocol.words import WORDS, words_of

SUFFIX = ".kmpa"
CODE_WORDS = 12
_CODE_FILE = "recovery.code"
_ROOT_KEYS = frozenset({"root.key", "root-next.key", _CODE_FILE})
_DATABASE = "hub.db"
_STAMP = "%Y%m%dT%H%M%SZ"
_MEMBERS = frozenset({CONFIG_NAME, LEDGER_NAME, DIARY_NAME, _DATABASE, KEYS_DIRECTORY})


@dataclass(frozen=True, slots=True)
class Archive:
    """A finished archive; ``new_code`` is there when its words were drawn just now."""

    path: Path
    size_bytes: int
    verified: VerifiedBackup
    new_code: str | None


def write_archive(directory: Path, backup: Backup, folder: Path, now_ms: int) -> Archive:
    """Write an archive of a hub and a backup of it into a folder, unpack it for a trial, and only then name it.

    Raises DatabaseCorruptError "archive-bad", DiskFullError, StorageError; no half file stays behind.
    """
    code, is_new = _code(directory)
    stamp = dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC).strftime(_STAMP)
    path = folder / f"hub-{stamp}{SUFFIX}"
    part = path.with_name(path.name + ".part")
    try:
        with _our_errors(path):
            with part.open("wb") as file:
                _pack(directory, backup, file, code_key(code))
                file.flush()
                os.fsync(file.fileno())
            verified = _trial(part, code, directory, now_ms)
            if is_new:
                write_private(directory / KEYS_DIRECTORY / _CODE_FILE, f"{code}\n".encode())
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return Archive(path, path.stat().st_size, verified, code if is_new else None)


def _code(directory: Path) -> tuple[str, bool]:
    kept = directory / KEYS_DIRECTORY / _CODE_FILE
    if kept.exists():
        return code_typed(kept.read_text(encoding="utf-8")), False
    return " ".join(words_of(secrets.token_bytes(17), CODE_WORDS)), True


def _pack(directory: Path, backup: Backup, file: BinaryIO, key: bytes) -> None:
    with SealingWriter(file, key) as sealed, tarfile.open(fileobj=cast("BinaryIO", sealed), mode="w|") as tar:
        for name in (CONFIG_NAME, LEDGER_NAME, DIARY_NAME):
            if (directory / name).exists():
                tar.add(directory / name, name)
        for key_file in sorted((directory / KEYS_DIRECTORY).iterdir()):
            if key_file.name not in _ROOT_KEYS:
                tar.add(key_file, f"{KEYS_DIRECTORY}/{key_file.name}")
        tar.add(backup.path, _DATABASE)


def _trial(path: Path, code: str, directory: Path, now_ms: int) -> VerifiedBackup:
    with tempfile.TemporaryDirectory(prefix=".trial-", dir=directory) as name:
        try:
            return restore_archive(path, code, Path(name) / "hub", now_ms)
        except DataError as error:
            raise DatabaseCorruptError(
                f"the archive cannot be unpacked: {error.message}", code="archive-bad"
            ) from error


def restore_archive(path: Path, code: str, directory: Path, now_ms: int) -> VerifiedBackup:
    """Make a new folder the hub of an archive, mute; return what was proved in it.

    Raises RefusedError "hub-exists" or "backup-missing", DataError "recovery-code" or "archive-other",
    DatabaseCorruptError, DiskFullError, StorageError; then there is no such folder.
    """
    if directory.exists() and any(directory.iterdir()):
        raise RefusedError(f"{directory} is not empty", code="hub-exists", hint="Name a new folder with --dir.")
    if not path.is_file():
        raise RefusedError(f"there is no archive {path}", code="backup-missing", hint="Check the name and the disk.")
    words = code_typed(code)
    with _our_errors(directory):
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=directory.parent) as name:
            unpacked = Path(name) / "hub"
            _unpack(path, code_key(words), unpacked)
            config = load_config(unpacked, {})
            database = unpacked / _DATABASE
            if config.database_url_in(unpacked) != f"sqlite:///{database}":
                raise RefusedError(
                    f"the hub of this archive keeps its data elsewhere: {config.database_url_in(unpacked)}",
                    code="backup-external",
                )
            Hub.open(unpacked).close()  # keys, ledger and database belong together; an older schema is brought up
            verified = verify_backup(Backup(database, now_ms, database.stat().st_size), config.district_code)
            write_private(unpacked / KEYS_DIRECTORY / _CODE_FILE, f"{words}\n".encode())
            if directory.exists():
                directory.rmdir()
            unpacked.replace(directory)
    return verified


def _unpack(path: Path, key: bytes, folder: Path) -> None:
    make_private_directory(folder / KEYS_DIRECTORY)
    for name in ("invitations", "outbox", "backups"):
        make_private_directory(folder / name)
    with path.open("rb") as file, tarfile.open(fileobj=cast("BinaryIO", OpeningReader(file, key)), mode="r|") as tar:
        for member in tar:
            parts = Path(member.name).parts
            if not member.isfile() or len(parts) > 2 or parts[0] not in _MEMBERS or ".." in parts:
                raise DatabaseCorruptError(f"{path.name} holds what no hub wrote", code="archive-bad")
            content = tar.extractfile(member)
            assert content is not None, "a regular file has content"
            descriptor = os.open(folder / member.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as target:
                while block := content.read(1 << 20):
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())


def code_typed(text: str) -> str:
    """Return a recovery code as typed from paper, in its one spelling; raises DataError "recovery-code"."""
    words = text.lower().replace("-", " ").replace(",", " ").split()
    wrong = next((word for word in words if word not in WORDS), None)
    if wrong is not None or len(words) != CODE_WORDS:
        raise DataError(
            f"{wrong!r} is no word of a recovery code" if wrong else f"a recovery code has {CODE_WORDS} words",
            code="recovery-code",
            hint="Type the twelve words as they stand on the paper; each has five letters.",
        )
    return " ".join(words)


def code_key(code: str) -> bytes:
    """Return the 32 bytes that an archive is encrypted with."""
    return hashlib.blake2b(b"kampung/hub-archive/0" + code.encode(), digest_size=32).digest()


@contextmanager
def _our_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except VillageSyncError:
        raise
    except tarfile.TarError as error:
        raise DatabaseCorruptError(f"{path.name} is damaged: {error}", code="archive-bad") from error
    except OSError as error:
        if error.errno == 28:  # ENOSPC, the same on every system we run on
            raise DiskFullError("the disk is full: nothing was written", hint="Free some space, then again.") from error
        raise StorageError(f"{path}: {error.strerror or error}", code="archive-unwritten") from error
