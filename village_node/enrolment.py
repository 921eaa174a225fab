"""Enrol this laptop with the district: ask with an invitation, wait for a person, take the papers in (protocol 8).

Decides the order, so that a power cut leaves either a laptop that can go on asking or an enrolled one.  Whether it may
come in is the hub's decision, by its own clock; that the papers are the district's, is checked here against the root
key of the invitation.  When the district says no, everything that was made here goes away again.  A
little longer than most modules: the way in is one thing, online and by stick.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn, Protocol

from schemas.errors import (
    BadSignatureError,
    ConfigError,
    MalformedMessageError,
    RefusedError,
    StorageError,
    UnknownKeyError,
    VillageSyncError,
)
from schemas.identifiers import RegionCode
from schemas.regions import utc_offset_minutes
from sync_protocol.certificates import DeviceCertificate, verify_certificate, verify_key_list
from sync_protocol.enrolment import (
    EnrolmentAnswer,
    EnrolmentRequest,
    EnrolmentStatus,
    Invitation,
    authorise_request,
    encode_invitation,
    encode_request,
    parse_answer,
    parse_invitation,
    six_words,
)
from sync_protocol.limits import INVITATION_BYTES_MAX
from sync_protocol.sealing import Purpose, VerifyKey, open_sealed, seal
from village_node.config import CONFIG_FILE, DATABASE_FILE, NodeConfig, write_config
from village_node.durable import replace_file
from village_node.keys import KEY_FOLDER, NodeKeys, key_path, not_enrolled, read_keys, write_keys
from village_node.session_words import REFUSALS
from village_node.store import NodeStore

INVITATION_FILE = "invitation.json"
"""The copy that is kept beside the keys until the district has decided; its secret is worth nothing after that."""


class EnrolmentCarrier(Protocol):
    """The live way to the hub, as far as enrolment needs it."""

    def enrol(self, request: bytes, /) -> bytes:
        """Bring a sealed request to the hub and return its sealed answer."""
        ...


@dataclass(frozen=True, slots=True)
class PendingEnrolment:
    """An enrolment that the district has not decided; ``words`` are read to it over the telephone."""

    directory: Path
    village_code: str
    village_name: str
    hub_url: str
    words: tuple[str, ...]


def start_enrolment(directory: Path, invitation_path: Path, *, hub_url: str | None = None) -> PendingEnrolment:
    """Make keys for this laptop and get ready to ask; the same invitation again goes on where it was.

    Raises ConfigError "already-enrolled", "invitation-missing" or "invitation-file", TrustError for an invitation whose
    key list its root key did not sign; nothing is left behind then.
    """
    invitation = _read_invitation(invitation_path)
    if hub_url is not None:
        invitation = replace(invitation, hub_url=hub_url)
    pending = _pending_keys(directory)
    if pending is not None and pending[1].invitation_id == invitation.invitation_id:
        keys = pending[0]
    else:
        keys = NodeKeys.draw(invitation.root_key)
    is_new = not directory.exists()
    try:
        write_keys(directory, keys)
        replace_file(_invitation_path(directory), encode_invitation(invitation), mode=0o600)
    except StorageError:
        if pending is None:
            _clean_up(directory, with_folder=is_new)
        raise
    return _described(directory, keys, invitation)


def pending_enrolment(directory: Path, *, hub_url: str | None = None) -> PendingEnrolment:
    """Return the enrolment that waits in a directory; another address of the hub is kept from now on.

    Raises ConfigError "not-enrolled" or "already-enrolled", StorageError.
    """
    keys, invitation = _need_pending(directory)
    if hub_url is not None and hub_url != invitation.hub_url:
        invitation = replace(invitation, hub_url=hub_url)
        replace_file(_invitation_path(directory), encode_invitation(invitation), mode=0o600)
    return _described(directory, keys, invitation)


def request_bytes(directory: Path, *, program_version: str = "") -> bytes:
    """Return a sealed request; each is sealed anew and asks for the same (protocol 8.5)."""
    keys, invitation = _need_pending(directory)
    request = EnrolmentRequest(
        invitation_id=invitation.invitation_id,
        village_code=invitation.village_code,
        device_signing_key=keys.signing.verify_key.public_bytes,
        device_sealing_key=keys.sealing.public_bytes,
        replica_id=keys.replica_id,
        program_version=program_version,
    )
    return seal(
        encode_request(authorise_request(request, invitation.secret)),
        purpose=Purpose.ENROLMENT_REQUEST,
        number=1,
        signing_key=keys.signing,
        receiver_public=verify_key_list(invitation.key_list, keys.root).hub_sealing_key,
    )


def write_request_file(directory: Path, path: Path, *, program_version: str = "") -> None:
    """Write the request as a file for the stick; raises StorageError."""
    replace_file(path, request_bytes(directory, program_version=program_version))


def ask_hub(directory: Path, carrier: EnrolmentCarrier, *, program_version: str = "") -> bool:
    """Ask the hub once; return whether this laptop is enrolled now, False while a person there has not decided.

    Raises TransportError, or RefusedError with the hub's code after cleaning up, and as ``finish_enrolment`` does.
    """
    try:
        answer = carrier.enrol(request_bytes(directory, program_version=program_version))
    except RefusedError as error:
        if error.code in REFUSALS:
            _refuse(directory, error.code, REFUSALS[error.code])
        raise
    return finish_enrolment(directory, answer)


def wait_for_hub(
    directory: Path,
    carrier: EnrolmentCarrier,
    *,
    wait: Callable[[], bool],
    program_version: str = "",
) -> bool:
    """Ask until the district has decided, through bad lines too; return whether this laptop is enrolled.

    Args:
        wait: called between two tries; False ends the waiting, and the enrolment stays pending.
    """
    while True:
        try:
            if ask_hub(directory, carrier, program_version=program_version):
                return True
        except VillageSyncError as error:
            if not error.retryable:
                raise
        if not wait():
            return False


def finish_enrolment(directory: Path, answer: bytes) -> bool:
    """Take the hub's answer in; return whether this laptop is enrolled now, False if the district has not decided.

    The database is made before the key file says that it is there, so a power cut in between costs nothing.

    Raises RefusedError "enrolment-refused" after cleaning up; TrustError or MalformedMessageError for an answer that is
    not the district's, not for this laptop or not for this village: nothing is changed then.
    """
    keys, invitation = _need_pending(directory)
    opened = _opened(keys, invitation, answer)
    if opened.status == EnrolmentStatus.REFUSED:
        reason = "izin laptop ini dicabut" if opened.message == "device-revoked" else opened.message
        _refuse(directory, "enrolment-refused", f"Kabupaten menolak laptop ini: {reason or 'tanpa alasan'}.")
    if opened.status != EnrolmentStatus.APPROVED or opened.certificate is None or opened.village_key is None:
        return False
    certificate = _checked_papers(keys, invitation, opened)
    enrolled = keys.enrolled(opened.certificate, opened.key_list, opened.village_key)
    config = NodeConfig(
        district_code=certificate.district_code,
        village_code=certificate.village_code,
        village_name=certificate.village_name,
        hub_url=invitation.hub_url,
        utc_offset_minutes=utc_offset_minutes(RegionCode(certificate.village_code)),
    )
    write_config(directory, config)
    NodeStore.create(directory, config, enrolled, certificate).close()
    write_keys(directory, enrolled)
    _invitation_path(directory).unlink(missing_ok=True)
    return True


def _opened(keys: NodeKeys, invitation: Invitation, answer: bytes) -> EnrolmentAnswer:
    hub = verify_key_list(invitation.key_list, keys.root).verify_key

    def verify_key_for(sender: bytes) -> VerifyKey:
        if sender != hub.key_id:
            raise UnknownKeyError(
                "Jawaban ini bukan dari kabupaten yang mengundang",
                hint="Minta undangan baru bila kabupaten ganti kunci.",
            )
        return hub

    sealing = keys.sealing
    opened = open_sealed(answer, sealing_keys={sealing.key_id: sealing}, verify_key_for=verify_key_for)
    if opened.purpose != Purpose.ENROLMENT_ANSWER:
        raise MalformedMessageError("not an answer to an enrolment request", code="purpose-other")
    return parse_answer(opened.payload)


def _checked_papers(keys: NodeKeys, invitation: Invitation, answer: EnrolmentAnswer) -> DeviceCertificate:
    """Return the certificate if it and the key list are the district's and meant for this very laptop."""
    assert answer.certificate is not None
    known = verify_key_list(answer.key_list, keys.root)
    certificate = verify_certificate(answer.certificate, {known.verify_key.key_id: known.verify_key})
    mine = (keys.signing.verify_key.public_bytes, keys.sealing.public_bytes)
    if (certificate.device_signing_key, certificate.device_sealing_key) != mine:
        raise BadSignatureError("the certificate is for another device", code="certificate-other")
    invited = (invitation.district_code, invitation.village_code)
    stated = (certificate.district_code, certificate.village_code)
    if stated != invited or known.district_code != invitation.district_code:
        raise BadSignatureError("the certificate is for another village than invited", code="certificate-other")
    return certificate


