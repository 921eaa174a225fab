"""Whole numbers as typed: digits that ``int`` would refuse are an answer, not a crash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.numbers import DIGITS_MAX, whole_number


@pytest.mark.parametrize("text", ["", "²", "7²", "①", "-1", "--1", "+1", "1.0", "1_0", " 1", "9" * 5_000])
def test_what_is_no_whole_number_is_none(text: str) -> None:
    assert whole_number(text) is None


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    number = whole_number(text)
    assert number is None or 0 <= number < 10**DIGITS_MAX


@given(st.integers(0, 10**DIGITS_MAX - 1))
def test_a_number_written_is_the_number_read(number: int) -> None:
    assert whole_number(str(number)) == number
