"""The split of a handover as text, one rule a line: ``[object:] filter -> login`` or ``-> @department``; the first rule that
matches a record counts. Without an object a rule is about accounts; ``*`` is every record of every object."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from zhike.access.people import people
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.asking import question
from zhike.records.roles.explaining import department_names
from zhike.schema.registry import registry

ARROW = "->"
ALL = "*"
ACCOUNT = "account"
MOST_RULES = 200
_OBJECT = re.compile(r"^([a-z][a-z0-9_]*)\s*:\s*(.*)$", re.DOTALL)
_IDS = re.compile(r"^id in \(([\d, ]+)\)$")


@dataclass(frozen=True, slots=True)
class Target:
    """Who gets it: one person, or the people of a department and those below in turn, by their load."""

    person: int = 0
    department: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """Records of ``object`` (``*``: every object) that satisfy ``where`` ("": all of them) go to ``to``."""

    object: str
    where: str
    to: Target

    @property
    def text(self) -> str:
        """The line it is written as."""
        head = ALL if self.object == ALL else f"{self.object}: {self.where or ALL}"
        return f"{head} {ARROW} {said(self.to)}"


def said(to: Target) -> str:
    """A target as it is written in a rule."""
    if to.person:
        known = people().persons.get(to.person)
        return known.login if known and known.login else f"#{to.person}"
    names = department_names()
    name = names.get(to.department, "")
    return f"@{name}" if list(names.values()).count(name) == 1 else f"@#{to.department}"


def rules_in(text: str, actor: Actor = SYSTEM) -> list[Rule]:
    """The rules of a text; what ``actor`` may not ask for cannot be asked. Raises Invalid naming every wrong line."""
    rules: list[Rule] = []
    problems: list[Problem] = []
    lines = [(place, one.strip()) for place, one in enumerate(text.splitlines(), start=1) if one.strip()]
    if len(lines) > MOST_RULES:
        raise Invalid(Problem(_("At most {n} rules.").with_(n=MOST_RULES), "rules"))
    for place, line in lines:
        try:
            rules.append(_rule(line, actor))
        except Refused as error:
            found = _("Rule {n}: {problem}").with_(n=place, problem=error.problems[0].text)
            problems.append(Problem(found, "rules", "rule", line[:200]))
    if problems:
        raise Invalid(problems)
    return rules


def _rule(line: str, actor: Actor) -> Rule:
    head, arrow, who = line.rpartition(ARROW)
    if not arrow or not head.strip():
        raise _wrong(_("Write a filter, an arrow and who gets it, such as: region = east -> li.na"))
    to = target_in(who)
    if head.strip() == ALL:
        return Rule(ALL, "", to)
    named = _OBJECT.match(head.strip())
    object_key, where = (named[1], named[2].strip()) if named else (ACCOUNT, head.strip())
    spec = registry.object(object_key)
    where = "" if where == ALL else where
    question(actor, spec, where)
    return Rule(spec.key, where, to)


def target_in(text: str) -> Target:
    """Who is meant by a login or #id, or by @ and the name or #id of a department. Raises Invalid."""
    word = text.strip()
    if word.startswith("@"):
        named = word[1:].strip()
        names = department_names()
        found = [key for key, name in names.items() if named in (f"#{key}", name)]
        if len(found) == 1:
            return Target(department=found[0])
        raise _wrong(_("There is no department called “{name}”, or more than one.").with_(name=named[:60]))
    snapshot = people()
    person = snapshot.by_login(word) if word else None
    if person is None and word.startswith("#") and word[1:].isdecimal():
        person = snapshot.persons.get(int(word[1:]))
    if person is None:
        raise _wrong(_("There is nobody with the login “{name}”.").with_(name=word[:60]))
    return Target(person=person.id)


def _wrong(text: Words) -> Invalid:
    return Invalid(Problem(text, "rules", "rule"))


def text_of(rules: Sequence[Rule]) -> str:
    """Rules as text."""
    return "\n".join(one.text for one in rules)


def corrected(text: str, object_key: str, record: int, person: int) -> str:
    """The rules with one record given to one person before all others (0: left to the rules again)."""
    rules = rules_in(text)
    kept: list[Rule] = []
    joined = False
    for one in rules:
        ids = _ids(one) if one.object == object_key else None
        if ids is None or not one.to.person:
            kept.append(one)
            continue
        ids.discard(record)
        if one.to.person == person:
            ids.add(record)
            joined = True
        if ids:
            kept.append(_by_ids(object_key, ids, one.to.person))
    if person and not joined:
        kept.insert(0, _by_ids(object_key, {record}, person))
    return text_of(kept)


def _ids(rule: Rule) -> set[int] | None:
    found = _IDS.match(rule.where)
    return {int(one) for one in found[1].split(",")} if found else None


def _by_ids(object_key: str, ids: set[int], person: int) -> Rule:
    return Rule(object_key, f"id in ({', '.join(map(str, sorted(ids)))})", Target(person=person))
