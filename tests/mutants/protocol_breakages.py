"""Breakages of the protocol itself: admission, time, the journal's tree, the feed, the overlay."""

from __future__ import annotations

from tests.mutants.breakage import Mutant

PROTOCOL: tuple[Mutant, ...] = (
    Mutant(
        "forget-the-change-id",
        "A change id has one outcome for ever (protocol 2.2)",
        "sync_protocol/admission.py",
        ("    if known is not None:\n        return known  # protocol 2.2\n"),
        "",
        (
            "tests/unit/sync_protocol/test_ownership.py::test_a_change_id_keeps_its_first_outcome_however_oft"
            "en_a_copy_brings_it"
        ),
    ),
    Mutant(
        "accept-a-certified-change",
        "What the district certified changes by a person's decision only (5.3)",
        "sync_protocol/admission.py",
        (
            "    if record.is_certified and not under.is_event and current != change.new:\n"
            "        return Judgement.WAIT\n"
        ),
        "",
        "tests/unit/sync_protocol/test_admission.py::test_a_change_is_judged",
    ),
    Mutant(
        "a-clock-overturns-a-registrar",
        "A registrar's value yields to no clock (5.4)",
        "sync_protocol/admission.py",
        ("    if held.source == REGISTRAR:\n        return Judgement.APPLY if chains else Judgement.WAIT\n"),
        "",
        "tests/unit/sync_protocol/test_admission.py::test_a_change_joins_the_case_that_proposes_what_it_saw",
    ),
    Mutant(
        "an-untimed-value-wins",
        "An entry whose time cannot be known never wins by its clock (5.4)",
        "sync_protocol/admission.py",
        "    if not (under.timing.timed and held.timed):\n",
        "    if not (under.timing.timed or held.timed):\n",
        "tests/unit/sync_protocol/test_admission.py::test_a_clock_that_cannot_be_believed_wins_only_by_what_it_saw",
    ),
    Mutant(
        "the-older-value-wins",
        "Of two timed values the greater effective time stands (5.4)",
        "sync_protocol/admission.py",
        "return Judgement.APPLY if mine > (held.eff, held.change_id) else Judgement.LOSE",
        "return Judgement.APPLY if mine < (held.eff, held.change_id) else Judgement.LOSE",
        "tests/unit/sync_protocol/test_admission.py::test_a_change_is_judged",
    ),
    Mutant(
        "apply-half-an-event",
        "An event lands whole or waits whole (2.4)",
        "sync_protocol/admission.py",
        "    if under.is_event and (waiting or waits):\n",
        "    if under.is_event and waits:\n",
        (
            "tests/property/test_rules.py::test_one_waiting_field_of_an_event_makes_all_its_updates_wait_but_"
            "its_creates_land"
        ),
    ),
    Mutant(
        "drop-what-waits",
        "What no rule decides waits for a person; nothing is dropped (2.9)",
        "sync_protocol/admission.py",
        ("    waits += waiting\n    results = "),
        "    results = ",
        "tests/unit/sync_protocol/test_admission.py::test_a_change_is_judged",
    ),
    Mutant(
        "trust-a-revoked-laptop",
        "A revoked device's entries are kept and decided by a person (8.9)",
        "sync_protocol/admission.py",
        ("    if row.quarantined:\n        return _wait_whole(registry, under, REASON_REVOKED)\n"),
        "",
        "tests/unit/sync_protocol/test_decisions.py::test_accepted_elements_all_stand",
    ),
    Mutant(
        "write-in-another-village",
        "A village changes only its own records (2.8)",
        "sync_protocol/admission.py",
        ("    if record is None or record.owner != under.village:\n        return Judgement.WAIT\n    policy"),
        ("    if record is None:\n        return Judgement.WAIT\n    policy"),
        "tests/unit/sync_protocol/test_ownership.py::test_a_change_of_another_village_s_record_waits_for_a_person",
    ),
    Mutant(
        "drop-an-unreadable-entry",
        "An entry of a newer program is kept raw as a case (2.9)",
        "sync_protocol/admission.py",
        ("    if reason != REASON_RULE:\n        return _wait_whole(registry, under, reason)\n"),
        "",
        "tests/unit/sync_protocol/test_admission.py::test_what_cannot_be_read_is_a_case_and_the_journal_goes_on",
    ),
    Mutant(
        "time-by-the-wall-alone",
        "An entry is later than what its writer had seen (3)",
        "sync_protocol/timing.py",
        "    timing = Timing(max(wall if timed else low, causal + 1), timed, lineage, ordinal)\n",
        "    timing = Timing(wall if timed else low, timed, lineage, ordinal)\n",
        "tests/unit/sync_protocol/test_timing.py::test_a_clock_counts_between_what_it_had_seen_and_when_it_arrived",
    ),
    Mutant(
        "judge-beyond-a-gap",
        "Entries beyond a gap wait for what is missing (2.5)",
        "sync_protocol/journal_tree.py",
        "    if row.seq == 1 or (before is not None and is_connected(before)):\n",
        "    if row.seq == 1 or before is None or is_connected(before):\n",
        "tests/unit/sync_protocol/test_hub_side.py::test_entries_beyond_a_gap_are_stored_and_decided_when_it_closes",
    ),
    Mutant(
        "speak-for-another-village",
        "A device speaks for its own village's replicas only (8.4)",
        "sync_protocol/journal_tree.py",
        "        if row.village_id != village or row.replica_id != message.replica_id:\n",
        "        if row.replica_id != message.replica_id:\n",
        "tests/unit/sync_protocol/test_hub_side.py::test_nobody_speaks_for_a_replica_of_another_village",
    ),
    Mutant(
        "take-a-message-for-another",
        "A message for another village changes nothing (6.1)",
        "sync_protocol/hub_side.py",
        "    if message.district_code != tables.district_code or message.village_id != sender.village_id:\n",
        "    if message.district_code != tables.district_code:\n",
        "tests/unit/sync_protocol/test_hub_side.py::test_a_message_for_another_village_or_district_changes_nothing",
    ),
    Mutant(
        "a-late-message-moves-back",
        "A late message's entries count, its positions move nothing (6.3)",
        "sync_protocol/hub_side.py",
        "    if suspended != state.suspended and not sender.is_late:\n",
        "    if suspended != state.suspended:\n",
        "tests/unit/sync_protocol/test_hub_side.py::test_a_late_message_neither_suspends_nor_frees",
    ),
    Mutant(
        "skip-the-fingerprint",
        "A node whose layer drifted apart says so (6.4)",
        "sync_protocol/applying.py",
        "    if signed is not None and signed.head.fingerprint != total % F_MODULUS:\n",
        "    if False:\n",
        "tests/unit/sync_protocol/test_node_side.py::test_a_fingerprint_that_differs_is_found_at_once",
    ),
    Mutant(
        "swallow-a-critical-notice",
        "What a program does not understand and must, it does not pass over (6.6)",
        "sync_protocol/applying.py",
        "    return notice.critical and notice.kind not in KNOWN_NOTICES\n",
        "    return False\n",
        (
            "tests/unit/sync_protocol/test_node_side.py::test_an_unknown_critical_notice_stops_applying_until"
            "_the_program_is_newer"
        ),
    ),
    Mutant(
        "believe-an-elided-body",
        "A body that was left out is derived and proved by its digest (6.5)",
        "sync_protocol/applying.py",
        "    return replace(put, body=raw) if digest16(raw) == put.record_digest else None\n",
        "    return replace(put, body=raw)\n",
        "tests/unit/sync_protocol/test_node_side.py::test_a_derived_body_that_differs_is_asked_for",
    ),
    Mutant(
        "a-verdict-for-another-branch",
        "A verdict decides the very branch that it names (2.5)",
        "sync_protocol/applying.py",
        "    if at is None or at.head[:8] != verdict.head8:\n",
        "    if at is None:\n",
        ("tests/unit/sync_protocol/test_applying.py::test_a_verdict_of_another_replica_or_branch_decides_nothing_here"),
    ),
    Mutant(
        "a-version-without-a-step",
        "Every new version of a record has the next number (4.4)",
        "sync_protocol/registry.py",
        "                version=(before.version if before else 0) + 1,\n",
        "                version=before.version if before else 1,\n",
        (
            "tests/unit/sync_protocol/test_ownership.py::test_every_new_version_has_the_next_number_and_names"
            "_the_one_before"
        ),
    ),
    Mutant(
        "leave-the-body-at-the-old-village",
        "A village that a person left keeps a stub, no more (12.2)",
        "sync_protocol/registry.py",
        "append(replace(self._full_put(record, stub), level=STUB))",
        "append(self._full_put(record, raw))",
        "tests/unit/sync_protocol/test_dispatching.py::test_both_sides_make_a_move",
    ),
    Mutant(
        "take-who-came-back-from-home",
        "Who came back to their village is not taken from it by the departure before, whatever became of them (12.1)",
        "sync_protocol/dispatching.py",
        "    if person.record_id not in back:\n        return True\n",
        "    return True\n",
        "tests/unit/district_hub/test_dispatcher.py::test_what_became_at_home_of_who_had_come_back_is_not_undone",
    ),
    Mutant(
        "bring-back-by-an-old-arrival",
        "An arrival of the very record brings back only while what its entry wrote waits (12.1)",
        "sync_protocol/dispatching.py",
        "if outcome is not None and not outcome.is_final:",
        "if outcome is not None:",
        (
            "tests/unit/district_hub/test_dispatcher.py::test_an_arrival_that_was_taken_in_long_ago_does_not_bring"
            "_anybody_back_again"
        ),
    ),
    Mutant(
        "forget-what-the-new-village-wrote",
        "What was written on the arrival's record since is carried over to the person (12.1)",
        "sync_protocol/handing_over.py",
        "    for tag in _written_since(newcomer):\n        mine",
        "    for tag in ():\n        mine",
        "tests/unit/sync_protocol/test_dispatching.py::test_what_the_new_village_wrote_meanwhile_is_carried_over",
    ),
    Mutant(
        "let-the-new-village-overturn-a-registrar",
        "On pairing nothing that a registrar wrote gives way (12.1, 5.4)",
        "sync_protocol/handing_over.py",
        "    if mine.source == REGISTRAR:\n        return False\n",
        "",
        "tests/unit/sync_protocol/test_dispatching.py::test_a_certified_or_corrected_value_stays_and_the_new_village_is_told",
    ),
    Mutant(
        "decide-a-page-that-changed",
        "A registrar decides what the page showed (5.5)",
        "sync_protocol/decisions.py",
        "page_of(registry, case) != shown",
        "False",
        "tests/unit/sync_protocol/test_diary.py::test_a_decision_whose_change_still_waits_is_silent",
    ),
    Mutant(
        "skip-the-chain-check",
        "A run is applied only if its entries chain to the head that the hub signed (2.5, 3.10)",
        "sync_protocol/node_side.py",
        "signed.seq == run.base.seq + len(heads) and signed.head == head:\n",
        "signed.seq == run.base.seq + len(heads):\n",
        (
            "tests/unit/sync_protocol/test_node_side.py::test_a_run_with_one_changed_verdict_does_not_chain_t"
            "o_its_signed_head"
        ),
    ),
    Mutant(
        "follow-without-the-base",
        "A run is followed only from a position that the node holds (2.5)",
        "sync_protocol/node_side.py",
        "    if not run.entries or not _is_held(tables, run.base):\n",
        "    if not run.entries or run.base.seq > tables.state.feed_seq:\n",
        "tests/unit/sync_protocol/test_node_side.py::test_a_run_beyond_a_gap_or_on_another_branch_does_nothing",
    ),
    Mutant(
        "leave-out-what-does-not-derive",
        "A body is left out only if the node's own entry gives it byte for byte (6.5)",
        "sync_protocol/hub_side.py",
        "    return body is not None and encode_body(body) == put.body\n",
        "    return body is not None\n",
        "tests/unit/sync_protocol/test_hub_side.py::test_a_body_that_does_not_follow_from_the_entry_travels",
    ),
    Mutant(
        "forget-the-overlay",
        "The officer sees his own undecided work on top of the registry layer (2.6)",
        "sync_protocol/node_side.py",
        "        tables.pending[record_id] = (*(tables.pending.get(record_id) or ()), own.change_id)\n",
        "        pass\n",
        "tests/unit/sync_protocol/test_applying.py::test_what_was_applied_can_be_taken_back_entry_by_entry",
    ),
    Mutant(
        "show-what-was-refused",
        "The overlay replays only what is undecided or in review (2.6)",
        "sync_protocol/overlay.py",
        "            if open_fields is not None and (record_id, change.tag) not in open_fields:\n",
        "            if False:\n",
        "tests/unit/sync_protocol/test_overlay.py::test_of_an_entry_in_review_only_what_waits_lies_on_top",
    ),
    Mutant(
        "let-hub-time-go-back",
        "Hub time never goes back in one feed (3.10)",
        "sync_protocol/registry.py",
        "        hub_time_ms = max(self.now_ms, state.hub_time_ms)\n",
        "        hub_time_ms = self.now_ms\n",
        "tests/unit/sync_protocol/test_registry.py::test_hub_time_in_a_feed_never_goes_back",
    ),
)
