"""The end: lay what each village proves of itself beside what the hub proves of it, and count.

Decides what "equal" and "lost" mean here.  Equal: position, head and F, each computed anew from the tables of both
sides, are the same, and neither side's tables contradict themselves.  Lost: a change id that a command named when it
saved, or that the village's journal holds, for which the hub has no outcome.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from demo.console import at_once
from demo.measures import VillageMeasures
from demo.stage import Stage, Village


@dataclass(frozen=True, slots=True)
class Verdict:
    """One village beside the hub."""

    is_equal: bool
    position: int
    changes: frozenset[str]
    lost: int
    outcomes: Counter[str]


def compare(stage: Stage, village: Village) -> Verdict:
    """Ask both sides of one village for their proofs and compare them."""
    own, hub = stage.village(village, "village", "proof"), stage.hub("proof", village.office.code)
    return judge(own, hub, frozenset(village.saved))


def _compare_all(stage: Stage) -> list[Verdict]:
    codes = [one.office.code for one in stage.villages]
    jobs: list[Callable[[], list[dict[str, Any]]]] = [partial(_own_proof, stage, one) for one in stage.villages]
    jobs.append(partial(stage.hub_batch, "proofs", [["proof", code] for code in codes]))
    *own, hub = at_once(jobs)
    return [
        judge(one[0], beside, frozenset(village.saved))
        for village, one, beside in zip(stage.villages, own, hub, strict=True)
    ]


def _own_proof(stage: Stage, village: Village) -> list[dict[str, Any]]:
    return [stage.village(village, "village", "proof")]


def judge(own: dict[str, Any], hub: dict[str, Any], saved: frozenset[str]) -> Verdict:
    """Compare a village's proof with the hub's, and what was saved with what the hub decided.

    Args:
        saved: change ids that commands named when they saved.
    """
    sides = [(proof["position"], proof["head"], proof["fingerprint"]) for proof in (own, hub)]
    outcomes: dict[str, str | None] = hub["outcomes"]
    changes = saved | {change["id"] for change in own["changes"]}
    decided = {change: outcome for change, outcome in outcomes.items() if outcome is not None}
    return Verdict(
        sides[0] == sides[1] and own["is_consistent"] and hub["is_consistent"],
        own["position"],
        changes,
        len(changes - decided.keys()),
        Counter(decided[change] for change in changes & decided.keys()),
    )


def prove_all(stage: Stage) -> None:
    """Compare every village with the hub and put the numbers down."""
    verdicts = _compare_all(stage)
    measures = stage.measures
    outcomes: Counter[str] = Counter()
    for village, verdict in zip(stage.villages, verdicts, strict=True):
        outcomes += verdict.outcomes
        measures.by_village.append(_village_measures(village, verdict))
    measures.villages = len(verdicts)
    measures.outcomes = dict(outcomes)
    measures.changes_sent = outcomes.total()
    measures.changes_lost = sum(verdict.lost for verdict in verdicts)
    measures.fingerprints_equal = all(verdict.is_equal for verdict in verdicts)
    measures.bytes_up = sum(one.bytes_up for one in measures.by_village)
    measures.bytes_down = sum(one.bytes_down for one in measures.by_village)


def _village_measures(village: Village, verdict: Verdict) -> VillageMeasures:
    relay = village.relay
    return VillageMeasures(
        name=village.name,
        carrier="USB stick" if village.office.is_on_stick else "HTTP",
        residents=village.residents_imported,
        rows_rejected=village.rows_rejected,
        changes=len(verdict.changes),
        lost=verdict.lost,
        bytes_up=village.stick_bytes_up + (relay.bytes_up if relay is not None else 0),
        bytes_down=village.stick_bytes_down + (relay.bytes_down if relay is not None else 0),
        position=verdict.position,
        is_equal=verdict.is_equal,
    )
