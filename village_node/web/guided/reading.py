"""Read what was typed into a guided form: texts to values, with what is wrong at its question.

Decides what each kind of question accepts; a blank is "not known" unless the question needs an answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from schemas.errors import DataError
from schemas.numbers import whole_number
from village_node.registration import AddressForm
from village_node.registration.typed_values import parse_day, parse_field
from village_node.web.guided.questions import Answers, Ask, Guided, Question

ADDRESS = "address."


def values_of_answers(guided: Guided, answers: Answers) -> tuple[dict[str, Any], dict[str, DataError]]:
    """Return the form's values by field name, and what is wrong by question name."""
    values: dict[str, Any] = {}
    mistakes: dict[str, DataError] = {}
    address: dict[str, str | None] = {}
    for question in guided.questions_for(answers):
        try:
            value = read(question, answers)
        except DataError as error:
            mistakes[question.name] = error
            continue
        if question.name.startswith(ADDRESS):
            address[question.name.removeprefix(ADDRESS)] = value
        elif value is not None:
            values[question.name] = value
    if address:
        values["address"] = AddressForm(**address)
    return values, mistakes


def mistakes_of(questions: Iterable[Question], answers: Answers) -> dict[str, DataError]:
    """Return what is wrong with these questions' answers, by question name."""
    found = {}
    for question in questions:
        try:
            read(question, answers)
        except DataError as error:
            found[question.name] = error
    return found


def read(question: Question, answers: Answers) -> Any:
    """Return one answer's value, None if it is blank; raises DataError."""
    typed = answers.get(question.name, "").strip()
    if question.ask is Ask.RELATIONS:
        return _relations(question, answers)
    if question.ask is Ask.YES:
        return typed == "ya"
    if not typed:
        if question.is_needed:
            raise DataError(f"{question.label}: belum diisi", code="value-missing", field=question.name)
        return None
    match question.ask:
        case Ask.DAY:
            return _day(typed, question)
        case Ask.PERSON | Ask.FAMILY | Ask.MEMBER:
            return bytes.fromhex(typed)
        case Ask.MEMBERS:
            return tuple(bytes.fromhex(one) for one in typed.split())
        case Ask.NAMES:
            return tuple(line.strip() for line in typed.splitlines() if line.strip())
        case Ask.PAPERS:
            return tuple(typed.split())
        case Ask.NUMBER if question.of is None:
            found = whole_number(typed)
            if found is None:
                raise DataError(f"{question.label}: {typed!r} bukan angka", code="shape", hint="Tulis angka saja.")
            return found
    return parse_field(*question.of, typed) if question.of is not None else typed


def _day(typed: str, question: Question) -> dt.date:
    return parse_day(typed, question.name)


def named_by(question: Question, answers: Answers) -> list[str]:
    """Return the ids that the questions hold which a question is about, each once."""
    ids = [one for name in question.members_of.split() for one in answers.get(name, "").split()]
    return list(dict.fromkeys(ids))


def _relations(question: Question, answers: Answers) -> dict[bytes, int] | None:
    found = {}
    for one in named_by(question, answers):
        code = whole_number(answers.get(f"{question.name}_{one}", ""))
        if code is not None:
            found[bytes.fromhex(one)] = code
    return found or None
