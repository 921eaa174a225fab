"""The hub's four addresses: sealed bytes in and out, refusals as stable codes, never a traceback on the wire."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from district_hub.enrolment import Enrolment
from district_hub.hub import Hub
from district_hub.store import MUTE
from district_hub.web import _bound, create_app, make_server, serve
from schemas.errors import DiskFullError, StorageError
from sync_protocol.sealing import MAGIC
from tests.fakes import NOW, FakeNode, enrolled, read_invitation
from tests.unit.district_hub.test_receiver import SETAIL, person


class Client:
    """Asks the application without a socket."""

    def __init__(self, app: FastAPI) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def get(self, path: str) -> httpx.Response:
        return self._ask("GET", path)

    def post(self, path: str, content: bytes) -> httpx.Response:
        return self._ask("POST", path, content=content)

    def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://hub") as client:
                return await client.request(method, path, **content)

        return asyncio.run(ask())


@pytest.fixture
def client(hub: Hub) -> Client:
    return Client(create_app(hub.receiver(clock=lambda: NOW), hub.enrolment))


def test_a_laptop_enrols_and_syncs_over_http(hub: Hub, client: Client) -> None:
    node = FakeNode(read_invitation(hub.enrolment.invite(SETAIL, NOW)[1]))
    node.take_enrolment(client.post("/enrol", content=node.request()).content)
    hub.enrolment.approve(node.device_id, node.words, NOW)
    node.take_enrolment(client.post("/enrol", content=node.request()).content)
    node.say(person(1))
    answer = client.post("/sync", content=node.sealed())
    assert answer.headers["content-type"] == "application/octet-stream"
    node.take(answer.content)
    assert node.state.acked_seq == 1


def test_the_key_list_is_public_and_is_what_a_foreign_seal_gets(hub: Hub, client: Client) -> None:
    assert client.get("/keys").content == hub.keys.signed_key_list
    assert client.post("/sync", content=MAGIC + bytes(500)).content == hub.keys.signed_key_list
    assert client.get("/health").json() == {"status": "ok"}


def test_refusals_have_a_status_and_a_stable_code(hub: Hub, client: Client) -> None:
    node = enrolled(hub, SETAIL)
    stranger = FakeNode(node.invitation, 7)
    stranger.state = node.state
    raw = node.sealed()
    broken = raw[:-1] + bytes([raw[-1] ^ 1])
    found = [
        (response.status_code, response.json()["code"])
        for response in (
            client.post("/sync", content=b"nothing"),
            client.post("/sync", content=broken),
            client.post("/sync", content=stranger.sealed()),
            client.post("/sync", content=bytes(5 << 20)),
            client.post("/enrol", content=stranger.request()),
            client.get("/register"),
            client.get("/sync"),
        )
    ]
    assert found == [
        (400, "message-malformed"),
        (403, "seal-broken"),
        (403, "device-unknown"),
        (413, "limit-exceeded"),
        (409, "invitation-used"),
        (404, "not-served"),
        (405, "not-served"),
    ]
    hub.store.set_meta(MUTE, "restored")
    response = client.post("/sync", content=raw)
    assert (response.status_code, response.json()["code"]) == (503, "hub-mute")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (DiskFullError("full"), 507, "disk-full"),
        (StorageError("busy", code="database-busy"), 503, "database-busy"),
        (LookupError("the officer's secret"), 500, "bug"),
    ],
)
def test_trouble_inside_is_a_code_and_never_a_traceback(
    hub: Hub, caplog: pytest.LogCaptureFixture, error: Exception, status: int, code: str
) -> None:
    class BrokenEnrolment(Enrolment):
        def receive(self, raw: bytes, now_ms: int) -> bytes:
            raise error

    broken = BrokenEnrolment(hub.directory, hub.config, hub.store, hub.keys, hub.ledger, hub.standings)
    with caplog.at_level(logging.ERROR):
        response = Client(create_app(hub.receiver(), broken)).post("/enrol", content=b"x")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert "secret" not in response.text


def test_the_server_says_where_it_listens_and_nothing_about_itself(hub: Hub) -> None:
    node = enrolled(hub, SETAIL)
    app = create_app(hub.receiver(), hub.enrolment)
    listening = threading.Event()
    found: list[str] = []

    def ready(url: str) -> None:
        found.append(url)
        listening.set()

    server = make_server(app, host="127.0.0.1", port=0, ready=ready)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert listening.wait(10)
        response = httpx.post(found[0] + "/sync", content=node.sealed(), timeout=10, trust_env=False)
        node.take(response.content)
        assert {"server", "date"} & {name.lower() for name in response.headers} == set()
    finally:
        server.should_exit = True
        thread.join(10)


def test_a_port_that_is_taken_is_told(hub: Hub) -> None:
    app = create_app(hub.receiver(), hub.enrolment)
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(StorageError) as caught:
        serve(app, host="127.0.0.1", port=other.getsockname()[1], ready=lambda _: None)
    assert caught.value.code == "port-taken"


def test_no_part_of_an_answer_waits_until_the_one_before_is_acknowledged() -> None:
    with _bound("127.0.0.1", 0) as bound, socket.create_connection(bound.getsockname(), timeout=5):
        accepted, _ = bound.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_message_that_breaks_off_on_its_way_is_no_bug_and_is_told_by_its_code(
    hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(hub.receiver(), hub.enrolment)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/sync",
        "headers": [],
        "query_string": b"",
        "http_version": "1.1",
    }
    with caplog.at_level(logging.WARNING):
        asyncio.run(app(scope, receive, send))
    assert "event=bug" not in caplog.text
    assert "code=request-cut" in caplog.text
