"""Put a hub together: found it, open it, close it.  Everything else is given what it needs by this one place.

Opening verifies keys and ledger first and makes the database agree with the ledger before anyone is answered
(protocol 8.9).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from district_hub.clock import now_ms
from district_hub.config import CONFIG_NAME, WIB_MINUTES, HubConfig, load_config, write_config
from district_hub.durable_files import make_private_directory
from district_hub.enrolment import Enrolment
from district_hub.keys import HubKeys, create_keys, open_keys
from district_hub.ledger import DIARY_NAME, KEY_LIST, LEDGER_NAME, Ledger, append_diary, missing_ledger
from district_hub.receiver import AfterCommit, Receiver
from district_hub.recovery import notice_loss
from district_hub.snapshots import Snapshots
from district_hub.standings import Standings
from district_hub.store import HubStore
from schemas.errors import ConfigError, RefusedError
from schemas.identifiers import RegionCode, RegionLevel
from schemas.regions import is_known_region, region, utc_offset_minutes


@dataclass(frozen=True, slots=True)
class Hub:
    """An open hub; close it at the end."""

    directory: Path
    config: HubConfig
    store: HubStore
    keys: HubKeys
    ledger: Ledger
    standings: Standings
    enrolment: Enrolment

    @classmethod
    def open(cls, directory: Path, environment: Mapping[str, str] | None = None) -> Self:
        """Open the hub of a directory.

        Raises ConfigError, DatabaseCorruptError "ledger-damaged" or "ledger-missing", FutureSchemaError, StorageError.
        """
        config = load_config(directory, environment or {})
        keys = open_keys(directory)
        if keys.key_list.district_code != config.district_code:
            raise ConfigError(
                f"the keys in {directory} are those of district {keys.key_list.district_code}",
                code="keys-other-district",
            )
        ledger = Ledger(directory / LEDGER_NAME, keys.root_key, keys.signing_key)
        if not any(ledger):
            raise missing_ledger(ledger.path)
        store = HubStore.open(directory, config)
        standings = Standings(config, store, keys, ledger)
        enrolment = Enrolment(directory, config, store, keys, ledger, standings)
        hub = cls(directory, config, store, keys, ledger, standings, enrolment)
        try:
            standings.replay(directory)
            notice_loss(store, directory / DIARY_NAME, now_ms())
        except BaseException:
            store.close()
            raise
        return hub

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def receiver(self, after_commit: AfterCommit | None = None, *, clock: Callable[[], int] = now_ms) -> Receiver:
        """Return what answers villages' messages; ``after_commit`` is the dispatcher."""
        head_keys = self.keys.head_keys()
        snapshots = Snapshots(self.directory, head_keys, stale_after=self.config.snapshot_entries_min)
        return Receiver(
            self.store, self.keys, self.standings, snapshots, self.config, after_commit=after_commit, clock=clock
        )

    def write_diary(self, record: Mapping[str, object]) -> None:
        """Append to the registrars' diary, durably."""
        append_diary(self.directory / DIARY_NAME, record)


def create_hub(directory: Path, config: HubConfig, founded_ms: int) -> None:
    """Found a hub: keys, key list 1 signed by the root, ledger, configuration and an empty database.

    Raises RefusedError "district-unknown" for a code that is not a regency's, ConfigError "hub-exists".
    """
    code = RegionCode(config.district_code)
    if code.level is not RegionLevel.REGENCY:
        raise RefusedError(
            f"{code} is not the code of a regency or city", code="district-unknown", hint="Give one such as 35.10."
        )
    if (directory / CONFIG_NAME).exists():
        raise ConfigError(f"there is a hub in {directory} already", code="hub-exists")
    make_private_directory(directory)
    for name in ("invitations", "outbox", "backups"):
        make_private_directory(directory / name)
    keys = create_keys(directory, config.district_code, founded_ms)
    ledger = Ledger(directory / LEDGER_NAME, keys.root_key, keys.signing_key)
    ledger.append(KEY_LIST, {"number": 1, "key_list": keys.signed_key_list.hex()}, founded_ms)
    HubStore.open(directory, config).close()
    # Last, because its presence says that the hub is whole.
    write_config(directory, _named(config, code))


def _named(config: HubConfig, code: RegionCode) -> HubConfig:
    if config.timezone_minutes == WIB_MINUTES:
        config = replace(config, timezone_minutes=utc_offset_minutes(code))
    if config.district_name or not is_known_region(code):
        return config
    return replace(config, district_name=region(code).name)
