"""The guided forms of the vital events, by their place in the address, and in which group each is offered."""

from __future__ import annotations

from collections.abc import Mapping

from village_node.web.guided.events.births import BIRTH
from village_node.web.guided.events.deaths import DEATH
from village_node.web.guided.questions import Guided

EVENTS: Mapping[str, Guided] = {one.code: one for one in (BIRTH, DEATH)}

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (("Lahir dan meninggal", ("kelahiran", "kematian")),)
"""How the forms are offered: a word, and the forms under it."""
