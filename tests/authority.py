"""A certification authority that lives as long as a test: its certificate, PKCS#12 files, lists of revoked ones."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cache, cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12

from tests.node_ground import NOW_MS

DAY = dt.timedelta(days=1)
NOW = dt.datetime.fromtimestamp(NOW_MS / 1000, tz=dt.UTC)
SECRET = "rahasia pak kades"

_Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    """Return one RSA key for all tests of a process: making one takes long."""
    return rsa.generate_private_key(65537, bits)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


@dataclass
class Authority:
    """An authority of a test; its key is made anew each time and is in no file."""

    name: str = "CA Uji Desa"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    serial: int = 1

    @cached_property
    def certificate(self) -> x509.Certificate:
        """Return the authority's own certificate, serial 1."""
        self.serial = 1
        made = self._builder(self.name, self.key.public_key(), NOW - 365 * DAY, NOW + 3650 * DAY)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        return made.add_extension(usage, critical=True).sign(self.key, hashes.SHA256())

    def _builder(
        self, name: str, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, begins: dt.datetime, ends: dt.datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(self.name))
            .public_key(key)
            .serial_number(self.serial)
            .not_valid_before(begins)
            .not_valid_after(ends)
        )

    def file(
        self,
        name: str = "SUPARMAN",
        *,
        begins: dt.datetime = NOW - DAY,
        ends: dt.datetime = NOW + 365 * DAY,
        key: _Key | None = None,
        may_sign: bool = True,
        has_chain: bool = True,
    ) -> bytes:
        """Return a PKCS#12 file with a new certificate, under the password SECRET."""
        own = key or ec.generate_private_key(ec.SECP256R1())
        root = self.certificate
        self.serial += 1
        usage = x509.KeyUsage(
            digital_signature=may_sign,
            content_commitment=may_sign,
            key_encipherment=not may_sign,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        leaf = self._builder(name, own.public_key(), begins, ends).add_extension(usage, critical=True)
        made = leaf.sign(self.key, hashes.SHA256())
        chain = [root] if has_chain else None
        return pkcs12.serialize_key_and_certificates(
            name.encode(), own, made, chain, BestAvailableEncryption(SECRET.encode())
        )

    def revoked(self, *serials: int) -> bytes:
        """Return the list of revoked certificates, DER."""
        made = x509.CertificateRevocationListBuilder().issuer_name(_name(self.name))
        made = made.last_update(NOW - DAY).next_update(NOW + 30 * DAY)
        for serial in serials:
            one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - DAY).build()
            made = made.add_revoked_certificate(one)
        return made.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)
