"""The register's schema revisions, oldest first; each is one file in ``versions`` and is never edited once released.

A revision changes tables only: bodies are never migrated (protocol 4), and an index table that changes its meaning is
emptied and rebuilt from the bodies by the shell that opens the database.
"""

from __future__ import annotations

HEAD = "0001"
