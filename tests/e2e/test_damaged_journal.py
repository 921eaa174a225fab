"""Bytes flipped in a real database between two runs of the console: what can be read arrives, the rest is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from demo import closing
from demo.offices import OFFICES
from tests.e2e.processes import correct, district
from tests.journal_damage import damage
from village_node.store import NodeStore
from village_node.tables import OWN_CHANGE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


def test_a_bad_disk_costs_two_entries_and_names_them(tmp_path: Path) -> None:
    with district(tmp_path, OFFICES[:1]) as stage:
        (village,) = stage.villages
        stage.village(village, "sync", "run")
        correct(stage, village, [{"phone": f"0812000000{number}"} for number in range(6)])
        folder = stage.folder / village.office.directory
        with NodeStore.open(folder) as store:
            with store.local_reading() as connection:
                newest = select(OWN_CHANGE).order_by(OWN_CHANGE.c.ordinal.desc()).limit(6)
                own = connection.execute(newest).all()[::-1]
            damage(store, own[1].change_id, "body")
            damage(store, own[4].change_id, "row")
            damage(store, own[5].change_id, "head")
        found = stage.village(village, "doctor")["findings"]
        assert [one["ok"] for one in found if one["check"] == "journal"] == [False]
        before = stage.village(village, "sync", "status")
        assert before["unsent"] == 6
        assert stage.village(village, "sync", "run")["finished"]
        status = stage.village(village, "sync", "status")
        assert (status["unsent"], status["waiting"], status["unreadable"]) == (0, 0, 2)
        told = stage.village(village, "village", "inbox")["matters"]
        assert [(one["code"], one["number"]) for one in told] == [
            ("unreadable", own[1].ordinal),
            ("unreadable", own[4].ordinal),
        ]
        assert told[0]["officer"] == village.office.officer
        verdict = closing.compare(stage, village)
        assert verdict.is_equal
        assert verdict.lost == 2
        assert {own[1].change_id.hex(), own[4].change_id.hex()} <= village.saved
