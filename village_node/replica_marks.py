"""Know by which mark letters of this replica are told from those of the village's other laptops (protocol 15.3).

A mark belongs to one replica id.  A database that took a new id (restored or cloned) has none until the hub gives it
one, and says so in every message.
"""

from __future__ import annotations

from village_node.store import NodeStore, Working

_PROVISIONAL = "S"
_REPLICA_DIGITS = 6


def replica_mark(store: NodeStore, working: Working) -> tuple[str, bool]:
    """Return the mark that letters of this replica carry, and whether it is only a stand-in."""
    if not is_without_mark(store, working):
        return store.certificate(working.sync).replica_mark, False
    return f"{_PROVISIONAL}-{working.tables.state.replica_id.hex()[:_REPLICA_DIGITS].upper()}", True


def is_without_mark(store: NodeStore, working: Working) -> bool:
    """Tell whether the certificate's mark was given to another replica id than this database has now."""
    return working.tables.state.replica_id != (working.sync.mark_replica_id or store.keys.replica_id)
