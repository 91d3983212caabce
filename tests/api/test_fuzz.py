"""Schemathesis against the API's own document: whatever is sent, the answer is one the document promises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import Caller
from zhike.api.urls import OPERATIONS

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
GENERAL = "general"
ON_BOTH = ("accounts", "vehicles", GENERAL)  # what the database may answer differently
# Objects that between them have every kind of field; people and roles stay as they are, or the caller locks itself out.
OBJECTS = ("accounts", "contacts", "opportunities", "follow_ups", "vehicles")
EXAMPLES = 12


@pytest.fixture
def filled(api: Caller) -> dict[str, int]:
    """A record of each object, a custom object among them, and their ids."""
    fields = [
        {"key": "name", "label": "车牌", "kind": "text", "required": True},
        {"key": "seats", "label": "座位", "kind": "number", "index": True},
        {
            "key": "fuel",
            "label": "燃料",
            "kind": "choice",
            "options": [{"key": "e", "label": "电"}, {"key": "g", "label": "油"}],
        },
        {"key": "drivers", "label": "司机", "kind": "links", "to": "user"},
        {"key": "price", "label": "价格", "kind": "money"},
        {"key": "place", "label": "停放", "kind": "address"},
        {"key": "bank", "label": "账号", "kind": "secret_text", "format": "bank_account"},
    ]
    api.post("objects", {"key": "vehicle", "label": "车辆", "fields": fields})
    account = api.post("accounts", {"name": "甲公司"})["id"]
    return {
        "accounts": account,
        "contacts": api.post("contacts", {"name": "张三", "account": account, "phone": "13812341234"})["id"],
        "opportunities": api.post("opportunities", {"name": "商机", "stage": "contact", "account": account})["id"],
        "follow_ups": api.post("follow_ups", {"parent": {"object": "account", "id": account}, "summary": "电话"})["id"],
        "vehicles": api.post("vehicles", {"name": "苏E·12345"})["id"],
    }


@contextmanager
def staying_connected() -> Iterator[None]:
    """The end of a request leaves the test's transaction alone, as in Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def operations_of(schema: Any, chosen: str) -> Iterator[Any]:
    """The operations on one object (each action only once over all objects), or those on none."""
    shared = {"transfer", "archive", "unarchive", "trash", "restore", "merge"}
    for result in schema.get_all_operations():
        operation = result.ok()
        parts = operation.path.split("/")
        own = parts[3] == chosen
        general = parts[3] in {one.path.split("/")[0] for one in OPERATIONS}
        if "actions" in parts and parts[-1] in shared and chosen != "vehicles":
            continue
        if own or (chosen == GENERAL and general):
            yield operation


@pytest.mark.parametrize(
    "chosen",
    [pytest.param(one, marks=() if one in ON_BOTH else pytest.mark.sqlite) for one in (*OBJECTS, GENERAL)],
)
def test_every_answer_is_one_the_document_promises(api: Caller, filled: dict[str, int], chosen: str) -> None:
    schema: Any = schemathesis.openapi.from_dict(api.get("openapi.json"))
    schema.app = WSGIHandler()
    headers = {"Authorization": f"Bearer {api.token}", "Host": "testserver"}
    tried = 0
    with staying_connected():
        for operation in operations_of(schema, chosen):
            send(operation, headers, filled.get(chosen, 1))
            tried += 1
    assert tried >= 7


def send(operation: Any, headers: dict[str, str], record: int) -> None:
    """Valid and invalid requests to one operation, to a record that exists and to others."""
    cases = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, real=st.booleans())
    def sent(case: Any, real: bool) -> None:
        if real and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = record
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS)

    sent()


def test_the_document_is_valid_and_its_examples_fit(api: Caller, filled: dict[str, int]) -> None:
    document = api.get("openapi.json")
    schema: Any = schemathesis.openapi.from_dict(document)
    schema.validate()
    identifiers = [entry["operationId"] for path in document["paths"].values() for entry in path.values()]
    assert len(identifiers) == len(set(identifiers))
    for plural in OBJECTS:
        body = document["paths"][f"/api/v1/{plural}"]["post"]["requestBody"]["content"]["application/json"]
        judge = jsonschema_rs.Draft202012Validator({**body["schema"], "components": document["components"]})
        assert not [str(error) for error in judge.iter_errors(body["example"])]
        assert not judge.is_valid({"no_such_field": 1})
        shown = api.get(f"{plural}/{filled[plural]}")
        name = document["paths"][f"/api/v1/{plural}/{{id}}"]["get"]["responses"]["200"]["content"]["application/json"]
        judge = jsonschema_rs.Draft202012Validator({**name["schema"], "components": document["components"]})
        assert not [str(error) for error in judge.iter_errors(shown)]
