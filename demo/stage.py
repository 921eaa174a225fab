"""What all scenes share: the console, the three villages with their people, the numbers, and a voice.

Decides how a scene speaks to a hub or a village and how the story is said on stderr; the scenes decide what happens.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.cast import Cast
from demo.console import Console, Done
from demo.measures import Measures
from demo.offices import Office
from demo.relay import Relay
from register.generator import GeneratedVillage

HUB_DIRECTORY = "hub"
REGISTRAR = ("--registrar", "Dewi Kartika")

# Banyuwangi keeps Western Indonesian Time, whatever the machine's own clock zone is.
_WIB = dt.timezone(dt.timedelta(hours=7))


@dataclass(slots=True)
class Village:
    """One village of the story: its office, its invented people, and what it has done so far.

    ``saved`` are the change ids that its commands named when they saved something; ``relay`` is its line to the hub.
    """

    office: Office
    generated: GeneratedVillage
    cast: Cast
    saved: set[str] = field(default_factory=set)
    relay: Relay | None = None
    stick_bytes_up: int = 0
    stick_bytes_down: int = 0
    rows_rejected: int = 0
    residents_imported: int = 0

    @property
    def name(self) -> str:
        """Return the village's name."""
        return self.office.name


@dataclass(slots=True)
class Stage:
    """The scene of the whole story."""

    folder: Path
    console: Console
    today: dt.date
    residents: int
    villages: list[Village] = field(default_factory=list)
    measures: Measures = field(default_factory=Measures)
    hub_url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)
    said: Callable[[str], None] = lambda text: print(text, file=sys.stderr, flush=True)

    def hub(self, *words: str) -> dict[str, Any]:
        """Run ``kampung hub ... --json`` at the district office."""
        return self.console.json("hub", *words, "--dir", HUB_DIRECTORY)

    def hub_batch(self, name: str, lines: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
        """Run hub commands with one start, ``files/NAME.jsonl`` holding a line for each; return what each printed.

        Raises CommandFailedError if one of them is refused.
        """
        path = f"files/{name}.jsonl"
        text = "".join(json.dumps(list(line), ensure_ascii=False) + "\n" for line in lines)
        (self.folder / path).write_text(text, encoding="utf-8")
        return [one["result"] for one in self.hub("batch", path)["done"]]

    def village(self, village: Village, *words: str) -> dict[str, Any]:
        """Run a command with ``--json`` at a village office."""
        return self.console.json(*words, "--dir", village.office.directory, environment=environment_of(village))

    def village_text(self, village: Village, *words: str) -> Done:
        """Run a command at a village office for what it says to people."""
        return self.console.run(*words, "--dir", village.office.directory, environment=environment_of(village))

    def day(self, days_ago: int) -> str:
        """Return a date of the past week as an officer types it."""
        return f"{self.today - dt.timedelta(days=days_ago):%d-%m-%Y}"

    def say(self, text: str) -> None:
        """Tell the person who watches."""
        self.said(f"   {text}")

    @contextlib.contextmanager
    def part(self, title: str) -> Iterator[None]:
        """Open a part of the story and take its time."""
        self.said(f"== {title}")
        began = time.monotonic()
        yield
        self.measures.seconds_by_part[title] = round(time.monotonic() - began, 1)


def environment_of(village: Village) -> dict[str, str]:
    """Return what a village's commands find in their environment: the officer, and the line to the hub."""
    found = {"KAMPUNG_OFFICER": village.office.officer}
    if village.relay is not None:
        found["KAMPUNG_HUB_URL"] = village.relay.url
    return found


def today_here() -> dt.date:
    """Return the day in Banyuwangi."""
    return dt.datetime.now(_WIB).date()
