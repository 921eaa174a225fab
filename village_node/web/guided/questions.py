"""Describe a guided form: its steps, their questions, and when each is asked.

Decides nothing of the register.  A form asks only what the case needs: a question or step whose ``when`` says no is
neither shown nor read.  Answers are texts as typed, so that a draft keeps even what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from schemas.codes import EventKind
from schemas.fields import Kind
from village_node.desk import Desk
from village_node.registration import Recorded

Answers = Mapping[str, str]
"""What was typed, by the question's name; several values of one question are joined by blanks (ids have none)."""


class Ask(StrEnum):
    """How a question is asked and its answer read."""

    TEXT = "text"
    LONG = "long"
    DAY = "day"
    CHOICE = "choice"  # few, all in sight
    SELECT = "select"  # many, in a list
    NUMBER = "number"
    PLACE = "place"  # a village, suggested as one types, or words
    PERSON = "person"
    FAMILY = "family"
    MEMBERS = "members"  # some people of the families that ``members_of`` names
    MEMBER = "member"  # one of them
    RELATIONS = "relations"  # one select for each person that ``members_of`` names
    NAMES = "names"  # one name a line
    YES = "yes"
    PAPERS = "papers"


def always(_answers: Answers) -> bool:
    """Ask in every case."""
    return True


def is_answer(name: str, *values: str) -> Callable[[Answers], bool]:
    """Ask when another question has one of these answers; without values, when it has any."""
    return lambda answers: answers.get(name, "") in values if values else bool(answers.get(name))


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Args:
        name: the field of the use case's form; ``address.rt`` fills a part of an address.
        of: the record kind and field whose type and codes hold, if the question is about a value of the register.
        choices: value and words, where no code list gives them.
        sex: narrows a person to be picked, 1 or 2.
        is_living: who may be picked: residents (True), departed people (False), everybody (None).
        places: what a text means by a place (``web.places``), suggested as one types.
        members_of: the questions, apart by blanks, that name the family or somebody of it, for MEMBERS and RELATIONS.
    """

    name: str
    label: str
    ask: Ask = Ask.TEXT
    hint: str = ""
    is_needed: bool = False
    of: tuple[Kind, str] | None = None
    choices: tuple[tuple[str, str], ...] = ()
    sex: int | None = None
    is_living: bool | None = True
    places: str = ""
    members_of: str = ""
    when: Callable[[Answers], bool] = always
    width: str = "w-30"


@dataclass(frozen=True, slots=True)
class Step:
    """One page of a guided form: ``word`` in the list of steps, ``title`` as a question."""

    code: str
    word: str
    title: str
    questions: tuple[Question, ...]
    when: Callable[[Answers], bool] = always
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Guided:
    """One guided form and what records it.

    Args:
        code: its place in the address, ``/lapor/CODE``.
        saves: what the last button says.
        event: whose papers and term hold.
        record: the use case.
        form: the use case's form, made of the values by field name.
        arranged: puts the values where the form wants them, for questions that are not its fields.
        prefill: answers that follow from the person or family it was begun from.
        after: one sentence on what happens next.
    """

    code: str
    title: str
    saves: str
    said: str
    steps: tuple[Step, ...]
    form: Callable[..., Any]
    record: Callable[..., Recorded]
    event: EventKind | None = None
    prefill: Callable[[Desk, bytes | None, bytes | None], dict[str, str]] | None = None
    arranged: Callable[[dict[str, Any]], dict[str, Any]] = dict
    about: str = ""
    after: str = ""
    papers_case: Callable[[Answers], str] = field(default=lambda answers: answers.get("papers_case", ""))

    def filled(self, values: dict[str, Any]) -> Any:
        """Return the use case's form, filled in."""
        return self.form(**self.arranged(dict(values)))

    def steps_for(self, answers: Answers) -> Sequence[Step]:
        """Return the steps that this case needs."""
        return [step for step in self.steps if step.when(answers)]

    def questions_for(self, answers: Answers) -> list[Question]:
        """Return every question that this case needs."""
        return [one for step in self.steps_for(answers) for one in step.questions if one.when(answers)]
