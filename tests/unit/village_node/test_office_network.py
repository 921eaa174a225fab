"""The desk on the office network: with TLS, to its own addresses only, and with the same sessions."""

from __future__ import annotations

import http.client
import queue
import shutil
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from schemas.errors import ConfigError, StorageError
from tests.node_ground import NOW_MS
from village_node.commands.serving import _is_wanted, _office_network
from village_node.local_tls import DeskTls, desk_tls
from village_node.settings import DeskSettings, write
from village_node.store import NodeStore
from village_node.web.app import create_app
from village_node.web.serving import Listening, _bound_socket, in_the_office, office_of, serve_desk

HOST = "127.0.0.1"
SECRET = "jalan mawar merah"


@pytest.fixture
def store(tmp_path: Path, enrolled_folder: Path) -> Iterator[NodeStore]:
    with NodeStore.open(Path(shutil.copytree(enrolled_folder, tmp_path / "office"))) as opened:
        yield opened


def certificate_of(store: NodeStore) -> DeskTls:
    return desk_tls(store.directory, [], time.time_ns() // 1_000_000)


def asked(url: str, authority_pem: bytes, host: str = "") -> http.client.HTTPResponse:
    """Ask for the door as a phone that trusts the authority."""
    context = ssl.create_default_context(cadata=authority_pem.decode())
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context, timeout=10)
    try:
        connection.request("GET", "/masuk", headers={"Host": host} if host else {})
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


def test_a_phone_in_the_office_reaches_the_door(store: NodeStore) -> None:
    tls = certificate_of(store)
    urls: queue.Queue[str] = queue.Queue()
    listening = Listening(hosts=(HOST,), port=0, tls_file=tls.desk_file)
    with in_the_office(create_app(office_of(store), (HOST,)), listening, urls.put):
        url = urls.get(timeout=10)
        assert url.startswith(f"https://{HOST}:")
        assert asked(url, tls.authority_pem).status == 200
        assert asked(url, tls.authority_pem, host="desa.example").status == 421
        plain = http.client.HTTPConnection(HOST, urlsplit(url).port, timeout=10)
        plain.request("GET", "/masuk")
        with pytest.raises((http.client.HTTPException, OSError)):
            plain.getresponse()
        plain.close()
    with pytest.raises(OSError, match="refused"):
        asked(url, tls.authority_pem)


def test_a_port_that_is_taken_is_told(store: NodeStore) -> None:
    tls = certificate_of(store)
    urls: queue.Queue[str] = queue.Queue()
    app = create_app(office_of(store))
    with in_the_office(app, Listening(hosts=(HOST,), port=0, tls_file=tls.desk_file), urls.put):
        port = urlsplit(urls.get(timeout=10)).port
        assert port is not None
        taken = Listening(hosts=(HOST,), port=port, tls_file=tls.desk_file)
        with pytest.raises(StorageError) as caught, in_the_office(app, taken, urls.put):
            pass
    assert caught.value.code == "port-taken"


def test_a_desk_whose_own_port_is_taken_says_so_and_lets_go_of_the_folder(store: NodeStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        for _ in range(2):
            with pytest.raises(StorageError) as caught:
                serve_desk(store, Listening(port=other.getsockname()[1]), lambda _: None)
            assert caught.value.code == "port-taken"
            assert "--port" in caught.value.hint


def test_nobody_on_the_wifi_becomes_the_first_officer(store: NodeStore) -> None:
    with pytest.raises(ConfigError) as caught:
        _office_network(store, 0)
    assert caught.value.code == "officer-none"


def test_the_setting_opens_it_and_the_option_overrules(store: NodeStore) -> None:
    assert not _is_wanted(store, None)
    assert _is_wanted(store, wifi=True)
    with store.local_writing() as connection:
        write(connection, DeskSettings(is_open_to_wifi=True))
    assert _is_wanted(store, None)
    assert not _is_wanted(store, wifi=False)


def test_what_phones_are_to_trust_lies_in_the_offices_folder(store: NodeStore) -> None:
    tls = desk_tls(store.directory, [], NOW_MS)
    assert tls.authority_file.read_bytes() == tls.authority_pem
    assert tls.authority_file.parent == store.directory
    tls.authority_file.write_text("other")
    assert desk_tls(store.directory, [], NOW_MS).authority_file.read_bytes() == tls.authority_pem


def test_no_part_of_an_answer_waits_until_the_one_before_is_acknowledged() -> None:
    with _bound_socket(HOST, 0) as bound, socket.create_connection(bound.getsockname(), timeout=5):
        accepted, _ = bound.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
