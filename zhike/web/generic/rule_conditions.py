"""The filter of a rule as rows and as text inside the rule's own form: whichever side was changed last counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhike.kernel.actor import Actor
from zhike.kernel.errors import Refused
from zhike.kernel.words import Words
from zhike.records.asking import question
from zhike.schema.spec import ObjectSpec
from zhike.web.generic.conditions import PERIODS, Offer
from zhike.web.generic.list_builder import Block, Builder, blocks, changed, in_lines, text_of
from zhike.web.generic.list_sentence import chips
from zhike.web.generic.list_state import Asked

HOME = "/settings/conditions"


@dataclass(frozen=True, slots=True)
class RuleConditions:
    """What the part of the form shows: the rows with the fields they can be made on, the text, and what is wrong with it.
    ``was`` is the text the rows stand for; ``side`` the side a script said was changed: that one is left alone. ``home``
    draws the part again for what stands in ``form``."""

    blocks: Sequence[Block]
    offers: Sequence[Offer]
    where: str
    was: str
    problem: Words | None = None
    side: str = ""
    home: str = HOME
    form: str = "#form"

    @property
    def around(self) -> dict[str, object]:
        """What the template of the rows knows besides."""
        return {"conditions": self, "state": {"home": self.home}, "periods": PERIODS}


def conditions_of(actor: Actor, spec: ObjectSpec, asked: Asked, where: str) -> RuleConditions:
    """The conditions a form sent, or, where it sent none, those of ``where``."""
    builder = Builder(actor, spec)
    side = asked.get("side", "")
    sent = asked.get("where", where)
    by_rows = asked.getlist("row") and side not in ("text", "object") and _same(sent, asked.get("was", ""))
    if by_rows or "do" in asked:
        rows = changed(builder.of_form(asked), asked.get("do", ""))
        if not any(one.problem for one in rows):
            sent = in_lines(text_of(rows))
        return RuleConditions(blocks(rows), builder.offers, sent, sent, None, side)
    try:
        rows = builder.of_sentence(chips(actor, spec, question(actor, spec, sent))) if sent.strip() else []
    except Refused as refused:
        return RuleConditions((), builder.offers, sent, "", refused.problems[0].text, side)
    shown = sent if side == "text" else in_lines(sent)
    return RuleConditions(blocks(rows), builder.offers, shown, shown, None, side)


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()) == " ".join(other.split())
