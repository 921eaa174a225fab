"""Breakages of the village node: commit before speaking, cursors, copies, letters, backups."""

from __future__ import annotations

from tests.mutants.breakage import Mutant

NODE: tuple[Mutant, ...] = (
    Mutant(
        "commit-without-the-work",
        "What a desk reports saved is on the disk (law 1)",
        "village_node/store.py",
        "            working._flusher.flush()  # noqa: SLF001 - the other half of this very class\n",
        "            pass\n",
        "tests/unit/village_node/test_store.py::test_what_is_saved_survives_closing",
    ),
    Mutant(
        "move-a-cursor-outside-the-transaction",
        "A cursor moves in the same transaction as what it counts (law 1)",
        "village_node/store.py",
        (
            "            yield working\n"
            "            working._flusher.flush()  # noqa: SLF001 - the other half of this very class\n"
        ),
        (
            "            yield working\n"
            "            moved, working.tables.state = working.tables.state, working._flusher._state\n"
            "            working._flusher.flush()\n"
            "        with writing(self._engine) as connection:\n"
            "            write_state(connection, moved)\n"
        ),
        "tests/unit/village_node/test_store.py::test_a_cursor_moves_in_the_transaction_of_what_it_counts",
    ),
    Mutant(
        "leave-the-outcomes-behind",
        "An outcome is written with the feed entry that tells it (2.6)",
        "village_node/flushing.py",
        ("        self._write_outcomes()\n        self._write_pending()\n"),
        "        self._write_pending()\n",
        "tests/unit/village_node/test_store.py::test_the_index_shows_own_work_over_the_registry",
    ),
    Mutant(
        "show-the-old-value",
        "The index shows what the transaction wrote (2.6)",
        "village_node/flushing.py",
        ("        self.show_again(touched)\n\n    # -- shelves"),
        ("        pass\n\n    # -- shelves"),
        "tests/unit/village_node/test_store.py::test_the_index_shows_own_work_over_the_registry",
    ),
    Mutant(
        "save-a-form-twice",
        "A form of the screen is saved once",
        "village_node/saved_forms.py",
        ("    if change_id is not None:\n        raise AlreadySavedError"),
        ("    if False:\n        raise AlreadySavedError"),
        "tests/unit/village_node/web/test_counter.py::test_one_form_sent_many_times_at_once_opens_one_request",
    ),
    Mutant(
        "reuse-a-message-number",
        "Message numbers only grow (6.3)",
        "village_node/outgoing.py",
        "    sync.message_number += 1\n",
        "    sync.message_number = max(1, sync.message_number)\n",
        "tests/unit/village_node/test_syncer.py::TestASession::test_without_a_network_is_a_state",
    ),
    Mutant(
        "number-again-after-a-restore",
        "A restored node numbers its messages beyond those it may have sent (6.3)",
        "village_node/restoring.py",
        "        working.sync.message_number += _NUMBERS_AHEAD\n",
        "",
        "tests/unit/village_node/test_backup.py::test_messages_of_a_restored_laptop_are_never_taken_for_old_ones",
    ),
    Mutant(
        "restore-under-the-same-replica-id",
        "A restored copy takes a new replica id before it writes (11.5)",
        "village_node/restoring.py",
        "return node_side.take_replica_id(working.tables, new_replica_id())",
        "return node_side.take_replica_id(working.tables, working.tables.state.replica_id)",
        (
            "tests/unit/village_node/test_backup.py::test_a_backup_is_restored_on_another_machine_and_issues_"
            "its_work_again"
        ),
    ),
    Mutant(
        "reuse-a-letter-number",
        "A letter's number is taken in the transaction that issues it, once",
        "village_node/letters/numbering.py",
        '"last": last + 1}])',
        '"last": last}])',
        "tests/unit/village_node/test_letters.py::test_one_counter_serves_all_kinds_of_letter",
    ),
    Mutant(
        "number-letters-under-a-foreign-mark",
        "A replica without a mark numbers visibly as provisional (15.3)",
        "village_node/replica_marks.py",
        "    return working.tables.state.replica_id != (working.sync.mark_replica_id or store.keys.replica_id)\n",
        "    return False\n",
        "tests/unit/village_node/test_letters.py::test_a_replica_without_a_mark_numbers_visibly_as_provisional",
    ),
    Mutant(
        "let-a-late-answer-move-back",
        "An answer to an older message moves no cursor back (6.3)",
        "village_node/incoming.py",
        "            working.tables.state = _kept_cursors(before, working.tables.state)\n",
        "            pass\n",
        "tests/unit/village_node/test_syncer.py::TestAnswers::test_that_come_late_move_nothing_back",
    ),
    Mutant(
        "believe-an-answer-never-asked",
        "A node ignores an answer to a message that it did not send (6.4)",
        "village_node/incoming.py",
        ("    if number is None:\n        raise RemoteProtocolError("),
        ("    number = number or 0\n    if number is None:\n        raise RemoteProtocolError("),
        "tests/unit/village_node/test_syncer.py::TestAnswers::test_to_a_message_that_was_never_sent_are_refused",
    ),
    Mutant(
        "take-an-older-key-list",
        "The number of a key list only grows (8.2)",
        "village_node/incoming.py",
        ("    if found.number <= working.sync.key_list_number:\n        return False\n"),
        "",
        "tests/unit/village_node/test_syncer.py::TestClockAndKeys::test_an_older_key_list_is_not_taken",
    ),
    Mutant(
        "take-another-device-s-certificate",
        "A certificate is kept only for this device's own keys (8.3)",
        "village_node/incoming.py",
        "    if any(getattr(new, name) != getattr(old, name) for name in same):\n",
        "    if False:\n",
        "tests/unit/village_node/test_syncer.py::TestStanding::test_a_certificate_for_another_device_is_refused",
    ),
    Mutant(
        "set-the-clock-by-a-file",
        "Time offsets come from live round trips only (3.3)",
        "village_node/incoming.py",
        ("    if clock is None or trip is None or clock.echo_ms != trip.sent_ms:\n        return None\n"),
        ("    if clock is None or trip is None:\n        return None\n"),
        "tests/unit/village_node/test_syncer.py::TestClockAndKeys::test_a_clock_that_answers_nothing_sets_nothing",
    ),
    Mutant(
        "call-any-backup-good",
        "A backup counts only after it was restored for a trial",
        "village_node/backup.py",
        ("        except VillageSyncError as error:\n            if isinstance(error, StorageError)"),
        (
            "        except VillageSyncError as error:\n"
            "            return Contents(0, 0, 0, 0, 0, 0, True)\n"
            "            if isinstance(error, StorageError)"
        ),
        "tests/unit/village_node/test_backup.py::test_a_backup_that_cannot_be_opened_again_is_not_kept",
    ),
    Mutant(
        "send-invented-people",
        "What is practised never meets the district",
        "village_node/store.py",
        ("        if self.is_practice:\n            raise RefusedError("),
        ("        if False:\n            raise RefusedError("),
        "tests/unit/village_node/test_practice.py::test_practice_has_no_way_to_the_district",
    ),
    Mutant(
        "count-what-is-damaged-as-received",
        "An entry that a disk damaged before it was sent is not called received (11.7)",
        "village_node/unreadable.py",
        '        "is_received": is_in_journal or change.outcome is not None,\n',
        '        "is_received": True,\n',
        "tests/unit/village_node/test_journal_mending.py::test_a_damaged_row_costs_at_most_its_own_entry",
    ),
    Mutant(
        "replay-a-damaged-entry",
        "A damaged value is not shown as what the officer wrote (11.7)",
        "village_node/unreadable.py",
        ('        "body": b"",\n    }\n'),
        ('        "body": raw,\n    }\n'),
        (
            "tests/unit/village_node/test_journal_mending.py::test_a_damaged_value_is_not_shown_as_what_the_o"
            "fficer_wrote"
        ),
    ),
    Mutant(
        "lose-the-head-of-a-damaged-row",
        "A verdict on a range finds its place though the row there is damaged (11.7)",
        "village_node/unreadable.py",
        (
            "    if row is not None and rows.own_of_row(row).is_whole:\n"
            '        return bytes(row["previous"])\n'
            "    if (change.replica_id, change.seq) == (before.replica_id, before.journal_seq):\n"
            "        return before.journal_head\n"
        ),
        "",
        "tests/unit/village_node/test_journal_mending.py::test_the_outcome_of_a_row_that_is_gone_finds_its_place",
    ),
)
