"""Keep the ledger: what a restored database must not undo, in a signed append-only file outside it (protocol 8.9).

Key lists, used invitations, enrolled and revoked devices.  Each line is a JSON object, signed by the hub's key and
chained by the digest of the line before; it is on the disk before the commit that goes with it.  Decides nothing about
what follows from a record (``enrolment`` does).  The registrars' diary is appended in the same durable way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from district_hub.durable_files import append_line, exclusive
from schemas.errors import DatabaseCorruptError, VillageSyncError
from sync_protocol.codec import digest32
from sync_protocol.enrolment import verify_key_list
from sync_protocol.sealing import SigningKey, VerifyKey

LEDGER_NAME, DIARY_NAME = "ledger", "diary.jsonl"

KEY_LIST = "key-list"
INVITATION_USED = "invitation-used"
DEVICE_ENROLLED = "device-enrolled"
DEVICE_MARKED = "device-marked"
DEVICE_REVOKED = "device-revoked"
DEVICE_REINSTATED = "device-reinstated"

_START = digest32(b"kampung/ledger/0")


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """One record: ``line`` is its signed form, as it stands in the file and travels in feeds."""

    number: int
    at_ms: int
    kind: str
    detail: Mapping[str, Any]
    line: bytes


class Ledger:
    """The ledger of one hub, verified from its first line; append to it from any process.

    ``is_torn`` tells that the last line was cut by a power failure: it was never told anyone and is overwritten.
    """

    def __init__(self, path: Path, root_key: VerifyKey, signing_key: SigningKey) -> None:
        self.path = path
        self.is_torn = False
        self._root_key = root_key
        self._signing_key = signing_key
        self._verify_keys: dict[str, VerifyKey] = {}
        self._records: list[LedgerRecord] = []
        self._size = 0
        self._head = _START
        self._catch_up()

    def __iter__(self) -> Iterator[LedgerRecord]:
        self._catch_up()
        return iter(tuple(self._records))

    def append(self, kind: str, detail: Mapping[str, Any], at_ms: int) -> LedgerRecord:
        """Write a record durably and return it; raises DiskFullError or StorageError, and then nothing is written."""
        with exclusive(self.path.with_name(self.path.name + ".lock")):
            self._catch_up()
            if not self._records and kind != KEY_LIST:
                raise missing_ledger(self.path)
            body = {
                "number": len(self._records) + 1,
                "at_ms": at_ms,
                "kind": kind,
                "detail": dict(detail),
                "previous": self._head.hex(),
                "key_id": self._signing_key.key_id.hex(),
            }
            signature = self._signing_key.sign(_signed_part(body)).hex()
            line = _canonical({**body, "signature": signature})
            append_line(self.path, line, at=self._size)
            self._catch_up()
        return self._records[-1]

    def _catch_up(self) -> None:
        """Read and verify what this or another process has appended."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self._size)
            whole, newline, torn = file.read().rpartition(b"\n")
        self.is_torn = bool(torn)
        for line in (whole + newline).splitlines():
            self._take(line)
            self._size += len(line) + 1

    def _take(self, line: bytes) -> None:
        number = len(self._records) + 1
        try:
            tree = json.loads(line)
            signature = bytes.fromhex(tree.pop("signature"))
            record = LedgerRecord(tree["number"], tree["at_ms"], tree["kind"], tree["detail"], line)
            follows = (record.number, tree["previous"]) == (number, self._head.hex())
            if record.kind == KEY_LIST:  # vouched for by the root, so it may name the key that signed this very line
                self._learn_key(bytes.fromhex(record.detail["key_list"]))
            self._verify_keys[tree["key_id"]].verify(signature, _signed_part(tree))
        except (ValueError, KeyError, TypeError, AttributeError, VillageSyncError) as error:
            raise self._damaged(number) from error
        if not follows:
            raise self._damaged(number)
        self._records.append(record)
        self._head = digest32(line)

    def _learn_key(self, signed_key_list: bytes) -> None:
        verify_key = verify_key_list(signed_key_list, self._root_key).verify_key
        self._verify_keys[verify_key.key_id.hex()] = verify_key

    def _damaged(self, number: int) -> DatabaseCorruptError:
        return DatabaseCorruptError(
            f"the ledger {self.path} does not hold at line {number}",
            code="ledger-damaged",
            hint="Do not serve: compare it with its copies, and find out who changed it.",
        )


def missing_ledger(path: Path) -> DatabaseCorruptError:
    """Return the error of a hub whose ledger is gone: without it a stolen laptop may be let in again."""
    return DatabaseCorruptError(
        f"the ledger {path} is missing",
        code="ledger-missing",
        hint="Copy it back; if no copy is left anywhere: `kampung hub restore --rebuild-ledger`.",
    )


def _canonical(tree: Mapping[str, Any]) -> bytes:
    return json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _signed_part(tree: Mapping[str, Any]) -> bytes:
    return b"kampung/ledger/0" + _canonical(tree)


def append_diary(path: Path, record: Mapping[str, Any]) -> None:
    """Append one line to the registrars' diary, durably, before the decision is committed; raises StorageError."""
    append_line(path, _canonical(record))
