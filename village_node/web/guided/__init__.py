"""Guided forms: one idea a step, drafts that save themselves, and "check your answers" before anything is written.

``questions`` says what a form is made of, ``reading`` turns answers into the use case's form, ``drafts`` keeps what is
begun, ``events`` has the forms of the vital events.  What law and register demand stays in ``registration``: the last
step asks it with a trial run.
"""

from __future__ import annotations

from village_node.web.guided.questions import Answers, Ask, Guided, Question, Step

__all__ = ["Answers", "Ask", "Guided", "Question", "Step"]
