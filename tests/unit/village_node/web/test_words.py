"""The desk speaks English completely: every text of the templates and pages has one, and none is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import village_node.web
from register.importing.detection import LAYOUT_WORDS
from village_node import checked_papers
from village_node.web import mapping_forms
from village_node.web.guided.events import EVENTS, GROUPS
from village_node.web.navigation import NAVIGATION
from village_node.web.pages import books, exporting, families, home, importing, inbox, more, requests, residents
from village_node.web.words import Words, catalogue

WEB = Path(village_node.web.__file__).parent
_IN_TEMPLATES = re.compile(r"""_\(\s*"((?:[^"\\]|\\.)*)\"""")
_IN_PAGES = re.compile(r"""\bwords\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)""")
_VALUES = re.compile(r"%\((\w+)\)s")


def texts_of_templates() -> Iterator[str]:
    for path in sorted((WEB / "templates").rglob("*.html")):
        yield from _IN_TEMPLATES.findall(path.read_text(encoding="utf-8"))


def texts_of_pages() -> Iterator[str]:
    for path in sorted(WEB.rglob("*.py")):
        for found in _IN_PAGES.findall(path.read_text(encoding="utf-8")):
            yield "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found))


def texts_of_tables() -> Iterator[str]:
    """Yield what templates translate although it stands in a table."""
    yield from (word for _, word, _ in NAVIGATION)
    yield from (word for _, word, _, _ in home.STARTS)
    yield from (word for _, word in residents.REPORTS)
    yield from (word for _, word, _ in families.ACTIONS)
    yield from (text for _, _, text in requests.STEPS)
    yield from (
        checked_papers.PROVEN,
        checked_papers.HOLDS,
        checked_papers.REVOKED,
        checked_papers.MISSING,
        checked_papers.LOCKED,
    )
    yield from (text for why in checked_papers.WHY_NOT.values() for text in why)
    yield from (text for _, title, about in books.BOOKS for text in (title, about))
    yield from (text for _, word, about in exporting.SHAPES for text in (word, about))
    yield from (word for word, _ in exporting.GROUPS)
    yield from (word for _, word in exporting.PRESENCES)
    yield from (text for word, links in more.GROUPS for text in (word, *(link[1] for link in links)))
    yield from (word for word, _ in GROUPS)
    yield from (*importing.STATES.values(), importing.RUNNING_NOW)
    yield from (*inbox.DECIDERS.values(), *inbox.REASONS.values(), *inbox.SHORT.values(), *inbox.ANSWERS.values())
    yield from (*LAYOUT_WORDS.values(), *mapping_forms.COMBINED.values(), *mapping_forms.MISSING.values())
    yield from (word for word, _ in mapping_forms.GROUPS)
    for ways in (mapping_forms.DATE_ORDERS, mapping_forms.P_MEANINGS, mapping_forms.MARITAL_NUMBERS):
        yield from (word for _, word in ways)
    for choices in (mapping_forms.SWITCHES, mapping_forms.YES_NO, mapping_forms.SEPARATORS):
        yield from (word for _, word in choices)
    for guided in EVENTS.values():
        yield from (guided.title, guided.saves, guided.said, guided.after)
        for step in guided.steps:
            yield from (step.word, step.title, step.hint)
            for question in step.questions:
                yield from (question.label, question.hint)
                yield from (words for _, words in question.choices)


def everything() -> set[str]:
    found = {*texts_of_templates(), *texts_of_pages(), *texts_of_tables()}
    return {text for text in found if text}


def test_every_text_has_its_english() -> None:
    assert sorted(everything() - catalogue("en").keys()) == []


def test_values_of_a_text_are_in_its_english() -> None:
    for text, english in catalogue("en").items():
        assert sorted(_VALUES.findall(text)) == sorted(_VALUES.findall(english)), text


def test_nearby_times_are_said_in_words() -> None:
    now_ms = 1_795_000_000_000
    words, english = Words("id", 420), Words("en", 420)
    assert words.moment(now_ms, now_ms).startswith("hari ini ")
    assert english.moment(now_ms, now_ms).startswith("today ")
    assert words.moment(None, now_ms) == "belum pernah"


def test_an_age_is_told_as_the_counter_tells_it() -> None:
    import datetime as dt

    words, today = Words("id", 420), dt.date(2026, 11, 25)
    assert words.age(dt.date(2026, 9, 14), today) == "72 hari"
    assert words.age(dt.date(2025, 5, 1), today) == "18 bulan"
    assert words.age(dt.date(1992, 3, 12), today) == "34 tahun"
    assert words.age(dt.date(2027, 1, 1), today) == ""
