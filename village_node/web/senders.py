"""Remember whose browser a form came from, though its session is over: by the mark that the session gave its forms."""

from __future__ import annotations

import threading
from collections import OrderedDict

from village_node.accounts import Session

BROWSERS_MAX = 64
"""Sign-ins that are remembered; an office has a handful."""


class Senders:
    """The officers of the newest sign-ins of this process."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, session: Session) -> None:
        """Remember whose forms have a session's mark."""
        with self._lock:
            self._names[session.csrf] = session.username
            self._names.move_to_end(session.csrf)
            while len(self._names) > BROWSERS_MAX:
                self._names.popitem(last=False)

    def username(self, csrf: str) -> str:
        """Return whose forms have a mark, empty if nobody's."""
        with self._lock:
            return self._names.get(csrf, "")
