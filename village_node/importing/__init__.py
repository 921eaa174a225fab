"""Import a population spreadsheet at a village: preview it, apply it, overrule how it is read."""

from __future__ import annotations

from village_node.importing.applying import apply_import, changes_of
from village_node.importing.overrides import mapping_to_keep, overridden
from village_node.importing.previewing import (
    Preview,
    ShownRegister,
    plan_to_tree,
    preview_file,
    preview_import,
    preview_to_tree,
)

__all__ = [
    "Preview",
    "ShownRegister",
    "apply_import",
    "changes_of",
    "mapping_to_keep",
    "overridden",
    "plan_to_tree",
    "preview_file",
    "preview_import",
    "preview_to_tree",
]
