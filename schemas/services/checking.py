"""Read a service definition and report every fault at once: file, key, why, and what to write instead.

Decides what a definition may say.  Never stops at the first fault, and never guesses: a file with faults gives no
definition.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from schemas.services.definition import (
    AskedField,
    Audience,
    Case,
    FieldType,
    Label,
    Level,
    Requirement,
    ServiceDefinition,
)

TEMPLATES = frozenset(
    {
        "alive-1",
        "birth-1",
        "business-1",
        "business-domicile-1",
        "conduct-1",
        "cover-1",
        "death-1",
        "dependants-1",
        "crowd-permit-cover-1",
        "different-identity-1",
        "domicile-1",
        "family-1",
        "guardian-1",
        "heirs-1",
        "identity-card-pending-1",
        "income-1",
        "land-1",
        "land-undisputed-1",
        "livestock-sale-1",
        "loss-report-cover-1",
        "marriage-consent-1",
        "marriage-cover-1",
        "marriage-permission-1",
        "marriage-request-1",
        "never-married-1",
        "once-married-1",
        "organisation-domicile-1",
        "parents-income-1",
        "price-estimate-1",
        "resident-1",
        "spouse-death-1",
        "stillbirth-1",
        "travel-1",
        "vehicle-1",
    }
)
"""Letters that this program can print; a number after the name is its edition, which never changes once issued."""

AUDIENCES: Mapping[str, Audience] = {
    "death-1": Audience.DECEASED,
    "dependants-1": Audience.FAMILY,
    "family-1": Audience.FAMILY,
    "heirs-1": Audience.HEIRS,
    "marriage-consent-1": Audience.COUPLE,
    "marriage-cover-1": Audience.CHILD,
    "marriage-permission-1": Audience.PERMISSION,
    "marriage-request-1": Audience.COUPLE,
    "spouse-death-1": Audience.SPOUSE,
}
"""Templates that are not about one living person alone, and whom they speak of."""

_CODE = re.compile(r"[A-Z]{3}-[0-9A-Z]{2,4}")
_SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_NUMBER_CLASS = re.compile(r"[0-9]{3}(?:\.[0-9]{1,3}){0,3}")
_DAYS_MAX = 90
_TEXT_MAX = 200

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a definition; ``key`` is where, such as ``requirement[2].when``."""

    file: str
    key: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.why}. {self.remedy}"


def read_definition(file: str, raw: bytes) -> tuple[ServiceDefinition | None, tuple[Fault, ...]]:
    """Return the definition of a file's bytes, or None and everything that is wrong with it."""
    try:
        tree = tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return None, (Fault(file, "-", "the file is not UTF-8", "Save it again as UTF-8."),)
    except tomllib.TOMLDecodeError as error:
        return None, (Fault(file, "-", f"this is not TOML: {error}", "Correct the named line."),)
    reader = _Reader(file)
    definition = reader.definition(tree)
    return (None if reader.faults else definition), tuple(reader.faults)


def check_directory_names(found: Iterable[tuple[str, ServiceDefinition]]) -> tuple[Fault, ...]:
    """Return a fault for every file whose service code another file has too."""
    first: dict[str, str] = {}
    faults = []
    for file, definition in found:
        other = first.setdefault(definition.code, file)
        if other != file:
            remedy = "Give each service a code of its own."
            faults.append(Fault(file, "code", f"{definition.code} is defined in {other} too", remedy))
    return tuple(faults)


