"""The deliberate breakages: each law and rule of the protocol broken in one place, by an exact change of the text.

A mutant names the sentence it breaks and the tests that are to notice.  Its old text must stand exactly once in its
file; ``test_mutants_fit.py`` says so in a second, ``make mutants`` breaks each and runs the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

LAWS = ("tests/property/test_laws.py", "tests/property/test_rules.py")
PROTOCOL = ("tests/unit/sync_protocol",)
NODE = (
    "tests/unit/village_node/test_desk.py",
    "tests/unit/village_node/test_store.py",
    "tests/unit/village_node/test_syncer.py",
)
HUB = ("tests/unit/district_hub",)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One breakage: ``breaks`` is the rule in words, ``old`` and ``new`` the change of ``file``."""

    name: str
    breaks: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = (*PROTOCOL, *LAWS)


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "forget-the-change-id",
        "A change id has one outcome for ever (protocol 2.2)",
        "sync_protocol/admission.py",
        "    if known is not None:\n        return known  # protocol 2.2\n",
        "",
    ),
    Mutant(
        "accept-a-certified-change",
        "What the district certified changes by a person's decision only (5.3)",
        "sync_protocol/admission.py",
        "    if record.is_certified and not under.is_event and current != change.new:\n        return Judgement.WAIT\n",
        "",
    ),
    Mutant(
        "a-clock-overturns-a-registrar",
        "A registrar's value yields to no clock (5.4)",
        "sync_protocol/admission.py",
        "    if held.source == REGISTRAR:\n        return Judgement.APPLY if chains else Judgement.WAIT\n",
        "",
    ),
    Mutant(
        "an-untimed-value-wins",
        "An entry whose time cannot be known never wins by its clock (5.4)",
        "sync_protocol/admission.py",
        "    if not (under.timing.timed and held.timed):\n",
        "    if not (under.timing.timed or held.timed):\n",
    ),
    Mutant(
        "the-older-value-wins",
        "Of two timed values the greater effective time stands (5.4)",
        "sync_protocol/admission.py",
        "return Judgement.APPLY if mine > (held.eff, held.change_id) else Judgement.LOSE",
        "return Judgement.APPLY if mine < (held.eff, held.change_id) else Judgement.LOSE",
    ),
    Mutant(
        "apply-half-an-event",
        "An event lands whole or waits whole (2.4)",
        "sync_protocol/admission.py",
        "    if under.is_event and (waiting or waits):\n",
        "    if under.is_event and waits:\n",
    ),
    Mutant(
        "drop-what-waits",
        "What no rule decides waits for a person; nothing is dropped (2.9)",
        "sync_protocol/admission.py",
        "    waits += waiting\n    results = ",
        "    results = ",
    ),
    Mutant(
        "trust-a-revoked-laptop",
        "A revoked device's entries are kept and decided by a person (8.9)",
        "sync_protocol/admission.py",
        "    if row.quarantined:\n        return _wait_whole(registry, under, REASON_REVOKED)\n",
        "",
    ),
    Mutant(
        "write-in-another-village",
        "A village changes only its own records (2.8)",
        "sync_protocol/admission.py",
        "    if record is None or record.owner != under.village:\n        return Judgement.WAIT\n    policy",
        "    if record is None:\n        return Judgement.WAIT\n    policy",
    ),
    Mutant(
        "drop-an-unreadable-entry",
        "An entry of a newer program is kept raw as a case (2.9)",
        "sync_protocol/admission.py",
        "    if reason != REASON_RULE:\n        return _wait_whole(registry, under, reason)\n",
        "",
    ),
    Mutant(
        "time-by-the-wall-alone",
        "An entry is later than what its writer had seen (3)",
        "sync_protocol/timing.py",
        "    timing = Timing(max(wall if timed else low, causal + 1), timed, lineage, ordinal)\n",
        "    timing = Timing(wall if timed else low, timed, lineage, ordinal)\n",
    ),
    Mutant(
        "judge-beyond-a-gap",
        "Entries beyond a gap wait for what is missing (2.5)",
        "sync_protocol/journal_tree.py",
        "    if row.seq == 1 or (before is not None and is_connected(before)):\n",
        "    if row.seq == 1 or before is None or is_connected(before):\n",
    ),
    Mutant(
        "speak-for-another-village",
        "A device speaks for its own village's replicas only (8.4)",
        "sync_protocol/journal_tree.py",
        "        if row.village_id != village or row.replica_id != message.replica_id:\n",
        "        if row.replica_id != message.replica_id:\n",
    ),
    Mutant(
        "take-a-message-for-another",
        "A message for another village changes nothing (6.1)",
        "sync_protocol/hub_side.py",
        "    if message.district_code != tables.district_code or message.village_id != sender.village_id:\n",
        "    if message.district_code != tables.district_code:\n",
    ),
    Mutant(
        "decide-while-suspended",
        "A village that offers evidence is not decided before it is heard (11.2)",
        "sync_protocol/hub_side.py",
        "    if not heads or tables.villages.need(village).suspended:\n",
        "    if not heads:\n",
    ),
    Mutant(
        "forget-to-ask-for-what-was-lost",
        "A device beyond the hub's chain suspends its village until it was heard (11.1)",
        "sync_protocol/hub_side.py",
        "        suspended |= {sender.device_id}\n",
        "        pass\n",
    ),
    Mutant(
        "a-late-message-moves-back",
        "A late message's entries count, its positions move nothing (6.3)",
        "sync_protocol/hub_side.py",
        "    if suspended != state.suspended and not sender.is_late:\n",
        "    if suspended != state.suspended:\n",
    ),
    Mutant(
        "believe-evidence-unchecked",
        "Evidence counts only as far as the hub's own signed heads prove it (11.1)",
        "sync_protocol/hub_side.py",
        "        if evidence is not None and take_back(registry, village, evidence):\n",
        "        if take_back(registry, village, evidence):\n",
    ),
    Mutant(
        "overwrite-with-what-was-lost",
        "A lost version is adopted only in its place; else its differences wait (11.2)",
        "sync_protocol/giveback.py",
        "(record.version, record.digest) == (put.previous_version, put.previous_digest):\n            self._adopt",
        "True:\n            self._adopt",
    ),
    Mutant(
        "skip-the-fingerprint",
        "A node whose layer drifted apart says so (6.4)",
        "sync_protocol/applying.py",
        "    if signed is not None and signed.head.fingerprint != total % F_MODULUS:\n",
        "    if False:\n",
    ),
    Mutant(
        "swallow-a-critical-notice",
        "What a program does not understand and must, it does not pass over (6.6)",
        "sync_protocol/applying.py",
        "    return notice.critical and notice.kind not in KNOWN_NOTICES\n",
        "    return False\n",
    ),
    Mutant(
        "believe-an-elided-body",
        "A body that was left out is derived and proved by its digest (6.5)",
        "sync_protocol/applying.py",
        "    return replace(put, body=raw) if digest16(raw) == put.record_digest else None\n",
        "    return replace(put, body=raw)\n",
    ),
    Mutant(
        "a-verdict-for-another-branch",
        "A verdict decides the very branch that it names (2.5)",
        "sync_protocol/applying.py",
        "    if at is None or at.head[:8] != verdict.head8:\n",
        "    if at is None:\n",
    ),
    Mutant(
        "acknowledge-what-was-never-sent",
        "A hub that holds another branch of this id makes a new replica (11.5)",
        "sync_protocol/node_side.py",
        "        if seq > state.journal_seq or own is None or own.head[: len(head8)] != head8:\n",
        "        if False:\n",
    ),
    Mutant(
        "issue-again-without-the-first-id",
        "What is issued again keeps its change id (2.2)",
        "sync_protocol/node_side.py",
        "        _append(tables, replace(own.entry, first=own.change_id), own.ordinal)\n",
        "        _append(tables, replace(own.entry, first=None), own.ordinal)\n",
    ),
    Mutant(
        "keep-the-outcomes-of-a-lost-feed",
        "A realign takes back what the lost feed had decided (11.3)",
        "sync_protocol/applying.py",
        "            _undecide(tables, change_id, outcome)\n",
        "            pass\n",
    ),
    Mutant(
        "a-version-without-a-step",
        "Every new version of a record has the next number (4.4)",
        "sync_protocol/registry.py",
        "                version=(before.version if before else 0) + 1,\n",
        "                version=before.version if before else 1,\n",
    ),
    Mutant(
        "leave-the-body-at-the-old-village",
        "A village that a person left keeps a stub, no more (12.2)",
        "sync_protocol/registry.py",
        "append(replace(self._full_put(record, stub), level=STUB))",
        "append(self._full_put(record, raw))",
    ),
    Mutant(
        "decide-a-page-that-changed",
        "A registrar decides what the page showed (5.5)",
        "sync_protocol/decisions.py",
        "page_of(registry, case) != shown",
        "False",
    ),
    Mutant(
        "commit-without-the-work",
        "What a desk reports saved is on the disk (1.4)",
        "village_node/store.py",
        "            working._flusher.flush()  # noqa: SLF001 - the other half of this very class\n",
        "            pass\n",
        NODE,
    ),
    Mutant(
        "save-a-form-twice",
        "A form of the screen is saved once",
        "village_node/saved_forms.py",
        "    if change_id is not None:\n        raise AlreadySavedError",
        "    if False:\n        raise AlreadySavedError",
        ("tests/unit/village_node/web",),
    ),
)
