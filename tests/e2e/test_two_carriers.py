"""One village may use the network today and a stick tomorrow; the receiver cannot tell, and nothing happens twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from demo.exchange import sync
from demo.offices import PAKISTAJI, TAMANSARI
from demo.opening import USB
from demo.stage import Stage, Village
from tests.e2e.processes import assert_converged, correct, district

pytestmark = pytest.mark.e2e


def carry_to_hub(stage: Stage, village: Village) -> None:
    stage.village(village, "sync", "export", "--to", USB)
    stage.hub("stick", "--folder", USB)


@pytest.mark.timeout(180)
def test_a_stick_that_is_late_lost_or_read_twice_changes_nothing_of_the_end(tmp_path: Path) -> None:
    with district(tmp_path, (PAKISTAJI,)) as stage:
        village, usb = stage.villages[0], stage.folder / USB
        # The list goes by stick; before the answer is back, the network works.
        carry_to_hub(stage, village)
        shutil.copytree(usb, stage.folder / "copy-of-the-stick")
        correct(stage, village, [{"phone": "081200009001"}, {"name": "SITI AMINAH"}])
        sync(stage, village)
        assert_converged(stage, village)

        # The late answer, the same answer again, and the same request again at the hub.
        stage.village(village, "sync", "import", "--from", USB)
        stage.village(village, "sync", "import", "--from", "copy-of-the-stick")
        stage.hub("stick", "--folder", "copy-of-the-stick")
        assert_converged(stage, village)

        # A stick that never comes back: the next one carries everything again.
        correct(stage, village, [{"phone": "081200009002"}])
        stage.village(village, "sync", "export", "--to", USB)
        for path in usb.iterdir():
            path.unlink()
        correct(stage, village, [{"phone": "081200009003"}])
        carry_to_hub(stage, village)
        stage.village(village, "sync", "import", "--from", USB)
        assert_converged(stage, village)


@pytest.mark.timeout(180)
def test_foreign_and_damaged_files_on_a_stick_are_told_and_stop_nothing(tmp_path: Path) -> None:
    with district(tmp_path, (TAMANSARI,)) as stage:
        village, usb = stage.villages[0], stage.folder / USB
        stage.village(village, "sync", "export", "--to", USB)
        whole = next(usb.glob("*-up.kmp"))
        damaged = usb / whole.name.replace("-up.kmp", "9-up.kmp")
        damaged.write_bytes(whole.read_bytes()[:-1] + b"x")
        (usb / "foto-keluarga.jpg").write_bytes(b"\xff\xd8\xff")
        answered = stage.hub("stick", "--folder", USB)
        codes = sorted(one["code"] for one in answered["files"])
        assert len(codes) == 2
        assert codes.count("answered") == 1
        stage.village(village, "sync", "import", "--from", USB)
        assert_converged(stage, village)
