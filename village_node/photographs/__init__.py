"""Look at photographs that officers take: read the code of a printed letter, and make a picture light enough to send.

Decides what may be a photograph and how light it becomes.  Decoding happens in a process of its own (``looking``), so
that neither a library's memory nor a hostile file's damage stays with the desk; nothing leaves the machine.
"""

from __future__ import annotations

from village_node.photographs.asking import PHOTO_BYTES_MAX, codes_in, lightened

__all__ = ["PHOTO_BYTES_MAX", "codes_in", "lightened"]
