"""Hear from the district before a file is compared with the register, if it can be heard within seconds.

An import compares with what this laptop knows: what another laptop of the office, or the district, has entered since
would come in twice or as a difference.  Nothing waits for it: no network, or a hub that cannot be believed, is told and
the import goes on.  Real exchange is ``syncer``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schemas.errors import RemoteProtocolError, TrustError
from village_node import clock
from village_node.carriers import Carrier
from village_node.carriers.http import HttpCarrier
from village_node.store import NodeStore
from village_node.syncer import synchronise

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 15.0
"""Short: an officer sits in front of it; a sync of its own has all the time."""
_ROUNDS_MAX = 20


@dataclass(frozen=True, slots=True)
class Pulled:
    """What was heard: ``code`` as of a session, or of the error that ended it."""

    code: str
    reason: str
    entries_applied: int = 0

    @property
    def is_fresh(self) -> bool:
        """Tell whether the register is as the district has it now."""
        return self.code == "done"


def pull_first(store: NodeStore, carrier: Carrier, *, now_ms: Callable[[], int] = clock.now_ms) -> Pulled:
    """Exchange with the hub for a few rounds and tell how far it went; raises StorageError only."""
    try:
        result = synchronise(store, carrier, now_ms=now_ms, rounds_max=_ROUNDS_MAX)
    except (RemoteProtocolError, TrustError) as error:
        return Pulled(error.code, error.message)
    return Pulled(result.code, result.reason, result.entries_applied)


def pull_from_hub(store: NodeStore) -> Pulled | None:
    """Ask this village's hub for news, quickly; None where there is no hub to ask.  Raises StorageError only."""
    if not store.config.hub_url or store.is_practice:
        return None
    carrier = HttpCarrier(
        store.config.hub_url, connect_timeout_s=CONNECT_TIMEOUT_S, read_timeout_s=READ_TIMEOUT_S, retries_max=0
    )
    try:
        return pull_first(store, carrier)
    finally:
        carrier.close()
