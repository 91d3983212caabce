"""The readable page of the API, made from the same document machines read: an overview, then one page per object."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from django.conf import settings

from zhike.api.openapi import REFUSALS, document
from zhike.api.operation import Call, Operation, Param, Reply
from zhike.kernel.errors import NotFound
from zhike.kernel.words import Words, _, current_language

FOLDER = Path(__file__).parent / "templates"
STYLE = "/api/v1/docs.css"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
OBJECT = Param("object", _("Show one object (its plural)."), most=80)
PROBLEMS: dict[str, Words] = {
    "bad-request": _("The JSON, a parameter or a header cannot be read."),
    "bad-query": _("The filter, sort, column or measure cannot be read; position says where."),
    "too-wide": _("The question would read a large table without an index; add a filter."),
    "unauthorized": _("No valid token."),
    "forbidden": _("Your roles do not allow this."),
    "not-found": _("There is no such record, or you cannot see it."),
    "method-not-allowed": _("The address exists and does not answer this method; see Allow."),
    "conflict": _("It conflicts with another record or with somebody’s change."),
    "stale": _("The record has changed since; version is the newest."),
    "precondition-required": _("If-Match is missing."),
    "too-large": _("The body is over 10 MB."),
    "unsupported-media-type": _("The body is not JSON."),
    "invalid": _("The values cannot be stored; errors names the fields."),
    "refused": _("A rule of your company forbids it; errors says which."),
    "busy": _("The database is busy; try again in a moment."),
}
WORDS: dict[str, Words] = {
    "title": _("Zhike API"),
    "start": _("Start here"),
    "objects": _("Objects"),
    "general": _("Everything else"),
    "problems": _("Errors"),
    "problems_text": _("Every refusal is application/problem+json (RFC 9457) and names the fields."),
    "parameters": _("Parameters"),
    "body": _("Body"),
    "answer": _("Answer"),
    "refusals": _("Refusals"),
    "required": _("required"),
    "custom": _("custom"),
    "machine": _("The same for machines: OpenAPI 3.1"),
    "overview": _("Overview"),
    "example": _("Example"),
    "token": _("Make a token"),
    "list": _("Read a list"),
    "create": _("Create a record"),
    "change": _("Change it: send back the version you read"),
    "back": _("Back to the application"),
}


def show_docs(call: Call, operations: tuple[Operation, ...]) -> Reply:
    """The overview, or all operations on the object named by ``?object=``."""
    doc = document(call.actor, operations)
    names = [tag["name"] for tag in doc["tags"]]
    chosen = call.params["object"] or ""
    shown = _operations(doc)
    by_path = {one["path"].split("/")[3]: one["tag"] for one in shown if one["tag"]}
    if chosen and chosen not in by_path:
        raise NotFound()
    plurals = {tag: plural for plural, tag in by_path.items()}
    menu = [
        {"plural": plurals[tag["name"]], "label": tag["x-displayName"], "help": tag.get("description", "")}
        for tag in doc["tags"]
        if tag["name"] in plurals
    ]
    about = next((one for one in menu if one["plural"] == chosen), {})
    text = _template().render(
        words={key: str(value) for key, value in WORDS.items()},
        language=current_language(),
        styles=[*_built("index.css"), STYLE],
        icons=_built("favicon.svg"),
        info=doc["info"],
        menu=menu,
        chosen=chosen,
        label=about.get("label", ""),
        help=about.get("help", ""),
        sample=next((one["plural"] for one in menu if one["plural"] == "accounts"), menu[0]["plural"] if menu else ""),
        operations=[one for one in shown if one["tag"] == (by_path.get(chosen) or None)],
        problems={code: str(said) for code, said in PROBLEMS.items()},
        refusals={str(status): str(said) for status, said in REFUSALS.items()},
        count=len(names),
    )
    return Reply(text=text, media="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})


def show_style(_call: Call) -> Reply:
    """The few styles of this page."""
    return Reply(text=(FOLDER / "docs.css").read_text("utf-8"), media="text/css; charset=utf-8")


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(FOLDER)
    made = jinja2.Environment(autoescape=True, loader=loader, trim_blocks=True, lstrip_blocks=True)
    return made.get_template("docs.html")


def _built(name: str) -> list[str]:
    """The address of an asset of the application; none while it is not built."""
    try:
        names = json.loads((Path(settings.STATIC_ROOT or "") / "manifest.json").read_text("utf-8"))
        return [f"{settings.STATIC_URL}{names[name]}"]
    except (OSError, ValueError, KeyError):
        return []


def _operations(doc: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for path, methods in doc["paths"].items():
        for method, entry in methods.items():
            body = entry.get("requestBody", {}).get("content", {}).get("application/json", {})
            good = next(status for status in entry["responses"] if status.startswith("2"))
            answer = entry["responses"][good].get("content", {}).get("application/json", {}).get("schema")
            found.append(
                {
                    "id": entry["operationId"],
                    "method": method.upper(),
                    "path": path,
                    "summary": entry["summary"],
                    "tag": (entry.get("tags") or [None])[0],
                    "parameters": [{**one, "type": type_words(one["schema"])} for one in entry["parameters"]],
                    "body": _rows(body.get("schema"), doc),
                    "example": json.dumps(body["example"], ensure_ascii=False, indent=2) if body.get("example") else "",
                    "status": good,
                    "answer": _rows(answer, doc),
                    "refusals": [status for status in entry["responses"] if status != good],
                }
            )
    return found


def _rows(schema: dict[str, Any] | None, doc: dict[str, Any]) -> list[dict[str, Any]]:
    schema = _resolved(schema or {}, doc)
    needed = schema.get("required", [])
    return [
        {
            "name": name,
            "type": type_words(one),
            "required": name in needed,
            "label": one.get("title", ""),
            "note": one.get("description", ""),
            "custom": bool(one.get("x-custom")),
        }
        for name, one in schema.get("properties", {}).items()
    ]


def _resolved(schema: dict[str, Any], doc: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = doc["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return found
    return schema


def type_words(schema: dict[str, Any]) -> str:
    """A schema in a few words: ``text``, ``integer 1–200``, ``"new" | "won"``, ``[Link]``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1].removeprefix("api.")
    for many in ("anyOf", "oneOf"):
        if many in schema:
            parts = [type_words(one) for one in schema[many] if one.get("type") != "null"]
            return " | ".join(dict.fromkeys(parts))
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    if "enum" in schema:
        return " | ".join(json.dumps(one, ensure_ascii=False) for one in schema["enum"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"[{type_words(schema.get('items', {}))}]"
    if kind == "object" and schema.get("properties"):
        return "{" + ", ".join(schema["properties"]) + "}"
    if kind == "integer" and schema.get("maximum", 2**53) < 2**31:
        return f"integer {schema.get('minimum', 0)}–{schema['maximum']}"
    return f"{kind} ({schema['format']})" if schema.get("format") else str(kind)
