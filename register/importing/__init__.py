"""Read a population spreadsheet and plan its import: what is new, changed, unchanged, in conflict or rejected.

``read_table`` opens a file, ``plan_import`` compares it with a register and changes nothing; the village node applies
the plan as journal entries, one a family.
"""

from __future__ import annotations

from register.importing.plan import (
    Conflict,
    ExistingRegister,
    ImportPlan,
    PlannedCreate,
    PlannedHousehold,
    PlannedUpdate,
)
from register.importing.planning import plan_import
from register.importing.problems import Problem
from register.importing.reading import RawTable, read_table

__all__ = [
    "Conflict",
    "ExistingRegister",
    "ImportPlan",
    "PlannedCreate",
    "PlannedHousehold",
    "PlannedUpdate",
    "Problem",
    "RawTable",
    "plan_import",
    "read_table",
]
