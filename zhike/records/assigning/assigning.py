"""Records that came in go to whom the rules say: written in the system's name with the rule as the reason, and kept in a
ledger, so that turns are fair and everybody can see who got what by which rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now
from zhike.kernel.words import Words, _, speaking
from zhike.query.tree import Compare, Path
from zhike.records.acts import Act
from zhike.records.assigning.choosing import Turns
from zhike.records.assigning.rules import WAYS, Rule, rules_of
from zhike.records.company.settings import company
from zhike.records.picking import matching_ids
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.records.write import write_many
from zhike.schema.spec import ObjectSpec
from zhike.schema.values import Ref
from zhike.store.database import insert_many, marks, rows, to_db, write_transaction

ASSIGN = "assign"
PORTION = 200


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record that came in: how, and who entered it (0: the system)."""

    record: int
    way: str
    by: int


def assign_arrivals(spec: ObjectSpec, arrivals: Sequence[Arrival]) -> int:
    """Give records that just came in to whom the rules say; returns how many went to somebody. One that its maker gave to
    somebody else, or that a rule gave away already, is left."""
    rules = rules_of(spec.key)
    if not rules:
        return 0
    given = 0
    for start in range(0, len(arrivals), PORTION):
        some = {one.record: one for one in arrivals[start : start + PORTION]}
        with write_transaction():
            done = _given_before(some)
            held = [one for one in _held(spec, list(some)) if one.id not in done and _left_open(one, some[one.id].by)]
            ways = {one.record: one.way for one in some.values()}
            chosen = choose(spec, held, rules, ways)
            given += _write(Act(SYSTEM, kind=ASSIGN), spec, held, chosen)
    return given


def assign_now(act: Act, spec: ObjectSpec, record: Record) -> Rule | None:
    """Give one record to whom the rules say, whoever has it and however it came in; None when no rule takes it."""
    chosen = choose(spec, [record], rules_of(spec.key))
    _write(act, spec, [record], chosen)
    return chosen[record.id][0] if record.id in chosen else None


def choose(
    spec: ObjectSpec, records: Sequence[Record], rules: Sequence[Rule], ways: Mapping[int, str] | None = None
) -> dict[int, tuple[Rule, int]]:
    """For each record the first rule that takes it and finds somebody, and whom: record → (rule, person). Records are taken
    in their order, and each counts for the next. ``ways``: how each came in; without them every rule applies. Nothing is
    written."""
    turns, ids = Turns(spec, now()), [one.id for one in records]
    matching = {rule.id: matching_ids(spec, rule.where, ids) for rule in rules}
    chosen: dict[int, tuple[Rule, int]] = {}
    for record in records:
        for rule in rules:
            if record.id not in matching[rule.id] or (ways is not None and ways[record.id] not in rule.arrivals):
                continue
            person = turns.next(rule, record)
            if person:
                turns.takes(rule, person)
                chosen[record.id] = (rule, person)
                break
    return chosen


def reason(rule: Rule) -> Words:
    """Why somebody got a record, as the history tells it."""
    return _("Assigned by the rule “{rule}”: {way}").with_(rule=rule.name, way=WAYS[rule.way])


def _write(act: Act, spec: ObjectSpec, records: Iterable[Record], chosen: Mapping[int, tuple[Rule, int]]) -> int:
    """Change owners, one operation for each rule, and note it in the ledger; whoever has the record already keeps it."""
    by_rule: dict[int, list[Record]] = {}
    for record in records:
        if record.id in chosen:
            by_rule.setdefault(chosen[record.id][0].id, []).append(record)
    for some in by_rule.values():
        rule = chosen[some[0].id][0]
        with speaking(company().language):
            why = str(reason(rule))
        own = Act(act.actor, kind=act.kind, why=why, trusted=True) if act.kind == ASSIGN else act.as_system()
        commands = [
            Command("update", spec.key, one.id, {"owner": Ref("user", chosen[one.id][1])})
            for one in some
            if _owner(one) != chosen[one.id][1]
        ]
        write_many(SYSTEM, commands, why=why, act=own)
        at = to_db(now())
        lines = [(spec.key, one.id, rule.id, chosen[one.id][1], at) for one in some]
        insert_many("store_assigned", ("object", "record", "rule", "person", "at"), lines)
    return sum(map(len, by_rule.values()))


def _owner(record: Record) -> int | None:
    owner = record.values.get("owner")
    return owner.id if isinstance(owner, Ref) else None


def _left_open(record: Record, by: int) -> bool:
    return not record.trashed and _owner(record) in (None, by)


def _held(spec: ObjectSpec, ids: Sequence[int]) -> tuple[Record, ...]:
    among = Compare(Path((spec,), (), spec["id"]), "in", tuple(ids))
    columns = ("owner", *(("region",) if spec.field("region") else ()))
    return read(SYSTEM, Query(spec.key, sort="id", columns=columns, size=PORTION, count=False, node=among)).rows


def _given_before(ids: Iterable[int]) -> set[int]:
    listed = list(ids)
    found = rows(f'SELECT "record" FROM "store_assigned" WHERE "record" IN ({marks(listed)})', listed)
    return {line[0] for line in found}


def given_by(rule: int) -> list[tuple[int, int]]:
    """What a rule gave so far: (person, how many), most first."""
    sql = 'SELECT "person", count(*) FROM "store_assigned" WHERE "rule" = %s GROUP BY "person" ORDER BY 2 DESC, 1'
    return [(person, int(number)) for person, number in rows(sql, (rule,))]
