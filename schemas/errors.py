"""Declare every error that crosses a package border, with its stable code and its exit code.

The tree (a test keeps this drawing true):

VillageSyncError
├─ DataError
│  ├─ IdentifierError
│  ├─ CodeError
│  └─ ImportFileError
├─ ProtocolError
│  ├─ LocalProtocolError
│  └─ RemoteProtocolError
│     ├─ MalformedMessageError
│     └─ LimitExceededError
├─ TrustError
│  ├─ BadSignatureError
│  └─ UnknownKeyError
├─ TransportError
│  ├─ HubUnreachableError
│  ├─ HubTimeoutError
│  └─ HubBusyError
├─ StorageError
│  ├─ DiskFullError
│  ├─ DatabaseCorruptError
│  └─ FutureSchemaError
├─ ConfigError
└─ RefusedError
   └─ AlreadySavedError

A gap, an old version, a fork, a revoked or expired device and being offline are states with an answer, not errors
(protocol 2.5, 2.9).  Exit codes are the sysexits numbers as our own constants, since Windows has no ``os.EX_*``.
"""

from __future__ import annotations

from typing import ClassVar

EX_OK = 0
EX_USAGE = 2
EX_DATAERR = 65
EX_UNAVAILABLE = 69
EX_SOFTWARE = 70
EX_IOERR = 74
EX_TEMPFAIL = 75
EX_PROTOCOL = 76
EX_NOPERM = 77
EX_CONFIG = 78


class VillageSyncError(Exception):
    """Root of our errors: something an operator must see; read ``hint`` for the next step."""

    code: str = "error"
    exit_code: ClassVar[int] = EX_SOFTWARE
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, code: str | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code


class DataError(VillageSyncError):
    """A value is not what it claims to be; correct the named field and try again."""

    code = "data"
    exit_code = EX_DATAERR

    def __init__(
        self, message: str, *, code: str | None = None, hint: str = "", field: str = "", value: object = None
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.field = field
        self.value = value


class IdentifierError(DataError):
    """A NIK, family card number or region code is malformed; compare it with the paper."""

    code = "identifier"


class CodeError(DataError):
    """A value is not in its closed code list; choose one of the listed values."""

    code = "code-unknown"


class ImportFileError(DataError):
    """A file cannot be read as a population table; save it again in a supported form."""

    code = "import-file"


class ProtocolError(VillageSyncError):
    """Abstract: a rule of docs/protocol.md is broken; see the subclass for whose fault it is."""

    code = "protocol"
    exit_code = EX_PROTOCOL

    def __init__(self, message: str, *, code: str | None = None, hint: str = "") -> None:
        if type(self) is ProtocolError:
            raise TypeError("ProtocolError is abstract: raise LocalProtocolError or RemoteProtocolError")
        super().__init__(message, code=code, hint=hint)


class LocalProtocolError(ProtocolError):
    """We broke a protocol rule ourselves: this is a bug, please report it."""

    code = "protocol-local"


class RemoteProtocolError(ProtocolError):
    """The other side sent something that breaks a protocol rule; nothing was changed."""

    code = "protocol-remote"


class MalformedMessageError(RemoteProtocolError):
    """Bytes from outside do not parse; ask for the message again."""

    code = "message-malformed"


class LimitExceededError(RemoteProtocolError):
    """A message, entry or body is larger than the protocol allows; nothing was changed."""

    code = "limit-exceeded"


class TrustError(VillageSyncError):
    """A signature, seal or key does not hold; never retried by itself, always worth a telephone call."""

    code = "trust"
    exit_code = EX_NOPERM


class BadSignatureError(TrustError):
    """Bytes were changed or not made by who they claim; ask for the message again."""

    code = "signature-bad"


class UnknownKeyError(TrustError):
    """A message is sealed to, or signed with, a key that is not known here; enrol or fetch the key list."""

    code = "key-unknown"


class TransportError(VillageSyncError):
    """The network or the stick failed; the next try continues where this one stopped."""

    code = "transport"
    exit_code = EX_TEMPFAIL
    retryable = True


class HubUnreachableError(TransportError):
    """No connection to the hub could be made; work goes on offline."""

    code = "hub-unreachable"


class HubTimeoutError(TransportError):
    """The hub did not answer in time; work goes on offline."""

    code = "hub-timeout"


class HubBusyError(TransportError):
    """The hub asks to come back later."""

    code = "hub-busy"


class StorageError(VillageSyncError):
    """The database or the disk refused; nothing half-done stays behind."""

    code = "storage"
    exit_code = EX_IOERR


class DiskFullError(StorageError):
    """There is no room left on the disk; free some space, nothing was lost."""

    code = "disk-full"


class DatabaseCorruptError(StorageError):
    """The database cannot be read; restore the newest backup."""

    code = "database-corrupt"


class FutureSchemaError(StorageError):
    """The database was written by a newer version of the program; update the program."""

    code = "database-newer"


class ConfigError(VillageSyncError):
    """The configuration is wrong or missing; the message names the key and the file."""

    code = "config"
    exit_code = EX_CONFIG


class RefusedError(VillageSyncError):
    """A rule of the register or of enrolment refuses the action; the message says which and what to do."""

    code = "refused"
    exit_code = EX_DATAERR


class AlreadySavedError(RefusedError):
    """This very form was saved before (a second click, the back button); there is nothing to do."""

    code = "already-saved"

    def __init__(self, message: str, *, change_id: bytes) -> None:
        super().__init__(message, hint="Tidak ada yang perlu dilakukan.")
        self.change_id = change_id
