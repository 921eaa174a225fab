"""Breakages of the district hub: commit, locks, messages, ledger, enrolment, backups."""

from __future__ import annotations

from tests.mutants.breakage import Mutant

HUB: tuple[Mutant, ...] = (
    Mutant(
        "answer-without-commit",
        "Nothing is answered before what it says is durable (law 1)",
        "district_hub/store.py",
        "            flush(connection, tables, locked, now_ms, registry.notes)\n",
        "            pass\n",
        (
            "tests/unit/district_hub/test_receiver.py::TestTakingIn::test_a_create_and_an_update_become_the_r"
            "egistry_and_the_laptop_hears_so"
        ),
    ),
    Mutant(
        "skip-the-ledger",
        "A revocation is in the ledger before it is in the database (8.9)",
        "district_hub/standings.py",
        "            record = self.ledger.append(kind, detail, now_ms)\n",
        "            record = next(iter(self.ledger))\n",
        (
            "tests/unit/district_hub/test_enrolment.py::TestStanding::test_revoking_and_reinstating_are_in_th"
            "e_feed_and_in_the_ledger"
        ),
    ),
    Mutant(
        "use-an-invitation-past-the-ledger",
        "A used invitation is in the ledger, whatever becomes of the database (8.9)",
        "district_hub/enrolment.py",
        "                self.ledger.append(INVITATION_USED, detail, now_ms)\n",
        "                pass\n",
        "tests/unit/district_hub/test_enrolment.py::TestAsking::test_an_invitation_is_used_once",
    ),
    Mutant(
        "use-an-invitation-twice",
        "An invitation buys one device the right to ask (8.4)",
        "district_hub/enrolment.py",
        "        if used_by is not None and used_by != device_id:\n",
        "        if False:\n",
        "tests/unit/district_hub/test_enrolment.py::TestAsking::test_an_invitation_is_used_once",
    ),
    Mutant(
        "let-an-old-invitation-in",
        "An invitation expires (8.4)",
        "district_hub/enrolment.py",
        "        if now_ms > invitation.expires_ms:\n",
        "        if False:\n",
        (
            "tests/unit/district_hub/test_enrolment.py::TestAsking::test_an_expired_invitation_is_refused_but"
            "_a_request_made_in_time_still_asks"
        ),
    ),
    Mutant(
        "believe-an-invitation-without-its-secret",
        "Only who holds the secret may ask (8.5)",
        "district_hub/enrolment.py",
        "            check_request_mac(request, invitation.secret)\n",
        "",
        "tests/unit/district_hub/test_enrolment.py::TestAsking::test_a_request_without_the_secret_is_refused",
    ),
    Mutant(
        "certify-a-revoked-laptop",
        "A revoked device gets no certificate by asking again (8.8)",
        "district_hub/enrolment.py",
        "            if device.revoked_ms is None:\n",
        "            if True:\n",
        "tests/unit/district_hub/test_enrolment.py::TestStanding::test_a_revoked_device_gets_no_key_by_asking_again",
    ),
    Mutant(
        "give-a-mark-twice",
        "A replica mark is never used before in the village (15.3)",
        "district_hub/standings.py",
        "        self.ledger.append(DEVICE_MARKED, detail, now_ms)\n",
        "",
        (
            "tests/unit/district_hub/test_enrolment.py::TestAfterARestore::test_a_mark_that_was_given_after_t"
            "he_backup_is_not_given_again"
        ),
    ),
    Mutant(
        "believe-a-changed-ledger",
        "Each line of the ledger names the one before (8.9)",
        "district_hub/ledger.py",
        "        if not follows:\n",
        "        if False:\n",
        "tests/unit/district_hub/test_ledger.py::test_a_line_taken_out_is_damage",
    ),
    Mutant(
        "write-a-village-unlocked",
        "A village's feed is written under its lock (2.8)",
        "district_hub/flushing.py",
        "        if not_locked:\n",
        "        if False:\n",
        (
            "tests/unit/district_hub/test_store.py::TestLocks::test_writing_an_unlocked_village_is_our_bug_an"
            "d_keeps_nothing"
        ),
    ),
    Mutant(
        "believe-another-number",
        "The number inside is the number that was signed (7.3)",
        "district_hub/receiver.py",
        "        if message.number != opened.number:\n",
        "        if False:\n",
        (
            "tests/unit/district_hub/test_receiver.py::TestHostileBytes::test_a_number_other_than_the_signed_"
            "one_is_refused"
        ),
    ),
    Mutant(
        "hear-a-late-message-as-new",
        "A late message moves no position of its device (6.3)",
        "district_hub/receiver.py",
        ("    if is_late:\n        return device\n"),
        "",
        (
            "tests/unit/district_hub/test_receiver.py::TestTakingIn::test_an_older_message_delivers_its_entri"
            "es_and_moves_nothing_back"
        ),
    ),
    Mutant(
        "file-a-head-nobody-signed",
        "A filed head is countersigned by its device (3.10)",
        "district_hub/receiver.py",
        "            verify_countersignature(message.ack, signed, VerifyKey(device.signing_key))\n",
        "            pass\n",
        (
            "tests/unit/district_hub/test_receiver.py::TestWhatAnAnswerCarries::test_a_countersigned_head_is_"
            "filed_and_a_false_one_is_not"
        ),
    ),
    Mutant(
        "answer-while-mute",
        "A restored hub answers nobody until a person resumes it (11.1)",
        "district_hub/store.py",
        "            if reader.meta(MUTE) is not None:\n",
        "            if False:\n",
        "tests/unit/district_hub/test_recovery.py::test_a_restored_hub_answers_nobody_until_it_is_resumed",
    ),
    Mutant(
        "make-a-second-hub-of-a-backup",
        "A copy of a hub is mute (3.5)",
        "district_hub/backup.py",
        "        copy.set_meta(MUTE, why)\n",
        "        pass\n",
        "tests/unit/district_hub/test_backup.py::test_a_restored_database_is_mute_and_what_it_replaced_is_kept",
    ),
    Mutant(
        "call-any-copy-a-backup",
        "A backup counts only if every village's F follows from its rows",
        "district_hub/backup.py",
        "                if reader.fingerprint_from_tables(village.village_id) != village.state.fingerprint:\n",
        "                if False:\n",
        "tests/unit/district_hub/test_backup.py::test_a_copy_whose_rows_do_not_give_f_is_no_backup",
    ),
    Mutant(
        "call-a-fork-safe",
        "After a fork the shortest branch is what is safe (3.1)",
        "district_hub/backup.py",
        "= min(seq for seq, _ in replica.tips)",
        "= max(seq for seq, _ in replica.tips)",
        "tests/unit/district_hub/test_backup.py::test_of_a_forked_journal_only_the_shortest_branch_counts_as_safe",
    ),
    Mutant(
        "keep-erased-people-in-old-backups",
        "Backups end after their days; the newest stays",
        "district_hub/backup.py",
        ("    for path in old:\n        path.unlink()\n    return old\n"),
        "    return old\n",
        "tests/unit/district_hub/test_backup.py::test_old_backups_are_deleted_but_never_the_newest",
    ),
    Mutant(
        "pass-over-a-broken-chain",
        "The night's proof chains every entry (3.2)",
        "district_hub/head_proofs.py",
        "        if row.head != head:\n",
        "        if False:\n",
        "tests/unit/district_hub/test_nightly.py::test_a_chain_longer_than_one_night_checks_is_checked_from_its_end",
    ),
    Mutant(
        "let-the-dispatcher-go-back",
        "The dispatcher's place never moves back (12.1)",
        "district_hub/store.py",
        "connection.execute(update(VILLAGE).where(*mine, is_ahead).values(dispatched_seq=seq))",
        "connection.execute(update(VILLAGE).where(*mine).values(dispatched_seq=seq))",
        "tests/unit/district_hub/test_store.py::TestQuestions::test_the_dispatchers_place_never_moves_back",
    ),
)
