"""Drafts of the reports a leak asks for, filled with the figures: the first one within four hours, the full one within
72. What only people know is left open to be written in."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from zhike.access.people import people
from zhike.kernel.clock import now
from zhike.kernel.words import Words, _, speaking
from zhike.records.company.settings import company
from zhike.records.privacy.breach import Breach
from zhike.records.privacy.reading import ACTS
from zhike.schema.registry import registry

FIRST, FULL = "four_hours", "three_days"
REPORTS: Mapping[str, Words] = {FIRST: _("First report, within four hours"), FULL: _("Full report, within 72 hours")}
LANGUAGES = ("zh-hans", "en")
OPEN = "________"
MOST_NAMED = 20
LEVELS: tuple[tuple[int, Words], ...] = (
    (100_000_000, _("particularly serious (over 100 million people)")),
    (10_000_000, _("serious (over 10 million people)")),
    (1_000_000, _("significant (over one million people)")),
    (0, _("general by the number of people alone (up to one million); other criteria may raise it")),
)

Section = tuple[Words, tuple[Words, ...]]
PERIOD = _("Readings by the access log: {period}")
DATA = _("Data: {fields}")
WAYS = _("How it was read: {ways}; by: {by}")
ORGANISATION = _("Organisation: {company}")

# What the Measures for reporting cybersecurity incidents (in force since 1 November 2025) ask for at first.
FIRST_SECTIONS: tuple[Section, ...] = (
    (
        _("Who reports"),
        (
            ORGANISATION,
            _("System concerned: customer system Zhike, kept by ourselves; records: {objects}"),
            _("Person to turn to, phone: {open}"),
        ),
    ),
    (_("When and where it was found and happened"), (_("Found on, by whom, how: {open}"), PERIOD, _("Place: {open}"))),
    (_("Kind and level"), (_("Kind: leak of personal data"), _("Level by the number of people: {level}"))),
    (
        _("What came of it so far"),
        (_("People concerned: {persons}; records: {records} ({unknown})"), DATA, WAYS),
    ),
    (
        _("Measures taken and what they did"),
        (_("Such as access and tokens ended, passwords changed, network closed: {open}"),),
    ),
    (_("How it may go on, and further harm"), (_("Such as fraud by phone, unwanted advertising: {open}"),)),
    (_("Cause, as far as it is known"), (_("First analysis: {open}"),)),
    (
        _("Leads for the investigation"),
        (
            _("Attacker, path, weakness: {open}"),
            _("Kept: the access log, the audit chain (proved by “zhike check --audit”), backups"),
        ),
    ),
    (_("What is planned, and help asked for"), (_("Next steps: {open}"),)),
    (_("Keeping the scene"), (_("What was kept and how: {open}"),)),
)
# What article 33 (3) GDPR asks for, and article 57 PIPL.
FULL_SECTIONS: tuple[Section, ...] = (
    (
        _("Who is responsible"),
        (ORGANISATION, _("Data protection officer or contact, with name, phone, e-mail: {open}")),
    ),
    (
        _("What happened"),
        (
            _("Loss of confidentiality, integrity or availability; how and why: {open}"),
            PERIOD,
            WAYS,
            _("When we became aware of it; if over 72 hours ago, why: {open}"),
        ),
    ),
    (
        _("Kinds of data and numbers"),
        (_("People concerned: about {persons}; records: about {records} ({unknown})"), _("Records: {objects}"), DATA),
    ),
    (_("Likely consequences"), (_("What may happen to the people concerned: {open}"),)),
    (_("Measures taken or proposed"), (_("To mend it and to lessen the harm: {open}"),)),
    (
        _("What the people concerned can do themselves"),
        (_("Such as to be wary of calls, to change passwords: {open}"),),
    ),
    (
        _("Telling the people concerned"),
        (_("How and when, or which measures avoid the harm so that it need not be (PIPL 57, GDPR 34): {open}"),),
    ),
    (_("Other authorities told"), (_("Which, when: {open}"),)),
)
DRAFTS: Mapping[str, tuple[Words, tuple[Section, ...]]] = {
    FIRST: (_("First report of a cybersecurity incident (leak of personal data)"), FIRST_SECTIONS),
    FULL: (_("Notification of a personal data breach"), FULL_SECTIONS),
}


def report(found: Breach, kind: str, language: str) -> str:
    """The draft as text in one of :data:`LANGUAGES`, whatever language is spoken here."""
    with speaking(language):
        facts = _facts(found)
        title, sections = DRAFTS[kind]
        parts = [str(title), str(_("Drawn up on {made}").with_(**facts)), ""]
        for number, (heading, texts) in enumerate(sections, start=1):
            parts += [f"{number}. {heading}", *(f"   {text.with_(**facts)}" for text in texts), ""]
        return "\n".join(parts)


def _facts(found: Breach) -> dict[str, str]:
    joined = str(_(", "))
    zone = ZoneInfo(company().timezone)
    period = found.period
    persons = people().persons
    named = [persons[one].name if one in persons else f"#{one}" for one in found.by]
    fields = [f"{field.label} ({registry.object(key).label}, {number:,})" for key, field, number in found.fields]
    objects = [f"{spec.plural_label} {number:,}" for key, number in found.objects if (spec := registry.find(key))]
    acts = sorted({act for one in found.subjects for act in one.acts})
    unknown = (
        _("{n} further readings are known by number only").with_(n=f"{found.unknown:,}")
        if found.unknown
        else _("all of them are known one by one")
    )
    return {
        "company": company().name or OPEN,
        "persons": f"{found.persons:,}",
        "records": f"{len(found.subjects):,}",
        "objects": joined.join(objects) or OPEN,
        "fields": joined.join(fields) or str(_("no field in full")),
        "by": joined.join(named[:MOST_NAMED]) + (" …" if len(named) > MOST_NAMED else "") or OPEN,
        "ways": joined.join(str(ACTS.get(one, one)) for one in acts) or OPEN,
        "period": " – ".join(f"{one.astimezone(zone):%Y-%m-%d %H:%M}" for one in period) if period else OPEN,
        "level": str(next(text for least, text in LEVELS if found.persons > least or not least)),
        "unknown": str(unknown),
        "open": OPEN,
        "made": f"{now().astimezone(zone):%Y-%m-%d %H:%M}",
    }  # fmt: skip
