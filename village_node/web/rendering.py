"""Turn a template and values into a page; the only place that knows Jinja2.

Everything is escaped unless a template part of ours says otherwise; a name that a template does not get is a bug, not a
blank.  Icons are the drawings of ``assets/icons`` put into the page, so that they take its colour and cost no request.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from village_node.web.words import Words, spaced

HERE = Path(__file__).parent
ICONS = HERE / "assets" / "icons"


@functools.cache
def environment() -> Environment:
    """Return the one environment of all templates."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["spaced"] = spaced
    made.filters["pairs"] = pairs
    made.globals["icon"] = icon
    return made


def render(template: str, words: Words, values: Mapping[str, Any]) -> str:
    """Return a page or a part of one; ``_`` in a template gives the officer's language."""
    return environment().get_template(template).render({**values, "_": words, "words": words})


@functools.cache
def icon(name: str, label: str = "", css: str = "") -> Markup:
    """Return an icon of ``assets/icons``; with a label it speaks for itself, else it is hidden from readers."""
    drawing = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    body = drawing.partition(">")[2].partition("</svg>")[0].replace("\n", "").strip()
    said = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    # The drawing is a file of ours, and the label is escaped.
    return Markup(  # noqa: S704
        f'<svg class="i {escape(css)}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" '
        f'stroke-linejoin="round" {said}>{body}</svg>'
    )


def pairs(choices: Iterable[str]) -> list[tuple[str, str]]:
    """Return choices whose value is their words, for a list of choices."""
    return [(one, one) for one in choices]
