"""Give the desk a certificate for the office network: a small authority of this laptop alone, and what it signs.

Decides what the authority may vouch for: private addresses and ``.local`` names, and nothing else, so that a stolen
laptop cannot speak for any other site to a phone that trusts it.  Also when a certificate is made anew: before it ends,
when the laptop has another address, or when the file is damaged.  Key and certificates are one file, replaced whole.
Deliberately not here: who listens (``web.serving``).  Its users compare the authority by six words, as in protocol 8.6.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from schemas.errors import StorageError
from sync_protocol.words import words_of
from village_node.durable import replace_file
from village_node.keys import KEY_FOLDER

AUTHORITY_FILE = "office-authority.pem"
AUTHORITY_CERTIFICATE_FILE = "sertifikat-kantor.crt"
"""What phones are to trust, in the office's folder, to be handed on; it is public."""
DESK_FILE = "desk-tls.pem"
AUTHORITY_DAYS = 3650
DESK_DAYS = 395
"""Phones refuse longer ones, whoever signed them."""
RENEWED_DAYS_BEFORE = 60
_BACKDATED_DAYS = 2  # phones and laptops do not agree on the hour
_FINGERPRINT_WORDS = 6

_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10")
_PROBES = ("10.255.255.255", "172.31.255.255", "192.168.255.255", "192.0.2.1")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class DeskTls:
    """What the desk is served with; ``desk_file`` holds key and chain.

    ``words`` are read from the laptop's screen and compared with the phone's before it trusts ``authority_pem``.
    """

    desk_file: Path
    authority_file: Path
    authority_pem: bytes
    fingerprint: str
    words: tuple[str, ...]
    addresses: tuple[str, ...]
    until_ms: int


@dataclass(frozen=True, slots=True)
class _Signed:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def desk_tls(directory: Path, addresses: Sequence[str], now_ms: int, *, name: str = "") -> DeskTls:
    """Return the desk's certificate for these addresses, made or renewed as needed.

    Args:
        addresses: private addresses and ``.local`` names by which the office reaches this laptop.
        now_ms: the best time known; after a flat battery that is the district's, not this laptop's.
        name: of the village, for the phone's list of authorities.

    Raises StorageError "address-public" for an address that is not private, or what the disk says.
    """
    wanted = tuple(sorted({"localhost", "127.0.0.1", *addresses}))
    names = [_general_name(address) for address in wanted]
    folder = directory / KEY_FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC)
    authority = _read(folder / AUTHORITY_FILE)
    if authority is None or not _is_current(authority.certificate, now):
        authority = _made_authority(name, now)
        _write(folder / AUTHORITY_FILE, authority)
    desk = _read(folder / DESK_FILE)
    if desk is None or not _fits(desk.certificate, authority.certificate, names, now):
        desk = _signed_desk(authority, names, now)
        _write(folder / DESK_FILE, desk, authority.certificate)
    authority_pem = authority.certificate.public_bytes(serialization.Encoding.PEM)
    public = directory / AUTHORITY_CERTIFICATE_FILE
    if not public.exists() or public.read_bytes() != authority_pem:
        replace_file(public, authority_pem)
    digest = authority.certificate.fingerprint(hashes.SHA256())
    return DeskTls(
        desk_file=folder / DESK_FILE,
        authority_file=public,
        authority_pem=authority_pem,
        fingerprint=":".join(f"{byte:02X}" for byte in digest),
        words=words_of(hashlib.blake2b(digest, digest_size=32, person=b"kampung-tls").digest(), _FINGERPRINT_WORDS),
        addresses=wanted,
        until_ms=int(desk.certificate.not_valid_after_utc.timestamp() * 1000),
    )


def own_address_towards(other: str) -> str | None:
    """Return the address with which this laptop would speak to another one; asks the routing table, sends nothing."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect((other, 9))
        return str(asking.getsockname()[0])
    return None


def office_addresses(towards: Callable[[str], str | None] = own_address_towards) -> tuple[str, ...]:
    """Return this laptop's addresses in private networks."""
    found = {address for probe in _PROBES if (address := towards(probe)) is not None}
    return tuple(sorted(one for one in found if is_private(one) and not ipaddress.ip_address(one).is_loopback))


def is_private(address: str) -> bool:
    """Tell whether an address is one that the authority vouches for."""
    with contextlib.suppress(ValueError):
        parsed = ipaddress.ip_address(address)
        return any(parsed in network for network in map(ipaddress.ip_network, _PRIVATE))
    return False


# -- making


def _made_authority(name: str, now: dt.datetime) -> _Signed:
    key = ec.generate_private_key(ec.SECP256R1())  # what every phone of the last ten years can check
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Smart Kampung {name}".strip()[:64])])
    constraints = x509.NameConstraints(
        [
            *(x509.IPAddress(ipaddress.ip_network(network)) for network in _PRIVATE),
            x509.DNSName("local"),
            x509.DNSName("localhost"),
        ],
        None,
    )
    certificate = (
        _begun(subject, subject, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(constraints, critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _Signed(key, certificate)


def _signed_desk(authority: _Signed, names: Sequence[x509.GeneralName], now: dt.datetime) -> _Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Meja desa")])
    identifier = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _begun(subject, authority.certificate.subject, key.public_key(), now, DESK_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return _Signed(key, certificate)


def _begun(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=_BACKDATED_DAYS))
        .not_valid_after(now + dt.timedelta(days=days))
    )


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(address: str) -> x509.GeneralName:
    if is_private(address):
        return x509.IPAddress(ipaddress.ip_address(address))
    if address == "localhost" or address.endswith(".local"):
        return x509.DNSName(address)
    raise StorageError(
        f"Alamat ini bukan alamat jaringan kantor: {address}",
        code="address-public",
        hint="Meja desa hanya dibuka di jaringan kantor, tidak di internet.",
    )


# -- at rest


def _read(path: Path) -> _Signed | None:
    """Return what a file holds, None if there is none or it is damaged: then it is made anew."""
    try:
        raw = path.read_bytes()
        key = serialization.load_pem_private_key(raw, None)
        certificate = x509.load_pem_x509_certificates(raw)[0]
    except (OSError, ValueError, IndexError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        return None
    return _Signed(key, certificate)


def _write(path: Path, signed: _Signed, *more: x509.Certificate) -> None:
    key = signed.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = (one.public_bytes(serialization.Encoding.PEM) for one in (signed.certificate, *more))
    replace_file(path, key + b"".join(chain), mode=0o600)


def _is_current(certificate: x509.Certificate, now: dt.datetime) -> bool:
    soon = now + dt.timedelta(days=RENEWED_DAYS_BEFORE)
    return certificate.not_valid_before_utc <= now and soon < certificate.not_valid_after_utc


def _fits(
    certificate: x509.Certificate, authority: x509.Certificate, names: Sequence[x509.GeneralName], now: dt.datetime
) -> bool:
    """Tell whether a desk's certificate is this authority's, covers these addresses and does not end soon."""
    try:
        certificate.verify_directly_issued_by(authority)
        covered = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return _is_current(certificate, now) and set(covered) >= set(names)
