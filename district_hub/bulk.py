"""Decide equal cases with one look and one reason: one hamlet renamed in two hundred families.

Cases are equal if they ask exactly the same of the same field over the same registry value.  Each case stays a decision
of its own, on the page it shows; they are taken village by village, some at a time, so that a village may sync between,
and a broken run is repeated: what is decided is closed.  Not here: what a decision writes (``review``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from district_hub.case_pages import CaseLine, list_cases, need_case
from district_hub.reading import HubReader
from district_hub.registrar import Registrar, looking, need_reason
from district_hub.review import Choice, Undecided, decide_many, equal_cases, question_of
from district_hub.store import HubStore
from schemas.errors import RefusedError
from sync_protocol import cases
from sync_protocol.codec import encode
from sync_protocol.decisions import page_of

CASES_PER_TRANSACTION = 50


@dataclass(frozen=True, slots=True)
class EqualCases:
    """Open cases that ask the same; ``first`` stands for them in a list, ``villages`` counts where they are."""

    first: CaseLine
    case_ids: tuple[bytes, ...]
    villages: int


@dataclass(frozen=True, slots=True)
class BulkChoice:
    """A case of a bulk with its village, in whose turn it is decided."""

    village_id: int
    choice: Choice


def equal_groups(reader: HubReader, *, language: str = "id") -> list[EqualCases]:
    """Return the groups of two or more equal open cases, the largest first."""
    looked = looking(reader)
    ids = [case.case_id for case in reader.open_cases()]
    looked.tables.records.prefetch(ids)
    by_question: dict[bytes, list[bytes]] = {}
    for case_id in ids:
        question = encode(question_of(looked, need_case(looked, case_id)))
        by_question.setdefault(question, []).append(case_id)
    names = {village.village_id: village.name for village in reader.villages()}
    groups = []
    for found in by_question.values():
        if len(found) > 1:
            records = [need_case(looked, case_id) for case_id in found]
            (first,) = list_cases(looked, records[:1], names, language=language)
            groups.append(EqualCases(first, tuple(found), len({record.owner for record in records})))
    return sorted(groups, key=lambda group: (-len(group.case_ids), group.first.case_id))


def choices_alike(
    reader: HubReader, case_id: bytes, *, accepts: bool, village_id: int | None = None
) -> list[BulkChoice]:
    """Return the decisions of a case and of every open case equal to it, village by village, on their pages of now.

    Args:
        accepts: accept every proposal of them, or refuse them all.
        village_id: only the cases of this village.

    Raises RefusedError "case-unknown" or "case-closed".
    """
    looked = looking(reader)
    case = need_case(looked, case_id)
    if not cases.is_open(case):
        raise RefusedError(
            "this case is already decided", code="case-closed", hint="See the reason with `kampung hub review show`."
        )
    ids = [one.case_id for one in reader.open_cases()]
    looked.tables.records.prefetch(ids)
    alike = equal_cases(looked, case_id, [need_case(looked, each) for each in ids])
    found = [need_case(looked, each) for each in alike]
    if village_id is not None:
        found = [record for record in found if record.owner == village_id]
    choices = []
    for record in sorted(found, key=lambda each: (each.owner, each.record_id)):
        page = page_of(looked, record)
        accepted = frozenset(page.proposals) if accepts else frozenset[bytes]()
        choices.append(BulkChoice(record.owner, Choice(record.record_id, page, accepted)))
    return choices


def decide_alike(
    store: HubStore,
    choices: Sequence[BulkChoice],
    *,
    reason: str,
    registrar: Registrar,
    now_ms: int,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Undecided]:
    """Decide the cases of a bulk; return those left alone because their page no longer holds.

    Args:
        progress: told (cases done, all) after each transaction.

    Raises RefusedError "reason-missing"; an error in one village leaves the decisions before it in force.
    """
    reason = need_reason(reason)
    left: list[Undecided] = []
    done = 0
    for some in _portions(choices):
        left += decide_many(store, some, reason=reason, registrar=registrar, now_ms=now_ms)
        done += len(some)
        progress(done, len(choices))
    return left


def _portions(choices: Sequence[BulkChoice]) -> Iterator[list[Choice]]:
    ordered = sorted(choices, key=lambda one: one.village_id)
    for _, group in groupby(ordered, key=lambda one: one.village_id):
        mine = [one.choice for one in group]
        for start in range(0, len(mine), CASES_PER_TRANSACTION):
            yield mine[start : start + CASES_PER_TRANSACTION]
