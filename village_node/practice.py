"""Make, open and renew a practice office: a register of invented people, apart from the real one in every way.

Decides what keeps the two apart.  Practice has a folder, a key and a database of its own; a mark inside that database
that nothing takes out; papers signed by a district that never was, whose keys were thrown away when it was made, so
that no hub can open what it might send and nothing it prints verifies; and a mark on its data.  ``NodeStore`` tells
every way out and in (``must_be_real``).  Deliberately not here: what the screen looks like.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from register.exporting import write_csv
from register.generator import HEADERS, GeneratedVillage, Row, generate_village
from schemas.errors import ConfigError, IdentifierError, RefusedError, VillageSyncError
from schemas.identifiers import RegionCode
from schemas.regions import region
from sync_protocol.certificates import (
    DeviceCertificate,
    KeyList,
    root_digest,
    sign_certificate,
    sign_key_list,
)
from sync_protocol.sealing import SealingKey, SigningKey, generate_sealing_key
from village_node.config import DATABASE_FILE, NodeConfig, load_config, write_config
from village_node.desk import Desk
from village_node.importing import apply_batch, preview_file
from village_node.keys import NodeKeys, key_path, write_keys
from village_node.lock import SERVE_LOCK_FILE, SYNC_LOCK_FILE, held_lock
from village_node.practice_marks import practice_hamlet
from village_node.store import NodeStore

PRACTICE_FOLDER = "latihan"
PRACTICE_OFFICER = "Latihan"
RESIDENTS = 400
"""Enough for every page to have something on it, and made in a few seconds on an old laptop."""

_EXAMPLE_VILLAGE = RegionCode("35.10.09.2004")
_EXAMPLE_OFFSET_MINUTES = 420
_VILLAGE_ID = 1
_SEED = 17
_FOREVER_MS = 100 * 365 * 86_400_000


def practice_directory(directory: Path) -> Path:
    """Return where the practice office of a node's folder lies."""
    return directory / PRACTICE_FOLDER


def open_practice(
    directory: Path, now_ms: int, *, residents: int = RESIDENTS, environment: Mapping[str, str] | None = None
) -> NodeStore:
    """Return the open store of the practice office beside a node's folder, made if there is none yet.

    Args:
        directory: the real node's folder, enrolled or not; a practice office itself is opened as it is.

    Raises ConfigError "practice-mixed" if what lies in the practice folder is not practice, StorageError.
    """
    if (directory / DATABASE_FILE).exists() and directory.name == PRACTICE_FOLDER:
        return _opened(directory, environment)
    folder = practice_directory(directory)
    if not key_path(folder).exists():
        _make(folder, now_ms, residents)
    return _opened(folder, environment)


def renew_practice(directory: Path, now_ms: int, *, residents: int = RESIDENTS) -> None:
    """Throw the practice office away and invent it anew; a folder that is not practice is never touched.

    Raises ConfigError "practice-mixed", RefusedError "practice-open" while somebody works in it, StorageError.
    """
    folder = practice_directory(directory)
    if folder.exists():
        _check_thrown_away(folder)
        shutil.rmtree(folder)
    _make(folder, now_ms, residents)


def _opened(folder: Path, environment: Mapping[str, str] | None) -> NodeStore:
    store = NodeStore.open(folder, environment)
    if store.is_practice:
        return store
    store.close()
    raise _mixed(folder)


def _mixed(folder: Path) -> ConfigError:
    return ConfigError(
        f"Folder latihan berisi hal lain, mungkin data yang sebenarnya: {folder}",
        code="practice-mixed",
        hint="Periksa isinya, lalu pindahkan folder itu; latihan membuat foldernya sendiri.",
    )


def _check_thrown_away(folder: Path) -> None:
    """Raise unless a folder holds a practice office that nobody works in."""
    try:
        _opened(folder, None).close()
    except ConfigError:
        raise
    except VillageSyncError:
        # A real database that was copied over a practice one does not open with its key: it may be the only copy.
        raise _mixed(folder) from None
    for name in (SERVE_LOCK_FILE, SYNC_LOCK_FILE):
        with held_lock(folder / name) as is_free:
            if not is_free:
                raise RefusedError("Latihan sedang terbuka", code="practice-open", hint="Tutup dahulu meja latihannya.")


# -- how it is made


def _make(folder: Path, now_ms: int, residents: int) -> None:
    """Make the office under another name and put it in place whole."""
    if folder.exists():
        raise _mixed(folder)
    code, utc_offset_minutes = _place_of(folder.parent)
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{PRACTICE_FOLDER}.", dir=folder.parent))
    try:
        with _founded(unfinished, code, utc_offset_minutes, now_ms) as store:
            _people(store, code, now_ms, residents)
        unfinished.replace(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _founded(folder: Path, code: RegionCode, utc_offset_minutes: int, now_ms: int) -> NodeStore:
    """Return the store of an office that a district of one moment has enrolled."""
    root, hub = (SigningKey.from_seed(secrets.token_bytes(32)) for _ in range(2))
    keys = NodeKeys.draw(root.verify_key.public_bytes)
    key_list = KeyList(
        number=1,
        district_code=str(code[:5]),
        hub_signing_key=hub.verify_key.public_bytes,
        hub_sealing_key=SealingKey.from_bytes(generate_sealing_key()).public_bytes,
        next_root_digest=root_digest(secrets.token_bytes(32)),
        issued_ms=now_ms,
    )
    certificate = DeviceCertificate(
        district_code=str(code[:5]),
        village_id=_VILLAGE_ID,
        village_code=str(code),
        village_name=f"{_name_of(code)} (LATIHAN)",
        device_signing_key=keys.signing.verify_key.public_bytes,
        device_sealing_key=keys.sealing.public_bytes,
        replica_mark="LATIHAN",
        issued_ms=now_ms,
        expires_ms=now_ms + _FOREVER_MS,
        serial=1,
    )
    keys = keys.enrolled(sign_certificate(certificate, hub), sign_key_list(key_list, root), secrets.token_bytes(32))
    config = NodeConfig(
        district_code=certificate.district_code,
        village_code=certificate.village_code,
        village_name=certificate.village_name,
        hub_url="",
        utc_offset_minutes=utc_offset_minutes,
    )
    write_config(folder, config)
    write_keys(folder, keys)
    return NodeStore.create(folder, config, keys, certificate, practice_since_ms=now_ms)


def _people(store: NodeStore, code: RegionCode, now_ms: int, residents: int) -> None:
    """Import an invented village, as an office would its own list."""
    desk = Desk(store, PRACTICE_OFFICER, lambda: now_ms)
    village = generate_village(_SEED, code, residents, today=desk.today())
    with tempfile.TemporaryDirectory(dir=store.directory) as folder:
        path = Path(folder) / "penduduk-latihan.csv"
        write_csv(path, HEADERS, _marked(village))
        apply_batch(desk, preview_file(desk, path))


def _marked(village: GeneratedVillage) -> list[Row]:
    return [{**row, "dusun": practice_hamlet(str(row["dusun"]))} for row in village.rows]


def _place_of(directory: Path) -> tuple[RegionCode, int]:
    """Return code and time zone of the real office, so that practice looks like home; an example without one."""
    try:
        config = load_config(directory)
        return RegionCode(config.village_code), config.utc_offset_minutes
    except (ConfigError, IdentifierError):
        return _EXAMPLE_VILLAGE, _EXAMPLE_OFFSET_MINUTES


def _name_of(code: RegionCode) -> str:
    try:
        return region(code).name
    except IdentifierError:
        return code
