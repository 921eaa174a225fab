"""Find every text that our code raises or warns with, as the catalogue of the desk's English names it.

A text with values in it is a template: ``%(1)s`` stands for the first value, ``%(2)s`` for the second.  Followed are
errors and cautions, and functions of the same module that pass a text on to one.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from schemas import errors

ERRORS = frozenset(
    name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, errors.VillageSyncError)
)
CAUTIONS = frozenset({"Caution", "caution"})
_VARIANTS_MAX = 16


@dataclass(frozen=True, slots=True)
class _Value:
    """A place of a template whose text is known only when it is raised."""


_Parts = tuple[str | _Value, ...]


@dataclass
class Module:
    """One module: where its constants and functions are."""

    path: Path
    tree: ast.Module
    constants: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Module:
        """Return a module's tree with its module-level names."""
        found = cls(path, ast.parse(path.read_text(encoding="utf-8")))
        for node in ast.walk(found.tree):
            if isinstance(node, ast.FunctionDef):
                found.functions[node.name] = node
        for node in found.tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found.constants[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                found.constants[node.target.id] = node.value
        return found


def raised_texts(paths: Iterable[Path]) -> dict[str, set[str]]:
    """Return every template by the names of the modules that raise it."""
    found: dict[str, set[str]] = {}
    for path in paths:
        for text in _texts(Module.read(path)):
            found.setdefault(text, set()).add(path.name)
    return found


def _texts(module: Module) -> Iterator[str]:
    carriers = _carriers(module)
    for function, call in _calls(module.tree, None):
        for argument in _text_arguments(call, carriers, module):
            for parts in _variants(argument, module, function):
                template = _template(parts)
                if template is not None:
                    yield template


def _calls(node: ast.AST, function: ast.FunctionDef | None) -> Iterator[tuple[ast.FunctionDef | None, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        inside = child if isinstance(child, ast.FunctionDef) else function
        if isinstance(child, ast.Call):
            yield inside, child
        yield from _calls(child, inside)


def _name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _carriers(module: Module) -> dict[str, set[str]]:
    """Return the functions that pass a parameter on as a text, with the names of those parameters."""
    found: dict[str, set[str]] = {}
    for _ in range(3):  # one may pass it on to another
        for function, call in _calls(module.tree, None):
            if function is None:
                continue
            names = {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}
            for argument in _text_arguments(call, found, module):
                used = {one.id for one in ast.walk(argument) if isinstance(one, ast.Name)} & names
                if isinstance(argument, ast.Name) and used:
                    found.setdefault(function.name, set()).update(used)
    return {name: params for name, params in found.items() if name in module.functions}


def _text_arguments(call: ast.Call, carriers: dict[str, set[str]], module: Module) -> Iterator[ast.expr]:
    name = _name(call)
    if name in ERRORS:
        yield from call.args[:1]
        yield from (one.value for one in call.keywords if one.arg in {"message", "hint"})
    elif name in CAUTIONS:
        yield from call.args[2:3]
        yield from (one.value for one in call.keywords if one.arg == "message")
    elif name in carriers:
        order = [one.arg for one in module.functions[name].args.args if one.arg not in {"self", "cls"}]
        yield from (value for param, value in zip(order, call.args, strict=False) if param in carriers[name])
        yield from (one.value for one in call.keywords if one.arg in carriers[name])


def _variants(node: ast.expr, module: Module, function: ast.FunctionDef | None, depth: int = 0) -> list[_Parts]:
    """Return the forms that a text can take."""
    found: list[_Parts]
    match node:
        case ast.Constant(value=str() as text):
            found = [(text,)]
        case ast.JoinedStr():
            pieces = [_variants(one, module, function, depth) for one in node.values]
            found = [tuple(itertools.chain(*one)) for one in itertools.product(*pieces)]
        case ast.FormattedValue(value=inner):
            is_ours = isinstance(inner, ast.Constant | ast.IfExp | ast.Name) and node.conversion == -1
            found = _variants(inner, module, function, depth) if is_ours else []
            if not found or not all(_has_words(parts) for parts in found):
                found = [(_Value(),)]
        case ast.IfExp(body=body, orelse=orelse):
            found = _variants(body, module, function, depth) + _variants(orelse, module, function, depth)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            pairs = itertools.product(
                _variants(left, module, function, depth), _variants(right, module, function, depth)
            )
            found = [(*one, *other) for one, other in pairs]
        case ast.Name(id=name) if depth < 3:
            found = [
                parts
                for value in _assigned(name, module, function)
                for parts in _variants(value, module, function, depth + 1)
            ]
        case ast.Subscript(value=ast.Name(id=name)) if isinstance(module.constants.get(name), ast.Dict):
            table = module.constants[name]
            assert isinstance(table, ast.Dict)
            found = [parts for value in table.values for parts in _variants(value, module, function, depth + 1)]
        case _:
            found = []
    return found[:_VARIANTS_MAX] or [(_Value(),)]


def _has_words(parts: _Parts) -> bool:
    """Tell whether a part of a text is one of our own, and not a number or a name; an empty one is."""
    own = [part for part in parts if isinstance(part, str)]
    return parts == ("",) or any(len(word) > 2 for part in own for word in part.split())


def _assigned(name: str, module: Module, function: ast.FunctionDef | None) -> list[ast.expr]:
    if function is not None:
        inside = [
            one.value
            for one in ast.walk(function)
            if isinstance(one, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in one.targets)
        ]
        inside += [one for node in ast.walk(function) for one in _unpacked(name, node, module)]
        if inside:
            return inside
    return [module.constants[name]] if name in module.constants else []


def _unpacked(name: str, node: ast.AST, module: Module) -> list[ast.expr]:
    """Return what a name may be after ``code, message, hint = TABLE[word]``."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Subscript(value=ast.Name(id=table))):
            rows = module.constants.get(table)
            places = [at for at, one in enumerate(names) if isinstance(one, ast.Name) and one.id == name]
            values = rows.values if isinstance(rows, ast.Dict) else []
            return [row.elts[at] for at in places for row in values if isinstance(row, ast.Tuple)]
        case _:
            return []


def _template(parts: _Parts) -> str | None:
    """Return a template, None for one without a word of its own."""
    numbers = itertools.count(1)
    text = "".join(f"%({next(numbers)})s" if isinstance(part, _Value) else part.replace("%", "%%") for part in parts)
    own = "".join(part for part in parts if isinstance(part, str))
    return text if any(mark.isalpha() for mark in own) else None
