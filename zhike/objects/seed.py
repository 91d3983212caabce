"""What a new company starts with: roles, the default pipeline and its stages. Made through the doors, once."""

from __future__ import annotations

from typing import Any

from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.words import Words, _, speaking
from zhike.objects.insight.shipped import SHIPPED, shipped_tiles
from zhike.query.lexer import quoted
from zhike.records.company.settings import change_company, company, keep, kept
from zhike.records.read import Query, read
from zhike.records.secrets import prepare_vault
from zhike.records.write import write, write_many
from zhike.store.database import row

RIGHTS = ("read", "create", "edit", "delete", "export", "import", "transfer", "bulk")
SELLING = (
    "account",
    "contact",
    "lead",
    "opportunity",
    "opportunity_contact",
    "follow_up",
    "task",
    "note",
    "file",
    "comment",
    "consent",
    "quote",
    "quote_line",
    "order",
    "order_line",
    "delivery",
    "delivery_line",
    "receivable_plan",
    "payment",
    "payment_part",
)
KEPT = (
    "saved_view",
    "dashboard",
    "tile",
    "snippet",
    "stand_in",
    "segment",
)  # private until shared: everybody keeps their own
KEEPING = {"read": "own", "create": "own", "edit": "own", "delete": "own"}
HANDED = ("handover", "handover_part", "handover_customer")
CATALOGUE = ("product", "bundle_part", "price_list", "price", "pipeline", "stage", "user", "department")

# code: name, object, conditions, what it is for
SEGMENTS: dict[str, tuple[Words, str, str, Words]] = {
    "quiet": (
        _("Quiet customers"),
        "account",
        "status in (following, negotiating, customer) and (last_follow_up < today - 60 days or last_follow_up is empty)",
        _("Nobody has talked to them for two months"),
    ),
    "large_deals": (
        _("Large deals this quarter"),
        "opportunity",
        "stage.outcome = open and amount >= 500000 and close_on within this quarter",
        _("Open deals of half a million or more that close in this quarter"),
    ),
}
SEGMENTS_GIVEN = "shipped_segments"

SHIPPED_GIVEN = "shipped_dashboards"
GRANTED = "granted_objects"
FIRST_GRANTED = (  # what homes know that were made before this was written down
    "* account contact lead opportunity opportunity_contact follow_up task note file"
    " product pipeline stage user department"
).split()

FORMER_TITLES: dict[Words, tuple[str, ...]] = {_("Pipeline by stage"): ("管道",)}
"""Title of a shipped tile → what earlier versions called it."""

# role: name, what it is for, then grants as object → rights with their reach
ROLES: dict[str, tuple[Words, Words, dict[str, dict[str, str]]]] = {
    "administrator": (
        _("Administrator"),
        _("Does everything, settings and rights included"),
        {"*": dict.fromkeys(RIGHTS, "all")},
    ),
    "manager": (
        _("Sales manager"),
        _("Looks after all business of the department and those below"),
        {
            **{key: {**dict.fromkeys(RIGHTS, "subtree"), "import": "none"} for key in SELLING},
            **{key: {"read": "all"} for key in CATALOGUE},
            **dict.fromkeys(KEPT, KEEPING),
            **{key: dict.fromkeys(("read", "create", "edit", "delete"), "subtree") for key in HANDED},
        },
    ),
    "sales": (
        _("Sales"),
        _("Works with their own customers and deals"),
        {
            **{
                key: {"read": "own", "create": "own", "edit": "own", "delete": "own", "transfer": "own", "bulk": "own"}
                for key in SELLING
            },
            **{key: {"read": "all"} for key in CATALOGUE},
            **dict.fromkeys(KEPT, KEEPING),
            **{key: {"read": "own"} for key in HANDED},
            "handover_customer": {"read": "own", "edit": "own"},
        },
    ),
    "viewer": (
        _("Read only"),
        _("Sees all business and changes nothing"),
        {
            **{key: {"read": "all"} for key in (*SELLING, *CATALOGUE)},
            **dict.fromkeys(KEPT, KEEPING),
        },
    ),
}

# code, name, outcome, probability, may rest for days, asks for
STAGES: tuple[tuple[str, Words, str, int, int | None, str], ...] = (
    ("contact", _("First contact"), "open", 10, 14, ""),
    ("analysis", _("Needs analysis"), "open", 25, 14, ""),
    ("proposal", _("Solution"), "open", 40, 21, ""),
    ("quote", _("Quote"), "open", 60, 14, "amount"),
    ("negotiation", _("Negotiation"), "open", 80, 14, "amount close_on"),
    ("won", _("Signing"), "won", 100, None, "account amount"),
    ("lost", _("Lost deal"), "lost", 0, None, ""),
)


