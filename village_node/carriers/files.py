"""Carry the same sealed messages as files on a stick: export for the hub, import its answers (protocol 13).

Decides how a journal is cut into files and which files are ours.  Everything may be lost, copied, damaged, late or come
twice: each file is a message that stands for itself, and one bad file never stops the next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from schemas.errors import StorageError, VillageSyncError
from schemas.stick import DEVICE_CHARACTERS, SUFFIX, Direction, StickName, parse_stick_name
from sync_protocol.limits import SEALED_BYTES_MAX
from sync_protocol.sealing import peek_receiver
from village_node.blobs import BlobSender
from village_node.durable import replace_file
from village_node.incoming import take_in
from village_node.journal_mending import mend_journal
from village_node.outgoing import Budgets, Outgoing, make_message
from village_node.store import NodeStore

FILE_JOURNAL_BYTES = 2 * 1024 * 1024
FILE_ANSWER_BYTES = 2 * 1024 * 1024
"""Before compression; a stick has room, but a sealed message has a limit and an old laptop little memory."""
FILE_BLOB_BYTES = 2 * 1024 * 1024
FILES_MAX = 200
BLOB_FILES_MAX = 16
"""Files with attachments of one export: they are in memory together.  The rest goes with the next."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file: ``code`` is "taken", "nothing-new", "foreign", or that of an error."""

    path: Path
    code: str
    message: str
    applied: int = 0

    @property
    def is_error(self) -> bool:
        """Tell whether a person should look at the file."""
        return self.code not in {"taken", "nothing-new", "foreign"}


def export_messages(store: NodeStore, folder: Path, *, now_ms: int) -> list[Path]:
    """Write everything that the hub has not acknowledged as files, in the order to be read; always at least one.

    Exporting again before an answer came writes it again: the hub takes each entry once.

    Raises RefusedError "practice", StorageError "folder-missing" or what the disk says; what was written before is
    whole and may travel.
    """
    store.must_be_real()
    if not folder.is_dir():
        raise StorageError(
            f"Folder stik tidak ditemukan: {folder}", code="folder-missing", hint="Pasang stik, lalu periksa namanya."
        )
    mend_journal(store)
    device = store.keys.signing.key_id.hex()[:DEVICE_CHARACTERS]
    paths = []
    for message in _messages(store, now_ms):
        path = folder / str(StickName(store.config.village_code, device, message.number, Direction.UP))
        replace_file(path, message.raw)
        paths.append(path)
    return paths


def _messages(store: NodeStore, now_ms: int) -> list[Outgoing]:
    """Make the messages and commit that they exist; each goes on where the one before ends."""
    made: list[Outgoing] = []
    with store.transaction() as working:
        acked_seq = working.tables.state.acked_seq
        blobs = BlobSender(working.connection)
        blob_files = 0
        is_last = False
        while not is_last and len(made) < FILES_MAX:
            state = working.tables.state
            left = state.journal_seq - state.acked_seq
            budgets = Budgets(FILE_JOURNAL_BYTES, FILE_ANSWER_BYTES, FILE_BLOB_BYTES)
            made.append(make_message(store, working, budgets, carrier="file", now_ms=now_ms, by_file=True, blobs=blobs))
            blob_files += made[-1].blob_count > 0
            is_last = made[-1].entry_count >= left and (not blobs or blob_files == BLOB_FILES_MAX)
            working.tables.state = replace(state, acked_seq=state.acked_seq + made[-1].entry_count)
        working.tables.state = replace(working.tables.state, acked_seq=acked_seq)
    return made


def import_answers(store: NodeStore, folder: Path) -> list[FileReport]:
    """Take in every answer for this laptop that lies in a folder, oldest first; return what became of each file.

    Raises RefusedError "practice", StorageError if the database or the disk refuses; every file taken before stays
    taken.
    """
    store.must_be_real()
    return [_import_file(store, path) for path in _in_order(folder)]


def _in_order(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise StorageError(
            f"Folder stik tidak ditemukan: {folder}", code="folder-missing", hint="Pasang stik, lalu periksa namanya."
        )
    found: list[tuple[int, str, Path]] = []
    for path in folder.iterdir():
        name = parse_stick_name(path.name)
        if path.suffix.lower() != SUFFIX or not path.is_file() or (name and name.direction is Direction.UP):
            continue
        # A file that somebody renamed is read too, after those whose place is known.
        found.append((name.number if name is not None else 1 << 62, path.name, path))
    return [path for _, _, path in sorted(found)]


def _import_file(store: NodeStore, path: Path) -> FileReport:
    try:
        raw = read_file(path)
        if peek_receiver(raw) != store.keys.sealing.key_id:
            return FileReport(path, "foreign", "Untuk laptop lain; dibiarkan.")
        taken = take_in(store, raw)
    except StorageError as error:
        if error.code == "file-not-read":
            return FileReport(path, error.code, error.message)
        raise
    except VillageSyncError as error:
        return FileReport(path, error.code, error.hint or error.message)
    if taken.is_fresh or taken.applied:
        return FileReport(path, "taken", f"{taken.applied} catatan diterima.", taken.applied)
    return FileReport(path, "nothing-new", "Sudah pernah diambil.")


def read_file(path: Path) -> bytes:
    """Return a file's bytes, no more than a sealed message may have; raises StorageError "file-not-read"."""
    try:
        with path.open("rb") as file:
            return file.read(SEALED_BYTES_MAX + 1)
    except OSError as error:
        raise StorageError(f"Berkas tidak dapat dibaca: {path.name}", code="file-not-read") from error
