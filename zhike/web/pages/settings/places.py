"""Which settings there are: one list, read by the sub-navigation, the list of places and the guard of every page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zhike.access.people import people
from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.records.audit_reading import may_audit
from zhike.records.company.company import is_administrator
from zhike.records.company.first_steps import in_first_steps
from zhike.schema.registry import registry

May = Callable[[Actor], bool]


@dataclass(frozen=True, slots=True)
class Place:
    """One settings page: its group, label, address, icon, one line on what it is for, who may open it, and whether it is
    in the list now."""

    group: str
    label: Words
    address: str
    icon: str
    about: Words
    may: May = is_administrator
    listed: Callable[[], bool] = lambda: True


def may_edit(object_key: str) -> May:
    """Whoever may edit records of an object, for settings that are records."""

    def may(actor: Actor) -> bool:
        spec = registry.find(object_key)
        return spec is not None and can(actor, "edit", spec)

    return may


GROUPS: tuple[tuple[str, Words], ...] = (
    ("company", _("Company")),
    ("data", _("Data")),
    ("sales", _("Sales")),
    ("automation", _("Automation")),
    ("system", _("System")),
)

PLACES: list[Place] = [
    Place(
        "company", _("First steps"), "/settings/first-steps", "flag", _("Company, people, data"), listed=in_first_steps
    ),
    Place("company", _("Company details"), "/settings/company", "building-2", _("Name, currency, country, language")),
    Place("company", _("People"), "/settings/people", "users-round", _("Invite, roles, let go"), may_edit("user")),
    Place("company", _("Handovers"), "/handovers", "handshake", _("Who leaves: what they have goes to others")),
    Place(
        "company", _("Roles and rights"), "/settings/roles", "shield", _("Who may do what, how far"), may_edit("role")
    ),
    Place(
        "company",
        _("Sharing rules"),
        "/settings/sharing",
        "share-2",
        _("Who else sees which records"),
        may_edit("sharing_rule"),
    ),
    Place(
        "company",
        _("Departments"),
        "/settings/departments",
        "network",
        _("The tree and who leads what"),
        may_edit("department"),
    ),
    Place("system", _("Mail"), "/settings/mail", "mail", _("The server notices and digests go out by")),
    Place(
        "system",
        _("Company account"),
        "/settings/single-sign-on",
        "key-round",
        _("Sign in with OpenID Connect, WeCom, DingTalk, Lark"),
    ),
    Place("company", _("Currencies and rates"), "/settings/currencies", "coins", _("What is offered, rates by day")),
    Place("data", _("Objects and fields"), "/settings/objects", "blocks", _("Fields, forms and objects of your own")),
    Place(
        "data", _("Duplicates"), "/settings/duplicates", "copy", _("What people are told of records they cannot see")
    ),
    Place("data", _("Automatic numbers"), "/settings/numbers", "hash", _("How records are numbered by themselves")),
    Place("data", _("Options"), "/settings/options", "list", _("What choices offer: names, colours, order, merging")),
    Place("company", _("Working calendar"), "/settings/calendar", "calendar-days", _("Holidays, worked weekends")),
    Place(
        "sales",
        _("Pipelines and stages"),
        "/settings/pipelines",
        "workflow",
        _("The steps of a deal and what each asks for"),
        may_edit("stage"),
    ),
    Place(
        "sales",
        _("Assignment"),
        "/settings/assignment",
        "user-round-check",
        _("Who gets what comes in"),
        may_edit("assignment_rule"),
    ),
    Place("data", _("Layouts"), "/settings/layouts", "layout-panel-left", _("Forms, columns, highlights per role")),
    Place(
        "system",
        _("Demo company"),
        "/settings/demo",
        "presentation",
        _("Look around with made-up data, take it away again"),
    ),
    Place("system", _("Encryption key"), "/settings/key", "key-round", _("The master key, and turning it")),
    Place("system", _("Backups"), "/settings/backups", "archive", _("Made daily, tried, kept, sent away")),
    Place("system", _("Health"), "/settings/health", "stethoscope", _("Whether the installation is as it should be")),
    Place(
        "data", _("Privacy desk"), "/settings/privacy", "fingerprint", _("A person's data: found, given out, erased")
    ),
    Place("data", _("Retention"), "/settings/retention", "hourglass", _("What is taken away after a while, by rule")),
    Place("data", _("Who read what"), "/settings/access-log", "scan-eye", _("Personal data opened, shown, exported")),
    Place(
        "data", _("After a leak"), "/settings/breach", "siren", _("Whose data was read, which fields; report drafts")
    ),
    Place("system", _("Changes of settings"), "/settings/log", "history", _("Who changed which setting when")),
    Place(
        "system",
        _("Audit"),
        "/settings/audit",
        "scroll-text",
        _("Sign-ins, exports, rights: what nobody can edit"),
        may_audit,
    ),
]


def open_places(actor: Actor) -> list[tuple[Words, list[Place]]]:
    """The groups with the places this actor may open; empty groups are left out."""
    found = [
        (label, [one for one in PLACES if one.group == name and one.may(actor) and one.listed()])
        for name, label in GROUPS
    ]
    return [(label, places) for label, places in found if places]


def has_settings(actor: Actor) -> bool:
    """Whether the actor may open any place."""
    return people().once(("settings", actor.id), lambda: any(one.may(actor) for one in PLACES))


def place_at(address: str) -> Place:
    """The place with this address. Raises KeyError."""
    return {one.address: one for one in PLACES}[address]
