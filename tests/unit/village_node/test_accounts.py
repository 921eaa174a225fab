"""Officers at the door: who gets in, who waits, what outlives a power cut, and who may do what."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from schemas.errors import DataError, RefusedError
from tests.node_ground import NOW_MS
from tests.officers import session_of
from village_node.accounts import Accounts, Action, Role, Scope, in_scope, may
from village_node.accounts.passwords import Passwords
from village_node.accounts.sessions import LASTS_MS
from village_node.accounts.waiting import WAIT_MAX_MS, delay_ms, remaining_ms
from village_node.backup import take_backup
from village_node.laptop_tables import DESK_SESSION, OFFICER
from village_node.restoring import restore_backup
from village_node.settings import DeskSettings, write
from village_node.store import NodeStore

QUICK = Passwords(memory_kib=8, passes=1)
SECRET, OTHER = "jalan mawar merah", "sawah di tepi kali"
MINUTE_MS, HOUR_MS = 60_000, 3_600_000


@dataclass
class Ticking:
    """A wall clock that a test moves."""

    ms: int = NOW_MS

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def accounts(store: NodeStore, clock: Ticking) -> Accounts:
    made = Accounts(store, clock, QUICK)
    made.create("siti", "Siti Aminah", Role.HEAD, SECRET)
    return made


def code_of(caught: pytest.ExceptionInfo[RefusedError] | pytest.ExceptionInfo[DataError]) -> str:
    return caught.value.code


def fail(accounts: Accounts, times: int) -> None:
    for _ in range(times):
        with pytest.raises(RefusedError, match="tidak cocok"):
            accounts.sign_in("siti", "bukan ini")


# -- accounts


def test_the_first_account_can_let_others_in(store: NodeStore, clock: Ticking) -> None:
    accounts = Accounts(store, clock, QUICK)
    assert accounts.is_empty()
    with pytest.raises(DataError) as caught:
        accounts.create("budi", "Budi", Role.OPERATOR, SECRET)
    assert code_of(caught) == "first-officer-role"
    accounts.create("siti", "Siti", Role.SECRETARY, SECRET, must_be_first=True)
    assert not accounts.is_empty()


def test_two_browsers_cannot_both_make_the_first_account(accounts: Accounts) -> None:
    with pytest.raises(RefusedError) as caught:
        accounts.create("maling", "Maling", Role.HEAD, SECRET, must_be_first=True)
    assert code_of(caught) == "not-first"


@pytest.mark.parametrize("name", ["siti", " SITI ", "Ｓiti"])
def test_names_that_look_alike_are_one(accounts: Accounts, name: str) -> None:
    with pytest.raises(RefusedError) as caught:
        accounts.create(name, "Siti Lain", Role.OPERATOR, OTHER)
    assert code_of(caught) == "username-taken"


@pytest.mark.parametrize("password", ["pendek", "12345678", "Bismillah1", "aaaaaaaaaaaa", "siti aminah", "x" * 129])
def test_a_password_that_is_guessed_first_is_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(DataError) as caught:
        accounts.create("siti aminah", "Siti Aminah", Role.OPERATOR, password)
    assert code_of(caught) == "password-weak"


@pytest.mark.parametrize("name", ["Nur'aini", "Sukarno", "O'Brien d'Arc", "Ni Luh Ketut Ayu Puspita Dewi"])
def test_apostrophes_and_one_word_names_are_names(accounts: Accounts, name: str) -> None:
    accounts.create(name, name, Role.OPERATOR, OTHER)
    assert accounts.sign_in(name, OTHER).display_name == name


def test_a_keyboard_that_composes_accents_differently_gets_in(accounts: Accounts) -> None:
    accounts.create("andre", "André", Role.OPERATOR, "caf\u00e9 di tepi kali")
    assert accounts.sign_in("andre", "cafe\u0301 di tepi kali").username


def test_the_last_who_can_let_others_in_stays(accounts: Accounts) -> None:
    changes: list[Callable[[], None]] = [
        lambda: accounts.disable("siti"),
        lambda: accounts.set_role("siti", Role.OPERATOR),
    ]
    for change in changes:
        with pytest.raises(RefusedError) as caught:
            change()
        assert code_of(caught) == "last-keeper"
    accounts.create("yanto", "Yanto", Role.SECRETARY, OTHER)
    accounts.disable("siti")
    assert [one.username for one in accounts.list() if one.is_active] == ["yanto"]
    accounts.enable("siti")
    assert accounts.sign_in("siti", SECRET).username


def test_only_a_keeper_changes_accounts(accounts: Accounts) -> None:
    accounts.create("budi", "Budi", Role.OPERATOR, OTHER)
    budi = accounts.sign_in("budi", OTHER)
    for change in (
        lambda: accounts.create("teman", "Teman", Role.HEAD, OTHER, by=budi),
        lambda: accounts.set_password("siti", OTHER, by=budi),
        lambda: accounts.disable("siti", by=budi),
        lambda: accounts.set_role("budi", Role.HEAD, by=budi),
        lambda: accounts.rename("siti", "Bukan Siti", by=budi),
    ):
        with pytest.raises(RefusedError) as caught:
            change()
        assert code_of(caught) == "not-allowed"
    assert accounts.sign_in("siti", SECRET).display_name == "Siti Aminah"


def test_a_password_that_another_gave_must_be_changed(accounts: Accounts) -> None:
    siti = accounts.sign_in("siti", SECRET)
    accounts.create("budi", "Budi", Role.OPERATOR, OTHER, by=siti)
    budi = accounts.sign_in("budi", OTHER)
    assert budi.must_change
    accounts.change_password(budi, OTHER, "ikan bakar jimbaran")
    changed = accounts.session(budi.token)
    assert changed is not None
    assert not changed.must_change
    accounts.set_password("budi", OTHER, by=siti)
    assert accounts.session(budi.token) is None
    assert accounts.sign_in("budi", OTHER).must_change


def test_ones_own_password_needs_the_old_one(accounts: Accounts) -> None:
    siti = accounts.sign_in("siti", SECRET)
    elsewhere = accounts.sign_in("siti", SECRET)
    with pytest.raises(RefusedError) as caught:
        accounts.change_password(siti, "bukan ini", OTHER)
    assert code_of(caught) == "password-wrong"
    accounts.change_password(siti, SECRET, OTHER)
    assert accounts.session(siti.token) is not None
    assert accounts.session(elsewhere.token) is None
    assert accounts.sign_in("siti", OTHER).username


def test_a_new_name_changes_no_session_and_every_step_is_kept(accounts: Accounts) -> None:
    siti = accounts.sign_in("siti", SECRET)
    accounts.rename("siti", "Siti A. Rahman", by=siti)
    renamed = accounts.session(siti.token)
    assert renamed is not None
    assert renamed.display_name == "Siti A. Rahman"
    assert [(one.step, one.officer, one.by) for one in accounts.steps()] == [
        ("renamed", "Siti Aminah", "Siti Aminah"),
        ("signed-in", "Siti Aminah", "Siti Aminah"),
        ("created", "Siti Aminah", "laptop"),
    ]


# -- the door


def test_a_wrong_password_and_a_wrong_name_sound_alike(accounts: Accounts) -> None:
    said = set()
    for name in ("siti", "siapa"):
        with pytest.raises(RefusedError) as caught:
            accounts.sign_in(name, "bukan ini")
        said.add((caught.value.code, caught.value.message, caught.value.hint))
    assert len(said) == 1


def test_nobody_gets_in_without_a_password_of_his_own(accounts: Accounts) -> None:
    accounts.create("budi", "Budi", Role.OPERATOR, OTHER)
    accounts.disable("budi")
    for name, password in (("budi", OTHER), ("siapa", ""), ("", ""), ("siti", ""), ("siti", "x" * 10_000)):
        with pytest.raises(RefusedError) as caught:
            accounts.sign_in(name, password)
        assert code_of(caught) == "sign-in-failed"


def test_the_wait_grows_and_survives_a_restart(accounts: Accounts, store: NodeStore, clock: Ticking) -> None:
    fail(accounts, 3)
    restarted = Accounts(store, clock, QUICK)
    with pytest.raises(RefusedError, match="tunggu 2 detik") as caught:
        restarted.sign_in("siti", SECRET)
    assert code_of(caught) == "sign-in-wait"
    clock.ms += 2_000
    fail(restarted, 1)
    with pytest.raises(RefusedError, match="tunggu 4 detik"):
        restarted.sign_in("siti", SECRET)
    clock.ms += 4_000
    assert restarted.sign_in("siti", SECRET).username
    fail(restarted, 1)
    assert restarted.sign_in("siti", SECRET).username


def test_tries_during_the_wait_do_not_lengthen_it(accounts: Accounts, clock: Ticking) -> None:
    fail(accounts, 3)
    for _ in range(50):
        with pytest.raises(RefusedError, match="tunggu"):
            accounts.sign_in("siti", "bukan ini")
    clock.ms += 2_000
    assert accounts.sign_in("siti", SECRET).username


def test_a_clock_that_went_back_does_not_lock_out_for_years(accounts: Accounts, clock: Ticking) -> None:
    fail(accounts, 3)
    clock.ms -= 20 * 365 * 24 * HOUR_MS
    with pytest.raises(RefusedError, match="tunggu 2 detik"):
        accounts.sign_in("siti", SECRET)
    clock.ms += 2_000
    assert accounts.sign_in("siti", SECRET).username


@given(st.integers(0, 200), st.integers(0, 2**50), st.integers(0, 2**50))
def test_nobody_waits_for_ever(failures: int, failed_ms: int, now_ms: int) -> None:
    """However often and whatever the clock says, the wait is never longer than five minutes."""
    assert 0 <= remaining_ms(failures, failed_ms, now_ms) <= delay_ms(failures) <= WAIT_MAX_MS


def test_the_console_lets_a_waiting_officer_in_again(accounts: Accounts) -> None:
    fail(accounts, 3)
    accounts.set_password("siti", OTHER)
    session = accounts.sign_in("siti", OTHER)
    assert not session.must_change


def test_a_hash_of_another_cost_is_made_anew_at_the_next_sign_in(accounts: Accounts, store: NodeStore) -> None:
    standard = Accounts(store, lambda: NOW_MS)
    for _ in range(2):
        assert standard.sign_in("siti", SECRET).username == "siti"
    with store.local_reading() as connection:
        kept = connection.scalar(select(OFFICER.c.password_hash))
    assert kept is not None
    assert "m=32768,t=3,p=1" in kept


def test_a_hash_never_repeats_and_nobodys_hash_has_no_password() -> None:
    assert QUICK.hash(SECRET) != QUICK.hash(SECRET)
    for passwords in (QUICK, Passwords()):
        assert not passwords.matches("", None)
        assert not passwords.matches(SECRET, passwords._nobodys)
        assert not passwords.matches(SECRET, "damaged")


# -- sessions


def test_a_session_survives_a_power_cut(accounts: Accounts, store: NodeStore, clock: Ticking) -> None:
    siti = accounts.sign_in("siti", SECRET)
    with NodeStore.open(store.directory) as again:
        assert Accounts(again, clock, QUICK).session(siti.token) == siti


def test_the_token_is_in_no_table(accounts: Accounts, store: NodeStore) -> None:
    siti = accounts.sign_in("siti", SECRET)
    with store.local_reading() as connection:
        held = [
            str(row)
            for name in ("officer", "desk_session")
            for row in connection.execute(text(f"SELECT * FROM {name}"))
        ]
    assert not any(siti.token in row or siti.csrf in row for row in held)
    assert siti.token not in repr(siti)
    assert siti.csrf not in repr(siti)


def test_a_foreign_token_is_nobodys(accounts: Accounts) -> None:
    siti = accounts.sign_in("siti", SECRET)
    for token in ("", "x", siti.token[:-1], siti.token + "=", "\udcff"):
        assert accounts.session(token) is None


def test_a_session_ends_after_twelve_hours_whatever_was_done(accounts: Accounts, clock: Ticking) -> None:
    siti = accounts.sign_in("siti", SECRET)
    for _ in range(72):
        assert accounts.session(siti.token) is not None
        clock.ms += 10 * MINUTE_MS
    assert clock.ms == siti.ends_ms
    assert accounts.session(siti.token) is None


def test_an_idle_desk_locks_itself_and_opens_with_the_password(accounts: Accounts, clock: Ticking) -> None:
    siti = accounts.sign_in("siti", SECRET)
    clock.ms += 15 * MINUTE_MS
    idle = accounts.session(siti.token)
    assert idle is not None
    assert idle.locked
    assert not may(idle, Action.VIEW)
    clock.ms += MINUTE_MS
    assert accounts.session(siti.token) is not None
    with pytest.raises(RefusedError) as caught:
        accounts.unlock(siti.token, OTHER)
    assert code_of(caught) == "password-wrong"
    assert not accounts.unlock(siti.token, SECRET).locked


def test_what_a_page_asks_by_itself_keeps_no_desk_open(accounts: Accounts, clock: Ticking) -> None:
    siti = accounts.sign_in("siti", SECRET)
    for _ in range(15):
        clock.ms += MINUTE_MS
        assert accounts.session(siti.token, is_activity=False) is not None
    polled = accounts.session(siti.token, is_activity=False)
    assert polled is not None
    assert polled.locked


def test_somebody_who_works_is_not_locked_out(accounts: Accounts, store: NodeStore, clock: Ticking) -> None:
    with store.local_writing() as connection:
        write(connection, DeskSettings(idle_lock_minutes=1))
    siti = accounts.sign_in("siti", SECRET)
    for _ in range(20):
        clock.ms += 40_000
        working = accounts.session(siti.token)
        assert working is not None
        assert not working.locked


def test_being_here_is_written_at_most_once_a_minute(accounts: Accounts, store: NodeStore, clock: Ticking) -> None:
    siti = accounts.sign_in("siti", SECRET)
    seen = set()
    for _ in range(60):
        clock.ms += 2_000
        accounts.session(siti.token)
        with store.local_reading() as connection:
            seen.add(connection.scalar(select(DESK_SESSION.c.seen_ms)))
    assert seen == {NOW_MS, NOW_MS + MINUTE_MS, NOW_MS + 2 * MINUTE_MS}


def test_a_held_database_signs_nobody_out(accounts: Accounts, store: NodeStore, clock: Ticking) -> None:
    siti = accounts.sign_in("siti", SECRET)
    clock.ms += 2 * MINUTE_MS
    with store.local_writing():
        assert accounts.session(siti.token) is not None
        accounts.note_view(siti, bytes(16), "resident")
    assert [view.page for view in accounts.views()] == ["resident"]


def test_a_clock_that_went_back_locks_and_ends_no_session(accounts: Accounts, clock: Ticking) -> None:
    siti = accounts.sign_in("siti", SECRET)
    clock.ms -= 10 * 365 * 24 * HOUR_MS
    held = accounts.session(siti.token)
    assert held is not None
    assert held.locked
    opened = accounts.unlock(siti.token, SECRET)
    assert opened.ends_ms == clock.ms + LASTS_MS


def test_a_desk_locked_by_hand_stays_locked(accounts: Accounts, store: NodeStore, clock: Ticking) -> None:
    siti = accounts.sign_in("siti", SECRET)
    accounts.lock(siti.token)
    with NodeStore.open(store.directory) as again:
        held = Accounts(again, clock, QUICK).session(siti.token)
    assert held is not None
    assert held.locked


def test_guessing_at_a_lock_waits_and_at_last_ends_the_session(accounts: Accounts, clock: Ticking) -> None:
    siti = accounts.sign_in("siti", SECRET)
    accounts.lock(siti.token)
    refused = []
    while accounts.session(siti.token) is not None:
        with pytest.raises(RefusedError) as caught:
            accounts.unlock(siti.token, "bukan ini")
        refused.append(caught.value.code)
        clock.ms += MINUTE_MS
    assert refused.count("password-wrong") == 10
    with pytest.raises(RefusedError) as caught:
        accounts.unlock(siti.token, SECRET)
    assert code_of(caught) == "session-over"


def test_whoever_is_disabled_or_loses_a_role_is_out_at_once(accounts: Accounts) -> None:
    accounts.create("budi", "Budi", Role.SECRETARY, OTHER)
    changes: list[Callable[[], None]] = [
        lambda: accounts.disable("budi"),
        lambda: accounts.set_role("budi", Role.OPERATOR),
    ]
    for change in changes:
        budi = accounts.sign_in("budi", OTHER)
        change()
        assert accounts.session(budi.token) is None
        accounts.enable("budi")


def test_signing_out_twice_is_no_error(accounts: Accounts) -> None:
    siti = accounts.sign_in("siti", SECRET)
    accounts.sign_out(siti.token)
    accounts.sign_out(siti.token)
    assert accounts.session(siti.token) is None


def test_two_sign_ins_have_nothing_in_common(accounts: Accounts) -> None:
    one, other = accounts.sign_in("siti", SECRET), accounts.sign_in("siti", SECRET)
    assert one.token != other.token
    assert one.csrf != other.csrf
    accounts.sign_out(one.token)
    assert accounts.session(other.token) is not None


# -- roles


def test_every_role_may_what_the_one_below_may() -> None:
    allowed = [
        {action for action in Action if may(session_of(role), action)}
        for role in (Role.RT_HEAD, Role.OPERATOR, Role.SECRETARY, Role.HEAD)
    ]
    assert allowed[0] == {Action.VIEW, Action.REQUEST}
    assert allowed[0] < allowed[1] < allowed[2] == allowed[3] == set(Action)
    assert not allowed[1] & {Action.OFFICERS, Action.SETTINGS, Action.VIEW_LOG, Action.REVOKE_LETTER, Action.RESTORE}


@pytest.mark.parametrize(
    ("scope", "place", "is_seen"),
    [
        (Scope(rt="01", rw="2"), ("001", "002", "Krajan"), True),
        (Scope(rt="1", rw="2"), ("1", "3", "Krajan"), False),
        (Scope(rt="1", rw="2"), ("10", "2", "Krajan"), False),
        (Scope(rt="1", rw="2", hamlet="krajan "), ("1", "2", "Krajan"), True),
        (Scope(rt="1", rw="2", hamlet="Krajan"), ("1", "2", "Sukamaju"), False),
        (Scope(rt="1", rw="2"), (None, None, None), False),
        (Scope(), ("1", "2", "Krajan"), False),
        (Scope(rt="000"), (None, None, None), False),
    ],
)
def test_the_head_of_an_rt_sees_his_own(scope: Scope, place: tuple[str | None, ...], is_seen: bool) -> None:
    rt, rw, hamlet = place
    assert in_scope(session_of(Role.RT_HEAD, scope), rt, rw, hamlet) is is_seen
    assert in_scope(session_of(Role.OPERATOR, scope), rt, rw, hamlet)


def test_the_head_of_an_rt_needs_an_rt(accounts: Accounts) -> None:
    for make in (
        lambda: accounts.create("pak rt", "Pak RT", Role.RT_HEAD, OTHER),
        lambda: accounts.create("pak rt", "Pak RT", Role.RT_HEAD, OTHER, Scope(rw="2")),
        lambda: accounts.set_role("siti", Role.RT_HEAD),
    ):
        with pytest.raises(DataError) as caught:
            make()
        assert code_of(caught) == "scope-empty"
    accounts.create("pak rt", "Pak RT", Role.RT_HEAD, OTHER, Scope(rt="1", rw="2"))
    assert accounts.sign_in("pak rt", OTHER).scope == Scope(rt="1", rw="2")


# -- at once


def test_many_guesses_at_once_gain_nothing(accounts: Accounts) -> None:
    def guess(number: int) -> str:
        with pytest.raises(RefusedError) as caught:
            accounts.sign_in("siti", f"tebakan {number}")
        return caught.value.code

    with ThreadPoolExecutor(6) as threads:
        codes = list(threads.map(guess, range(24)))
    assert codes.count("sign-in-failed") == 3
    assert codes.count("sign-in-wait") == 21


def test_two_first_officers_at_once_are_one(store: NodeStore, clock: Ticking) -> None:
    accounts = Accounts(store, clock, QUICK)

    def come(name: str) -> bool:
        try:
            accounts.create(name, name, Role.HEAD, SECRET, must_be_first=True)
        except RefusedError:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(come, ["siti", "budi", "yanto", "dewi"])) == 1
    assert len(accounts.list()) == 1


def test_an_account_that_is_disabled_while_its_password_is_checked_lets_nobody_in(
    store: NodeStore, clock: Ticking
) -> None:
    class Slow(Passwords):
        """Somebody else disables the account meanwhile."""

        def matches(self, password: str, kept_hash: str | None) -> bool:
            others.disable("siti")
            return super().matches(password, kept_hash)

    others = Accounts(store, clock, QUICK)
    others.create("siti", "Siti", Role.HEAD, SECRET)
    others.create("yanto", "Yanto", Role.HEAD, OTHER)
    with pytest.raises(RefusedError) as caught:
        Accounts(store, clock, Slow(memory_kib=8, passes=1)).sign_in("siti", SECRET)
    assert code_of(caught) == "sign-in-failed"


def test_a_restored_office_signs_nobody_in_and_keeps_its_officers(
    accounts: Accounts, store: NodeStore, clock: Ticking, tmp_path: Path
) -> None:
    siti = accounts.sign_in("siti", SECRET)
    made = take_backup(store, NOW_MS)
    accounts.sign_out(siti.token)
    restore_backup(made.backup.path, made.new_code, tmp_path / "lain", NOW_MS)
    with NodeStore.open(tmp_path / "lain") as again:
        others = Accounts(again, clock, QUICK)
        assert others.session(siti.token) is None
        assert others.sign_in("siti", SECRET).display_name == "Siti Aminah"
