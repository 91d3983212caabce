"""Rules for Python files. Each takes the parsed file and its path in the project, and yields ``(line, complaint)``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

Complaints = Iterator[tuple[int, str]]
Rule = Callable[[ast.Module, str], Complaints]

WRITERS = ("zhike/records/", "zhike/store/", "zhike/access/signin/", "/migrations/")
ALWAYS_A_WRITE = {"bulk_create", "bulk_update", "get_or_create", "update_or_create", "abulk_create", "asave", "adelete"}
WRITE_ON_A_QUERY = {"create", "update", "delete", "acreate", "aupdate"}
MANAGERS = {"objects", "_base_manager", "_default_manager"}
WRITING_SQL = re.compile(
    r"\s*(INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+[\"\w]+\s+SET|DELETE\s+FROM|REPLACE\s+INTO)\b", re.IGNORECASE
)
SEES_REQUESTS = ("zhike/web/", "zhike/api/", "zhike/site/")
UNSAFE_MODULES = {"pickle", "marshal", "shelve", "dill", "jsonpickle"}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__"}


def no_write_past_the_doors(tree: ast.Module, path: str) -> Complaints:
    """Only records, store and the sign-in package write; everybody else goes through the doors."""
    if any(part in f"/{path}" for part in WRITERS):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, owner = node.func.attr, node.func.value
            saves_itself = name in ("save", "delete") and not node.args and not isinstance(owner, ast.Call)
            if name in ALWAYS_A_WRITE or saves_itself or (name in WRITE_ON_A_QUERY and _asks_a_manager(owner)):
                yield node.lineno, f".{name}() writes past the doors"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITING_SQL.match(node.value):
            yield node.lineno, "SQL that writes, past the doors"


def _asks_a_manager(node: ast.expr) -> bool:
    return any(isinstance(part, ast.Attribute) and part.attr in MANAGERS for part in ast.walk(node))


def no_request_below_the_pages(tree: ast.Module, path: str) -> Complaints:
    """A web request is known to web, api and site; below, an Actor and plain values arrive."""
    if path.startswith(SEES_REQUESTS):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            ("django.http", "django.shortcuts", "django.urls")
        ):
            yield node.lineno, f"imports {node.module}"
        if isinstance(node, ast.arg) and node.arg in ("request", "req"):
            yield node.lineno, "takes a request"
        if isinstance(node, ast.Name) and node.id in ("HttpRequest", "HttpResponse"):
            yield node.lineno, f"speaks of {node.id}"


def nothing_is_run_from_text(tree: ast.Module, path: str) -> Complaints:
    """No text becomes code, and no bytes become objects of any class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in UNSAFE_CALLS:
            yield node.lineno, f"{node.func.id}()"
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            if name.split(".")[0] in UNSAFE_MODULES:
                yield node.lineno, f"imports {name}"
        if isinstance(node, ast.keyword) and node.arg == "shell" and not _is(node.value, False):
            yield node.value.lineno, "runs a shell"
        if isinstance(node, ast.Attribute) and node.attr in ("system", "popen") and _named(node.value, "os"):
            yield node.lineno, f"os.{node.attr}"
        if (
            isinstance(node, ast.Attribute)
            and node.attr in ("load", "load_all", "unsafe_load")
            and _named(node.value, "yaml")
        ):
            yield node.lineno, f"yaml.{node.attr}"


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def imports_stand_at_the_top(tree: ast.Module, path: str) -> Complaints:
    """No import inside a function; heavy libraries come through LazyModule. Django's ready() is where models may load."""
    for outer in ast.walk(tree):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
            if path.endswith("/apps.py") and outer.name == "ready":
                continue
            for node in ast.walk(outer):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield node.lineno, f"import inside {outer.name}()"


def a_file_says_what_it_is_for(tree: ast.Module, path: str) -> Complaints:
    """Every module and package begins with a sentence."""
    if "/migrations/" not in path and not ast.get_docstring(tree):
        yield 1, "no docstring"


def texts_speak_by_the_kernel(tree: ast.Module, path: str) -> Complaints:
    """The language of a text comes from ``kernel.words``; Django's own translation is switched off and would not be heard."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("django.utils", "django.utils.translation"):
            for one in node.names:
                if one.name in ("translation", "gettext", "get_language", "activate", "override"):
                    yield node.lineno, f"{one.name} of Django; use speaking() and current_language() of kernel.words"


def texts_stand_where_they_are_collected(tree: ast.Module, path: str) -> Complaints:
    """The collector of texts cannot look into f-strings: a text inside one would never be translated."""
    for string in ast.walk(tree):
        if isinstance(string, ast.JoinedStr):
            for node in ast.walk(string):
                if isinstance(node, ast.Call) and _named(node.func, "_"):
                    yield node.lineno, "a text inside an f-string; give it a name before"


RULES: tuple[Rule, ...] = (
    texts_speak_by_the_kernel,
    texts_stand_where_they_are_collected,
    no_write_past_the_doors,
    no_request_below_the_pages,
    nothing_is_run_from_text,
    imports_stand_at_the_top,
    a_file_says_what_it_is_for,
)
