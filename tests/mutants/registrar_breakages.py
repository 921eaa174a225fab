"""Breakages of what a registrar does: pages, reasons, a second person, the diary."""

from __future__ import annotations

from tests.mutants.breakage import Mutant

REGISTRAR: tuple[Mutant, ...] = (
    Mutant(
        "decide-without-the-diary",
        "A decision is in the diary before it is committed (3.5)",
        "district_hub/registrar.py",
        ("    if registrar.is_rehearsal:\n        return\n    registrar.write_diary("),
        ("    if True:\n        return\n    registrar.write_diary("),
        "tests/unit/district_hub/test_recovery.py::test_a_decision_that_the_backup_had_lost_is_done_again_once",
    ),
    Mutant(
        "write-on-a-rehearsal",
        "A dry run writes nothing",
        "district_hub/registrar.py",
        "                raise _RehearsedError\n",
        "                pass\n",
        "tests/unit/district_hub/test_review.py::test_a_rehearsal_changes_nothing",
    ),
    Mutant(
        "decide-without-a-reason",
        "What is refused or merged has a reason that the village reads (law 5)",
        "district_hub/registrar.py",
        "    if not reason.strip():\n",
        "    if False:\n",
        "tests/unit/district_hub/test_review.py::test_a_decision_without_a_reason_is_refused",
    ),
    Mutant(
        "write-edits-on-a-changed-page",
        "A registrar's edit obeys what the page showed (5.5)",
        "district_hub/registrar.py",
        ("    if not edit(registry, edits, decision):\n        raise page_changed()\n"),
        "    edit(registry, edits, decision)\n",
        (
            "tests/unit/district_hub/test_corrections.py::test_an_edit_of_a_value_that_was_not_shown_is_neith"
            "er_written_nor_in_the_diary"
        ),
    ),
    Mutant(
        "merge-alone",
        "Two people merge a person (5)",
        "district_hub/merging.py",
        "    if _is_same_person(proposal.proposed_by, registrar.name):\n",
        "    if False:\n",
        "tests/unit/district_hub/test_merging.py::test_a_merge_waits_for_a_second_person",
    ),
    Mutant(
        "merge-what-has-changed",
        "A merge is of the two records that were shown (5.5)",
        "district_hub/merging.py",
        "        if _page_of(loser, survivor) != proposal.page:\n",
        "        if False:\n",
        "tests/unit/district_hub/test_merging.py::test_a_proposal_is_confirmed_only_while_its_page_holds",
    ),
    Mutant(
        "register-an-event-twice",
        "Only an event that waits is registered or refused",
        "district_hub/registration_queue.py",
        "    if not is_waiting(event):\n",
        "    if False:\n",
        "tests/unit/district_hub/test_registration_queue.py::test_an_event_is_decided_once",
    ),
    Mutant(
        "refuse-a-paired-move",
        "A move that is paired is not refused: the people live elsewhere (12.1)",
        "district_hub/refusing.py",
        "    if _is_paired(event):\n        raise",
        "    if False:\n        raise",
        "tests/unit/district_hub/test_registration_queue.py::test_a_paired_departure_is_not_refused",
    ),
    Mutant(
        "keep-what-a-refused-event-brought",
        "Whom a refused event brought into the register is annulled (ADR 0008)",
        "district_hub/refusing.py",
        "            edits.append(Edit(record.record_id, TAG_VOID, None, reason))\n",
        "            pass\n",
        "tests/unit/district_hub/test_refusing.py::test_a_refused_event_leaves_register_and_books_as_before_it",
    ),
    Mutant(
        "take-back-what-others-wrote",
        "What somebody has written since a refused event stays (ADR 0008)",
        "district_hub/refusing.py",
        "if stamp.change_id == change_id or (",
        "if stamp is not None or (",
        "tests/unit/district_hub/test_refusing.py::test_what_was_corrected_since_stays",
    ),
    Mutant(
        "annul-under-a-later-event",
        "Somebody whom a later event is about is not annulled before it (ADR 0008)",
        "district_hub/refusing.py",
        "    if not brought:\n        return\n",
        "    return\n",
        "tests/unit/district_hub/test_refusing.py::test_somebody_whom_a_later_event_is_about_is_not_annulled_before_it",
    ),
    Mutant(
        "refuse-a-return-under-a-later-event",
        "A return is not refused before what happened at home since (ADR 0008)",
        "district_hub/refusing.py",
        "_order(event) > _order(refused) and not brought.isdisjoint(named)",
        "_order(event) > _order(refused) and False",
        "tests/unit/district_hub/test_refusing.py::test_a_return_is_not_refused_before_what_happened_at_home_since",
    ),
    Mutant(
        "take-half-of-a-return-back",
        "A later event that was refused counts as nobody's writing (ADR 0008)",
        "district_hub/refusing.py",
        '.where(*mine)) == "refuse"',
        '.where(*mine)) == ""',
        "tests/unit/district_hub/test_refusing.py::test_a_return_is_not_refused_before_what_happened_at_home_since",
    ),
    Mutant(
        "let-a-refused-arrival-stand",
        "An event whose changes are refused in review is refused with them (ADR 0008)",
        "district_hub/review.py",
        "    if taken_back:\n",
        "    if False:\n",
        "tests/unit/district_hub/test_refusing.py::TestAnArrivalWhoseUpdatesWait"
        "::test_is_refused_with_them_wherever_the_registrar_says_no",
    ),
    Mutant(
        "register-what-is-disputed",
        "An event is not registered while a part of it is in review (ADR 0008)",
        "district_hub/registration_queue.py",
        "        if cases_of(registry, event):\n",
        "        if False:\n",
        "tests/unit/district_hub/test_refusing.py::TestAnArrivalWhoseUpdatesWait"
        "::test_is_not_registered_before_they_are_decided",
    ),
    Mutant(
        "certify-another-village",
        "A record that left meanwhile is not certified here (2.8)",
        "district_hub/certification.py",
        "        if record.owner == village_id and is_certifiable(record)\n",
        "        if is_certifiable(record)\n",
        (
            "tests/unit/district_hub/test_certification.py::test_a_record_that_moves_away_meanwhile_is_not_ce"
            "rtified_here"
        ),
    ),
)
