"""What SQLite says of a full disk; that a really full one is told from a broken one is in the tests with real disks."""

from __future__ import annotations

from pathlib import Path

import pytest

from register.disk_room import is_full


@pytest.mark.parametrize("text", ["database or disk is full", "could not extend file: No space left on device"])
def test_a_full_disk_that_is_called_full_is_full(text: str) -> None:
    assert is_full(text, None)


def test_a_failing_disk_with_room_is_broken_not_full(tmp_path: Path) -> None:
    assert not is_full("disk I/O error", tmp_path)
    assert not is_full("disk I/O error", None)
    assert not is_full("database is locked", tmp_path)
