"""One behaviour, three ways to the hub: a fake wire, a stick in a folder, real HTTP against a real server.

A way is whatever brings a node's work up and the hub's feed down; how often it must be walked differs.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, Self

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response

from district_hub.stick import answer_folder
from schemas.bodies import body_of
from schemas.errors import (
    ConfigError,
    HubBusyError,
    HubTimeoutError,
    HubUnreachableError,
    RefusedError,
    TransportError,
    VillageSyncError,
)
from schemas.fields import Kind
from schemas.stick import Direction, StickName, parse_stick_name
from sync_protocol.entries import Create, EntryKind
from tests.node_ground import NOW_MS, VILLAGE, FakeDistrict, HubCarrier, enrolled
from village_node.carriers import LINE_BROKEN, files
from village_node.carriers.files import export_messages, import_answers
from village_node.carriers.http import HttpCarrier
from village_node.desk import Desk
from village_node.entry_states import entry_counts
from village_node.store import NodeStore
from village_node.syncer import synchronise


class HubServer:
    """A web server over a function of bytes; it may be a bad one."""

    def __init__(self, respond: Callable[[bytes], Response]) -> None:
        self.requests: list[tuple[str, dict[str, str], int]] = []
        app = FastAPI()

        @app.post("/{path:path}")
        async def answer(path: str, request: Request) -> Response:
            body = await request.body()
            self.requests.append((path, dict(request.headers), len(body)))
            return respond(body)

        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="critical", lifespan="off", server_header=False, date_header=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()


def octets(content: bytes) -> Response:
    return Response(content, media_type="application/octet-stream")


class Way(Protocol):
    """Brings a node and its hub together once."""

    def walk(self, store: NodeStore) -> None: ...


class FakeWay:
    def __init__(self, district: FakeDistrict) -> None:
        self.carrier = HubCarrier(district)

    def walk(self, store: NodeStore) -> None:
        assert synchronise(store, self.carrier, now_ms=lambda: NOW_MS).finished


class HttpWay:
    def __init__(self, url: str) -> None:
        self.carrier = HttpCarrier(url)

    def walk(self, store: NodeStore) -> None:
        assert synchronise(store, self.carrier, now_ms=lambda: NOW_MS).finished


class StickWay:
    def __init__(self, district: FakeDistrict, folder: Path) -> None:
        self.district = district
        self.folder = folder
        folder.mkdir()

    def walk(self, store: NodeStore) -> None:
        export_messages(store, self.folder, now_ms=NOW_MS)
        assert all(report.code == "answered" for report in answer_folder(self.district, self.folder, NOW_MS))
        assert not [report for report in import_answers(store, self.folder) if report.is_error]
        for path in self.folder.iterdir():
            path.unlink()


@pytest.fixture
def district() -> FakeDistrict:
    return FakeDistrict()


@pytest.fixture(params=["fake", "stick", "http"])
def way(request: pytest.FixtureRequest, district: FakeDistrict, tmp_path: Path) -> Iterator[Way]:
    match request.param:
        case "fake":
            yield FakeWay(district)
        case "stick":
            yield StickWay(district, tmp_path / "stick")
        case _:
            with HubServer(lambda body: octets(district.handle(body))) as server:
                web = HttpWay(server.url)
                yield web
                web.carrier.close()


@pytest.fixture
def store(tmp_path: Path, district: FakeDistrict) -> Iterator[NodeStore]:
    with enrolled(tmp_path / "node", district) as opened:
        yield opened


def person(number: int) -> Create:
    return Create(number.to_bytes(16, "big"), Kind.RESIDENT, body_of(Kind.RESIDENT, {"name": f"WARGA {number}"}))


def event(store: NodeStore, *numbers: int) -> None:
    for number in numbers:
        Desk(store, "Bu Rini", lambda: NOW_MS).save(EntryKind.EVENT, [person(number)])


class TestEveryWay:
    def test_brings_work_up_and_the_feed_down(self, way: Way, store: NodeStore, district: FakeDistrict) -> None:
        event(store, 1, 2)
        way.walk(store)
        assert (entry_counts(store).unsent, entry_counts(store).accepted) == (0, 2)
        hub = district.hub.database["villages"][VILLAGE]
        assert (store.state().feed_seq, store.state().fingerprint) == (hub.seq, hub.fingerprint)

    def test_walked_again_changes_nothing(self, way: Way, store: NodeStore, district: FakeDistrict) -> None:
        event(store, 1)
        way.walk(store)
        before, hub = store.state(), district.hub.snapshot()
        way.walk(store)
        after = store.state()
        assert (after.feed_head, after.journal_head) == (before.feed_head, before.journal_head)
        assert after.fingerprint == before.fingerprint
        assert district.hub.snapshot() == hub

    def test_serves_two_laptops_of_one_village(
        self, way: Way, store: NodeStore, district: FakeDistrict, tmp_path: Path
    ) -> None:
        event(store, 1)
        way.walk(store)
        with enrolled(tmp_path / "other", district) as other:
            event(other, 2)
            way.walk(other)
            way.walk(store)
            assert other.state().fingerprint == store.state().fingerprint
            assert Desk(store, "x").values(person(2).record_id)["name"] == "WARGA 2"


class TestStick:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "stick"
        folder.mkdir()
        return folder

    def test_a_long_journal_makes_several_files_in_order(
        self, store: NodeStore, folder: Path, district: FakeDistrict, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "FILE_JOURNAL_BYTES", 300)
        event(store, *range(1, 8))
        paths = export_messages(store, folder, now_ms=NOW_MS)
        assert len(paths) > 2
        assert [path.name for path in paths] == sorted(path.name for path in paths)
        assert store.state().acked_seq == 0
        answer_folder(district, folder, NOW_MS)
        assert {report.code for report in import_answers(store, folder)} == {"taken"}
        assert entry_counts(store).accepted == 7

    def test_a_file_lost_on_the_way_may_come_later(
        self, store: NodeStore, folder: Path, district: FakeDistrict, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "FILE_JOURNAL_BYTES", 300)
        event(store, *range(1, 6))
        first, *rest = export_messages(store, folder, now_ms=NOW_MS)
        kept = first.read_bytes()
        first.unlink()
        answer_folder(district, folder, NOW_MS)
        assert rest
        assert len(district.hub.database["records"]) == 0
        first.write_bytes(kept)
        answer_folder(district, folder, NOW_MS)
        import_answers(store, folder)
        assert entry_counts(store).accepted == 5

    def test_answers_imported_twice_change_nothing(
        self, store: NodeStore, folder: Path, district: FakeDistrict
    ) -> None:
        event(store, 1)
        export_messages(store, folder, now_ms=NOW_MS)
        answer_folder(district, folder, NOW_MS)
        assert [report.code for report in import_answers(store, folder)] == ["taken"]
        before = store.state()
        assert [report.code for report in import_answers(store, folder)] == ["nothing-new"]
        assert store.state() == before

    def test_bad_and_foreign_files_are_named_and_never_stop_the_next(
        self, store: NodeStore, folder: Path, district: FakeDistrict, tmp_path: Path
    ) -> None:
        with enrolled(tmp_path / "other", district) as other:
            event(other, 2)
            export_messages(other, folder, now_ms=NOW_MS)
        event(store, 1)
        (mine,) = export_messages(store, folder, now_ms=NOW_MS)
        name = parse_stick_name(mine.name)
        assert name is not None
        broken = {way: str(StickName(name.village_code, name.device, 0, way)) for way in Direction}
        (folder / broken[Direction.UP]).write_bytes(mine.read_bytes()[:-1])
        reports = answer_folder(district, folder, NOW_MS)
        assert sorted(report.code for report in reports) == ["answered", "answered", "seal-broken"]
        (folder / broken[Direction.DOWN]).write_bytes(b"not a message")
        (folder / "foto.jpg").write_bytes(b"JPEG")
        good = folder / str(StickName(name.village_code, name.device, name.number, Direction.DOWN))
        (folder / "salinan.kmp").write_bytes(good.read_bytes()[:-1])
        found = {report.path.name: report for report in import_answers(store, folder)}
        assert found[good.name].code == "taken"
        assert found["salinan.kmp"].is_error
        assert sorted(one.code for one in found.values()) == ["foreign", "message-malformed", "seal-broken", "taken"]
        assert entry_counts(store).accepted == 1

    def test_an_old_answer_found_in_a_drawer_moves_nothing_back(
        self, store: NodeStore, folder: Path, district: FakeDistrict
    ) -> None:
        export_messages(store, folder, now_ms=NOW_MS)
        answer_folder(district, folder, NOW_MS)
        event(store, 1)
        synchronise(store, HubCarrier(district), now_ms=lambda: NOW_MS)
        before = store.state()
        assert [report.code for report in import_answers(store, folder)] == ["nothing-new"]
        assert store.state() == before

    def test_files_never_set_the_clock(self, store: NodeStore, folder: Path, district: FakeDistrict) -> None:
        export_messages(store, folder, now_ms=NOW_MS)
        answer_folder(district, folder, NOW_MS)
        import_answers(store, folder)
        assert store.state().offset_ms is None

    def test_a_missing_stick_is_told_as_such(self, store: NodeStore, tmp_path: Path, district: FakeDistrict) -> None:
        nowhere = tmp_path / "nowhere"
        walks: list[Callable[[], object]] = [
            lambda: export_messages(store, nowhere, now_ms=NOW_MS),
            lambda: import_answers(store, nowhere),
            lambda: answer_folder(district, nowhere, NOW_MS),
        ]
        for walk in walks:
            with pytest.raises(VillageSyncError) as caught:
                walk()
            assert caught.value.code == "folder-missing"

    def test_an_export_leaves_no_half_file(self, store: NodeStore, folder: Path) -> None:
        (path,) = export_messages(store, folder, now_ms=NOW_MS)
        assert [found.name for found in folder.iterdir()] == [path.name]


@contextmanager
def web(respond: Callable[[bytes], Response]) -> Iterator[tuple[HubServer, HttpCarrier]]:
    with HubServer(respond) as server:
        carrier = HttpCarrier(server.url, wait_s=lambda _: None)
        yield server, carrier
        carrier.close()


class TestHttp:
    def test_sends_no_header_that_says_nothing(self) -> None:
        with web(octets) as (server, carrier):
            assert carrier.exchange(b"abc") == b"abc"
            assert carrier.exchange(b"abcd") == b"abcd"
            path, headers, size = server.requests[-1]
        assert (path, size) == ("sync", 4)
        assert set(headers) == {"host", "content-length"}

    def test_retries_a_busy_hub_and_then_says_so(self) -> None:
        with web(lambda _: Response(status_code=503)) as (server, carrier):
            with pytest.raises(HubBusyError) as caught:
                carrier.exchange(b"abc")
            assert len(server.requests) == 3
        assert caught.value.retryable

    def test_a_hub_that_recovers_is_not_noticed(self) -> None:
        answers = iter([Response(status_code=502), octets(b"well")])
        with web(lambda _: next(answers)) as (_, carrier):
            assert carrier.exchange(b"abc") == b"well"

    def test_a_refusal_keeps_its_code(self) -> None:
        content = b'{"code": "invitation-used", "message": "sudah dipakai", "hint": "minta yang baru"}'
        with web(lambda _: Response(content, 409, media_type="application/json")) as (server, carrier):
            with pytest.raises(RefusedError) as caught:
                carrier.enrol(b"abc")
            assert server.requests[0][0] == "enrol"
        assert (caught.value.code, caught.value.message) == ("invitation-used", "sudah dipakai")
        assert caught.value.hint == "minta yang baru"

    @pytest.mark.parametrize(
        "bad",
        [
            pytest.param(lambda _: Response(b"<html>login</html>", 302, media_type="text/html"), id="portal"),
            pytest.param(lambda _: Response(b"{", 400, media_type="application/json"), id="broken-json"),
            pytest.param(lambda _: Response(b"[1]", 500, media_type="application/json"), id="not-an-object"),
            pytest.param(lambda _: Response(bytes(100_000), 404), id="long-error"),
            pytest.param(lambda _: octets(bytes(4 * 1024 * 1024 + 1)), id="endless-answer"),
        ],
    )
    def test_anything_else_is_a_transport_error(self, bad: Callable[[bytes], Response]) -> None:
        with web(bad) as (_, carrier), pytest.raises(TransportError):
            carrier.exchange(b"abc")

    def test_nobody_listening_is_unreachable(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            carrier = HttpCarrier(f"http://127.0.0.1:{free.getsockname()[1]}", wait_s=lambda _: None)
            with pytest.raises(HubUnreachableError):
                carrier.exchange(b"abc")
            assert not carrier.is_reachable()
            carrier.close()

    def test_silence_is_a_timeout_and_is_not_retried(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            carrier = HttpCarrier(url, read_timeout_s=0.1, wait_s=lambda _: None)
            with pytest.raises(HubTimeoutError):
                carrier.exchange(b"abc")
            carrier.close()

    def test_a_connection_that_breaks_half_way_is_unreachable_and_what_may_have_arrived_is_not_sent_again(self) -> None:
        def serve(listening: socket.socket) -> None:
            connection, _ = listening.accept()
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
            connection.close()

        with socket.create_server(("127.0.0.1", 0)) as breaking:
            thread = threading.Thread(target=serve, args=(breaking,))
            thread.start()
            carrier = HttpCarrier(f"http://127.0.0.1:{breaking.getsockname()[1]}", wait_s=lambda _: None)
            with pytest.raises(HubUnreachableError) as caught:
                carrier.exchange(b"abc")
            carrier.close()
            thread.join(5)
        assert caught.value.code == LINE_BROKEN

    @pytest.mark.parametrize("url", ["", "ftp://hub", "hub.example"])
    def test_an_address_that_is_none_is_a_setting_to_correct(self, url: str) -> None:
        with pytest.raises(ConfigError):
            HttpCarrier(url)
