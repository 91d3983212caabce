"""Opportunity 商机."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.kernel.words import Words, _
from zhike.objects.sources import SOURCES
from zhike.schema.cubes import Cube
from zhike.schema.declare import action, asks, computes, forbids, holds
from zhike.schema.spec import Board, NumberRule, OnCalendar, Option, Same, Scope, Tab, View
from zhike.schema.values import Ref
from zhike.store.business import BusinessObject, declare
from zhike.store.columns import c

LOST_REASONS = (
    Option("price", _("Price")),
    Option("competitor", _("Chose a competitor")),
    Option("no_budget", _("No budget")),
    Option("no_need", _("No longer needed")),
    Option("no_answer", _("No answer")),
    Option("feature", _("Something was missing")),
    Option("other", _("Other")),
    Option("not_recorded", _("Not recorded")),
)


@declare
class Opportunity(BusinessObject):
    """A possible sale to one account, from first interest to won or lost."""

    name = c.Text(_("Name"), max=160, required=True, search=10)
    number = c.AutoNumber(_("Deal number"), NumberRule("SJ-", digits=5), unique=True, search=5)
    account = c.Link(_("Account"), to="account", back="opportunities")
    pipeline = c.Link(_("Pipeline"), to="pipeline", back="opportunities", readonly=True)
    stage = c.Link(_("Stage"), to="stage", back="opportunities", required=True, default="contact")
    amount = c.Money(_("Amount"), index=True)
    probability = c.Percent(_("Probability"))
    product = c.Link(_("Main product"), to="product", back="opportunities")
    opened_on = c.Date(_("Opened on"), default="today", index=True)
    close_on = c.Date(_("Close date"), index=True)
    lost_reason = c.Choice(_("Reason lost"), LOST_REASONS, index=True)
    reason = c.LongText(_("Why won or lost"), max=2000)
    competitor = c.Text(_("Competitor"), max=120)
    source = c.Choice(_("Source"), SOURCES, index=True)
    need = c.LongText(_("What they need"), max=4000, search=1, personal=True)
    stage_entered = c.Instant(_("In this stage since"), readonly=True, index=True)
    days_to_close = c.Formula(_("Days to close"), "number", "days(opened_on, close_on)")

    class About:
        key, plural, icon, title = "opportunity", "opportunities", "target", "name"
        label, plural_label = _("Opportunity"), _("Opportunities")
        help = _("A possible sale with its amount. Its stage says how likely it is and what to do next.")
        columns = "name account stage amount probability close_on owner"
        highlights = "account amount probability close_on product owner"
        board = Board("stage", "amount", ("name", "account", "amount", "close_on", "owner"))
        cube = Cube.of(
            "amount",
            "stage close_on:month",
            "stage opened_on:month",
            "stage lost_reason close_on:month",
            "stage product close_on:month",
            "stage source close_on:month",
            "stage probability",
            "owner stage close_on:month",
            "owner stage opened_on:month",
            "owner stage probability",
            "stage close_on",
            "stage opened_on",
            "owner stage lost_reason close_on:month",
            "owner stage product close_on:month",
            "stage product lost_reason close_on",
            "owner stage close_on",
            along="pipeline",
        )
        form = (
            Tab.of(_("Deal"), "name account stage amount probability close_on product owner"),
            Tab.of(_("Background"), "source opened_on competitor need"),
            Tab.of(_("Outcome"), "lost_reason reason"),
            Tab.of(_("More"), "number pipeline stage_entered days_to_close"),
        )
        related = "contact_roles tasks files follow_ups notes comments"
        same = Same.of("name:text account:link")
        phone = "name amount account stage"
        path = "stage"
        views = (
            View("open", _("Under way"), "stage.outcome = open", first=True),
            View("closing", _("Closing this month"), "stage.outcome = open and close_on within this month", "close_on"),
            View("late", _("Past their date"), "stage.outcome = open and close_on < today", "close_on"),
            View(
                "resting",
                _("Resting for a month"),
                "stage.outcome = open and stage_entered < today - 30 days",
                "stage_entered",
            ),
            View("won", _("Won this quarter"), "stage.outcome = won and close_on within this quarter", "-close_on"),
        )
        calendar = (
            OnCalendar(
                "close_on",
                _("Expected closes"),
                "green",
                where="stage.outcome != lost",
                done="stage.outcome = won",
                under=("account", "amount"),
            ),
        )
        handed = "stage.outcome = open"
        group = "sales"


@declare
class OpportunityContact(BusinessObject):
    """A contact's part in an opportunity."""

    opportunity = c.Link(_("Opportunity"), to="opportunity", back="contact_roles", required=True, on_delete="trash")
    contact = c.Link(_("Contact"), to="contact", back="opportunity_roles", required=True, on_delete="trash")
    part = c.Text(_("Role"), max=80, hint=_("Decides, evaluates, signs …"))
    main = c.YesNo(_("Main contact"))

    class About:
        key, plural, icon, title = "opportunity_contact", "opportunity_contacts", "user-round-check", "part"
        label, plural_label = _("Contact role"), _("Contact roles")
        help = _("Who has a say in a deal, and which part they play.")
        columns = "contact opportunity part main"
        form = (Tab.of(_("Contact role"), "opportunity contact part main"),)
        phone = "contact part opportunity"
        scope = Scope.follows("opportunity")
        group = "hidden"


