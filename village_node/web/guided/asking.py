"""Put a step's questions and answers into what a page shows: choices, who was picked, what was understood.

Decides the words under a field (a day with its weekday and the age or the term it means) and the lines of the summary.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from schemas.codes import code_list
from schemas.errors import DataError
from schemas.fields import fields_by_name
from schemas.numbers import whole_number
from schemas.papers import CHECKLISTS, DEADLINES, PAPERS, checklist
from village_node.registration.typed_values import parse_day
from village_node.web.guided.picking import hits, named
from village_node.web.guided.placing import offered
from village_node.web.guided.questions import Answers, Ask, Guided, Question, Step
from village_node.web.guided.reading import named_by
from village_node.web.labels import spoken
from village_node.web.people import label
from village_node.web.places import usual
from village_node.web.visits import Visit


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question as a page shows it."""

    question: Question
    choices: list[tuple[str, str]] = field(default_factory=list)
    picked: tuple[str, str, str] | None = None
    hits: list[tuple[str, str, str]] = field(default_factory=list)
    people: list[tuple[str, str, str]] = field(default_factory=list)
    understood: str = ""
    caution: str = ""


def question_views(visit: Visit, guided: Guided, step: Step, answers: Answers) -> list[QuestionView]:
    """Return the questions of a step that this case needs, ready to be shown."""
    return [_view(visit, guided, one, answers) for one in step.questions if one.when(answers)]


def day_views(visit: Visit, guided: Guided, step: Step, answers: Answers) -> list[QuestionView]:
    """Return what was understood of each day of a step, as one types."""
    days = (one for one in step.questions if one.ask is Ask.DAY and one.when(answers))
    return [_view(visit, guided, one, answers) for one in days]


def _view(visit: Visit, guided: Guided, question: Question, answers: Answers) -> QuestionView:
    match question.ask:
        case Ask.CHOICE | Ask.SELECT:
            return QuestionView(question, choices=choices_of(question, guided))
        case Ask.PERSON | Ask.FAMILY:
            chosen = answers.get(question.name, "")
            if chosen:
                return QuestionView(question, picked=(chosen, *named(visit.desk, chosen)))
            typed = answers.get(f"{question.name}_q", "")
            return QuestionView(question, hits=hits(visit, question, typed) if typed else [])
        case Ask.MEMBERS | Ask.MEMBER:
            return QuestionView(question, people=_members(visit, question, answers))
        case Ask.RELATIONS:
            people = [(one, *named(visit.desk, one)) for one in named_by(question, answers)]
            relations = [(str(code.number), spoken(code.label_id)) for code in code_list("relation_to_head")]
            return QuestionView(question, choices=relations, people=people)
        case Ask.PAPERS:
            return QuestionView(question, choices=_papers(guided, answers))
        case Ask.PLACE:
            return QuestionView(question, choices=offered(visit, question, answers))
        case Ask.DAY:
            return _day_view(visit, guided, question, answers)
        case Ask.TEXT if question.places:
            return QuestionView(question, choices=[(one, one) for one in usual(visit, question.places)])
        case _:
            return QuestionView(question)


def choices_of(question: Question, guided: Guided) -> list[tuple[str, str]]:
    """Return the choices of a question: its own, those of its code list, or the cases of the event's papers."""
    if question.choices:
        return list(question.choices)
    if question.name == "papers_case" and guided.event is not None:
        return [(one.case, one.label_id) for one in CHECKLISTS.get(guided.event, ())]
    if question.of is None:
        return []
    named_list = fields_by_name(question.of[0])[question.of[1]].code_list
    return [(str(code.number), spoken(code.label_id)) for code in code_list(named_list)]


def _members(visit: Visit, question: Question, answers: Answers) -> list[tuple[str, str, str]]:
    found: dict[str, tuple[str, str, str]] = {}
    for one in named_by(question, answers):
        record_id = bytes.fromhex(one)
        household_id = visit.desk.values(record_id).get("household_id") or record_id
        with visit.desk.book() as book:
            members = book.members(household_id)
        for key, shape in members.items():
            values = shape.model_dump()
            age = visit.words.age(values.get("birth_on"), visit.desk.today())
            line = " · ".join(part for part in (label("relation_to_head", values.get("relation")), age) if part)
            found[key.hex()] = (key.hex(), str(values.get("name") or ""), line)
    return list(found.values())


def _papers(guided: Guided, answers: Answers) -> list[tuple[str, str]]:
    if guided.event is None:
        return []
    try:
        return [(paper.code, paper.label_id) for paper in checklist(guided.event, guided.papers_case(answers))]
    except DataError:
        return [(paper.code, paper.label_id) for paper in checklist(guided.event)]


def _day_view(visit: Visit, guided: Guided, question: Question, answers: Answers) -> QuestionView:
    day = day_of(answers.get(question.name, ""))
    if day is None:
        return QuestionView(question)
    words, today = visit.words, visit.desk.today()
    parts = [words.weekday(day)]
    if question.name.startswith("birth") and words.age(day, today):
        parts.append(words("umur %(age)s", age=words.age(day, today)))
    caution = ""
    deadline = DEADLINES.get(guided.event) if guided.event is not None else None
    if deadline is not None and question.name in TERM_DAYS and deadline.is_late(day, today):
        caution = words(
            "Sudah lewat batas lapor %(days)s hari, tetap bisa dilaporkan. Laporan akan ditandai terlambat.",
            days=deadline.days,
        )
    return QuestionView(question, understood=", ".join(parts), caution=caution)


TERM_DAYS = frozenset({"birth_on", "died_on", "married_on", "divorced_on", "left_on", "arrived_on", "occurred_on"})
"""Questions whose day begins the legal term of the report."""


def day_of(typed: str) -> dt.date | None:
    """Return a day if the text is one already."""
    try:
        return parse_day(typed)
    except DataError:
        return None


def summary_of(visit: Visit, guided: Guided, step: Step, answers: Answers) -> list[tuple[str, str, str]]:
    """Return a step's answers in words: question, answer, and the question's name for its link."""
    lines = []
    for question in step.questions:
        if question.when(answers):
            text = _in_words(visit, guided, question, answers)
            lines.append((question.label, text, question.name))
    return lines


def _in_words(visit: Visit, guided: Guided, question: Question, answers: Answers) -> str:
    typed = answers.get(question.name, "")
    match question.ask:
        case Ask.CHOICE | Ask.SELECT:
            return visit.words.label(dict(choices_of(question, guided)).get(typed, typed))
        case Ask.DAY:
            day = day_of(typed)
            return visit.words.weekday(day) if day else typed
        case Ask.PERSON | Ask.FAMILY:
            name, line = named(visit.desk, typed)
            return f"{name}, {line}" if name else answers.get(f"{question.name}_q", "")
        case Ask.MEMBERS | Ask.MEMBER:
            return ", ".join(named(visit.desk, one)[0] for one in typed.split())
        case Ask.RELATIONS:
            return "; ".join(_relations(visit, question, answers))
        case Ask.PAPERS:
            return ", ".join(visit.words.label(PAPERS[one].label_id) for one in typed.split() if one in PAPERS)
        case Ask.YES:
            return visit.words("ya") if typed else visit.words("tidak")
        case Ask.NAMES:
            return ", ".join(typed.splitlines())
        case _:
            return typed


def _relations(visit: Visit, question: Question, answers: Answers) -> list[str]:
    found = []
    for one in named_by(question, answers):
        code = whole_number(answers.get(f"{question.name}_{one}", ""))
        if code is not None:
            found.append(f"{named(visit.desk, one)[0]}: {label('relation_to_head', code)}")
    return found
