"""The model's district office: registrars decide and edit, the diary is done again, the dispatcher pairs moves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.model.admission import Admitting
from tests.model.shapes import (
    POLICY,
    SET,
    TICKS,
    Create,
    Key,
    Op,
    Proposal,
    Record,
    Stamp,
    Update,
    Verdict,
    key_of,
)


class Office(Admitting):
    # -- registrars

    def page(self, case_id: str) -> tuple[Any, ...]:
        case = self.registry[case_id]
        keys = sorted({key_of(o) for p in case.body["proposals"] for o in p.ops if isinstance(o, Update)})
        return (tuple(p.cid for p in case.body["proposals"]), tuple((key, repr(self._current(key))) for key in keys))

    def _current(self, key: Key) -> Any:
        record = self.registry.get(self.resolve(key[0]))
        if record is None:
            return None
        return record.owner if key[1] == "owner" else record.body.get(key[1])

    def decide(
        self, case_id: str, accept: frozenset[str], page: tuple[Any, ...], did: str, *, log: bool = True
    ) -> bool:
        case = self.registry.get(case_id)
        if case is None or case.kind != "case" or case.body["state"] != "open" or self.page(case_id) != page:
            return False
        if log:
            self.diary.append((did, "decide", case_id, accept, page))
        final: dict[str, dict[Key, str]] = {}
        last: dict[Key, tuple[str, Key]] = {}
        for p in case.body["proposals"]:
            final.setdefault(p.cid, {})
            for op in p.ops:
                key = key_of(op)
                if p.cid[0] == "c" and dict(self.outcomes[p.cid].fields).get(key) != "review":
                    continue
                taken = p.cid in accept and self._accept(case, p.cid, op, did)
                if taken and isinstance(op, Update) and POLICY[op.field] != SET:
                    target = (self.resolve(op.rid), op.field)
                    if target in last:
                        earlier, earlier_key = last[target]
                        final[earlier][earlier_key] = "superseded"
                    last[target] = (p.cid, key)
                final[p.cid][key] = "accepted" if taken else "refused"
        decided = tuple(sorted((cid, tuple(sorted(results.items()))) for cid, results in final.items()))
        case = self.registry[case_id]
        body = {**case.body, "state": "closed", "decided": case.body["decided"] + decided}
        self._put(replace(case, body=body), did)
        self.decisions_done[did] = True
        self._commit({case.owner: [Verdict("", 0, "", self._note_decided(dict(decided)))]}, self.time * TICKS)
        return True

    def _accept(self, case: Record, cid: str, op: Op, did: str) -> bool:
        stamp = Stamp(self.time * TICKS, cid, "registrar")
        if isinstance(op, Create):
            if op.rid in self.registry:
                return False
            self._put(Record(op.rid, op.kind, case.owner, dict(op.body), stamp), did)
            return True
        rid = self.resolve(op.rid)
        if rid not in self.registry:
            return False
        self._write(rid, op, stamp, did)
        return True

    def edit(self, rid: str, name: str, old: Any, new: Any, did: str, *, log: bool = True) -> bool:
        record = self.registry.get(rid)
        if record is None or record.body.get(name) != old:
            return False
        if log:
            self.diary.append((did, "edit", rid, name, old, new))
        self._write(rid, Update(rid, name, old, new), Stamp(self.time * TICKS, did, "registrar"), did)
        self.decisions_done[did] = True
        self._commit(None, self.time * TICKS)
        return True

    def replay_diary(self, *, last: bool) -> None:
        for item in self.diary:
            did, what, *rest = item
            if did in self.decisions_done:
                continue
            if what == "edit":
                rid, name, old, new = rest
                if not self.edit(rid, name, old, new, did, log=False) and last:
                    self._diary_case(did, rid, name, old, new)
            else:
                case_id, accept, page = rest
                self.decide(case_id, accept, page, did, log=False)

    def _diary_case(self, did: str, rid: str, name: str, old: Any, new: Any) -> None:
        record = self.registry.get(self.resolve(rid))
        if record is None:
            return
        if record.body.get(name) != new:
            proposal = Proposal("diary:" + did, (Update(rid, name, old, new),))
            body = {"state": "open", "decided": (), "proposals": (proposal,)}
            self._put(Record(self.name_case(did, None), "case", record.owner, body), did)
        self.decisions_done[did] = True
        self._commit(None, self.time * TICKS)

    # -- dispatcher

    def dispatch(self) -> None:
        events = sorted(rid for rid, r in self.registry.items() if r.kind == "event")
        for out_id in events:
            out = self.registry[out_id]
            person = self.registry.get(self.resolve(out.body.get("person", "")))
            if out.body.get("type") != "leave" or out.body.get("paired") or person is None or person.owner != out.owner:
                continue
            for arrival_id in events:
                arrival = self.registry[arrival_id]
                newcomer = self.registry.get(arrival.body.get("person", ""))
                if (
                    arrival.body.get("type") == "arrive"
                    and not arrival.body.get("paired")
                    and arrival.owner == out.body["to"]
                    and newcomer is not None
                    and newcomer.merged_into is None
                    and newcomer.owner == arrival.owner
                    and newcomer.rid != person.rid
                    and person.body.get("nik")
                    and newcomer.body.get("nik") == person.body["nik"]
                ):
                    self._hand_over(out, arrival, person, newcomer)
                    break

    def _hand_over(self, out: Record, arrival: Record, person: Record, newcomer: Record) -> None:
        body = {**person.body, "status": "alive"}
        self._put(replace(person, owner=arrival.owner, body=body, left=person.left | {out.owner}), "dispatcher")
        self._put(replace(newcomer, merged_into=person.rid), "dispatcher")
        for event in (out, arrival):
            self._put(replace(event, body={**event.body, "paired": True}), "dispatcher")
        self._commit(None, self.time * TICKS)
