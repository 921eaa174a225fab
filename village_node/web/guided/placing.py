"""Make the name of a village that was typed into the one that is meant (``web.places`` suggests them).

Decides when a name alone is enough: if it is one village of the own regency.  Other villages are offered to choose
from, once; who sends the same words again means the words (a place outside the list, or nobody knows which).
"""

from __future__ import annotations

from functools import lru_cache

from schemas.identifiers import RegionCode
from schemas.regions import Region, full_name, is_above_villages, search_villages
from village_node.web.guided.questions import Answers, Ask, Question, Step
from village_node.web.visits import Visit

LETTERS_MIN, SHOWN_MAX = 3, 10


def resolve_places(visit: Visit, step: Step, answers: dict[str, str]) -> dict[str, str]:
    """Write the full name of the one village that a name means; return what a person must choose, by question."""
    mistakes = {}
    for question in step.questions:
        typed = answers.get(question.name, "").strip()
        if question.ask is not Ask.PLACE or not question.when(answers) or typed == answers.get(f"{question.name}_seen"):
            continue
        answers[f"{question.name}_seen"] = ""
        found = _meant(visit, typed)
        if len(found) == 1 and str(found[0].code)[:5] == visit.desk.village_code[:5]:
            answers[question.name] = full_name(found[0])
        elif found:
            answers[f"{question.name}_seen"] = typed
            mistakes[question.name] = visit.words("Ada desa bernama begitu. Pilih yang dimaksud di bawah ini")
    return mistakes


def offered(visit: Visit, question: Question, answers: Answers) -> list[tuple[str, str]]:
    """Return the villages to choose from, and the words as typed, if a name was not enough."""
    typed = answers.get(question.name, "")
    if not typed or answers.get(f"{question.name}_seen") != typed:
        return []
    choices = [(one, one) for one in map(full_name, _meant(visit, typed))]
    return [*choices, (typed, visit.words("Tulis “%(typed)s” apa adanya", typed=typed))] if choices else []


def _meant(visit: Visit, typed: str) -> tuple[Region, ...]:
    """Return the villages that have just this name; the name of a regency, a city or a province is no village's."""
    if len(typed) < LETTERS_MIN or "(" in typed or not any(map(str.isalpha, typed)) or is_above_villages(typed):
        return ()
    return _of_this_name(typed, visit.desk.village_code)


@lru_cache(maxsize=32)
def _of_this_name(name: str, near: str) -> tuple[Region, ...]:
    """Return the villages of just this name; a step asks twice, and every province is looked through."""
    return tuple(search_villages(name, RegionCode.from_text(near), limit=SHOWN_MAX, is_exact=True))
