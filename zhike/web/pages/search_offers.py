"""What the search box offers besides records: pages, new records, and actions on what was found or stands open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Refused
from zhike.kernel.words import Words, _
from zhike.records.actions import offered
from zhike.records.hits import Hit
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.records.search import says
from zhike.schema.kinds.choices import names_of
from zhike.schema.registry import registry
from zhike.schema.spec import ActionSpec, FieldSpec, ObjectSpec, Option
from zhike.web.links import action_url, list_url, new_url, number_in, record_url, with_query
from zhike.web.nav import Place, listed, places
from zhike.web.pages.settings.places import open_places
from zhike.web.wording import inside

LOG = "log_follow_up"
LEADING = (LOG, "transfer")  # offered first on a record that was found
MOST_JUMPS = 7
MOST_ACTS = 3
MOST_HERE = 6
SHORTEST_VERB = 2
PHRASE = re.compile(
    r"(?:(?:log|record|note)\s+(?:an?\s+)?)?([\w-]+)\s+(?:with|to|for|at|on)\s+(\S.*)"
    r"|(?:记一笔|记|打个?|发个?|写)?\s*([^\W\d_a-zA-Z]{2,4}?)(?:给|跟|和)\s*(\S.*)",
    re.IGNORECASE,
)
OTHER_PAGES = (
    (_("Favourites"), "/favourites", "star"),
    (_("Notices"), "/inbox", "bell"),
    (_("Preferences"), "/preferences", "settings"),
)


@dataclass(frozen=True, slots=True)
class Act:
    """An action on one record: what it says, where it leads, and whether that is a dialog."""

    label: str
    url: str
    icon: str
    dialog: bool = True


def jumps(actor: Actor, text: str, here: str) -> list[Place]:
    """Pages whose name the text means, “new …” for objects, and the present list filtered by the text."""
    entries = [entry for group in places(actor, "") for entry in group.entries]
    if not text:
        return entries[:MOST_JUMPS]
    entries += [Place(str(label), url, icon) for label, url, icon in OTHER_PAGES]
    entries += [
        Place(str(_("Settings: {place}").with_(place=one.label)), one.address, icon=one.icon)
        for _label, some in open_places(actor)
        for one in some
    ]
    wanted = text.casefold()
    found = [entry for entry in entries if says(entry.label, text) or entry.url[1:].startswith(wanted)]
    spec = of_plural(here)
    if spec is not None and can(actor, "read", spec):
        filtering = _("Look for “{text}” in {objects}").with_(text=text, objects=inside(spec.plural_label))
        found.append(Place(str(filtering), list_url(spec, find=text), icon="list-filter"))
    for one in registry:
        label = str(_("New {object}").with_(object=inside(one.label)))
        if listed(one) and can(actor, "create", one) and says(label, text):
            found.append(Place(label, new_url(one), icon="plus"))
    return found[:MOST_JUMPS]


def new_one(actor: Actor, only: ObjectSpec | None, text: str) -> Place | None:
    """The offer to make what was not found, when it is known as what."""
    if only is None or not can(actor, "create", only) or only[only.title].kind != "text":
        return None
    label = _("New {object} “{text}”").with_(object=inside(only.label), text=text)
    return Place(str(label), new_url(only, **{only.title: text}), icon="plus")


def verb_in(actor: Actor, text: str) -> tuple[str, str, tuple[str, ...]]:
    """A text that begins with the name of an action or a way of logging, such as 转交 华信, 打电话给华信 or “log a call with
    Huaxin”: that word, the rest, and the objects that know the word; else nothing of all three."""
    phrase = PHRASE.match(text)
    said = [one for one in phrase.groups() if one] if phrase else []
    word, rest = said or (text.partition(" ")[0], text.partition(" ")[2])
    knowing = tuple(
        spec.key
        for spec in registry
        if can(actor, "read", spec)
        and listed(spec)
        and any(_means(action, word) or _way(action, word) for action in registry.actions(spec.key))
    )
    return (word, rest.strip(), knowing) if knowing and rest.strip() else ("", "", ())


def acts_on(actor: Actor, hits: Sequence[Hit], verb: str) -> list[Act]:
    """Actions on found records: those ``verb`` names, or without one the first few of the record."""
    found: list[Act] = []
    for hit in hits[:MOST_ACTS]:
        record, actions = _open(actor, hit.object, hit.id)
        if record is None:
            continue
        if verb:
            found += [_act(record, one, verb) for one in actions if _means(one, verb) or _way(one, verb)]
        else:
            some = sorted((one for one in actions if not one.danger), key=_rank)[:MOST_ACTS]
            found += [_act(record, one) for one in some]
    return found


def acts_here(actor: Actor, path: str, text: str) -> list[Act]:
    """Actions on the record whose page is open: all that the text means; without a text the first few."""
    _nothing, *parts = path.split("/")
    spec = of_plural(parts[0]) if len(parts) == 2 else None
    if spec is None or not number_in(parts[1]):
        return []
    record, actions = _open(actor, spec.key, int(parts[1]))
    if record is None:
        return []
    some = [one for one in actions if says(str(one.label), text)] if text else sorted(actions, key=_rank)
    return [_act(record, one) for one in some if text or not one.danger][: MOST_HERE if text else MOST_ACTS]


def of_plural(plural: str) -> ObjectSpec | None:
    """The object with this place in addresses, or None."""
    return next((spec for spec in registry if spec.plural == plural), None)


def _open(actor: Actor, object_key: str, id: int) -> tuple[Record | None, list[ActionSpec]]:
    try:
        record = read_one(actor, object_key, id)
    except Refused:
        return None, []
    return record, [one for one in offered(actor, record) if one.on == "record"]


def _act(record: Record, action: ActionSpec, verb: str = "") -> Act:
    said: Words = _("{action}: {title}").with_(action=action.label, title=record.title)
    if action.name != LOG:
        return Act(str(said), action_url(record, action.name), action.icon)
    way = _way(action, verb)
    if way is None:
        return Act(str(said), f"{record_url(record)}#composer", action.icon, dialog=False)
    field, option = way
    said = _("{action}, {way}: {title}").with_(action=action.label, way=option.label, title=record.title)
    return Act(
        str(said), with_query(record_url(record), {field.key: option.key}) + "#composer", action.icon, dialog=False
    )


def _way(action: ActionSpec, word: str) -> tuple[FieldSpec, Option] | None:
    """The way of logging a follow-up that a word such as 电话 names."""
    if action.name != LOG or len(word) < SHORTEST_VERB:
        return None
    field = next((one for one in action.inputs if one.kind == "choice"), None)
    wanted = word.casefold()
    options = field.options if field is not None else ()
    found = next((one for one in options if any(name.casefold().startswith(wanted) for name in names_of(one))), None)
    return (field, found) if field is not None and found is not None else None


def _means(action: ActionSpec, word: str) -> bool:
    names = (action.label, _("Log"), _("Follow-up")) if action.name == LOG else (action.label,)
    return len(word) >= SHORTEST_VERB and any(str(one).casefold().startswith(word.casefold()) for one in names)


def _rank(action: ActionSpec) -> int:
    return LEADING.index(action.name) if action.name in LEADING else len(LEADING) + (action.object == "*")
