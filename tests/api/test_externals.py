"""Ids of records in other systems, through the API."""

from __future__ import annotations

import pytest

from tests.api.conftest import Caller


def test_a_record_is_made_with_an_id_of_another_system_and_found_by_it(api: Caller) -> None:
    record = api.post("accounts", {"name": "凌渡", "_external": {"erp": "7"}})["id"]
    assert api.get(f"accounts/{record}")["_external"] == {"erp": "7"}
    assert [one["id"] for one in api.get("accounts?external=erp:7")["items"]] == [record]
    assert api.get("accounts?external=erp:8")["items"] == []


def test_an_id_of_another_system_belongs_to_one_record(api: Caller) -> None:
    api.post("accounts", {"name": "One", "_external": {"erp": "7"}})
    refused = api.post("accounts", {"name": "Two", "_external": {"erp": "7"}}, 422)
    assert [one["field"] for one in refused["errors"]] == ["_external"]


@pytest.mark.parametrize("wrong", ["7", ["erp"], {"erp": 7}, {"erp": ""}, {"": "7"}, {"erp": "x" * 300}])
def test_a_wrong_shape_of_ids_is_named(api: Caller, wrong: object) -> None:
    assert "_external" in str(api.post("accounts", {"name": "One", "_external": wrong}, 400))
