"""Snippet 常用语: a text somebody writes often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.access.people import people
from zhike.access.rights import reach_of
from zhike.kernel.actor import Actor
from zhike.kernel.words import _
from zhike.schema.declare import computes
from zhike.schema.registry import registry
from zhike.schema.spec import Scope, Tab
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c


@declare
class Snippet(BusinessObject):
    """A text kept to be inserted into follow-ups with /. Yours alone, or the administrator's for everybody."""

    name = c.Text(_("Name"), max=80, required=True, search=5)
    text = c.LongText(_("Text"), max=2000, required=True, search=1)
    everybody = c.YesNo(_("For everybody"), hint=_("Only who may change everybody’s snippets can say so"))

    class About:
        key, plural, icon, title = "snippet", "snippets", "text-quote", "name"
        label, plural_label = _("Snippet"), _("Snippets")
        help = _("Texts you write often. Type / in a follow-up and choose one.")
        columns = "name text everybody owner"
        form = (Tab.of(_("Snippet"), "name text everybody"),)
        phone = "name text everybody owner"
        sort = "name"
        scope = Scope(common="everybody")
        snippet = "text"
        group = "setup"


@computes("snippet")
def only_some_write_for_everybody(snippet: Any) -> Mapping[str, Any]:
    """What everybody sees is written by those who may change all snippets."""
    if not snippet.changed("everybody") or not snippet["everybody"] or not snippet.actor_id:
        return {}
    person = people().persons.get(snippet.actor_id)
    if person is None or reach_of(Actor(person.id, person.name), "edit", registry.object("snippet")) != "all":
        snippet.refuse(_("You can keep snippets for yourself only."), "everybody", "forbidden")
    return {}
