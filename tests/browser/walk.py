"""One of each page there is: the patterns of the list of addresses, filled with what a small company holds.

A new pattern whose parts nobody filled, or that answers nothing when it is asked for, fails the walk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.company import Company
from tests.contract.made import EVERYTHING, make_custom_object
from tests.contract.made import make as make_sample
from tests.pages.pages_client import make, signed_in
from tools.addresses import page_patterns
from zhike.kernel.actor import SYSTEM
from zhike.kernel.words import Plain
from zhike.records.company.invitations import new_way_in
from zhike.records.jobs.jobs import start
from zhike.records.jobs.queue import run_next
from zhike.records.notices.notices import notify
from zhike.records.read import Query, read
from zhike.schema.registry import registry
from zhike.store.database import rows

OBJECTS = ("account", "opportunity", "contact", "task", "quote", EVERYTHING)
"""One with everything, one with stages, one with personal data, one of the day, one with lines, one with a field of every kind."""
OF_EACH = frozenset({
    "<str:plural>", "<str:plural>/new", "<str:plural>/board", "<str:plural>/<int:id>", "<str:plural>/<int:id>/edit",
})  # fmt: skip
"""Pages that are looked at for each of them; of the others the first is enough, they differ by nothing but words."""
LEAVES = frozenset({"sign-out"})  # would end the walk
FACES = {
    "calendar": ("", "?view=month", "?view=day"),
    "search": ("?q=甲",),
    "<str:plural>": ("", "?build=1", "?as_of=2026-03-01"),
    "<str:plural>/merge": ("?ids={record}&ids={other}",),
    "<str:plural>/actions/<str:name>": ("?ids={record}",),
    "<str:plural>/change": ("?ids={record}",),
    "settings/single-sign-on": ("", "?kind=oidc", "?kind=wecom"),
    "settings/objects/<str:key>/fields/new": ("", "?kind=choice"),
    "dashboard": ("",),
    "jobs": ("", "?who=all"),
    "": ("", "?who=people", "?arrange=1"),
}
"""What is asked behind the address, where a page has several faces."""
ANSWERS_NOTHING = {
    "a file that is not there in this company": r"files/|settings/backups/<str:name>/download",
    "somebody else's calendar": r"calendar/<str:token>\.ics",
    "a card of which the administrator sees nothing in full": r"<str:plural>/<int:id>\.vcf",
    "no such backup": r"settings/backups/(<str:name>/try|everything/)",
    "a part or a file that wants to be asked for something": r"settings/conditions|settings/breach/",
    "a handover nobody has begun": r"handover",
    "a job without a file, a rule nobody has made": r"jobs/<int:id>/file|settings/retention/<int:id>/remove",
}
"""Why a pattern may say that there is nothing: reason → expression."""


@dataclass
class Samples:
    """What the parts of addresses are filled with; ``records`` are two of each object."""

    records: dict[str, tuple[int, int]] = field(default_factory=dict)
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)  # by beginning of the pattern


def build(company: Company) -> Samples:
    """Fill a small company so that no page is empty."""
    make_custom_object()
    found = Samples()
    for spec in registry:
        if spec.group in ("day", "sales", "more"):
            more = {"mobile": "13812345678"} if spec.key == "contact" else {}
            found.records[spec.key] = (make_sample(spec.key, 1, **more), make_sample(spec.key, 2))
    dashboard = make(company.admin, "dashboard", name="一览")
    tile = make(
        company.admin, "tile", dashboard=dashboard, title="数", object="account", shape="number", measure="count"
    )
    view = make(company.admin, "saved_view", name="重点", object="account")
    rule = make(
        company.admin, "sharing_rule", name="给郭", object="account", where="level = key", persons=[company.guest.id]
    )
    assigning = make(company.admin, "assignment_rule", name="轮流", object="lead", persons=[company.li.id])
    notify([company.admin.id], "assigned", Plain("甲"), "account", found.records["account"][0], by=company.li.id)
    job = start(company.admin, "audit.prove", {}, Plain("核对"))
    found.settings = {
        "settings/people": {"id": company.li.id},
        "settings/departments": {"id": _first("department")},
        "settings/roles": {"id": _first("role")},
        "settings/sharing": {"id": rule},
        "settings/assignment": {"id": assigning},
        "settings/options": {"object": "account", "field": "status", "key": "lost"},
        "settings/numbers": {"object": "account", "field": "number"},
        "settings/currencies": {"code": "USD"},
        "settings/pipelines": {"id": _first("pipeline"), "stage": _first("stage")},
        "settings/objects": {"key": EVERYTHING, "field": "power"},
        "settings/layouts": {"object": "account"},
        "settings/privacy": {"plural": "contacts", "id": found.records["contact"][0]},
        "settings/retention": {"id": 0},
        "handovers": {"id": 1},
        "handover_parts": {"id": 1},
        "handover_customers": {"id": 1},
        "settings/backups": {"id": 1, "name": "zhike-20260301T000000Z.zip"},
        "operations": {"operation": rows('SELECT max("id") FROM "store_operation"')[0][0]},
        "dashboards": {"id": dashboard, "tile": tile},
        "inbox": {"id": rows('SELECT max("id") FROM "store_notice"')[0][0]},
        "jobs": {"id": job},
        "welcome": {"token": new_way_in(company.admin, company.chen.id).path.rpartition("/")[2]},
        "calendar": {"token": "x" * 32},
        "pick": {"plural": "accounts"},
        "files": {"object": "account", "id": found.records["account"][0], "field": "name"},
        "<str:plural>/import": {"plural": "accounts", "id": _imported("try")},
        "<str:plural>/import/<int:id>/done": {"plural": "accounts", "id": _imported("try", "run")},
        "<str:plural>/views": {"plural": "accounts", "id": view},
    }
    return found


def _first(object_key: str) -> int:
    spec = registry.object(object_key)
    return read(SYSTEM, Query(object_key, size=1, columns=(spec.title,), count=False)).rows[0].id


def _imported(*steps: str) -> int:
    """An import that has gone these steps of the wizard; the id of its upload."""
    office = signed_in("admin")
    table = SimpleUploadedFile("客户.csv", "名称,电话\n甲一,13812345678\n,x\n".encode())
    address = office.post("/accounts/import", {"file": table})["Location"]
    for step in steps:
        office.post(f"{address}/{step}", {})
        while run_next():
            pass
    return int(address.rpartition("/")[2])


def addresses(samples: Samples) -> Iterator[tuple[str, str]]:
    """Every pattern with each address it stands for."""
    for route in page_patterns():
        if route in LEAVES:
            continue
        for begin, values in sorted(samples.settings.items(), key=lambda one: -len(one[0])):
            if route == begin or route.startswith(f"{begin}/"):
                yield from _faces(route, _put(route, values), samples)
                break
        else:
            if not route.startswith("<str:plural>"):
                yield from _faces(route, _put(route, {}), samples)
                continue
            for key in OBJECTS:
                spec = registry.object(key)
                secret = next((one.key for one in spec.fields if one.kind == "phone"), spec.title)
                own = {
                    "plural": spec.plural, "id": samples.records[key][0], "other_id": samples.records[key][1],
                    "share": 1, "kind": "favourite", "field": secret if "reveal" in route else spec.title,
                }  # fmt: skip
                names = [one.name for one in registry.actions(key)] if "actions" in route else ["contacts"]
                for name in names:
                    yield from _faces(route, _put(route, own | {"name": name}), samples, key)


def _put(route: str, values: dict[str, Any]) -> str:
    filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(values[part[1]]), route)
    return f"/{filled}"


def _faces(route: str, address: str, samples: Samples, key: str = "account") -> Iterator[tuple[str, str]]:
    record, other = samples.records[key]
    for face in FACES.get(route, ("",)):
        yield route, address + face.format(record=record, other=other)


def pages(samples: Samples) -> list[str]:
    """The addresses at which whoever follows a link sees a whole page. Fails for patterns at which there is nothing."""
    office = signed_in("admin")
    found: dict[str, str] = {}
    answered: dict[str, bool] = {}
    for route, address in addresses(samples):
        once = _told_apart_by(route, address)
        if once in found:
            continue
        answer = office.get(address)
        nothing = answer.status_code == 404 or answer.status_code >= 500
        answered[route] = answered.get(route, False) or not nothing
        if not nothing and answer.status_code < 300 and _is_whole(answer):
            found[once] = address
    silent = [
        route
        for route, there in answered.items()
        if not there and not any(re.match(pattern, route) for pattern in ANSWERS_NOTHING.values())
    ]
    assert not silent, f"nothing is there at {silent}: give tests/browser/walk.py something to show"
    return list(found.values())


def _told_apart_by(route: str, address: str) -> str:
    """What makes a page another one: its address, or for what differs by the object alone its pattern, face and action."""
    path, _mark, asked = address.partition("?")
    if asked and "{" not in "".join(FACES.get(route, ())):
        return f"{route}?{asked}"
    if route in OF_EACH or "<str:plural>" not in route:
        return path
    return f"{route} {path.rpartition('/')[2]}" if route.endswith("<int:id>/actions/<str:name>") else route


def _is_whole(answer: Any) -> bool:
    kind = answer.headers.get("Content-Type", "")
    return not answer.streaming and kind.startswith("text/html") and b"</html>" in answer.content
