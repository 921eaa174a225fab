"""The desk's certificate for the office network: what it vouches for, when it is renewed, who can read its key."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import ssl
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from schemas.errors import StorageError
from tests.node_ground import NOW_MS
from village_node import local_tls
from village_node.local_tls import AUTHORITY_FILE, DESK_FILE, DeskTls, desk_tls, office_addresses

DAY_MS = 86_400_000
WIFI = "192.168.1.20"


def handshake(server_file: Path, authority_pem: bytes, host: str) -> None:
    """Let a phone that trusts the authority meet the desk, in memory; raises ssl.SSLError if it does not trust it."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(server_file)
    asking = ssl.create_default_context(cadata=authority_pem.decode())
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    phone = asking.wrap_bio(to_client, to_server, server_hostname=host)
    desk = serving.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (phone, desk):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert phone.cipher() is not None


@pytest.fixture
def now_ms() -> int:
    """Today's clock: OpenSSL takes no other."""
    return time.time_ns() // 1_000_000


@pytest.mark.parametrize("host", [WIFI, "localhost", "127.0.0.1", "laptop-desa.local"])
def test_a_phone_that_trusts_the_office_reaches_the_desk(tmp_path: Path, now_ms: int, host: str) -> None:
    made = desk_tls(tmp_path, [WIFI, "laptop-desa.local"], now_ms, name="Sumberagung")
    handshake(made.desk_file, made.authority_pem, host)


def test_a_phone_does_not_take_another_laptop_for_it(tmp_path: Path, now_ms: int) -> None:
    made = desk_tls(tmp_path / "one", [WIFI], now_ms)
    other = desk_tls(tmp_path / "other", [WIFI], now_ms)
    with pytest.raises(ssl.SSLError):
        handshake(other.desk_file, made.authority_pem, WIFI)
    with pytest.raises(ssl.SSLError):
        handshake(made.desk_file, made.authority_pem, "192.168.1.21")
    assert made.words != other.words


@pytest.mark.parametrize("site", ["bank.example", "8.8.8.8"])
def test_a_stolen_authority_cannot_speak_for_another_site(tmp_path: Path, now_ms: int, site: str) -> None:
    made = desk_tls(tmp_path, [WIFI], now_ms)
    folder = tmp_path / "keys"
    authority = local_tls._read(folder / AUTHORITY_FILE)
    assert authority is not None
    forged = x509.DNSName(site) if site.endswith("example") else x509.IPAddress(ipaddress.ip_address(site))
    signed = local_tls._signed_desk(authority, [forged], dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC))
    local_tls._write(folder / "forged.pem", signed, authority.certificate)
    with pytest.raises(ssl.SSLError, match="permitted subtree violation"):
        handshake(folder / "forged.pem", made.authority_pem, site)


def paths(made: DeskTls) -> tuple[Path, Path]:
    return made.desk_file, made.desk_file.with_name(AUTHORITY_FILE)


def test_nothing_is_made_anew_without_need(tmp_path: Path) -> None:
    made = desk_tls(tmp_path, [WIFI], NOW_MS)
    before = [path.read_bytes() for path in paths(made)]
    assert desk_tls(tmp_path, [WIFI], NOW_MS + 300 * DAY_MS) == made
    assert desk_tls(tmp_path, [], NOW_MS) != made
    assert [path.read_bytes() for path in paths(made)] == before


def test_it_is_renewed_before_it_ends_and_phones_notice_nothing(tmp_path: Path) -> None:
    made = desk_tls(tmp_path, [WIFI], NOW_MS)
    assert made.until_ms // DAY_MS == (NOW_MS + 395 * DAY_MS) // DAY_MS
    renewed = desk_tls(tmp_path, [WIFI], NOW_MS + 336 * DAY_MS)
    assert renewed.until_ms > made.until_ms
    assert (renewed.authority_pem, renewed.words) == (made.authority_pem, made.words)


def test_another_address_makes_another_certificate(tmp_path: Path) -> None:
    made = desk_tls(tmp_path, [WIFI], NOW_MS)
    moved = desk_tls(tmp_path, ["10.0.0.7"], NOW_MS)
    assert "10.0.0.7" in moved.addresses
    assert moved.authority_pem == made.authority_pem


def test_a_certificate_of_a_clock_that_was_ahead_is_made_anew(tmp_path: Path) -> None:
    ahead = desk_tls(tmp_path, [WIFI], NOW_MS + 4000 * DAY_MS)
    now = desk_tls(tmp_path, [WIFI], NOW_MS)
    assert now.until_ms < ahead.until_ms
    assert now.words != ahead.words


@pytest.mark.parametrize("name", [AUTHORITY_FILE, DESK_FILE])
@pytest.mark.parametrize("damage", [b"", b"not a certificate", None])
def test_a_damaged_file_is_made_anew(tmp_path: Path, name: str, damage: bytes | None) -> None:
    made = desk_tls(tmp_path, [WIFI], NOW_MS)
    path = made.desk_file.with_name(name)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] if damage is None else damage)
    again = desk_tls(tmp_path, [WIFI], NOW_MS)
    assert again.until_ms == made.until_ms
    assert (again.authority_pem == made.authority_pem) == (name == DESK_FILE)


def test_a_key_without_its_certificate_is_not_used(tmp_path: Path) -> None:
    one, other = (desk_tls(tmp_path / name, [WIFI], NOW_MS) for name in ("one", "other"))
    marker = b"-----BEGIN CERTIFICATE-----"
    mixed = one.desk_file.read_bytes().split(marker)[0] + marker + other.desk_file.read_bytes().split(marker, 1)[1]
    one.desk_file.write_bytes(mixed)
    desk_tls(tmp_path / "one", [WIFI], NOW_MS)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(one.desk_file)


@pytest.mark.skipif(os.name == "nt", reason="no such bits")
def test_only_the_owner_reads_the_keys(tmp_path: Path) -> None:
    made = desk_tls(tmp_path, [WIFI], NOW_MS)
    assert {path.stat().st_mode & 0o777 for path in paths(made)} == {0o600}
    assert made.desk_file.parent.stat().st_mode & 0o777 == 0o700
    assert b"PRIVATE" not in made.authority_pem


@pytest.mark.parametrize("address", ["8.8.8.8", "desa.example", "192.169.0.1", "2001:db8::1", "", "*", "x.local.id"])
def test_an_address_of_the_internet_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(StorageError) as caught:
        desk_tls(tmp_path, [address], NOW_MS)
    assert caught.value.code == "address-public"
    assert not (tmp_path / "keys").exists()


def test_only_private_addresses_are_those_of_the_office() -> None:
    routes = {"10.255.255.255": "10.0.0.7", "192.168.255.255": WIFI, "192.0.2.1": "203.0.113.5"}
    assert office_addresses(routes.get) == ("10.0.0.7", WIFI)
    assert office_addresses(lambda _: "127.0.0.1") == ()
    assert office_addresses(lambda _: None) == ()


def test_the_authority_bears_the_villages_name(tmp_path: Path) -> None:
    made = desk_tls(tmp_path, [WIFI], NOW_MS, name="Sumber'agung " + "x" * 80)
    subject = x509.load_pem_x509_certificate(made.authority_pem).subject
    assert str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value).startswith("Smart Kampung Sumber'agung")
