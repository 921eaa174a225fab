"""Every test that tests/CASES.md names is there: a case without its test holds nothing."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
_CITED = re.compile(r"(test_\w+\.py)::(test_\w+|Test\w+)")
_DEFINED = re.compile(r"(?:def|class) (test_\w+|Test\w+)")


def test_every_cited_test_exists() -> None:
    defined: dict[str, set[str]] = {}
    for path in TESTS.rglob("test_*.py"):
        defined.setdefault(path.name, set()).update(_DEFINED.findall(path.read_text(encoding="utf-8")))
    cited = _CITED.findall((TESTS / "CASES.md").read_text(encoding="utf-8"))
    assert len(cited) > 200
    assert [(name, test) for name, test in cited if test not in defined.get(name, ())] == []


def test_no_number_is_used_twice() -> None:
    numbers = re.findall(r"^(?:## (C-\d+)|\| (S-\d+) )", (TESTS / "CASES.md").read_text(encoding="utf-8"), re.MULTILINE)
    found = ["".join(pair) for pair in numbers]
    assert sorted({one for one in found if found.count(one) > 1}) == []