def seed(language: str = "zh-hans") -> bool:
    """Make the starting records of a new home, named in the company's ``language``; an older one gets the grants of
    objects it did not know yet. True when the home was new."""
    prepare_vault()
    if row('SELECT 1 FROM "objects_role" LIMIT 1'):
        _grant_newcomers()
        _ship_dashboards()
        _ship_segments()
        return False
    with speaking(language):
        _begin()
    if language != company().language:
        change_company(language=language)
    _ship_dashboards()
    _ship_segments()
    return True


def _begin() -> None:
    for code, (name, about, grants) in ROLES.items():
        role = _make("role", {"name": str(name), "code": code, "about": str(about)})
        for object_key, rights in grants.items():
            _grant(role, object_key, rights)
    keep(GRANTED, sorted(_granted_objects()))
    pipeline = _make("pipeline", {"name": str(_("Standard sales process")), "code": "sales"})
    for position, (code, stage, outcome, probability, resting, asked) in enumerate(STAGES, start=1):
        facts: dict[str, Any] = {"name": str(stage), "code": code, "outcome": outcome, "probability": str(probability)}
        _make(
            "stage",
            {
                **facts,
                "pipeline": pipeline,
                "position": position,
                "resting_days": resting,
                "required_fields": asked or None,
            },
        )


def _ship_dashboards() -> None:
    """The shipped dashboards this home has not been given yet; one that was thrown away does not come back by itself."""
    given = set(kept(SHIPPED_GIVEN, []))
    with speaking(company().language):
        _renew_titles()
        _ship(given)
    keep(SHIPPED_GIVEN, sorted(given | set(SHIPPED)))


def _renew_titles() -> None:
    """Shipped tiles that nobody changed take the word in use today for the one they were given."""
    for today, former in FORMER_TITLES.items():
        where = f"dashboard.code is not empty and title in ({', '.join(map(quoted, former))})"
        held = read(SYSTEM, Query("tile", where=where, size=200, columns=("title",))).rows
        commands = [Command("update", "tile", one.id, {"title": str(today)}) for one in held if one.version == 1]
        write_many(SYSTEM, commands, why="renamed")


def _ship(given: set[str]) -> None:
    for place, (code, (name, about, period, _tiles)) in enumerate(SHIPPED.items(), start=1):
        if code in given:
            continue
        facts = {"name": str(name), "about": str(about), "code": code, "period": period, "shared": "everybody"}
        dashboard = _make("dashboard", {**facts, "position": place * 10}, historic=True)
        commands = [Command("create", "tile", values={**tile, "dashboard": dashboard}) for tile in shipped_tiles(code)]
        write_many(SYSTEM, commands, why="first run")


def _ship_segments() -> None:
    """The shipped segments this home has not been given yet; one that was thrown away does not come back by itself."""
    given = set(kept(SEGMENTS_GIVEN, []))
    with speaking(company().language):
        for code, (name, object_key, where, about) in SEGMENTS.items():
            if code not in given:
                facts = {"name": str(name), "code": code, "object": object_key, "where": where, "about": str(about)}
                _make("segment", {**facts, "shared": "everybody"})
    keep(SEGMENTS_GIVEN, sorted(given | set(SEGMENTS)))


def _granted_objects() -> set[str]:
    return {object_key for _name, _about, grants in ROLES.values() for object_key in grants}


def _grant_newcomers() -> None:
    """Objects that came with a newer version: shipped roles reach them as in a new home. What the administrator took
    away from an object known before stays taken away."""
    known = set(kept(GRANTED, FIRST_GRANTED))
    fresh = _granted_objects() - known
    if not fresh:
        return
    for code, (_name, _about, grants) in ROLES.items():
        role = row('SELECT "id" FROM "objects_role" WHERE "code" = %s AND "trashed" IS NULL', (code,))
        if role is not None:
            for object_key in sorted(fresh & set(grants)):
                _grant(int(role[0]), object_key, grants[object_key])
    keep(GRANTED, sorted(known | fresh))


def _grant(role: int, object_key: str, rights: dict[str, str]) -> None:
    _make("grant", {"role": role, "object": object_key, **{right: rights.get(right, "none") for right in RIGHTS}})


def _make(object_key: str, values: dict[str, Any], *, historic: bool = False) -> int:
    return write(SYSTEM, Command("create", object_key, values=values, historic=historic), why="first run").id
