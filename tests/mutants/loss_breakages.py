"""Breakages of what makes good a loss: evidence, realigning, new replica ids, damaged journals (protocol 11)."""

from __future__ import annotations

from tests.mutants.breakage import Mutant

LOSS: tuple[Mutant, ...] = (
    Mutant(
        "decide-while-suspended",
        "A village that offers evidence is not decided before it is heard (11.2)",
        "sync_protocol/hub_side.py",
        "    if not heads or tables.villages.need(village).suspended:\n",
        "    if not heads:\n",
        (
            "tests/unit/sync_protocol/test_hub_side.py::test_a_gap_that_closes_while_its_village_is_suspended"
            "_waits_with_the_others"
        ),
    ),
    Mutant(
        "forget-to-ask-for-what-was-lost",
        "A device beyond the hub's chain suspends its village until it was heard (11.1)",
        "sync_protocol/hub_side.py",
        "        suspended |= {sender.device_id}\n",
        "        pass\n",
        (
            "tests/unit/sync_protocol/test_giveback.py::test_a_node_that_no_longer_keeps_what_was_lost_waits_"
            "for_a_person"
        ),
    ),
    Mutant(
        "believe-evidence-unchecked",
        "Evidence counts only as far as the hub's own signed heads prove it (11.1)",
        "sync_protocol/hub_side.py",
        "        if evidence is not None and take_back(registry, village, evidence):\n",
        "        if take_back(registry, village, evidence):\n",
        "tests/unit/sync_protocol/test_giveback.py::test_a_lost_run_is_taken_once_and_becomes_new_entries",
    ),
    Mutant(
        "overwrite-with-what-was-lost",
        "A lost version is adopted only in its place; else its differences wait (11.2)",
        "sync_protocol/giveback.py",
        ("(record.version, record.digest) == (put.previous_version, put.previous_digest):\n            self._adopt"),
        ("True:\n            self._adopt"),
        "tests/unit/sync_protocol/test_giveback.py::test_a_value_that_was_overtaken_becomes_a_case_of_the_loss_once",
    ),
    Mutant(
        "acknowledge-what-was-never-sent",
        "A hub that holds another branch of this id makes a new replica (11.5)",
        "sync_protocol/node_side.py",
        "        if seq > state.journal_seq or own is None or own.head[: len(head8)] != head8:\n",
        "        if False:\n",
        (
            "tests/unit/sync_protocol/test_node_side.py::test_a_restored_copy_takes_a_new_replica_id_and_issu"
            "es_again_what_has_no_verdict"
        ),
    ),
    Mutant(
        "issue-again-without-the-first-id",
        "What is issued again keeps its change id (2.2)",
        "sync_protocol/node_side.py",
        "        _append(tables, replace(own.entry, first=change_id), own.ordinal)\n",
        "        _append(tables, replace(own.entry, first=None), own.ordinal)\n",
        (
            "tests/unit/sync_protocol/test_node_side.py::test_a_restored_copy_takes_a_new_replica_id_and_issu"
            "es_again_what_has_no_verdict"
        ),
    ),
    Mutant(
        "keep-the-outcomes-of-a-lost-feed",
        "A realign takes back what the lost feed had decided (11.3)",
        "sync_protocol/applying.py",
        "            _undecide(tables, change_id, outcome)\n",
        "            pass\n",
        "tests/unit/sync_protocol/test_applying.py::test_what_was_applied_can_be_taken_back_entry_by_entry",
    ),
    Mutant(
        "follow-another-branch",
        "A signed run that contradicts the node's feed is evidence, not applied (11.4)",
        "sync_protocol/node_side.py",
        "            if head_at(tables, seq) not in (None, head):\n",
        "            if False:\n",
        (
            "tests/unit/sync_protocol/test_lost_branch.py::test_a_stick_from_before_a_loss_brings_back_what_o"
            "nly_it_holds"
        ),
    ),
    Mutant(
        "append-given-back-entries",
        "A lost entry is taken once and never appended as it was (11.2)",
        "sync_protocol/giveback.py",
        "        if not on_chain and head not in registry.tables.recovered:\n",
        "        if not on_chain:\n",
        (
            "tests/unit/sync_protocol/test_giveback.py::test_a_second_copy_of_a_lost_entry_undoes_nothing_tha"
            "t_came_after"
        ),
    ),
    Mutant(
        "take-a-run-from-anywhere",
        "A lost run is taken only from a position that the hub holds or took back (11.2)",
        "sync_protocol/giveback.py",
        ("    if not _is_anchored(registry, village, run):\n        return False\n"),
        "",
        "tests/unit/sync_protocol/test_giveback.py::test_a_run_from_a_position_that_nobody_knows_is_left_alone",
    ),
    Mutant(
        "apply-a-lost-put-twice",
        "What the hub decided again meanwhile is not applied a second time (11.2)",
        "sync_protocol/giveback.py",
        "                self.decided_before.add(put.cause)\n",
        "                pass\n",
        "tests/unit/sync_protocol/test_giveback.py::test_what_the_hub_decided_again_and_took_back_itself_stays_away",
    ),
    Mutant(
        "a-late-realign-moves-back",
        "A realign is for the position that it names; a node that moved on ignores it (11.3)",
        "sync_protocol/node_side.py",
        "        if answer.realign != before:\n",
        "        if False:\n",
        "tests/unit/sync_protocol/test_node_side.py::test_a_late_realign_takes_nothing_back",
    ),
    Mutant(
        "send-a-damaged-row",
        "An entry that its head does not prove is never sent (11.7)",
        "sync_protocol/composing.py",
        "        if own is None or own.previous != head or not own.is_whole:\n",
        "        if own is None or own.previous != head:\n",
        "tests/unit/village_node/test_journal_mending.py::test_nothing_damaged_leaves_by_any_way",
    ),
    Mutant(
        "issue-a-damaged-row-again",
        "What is issued again is proved by its change id or its head (11.7)",
        "sync_protocol/node_side.py",
        "        readable = own if own is not None and own.proves(change_id) else _copy_of(tables, change_id)\n",
        "        readable = own if own is not None else _copy_of(tables, change_id)\n",
        "tests/unit/village_node/test_journal_mending.py::test_a_damaged_row_costs_at_most_its_own_entry",
    ),
    Mutant(
        "drop-a-damaged-row",
        "What can no longer be read is listed, never silently dropped (law 5, 11.7)",
        "sync_protocol/node_side.py",
        "            tables.unreadable.append(change_id)\n",
        "            pass\n",
        "tests/unit/village_node/test_journal_mending.py::test_a_damaged_row_costs_at_most_its_own_entry",
    ),
    Mutant(
        "overlook-a-row-that-is-gone",
        "A journal without its end is noticed before anything is sent (11.7)",
        "sync_protocol/composing.py",
        ("    if seq == state.journal_seq and head != state.journal_head:\n        raise _damaged(seq)\n"),
        "",
        "tests/unit/sync_protocol/test_node_side.py::test_a_journal_that_does_not_give_its_head_is_not_sent",
    ),
)
