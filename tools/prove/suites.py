"""Proofs that are tests: run in their long form on each database, and as controls with the guard they are about taken away."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.prove import Figure

BOTH, ONE = ("sqlite", "postgresql"), ("sqlite",)


@dataclass(frozen=True)
class Suite:
    """Tests that prove something, and the guard (of ``tests/proof/unguarded.py``) without which they must fail."""

    tests: tuple[str, ...]
    guard: str
    databases: tuple[str, ...] = ONE


WEB, NASTY = "tests/signin/test_web.py", "tests/proof/test_corpora.py"
CORPORA = {
    "scripts": Suite((f"{WEB}::test_no_text_becomes_code_on_any_page_nor_in_an_export",), "escaping"),
    "templates": Suite((f"{NASTY}::test_a_text_that_looks_like_a_template_stays_that_text",), "templates"),
    "addresses": Suite(("tests/signin/test_outbound.py",), "addresses"),
    "formulas": Suite(
        (
            "tests/tabular/test_write_table.py",
            f"{NASTY}::test_an_exported_list_holds_no_formula_and_comes_back_as_it_was",
        ),
        "cells",
    ),
    "uploads": Suite(
        (f"{NASTY}::test_an_upload_lies_under_a_random_name_and_is_never_run_by_a_browser", "tests/api/test_files.py"),
        "types",
    ),
    "redirects": Suite((f"{WEB}::test_nobody_is_sent_elsewhere",), "way"),
    "enumeration": Suite(
        (
            "tests/signin/test_passwords.py::test_the_work_for_a_name_nobody_has_is_the_work_for_a_wrong_password",
            "tests/signin/test_passwords.py::test_a_name_nobody_has_pauses_like_an_account",
            "tests/signin/test_passwords.py::test_asking_for_a_link_answers_everybody_alike_and_mails_only_who_there_is",
            "tests/pages/test_headers.py::test_a_missing_and_a_hidden_record_give_the_very_same_page",
            f"{NASTY}::test_the_api_answers_a_hidden_and_a_missing_record_alike",
        ),
        "same work",
    ),
    "forged forms": Suite(
        (
            f"{WEB}::test_no_address_takes_a_form_without_its_token",
            f"{NASTY}::test_a_session_alone_writes_nothing_through_the_api",
        ),
        "tokens",
    ),
    "mass assignment": Suite(
        (
            f"{WEB}::test_a_form_changes_only_what_it_may",
            f"{WEB}::test_nobody_gives_themselves_rights_through_a_form",
            f"{NASTY}::test_no_field_that_the_system_keeps_is_set_from_outside_on_any_object",
        ),
        "system fields",
    ),
    "hidden fields": Suite(("tests/api/test_canary.py",), "fields"),
    "SQL": Suite(("tests/doors/test_hostile_questions.py",), "parameters"),
}
MATRIX = Suite(("tests/proof/test_matrix.py",), "rows", BOTH)
QUESTIONS = Suite(("tests/proof/test_questions.py",), "comparison", BOTH)
MALFORMED = Suite(("tests/proof/test_malformed.py",), "workbooks", BOTH)


def corpora(control: bool) -> Figure:
    """Every corpus of hostile input; as a control each without its guard."""
    ran = {name: _run(suite, "sqlite", control) for name, suite in CORPORA.items()}
    red = [name for name, (_passed, failed, _told) in ran.items() if failed]
    said = f"{len(ran)} corpora, {sum(passed + failed for passed, failed, _told in ran.values())} tests, {len(red)} corpora red"
    if control and len(red) < len(ran):
        said += f"; green without their guard: {', '.join(ran.keys() - set(red))}"
    return Figure("hostile input", said, len(red) < len(ran) if control else not red)


def long_form(name: str, suite: Suite) -> Callable[[bool], Figure]:
    """A proof that runs a suite in its long form, on both databases, which must tell the same digests."""

    def prove(control: bool) -> Figure:
        parts, red, digests = [], 0, set()
        for database in ONE if control else suite.databases:
            passed, failed, told = _run(suite, database, control)
            red += failed
            digests |= {one.pop("digest") for one in told if "digest" in one}
            sums: Counter[str] = Counter()
            for one in told:
                sums.update(one)
            figures = [f"{count:,} {what}" for what, count in sums.items()]
            parts.append(f"{database}: {', '.join([f'{passed} tests hold', f'{failed} do not', *figures])}")
        alike = len(digests) < 2
        said = "; ".join(parts) + ("" if alike else "; the databases answer differently")
        return Figure(name, said, not red and alike)

    return prove


def _run(suite: Suite, database: str, control: bool) -> tuple[int, int, list[dict[str, Any]]]:
    """How many tests passed and failed, and the figures they told. Raises RuntimeError when none ran."""
    with tempfile.TemporaryDirectory(prefix="zhike-prove-") as folder:
        figures = Path(folder) / "figures"
        more = {"ZHIKE_TEST_DB": database, "PROVE": "quick" if control else "whole", "PROVE_FIGURES": str(figures)}
        unguarded = ["-p", "tests.proof.unguarded"] if control else []
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=line", *unguarded, *suite.tests],
            env={**os.environ, **more, "UNGUARDED": suite.guard, "ZHIKE_HOME": ""},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        found = {word: int(count) for count, word in re.findall(r"(\d+) (passed|failed|error)", done.stdout[-400:])}
        if done.returncode not in (0, 1) or not found:
            raise RuntimeError(f"{' '.join(suite.tests)} on {database}: {done.stdout[-1500:]}{done.stderr[-500:]}")
        if done.returncode and not control:
            print(done.stdout[-3000:], file=sys.stderr)
        told = [json.loads(line) for line in figures.read_text("utf-8").splitlines()] if figures.exists() else []
    return found.get("passed", 0), found.get("failed", 0) + found.get("error", 0), told
