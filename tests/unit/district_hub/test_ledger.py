"""The ledger: what is in it stays in it, and a changed line is seen at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from district_hub.durable_files import append_line, exclusive, write_private
from district_hub.hub import Hub
from district_hub.ledger import DEVICE_REVOKED, LEDGER_NAME, Ledger
from schemas.errors import DatabaseCorruptError, StorageError
from sync_protocol.sealing import SigningKey
from tests.fakes import NOW


def reopened(hub: Hub) -> Ledger:
    return Ledger(hub.directory / LEDGER_NAME, hub.keys.root_key, hub.keys.signing_key)


def damage(hub: Hub, old: bytes, new: bytes) -> None:
    path = hub.directory / LEDGER_NAME
    path.write_bytes(path.read_bytes().replace(old, new))


def test_what_one_process_appends_another_reads_and_continues(hub: Hub) -> None:
    other = reopened(hub)
    for number, ledger in enumerate((hub.ledger, other, hub.ledger), start=2):
        assert ledger.append(DEVICE_REVOKED, {"device_id": "aa", "reason": str(number)}, NOW).number == number
    assert [record.detail.get("reason") for record in other] == [None, "2", "3", "4"]
    assert list(other) == list(hub.ledger) == list(reopened(hub))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"reason":"satu"', b'"reason":"dua!"'),
        (b'"kind":"device-revoked"', b'"kind":"device-xxxxxxx"'),
        (b"\n{", b"\n\n{"),
    ],
)
def test_a_changed_line_is_damage(hub: Hub, old: bytes, new: bytes) -> None:
    hub.ledger.append(DEVICE_REVOKED, {"device_id": "aa", "reason": "satu"}, NOW)
    damage(hub, old, new)
    with pytest.raises(DatabaseCorruptError) as caught:
        reopened(hub)
    assert caught.value.code == "ledger-damaged"


def test_a_line_taken_out_is_damage(hub: Hub) -> None:
    for reason in ("satu", "dua"):
        hub.ledger.append(DEVICE_REVOKED, {"device_id": "aa", "reason": reason}, NOW)
    path = hub.directory / LEDGER_NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    with pytest.raises(DatabaseCorruptError):
        reopened(hub)


def test_a_line_of_another_key_is_damage(hub: Hub) -> None:
    stranger = Ledger(hub.directory / "other", hub.keys.root_key, SigningKey.from_seed(bytes(32)))
    with pytest.raises(DatabaseCorruptError):
        stranger.append(DEVICE_REVOKED, {"device_id": "aa", "reason": "x"}, NOW)


def test_a_torn_last_line_is_tolerated_and_overwritten(hub: Hub) -> None:
    path = hub.directory / LEDGER_NAME
    path.write_bytes(path.read_bytes() + b'{"number":2,"at')
    ledger = reopened(hub)
    was_torn = ledger.is_torn
    ledger.append(DEVICE_REVOKED, {"device_id": "aa", "reason": "x"}, NOW)
    assert (was_torn, ledger.is_torn) == (True, False)
    assert [record.number for record in reopened(hub)] == [1, 2]


def test_the_diary_is_appended_line_by_line_and_a_torn_line_does_not_swallow_the_next(hub: Hub) -> None:
    hub.write_diary({"decision": "aa", "registrar": "Sri"})
    path = hub.directory / "diary.jsonl"
    path.write_bytes(path.read_bytes() + b'{"torn')
    hub.write_diary({"decision": "bb", "registrar": "Sri"})
    first, torn, last = path.read_bytes().splitlines()
    assert json.loads(first)["decision"] == "aa"
    assert torn == b'{"torn'
    assert json.loads(last)["decision"] == "bb"


def test_a_disk_that_refuses_is_a_storage_error(tmp_path: Path) -> None:
    missing = tmp_path / "no" / "file"
    with pytest.raises(StorageError):
        write_private(missing, b"x")
    with pytest.raises(StorageError):
        append_line(missing, b"x")
    with pytest.raises(StorageError), exclusive(missing):
        pass
