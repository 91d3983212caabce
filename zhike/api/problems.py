"""The one error shape: RFC 9457 problem details, in the reader's language, naming fields and positions."""

from __future__ import annotations

from typing import Any

from zhike.kernel.errors import BadQuery, Conflict, Refused, Stale

TYPE = "/api/v1/docs#problem-{code}"


def problem_json(error: Refused, status: int | None = None) -> dict[str, Any]:
    """The refusal as an RFC 9457 object: type, title, status, detail, code, errors and, for filters, position."""
    errors = [
        {"field": problem.field, "code": problem.code, "message": str(problem.text)} for problem in error.problems
    ]
    shape: dict[str, Any] = {
        "type": TYPE.format(code=error.code),
        "title": str(error.title),
        "status": status or error.status,
        "detail": " ".join(one["message"] for one in errors),
        "code": error.code,
        "errors": errors,
    }
    if isinstance(error, BadQuery) and error.position is not None:
        shape["position"] = error.position
    if isinstance(error, Conflict):
        shape["version"] = error.version
        if not error.version:  # not a record: the values themselves, by what they belong to
            shape |= {"theirs": error.theirs, "yours": error.yours}
    if isinstance(error, Stale):
        versions = [problem.value for problem in error.problems if isinstance(problem.value, int)]
        shape |= {"version": versions[0]} if versions else {}
    return shape
