"""The node's own schema revisions, beside those of the register; a file in ``versions`` never changes once released."""

from __future__ import annotations

HEAD = "0007"
"""The newest revision, which a new database gets at once."""
