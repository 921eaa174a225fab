"""Import a population spreadsheet at a village: preview it, apply it, overrule how it is read."""

from __future__ import annotations

from village_node.importing.applying import apply_import, changes_of
from village_node.importing.batches import (
    Batch,
    BatchState,
    apply_batch,
    batch_named,
    batch_to_tree,
    list_batches,
)
from village_node.importing.overrides import mapping_to_keep, overridden
from village_node.importing.previewing import (
    Preview,
    ShownRegister,
    plan_to_tree,
    preview_file,
    preview_import,
    preview_to_tree,
)
from village_node.importing.pulling import Pulled, pull_first, pull_from_hub
from village_node.importing.saved_mappings import (
    SavedMapping,
    forget_mapping,
    keep_mapping,
    list_mappings,
    mapping_for,
    recognise_file,
    rename_mapping,
)
from village_node.importing.undoing import Undone, undo_batch

__all__ = [
    "Batch",
    "BatchState",
    "Preview",
    "Pulled",
    "SavedMapping",
    "ShownRegister",
    "Undone",
    "apply_batch",
    "apply_import",
    "batch_named",
    "batch_to_tree",
    "changes_of",
    "forget_mapping",
    "keep_mapping",
    "list_batches",
    "list_mappings",
    "mapping_for",
    "mapping_to_keep",
    "overridden",
    "plan_to_tree",
    "preview_file",
    "preview_import",
    "preview_to_tree",
    "pull_first",
    "pull_from_hub",
    "recognise_file",
    "rename_mapping",
    "undo_batch",
]
