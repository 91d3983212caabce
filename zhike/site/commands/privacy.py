"""``zhike privacy``: one person's data found, given out as a zip, erased; what a retention rule would take."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from zhike.access.signin import actor_of_login
from zhike.kernel.actor import Actor
from zhike.kernel.words import _, current_language
from zhike.records.as_of import instant_in
from zhike.records.privacy.breach import Question, breach, take_out
from zhike.records.privacy.breach_reports import report
from zhike.records.privacy.desk import erase_person, kept_by_law
from zhike.records.privacy.finding import PERSON, WRITTEN, Found, find_person
from zhike.records.privacy.giving_out import person_archive
from zhike.records.privacy.retention import preview
from zhike.site.commands.arguments import Given, WrongUsage
from zhike.site.commands.output import print_rows
from zhike.site.commands.session import actor_for, object_for, record_id


def run(given: Given, home: Path) -> int:
    """Find, give out or erase; what is erased without ``--keep`` is everything of theirs but their consents."""
    actor = actor_for(given, home)
    if given.shape.name == "privacy retention":
        return _retention(given, actor)
    if given.shape.name == "privacy leak":
        return _leak(given, actor)
    spec, number = object_for(given), record_id(given.word("ID"))
    found = find_person(actor, spec.key, number)
    if given.shape.name == "privacy find":
        _show(given, found)
    elif given.shape.name == "privacy export":
        if not given.has("out"):
            raise WrongUsage(_("The option “--out” is missing: {usage}").with_(usage=given.shape.usage))
        data = person_archive(actor, spec.key, number, [], given.text("why"))
        out = Path(given.text("out"))
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(data)
        print(_("Written to {file}.").with_(file=out))
    else:
        kept = {one.key: kept_by_law(one) for one in found.of(PERSON, WRITTEN) if kept_by_law(one)}
        for text in given.list("keep"):
            key, sign, why = text.partition("=")
            if not sign:
                raise WrongUsage(
                    _("--keep takes a record and why, such as {example}.").with_(example="file:12=invoice")
                )
            kept[key] = why
        keys = [one.key for one in found.of(PERSON, WRITTEN) if one.key not in kept]
        done = erase_person(actor, spec.key, number, keys, given.text("mode", "anonymise"), given.text("why"), kept)
        print(_("{n} records and {m} files are empty for good.").with_(n=done.erased, m=done.files))
    return 0


def _retention(given: Given, actor: Actor) -> int:
    found = preview(actor, object_for(given).key, given.text("where"), given.text("then", "trash"))
    print(_("{n} would be taken").with_(n=f"{len(found.free):,}" + ("+" if found.more else "")))
    for text, number in found.reasons:
        print(_("{n} are kept: {why}").with_(n=f"{number:,}", why=text))
    free, held = found.samples(actor)
    lines = [{"id": one, "title": title, "kept": ""} for one, title in free]
    lines += [{"id": one, "title": title, "kept": str(text)} for one, title, text in held]
    print_rows(sys.stdout, given.text("format", "table"), ("id", "title", "kept"), lines)
    return 0


def _leak(given: Given, actor: Actor) -> int:
    person = actor_of_login(given.text("who")) if given.has("who") else None
    period = [instant_in(given.text(key), actor.timezone) if given.has(key) else None for key in ("since", "until")]
    question = Question(
        period[0], period[1], tuple(given.list("objects")), tuple(given.list("fields")), (person.id,) if person else (),
        given.text("token"),
    )  # fmt: skip
    found = breach(actor, question)
    if given.has("report"):
        print(report(found, given.text("report"), current_language()))
        return 0
    heads, lines = take_out(actor, found)
    print_rows(
        sys.stdout, given.text("format", "table"), tuple(heads), [dict(zip(heads, one, strict=True)) for one in lines]
    )
    return 0


def _show(given: Given, found: Found) -> None:
    print_rows(
        sys.stdout,
        given.text("format", "table"),
        ("record", "role", "title", "why", "fields", "trashed"),
        [
            {
                "record": one.key,
                "role": one.role,
                "title": one.title,
                "why": str(one.why),
                "fields": ", ".join(field.key for field in one.fields),
                "trashed": one.trashed,
            }
            for one in found.places
        ],
    )
