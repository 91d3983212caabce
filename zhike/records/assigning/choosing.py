"""Who of a rule's people gets the next record: by turn or by load, among those who may have it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from zhike.access.people import Person, people
from zhike.kernel.actor import SYSTEM
from zhike.records.aggregate import aggregate_raw
from zhike.records.assigning.rules import Rule
from zhike.records.company.working_days import day_of_company
from zhike.records.handing.splitting import unfit
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.spec import ObjectSpec
from zhike.store.database import rows

MOST_PEOPLE = 1000


class Turns:
    """Whose turn it is under each rule at one moment. What was given in this round counts already."""

    def __init__(self, spec: ObjectSpec, at: datetime) -> None:
        self.spec, self.at = spec, at
        self._members: dict[int, list[Person]] = {}
        self._last: dict[int, dict[int, int]] = {}
        self._open: dict[int, int] | None = None
        self._facts: Mapping[int, Record] | None = None
        self._given = 0

    def next(self, rule: Rule, record: Record) -> int:
        """The person who gets the record, or 0 when the rule finds nobody for it."""
        fit = [one for one in self._among(rule) if self._fits(rule, one, record)]
        if rule.at_work:
            fit = [one for one in fit if self._works(rule, one)] or [one for one in fit if not self._away(one)]
        last = self._last_of(rule)
        if rule.way == "load":
            fit.sort(key=lambda one: (self.open[one.id], last.get(one.id, 0), one.id))
        else:
            fit.sort(key=lambda one: (last.get(one.id, 0), one.id))
        return fit[0].id if fit else 0

    def takes(self, rule: Rule, person: int) -> None:
        """The person got a record under the rule."""
        self._given += 1
        self._last_of(rule)[person] = 2**62 + self._given
        self.open[person] += 1

    @property
    def open(self) -> dict[int, int]:
        """How many open records of the object each person has."""
        if self._open is None:
            self._open = defaultdict(int)
            groups = aggregate_raw(
                SYSTEM, self.spec.key, ("owner",), ("count",), self.spec.handed_where or "", size=5000
            )
            for group in groups:
                if group.keys[0] is not None:
                    self._open[int(group.keys[0])] += int(group.values[0])
        return self._open

    def _among(self, rule: Rule) -> list[Person]:
        if rule.id not in self._members:
            known = people()
            below = {one for department in rule.departments for one in known.departments_below(department)}
            self._members[rule.id] = [
                one
                for one in known.persons.values()
                if (one.id in rule.persons or one.department in below) and unfit(one.id, 0, self.spec) is None
            ]
        return self._members[rule.id]

    def _fits(self, rule: Rule, person: Person, record: Record) -> bool:
        facts = self.facts.get(person.id)
        if rule.by_region and (facts is None or record.values.get("region") not in (facts["regions"] or ())):
            return False
        if rule.skill and (facts is None or rule.skill not in (facts["skills"] or ())):
            return False
        return not rule.most or self.open[person.id] < rule.most

    @property
    def facts(self) -> Mapping[int, Record]:
        """Regions and skills by person."""
        if self._facts is None:
            query = Query("user", columns=("regions", "skills"), size=MOST_PEOPLE, count=False)
            self._facts = {one.id: one for one in read(SYSTEM, query).rows}
        return self._facts

    def _works(self, rule: Rule, person: Person) -> bool:
        there = self.at.astimezone(ZoneInfo(person.timezone))
        first, last = rule.hours
        return first <= there.time() <= last and bool(day_of_company(there.date())) and not self._away(person)

    def _away(self, person: Person) -> bool:
        day = self.at.astimezone(ZoneInfo(person.timezone)).date()
        return any(one.absent == person.id and one.first <= day <= one.last for one in people().stand_ins)

    def _last_of(self, rule: Rule) -> dict[int, int]:
        if rule.id not in self._last:
            found = rows(
                'SELECT "person", max("id") FROM "store_assigned" WHERE "rule" = %s GROUP BY "person"', (rule.id,)
            )
            self._last[rule.id] = {person: int(last) for person, last in found}
        return self._last[rule.id]
