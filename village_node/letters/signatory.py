"""Sign one PDF with the key of a PKCS#12 file, as a process of its own: JSON on stdin, JSON on stdout.

pyHanko takes tens of megabytes that an office laptop should have back, and the password and the opened key die with the
process.  Decides what a usable certificate is: the password opens the file, the key may sign, the certificate is in
force at the moment given and not on its issuer's list of revoked ones.  Imports nothing of ours and is run by path;
what it refuses it says by one word.  Writes nothing to any disk.
"""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import sys
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

_RSA_BITS_MIN = 2048
_FIELD = "TandaTangan"


class Refusal(Exception):  # noqa: N818 - it is an answer, not an accident
    """Why nothing was signed, in one word."""


def described(order: dict[str, Any]) -> dict[str, Any]:
    """Return what a certificate says of itself, once its password opened it; raises Refusal."""
    leaf = _usable(order)
    return {
        "owner": _name(leaf.subject),
        "issuer": _name(leaf.issuer),
        "serial": f"{leaf.serial_number:x}",
        "fingerprint": leaf.fingerprint(hashes.SHA256()).hex(),
        "valid_from_ms": _ms(leaf.not_valid_before_utc),
        "valid_until_ms": _ms(leaf.not_valid_after_utc),
    }


def signed(order: dict[str, Any]) -> dict[str, Any]:
    """Return the PDF with a PAdES signature appended (ETSI EN 319 142, B-B); raises Refusal."""
    _usable(order)
    return {"pdf": base64.b64encode(_sign(order)).decode()}


def _usable(order: dict[str, Any]) -> x509.Certificate:
    try:
        key, leaf, others = pkcs12.load_key_and_certificates(_bytes(order["pkcs12"]), order["password"].encode())
    except ValueError as error:
        # One exception for both; the library words a failed check of the file's own seal so.
        raise Refusal("password" if "password" in str(error).lower() else "file") from error
    if key is None or leaf is None:
        raise Refusal("file")
    is_strong = isinstance(key, ec.EllipticCurvePrivateKey) or (
        isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _RSA_BITS_MIN
    )
    if not is_strong or not _may_sign(leaf):
        raise Refusal("key")
    moment_ms: int = order["moment_ms"]
    if moment_ms < _ms(leaf.not_valid_before_utc):
        raise Refusal("not-yet")
    if moment_ms > _ms(leaf.not_valid_after_utc):
        raise Refusal("expired")
    if order.get("crl"):
        _check_revoked(leaf, [leaf, *others], _bytes(order["crl"]))
    return leaf


def _may_sign(leaf: x509.Certificate) -> bool:
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def _check_revoked(leaf: x509.Certificate, chain: list[x509.Certificate], raw: bytes) -> None:
    """Refuse a certificate that its issuer has revoked; a list that the issuer did not sign says nothing."""
    try:
        is_text = raw.lstrip().startswith(b"-----")
        revoked = x509.load_pem_x509_crl(raw) if is_text else x509.load_der_x509_crl(raw)
    except ValueError as error:
        raise Refusal("crl") from error
    issuers = [one for one in chain if one.subject == leaf.issuer == revoked.issuer]
    if not any(_is_signed_by(revoked, one) for one in issuers):
        raise Refusal("crl")
    if revoked.get_revoked_certificate_by_serial_number(leaf.serial_number) is not None:
        raise Refusal("revoked")


def _is_signed_by(revoked: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    return isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) and revoked.is_signature_valid(key)


def _sign(order: dict[str, Any]) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 - only to sign
    from pyhanko.sign import fields, signers  # noqa: PLC0415

    moment = dt.datetime.fromtimestamp(order["moment_ms"] / 1000, tz=dt.UTC)

    class Signer(signers.PdfSigner):
        """Signs at the moment given: this laptop's clock may be years off."""

        def init_signing_session(self, *args: Any, **named: Any) -> Any:
            session = super().init_signing_session(*args, **named)
            session.system_time = moment
            return session

    holder = signers.SimpleSigner.load_pkcs12_data(
        _bytes(order["pkcs12"]), other_certs=(), passphrase=order["password"].encode()
    )
    meta = signers.PdfSignatureMetadata(
        field_name=_FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=order["reason"],
        location=order["place"],
        # Whoever changes anything afterwards breaks the signature: a letter is as it was issued.
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(_bytes(order["pdf"])))
    made = Signer(meta, signer=holder).sign_pdf(writer)
    return bytes(made.getvalue())


def _name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME) or list(name)
    return str(found[0].value) if found else ""


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _ms(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)


def main() -> None:
    """Read the order, write the answer."""
    order = json.load(sys.stdin)
    try:
        answer = {"describe": described, "sign": signed}[order["do"]](order)
    except Refusal as refusal:
        answer = {"refused": str(refusal)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
