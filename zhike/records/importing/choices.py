"""What a cell may mean when there are few such things: options and colleagues, by label in any language, or nearly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zhike.access.people import people
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import Words, _, speaking
from zhike.records.importing.rows import plain
from zhike.schema.spec import FieldSpec

fuzz: Any = LazyModule("rapidfuzz.fuzz")
process: Any = LazyModule("rapidfuzz.process")

NEAR = 55  # of 100: how alike a word must be to be offered
LANGUAGES = ("zh-hans", "en")


@dataclass(frozen=True, slots=True)
class Choosable:
    """What a cell of a column may mean: the value as the importer takes it, its label, and that in other languages."""

    value: str
    label: str
    others: frozenset[str] = frozenset()


def choosable(one: FieldSpec) -> tuple[Choosable, ...]:
    """What cells of a field may mean when there are few such things: options, or active colleagues."""
    if one.kind in ("choice", "choices"):
        others: dict[str, set[str]] = {}
        for language in LANGUAGES:
            with speaking(language):
                for option in one.options:
                    others.setdefault(option.key, set()).add(str(option.label).casefold())
        return tuple(
            Choosable(option.key, str(option.label), frozenset(others[option.key]))
            for option in one.options
            if option.active
        )
    if one.kind == "link" and one.to == "user":
        return tuple(Choosable(str(person.id), person.name) for person in people().persons.values() if person.active)
    return ()


def known_elsewhere(one: FieldSpec, cells: Sequence[Any]) -> dict[str, str]:
    """Cells that are labels of options in another language than the reader’s, with the options they mean."""
    found: dict[str, str] = {}
    if one.kind == "choice":
        by_label = {label: choice.value for choice in choosable(one) for label in choice.others}
        shown = {str(option.label).casefold() for option in one.options} | {option.key for option in one.options}
        for raw in {str(cell) for cell in map(plain, cells) if cell not in (None, "")}:
            if raw.casefold() in by_label and raw.casefold() not in shown:
                found[raw] = by_label[raw.casefold()]
    return found


def nearest(raw: str, choices: Sequence[Choosable]) -> tuple[str, Words]:
    """The choice most like a word, and why it is offered; "" when none is near."""
    labels = {choice.value: choice.label for choice in choices}
    for choice in choices:
        if raw.casefold() in choice.others:
            return choice.value, _("Its name in another language")
    for value, label in labels.items():
        if raw and label and (raw in label or label in raw):
            return value, _("Offered: one holds the other")
    found = process.extractOne(raw, labels, scorer=fuzz.ratio, score_cutoff=NEAR)
    if found is not None:
        return str(found[2]), _("Offered: written much alike")
    shared = max(labels.items(), key=lambda pair: len(set(raw) & set(pair[1])), default=None)
    if shared is not None and len(set(raw) & set(shared[1])) >= 2:
        return shared[0], _("Offered: they share characters")
    return "", _("Nothing alike")
