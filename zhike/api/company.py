"""The company's facts and exchange rates: read by everybody with a token, changed by administrators."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from zhike.api.errors import BadRequest
from zhike.api.json_schema import ANY, BYTES
from zhike.api.operation import Call, Operation, Param, Reply, only_keys
from zhike.kernel.words import _
from zhike.records.company.company import FACTS, require_settings, set_company
from zhike.records.company.ecb_rates import LARGEST_FILE, import_rates
from zhike.records.company.number_rules import FACTS as NUMBER_FACTS
from zhike.records.company.number_rules import next_number, numbered, numbered_field, set_rule
from zhike.records.company.rates import Rate, enter_rates, rate_used, rates_of, used_currencies
from zhike.records.company.settings import company
from zhike.records.company.settings_log import setting_changes
from zhike.schema.spec import FieldSpec, ObjectSpec

CURRENCY = Param("currency", _("A currency code, such as USD."), required=True, most=3, example="USD")
ON = Param("on", _("The rate that counts on this day (YYYY-MM-DD) instead of a list."), most=10, example="2026-03-01")
SIZE = Param("size", _("How many."), "whole", least=1, most=400, default=60)
CODES = Param("currencies", _("Only these codes; without it those the company uses."), "list")
SINCE = Param("since", _("Only from this day on (YYYY-MM-DD)."), most=10)
BEFORE = Param("before", _("Only lines older than this id."), "whole", least=0, most=2**53, default=0)


def show_company(call: Call) -> Reply:
    """What the company set for everybody."""
    return Reply(_company())


def change_company(call: Call) -> Reply:
    """Change the facts sent; the others stay."""
    body = call.json_object()
    only_keys(body, FACTS)
    set_company(call.actor, body)
    return Reply(_company())


def _company() -> dict[str, Any]:
    firm = company()
    return {**{key: getattr(firm, key) for key in FACTS}, "currencies": list(used_currencies())}


def show_rates(call: Call) -> Reply:
    """The rates of a currency into the base currency, newest first, or with ``on`` the one that counts on a day."""
    code = call.params["currency"].upper()
    if call.params["on"]:
        found = rate_used(code, _day(call.params["on"], "on"))
        return Reply({"base": company().currency, "rates": [_json(found)] if found else []})
    return Reply({"base": company().currency, "rates": [_json(one) for one in rates_of(code, call.params["size"])]})


def send_rates(call: Call) -> Reply:
    """Keep rates: ``{"rates": [{"currency": "USD", "on": "2026-03-01", "rate": "7.12"}]}``; equal days are replaced."""
    body = call.json_object()
    only_keys(body, ("rates",))
    sent = body.get("rates")
    if not isinstance(sent, list) or not all(isinstance(one, dict) for one in sent):
        raise BadRequest(_("Rates are sent as a list of objects with currency, on and rate."), "rates", "type")
    for one in sent:
        only_keys(one, ("currency", "on", "rate"), "rates.")
    entered = [
        (str(one.get("currency", "")), _day(one.get("on"), "rates.on"), _number(one.get("rate"))) for one in sent
    ]
    return Reply({"stored": enter_rates(call.actor, entered)})


def send_file(call: Call) -> Reply:
    """Keep the rates of the European Central Bank's file, sent as the body: ``eurofxref-hist.zip`` or its CSV."""
    require_settings(call.actor)
    data = call.request.read(LARGEST_FILE + 1)
    since = _day(call.params["since"], "since") if call.params["since"] else None
    done = import_rates(call.actor, data, tuple(one.upper() for one in call.params["currencies"]), since)
    shape = asdict(done)
    return Reply(
        {**shape, "first": str(done.first or ""), "last": str(done.last or ""), "currencies": list(done.currencies)}
    )


def show_changes(call: Call) -> Reply:
    """Who changed which setting when, from what to what, newest first. For administrators."""
    require_settings(call.actor)
    lines = setting_changes(min(call.params["size"], 200), call.params["before"])
    return Reply({"changes": [{**asdict(one), "at": one.at.isoformat()} for one in lines]})


def show_numbers(call: Call) -> Reply:
    """Every field that numbers its records, its rule and the number the next record gets."""
    return Reply({"numbers": [_numbered(spec, field) for spec, field in numbered()]})


def change_number(call: Call) -> Reply:
    """Change the rule of an automatic number: prefix, dated, digits, yearly; ``next`` goes on with a higher counter."""
    body = call.json_object()
    only_keys(body, (*NUMBER_FACTS, "next"))
    spec, field = numbered_field(call.object.key, call.name)
    next_one = body.pop("next", None)
    if next_one is not None and (isinstance(next_one, bool) or not isinstance(next_one, int)):
        raise BadRequest(_("next is a whole number."), "next", "type")
    held = asdict(field.number) if field.number else {}
    set_rule(call.actor, spec.key, field.key, {**held, **body}, next_one)
    return Reply(_numbered(*numbered_field(spec.key, field.key)))


def _numbered(spec: ObjectSpec, field: FieldSpec) -> dict[str, Any]:
    rule = asdict(field.number) if field.number else {}
    return {
        "object": spec.key,
        "field": field.key,
        "next": next_number(spec, field),
        **{k: rule[k] for k in NUMBER_FACTS},
    }


def _json(rate: Rate) -> dict[str, str]:
    return {"currency": rate.currency, "on": rate.on.isoformat(), "rate": f"{rate.rate:f}"}


def _day(raw: Any, name: str) -> date:
    try:
        return date.fromisoformat(raw if isinstance(raw, str) else "")
    except ValueError:
        raise BadRequest(_("A day is written YYYY-MM-DD."), name, "parameter") from None


def _number(raw: Any) -> Decimal:
    try:
        return Decimal(raw if isinstance(raw, str) and len(raw) < 40 else str(raw)[:40])
    except InvalidOperation:
        raise BadRequest(_('A rate is written as a decimal, such as "7.12".'), "rates.rate", "type") from None


_READ, _SEND = (400, 401), (400, 401, 403, 413, 415, 422)
OPERATIONS = (
    Operation("company", "GET", "company", _("The company’s facts"), show_company, refusals=_READ, browser=True),
    Operation("change_company", "PATCH", "company", _("Change the company’s facts"), change_company, body=ANY, refusals=_SEND),
    Operation(
        "rates", "GET", "rates", _("Exchange rates"), show_rates, params=(CURRENCY, ON, SIZE), refusals=_READ,
    ),
    Operation("send_rates", "POST", "rates", _("Keep exchange rates"), send_rates, body=ANY, refusals=_SEND),
    Operation(
        "send_rates_file", "POST", "rates/ecb", _("Keep the European Central Bank’s rates"), send_file,
        body=BYTES, params=(CODES, SINCE), refusals=(400, 401, 403, 413, 422),
    ),
    Operation("numbers", "GET", "numbers", _("Rules of automatic numbers"), show_numbers, refusals=_READ),
    Operation(
        "change_number", "PATCH", "numbers/{object}/{name}", _("Change the rule of an automatic number"), change_number, body=ANY,
        refusals=(400, 401, 403, 404, 413, 415, 422),
    ),
    Operation(
        "setting_changes", "GET", "setting_changes", _("Changes of settings"), show_changes, params=(SIZE, BEFORE),
        refusals=(400, 401, 403),
    ),
)  # fmt: skip
