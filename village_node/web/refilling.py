"""Put what was typed back into a form of a page that is already drawn: any form, without a word in its template.

Decides which form is meant (one that is sent to the same address, or keeps itself there, with the most hidden values in
common) and what of it is filled.  Marks, passwords and files are never filled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

Pair = tuple[str, str]
"""A field's name and one of its values."""

Attributes = list[tuple[str, str | None]]

FORM_ID = "_form"
"""The one mark that is put back: a form that was saved after all is not saved twice."""

_NEVER = frozenset({"password", "file", "submit", "button", "reset", "image"})


@dataclass
class _Control:
    """One start tag with its place; ``until`` is where the content of a text area ends."""

    tag: str
    attributes: Attributes
    begins: int
    ends: int
    until: int = 0
    name: str = ""

    def get(self, name: str) -> str:
        """Return an attribute, empty if it is not there."""
        return next((value or "" for key, value in self.attributes if key == name), "")


@dataclass
class _Form:
    start: _Control
    folds: list[_Control]
    controls: list[_Control] = field(default_factory=list)


class _Reader(HTMLParser):
    """Finds the forms of a page and where their controls stand in its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._lines = [0]
        for line in page.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self.forms: list[_Form] = []
        self._form: _Form | None = None
        self._folds: list[_Control] = []
        self._select = ""
        self.feed(page)

    def _place(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag not in {"form", "details", "input", "select", "option", "textarea"}:
            return
        begins = self._place()
        found = _Control(tag, attrs, begins, begins + len(self.get_starttag_text() or ""))
        if tag == "details":
            self._folds.append(found)
        elif tag == "form":
            self._form = _Form(found, list(self._folds))
            self.forms.append(self._form)
        elif self._form is not None:
            if tag == "select":
                self._select = found.get("name")
            found.name = self._select if tag == "option" else found.get("name")
            self._form.controls.append(found)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "details" and self._folds:
            self._folds.pop()
        elif tag == "textarea" and self._form is not None:
            self._form.controls[-1].until = self._place()


def refilled(page: str, address: str, pairs: Sequence[Pair], extra: Iterable[Pair] = ()) -> str | None:
    """Return a page with the values in the form that is sent to an address; None if it has no such form.

    Args:
        extra: hidden fields that the form gets besides.
    """
    forms = [one for one in _Reader(page).forms if address in {one.start.get("action"), one.start.get("hx-post")}]
    if not forms:
        return None
    form = max(forms, key=lambda one: _hidden_in_common(one, pairs))
    edits = list(_edits(form, pairs))
    hidden = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in extra)
    edits.append((form.start.ends, form.start.ends, hidden))
    edits += [(one.begins, one.ends, _tag(one, {"open": None}, ())) for one in form.folds]
    for begins, ends, put in sorted(edits, reverse=True):
        page = page[:begins] + put + page[ends:]
    return page


def _hidden_in_common(form: _Form, pairs: Sequence[Pair]) -> int:
    sent = set(pairs)
    return sum(
        1
        for one in form.controls
        if one.get("type") == "hidden" and not one.name.startswith("_") and (one.name, one.get("value")) in sent
    )


def _edits(form: _Form, pairs: Sequence[Pair]) -> Iterable[tuple[int, int, str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    left = {name: iter(found) for name, found in values.items()}
    for one in form.controls:
        kind = one.get("type") if one.tag == "input" else one.tag
        if kind in _NEVER or kind == "select" or not one.name or (one.name.startswith("_") and one.name != FORM_ID):
            continue
        if kind in {"checkbox", "radio", "option"}:
            mark = "selected" if kind == "option" else "checked"
            is_chosen = one.get("value") in values.get(one.name, ())
            yield one.begins, one.ends, _tag(one, {mark: None} if is_chosen else {}, {mark})
        elif (typed := next(left.get(one.name, iter(())), None)) is not None:
            if kind == "textarea":
                # A first line break in a text area is not part of what it holds.
                yield one.ends, one.until, f"\n{escape(typed)}"
            else:
                yield one.begins, one.ends, _tag(one, {"value": typed}, ())


def _tag(control: _Control, put: dict[str, str | None], drop: Iterable[str]) -> str:
    """Return a start tag with some attributes put in and some left out."""
    gone = {*put, *drop}
    attributes = [pair for pair in control.attributes if pair[0] not in gone] + list(put.items())
    return f"<{control.tag}" + "".join(f" {k}" if v is None else f' {k}="{escape(v)}"' for k, v in attributes) + ">"
