"""What the register and the use cases raise is said in English on an English desk, values and all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import register
import schemas
import village_node
from register.importing.problems import remedies
from schemas.papers import CHECKLISTS
from tests.raised_texts import raised_texts
from tests.unit.village_node.web.conftest import Ground
from tests.web_client import WebClient, forms_of
from village_node.session_words import REASONS, REFUSALS
from village_node.web.browsers import LANGUAGE_COOKIE
from village_node.web.words import Words, catalogue

PACKAGES = (village_node, register, schemas)
ENGLISH = Words("en", 420)
_PLACE = re.compile(r"%\((\d+)\)s")

ENGLISH_ALREADY = frozenset(
    {
        # Caught by the importer, which says its own words by their code.
        "a formula error",
        "no such day",
        "not 16 digits",
        "not a date",
        "not a number of 16 digits",
        "not a plausible day number",
        "not as it was exported",
        "the last digit may be lost",
        "the last digits are lost",
        "the text is too long",
        "the year is out of range",
        "this is not the district's key file",
        # Of the wire: nobody but a bug or an attack makes them.
        "a certificate is for another device",
        "a key list is of another district",
        "a record id has 16 bytes",
        "not an answer to a sync message",
        "not an answer to an enrolment request",
        "the answer is for another village or district",
        "the certificate is for another device",
        "the certificate is for another village than invited",
        "the invitation's key list is of another district",
        "the parts of a snapshot do not make it",
    }
)


def raised() -> dict[str, set[str]]:
    """Return what can be raised or warned of where a page can see it; commands say theirs in Indonesian."""
    roots = [Path(str(package.__file__)).parent for package in PACKAGES]
    paths = [path for root in roots for path in sorted(root.rglob("*.py")) if "commands" not in path.parts]
    found = raised_texts(paths)
    for text in (*REASONS.values(), *REFUSALS.values(), *remedies()):
        found.setdefault(text, set())
    return found


TEXTS = raised()


def test_every_text_that_is_raised_has_its_english() -> None:
    missing = {text: sorted(names) for text, names in TEXTS.items() if text not in catalogue("en")}
    assert {text: names for text, names in missing.items() if text not in ENGLISH_ALREADY} == {}
    assert ENGLISH_ALREADY - missing.keys() == set()


def test_no_english_of_raised_texts_is_left_over() -> None:
    from babel.messages.pofile import read_po

    path = Path(str(village_node.__file__)).parent / "web" / "translations" / "en" / "raised.po"
    with path.open("rb") as file:
        held = {str(message.id) for message in read_po(file) if message.id}
    assert held - TEXTS.keys() == set()


@pytest.mark.parametrize("text", sorted(text for text in TEXTS if _PLACE.search(text)))
def test_a_raised_text_is_recognised_whatever_its_values_are(text: str) -> None:
    if text in ENGLISH_ALREADY:
        return
    values = {number: f"Nur'aini, St. {number}/{number}" for number in _PLACE.findall(text)}
    assert ENGLISH.raised(text % values) == catalogue("en")[text] % values


def test_words_of_ours_inside_a_raised_text_are_said_in_english_too() -> None:
    assert ENGLISH.raised("Nama lengkap belum diisi") == "The full name is not filled in"
    assert ENGLISH.raised("Tanggal lahir belum diisi") == "Date of birth is not filled in"
    assert ENGLISH.raised("Nama lengkap: belum diisi") == "Full name: not filled in"


def test_what_nobody_has_said_in_english_and_what_is_indonesian_stay() -> None:
    assert ENGLISH.raised("Kalimat yang belum ada") == "Kalimat yang belum ada"
    assert Words("id", 420).raised("Orang ini tidak ditemukan") == "Orang ini tidak ditemukan"


def test_the_cases_of_papers_have_their_english() -> None:
    labels = {one.label_id for cases in CHECKLISTS.values() for one in cases}
    assert labels - catalogue("en").keys() == set()


@pytest.fixture
def english(ground: Ground, client: WebClient) -> WebClient:
    client.cookies[LANGUAGE_COOKIE] = "en"
    return client


def test_a_mistake_in_a_form_is_said_in_english(ground: Ground, english: WebClient) -> None:
    page = english.get(f"/penduduk/{ground.home.son.hex()}/perbaiki")
    form = next(one for one in forms_of(page) if one.action.endswith("/perbaiki"))
    page = english.send(form, {"birth_on": "31-02-2001", "alasan": "x"})
    assert re.search("The date [^<]*31-02-2001[^<]* does not exist", page.text)
    assert "Write day-month-year, such as 17-08-1945." in page.text
    assert "Marital status" in page.text


def test_a_refusal_and_a_guided_form_are_said_in_english(ground: Ground, english: WebClient) -> None:
    assert "There is no such report" in english.get("/lapor/tidak-ada").text
    page = english.get(f"/lapor/kematian?untuk={ground.home.son.hex()}")
    form = next(one for one in forms_of(page) if one.action.startswith("/lapor/"))
    page = english.send(form, {})
    page = english.send(next(one for one in forms_of(page) if one.action.startswith("/lapor/")), {})
    assert "not filled in" in page.text
    assert "belum diisi" not in page.text


def test_a_person_s_page_has_english_labels(ground: Ground, english: WebClient) -> None:
    page = english.get(f"/penduduk/{ground.home.mother.hex()}").text
    for word in ("Full name", "Religion", "Wife", "Married"):
        assert word in page, word
    assert "Nama lengkap" not in page
