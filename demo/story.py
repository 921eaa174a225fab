"""The whole story in its order.

Decides what happens when; each scene is in a module of its own.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from demo import closing, deciding, exchange, opening, week
from demo.cast import Cast
from demo.console import Console
from demo.folder import fresh_folder
from demo.measures import Measures
from demo.offices import DISTRICT_CODE, DISTRICT_NAME, OFFICES, RESIDENTS, Office, generate_office
from demo.relay import Relay
from demo.stage import HUB_DIRECTORY, Stage, Village, today_here


def tell(directory: Path, residents: int = RESIDENTS) -> Measures:
    """Play the story in a folder and return what was counted.

    Raises RefusedError "demo-folder-not-ours", CommandFailedError if a command does not do what the story needs.
    """
    began = time.monotonic()
    stage = new_stage(directory, residents)
    with stage.part("A hub and three village offices"):
        found_hub(stage)
    with hub_serving(stage):
        with stage.part("Enrolment"):
            opening.enrol(stage)
        with stage.part("Three lists are imported"):
            opening.import_lists(stage)
        with stage.part("First exchange: the lists reach the hub"):
            exchange.exchange_all(stage, killed=stage.villages[1], moment=exchange.kill_in_request(stage))
        with stage.part("A week of work on both sides, without a network"):
            both = week.meetings(stage)
            week.offline_week(stage, both)
        with stage.part("Second exchange: the week meets the district's"):
            exchange.exchange_all(stage, killed=stage.villages[0])
        with stage.part("The registrar decides"):
            deciding.decide_all(stage)
        with stage.part("Third exchange: the decisions flow back"):
            exchange.exchange_all(stage)
        with stage.part("The night: everything is checked and backed up"):
            deciding.reconcile(stage)
        with stage.part("Proof"):
            closing.prove_all(stage)
    stage.measures.folder = str(stage.folder)
    stage.measures.commands = stage.console.commands
    stage.measures.seconds = round(time.monotonic() - began, 1)
    return stage.measures


def new_stage(directory: Path, residents: int) -> Stage:
    """Clear the folder; nobody lives in the villages yet."""
    folder = fresh_folder(directory)
    return Stage(folder, Console(folder), today_here(), residents)


def found_hub(stage: Stage, offices: Sequence[Office] = OFFICES) -> None:
    """Found the hub, and invent the villages and write their lists meanwhile; then invite them."""
    words = ("hub", "init", "--dir", HUB_DIRECTORY, "--district", DISTRICT_CODE, "--name", DISTRICT_NAME)
    founding = stage.console.begin(*words)
    for office in offices:
        generated = generate_office(office, stage.residents, stage.today)
        stage.villages.append(Village(office, generated, Cast(generated, stage.today)))
    opening.write_lists(stage)
    stage.console.finish(founding)
    opening.invite(stage)


@contextlib.contextmanager
def hub_serving(stage: Stage) -> Iterator[None]:
    """Serve the hub on a free port of this machine, with a counting line to each village that has a network."""
    words = ("hub", "serve", "--dir", HUB_DIRECTORY, "--port", "0", "--no-nightly")
    with stage.console.running(*words) as hub, contextlib.ExitStack() as lines:
        stage.hub_url = hub.wait_for("siap: ").split()[-1]
        port = stage.measures.hub_port = int(stage.hub_url.rsplit(":", 1)[1])
        for village in stage.villages:
            if not village.office.is_on_stick:
                village.relay = lines.enter_context(Relay(port))
        yield