class _Reader:
    """One pass over one file; collects faults and goes on with a harmless value."""

    def __init__(self, file: str) -> None:
        self.faults: list[Fault] = []
        self._file = file

    def fault(self, key: str, why: str, remedy: str) -> None:
        self.faults.append(Fault(self._file, key, why, remedy))

    def definition(self, tree: Mapping[str, Any]) -> ServiceDefinition:
        self._known(
            tree,
            "",
            "code name issuer path audience template number_class fee days basis case requirement field",
        )
        cases = self._unique("case", [self._case(at, one) for at, one in self._tables(tree, "case")], lambda c: c.code)
        codes = frozenset(one.code for one in cases)
        requirements = [self._requirement(at, one, codes) for at, one in self._tables(tree, "requirement")]
        fields = [self._field(at, one) for at, one in self._tables(tree, "field")]
        if cases and not any(one.when for one in requirements):
            self.fault("case", "no requirement depends on a case", "Name cases in a `when`, or remove them.")
        issuer = self._choice(tree, "issuer", Level)
        template = self._text(tree, "template", is_required=False)
        if template and template not in TEMPLATES:
            self.fault("template", f"no template {template!r}", f"Choose one of {', '.join(sorted(TEMPLATES))}.")
        if template and issuer is not Level.VILLAGE:
            self.fault("template", "the village prints only what it issues itself", "Remove `template`.")
        audience = self._audience(tree, template)
        fee = self._count(tree, "fee", 0)
        if fee > 0:
            self.fault("fee", "services of population and village administration are free", "Write fee = 0.")
        return ServiceDefinition(
            code=self._matching(tree, "code", _CODE, "Write three capitals, a dash and digits, such as SKD-03."),
            label=self._label(tree, "name"),
            issuer=issuer,
            path=self._path(tree, issuer),
            template=template,
            number_class=self._number_class(tree, template),
            fee=fee,
            days=self._count(tree, "days", _DAYS_MAX),
            basis=self._text(tree, "basis", is_required=False),
            cases=tuple(cases),
            requirements=tuple(self._unique("requirement", requirements, lambda one: one.code)),
            fields=tuple(self._unique("field", fields, lambda one: one.name)),
            audience=audience,
        )

    # -- parts

    def _case(self, at: str, tree: Mapping[str, Any]) -> Case:
        self._known(tree, at, "code name")
        return Case(self._matching(tree, "code", _SLUG, _SLUG_REMEDY, at), self._label(tree, "name", at))

    def _requirement(self, at: str, tree: Mapping[str, Any], cases: frozenset[str]) -> Requirement:
        self._known(tree, at, "code name when")
        code, label = self._matching(tree, "code", _SLUG, _SLUG_REMEDY, at), self._label(tree, "name", at)
        when = tree.get("when")
        if when is None:
            return Requirement(code, label)
        if not isinstance(when, list) or not when or not all(isinstance(one, str) for one in when):
            self.fault(f"{at}.when", "not a list of cases", 'Write when = ["case"], or leave it out for always.')
            return Requirement(code, label)
        for case in sorted(set(when) - cases):
            self.fault(
                f"{at}.when", f"there is no case {case!r}", "Add a [[case]] with this code, or correct the name."
            )
        return Requirement(code, label, frozenset(when))

    def _field(self, at: str, tree: Mapping[str, Any]) -> AskedField:
        self._known(tree, at, "name label type required choices")
        name = self._matching(tree, "name", _NAME, "Write small letters, digits and underscores.", at)
        kind = self._choice(tree, "type", FieldType, at)
        is_required = tree.get("required", True)
        if not isinstance(is_required, bool):
            self.fault(f"{at}.required", "not true or false", "Write required = true or required = false.")
        choices = tree.get("choices", [])
        is_list = isinstance(choices, list) and all(isinstance(one, str) and one.strip() for one in choices)
        if not is_list or bool(choices) != (kind is FieldType.CHOICE):
            self.fault(f"{at}.choices", "choices belong to a choice", 'Write choices = ["a", "b"] for type = "choice".')
            choices = []
        return AskedField(name, self._label(tree, "label", at), kind, is_required is True, tuple(choices))

    def _path(self, tree: Mapping[str, Any], issuer: Level) -> tuple[Level, ...]:
        steps = tree.get("path")
        known = {str(level): level for level in Level}
        if not isinstance(steps, list) or not steps or not all(step in known for step in steps):
            self.fault("path", "not a list of offices", f"Write a list of {', '.join(known)}.")
            return (issuer,)
        if steps[0] != Level.VILLAGE or issuer not in steps or len(set(steps)) != len(steps):
            self.fault("path", "a path begins at desa, passes its issuer and no office twice", "Correct the order.")
        return tuple(known[step] for step in steps)

    def _audience(self, tree: Mapping[str, Any], template: str) -> Audience:
        audience = self._choice(tree, "audience", Audience) if "audience" in tree else Audience.PERSON
        spoken_of = AUDIENCES.get(template, Audience.PERSON)
        if not template and audience is not Audience.PERSON:
            self.fault("audience", "only a letter has an audience", "Remove `audience`, or name a `template`.")
        elif template in TEMPLATES and audience is not spoken_of:
            why = f"template {template!r} is about {spoken_of}, not {audience}"
            self.fault("audience", why, f'Write audience = "{spoken_of}", or choose another template.')
        return audience

    def _number_class(self, tree: Mapping[str, Any], template: str) -> str:
        if not template and "number_class" not in tree:
            return ""
        return self._matching(tree, "number_class", _NUMBER_CLASS, "Write an archive code in quotes, such as 470.")

    # -- values

    def _known(self, tree: Mapping[str, Any], at: str, names: str) -> None:
        for key in sorted(set(tree) - set(names.split())):
            self.fault(_under(at, key), "unknown key", f"Known keys here: {names.replace(' ', ', ')}.")

    def _tables(self, tree: Mapping[str, Any], key: str) -> list[tuple[str, Mapping[str, Any]]]:
        found = tree.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            self.fault(key, "not a list of tables", f"Write each as [[{key}]].")
            return []
        return [(f"{key}[{number}]", one) for number, one in enumerate(found, 1)]

    def _unique(self, key: str, found: list[_T], name_of: Callable[[_T], str]) -> list[_T]:
        seen: set[str] = set()
        for number, one in enumerate(found, 1):
            name = name_of(one)
            if name and name in seen:
                self.fault(f"{key}[{number}]", f"{name!r} appears twice", "Remove one, or give it another name.")
            seen.add(name)
        return found

    def _text(self, tree: Mapping[str, Any], key: str, at: str = "", *, is_required: bool = True) -> str:
        value = tree.get(key)
        if value is None and not is_required:
            return ""
        if not isinstance(value, str) or not value.strip() or len(value) > _TEXT_MAX:
            why = "missing" if value is None else f"not a text of 1 to {_TEXT_MAX} letters"
            self.fault(_under(at, key), why, f'Write {key} = "...".')
            return ""
        return value.strip()

    def _matching(self, tree: Mapping[str, Any], key: str, pattern: re.Pattern[str], remedy: str, at: str = "") -> str:
        value = self._text(tree, key, at)
        if value and pattern.fullmatch(value) is None:
            self.fault(_under(at, key), f"{value!r} has another form", remedy)
        return value

    def _label(self, tree: Mapping[str, Any], key: str, at: str = "") -> Label:
        value = tree.get(key)
        where = _under(at, key)
        if not isinstance(value, dict):
            self.fault(where, "not a name in both languages", f'Write {key} = {{ id = "...", en = "..." }}.')
            return Label("", "")
        self._known(value, where, "id en")
        return Label(self._text(value, "id", where), self._text(value, "en", where))

    def _choice(self, tree: Mapping[str, Any], key: str, kind: type[_E], at: str = "") -> _E:
        value = self._text(tree, key, at)
        known = {str(one): one for one in kind}
        if value and value not in known:
            self.fault(_under(at, key), f"{value!r} is not one of the choices", f"Choose one of {', '.join(known)}.")
        return known.get(value, next(iter(kind)))

    def _count(self, tree: Mapping[str, Any], key: str, most: int) -> int:
        value = tree.get(key, 0)
        if type(value) is not int or value < 0 or (most and value > most):
            self.fault(key, "not a whole number" if not most else f"not 0 to {most}", f"Write {key} = 0.")
            return 0
        return value


_SLUG_REMEDY = "Write small letters, digits and dashes."


def _under(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key
