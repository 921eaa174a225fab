"""A signed run that contradicts a node's feed is kept and offered, never applied (protocol 11.4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.errors import BadSignatureError
from sync_protocol.messages import FeedRun
from tests.memory import sign_head, verify_head
from tests.small import JOB, NAME, PHONE, Small


@pytest.mark.parametrize("further", [0, 1])
def test_a_stick_from_before_a_loss_brings_back_what_only_it_holds(further: int) -> None:
    world = Small()
    for _ in range(further):  # the stick begins with what is still common
        world.edit(JOB, world.value(JOB), f"common{further}")
    backup = world.hub.snapshot()
    world.put(world.a1, PHONE, "a", "b")
    world.hub.receive(world.a1.message(), world.a1.device_id)
    world.edit(PHONE, "b", "r")
    stick = world.hub.receive(world.a2.message(), world.a2.device_id)
    world.hub.database = backup
    world.put(world.a2, NAME, "a", "z")
    world.sync(world.a2)
    layer = dict(world.a2.database["layer"])
    world.a2.receive(stick)
    assert world.a2.database["layer"] == layer
    (run,) = world.a2.evidence.values()
    assert len(run.entries) == 2
    world.sync(world.a2)
    assert world.a2.evidence == {}
    assert (world.value(PHONE), world.value(NAME)) == ("r", "z")


def test_an_unsigned_branch_is_no_evidence() -> None:
    world = Small()
    answer = world.hub.receive(replace(world.a1.message(), full_run=True), world.a1.device_id)
    world.edit(NAME, "a", "b")
    feed = world.hub.receive(world.a1.message(), world.a1.device_id).feed
    assert feed is not None
    with pytest.raises(BadSignatureError):
        world.a1.receive(replace(answer, feed=replace(feed, heads=())))
    assert world.a1.evidence == {}


def test_a_head_signed_with_a_key_of_before_still_travels() -> None:
    world = Small()
    backup = world.hub.snapshot()
    for name in "bc":
        world.edit(NAME, world.value(NAME), name)
        world.sync(world.a1)
    world.hub.database = backup
    world.a1.receive(world.hub.receive(world.a1.message(), world.a1.device_id))
    (key,) = [key for key, run in world.a1.evidence.items() if run.entries]
    run = world.a1.evidence[key]
    forgotten = (b"\x00" + run.signed_heads[0][1:], *run.signed_heads[1:])
    world.a1.evidence[key] = replace(run, signed_heads=forgotten)
    (sent,) = [lost for lost in world.a1.message(1).lost if lost.entries]
    assert len(sent.entries) == 2
    assert isinstance(FeedRun(sent.base, sent.entries, sent.heads), FeedRun)
    assert verify_head(sent.heads[1]) == verify_head(sign_head(verify_head(sent.heads[1])))
    world.sync(world.a1)
    assert world.value(NAME) == "c"
