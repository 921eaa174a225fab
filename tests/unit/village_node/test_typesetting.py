"""The typesetter's process: kept while there is work, given back, replaced when it dies or hangs; nobody waits long."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import StorageError
from village_node.letters import Typesetter
from village_node.letters import typesetting as module

ORDER = {
    "template": "domicile-1",
    "content": (
        '{"title": "Surat", "number": "470/001.A/2026", "provisional": false, "paper": "A4", "void": "",'
        ' "village": {"name": "Kemiren", "kind": "desa", "subdistrict": "Glagah", "regency": "Kabupaten Banyuwangi"},'
        ' "subject": {"name": "AHMAD", "nik": "-", "family_number": "-", "birth_place": "-", "birth_on": "-",'
        ' "address": "-"}, "answers": {"purpose": "bank"}, "labels": {}, "officer": "SITI", "service": "SKD-03",'
        ' "signer": {"name": "SUPARMAN", "title": "Kepala Desa"}, "issued_on": "5 Mei 2026"}'
    ),
    "token": "KMPS:ABC",
    "logo": "",
    "format": "png",
}
WAIT_S = 10.0


@pytest.fixture
def typesetter() -> Iterator[Typesetter]:
    with Typesetter() as made:
        yield made


def until_gone(process_id: int) -> None:
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise AssertionError("the process is still there")


def failing(code: str, typesetter: Typesetter, patience_s: float = WAIT_S, **changes: str) -> None:
    with pytest.raises(StorageError) as caught:
        typesetter.set_pages({**ORDER, **changes}, patience_s=patience_s)
    assert caught.value.code == code


def script(tmp_path: Path, text: str) -> tuple[str, ...]:
    path = tmp_path / "fake.py"
    path.write_text(text)
    return (sys.executable, "-P", str(path))


def test_one_process_sets_many_letters(typesetter: Typesetter) -> None:
    assert typesetter.process_id is None
    (picture,) = typesetter.set_pages(ORDER)
    first = typesetter.process_id
    (pdf,) = typesetter.set_pages({**ORDER, "format": "pdf"})
    assert (picture[:8], pdf[:4]) == (b"\x89PNG\r\n\x1a\n", b"%PDF")
    assert typesetter.process_id == first is not None


def test_a_letter_that_cannot_be_set_spoils_none_after_it(typesetter: Typesetter) -> None:
    failing("typesetter-failed", typesetter, template="../typesetter")
    failing("typesetter-failed", typesetter, content="[]")
    first = typesetter.process_id
    assert typesetter.set_pages(ORDER)
    assert typesetter.process_id == first


@pytest.mark.skipif(sys.platform == "win32", reason="kills by a POSIX signal")
def test_one_that_was_killed_while_it_waited_is_replaced(typesetter: Typesetter) -> None:
    typesetter.set_pages(ORDER)
    first = typesetter.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert typesetter.set_pages(ORDER)
    assert typesetter.process_id != first


def test_one_that_dies_with_every_order_is_told_at_once(tmp_path: Path) -> None:
    with Typesetter(command=script(tmp_path, "import sys; sys.stdin.buffer.read(4)")) as typesetter:
        began = time.monotonic()
        failing("typesetter-failed", typesetter)
        assert time.monotonic() - began < WAIT_S / 2
        assert typesetter.process_id is None


def test_one_that_talks_nonsense_is_told(tmp_path: Path) -> None:
    for said in (b"\xff\xff\xff\xff", b"\0\0\0\2[]", b"\0\0\0\2{}", b'\0\0\0\x0e{"sizes": [-1]}'):
        text = f"import sys; sys.stdin.buffer.read(4); sys.stdout.buffer.write({said!r})"
        with Typesetter(command=script(tmp_path, text)) as typesetter:
            failing("typesetter-failed", typesetter)


def test_one_that_hangs_is_ended_and_the_page_goes_on(tmp_path: Path) -> None:
    with Typesetter(command=script(tmp_path, "import time; time.sleep(600)")) as typesetter:
        seen: list[int | None] = []
        threading.Timer(0.3, lambda: seen.append(typesetter.process_id)).start()
        failing("typesetter-slow", typesetter, patience_s=0.6)
        assert seen[0] is not None
        until_gone(seen[0])


def test_whoever_waits_behind_one_that_hangs_is_told_in_time(tmp_path: Path) -> None:
    with Typesetter(command=script(tmp_path, "import time; time.sleep(600)")) as typesetter:
        first = threading.Thread(target=failing, args=("typesetter-slow", typesetter, 1.5))
        first.start()
        time.sleep(0.2)
        began = time.monotonic()
        failing("typesetter-slow", typesetter, patience_s=0.3)
        assert time.monotonic() - began < 1.0
        first.join(WAIT_S)


def test_one_without_work_is_given_back_and_comes_again() -> None:
    with Typesetter(idle_s=0.1) as typesetter:
        typesetter.set_pages(ORDER)
        first = typesetter.process_id or 0
        until_gone(first)
        assert typesetter.set_pages(ORDER)


def test_one_is_replaced_after_many_letters(monkeypatch: pytest.MonkeyPatch, typesetter: Typesetter) -> None:
    monkeypatch.setattr(module, "ORDERS_MAX", 2)
    typesetter.set_pages(ORDER)
    first = typesetter.process_id or 0
    typesetter.set_pages(ORDER)
    until_gone(first)


def test_a_closed_one_leaves_nothing_behind_and_starts_nothing(typesetter: Typesetter) -> None:
    typesetter.set_pages(ORDER)
    first = typesetter.process_id or 0
    typesetter.close()
    until_gone(first)
    failing("typesetter-failed", typesetter)
    assert typesetter.process_id is None


@pytest.mark.skipif(sys.platform == "win32", reason="kills by a POSIX signal")
def test_one_whose_program_is_killed_ends_by_itself(tmp_path: Path) -> None:
    text = (
        "import json, sys, time; from village_node.letters import Typesetter; typesetter = Typesetter()\n"
        "typesetter.set_pages(json.loads(sys.stdin.readline())); print(typesetter.process_id, flush=True)\n"
        "time.sleep(600)"
    )
    asking = subprocess.Popen([sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert asking.stdin is not None
    assert asking.stdout is not None
    try:
        asking.stdin.write(json.dumps(ORDER).encode() + b"\n")
        asking.stdin.flush()
        process_id = int(asking.stdout.readline())
    finally:
        asking.kill()
        asking.wait(WAIT_S)
        asking.stdin.close()
        asking.stdout.close()
    until_gone(process_id)
