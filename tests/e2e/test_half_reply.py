"""A reply that comes in half, again, or from a hub that died while it sent it: the next session goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from demo.relay import Relay
from schemas.errors import HubUnreachableError, RemoteProtocolError, TrustError
from tests.e2e import deeds, grounds
from tests.e2e.grounds import Grounds
from tests.e2e.mortals import Mortals, warm_process
from village_node.carriers.http import HttpCarrier
from village_node.store import NodeStore
from village_node.syncer import synchronise

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

_SENT_BYTES = (1, 20, 90, 200, 600, 1500)
"""Of the reply, HTTP's own lines included: in the first line, in the headers, in the body."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return grounds.build(tmp_path_factory.mktemp("grounds"), people=90)


@pytest.fixture(scope="module")
def warm() -> Iterator[Mortals]:
    with warm_process() as mortals:
        yield mortals


@dataclass
class Meddler:
    """Stands between a village and a real hub, and hands on what ``meddle`` makes of each answer."""

    inner: HttpCarrier
    meddle: Callable[[int, bytes], bytes]
    name: str = "http"
    replies: list[bytes] = field(default_factory=list)

    def exchange(self, request: bytes) -> bytes:
        """Post a message, and spoil the answer."""
        self.replies.append(self.inner.exchange(request))
        return self.meddle(len(self.replies), self.replies[-1])


@pytest.mark.parametrize("count", _SENT_BYTES)
def test_a_hub_that_dies_with_its_reply_half_sent_costs_one_more_session(
    warm: Mortals, ground: Grounds, tmp_path: Path, count: int
) -> None:
    folder = ground.copy("meeting", tmp_path / "work")
    entries = grounds.assert_village_whole(folder)
    hub = warm.begin("serve", folder)
    port = int(hub.wait_for("url").rsplit(":", 1)[1])
    with Relay(port) as relay:
        relay.when("down", count, hub.kill)
        village = warm.do("sync", folder, url=relay.url)
    hub.kill()
    assert village.heard("session")[0] in {"offline", "done"}
    assert grounds.assert_village_whole(folder) == entries
    grounds.assert_hub_whole(folder)
    grounds.assert_converges(folder)


def meddled(warm: Mortals, folder: Path, meddle: Callable[[int, bytes], bytes]) -> tuple[list[str], list[bytes]]:
    """Sync through a meddler until a session is done; return how each ended, and the true replies."""
    ends: list[str] = []
    hub = warm.begin("serve", folder)
    inner = HttpCarrier(hub.wait_for("url"), wait_s=lambda _: None)
    carrier = Meddler(inner, meddle)
    with NodeStore.open(folder / deeds.VILLAGE) as store:
        while "done" not in ends and len(ends) < 40:
            try:
                ends.append(synchronise(store, carrier, now_ms=deeds.clock).code)
            except (RemoteProtocolError, TrustError) as error:
                ends.append(error.code)
    inner.close()
    hub.kill()
    assert ends[-1] == "done", ends
    return ends, carrier.replies


@pytest.mark.parametrize("moment", ["imported", "meeting"])
def test_a_reply_cut_at_any_byte_changes_nothing_and_the_next_session_goes_on(
    warm: Mortals, ground: Grounds, tmp_path: Path, moment: str
) -> None:
    folder = ground.copy(moment, tmp_path / "work")
    entries = grounds.assert_village_whole(folder)
    places = [0, 1, 3, 4, 5, 37, 500, -17, -1]

    def cut(number: int, reply: bytes) -> bytes:
        return reply[: places[number - 1]] if number <= len(places) else reply

    ends, _ = meddled(warm, folder, cut)
    assert len(ends) == len(places) + 1, "each cut ended a session, and none of them for good"
    assert grounds.assert_village_whole(folder) == entries
    grounds.assert_converges(folder)


def test_replies_that_come_again_move_nothing_back(warm: Mortals, ground: Grounds, tmp_path: Path) -> None:
    folder = ground.copy("meeting", tmp_path / "work")
    _, replies = meddled(warm, folder, lambda number, reply: reply)
    with NodeStore.open(folder / deeds.VILLAGE) as store:
        before = store.state()
        for old in replies * 2:
            synchronise(store, Replayer(old), now_ms=deeds.clock, rounds_max=1)
            after = store.state()
            assert (after.feed_seq, after.feed_head, after.acked_seq, after.fingerprint) == (
                before.feed_seq,
                before.feed_head,
                before.acked_seq,
                before.fingerprint,
            )
    grounds.assert_converges(folder)


def test_an_answer_for_another_node_or_an_older_copy_is_refused(warm: Mortals, ground: Grounds, tmp_path: Path) -> None:
    folder, copy = ground.copy("meeting", tmp_path / "work"), ground.copy("meeting", tmp_path / "copy")
    _, replies = meddled(warm, folder, lambda number, reply: reply)
    with NodeStore.open(copy / deeds.VILLAGE) as store:
        before = store.state().journal_head, store.state().feed_head, store.state().acked_seq
        for old in replies:
            with pytest.raises(RemoteProtocolError) as caught:
                # Another moment, or the very same message would be sent, which the reply does answer.
                synchronise(store, Replayer(old), now_ms=lambda: deeds.clock() + 1)
            assert caught.value.code == "answer-unsolicited"
        assert (store.state().journal_head, store.state().feed_head, store.state().acked_seq) == before
    grounds.assert_converges(copy)


@dataclass
class Replayer:
    """Answers whatever is asked with one recorded reply, once; then the line is gone."""

    reply: bytes
    name: str = "http"
    asked: int = 0

    def exchange(self, request: bytes) -> bytes:
        """Return the recorded reply."""
        self.asked += 1
        if self.asked > 1:
            raise HubUnreachableError("the line is gone")
        return self.reply
