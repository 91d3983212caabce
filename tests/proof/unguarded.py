"""Takes one guard away before tests run, so that they must turn red: ``UNGUARDED=tokens pytest -p tests.proof.unguarded …``.

A test that stays green without the guard it is about sees nothing. Used by `make prove CONTROL=1`."""

from __future__ import annotations

import dataclasses
import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest


def pytest_collection_finish(session: pytest.Session) -> None:
    """Everything is imported by now, and nothing has run."""
    GUARDS[os.environ["UNGUARDED"]]()


def everywhere(module: str, name: str, other: Any) -> None:
    """Put ``other`` in the place of a function, wherever it was imported to."""
    one = getattr(importlib.import_module(module), name)
    for known in list(sys.modules.values()):
        if getattr(known, "__name__", "").startswith(("zhike", "tests")) and vars(known).get(name) is one:
            setattr(known, name, other)


def _no_rows() -> None:
    from zhike.query.tree import EVERYTHING

    everywhere("zhike.access.ways", "scope", lambda *_args: EVERYTHING)


def _a_wrong_comparison() -> None:
    from zhike.query.sql import Compiler

    right = Compiler._compare

    def wrong(self: Any, node: Any) -> str:
        return right(self, dataclasses.replace(node, op="<") if node.op == "<=" else node)

    Compiler._compare = wrong  # type: ignore[method-assign]


def _unpacked_unseen() -> None:
    everywhere("zhike.records.tabular.guard", "guard_workbook", lambda *_args: None)


def _no_escaping() -> None:
    from zhike.web.jinja import engine

    engine().autoescape = False


def _texts_are_templates() -> None:
    from zhike.web.jinja import engine

    def worked_out(value: Any) -> Any:
        return engine().from_string(value).render() if isinstance(value, str) and "{{7" in value else value

    engine().finalize = worked_out


def _everywhere_is_outside() -> None:
    everywhere("zhike.channels.outbound", "is_public", lambda _address: True)


def _cells_as_they_are() -> None:
    everywhere("zhike.records.tabular.cells", "guard_cell", lambda text: text)


def _any_type_in_place() -> None:
    from zhike.records import files
    from zhike.web.generic import files as pages

    shown = (
        "text/html",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/javascript",
        "application/javascript",
        "text/xml",
    )
    files.SAFE_TYPES += shown  # type: ignore[assignment]
    pages.LOOKED_AT = (*pages.LOOKED_AT, *shown)  # type: ignore[attr-defined]


def _on_to_anywhere() -> None:
    everywhere("zhike.web.links", "local", lambda address, otherwise="/": address or otherwise)


def _no_work_for_nobody() -> None:
    from zhike.access.signin import passwords

    right = passwords.is_password_of
    everywhere(
        "zhike.access.signin.passwords",
        "is_password_of",
        lambda person, password: person is not None and right(person, password),
    )


def _no_tokens() -> None:
    from django.middleware.csrf import CsrfViewMiddleware

    CsrfViewMiddleware.process_view = lambda *_args, **_more: None  # type: ignore[method-assign]


def _system_fields_open() -> None:
    everywhere("zhike.records.parsing", "_may_set", lambda *_args: True)


def _no_field_rights() -> None:
    everywhere("zhike.access.rights", "field_right", lambda *_args: "write")


def _names_into_sql() -> None:
    from zhike.records import asking

    everywhere("zhike.records.asking", "question", _pasted(asking.question))


def _pasted(right: Callable[..., Any]) -> Callable[..., Any]:
    from zhike.store.database import rows

    def question(actor: Any, spec: Any, where: str, *more: Any, **words: Any) -> Any:
        if where:
            rows(f"SELECT 1 FROM \"{spec.table}\" WHERE \"id\" = 0 AND '{where}' = ''")
        return right(actor, spec, where, *more, **words)

    return question


GUARDS: dict[str, Callable[[], None]] = {
    "rows": _no_rows,
    "comparison": _a_wrong_comparison,
    "workbooks": _unpacked_unseen,
    "escaping": _no_escaping,
    "templates": _texts_are_templates,
    "addresses": _everywhere_is_outside,
    "cells": _cells_as_they_are,
    "types": _any_type_in_place,
    "way": _on_to_anywhere,
    "same work": _no_work_for_nobody,
    "tokens": _no_tokens,
    "system fields": _system_fields_open,
    "fields": _no_field_rights,
    "parameters": _names_into_sql,
}
