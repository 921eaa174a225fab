"""Bound everything that comes from outside (protocol 10); each constant says what it limits."""

from __future__ import annotations

JOURNAL_ENTRY_BYTES_MAX = 64 * 1024
"""Body of one journal entry: an officer's action, or one family of an import."""
JOURNAL_ENTRY_RECORDS_MAX = 100
"""Different records that one journal entry may write."""
FEED_ENTRY_BYTES_MAX = 256 * 1024
FEED_ENTRY_PUTS_BYTES_MAX = 160 * 1024
"""Bodies in one feed entry; the rest is for headers and verdicts.  A longer transaction becomes several entries."""
BODY_BYTES_MAX = 128 * 1024
"""One record's body; a resident is under 2 KiB, a case holds a whole journal entry."""
MESSAGE_BYTES_MAX = 8 * 1024 * 1024
"""A decompressed message: bounds the memory that a hostile frame can ask for."""
SEALED_BYTES_MAX = 4 * 1024 * 1024
SNAPSHOT_PART_BYTES_MAX = 1024 * 1024
SNAPSHOT_BYTES_MAX = 64 * 1024 * 1024
INVITATION_BYTES_MAX = 64 * 1024
"""An invitation file; a real one is under 4 KiB."""
OFFICER_NAME_BYTES_MAX = 100
NESTING_MAX = 16
ENTRY_NESTING_MAX = 14
"""Nesting of a journal entry's body: a case holds its changes two levels deeper."""
CASE_JOIN_BYTES_MAX = 64 * 1024
"""Proposals of one case: its decisions, which are shorter than its proposals, must fit beside them into a body."""