# -- what lies in the directory meanwhile


def _read_invitation(path: Path) -> Invitation:
    try:
        with path.open("rb") as file:
            raw = file.read(INVITATION_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError(
            f"Berkas undangan tidak dapat dibaca: {path}",
            code="invitation-missing",
            hint="Periksa nama berkas dan stiknya.",
        ) from error
    try:
        invitation = parse_invitation(raw)
    except VillageSyncError as error:
        raise ConfigError(
            f"Bukan berkas undangan: {path.name}", code="invitation-file", hint="Minta kembali kepada kabupaten."
        ) from error
    known = verify_key_list(invitation.key_list, VerifyKey(invitation.root_key))
    if known.district_code != invitation.district_code:
        raise BadSignatureError("the invitation's key list is of another district", code="invitation-file")
    return invitation


def _pending_keys(directory: Path) -> tuple[NodeKeys, Invitation] | None:
    """Return keys and invitation of an enrolment that waits, None if there is none or it is unusable."""
    if not key_path(directory).exists():
        return None
    try:
        keys = read_keys(directory)
    except ConfigError:
        if (directory / DATABASE_FILE).exists():
            raise  # keys of an enrolled node: somebody must look, nothing may take their place
        return None
    if keys.is_enrolled:
        raise ConfigError(
            "Laptop ini sudah terdaftar",
            code="already-enrolled",
            hint="Pakai folder lain (--dir) untuk mendaftarkan laptop baru.",
        )
    try:
        return keys, parse_invitation(_invitation_path(directory).read_bytes())
    except (OSError, VillageSyncError):
        return None


def _need_pending(directory: Path) -> tuple[NodeKeys, Invitation]:
    pending = _pending_keys(directory)
    if pending is None:
        raise not_enrolled(directory)
    return pending


def _described(directory: Path, keys: NodeKeys, invitation: Invitation) -> PendingEnrolment:
    words = six_words(keys.signing.verify_key.public_bytes, keys.sealing.public_bytes, keys.root_key)
    return PendingEnrolment(directory, invitation.village_code, invitation.village_name, invitation.hub_url, words)


def _invitation_path(directory: Path) -> Path:
    return directory / KEY_FOLDER / INVITATION_FILE


def _refuse(directory: Path, code: str, message: str) -> NoReturn:
    _clean_up(directory, with_folder=True)
    raise RefusedError(message, code=code, hint="Telepon kabupaten bila ini keliru.")


def _clean_up(directory: Path, *, with_folder: bool) -> None:
    """Take away what an enrolment has made; folders only if nothing else is in them."""
    database = (directory / f"{DATABASE_FILE}{ending}" for ending in ("", "-wal", "-shm"))
    for path in (key_path(directory), _invitation_path(directory), directory / CONFIG_FILE, *database):
        path.unlink(missing_ok=True)
    for folder in (directory / KEY_FOLDER, *((directory,) if with_folder else ())):
        with contextlib.suppress(OSError):
            folder.rmdir()
