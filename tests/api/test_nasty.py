"""Questions nobody should ask: each is answered with what is wrong, and none breaks anything."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.api.conftest import Caller
from zhike.schema.registry import registry

FILTERS = (
    "name = 'x",
    'name = "\x00"',
    "name ~ '%'",
    'name = "a\' or 1=1 --"',
    "name__startswith = x",
    "_connector = OR",
    "id in (" + ",".join(["1"] * 3000) + ")",
    "(" * 300 + "name = x" + ")" * 300,
    "not " * 500 + "name = x",
    " or ".join(["name = x"] * 300),
    "created within last 99999999999999 days",
    "created within next 400 years",
    "created = 9999-12-31",
    "created < 0001-01-01",
    "created = 2026-02-30",
    "id = 99999999999999999999999999",
    "id > -1",
    "id = 1.5",
    "owner.owner.owner.owner.owner.owner.owner.name = x",
    "owner.name.name = x",
    "owner = me and owner != me",
    "name is empty is empty",
    "name in ()",
    "name = {{7*7}}",
    "\ud83d",
    "名称 = 甲",
    "a" * 8001,
    "archived is not empty",
    "trashed is empty",
    "version = 1",
)
SORTS = (
    "-",
    "--name",
    "name,",
    ",",
    "name,name",
    "-name,id,created",
    "owner.name",
    "nope",
    "id;drop table x",
    "\x00",
    "custom",
)
COLUMNS = ("nope", "name.first", "id,id", "version", "custom", "\x00", "vault")
MARKS = (
    "x",
    "W10",
    "bnVsbA",
    "WzFd",
    "W1sxXSwxXQ",
    "W1tbXV0sMV0",
    "=" * 9,
    "\x00",
    "eyJhIjoxfQ",
    "W1siXHUwMDAwIl0sMV0",
)
GROUPS = ("nope", "name:year", "created:nonsense", "created:year,created:year", "owner.owner", "\x00", ":", "id:day")
MEASURES = (
    "sum",
    "sum:",
    "sum:name",
    "nope:id",
    "sum:id",
    "count:id",
    "max:created",
    "avg:version",
    "\x00",
    "count,count",
)


KINDS_OF_ONES_OWN = (
    "text long_text rich_text number percent money date instant duration yes_no url phone email address secret_text file any_link"
).split()


@pytest.fixture
def box(api: Caller) -> None:
    """A custom object with a field of every kind somebody can fill in."""
    options = [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]
    fields = [{"key": "name", "label": "名称", "kind": "text", "required": True}]
    fields += [{"key": f"a_{kind}", "label": kind, "kind": kind} for kind in KINDS_OF_ONES_OWN]
    fields += [{"key": f"a_{kind}", "label": kind, "kind": kind, "options": options} for kind in ("choice", "choices")]
    fields += [{"key": f"a_{kind}", "label": kind, "kind": kind, "to": "account"} for kind in ("link", "links")]
    fields += [{"key": "twice", "label": "两倍", "kind": "formula", "formula": "a_number * 2", "result": "number"}]
    api.post("objects", {"key": "box", "label": "盒子", "plural": "boxes", "fields": fields})
    api.post(
        "boxes", {"name": "一", "a_number": 3, "a_money": "1.50", "a_date": "2026-03-31", "a_phone": "13812341234"}
    )


@pytest.mark.usefixtures("box")
@pytest.mark.parametrize("key", ["account", "follow_up", "grant", "box"])
def test_no_question_breaks_anything(api: Caller, key: str) -> None:
    plural = registry.object(key).plural
    questions = [f"{plural}?where={quote(one, errors='surrogatepass')}" for one in FILTERS]
    questions += [f"{plural}?sort={quote(one)}" for one in SORTS]
    questions += [f"{plural}?columns={quote(one)}" for one in COLUMNS]
    questions += [f"{plural}?after={quote(one)}" for one in MARKS]
    questions += [f"{plural}?sort=name&after={quote(one)}" for one in MARKS]
    questions += [f"{plural}/aggregate?by={quote(one)}" for one in GROUPS]
    questions += [f"{plural}/aggregate?measures={quote(one)}" for one in MEASURES]
    wrong = []
    for question in questions:
        response = api("GET", question)
        told = json.loads(response.content)
        good = response.status_code == 200 or (response.status_code in (400, 403) and told["errors"])
        if not good:
            wrong.append((question[:120], response.status_code))
    assert not wrong


@pytest.mark.usefixtures("box")
@pytest.mark.parametrize("key", [*sorted(spec.key for spec in registry), "box"])
def test_every_field_of_every_object_answers(api: Caller, key: str) -> None:
    spec = registry.object(key)
    for field in spec.fields:
        page = api("GET", f"{spec.plural}?columns={field.key}&where={field.key} is not empty")
        assert page.status_code == 200, (field.key, page.content)
        for question in (
            f"sort=-{field.key}",
            f"where={field.key} = 1",
            f"where={field.key} ~ x",
            f"where={field.key} > 2026-01-01",
        ):
            assert api("GET", f"{spec.plural}?{question}").status_code in (200, 400), (field.key, question)
        for question in (f"by={field.key}", f"by={field.key}:year", f"measures=sum:{field.key},max:{field.key}"):
            assert api("GET", f"{spec.plural}/aggregate?{question}").status_code in (200, 400), (field.key, question)


VALUES = (
    "x" * 100_000,
    "a\x00b",
    -1,
    10**30,
    1.5,
    True,
    [],
    {},
    ["x"],
    {"id": "x"},
    {"amount": "1e400"},
    "2026-02-30",
    "𠮷😀",
    "NaN",
    {"masked": "1"},
)


@pytest.mark.usefixtures("box")
@pytest.mark.parametrize("key", ["contact", "opportunity", "file", "box"])
def test_no_value_of_any_field_breaks_anything(api: Caller, key: str) -> None:
    spec = registry.object(key)
    for field in spec.fields:
        for value in VALUES:
            response = api("POST", spec.plural, {field.key: value})
            if response.status_code == 201:
                assert api("GET", f"{spec.plural}/{response.json()['id']}").status_code == 200
            assert response.status_code in (201, 422), (field.key, str(value)[:40], response.content[:300])