forbids(
    "opportunity",
    "stage.outcome = won and account is empty",
    _("A won deal needs an account."),
    "account",
    "won_needs_account",
)
forbids(
    "opportunity",
    "stage.outcome = lost and lost_reason is empty",
    _("Say why the deal was lost."),
    "lost_reason",
    "lost_needs_reason",
)

holds("opportunity", "stage.outcome = open", _("A deal is still open"))
holds(
    "opportunity",
    "stage.outcome = won and close_on > today - 3 years",
    _("Something was sold to them within three years: claims from it are not yet out of time"),
)


@computes("opportunity", needs="stage.pipeline stage.probability stage.outcome stage.required_fields stage.name")
def follow_the_stage(deal: Any) -> Mapping[str, Any]:
    """A new stage brings its pipeline and probability, starts its clock, and dates the end of a closed deal."""
    filled: dict[str, Any] = {"pipeline": deal["stage.pipeline"]}
    if deal.changed("close_on") and deal["close_on"] and deal["opened_on"] and deal["close_on"] < deal["opened_on"]:
        deal.warn(_("The close date lies before the opportunity was opened. Look at both dates."), "close_on")
    historic = deal.command.historic
    if not historic:
        _ask_for_required(deal)
    if not deal.changed("stage"):
        return filled
    if "probability" not in deal.given or not deal.changed("probability"):
        filled["probability"] = deal["stage.probability"]
    if deal.given.get("stage_entered") is None:
        filled["stage_entered"] = deal.now
    if deal["stage.outcome"] in ("won", "lost") and deal.given.get("close_on") is None and not historic:
        filled["close_on"] = deal.today
    return filled


def _ask_for_required(deal: Any) -> None:
    """What the stage asks for is there when the deal enters it, and is not emptied while it stays."""
    for key in (deal["stage.required_fields"] or "").split():
        field = deal.spec.field(key)
        asked = field is not None and (deal.changed("stage") or deal.changed(key))
        if field is not None and asked and deal.values.get(key) in (None, ()):
            text = _("The stage “{stage}” asks for “{field}”.")
            deal.refuse(text.with_(stage=deal["stage.name"] or "", field=field.label), key, "stage-asks")


_ANSWERS = (
    asks("account", _("Account"), "link", to="account", hidden=True),
    asks("amount", _("Amount"), "money", hidden=True),
    asks("close_on", _("Close date"), "date", hidden=True),
    asks("product", _("Main product"), "link", to="product", hidden=True),
    asks("lost_reason", _("Reason lost"), "choice", options=LOST_REASONS, hidden=True),
    asks("reason", _("Why won or lost"), "long_text", hidden=True),
)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


@action(
    "opportunity", "move_stage", _("Move to stage"), icon="arrow-right-left",
    inputs=(asks("stage", _("Stage"), "link", to="stage", required=True), *_ANSWERS),
)  # fmt: skip
def move_stage(doors: Any, deal: Any, values: Mapping[str, Any]) -> Words:
    """Move the deal to another stage, together with what that stage asks for."""
    doors.update("opportunity", deal.id, _given(values))
    stage = doors.one("stage", values["stage"].id)
    return _("“{deal}” is now in “{stage}”").with_(deal=deal.title, stage=stage.title)


def closing_stage(doors: Any, deal: Any, outcome: str) -> Ref:
    """The stage of the deal's pipeline, else of any, that means won or lost."""
    pipeline = deal.values.get("pipeline")
    where = f"outcome = {outcome}" + (f" and pipeline = {pipeline.id}" if pipeline else "")
    found = doors.read("stage", where, sort="position", size=1).rows
    if not found:
        found = doors.read("stage", f"outcome = {outcome}", sort="position", size=1).rows
    return Ref("stage", found[0].id)


@action(
    "opportunity", "win", _("Mark as won"), icon="trophy", when="stage.outcome = open",
    inputs=(
        asks("amount", _("Amount"), "money", hint=_("Leave empty to keep the amount")),
        asks("close_on", _("Won on"), "date", default="today"),
        asks("account", _("Account"), "link", to="account", hidden=True),
        asks("reason", _("Why we won"), "long_text"),
    ),
)  # fmt: skip
def win(doors: Any, deal: Any, values: Mapping[str, Any]) -> Words:
    """Close the deal as won."""
    doors.update("opportunity", deal.id, {**_given(values), "stage": closing_stage(doors, deal, "won")})
    return _("“{deal}” is won").with_(deal=deal.title)


@action(
    "opportunity", "lose", _("Mark as lost"), icon="circle-x", when="stage.outcome = open", danger=True,
    inputs=(
        asks("lost_reason", _("Reason lost"), "choice", options=LOST_REASONS, required=True),
        asks("reason", _("What happened"), "long_text"),
        asks("competitor", _("Competitor"), "text", max=120),
        asks("close_on", _("Lost on"), "date", default="today"),
    ),
)  # fmt: skip
def lose(doors: Any, deal: Any, values: Mapping[str, Any]) -> Words:
    """Close the deal as lost and keep the reason."""
    doors.update("opportunity", deal.id, {**_given(values), "stage": closing_stage(doors, deal, "lost")})
    return _("“{deal}” is lost").with_(deal=deal.title)
