"""What the demo stands on: its folder, its way of running commands, and the relay that counts bytes."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from demo.cast import Cast
from demo.closing import judge
from demo.console import CommandFailedError, Console
from demo.folder import fresh_folder
from demo.offices import OFFICES, TAMANSARI, generate_office, write_spreadsheet
from demo.relay import Relay
from register.importing import read_table
from schemas.errors import RefusedError

pytestmark = pytest.mark.e2e

TODAY = dt.date(2026, 11, 25)


@contextmanager
def echo_server() -> Iterator[int]:
    """Answer one connection with everything it said, once it has stopped talking."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with listener.accept()[0] as peer:
            heard = b""
            while chunk := peer.recv(65536):
                heard += chunk
            peer.sendall(heard)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    thread.join(5)
    listener.close()


def test_a_relay_changes_no_byte_and_counts_all() -> None:
    sent = bytes(range(256)) * 4096
    reached: list[int] = []
    with echo_server() as port, Relay(port) as relay:
        relay.when("up", 100_000, lambda: reached.append(relay.bytes_up))
        with socket.create_connection(("127.0.0.1", int(relay.url.rsplit(":", 1)[1]))) as peer:
            peer.sendall(sent)
            peer.shutdown(socket.SHUT_WR)
            heard = b""
            while chunk := peer.recv(65536):
                heard += chunk
        assert heard == sent
        assert (relay.bytes_up, relay.bytes_down) == (len(sent), len(sent))
        assert len(reached) == 1
        assert reached[0] >= 100_000


def test_a_relay_ends_while_a_connection_is_open() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with Relay(listener.getsockname()[1]) as relay:
        peer = socket.create_connection(("127.0.0.1", int(relay.url.rsplit(":", 1)[1])))
        listener.accept()[0].close()
    peer.close()
    listener.close()


def test_the_demo_clears_only_what_a_demo_made(tmp_path: Path) -> None:
    folder = fresh_folder(tmp_path / "demo")
    (folder / "left-over").write_text("x")
    assert fresh_folder(folder) == folder
    assert not (folder / "left-over").exists()

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(RefusedError) as caught:
        fresh_folder(tmp_path / "mine")
    assert caught.value.code == "demo-folder-not-ours"
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_a_command_that_fails_is_said_with_its_own_words(tmp_path: Path) -> None:
    console = Console(tmp_path)
    assert console.run("--version").stdout.startswith("kampung ")
    with pytest.raises(CommandFailedError) as caught:
        console.run("config", "show", "--dir", "nowhere")
    assert "config-missing" in caught.value.hint
    assert "kampung config show --dir nowhere" in (tmp_path / "commands.log").read_text()


def test_the_three_lists_have_the_forms_that_offices_use(tmp_path: Path) -> None:
    for office in OFFICES:
        village = generate_office(office, 400, TODAY)
        assert write_spreadsheet(office, village, tmp_path) > 0
        table = read_table(tmp_path / office.spreadsheet)
        assert sum(len(sheet.rows) for sheet in table.sheets) == len(village.rows)
    raw = (tmp_path / TAMANSARI.spreadsheet).read_bytes()
    assert b"\x92" in raw  # the typographic apostrophe of Windows-1252, which is not UTF-8
    assert b";" in raw.splitlines()[0]


def test_nobody_plays_two_parts() -> None:
    cast = Cast(generate_office(TAMANSARI, 400, TODAY), TODAY)
    seen = [*cast.couple_with_room_for_a_child(), *cast.parents_and_heir(), cast.old_relative(), cast.grown_child()]
    seen += [cast.adult() for _ in range(8)]
    niks = [person["nik"] for person in seen]
    assert len(niks) == len(set(niks))


def proof(position: int = 7, **changes: Any) -> dict[str, Any]:
    return {"position": position, "head": "aa", "fingerprint": "bb", "is_consistent": True, **changes}


@pytest.mark.parametrize(
    ("own", "hub", "is_equal", "lost"),
    [
        ({}, {}, True, 0),
        ({"position": 6}, {}, False, 0),
        ({"head": "ab"}, {}, False, 0),
        ({"fingerprint": "b0"}, {}, False, 0),
        ({"is_consistent": False}, {}, False, 0),
        ({}, {"is_consistent": False}, False, 0),
        ({}, {"outcomes": {"c1": "accepted", "c2": None, "c3": "accepted"}}, True, 1),
        ({}, {"outcomes": {"c1": "accepted"}}, True, 2),
        # The journal forgot an entry whose change id a command had named: with and without the hub knowing it.
        ({"changes": [{"id": "c2"}, {"id": "c3"}]}, {}, True, 0),
        ({"changes": [{"id": "c2"}, {"id": "c3"}]}, {"outcomes": {"c2": "accepted", "c3": "refused"}}, True, 1),
    ],
)
def test_equal_and_lost_are_computed(own: dict[str, Any], hub: dict[str, Any], is_equal: bool, lost: int) -> None:
    journal = [{"id": "c1"}, {"id": "c2"}, {"id": "c3"}]
    outcomes = {"c1": "accepted", "c2": "in-review", "c3": "refused"}
    verdict = judge(proof(**{"changes": journal, **own}), proof(**{"outcomes": outcomes, **hub}), frozenset({"c1"}))
    assert (verdict.is_equal, verdict.lost) == (is_equal, lost)
