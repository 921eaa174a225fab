"""The hub's own schema revisions, oldest first; each is one file in ``versions`` and is never edited once released."""

from __future__ import annotations

HEAD = "0003"
