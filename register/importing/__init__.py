"""Read a population spreadsheet and plan its import: what is new, changed, unchanged, in conflict or rejected.

``read_table`` opens a file and ``detection_of`` tells how it was read, which a ``FileMapping`` can overrule; what there
is to decide about it, also where it cannot be read as it stands, is in ``outline_file``;
``split_by_village`` cuts a regency's list into villages; ``plan_import`` compares a table with a register and changes
nothing.  The village node applies the plan as journal entries, one a family.
"""

from __future__ import annotations

from register.importing.detection import Detection, detection_of
from register.importing.file_mapping import FileMapping, load_mapping, mapping_from, save_mapping
from register.importing.outlining import Outline, OutlinedColumn, outline_file
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
from register.importing.villages import VillagePart, split_by_village

__all__ = [
    "Conflict",
    "Detection",
    "ExistingRegister",
    "FileMapping",
    "ImportPlan",
    "Outline",
    "OutlinedColumn",
    "PlannedCreate",
    "PlannedHousehold",
    "PlannedUpdate",
    "Problem",
    "RawTable",
    "VillagePart",
    "detection_of",
    "load_mapping",
    "mapping_from",
    "outline_file",
    "plan_import",
    "read_table",
    "save_mapping",
    "split_by_village",
]
